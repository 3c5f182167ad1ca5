import { call, cpuPlan, input, output } from '../../cpu-plan.ts';
import type { DType } from '../../dtype.ts';
import { isFloat } from '../../dtype.ts';
import { apply, defineOp } from '../../op.ts';
import { sizeOf } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';

const lane = (dtype: DType): 'f32' | 'i32' | 'u32' | 'bool' => (dtype === 'f64' ? 'f32' : dtype);

/** Truncates and saturates; NaN becomes 0. */
const toInteger = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? 0 : Math.min(high, Math.max(low, Math.trunc(x)));

const convert: { readonly [D in DType]: (x: number) => number } = {
  f32: (x) => x,
  f64: (x) => x,
  i32: (x) => toInteger(x, -(2 ** 31), 2 ** 31 - 1),
  u32: (x) => toInteger(x, 0, 2 ** 32 - 1),
  bool: (x) => (x !== 0 ? 1 : 0),
};

export const castOp = defineOp<{ readonly to: DType }>({
  name: 'cast',
  infer: ([x], { to }) => [{ shape: x.shape, dtype: to }],
  saves: { inputs: [], outputs: [] },
  vjp: (c, g) => [isFloat(c.specs[0].dtype) && isFloat(c.attrs.to) ? () => cast(g, c.specs[0].dtype) : null],
  reference: ([x], [out], { to }) => {
    const f = convert[to];
    for (let i = 0; i < out.data.length; i++) out.data[i] = f(x.data[i]);
  },
  cpu: ([x], [out], { to }) =>
    cpuPlan([call('cast', [input(0), output(0)], { from: lane(x.dtype), to: lane(to), n: sizeOf(out.shape) })]),
});

/** Another dtype. To integers: truncates and saturates, NaN gives 0; to bool: x ≠ 0. Gradients pass between floats only. */
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : apply(castOp, [x], { to }));
