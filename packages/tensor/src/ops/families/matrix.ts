// Shared pieces of ops made of matrix products.

import type { MatmulBatch } from '../../cpu-plan.ts';

export const noBatch: MatmulBatch = { outer: 1, inner: 1, a: [0, 0], b: [0, 0], c: [0, 0] };
