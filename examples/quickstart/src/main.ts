// What `npm start` runs: the whole of OmniVec2, three stages, on real data of six modalities, on the CPU.

import { trainMain } from '@omnigrad/cli';

process.exitCode = await trainMain(process.argv.slice(2), {
  stdout: process.stdout,
  dataFrom: import.meta.url,
  command: 'npm start --',
});
