// Every op and every sample on the reference backend: shapes, values, gradients, second derivatives, composites, errors.

import { type AnyOp, createReferenceBackend, type OpName, opNames, ops, sizeOf } from '@omnigrad/tensor';
import {
  checkComposite,
  checkError,
  checkForward,
  checkGradient,
  checkSecondGradient,
  gradientInputs,
  opSamples,
} from '@omnigrad/tensor/testing';
import { describe, expect, it } from 'vitest';

const backend = createReferenceBackend();
const definitionOf = (op: OpName): AnyOp => ops[op];
/** Second derivatives run the gradient twice for each element, so only of small samples. */
const smallEnough = 64;

describe.each(opNames)('%s', (op) => {
  const { samples, errors } = opSamples[op];
  const kernel = definitionOf(op);
  const isFused = kernel.kind === 'kernel' && kernel.composite !== undefined;

  for (const sample of samples) {
    it(sample.title, async () => {
      await checkForward(backend, op, sample);
      if (gradientInputs(sample).length > 0) {
        await checkGradient(backend, op, sample);
        const elements = sample.inputs.reduce((n, x) => n + sizeOf(x.shape), 0);
        if (elements <= smallEnough) await checkSecondGradient(backend, op, sample);
      }
      // Composites are for gradients, so integers have none.
      if (isFused && sample.outDType === undefined) await checkComposite(backend, op, sample);
    });
  }
  for (const error of errors) {
    it(`error: ${error.title}`, async () => {
      await checkError(backend, op, error);
    });
  }
});

describe('the samples themselves', () => {
  const sizesOf = (op: OpName) =>
    opSamples[op].samples.flatMap((sample) => [...sample.inputs.map((x) => sizeOf(x.shape)), sizeOf(sample.out)]);

  it('name each case once', () => {
    for (const op of opNames) {
      const titles = opSamples[op].samples.map((sample) => sample.title);
      expect(new Set(titles).size, op).toBe(titles.length);
    }
  });

  it('hold an empty tensor and a tensor of one element for every op', () => {
    const lacks = (size: number) => opNames.filter((op) => !sizesOf(op).includes(size));
    expect(lacks(0)).toEqual([]);
    expect(lacks(1)).toEqual([]);
  });

  it('differentiate every op that has a rule', () => {
    const differentiated = (op: OpName) =>
      opSamples[op].samples.some((s) => s.runsKernel !== false && gradientInputs(s).length > 0);
    const hasRule = (op: OpName): boolean => {
      const definition = definitionOf(op);
      return definition.kind !== 'composite' && typeof definition.vjp === 'function';
    };
    const without = opNames.filter((op) => hasRule(op) && !differentiated(op));
    // A cast passes gradients between float types only, and a backend has one; see tape.test.ts.
    expect(without).toEqual(['cast']);
  });

  it('refuse a gradient for every op that has none', () => {
    const refuses = (op: OpName): boolean => {
      const definition = definitionOf(op);
      return definition.kind !== 'composite' && 'notDifferentiable' in definition.vjp;
    };
    const silent = opNames.filter(
      (op) => refuses(op) && !opSamples[op].errors.some((e) => e.message.includes('wants a gradient')),
    );
    expect(silent).toEqual([]);
  });
});
