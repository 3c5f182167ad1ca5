// Every kernel file compiles on the adapter with the constants that it says itself, and with its loops written out.

import { describe, expect, it } from 'vitest';
import { assemble, type WgslName, wgslModule } from '../src/wgsl.ts';
import { wgslFiles } from '../src/wgsl-files.ts';
import { backend } from './support.ts';

const { device } = backend;
const names = Object.keys(wgslFiles) as WgslName[];
const included = new Set(
  Object.values(wgslFiles).flatMap((text) =>
    [...text.matchAll(/^\/\/!include (\S+)\.wgsl$/gm)].map(([, name]) => name),
  ),
);
/** A file that others include is compiled with them. */
const kernels = names.filter((name) => !included.has(name));

/** What the compiler says of a module, by file and line; the entries that its pipelines can have. */
const findings = async ({ code, place }: ReturnType<typeof wgslModule>): Promise<string[]> => {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ code });
  const [{ messages }, refusal] = await Promise.all([module.getCompilationInfo(), device.popErrorScope()]);
  const lines = messages.map(
    ({ type, lineNum, linePos, message }) => `${place(lineNum)}:${linePos}: ${type}: ${message}`,
  );
  return refusal === null || lines.length > 0 ? lines : [refusal.message];
};

const runnable = (name: WgslName): boolean => {
  const { code } = wgslModule(name);
  return (
    (backend.abilities.subgroups !== null || !code.includes('enable subgroups;')) &&
    (backend.abilities.f16 || !code.includes('enable f16;'))
  );
};

describe('every kernel compiles', () => {
  it.each(kernels.filter(runnable))('%s', async (name) => {
    expect(wgslModule(name).code).toMatch(/^@compute/m);
    for (const unroll of [false, true]) expect(await findings(wgslModule(name, {}, unroll))).toEqual([]);
  });
});

it('names the file and the line of what does not compile', async () => {
  const files = { 'lib/wrong': 'fn half(x: f32) -> f32 {\n  return x / 2u;\n}', broken: '//!include lib/wrong.wgsl' };
  const [finding, ...more] = await findings(assemble(files, 'broken'));
  expect(finding).toMatch(/^lib\/wrong\.wgsl:2:10: error: no matching overload/);
  expect(more).toEqual([]);
});

it('every file of lib/ and every part of a kernel is included somewhere', () => {
  expect(names.filter((name) => name.startsWith('lib/') && !included.has(name))).toEqual([]);
  expect(
    kernels.filter((name) => !wgslFiles[name].includes('@compute') && !wgslModule(name).code.includes('@compute')),
  ).toEqual([]);
});
