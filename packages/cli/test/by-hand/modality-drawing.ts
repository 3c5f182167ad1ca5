// Pieces of the pictures of docs/modalities: SVG as text, and what all of them share.

import { escapeHtml } from '../../src/report/html.ts';
import { pngUri, type Range, rangeOf } from '../../src/report/picture.ts';
import type { ModalitySample } from './modality-samples.ts';

export const [ink, dim, faint, model, wrong, shade] = [
  '#171b21',
  '#5a6472',
  '#b3bac5',
  '#2563c9',
  '#d9660f',
  '#ffe9b8',
];
export const hues =
  '#2563c9 #d4570a #16824a #8b3fc4 #c21f5b #0b8494 #8a6a00 #4a5563 #e0402b #4f9b12 #6a5ae0 #a0522d'.split(' ');

/** A drawing of SVG elements that knows its size. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

export const short = (x: number): string => String(Number(x.toFixed(2)));

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${typeof value === 'number' ? short(value) : value}"`)
    .join('');
export const tag = (name: string, values: Readonly<Record<string, string | number>>, inner = ''): string =>
  `<${name}${attributes(values)}>${inner}</${name}>`;

export const rect = (
  x: number,
  y: number,
  width: number,
  height: number,
  more: Readonly<Record<string, string | number>>,
) => tag('rect', { x, y, width, height, ...more });
export const label = (
  x: number,
  y: number,
  text: string,
  more: Readonly<Record<string, string | number>> = {},
): string => tag('text', { x, y, fill: ink, 'font-size': 11, ...more }, escapeHtml(text));
export const moved = (x: number, y: number, body: string): string =>
  tag('g', { transform: `translate(${x} ${y})` }, body);

export const middle = { 'text-anchor': 'middle', 'dominant-baseline': 'central' } as const;
/** Legible on any ground. */
export const haloed = { ...middle, stroke: '#fff', 'stroke-width': 3, 'paint-order': 'stroke' } as const;

const gap = 22;
export const names = ['input', 'tokens', 'mask', 'reconstruction'] as const;

/** Four panels of one size side by side under their names. `left`: room for what is written beside the first. */
export const sheet = (panels: readonly Drawing[], notes: readonly string[], left = 0): Drawing => {
  const [{ width, height }] = panels;
  const body = panels.map((panel, i) =>
    moved(
      left + i * (width + gap) + 12,
      0,
      label(0, 18, names[i], { 'font-size': 14, 'font-weight': 700 }) +
        moved(0, 28, panel.body) +
        label(0, height + 46, notes[i] ?? '', { fill: dim }),
    ),
  );
  return { width: left + 4 * width + 3 * gap + 24, height: height + 58, body: body.join('') };
};

export const hatch = `<defs><pattern id="hatch" width="7" height="7" patternTransform="rotate(45)" patternUnits="userSpaceOnUse"><rect width="7" height="7" fill="#fff"/><rect width="3.5" height="7" fill="#c9ced6"/></pattern></defs>`;

export interface Field {
  /** Cells and the values [rows, columns, channels] of one picture. */
  readonly rows: number;
  readonly columns: number;
  readonly channels: 1 | 3;
  readonly values: readonly (number | null)[];
}

const pixels = (
  { rows, columns, channels, values }: Field,
  range: Range,
  colors: 'grey' | 'viridis',
  width: number,
  height: number,
): string =>
  tag('image', {
    ...{ width, height, preserveAspectRatio: 'none', style: 'image-rendering: pixelated' },
    href: pngUri(
      { width: columns, height: rows, channels, at: (x, y, c) => values[(y * columns + x) * channels + c] },
      range,
      colors,
    ),
  });

interface Grid {
  readonly down: number;
  readonly across: number;
  /** The token of a cell. */
  readonly token: (row: number, column: number) => number;
}

/** Cells with their tokens' numbers. */
const cells = (
  { down, across, token }: Grid,
  width: number,
  height: number,
  wanted: (t: number) => boolean,
  numbered: boolean,
): string => {
  const [w, h] = [width / across, height / down];
  const parts: string[] = [];
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const t = token(row, column);
      if (!wanted(t)) continue;
      const box = { fill: 'none', stroke: numbered ? hues[1] : model, 'stroke-width': numbered ? 1 : 1.4 };
      parts.push(rect(column * w, row * h, w, h, box));
      if (numbered)
        parts.push(label((column + 0.5) * w, (row + 0.5) * h, String(t + 1), { ...haloed, 'font-weight': 700 }));
    }
  }
  return parts.join('');
};

/** One picture as its four panels. */
export const fieldPanels = (
  fields: readonly [original: Field, masked: Field, reconstructed: Field],
  grid: Grid,
  hidden: ReadonlySet<number>,
  size: { readonly width: number; readonly height: number },
  colors: 'grey' | 'viridis',
): Drawing[] => {
  const { width, height } = size;
  const range = rangeOf([fields[0].values]);
  const [original, masked, reconstructed] = fields.map((field) => pixels(field, range, colors, width, height));
  const rim = rect(0, 0, width, height, { fill: 'none', stroke: faint });
  const ground = rect(0, 0, width, height, { fill: 'url(#hatch)' });
  return [
    original + rim,
    original + cells(grid, width, height, () => true, true),
    ground + masked + rim,
    reconstructed + rim + cells(grid, width, height, (t) => hidden.has(t), false),
  ].map((body) => ({ width, height, body }));
};

export const pictureOf = ({ picture, modality }: ModalitySample) => {
  if (picture === null) throw new Error(`${modality} has no picture`);
  return picture;
};
