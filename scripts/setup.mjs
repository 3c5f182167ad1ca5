// Set-up shared by the root commands: the Node check, and an install of just the workspace parts a command needs.
// Plain Node without dependencies: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const rootManifest = readJson(join(root, 'package.json'));
const stampPath = join(root, 'node_modules/.omnigrad-install.json');

/** Ends the process with one line when this Node is older than the oldest one the project runs on. */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `omnigrad: Node 20.19 or newer is needed, this is ${version}. Install a newer Node and run the command again.`,
  );
  process.exit(1);
}

/** Workspace folders by part: `quickstart` (what `npm start` runs), `gpu` (its --device gpu), `dev` (tests, checks, build) and `bench` (the peers). */
function manifestsOf(part) {
  const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  if (part === 'quickstart') return [...packages, 'examples/quickstart'];
  if (part === 'gpu') return ['tools/gpu'];
  if (part === 'bench') return ['bench'];
  const examples = readdirSync(join(root, 'examples')).map((name) => join('examples', name));
  return ['.', ...packages, ...examples, 'tools/gpu'];
}

const withManifest = (folders) => folders.filter((folder) => existsSync(join(root, folder, 'package.json')));

/** Of everything that decides what an install makes: same hash, same node_modules. */
function fingerprint() {
  const hash = createHash('sha256');
  const folders = withManifest([...new Set([...manifestsOf('dev'), ...manifestsOf('bench')])]).sort();
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...folders.map((folder) => join(folder, 'package.json'))];
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

function readStamp() {
  try {
    return readJson(stampPath);
  } catch {
    return { hash: '', parts: [] };
  }
}

/**
 * The npm package webgpu for packages/webgpu, which does not depend on it: in a browser it has no use. pnpm gives it to that folder only together
 * with the development tools of the whole workspace, for it counts the root in; so it is installed for tools/gpu, and linked.
 */
const gpuPackage = join(root, 'tools/gpu/node_modules/webgpu');
const gpuLink = join(root, 'packages/webgpu/node_modules/webgpu');

function linkGpu() {
  if (existsSync(gpuLink) || !existsSync(gpuPackage)) return;
  // a link that leads nowhere
  rmSync(gpuLink, { force: true });
  symlinkSync(realpathSync(gpuPackage), gpuLink, 'junction');
}

/** True when every dependency that a part declares is linked: a deleted node_modules must not hide behind the stamp. */
export function isInstalled(part) {
  if (part === 'gpu' && !existsSync(gpuLink)) return false;
  return withManifest(manifestsOf(part)).every((folder) => {
    const { dependencies, devDependencies } = readJson(join(root, folder, 'package.json'));
    // the other parts are installed without
    const declared = part === 'dev' ? { ...dependencies, ...devDependencies } : { ...dependencies };
    return Object.keys(declared).every((name) => existsSync(join(root, folder, 'node_modules', name)));
  });
}

/** The pnpm filters of a union of parts. pnpm always counts the workspace root in, hence `--prod` unless `dev` is wanted. */
function filtersOf(parts) {
  if (parts.includes('dev')) return parts.includes('bench') ? [] : ['--filter', '!@omnigrad/bench'];
  const filters = {
    quickstart: '@omnigrad/example-quickstart...',
    gpu: '@omnigrad/node-gpu',
    bench: '@omnigrad/bench...',
  };
  return ['--prod', ...parts.flatMap((part) => ['--filter', filters[part]])];
}

/** Runs the pinned pnpm through npm. Returns what `spawnSync` does; `options` go to it. */
export function pnpm(args, options = {}) {
  const pin = rootManifest.packageManager;
  const npmArgs = ['exec', '--yes', '--prefer-offline', `--package=${pin}`, '--', 'pnpm', ...args];
  // npm tells its scripts where it is; anything else that started us (pnpm, a shell) leaves it to the PATH.
  const npmCli = process.env.npm_execpath ?? '';
  const direct = basename(npmCli) === 'npm-cli.js' && existsSync(npmCli);
  // CI=true: no prompts, and the same behaviour in a terminal and without one. NODE_ENV would drop the dev dependencies.
  const env = { ...process.env, CI: 'true' };
  delete env.NODE_ENV;
  return spawnSync(direct ? process.execPath : 'npm', direct ? [npmCli, ...npmArgs] : npmArgs, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: !direct && process.platform === 'win32',
    ...options,
    env,
  });
}

/**
 * The lock file decides every byte by its hashes, and who runs this runs our code anyway; asking the registry about the age
 * of each of its 528 entries adds nothing, needs the network, and with pnpm's default concurrency made a cold install take
 * 80-92 s instead of 7-17 s (2026-11-23, 2 busy cores, three runs each).
 */
const installFlags = ['--frozen-lockfile', '--prefer-offline', '--trust-lockfile', '--network-concurrency=16'];

/**
 * Installs one part unless it is there already. Parts installed earlier, by us or by hand, stay: it asks for the union.
 * Prints one line; pnpm's own output appears only when it fails, and then ends the process, or, where `optional`, gives way to a line.
 */
export function ensureInstalled(part, what, { optional = false } = {}) {
  const hash = fingerprint();
  const stamp = readStamp();
  if (stamp.hash === hash && stamp.parts.includes(part) && isInstalled(part)) return;

  console.error(`Installing ${what} (once; from the local store where it can) ...`);
  const ofDev = ['quickstart', 'gpu'];
  const parts = ['bench', 'dev', ...ofDev].filter(
    (other) =>
      other === part || stamp.parts.includes(other) || isInstalled(other) || (part === 'dev' && ofDev.includes(other)),
  );
  const began = Date.now();
  // The stamp goes first: an install cut short must not pass for a finished one.
  rmSync(stampPath, { force: true });
  const result = pnpm(['install', ...installFlags, ...filtersOf(parts)]);
  if (result.status !== 0 && optional) {
    console.error('omnigrad: the install failed; going on without.');
    return;
  }
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
    const why = result.error ? result.error.message : `pnpm ended with ${result.signal ?? result.status}`;
    console.error(
      `omnigrad: the install failed (${why}), its log is above. Check the network and run the command again.`,
    );
    process.exit(1);
  }
  if (parts.includes('gpu')) linkGpu();
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, `${JSON.stringify({ hash, parts })}\n`);
  console.log(`Installed in ${((Date.now() - began) / 1000).toFixed(1)} s.`);
}
