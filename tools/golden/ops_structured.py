"""Ops that look along axes: reductions, softmax, layer norm, matmul, attention, losses and row selection."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from golden import f32, i32, normal, uniform
from op_file import OpFile

REDUCED_AXES = {
    "axis0": [0], "axis1": [1], "lastAxis": [2], "negativeAxis": [-2], "firstAndLast": [0, 2], "lastTwo": [1, 2],
    "allAxes": [0, 1, 2],
}


def reduction_files():
    def variance(correction):
        # torch 1.13 keeps `correction` out of some overloads; with unbiased=False it is 0, with True it is 1.
        return lambda x, axes, keep: torch.var(x, dim=axes, unbiased=correction == 1, keepdim=keep)

    functions = {
        "sum": lambda x, axes, keep: torch.sum(x, dim=axes, keepdim=keep),
        "mean": lambda x, axes, keep: torch.mean(x, dim=axes, keepdim=keep),
        "max": lambda x, axes, keep: torch.amax(x, dim=axes, keepdim=keep),
        "min": lambda x, axes, keep: torch.amin(x, dim=axes, keepdim=keep),
        "variance": variance(0),
    }
    for op, fn in functions.items():
        file = OpFile(op, f"{op} of in0 over the axes; the parameters of a case are axes and keepDims.")
        extra = {"correction": 0} if op == "variance" else {}

        def add(name, x, axes, keep, fn=fn, extra=extra):
            params = {"axes": axes, "keepDims": keep, **extra}
            file.case(name, lambda t: fn(t, axes, keep), [x], params)

        for name, axes in REDUCED_AXES.items():
            for keep in (False, True):
                case = f"{name}Kept" if keep else name
                add(case, normal(file.random(case), (3, 4, 5)), axes, keep)
        add("long", normal(file.random("long"), (2, 1000), 1.0, 0.5), [1], False)
        if op in ("max", "min"):
            tied = {"convention": "tied elements share the gradient evenly"}
            add("ties", f32([[1, 3, 3, 1, 2], [2, 2, 2, 2, 2]]), [1], False, extra=tied)
        if op == "variance":
            add("largeMean", normal(file.random("largeMean"), (3, 64), 1.0, 1000.0), [1], False)
            add("corrected", normal(file.random("corrected"), (3, 6)), [1], False, variance(1), {"correction": 1})
        yield file.done()


def softmax_files():
    for op, fn in (("softmax", torch.softmax), ("log-softmax", torch.log_softmax)):
        file = OpFile(op, f"{op} of in0 along the last axis.")

        def add(name, x, fn=fn):
            file.case(name, lambda t: fn(t, dim=-1), [x], {"axis": -1})

        add("twoAxes", normal(file.random("twoAxes"), (3, 7), 2))
        add("threeAxes", normal(file.random("threeAxes"), (2, 3, 5), 2))
        add("one", normal(file.random("one"), (4, 1)))
        add("long", normal(file.random("long"), (2, 300), 3))
        add("equal", np.full((2, 5), 3.25, dtype=np.float32))
        add("large", f32([[1e4, -1e4, 0, 9999, 9998.5], [-1e4, -1e4, -1e4, -1e4, -9999], [1e4, 1e4, 1e4, 1e4, 1e4]]))
        if op == "softmax":
            low = -math.inf
            add("minusInfinity", f32([[0.5, low, -1, low], [low, low, 2, low], [1, 2, low, 3]]))
        yield file.done()


def layer_norm_file():
    file = OpFile("layer-norm", "in1 (in0 - mean) / sqrt(variance + eps) + in2 along the last axis, variance over n.")

    def add(name, x, eps=1e-5):
        random = file.random(f"{name}/affine")
        width = x.shape[-1]
        weight, bias = normal(random, (width,), 0.3, 1.0), normal(random, (width,), 0.3)
        file.case(name, lambda t, w, b: F.layer_norm(t, (width,), w, b, eps), [x, weight, bias], {"eps": eps})

    add("twoAxes", normal(file.random("twoAxes"), (4, 16), 2, 0.5))
    add("threeAxes", normal(file.random("threeAxes"), (2, 3, 7)))
    add("wide", normal(file.random("wide"), (3, 100)))
    add("smallEps", normal(file.random("smallEps"), (3, 8)), 1e-12)
    add("largeMean", normal(file.random("largeMean"), (3, 16), 1.0, 100.0))
    # A constant row has variance 0: rounding of its mean is scaled up by 1 / sqrt(eps). float32 sums the first kind
    # exactly, and 0.1 seven times not.
    constant = normal(file.random("constantRows"), (4, 8))
    constant[1], constant[2] = 0.0, -2.5
    add("constantRows", constant)
    constant = normal(file.random("constantUneven"), (3, 7))
    constant[1] = 0.1
    add("constantUneven", constant)
    yield file.done()


def matmul_files():
    file = OpFile("matmul", "in0 @ in1 over the last two axes; transposeA and transposeB swap an input's last two first.")

    def add(name, a, b, transpose_a=False, transpose_b=False):
        random = file.random(name)

        def fn(x, y):
            return (x.transpose(-1, -2) if transpose_a else x) @ (y.transpose(-1, -2) if transpose_b else y)

        params = {"transposeA": transpose_a, "transposeB": transpose_b}
        file.case(name, fn, [normal(random, a), normal(random, b)], params)

    add("plain", (3, 4), (4, 5))
    add("inner1", (4, 1), (1, 3))
    add("dot", (1, 7), (7, 1))
    add("uneven", (17, 33), (33, 9))
    add("batched", (2, 3, 4), (2, 4, 5))
    add("broadcastBatch", (2, 1, 3, 4), (3, 4, 5))
    add("matrixOnTheRight", (2, 3, 4), (4, 5))
    add("matrixOnTheLeft", (3, 4), (2, 4, 5))
    add("transposeA", (4, 3), (4, 5), transpose_a=True)
    add("transposeB", (3, 4), (5, 4), transpose_b=True)
    add("transposeBoth", (4, 3), (5, 4), True, True)
    add("batchedTransposeA", (2, 4, 3), (2, 4, 5), transpose_a=True)
    add("batchedTransposeB", (2, 3, 4), (2, 5, 4), transpose_b=True)
    add("batchedTransposeBoth", (2, 4, 3), (2, 5, 4), True, True)
    yield file.done()

    file = OpFile("linear", "in0 @ in1 + in2, the weight in1 is [in, out]; a case without in2 has no bias.")
    for name, shape in (("twoAxes", (5, 6)), ("threeAxes", (2, 3, 6)), ("oneRow", (1, 6))):
        random = file.random(name)
        inputs = [normal(random, shape), normal(random, (6, 4), 0.5), normal(random, (4,))]
        file.case(name, lambda x, w, b: F.linear(x, w.T, b), inputs, {"bias": True})
    random = file.random("noBias")
    file.case(
        "noBias", lambda x, w: F.linear(x, w.T), [normal(random, (2, 3, 6)), normal(random, (6, 4), 0.5)], {"bias": False}
    )
    yield file.done()


def attention_file():
    file = OpFile(
        "attention",
        "softmax(in0 in1^T / sqrt(D)) in2 of in0 [B, H, T, D], in1 and in2 [B, H, S, D]; in3 [B, S], where there is one, "
        "is 1 for a key that exists, and the logits of the others are -inf.",
    )

    def attend(q, k, v, mask=None):
        logits = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if mask is not None:
            logits = logits.masked_fill(mask[:, None, None, :] == 0, -math.inf)
        return torch.softmax(logits, dim=-1) @ v

    def add(name, batch, heads, queries, keys, width, mask=None, scale=1.0):
        random = file.random(name)
        inputs = [normal(random, (batch, heads, n, width), scale) for n in (queries, keys, keys)]
        file.case(name, attend, inputs + ([] if mask is None else [i32(mask)]), {"masked": mask is not None})

    add("self", 2, 2, 5, 5, 4)
    add("cross", 2, 3, 4, 6, 5)
    add("oneKey", 1, 2, 3, 1, 4)
    add("sharp", 1, 2, 5, 5, 4, scale=8.0)
    add("longer", 1, 1, 33, 35, 8)
    add("masked", 2, 2, 5, 5, 4, [[1, 1, 1, 0, 0], [0, 1, 0, 1, 1]])
    add("maskedCross", 3, 2, 4, 6, 5, [[1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 0]])
    yield file.done()


def cross_entropy_file():
    file = OpFile(
        "cross-entropy",
        "Mean over the rows of in0 [..., C] whose id in in1 is not ignoreIndex of "
        "-(1 - s) log p[id] - s / C sum log p, s the labelSmoothing.",
    )

    def add(name, logits, ids, ignore_index=None, smoothing=0.0):
        def fn(x, y):
            ignored = -100 if ignore_index is None else ignore_index
            flat = x.reshape(-1, x.shape[-1])
            return F.cross_entropy(flat, y.reshape(-1), ignore_index=ignored, label_smoothing=smoothing)

        params = {"reduction": "mean", "ignoreIndex": ignore_index, "labelSmoothing": smoothing}
        file.case(name, fn, [logits, i32(ids)], params)

    ids = [0, 4, 2, 2, 1, 3]
    holes = [0, -100, 2, -100, 1, 3]
    add("plain", normal(file.random("plain"), (6, 5), 2), ids)
    add("threeAxes", normal(file.random("threeAxes"), (2, 3, 5), 2), [[0, 4, 2], [2, 1, 3]])
    add("twoClasses", normal(file.random("twoClasses"), (6, 2), 2), [0, 1, 1, 0, 1, 1])
    add("manyClasses", normal(file.random("manyClasses"), (3, 200), 2), [0, 199, 77])
    add("ignore", normal(file.random("ignore"), (6, 5), 2), holes, -100)
    add("ignoreMinusOne", normal(file.random("ignoreMinusOne"), (6, 5), 2), [-1, -1, 2, 0, -1, 3], -1)
    add("ignoreAClass", normal(file.random("ignoreAClass"), (6, 5), 2), ids, 2)
    add("smoothed", normal(file.random("smoothed"), (6, 5), 2), ids, smoothing=0.1)
    add("smoothedIgnore", normal(file.random("smoothedIgnore"), (6, 5), 2), holes, -100, 0.1)
    add("large", f32([[1e4, -1e4, 0], [1e4, -1e4, 0], [-1e4, -9999, -9998]]), [0, 2, 1])
    yield file.done()


def pointwise_loss_files():
    def reductions(file, fn, name, inputs, params=None, differentiable=None):
        for reduction in ("mean", "sum", "none"):
            case = name if reduction == "mean" else f"{name}{reduction.capitalize()}"
            file.case(
                case, lambda x, y: fn(x, y, reduction=reduction), inputs, {"reduction": reduction, **(params or {})},
                differentiable,
            )

    file = OpFile(
        "binary-cross-entropy-with-logits", "max(x, 0) - x t + log(1 + exp(-|x|)), x = in0, t = in1; gradient of in0 only."
    )
    random = file.random("plain")
    bce = F.binary_cross_entropy_with_logits
    reductions(file, bce, "plain", [normal(random, (4, 3), 2), f32(random.randint(0, 2, (4, 3)))], None, [0])
    random = file.random("soft")
    reductions(file, bce, "soft", [normal(random, (7,), 2), uniform(random, (7,), 0, 1)], None, [0])
    reductions(file, bce, "large", [f32([1e4, -1e4, 1e4, -1e4, 0]), f32([1, 0, 0, 1, 1])], None, [0])
    yield file.done()

    for op, fn, about in (
        ("mse", F.mse_loss, "(in0 - in1)^2."),
        ("l1", F.l1_loss, "|in0 - in1|."),
    ):
        file = OpFile(op, about)
        random = file.random("plain")
        reductions(file, fn, "plain", [normal(random, (3, 4)), normal(random, (3, 4))])
        yield file.done()

    file = OpFile("huber", "d = in0 - in1: d^2 / 2 where |d| <= delta, delta (|d| - delta / 2) elsewhere.")
    for name, delta in (("delta1", 1.0), ("deltaHalf", 0.5), ("delta2", 2.0)):
        random = file.random(name)

        def fn(x, y, reduction, delta=delta):
            return F.huber_loss(x, y, reduction=reduction, delta=delta)

        reductions(file, fn, name, [normal(random, (3, 4), 1.5), normal(random, (3, 4))], {"delta": delta})
    yield file.done()


def selection_files():
    file = OpFile("embedding", "Row in1[...] of the table in0; repeated ids add up in the gradient.")
    for name, ids in (
        ("repeated", [[0, 3, 3, 6, 0], [3, 1, 0, 6, 3]]),
        ("oneAxis", [5, 0, 2]),
        ("allTheSame", [[2, 2], [2, 2]]),
    ):
        file.case(name, lambda w, y: F.embedding(y, w), [normal(file.random(name), (7, 4)), i32(ids)])
    yield file.done()

    file = OpFile("gather", "out[b, i] = in0[b, in1[b, i]], in0 [B, T, C], in1 [B, I]; repeated tokens add up.")

    def select(x, index):
        return torch.gather(x, 1, index[:, :, None].expand(-1, -1, x.shape[-1]))

    for name, index in (
        ("some", [[4, 0, 2], [1, 5, 3]]),
        ("repeated", [[1, 1, 0, 1], [5, 5, 5, 5]]),
        ("permuted", [[5, 4, 3, 2, 1, 0], [2, 0, 1, 5, 3, 4]]),
    ):
        file.case(name, select, [normal(file.random(name), (2, 6, 4)), i32(index)], {"axis": 1})
    yield file.done()


def files():
    yield from reduction_files()
    yield from softmax_files()
    yield from layer_norm_file()
    yield from matmul_files()
    yield from attention_file()
    yield from cross_entropy_file()
    yield from pointwise_loss_files()
    yield from selection_files()
