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
