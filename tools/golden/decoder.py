"""The decoder of summaries: torch.nn.TransformerDecoderLayer, pre-norm, between a token embedding and its transpose."""

import math

import torch
from torch import nn

from encoder import in_our_layout
from golden import GoldenFile, both, generator, i32, normal, tensor

WIDTH, HEADS, HIDDEN, BLOCKS, INPUTS, VOCABULARY, LENGTH, EPS = 8, 2, 12, 2, 6, 9, 5, 1e-5


class Decoder(nn.Module):
    def __init__(self, dtype):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, WIDTH, dtype=dtype)
        self.positions = nn.Parameter(torch.zeros(LENGTH, WIDTH, dtype=dtype))
        self.memory_norm = nn.LayerNorm(INPUTS, eps=EPS, dtype=dtype)
        self.blocks = nn.ModuleList(
            nn.TransformerDecoderLayer(
                WIDTH, HEADS, HIDDEN, dropout=0.0, activation="gelu", layer_norm_eps=EPS,
                batch_first=True, norm_first=True, dtype=dtype,
            )
            for _ in range(BLOCKS)
        )
        for block in self.blocks:  # keys and values of another width
            block.multihead_attn = nn.MultiheadAttention(
                WIDTH, HEADS, kdim=INPUTS, vdim=INPUTS, batch_first=True, dtype=dtype
            )
        self.norm = nn.LayerNorm(WIDTH, eps=EPS, dtype=dtype)
        self.out_bias = nn.Parameter(torch.zeros(VOCABULARY, dtype=dtype))

    def forward(self, x, written, padding):
        steps = written.shape[1]
        causal = torch.triu(torch.ones(steps, steps, dtype=torch.bool), diagonal=1)
        memory = self.memory_norm(x)
        y = self.embedding(written) + self.positions[:steps]
        for block in self.blocks:
            y = block(y, memory, tgt_mask=causal, memory_key_padding_mask=padding)
        return self.norm(y) @ self.embedding.weight.T + self.out_bias

    def mapping(self):
        """[(our name, torch parameters side by side in our columns, stored transposed)]."""
        found = [
            ("embedding.weight", [self.embedding.weight], False),
            ("positions", [self.positions], False),
            ("outBias", [self.out_bias], False),
        ]

        def add(name, weights, biases, transposed=True):
            found.extend([(f"{name}.weight", weights, transposed), (f"{name}.bias", biases, False)])

        def norm(name, layer):
            add(name, [layer.weight], [layer.bias], False)

        norm("memoryNorm", self.memory_norm)
        for index, block in enumerate(self.blocks):
            at, own, cross = f"blocks.{index}", block.self_attn, block.multihead_attn
            norm(f"{at}.norm1", block.norm1)
            add(f"{at}.self.qkv", [own.in_proj_weight], [own.in_proj_bias])
            add(f"{at}.self.out", [own.out_proj.weight], [own.out_proj.bias])
            norm(f"{at}.norm2", block.norm2)
            found.append((f"{at}.cross.query.weight", [cross.q_proj_weight], True))
            found.append((f"{at}.cross.keyValue.weight", [cross.k_proj_weight, cross.v_proj_weight], True))
            # torch packs the biases of q, k and v: ours are two parameters
            found.append((f"{at}.cross.query.bias", [cross.in_proj_bias], (0, WIDTH)))
            found.append((f"{at}.cross.keyValue.bias", [cross.in_proj_bias], (WIDTH, 3 * WIDTH)))
            add(f"{at}.cross.out", [cross.out_proj.weight], [cross.out_proj.bias])
            norm(f"{at}.norm3", block.norm3)
            add(f"{at}.mlp.fc1", [block.linear1.weight], [block.linear1.bias])
            add(f"{at}.mlp.fc2", [block.linear2.weight], [block.linear2.bias])
        norm("norm", self.norm)
        return found

    def ours(self, of):
        """Every parameter, or its gradient, by our name and in our layout."""
        found = {}
        for name, parts, layout in self.mapping():
            if isinstance(layout, tuple):
                found[name] = of(parts[0])[layout[0] : layout[1]]
            else:
                found[name] = torch.cat([in_our_layout(of(part), layout) for part in parts], dim=-1)
        return found

    def draw(self, random):
        """float32 numbers for every parameter, the same in both precisions."""
        with torch.no_grad():
            for name, parameter in sorted(self.named_parameters()):
                scale = 1 / math.sqrt(parameter.shape[-1]) if parameter.dim() > 1 else 0.2
                shift = 1.0 if "norm" in name and name.endswith("weight") else 0.0
                parameter.copy_(torch.from_numpy(normal(random, tuple(parameter.shape), scale, shift)))
        return self


def files():
    path = "packages/heads/test/goldens/decoder.safetensors"
    random = generator(path)
    x = normal(random, (3, 4, INPUTS))
    target = normal(random, (3, LENGTH, VOCABULARY))
    written = random.randint(0, VOCABULARY, (3, LENGTH))
    mask = i32([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0]])
    seed = random.randint(1 << 30)
    params = {}

    def compute(dtype):
        model = Decoder(dtype).draw(generator(f"{path} {seed}"))
        params.update({name: value.detach().numpy().astype("float32") for name, value in model.ours(lambda p: p).items()})
        tokens = tensor(x, dtype, requires_grad=True)
        logits = model(tokens, torch.from_numpy(written), torch.from_numpy(mask == 0))
        loss = (logits - tensor(target, dtype)).square().mean()
        loss.backward()
        return {
            "out/logits": logits, "out/loss": loss, "grad/input": tokens.grad,
            **{f"grad/{name}": value for name, value in model.ours(lambda p: p.grad).items()},
        }

    exact, errors = both(compute)
    file = GoldenFile(
        path, "logits = norm(blocks(embedding[written] + positions, memoryNorm(input))) @ embedding.T + outBias. loss = mean((logits - target)^2).",
        config={
            "width": WIDTH, "heads": HEADS, "feedForward": HIDDEN, "layers": BLOCKS, "inputs": INPUTS,
            "vocabulary": VOCABULARY, "length": LENGTH, "normEps": EPS, "written": written.tolist(),
            "mask": "[batch, tokens], 1 = token exists, 0 = its key gets -inf",
        },
    )
    file.inputs({"input": x, "target": target, "mask": mask})
    file.inputs(params, "param/")
    file.goldens(exact, errors)
    yield file
