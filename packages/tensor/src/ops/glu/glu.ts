import { ShapeError } from '../../errors.ts';
import { compose, defineComposite, floatOnly } from '../../op.ts';
import { normalizeAxis, showShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { mul } from '../mul/mul.ts';
import { sigmoid } from '../sigmoid/sigmoid.ts';
import { slice } from '../slice/slice.ts';

export interface GluOptions {
  /** The axis that is halved. Default -1. */
  readonly axis?: number;
}

export const gluOp = defineComposite<{ readonly axis: number }>({
  name: 'glu',
  infer: ([x], { axis }) => {
    floatOnly('glu', x);
    if (x.shape[axis] % 2 !== 0) {
      throw new ShapeError('glu', `axis ${axis} of ${showShape(x.shape)} has ${x.shape[axis]} elements: no two halves`);
    }
    return [{ shape: x.shape.map((d, i) => (i === axis ? d / 2 : d)), dtype: x.dtype }];
  },
  compose: ([x], { axis }) => {
    const half = x.shape[axis] / 2;
    return mul(slice(x, { axis, end: half }), sigmoid(slice(x, { axis, start: half })));
  },
});

/** Gated linear unit: a · sigmoid(b) of the halves a and b of `axis` (Dauphin et al. 2017). */
export const glu = (x: Tensor, { axis = -1 }: GluOptions = {}): Tensor =>
  compose(gluOp, [x], { axis: normalizeAxis('glu', axis, x.rank) });
