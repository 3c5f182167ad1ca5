"""Adds cases to the golden file of one op."""

import json

import torch

from golden import GoldenFile, both, generator, normal, tensor

FOLDER = "packages/tensor/test/goldens/ops"


class OpFile:
    def __init__(self, op, about, wide=()):
        """wide: the cases (True: all) in which nothing cancels by construction, neither in the result nor in a gradient, so
        that every element keeps its digits however small it is beside the largest."""
        self.op = op
        self.wide = wide
        self.file = GoldenFile(f"{FOLDER}/{op}.safetensors", about, op=op)
        self.cases = []

    def random(self, case):
        return generator(f"{self.op}/{case}")

    def case(self, name, fn, inputs, params=None, differentiable=None):
        """fn takes torch tensors, inputs are float32 or int32 arrays; int32 ones and those not listed get no gradient."""
        assert name not in self.cases, f"{self.op}: two cases named {name}"
        if differentiable is None:
            differentiable = [index for index, array in enumerate(inputs) if array.dtype.kind == "f"]
        with torch.no_grad():
            shape = tuple(fn(*(tensor(array, torch.float64) for array in inputs)).shape)
        upstream = normal(generator(f"{self.op}/{name}/gradOut"), shape)

        def compute(dtype):
            leaves = [tensor(array, dtype, requires_grad=i in differentiable) for i, array in enumerate(inputs)]
            out = fn(*leaves)
            out.backward(tensor(upstream, dtype))
            return {"out": out, **{f"grad{i}": leaves[i].grad for i in differentiable}}

        self.cases.append(name)
        self.file.inputs({f"in{i}": array for i, array in enumerate(inputs)}, f"{name}/")
        self.file.inputs({"gradOut": upstream}, f"{name}/")
        self.file.goldens(*both(compute), f"{name}/")
        self.file.metadata[name] = json.dumps(params or {})
        return self

    def done(self):
        self.file.metadata["cases"] = json.dumps(self.cases)
        wide = self.cases if self.wide is True else list(self.wide or ())
        assert all(name in self.cases for name in wide), f"{self.op}: wide names a case that is not there"
        if wide:
            self.file.metadata["wideCases"] = json.dumps(wide)
        return self.file
