// The process that tunes: drivers are found by variables that count when a process starts.

import { tuneBenchmark } from './index.ts';

await tuneBenchmark((text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
});
process.exit(0);
