import { compose, defineComposite, floatOnly } from '../../op.ts';
import type { Tensor } from '../../tensor.ts';
import { abs } from '../abs/abs.ts';
import { equal } from '../equal/equal.ts';
import { type NoAttrs, noAttrs } from '../families/elementwise.ts';
import { less } from '../less/less.ts';
import { notEqual } from '../not-equal/not-equal.ts';

const defineClass = (name: string, of: (x: Tensor) => Tensor) =>
  defineComposite<NoAttrs>({
    name,
    infer: ([x]) => {
      floatOnly(name, x);
      return [{ shape: x.shape, dtype: 'bool' }];
    },
    compose: ([x]) => of(x),
  });

export const isNaNOp = defineClass('isNaN', (x) => notEqual(x, x));
export const isFiniteOp = defineClass('isFinite', (x) => less(abs(x), Infinity));
export const isInfOp = defineClass('isInf', (x) => equal(abs(x), Infinity));

/** Where a float tensor is NaN, as bool. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the field's name; the global one takes no tensor.
export const isNaN = (x: Tensor): Tensor => compose(isNaNOp, [x], noAttrs);

/** Where a float tensor is neither NaN nor infinite, as bool. */
// biome-ignore lint/suspicious/noShadowRestrictedNames: the field's name; the global one takes no tensor.
export const isFinite = (x: Tensor): Tensor => compose(isFiniteOp, [x], noAttrs);

/** Where a float tensor is Infinity or -Infinity, as bool. */
export const isInf = (x: Tensor): Tensor => compose(isInfOp, [x], noAttrs);
