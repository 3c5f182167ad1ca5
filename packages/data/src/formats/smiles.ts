// SMILES, a molecule in one line, into a graph of its atoms and bonds. openchemlib reads it and finds the aromatic rings; the
// grammar is checked here, because it takes "C(" for "C", "C==C" for "C=C" and makes a radical where no Kekulé form exists.

import { type Origin, quote } from '../errors.ts';
import type { Graph } from './graph.ts';
import { type Fail, failer } from './raster.ts';
import { columnOf, type TableColumn } from './table.ts';

/** Characters: the time to find all rings grows faster than the molecule. */
export const maxSmilesLength = 2000;

export type SmilesReader = (smiles: string, origin: Origin) => Graph;

/**
 * A reader for many molecules; it loads the library (6 MB) once. Atoms come in the order of the text, explicit hydrogens last.
 * Node features: `atomicNumber`, `charge`, `hydrogens` (bound ones, also those not in the text), `isotope` (0: the natural mix),
 * `aromatic`, `ring`. Edge features: `order` (1 to 3, of one Kekulé form), `aromatic`, `ring`. A ring with C=O in it, as in
 * caffeine, is not aromatic to openchemlib, though it is to RDKit. Stereochemistry is read, and left out.
 * @throws {DataError} malformed, empty, too-large; unsupported: wildcards and reactions
 */
export async function createSmilesReader(): Promise<SmilesReader> {
  const { Molecule, SmilesParser } = await import('openchemlib');
  return (smiles, origin) => {
    const fail = failer(origin, 'correct or remove the molecule');
    if (smiles === '') throw fail('empty', null, 'a SMILES text', 'an empty one');
    if (smiles.length > maxSmilesLength)
      throw fail('too-large', null, `at most ${maxSmilesLength} characters`, `${smiles.length}`);
    if (/[>*?]/.test(smiles)) throw fail('unsupported', null, 'one molecule of known atoms', quote(smiles));
    const bare = checkGrammar(smiles, fail);
    const molecule = new Molecule(64, 64);
    try {
      new SmilesParser({
        smartsMode: 'smiles',
        skipCoordinateTemplates: true,
        makeHydrogenExplicit: false,
      }).parseMolecule(smiles, {
        molecule,
        noCoordinates: true,
        noStereo: true,
      });
      molecule.ensureHelperArrays(Molecule.cHelperRings);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw fail(
        'malformed',
        null,
        'SMILES',
        `${quote(smiles)} (${message.replace(/^Class\$\w+: (?:SmilesParser: )?/, '')})`,
      );
    }
    const nodes = molecule.getAllAtoms();
    const bonds = molecule.getAllBonds();
    if (nodes !== bare.length) throw fail('malformed', null, `${bare.length} atoms`, `${nodes}`);
    // Heavy atoms keep the order of the text.
    const heavy = Array.from({ length: nodes }, (_, atom) => atom).filter((atom) => molecule.getAtomicNo(atom) !== 1);
    const bareHeavy = bare.filter(({ hydrogen }) => !hydrogen);
    const radical = heavy.findIndex((atom, at) => bareHeavy[at]?.bare && molecule.getAtomRadical(atom) !== 0);
    if (radical >= 0) throw fail('malformed', null, 'rings that have a Kekulé form', quote(smiles));
    for (let atom = 0; atom < nodes; atom++) {
      const [bound, most] = [molecule.getOccupiedValence(atom), molecule.getMaxValence(atom)];
      if (bound > most)
        throw fail('malformed', `atom ${atom}`, `at most ${most} bonds`, `${bound} in ${quote(smiles)}`);
    }
    const edges = new Uint32Array(bonds * 2);
    for (let bond = 0; bond < bonds; bond++) {
      edges[bond * 2] = molecule.getBondAtom(0, bond);
      edges[bond * 2 + 1] = molecule.getBondAtom(1, bond);
    }
    const column = (name: string, count: number, read: (at: number) => unknown): readonly [string, TableColumn] => [
      name,
      columnOf(
        Array.from({ length: count }, (_, at) => read(at)),
        name,
        fail,
      ),
    ];
    return {
      nodes,
      directed: false,
      edges,
      names: null,
      nodeFeatures: new Map([
        column('atomicNumber', nodes, (atom) => molecule.getAtomicNo(atom)),
        column('charge', nodes, (atom) => molecule.getAtomCharge(atom)),
        column('hydrogens', nodes, (atom) => molecule.getAllHydrogens(atom)),
        column('isotope', nodes, (atom) => molecule.getAtomMass(atom)),
        column('aromatic', nodes, (atom) => molecule.isAromaticAtom(atom)),
        column('ring', nodes, (atom) => molecule.isRingAtom(atom)),
      ]),
      edgeFeatures: new Map([
        column('order', bonds, (bond) => molecule.getBondOrder(bond)),
        column('aromatic', bonds, (bond) => molecule.isAromaticBond(bond)),
        column('ring', bonds, (bond) => molecule.isRingBond(bond)),
      ]),
    };
  };
}

const token =
  /\[\d{0,3}(?<symbol>[A-Z][a-z]?|[bcnops]|se|as|te)@{0,2}(?:[A-Z]{2}\d{1,2})?(?:H\d?)?(?:\++|-+|[+-]\d{1,2})?(?::\d{1,4})?\]|(?<bare>Br|Cl|[BCNOPSFIbcnops])|(?<bond>[-=#$:/\\])|(?<ring>\d|%\d\d)|(?<open>\()|(?<close>\))|(?<dot>\.)/y;

/** Of each atom in the order of the text: whether it is out of brackets, and a hydrogen. @throws {DataError} malformed */
function checkGrammar(smiles: string, fail: Fail): { bare: boolean; hydrogen: boolean }[] {
  const atoms: { bare: boolean; hydrogen: boolean }[] = [];
  // What came last: `atom` stands for an atom with its ring numbers, or a branch that is closed.
  let last: 'start' | 'atom' | 'bond' | 'open' = 'start';
  let depth = 0;
  const wrong = (at: number, what: string): Error => {
    const actual = at < smiles.length ? quote(smiles.slice(at)) : 'the end';
    return fail('malformed', `character ${at + 1} of ${quote(smiles)}`, what, actual);
  };
  for (let at = 0; at < smiles.length; at = token.lastIndex) {
    token.lastIndex = at;
    const groups = token.exec(smiles)?.groups;
    if (groups === undefined) throw wrong(at, 'an atom, a bond, a ring or a branch');
    const { symbol, bare, bond, ring, open, close } = groups;
    if (symbol !== undefined || bare !== undefined) {
      atoms.push({ bare: bare !== undefined, hydrogen: symbol === 'H' });
      last = 'atom';
    } else if (bond !== undefined) {
      if (last !== 'atom' && last !== 'open') throw wrong(at, 'an atom');
      last = 'bond';
    } else if (ring !== undefined) {
      if (last !== 'atom' && last !== 'bond') throw wrong(at, 'an atom');
      last = 'atom';
    } else {
      if (last !== 'atom') throw wrong(at, 'an atom');
      if (open !== undefined) {
        depth++;
        last = 'open';
      } else if (close !== undefined) {
        if (--depth < 0) throw wrong(at, 'a branch that is open');
      } else last = 'start';
    }
  }
  if (last !== 'atom' || depth > 0) throw wrong(smiles.length, depth > 0 ? '")"' : 'an atom');
  return atoms;
}

/** One molecule. @throws {DataError} as `createSmilesReader` */
export async function decodeSmiles(smiles: string, origin: Origin): Promise<Graph> {
  return (await createSmilesReader())(smiles, origin);
}
