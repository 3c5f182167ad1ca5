"""More element-wise ops: trigonometric and hyperbolic functions, rounding and remainders, bounds, activations.

Points stay away from kinks and jumps by at least 0.05, unless a case of its own says what PyTorch does there.
"""

import numpy as np
import torch
from torch.nn import functional as F

from golden import f32, normal, uniform
from op_file import OpFile
from ops_elementwise import TAILS, TINY, WIDE, away_from_zero, binary, powers_of_ten

SHAPE = (3, 7)


def between(low, high, shape=SHAPE):
    return lambda random: uniform(random, shape, low, high)


def off_whole(random, shape, scale=4.0):
    """Numbers at least 0.1 from every whole number."""
    return f32(np.floor(random.uniform(-scale, scale, shape)) + random.uniform(0.1, 0.9, shape))


def away_from(kinks):
    def make(random):
        x = random.uniform(-8, 8, SHAPE)
        for kink in kinks:
            near = np.abs(x - kink) < 0.05
            x = np.where(near, x + 0.2, x)
        return f32(x)

    return make


def signed_cbrt(x):
    return torch.sign(x) * torch.abs(x) ** (1 / 3)


def hard_sigmoid(x):
    # F.hardsigmoid takes 1/6 in float32 also for float64.
    return F.relu6(x + 3) / 6


def tiny(random):
    return normal(random, (16,), 1e-4)


# op -> (function, {case: make(random) -> float32 array}, [(case, values)])
UNARY = {
    "reciprocal": (torch.reciprocal, {"normal": lambda r: away_from_zero(r, SHAPE), WIDE: powers_of_ten(12)}, []),
    "cbrt": (signed_cbrt, {"normal": lambda r: away_from_zero(r, SHAPE)}, []),
    "exp2": (torch.exp2, {"normal": between(-3, 3), WIDE: between(-100, 100)}, []),
    "log2": (torch.log2, {"normal": between(0.1, 10), WIDE: powers_of_ten(30)}, []),
    "log10": (torch.log10, {"normal": between(0.1, 10), WIDE: powers_of_ten(30)}, []),
    "tan": (torch.tan, {"normal": between(-1.3, 1.3), WIDE: lambda r: f32(np.pi * r.randint(-20, 20, 32) + r.uniform(-1.2, 1.2, 32))}, []),
    "asin": (torch.asin, {"normal": between(-0.95, 0.95), TINY: tiny}, []),
    "acos": (torch.acos, {"normal": between(-0.95, 0.95)}, []),
    "atan": (torch.atan, {"normal": between(-3, 3), TINY: tiny}, [("tails", TAILS)]),
    "sinh": (torch.sinh, {"normal": between(-3, 3), TINY: tiny, WIDE: between(-40, 40)}, []),
    "cosh": (torch.cosh, {"normal": between(-3, 3), WIDE: between(-40, 40)}, []),
    "asinh": (torch.asinh, {"normal": between(-3, 3), TINY: tiny}, [("tails", TAILS)]),
    "acosh": (torch.acosh, {"normal": between(1.1, 10), WIDE: between(2, 1e4)}, []),
    "atanh": (torch.atanh, {"normal": between(-0.95, 0.95), TINY: tiny}, []),
    "erfc": (torch.erfc, {"normal": between(-2, 2), WIDE: between(-4, 8)}, []),
    "floor": (torch.floor, {"normal": lambda r: off_whole(r, SHAPE)}, [("whole", f32([-2, -1, 0, 1, 2]))]),
    "ceil": (torch.ceil, {"normal": lambda r: off_whole(r, SHAPE)}, [("whole", f32([-2, -1, 0, 1, 2]))]),
    "round": (torch.round, {"normal": lambda r: off_whole(r, SHAPE)}, [("halves", f32([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]))]),
    "trunc": (torch.trunc, {"normal": lambda r: off_whole(r, SHAPE)}, [("whole", f32([-2, -1, 0, 1, 2]))]),
    "relu6": (F.relu6, {"normal": away_from([0, 6])}, [("kink", f32([-1, 0, 3, 6, 7]))]),
    "selu": (F.selu, {"normal": away_from([0])}, [("tails", TAILS)]),
    "hard-sigmoid": (hard_sigmoid, {"normal": away_from([-3, 3])}, [("kink", f32([-4, -3, 0, 3, 4]))]),
    "hard-swish": (F.hardswish, {"normal": away_from([-3, 3])}, []),
    "mish": (F.mish, {"normal": between(-3, 3)}, [("tails", TAILS)]),
    "softsign": (F.softsign, {"normal": between(-3, 3)}, [("tails", TAILS)]),
    "log-sigmoid": (F.logsigmoid, {"normal": between(-3, 3)}, [("tails", TAILS)]),
}


# One function, and a derivative that is one or a product of a few.
UNARY_WIDE = (
    "reciprocal", "cbrt", "exp2", "log2", "log10", "atan", "sinh", "cosh", "asinh", "floor", "ceil", "round", "trunc",
)


def unary_files():
    for op, (fn, made, listed) in UNARY.items():
        file = OpFile(op, f"{op}(in0), element by element.", op in UNARY_WIDE)
        for name, make in made.items():
            file.case(name, fn, [make(file.random(name))])
        for name, values in listed:
            file.case(name, fn, [np.array(values)])
        yield file.done()


def with_number(op, fn, cases, values=away_from([0])):
    """fn(x, **parameters), one case for each set of parameters; None stands for the default."""
    file = OpFile(op, f"{op}(in0) with the parameters of the case.")
    for name, (params, given) in cases.items():
        x = values(file.random(name)) if given is None else np.array(given)
        file.case(name, lambda t, params=params: fn(t, params), [x], params)
    return file


def parameter_files():
    yield with_number(
        "leaky-relu",
        lambda x, p: F.leaky_relu(x, p.get("negativeSlope", 0.01)),
        {"default": ({}, None), "steep": ({"negativeSlope": 0.3}, None), "kink": ({"negativeSlope": 0.25}, f32([-1, 0, 1]))},
    ).done()
    yield with_number(
        "elu",
        lambda x, p: F.elu(x, p.get("alpha", 1.0)),
        {"default": ({}, None), "alpha": ({"alpha": 0.3}, None), "kink": ({"alpha": 0.3}, f32([-1, 0, 1])), "tails": ({}, TAILS)},
    ).done()
    yield with_number(
        # The gradient of F.celu takes 1 / alpha in float32 also for float64: a power of two loses nothing.
        "celu", lambda x, p: F.celu(x, p.get("alpha", 1.0)), {"default": ({}, None), "alpha": ({"alpha": 0.25}, None)}
    ).done()
    yield with_number(
        "softplus-beta",
        lambda x, p: torch.logaddexp(x * p["beta"], torch.zeros_like(x)) / p["beta"],
        {"half": ({"beta": 0.5}, None), "sharp": ({"beta": 4.0}, None), "tails": ({"beta": 2.0}, TAILS)},
    ).done()
    yield with_number(
        "hard-tanh",
        lambda x, p: F.hardtanh(x, p.get("min", -1.0), p.get("max", 1.0)),
        {"default": ({}, None), "bounds": ({"min": -2.5, "max": 0.5}, None), "kink": ({}, f32([-2, -1, 0, 1, 2]))},
        away_from([-2.5, -1, 0.5, 1]),
    ).done()
    yield with_number(
        "clamp",
        lambda x, p: torch.clamp(x, p.get("min"), p.get("max")),
        {
            "both": ({"min": -2.5, "max": 0.5}, None),
            "min": ({"min": -2.5}, None),
            "max": ({"max": 0.5}, None),
            "kink": ({"min": -1, "max": 1}, f32([-2, -1, 0, 1, 2])),
            "minAboveMax": ({"min": 0.5, "max": -2.5}, None),
        },
        away_from([-2.5, 0.5]),
    ).done()


def mixed_files():
    file = OpFile("clamp-tensors", "in0 limited to in1 and in2, which broadcast.")
    random = file.random("broadcast")
    inputs = [normal(random, (3, 5)), uniform(random, (5,), -1, -0.1), uniform(random, (3, 1), 0.1, 1)]
    file.case("broadcast", torch.clamp, inputs)
    yield file.done()

    file = OpFile("lerp", "in0 + weight (in1 - in0); the weight is a parameter or in2.")
    random = file.random("near")
    for name, weight in (("nearFirst", 0.25), ("nearSecond", 0.75), ("outside", 1.5)):
        random = file.random(name)
        inputs = [normal(random, (3, 5)), normal(random, (5,))]
        file.case(name, lambda a, b, weight=weight: torch.lerp(a, b, weight), inputs, {"weight": weight})
    random = file.random("tensor")
    inputs = [normal(random, (3, 5)), normal(random, (3, 5)), uniform(random, (3, 1), 0, 1)]
    file.case("tensor", torch.lerp, inputs)
    yield file.done()

    yield binary("atan2", torch.atan2, lambda r, s: uniform(r, s, 0.3, 3), away_from_zero).done()

    file = OpFile("prelu", "in0 above 0, in1 in0 elsewhere; in1 is one slope, or one for each channel of axis 1.")
    for name, shape, slopes in (("one", (2, 3), 1), ("channels", (2, 3, 4), 3), ("rows", (4, 5), 5)):
        random = file.random(name)
        file.case(name, F.prelu, [away_from_zero(random, shape), uniform(random, (slopes,), -0.5, 1)])
    yield file.done()

    file = OpFile("glu", "a sigmoid(b) of the halves a and b of an axis of in0.")
    for name, shape, axis in (("last", (3, 6), -1), ("first", (4, 5), 0), ("middle", (2, 6, 3), 1)):
        file.case(name, lambda x, axis=axis: F.glu(x, axis), [normal(file.random(name), shape)], {"axis": axis})
    yield file.done()


def division_files():
    """Quotients at least 0.1 from a whole number, where these jump."""
    functions = {
        "remainder": torch.remainder,
        "fmod": torch.fmod,
        "floor-divide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    }
    for op, fn in functions.items():
        file = OpFile(op, f"{op} of in0 by in1, which broadcast.")
        for name, divisor in (("same", (3, 7)), ("scalar", ()), ("column", (3, 1))):
            random = file.random(name)
            b = away_from_zero(random, divisor)
            file.case(name, fn, [f32(off_whole(random, (3, 7)) * b), b])
        file.case("signs", fn, [f32([7, -7, 7, -7, 1, -1]), f32([3, 3, -3, -3, 8, 8])])
        yield file.done()


def files():
    yield from unary_files()
    yield from parameter_files()
    yield from mixed_files()
    yield from division_files()
