"""One file an op under packages/tensor/test/goldens/ops/: every case with inputs, output, upstream gradient, gradients."""

import ops_attention
import ops_elementwise
import ops_structured


def files():
    yield from ops_elementwise.files()
    yield from ops_structured.files()
    yield from ops_attention.files()
