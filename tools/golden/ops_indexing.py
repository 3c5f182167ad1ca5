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


def pooling_files():
    def add(file, functions, name, x, kernel, stride, padding, extra):
        names = {"dilation": "dilation", "ceilMode": "ceil_mode", "countIncludePad": "count_include_pad"}
        options = {"kernel_size": kernel, "stride": stride, "padding": padding, **{names[k]: v for k, v in extra.items()}}
        fn = functions[len(x) - 3]
        params = {"kernel": kernel, "stride": stride, "padding": padding, **extra}
        file.case(name, lambda t: fn(t, **options), [normal(file.random(name), x)], params)

    file = OpFile("max-pool", "F.max_pool1d, 2d and 3d by the rank of in0 [B, C, ...].")
    functions = [F.max_pool1d, F.max_pool2d, F.max_pool3d]
    add(file, functions, "line", (2, 3, 7), [3], [2], [1], {})
    add(file, functions, "lineCeil", (1, 2, 8), [3], [2], [0], {"ceilMode": True})
    add(file, functions, "lineDilated", (1, 2, 9), [3], [1], [1], {"dilation": [2]})
    add(file, functions, "image", (2, 2, 6, 5), [2, 3], [2, 1], [0, 1], {})
    add(file, functions, "imageCeil", (1, 2, 5, 7), [2, 3], [2, 3], [1, 1], {"ceilMode": True})
    add(file, functions, "imageDilated", (1, 1, 7, 6), [3, 2], [1, 2], [1, 1], {"dilation": [2, 3]})
    add(file, functions, "volume", (1, 2, 4, 5, 3), [2, 3, 2], [2, 2, 1], [1, 1, 0], {})
    # Integers, so that most windows have ties: the first takes the gradient.
    random = file.random("ties")
    file.case(
        "ties", lambda t: F.max_pool2d(t, [3, 3], [2, 2], [1, 1]), [f32(random.randint(0, 2, (1, 2, 6, 6)))],
        {"kernel": [3, 3], "stride": [2, 2], "padding": [1, 1]},
    )
    yield file.done()

    file = OpFile("avg-pool", "F.avg_pool1d, 2d and 3d by the rank of in0 [B, C, ...].")
    functions = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d]
    add(file, functions, "line", (2, 3, 7), [3], [2], [1], {})
    add(file, functions, "lineWithoutPad", (2, 3, 7), [3], [2], [1], {"countIncludePad": False})
    add(file, functions, "lineCeil", (1, 2, 8), [3], [2], [1], {"ceilMode": True})
    add(file, functions, "image", (2, 2, 6, 5), [2, 3], [2, 1], [0, 1], {})
    add(file, functions, "imageCeil", (1, 2, 5, 7), [2, 3], [2, 3], [1, 1], {"ceilMode": True})
    add(
        file, functions, "imageCeilWithoutPad", (1, 2, 5, 8), [2, 3], [2, 3], [1, 1],
        {"ceilMode": True, "countIncludePad": False},
    )
    add(file, functions, "volume", (1, 2, 4, 5, 3), [2, 3, 2], [2, 2, 1], [1, 1, 0], {})
    yield file.done()

    shapes = (("line", (2, 2, 7), [3]), ("larger", (1, 2, 3), [5]), ("image", (2, 2, 5, 7), [3, 2]), ("one", (1, 2, 4, 3), [1, 1]))
    shapes = (*shapes, ("volume", (1, 2, 3, 4, 5), [2, 3, 2]))
    for op, functions in (
        ("adaptive-max-pool", [F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d]),
        ("adaptive-avg-pool", [F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d]),
    ):
        file = OpFile(op, f"F.{op.replace('-', '_')}1d, 2d and 3d by the rank of in0 [B, C, ...].")
        for name, x, size in shapes:
            fn = functions[len(size) - 1]
            file.case(name, lambda t: fn(t, size), [normal(file.random(name), x)], {"size": size})
        yield file.done()


def resize_files():
    file = OpFile("resize-linear", "F.interpolate of in0 to size: linear, bilinear or trilinear by its rank.")
    modes = {1: "linear", 2: "bilinear", 3: "trilinear"}
    for name, x, size in (
        ("line", (1, 2, 4), [7]),
        ("shorterLine", (1, 2, 9), [4]),
        ("image", (1, 2, 3, 4), [5, 6]),
        ("smallerImage", (1, 2, 7, 6), [3, 4]),
        ("toOne", (1, 2, 3, 4), [1, 1]),
        ("fromOne", (1, 2, 1, 1), [3, 2]),
        ("volume", (1, 1, 2, 3, 4), [3, 5, 2]),
    ):
        for align in (False, True):
            case = f"{name}Aligned" if align else name
            mode = modes[len(size)]
            file.case(
                case, lambda t: F.interpolate(t, size=size, mode=mode, align_corners=align),
                [normal(file.random(case), x)], {"size": size, "alignCorners": align},
            )
    yield file.done()

    file = OpFile("resize-nearest", "F.interpolate of in0 to size, mode nearest, or nearest-exact where centred.")
    for name, x, size in (
        ("line", (2, 2, 4), [7]), ("image", (2, 2, 3, 4), [5, 7]), ("smallerImage", (1, 2, 7, 6), [3, 4]),
        ("volume", (1, 1, 2, 3, 4), [3, 5, 2]),
    ):
        for centred in (False, True):
            case = f"{name}Centred" if centred else name
            mode = "nearest-exact" if centred else "nearest"
            file.case(
                case, lambda t: F.interpolate(t, size=size, mode=mode),
                [normal(file.random(case), x)], {"size": size, "centred": centred},
            )
    yield file.done()


def files():
    yield from along_axis_files()
    yield from slice_files()
    yield from pooling_files()
    yield from resize_files()
