"""Writes small graphs with programs other than ours, for the readers of packages/data.

apt-get install python3-{networkx,rdkit,scipy}                           # Debian 12: networkx 2.8.8, RDKit 2022.09.3
/usr/bin/python3 tools/golden/graph_files.py                              # writes packages/data/test/goldens/graphs/

GraphML and GML come from networkx, Matrix Market from SciPy; RDKit says what is in the molecules. The text file of GIN is
written here after the description in its repository: nothing else writes it.
"""

import json
import os

import networkx as nx
import numpy as np
import scipy.io
import scipy.sparse
from rdkit import Chem, rdBase

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "graphs")
os.makedirs(ROOT, exist_ok=True)


def at(name):
    return os.path.join(ROOT, name)


def networks():
    for name, kind in (("undirected", nx.Graph), ("directed", nx.DiGraph)):
        graph = kind()
        graph.add_node("a", label="A & <\u00e9>", weight=0.5, size=3, big=2**60, seen=True)
        graph.add_node("b", label="two\nlines", weight=-1e-3, size=-4, seen=False)
        graph.add_node("c")
        graph.add_edge("a", "b", kind="x", weight=1.25)
        graph.add_edge("c", "a", kind="y")
        graph.add_edge("c", "c", weight=2.0)
        nx.write_graphml_xml(graph, at(f"{name}.graphml"))
        for _, values in graph.nodes(data=True):
            values.pop("seen", None)
            values.pop("label", None)
        nx.write_gml(graph, at(f"{name}.gml"))
    ring = nx.circulant_graph(24, [1, 5])
    for node, values in ring.nodes(data=True):
        values["side"] = "left" if node < 10 else "right"
    for at_edge, (_, _, values) in enumerate(ring.edges(data=True)):
        values["weight"] = at_edge % 7
    nx.write_gml(ring, at("ring.gml"))


def matrices():
    dense = np.array([[1.5, 0, -2], [0, 0, 1e-3], [4, 5, 6]])
    scipy.io.mmwrite(at("general.mtx"), scipy.sparse.coo_matrix(dense), symmetry="general")
    scipy.io.mmwrite(at("symmetric.mtx"), scipy.sparse.coo_matrix(dense + dense.T), symmetry="symmetric")
    skew = scipy.sparse.coo_matrix(dense - dense.T)
    scipy.io.mmwrite(at("skew.mtx"), skew, symmetry="skew-symmetric")
    scipy.io.mmwrite(at("pattern.mtx"), scipy.sparse.coo_matrix(dense), field="pattern", symmetry="general")
    scipy.io.mmwrite(at("integer.mtx"), scipy.sparse.coo_matrix(np.array([[0, 7], [-8, 0]])), symmetry="general")
    scipy.io.mmwrite(at("dense.mtx"), dense, symmetry="general")
    scipy.io.mmwrite(at("dense-symmetric.mtx"), dense + dense.T, symmetry="symmetric")
    scipy.io.mmwrite(at("dense-skew.mtx"), dense - dense.T, symmetry="skew-symmetric")


def gin():
    graphs = [(nx.cycle_graph(3), 1), (nx.path_graph(4), -1), (nx.star_graph(2), 1)]
    for name, extra in (("gin.txt", False), ("gin-attributes.txt", True)):
        with open(at(name), "w") as file:
            file.write(f"{len(graphs)}\n")
            for graph, label in graphs:
                file.write(f"{len(graph)} {label}\n")
                for node in graph:
                    near = " ".join(map(str, sorted(graph[node])))
                    values = f" {node / 4} {-node}" if extra else ""
                    file.write(f"{node % 2} {len(graph[node])} {near}{values}\n")


def molecules():
    texts = [
        "C", "CCO", "C=O", "C#N", "c1ccccc1", "C1=CC=CC=C1", "c1ccc2ccccc2c1", "n1ccccc1", "c1cc[nH]c1", "o1cccc1", "s1cccc1",
        "CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "[NH4+].[Cl-]", "[13CH4]", "[2H]O[2H]", "F/C=C/F",
        "N[C@@H](C)C(=O)O", "C1CC1", "C1CCCCCCCCCCC1", "B(O)O", "CS(=O)(=O)C", "[O-][N+](=O)c1ccccc1", "[Na+].[OH-]", "ClC(Br)I",
        "C%10CC%10", "[Fe+2]", "C[Si](C)(C)C", "OP(=O)(O)O", "C1CC2CCC1C2", "[CH3]", "N#[N+][O-]", "CC(C)(C)c1ccc(O)cc1",
    ]
    out = []
    for text in texts:
        molecule = Chem.MolFromSmiles(text)
        Chem.Kekulize(molecule)
        atoms = [
            [a.GetAtomicNum(), a.GetFormalCharge(), a.GetTotalNumHs(includeNeighbors=True), a.GetIsotope(), int(a.GetIsAromatic()), int(a.IsInRing())]
            for a in molecule.GetAtoms()
        ]
        bonds = [
            [*sorted((b.GetBeginAtomIdx(), b.GetEndAtomIdx())), int(b.GetIsAromatic()), int(b.IsInRing())] for b in molecule.GetBonds()
        ]
        # Kekule forms are not unique, the sum of their orders is.
        orders = sum(b.GetBondTypeAsDouble() for b in molecule.GetBonds())
        out.append({"smiles": text, "atoms": atoms, "bonds": sorted(bonds), "orders": orders})
    with open(at("molecules.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(m, separators=(",", ":")) for m in out) + "\n]\n")


rdBase.DisableLog("rdApp.*")
networks()
matrices()
gin()
molecules()
