// The command on GPUs that fail, one run after the other: starting a process takes longer than they do. Writes one line of JSON a run,
// and exits with the code of the last.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainMain } from '../src/index.ts';
import { type Faults, installFaultyGpu } from './faulty-gpu.ts';

const [, , folder = ''] = process.argv;
const dataFrom = fileURLToPath(new URL('../../../examples/quickstart/src/main.ts', import.meta.url));
// 2 + 2 + 2 steps; a checkpoint at the end of each stage
const small = ['--modalities', 'tabular', '--minutes', '0.001'];

/** What the run under way has printed. */
let out = '';

/** Writes to `stream` go to `take` until the returned function is called. */
const redirect = (stream: NodeJS.WriteStream, take: (text: string) => void): (() => void) => {
  const write = stream.write.bind(stream);
  stream.write = (text: unknown) => {
    take(String(text));
    return true;
  };
  return () => {
    stream.write = write;
  };
};

const run = async (name: string, args: readonly string[]): Promise<void> => {
  out = '';
  let errors = '';
  const restore = [
    redirect(process.stdout, (text) => {
      out += text;
    }),
    redirect(process.stderr, (text) => {
      errors += text;
    }),
  ];
  const code = await trainMain(args, { stdout: process.stdout, dataFrom, command: 'train' });
  for (const end of restore) end();
  process.stdout.write(`${JSON.stringify({ name, code, out, errors })}\n`);
  process.exitCode = code;
};

const fresh = (name: string, device: string): Promise<void> =>
  run(name, ['--device', device, ...small, '--out', join(folder, name)]);

const failing = async (name: string, faults: Faults): Promise<void> => {
  installFaultyGpu(faults);
  await fresh(name, 'gpu');
};

/** Whether the run, or since a loss what follows it, has come as far as to print `text`. */
const at = (text: string): boolean => out.lastIndexOf(text) > out.lastIndexOf('the device was lost');

// every run leaves its listener for a closed pipe
process.stdout.setMaxListeners(0);

// the first two imports of the package fail, by a hook that the test has set
await fresh('no-package', 'gpu');
await fresh('no-package-auto', 'auto');
// read by the loader of Vulkan at each start
process.env.VK_ICD_FILENAMES = join(folder, 'nowhere.json');
await fresh('no-adapter', 'gpu');
await fresh('no-adapter-auto', 'auto');

await failing('whole', {});
const moments = ['stage 1,', 'stage 2,', 'evaluating'];
await failing('lost-and-found', { lost: (i) => i < moments.length && at(moments[i]) });
await failing('lost-for-good', { lost: () => at('stage 2,'), adapters: 1 });
await run('goes-on', ['--resume', join(folder, 'lost-for-good'), '--device', 'cpu']);
await failing('refused', { refused: () => at('stage 2,') });
await failing('unreadable', { unreadable: () => at('stage 3,') });
await failing('misprint', { misprint: { label: 'optim/adam', text: 'fn broken( {' } });
await failing('too-large', { mostBytes: 2 ** 16 });
await failing('lost-again-and-again', { lost: () => at('stage 2,') });
