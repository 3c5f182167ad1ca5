// Pictures, sounds, clips and curves as four panels.

import { audioDefaults, videoDefaults } from '@omnigrad/tokenizers';
import { rangeOf } from '../../src/report/picture.ts';
import {
  type Drawing,
  dim,
  type Field,
  faint,
  fieldPanels,
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
} from './modality-drawing.ts';
import type { ModalitySample } from './modality-samples.ts';

export const plane =
  (patch: number, colors: 'grey' | 'viridis', unit: string) =>
  (sample: ModalitySample): Drawing => {
    const { rows, columns, item } = pictureOf(sample);
    const field = (values: readonly (number | null)[]): Field => ({ rows, columns, channels: 1, values });
    const across = columns / patch;
    return sheet(
      fieldPanels(
        [field(item.original), field(item.masked), field(item.reconstructed)],
        { down: rows / patch, across, token: (row, column) => row * across + column },
        new Set(sample.hidden),
        { width: 212, height: 212 },
        colors,
      ),
      [
        `${columns} x ${rows} pixels, ${unit}`,
        `${sample.tokens} patches of ${patch} x ${patch}`,
        `${sample.hidden.length} of ${sample.tokens} hidden`,
        'hidden patches outlined',
      ],
    );
  };

export const audio = (sample: ModalitySample): Drawing => {
  const { rows, columns, item } = pictureOf(sample);
  const { patchFrames, patchMels, hopLength, sampleRate } = audioDefaults;
  // time to the right, high bands on top
  const field = (values: readonly (number | null)[]): Field => ({
    ...{ rows: columns, columns: rows, channels: 1 },
    values: Array.from(
      { length: rows * columns },
      (_, i) => values[(i % rows) * columns + (columns - 1 - Math.floor(i / rows))],
    ),
  });
  const [down, across] = [columns / patchMels, rows / patchFrames];
  return sheet(
    fieldPanels(
      [field(item.original), field(item.masked), field(item.reconstructed)],
      { down, across, token: (row, column) => column * down + (down - 1 - row) },
      new Set(sample.hidden),
      { width: 212, height: 212 },
      'viridis',
    ).map(({ body, ...size }, i) => ({
      ...size,
      body:
        body +
        (i > 0
          ? ''
          : label(-8, 106, `mel band 1 to ${columns} ↑`, { ...middle, fill: dim, transform: 'rotate(-90 -8 106)' })),
    })),
    [
      `time → ${((hopLength * rows) / sampleRate).toFixed(2)} s in ${rows} frames`,
      `${sample.tokens} patches of ${patchFrames} x ${patchMels}`,
      `${sample.hidden.length} of ${sample.tokens} hidden`,
      'hidden patches outlined',
    ],
    12,
  );
};

export const video = (sample: ModalitySample): Drawing => {
  const { rows, columns, frames = 1, channels, item } = pictureOf(sample);
  const { tubelet, patch } = videoDefaults;
  const depth = channels.length === 3 ? 3 : 1;
  const [side, between] = [100, 12];
  const across = columns / patch;
  const places = (rows / patch) * across;
  const hidden = new Set(sample.hidden);
  const size = rows * columns * depth;
  const all = Array.from({ length: frames }, (_, frame) => {
    const field = (values: readonly (number | null)[]): Field => ({
      ...{ rows, columns, channels: depth },
      values: values.slice(frame * size, (frame + 1) * size),
    });
    const layer = Math.floor(frame / tubelet);
    return fieldPanels(
      [field(item.original), field(item.masked), field(item.reconstructed)],
      { down: rows / patch, across, token: (row, column) => layer * places + row * across + column },
      hidden,
      { width: side, height: side },
      'grey',
    );
  });
  const wide = 2 * side + between;
  const panels = names.map((_, panel) => ({
    ...{ width: wide, height: wide },
    body: all
      .map((own, frame) =>
        moved((frame % 2) * (side + between), Math.floor(frame / 2) * (side + between), own[panel].body),
      )
      .join(''),
  }));
  return sheet(panels, [
    `${frames} frames of ${columns} x ${rows}, row by row`,
    `${sample.tokens} tubelets of ${tubelet} x ${patch} x ${patch}`,
    `${sample.hidden.length} of ${sample.tokens} hidden: a tube`,
    'hidden tubelets outlined',
  ]);
};

/** Ticks at round numbers between the ends. */
const ticksOf = (low: number, high: number, wanted: number): number[] => {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? raw;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
};

/** Lines of channels below one another; `patch`: steps of a token. */
export const curves =
  (patch: number, across: string, shown: readonly string[], height: number) =>
  (sample: ModalitySample): Drawing => {
    const { rows, columns, item, channels } = pictureOf(sample);
    const [width, top] = [212, 16];
    const x = (t: number): number => ((t + 0.5) * width) / rows;
    const tokens = rows / patch;
    const hidden = new Set(sample.hidden);
    const panel = (kind: number): Drawing => {
      const parts: string[] = [];
      for (let c = 0; c < columns; c++) {
        const of = <V>(values: readonly V[]): V[] => Array.from({ length: rows }, (_, t) => values[t * columns + c]);
        const [original, masked, reconstructed] = [of(item.original), of(item.masked), of(item.reconstructed)];
        const isHidden = masked.map((v) => v === null);
        const guessed = reconstructed.map((v, t) => (isHidden[t] ? v : null));
        const [low, high] = rangeOf([original, guessed]);
        const margin = 0.06 * (high - low || 1);
        const y = (v: number): number => height - 4 - ((v - low + margin) / (high - low + 2 * margin)) * (height - 8);
        const path = (values: readonly (number | null)[], look: Readonly<Record<string, string | number>>): string => {
          let d = '';
          values.forEach((v, t) => {
            if (v !== null) d += `${t > 0 && values[t - 1] !== null ? 'L' : 'M'}${short(x(t))} ${short(y(v))}`;
          });
          return tag('path', { d, fill: 'none', ...look });
        };
        const lines: string[] = [rect(0, 0, width, height, { fill: '#fff', stroke: faint })];
        if (kind >= 2) {
          for (let t = 0; t < tokens; t++) {
            if (hidden.has(t)) lines.push(rect((t * width) / tokens, 0, width / tokens, height, { fill: shade }));
          }
        }
        if (kind === 0 || kind === 1) lines.push(path(original, { stroke: ink, 'stroke-width': 1.3 }));
        if (kind === 2) lines.push(path(masked, { stroke: ink, 'stroke-width': 1.3 }));
        if (kind === 3) {
          lines.push(path(original, { stroke: faint, 'stroke-width': 2.6 }));
          lines.push(path(guessed, { stroke: model, 'stroke-width': 1.6 }));
        }
        if (kind === 1) {
          for (let t = 1; t < tokens; t++) {
            const at = (t * width) / tokens;
            lines.push(tag('line', { x1: at, x2: at, y1: 0, y2: height, stroke: hues[1], 'stroke-width': 0.8 }));
          }
        }
        if (kind === 0) {
          const ticks = ticksOf(low, high, height < 60 ? 2 : 4);
          for (const v of ticks)
            lines.push(
              label(-5, y(v), String(v), {
                'text-anchor': 'end',
                'dominant-baseline': 'central',
                fill: dim,
                'font-size': 10,
              }),
            );
        }
        parts.push(
          moved(
            0,
            top + c * (height + top),
            lines.join('') + label(0, -4, kind === 0 ? (shown[c] ?? channels[c]) : '', { 'font-size': 11 }),
          ),
        );
      }
      if (kind === 1) {
        for (let t = 0; t < tokens; t++) {
          parts.push(
            label(((t + 0.5) * width) / tokens, top - 5, String(t + 1), {
              'text-anchor': 'middle',
              'font-size': tokens > 12 ? 8 : 10,
              fill: hues[1],
              'font-weight': 700,
            }),
          );
        }
      }
      return { width, height: top + columns * (height + top) - top, body: parts.join('') };
    };
    return sheet(
      [0, 1, 2, 3].map(panel),
      [
        across,
        `${tokens} tokens of ${patch}${columns > 1 ? ', all channels together' : ' bands, of the window'}`,
        `${sample.hidden.length} of ${tokens} hidden`,
        'blue; what was there is grey',
      ],
      38,
    );
  };
