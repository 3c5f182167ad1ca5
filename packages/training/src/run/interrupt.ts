// Ctrl-C and SIGTERM as a request that the training loop reads at a step boundary, so that it can save and stop. Node
// delivers signals between turns of its event loop: a loop that never awaits a macrotask hears neither of them.

export type InterruptSignal = 'SIGINT' | 'SIGTERM';

export interface InterruptOptions {
  /** Called once, with the first signal: the place for `saving a checkpoint, Ctrl-C again to stop at once`. */
  readonly onFirst?: (signal: InterruptSignal) => void;
}

export interface Interrupts extends Disposable {
  /** The first signal that came, or null. */
  readonly requested: InterruptSignal | null;
  /** The shell's code for the process that stopped on request: 130 or 143; null while nothing was requested. */
  readonly exitCode: 130 | 143 | null;
  /** Gives the signals back to Node's own handling. Idempotent. */
  dispose(): void;
}

/**
 * The first SIGINT or SIGTERM is a request; a SIGINT after it ends the process at once with code 130, which leaves the
 * last checkpoint as it is. A SIGTERM after it changes nothing. Waiting for signals does not keep the process alive.
 */
export function watchInterrupts({ onFirst }: InterruptOptions = {}): Interrupts {
  let requested: InterruptSignal | null = null;
  const onSignal = (signal: InterruptSignal): void => {
    if (requested !== null) {
      if (signal === 'SIGINT') process.exit(130);
      return;
    }
    requested = signal;
    onFirst?.(signal);
  };
  const onInterrupt = (): void => onSignal('SIGINT');
  const onTerminate = (): void => onSignal('SIGTERM');
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  const dispose = (): void => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
  };
  return {
    get requested() {
      return requested;
    },
    get exitCode() {
      return requested === null ? null : requested === 'SIGINT' ? 130 : 143;
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}
