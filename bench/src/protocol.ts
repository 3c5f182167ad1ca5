// How the benchmark talks to a program's process: the name of a case goes in on a line of stdin, and replies come out on lines of stdout
// that begin with a mark. Peers may print what they like on other lines. Python speaks it too (peers/torch_peer.py).

export const mark = '@bench ';

/** The first reply: the program is set up and waits for work. */
export interface Ready {
  readonly kind: 'ready';
  readonly version: string;
  readonly backend: string;
  /** A line that a reader of its row must know. */
  readonly note?: string | null;
}

export interface Measured {
  readonly kind: 'measured';
  readonly ms: number;
  /** Processor time of the process in all its threads: what ms would be on one core that nobody else uses. */
  readonly cpuMs: number;
  /** What all programs must agree on: a loss, or a mean of results. */
  readonly value: number;
}

export interface Failed {
  readonly kind: 'failed';
  readonly message: string;
}

export type Reply = Ready | Measured | Failed;

export const encodeReply = (reply: Reply): string => `${mark}${JSON.stringify(reply)}\n`;

/** Null for a line that is no reply. */
export const decodeReply = (line: string): Reply | null =>
  line.startsWith(mark) ? (JSON.parse(line.slice(mark.length)) as Reply) : null;
