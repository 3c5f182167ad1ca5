/** One measured piece of work of a benchmark. */
export interface Case {
  /** What a program's process is asked for. */
  readonly name: string;
  readonly title: string;
  /** FLOP of matrix products, or bytes. */
  readonly cost: number;
  /** How often one measurement does it: a timer tick, a message and waiting for a GPU are to be small beside it. */
  readonly repeats: number;
}
