// Attention, whose kernels take software adapters seconds to compile: see op-suite.ts.

import { opSuite } from './op-suite.ts';

await opSuite((name) => /attention/i.test(name));
