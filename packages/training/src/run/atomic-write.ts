// The one way in which a run replaces a file: temporary file beside it, fsync, rename, fsync of the folder. A reader sees
// the old contents or the new, never a part. A failed fsync is not retried: the kernel has marked the pages clean, so a
// second fsync would succeed without the data being on the disk. The system calls can be replaced, to test their faults.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { systemCode } from './errors.ts';

/** The system calls that change the disk. */
export interface FileOperations {
  open(path: string, flags: 'wx' | 'a' | 'r'): number;
  /** Bytes written, perhaps fewer than asked. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  sync(fd: number): void;
  truncate(fd: number, length: number): void;
  close(fd: number): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

export const nodeFiles: FileOperations = {
  open: (path, flags) => openSync(path, flags),
  write: (fd, bytes, offset, length) => writeSync(fd, bytes, offset, length),
  sync: (fd) => fsyncSync(fd),
  truncate: (fd, length) => ftruncateSync(fd, length),
  close: (fd) => closeSync(fd),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => unlinkSync(path),
};

/**
 * After it returns, `path` holds exactly `bytes`, also after a power cut. When it throws, `path` is what it was and no
 * temporary file remains; only where the folder's own fsync fails is the new file already in place.
 * @throws the system's error, for the caller to name
 */
export function atomicWrite(path: string, bytes: Uint8Array, files: FileOperations = nodeFiles): void {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  let open: number | null = null;
  try {
    open = files.open(temporary, 'wx');
    writeAll(open, bytes, files);
    files.sync(open);
    const written = open;
    open = null;
    files.close(written);
    files.rename(temporary, path);
  } catch (error) {
    const left = open;
    if (left !== null) attempt(() => files.close(left));
    attempt(() => files.remove(temporary));
    throw error;
  }
  syncFolder(folder, files);
}

/** The name of the file that a temporary name was meant for, or null: what a killed `atomicWrite` left is told by this. */
export function temporaryFor(name: string): string | null {
  return /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1] ?? null;
}

/** One write call may be short, and none takes more than 2^31 - 1 bytes. */
export function writeAll(fd: number, bytes: Uint8Array, files: FileOperations): void {
  for (let at = 0; at < bytes.length; ) {
    const written = files.write(fd, bytes, at, Math.min(bytes.length - at, 64 * 1024 * 1024));
    if (written <= 0) throw new Error('the system wrote nothing');
    at += written;
  }
}

/** A new name in a folder is durable only once the folder is. Windows cannot open a folder and needs no such call. */
export function syncFolder(folder: string, files: FileOperations): void {
  if (process.platform === 'win32') return;
  const fd = files.open(folder, 'r');
  try {
    files.sync(fd);
  } catch (error) {
    // EINVAL and ENOTSUP: a file system on which folders have no fsync, not a fault of the disk.
    const code = systemCode(error);
    if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error;
  } finally {
    files.close(fd);
  }
}

/**
 * Makes the folder and those above it, durably. One by one, because Node's recursive mkdir reports a read-only file
 * system as a missing folder (Node 20.20, Linux).
 * @throws the system's error
 */
export function makeFolder(path: string, files: FileOperations): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at) && at !== dirname(at); at = dirname(at)) missing.push(at);
  // Another process may make the same folder in between.
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    // The folder above may be one that we may enter but not read; the run can live with that.
    attempt(() => syncFolder(dirname(folder), files));
  }
}

/** For cleaning up after a fault, where a second fault must not hide the first. */
export function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The first fault is the one to report.
  }
}
