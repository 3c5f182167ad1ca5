// Every op but attention: see op-suite.ts.

import { opSuite } from './op-suite.ts';

await opSuite((name) => !/attention/i.test(name));
