"""Twenty training steps of a small vision transformer: patch convolution, class token, positions, two pre-norm blocks."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from encoder import PRE_EPS, in_our_layout, load, make_params
from golden import GoldenFile, both, generator, i32, normal, tensor
from optimisers import warmup_cosine

PATH = "packages/trunk/test/goldens/vision-transformer.safetensors"
SIZE, PATCH, WIDTH, HEADS, HIDDEN, BLOCKS, CLASSES = 8, 4, 16, 2, 32, 2, 4
TOKENS = (SIZE // PATCH) ** 2
BATCHES, BATCH, STEPS = 4, 6, 20
SCHEDULE = {"base": 1e-2, "minimum": 1e-4, "warmup": 3, "total": STEPS}
ADAMW = {"betas": (0.9, 0.95), "eps": 1e-8}
DECAY, MAX_NORM, SMOOTHING = 0.05, 1.0, 0.1


class VisionTransformer(nn.Module):
    def __init__(self, dtype):
        super().__init__()
        self.patch = nn.Conv2d(1, WIDTH, PATCH, stride=PATCH, dtype=dtype)
        self.class_token = nn.Parameter(torch.zeros(1, WIDTH, dtype=dtype))
        self.positions = nn.Parameter(torch.zeros(1 + TOKENS, WIDTH, dtype=dtype))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                WIDTH, HEADS, HIDDEN, dropout=0.0, activation="gelu", layer_norm_eps=PRE_EPS,
                batch_first=True, norm_first=True, dtype=dtype,
            )
            for _ in range(BLOCKS)
        )
        self.norm = nn.LayerNorm(WIDTH, eps=PRE_EPS, dtype=dtype)
        self.head = nn.Linear(WIDTH, CLASSES, dtype=dtype)

    def mapping(self):
        found = [
            ("patch.weight", self.patch.weight, False), ("patch.bias", self.patch.bias, False),
            ("classToken", self.class_token, False), ("positions", self.positions, False),
        ]

        def add(name, weight, bias, transposed):
            found.extend([(f"{name}.weight", weight, transposed), (f"{name}.bias", bias, False)])

        for index, block in enumerate(self.blocks):
            at = f"transformer.blocks.{index}"
            add(f"{at}.norm1", block.norm1.weight, block.norm1.bias, False)
            add(f"{at}.attention.qkv", block.self_attn.in_proj_weight, block.self_attn.in_proj_bias, True)
            add(f"{at}.attention.out", block.self_attn.out_proj.weight, block.self_attn.out_proj.bias, True)
            add(f"{at}.norm2", block.norm2.weight, block.norm2.bias, False)
            add(f"{at}.mlp.fc1", block.linear1.weight, block.linear1.bias, True)
            add(f"{at}.mlp.fc2", block.linear2.weight, block.linear2.bias, True)
        add("transformer.norm", self.norm.weight, self.norm.bias, False)
        add("head", self.head.weight, self.head.bias, True)
        return found

    def forward(self, images):
        tokens = self.patch(images).flatten(2).transpose(1, 2)
        first = self.class_token.expand(len(images), 1, WIDTH)
        x = torch.cat([first, tokens], 1) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


def files():
    random = generator(PATH)
    params = make_params(random, VisionTransformer(torch.float64).mapping()[4:])
    params["patch.weight"] = normal(random, (WIDTH, 1, PATCH, PATCH), 1 / PATCH)
    params["patch.bias"] = normal(random, (WIDTH,), 0.2)
    params["classToken"] = normal(random, (1, WIDTH), 0.5)
    params["positions"] = normal(random, (1 + TOKENS, WIDTH), 0.5)
    images = normal(random, (BATCHES, BATCH, 1, SIZE, SIZE))
    labels = i32(random.randint(0, CLASSES, (BATCHES, BATCH)))
    # Something to learn: each class has a bright quarter of its own.
    for b in range(BATCHES):
        for n in range(BATCH):
            row, column = divmod(int(labels[b, n]), 2)
            images[b, n, 0, row * PATCH : (row + 1) * PATCH, column * PATCH : (column + 1) * PATCH] += np.float32(2)

    def compute(dtype):
        model = VisionTransformer(dtype)
        load(model.mapping(), params)
        mapping = model.mapping()
        groups = [
            {"params": [p for _, p, _ in mapping if p.ndim >= 2], "weight_decay": DECAY},
            {"params": [p for _, p, _ in mapping if p.ndim < 2], "weight_decay": 0.0},
        ]
        optimiser = torch.optim.AdamW(groups, lr=0.0, foreach=False, **ADAMW)
        losses, norms, out = [], [], {}
        for step in range(STEPS):
            for group in optimiser.param_groups:
                group["lr"] = warmup_cosine(step, **SCHEDULE)
            optimiser.zero_grad()
            logits = model(tensor(images[step % BATCHES], dtype))
            target = tensor(labels[step % BATCHES], dtype)
            loss = F.cross_entropy(logits, target, label_smoothing=SMOOTHING)
            loss.backward()
            if step == 0:
                out["out/logits"] = logits.detach().clone()
                for name, parameter, transposed in mapping:
                    out[f"grad/{name}"] = in_our_layout(parameter.grad, transposed)
            norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM))
            losses.append(loss.detach())
            optimiser.step()
        return {"out/losses": torch.stack(losses), "out/gradNorms": torch.stack(norms), **out}

    exact, errors = both(compute)
    losses = exact["out/losses"]
    assert losses[-BATCHES:].mean() < 0.75 * losses[:BATCHES].mean(), f"the curve should fall: {losses}"
    file = GoldenFile(
        PATH, "Twenty steps of clip_grad_norm_ and AdamW on a vision transformer; step s sees batch s mod 4. "
        "Losses and norms are from before each step, logits and gradients from the first.",
        config={
            "patch": PATCH, "width": WIDTH, "heads": HEADS, "hidden": HIDDEN, "blocks": BLOCKS, "classes": CLASSES,
            "steps": STEPS, "batches": BATCHES, "schedule": SCHEDULE, "beta1": ADAMW["betas"][0],
            "beta2": ADAMW["betas"][1], "eps": ADAMW["eps"], "weightDecay": DECAY,
            "weightDecayOn": "tensors of rank >= 2", "maxNorm": MAX_NORM, "labelSmoothing": SMOOTHING,
            "layerNormEps": PRE_EPS,
        },
    )
    file.inputs({"images": images, "labels": labels})
    file.inputs(params, "param/")
    file.goldens(exact, errors)
    yield file
