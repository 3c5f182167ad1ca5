"""The training step in PyTorch, eager, on the CPU: torch's own encoder layers and AdamW. Speaks bench/src/protocol.ts."""

import json
import os
import sys
import time


def reply(**message):
    sys.stdout.write("@bench " + json.dumps(message) + "\n")
    sys.stdout.flush()


def read_input(folder):
    import torch

    with open(os.path.join(folder, "input.json"), encoding="utf8") as file:
        manifest = json.load(file)
    with open(os.path.join(folder, "input.f32"), "rb") as file:
        flat = torch.frombuffer(bytearray(file.read()), dtype=torch.float32)
    values, at = {}, 0
    for entry in manifest["entries"]:
        size = 1
        for dimension in entry["shape"]:
            size *= dimension
        values[entry["name"]] = flat[at : at + size].reshape(entry["shape"]).clone()
        at += size
    return manifest["model"], manifest["optimiser"], values


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
    return encoder.train()


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


def main(folder):
    import torch

    torch.set_num_threads(os.cpu_count() or 1)
    model, options, values = read_input(folder)
    encoder = build(model, values)
    groups = [
        {"params": [p for p in encoder.parameters() if p.ndim >= 2], "weight_decay": options["weightDecay"]},
        {"params": [p for p in encoder.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    adamw = torch.optim.AdamW(
        groups, lr=options["learningRate"], betas=(options["beta1"], options["beta2"]), eps=options["eps"]
    )
    x, target = values["x"], values["target"]
    blas, note = blas_in_use()
    backend = f"native, eager, {blas}, {torch.get_num_threads()} threads"
    reply(kind="ready", version=str(torch.__version__), backend=backend, note=note)
    while sys.stdin.readline():
        cpu_before, began = time.process_time(), time.perf_counter()
        adamw.zero_grad()
        loss = (encoder(x) - target).square().mean()
        loss.backward()
        adamw.step()
        value = loss.item()
        ms, cpu_ms = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - cpu_before)
        reply(kind="measured", ms=ms, cpuMs=cpu_ms, value=value)


try:
    main(sys.argv[1])
except Exception as error:  # whatever it is, the benchmark prints one line and goes on
    reply(kind="failed", message=str(error).split("\n")[0] or type(error).__name__)
    sys.exit(1)
