// report.html: one file, no script, nothing loaded from anywhere. Same data, same bytes.

import type { ReportData } from '@omnigrad/training';
import { confusionSection } from './confusion-section.ts';
import { embeddingSection } from './embedding-section.ts';
import { forecastSection } from './forecast-section.ts';
import { html, trusted } from './html.ts';
import { lossSection } from './loss-section.ts';
import { modalityPalette } from './palette.ts';
import { reconstructionSection } from './reconstruction-section.ts';
import { type Section, section } from './section.ts';
import { stylesheet } from './style.ts';
import { header, stagesSection, tasksSection } from './summary-section.ts';
import { textSection } from './text-section.ts';

/**
 * The page of a finished run. Every text of `data` is escaped; missing and non-finite values leave gaps, never errors.
 * A modality's pictures are cut at about 400 kB, so that the page stays below 2 MB for a handful of modalities.
 */
export const renderReport = (data: ReportData): string => {
  const palette = modalityPalette(data);
  const sections: readonly Section[] = [
    tasksSection(data, palette),
    stagesSection(data),
    lossSection(data, palette),
    confusionSection(data, palette),
    reconstructionSection(data, palette),
    forecastSection(data),
    textSection(data),
    embeddingSection(data, palette),
    configSection(data),
    notesSection(data),
  ];
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${data.title}</title>
<style>${trusted(stylesheet())}</style>
</head>
<body>
${header(data)}
<nav aria-label="Sections">${sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`)}</nav>
<main>
${sections.map(({ id, title, body }) => html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}</section>\n`)}</main>
</body>
</html>
`.text
  }`;
};

const configSection = ({ config }: ReportData): Section => {
  const text = jsonOf(config);
  return section(
    'config',
    'Configuration',
    'All that this run was given; the same configuration and seed give the same run.',
    text === null
      ? []
      : [html`<details><summary>Show the configuration</summary><pre tabindex="0">${text}</pre></details>`],
    'No configuration was recorded.',
  );
};

/** Null for what JSON cannot hold: a report of a run that is over must not fail on it. */
const jsonOf = (config: unknown): string | null => {
  try {
    return JSON.stringify(config, null, 2) ?? null;
  } catch {
    return null;
  }
};

const notesSection = ({ notes }: ReportData): Section =>
  section(
    'notes',
    'Notes',
    '',
    notes.length === 0 ? [] : [html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`],
    'No notes.',
  );
