// Writes docs/datasets.md from the registry of published datasets in packages/data. `npm run format` runs it; with --check
// it fails when the page is out of date.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PublishedDefinition } from '../src/published/published.ts';
import { definitions, type PublishedRaw } from '../src/published/registry.ts';

const target = fileURLToPath(new URL('../../../docs/datasets.md', import.meta.url));

const all: readonly PublishedDefinition<PublishedRaw>[] = Object.values(definitions);

const introduction = `# Published datasets

<!-- Written by \`npm run format\` from packages/data/src/published; \`npm run check\` fails when it is out of date. -->

${all.length} datasets are read in the layout in which their authors give them out. Omnigrad downloads none of them: get a copy from its
source, under its licence, and pass its folder. Lists are read when a dataset is opened, files when an example is asked for, so a set may
be far larger than memory. No path of a list leads out of the folder.

\`\`\`typescript
import { openPublished } from '@omnigrad/data';

const places = await openPublished('places-365', '/data/places365');
const example = await places.splits.get('val')?.get(0); // input.pixels: [height, width, 3]; target: { kind: 'class', id }
\`\`\`

\`openPublished\` throws at the first fault of the lists. To see all faults of a copy, and to decode examples of each split:

\`\`\`sh
omnigrad data check /data/places365 --dataset places-365                  # 100 examples a split
omnigrad data check /data/regdb --dataset regdb --protocol trial-2 --examples all
\`\`\`

It prints a line a fault and a summary, and exits with 1 where there is a fault. How to train on a copy: [training-on-your-data.md](training-on-your-data.md).

A target is one of: \`class\` (an id), \`labels\` (any number of ids), \`values\` (numbers), \`dense\` (an id of each pixel or point, -1 is not
scored), \`texts\`, \`identity\` (who, and before which camera), \`none\`. \`groups\` of a split name what must not lie on two sides: patients,
persons, recordings. Pictures, sounds and clouds come in their own size; \`fitImage\`, \`fitPlane\`, \`fitDepth\` and \`fitIds\` bring pictures to
that of a tokenizer.
`;

/** Text of a definition as Markdown: placeholders in angle brackets are no tags. */
const plain = (text: string): string => text.replaceAll('<', '\\<');
const cell = (text: string): string => plain(text).replaceAll('|', '\\|');
const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

const table = [
  '| dataset | modality | task | metric | examples |',
  '|---|---|---|---|---|',
  ...all.map(({ name, modality, with: others = [], task, metric, counts = {} }) => {
    // of many splits the first
    const entries = Object.entries(counts);
    const sizes = entries.slice(0, 3).map(([split, count]) => `${split} ${grouped(count)}`);
    if (entries.length > 3) sizes.push(`${entries.length - 3} more`);
    const modalities = [modality, ...others].join(', ');
    return `| [\`${name}\`](#${name}) | ${modalities} | ${cell(task)} | ${cell(metric)} | ${sizes.join(', ')} |`;
  }),
].join('\n');

const section = (definition: PublishedDefinition<PublishedRaw>): string => {
  const {
    name,
    title,
    modality,
    with: others = [],
    task,
    metric,
    licence,
    source,
    layout,
    split,
    protocols,
    notes,
  } = definition;
  const facts: (readonly [string, string])[] = [
    ['Set', title],
    ['Modality', others.length > 0 ? `${modality}, with ${others.join(', ')}` : modality],
    ['Task', task],
    ['Metric', metric],
    ['Splits', split],
    ...(protocols.length > 0
      ? ([['Protocols', protocols.map((protocol) => `\`${protocol}\``).join(', ')]] as const)
      : []),
    ['Source', source],
    ['Licence', licence],
  ];
  return [
    `## ${name}`,
    '',
    ...facts.map(([word, text]) => `- ${word}: ${plain(text)}`),
    '',
    '```text',
    ...layout,
    '```',
    ...(notes.length > 0 ? ['', ...notes.map((note) => `- ${plain(note)}`)] : []),
    '',
  ].join('\n');
};

const text = [introduction, table, '', ...all.map(section)].join('\n');

if (process.argv.includes('--check')) {
  const current = (() => {
    try {
      return readFileSync(target, 'utf8');
    } catch {
      return '';
    }
  })();
  if (current !== text) {
    console.error('docs/datasets.md is out of date; run `npm run format`');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}
