import { bools, float, idsBelow, integers, type OpSamples } from '../../testing/sample.ts';
import { indexSelect } from './index-select.ts';

export const indexSelectSamples: OpSamples = {
  class: 'exact',
  goldens: { 'index-select': ([x, ids], { axis }) => indexSelect(x, ids, { axis }) },
  samples: [
    { title: 'one element', inputs: [float([1]), integers([0])], out: [1], run: ([x, i]) => indexSelect(x, i) },
    {
      title: 'rows',
      inputs: [float([4, 3]), integers([2, 2, 0])],
      out: [3, 3],
      run: ([x, i]) => indexSelect(x, i),
    },
    {
      title: 'columns, repeated',
      inputs: [integers([1, 2, 3, 4, 5, 6], [2, 3]), integers([2, 0, 2, 1])],
      out: [2, 4],
      outDType: 'i32',
      run: ([x, i]) => indexSelect(x, i, { axis: -1 }),
      expected: [3, 1, 3, 2, 6, 4, 6, 5],
    },
    {
      title: 'middle axis',
      inputs: [float([2, 5, 3]), idsBelow(5, [4])],
      out: [2, 4, 3],
      run: ([x, i]) => indexSelect(x, i, { axis: 1 }),
    },
    {
      title: 'rank 6',
      inputs: [float([2, 1, 2, 3, 1, 2]), idsBelow(3, [5])],
      out: [2, 1, 2, 5, 1, 2],
      run: ([x, i]) => indexSelect(x, i, { axis: -3 }),
    },
    {
      title: 'bools',
      inputs: [bools([1, 0, 0], [3, 1]), integers([1, 0])],
      out: [2, 1],
      outDType: 'bool',
      run: ([x, i]) => indexSelect(x, i),
      expected: [0, 1],
    },
    { title: 'no ids', inputs: [float([2, 3]), integers([])], out: [0, 3], run: ([x, i]) => indexSelect(x, i) },
    {
      title: 'nothing along another axis',
      inputs: [float([0, 3]), integers([2, 2])],
      out: [0, 2],
      run: ([x, i]) => indexSelect(x, i, { axis: 1 }),
    },
  ],
  errors: [
    {
      title: 'id too large',
      inputs: [float([2, 3]), integers([0, 2])],
      run: ([x, i]) => indexSelect(x, i),
      message: 'indexSelect: id 2 at position 1 is outside 0 to 1',
    },
    {
      title: 'ids of two axes',
      inputs: [float([2, 3]), integers([0, 1], [1, 2])],
      run: ([x, i]) => indexSelect(x, i),
      message: 'indexSelect: ids must be a vector, came [1, 2]; reshape() them',
    },
    {
      title: 'axis',
      inputs: [float([2, 3]), integers([0])],
      run: ([x, i]) => indexSelect(x, i, { axis: 2 }),
      message: 'indexSelect: axis 2 is outside a tensor of rank 2: expected -2 to 1',
    },
  ],
};
