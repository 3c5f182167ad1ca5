"""Products by equation, outer products and convolutions."""

import torch
from torch.nn import functional as F

from golden import normal
from op_file import OpFile


# name: equation, shapes of the operands
EQUATIONS = {
    "matmul": ("ij,jk->ik", (3, 4), (4, 5)),
    "implicit": ("kj,ji", (2, 4), (4, 3)),
    "batched": ("bhid,bhjd->bhij", (2, 2, 2, 3), (2, 2, 3, 3)),
    "ellipsis": ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
    "diagonal": ("bii->bi", (2, 4, 4)),
    "trace": ("ii", (5, 5)),
    "diagonalOfBoth": ("iij,jkk->ik", (3, 3, 2), (2, 4, 4)),
    "three": ("ij,jk,kl->il", (2, 3), (3, 4), (4, 5)),
    "bilinear": ("bn,anm,bm->ba", (3, 2), (4, 2, 3), (3, 3)),
    "sums": ("ijk,jl->l", (2, 3, 4), (3, 5)),
    "transposed": ("ijk->kij", (2, 3, 4)),
    "outer": ("i,j->ji", (3,), (4,)),
    "sizeOne": ("ij,ij->i", (3, 1), (3, 4)),
    "hadamard": ("ij,ij,ij->ij", (2, 3), (2, 3), (2, 3)),
}


def einsum_files():
    file = OpFile("einsum", "torch.einsum of the inputs by the equation of the case.")
    for name, (equation, *shapes) in EQUATIONS.items():
        inputs = [normal(file.random(name), shape) for shape in shapes]
        file.case(name, lambda *xs, e=equation: torch.einsum(e, *xs), inputs, {"equation": equation})
    yield file.done()

    file = OpFile("outer", "in0[..., :, None] * in1[..., None, :]; torch.outer of two vectors.")
    for name, a, b in (("vectors", (3,), (4,)), ("batched", (2, 3), (2, 5)), ("broadcast", (2, 1, 3), (4, 2))):
        random = file.random(name)
        fn = torch.outer if name == "vectors" else lambda x, y: x[..., :, None] * y[..., None, :]
        file.case(name, fn, [normal(random, a), normal(random, b)])
    yield file.done()

    file = OpFile("cross", "torch.cross of in0 and in1 along `axis`, other axes broadcast.")
    for name, a, b, axis in (("rows", (4, 3), (4, 3), -1), ("firstAxis", (3, 1, 2), (3, 4, 1), 0)):
        random = file.random(name)
        fn = lambda x, y, axis=axis: torch.linalg.cross(x, y, dim=axis)
        file.case(name, fn, [normal(random, a), normal(random, b)], {"axis": axis})
    yield file.done()


def convolution_files():
    functions = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
    transposed = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
    # name: x, weight, whether there is a bias, options
    cases = {
        1: {
            "plain": ((2, 3, 7), (4, 3, 3), True, {}),
            "strided": ((2, 2, 8), (3, 2, 3), True, {"stride": 2, "padding": 1}),
            "dilated": ((1, 2, 9), (2, 2, 3), False, {"dilation": 3, "padding": 2}),
            "same": ((2, 2, 6), (3, 2, 4), True, {"padding": "same"}),
            "depthwise": ((2, 3, 6), (6, 1, 3), True, {"groups": 3, "padding": 1}),
        },
        2: {
            "plain": ((2, 2, 4, 5), (2, 2, 3, 3), True, {}),
            "valid": ((1, 2, 4, 5), (2, 2, 2, 3), True, {"padding": "valid"}),
            "pointwise": ((2, 3, 2, 3), (2, 3, 1, 1), True, {}),
            "patches": ((2, 2, 4, 4), (3, 2, 2, 2), True, {"stride": 2}),
            "uneven": ((2, 1, 6, 5), (2, 1, 3, 2), True, {"stride": [2, 3], "padding": [2, 1], "dilation": [2, 1]}),
            "same": ((1, 1, 4, 5), (2, 1, 2, 3), True, {"padding": "same", "dilation": [1, 2]}),
            "groups": ((1, 4, 3, 4), (4, 2, 3, 3), False, {"groups": 2, "padding": 1}),
            "gaps": ((1, 1, 6, 6), (2, 1, 2, 2), True, {"stride": 3}),
        },
        3: {
            "plain": ((1, 2, 3, 4, 4), (2, 2, 2, 3, 2), True, {}),
            "strided": ((2, 2, 4, 3, 5), (2, 1, 2, 2, 3), True, {"stride": [2, 1, 2], "padding": [0, 1, 1], "groups": 2}),
            "same": ((1, 1, 3, 3, 4), (2, 1, 3, 2, 3), False, {"padding": "same"}),
        },
    }
    for axes, by_name in cases.items():
        file = OpFile(f"conv{axes}d", f"torch's conv{axes}d of in0 by the weight in1 with the bias in2, where there is one.")
        add_convolutions(file, functions[axes], by_name, 0)
        yield file.done()
    cases = {
        1: {
            "plain": ((2, 3, 5), (3, 2, 3), True, {}),
            "strided": ((2, 2, 4), (2, 3, 3), True, {"stride": 2, "padding": 1, "outputPadding": 1}),
            "dilated": ((1, 2, 4), (2, 1, 3), False, {"stride": 2, "dilation": 3, "outputPadding": 2}),
            "groups": ((2, 4, 3), (4, 3, 2), True, {"groups": 2, "stride": 2}),
        },
        2: {
            "plain": ((2, 2, 3, 4), (2, 3, 3, 2), True, {}),
            "patches": ((1, 3, 2, 3), (3, 2, 2, 2), True, {"stride": 2}),
            "uneven": (
                (2, 2, 3, 3), (2, 2, 3, 2), True,
                {"stride": [2, 3], "padding": [1, 0], "outputPadding": [1, 2], "dilation": [1, 2]},
            ),
            "groups": ((1, 4, 3, 3), (4, 1, 3, 3), False, {"groups": 2, "padding": 1, "stride": 2}),
        },
        3: {
            "plain": ((1, 2, 2, 2, 3), (2, 1, 2, 2, 2), True, {}),
            "strided": (
                (1, 2, 2, 2, 2), (2, 2, 2, 3, 2), True, {"stride": [1, 2, 2], "padding": [0, 1, 1], "outputPadding": [0, 1, 1]},
            ),
        },
    }
    for axes, by_name in cases.items():
        file = OpFile(
            f"conv-transpose{axes}d",
            f"torch's conv_transpose{axes}d of in0 by the weight in1 with the bias in2, where there is one.",
        )
        add_convolutions(file, transposed[axes], by_name, 1)
        yield file.done()


def add_convolutions(file, function, cases, out_axis):
    """out_axis is the axis of the weight that counts output channels (of one group, if it is 1)."""
    for name, (x, weight, biased, params) in cases.items():
        random = file.random(name)
        inputs = [normal(random, x), normal(random, weight)]
        if biased:
            inputs.append(normal(random, (weight[out_axis] * (params.get("groups", 1) if out_axis == 1 else 1),)))
        named = {"output_padding" if key == "outputPadding" else key: value for key, value in params.items()}
        file.case(name, lambda *xs, named=named: function(*xs, **named), inputs, params)


def files():
    yield from einsum_files()
    yield from convolution_files()
