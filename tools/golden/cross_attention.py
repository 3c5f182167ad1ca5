"""One direction of the fusion, by nn.MultiheadAttention: a + MHA(query = normQuery(a), key and value = normContext(b))."""

import math

import numpy as np
import torch
from torch import nn

from encoder import in_our_layout, layer_norm, linear, plain_attention
from golden import GoldenFile, both, generator, i32, normal, tensor

WIDTH, HEADS, EPS = 16, 4, 1e-5


class CrossAttention(nn.Module):
    def __init__(self, dtype):
        super().__init__()
        self.norm_query = nn.LayerNorm(WIDTH, eps=EPS, dtype=dtype)
        self.norm_context = nn.LayerNorm(WIDTH, eps=EPS, dtype=dtype)
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True, dtype=dtype)

    def forward(self, a, b, padding):
        context = self.norm_context(b)
        attended, _ = self.attention(
            self.norm_query(a), context, context, key_padding_mask=padding, need_weights=False
        )
        return attended, a + attended

    def load(self, params):
        """torch packs query | key | value as rows of in_proj; ours are `query` and `keyValue`, [in, out]."""
        value = {name: torch.from_numpy(array).to(self.attention.in_proj_weight.dtype) for name, array in params.items()}
        attention = self.attention
        with torch.no_grad():
            for name, norm in (("normQuery", self.norm_query), ("normContext", self.norm_context)):
                norm.weight.copy_(value[f"{name}.weight"])
                norm.bias.copy_(value[f"{name}.bias"])
            query, key_value = value["attention.query.weight"].T, value["attention.keyValue.weight"].T
            attention.in_proj_weight.copy_(torch.cat([query, key_value]))
            attention.in_proj_bias.copy_(torch.cat([value["attention.query.bias"], value["attention.keyValue.bias"]]))
            attention.out_proj.weight.copy_(value["attention.out.weight"].T)
            attention.out_proj.bias.copy_(value["attention.out.bias"])
        return self

    def gradients(self):
        weight, bias = self.attention.in_proj_weight.grad, self.attention.in_proj_bias.grad
        out = self.attention.out_proj
        return {
            "normQuery.weight": self.norm_query.weight.grad,
            "normQuery.bias": self.norm_query.bias.grad,
            "normContext.weight": self.norm_context.weight.grad,
            "normContext.bias": self.norm_context.bias.grad,
            "attention.query.weight": in_our_layout(weight[:WIDTH], True),
            "attention.query.bias": bias[:WIDTH],
            "attention.keyValue.weight": in_our_layout(weight[WIDTH:], True),
            "attention.keyValue.bias": bias[WIDTH:],
            "attention.out.weight": in_our_layout(out.weight.grad, True),
            "attention.out.bias": out.bias.grad,
        }


def make_params(random):
    def layer(name, width_in, width_out):
        weight = normal(random, (width_in, width_out), 1 / math.sqrt(width_in))
        return {f"{name}.weight": weight, f"{name}.bias": normal(random, (width_out,), 0.2)}

    def norm(name):
        return {f"{name}.weight": normal(random, (WIDTH,), 0.2, 1.0), f"{name}.bias": normal(random, (WIDTH,), 0.2)}

    return {
        **norm("normQuery"), **norm("normContext"),
        **layer("attention.query", WIDTH, WIDTH), **layer("attention.keyValue", WIDTH, 2 * WIDTH),
        **layer("attention.out", WIDTH, WIDTH),
    }


def plain_forward(params, a, b, mask):
    p = {name: value.astype(np.float64) for name, value in params.items()}
    a, b = a.astype(np.float64), b.astype(np.float64)

    def split(x):
        return x.reshape(x.shape[0], x.shape[1], HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

    q = split(linear(layer_norm(a, p, "normQuery", EPS), p, "attention.query"))
    k, v = np.split(linear(layer_norm(b, p, "normContext", EPS), p, "attention.keyValue"), 2, axis=-1)
    mixed = plain_attention(q, split(k), split(v), mask).transpose(0, 2, 1, 3).reshape(a.shape)
    return a + linear(mixed, p, "attention.out")


def cross_attention_file(path, batch, query_tokens, context_tokens, mask=None):
    random = generator(path)
    params = make_params(random)
    a = normal(random, (batch, query_tokens, WIDTH))
    b = normal(random, (batch, context_tokens, WIDTH))
    target = normal(random, (batch, query_tokens, WIDTH))
    mask = None if mask is None else i32(mask)

    def compute(dtype):
        model = CrossAttention(dtype).load(params)
        query, context = tensor(a, dtype, requires_grad=True), tensor(b, dtype, requires_grad=True)
        attended, output = model(query, context, None if mask is None else torch.from_numpy(mask == 0))
        loss = (output - tensor(target, dtype)).square().mean()
        loss.backward()
        return {
            "out/attended": attended, "out/output": output, "out/loss": loss,
            "grad/input/query": query.grad, "grad/input/context": context.grad,
            **{f"grad/{name}": value for name, value in model.gradients().items()},
        }

    exact, errors = both(compute)
    difference = np.max(np.abs(plain_forward(params, a, b, mask) - exact["out/output"]))
    assert difference < 1e-12, f"{path}: disagrees with the written-out formula by {difference}"

    file = GoldenFile(
        path, "output = query + MHA(normQuery(query), normContext(context)). loss = mean((output - target)^2).",
        config={
            "batch": batch, "queryTokens": query_tokens, "contextTokens": context_tokens, "width": WIDTH,
            "heads": HEADS, "eps": EPS,
            "mask": None if mask is None else "[batch, contextTokens], 1 = token exists, 0 = its key gets -inf",
        },
    )
    file.inputs({"input/query": a, "input/context": b, "target": target})
    if mask is not None:
        file.inputs({"mask": mask})
    file.inputs(params, "param/")
    file.goldens(exact, errors)
    return file


def files():
    folder = "packages/fusion/test/goldens"
    mask = [[1, 1, 1, 1, 0, 0, 0], [0, 1, 0, 1, 1, 0, 1], [0, 0, 1, 0, 0, 0, 0]]
    yield cross_attention_file(f"{folder}/cross-attention.safetensors", 2, 5, 7)
    yield cross_attention_file(f"{folder}/cross-attention-masked.safetensors", 3, 5, 7, mask)
