// Equations of einsum: which label each axis has, and the size of every label. Letters are themselves; the axes of an
// ellipsis are '.1', '.2', ... counted from the last one, so that they broadcast as NumPy's leading axes do.

import { ArgumentError, ShapeError } from '../../errors.ts';
import { checkShape, type Shape, showShape } from '../../shape.ts';

export interface EinsumPlan {
  /** Labels of the axes of each operand. */
  readonly operands: readonly (readonly string[])[];
  /** Labels of the result, none twice. */
  readonly output: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
  readonly shape: Shape;
}

const ellipsis = '...';

/** Terms of the operands, and of the output where there is an arrow. */
const termsOf = (equation: string): { inputs: string[][]; output: string[] | null } => {
  const inputs: string[][] = [[]];
  let output: string[] | null = null;
  const refuse = (what: string, at: number): never => {
    throw new ArgumentError(
      'einsum',
      `unexpected '${what}' at position ${at} of '${equation}'; a letter for each axis, ... once a term, commas and one -> are allowed`,
    );
  };
  for (let at = 0; at < equation.length; at++) {
    const c = equation[at];
    const term: string[] = output ?? inputs[inputs.length - 1];
    if (/[A-Za-z]/.test(c)) term.push(c);
    else if (c === ',' && output === null) inputs.push([]);
    else if (c === '-' && equation[at + 1] === '>' && output === null) {
      output = [];
      at++;
    } else if (c === '.' && equation.startsWith(ellipsis, at) && !term.includes(ellipsis)) {
      term.push(ellipsis);
      at += 2;
    } else if (c !== ' ') refuse(c, at);
  }
  return { inputs, output };
};

/** Labels of one operand: the ellipsis stands for the axes that no letter names. */
const labelsOf = (equation: string, term: readonly string[], shape: Shape, operand: number): string[] => {
  const open = term.includes(ellipsis);
  const letters = open ? term.length - 1 : term.length;
  if (open ? letters > shape.length : letters !== shape.length) {
    throw new ShapeError(
      'einsum',
      `operand ${operand} ${showShape(shape)} has ${shape.length} axes, its term '${term.join('')}' of '${equation}' names ${letters}${open ? ' and more' : ''}`,
    );
  }
  const rest = shape.length - letters;
  return term.flatMap((t) => (t === ellipsis ? Array.from({ length: rest }, (_, i) => `.${rest - i}`) : [t]));
};

const nameOf = (label: string): string => (label[0] === '.' ? `axis -${label.slice(1)} of ...` : `letter ${label}`);

/** The implicit output: the ellipsis, then every letter that comes once, in order of the alphabet (capitals first). */
const implicitOutput = (inputs: readonly (readonly string[])[]): string[] => {
  const all = inputs.flat().filter((t) => t !== ellipsis);
  const once = all.filter((t) => all.indexOf(t) === all.lastIndexOf(t));
  return [ellipsis, ...once.sort((a, b) => (a < b ? -1 : 1))];
};

export const einsumPlan = (equation: string, shapes: readonly Shape[]): EinsumPlan => {
  const { inputs, output: given } = termsOf(equation);
  if (inputs.length !== shapes.length) {
    throw new ArgumentError('einsum', `'${equation}' is for ${inputs.length} operands, came ${shapes.length}`);
  }
  const operands = inputs.map((term, i) => labelsOf(equation, term, shapes[i], i));
  const sizes = new Map<string, number>();
  const setBy = new Map<string, number>();
  operands.forEach((labels, k) => {
    labels.forEach((label, axis) => {
      const size = shapes[k][axis];
      const twin = shapes[k][labels.indexOf(label)];
      if (twin !== size) {
        throw new ShapeError(
          'einsum',
          `${nameOf(label)} is ${twin} and ${size} in operand ${k} ${showShape(shapes[k])}; a diagonal needs equal sizes`,
        );
      }
      const before = sizes.get(label);
      const by = setBy.get(label) ?? k;
      if (before !== undefined && before !== size && before !== 1 && size !== 1) {
        throw new ShapeError(
          'einsum',
          `${nameOf(label)} of '${equation}' is ${before} in operand ${by} ${showShape(shapes[by])} and ${size} in operand ${k} ${showShape(shapes[k])}; sizes must be equal or 1`,
        );
      }
      if (before === undefined || before === 1) {
        sizes.set(label, size);
        setBy.set(label, k);
      }
    });
  });
  const leading = Math.max(0, ...operands.map((labels) => labels.filter((l) => l[0] === '.').length));
  const terms = given ?? implicitOutput(inputs);
  const output = terms.flatMap((t) =>
    t === ellipsis ? Array.from({ length: leading }, (_, i) => `.${leading - i}`) : [t],
  );
  for (const label of output) {
    if (!sizes.has(label)) {
      throw new ArgumentError('einsum', `${nameOf(label)} of the output of '${equation}' is in no operand`);
    }
    if (output.indexOf(label) !== output.lastIndexOf(label)) {
      throw new ArgumentError('einsum', `${nameOf(label)} comes twice in the output of '${equation}'`);
    }
  }
  if (leading > 0 && !terms.includes(ellipsis)) {
    throw new ArgumentError(
      'einsum',
      `the output of '${equation}' leaves out ..., which stands for ${leading} axes; write ... there, or name the axes to sum over`,
    );
  }
  const shape = output.map((label) => sizes.get(label) ?? 1);
  checkShape('einsum', shape);
  return { operands, output, sizes, shape };
};
