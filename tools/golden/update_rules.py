"""Every optimiser on given gradients and on a small regression, the moving average of weights, and the schedules.

LAMB and Lion are not in torch.optim: they stand here as the formulae of their papers.
"""

import numpy as np
import torch

from golden import GoldenFile, both, f32, generator, normal, own_error, tensor

FOLDER = "packages/nn/test/goldens"
STEPS = 20
KEPT = [0, 1, 4, 19]
RATE = {"SGD": 0.05, "Adam": 1e-2, "AdamW": 1e-2, "LAMB": 2e-2, "Lion": 1e-2}


class LAMB(torch.optim.Optimizer):
    """You et al. 2020, algorithm 2, phi(z) = z."""

    def __init__(self, groups, lr, betas, eps):
        super().__init__(groups, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                s = self.state[p]
                if not s:
                    s.update(t=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                s["t"] += 1
                s["m"] = b1 * s["m"] + (1 - b1) * p.grad
                s["v"] = b2 * s["v"] + (1 - b2) * p.grad**2
                r = (s["m"] / (1 - b1 ** s["t"])) / ((s["v"] / (1 - b2 ** s["t"])).sqrt() + group["eps"])
                u = r + group["weight_decay"] * p
                size, length = p.norm(), u.norm()
                ratio = size / length if size > 0 and length > 0 else 1.0
                p.sub_(group["lr"] * ratio * u)


class Lion(torch.optim.Optimizer):
    """Chen et al. 2023, algorithm 2."""

    def __init__(self, groups, lr, betas):
        super().__init__(groups, {"lr": lr, "betas": betas, "weight_decay": 0.0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                s = self.state[p]
                if not s:
                    s["m"] = torch.zeros_like(p)
                c = b1 * s["m"] + (1 - b1) * p.grad
                p.sub_(group["lr"] * (c.sign() + group["weight_decay"] * p))
                s["m"] = b2 * s["m"] + (1 - b2) * p.grad


# name: (optimiser, options by the names of our API)
CASES = {
    "sgd": ("SGD", {}),
    "sgdDecay": ("SGD", {"weightDecay": 0.1}),
    "sgdMomentum": ("SGD", {"momentum": 0.9, "dampening": 0.3, "weightDecay": 0.1}),
    "sgdNesterov": ("SGD", {"momentum": 0.9, "nesterov": True, "weightDecay": 0.1}),
    "adam": ("Adam", {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}),
    "adamDecay": ("Adam", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-6, "weightDecay": 0.1}),
    "adamAmsgrad": ("Adam", {"beta1": 0.9, "beta2": 0.9, "eps": 1e-8, "weightDecay": 0.05, "amsgrad": True}),
    "adamw": ("AdamW", {"beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weightDecay": 0.1}),
    "adamwSlow": ("AdamW", {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weightDecay": 0.01}),
    "lamb": ("LAMB", {"beta1": 0.9, "beta2": 0.999, "eps": 1e-6, "weightDecay": 0.0}),
    "lambDecay": ("LAMB", {"beta1": 0.8, "beta2": 0.95, "eps": 1e-6, "weightDecay": 0.1}),
    "lion": ("Lion", {"beta1": 0.9, "beta2": 0.99}),
    "lionDecay": ("Lion", {"beta1": 0.95, "beta2": 0.98, "weightDecay": 0.1}),
}


def make(name, weights):
    kind, o = CASES[name]
    # Decay on matrices only, the rule of our parameters.
    groups = [
        {"params": [w for w in weights if w.ndim >= 2], "weight_decay": o.get("weightDecay", 0.0)},
        {"params": [w for w in weights if w.ndim < 2], "weight_decay": 0.0},
    ]
    betas = (o.get("beta1"), o.get("beta2"))
    if kind == "SGD":
        own = {key: o[key] for key in ("momentum", "dampening", "nesterov") if key in o}
        return torch.optim.SGD(groups, lr=RATE[kind], foreach=False, **own)
    if kind == "Adam":
        amsgrad = o.get("amsgrad", False)
        return torch.optim.Adam(groups, lr=RATE[kind], betas=betas, eps=o["eps"], amsgrad=amsgrad, foreach=False)
    if kind == "AdamW":
        return torch.optim.AdamW(groups, lr=RATE[kind], betas=betas, eps=o["eps"], foreach=False)
    if kind == "LAMB":
        return LAMB(groups, RATE[kind], betas, o["eps"])
    return Lion(groups, RATE[kind], betas)


def metadata():
    cases = {name: {"optimizer": kind, "lr": RATE[kind], "options": o} for name, (kind, o) in CASES.items()}
    return {"cases": cases, "steps": STEPS, "kept": KEPT}


def given_file():
    path = f"{FOLDER}/optimisers-given.safetensors"
    random = generator(path)
    w, b = normal(random, (3, 5)), normal(random, (7,))
    grads = {"w": normal(random, (STEPS, 3, 5)), "b": normal(random, (STEPS, 7))}
    grads["b"][:, 2] = 0

    def compute(dtype):
        out = {}
        for name in CASES:
            weights = [tensor(w, dtype, True), tensor(b, dtype, True)]
            optimiser = make(name, weights)
            trail = []
            for step in range(STEPS):
                for parameter, g in zip(weights, ("w", "b")):
                    parameter.grad = tensor(grads[g][step], dtype)
                optimiser.step()
                trail.append([parameter.detach().clone() for parameter in weights])
            for i, g in enumerate("wb"):
                out[f"{name}/{g}"] = torch.stack([trail[k][i] for k in KEPT])
        # average += (1 - decay) (weight - average), over b that walks along its gradients
        average, walker = tensor(b, dtype), tensor(b, dtype)
        warm = average.clone()
        for step in range(STEPS):
            walker = walker + tensor(grads["b"][step], dtype)
            average = 0.9 * average + (1 - 0.9) * walker
            decay = min(0.9, (1 + step) / (10 + step))
            warm = decay * warm + (1 - decay) * walker
        out["ema/plain"], out["ema/warm"] = average, warm
        return out

    file = GoldenFile(
        path, "<case>/w and <case>/b: the tensors after the steps `kept`, with given gradients. ema: see the script.",
        **metadata(),
    )
    file.inputs({"w": w, "b": b, "grad/w": grads["w"], "grad/b": grads["b"]})
    file.goldens(*both(compute))
    return file


def regression_file():
    path = f"{FOLDER}/optimisers-regression.safetensors"
    random = generator(path)
    x, y = normal(random, (6, 3)), normal(random, (6, 2))
    start = {"w1": normal(random, (3, 4), 0.5), "b1": normal(random, (4,), 0.1), "w2": normal(random, (4, 2), 0.5)}

    def compute(dtype):
        out = {}
        for name in CASES:
            weights = {key: tensor(value, dtype, True) for key, value in start.items()}
            optimiser = make(name, list(weights.values()))
            losses = []
            for _ in range(STEPS):
                optimiser.zero_grad()
                hidden = torch.tanh(tensor(x, dtype) @ weights["w1"] + weights["b1"])
                loss = (hidden @ weights["w2"] - tensor(y, dtype)).square().mean()
                loss.backward()
                losses.append(loss.detach())
                optimiser.step()
            out[f"{name}/losses"] = torch.stack(losses)
            for key, value in weights.items():
                out[f"{name}/{key}"] = value
        return out

    file = GoldenFile(path, "mean((tanh(x w1 + b1) w2 - y)²): the loss before each step, the weights after the last.", **metadata())
    file.inputs({"x": x, "y": y, **{f"param/{key}": value for key, value in start.items()}})
    file.goldens(*both(compute))
    return file


def schedules_file():
    lr = torch.optim.lr_scheduler
    total, base = 40, 0.3
    cases = {
        "linearWarmup": (base, lambda o: lr.LinearLR(o, start_factor=1 / 8, end_factor=1, total_iters=7)),
        "linearDecay": (base, lambda o: lr.LinearLR(o, start_factor=1, end_factor=0.1, total_iters=30)),
        "polynomialDecay": (base, lambda o: lr.PolynomialLR(o, total_iters=30, power=2.5)),
        "stepDecay": (base, lambda o: lr.StepLR(o, step_size=7, gamma=0.5)),
        "multiStepDecay": (base, lambda o: lr.MultiStepLR(o, milestones=[3, 10, 10, 31], gamma=0.7)),
        "exponentialDecay": (base, lambda o: lr.ExponentialLR(o, gamma=0.93)),
        "cosineRestarts": (base, lambda o: lr.CosineAnnealingWarmRestarts(o, T_0=9, eta_min=0.01)),
        "cosineRestartsLonger": (base, lambda o: lr.CosineAnnealingWarmRestarts(o, T_0=5, T_mult=2, eta_min=0.01)),
        "oneCycle": (base, lambda o: lr.OneCycleLR(o, max_lr=base, total_steps=total)),
        "oneCycleLinear": (
            base,
            lambda o: lr.OneCycleLR(
                o, max_lr=base, total_steps=total, pct_start=0.21, anneal_strategy="linear", div_factor=10, final_div_factor=50
            ),
        ),
        "sequence": (
            base,
            lambda o: lr.SequentialLR(
                o, [lr.ConstantLR(o, factor=1.0), lr.ExponentialLR(o, gamma=0.9)], milestones=[6]
            ),
        ),
    }
    file = GoldenFile(f"{FOLDER}/schedules.safetensors", "<case>[s], s = 0..39: the rates of torch.optim.lr_scheduler.", base=base)
    for name, (start, build) in cases.items():
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=start)
        scheduler = build(optimiser)
        rates = []
        for step in range(total):
            rates.append(optimiser.param_groups[0]["lr"])
            optimiser.step()
            if step + 1 < total:
                scheduler.step()
        rates = np.asarray(rates, dtype=np.float64)
        file.goldens({name: rates}, {name: own_error(rates, f32(rates).astype(np.float64))})
    return file


def files():
    yield given_file()
    yield regression_file()
    yield schedules_file()
