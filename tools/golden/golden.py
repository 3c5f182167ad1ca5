"""What every case shares: seeded float32 inputs, one computation run in both precisions, the file under construction."""

import json
import os
import zlib

import numpy as np
import torch

from safetensors_file import write_safetensors

SEED = 20240607
# A tensor whose largest float64 value is below this is zero but for rounding; its relative error means nothing.
NOISE = 1e-15


def generator(case):
    """A stream of its own for each case name, so that a new case never changes an old one.

    RandomState, because NumPy promises that its stream never changes.
    """
    return np.random.RandomState((zlib.crc32(case.encode()) + SEED) % 2**32)


def normal(random, shape, scale=1.0, shift=0.0):
    return np.asarray(random.standard_normal(shape) * scale + shift, dtype=np.float32)


def uniform(random, shape, low, high):
    return np.asarray(random.uniform(low, high, shape), dtype=np.float32)


def f32(values):
    return np.asarray(values, dtype=np.float32)


def i32(values):
    return np.asarray(values, dtype=np.int32)


def tensor(array, dtype, requires_grad=False):
    """A float array becomes a tensor of dtype; an integer array becomes int64, which is what PyTorch indexes with."""
    if array.dtype == np.int32:
        return torch.from_numpy(array.astype(np.int64))
    return torch.from_numpy(np.array(array)).to(dtype).requires_grad_(requires_grad)


def both(compute):
    """Runs compute(dtype) -> {name: tensor} in float64 and float32.

    Returns ({name: float64 array}, {name: own_error of it}).
    """
    exact = {name: value.detach().numpy().astype(np.float64) for name, value in compute(torch.float64).items()}
    rough = {name: value.detach().numpy().astype(np.float64) for name, value in compute(torch.float32).items()}
    for name, value in exact.items():
        assert np.isfinite(value).all() and np.isfinite(rough[name]).all(), f"{name}: not finite"
    return exact, {name: own_error(exact[name], rough[name]) for name in exact}


def own_error(exact, rough):
    """(max |rough - exact|, the same over |exact| where that is not 0)."""
    error, size = np.abs(rough - exact), np.abs(exact)
    relative = error[size > 0] / size[size > 0]
    return float(np.max(error, initial=0.0)), float(np.max(relative, initial=0.0))


class GoldenFile:
    """One file: inputs as float32 or int32, goldens as float64, `ownError` and `ownRelativeError` in the metadata."""

    def __init__(self, path, about, **metadata):
        self.path = path
        self.tensors = {}
        self.errors = {}
        self.metadata = {
            "about": about,
            "madeBy": f"tools/golden/make.py, torch {torch.__version__}, numpy {np.__version__}, seed {SEED}",
            **{key: json.dumps(value) for key, value in metadata.items()},
        }

    def inputs(self, arrays, prefix=""):
        for name, array in arrays.items():
            assert array.dtype in (np.float32, np.int32), f"{name}: inputs are float32 or int32"
            self.tensors[prefix + name] = array

    def goldens(self, values, errors, prefix=""):
        for name, value in values.items():
            self.tensors[prefix + name] = value
        for name, error in errors.items():
            self.errors[prefix + name] = error

    def write(self, root):
        """Returns (relative path, bytes, name of the worst tensor, its own error, that over its largest value)."""
        errors = sorted(self.errors.items())
        metadata = {
            **self.metadata,
            "ownError": json.dumps({name: float(f"{absolute:.3g}") for name, (absolute, _) in errors}),
            "ownRelativeError": json.dumps({name: float(f"{relative:.3g}") for name, (_, relative) in errors}),
        }
        size = write_safetensors(os.path.join(root, self.path), self.tensors, metadata)

        def over_largest(name):
            largest = np.max(np.abs(self.tensors[name]), initial=0.0)
            return self.errors[name][0] / largest if largest > NOISE else 0.0

        worst = max((name for name in self.errors if name in self.tensors), key=over_largest)
        return self.path, size, worst, self.errors[worst][0], over_largest(worst)
