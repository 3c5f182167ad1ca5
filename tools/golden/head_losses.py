"""Writes numbers of PyTorch for the losses of packages/heads, in float64: values, and gradients of every input.

apt-get install python3-torch                        # Debian 12: torch 1.13.0a0
/usr/bin/python3 tools/golden/head_losses.py         # writes packages/heads/test/goldens/losses.json
"""

import json
import os

import numpy
import torch
from torch.nn import functional

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "heads", "test", "goldens", "losses.json")
random = numpy.random.RandomState(11)


def normal(*shape):
    return torch.from_numpy(numpy.float32(random.standard_normal(shape)).astype(numpy.float64)).requires_grad_()


def case(loss, **inputs):
    loss.backward()
    return {
        "loss": loss.item(),
        "inputs": {name: {"shape": list(x.shape), "data": x.detach().flatten().tolist()} for name, x in inputs.items()},
        "grads": {name: x.grad.flatten().tolist() for name, x in inputs.items() if x.grad is not None},
    }


def pairs():
    a, b, scale = normal(6, 5), normal(6, 5), torch.tensor([1.7], dtype=torch.float64, requires_grad=True)
    scores = functional.normalize(a, dim=1) @ functional.normalize(b, dim=1).T * scale.exp()
    right = torch.arange(6)
    loss = (functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)) / 2
    return case(loss, a=a, b=b, logScale=scale)


def triplets(margin):
    x = normal(9, 4)
    ids = [0, 0, 1, 1, 1, 2, 3, 3, 0]  # 2 comes once: no positive
    losses = []
    for i in range(9):
        distance = [(x[i] - x[j]).square().sum().sqrt() if i != j else None for j in range(9)]
        positives = [distance[j] for j in range(9) if j != i and ids[j] == ids[i]]
        negatives = [distance[j] for j in range(9) if ids[j] != ids[i]]
        if not positives:
            continue
        farthest, nearest = max(positives, key=lambda d: d.item()), min(negatives, key=lambda d: d.item())
        if margin is None:
            losses.append(functional.soft_margin_loss(nearest - farthest, torch.ones((), dtype=torch.float64)))
        else:
            losses.append(functional.margin_ranking_loss(nearest[None], farthest[None], torch.ones(1), margin=margin))
    return {"ids": ids, "margin": margin, **case(torch.stack(losses).mean(), features=x)}


def labels():
    logits = normal(5, 4)
    truth = torch.from_numpy(random.randint(0, 2, (5, 4)).astype(numpy.float64))
    truth[0, 1], truth[3, 2], truth[2, 0] = -1, -1, 0.25
    positive, weight = torch.tensor([3.0, 0.5, 1.0, 2.0]), torch.tensor([1.0, 2.0, 0.5, 1.0])
    losses = functional.binary_cross_entropy_with_logits(logits, truth, weight, pos_weight=positive, reduction="none")
    loss = losses[truth >= 0].mean()
    return {"positiveWeight": positive.tolist(), "weight": weight.tolist(), **case(loss, logits=logits, labels=truth)}


def smoothing():
    logits = normal(6, 5)
    ids = [0, 4, -100, 2, 2, 1]
    loss = functional.cross_entropy(logits, torch.tensor(ids), ignore_index=-100, label_smoothing=0.1)
    return {"ids": ids, "labelSmoothing": 0.1, **case(loss, logits=logits)}


def segmentation(dice):
    logits = normal(2, 3, 4, 3)
    ids = random.randint(-1, 3, (2, 3, 4))
    truth = torch.from_numpy(ids)
    loss = functional.cross_entropy(logits.permute(0, 3, 1, 2), truth, ignore_index=-1)
    if dice > 0:
        known = (truth >= 0)[..., None]
        p = logits.softmax(-1) * known
        t = functional.one_hot(truth.clamp(min=0), 3) * known
        both, all = (p * t).sum((1, 2)), (p + t).sum((1, 2))
        loss = loss + dice * (1 - (2 * both + 1) / (all + 1)).mean()
    return {"ids": ids.flatten().tolist(), "dice": dice, **case(loss, logits=logits)}


def upsampling():
    """One answer a patch of 2 x 3 patches, interpolated to 8 x 6 pixels."""
    planes = normal(1, 2, 2, 3)
    pixels = functional.interpolate(planes, size=(8, 6), mode="bilinear", align_corners=False)
    return {
        "patches": planes.detach().permute(0, 2, 3, 1).flatten().tolist(),
        "pixels": pixels.detach().permute(0, 2, 3, 1).flatten().tolist(),
    }


with open(PATH, "w") as file:
    value = {
        "madeBy": f"tools/golden/head_losses.py, torch {torch.__version__}",
        "pairs": pairs(),
        "triplets": [triplets(0.3), triplets(1.5), triplets(None)],
        "labels": labels(),
        "smoothing": smoothing(),
        "segmentation": [segmentation(0), segmentation(0.5)],
        "upsampling": upsampling(),
    }
    json.dump(value, file, separators=(",", ":"))
    file.write("\n")
