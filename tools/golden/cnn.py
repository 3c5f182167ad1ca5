"""A small convolutional network in training: torch.nn's layers, torch.optim.SGD with Nesterov momentum, eight batches."""

import math

import numpy as np
import torch
from torch import nn

from golden import GoldenFile, both, generator, i32, normal, tensor

PATH = "packages/nn/test/goldens/cnn.safetensors"
STEPS, BATCH, CHANNELS, SIZE, CLASSES = 8, 6, 2, 8, 5
OPTIONS = {"momentum": 0.9, "nesterov": True, "weightDecay": 0.01}
RATE, SMOOTHING, NORM_MOMENTUM = 0.05, 0.1, 0.2


class Network(nn.Module):
    def __init__(self, dtype):
        super().__init__()
        # Without bias: the normalisation takes it away again, and its gradient would be rounding noise.
        self.conv1 = nn.Conv2d(CHANNELS, 4, 3, padding=1, bias=False, dtype=dtype)
        self.norm = nn.BatchNorm2d(4, momentum=NORM_MOMENTUM, dtype=dtype)
        self.conv2 = nn.Conv2d(4, 6, 3, padding=1, groups=2, dtype=dtype)
        self.head = nn.Linear(6 * 3 * 2, CLASSES, dtype=dtype)

    def mapping(self):
        """[(our name, torch parameter, stored transposed)]: torch keeps [out, in] of a linear layer, we keep [in, out]."""
        return [
            ("conv1.weight", self.conv1.weight, False),
            ("norm.weight", self.norm.weight, False),
            ("norm.bias", self.norm.bias, False),
            ("norm.runningMean", self.norm.running_mean, False),
            ("norm.runningVariance", self.norm.running_var, False),
            ("conv2.weight", self.conv2.weight, False),
            ("conv2.bias", self.conv2.bias, False),
            ("head.weight", self.head.weight, True),
            ("head.bias", self.head.bias, False),
        ]

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.norm(self.conv1(x))), 2)  # [B, 4, 4, 4]
        x = nn.functional.adaptive_avg_pool2d(self.conv2(x), (3, 2))  # windows of three overlap
        return self.head(x.flatten(1))


def start(random):
    """Nothing is left at a default, running statistics included."""
    params = {}
    for name, value, transposed in Network(torch.float64).mapping():
        shape = tuple(value.shape[::-1]) if transposed else tuple(value.shape)
        if len(shape) > 1:
            fan = shape[0] if len(shape) == 2 else math.prod(shape[1:])
            params[name] = normal(random, shape, 1 / math.sqrt(fan))
        elif name in ("norm.weight", "norm.runningVariance"):
            params[name] = np.abs(normal(random, shape, 0.2, 1.0))
        else:
            params[name] = normal(random, shape, 0.2)
    return params


def files():
    random = generator(PATH)
    params = start(random)
    x = normal(random, (STEPS, BATCH, CHANNELS, SIZE, SIZE))
    target = i32(random.randint(0, CLASSES, (STEPS, BATCH)))

    def compute(dtype):
        model = Network(dtype)
        with torch.no_grad():
            for name, value, transposed in model.mapping():
                given = torch.from_numpy(params[name]).to(dtype)
                value.copy_(given.T if transposed else given)
        weights = list(model.parameters())
        # Decay on weights of two axes and more, the rule of our parameters.
        groups = [
            {"params": [w for w in weights if w.ndim >= 2], "weight_decay": OPTIONS["weightDecay"]},
            {"params": [w for w in weights if w.ndim < 2], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.SGD(groups, lr=RATE, momentum=OPTIONS["momentum"], nesterov=True, foreach=False)
        out, losses = {}, []
        for step in range(STEPS):
            optimiser.zero_grad()
            logits = model(tensor(x[step], dtype))
            loss = nn.functional.cross_entropy(logits, tensor(target[step], dtype), label_smoothing=SMOOTHING)
            loss.backward()
            losses.append(loss.detach())
            if step == 0:
                for name, value, transposed in model.mapping():
                    if value.grad is not None:
                        out[f"grad/{name}"] = (value.grad.T if transposed else value.grad).clone().contiguous()
            optimiser.step()
        for name, value, transposed in model.mapping():
            out[f"final/{name}"] = (value.T if transposed else value).detach().clone().contiguous()
        model.eval()
        out["evaluation"] = model(tensor(x[0], dtype)).detach()
        out["losses"] = torch.stack(losses)
        return out

    file = GoldenFile(
        PATH,
        "conv1, norm, relu, max pool 2, conv2 in 2 groups, adaptive average pool [3, 2], head. losses: before each step; "
        "grad/: of the first; final/: after the last; evaluation: the logits of the first batch after the last step.",
        options=OPTIONS, lr=RATE, labelSmoothing=SMOOTHING, normMomentum=NORM_MOMENTUM, steps=STEPS,
    )
    file.inputs({"x": x, "target": target})
    file.inputs(params, "param/")
    file.goldens(*both(compute))
    yield file
