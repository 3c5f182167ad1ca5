// Attention, whose kernels take software adapters seconds to compile, by those of graphics cards: see op-suite.ts.

import { opSuite } from './op-suite.ts';

await opSuite((name) => /attention/i.test(name), { subgroups: null });
