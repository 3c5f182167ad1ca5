"""Normalisations, scaled dot product attention and rotary embeddings."""

import math

import torch
from torch.nn import functional as F

from golden import i32, normal, uniform
from op_file import OpFile


def layer_norm_axes_file():
    file = OpFile(
        "layer-norm-axes",
        "(in0 - mean) / sqrt(variance + eps) over the last `trailingAxes` axes, times in1, plus in2, where they are.",
    )

    def add(name, shape, axes, affine, eps=1e-5):
        random = file.random(name)
        tail = shape[len(shape) - axes:]
        inputs = [normal(random, shape, 1.5, 0.5)]
        if affine:
            inputs += [normal(random, tail, 0.3, 1.0), normal(random, tail, 0.3)]
        fn = lambda x, w=None, b=None: F.layer_norm(x, tail, w, b, eps)
        file.case(name, fn, inputs, {"eps": eps, "trailingAxes": axes})

    add("two", (3, 4, 5), 2, True)
    add("all", (2, 3, 4), 3, True)
    add("plain", (4, 7), 1, False)
    add("plainTwo", (2, 3, 4), 2, False, 1e-3)
    yield file.done()


def rms_norm_file():
    file = OpFile("rms-norm", "in0 / sqrt(mean(in0^2) + eps) over the last axis, times in1 where there is one.")

    def add(name, x, affine, eps=1e-6):
        inputs = [x] + ([normal(file.random(f"{name}/affine"), x.shape[-1:], 0.3, 1.0)] if affine else [])

        def fn(t, w=None):
            y = t * torch.rsqrt(t.square().mean(-1, keepdim=True) + eps)
            return y if w is None else y * w

        file.case(name, fn, inputs, {"eps": eps})

    add("twoAxes", normal(file.random("twoAxes"), (4, 16), 2, 0.5), True)
    add("threeAxes", normal(file.random("threeAxes"), (2, 3, 7)), True)
    add("plain", normal(file.random("plain"), (3, 5)), False, 1e-5)
    add("small", normal(file.random("small"), (3, 8), 1e-4), True)
    add("large", normal(file.random("large"), (3, 8), 1e4), True)
    yield file.done()


def batch_norm_file():
    file = OpFile(
        "batch-norm",
        "F.batch_norm of in0 with weight in1, bias in2, running mean in3 and running variance in4: the flattened result, "
        "then the running mean and variance after it.",
    )

    def add(name, shape, training, momentum=0.1, eps=1e-5):
        random = file.random(name)
        C = shape[1]
        inputs = [
            normal(random, shape, 1.5, 0.5), normal(random, (C,), 0.3, 1.0), normal(random, (C,), 0.3),
            normal(random, (C,), 0.5), uniform(random, (C,), 0.5, 2.0),
        ]

        def fn(x, w, b, mean, var):
            mean, var = mean.detach().clone(), var.detach().clone()
            y = F.batch_norm(x, mean, var, w, b, training, momentum, eps)
            return torch.cat([y.reshape(-1), mean, var])

        file.case(name, fn, inputs, {"training": training, "momentum": momentum, "eps": eps}, [0, 1, 2])

    for training in (True, False):
        suffix = "Training" if training else "Evaluation"
        add(f"vectors{suffix}", (6, 3), training)
        add(f"sequences{suffix}", (2, 3, 4), training, 0.3)
        add(f"images{suffix}", (2, 2, 2, 3), training, 0.1, 1e-3)
    add("volumesTraining", (2, 2, 2, 3, 2), True, 1.0)
    yield file.done()


def group_norm_files():
    file = OpFile("group-norm", "F.group_norm of in0 in `groups` groups, weight in1 and bias in2 where they are.")
    for name, shape, groups, affine, eps in (
        ("two", (2, 4, 5), 2, True, 1e-5), ("one", (2, 3, 4), 1, True, 1e-5), ("each", (2, 3, 2, 3), 3, True, 1e-3),
        ("noPositions", (3, 6), 2, True, 1e-5), ("plain", (2, 6, 2, 2), 3, False, 1e-5),
    ):
        random = file.random(name)
        C = shape[1]
        inputs = [normal(random, shape, 1.5, 0.5)]
        if affine:
            inputs += [normal(random, (C,), 0.3, 1.0), normal(random, (C,), 0.3)]
        fn = lambda x, w=None, b=None, groups=groups, eps=eps: F.group_norm(x, groups, w, b, eps)
        file.case(name, fn, inputs, {"groups": groups, "eps": eps})
    yield file.done()

    file = OpFile("instance-norm", "F.instance_norm of in0, weight in1 and bias in2 where they are.")
    for name, shape, affine, eps in (
        ("sequences", (2, 3, 5), True, 1e-5), ("images", (2, 2, 3, 4), True, 1e-3), ("plain", (3, 2, 7), False, 1e-5),
    ):
        random = file.random(name)
        C = shape[1]
        inputs = [normal(random, shape, 1.5, 0.5)]
        if affine:
            inputs += [normal(random, (C,), 0.3, 1.0), normal(random, (C,), 0.3)]
        fn = lambda x, w=None, b=None, eps=eps: F.instance_norm(x, weight=w, bias=b, eps=eps)
        file.case(name, fn, inputs, {"eps": eps})
    yield file.done()


def sdpa_file():
    file = OpFile(
        "scaled-dot-product-attention",
        "The definition in the documentation of F.scaled_dot_product_attention: in0 [B, H, Tq, D], in1 and in2 "
        "[B, Hkv, Tk, .] repeated H / Hkv times; in3 is what `extra` says.",
    )

    def add(name, B, H, Hkv, tq, tk, D, Dv=None, extra=None, value=None, causal=False, scale=None):
        random = file.random(name)
        inputs = [
            normal(random, (B, H, tq, D)), normal(random, (B, Hkv, tk, D)), normal(random, (B, Hkv, tk, Dv or D)),
        ]
        if extra is not None:
            inputs.append(normal(random, value) if extra == "bias" else i32(value))

        def fn(q, k, v, x=None):
            k, v = k.repeat_interleave(H // Hkv, 1), v.repeat_interleave(H // Hkv, 1)
            scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(D) if scale is None else scale)
            if extra == "bias":
                scores = scores + x
            if extra == "mask":
                scores = scores.masked_fill(x == 0, -math.inf)
            if extra == "padding":
                scores = scores.masked_fill(x[:, None, None, :] == 0, -math.inf)
            if causal:
                scores = scores.masked_fill(~torch.ones(tq, tk, dtype=torch.bool).tril(diagonal=0), -math.inf)
            return torch.softmax(scores, -1) @ v

        params = {"causal": causal}
        if extra is not None:
            params["extra"] = extra
        if scale is not None:
            params["scale"] = scale
        file.case(name, fn, inputs, params)

    add("causalFewerQueries", 1, 1, 1, 2, 4, 3, causal=True)
    add("causalFewerKeys", 1, 1, 1, 5, 3, 2, causal=True)
    add("groupedCausal", 1, 4, 2, 3, 3, 2, causal=True)
    add("mask", 2, 1, 1, 2, 3, 2, extra="mask", value=[[1, 0, 1], [0, 1, 1]])
    add("maskOfHeads", 1, 2, 2, 2, 3, 2, extra="mask", value=[[[1, 0, 1]], [[0, 1, 0]]])
    add("padding", 2, 1, 1, 2, 3, 2, extra="padding", value=[[1, 1, 0], [0, 0, 1]])
    add("bias", 2, 1, 1, 2, 3, 2, extra="bias", value=(2, 1, 2, 3))
    add("biasOfHeads", 1, 2, 2, 2, 3, 2, extra="bias", value=(2, 1, 3), causal=True)
    add("scaleAndValueWidth", 2, 1, 1, 3, 4, 3, 2, scale=0.3)
    yield file.done()


def rotary_files():
    for pairing in ("halves", "interleaved"):
        file = OpFile(f"rotary-{pairing}", f"in0 turned by the angles of its positions, pairs {pairing}.")

        def add(name, shape, offset=0, base=10000.0, pairing=pairing, file=file):
            T, D = shape[-2:]

            def fn(x):
                frequencies = base ** (-torch.arange(0, D, 2, dtype=torch.float64) / D)
                angles = (torch.arange(T, dtype=torch.float64) + offset)[:, None] * frequencies
                cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
                if pairing == "halves":
                    a, b = x[..., : D // 2], x[..., D // 2:]
                    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)
                a, b = x[..., 0::2], x[..., 1::2]
                return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)

            file.case(name, fn, [normal(file.random(name), shape)], {"offset": offset, "base": base})

        add("heads", (2, 2, 5, 4))
        add("wide", (1, 1, 3, 16))
        add("offset", (1, 2, 4, 6), 7)
        add("base", (1, 2, 4, 4), 0, 100.0)
        yield file.done()


def files():
    yield from layer_norm_axes_file()
    yield from rms_norm_file()
    yield from batch_norm_file()
    yield from group_norm_files()
    yield from sdpa_file()
    yield from rotary_files()
