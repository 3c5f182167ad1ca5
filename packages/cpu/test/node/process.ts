// A program that uses threads and ends in one of several ways, without a word to the backend.

import { matmul, tensor, useBackend } from '@omnigrad/tensor';
import { createCpuBackend } from '../../src/index.ts';

useBackend(createCpuBackend({ threads: 3 }));
const x = tensor(new Float32Array(256 * 256).fill(1), [256, 256]);
for (let i = 0; i < 20; i++) matmul(x, x).dispose();
console.log('computed');
const [how] = process.argv.slice(2);
if (how === 'exit') process.exit(0);
if (how === 'throw') throw new Error('thrown');
// long enough for the threads to be up, and to fall asleep
if (how === 'later') setTimeout(() => matmul(x, x).dispose(), 500);
