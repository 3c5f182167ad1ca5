// `npm start`: installs what the quickstart needs, then trains. Options after `--` go to the quickstart.
import { runSource } from './run-source.mjs';
import { checkNode, ensureInstalled } from './setup.mjs';

checkNode();
ensureInstalled('quickstart', "the quickstart's packages, about 85 MB of them data sets");

const args = process.argv.slice(2);
const device = args
  .map((arg, i) => (arg === '--device' ? args[i + 1] : /^--device=(.*)$/.exec(arg)?.[1]))
  .findLast((value) => value !== undefined);
if (device === 'gpu' || device === 'auto') {
  // auto has the CPU to fall back on
  ensureInstalled('gpu', 'the npm package webgpu, 130 MB', { optional: device === 'auto' });
}
runSource('examples/quickstart', 'examples/quickstart/src/main.ts', args);
