// What the makers say their cards do in f32 without tensor cores.

/** TFLOP/s by what a driver calls the card; the first that fits counts. */
const sheets: readonly (readonly [RegExp, number])[] = [
  [/h200/i, 67],
  // the PCIe card runs slower than the SXM one
  [/h100.*pcie/i, 51],
  [/h100/i, 67],
  [/a100/i, 19.5],
  [/v100/i, 15.7],
  [/l40s/i, 91.6],
  [/rtx-?\s?4090/i, 82.6],
  [/rtx-?\s?3090/i, 35.6],
];

/** FLOP a second; null for a card that is not in the list. */
export const dataSheetFlops = (name: string): number | null => {
  const sheet = sheets.find(([pattern]) => pattern.test(name));
  return sheet === undefined ? null : 1e12 * sheet[1];
};
