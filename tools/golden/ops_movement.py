"""Ops that move elements: slices, padding, windows, order and copies."""

import torch
from torch.nn import functional as F

from golden import normal
from op_file import OpFile


def simple(op, about, cases):
    """cases: {name: (shapes, function of tensors, parameters)}."""
    file = OpFile(op, about)
    for name, (shapes, fn, params) in cases.items():
        random = file.random(name)
        file.case(name, fn, [normal(random, shape) for shape in shapes], params)
    return file.done()


def slices():
    def case(shape, starts, ends, steps, fn):
        return [shape], fn, {"starts": starts, "ends": ends, "steps": steps}

    # PyTorch has no negative steps: flip first.
    yield simple("slice", "in0[starts:ends:steps], one entry a leading axis; steps may be negative.", {
        "rows": case((5, 3), [1], [4], [1], lambda x: x[1:4]),
        "steps": case((7, 6), [0, 1], [7, 6], [3, 2], lambda x: x[::3, 1::2]),
        "backwards": case((6, 2), [4], [1], [-1], lambda x: x[2:5].flip(0)),
        "backwardsInSteps": case((3, 7), [0, 6], [2, 0], [1, -3], lambda x: x[:2].flip(1)[:, 0:6:3]),
    })


def pads():
    def case(shape, widths, mode, value=0.0):
        flat = [n for pair in reversed(widths) for n in pair]
        params = {"widths": widths, **({"value": value} if mode == "constant" else {})}
        if mode == "constant":
            return [shape], lambda x: F.pad(x, flat, mode, value), params
        spatial = flat[: 2 * (len(shape) - 2)]
        return [shape], lambda x: F.pad(x, spatial, mode), params

    yield simple("pad", "in0 with `value` put round every axis.", {
        "two": case((2, 3), [[1, 2], [0, 1]], "constant"),
        "value": case((2, 2, 3), [[0, 0], [2, 0], [1, 1]], "constant", 1.5),
    })
    for op, mode in (("pad-reflect", "reflect"), ("pad-edge", "replicate"), ("pad-circular", "circular")):
        yield simple(op, f"in0 padded as mode {mode} of torch.nn.functional.pad.", {
            "oneAxis": case((2, 2, 5), [[0, 0], [0, 0], [3, 2]], mode),
            "twoAxes": case((1, 2, 4, 3), [[0, 0], [0, 0], [1, 2], [2, 1]], mode),
        })


def order():
    yield simple("flip", "in0 reversed along the axes.", {
        "one": ([(3, 4)], lambda x: x.flip(1), {"axes": [1]}),
        "two": ([(2, 3, 4)], lambda x: x.flip(0, -1), {"axes": [0, -1]}),
    })
    yield simple("roll", "torch.roll; without axes over all elements.", {
        "all": ([(3, 4)], lambda x: torch.roll(x, 5), {"shifts": [5]}),
        "two": ([(3, 4)], lambda x: torch.roll(x, (-1, 6), (0, 1)), {"shifts": [-1, 6], "axes": [0, 1]}),
    })
    yield simple("permute", "torch.permute.", {
        "two": ([(3, 4)], lambda x: x.permute(1, 0), {"axes": [1, 0]}),
        "four": ([(2, 3, 2, 4)], lambda x: x.permute(2, 0, 3, 1), {"axes": [2, 0, 3, 1]}),
    })


def copies():
    yield simple("tile", "torch.tile.", {
        "fewer": ([(2, 3)], lambda x: x.tile(2), {"counts": [2]}),
        "more": ([(2, 3)], lambda x: x.tile(2, 3, 1), {"counts": [2, 3, 1]}),
    })
    yield simple("repeat", "torch.repeat_interleave along the axis.", {
        "each": ([(3, 2)], lambda x: x.repeat_interleave(2, dim=1), {"counts": [2], "axis": 1}),
        "counts": ([(3, 2)], lambda x: x.repeat_interleave(torch.tensor([2, 0, 3]), dim=0), {"counts": [2, 0, 3], "axis": 0}),
    })
    yield simple("expand", "torch.broadcast_to.", {
        "ones": ([(1, 3, 1)], lambda x: x.expand(2, 3, 4), {"shape": [2, 3, 4]}),
        "leading": ([(3,)], lambda x: x.expand(2, 2, 3), {"shape": [2, 2, 3]}),
    })
    yield simple("concat", "torch.cat.", {
        "rows": ([(2, 3), (1, 3)], lambda *x: torch.cat(x, 0), {"axis": 0}),
        "columns": ([(2, 3), (2, 1), (2, 2)], lambda *x: torch.cat(x, -1), {"axis": -1}),
    })
    yield simple("stack", "torch.stack.", {
        "first": ([(2, 3), (2, 3)], lambda *x: torch.stack(x, 0), {"axis": 0}),
        "last": ([(2, 3), (2, 3), (2, 3)], lambda *x: torch.stack(x, -1), {"axis": -1}),
    })


def diagonals():
    for op, fn in (("tril", torch.tril), ("triu", torch.triu)):
        yield simple(op, f"torch.{op}.", {
            "main": ([(3, 4)], lambda x, fn=fn: fn(x), {"diagonal": 0}),
            "above": ([(2, 4, 3)], lambda x, fn=fn: fn(x, 1), {"diagonal": 1}),
            "below": ([(4, 4)], lambda x, fn=fn: fn(x, -2), {"diagonal": -2}),
        })
    yield simple("diagonal", "torch.diagonal.", {
        "main": ([(3, 4)], lambda x: x.diagonal(0, 0, 1), {"axes": [0, 1], "offset": 0}),
        "above": ([(3, 2, 4)], lambda x: x.diagonal(1, 0, 2), {"axes": [0, 2], "offset": 1}),
        "below": ([(3, 2, 4)], lambda x: x.diagonal(-1, 2, 0), {"axes": [2, 0], "offset": -1}),
    })
    yield simple("diagonal-embed", "torch.diag_embed.", {
        "main": ([(2, 3)], lambda x: torch.diag_embed(x), {"axes": [-2, -1], "offset": 0}),
        "below": ([(2, 3)], lambda x: torch.diag_embed(x, -1, 0, 2), {"axes": [0, 2], "offset": -1}),
    })


def windows():
    options = {
        "plain": ((4, 5), {"kernel": [2, 3], "stride": [1, 1], "padding": [0, 0], "dilation": [1, 1]}),
        "all": ((5, 6), {"kernel": [2, 3], "stride": [2, 1], "padding": [1, 2], "dilation": [1, 2]}),
    }

    def arguments(p):
        return {"kernel_size": p["kernel"], "stride": p["stride"], "padding": p["padding"], "dilation": p["dilation"]}

    yield simple("unfold", "torch.nn.functional.unfold.", {
        name: ([(2, 2, *spatial)], lambda x, p=p: F.unfold(x, **arguments(p)), p)
        for name, (spatial, p) in options.items()
    })

    def columns(spatial, p):
        return tuple(F.unfold(torch.zeros(1, 2, *spatial), **arguments(p)).shape)

    yield simple("fold", "torch.nn.functional.fold.", {
        name: (
            [columns(spatial, p)], lambda x, p=p, s=spatial: F.fold(x, s, **arguments(p)), {"spatial": list(spatial), **p}
        )
        for name, (spatial, p) in options.items()
    })


def files():
    yield from slices()
    yield from pads()
    yield from order()
    yield from copies()
    yield from diagonals()
    yield from windows()
