// Draws docs/point-corruptions.png: a chair of 1,024 points under the fifteen corruptions, one row each, clean and severities 1 to 5:
//   npx tsx --conditions=omnigrad-source packages/data/test/by-hand/corruption-pictures.ts

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encode } from 'fast-png';
import { corruptPoints, pointCorruptions, sampleSurface, severities } from '../../src/index.ts';
import { fitBox } from '../../src/published/point-corruptions.ts';

const cell = 150;
const gap = 2;

/** Boxes by their least and most corners, y up: seat, back, four legs. */
const boxes = [
  [-0.5, 0, -0.5, 0.5, 0.12, 0.5],
  [-0.5, 0.12, -0.5, 0.5, 1.1, -0.38],
  ...[-0.5, 0.38].flatMap((x) => [-0.5, 0.38].map((z) => [x, -0.9, z, x + 0.12, 0, z + 0.12])),
];
const corners = boxes.flatMap(([x0, y0, z0, x1, y1, z1]) =>
  [x0, x1].flatMap((x) => [y0, y1].flatMap((y) => [z0, z1].map((z) => [x, y, z]))),
);
const sides = [
  [0, 1, 3, 2],
  [4, 6, 7, 5],
  [0, 4, 5, 1],
  [2, 3, 7, 6],
  [0, 2, 6, 4],
  [1, 5, 7, 3],
];
const faces = boxes.flatMap((_, box) =>
  sides.flatMap(([a, b, c, d]) => [a, b, c, a, c, d].map((corner) => 8 * box + corner)),
);
const mesh = {
  positions: Float32Array.from(corners.flat()),
  faces: Uint32Array.from(faces),
  offset: [0, 0, 0] as const,
};
const cloud = (count: number): Float32Array => fitBox(sampleSurface(mesh, count, [1, 0]).positions);

const columns = severities.length + 1;
const width = columns * (cell + gap);
const height = pointCorruptions.length * (cell + gap);
const data = new Uint8Array(width * height * 3).fill(17);

/** Seen from the front, a little from the side and above; near points bright. */
function draw(points: Float32Array, row: number, column: number): void {
  const [turn, tilt] = [0.6, 0.35];
  const seen = Array.from({ length: points.length / 3 }, (_, k) => {
    const [x, y, z] = points.subarray(3 * k, 3 * k + 3);
    const [right, front] = [x * Math.cos(turn) - z * Math.sin(turn), x * Math.sin(turn) + z * Math.cos(turn)];
    return [right, y * Math.cos(tilt) - front * Math.sin(tilt), front * Math.cos(tilt) + y * Math.sin(tilt)];
  }).sort((a, b) => a[2] - b[2]);
  for (const [x, y, depth] of seen) {
    const bright = Math.min(1, Math.max(0.15, 0.6 + 0.4 * depth));
    const left = Math.round(column * (cell + gap) + cell * (0.5 + x / 3));
    const top = Math.round(row * (cell + gap) + cell * (0.5 - y / 3));
    for (let dy = 0; dy < 2; dy++) {
      for (let dx = 0; dx < 2; dx++) {
        const at = ((top + dy) * width + left + dx) * 3;
        if (left + dx < width && top + dy < height && at >= 0) data.set([99 * bright, 179 * bright, 255 * bright], at);
      }
    }
  }
}

for (const [row, corruption] of pointCorruptions.entries()) {
  draw(cloud(1024), row, 0);
  const source = cloud(corruption === 'density_inc' ? 2048 : 1024);
  for (const severity of severities) draw(corruptPoints(source, corruption, severity, [7, 1]), row, severity);
}
const path = fileURLToPath(new URL('../../../../docs/point-corruptions.png', import.meta.url));
writeFileSync(path, encode({ width, height, channels: 3, depth: 8, data }));
