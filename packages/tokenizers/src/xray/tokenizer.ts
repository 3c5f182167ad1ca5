// Radiographs as square patches; values keep their 16 bits until they are scaled.

import type { RawPlane } from '@omnigrad/data';
import type { ParameterScope } from '@omnigrad/nn';
import { scalePlane } from '../shared/plane-scale.ts';
import { type PlaneFeatures, PlaneTokenizer } from '../shared/plane-tokenizer.ts';
import type { XrayConfig } from './config.ts';

/** toPlane() gives shares of the way from black to white. */
export class XrayTokenizer extends PlaneTokenizer<RawPlane, XrayConfig> {
  readonly modality = 'xray';

  constructor(scope: ParameterScope, config: XrayConfig, width: number) {
    super(scope, 'XrayTokenizer', config, width);
  }

  preprocess(raw: RawPlane, sample?: string): PlaneFeatures {
    return scalePlane('XrayTokenizer', raw, this.config, sample);
  }
}
