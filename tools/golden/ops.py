"""One file an op under packages/tensor/test/goldens/ops/: every case with inputs, output, upstream gradient, gradients."""

import ops_attention
import ops_elementwise
import ops_log_add_exp
import ops_pointwise
import ops_indexing
import ops_reductions
import ops_losses
import ops_linalg
import ops_movement
import ops_structured


def files():
    yield from ops_elementwise.files()
    yield from ops_pointwise.files()
    yield from ops_structured.files()
    yield from ops_log_add_exp.files()
    yield from ops_indexing.files()
    yield from ops_reductions.files()
    yield from ops_losses.files()
    yield from ops_linalg.files()
    yield from ops_movement.files()
    yield from ops_attention.files()
