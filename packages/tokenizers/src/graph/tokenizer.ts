// Graphs as one token for each node and each edge (TokenGT). Who is whose neighbour is told by identifiers: the order of tokens says nothing.

import type { RawGraph } from '@omnigrad/data';
import {
  Linear,
  type Mode,
  Module,
  type PaddingMask,
  type Parameter,
  type ParameterScope,
  type ReconstructionMask,
  type Tokens,
  truncatedNormal,
} from '@omnigrad/nn';
import { add, concat, expand, type NumericArray, type RngKey, slice, type Tensor, tensor } from '@omnigrad/tensor';
import type { MaskedBatch, ReconstructionShape, Tokenizer } from '../contract.ts';
import { once } from '../shared/once.ts';
import { TokenEmbedding } from '../shared/token-embedding.ts';
import { checkGraph, type GraphConfig } from './config.ts';
import { GraphContent } from './content.ts';
import { type Identify, identifierOf } from './identifiers.ts';
import { maskGraphs } from './mask.ts';
import { collateGraphs, type GraphArrays, type GraphFeatures, preprocessGraph } from './preprocess.ts';
import { graphReconstruction } from './target.ts';

export class GraphTokenizer extends Module implements Tokenizer<RawGraph, GraphFeatures, GraphArrays> {
  readonly modality = 'graph';
  /** Decoders know which tokens exist only where f saw all of them. */
  readonly maskMethod = 'replace';
  readonly config: GraphConfig;
  readonly tokenCount: number;
  readonly placeWidth: number;
  readonly reconstruction: ReconstructionShape;
  readonly nodes: GraphContent;
  readonly edges: GraphContent;
  readonly identifiers: Linear;
  /** [2, width]: what all nodes, and all edges, have in common. */
  readonly types: Parameter;
  readonly embedding: TokenEmbedding;
  readonly #identify: Identify;

  constructor(scope: ParameterScope, config: GraphConfig, width: number) {
    super(scope);
    checkGraph(config);
    const tokens = config.maxNodes + config.maxEdges;
    this.config = config;
    this.tokenCount = tokens;
    this.placeWidth = 2 * config.identifiers.width;
    this.reconstruction = graphReconstruction(config);
    this.nodes = new GraphContent(scope.child('nodes'), config.nodes, width);
    this.edges = new GraphContent(scope.child('edges'), config.edges, width);
    this.identifiers = new Linear(scope.child('identifiers'), this.placeWidth, width);
    this.types = scope.param('types', [2, width], truncatedNormal(0.02), { decay: false });
    this.embedding = new TokenEmbedding(scope.child('embedding'), {
      tokens,
      width,
      masking: this.maskMethod,
      ordered: false,
    });
    this.#identify = identifierOf(config);
  }

  preprocess(raw: RawGraph, sample?: string): GraphFeatures {
    return preprocessGraph(raw, this.config, this.#identify, sample);
  }

  collate(features: readonly GraphFeatures[]): GraphArrays {
    return collateGraphs(features, this.config);
  }

  mask(arrays: GraphArrays, key: RngKey): MaskedBatch<GraphArrays> {
    return maskGraphs(arrays, key, this.config);
  }

  // token = features + W [P_u; P_v] + type + modality; the features of a hidden node are exchanged for the mask token
  forward(arrays: GraphArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.within(() => {
      const { batch: B, nodes, edges, places } = arrays;
      const { maxNodes: N, maxEdges: E } = this.config;
      const content = concat([this.nodes.forward(nodes, B, N), this.edges.forward(edges, B, E)], { axis: 1 });
      const stand = this.identifiers.forward(tensor(places, [B, N + E, this.placeWidth]));
      const x = this.embedding.forward(content, mask, add(stand, this.#types()));
      const padding: PaddingMask = {
        kind: 'padding',
        exists: tensor(this.#exists(arrays), [B, N + E], { dtype: 'bool' }),
      };
      return { x, padding };
    });
  }

  /** [N + E, width] */
  #types(): Tensor {
    const { maxNodes, maxEdges } = this.config;
    const width = this.types.value.shape[1];
    const rows = [maxNodes, maxEdges].map((count, type) =>
      expand(slice(this.types.value, { axis: 0, start: type, end: type + 1 }), [count, width]),
    );
    return concat(rows, { axis: 0 });
  }

  /** [B, N + E]: 1 where a node or an edge is, 0 where padding is. */
  readonly #exists = once(({ batch, nodeCounts, edgeCounts }: GraphArrays) => {
    const { maxNodes, maxEdges } = this.config;
    const T = maxNodes + maxEdges;
    return Uint32Array.from({ length: batch * T }, (_, i) => {
      const [b, t] = [Math.floor(i / T), i % T];
      return Number(t < maxNodes ? t < nodeCounts[b] : t - maxNodes < edgeCounts[b]);
    });
  });

  uploads(arrays: GraphArrays, mask?: ReconstructionMask): readonly NumericArray[] {
    return [
      ...this.nodes.uploads(arrays.nodes),
      ...this.edges.uploads(arrays.edges),
      arrays.places,
      ...this.embedding.uploads(mask),
      this.#exists(arrays),
    ];
  }
}
