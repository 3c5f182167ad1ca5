"""AdamW on a small encoder, AdamW on given gradients, and the warm-up + cosine schedule."""

import math

import numpy as np
import torch

from encoder import BLOCKS, HEADS, HIDDEN, REDUCTION, WIDTH, PRE_EPS, Encoder, in_our_layout, make_case
from golden import GoldenFile, both, generator, normal, own_error, tensor

FOLDER = "packages/nn/test/goldens"
ADAMW = {"betas": (0.9, 0.95), "eps": 1e-8}
DECAY, LEARNING_RATE, MAX_NORM = 0.05, 1e-2, 1.0


def adamw_file(steps=10):
    path = f"{FOLDER}/adamw.safetensors"
    params, x, target, _ = make_case(path, True, 2, 6)

    def compute(dtype):
        model = Encoder(True, dtype).load(params)
        mapping = model.mapping()
        groups = [
            {"params": [p for _, p, _ in mapping if p.ndim >= 2], "weight_decay": DECAY},
            {"params": [p for _, p, _ in mapping if p.ndim < 2], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE, foreach=False, **ADAMW)
        losses, norms = [], []
        for _ in range(steps):
            optimiser.zero_grad()
            loss = (model(tensor(x, dtype))["out/reduced"] - tensor(target, dtype)).square().mean()
            loss.backward()
            norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM))
            losses.append(loss.detach())
            optimiser.step()
        out = {"out/losses": torch.stack(losses), "out/gradNorms": torch.stack(norms)}
        for name, parameter, transposed in mapping:
            state = optimiser.state[parameter]
            out[f"final/{name}"] = in_our_layout(parameter, transposed)
            out[f"expAvg/{name}"] = in_our_layout(state["exp_avg"], transposed)
            out[f"expAvgSq/{name}"] = in_our_layout(state["exp_avg_sq"], transposed)
            # The softmax ignores what is added to every key's logit alike, so the key third of a qkv bias has a
            # gradient of pure rounding noise, which Adam scales up. Its own error is told apart, lest it loosen the
            # other two thirds.
            if name.endswith("qkv.bias"):
                for kind in ("final", "expAvg", "expAvgSq"):
                    for letter, third in zip("qkv", out[f"{kind}/{name}"].chunk(3)):
                        out[f"{kind}/{name}[{letter}]"] = third
        return out

    exact, errors = both(compute)
    norms = exact["out/gradNorms"]
    assert norms.max() > MAX_NORM > norms.min(), f"clipping should act on some steps and not on others: {norms}"

    file = GoldenFile(
        path, "Ten steps of clip_grad_norm_ and AdamW on the pre-norm encoder; losses and norms are from before each step.",
        config={
            "batch": 2, "tokens": 6, "width": WIDTH, "heads": HEADS, "hidden": HIDDEN, "blocks": BLOCKS,
            "reduction": REDUCTION[1:], "norm": "pre", "layerNormEps": PRE_EPS, "steps": steps,
            "learningRate": LEARNING_RATE, "beta1": ADAMW["betas"][0], "beta2": ADAMW["betas"][1], "eps": ADAMW["eps"],
            "weightDecay": DECAY, "weightDecayOn": "tensors of rank >= 2", "maxNorm": MAX_NORM,
            "clip": "grad *= min(1, maxNorm / (norm + 1e-6))",
        },
    )
    file.inputs({"input": x, "target": target})
    file.inputs(params, "param/")
    file.goldens({name: value for name, value in exact.items() if not name.endswith("]")}, errors)
    return file


def warmup_cosine(step, base, minimum, warmup, total):
    """step < warmup: base (step + 1) / warmup; then
    minimum + (base - minimum) (1 + cos(pi (step - warmup) / (total - warmup))) / 2.
    """
    if step < warmup:
        return base * (step + 1) / warmup
    return minimum + (base - minimum) * (1 + math.cos(math.pi * (step - warmup) / (total - warmup))) / 2


def adamw_plain_file(steps=20):
    path = f"{FOLDER}/adamw-plain.safetensors"
    random = generator(path)
    # One row, so that the rank is 2 and the weight decay applies by the same rule as above.
    start = normal(random, (1, 37))
    # From gradients far under eps to large ones; one element never moves, and signs change from step to step.
    scales = 10.0 ** np.linspace(-10, 3, 37)
    scales[5] = 0
    gradients = np.asarray(random.standard_normal((steps, 1, 37)) * scales, dtype=np.float32)
    schedule = {"base": 1e-2, "minimum": 1e-4, "warmup": 5, "total": steps}
    rates = np.asarray([warmup_cosine(step, **schedule) for step in range(steps)], dtype=np.float32)

    def compute(dtype):
        parameter = tensor(start, dtype, requires_grad=True)
        optimiser = torch.optim.AdamW([parameter], lr=0.0, weight_decay=DECAY, foreach=False, **ADAMW)
        trail = []
        for step in range(steps):
            optimiser.param_groups[0]["lr"] = float(rates[step])
            parameter.grad = tensor(gradients[step], dtype)
            optimiser.step()
            trail.append(parameter.detach().clone())
        state = optimiser.state[parameter]
        return {"out/params": torch.stack(trail), "expAvg": state["exp_avg"], "expAvgSq": state["exp_avg_sq"]}

    file = GoldenFile(
        path, "AdamW on one tensor with given gradients; out/params[s] is the tensor after step s. No clipping.",
        config={
            "steps": steps, "beta1": ADAMW["betas"][0], "beta2": ADAMW["betas"][1], "eps": ADAMW["eps"],
            "weightDecay": DECAY, "schedule": schedule, "learningRate": "the tensor of that name, rounded to float32",
        },
    )
    file.inputs({"param": start, "grad": gradients, "learningRate": rates})
    file.goldens(*both(compute))
    return file


def schedule_in_float32(base, minimum, warmup, total):
    base, minimum, pi = np.float32(base), np.float32(minimum), np.float32(math.pi)
    step = np.arange(total, dtype=np.float32)
    rising = base * (step + 1) / np.float32(max(warmup, 1))
    falling = minimum + (base - minimum) * (1 + np.cos(pi * (step - np.float32(warmup)) / np.float32(total - warmup))) / 2
    rates = np.where(step < warmup, rising, falling)
    assert rates.dtype == np.float32
    return rates.astype(np.float64)


def schedule_file():
    """By torch's LambdaLR, the factor being warmup_cosine / base; own error is that of the formula in float32."""
    cases = {
        "toMinimum": {"base": 1e-3, "minimum": 1e-5, "warmup": 10, "total": 100},
        "toZero": {"base": 3e-4, "minimum": 0.0, "warmup": 10, "total": 100},
        "noWarmup": {"base": 1e-2, "minimum": 1e-3, "warmup": 0, "total": 100},
    }
    file = GoldenFile(
        f"{FOLDER}/schedule.safetensors",
        "<case>/lr[s] for steps s = 0..99. s < warmup: base (s + 1) / warmup; then "
        "minimum + (base - minimum) (1 + cos(pi (s - warmup) / (total - warmup))) / 2.",
        cases=list(cases), **cases,
    )
    for name, case in cases.items():
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=case["base"])
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: warmup_cosine(step, **case) / case["base"])
        rates = []
        for _ in range(case["total"]):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            scheduler.step()
        rates = np.asarray(rates, dtype=np.float64)
        file.goldens({"lr": rates}, {"lr": own_error(rates, schedule_in_float32(**case))}, f"{name}/")
    return file


def files():
    yield adamw_file()
    yield adamw_plain_file()
    yield schedule_file()
