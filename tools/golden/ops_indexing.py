"""Ops that read and write by id, pooling windows and resizing."""

import torch
from torch.nn import functional as F

from golden import f32, i32, normal
from op_file import OpFile


def ids_below(random, limit, shape):
    return i32(random.randint(0, limit, shape))


def along_axis_files():
    file = OpFile("take-along-axis", "torch.gather(in0, axis, in1): out[.., i, ..] = in0[.., in1[.., i, ..], ..].")

    def add(name, x, ids, axis):
        random = file.random(name)
        inputs = [normal(random, x), ids_below(random, x[axis], ids)]
        file.case(name, lambda t, y: torch.gather(t, axis, y), inputs, {"axis": axis})

    add("lastAxis", (3, 5), (3, 4), -1)
    add("firstAxis", (3, 4), (5, 4), 0)
    add("middleAxis", (2, 3, 4), (2, 6, 4), 1)
    add("shorterIds", (4, 3, 5), (2, 2, 6), 2)
    add("oneAxis", (6,), (9,), 0)
    yield file.done()

    file = OpFile("scatter-add", "torch.scatter_add(in0, axis, in1, in2); repeated ids add up.")

    def add(name, x, ids, axis):
        random = file.random(name)
        inputs = [normal(random, x), ids_below(random, x[axis], ids), normal(random, ids)]
        file.case(name, lambda t, y, s: torch.scatter_add(t, axis, y, s), inputs, {"axis": axis})

    add("lastAxis", (3, 5), (3, 7), -1)
    add("firstAxis", (3, 4), (6, 4), 0)
    add("middleAxis", (2, 3, 4), (2, 6, 4), 1)
    add("shorterIds", (4, 3, 5), (2, 2, 6), 2)
    yield file.done()

    # PyTorch leaves open which of equal ids wins and gives a gradient to all of them, so these ids differ.
    file = OpFile("scatter", "torch.scatter(in0, axis, in1, in2 or the value) with different ids along the axis.")

    def add(name, x, ids, axis, value=None):
        random = file.random(name)
        n, k = x[axis], ids[axis]
        rest = ids[:axis] + ids[axis + 1 :]
        order = torch.from_numpy(random.rand(*rest, n)).argsort(-1)[..., :k].movedim(-1, axis)
        inputs = [normal(random, x), i32(order.numpy())]
        if value is None:
            inputs.append(normal(random, ids))
            file.case(name, lambda t, y, s: torch.scatter(t, axis, y, s), inputs, {"axis": axis})
        else:
            file.case(name, lambda t, y: torch.scatter(t, axis, y, value), inputs, {"axis": axis, "value": value})

    add("lastAxis", (3, 5), (3, 4), 1)
    add("firstAxis", (4, 3), (2, 3), 0)
    add("middleAxis", (2, 4, 3), (2, 3, 3), 1)
    add("shorterIds", (4, 3, 5), (2, 2, 4), 2)
    add("number", (3, 5), (3, 2), 1, 0.25)
    yield file.done()


def slice_files():
    file = OpFile("index-select", "torch.index_select(in0, axis, in1).")
    for name, x, ids, axis in (
        ("rows", (4, 3), [2, 2, 0, 3, 2], 0),
        ("columns", (3, 5), [4, 0, 4], -1),
        ("middleAxis", (2, 4, 3), [3, 1, 1, 0, 2], 1),
    ):
        inputs = [normal(file.random(name), x), i32(ids)]
        file.case(name, lambda t, y: torch.index_select(t, axis, y), inputs, {"axis": axis})
    yield file.done()

    file = OpFile("index-add", "torch.index_add(in0, axis, in1, in2); repeated ids add up.")
    for name, x, ids, axis in (
        ("rows", (4, 3), [2, 2, 0, 3, 2], 0),
        ("columns", (3, 5), [4, 0, 4], 1),
        ("middleAxis", (2, 4, 3), [3, 1, 1, 0, 2], 1),
    ):
        random = file.random(name)
        source = tuple(len(ids) if i == axis else d for i, d in enumerate(x))
        inputs = [normal(random, x), i32(ids), normal(random, source)]
        file.case(name, lambda t, y, s: torch.index_add(t, axis, y, s), inputs, {"axis": axis})
    yield file.done()

    file = OpFile("masked-fill", "in2 or the value where in1 is 1, in0 where it is 0.")
    for name, x, mask, value in (
        ("number", (3, 4), (3, 4), -1.5),
        ("maskOfRows", (2, 3, 4), (3, 1), 0.0),
        ("scalar", (3, 4), (4,), None),
    ):
        random = file.random(name)
        inputs = [normal(random, x), i32(random.randint(0, 2, mask))]
        if value is None:
            file.case(name, lambda t, m, v: t.masked_fill(m == 1, v), [*inputs, f32(0.75)])
        else:
            file.case(name, lambda t, m: t.masked_fill(m == 1, value), inputs, {"value": value})
    yield file.done()


def files():
    yield from along_axis_files()
    yield from slice_files()
