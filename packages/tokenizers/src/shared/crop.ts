// Random resized crops of fields [height, width, channels], and their mirror images.

import { checkRange, type Draws, type Range } from './draws.ts';

export interface CropConfig {
  /** Least and largest share of the area that is kept, in (0, 1]. */
  readonly scale: Range;
  /** Least and largest width over height of the crop; default 3/4 to 4/3. */
  readonly ratio?: Range;
}

/** In pixels, whole numbers. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const usualRatio: Range = [3 / 4, 4 / 3];
/** Sizes that are drawn before the crop in the middle is taken. */
const attempts = 10;

export const checkCrop = (augment: string, config: CropConfig | undefined): void => {
  checkRange(augment, 'crop.scale', config?.scale, [1e-6, 1]);
  checkRange(augment, 'crop.ratio', config?.ratio, [1e-3, 1e3]);
};

/**
 * The area even over `scale`, the logarithm of the ratio even over that of `ratio`, the place even (torchvision's RandomResizedCrop). Where
 * ten such boxes do not fit, the largest in the middle that keeps to the ratio.
 */
export const drawBox = (
  draws: Draws,
  height: number,
  width: number,
  { scale, ratio = usualRatio }: CropConfig,
): Box => {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = height * width * draws.uniform(...scale);
    const aspect = Math.exp(draws.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const [w, h] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { top: draws.below(height - h + 1), left: draws.below(width - w + 1), height: h, width: w };
  }
  const aspect = width / height;
  const w = aspect > ratio[1] ? Math.round(height * ratio[1]) : width;
  const h = aspect < ratio[0] ? Math.round(width / ratio[0]) : height;
  return { top: (height - h) >> 1, left: (width - w) >> 1, height: h, width: w };
};

export interface FieldSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * The box of `field`, brought to the size of the whole: out [height, width, channels]. A crop is never larger than the whole, so bilinear
 * weights need no smoothing before them. 'nearest' keeps values that must not mix: depths across an edge.
 */
export const resizeBox = (
  field: ArrayLike<number>,
  { height, width, channels: C }: FieldSize,
  box: Box,
  how: 'bilinear' | 'nearest' = 'bilinear',
): Float32Array => {
  const out = new Float32Array(height * width * C);
  const placesOf = (count: number, first: number, length: number) =>
    Array.from({ length: count }, (_, i) => {
      // centres of pixels onto centres of pixels; beyond the outermost ones their value goes on
      const at = ((i + 0.5) * length) / count - 0.5;
      if (how === 'nearest') {
        const near = first + Math.min(length - 1, Math.max(0, Math.floor(at + 0.5)));
        return { low: near, high: near, weight: 0 };
      }
      const inside = Math.min(length - 1, Math.max(0, at));
      const low = Math.floor(inside);
      return { low: first + low, high: first + Math.min(length - 1, low + 1), weight: inside - low };
    });
  const rows = placesOf(height, box.top, box.height);
  const columns = placesOf(width, box.left, box.width);
  let to = 0;
  for (const y of rows) {
    const [above, below] = [y.low * width, y.high * width];
    for (const x of columns) {
      const [a, b] = [(above + x.low) * C, (above + x.high) * C];
      const [c, d] = [(below + x.low) * C, (below + x.high) * C];
      for (let k = 0; k < C; k++) {
        const upper = field[a + k] * (1 - x.weight) + field[b + k] * x.weight;
        const lower = field[c + k] * (1 - x.weight) + field[d + k] * x.weight;
        out[to++] = upper * (1 - y.weight) + lower * y.weight;
      }
    }
  }
  return out;
};

/** Left and right exchanged, or top and bottom: a new field of the same kind. */
export const mirrored = <T extends { [index: number]: number; slice(): T }>(
  field: T,
  { height, width, channels: C }: FieldSize,
  axis: 'horizontal' | 'vertical' = 'horizontal',
): T => {
  const out = field.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = axis === 'horizontal' ? y * width + (width - 1 - x) : (height - 1 - y) * width + x;
      for (let c = 0; c < C; c++) out[(y * width + x) * C + c] = field[from * C + c];
    }
  }
  return out;
};

/** Rounded and clipped to 0 .. 255. */
export const bytesOf = (values: ArrayLike<number>): Uint8Array => {
  const out = new Uint8Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.min(255, Math.max(0, Math.round(values[i])));
  return out;
};
