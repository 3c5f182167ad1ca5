// `npm start`: installs what the quickstart needs, then trains. Options after `--` go to the quickstart.
import { runSource } from './run-source.mjs';
import { checkNode, ensureInstalled } from './setup.mjs';

checkNode();
ensureInstalled('quickstart', "the quickstart's packages, about 85 MB of them data sets");
runSource('examples/quickstart', 'examples/quickstart/src/main.ts', process.argv.slice(2));
