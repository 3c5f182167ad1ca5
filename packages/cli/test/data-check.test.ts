// `omnigrad data check` on tiny copies, sound and damaged.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { writeRegdb } from '../../data/test/published/fixtures/regdb.ts';
import { type CheckCommand, runCheck, withCheck } from '../src/data/check.ts';

const folder = mkdtempSync(join(tmpdir(), 'omnigrad-check-'));
writeRegdb(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const usual: CheckCommand = { folder, dataset: 'regdb', protocol: null, examples: 100, faults: 100 };
const run = async (change: Partial<CheckCommand> = {}, isTTY = false): Promise<{ code: number; text: string }> => {
  let text = '';
  const stdout = {
    isTTY,
    columns: 60,
    write: (piece: string) => {
      text += piece;
    },
  };
  return { code: await runCheck({ ...usual, ...change }, { stdout }), text: text.replaceAll(folder, 'DIR') };
};

describe('data check', () => {
  it('sums up a sound copy and gives 0', async () => {
    const { code, text } = await run();
    expect(code).toBe(0);
    expect(text.replace(/[0-9a-f]{32}/, 'HASH')).toBe(
      [
        'RegDB (Dongguk Body-based Person Recognition Database), infrared, in DIR',
        `protocol: default, of ${Array.from({ length: 10 }, (_, k) => `trial-${k + 1}`).join(', ')}`,
        'classes: 2, person 7, person 34',
        ' split          examples  published  groups ',
        ' train-visible         4      2,060       2 ',
        ' train                 4      2,060       2 ',
        ' test-visible          4      2,060       2 ',
        ' test                  4      2,060       2 ',
        'decoded: 16 examples',
        'fingerprint: HASH',
        '0 faults',
        '',
      ].join('\n'),
    );
  });

  it('prints a line a fault, counts what it does not print, and gives 1', async () => {
    rmSync(join(folder, 'Thermal/7/a_t_1.bmp'));
    writeFileSync(join(folder, 'Visible/2/a_v_1.bmp'), 'BM');
    const { code, text } = await run({ examples: Number.POSITIVE_INFINITY });
    expect(code).toBe(1);
    const lines = text.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'fault: regdb: file "DIR/Thermal/7/a_t_1.bmp": expected the file that idx/train_thermal_1.txt names, got nothing there; fix: get the missing file again, or take its row out of the list',
      'fault: regdb: file "DIR/Visible/2/a_v_1.bmp": header: expected 54 bytes, got 2; fix: save the picture again as PNG',
    ]);
    expect(lines.at(-2)).toBe('2 faults: 1 missing, 1 malformed');
    const short = await run({ faults: 1, examples: 1, protocol: 'trial-2' });
    expect(short.text).toContain('and 1 more faults (--faults all prints them)\n');
    expect(short.text).toContain('protocol: trial-2, of ');
    expect(short.text).toContain('decoded: 3 examples\n');
    expect((await run({ examples: 0 })).text).toContain('1 fault: 1 missing\n');
  });

  it('shows a bar on a terminal only, and leaves none behind', async () => {
    const { text } = await run({}, true);
    expect(text).toContain('████████████████████████████ 15/15 examples of regdb');
    expect(text.lastIndexOf('█')).toBeLessThan(text.lastIndexOf('\r\u001b[K'));
    expect((await run()).text).not.toContain('\r');
  });

  it('says what cannot be read at all, and which sets and protocols there are', async () => {
    const { code, text } = await run({ folder: join(folder, 'none') });
    expect([code, text]).toEqual([
      1,
      [
        'fault: regdb: file "DIR/none": expected the folder of regdb, got nothing there; fix: pass the folder that holds your copy of regdb (docs/datasets.md)',
        'RegDB (Dongguk Body-based Person Recognition Database), infrared, in DIR/none',
        `protocol: default, of ${Array.from({ length: 10 }, (_, k) => `trial-${k + 1}`).join(', ')}`,
        'nothing could be read; where to get it: dm.dongguk.edu, after the agreement is signed; the lists idx/ as used by mangye16/Cross-Modal-Re-ID-baseline',
        '1 fault: 1 missing',
        '',
      ].join('\n'),
    ]);
    await expect(run({ dataset: 'mnist' })).rejects.toThrow(
      /^data check: expected a dataset of .*, got "mnist"; fix: name one/,
    );
    await expect(run({ protocol: 'trial-11' })).rejects.toThrow(/expected a protocol of trial-1, .*, got "trial-11"/);
  });

  it('reads its command line', async () => {
    const parse = async (...args: string[]): Promise<number> => {
      let code = -1;
      const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
      withCheck(program, {
        stdout: process.stdout,
        env: {},
        dataFrom: '',
        exit: (value) => {
          code = value;
        },
      });
      for (const command of program.commands) command.exitOverride().configureOutput({ writeErr: () => undefined });
      await program.parseAsync(['check', ...args], { from: 'user' });
      return code;
    };
    await expect(parse(folder)).rejects.toThrow("required option '--dataset <name>' not specified");
    await expect(parse(folder, '--dataset', 'regdb', '--examples', '-1')).rejects.toThrow(
      'expected a whole number of at least 0, or all, came "-1".',
    );
  });
});
