// Draws docs/modalities/*.png: a held-out sample of each modality, its tokens, what the mask left of it, and its reconstruction.
//   npx tsx --conditions=omnigrad-source packages/cli/test/by-hand/modality-pictures.ts [steps] [samples.json]
// Trains first (5,200 steps take some minutes on two cores) unless the file of samples is there. Wants a Chromium: OMNIGRAD_CHROMIUM, or
// /usr/bin/chromium.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Modality } from '@omnigrad/data';
import {
  depthDefaults,
  hyperspectralDefaults,
  imageDefaults,
  imuDefaults,
  infraredDefaults,
  timeseriesDefaults,
  xrayDefaults,
} from '@omnigrad/tokenizers';
import { decode, encode } from 'fast-png';
import { type Drawing, hatch } from './modality-drawing.ts';
import { audio, curves, plane, video } from './modality-fields.ts';
import { type ModalitySample, trainSamples } from './modality-samples.ts';
import { cloud, nodes, tabular, text } from './modality-shapes.ts';

/** How each modality is drawn, and which of its samples: one on which much is to be seen. */
const drawings: { readonly [M in Modality]: readonly [draw: (sample: ModalitySample) => Drawing, which: number] } = {
  image: [plane(imageDefaults.patch, 'grey', 'grey'), 0],
  text: [text, 3],
  audio: [audio, 0],
  tabular: [tabular, 5],
  timeseries: [curves(timeseriesDefaults.patch, `${timeseriesDefaults.steps} days →`, [], 46), 0],
  imu: [curves(imuDefaults.patch, `${imuDefaults.steps} steps →`, [], 34), 0],
  video: [video, 0],
  depth: [plane(depthDefaults.patch, 'grey', 'disparity'), 0],
  pointcloud: [cloud, 4],
  graph: [nodes, 3],
  xray: [plane(xrayDefaults.patch, 'grey', '16 bits'), 0],
  infrared: [plane(infraredDefaults.patch, 'viridis', 'radiance'), 0],
  hyperspectral: [curves(hyperspectralDefaults.group, '32 bands of the middle pixel →', ['reflectance'], 150), 4],
};

const chromium = process.env.OMNIGRAD_CHROMIUM ?? '/usr/bin/chromium';

/** The drawing as PNG bytes, on white. */
const rasterised = ({ width, height, body }: Drawing, folder: string): Uint8Array => {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const page = `<!doctype html><meta charset="utf-8"><style>body { margin: 0; background: #fff } svg { display: block; font-family: "DejaVu Sans", sans-serif }</style><svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">${hatch}${body}</svg>`;
  const [html, png] = [join(folder, 'page.html'), join(folder, 'page.png')];
  writeFileSync(html, page);
  // A headless window takes some of its height for itself.
  const args = ['--headless', '--no-sandbox', '--hide-scrollbars', '--disable-gpu', `--window-size=${w},${h + 200}`];
  execFileSync(chromium, [...args, `--screenshot=${png}`, `file://${html}`], { stdio: 'ignore' });
  const { data, channels, width: full } = decode(readFileSync(png));
  const cut = new Uint8Array(w * h * 3);
  for (let i = 0; i < w * h; i++) {
    const at = (Math.floor(i / w) * full + (i % w)) * channels;
    for (let c = 0; c < 3; c++) cut[3 * i + c] = data[at + c];
  }
  return encode({ width: w, height: h, data: cut, channels: 3, depth: 8 }, { zlib: { level: 9 } });
};

const [steps = '5200', file = ''] = process.argv.slice(2);
const samples: readonly ModalitySample[] = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as ModalitySample[])
  : await trainSamples(Number(steps));
if (file !== '' && !existsSync(file)) writeFileSync(file, JSON.stringify(samples));
const target = fileURLToPath(new URL('../../../../docs/modalities/', import.meta.url));
mkdirSync(target, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'omnigrad-pictures-'));
for (const [modality, [draw, which]] of Object.entries(drawings)) {
  const sample = samples.filter((one) => one.modality === modality)[which];
  const path = join(target, `${modality}.png`);
  writeFileSync(path, rasterised(draw(sample), scratch));
  console.log(`docs/modalities/${modality}.png: ${sample.title}, ${statSync(path).size} bytes`);
}
rmSync(scratch, { recursive: true });
