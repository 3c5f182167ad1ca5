// Gather and scatter of whole rows by id: embeddings and token selection.

import { f32x4, i32, type ModuleBuilder } from '../emitter/index.ts';
import type { KernelFamily } from './kernel.ts';
import { overLanes } from './lanes.ts';

const emitRows = (m: ModuleBuilder): void => {
  m.func(
    'gather_rows',
    { table: 'i32', ids: 'i32', out: 'i32', groups: 'i32', rows: 'i32', tableRows: 'i32', width: 'i32' },
    (f, p) => {
      const rowBytes = f.let(i32.shl(p.width, 2));
      const tableBytes = f.let(i32.mul(rowBytes, p.tableRows));
      f.times(p.groups, () => {
        f.times(p.rows, () => {
          const from = f.let(i32.add(p.table, i32.mul(i32.load(p.ids), rowBytes)));
          overLanes(f, p.width, (lanes) => lanes.store(p.out, lanes.load(from)), 2);
          f.advance(p.ids, 4);
          f.advance(p.out, rowBytes);
        });
        f.advance(p.table, tableBytes);
      });
    },
  );
  m.func(
    'scatter_add_rows',
    { x: 'i32', ids: 'i32', out: 'i32', groups: 'i32', rows: 'i32', tableRows: 'i32', width: 'i32' },
    (f, p) => {
      const rowBytes = f.let(i32.shl(p.width, 2));
      const tableBytes = f.let(i32.mul(rowBytes, p.tableRows));
      f.memoryFill(p.out, 0, i32.mul(tableBytes, p.groups));
      f.times(p.groups, () => {
        f.times(p.rows, () => {
          const to = f.let(i32.add(p.out, i32.mul(i32.load(p.ids), rowBytes)));
          overLanes(f, p.width, (lanes) => lanes.store(to, f32x4.add(lanes.load(to), lanes.load(p.x))), 2);
          f.advance(p.ids, 4);
          f.advance(p.x, rowBytes);
        });
        f.advance(p.out, tableBytes);
      });
    },
  );
};

export const rowsFamily: KernelFamily<'gatherRows' | 'scatterAddRows'> = {
  emit: emitRows,
  bind: (host) => {
    const gather = host.fn('gather_rows');
    const scatter = host.fn('scatter_add_rows');
    return {
      gatherRows: ([table, ids, out], { groups, rows, tableRows, width }) =>
        void gather(table, ids, out, groups, rows, tableRows, width),
      scatterAddRows: ([x, ids, out], { groups, rows, tableRows, width }) =>
        void scatter(x, ids, out, groups, rows, tableRows, width),
    };
  },
};
