// Depth images as square patches of disparity.

import type { RawDepth } from '@omnigrad/data';
import type { ParameterScope } from '@omnigrad/nn';
import { type PlaneFeatures, PlaneTokenizer } from '../shared/plane-tokenizer.ts';
import type { DepthConfig } from './config.ts';
import { preprocessDepth } from './preprocess.ts';

/** toPlane() gives disparities as shares of `mostDisparity`. */
export class DepthTokenizer extends PlaneTokenizer<RawDepth, DepthConfig> {
  readonly modality = 'depth';

  constructor(scope: ParameterScope, config: DepthConfig, width: number) {
    super(scope, 'DepthTokenizer', config, width);
  }

  preprocess(raw: RawDepth, sample?: string): PlaneFeatures {
    return preprocessDepth(raw, this.config, sample);
  }
}
