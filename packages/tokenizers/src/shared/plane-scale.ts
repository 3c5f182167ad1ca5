// A plane of values whose black and white are known -> 0 to 1, standardised.

import type { RawPlane } from '@omnigrad/data';
import { checkFinite, sampleError } from './errors.ts';
import type { PlaneConfig, PlaneFeatures } from './plane-tokenizer.ts';

/** Throws ArgumentError unless the sample has the size of the config. */
export const checkPlaneSize = (
  tokenizer: string,
  sample: string | undefined,
  { height, width }: PlaneConfig,
  raw: { readonly height: number; readonly width: number; readonly count: number },
): void => {
  if (raw.height === height && raw.width === width && raw.count === height * width) return;
  throw sampleError(tokenizer, sample, {
    expected: `${height} x ${width} values`,
    came: `${raw.height} x ${raw.width} (${raw.count} values)`,
    fix: 'resize the picture or change the config',
  });
};

/** min(1, max(0, (value - black) / (white - black))) [height, width]; black may lie above white. */
export const planeShares = ({ values, black, white }: RawPlane): Float32Array =>
  Float32Array.from(values, (v) => Math.min(1, Math.max(0, (v - black) / (white - black))));

// x = (share - mean) / std
export const scalePlane = (tokenizer: string, raw: RawPlane, config: PlaneConfig, sample?: string): PlaneFeatures => {
  const { values, height, width, black, white } = raw;
  checkPlaneSize(tokenizer, sample, config, { height, width, count: values.length });
  if (!Number.isFinite(black) || !Number.isFinite(white) || black === white) {
    throw sampleError(tokenizer, sample, {
      expected: 'black and white that differ',
      came: `${black} and ${white}`,
      fix: 'give the range of the file or of its window',
    });
  }
  checkFinite(tokenizer, sample, values, (i) => `row ${Math.floor(i / width)}, column ${i % width}`);
  const { mean, std } = config;
  return { values: planeShares(raw).map((share) => (share - mean) / std) };
};
