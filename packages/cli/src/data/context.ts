// What the commands of `omnigrad data` are told.

import type { LineOutput } from './status-line.ts';

export interface DataContext {
  readonly stdout: LineOutput;
  readonly env: NodeJS.ProcessEnv;
  /** The module whose installed packages are looked through. */
  readonly dataFrom: string;
  /** Sets the exit code of the process; 0 unless a command says otherwise. */
  readonly exit: (code: number) => void;
}
