// `npm run bench`: installs the peers beside the engine, then runs the benchmarks. Options after `--` go to them.
import { runSource } from './run-source.mjs';
import { checkNode, ensureInstalled } from './setup.mjs';

checkNode();
ensureInstalled('bench', 'the peers that the benchmarks compare with');
runSource('bench', 'bench/src/main.ts', process.argv.slice(2));
