// The two errors of run folders and checkpoint files. Each message is one line: the file or folder, what is wrong, the
// way out. System faults (no space, no permission) are put into words here; nothing is caught or retried here.

export type CheckpointErrorCode =
  | 'write-failed' // the disk refused; the checkpoint before is intact
  | 'missing' // no such file
  | 'unreadable' // there, but cannot be read: a folder, no permission, an I/O error
  | 'too-large' // over maxCheckpointBytes
  | 'malformed' // not a whole safetensors file
  | 'unsupported' // another kind of file, or a dtype other than F32
  | 'no-state' // good safetensors without a checkpoint's metadata
  | 'format' // written by a newer program
  | 'checksum' // the contents are not the ones that were written
  | 'bad-state' // the state breaks its schema
  | 'bad-value' // a tensor that must not be saved: wrong shape, NaN, Infinity
  | 'mismatch'; // a good checkpoint of another config, model or data set

/** Message: `checkpoint: file "path": problem; fix`. */
export class CheckpointError extends Error {
  readonly code: CheckpointErrorCode;
  readonly file: string;
  readonly problem: string;
  readonly fix: string;

  constructor(code: CheckpointErrorCode, file: string, problem: string, fix: string, options?: ErrorOptions) {
    super(oneLine(`checkpoint: file "${file}": ${problem}; ${fix}`), options);
    this.name = 'CheckpointError';
    this.code = code;
    this.file = file;
    this.problem = problem;
    this.fix = fix;
  }
}

export type RunErrorCode =
  | 'in-use' // another live process holds the folder
  | 'not-writable' // found before any work
  | 'exists' // a new run into a folder that holds one
  | 'nothing-to-resume' // no folder, no config or no checkpoint
  | 'missing'
  | 'unreadable'
  | 'malformed'
  | 'write-failed'
  | 'bad-name' // a path or file name that would leave the folder
  | 'bad-value'
  | 'closed';

/** Message: `run: folder "path" problem; fix`, or `run: file "path" problem; fix`. */
export class RunError extends Error {
  readonly code: RunErrorCode;
  readonly path: string;

  constructor(
    code: RunErrorCode,
    kind: 'folder' | 'file',
    path: string,
    problem: string,
    fix: string,
    options?: ErrorOptions,
  ) {
    super(oneLine(`run: ${kind} "${path}" ${problem}; ${fix}`), options);
    this.name = 'RunError';
    this.code = code;
    this.path = path;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'the name is taken by something else',
  EFBIG: 'the file is larger than the system allows',
  EIO: 'input/output error',
  EISDIR: 'it is a folder',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
};

/** `no space left on the device (ENOSPC on write)`; for anything but a system error, its message. */
export function reasonOf(error: unknown): string {
  const code = systemCode(error);
  if (code === null) return error instanceof Error ? error.message : String(error);
  const call = error instanceof Error && 'syscall' in error ? ` on ${error.syscall}` : '';
  return Object.hasOwn(reasons, code) ? `${reasons[code]} (${code}${call})` : `${code}${call}`;
}

/** The way out of a write that the system refused. */
export function writeFix(error: unknown): string {
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'free some space, or choose another --out';
  if (code === 'EIO') return 'check the disk, or choose another --out';
  return 'make the folder writable, or choose another --out';
}

/** `ENOSPC` and the like, or null where the error is not the system's. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

// A path may hold a line break or an escape sequence; a log line must not.
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ');
}
