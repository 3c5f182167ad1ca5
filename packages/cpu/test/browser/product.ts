import { type Backend, matmul, scope, tensor } from '@omnigrad/tensor';

const n = 256;
const values = (seed: number): Float32Array =>
  Float32Array.from({ length: n * n }, (_, i) => Math.fround(((i * seed) % 1013) / 1013 - 0.5));
const [a, b] = [values(17), values(29)];

/** Of two matrices, large enough that threads share the work. */
export const product = (backend: Backend) =>
  scope(() => matmul(tensor(a, [n, n], { backend }), tensor(b, [n, n], { backend })).readSync());
