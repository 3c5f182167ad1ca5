"""Goldens of packages/data/test/goldens/published: radial basis deformations by SciPy, features of molecules by RDKit.

Debian: apt-get install python3-scipy python3-rdkit, then /usr/bin/python3 tools/golden/published_numbers.py
"""

import json
from pathlib import Path

import numpy
from rdkit import Chem
from scipy.interpolate import RBFInterpolator

OUT = Path(__file__).parents[2] / "packages/data/test/goldens/published"


def radial_basis():
    """Moves of 5 x 5 x 5 control points (x slowest), 20 points, where they go by each of two kernels of radius 0.5."""
    rng = numpy.random.default_rng(1)
    side = numpy.linspace(-1, 1, 5)
    grid = numpy.stack(numpy.meshgrid(side, side, side, indexing="ij"), -1).reshape(-1, 3)
    moves = rng.normal(size=(125, 3)) * 0.1
    points = numpy.float32(rng.uniform(-1, 1, (20, 3))).astype(float)
    parts = [moves, points]
    for kernel in ["multiquadric", "inverse_multiquadric"]:
        fitted = RBFInterpolator(grid, moves, kernel=kernel, epsilon=2.0, degree=1)
        parts.append(points + fitted(points))
    numpy.concatenate([part.ravel() for part in parts]).astype("<f8").tofile(OUT / "radial-basis.bin")


CHIRALITY = ["CHI_UNSPECIFIED", "CHI_TETRAHEDRAL_CW", "CHI_TETRAHEDRAL_CCW", "CHI_OTHER"]
HYBRIDISATION = ["SP", "SP2", "SP3", "SP3D", "SP3D2"]
BOND = ["SINGLE", "DOUBLE", "TRIPLE", "AROMATIC"]
STEREO = ["STEREONONE", "STEREOZ", "STEREOE", "STEREOCIS", "STEREOTRANS", "STEREOANY"]

MOLECULES = """
C CC C=C C#C CO C=O C#N [H][H] N O [Na+].[Cl-] F[B-](F)(F)F C[N+](C)(C)C CS(C)(=O)=O CS(C)=O CP(=O)(O)O FS(F)(F)(F)(F)F
FP(F)(F)(F)F c1ccccc1 c1ccncc1 c1cc[nH]c1 c1ccoc1 c1ccsc1 Cn1c(=O)c2c(ncn2C)n(C)c1=O CC(=O)Oc1ccccc1C(=O)O O=[N+]([O-])c1ccccc1
C=CC=C C=C=C CC(N)=O NC(N)=O CC(=O)[O-] C1=CC1 C1CC1 C1CCC2CCCCC2C1 c1ccc2ccccc2c1 c1ccc(-c2ccccc2)cc1 O=C1C=CC(=O)C=C1
[CH3] [CH2] C[CH]C [OH] CC[O] C[N]C O=C1[N]c2ccccc2[C]1C CC#[C] [CH]=C [SiH3]C C[Si](C)(C)C BrCCI [O-][Cl+3]([O-])([O-])O CSC
C/C=C/C C/C=C\\C F/C=C/Cl F/C(Cl)=C(F)/Cl C(/F)=C/Cl C/C=C/C=C\\C C/C(O)=N/O
N[C@@H](C)C(=O)O N[C@H](C)C(=O)O [C@H](F)(Cl)Br C[C@@](F)(Cl)Br C[C@H]1CCCC[C@@H]1O O[C@@H]1CO[C@H](O)[C@H](O)[C@H]1O
C[C@]12CC[C@H]3[C@@H](CC=C4C[C@@H](O)CC[C@@]43C)[C@@H]1CCC2=O C[C@H](C)C C1C[C@H]2CC[C@@H]1C2 [2H]C([2H])([2H])O C[13CH3]
CC(=O)Nc1ccc(O)cc1 CN1CCC[C@H]1c1cccnc1 OCC1OC(O)C(O)C(O)C1O c1ccc2c(c1)[nH]c1ccccc12 O=c1cc[nH]cc1 C[As](C)C C[Se]C
N#[N+][N-]C [C-]#[O+] OB(O)c1ccccc1 C1=CC=CC=CC=C1 Clc1nc(Cl)nc(Cl)n1 CC(C)(C)c1cc(O)c(C(C)(C)C)cc1 S=C=S O=S=O O=C=O N=[N+]=[N-]
""".split()


def place(values, value):
    return values.index(value) if value in values else len(values)


def below(value, last):
    return value if 0 <= value < last else last


def features(smiles):
    """OGB's nine ids of each atom; of each bond its ends and three ids."""
    molecule = Chem.MolFromSmiles(smiles)
    atoms = [
        [
            below(a.GetAtomicNum() - 1, 118),
            place(CHIRALITY, str(a.GetChiralTag())),
            below(a.GetTotalDegree(), 11),
            below(a.GetFormalCharge() + 5, 11),
            below(a.GetTotalNumHs(), 9),
            below(a.GetNumRadicalElectrons(), 5),
            place(HYBRIDISATION, str(a.GetHybridization())),
            int(a.GetIsAromatic()),
            int(a.IsInRing()),
        ]
        for a in molecule.GetAtoms()
    ]
    bonds = [
        [
            *sorted([b.GetBeginAtomIdx(), b.GetEndAtomIdx()]),
            place(BOND, str(b.GetBondType())),
            place(STEREO, str(b.GetStereo())),
            int(b.GetIsConjugated()),
        ]
        for b in molecule.GetBonds()
    ]
    return {"smiles": smiles, "atoms": atoms, "bonds": sorted(bonds)}


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    radial_basis()
    lines = [json.dumps(features(smiles), separators=(",", ":")) for smiles in MOLECULES]
    (OUT / "molecules.jsonl").write_text("\n".join(lines) + "\n")
