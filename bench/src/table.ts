// Plain text tables.

export interface Column {
  readonly title: string;
  readonly align: 'left' | 'right';
}

/** Lines of a table with two spaces between columns. */
export const tableLines = (columns: readonly Column[], rows: readonly (readonly string[])[]): string[] => {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (columns[i].align === 'left' ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
};

export const showMs = (ms: number): string => `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
export const showRatio = (ratio: number | null): string => (ratio === null ? '-' : `${ratio.toFixed(2)}x`);
export const showPercent = (fraction: number | null): string =>
  fraction === null ? '-' : `${(100 * fraction).toFixed(1)} %`;

export const left = (title: string): Column => ({ title, align: 'left' });
export const right = (title: string): Column => ({ title, align: 'right' });
