import { expect, it } from 'vitest';
import { ceilingMeter } from '../src/ceiling.ts';
import { ProgramProcess } from '../src/program-process.ts';
import { encodeReply } from '../src/protocol.ts';

const node = (code: string): ProgramProcess => new ProgramProcess({ file: process.execPath, args: ['-e', code] });
const say = (...replies: Parameters<typeof encodeReply>): string =>
  `process.stdout.write(${JSON.stringify(encodeReply(...replies))});`;

const ready = say({ kind: 'ready', version: '1', backend: 'b' });

it('hears replies among other output, and answers one request at a time', async () => {
  const echo = `process.stdin.on('data', (d) => process.stdout.write('@bench ' + JSON.stringify({ kind: 'measured', ms: Number(d) }) + '\\n'));`;
  const program = node(`console.log('Hi, I am a library');${ready}console.log('noise');${echo}`);
  try {
    expect(await program.ready()).toMatchObject({ version: '1', backend: 'b' });
    expect((await program.run('7')).ms).toBe(7);
    expect((await program.run('9')).ms).toBe(9);
  } finally {
    program.stop();
  }
});

it('rejects with one line when a program fails, crashes, dies or cannot start', async () => {
  await expect(node(say({ kind: 'failed', message: 'no such peer' })).ready()).rejects.toThrow('no such peer');
  await expect(node("throw new Error('boom')").ready()).rejects.toThrow('the process ended with code 1: Error: boom');
  await expect(node("process.kill(process.pid, 'SIGKILL')").ready()).rejects.toThrow('the process ended with SIGKILL');
  await expect(new ProgramProcess({ file: '/no/such/program', args: [] }).ready()).rejects.toThrow('ENOENT');
  const short = node(`${ready}process.stdin.once('data', () => process.exit(3));`);
  await short.ready();
  await expect(short.run('step')).rejects.toThrow('the process ended with code 3');
});

it('outlives a case that fails, and says when it is gone', async () => {
  const refusal = say({ kind: 'failed', message: 'out of memory' });
  const measured = say({ kind: 'measured', ms: 1, cpuMs: 1, value: 2 });
  const program = node(
    `${ready}let n = 0;process.stdin.on('data', () => { n++; if (n === 1) {${refusal}} else if (n === 2) {${measured}} else process.exit(3); });`,
  );
  await program.ready();
  await expect(program.run('8192')).rejects.toThrow('out of memory');
  expect(program.alive).toBe(true);
  expect((await program.run('256')).value).toBe(2);
  await expect(program.run('512')).rejects.toThrow('the process ended with code 3');
  expect(program.alive).toBe(false);
});

it('gives up on a program that says nothing', async () => {
  const silent = new ProgramProcess({ file: process.execPath, args: ['-e', 'setInterval(() => 1, 1000)'] }, 100);
  await expect(silent.ready()).rejects.toThrow('no reply within 0.1 s');
  expect(silent.alive).toBe(false);
});

it('measures a ceiling that a machine can have', () => {
  const meter = ceilingMeter();
  meter.measure();
  const { gflops, gigabytesPerSecond } = meter.best();
  for (const rate of [gflops, gigabytesPerSecond]) {
    expect(rate).toBeGreaterThan(0.1);
    expect(rate).toBeLessThan(10_000);
  }
  meter.close();
});
