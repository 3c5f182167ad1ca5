import { float, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { embedding, gatherRows } from './gather-rows.ts';

export const gatherRowsSamples: OpSamples = {
  class: 'exact',
  goldens: { embedding: ([table, ids]) => embedding(table, ids), gather: ([table, ids]) => gatherRows(table, ids) },
  samples: [
    {
      title: 'one element',
      inputs: [float([1, 1, 1]), integers([0], [1, 1])],
      out: [1, 1, 1],
      run: ([t, i]) => gatherRows(t, i),
    },
    {
      title: 'groups',
      inputs: [float([2, 6, 4]), idsBelow(6, [2, 3])],
      out: [2, 3, 4],
      run: ([t, i]) => gatherRows(t, i),
    },
    {
      title: 'repeated ids',
      inputs: [float([1, 4, 3]), integers([2, 2, 0, 2], [1, 4])],
      out: [1, 4, 3],
      run: ([t, i]) => gatherRows(t, i),
    },
    {
      title: 'wide rows',
      inputs: [float([2, 3, 65]), idsBelow(3, [2, 5])],
      out: [2, 5, 65],
      run: ([t, i]) => gatherRows(t, i),
    },
    {
      title: 'embedding',
      inputs: [float([7, 4]), idsBelow(7, [2, 5])],
      out: [2, 5, 4],
      run: ([t, i]) => embedding(t, i),
    },
    {
      title: 'embedding of one id',
      inputs: [float([7, 4]), integers([6], [])],
      out: [4],
      run: ([t, i]) => embedding(t, i),
    },
    {
      title: 'embedding, rank 6',
      inputs: [float([5, 2]), idsBelow(5, [2, 1, 2, 1, 2])],
      out: [2, 1, 2, 1, 2, 2],
      run: ([t, i]) => embedding(t, i),
    },
    { title: 'no ids', inputs: [float([7, 4]), integers([], [0])], out: [0, 4], run: ([t, i]) => embedding(t, i) },
    {
      title: 'no width',
      inputs: [float([2, 3, 0]), idsBelow(3, [2, 2])],
      out: [2, 2, 0],
      run: ([t, i]) => gatherRows(t, i),
    },
    {
      title: 'integers',
      inputs: [integers([10, 20, 30], [1, 3, 1]), integers([2, 0], [1, 2])],
      out: [1, 2, 1],
      outDType: 'i32',
      run: ([t, i]) => gatherRows(t, i),
      expected: [30, 10],
    },
  ],
  errors: [
    {
      title: 'table',
      inputs: [float([3]), idsBelow(2, [2])],
      run: ([t, ids]) => embedding(t, ids),
      message: 'embedding: expected a table [count, width], came [3]',
    },

    {
      title: 'id too large',
      inputs: [float([1, 3, 2]), integers([0, 3], [1, 2])],
      run: ([t, i]) => gatherRows(t, i),
      message: 'gatherRows: id 3 at position 1 is outside 0 to 2',
    },
    {
      title: 'negative id',
      inputs: [float([3, 2]), integers([-1])],
      run: ([t, i]) => embedding(t, i),
      message: 'embedding: id -1 at position 0 is outside 0 to 2; negative ids do not count from the back',
    },
    {
      title: 'float ids',
      inputs: [float([1, 3, 2]), float([1, 2])],
      run: ([t, i]) => gatherRows(t, i),
      message: 'gatherRows: ids must be i32, came {float}; make them with ids()',
    },
    {
      title: 'shapes',
      inputs: [float([2, 3, 2]), integers([0, 1], [1, 2])],
      run: ([t, i]) => gatherRows(t, i),
      message:
        'gatherRows: expected a table [groups, rows, width] and i32 ids [groups, n], came [2, 3, 2] and i32 [1, 2]',
    },
    {
      title: 'rank of the table',
      inputs: [float([2, 3, 2]), integers([0])],
      run: ([t, i]) => embedding(t, i),
      message: 'embedding: expected a table [count, width], came [2, 3, 2]',
    },
  ],
};
