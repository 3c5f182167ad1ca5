// Writes docs/ops.md: what every op can do, from the table of ops and its samples. `--check` fails when the page is stale.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  type AnyOp,
  createReferenceBackend,
  isFloat,
  type OpName,
  opNames,
  ops,
  scope,
  useBackend,
} from '@omnigrad/tensor';
import {
  goldenCases,
  materialise,
  type OpSamples,
  opSamples,
  readGolden,
  sampleName,
  wrapBackend,
} from '@omnigrad/tensor/testing';

const page = new URL('../../../docs/ops.md', import.meta.url);
const goldens = new URL('goldens/ops/', import.meta.url);

/** The CPU kernels that the samples of an op ask for under its own name. */
const cpuKernels = (name: OpName): string[] => {
  const found = new Set<string>();
  const plain = createReferenceBackend();
  const watching = wrapBackend(plain, {
    run: (kernel, inputs, outputs, attrs) => {
      if (kernel.name === name) {
        // The plans are for float32: what the CPU backend would be asked for.
        const narrow = (view: (typeof inputs)[number]) => ({
          shape: view.shape,
          dtype: isFloat(view.dtype) ? ('f32' as const) : view.dtype,
        });
        for (const call of kernel.cpu(inputs.map(narrow), outputs.map(narrow), attrs).calls) found.add(call.kernel);
      }
      plain.run(kernel, inputs, outputs, attrs);
    },
  });
  useBackend(watching);
  for (const sample of opSamples[name].samples) {
    scope(() => {
      sample.run(materialise(watching, sampleName(name, sample), sample.inputs));
    });
  }
  useBackend(undefined);
  return [...found].sort();
};

const kindOf = (op: AnyOp): string => {
  switch (op.kind) {
    case 'composite':
      return 'composite';
    case 'view':
      return 'view';
    case 'kernel':
      return op.composite === undefined ? 'kernel' : 'fused';
  }
};

const gradientOf = (op: AnyOp): string => {
  if (op.kind === 'composite') return 'through its parts';
  if (typeof op.vjp === 'function') return 'yes';
  return 'notDifferentiable' in op.vjp ? `refused: ${op.vjp.notDifferentiable}` : `ends: ${op.vjp.endsGradient}`;
};

const dtypesOf = ({ samples }: OpSamples): string => {
  const first = samples.map(({ inputs: [x] }) => x?.dtype ?? (x?.idsBelow === undefined ? 'float' : 'i32'));
  return [...new Set(first)].sort().join(', ');
};

const goldenCasesOf = ({ goldens: files = {} }: OpSamples): number =>
  Object.keys(files).reduce(
    (n, file) => n + goldenCases(readGolden(readFileSync(new URL(`${file}.safetensors`, goldens)))).length,
    0,
  );

const cell = (text: string): string => text.replaceAll('|', '\\|');

const definitionOf = (name: OpName): AnyOp => ops[name];

const rows = opNames.map((name) => {
  const op = definitionOf(name);
  const samples: OpSamples = opSamples[name];
  const kernels = op.kind === 'kernel' ? cpuKernels(name) : [];
  const cpu =
    op.kind === 'view'
      ? 'nothing runs'
      : op.kind === 'composite'
        ? 'by its parts'
        : kernels.map((k) => (k === 'host' ? 'host loop' : k)).join(', ') || 'nothing runs';
  return [
    `\`${name}\``,
    kindOf(op),
    dtypesOf(samples),
    gradientOf(op),
    cpu,
    `${samples.samples.length} + ${samples.errors.length}`,
    `${goldenCasesOf(samples) || ''}`,
  ];
});

const count = (kind: string): number => rows.filter(([, k]) => k === kind).length;
const files = readdirSync(goldens).length;
const text = `# Ops

Written by \`npm run format\` from the table of ops and its samples; \`npm run check\` fails when it is out of date.

${rows.length} ops: ${count('kernel')} kernels, ${count('fused')} fused kernels that also exist as a composite of smaller ops, ${count('view')} views, ${count('composite')} composites.
Every one runs on the \`reference\` backend (float64) and on the \`cpu\` backend (float32). The WebGPU backend does not exist yet.
${files} golden files of PyTorch hold ops to its numbers; modules and optimisers have theirs in their packages.

- **dtypes**: of the first input, as its samples have them; \`float\` is f32, and f64 on the reference backend.
- **gradient**: *yes* is a rule made of differentiable ops, so that gradients of gradients exist; *refused* throws in the
  forward pass when an input wants a gradient; *ends* gives results that no gradient can pass (bool, whole numbers).
- **cpu**: the WebAssembly kernels that its plans call; a *host loop* runs in TypeScript over the same memory.
- **samples**: cases run on every backend, and errors whose exact text is tested.
- **goldens**: cases compared with PyTorch, values and gradients.

| op | kind | dtypes | gradient | cpu | samples | goldens |
| --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')}
`;

const current = existsSync(page) ? readFileSync(page, 'utf8') : '';
if (current !== text) {
  if (process.argv.includes('--check')) {
    console.error('docs/ops.md is not what the table of ops says; run npm run format');
    process.exitCode = 1;
  } else writeFileSync(page, text);
}
