#!/usr/bin/env node
// The installed command. Data packages are looked for from the working folder.

import { join } from 'node:path';
import { main } from './main.ts';

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  dataFrom: join(process.cwd(), 'package.json'),
  command: 'omnigrad',
});
