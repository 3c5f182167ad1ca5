// What a node or an edge is like, as a vector: numbers through one linear layer, and a row of a table for each class (OGB's encoders of
// atoms and bonds).

import { Embedding, Linear, Module, type ParameterScope, truncatedNormal } from '@omnigrad/nn';
import { add, ids, type NumericArray, sum, type Tensor, tensor, zeros } from '@omnigrad/tensor';
import type { GraphColumns } from './config.ts';
import { classRows, type GraphRows } from './preprocess.ts';

export class GraphContent extends Module {
  readonly numbers: Linear | null;
  /** The rows of all columns of classes, one column after the other. */
  readonly classes: Embedding | null;
  readonly width: number;
  readonly #columns: GraphColumns;

  constructor(scope: ParameterScope, columns: GraphColumns, width: number) {
    super(scope);
    const { numbers, classes } = columns;
    this.width = width;
    this.#columns = columns;
    this.numbers = numbers.length === 0 ? null : new Linear(scope.child('numbers'), numbers.length, width);
    // The sum of the rows begins about as strong as the projected identifiers.
    const init = truncatedNormal(0.5 / Math.sqrt(classes.length));
    this.classes = classes.length === 0 ? null : new Embedding(scope.child('classes'), classRows(columns), width, init);
  }

  /** Rows of [B, count] -> [B, count, width]; 0 where there are no features. */
  forward({ numbers, classes }: GraphRows, batch: number, count: number): Tensor {
    return this.within(() => {
      const parts: Tensor[] = [];
      if (this.numbers !== null) {
        parts.push(this.numbers.forward(tensor(numbers, [batch, count, this.#columns.numbers.length])));
      }
      if (this.classes !== null) {
        const rows = this.classes.forward(ids(classes, [batch, count, this.#columns.classes.length]));
        parts.push(sum(rows, { axes: 2 }));
      }
      if (parts.length === 0) return zeros([batch, count, this.width]);
      return parts.length === 1 ? parts[0] : add(parts[0], parts[1]);
    });
  }

  /** The host arrays that forward() uploads. */
  uploads({ numbers, classes }: GraphRows): readonly NumericArray[] {
    return [...(this.numbers === null ? [] : [numbers]), ...(this.classes === null ? [] : [classes])];
  }
}
