// A made-up run of six modalities, from a fixed generator: rich enough to look at, small enough for a test.

import type { EmbeddingPoint, MetricRow, Reconstruction, ReportData } from '@omnigrad/training';

const mulberry = (seed: number): (() => number) => {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

const digits = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];
const labels: Readonly<Record<string, readonly string[]>> = {
  image: digits.map((_, i) => String(i)),
  text: ['ham', 'spam'],
  audio: [
    'bass drum',
    'snare',
    'hi-hat',
    'cymbal',
    'tom',
    'bass',
    'guitar',
    'loop',
    'drone',
    'misc',
    'elec',
    'vinyl',
    'ambient',
  ],
  tabular: ['Adelie', 'Chinstrap', 'Gentoo'],
  timeseries: ['rain', 'sun', 'fog', 'drizzle', 'snow'],
  imu: ['walking', 'other'],
};

const metrics = (random: () => number, steps: number): MetricRow[] => {
  const rows: MetricRow[] = [];
  const names = Object.keys(labels);
  const tasks: Readonly<Record<string, string>> = {
    image: 'digit',
    text: 'spam',
    audio: 'instrument',
    tabular: 'species',
    timeseries: 'forecast',
    imu: 'walking',
  };
  for (const stage of [1, 2, 3] as const) {
    for (let step = 0; step < steps; step++) {
      const members = stage === 1 ? [step % 6] : [step % 6, (step * 5 + 1) % 6];
      for (const m of members) {
        const level = [1.1, 6.2, 0.9, 0.8, 0.7, 0.5][m];
        const loss = level * (0.02 * (m + 1) + Math.exp((-6 * step) / steps)) * (0.75 + 0.5 * random());
        rows.push({
          stage,
          step,
          modality: names[m],
          task: stage === 3 ? tasks[names[m]] : null,
          loss,
          lr: 1e-3,
          gradNorm: 1,
        });
      }
    }
  }
  return rows;
};

const confusion = (random: () => number, classes: readonly string[], each: number, right: number): number[][] =>
  classes.map((_, t) => {
    const row = classes.map(() => 0);
    for (let i = 0; i < each; i++) row[random() < right ? t : Math.floor(random() * classes.length)]++;
    return row;
  });

const images = (random: () => number, count: number): Reconstruction => ({
  modality: 'image',
  kind: 'image',
  rows: 28,
  columns: 28,
  channels: ['grey'],
  items: range(count).map((n) => {
    const at = (y: number, x: number): number => {
      const radius = Math.hypot(y - 13.5, (x - 13.5) * (1 + 0.25 * (n % 3)));
      return Math.max(0, 1 - Math.abs(radius - 5 - n) / 2.2);
    };
    const original = range(784).map((i) => at(Math.floor(i / 28), i % 28));
    const hidden = range(49).map(() => random() < 0.7);
    const isHidden = (i: number): boolean => hidden[Math.floor(i / 112) * 7 + Math.floor((i % 28) / 4)];
    return {
      title: digits[n % 10],
      original,
      masked: original.map((v, i) => (isHidden(i) ? null : v)),
      reconstructed: original.map((v, i) => (isHidden(i) ? Math.min(1, Math.max(0, v * 0.8 + 0.15 * random())) : v)),
    };
  }),
});

const sounds = (random: () => number, count: number): Reconstruction => ({
  modality: 'audio',
  kind: 'spectrogram',
  rows: 96,
  columns: 64,
  channels: ['log-mel energy'],
  items: range(count).map((n) => {
    const original = range(96 * 64).map((i) => {
      const [t, f] = [Math.floor(i / 64), i % 64];
      const tone = [8, 17, 26, 35].reduce(
        (s, h, k) => s + 3 * Math.exp(-((f - h - 3 * n - t * 0.05) ** 2) / 3 - k * 0.5),
        0,
      );
      return -6 + 5 * Math.exp(-t / (14 + 8 * n)) + tone * Math.exp(-t / 50) + 0.6 * random();
    });
    const hidden = range(12 * 8).map(() => random() < 0.6);
    const isHidden = (i: number): boolean => hidden[Math.floor(i / 512) * 8 + Math.floor((i % 64) / 8)];
    return {
      title: ['snare', 'bass drum', 'guitar'][n % 3],
      original,
      masked: original.map((v, i) => (isHidden(i) ? null : v)),
      reconstructed: original.map((v, i) => (isHidden(i) ? 0.8 * v - 0.9 + 0.2 * random() : v)),
    };
  }),
});

const motion = (random: () => number, count: number): Reconstruction => {
  const channels = [
    'acceleration x, g',
    'acceleration y, g',
    'acceleration z, g',
    'roll, rad',
    'pitch, rad',
    'yaw, rad',
  ];
  return {
    modality: 'imu',
    kind: 'series',
    rows: 120,
    columns: 6,
    channels,
    items: range(count).map((n) => {
      const original = range(720).map((i) => {
        const [t, c] = [Math.floor(i / 6), i % 6];
        return Math.sin((t / (4 + c + n)) * 1.3 + c) * (1 + 0.3 * c) + 0.25 * random();
      });
      const hidden = range(12).map(() => random() < 0.35);
      return {
        title: n % 2 === 0 ? 'walking' : 'other',
        original,
        masked: original.map((v, i) => (hidden[Math.floor(i / 60)] ? null : v)),
        reconstructed: original.map((v) => v * 0.85 + 0.15 * (random() - 0.5)),
      };
    }),
  };
};

/** A clip, a spectrum, a cloud and two graphs, one of classes and one of numbers. */
export const shapes = (): Reconstruction[] => {
  const half = (values: readonly number[], isHidden: (i: number) => boolean) =>
    values.map((v, i) => (isHidden(i) ? null : v));
  const clip = range(3 * 4 * 5 * 3).map((i) => (i % 17) / 16);
  const spectrum = range(12).map((i) => Math.sin(i));
  const cloud = range(30 * 3).map((i) => Math.sin(7 * i));
  const edges = [0, 1, 1, 2, 2, 0, 2, 3];
  return [
    {
      ...{ modality: 'video', kind: 'clip', rows: 4, columns: 5, channels: ['red', 'green', 'blue'], frames: 3 },
      items: [{ title: 'spins', original: clip, masked: half(clip, (i) => i % 60 < 30), reconstructed: clip }],
    },
    {
      ...{ modality: 'hyperspectral', kind: 'spectrum', rows: 12, columns: 1, channels: ['middle pixel'] },
      items: [{ title: 'clay', original: spectrum, masked: half(spectrum, (i) => i > 8), reconstructed: spectrum }],
    },
    {
      ...{ modality: 'pointcloud', kind: 'points', rows: 30, columns: 3, channels: ['x', 'y', 'z'] },
      items: [
        {
          title: 'ball',
          original: cloud,
          masked: half(cloud, (i) => i < 60),
          reconstructed: cloud.map((v) => 0.9 * v),
        },
      ],
    },
    {
      ...{ modality: 'graph', kind: 'graph', rows: 6, columns: 1, channels: ['class'], classes: 4 },
      items: [
        { title: 'cycle', original: [0, 3, 1, 2], masked: [0, null, null, 2], reconstructed: [0, 3, 2, 2], edges },
        { title: 'lost', original: [0, 3], masked: [0, null], reconstructed: [0, 1], edges: [0, 2] },
      ],
    },
    {
      ...{ modality: 'measured', kind: 'graph', rows: 4, columns: 1, channels: ['number 1 of the direction of 3'] },
      items: [{ title: 'star', original: [1, -1, 0], masked: [1, null, 0], reconstructed: [1, 0.5, 0], edges: [0, 1] }],
    },
  ];
};

const embeddings = (random: () => number, each: number): EmbeddingPoint[] => {
  const normal = (): number => Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(6.2831853 * random());
  return Object.entries(labels).flatMap(([modality, names], m) => {
    const center = range(32).map(() => 2.2 * normal());
    const centers = names.map(() => center.map((v) => v + normal()));
    return range(each).map((i) => {
      const at = i % names.length;
      return { modality, label: names[at], vector: centers[at].map((v) => v + (0.5 + 0.08 * m) * normal()) };
    });
  });
};

export const demoReport = (seed = 1, steps = 1800): ReportData => {
  const random = mulberry(seed);
  const day = (i: number): number => 14 + 9 * Math.sin(i / 9) + 3 * (random() - 0.5);
  return {
    title: 'OmniVec2 on 6 modalities',
    summary: {
      seed: 1,
      backend: 'cpu (WASM SIMD, 1 thread)',
      node: 'v20.20.0',
      parameters: 1_234_567,
      stages: [
        { stage: 1, steps: 1500, seconds: 70.4, firstLoss: 2.314, lastLoss: 0.4321 },
        { stage: 2, steps: 400, seconds: 41.9, firstLoss: 1.204, lastLoss: 0.6123 },
        { stage: 3, steps: 900, seconds: 66.2, firstLoss: 3.987, lastLoss: 0.3124 },
      ],
      tasks: [
        {
          modality: 'image',
          task: 'digit',
          metric: 'accuracy',
          value: 0.9731,
          chance: 0.1135,
          baseline: 0.9189,
          baselineName: 'logistic regression on pixels',
          testCount: 2000,
          train: 8000,
        },
        {
          modality: 'image',
          task: 'inpainting',
          metric: 'MSE of hidden pixels',
          value: 0.0213,
          chance: 0.0951,
          baseline: 0.0348,
          baselineName: 'harmonic fill',
          testCount: 256,
          metricHigherIsBetter: false,
        },
        {
          modality: 'text',
          task: 'spam',
          metric: 'accuracy',
          value: 0.954,
          chance: 0.66,
          baseline: 0.97,
          baselineName: 'logistic regression on word counts',
          testCount: 500,
        },
        {
          modality: 'audio',
          task: 'instrument',
          metric: 'accuracy',
          value: 0.71,
          chance: 0.29,
          baseline: 0.645,
          baselineName: 'logistic regression on mean log-mel',
          testCount: 62,
        },
        {
          modality: 'tabular',
          task: 'species',
          metric: 'accuracy',
          value: 0.985,
          chance: 0.44,
          baseline: 0.985,
          baselineName: 'logistic regression',
          testCount: 69,
        },
        {
          modality: 'timeseries',
          task: 'forecast',
          metric: 'MAE of temp_max, 3 days, °C',
          value: 2.41,
          chance: 6.13,
          baseline: 2.84,
          baselineName: 'persistence',
          testCount: 290,
        },
        {
          modality: 'imu',
          task: 'walking',
          metric: 'accuracy',
          value: Number.NaN,
          chance: 0.53,
          baseline: 0.88,
          baselineName: 'logistic regression on moments',
          testCount: 140,
        },
      ],
    },
    config: {
      seed: 1,
      modalities: Object.keys(labels),
      trunk: { layers: 4, width: 128 },
      stages: [{ steps: 1500, learningRate: 1e-3 }],
    },
    metrics: metrics(random, steps),
    confusions: [
      {
        modality: 'image',
        task: 'digit',
        classes: [...labels.image],
        matrix: confusion(random, labels.image, 200, 0.97),
      },
      {
        modality: 'text',
        task: 'spam',
        classes: ['ham', 'spam'],
        matrix: [
          [321, 9],
          [14, 156],
        ],
      },
      {
        modality: 'audio',
        task: 'instrument',
        classes: [...labels.audio],
        matrix: confusion(random, labels.audio, 6, 0.7),
      },
      {
        modality: 'tabular',
        task: 'species',
        classes: [...labels.tabular],
        matrix: [
          [30, 1, 0],
          [0, 14, 0],
          [0, 0, 24],
        ],
      },
    ],
    reconstructions: [images(random, 6), sounds(random, 3), motion(random, 3)],
    forecasts: range(3).map((n) => ({
      title: `2015-0${n + 3}-14`,
      unit: '°C',
      history: range(30).map((i) => day(i + 20 * n)),
      truth: range(3).map((i) => day(30 + i + 20 * n)),
      forecast: range(3).map((i) => day(30 + i + 20 * n) - 1),
      baseline: range(3).map(() => day(29 + 20 * n)),
    })),
    texts: [
      {
        text: 'dear friend , [MASK] have won a [MASK] prize of one million un ##claim [MASK] dollars ; reply [MASK] your account'.split(
          ' ',
        ),
        hidden: [
          { position: 3, truth: 'you', guess: 'you' },
          { position: 7, truth: 'free', guess: 'first' },
          { position: 14, truth: '##ed', guess: '##ed' },
          { position: 18, truth: 'with', guess: 'to' },
        ],
      },
    ],
    embeddings: embeddings(random, 60),
    notes: ['Every task is scored by one stream alone.', 'Reconstructions are those after stage 2.'],
  };
};

export const emptyReport: ReportData = {
  title: 'Nothing',
  summary: { seed: 0, backend: 'cpu', node: 'v20', stages: [], tasks: [], parameters: 0 },
  config: undefined,
  metrics: [],
  confusions: [],
  reconstructions: [],
  forecasts: [],
  texts: [],
  embeddings: [],
  notes: [],
};
