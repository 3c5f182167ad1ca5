"""PyTorch on the CPU, eager, as its users write the work. Speaks bench/src/protocol.ts."""

import json
import math
import os
import sys
import time


def reply(**message):
    sys.stdout.write("@bench " + json.dumps(message) + "\n")
    sys.stdout.flush()


def read_manifest(folder):
    with open(os.path.join(folder, "input.json"), encoding="utf8") as file:
        return json.load(file)


def read_values(folder, manifest):
    import torch

    with open(os.path.join(folder, "input.f32"), "rb") as file:
        flat = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    values, at = {}, 0
    for entry in manifest["entries"]:
        size = math.prod(entry["shape"])
        values[entry["name"]] = flat[at : at + size].reshape(entry["shape"]).clone()
        at += size
    return values


def operand(seed, shape, scale=1.0, shift=0.0):
    """src/operands.ts"""
    import torch

    i = torch.arange(math.prod(shape), dtype=torch.int64)
    u = ((7919 * i + 104729 * seed) % 10007).to(torch.float64)
    return (scale * u / 10007 + shift).to(torch.float32).reshape(shape)


def checksum(y):
    import torch

    first = y.detach().reshape(-1)[:1024].to(torch.float64)
    weights = 1 + torch.arange(first.numel()) % 7
    return float((weights * first.square()).sum())


def build(model, values):
    from torch import nn

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.blocks = nn.ModuleList(
                nn.TransformerEncoderLayer(
                    model["width"], model["heads"], model["feedForward"], dropout=0.0, activation="gelu",
                    layer_norm_eps=model["normEps"], batch_first=True, norm_first=True,
                )
                for _ in range(model["layers"])
            )
            self.norm = nn.LayerNorm(model["width"], eps=model["normEps"])

        def forward(self, x):
            for block in self.blocks:
                x = block(x)
            return self.norm(x)

    encoder = Encoder()
    places = {"norm.weight": encoder.norm.weight, "norm.bias": encoder.norm.bias}
    for index, block in enumerate(encoder.blocks):
        attention = block.self_attn
        parts = {
            "norm1": (block.norm1.weight, block.norm1.bias),
            "attention.qkv": (attention.in_proj_weight, attention.in_proj_bias),
            "attention.out": (attention.out_proj.weight, attention.out_proj.bias),
            "norm2": (block.norm2.weight, block.norm2.bias),
            "mlp.fc1": (block.linear1.weight, block.linear1.bias),
            "mlp.fc2": (block.linear2.weight, block.linear2.bias),
        }
        for name, (weight, bias) in parts.items():
            places[f"blocks.{index}.{name}.weight"] = weight
            places[f"blocks.{index}.{name}.bias"] = bias
    for name, place in places.items():
        value = values[name]
        place.data.copy_(value.T if value.ndim == 2 else value)  # torch keeps [out, in]
    return encoder


# Each benchmark: a function that sets it up and gives (run, result, repeats), all by the name of a case.


def once(_name):
    return 1


def train_step(folder):
    import torch

    manifest = read_manifest(folder)
    options, values = manifest["optimiser"], read_values(folder, manifest)
    encoder = build(manifest["model"], values).train()
    groups = [
        {"params": [p for p in encoder.parameters() if p.ndim >= 2], "weight_decay": options["weightDecay"]},
        {"params": [p for p in encoder.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(
        groups, lr=options["learningRate"], betas=(options["beta1"], options["beta2"]), eps=options["eps"]
    )
    x, target = values["x"], values["target"]
    last = [math.nan]

    def run(_name):
        adamw.zero_grad()
        loss = (encoder(x) - target).square().mean()
        loss.backward()
        adamw.step()
        last[0] = loss.item()

    return run, lambda: last[0], once


def forward(folder):
    import torch

    manifest = read_manifest(folder)
    values = read_values(folder, manifest)
    encoder = build(manifest["model"], values).eval()
    last = [None]

    def run(_name):
        with torch.no_grad():
            last[0] = encoder(values["x"])

    return run, lambda: checksum(last[0]), once


def matmul(folder):
    import torch

    products = read_manifest(folder)["products"]
    made, last = {}, [None]

    def at(name):
        if name not in made:
            p = products[name]
            leading = [] if p["batch"] == 1 else [p["batch"]]
            a = operand(1, leading + ([p["k"], p["m"]] if p["transA"] else [p["m"], p["k"]]))
            b = operand(2, leading + ([p["n"], p["k"]] if p["transB"] else [p["k"], p["n"]]))
            made[name] = (a.mT if p["transA"] else a, b.mT if p["transB"] else b)
        return made[name]

    def run(name):
        a, b = at(name)
        for _ in range(products[name]["repeats"]):
            last[0] = torch.matmul(a, b)

    return run, lambda: checksum(last[0]), lambda name: products[name]["repeats"]


def attention(folder):
    import torch
    from torch.nn import functional

    size = read_manifest(folder)["attention"]
    shape = [1, size["heads"], size["tokens"], size["depth"]]
    q, k, v, g = (operand(seed, shape, *range_) for seed, range_ in ((1, (2, -1)), (2, (2, -1)), (3, ()), (4, ())))
    for x in (q, k, v):
        x.requires_grad_()
    fused = getattr(functional, "scaled_dot_product_attention", None)

    def run(_name):
        for x in (q, k, v):
            x.grad = None
        if fused is not None:
            out = fused(q, k, v)
        else:
            out = torch.softmax(q @ k.mT * (1 / math.sqrt(size["depth"])), -1) @ v
        (out * g).sum().backward()

    return run, lambda: checksum(k.grad), once


def elementwise(folder):
    import torch
    from torch.nn import functional

    size = read_manifest(folder)["elementwise"]
    options, length = size["adamW"], size["rowLength"]
    x = operand(1, [size["rowCount"], length], 4, -2)
    gamma, beta = torch.ones(length), torch.zeros(length)
    copied = torch.empty_like(x)
    last, optimizers = [None], []

    def adamw():
        if not optimizers:
            p = torch.nn.Parameter(torch.zeros_like(x))
            p.grad = x.clone()
            optimizers.append((p, torch.optim.AdamW(
                [p], lr=options["learningRate"], betas=(options["beta1"], options["beta2"]), eps=options["eps"],
                weight_decay=options["weightDecay"],
            )))
        p, optimizer = optimizers[0]
        torch.nn.utils.clip_grad_norm_([p], options["maxNorm"])
        optimizer.step()
        return p

    works = {
        "copy": lambda: copied.copy_(x),
        "softmax": lambda: torch.softmax(x, -1),
        "layer norm": lambda: functional.layer_norm(x, [length], gamma, beta, 1e-5),
        "gelu": lambda: functional.gelu(x),
        "adamw": adamw,
    }

    def run(name):
        last[0] = None
        last[0] = works[name]()

    return run, lambda: checksum(last[0]), once


benchmarks = {
    "train-step": train_step, "forward": forward, "matmul": matmul, "attention": attention, "elementwise": elementwise,
}


def blas_in_use():
    """(name, a note if its figures say nothing about PyTorch). Debian links whatever libblas.so.3 the system has."""
    import torch

    torch.ones(64, 64) @ torch.ones(64, 64)  # loads it
    try:
        with open("/proc/self/maps", encoding="utf8") as file:
            loaded = file.read().lower()
    except OSError:
        loaded = ""
    if "openblas" in loaded:
        return "OpenBLAS", None
    if torch.backends.mkl.is_available():
        return "MKL", None
    if "/libblas.so.3" in loaded:
        slow = "pytorch-cpu runs on the reference BLAS, tens of times slower than OpenBLAS: its ratio says nothing here"
        return "reference BLAS", slow + " (apt install libopenblas0-pthread)"
    return "unknown BLAS", None


def main(benchmark, folder):
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    run, result, repeats = benchmarks[benchmark](folder)
    blas, note = blas_in_use()
    backend = f"native, eager, {blas}, {torch.get_num_threads()} threads"
    reply(kind="ready", version=str(torch.__version__), backend=backend, note=note)
    for line in sys.stdin:
        name = line.rstrip("\n")
        cpu_before, began = time.process_time(), time.perf_counter()
        run(name)
        ms, cpu_ms = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu_before)
        times = repeats(name)
        reply(kind="measured", ms=ms / times, cpuMs=cpu_ms / times, value=result())


try:
    main(sys.argv[1], sys.argv[2])
except Exception as error:  # whatever it is, the benchmark prints one line and goes on
    reply(kind="failed", message=str(error).split("\n")[0] or type(error).__name__)
    sys.exit(1)
