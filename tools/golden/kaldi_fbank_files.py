"""Writes Kaldi filter banks for packages/data, worked out twice.

apt-get install python3-numpy python3-torchaudio                          # Debian 12: NumPy 1.24.2, torchaudio 0.13.1
/usr/bin/python3 tools/golden/kaldi_fbank_files.py                        # writes packages/data/test/goldens/kaldi/

The numbers that are stored come from NumPy in float64: a sum over sines and cosines for the spectrum, and the formulas of
Kaldi's documentation for the rest. torchaudio.compliance.kaldi must agree with them to what its float32 allows, or the
script stops.
"""

import json
import os

import numpy as np
import torch
from torchaudio.compliance import kaldi

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "data", "test", "goldens", "kaldi")
os.makedirs(ROOT, exist_ok=True)

random = np.random.RandomState(20240607)
time = np.arange(2400) / 16000
SIGNALS = {
    # A rising tone over an offset and noise.
    "chirp": 0.4 * np.sin(2 * np.pi * (200 * time + 20000 * time**2)) + 0.1 + 0.02 * random.standard_normal(time.size),
    # As Kaldi has it: whole numbers of 16 bits.
    "integers": np.round(3000 * np.sin(2 * np.pi * 440 * time) + 200 * random.standard_normal(time.size)),
    "quiet": np.concatenate([np.zeros(1200), 1e-4 * random.standard_normal(1200)]),
}
SIGNALS = {name: signal.astype(np.float32) for name, signal in SIGNALS.items()}

CASES = {
    "defaults": ("chirp", {}),
    "ast": ("chirp", dict(num_mel_bins=128, window_type="hanning", htk_compat=True, use_energy=False, dither=0.0)),
    "ast-quiet": ("quiet", dict(num_mel_bins=128, window_type="hanning", htk_compat=True)),
    "hamming-edges": ("chirp", dict(num_mel_bins=40, window_type="hamming", snip_edges=False)),
    "rectangular-raw": ("integers", dict(window_type="rectangular", remove_dc_offset=False, preemphasis_coefficient=0.0)),
    "blackman": ("integers", dict(window_type="blackman", blackman_coeff=0.4, low_freq=100.0, high_freq=-400.0)),
    "energy-first": ("integers", dict(use_energy=True)),
    "energy-last": ("integers", dict(use_energy=True, htk_compat=True, raw_energy=False)),
    "energy-floor": ("quiet", dict(use_energy=True, energy_floor=0.5)),
    "energy-no-floor": ("quiet", dict(use_energy=True, energy_floor=0.0)),
    "magnitude": ("chirp", dict(use_power=False)),
    "linear": ("integers", dict(use_log_fbank=False)),
    "no-rounding": ("chirp", dict(round_to_power_of_two=False)),
    "mean": ("chirp", dict(subtract_mean=True, num_mel_bins=8)),
    "eight-kilohertz": ("integers", dict(sample_frequency=8000.0, high_freq=3700.0, num_mel_bins=15)),
    "odd-shift": ("integers", dict(sample_frequency=11025.0, frame_length=23.3, frame_shift=7.7, snip_edges=False)),
    "warp-down": ("chirp", dict(vtln_warp=0.9)),
    "warp-up": ("chirp", dict(vtln_warp=1.15, vtln_low=120.0, vtln_high=7000.0, num_mel_bins=30)),
}

DEFAULTS = dict(
    blackman_coeff=0.42, dither=0.0, energy_floor=1.0, frame_length=25.0, frame_shift=10.0, high_freq=0.0, htk_compat=False,
    low_freq=20.0, num_mel_bins=23, preemphasis_coefficient=0.97, raw_energy=True, remove_dc_offset=True,
    round_to_power_of_two=True, sample_frequency=16000.0, snip_edges=True, subtract_mean=False, use_energy=False,
    use_log_fbank=True, use_power=True, vtln_high=-500.0, vtln_low=100.0, vtln_warp=1.0, window_type="povey",
)
EPSILON = 2.0**-23


def mel(hertz):
    return 1127 * np.log1p(hertz / 700)


def hertz(mels):
    return 700 * np.expm1(mels / 1127)


def warped(frequency, option, low, high):
    """The two inflection points are kept inside the cutoffs; linear in between, by interpolation."""
    factor = option["vtln_warp"]
    nyquist = option["sample_frequency"] / 2
    cutoff = option["vtln_high"] + (nyquist if option["vtln_high"] < 0 else 0)
    points = [low, option["vtln_low"] * max(1, factor), cutoff * min(1, factor), high]
    images = [low, points[1] / factor, points[2] / factor, high]
    return np.interp(frequency, points, images)


def filter_bank(option, size):
    """[bands, size / 2]: one triangle a band, sampled at the bins below half the sample rate."""
    rate = option["sample_frequency"]
    low, high = option["low_freq"], option["high_freq"]
    high = high + rate / 2 if high <= 0 else high
    edges = np.linspace(mel(low), mel(high), option["num_mel_bins"] + 2)
    if option["vtln_warp"] != 1:
        edges = mel(warped(hertz(edges), option, low, high))
    bins = mel(np.arange(size // 2) * rate / size)
    return np.stack([np.interp(bins, edges[m : m + 3], [0, 1, 0], left=0, right=0) for m in range(option["num_mel_bins"])])


def window(option, length):
    n = np.arange(length)
    cosine, double = np.cos(2 * np.pi * n / (length - 1)), np.cos(4 * np.pi * n / (length - 1))
    b = option["blackman_coeff"]
    return {
        "hanning": 0.5 - 0.5 * cosine,
        "hamming": 0.54 - 0.46 * cosine,
        "povey": np.abs(0.5 - 0.5 * cosine) ** 0.85,
        "rectangular": np.ones(length),
        "blackman": b - 0.5 * cosine + (0.5 - b) * double,
    }[option["window_type"]]


def fbank(signal, **changes):
    option = {**DEFAULTS, **changes}
    x = signal.astype(np.float64)
    length = int(option["sample_frequency"] * option["frame_length"] / 1000 + 1e-9)
    shift = int(option["sample_frequency"] * option["frame_shift"] / 1000 + 1e-9)
    size = 1 << (length - 1).bit_length() if option["round_to_power_of_two"] else length
    if option["snip_edges"]:
        starts = np.arange(0, x.size - length + 1, shift)
        reach = 0
    else:
        reach = 4 * length
        x = np.pad(x, reach, mode="symmetric")
        count = (signal.size + shift // 2) // shift
        starts = np.arange(count) * shift + shift // 2 - length // 2
    rows = np.stack([x[reach + start : reach + start + length] for start in starts])
    if option["remove_dc_offset"]:
        rows = rows - rows.mean(1, keepdims=True)
    raw = (rows**2).sum(1)
    previous = np.concatenate([rows[:, :1], rows[:, :-1]], 1)
    rows = (rows - option["preemphasis_coefficient"] * previous) * window(option, length)
    energy = raw if option["raw_energy"] else (rows**2).sum(1)
    # The Fourier sum itself, in place of a fast transform.
    turns = np.outer(np.arange(length), np.arange(size // 2)) * (2 * np.pi / size)
    power = (rows @ np.cos(turns)) ** 2 + (rows @ np.sin(turns)) ** 2
    mels = (power if option["use_power"] else np.sqrt(power)) @ filter_bank(option, size).T
    if option["use_log_fbank"]:
        mels = np.log(np.maximum(mels, EPSILON))
    if option["use_energy"]:
        column = np.log(np.maximum(energy, max(EPSILON, option["energy_floor"])))[:, None]
        mels = np.concatenate([mels, column] if option["htk_compat"] else [column, mels], 1)
    return mels - mels.mean(0) if option["subtract_mean"] else mels


arrays = {f"signal/{name}": signal for name, signal in SIGNALS.items()}
for name, (signal, changes) in CASES.items():
    ours = fbank(SIGNALS[signal], **changes)
    theirs = kaldi.fbank(torch.from_numpy(SIGNALS[signal])[None], **changes).numpy()
    exact = kaldi.fbank(torch.from_numpy(SIGNALS[signal])[None].double(), **changes).numpy()
    assert ours.shape == theirs.shape, (name, ours.shape, theirs.shape)
    scale = np.abs(ours).max()
    error, exact_error = np.abs(ours - theirs).max() / scale, np.abs(ours - exact).max() / scale
    print(f"{name:18} {ours.shape}  torchaudio float32 {error:.1e}, float64 {exact_error:.1e} of the largest value")
    assert error < 2e-3 and exact_error < 1e-4, name
    arrays[f"fbank/{name}"] = ours.astype(np.float32)

np.savez_compressed(os.path.join(ROOT, "fbank.npz"), **arrays)
with open(os.path.join(ROOT, "fbank.json"), "w") as file:
    json.dump({name: {"signal": signal, **changes} for name, (signal, changes) in CASES.items()}, file, indent=1)
    file.write("\n")
