import { Writable } from 'node:stream';
import type { TaskSummary } from '@omnigrad/training';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProgress, taskTable } from '../src/ui/index.ts';
import { clock, StageState } from '../src/ui/stage-state.ts';

class Screen extends Writable {
  text = '';
  readonly columns: number;

  constructor(columns = 80) {
    super();
    this.columns = columns;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Seconds that a test moves by hand. */
const clockOf = () => {
  let seconds = 0;
  return {
    now: () => seconds,
    pass: (s: number) => {
      seconds += s;
    },
  };
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const escapes = /\u001b(?:\[[0-9;?]*[A-Za-z]|[78])/g;

const end = { seconds: 4, firstLoss: 2, lastLoss: 0.5 };

describe('progress off a terminal', () => {
  it('writes plain lines: one at the start, one every few seconds, one at the end', () => {
    const screen = new Screen();
    const time = clockOf();
    const progress = createProgress({ stream: screen, isTty: false, everySeconds: 2, now: time.now });
    progress.message('data: image read\u001b[2J in 0.3 s');
    progress.stageStart({ stage: 1, title: 'stage 1, masked pretraining', steps: 40 });
    for (let step = 1; step <= 40; step++) {
      time.pass(0.1);
      progress.step({ step, losses: step % 2 === 0 ? { image: 0.5 } : { text: 2 } });
    }
    progress.stageEnd(end);
    progress.stop();
    expect(screen.text).toBe(
      [
        'data: image read[2J in 0.3 s',
        'stage 1, masked pretraining: 40 steps',
        'stage 1: 20/40 (50 %), 10 steps/s, 0:02 left, loss text 2.00, image 0.500',
        'stage 1: 40/40 (100 %), 10 steps/s, 0:00 left, loss text 2.00, image 0.500',
        'stage 1 done: 40 steps in 0:04, loss 2.00 -> 0.500',
        '',
      ].join('\n'),
    );
    expect(screen.text).not.toMatch(controls);
  });

  it('a stage shorter than the interval still has its first and last line; steps can trigger lines too', () => {
    const screen = new Screen();
    const time = clockOf();
    const progress = createProgress({ stream: screen, isTty: false, everySteps: 2, now: time.now });
    progress.stageStart({ stage: 3, title: 'stage 3', steps: 5, done: 3 });
    progress.step({ step: 4, losses: {} });
    progress.step({ step: 5, losses: { image: Number.NaN } });
    progress.stageEnd(end);
    expect(screen.text.split('\n')).toEqual([
      'stage 3: 5 steps, 3 of them done',
      'stage 3: 5/5 (100 %), loss image NaN',
      'stage 3 done: 5 steps in 0:04, loss 2.00 -> 0.500',
      '',
    ]);
  });

  it('calls out of order are harmless', () => {
    const screen = new Screen();
    const progress = createProgress({ stream: screen, isTty: false });
    progress.step({ step: 1, losses: { image: 1 } });
    progress.stop();
    progress.stageEnd(end);
    progress.stop();
    expect(screen.text).toBe('stage done: 0:04, loss 2.00 -> 0.500\n');
  });
});

describe('progress on a terminal', () => {
  const drawn = (columns: number): string => {
    const screen = new Screen(columns);
    const time = clockOf();
    const progress = createProgress({ stream: screen, isTty: true, now: time.now });
    try {
      progress.stageStart({ stage: 2, title: 'stage 2, pairs', steps: 10 });
      for (let step = 1; step <= 5; step++) {
        time.pass(1);
        progress.step({ step, losses: { image: 0.25, timeseries: 1.5, 'a rather long name\u001b[2J': 3 } });
      }
      progress.message('checkpoint written');
      progress.stageEnd(end);
    } finally {
      progress.stop();
    }
    return screen.text;
  };

  it('draws the pace and the losses from the steps themselves, with no event loop', () => {
    const text = drawn(80).replace(escapes, '');
    expect(text).toContain('░ 2/10 (20 %)  1 steps/s  0:08 left');
    expect(text).toContain('░ 5/10 (50 %)  1 steps/s  0:05 left');
    expect(text).toContain('  image 0.250   timeseries 1.50   a rather long name[2J 3.00');
    expect(text).toContain('checkpoint written\n');
    expect(text.endsWith('stage 2 done: 5 steps in 0:04, loss 2.00 -> 0.500\n')).toBe(true);
  });

  it('leaves no timer behind, also when losses came but were never drawn', () => {
    vi.useFakeTimers();
    try {
      const progress = createProgress({ stream: new Screen(), isTty: true, now: () => 0 });
      progress.stageStart({ stage: 1, title: 'stage 1', steps: 2 });
      expect(vi.getTimerCount()).toBe(1);
      progress.step({ step: 1, losses: { image: 1 } });
      progress.stageEnd(end);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('never writes a bar line as wide as the terminal', () => {
    const lines = drawn(30).replace(escapes, '\n').split('\n');
    const bars = lines.filter((line) => /[█░]|^ {2}\S/.test(line));
    expect(bars.length).toBeGreaterThan(3);
    for (const line of bars) expect(line.length).toBeLessThan(30);
    expect(lines).toContain('  image 0.250');
    expect(lines).toContain('  timeseries 1.50');
  });
});

describe('a stream that breaks', () => {
  const run = async (stream: Writable, isTty: boolean): Promise<void> => {
    const time = clockOf();
    const progress = createProgress({ stream, isTty, everySeconds: 1, now: time.now });
    progress.stageStart({ stage: 1, title: 'stage 1', steps: 4 });
    for (let step = 1; step <= 4; step++) {
      time.pass(1);
      progress.step({ step, losses: { image: 1 } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    progress.message('still here');
    progress.stageEnd(end);
    progress.stop();
    // An error may be told late: by then nobody but the display's own listener is left.
    await new Promise((resolve) => setImmediate(resolve));
  };

  it.each([false, true])('EPIPE at every write (terminal: %s)', async (isTty) => {
    let writes = 0;
    const broken = new Writable({
      write: (_chunk, _encoding, done) => {
        writes++;
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    await run(broken, isTty);
    expect(writes).toBe(1);
  });

  it('a destroyed stream and one that throws', async () => {
    const destroyed = new Screen();
    destroyed.destroy();
    await run(destroyed, false);
    const throwing = new Screen();
    throwing.write = () => {
      throw new Error('gone');
    };
    await run(throwing, true);
  });
});

describe('stage state', () => {
  it('smooths each loss on its own, beginning at its first value', () => {
    const state = new StageState(1, 'stage 1', 10, 0, 0);
    state.add(1, { image: 1 }, 0);
    state.add(2, { image: 2, text: 5 }, 0);
    // (0.9 * 1 + 2) / 1.9
    expect(state.losses).toEqual(['image 1.53', 'text 5.00']);
    state.add(3, { image: Number.NaN }, 0);
    expect(state.losses[0]).toBe('image NaN');
    state.add(4, { image: 0.5 }, 0);
    expect(state.losses[0]).toBe('image 0.500');
  });

  it('the rate is the recent one, and counts from the steps already done', () => {
    const state = new StageState(1, 'stage 1', 1000, 100, 0);
    expect(state.pace(0)).toEqual(['100/1000 (10 %)']);
    for (let s = 1; s <= 100; s++) state.add(100 + s, {}, s);
    expect(state.rate(100)).toBe(1);
    for (let s = 1; s <= 100; s++) state.add(200 + 4 * s, {}, 100 + s);
    expect(state.rate(200)).toBe(4);
    expect(state.pace(200)).toEqual(['600/1000 (60 %)', '4 steps/s', '1:40 left']);
  });

  it('times', () => {
    expect([0, 59.6, 75, 3675].map(clock)).toEqual(['0:00', '1:00', '1:15', '1:01:15']);
  });
});

describe('taskTable', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const task = (values: Partial<TaskSummary>): TaskSummary => ({
    modality: 'image',
    task: 'digit',
    metric: 'accuracy',
    value: 0.9,
    chance: 0.1,
    baseline: 0.8,
    testCount: 100,
    ...values,
  });
  const verdicts = (tasks: readonly TaskSummary[]): string[] =>
    taskTable(tasks, { fancy: false, columns: 200 })
      .split('\n')
      .filter((line) => line.startsWith('| image'))
      .map((line) => line.split('|').at(-2)?.trim() ?? '');

  it('plain: ASCII lines, no colours', () => {
    const tasks = [
      task({ baselineName: 'logistic regression' }),
      task({ modality: 'timeseries', task: 'weather', metric: 'MAE', value: 2.5, chance: 6, baseline: 2.25 }),
    ];
    expect(taskTable(tasks, { fancy: false, columns: 120 })).toBe(
      [
        '+------------+---------+-----------------------+--------+------------------------------+--------+---------+',
        '| modality   | task    | metric                | chance | baseline                     |  model | verdict |',
        '+------------+---------+-----------------------+--------+------------------------------+--------+---------+',
        '| image      | digit   | accuracy              | 10.0 % | 80.0 % (logistic regression) | 90.0 % | beat    |',
        '+------------+---------+-----------------------+--------+------------------------------+--------+---------+',
        '| timeseries | weather | MAE (lower is better) |      6 | 2.25                         |    2.5 | below   |',
        '+------------+---------+-----------------------+--------+------------------------------+--------+---------+',
      ].join('\n'),
    );
  });

  it('verdicts: the direction comes from the task, else from the name of its metric', () => {
    expect(
      verdicts([
        task({}),
        task({ value: 0.8001 }),
        task({ value: 0.7 }),
        task({ value: Number.NaN }),
        task({ baseline: Number.NaN }),
        task({ metric: 'MSE of hidden pixels' }),
        task({ metric: 'MSE', metricHigherIsBetter: true }),
        task({ metric: 'score', metricHigherIsBetter: false }),
      ]),
    ).toEqual(['beat', 'tie', 'below', '-', '-', 'below', 'beat', 'below']);
  });

  it('fits the terminal by wrapping, and drops control characters', () => {
    const long = task({ task: 'a\u001b[31mb', baselineName: 'logistic regression on mean log-mel energies' });
    const lines = taskTable([long], { fancy: false, columns: 90 }).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90);
    const joined = lines.map((line) => line.split('|')[5]?.trim() ?? '').join(' ');
    expect(joined).toContain('80.0 % (logistic regression on mean log-mel energies)');
    expect(lines.join('\n')).not.toMatch(controls);
  });

  it('colours and lines only on a terminal that wants them', () => {
    expect(taskTable([task({})], { fancy: true })).toMatch(/┌.*\n.*\n.*\n.*\[32mbeat/);
    const { isTTY } = process.stdout;
    process.stdout.isTTY = true;
    try {
      vi.stubEnv('NO_COLOR', '1');
      expect(taskTable([task({})])).not.toMatch(controls);
      vi.stubEnv('NO_COLOR', '');
      expect(taskTable([task({})])).toMatch(controls);
    } finally {
      process.stdout.isTTY = isTTY;
    }
  });

  it('no tasks', () => {
    expect(taskTable([])).toBe('No task was evaluated.');
  });
});
