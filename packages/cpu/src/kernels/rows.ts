// Gather and scatter of whole rows by id: embeddings and token selection.

import { f32x4, i32 } from '../emitter/index.ts';
import { countOf, defineJob, type KernelFamily, launch, skipTo } from './job.ts';
import { overLanes } from './lanes.ts';

// A unit is one id.
const gather = defineJob(
  'gather_rows',
  { table: 'i32', ids: 'i32', out: 'i32', rows: 'i32', tableRows: 'i32', width: 'i32' },
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.width, 2));
    const tableBytes = f.let(i32.mul(rowBytes, p.tableRows));
    const group = f.let(i32.divU(range.begin, p.rows));
    f.advance(p.table, i32.mul(group, tableBytes));
    const left = f.let(i32.sub(i32.mul(i32.add(group, 1), p.rows), range.begin));
    skipTo(f, range, [
      [p.ids, 4],
      [p.out, rowBytes],
    ]);
    f.times(countOf(f, range), () => {
      const from = f.let(i32.add(p.table, i32.mul(i32.load(p.ids), rowBytes)));
      overLanes(f, p.width, (lanes) => lanes.store(p.out, lanes.load(from)), 2);
      f.advance(p.ids, 4);
      f.advance(p.out, rowBytes);
      f.advance(left, -1);
      f.if(i32.eqz(left), () => {
        f.advance(p.table, tableBytes);
        f.set(left, p.rows);
      });
    });
  },
);

// out[id] += x in the order of the ids. A unit is a run of out's rows: it looks through the ids of its group for its own.
const scatter = defineJob(
  'scatter_add_rows',
  { x: 'i32', ids: 'i32', out: 'i32', rows: 'i32', tableRows: 'i32', width: 'i32', runs: 'i32', runRows: 'i32' },
  (f, p, range) => {
    const rowBytes = f.let(i32.shl(p.width, 2));
    const unit = f.let(range.begin);
    f.times(countOf(f, range), () => {
      const group = f.let(i32.divU(unit, p.runs));
      const first = f.let(i32.mul(i32.sub(unit, i32.mul(group, p.runs)), p.runRows));
      const count = f.let(i32.sub(p.tableRows, first));
      f.if(i32.gtU(count, p.runRows), () => f.set(count, p.runRows));
      const out = f.let(i32.add(p.out, i32.mul(i32.add(i32.mul(group, p.tableRows), first), rowBytes)));
      f.memoryFill(out, 0, i32.mul(count, rowBytes));
      const from = f.let(i32.mul(group, p.rows));
      const ids = f.let(i32.add(p.ids, i32.shl(from, 2)));
      const x = f.let(i32.add(p.x, i32.mul(from, rowBytes)));
      f.times(p.rows, () => {
        const row = f.let(i32.sub(i32.load(ids), first));
        f.if(i32.ltU(row, count), () => {
          const to = f.let(i32.add(out, i32.mul(row, rowBytes)));
          overLanes(f, p.width, (lanes) => lanes.store(to, f32x4.add(lanes.load(to), lanes.load(x))), 2);
        });
        f.advance(ids, 4);
        f.advance(x, rowBytes);
      });
      f.advance(unit, 1);
    });
  },
);

/** Runs of a table: enough for threads to share, few enough that reading all ids in each costs little. */
const tableRuns = 16;

export const rowsFamily: KernelFamily<'gatherRows' | 'scatterAddRows'> = {
  jobs: [gather, scatter],
  launches: {
    gatherRows: ([table, ids, out], { groups, rows, tableRows, width }) => [
      launch(gather, { table, ids, out, rows, tableRows, width }, groups * rows, 6 + 0.25 * width),
    ],
    scatterAddRows: ([x, ids, out], { groups, rows, tableRows, width }) => {
      const runs = Math.max(1, Math.min(tableRows, tableRuns));
      const runRows = Math.ceil(tableRows / runs);
      const used = runRows === 0 ? 0 : Math.ceil(tableRows / runRows);
      const cost = 2 * rows + (0.3 * width * (rows + tableRows)) / runs;
      return [launch(scatter, { x, ids, out, rows, tableRows, width, runs: used, runRows }, groups * used, cost)];
    },
  },
};
