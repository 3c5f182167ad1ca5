// `npm run bench`: installs the peers beside the engine, then runs the benchmarks. Options after `--` go to them.
import { runSource } from './run-source.mjs';
import { checkNode, ensureInstalled } from './setup.mjs';

checkNode();
ensureInstalled('bench', 'the peers that the benchmarks compare with');
// its real sets
if (process.argv[2] === 'data')
  ensureInstalled('quickstart', "the quickstart's packages, about 85 MB of them data sets");
runSource('bench', 'bench/src/main.ts', process.argv.slice(2));
