"""nn.MultiheadAttention of separate queries, keys and values, under nn's MultiHeadAttention's names."""

import math

import torch
from torch import nn

from encoder import in_our_layout
from golden import GoldenFile, both, generator, i32, normal, tensor

WIDTH, HEADS = 8, 2


def attention_file(case, about, batch, tokens, mask=None, causal=False, bias=False):
    path = f"packages/nn/test/goldens/multi-head-attention-{case}.safetensors"
    random = generator(path)
    names = ["query", "key", "value"][: len(tokens)]
    inputs = {name: normal(random, (batch, n, WIDTH)) for name, n in zip(names, tokens)}
    queries, keys = tokens[0], tokens[-1]
    if bias:
        inputs["bias"] = normal(random, (queries, keys))
    params = {
        "inProjection.weight": normal(random, (WIDTH, 3 * WIDTH), 1 / math.sqrt(WIDTH)),
        "inProjection.bias": normal(random, (3 * WIDTH,), 0.2),
        "out.weight": normal(random, (WIDTH, WIDTH), 1 / math.sqrt(WIDTH)),
        "out.bias": normal(random, (WIDTH,), 0.2),
    }
    target = normal(random, (batch, queries, WIDTH))

    def compute(dtype):
        model = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True, dtype=dtype)
        with torch.no_grad():
            model.in_proj_weight.copy_(torch.from_numpy(params["inProjection.weight"].T.copy()))
            model.in_proj_bias.copy_(torch.from_numpy(params["inProjection.bias"]))
            model.out_proj.weight.copy_(torch.from_numpy(params["out.weight"].T.copy()))
            model.out_proj.bias.copy_(torch.from_numpy(params["out.bias"]))
        given = {name: tensor(array, dtype, requires_grad=True) for name, array in inputs.items()}
        query = given["query"]
        key = given.get("key", query)
        value = given.get("value", key)
        hidden = torch.ones(queries, keys, dtype=torch.bool).triu(1) if causal else given.get("bias")
        padding = None if mask is None else torch.from_numpy(i32(mask) == 0)
        output, _ = model(query, key, value, attn_mask=hidden, key_padding_mask=padding, need_weights=False)
        loss = (output - tensor(target, dtype)).square().mean()
        loss.backward()
        return {
            "out/output": output, "out/loss": loss,
            **{f"grad/input/{name}": x.grad for name, x in given.items()},
            "grad/inProjection.weight": in_our_layout(model.in_proj_weight.grad, True),
            "grad/inProjection.bias": model.in_proj_bias.grad,
            "grad/out.weight": in_our_layout(model.out_proj.weight.grad, True),
            "grad/out.bias": model.out_proj.bias.grad,
        }

    exact, errors = both(compute)
    file = GoldenFile(
        path, f"{about} loss = mean((output - target)^2).",
        config={"width": WIDTH, "heads": HEADS, "causal": causal},
    )
    file.inputs({f"input/{name}": array for name, array in inputs.items()})
    file.inputs({f"param/{name}": array for name, array in params.items()})
    file.inputs({"target": target})
    if mask is not None:
        file.inputs({"mask": i32(mask)})
    file.goldens(exact, errors)
    return file


def files():
    yield attention_file("self", "Of one sequence to itself.", 2, [4], [[1, 1, 1, 0], [1, 0, 1, 1]])
    yield attention_file("cross", "Keys and values are one sequence.", 2, [3, 4], [[1, 1, 0, 0], [1, 0, 1, 1]])
    yield attention_file("causal", "Three sequences; query i sees keys 0 to i.", 2, [3, 5, 5], causal=True)
    yield attention_file("bias", "Three sequences; a bias on every score, and padding.", 2, [3, 4, 4],
                         [[1, 1, 0, 1], [0, 1, 1, 1]], bias=True)
