// Who uses a run folder. Every process that wants it writes a lock file of its own, named by its pid and a random id,
// and then looks for others. Since nobody ever writes or replaces a name of somebody else, a dead process's lock can be
// removed without a race: two that come at once both see each other, the smaller name stays, the larger gives way.
// It guards processes of one machine; of another machine's lock it cannot know whether its process lives.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { atomicWrite, attempt, type FileOperations } from './atomic-write.ts';
import { RunError, reasonOf, systemCode, writeFix } from './errors.ts';

export interface RunLock {
  /** Idempotent. */
  release(): void;
}

interface Owner {
  readonly name: string;
  readonly pid: number;
  readonly host: string;
  /** Boot and tick at which the process began, '' where the system does not tell: it exposes a pid that was reused. */
  readonly start: string;
}

/** How long one that came at the same time may take to give way; a lock that stays longer has a user. */
const yieldMilliseconds = 400;

// On systems without /proc a stale lock may bear our own pid; what this process really holds is known here.
const held = new Set<string>();

/** @throws {RunError} in-use, not-writable */
export function acquireLock(dir: string, files: FileOperations): RunLock {
  const name = `run-${process.pid}-${randomBytes(4).toString('hex')}.lock`;
  const path = join(dir, name);
  const owner = { pid: process.pid, host: hostname(), start: processStart(process.pid) };
  try {
    atomicWrite(path, new TextEncoder().encode(`${JSON.stringify(owner)}\n`), files);
  } catch (error) {
    attempt(() => files.remove(path));
    throw notWritable(dir, error);
  }
  held.add(name);
  const release = (): void => {
    if (!held.delete(name)) return;
    attempt(() => files.remove(path));
  };
  try {
    const until = performance.now() + yieldMilliseconds;
    for (;;) {
      const rivals = liveOwners(dir, files).filter((owner) => owner.name !== name);
      if (rivals.length === 0) return { release };
      if (rivals.some((rival) => rival.name < name) || performance.now() > until) throw inUse(dir, rivals[0]);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  } catch (error) {
    release();
    throw error instanceof RunError ? error : notWritable(dir, error);
  }
}

/** Whether a file of this name in a run folder is a lock whose process, here, is alive. */
export function isLiveLockName(name: string): boolean {
  const pid = pidOf(name);
  return pid !== null && isAlive(pid, '');
}

export function notWritable(dir: string, error: unknown): RunError {
  const problem = `cannot be written: ${reasonOf(error)}`;
  return new RunError('not-writable', 'folder', dir, problem, writeFix(error), { cause: error });
}

function inUse(dir: string, { name, pid, host }: Owner): RunError {
  const here = host === hostname();
  const problem = `is in use by process ${pid}${here ? '' : ` on host "${host}"`}`;
  const gone = here ? '' : `, or delete ${name} there if that process is gone`;
  return new RunError('in-use', 'folder', dir, problem, `wait for it, or choose another --out${gone}`);
}

/** The owners of the locks in the folder; locks of dead processes are removed on the way. */
function liveOwners(dir: string, files: FileOperations): Owner[] {
  const live: Owner[] = [];
  for (const name of readdirSync(dir).sort()) {
    const pid = pidOf(name);
    if (pid === null) continue;
    let owner: Owner;
    try {
      owner = parseOwner(name, pid, readFileSync(join(dir, name), 'utf8'));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') continue;
      throw error;
    }
    const ours = owner.host === hostname();
    const alive = pid === process.pid && owner.start === '' ? held.has(name) : isAlive(pid, owner.start);
    if (!ours || alive) live.push(owner);
    else attempt(() => files.remove(join(dir, name)));
  }
  return live;
}

function pidOf(name: string): number | null {
  const digits = /^run-(\d{1,10})-[0-9a-f]{8}\.lock$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The file is written whole, so contents that do not parse are damage; then the name alone is believed. */
function parseOwner(name: string, pid: number, text: string): Owner {
  const fallback = { name, pid, host: hostname(), start: '' };
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('host' in parsed) || !('start' in parsed)) return fallback;
    const { host, start } = parsed;
    return typeof host === 'string' && typeof start === 'string' ? { name, pid, host, start } : fallback;
  } catch {
    return fallback;
  }
}

function isAlive(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there is such a process, of another user.
    if (systemCode(error) !== 'EPERM') return false;
  }
  const now = processStart(pid);
  return now !== 'ended' && (start === '' || now === '' || start === now);
}

/** Boot id and start tick from Linux's /proc; 'ended' for a killed process that nobody has waited for; '' elsewhere. */
function processStart(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name in parentheses, may itself hold spaces and parentheses.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'ended';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
  } catch {
    return '';
  }
}
