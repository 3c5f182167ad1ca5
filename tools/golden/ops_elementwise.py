"""Unary and binary element-wise ops.

Where a derivative is a matter of convention (a kink, a tie) the points stand in a case of their own whose parameters
say what PyTorch does, so that an engine of another convention can leave out that case and nothing else.
"""

import math

import numpy as np
import torch
from torch.nn import functional as F

from golden import f32, normal, uniform
from op_file import OpFile

SHAPES = {
    "same": ((3, 5), (3, 5)),
    "rowVector": ((3, 4), (4,)),
    "columnVector": ((3, 1), (1, 4)),
    "bothSides": ((2, 1, 4), (3, 1)),
    "scalarLeft": ((), (2, 3)),
    "scalarRight": ((2, 3), ()),
    "leadingAxes": ((5,), (2, 3, 5)),
}


def away_from_zero(random, shape):
    return f32(random.uniform(0.3, 3, shape) * random.choice([-1, 1], shape))


def binary(op, fn, left=normal, right=normal, about=None, wide=()):
    file = OpFile(op, about or f"{op}(in0, in1), broadcasting as NumPy does.", wide)
    for name, (a, b) in SHAPES.items():
        random = file.random(name)
        file.case(name, fn, [left(random, a), right(random, b)])
    return file


def binary_files():
    yield binary("add", torch.add).done()
    yield binary("sub", torch.sub).done()
    # Without broadcasting their gradients are no sums.
    yield binary("mul", torch.mul, wide=["same"]).done()
    yield binary("div", torch.div, right=away_from_zero, wide=["same"]).done()

    power = binary("pow", torch.pow, left=lambda r, s: uniform(r, s, 0.2, 3), right=lambda r, s: uniform(r, s, -2, 3))
    base, exponent = f32([-2, -0.5, -1.5, 3, -3]), f32([2, 3, -1, 2, 0])
    power.case("negativeBase", torch.pow, [base, exponent], {"why": "gradient of the base only"}, [0])
    power.case("zeroBase", torch.pow, [f32([0, 0, 0]), f32([1, 2, 3])], {"why": "gradient of the base only"}, [0])
    yield power.done()

    for op, fn in (("maximum", torch.maximum), ("minimum", torch.minimum)):
        file = binary(op, fn)
        tied = {"convention": "at a tie each side receives half of the gradient"}
        file.case("ties", fn, [f32([1, 2, 3, 4]), f32([1, 5, 3, 2])], tied)
        yield file.done()


def exact_softplus(x):
    # F.softplus is the identity above its threshold; this is log(1 + exp(x)) everywhere.
    return torch.logaddexp(x, torch.zeros_like(x))


def exact_gelu(x):
    # F.gelu multiplies by 1 + erf(x / sqrt(2)), which cancels in the lower tail: below -8.3 it is 0 in float64.
    return 0.5 * x * torch.erfc(-x * math.sqrt(0.5))


NORMAL, WIDE, TINY, LOWER_TAIL = "normal", "wide", "tiny", "lowerTail"
TAILS = f32([-100, -40, -20, -12, -8, -6, -5, -4, -3, -2, 2, 3, 4, 5, 6, 8, 12, 20, 40, 100])


def positive(low, high):
    return lambda r: uniform(r, (3, 7), low, high)


def powers_of_ten(limit):
    return lambda r: f32(10.0 ** r.uniform(-limit, limit, 32))


# op -> (function, {case: make(random) -> float32 array}, [(case, values, parameters)])
UNARY = {
    "neg": (torch.neg, {}, []),
    "exp": (torch.exp, {WIDE: lambda r: uniform(r, (32,), -80, 80)}, []),
    "log": (torch.log, {NORMAL: positive(0.1, 10), WIDE: powers_of_ten(30)}, []),
    "log1p": (torch.log1p, {NORMAL: lambda r: uniform(r, (3, 7), -0.9, 10), TINY: lambda r: normal(r, (16,), 1e-6)}, []),
    "expm1": (torch.expm1, {WIDE: lambda r: uniform(r, (32,), -80, 80), TINY: lambda r: normal(r, (16,), 1e-6)}, []),
    "sqrt": (torch.sqrt, {NORMAL: positive(0.1, 10), WIDE: powers_of_ten(20)}, []),
    "rsqrt": (torch.rsqrt, {NORMAL: positive(0.1, 10), WIDE: powers_of_ten(12)}, []),
    "square": (torch.square, {WIDE: lambda r: normal(r, (16,), 1e4)}, []),
    "abs": (torch.abs, {}, [("kink", f32([-1, 0, 1]), {"convention": "gradient 0 at 0"})]),
    "tanh": (torch.tanh, {TINY: lambda r: normal(r, (16,), 1e-4)}, [("tails", TAILS, None)]),
    "sigmoid": (torch.sigmoid, {}, [("tails", TAILS, None)]),
    "relu": (torch.relu, {}, [("kink", f32([-1, 0, 1]), {"convention": "gradient 0 at 0"})]),
    "gelu": (exact_gelu, {LOWER_TAIL: lambda r: uniform(r, (16,), -8, -3)}, [("tails", TAILS, None)]),
    "gelu-tanh": (lambda x: F.gelu(x, approximate="tanh"), {}, [("tails", TAILS, None)]),
    "silu": (F.silu, {}, [("tails", TAILS, None)]),
    "softplus": (exact_softplus, {}, [("tails", TAILS, None)]),
    "erf": (torch.erf, {TINY: lambda r: normal(r, (16,), 1e-4)}, [("tails", TAILS, None)]),
    "sin": (torch.sin, {WIDE: lambda r: uniform(r, (32,), -100, 100)}, []),
    "cos": (torch.cos, {WIDE: lambda r: uniform(r, (32,), -100, 100)}, []),
}


# One function, and a derivative that is one or a product of a few. Away from 0, tanh' and erf' are small differences.
UNARY_WIDE = {
    **dict.fromkeys(("neg", "exp", "log", "log1p", "sqrt", "rsqrt", "square", "abs", "relu"), True),
    # PyTorch's gradient is expm1(x) + 1, which has no digits left at -40.
    "expm1": [NORMAL, TINY],
    "tanh": [TINY],
    "erf": [TINY],
    "gelu": [LOWER_TAIL],
}


def unary_files():
    for op, (fn, made, listed) in UNARY.items():
        file = OpFile(op, f"{op}(in0), element by element.", UNARY_WIDE.get(op, ()))
        for name, make in {NORMAL: lambda r: normal(r, (3, 7), 1.5), **made}.items():
            file.case(name, fn, [make(file.random(name))])
        for name, values, params in listed:
            file.case(name, fn, [np.array(values)], params)
        yield file.done()


def files():
    yield from binary_files()
    yield from unary_files()
