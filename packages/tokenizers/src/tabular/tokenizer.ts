// One token a column (FT-Transformer, Gorishniy et al. 2021). Its bias b_j is the position of column j, so that a hidden
// column keeps it. The [CLS] token belongs to the trunk.

import type { Column, RawTable } from '@omnigrad/data';
import {
  Embedding,
  type Init,
  type Mode,
  Module,
  type Parameter,
  type ParameterScope,
  type ReconstructionMask,
  type Tokens,
} from '@omnigrad/nn';
import {
  concat,
  gatherRows,
  ids,
  mul,
  type NumericArray,
  type RngKey,
  randomUniform,
  type Tensor,
  tensor,
  where,
} from '@omnigrad/tensor';
import type { MaskedBatch, MaskMethod, Tokenizer } from '../contract.ts';
import { once } from '../shared/once.ts';
import { TokenEmbedding } from '../shared/token-embedding.ts';
import { categoriesOf, checkTabular, type TabularConfig } from './config.ts';
import { maskRows } from './mask.ts';
import { collateRows, preprocessRow, type TabularArrays, type TabularFeatures } from './preprocess.ts';

/** Uniform on ±width^-1/2, as in FT-Transformer. */
const rowInit: Init = (key, shape) => {
  const bound = 1 / Math.sqrt(shape[shape.length - 1]);
  return randomUniform(key, shape).map((u) => bound * (2 * u - 1));
};

const indicesOf = (columns: readonly Column[], kind: Column['kind']): readonly number[] =>
  columns.flatMap((column, i) => (column.kind === kind ? [i] : []));

export class TabularTokenizer extends Module implements Tokenizer<RawTable, TabularFeatures, TabularArrays> {
  readonly modality = 'tabular';
  readonly config: TabularConfig;
  readonly tokenCount: number;
  readonly maskMethod: MaskMethod;
  readonly reconstruction: { readonly kind: 'columns'; readonly categories: readonly number[] };
  /** [numeric columns, width] */
  readonly numeric: Parameter | null;
  /** The rows of all categorical columns, one column after the other. */
  readonly categorical: Embedding | null;
  /** [width]: stands for a missing value of any column. */
  readonly missing: Parameter;
  readonly embedding: TokenEmbedding;
  readonly #numericAt: readonly number[];
  readonly #categoricalAt: readonly number[];
  /** First row of each categorical column in the table. */
  readonly #firstRow: readonly number[];

  constructor(scope: ParameterScope, config: TabularConfig, width: number) {
    super(scope);
    checkTabular(config);
    const { columns, mask } = config;
    this.config = config;
    this.tokenCount = columns.length;
    this.maskMethod = mask.method;
    this.reconstruction = { kind: 'columns', categories: categoriesOf(columns) };
    this.#numericAt = indicesOf(columns, 'numeric');
    this.#categoricalAt = indicesOf(columns, 'categorical');
    let rows = 0;
    this.#firstRow = this.#categoricalAt.map((i) => {
      rows += this.reconstruction.categories[i];
      return rows - this.reconstruction.categories[i];
    });
    const count = this.#numericAt.length;
    this.numeric = count === 0 ? null : scope.param('numeric', [count, width], rowInit);
    this.categorical = rows === 0 ? null : new Embedding(scope.child('categorical'), rows, width, rowInit);
    this.missing = scope.param('missing', [width], rowInit);
    this.embedding = new TokenEmbedding(scope.child('embedding'), {
      tokens: columns.length,
      width,
      masking: mask.method,
    });
  }

  preprocess(raw: RawTable, sample?: string): TabularFeatures {
    return preprocessRow(raw, this.config, sample);
  }

  collate(features: readonly TabularFeatures[]): TabularArrays {
    return collateRows(features, this.tokenCount);
  }

  mask(arrays: TabularArrays, key: RngKey): MaskedBatch<TabularArrays> {
    return maskRows(arrays, key, this.config);
  }

  // token_j = x_j · W_j + b_j (numeric), E_j[c] + b_j (categorical), m + b_j (missing)
  forward(arrays: TabularArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.within(() => {
      const [B, C] = [arrays.batch, this.tokenCount];
      const isMissing = tensor(this.#host(arrays).missing, [B, C, 1], { dtype: 'bool' });
      // [B, C, 1] ? [width] : [B, C, width]
      const content = where(isMissing, this.missing.value, this.#present(arrays));
      return { x: this.embedding.forward(content, mask), padding: null };
    });
  }

  /** [B, C, width] in the order of the columns. */
  #present(arrays: TabularArrays): Tensor {
    const { batch } = arrays;
    const host = this.#host(arrays);
    const parts: Tensor[] = [];
    if (this.numeric !== null) {
      // [B, n, 1] · [n, width]
      parts.push(mul(tensor(host.numeric, [batch, this.#numericAt.length, 1]), this.numeric.value));
    }
    if (this.categorical !== null) {
      parts.push(this.categorical.forward(ids(host.rows, [batch, this.#categoricalAt.length])));
    }
    if (parts.length === 1) return parts[0];
    return gatherRows(concat(parts, { axis: 1 }), ids(host.order, [batch, this.tokenCount]));
  }

  /** What forward() uploads: flags [B, C], numbers [B, n], rows of the table [B, m], places of the columns [B, C]. */
  readonly #host = once(({ batch, values, ids: classes, missing }: TabularArrays) => {
    const C = this.tokenCount;
    const [n, m] = [this.#numericAt.length, this.#categoricalAt.length];
    const made = [...this.#numericAt, ...this.#categoricalAt];
    return {
      missing: Uint32Array.from(missing),
      numeric: Float32Array.from(
        { length: batch * n },
        (_, i) => values[Math.floor(i / n) * C + this.#numericAt[i % n]],
      ),
      rows: Int32Array.from(
        { length: batch * m },
        (_, i) => this.#firstRow[i % m] + classes[Math.floor(i / m) * C + this.#categoricalAt[i % m]],
      ),
      order: Int32Array.from({ length: batch * C }, (_, i) => made.indexOf(i % C)),
    };
  });

  uploads(arrays: TabularArrays, mask?: ReconstructionMask): readonly NumericArray[] {
    const { missing, numeric, rows, order } = this.#host(arrays);
    return [missing, numeric, rows, order, ...this.embedding.uploads(mask)];
  }
}
