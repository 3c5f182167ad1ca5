// Molecules with the features that the Open Graph Benchmark gives atoms and bonds: ids of classes. openchemlib reads the SMILES,
// finds rings, Kekulé orders, hydrogens and stereo centres; what else RDKit derives (aromatic atoms as written, conjugation,
// hybridisation, radicals, the sense of a stereo centre) is worked out here by RDKit's documented rules.

import type { RawGraph } from '../datasets/dataset.ts';
import type { Origin } from '../errors.ts';
import type { Graph } from './graph.ts';
import { failer } from './raster.ts';
import { createSmilesReader } from './smiles.ts';
import type { TableColumn } from './table.ts';

/** Features of an atom with their numbers of classes; of each the last stands for all others, but for the two that are yes or no. */
export const atomClasses = {
  'atomic number': 119,
  chirality: 5,
  degree: 12,
  'formal charge': 12,
  hydrogens: 10,
  'radical electrons': 6,
  hybridisation: 6,
  aromatic: 2,
  'in a ring': 2,
} as const;
export const bondClasses = { type: 5, stereo: 6, conjugated: 2 } as const;

/** `nodeFeatures` `[atoms, 9]`, `edgeFeatures` `[bonds, 3]`; a bond comes once. Hydrogens of the text are counted, not nodes. */
export type MoleculeReader = (smiles: string, origin: Origin) => RawGraph;

interface TextAtom {
  readonly element: string;
  readonly lower: boolean;
  /** A hydrogen that openchemlib moves to the end. */
  readonly plainHydrogen: boolean;
  readonly bracket: boolean;
  readonly hydrogens: number;
  /** 0: none, 1: counter-clockwise, 2: clockwise, 3: another kind */
  readonly sense: 0 | 1 | 2 | 3;
  /** In the order of the text; -1 is a hydrogen inside the brackets. */
  readonly around: number[];
  /** Neighbours by bonds of the chain, in the order of the text. */
  readonly chain: number[];
  /** By bonds that close a ring, with the number of the ring. */
  readonly rings: { readonly ring: number; readonly atom: number }[];
}

const token =
  /\[\d*([A-Za-z][a-z]?)(@[A-Z]{2}\d+|@{0,2})(?:H(\d?))?[^\]]*\]|(Br|Cl|[BCNOPSFIbcnops])|([-=#$:/\\])|(\d|%\d\d)|(\()|(\))|(\.)/y;

/** Atoms and the bonds that the text writes with a symbol; the grammar has been checked. */
function walk(smiles: string): { readonly atoms: readonly TextAtom[]; readonly symbols: ReadonlyMap<string, string> } {
  const atoms: TextAtom[] = [];
  const symbols = new Map<string, string>();
  const branches: number[] = [];
  const open = new Map<string, { readonly atom: number; readonly slot: number; readonly symbol: string }>();
  let last = -1;
  let symbol = '';
  token.lastIndex = 0;
  for (let match = token.exec(smiles); match !== null; match = token.exec(smiles)) {
    const [, inner, stereo = '', count, bare, bond, ring, opens, closes, dot] = match;
    const element = inner ?? bare;
    if (element !== undefined) {
      const hydrogens =
        match[0].includes('H') && inner !== undefined && inner !== 'H' && count !== undefined ? Number(count || 1) : 0;
      const sense = stereo === '@' ? 1 : stereo === '@@' ? 2 : stereo === '' ? 0 : 3;
      const at = atoms.length;
      const atom: TextAtom = {
        element,
        lower: element[0] === element[0].toLowerCase(),
        plainHydrogen: match[0] === '[H]',
        bracket: inner !== undefined,
        hydrogens,
        sense,
        around: [],
        chain: [],
        rings: [],
      };
      atoms.push(atom);
      if (last >= 0) {
        atoms[last].around.push(at);
        atoms[last].chain.push(at);
        atom.around.push(last);
        atom.chain.push(last);
        if (symbol !== '') symbols.set(`${last} ${at}`, symbol);
      }
      if (hydrogens === 1) atom.around.push(-1);
      last = at;
      symbol = '';
    } else if (bond !== undefined) symbol = bond;
    else if (ring !== undefined) {
      const other = open.get(ring);
      if (other === undefined) {
        open.set(ring, { atom: last, slot: atoms[last].around.length, symbol });
        atoms[last].around.push(-2);
      } else {
        open.delete(ring);
        atoms[last].around.push(other.atom);
        atoms[other.atom].around[other.slot] = last;
        const number = Number(ring.replace('%', ''));
        atoms[last].rings.push({ ring: number, atom: other.atom });
        atoms[other.atom].rings.push({ ring: number, atom: last });
        const written = symbol || other.symbol;
        if (written !== '') symbols.set(`${other.atom} ${last}`, written);
      }
      symbol = '';
    } else if (opens !== undefined) branches.push(last);
    else if (closes !== undefined) last = branches.pop() ?? -1;
    else if (dot !== undefined) last = -1;
  }
  return { atoms, symbols };
}

/** Whether an odd number of exchanges leads from one order to the other. */
function isOdd(from: readonly number[], to: readonly number[]): boolean {
  const order = from.map((value) => to.indexOf(value));
  let swaps = 0;
  for (let a = 0; a < order.length; a++) for (let b = a + 1; b < order.length; b++) if (order[a] > order[b]) swaps++;
  return swaps % 2 === 1;
}

/** 1 clockwise, 2 counter-clockwise, seen from the first neighbour in the order of the bonds, a hydrogen last. */
function senseOf({ sense, around, chain, rings }: TextAtom): number {
  if (sense === 0 || sense === 3) return sense;
  // RDKit makes the bonds of rings after all others, in the order of their numbers.
  const closing = [...rings].sort((a, b) => a.ring - b.ring).map(({ atom }) => atom);
  const bonds = [...chain, ...closing, ...(around.includes(-1) ? [-1] : [])];
  return (sense === 2) === isOdd(around, bonds) ? 2 : 1;
}

/** Valences that an element has, least first, of those in which RDKit's list matters here. */
const valences: Readonly<Record<number, readonly number[]>> = {
  5: [3],
  6: [4],
  7: [3],
  8: [2],
  9: [1],
  13: [3],
  14: [4],
  15: [3, 5, 7],
  16: [2, 4, 6],
  17: [1],
  31: [3],
  32: [4],
  33: [3, 5, 7],
  34: [2, 4, 6],
  35: [1],
  50: [2, 4],
  51: [3, 5, 7],
  52: [2, 4, 6],
  53: [1, 3, 5],
};

/** Electrons of the outermost shell of a main group element; 0 for others. */
function outerElectrons(atomicNumber: number): number {
  if (atomicNumber <= 2) return atomicNumber;
  if (atomicNumber <= 10) return atomicNumber - 2;
  if (atomicNumber <= 18) return atomicNumber - 10;
  // Last element before the p block, and electrons below the outermost shell.
  for (const [first, inner] of [
    [30, 28],
    [48, 46],
    [80, 78],
  ]) {
    if (atomicNumber > first && atomicNumber <= first + 6) return atomicNumber - inner;
  }
  return 0;
}

interface Atom {
  readonly number: number;
  readonly charge: number;
  readonly hydrogens: number;
  /** Atoms bound, without hydrogens that are not nodes. */
  readonly neighbours: number;
  /** Kekulé orders and hydrogens together. */
  readonly valence: number;
  readonly outer: number;
  readonly valences: readonly number[];
  readonly radicals: number;
}

/** Unpaired electrons of an atom whose hydrogens are all written. */
function radicalsOf(number: number, charge: number, valence: number, outer: number, list: readonly number[]): number {
  if (list.length === 0) return 0;
  const octet = (number <= 2 ? 2 : 8) - outer - valence + charge;
  const wider = list.find((value) => value - valence + charge >= 0);
  let radicals = octet >= 0 ? octet : list.length > 1 && wider !== undefined ? wider - valence + charge : 0;
  const early = outer - valence - charge;
  if (early >= 0) radicals = Math.min(radicals, early);
  return radicals;
}

/** Electrons that an atom can give to a conjugated system; none or less: it cannot be part of one. */
function conjugable(atom: Atom): boolean {
  const { number, charge, hydrogens, neighbours, valence, outer, radicals } = atom;
  const least = atom.valences[0] ?? 0;
  const degree = neighbours + hydrogens;
  if (least <= 1 || degree > 3) return false;
  if (charge === 0 && valence > least) return false;
  const pairs = Math.max(outer - least - charge, 0);
  const electrons = least - degree + pairs - radicals;
  return electrons > 0 && (number <= 10 || (outer !== 5 && outer !== 6) || (outer === 6 && degree < 2));
}

/** Ids of SP, SP2, SP3, SP3D, SP3D2, others. */
function hybridisationOf(atom: Atom, isConjugated: boolean): number {
  const { number, charge, hydrogens, neighbours, valence, outer, radicals } = atom;
  if (number <= 1 || outer === 0) return 5;
  const degree = neighbours + hydrogens;
  const free = outer - (valence + charge);
  const isShort = valence + outer - charge < 8;
  const orbitals = isShort ? degree + Math.trunc((free - radicals) / 2) + radicals : degree + Math.trunc(free / 2);
  if (orbitals === 4) return degree <= 3 && isConjugated ? 1 : 2;
  return orbitals >= 2 && orbitals <= 6 ? orbitals - 2 : 5;
}

const numbersOf = (columns: ReadonlyMap<string, TableColumn>, name: string): Float64Array => {
  const column = columns.get(name);
  return column !== undefined && 'missing' in column && column.values instanceof Float64Array
    ? column.values
    : new Float64Array(0);
};

const upTo = (value: number, last: number): number => (value >= 0 && value < last ? value : last);

/** The stereo that openchemlib finds: of each atom whether it is a centre, of each bond 0, 1 (Z) or 2 (E). */
type StereoReader = (smiles: string) => {
  readonly centres: readonly boolean[];
  readonly bonds: ReadonlyMap<string, number>;
};

async function createStereoReader(): Promise<StereoReader> {
  const { Molecule, SmilesParser } = await import('openchemlib');
  return (smiles) => {
    const molecule = new Molecule(64, 64);
    const parser = new SmilesParser({
      smartsMode: 'smiles',
      skipCoordinateTemplates: true,
      makeHydrogenExplicit: false,
    });
    parser.parseMolecule(smiles, { molecule, noCoordinates: true, noStereo: false });
    // At the level of parities alone, a centre with two equal neighbours still counts as one.
    molecule.ensureHelperArrays(Molecule.cHelperCIP);
    const bonds = new Map<string, number>();
    for (let bond = 0; bond < molecule.getAllBonds(); bond++) {
      const parity = molecule.getBondCIPParity(bond);
      if (molecule.getBondOrder(bond) !== 2 || parity === Molecule.cBondCIPParityNone) continue;
      const [a, b] = [molecule.getBondAtom(0, bond), molecule.getBondAtom(1, bond)];
      if (parity === Molecule.cBondCIPParityEorP) bonds.set(keyOf(a, b), 2);
      if (parity === Molecule.cBondCIPParityZorM) bonds.set(keyOf(a, b), 1);
    }
    const centres = Array.from({ length: molecule.getAllAtoms() }, (_, atom) => {
      const parity = molecule.getAtomParity(atom);
      return parity === 1 || parity === 2;
    });
    return { centres, bonds };
  };
}

const keyOf = (a: number, b: number): string => `${Math.min(a, b)} ${Math.max(a, b)}`;

/** Loads the library once. @throws {DataError} as `createSmilesReader` */
export async function createMoleculeReader(): Promise<MoleculeReader> {
  const [read, readStereo] = [await createSmilesReader(), await createStereoReader()];
  return (smiles, origin) => {
    const graph = read(smiles, origin);
    const { atoms: texts, symbols } = walk(smiles);
    const text = textsInOrder(graph, texts);
    if (text === null) {
      throw failer(origin, 'correct or remove the molecule')(
        'unsupported',
        null,
        'atoms in the order of the text',
        'others',
      );
    }
    const stereo = /[@/\\]/.test(smiles) ? readStereo(smiles) : null;
    return featuresOf(graph, texts, text, symbols, stereo);
  };
}

/** Of each node its place in the text: atoms keep their order, but plain hydrogens come last. Null where that is not so. */
function textsInOrder(graph: Graph, texts: readonly TextAtom[]): number[] | null {
  const places = [...texts.keys()];
  const isPlain = (at: number): boolean => texts[at].plainHydrogen;
  const order = [...places.filter((at) => !isPlain(at)), ...places.filter(isPlain)];
  const numbers = numbersOf(graph.nodeFeatures, 'atomicNumber');
  const fits = order.every((at, node) => (numbers[node] === 1) === (texts[at].element === 'H'));
  return order.length === graph.nodes && fits ? order : null;
}

function featuresOf(
  graph: Graph,
  texts: readonly TextAtom[],
  text: readonly number[],
  symbols: ReadonlyMap<string, string>,
  stereo: ReturnType<StereoReader> | null,
): RawGraph {
  const node = (name: string): Float64Array => numbersOf(graph.nodeFeatures, name);
  const edge = (name: string): Float64Array => numbersOf(graph.edgeFeatures, name);
  const [numbers, charges, allHydrogens, isotopes] = ['atomicNumber', 'charge', 'hydrogens', 'isotope'].map(node);
  const [aromaticAtoms, ringAtoms] = ['aromatic', 'ring'].map(node);
  const [orders, aromaticBonds, ringBonds] = ['order', 'aromatic', 'ring'].map(edge);
  const bonds = Array.from(
    { length: orders.length },
    (_, at) => [graph.edges[at * 2], graph.edges[at * 2 + 1]] as const,
  );

  const around: number[][] = Array.from({ length: graph.nodes }, () => []);
  for (const [at, [a, b]] of bonds.entries()) {
    around[a].push(at);
    around[b].push(at);
  }
  const other = (bond: number, atom: number): number => (bonds[bond][0] === atom ? bonds[bond][1] : bonds[bond][0]);
  // A hydrogen of the text is no node, unless it is bound otherwise than by one bond to a heavier atom, or is an isotope.
  const isNode = Array.from(numbers, (number, atom) => {
    if (number !== 1 || isotopes[atom] !== 0 || charges[atom] !== 0 || around[atom].length !== 1) return true;
    return numbers[other(around[atom][0], atom)] === 1;
  });
  const kept = [...isNode.keys()].filter((atom) => isNode[atom]);
  const place = new Map(kept.map((atom, at) => [atom, at]));
  const isAromatic = kept.map((atom) => aromaticAtoms[atom] === 1 || texts[text[atom]].lower);
  const keptBonds = [...bonds.keys()].filter((bond) => isNode[bonds[bond][0]] && isNode[bonds[bond][1]]);
  const written = (bond: number): string => {
    const [a, b] = bonds[bond].map((atom) => text[atom]);
    return symbols.get(`${a} ${b}`) ?? symbols.get(`${b} ${a}`) ?? '';
  };
  const bondAromatic = (bond: number): boolean => {
    if (aromaticBonds[bond] === 1) return true;
    const [a, b] = bonds[bond].map((atom) => texts[text[atom]].lower);
    return a && b && ringBonds[bond] === 1 && ['', ':', '/', '\\'].includes(written(bond));
  };

  const atoms = kept.map((atom): Atom => {
    const { bracket, hydrogens: own } = texts[text[atom]];
    const gone = around[atom].filter((bond) => !isNode[other(bond, atom)]).length;
    const bound = around[atom].filter((bond) => numbers[other(bond, atom)] === 1).length;
    const hydrogens = bracket ? own + gone : allHydrogens[atom] - (bound - gone);
    const neighbours = around[atom].length - gone;
    const heavy = around[atom].reduce((sum, bond) => sum + (isNode[other(bond, atom)] ? orders[bond] : 0), 0);
    const [number, charge, valence] = [numbers[atom], charges[atom], heavy + hydrogens];
    const outer = outerElectrons(number);
    const list = valences[number] ?? [];
    const radicals = bracket ? radicalsOf(number, charge, valence, outer, list) : 0;
    return { number, charge, hydrogens, neighbours, valence, outer, valences: list, radicals };
  });

  const conjugated = new Set(keptBonds.filter(bondAromatic));
  for (const [at, atom] of kept.entries()) {
    const degree = atoms[at].neighbours + atoms[at].hydrogens;
    if (!conjugable(atoms[at]) || degree < 2 || degree > 3) continue;
    const own = around[atom].filter((bond) => isNode[other(bond, atom)]);
    for (const first of own) {
      if (!bondAromatic(first) && orders[first] < 2) continue;
      for (const second of own) {
        const far = atoms[place.get(other(second, atom)) ?? 0];
        if (first === second || far.neighbours + far.hydrogens > 3 || !conjugable(far)) continue;
        conjugated.add(first);
        conjugated.add(second);
      }
    }
  }

  const nodeFeatures = new Float32Array(kept.length * 9);
  for (const [at, atom] of kept.entries()) {
    const { number, charge, hydrogens, neighbours, radicals } = atoms[at];
    const isConjugated = around[atom].some((bond) => conjugated.has(bond));
    const isCentre = stereo !== null && (stereo.centres[atom] ?? false);
    nodeFeatures.set(
      [
        upTo(number - 1, 118),
        isCentre ? senseOf(texts[text[atom]]) : 0,
        upTo(neighbours + hydrogens, 11),
        upTo(charge + 5, 11),
        upTo(hydrogens, 9),
        upTo(radicals, 5),
        hybridisationOf(atoms[at], isConjugated),
        isAromatic[at] ? 1 : 0,
        ringAtoms[atom],
      ],
      at * 9,
    );
  }
  const edges = new Uint32Array(keptBonds.length * 2);
  const edgeFeatures = new Float32Array(keptBonds.length * 3);
  for (const [at, bond] of keptBonds.entries()) {
    const [a, b] = bonds[bond];
    edges.set([place.get(a) ?? 0, place.get(b) ?? 0], at * 2);
    const type = bondAromatic(bond) ? 3 : upTo(orders[bond] - 1, 4);
    edgeFeatures.set([type, stereo?.bonds.get(keyOf(a, b)) ?? 0, conjugated.has(bond) ? 1 : 0], at * 3);
  }
  return { nodes: kept.length, directed: false, edges, nodeFeatures, edgeFeatures };
}
