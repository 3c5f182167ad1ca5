// Heat, or another quantity beyond red, as square patches of one channel.

import type { RawPlane } from '@omnigrad/data';
import type { ParameterScope } from '@omnigrad/nn';
import { scalePlane } from '../shared/plane-scale.ts';
import { type PlaneFeatures, PlaneTokenizer } from '../shared/plane-tokenizer.ts';
import type { InfraredConfig } from './config.ts';

/** toPlane() gives shares of the way from black to white. */
export class InfraredTokenizer extends PlaneTokenizer<RawPlane, InfraredConfig> {
  readonly modality = 'infrared';

  constructor(scope: ParameterScope, config: InfraredConfig, width: number) {
    super(scope, 'InfraredTokenizer', config, width);
  }

  preprocess(raw: RawPlane, sample?: string): PlaneFeatures {
    return scalePlane('InfraredTokenizer', raw, this.config, sample);
  }
}
