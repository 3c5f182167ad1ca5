// Draws the contact sheets of docs/poly13.md, one column a class:
//   npx tsx --conditions=omnigrad-source packages/data/test/by-hand/poly13-pictures.ts

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encode } from 'fast-png';
import { createLogMel, type Modality, type Poly13, poly13, type RawGraph, type RawPlane } from '../../src/index.ts';

type Colour = readonly [number, number, number];
const ink: Colour = [225, 228, 235];
const dim: Colour = [120, 128, 145];
const paper: Colour = [17, 19, 26];
const series: readonly Colour[] = [
  [99, 179, 255],
  [255, 159, 67],
  [110, 220, 150],
];

/** Five rows of three dots a letter, from the top, as octal digits. */
const letters: Readonly<Record<string, string>> = {
  a: '25755',
  b: '65656',
  c: '34443',
  d: '65556',
  e: '74647',
  f: '74644',
  g: '34553',
  h: '55755',
  i: '72227',
  j: '11152',
  k: '55655',
  l: '44447',
  m: '57755',
  n: '65555',
  o: '25552',
  p: '65644',
  q: '25563',
  r: '65655',
  s: '34216',
  t: '72222',
  u: '55557',
  v: '55552',
  w: '55775',
  x: '55255',
  y: '55222',
  z: '71247',
  ' ': '00000',
  '0': '25552',
  '1': '26227',
  '-': '00700',
};

class Sheet {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height * 3);
    this.fill(0, 0, width, height, paper);
  }

  dot(x: number, y: number, colour: Colour, opacity = 1): void {
    const [column, row] = [Math.round(x), Math.round(y)];
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return;
    const at = (row * this.width + column) * 3;
    for (let k = 0; k < 3; k++) this.data[at + k] = this.data[at + k] * (1 - opacity) + colour[k] * opacity;
  }

  fill(x: number, y: number, width: number, height: number, colour: Colour): void {
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) this.dot(x + column, y + row, colour);
  }

  disc(x: number, y: number, radius: number, colour: Colour): void {
    for (let row = -radius; row <= radius; row++)
      for (let column = -radius; column <= radius; column++)
        if (row * row + column * column <= radius * radius + 1) this.dot(x + column, y + row, colour);
  }

  line(x0: number, y0: number, x1: number, y1: number, colour: Colour): void {
    const steps = Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1));
    for (let i = 0; i <= steps; i++) this.dot(x0 + ((x1 - x0) * i) / steps, y0 + ((y1 - y0) * i) / steps, colour, 0.9);
  }

  text(x: number, y: number, text: string, colour: Colour, scale = 2): void {
    for (const [place, letter] of [...text].entries())
      for (const [row, digit] of [...(letters[letter] ?? '00000')].entries())
        for (let column = 0; column < 3; column++)
          if ((Number(digit) >> (2 - column)) & 1)
            this.fill(x + (place * 4 + column) * scale, y + row * scale, scale, scale, colour);
  }

  /** `colourOf` a cell of a grid, each `scale` dots wide. */
  grid(
    x: number,
    y: number,
    rows: number,
    columns: number,
    scale: number,
    colourOf: (row: number, column: number) => Colour,
  ): void {
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        this.fill(x + column * scale, y + row * scale, scale, scale, colourOf(row, column));
  }

  /** Through the values, from `low` at the bottom of the cell to `high` at its top. */
  curve(x: number, y: number, values: readonly number[], low: number, high: number, colour: Colour): void {
    const at = (i: number): [number, number] => [
      x + 4 + ((cell - 9) * i) / (values.length - 1),
      y + cell - 5 - ((cell - 9) * (Math.min(high, Math.max(low, values[i])) - low)) / (high - low),
    ];
    for (let i = 1; i < values.length; i++) this.line(...at(i - 1), ...at(i), colour);
  }
}

const cell = 96;
const gap = 4;
const margin = 112;

const grey = (share: number): Colour => {
  const value = Math.round(255 * Math.min(1, Math.max(0, share)));
  return [value, value, value];
};
/** From black over violet and orange to yellow. */
const heat = (share: number): Colour => {
  const s = Math.min(1, Math.max(0, share));
  return [
    255 * Math.min(1, 1.6 * s),
    255 * Math.max(0, 1.6 * s - 0.6),
    255 * Math.max(0, Math.sin(2.4 * Math.PI * s)) * 0.6,
  ];
};
/** From near, bright, to far, dark; red where there is no depth. */
const far = (z: number): Colour => (z === 0 ? [150, 30, 40] : grey(1.25 - 0.45 * z));

const planeOf = (
  sheet: Sheet,
  x: number,
  y: number,
  { values, height, width, black, white }: RawPlane,
  look: (share: number) => Colour,
): void =>
  sheet.grid(x, y, height, width, 3, (row, column) => look((values[row * width + column] - black) / (white - black)));

type Draw = (sheet: Sheet, x: number, y: number, sets: Poly13, row: number) => void;

const column = (values: Float32Array, width: number, at: number): number[] =>
  Array.from({ length: values.length / width }, (_, row) => values[row * width + at]);

const draws: readonly (readonly [Modality, Draw])[] = [
  [
    'image',
    (sheet, x, y, { image }, row) => {
      const { pixels, height, width } = image.train.get(row).input;
      sheet.grid(x + 6, y + 6, height, width, 3, (r, c) => grey(pixels[r * width + c] / 255));
    },
  ],
  [
    'video',
    (sheet, x, y, { video }, row) => {
      const { pixels, frames, height, width } = video.train.get(row).input;
      for (let frame = 0; frame < frames; frame++)
        sheet.grid(x + (frame % 2) * 49, y + Math.floor(frame / 2) * 49, height, width, 3, (r, c) => {
          const at = ((frame * height + r) * width + c) * 3;
          return [pixels[at], pixels[at + 1], pixels[at + 2]];
        });
    },
  ],
  [
    'depth',
    (sheet, x, y, sets, row) => {
      const { depth, height, width } = sets.depth.train.get(row).input;
      sheet.grid(x, y, height, width, 3, (r, c) => far(depth[r * width + c]));
    },
  ],
  ['xray', (sheet, x, y, { xray }, row) => planeOf(sheet, x, y, xray.train.get(row).input, grey)],
  ['infrared', (sheet, x, y, { infrared }, row) => planeOf(sheet, x, y, infrared.train.get(row).input, heat)],
  [
    'hyperspectral',
    (sheet, x, y, { hyperspectral }, row) => {
      const { values, bands, height, width } = hyperspectral.train.get(row).input;
      for (let pixel = 0; pixel < height * width; pixel++)
        sheet.curve(
          x,
          y,
          Array.from(values.subarray(pixel * bands, (pixel + 1) * bands)),
          0,
          0.8,
          pixel === 4 ? series[2] : [58, 105, 80],
        );
    },
  ],
  [
    'pointcloud',
    (sheet, x, y, { pointcloud }, row) => {
      const { positions, count } = pointcloud.train.get(row).input;
      for (let point = 0; point < count; point++) {
        const [right, ahead, up] = positions.subarray(3 * point, 3 * point + 3);
        const near = Math.min(1, Math.max(0.25, 0.6 - ahead));
        const colour: Colour = [99 * near, 179 * near, 255 * near];
        const [px, py] = [x + 48 + 78 * (right + 0.25 * ahead), y + 48 - 78 * (up + 0.35 * ahead)];
        if (px < x + 1 || px > x + cell - 2 || py < y + 1 || py > y + cell - 2) continue;
        sheet.fill(px, py, 2, 2, colour);
      }
    },
  ],
  [
    'audio',
    (sheet, x, y, { audio }, row) => {
      const { samples, sampleRate } = audio.train.get(row).input;
      const { values, frames } = createLogMel({ sampleRate, nMels: 32 }).transform(samples);
      for (let c = 0; c < cell; c++)
        for (let mel = 0; mel < 32; mel++) {
          const value = values[Math.floor((c * frames) / cell) * 32 + mel];
          sheet.fill(x + c, y + cell - 3 - 3 * mel, 1, 3, heat((value + 9) / 13));
        }
    },
  ],
  [
    'imu',
    (sheet, x, y, { imu }, row) => {
      const { window, channels } = imu.train.get(row).input;
      for (const axis of [0, 1, 2]) sheet.curve(x, y, column(window, channels, axis), -12, 22, series[axis]);
    },
  ],
  [
    'timeseries',
    (sheet, x, y, { timeseries }, row) => {
      const { history, channels } = timeseries.train.get(row).input;
      for (const channel of [1, 0]) {
        const values = column(history, channels, channel);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        sheet.curve(
          x,
          y,
          values.map((value) => value - mean),
          -5,
          5,
          series[channel],
        );
      }
    },
  ],
  ['graph', (sheet, x, y, { graph }, row) => drawGraph(sheet, x, y, graph.train.get(row).input)],
];

const ids: readonly Colour[] = [series[0], series[1], series[2], [235, 100, 140]];

/** By springs: neighbours pull, all push. */
function drawGraph(sheet: Sheet, x: number, y: number, { nodes, edges, nodeFeatures }: RawGraph): void {
  const place = Array.from({ length: nodes }, (_, node) => [
    Math.cos(2.4 * node) * (1 + node / nodes),
    Math.sin(2.4 * node) * (1 + node / nodes),
  ]);
  for (let round = 0; round < 400; round++) {
    const force = place.map(([px, py]) => [-0.12 * px, -0.12 * py]);
    for (let a = 0; a < nodes; a++)
      for (let b = 0; b < nodes; b++) {
        if (a === b) continue;
        const [dx, dy] = [place[a][0] - place[b][0], place[a][1] - place[b][1]];
        const squared = dx * dx + dy * dy + 0.01;
        force[a][0] += (0.1 * dx) / squared;
        force[a][1] += (0.1 * dy) / squared;
      }
    for (let at = 0; at < edges.length; at += 2)
      for (const [a, b] of [
        [edges[at], edges[at + 1]],
        [edges[at + 1], edges[at]],
      ])
        for (const axis of [0, 1]) force[a][axis] += 0.3 * (place[b][axis] - place[a][axis]);
    for (const [node, [fx, fy]] of force.entries()) {
      place[node][0] += 0.3 * fx;
      place[node][1] += 0.3 * fy;
    }
  }
  const [left, top] = [0, 1].map((axis) => Math.min(...place.map((p) => p[axis])));
  const span = Math.max(...[0, 1].map((axis) => Math.max(...place.map((p) => p[axis])) - (axis === 0 ? left : top)));
  const at = (node: number): [number, number] => [
    x + 8 + (80 * (place[node][0] - left)) / span,
    y + 8 + (80 * (place[node][1] - top)) / span,
  ];
  for (let edge = 0; edge < edges.length; edge += 2) sheet.line(...at(edges[edge]), ...at(edges[edge + 1]), dim);
  for (let node = 0; node < nodes; node++) sheet.disc(...at(node), 3, ids[nodeFeatures[2 * node + 1]]);
}

function draw(file: string, rho: number, rows: readonly Modality[]): void {
  const sets = poly13({ seed: 1, rho, trainCount: 10, testCount: 10 });
  const order = sets.image.classes.map((_, label) =>
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].findIndex((row) => sets.image.train.get(row).label === label),
  );
  const chosen = draws.filter(([modality]) => rows.includes(modality));
  const sheet = new Sheet(margin + 10 * (cell + gap), 20 + chosen.length * (cell + gap));
  for (const [at, name] of sets.image.classes.entries()) sheet.text(margin + at * (cell + gap), 5, name, ink);
  for (const [line, [modality, paint]] of chosen.entries()) {
    const y = 20 + line * (cell + gap);
    sheet.text(4, y + 42, modality, ink);
    for (const [at, row] of order.entries()) {
      const x = margin + at * (cell + gap);
      sheet.fill(x, y, cell, cell, [26, 29, 38]);
      paint(sheet, x, y, sets, row);
    }
  }
  const png = encode(
    { width: sheet.width, height: sheet.height, data: sheet.data, channels: 3, depth: 8 },
    { zlib: { level: 9 } },
  );
  writeFileSync(fileURLToPath(new URL(`../../../../docs/${file}`, import.meta.url)), png);
  console.log(`docs/${file}: ${sheet.width} x ${sheet.height}, ${png.length} bytes`);
}

draw(
  'poly13.png',
  1,
  draws.map(([modality]) => modality),
);
draw('poly13-rho0.png', 0, ['image', 'depth', 'xray', 'pointcloud']);
