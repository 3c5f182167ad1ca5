import type { ReportData } from '@omnigrad/training';
import fc from 'fast-check';
import { decode } from 'fast-png';
import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { layoutGraph } from '../src/report/graph-layout.ts';
import { escapeHtml, html } from '../src/report/html.ts';
import { renderReport } from '../src/report/index.ts';
import { smoothed, thinned } from '../src/report/loss-section.ts';
import { duration, grouped, significant } from '../src/report/numbers.ts';
import { projectToPlane } from '../src/report/pca.ts';
import { pngUri } from '../src/report/picture.ts';
import { demoReport, emptyReport, shapes } from './report-fixtures.ts';

const demo = demoReport(1, 300);
const page = renderReport(demo);
const { document } = parseHTML(page);
const all = (selector: string) => [...document.querySelectorAll(selector)];
const texts = (selector: string): string[] => all(selector).map((e) => e.textContent.replace(/\s+/g, ' ').trim());

describe('the page', () => {
  it('is one file that asks for nothing', () => {
    expect(page.startsWith('<!doctype html>')).toBe(true);
    expect(page.length).toBeLessThan(2_000_000);
    const addresses = all('[src], [href]').map((e) => e.getAttribute('src') ?? e.getAttribute('href') ?? '');
    expect(addresses.length).toBeGreaterThan(20);
    for (const address of addresses) expect(address).toMatch(/^(#[a-z]+$|data:image\/png;base64,)/);
    expect(all('style')).toHaveLength(1);
    expect(page).not.toMatch(/<script|<link|@import|url\(|https?:(?!\/\/www\.w3\.org\/)/i);
  });

  it('every picture says what it is', () => {
    for (const img of all('img')) expect(img.getAttribute('alt')).toMatch(/, (original|masked|reconstructed)$/);
    const plots = all('svg').filter((e) => e.closest('[aria-hidden="true"]') === null);
    expect(plots.length).toBeGreaterThan(30);
    for (const plot of plots) {
      expect(plot.getAttribute('role')).toBe('img');
      expect(plot.getAttribute('aria-label')).not.toBe('');
    }
  });

  it('headings go down one level at a time and every link has its target', () => {
    expect(all('h1')).toHaveLength(1);
    expect(texts('h2')).toEqual([
      'Tasks',
      'Stages',
      'Loss curves',
      'Confusion matrices',
      'Reconstructions',
      'Forecasts',
      'Masked text',
      'Embedding map',
      'Configuration',
      'Notes',
    ]);
    const targets = all('nav a').map((a) => a.getAttribute('href')?.slice(1) ?? '');
    expect(targets).toEqual(all('section').map((s) => s.id));
    const ids = all('[id]').map((e) => e.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('the same data give the same bytes', () => {
    expect(renderReport(demoReport(1, 300))).toBe(page);
    expect(renderReport(JSON.parse(JSON.stringify(demo)) as ReportData)).toContain('Beats the classical baseline');
    expect(renderReport(demoReport(2, 300))).not.toBe(page);
  });

  it('says how each task stands', () => {
    expect(texts('.headline')).toEqual(['Beats the classical baseline on 4 of 7 tasks (1 tied, 1 below).']);
    expect(texts('#tasks .verdict')).toEqual(['▲ beat', '▲ beat', '▼ below', '▲ beat', '= tie', '▲ beat', '–']);
    expect(texts('#tasks tbody tr')[0]).toContain('11.35 %');
  });

  it('shows counts, classes and rates of a confusion matrix', () => {
    const tables = all('#confusions table');
    expect(tables).toHaveLength(demo.confusions.length);
    const rows = [...tables[1].querySelectorAll('tbody tr')].map((r) => r.textContent);
    expect(rows).toEqual(['ham321997\u00a0%', 'spam1415692\u00a0%']);
  });

  it('draws a panel a stage and modality', () => {
    expect(all('#losses svg[role=img]').filter((e) => e.getAttribute('aria-label') !== '')).toHaveLength(18);
  });

  it('marks right and wrong guesses with more than colour', () => {
    expect(texts('mark')).toEqual(['you ✓', 'first ✗ free', 'ed ✓', 'to ✗ with']);
  });
});

describe('clips, spectra, clouds and graphs', () => {
  const text = renderReport({ ...emptyReport, reconstructions: shapes() });
  const { document: drawn } = parseHTML(text);
  const picture = (label: string) => {
    const found = drawn.querySelector(`[aria-label="${label}"], [alt="${label}"]`);
    if (found === null) throw new Error(`no picture ${label}`);
    return found;
  };

  it('frames of a clip stand side by side, hidden pixels and gaps transparent', () => {
    const uri = picture('video spins, masked').getAttribute('src') ?? '';
    const { width, height, data, channels } = decode(Buffer.from(uri.split(',')[1], 'base64'));
    const factor = height / 4;
    expect(width).toBe((3 * 6 - 1) * factor);
    const alpha = (x: number, y: number): number => data[(y * factor * width + x * factor) * channels + 3];
    // of each frame the lower half is seen
    expect([alpha(0, 0), alpha(0, 3), alpha(6, 0), alpha(6, 3), alpha(5, 3)]).toEqual([0, 255, 0, 255, 0]);
  });

  it('a spectrum is a curve with its hidden bands shaded', () => {
    const plot = picture('hyperspectral clay, middle pixel: original, hidden stretches and their reconstruction.');
    expect(plot.querySelectorAll('[aria-label=rect] rect')).toHaveLength(1);
    expect(plot.querySelectorAll('[aria-label=line] path').length).toBeGreaterThan(1);
  });

  it('a cloud shows all its points, those seen, and those guessed, in one scale', () => {
    const count = (name: string): number[] =>
      [...picture(`pointcloud ball, ${name}`).querySelectorAll('g[aria-label=dot]')].map((g) => g.children.length);
    expect([count('original'), count('masked'), count('reconstructed')]).toEqual([[30], [10], [10, 20]]);
    expect(picture('pointcloud ball, original').getAttribute('viewBox')).toBe('0 0 120 120');
    const places = [...picture('pointcloud ball, original').querySelectorAll('circle')].flatMap((c) => [
      Number(c.getAttribute('cx')),
      Number(c.getAttribute('cy')),
    ]);
    // as large as the panel allows, and one scale both ways
    expect(Math.max(...places.map((v) => Math.abs(v - 60)))).toBeCloseTo(56, 1);
  });

  it('a graph shows classes, what was hidden, and which guesses are right', () => {
    const labels = (name: string): string[] =>
      [...picture(`graph cycle, ${name}`).querySelectorAll('text')].map((t) => t.textContent);
    expect([labels('original'), labels('masked'), labels('reconstructed')].map((l) => l.join(''))).toEqual([
      '0312',
      '0??2',
      '0322',
    ]);
    expect(text).toContain('1 of 2 hidden nodes right');
    const rings = [...picture('graph cycle, reconstructed').querySelectorAll('circle')].map((c) =>
      c.getAttribute('stroke'),
    );
    expect(rings).toEqual(['var(--faint)', 'var(--ink)', 'var(--wrong)', 'var(--faint)']);
    expect(picture('graph cycle, original').querySelectorAll('[aria-label=link] path')).toHaveLength(4);
    expect(picture('measured star, reconstructed').querySelectorAll('circle')).toHaveLength(3);
  });

  it('an edge to a node that is not there is no picture, and no error', () => {
    expect(text).toContain('Not drawn');
    expect(drawn.querySelector('[aria-label="graph lost, original"]')).toBe(null);
  });
});

describe('where nodes are drawn', () => {
  it('a path is a straight line of equal steps', () => {
    const places = layoutGraph(4, [0, 1, 1, 2, 2, 3]);
    const steps = [0, 1, 2].map((i) => Math.hypot(places[i + 1][0] - places[i][0], places[i + 1][1] - places[i][1]));
    for (const step of steps) expect(step).toBeCloseTo(steps[0], 1);
    const whole = Math.hypot(places[3][0] - places[0][0], places[3][1] - places[0][1]);
    expect(whole).toBeCloseTo(3 * steps[0], 1);
  });

  it('all nodes lie in the square, apart from one another, also of graphs in pieces', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 14 }),
        fc.array(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 20 }),
        (n, pairs) => {
          const edges = pairs.flatMap(([a, b]) => [a % n, b % n]);
          const places = layoutGraph(n, edges);
          expect(layoutGraph(n, edges)).toEqual(places);
          for (const [x, y] of places) {
            expect(x).toBeGreaterThanOrEqual(-1e-9);
            expect(x).toBeLessThanOrEqual(1 + 1e-9);
            expect(y).toBeGreaterThanOrEqual(-1e-9);
            expect(y).toBeLessThanOrEqual(1 + 1e-9);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('hostile and missing data', () => {
  const hostile = `<script>alert(1)</script>"'><img src=x onerror=1>&amp;]]><!-- \u0000\u001b</title></style>`;

  const short = demoReport(1, 12);
  const given = { ...short, reconstructions: [...short.reconstructions, ...shapes()] };

  it('escapes every text of the data', () => {
    const poisoned = poison(given, hostile) as ReportData;
    const text = renderReport(poisoned);
    expect(text.match(/.{0,80}(<script|<img src=x|<!-- |]]><!).{0,20}/)).toBe(null);
    expect(text).not.toContain('\u0000');
    expect(text).not.toContain('\u001b');
    const { document: parsed } = parseHTML(text);
    expect(parsed.querySelectorAll('script, [onerror]')).toHaveLength(0);
    expect(parsed.querySelector('h1')?.textContent).toContain(
      '<script>alert(1)</script>"\'><img src=x onerror=1>&amp;',
    );
    expect([...parsed.querySelectorAll('section')]).toHaveLength(10);
  });

  it('a run that recorded nothing has a line in every section', () => {
    const { document: empty } = parseHTML(renderReport(emptyReport));
    const sections = [...empty.querySelectorAll('section')];
    expect(sections.map((s) => s.querySelector('.none')?.textContent)).toEqual([
      'No task was evaluated.',
      'No stage ran.',
      'No losses were recorded.',
      'No task with classes was evaluated.',
      'No samples were reconstructed.',
      'No task with a forecast was evaluated.',
      'No masked text was recorded.',
      'No embeddings were recorded.',
      'No configuration was recorded.',
      'No notes.',
    ]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 0, -1, -1e300, 1e-300])('every number is %s', (value) => {
    const text = renderReport(replaceNumbers(given, value) as ReportData);
    expect(text).toContain('</html>');
    expect(text.match(/ [a-z-]+="(?!data:)[^"]*NaN.{20}/)).toBe(null);
  });

  it('lists of the wrong length, empty lists and cycles', () => {
    const config: { self?: unknown } = {};
    config.self = config;
    const text = renderReport({
      ...demoReport(1, 12),
      config,
      confusions: [
        { modality: 'image', task: 'digit', classes: ['a', 'b'], matrix: [[1]] },
        { modality: 'image', task: 'none', classes: [], matrix: [] },
      ],
      reconstructions: [
        { modality: 'image', kind: 'image', rows: 2, columns: 2, channels: [], items: [] },
        {
          modality: 'audio',
          kind: 'spectrogram',
          rows: 2,
          columns: 2,
          channels: [],
          items: [{ title: 't', original: [1], masked: [], reconstructed: [] }],
        },
        {
          modality: 'imu',
          kind: 'series',
          rows: 2,
          columns: 1,
          channels: [],
          items: [{ title: 't', original: [1, 1], masked: [null, null], reconstructed: [1, 1] }],
        },
      ],
      forecasts: [{ title: 'f', unit: '', history: [], truth: [], forecast: [1], baseline: [] }],
      texts: [{ text: [], hidden: [{ position: 9, truth: 'a', guess: 'b' }] }],
      embeddings: [
        { modality: 'image', label: '', vector: [1] },
        { modality: 'image', label: '', vector: [1, 2] },
        { modality: 'text', label: '', vector: [Number.NaN] },
      ],
    });
    expect(text).toContain('Not drawn: 1, 0 and 0 values do not fill the grid.');
    expect(text).toContain('2 samples left out: their vectors are not finite or of another length.');
    expect(text).toContain('No configuration was recorded.');
  });

  it('large pictures are left out once a modality has had its share, and counted', () => {
    const size = 96 * 96;
    let state = 1;
    const noise = Array.from({ length: size }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    });
    const item = { title: 't', original: noise, masked: noise, reconstructed: noise };
    const items = Array.from({ length: 60 }, () => item);
    const text = renderReport({
      ...emptyReport,
      reconstructions: [{ modality: 'image', kind: 'image', rows: 96, columns: 96, channels: ['grey'], items }],
    });
    expect(text.length).toBeLessThan(700_000);
    expect(text).toMatch(/\d+ more not shown, to keep the page small\./);
  });
});

/** Every string of a value with `more` behind it, but for those that choose among known words. */
const poison = (value: unknown, more: string, key = ''): unknown => {
  if (typeof value === 'string') return key === 'kind' ? value : `${value}${more}`;
  if (Array.isArray(value)) return value.map((v) => poison(v, more, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, poison(v, more, k)]));
};

/** Every number but those that say where something stands. */
const replaceNumbers = (value: unknown, by: number, key = ''): unknown => {
  if (typeof value === 'number') return ['stage', 'rows', 'columns', 'position'].includes(key) ? value : by;
  if (Array.isArray(value)) return value.map((v) => replaceNumbers(v, by, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, replaceNumbers(v, by, k)]));
};

describe('html', () => {
  it('escapes what is put in and nothing else', () => {
    const inner = html`<b>${'<'}</b>`;
    expect(html`<p title="${'"'}">${inner}${[inner, 'x', null]}${3}</p>`.text).toBe(
      '<p title="&quot;"><b>&lt;</b><b>&lt;</b>x3</p>',
    );
  });

  it('an escaped text reads as the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { document: d } = parseHTML(`<p id="p">${escapeHtml(text)}</p>`);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: replaced by escapeHtml
        const seen = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g, '\ufffd');
        expect(d.getElementById('p')?.textContent).toBe(seen);
      }),
    );
  });
});

describe('numbers', () => {
  it('are written the same everywhere', () => {
    expect([1234567, 999, -1500, Number.NaN].map(grouped)).toEqual(['1\u00a0234\u00a0567', '999', '-1\u00a0500', '–']);
    expect([0.4123, 12345.6, -2.5, 1e-9].map((x) => significant(x))).toEqual(['0.4123', '12350', '−2.5', '1e-9']);
    expect([7.24, 59.97, 75, 7260, -1].map(duration)).toEqual([
      '7.2\u00a0s',
      '1\u00a0min 0\u00a0s',
      '1\u00a0min 15\u00a0s',
      '2\u00a0h 1\u00a0min',
      '–',
    ]);
  });
});

describe('loss curves', () => {
  it('a straight line stays straight but for its ends, a constant everywhere', () => {
    const line = Array.from({ length: 601 }, (_, step) => ({ step, loss: 600 - step }));
    const smooth = smoothed(line);
    expect(smooth[300].loss).toBeCloseTo(300, 6);
    expect(smooth[0].loss).toBeLessThan(600);
    for (const { loss } of smoothed(line.map(({ step }) => ({ step, loss: 4 })))) expect(loss).toBeCloseTo(4, 12);
  });

  it('thinning keeps the order and the peaks', () => {
    const points = Array.from({ length: 5000 }, (_, step) => ({ step, loss: step === 1234 ? 100 : Math.sin(step) }));
    const thin = thinned(points, 100);
    expect(thin.length).toBeLessThanOrEqual(100);
    expect(thin.some((p) => p.loss === 100)).toBe(true);
    expect(thin.every((p, i) => i === 0 || p.step > thin[i - 1].step)).toBe(true);
  });
});

describe('principal components', () => {
  it('finds a known plane: directions, shares and signs', () => {
    // Along (3, 4, 0) / 5 with deviations ±10, along z with ±2, nothing across.
    const rows = [
      [6, 8, 0],
      [-6, -8, 0],
      [0, 0, 2],
      [0, 0, -2],
    ].map(([x, y, z]) => [x + 100, y - 7, z]);
    const { points, explained } = projectToPlane(rows);
    const wanted = [
      [10, 0],
      [-10, 0],
      [0, 2],
      [0, -2],
    ];
    for (const [i, [x, y]] of wanted.entries()) {
      expect(points[i][0]).toBeCloseTo(x, 9);
      expect(points[i][1]).toBeCloseTo(y, 9);
    }
    expect(explained[0]).toBeCloseTo(200 / 208, 12);
    expect(explained[1]).toBeCloseTo(8 / 208, 12);
  });

  it('no variance, one dimension, one row, no row', () => {
    expect(
      projectToPlane([
        [1, 2],
        [1, 2],
      ]),
    ).toEqual({
      points: [
        [0, 0],
        [0, 0],
      ],
      explained: [0, 0],
    });
    expect(projectToPlane([[1], [3]])).toEqual({
      points: [
        [-1, 0],
        [1, 0],
      ],
      explained: [1, 0],
    });
    expect(projectToPlane([[5, 5]])).toEqual({ points: [[0, 0]], explained: [0, 0] });
    expect(projectToPlane([])).toEqual({ points: [], explained: [0, 0] });
  });

  it('keeps at most the variance there is, and centres', () => {
    const vectors = fc.array(
      fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 5, maxLength: 5 }),
      {
        minLength: 2,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(vectors, (rows) => {
        const { points, explained } = projectToPlane(rows);
        expect(explained[0]).toBeGreaterThanOrEqual(explained[1] - 1e-6);
        expect(explained[0] + explained[1]).toBeLessThan(1 + 1e-9);
        for (const axis of [0, 1] as const) {
          expect(Math.abs(points.reduce((sum, p) => sum + p[axis], 0))).toBeLessThan(1e-6);
        }
      }),
    );
  });
});

describe('pictures', () => {
  const read = (uri: string) => decode(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64'));

  it('a grey image, enlarged by a whole factor, its hidden pixels transparent', () => {
    const values = [0, 1, null, 3];
    const png = read(pngUri({ width: 2, height: 2, channels: 1, at: (x, y) => values[2 * y + x] }, [0, 3], 'grey'));
    expect([png.width, png.height, png.channels]).toEqual([16, 16, 4]);
    const pixel = (x: number, y: number): number[] => [...png.data.slice(4 * (16 * y + x), 4 * (16 * y + x) + 4)];
    expect(pixel(0, 0)).toEqual([0, 0, 0, 255]);
    expect(pixel(7, 7)).toEqual([0, 0, 0, 255]);
    expect(pixel(8, 0)).toEqual([85, 85, 85, 255]);
    expect(pixel(0, 8)).toEqual([0, 0, 0, 0]);
    expect(pixel(15, 15)).toEqual([255, 255, 255, 255]);
  });

  it('colour, clamped to its range', () => {
    const png = read(pngUri({ width: 1, height: 1, channels: 3, at: (_x, _y, c) => [-5, 0.5, 9][c] }, [0, 1], 'grey'));
    expect([...png.data.slice(0, 4)]).toEqual([0, 128, 255, 255]);
  });

  it('the ends of viridis, and an image without contrast', () => {
    const one = (v: number) => read(pngUri({ width: 1, height: 1, channels: 1, at: () => v }, [0, 1], 'viridis')).data;
    expect([...one(0).slice(0, 3)]).toEqual([68, 1, 84]);
    expect([...one(1).slice(0, 3)]).toEqual([253, 231, 37]);
    const flat = read(pngUri({ width: 1, height: 1, channels: 1, at: () => 7 }, [7, 7], 'grey')).data;
    expect([...flat.slice(0, 3)]).toEqual([128, 128, 128]);
  });

  it('spectrograms are drawn with time to the right and high bands on top', () => {
    // Two frames of three bands: only the highest band of the second frame sounds.
    const original = [0, 0, 0, 0, 0, 1];
    const { document: d } = parseHTML(
      renderReport({
        ...emptyReport,
        reconstructions: [
          {
            modality: 'audio',
            kind: 'spectrogram',
            rows: 2,
            columns: 3,
            channels: ['energy'],
            items: [{ title: 'tone', original, masked: original, reconstructed: original }],
          },
        ],
      }),
    );
    const png = read(d.querySelector('img')?.getAttribute('src') ?? '');
    expect([png.width, png.height]).toEqual([16, 24]);
    expect([...png.data.slice(4 * 15, 4 * 15 + 3)]).toEqual([253, 231, 37]);
    expect([...png.data.slice(0, 3)]).toEqual([68, 1, 84]);
  });
});
