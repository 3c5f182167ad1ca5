// The order of the test files: those that take longest first, so that no worker is left with one of them at the end. They are named
// here, since vitest goes by the size of a file until it has seen it run, and an op suite is five lines.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Half a minute each on one core, however short their text. */
const longest = [
  'quickstart/test/quickstart.test.ts',
  'webgpu/test/op-suite.test.ts',
  'webgpu/test/op-suite-attention.test.ts',
  'webgpu/test/attention.test.ts',
  'webgpu/test/matmul.test.ts',
  'nn/test/long-run.gpu.test.ts',
  'cli/test/quickstart.gpu.test.ts',
  'cli/test/gpu-faults.test.ts',
  'tokenizers/test/contract.gpu.test.ts',
  'training/test/run-processes.test.ts',
  'webgpu/test/host.test.ts',
  'webgpu/test/variants.test.ts',
];

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = longest.findIndex((end) => moduleId.endsWith(`/${end}`));
  return place < 0 ? longest.length : place;
};

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const projects = [...new Set(sorted.map(({ project }) => project.name))];
    const turnOf = ({ project }: TestSpecification): number => projects.indexOf(project.name);
    return sorted.sort((a, b) => turnOf(a) - turnOf(b) || placeOf(a) - placeOf(b));
  }
}
