"""Reductions, scans and sorting beyond sum, mean, max, min and variance; small shapes, one case for each convention."""

import math

import torch

from golden import f32, normal, uniform
from op_file import OpFile

AXES = {"lastAxis": ([2], False), "firstAndLastKept": ([0, 2], True), "allAxes": ([0, 1, 2], False)}


def reduction(op, about, fn):
    """A file with the common axes; fn(x, axes, keepDims)."""
    file = OpFile(op, about)

    def add(name, x, axes, keep=False, fn=fn, **params):
        file.case(name, lambda t: fn(t, axes, keep), [x], {"axes": axes, "keepDims": keep, **params})

    return file, add


def std_file():
    def deviation(correction):
        return lambda x, axes, keep: torch.std(x, dim=axes, unbiased=correction == 1, keepdim=keep)

    file, add = reduction("std", "Standard deviation of in0 over the axes.", deviation(0))
    for name, (axes, keep) in AXES.items():
        add(name, normal(file.random(name), (2, 3, 4)), axes, keep, correction=0)
    add("corrected", normal(file.random("corrected"), (3, 6)), [1], fn=deviation(1), correction=1)
    add("largeMean", normal(file.random("largeMean"), (3, 16), 1.0, 1e4), [1], correction=0)
    add("constantRow", f32([[2.5, 2.5, 2.5], [1, 2, 4]]), [1], fn=deviation(1), correction=1)
    yield file.done()


def log_sum_exp_file():
    file, add = reduction(
        "log-sum-exp", "log sum exp of in0 over the axes.", lambda x, axes, keep: torch.logsumexp(x, axes, keep)
    )
    for name, (axes, keep) in AXES.items():
        add(name, normal(file.random(name), (2, 3, 4), 2), axes, keep)
    add("long", normal(file.random("long"), (1, 200), 3), [1])
    add("large", f32([[1e4, -1e4, 0, 9999], [-1e4, -9999, -1e4, -1e4], [1e4, 1e4, 1e4, 1e4]]), [1])
    yield file.done()


def prod_file():
    def product(x, axes, keep):
        for axis in sorted((a % x.dim() for a in axes), reverse=True):
            x = torch.prod(x, dim=axis, keepdim=keep)
        return x

    file, add = reduction("prod", "Product of in0 over the axes.", product)
    for name, (axes, keep) in AXES.items():
        add(name, normal(file.random(name), (2, 3, 4)), axes, keep)
    add("zeros", f32([[2, 3, -4, 1.5], [2, 0, -4, 1.5], [0, 3, 0, 1.5], [0, 0, 0, 0]]), [1])
    yield file.done()


def norm_file():
    file = OpFile("norm", "Vector norm of in0 over the axes; p is a number, or text where JSON has none.")

    def add(name, x, p, axes, keep=False):
        text = p if math.isfinite(p) else "Infinity" if p > 0 else "-Infinity"

        def fn(t):
            return torch.linalg.vector_norm(t, p, dim=axes, keepdim=keep)

        file.case(name, fn, [x], {"p": text, "axes": axes, "keepDims": keep})

    for name, (axes, keep) in AXES.items():
        add(name, normal(file.random(name), (2, 3, 4)), 2, axes, keep)
    powers = {"one": 1, "three": 3, "threeHalves": 1.5, "half": 0.5, "infinity": math.inf, "minusInfinity": -math.inf,
              "minusOne": -1}
    for name, p in powers.items():
        add(name, normal(file.random(name), (3, 5)), p, [1])
        rows = f32([[3, -4, 0], [-2, 2, 1], [0.5, 0.5, 0.5]]) if p > 0 else f32([[3, -4, 1], [-2, 2, 1]])
        add(f"{name}Ties", rows, p, [1])
    for name, p in {"two": 2, **{k: v for k, v in powers.items() if v > 0}}.items():
        add(f"{name}OfZeros", f32([[0, 0, 0], [1, 0, 2]]), p, [1])
    yield file.done()


def scan_files():
    for op, fn in (
        ("cumsum", torch.cumsum),
        ("cumprod", torch.cumprod),
        ("cummax", lambda x, axis: torch.cummax(x, axis).values),
        ("cummin", lambda x, axis: torch.cummin(x, axis).values),
        ("log-cumsum-exp", torch.logcumsumexp),
    ):
        file = OpFile(op, f"{op} of in0 along the axis.")

        def add(name, x, axis, fn=fn):
            file.case(name, lambda t: fn(t, axis), [x], {"axis": axis})

        add("last", normal(file.random("last"), (3, 7)), -1)
        add("first", normal(file.random("first"), (5, 3)), 0)
        add("middle", normal(file.random("middle"), (2, 4, 3)), 1)
        add("one", normal(file.random("one"), (3, 1)), 1)
        add("zeros", f32([[2, 0, 5, 3], [0, 0, 4, -2], [1, 2, 3, 0], [0, 1, 0, 1]]), 1)
        yield file.done()


def sort_files():
    file = OpFile("sort", "The values of in0 sorted along the axis, stably.")

    def add(name, x, axis, descending=False):
        def fn(t):
            return torch.sort(t, dim=axis, descending=descending, stable=True).values

        file.case(name, fn, [x], {"axis": axis, "descending": descending})

    add("last", normal(file.random("last"), (3, 7)), -1)
    add("firstDescending", normal(file.random("firstDescending"), (5, 3)), 0, True)
    add("middle", normal(file.random("middle"), (2, 4, 3)), 1)
    # Equal elements: which gradient goes where shows whether the order is stable.
    ties = f32([[1, 3, 3, 1, 2, 3], [2, 2, 2, 2, 2, 2]])
    add("ties", ties, 1)
    add("tiesDescending", ties, 1, True)
    add("long", uniform(file.random("long"), (1, 130), -1, 1), 1)
    yield file.done()

    file = OpFile("top-k", "The values of the k largest or smallest elements of in0 along the axis, in order.")
    for name, shape, axis, k, largest in (
        ("last", (3, 7), -1, 3, True),
        ("first", (5, 3), 0, 2, False),
        ("allOfThem", (2, 4), 1, 4, True),
        ("long", (1, 130), 1, 5, True),
    ):
        file.case(
            name,
            lambda t, axis=axis, k=k, largest=largest: torch.topk(t, k, dim=axis, largest=largest).values,
            [normal(file.random(name), shape)],
            {"axis": axis, "k": k, "largest": largest},
        )
    yield file.done()


def quantile_files():
    for op, cases in (
        ("median", {"odd": (-1, None), "even": (0, None)}),
        ("quantile", {"half": (-1, 0.5), "tenth": (0, 0.1), "lowest": (1, 0.0), "highest": (1, 1.0)}),
    ):
        file = OpFile(op, f"{op} of in0 along the axis; between neighbours a quantile is linear, a median the lower one.")
        for name, (axis, q) in cases.items():

            def fn(x, axis=axis, q=q):
                return torch.median(x, axis).values if q is None else torch.quantile(x, q, dim=axis)

            params = {"axis": axis, "keepDims": False, **({} if q is None else {"q": q})}
            file.case(name, fn, [normal(file.random(name), (4, 7))], params)
        yield file.done()


def files():
    yield from std_file()
    yield from log_sum_exp_file()
    yield from prod_file()
    yield from norm_file()
    yield from scan_files()
    yield from sort_files()
    yield from quantile_files()
