// Point clouds as groups of neighbours (Point-BERT, Point-MAE). Where a group lies is told by its centre: the order of groups says nothing.

import type { RawPoints } from '@omnigrad/data';
import { Linear, type Mode, Module, type ParameterScope, type ReconstructionMask, type Tokens } from '@omnigrad/nn';
import { gelu, type NumericArray, type RngKey, tensor } from '@omnigrad/tensor';
import type { MaskedBatch, MaskMethod, Tokenizer } from '../contract.ts';
import { TokenEmbedding } from '../shared/token-embedding.ts';
import { checkPointCloud, type PointCloudConfig } from './config.ts';
import { maskClouds } from './mask.ts';
import { PointNet } from './point-net.ts';
import { collateClouds, type PointCloudArrays, type PointCloudFeatures, preprocessPoints } from './preprocess.ts';

export class PointCloudTokenizer extends Module implements Tokenizer<RawPoints, PointCloudFeatures, PointCloudArrays> {
  readonly modality = 'pointcloud';
  readonly config: PointCloudConfig;
  readonly tokenCount: number;
  readonly maskMethod: MaskMethod;
  readonly placeWidth = 3;
  readonly reconstruction: { readonly kind: 'points'; readonly points: number };
  readonly net: PointNet;
  readonly position: readonly [Linear, Linear];
  readonly embedding: TokenEmbedding;

  constructor(scope: ParameterScope, config: PointCloudConfig, width: number) {
    super(scope);
    checkPointCloud(config);
    const { groups, groupSize, features, hidden, positionHidden, mask } = config;
    this.config = config;
    this.tokenCount = groups;
    this.maskMethod = mask.method;
    this.reconstruction = { kind: 'points', points: groupSize };
    this.net = new PointNet(scope.child('net'), 3 + features, hidden, width);
    this.position = [
      new Linear(scope.child('position').child('0'), 3, positionHidden),
      new Linear(scope.child('position').child('1'), positionHidden, width),
    ];
    this.embedding = new TokenEmbedding(scope.child('embedding'), {
      tokens: groups,
      width,
      masking: mask.method,
      ordered: false,
    });
  }

  preprocess(raw: RawPoints, sample?: string): PointCloudFeatures {
    return preprocessPoints(raw, this.config, sample);
  }

  collate(features: readonly PointCloudFeatures[]): PointCloudArrays {
    return collateClouds(features, this.config);
  }

  mask(arrays: PointCloudArrays, key: RngKey): MaskedBatch<PointCloudArrays> {
    return maskClouds(arrays, key, this.config);
  }

  // token_g = PointNet(points of g) + MLP(centre of g) + modality
  forward({ batch, groups, centres }: PointCloudArrays, _mode: Mode, mask?: ReconstructionMask): Tokens {
    return this.within(() => {
      const { groups: G, groupSize: K, features: F } = this.config;
      const x = this.net.forward(tensor(groups, [batch, G, K, 3 + F]));
      const [first, second] = this.position;
      const context = second.forward(gelu(first.forward(tensor(centres, [batch, G, 3]))));
      return { x: this.embedding.forward(x, mask, context), padding: null };
    });
  }

  uploads({ groups, centres }: PointCloudArrays, mask?: ReconstructionMask): readonly NumericArray[] {
    return [groups, centres, ...this.embedding.uploads(mask)];
  }
}
