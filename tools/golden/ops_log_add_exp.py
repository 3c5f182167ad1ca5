"""log(exp(a) + exp(b)), the op of docs/adding-an-op.md."""

import torch

from golden import f32
from ops_elementwise import binary


def files():
    file = binary("log-add-exp", torch.logaddexp)
    file.case("large", torch.logaddexp, [f32([1e4, -1e4, 50, 0.5]), f32([1e4 - 1, -1e4, -50, 0.25])])
    yield file.done()
