// Runs a TypeScript entry from its sources in a child process that owns the terminal, and ends as the child ends.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './setup.mjs';

/** `entry` is relative to the root; tsx is found from `folder`, which declares it (the root may have nothing installed). */
export function runSource(folder, entry, args) {
  const tsx = pathToFileURL(createRequire(join(root, folder, 'package.json')).resolve('tsx')).href;
  const signals = new URL('./child-signals.mjs', import.meta.url).href;
  const flags = ['--import', signals, '--import', tsx, '--conditions=omnigrad-source'];
  const child = spawn(process.execPath, [...flags, join(root, entry), ...args], { stdio: 'inherit' });

  // Ctrl-C in a terminal reaches this process and the child, and npm sends it on as well; `kill` reaches one of them.
  // So: stay alive, always pass it on, and let child-signals.mjs drop the copies.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));

  child.on('error', (error) => {
    console.error(`omnigrad: could not start ${entry}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}
