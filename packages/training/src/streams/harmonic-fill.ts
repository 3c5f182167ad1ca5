// The classical fill for hidden pixels: each becomes the mean of its four neighbours (Laplace's equation), by
// Gauss-Seidel from the visible ones. Pixels beyond the border mirror.

/** `truth` [height, width]; only its visible pixels are read. */
export const harmonicFill = (
  truth: Float32Array,
  isHidden: (pixel: number) => boolean,
  height: number,
  width: number,
  sweeps = 60,
): Float32Array => {
  const out = truth.slice();
  const hidden: number[] = [];
  for (let p = 0; p < out.length; p++) {
    if (!isHidden(p)) continue;
    hidden.push(p);
    out[p] = 0;
  }
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const p of hidden) {
      const y = Math.floor(p / width);
      const x = p % width;
      const up = out[y > 0 ? p - width : p];
      const down = out[y < height - 1 ? p + width : p];
      const left = out[x > 0 ? p - 1 : p];
      const right = out[x < width - 1 ? p + 1 : p];
      out[p] = (up + down + left + right) / 4;
    }
  }
  return out;
};
