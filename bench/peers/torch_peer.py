"""PyTorch, eager, as its users write the work. Speaks bench/src/protocol.ts.

torch_peer.py BENCHMARK FOLDER cpu|cuda f32|f16; f16 is for matrices on a GPU: training runs under autocast, its weights stay f32.
"""

import contextlib
import json
import math
import os
import sys
import time


def reply(**message):
    sys.stdout.write("@bench " + json.dumps(message) + "\n")
    sys.stdout.flush()


def read_json(folder, name):
    with open(os.path.join(folder, name), encoding="utf8") as file:
        return json.load(file)


class Target:
    """Where the work is done, and in which precision."""

    def __init__(self, device, precision):
        self.device, self.precision = device, precision

    def place(self, x):
        import torch

        return x.to(self.device, torch.float16 if self.precision == "f16" else torch.float32)

    def autocast(self):
        import torch

        return torch.autocast("cuda", torch.float16) if self.precision == "f16" else contextlib.nullcontext()

    def finish(self):
        import torch

        if self.device == "cuda":
            torch.cuda.synchronize()


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

    first = y.detach().reshape(-1)[:1024].cpu().to(torch.float64)
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


# Each benchmark: a function that sets it up and gives (run, result); run takes the name of a case and may leave work queued on a GPU.


def encoder_of(folder, target):
    manifest = read_json(folder, "input.json")
    values = {name: value.to(target.device) for name, value in read_values(folder, manifest).items()}
    return manifest, values, build(manifest["model"], values).to(target.device)


def train_step(folder, target):
    import torch

    manifest, values, encoder = encoder_of(folder, target)
    encoder.train()
    options = manifest["optimiser"]
    groups = [
        {"params": [p for p in encoder.parameters() if p.ndim >= 2], "weight_decay": options["weightDecay"]},
        {"params": [p for p in encoder.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(
        groups, lr=options["learningRate"], betas=(options["beta1"], options["beta2"]), eps=options["eps"]
    )
    x, wanted = values["x"], values["target"]
    last = [None]

    def run(_name):
        adamw.zero_grad()
        with target.autocast():
            loss = (encoder(x) - wanted).square().mean()
        loss.backward()
        adamw.step()
        last[0] = loss.detach()

    return run, lambda: last[0].item()


def forward(folder, target):
    import torch

    _manifest, values, encoder = encoder_of(folder, target)
    encoder.eval()
    last = [None]

    def run(_name):
        with torch.no_grad(), target.autocast():
            last[0] = encoder(values["x"])

    return run, lambda: checksum(last[0])


def matmul(folder, target):
    import torch

    products = read_json(folder, "work.json")["products"]
    made, last = {}, [None]

    def at(name):
        if name not in made:
            p = products[name]
            leading = [] if p["batch"] == 1 else [p["batch"]]
            a = operand(1, leading + ([p["k"], p["m"]] if p["transA"] else [p["m"], p["k"]]))
            b = operand(2, leading + ([p["n"], p["k"]] if p["transB"] else [p["k"], p["n"]]))
            a, b = target.place(a), target.place(b)
            made[name] = (a.mT if p["transA"] else a, b.mT if p["transB"] else b)
        return made[name]

    def run(name):
        a, b = at(name)
        last[0] = None
        last[0] = torch.matmul(a, b)

    return run, lambda: checksum(last[0])


def attention(folder, target):
    import torch
    from torch.nn import functional

    size = read_json(folder, "work.json")["attention"]
    shape = [1, size["heads"], size["tokens"], size["depth"]]
    inputs = ((1, (2, -1)), (2, (2, -1)), (3, ()), (4, ()))
    q, k, v, g = (target.place(operand(seed, shape, *range_)) for seed, range_ in inputs)
    for x in (q, k, v):
        x.requires_grad_()
    fused = getattr(functional, "scaled_dot_product_attention", None)
    last = [None]

    def attend():
        if fused is not None:
            return fused(q, k, v)
        return torch.softmax(q @ k.mT * (1 / math.sqrt(size["depth"])), -1) @ v

    def run(name):
        last[0] = None
        if name == "attention forward":
            with torch.no_grad():
                last[0] = attend()
            return
        for x in (q, k, v):
            x.grad = None
        (attend() * g).sum().backward()
        last[0] = k.grad

    return run, lambda: checksum(last[0])


def elementwise(folder, target):
    import torch
    from torch.nn import functional

    size = read_json(folder, "work.json")["elementwise"]
    options, length = size["adamW"], size["rowLength"]
    x = target.place(operand(1, [size["rowCount"], length], 4, -2))
    gamma, beta = target.place(torch.ones(length)), target.place(torch.zeros(length))
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

    return run, lambda: checksum(last[0])


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


def backend_of(target):
    """(what the table shows, a note if its figures say nothing about PyTorch)"""
    import torch

    if target.device == "cuda":
        return f"{target.precision}, eager, {torch.cuda.get_device_name()}", None
    blas, note = blas_in_use()
    return f"native, eager, {blas}, {torch.get_num_threads()} threads", note


def measure(target, run, result, name, repeats):
    cpu_before, began = time.process_time(), time.perf_counter()
    for _ in range(repeats):
        run(name)
    target.finish()
    ms, cpu_ms = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu_before)
    reply(kind="measured", ms=ms / repeats, cpuMs=cpu_ms / repeats, value=result())


def failed(error):
    reply(kind="failed", message=str(error).split("\n")[0] or type(error).__name__)


def main(benchmark, folder, device, precision):
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError("PyTorch finds no CUDA device")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    target = Target(device, precision)
    repeats = read_json(folder, "work.json")["repeats"]
    run, result = benchmarks[benchmark](folder, target)
    backend, note = backend_of(target)
    reply(kind="ready", version=str(torch.__version__), backend=backend, note=note)
    for line in sys.stdin:
        name = line.rstrip("\n")
        try:
            measure(target, run, result, name, repeats.get(name, 1))
        except Exception as error:  # a case that fails leaves the others
            failed(error)


try:
    main(*sys.argv[1:])
except Exception as error:  # whatever it is, the benchmark prints one line and goes on
    failed(error)
    sys.exit(1)
