"""The shared encoder: torch.nn.TransformerEncoderLayer with our parameter names and layout, then the reduction.

The numbers come from the torch modules; `plain_forward` is NumPy and checks the mapping of names, nothing else.
"""

import math

import numpy as np
import torch
from torch import nn

from golden import GoldenFile, both, generator, i32, normal, tensor

WIDTH, HEADS, HIDDEN, BLOCKS = 16, 2, 40, 2
REDUCTION = [WIDTH, 14, 12, 10]
PRE_EPS, POST_EPS = 1e-5, 1e-12


class Encoder(nn.Module):
    def __init__(self, norm_first, dtype):
        super().__init__()
        eps = PRE_EPS if norm_first else POST_EPS
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                WIDTH, HEADS, HIDDEN, dropout=0.0, activation="gelu", layer_norm_eps=eps,
                batch_first=True, norm_first=norm_first, dtype=dtype,
            )
            for _ in range(BLOCKS)
        )
        self.norm = nn.LayerNorm(WIDTH, eps=eps, dtype=dtype) if norm_first else None
        self.reduction = nn.ModuleList(nn.Linear(i, o, dtype=dtype) for i, o in zip(REDUCTION, REDUCTION[1:]))

    def mapping(self):
        """[(our name, torch parameter, stored transposed)]: torch keeps [out, in], we keep [in, out]."""
        found = []

        def add(name, weight, bias, transposed):
            found.extend([(f"{name}.weight", weight, transposed), (f"{name}.bias", bias, False)])

        for index, block in enumerate(self.blocks):
            at = f"blocks.{index}"
            add(f"{at}.norm1", block.norm1.weight, block.norm1.bias, False)
            add(f"{at}.attention.qkv", block.self_attn.in_proj_weight, block.self_attn.in_proj_bias, True)
            add(f"{at}.attention.out", block.self_attn.out_proj.weight, block.self_attn.out_proj.bias, True)
            add(f"{at}.norm2", block.norm2.weight, block.norm2.bias, False)
            add(f"{at}.mlp.fc1", block.linear1.weight, block.linear1.bias, True)
            add(f"{at}.mlp.fc2", block.linear2.weight, block.linear2.bias, True)
        if self.norm is not None:
            add("norm", self.norm.weight, self.norm.bias, False)
        for index, layer in enumerate(self.reduction):
            add(f"reduction.{index}", layer.weight, layer.bias, True)
        return found

    def load(self, params):
        load(self.mapping(), params)
        return self

    def forward(self, x, padding=None):
        """Returns every activation that is a golden."""
        out = {}
        for index, block in enumerate(self.blocks):
            x = block(x, src_key_padding_mask=padding)
            out[f"out/block{index}"] = x
        if self.norm is not None:
            x = self.norm(x)
        out["out/encoder"] = x
        for index, layer in enumerate(self.reduction):
            x = layer(x)
            if index < len(self.reduction) - 1:
                x = torch.relu(x)
        out["out/reduced"] = x
        return out


def load(mapping, params):
    assert sorted(name for name, _, _ in mapping) == sorted(params)
    with torch.no_grad():
        for name, parameter, transposed in mapping:
            value = torch.from_numpy(params[name]).to(parameter.dtype)
            parameter.copy_(value.T if transposed else value)


def in_our_layout(value, transposed):
    return value.detach().T.contiguous() if transposed else value.detach().clone()


def make_params(random, mapping):
    """Nothing is left at a default: a norm's scale is not 1 and no bias is 0, so a swapped pair shows."""
    params = {}
    for name, parameter, transposed in mapping:
        shape = tuple(parameter.shape[::-1]) if transposed else tuple(parameter.shape)
        if len(shape) == 2:
            params[name] = normal(random, shape, 1 / math.sqrt(shape[0]))
        elif name.endswith(".weight"):
            params[name] = normal(random, shape, 0.2, 1.0)
        else:
            params[name] = normal(random, shape, 0.2)
    return params


def make_case(case, norm_first, batch, tokens, mask=None):
    """Returns (params, input, target, mask) of an encoder case as float32 arrays."""
    random = generator(case)
    params = make_params(random, Encoder(norm_first, torch.float64).mapping())
    x = normal(random, (batch, tokens, WIDTH))
    target = normal(random, (batch, tokens, REDUCTION[-1]))
    return params, x, target, None if mask is None else i32(mask)


def encoder_file(path, norm_first, batch, tokens, mask=None):
    params, x, target, mask = make_case(path, norm_first, batch, tokens, mask)

    def compute(dtype):
        model = Encoder(norm_first, dtype).load(params)
        leaf = tensor(x, dtype, requires_grad=True)
        out = model(leaf, None if mask is None else torch.from_numpy(mask == 0))
        out["out/loss"] = (out["out/reduced"] - tensor(target, dtype)).square().mean()
        out["out/loss"].backward()
        out["grad/input"] = leaf.grad
        for name, parameter, transposed in model.mapping():
            out[f"grad/{name}"] = in_our_layout(parameter.grad, transposed)
        return out

    exact, errors = both(compute)
    plain = plain_forward(params, x, mask, norm_first)
    for name, value in plain.items():
        assert np.max(np.abs(value - exact[name])) < 1e-12, f"{path}: {name} disagrees with the written-out formula"

    eps = PRE_EPS if norm_first else POST_EPS
    norm = (
        "pre: x += attn(norm1(x)); x += mlp(norm2(x)); final norm"
        if norm_first
        else "post: x = norm1(x + attn(x)); x = norm2(x + mlp(x)); no final norm"
    )
    file = GoldenFile(
        path, f"Two encoder blocks and the reduction, {norm}. loss = mean((reduced - target)^2).",
        config={
            "batch": batch, "tokens": tokens, "width": WIDTH, "heads": HEADS, "hidden": HIDDEN, "blocks": BLOCKS,
            "reduction": REDUCTION[1:], "norm": "pre" if norm_first else "post", "eps": eps, "activation": "gelu (erf)",
            "mask": None if mask is None else "[batch, tokens], 1 = token exists, 0 = its key gets -inf",
        },
    )
    file.inputs({"input": x, "target": target})
    if mask is not None:
        file.inputs({"mask": mask})
    file.inputs(params, "param/")
    file.goldens(exact, errors)
    return file


def plain_forward(params, x, mask, norm_first):
    """The same encoder in our names and layout (y = x @ weight + bias), float64 NumPy."""
    p = {name: value.astype(np.float64) for name, value in params.items()}
    eps = PRE_EPS if norm_first else POST_EPS
    x = x.astype(np.float64)
    batch, tokens, width = x.shape
    out = {}

    def block(x, at):
        def attend(y):
            return attention(linear(y, p, f"{at}.attention.qkv"))

        def attention(qkv):
            q, k, v = (
                part.reshape(batch, tokens, HEADS, width // HEADS).transpose(0, 2, 1, 3)
                for part in np.split(qkv, 3, axis=-1)
            )
            mixed = plain_attention(q, k, v, mask).transpose(0, 2, 1, 3).reshape(batch, tokens, width)
            return linear(mixed, p, f"{at}.attention.out")

        def mlp(y):
            return linear(gelu(linear(y, p, f"{at}.mlp.fc1")), p, f"{at}.mlp.fc2")

        if norm_first:
            x = x + attend(layer_norm(x, p, f"{at}.norm1", eps))
            return x + mlp(layer_norm(x, p, f"{at}.norm2", eps))
        x = layer_norm(x + attend(x), p, f"{at}.norm1", eps)
        return layer_norm(x + mlp(x), p, f"{at}.norm2", eps)

    for index in range(BLOCKS):
        x = out[f"out/block{index}"] = block(x, f"blocks.{index}")
    if norm_first:
        x = layer_norm(x, p, "norm", eps)
    out["out/encoder"] = x
    for index in range(3):
        x = linear(x, p, f"reduction.{index}")
        x = np.maximum(x, 0) if index < 2 else x
    out["out/reduced"] = x
    return out


def plain_attention(q, k, v, mask):
    """q [B, H, T, D], k and v [B, H, S, D], mask [B, S] or None -> [B, H, T, D]."""
    logits = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    if mask is not None:
        logits = np.where(mask[:, None, None, :] == 0, -np.inf, logits)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v


def linear(x, p, name):
    return x @ p[f"{name}.weight"] + p[f"{name}.bias"]


def layer_norm(x, p, name, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * p[f"{name}.weight"] + p[f"{name}.bias"]


def gelu(x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def files():
    folder = "packages/trunk/test/goldens"
    # A prefix, a mask with holes, a single token: the three shapes a padding mask can take.
    mask = [[1, 1, 1, 1, 1, 0, 0], [0, 1, 1, 0, 1, 0, 1], [1, 0, 0, 0, 0, 0, 0]]
    yield encoder_file(f"{folder}/encoder-prenorm.safetensors", True, 2, 6)
    yield encoder_file(f"{folder}/encoder-prenorm-masked.safetensors", True, 3, 7, mask)
    yield encoder_file(f"{folder}/encoder-postnorm.safetensors", False, 2, 6)
    yield encoder_file(f"{folder}/encoder-postnorm-masked.safetensors", False, 3, 7, mask)
