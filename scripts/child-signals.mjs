// Preloaded into the child of run-source.mjs, so that a program sees signals as if it had been started alone:
// each exactly once, and SIGTERM when those that started it are gone.
import { readFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Worker threads preload this too, but signals concern the main thread alone.
if (isMainThread) {
  dropCopies();
  endWithAncestors();
}

/**
 * One Ctrl-C arrives up to three times: from the terminal, from npm and from our parent. Copies within a second count as
 * one, so a program may treat a second one as the user insisting.
 */
function dropCopies() {
  const last = new Map();
  const emit = process.emit;
  process.emit = function emitOnce(event, ...args) {
    if (event !== 'SIGINT' && event !== 'SIGTERM' && event !== 'SIGHUP') return emit.call(this, event, ...args);
    const now = performance.now();
    const before = last.get(event) ?? Number.NEGATIVE_INFINITY;
    last.set(event, now);
    return now - before < 1000 ? true : emit.call(this, event, ...args);
  };
}

/** A killed npm or parent passes nothing on, and a trainer nobody watches must not keep two cores and its run folder. */
function endWithAncestors() {
  const links = ancestry();
  const watch = setInterval(() => {
    if (links.every(([pid, parent]) => parentOf(pid) === parent)) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}

/** Pairs of a process and its parent, from here up to npm; above npm an end is no concern of ours (nohup, closed shells). */
function ancestry() {
  const found = [[process.pid, process.ppid]];
  if (process.env.npm_lifecycle_event === undefined) return found;
  const starter = parentOf(process.ppid);
  found.push([process.ppid, starter]);
  if (/^(sh|dash|bash|ash)$/.test(nameOf(starter))) found.push([starter, parentOf(starter)]);
  return found;
}

/** Beyond the own parent this knows only what /proc tells; elsewhere it is 0, which never changes. */
function parentOf(pid) {
  if (pid === process.pid) return process.ppid;
  return Number(/\) \S (\d+)/.exec(readProc(pid, 'stat'))?.[1] ?? 0);
}

function nameOf(pid) {
  return readProc(pid, 'comm').trim();
}

function readProc(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
