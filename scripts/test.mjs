// `npm test`: installs all but the benchmarks' peers, runs vitest, and closes with `N passed, N failed`.
// Arguments after `--` go to vitest, e.g. `npm test -- packages/tensor`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkNode, ensureInstalled, root } from './setup.mjs';

checkNode();
ensureInstalled('dev', 'the packages that tests need');

const report = join(root, `node_modules/.cache/omnigrad/tests-${process.pid}.json`);
mkdirSync(dirname(report), { recursive: true });
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const run = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});

const { passed, failed, skipped } = count();
rmSync(report, { force: true });
const tail = skipped > 0 ? `, ${skipped} skipped` : '';
process.exitCode = failed > 0 || run.status !== 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed${tail}`);

/** Reads the report. What no test accounts for (a file that does not load, an unhandled error, a crash) is a failure too. */
function count() {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    console.error(`vitest wrote no report (it ended with ${run.signal ?? run.status}); counted as one failure.`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests } = result;
  const unloaded = result.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  for (const file of unloaded) console.error(`${file.name} did not run to its end; counted as one failure.`);
  let failed = numFailedTests + unloaded.length;
  if (failed === 0 && passed === 0) {
    console.error('No test ran; counted as one failure.');
    failed = 1;
  }
  if (failed === 0 && run.status !== 0) {
    console.error(`vitest ended with ${run.signal ?? run.status} although no test failed; counted as one failure.`);
    failed = 1;
  }
  return { passed, failed, skipped: numPendingTests + numTodoTests };
}
