"""Losses with their options. Inputs after the second are options by name: the parameter `roles`, a mask as int32."""

import math

import torch
from torch.nn import functional as F

from golden import f32, i32, normal, uniform
from op_file import OpFile

REDUCTIONS = ("mean", "sum", "none")


def named(name, reduction):
    return name if reduction == "mean" else f"{name}{reduction.capitalize()}"


def masked(losses, mask, reduction):
    """The losses that the mask leaves, reduced; PyTorch's own losses take no mask."""
    kept = losses * mask.to(losses.dtype).expand(losses.shape)
    if reduction == "none":
        return kept
    return kept.sum() if reduction == "sum" else kept.sum() / mask.expand(losses.shape).sum()


def element_files():
    file = OpFile("mse-weighted", "weight (in0 - in1)^2; the mean divides by the number of losses that the mask leaves.")
    for reduction in REDUCTIONS:
        name = named("weight", reduction)
        random = file.random(name)
        inputs = [normal(random, (3, 4)), normal(random, (3, 4)), uniform(random, (4,), 0.5, 2)]

        def weighted(x, y, w, r=reduction):
            losses = w * F.mse_loss(x, y, reduction="none")
            return losses if r == "none" else getattr(losses, r)()

        file.case(name, weighted, inputs, {"reduction": reduction, "roles": ["weight"]})
        name = named("mask", reduction)
        random = file.random(name)
        inputs = [normal(random, (3, 4)), normal(random, (3, 4)), i32([[1], [0], [1]])]
        file.case(
            name, lambda x, y, m, r=reduction: masked(F.mse_loss(x, y, reduction="none"), m, r), inputs,
            {"reduction": reduction, "roles": ["mask"]},
        )
    yield file.done()

    file = OpFile("smooth-l1", "d = in0 - in1: d^2 / (2 beta) where |d| < beta, |d| - beta / 2 elsewhere.")
    for case, beta in (("beta1", 1.0), ("betaHalf", 0.5), ("beta2", 2.0), ("beta0", 0.0)):
        for reduction in REDUCTIONS:
            name = named(case, reduction)
            random = file.random(name)
            file.case(
                name, lambda x, y, b=beta, r=reduction: F.smooth_l1_loss(x, y, reduction=r, beta=b),
                [normal(random, (3, 4), 1.5), normal(random, (3, 4))], {"beta": beta, "reduction": reduction},
            )
    yield file.done()

    file = OpFile(
        "binary-cross-entropy-options",
        "Binary cross entropy of logits in0 with targets in1, weight and positiveWeight by roles. Gradients of all.",
    )
    roles = {
        "soft": ([], []), "weight": (["weight"], [(3, 1)]), "positiveWeight": (["positiveWeight"], [(4,)]),
        "both": (["weight", "positiveWeight"], [(4,), (4,)]),
    }

    # From its parts: PyTorch 1.13 has no derivative by target and weights.
    def bce(x, t, weight, positive, reduction):
        losses = positive * t * F.softplus(-x) + (1 - t) * F.softplus(x)
        own = F.binary_cross_entropy_with_logits(
            x, t.detach(), weight.detach() if weight is not None else None, pos_weight=positive.detach(), reduction="none"
        )
        losses = losses if weight is None else losses * weight
        tolerance = 1e-12 if x.dtype == torch.float64 else 1e-5
        assert torch.allclose(losses.expand(own.shape), own, rtol=tolerance, atol=tolerance)
        return losses if reduction == "none" else getattr(losses, reduction)()

    for case, (role, shapes) in roles.items():
        for reduction in ("mean", "none"):
            name = named(case, reduction)
            random = file.random(name)
            inputs = [normal(random, (3, 4), 3), uniform(random, (3, 4), 0, 1)]
            inputs += [uniform(random, shape, 0.5, 3) for shape in shapes]

            def fn(x, t, *more, role=role, r=reduction):
                given = dict(zip(role, more))
                one = torch.ones((), dtype=x.dtype)
                return bce(x, t, given.get("weight"), given.get("positiveWeight", one), r)

            file.case(name, fn, inputs, {"reduction": reduction, "roles": role})
    yield file.done()

    file = OpFile("focal-loss", "alpha_t (1 - p_t)^gamma (-log p_t) of logits in0 and targets in1 of 0 and 1; gradient of in0.")

    def focal(x, t, gamma, alpha, reduction):
        p = torch.sigmoid(x)
        loss = F.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - (p * t + (1 - p) * (1 - t))) ** gamma
        loss = loss if alpha is None else loss * (alpha * t + (1 - alpha) * (1 - t))
        return loss if reduction == "none" else getattr(loss, reduction)()

    for case, gamma, alpha in (("plain", 2.0, None), ("alpha", 2.0, 0.25), ("gamma", 0.5, 0.6)):
        for reduction in ("mean", "none"):
            name = named(case, reduction)
            random = file.random(name)
            params = {"gamma": gamma, "reduction": reduction, **({} if alpha is None else {"alpha": alpha})}
            file.case(
                name, lambda x, t, g=gamma, a=alpha, r=reduction: focal(x, t, g, a, r),
                [normal(random, (3, 4), 2), f32(random.randint(0, 2, (3, 4)))], params, [0],
            )
    yield file.done()

    file = OpFile("dice-loss", "1 - (2 sum in0 in1 + eps) / (sum in0 + sum in1 + eps) over the axes, all but the first.")

    def dice(p, t, axes, eps, reduction, mask=None):
        if mask is not None:
            p, t = p * mask, t * mask
        loss = 1 - (2 * (p * t).sum(axes) + eps) / (p.sum(axes) + t.sum(axes) + eps)
        return loss if reduction == "none" else getattr(loss, reduction)()

    for name, axes, eps, mask in (("plain", None, 1.0, None), ("axes", [0, 2], 0.5, None), ("mask", None, 1.0, [1, 0, 1, 1])):
        random = file.random(name)
        inputs = [uniform(random, (2, 3, 4), 0, 1), f32(random.randint(0, 2, (2, 3, 4)))]
        inputs += [] if mask is None else [i32(mask)]
        reduction = "none" if axes else "mean"
        params = {"eps": eps, "reduction": reduction, "roles": [] if mask is None else ["mask"]}
        params |= {"axes": axes} if axes else {}
        file.case(
            name, lambda p, t, m=None, a=axes or [1, 2], e=eps, r=reduction: dice(p, t, a, e, r, m), inputs, params
        )
    yield file.done()

    file = OpFile("kl-divergence", "p (log p - in0), p = in1 or exp(in1).")
    for log_target in (False, True):
        for reduction in ("mean", "sum", "none", "batchmean"):
            name = named("logTarget" if log_target else "plain", reduction)
            random = file.random(name)
            x = torch.log_softmax(torch.from_numpy(normal(random, (3, 4))), -1).numpy()
            t = torch.log_softmax(torch.from_numpy(normal(random, (3, 4))), -1)
            t = (t if log_target else t.exp()).numpy()
            params = {"logTarget": log_target, "batchMean": reduction == "batchmean"}
            if reduction != "batchmean":
                params["reduction"] = reduction
            file.case(
                name, lambda a, b, r=reduction, log=log_target: F.kl_div(a, b, reduction=r, log_target=log), [x, t], params
            )
    random = file.random("zeros")
    x = torch.log_softmax(torch.from_numpy(normal(random, (2, 3))), -1).numpy()
    file.case("zeros", F.kl_div, [x, f32([[0.5, 0, 0.5], [1, 0, 0]])], {}, [0])
    yield file.done()


def class_files():
    ids = [0, 3, 2, 2]
    holes = [0, -100, 2, 1]

    file = OpFile(
        "cross-entropy-options",
        "Cross entropy of logits in0 with ids or probabilities in1 along the axis; class weights and a row mask by "
        "roles, rows where the mask is 0 do not count.",
    )

    def moved(x, axis):
        return x.movedim(axis, 1) if x.dim() > 1 else x

    def add(name, logits, target, differentiable=None, weight=None, mask=None, axis=-1, **options):
        roles = ([] if weight is None else ["weight"]) + ([] if mask is None else ["mask"])
        extra = [x for x in (weight, mask) if x is not None]
        soft = target.dtype.kind == "f"
        arguments = {"label_smoothing": options.get("labelSmoothing", 0.0), "reduction": options.get("reduction", "mean")}
        if not soft:
            arguments["ignore_index"] = options.get("ignoreIndex", -100)

        def fn(x, t, *more):
            given = dict(zip(roles, more))
            x, t = moved(x, axis), moved(t, axis) if soft else t
            w = given.get("weight")
            if "mask" in given:
                # Only the rows that count: flat logits and targets.
                keep = given["mask"].bool()
                return F.cross_entropy(x[keep], t[keep], weight=w, **arguments)
            return F.cross_entropy(x, t, weight=w, **arguments)

        file.case(name, fn, [logits, target] + extra, {"axis": axis, "roles": roles, **options}, differentiable)

    def logits(name, shape=(4, 4)):
        return normal(file.random(name), shape, 2)

    def soft(name, shape=(4, 4), axis=-1):
        values = torch.from_numpy(normal(file.random(f"{name}/target"), shape))
        return torch.softmax(values, axis).numpy()

    weight = f32([0.5, 2.0, 1.0, 0.25])
    for reduction in REDUCTIONS:
        name = named("plain", reduction)
        add(name, logits(name), i32(ids), reduction=reduction)
    for reduction in ("mean", "none"):
        name = named("weighted", reduction)
        add(name, logits(name), i32(holes), [0], weight, reduction=reduction)
        name = named("soft", reduction)
        add(name, logits(name), soft(name), reduction=reduction)
        name = named("softWeighted", reduction)
        add(name, logits(name), soft(name), [0, 1, 2], weight, reduction=reduction, labelSmoothing=0.1)
        name = named("weightedSmoothed", reduction)
        add(name, logits(name), i32(holes), [0], weight, reduction=reduction, labelSmoothing=0.2)
    add("axis1", logits("axis1", (2, 3, 4)), i32([[0, 1, 2, 0], [2, 2, 1, -7]]), axis=1, ignoreIndex=-7)
    add("softAxis1", logits("softAxis1", (2, 3, 4)), soft("softAxis1", (2, 3, 4), 1), axis=1, labelSmoothing=0.3)
    add("mask", logits("mask"), i32(ids), [0], mask=i32([1, 0, 1, 1]))
    add("maskWeighted", logits("maskWeighted"), i32(holes), [0], weight, i32([1, 0, 1, 1]), labelSmoothing=0.1)
    add("maskSoft", logits("maskSoft"), soft("maskSoft"), [0, 1], None, i32([1, 0, 1, 1]))
    add("large", f32([[1e4, -1e4, 0], [1e4, -1e4, 0]]), f32([[0.5, 0, 0.5], [0, 1, 0]]), [0])
    yield file.done()

    file = OpFile("nll", "-w[id] in0[id] along the axis; the mean divides by the weights of the ids that count.")
    weight = f32([0.5, 2.0, 1.0])
    for reduction in REDUCTIONS:
        for case, w in (("plain", None), ("weighted", weight)):
            name = named(case, reduction)
            x = torch.log_softmax(torch.from_numpy(normal(file.random(name), (4, 3))), -1).numpy()
            options = {"reduction": reduction, "roles": [] if w is None else ["weight"]}
            file.case(
                name, lambda a, t, *more, r=reduction: F.nll_loss(a, t, *more, reduction=r),
                [x, i32([0, 2, -100, 1])] + ([] if w is None else [w]), options, [0],
            )
    x = torch.log_softmax(torch.from_numpy(normal(file.random("axis1"), (2, 3, 2))), 1).numpy()
    file.case(
        "axis1", lambda a, t: F.nll_loss(a, t, ignore_index=1), [x, i32([[0, 1], [2, 1]])], {"axis": 1, "ignoreIndex": 1}
    )
    yield file.done()


def vector_files():
    file = OpFile("cosine-similarity", "in0 . in1 / (max(|in0|, eps) max(|in1|, eps)) along the axis.")
    for name, shapes, axis in (
        ("last", ((3, 5), (3, 5)), -1), ("first", ((4, 3), (4, 3)), 0), ("middle", ((2, 4, 3), (2, 4, 3)), 1),
        ("broadcast", ((3, 1, 5), (2, 5)), -1),
    ):
        random = file.random(name)
        inputs = [normal(random, shape) for shape in shapes]
        file.case(name, lambda a, b, d=axis: F.cosine_similarity(a, b, dim=d), inputs, {"axis": axis})
    random = file.random("eps")
    # Both lengths are above eps: below, PyTorch 1.13 keeps the derivative of the length that it has replaced by eps.
    file.case(
        "eps", lambda a, b: F.cosine_similarity(a, b, dim=-1, eps=1e-3), [normal(random, (3, 5)), normal(random, (3, 5))],
        {"eps": 1e-3},
    )
    yield file.done()

    file = OpFile("cosine-embedding", "1 - cos(in0, in1) where in2 is 1, max(0, cos - margin) where it is -1.")
    for margin in (0.0, -0.5, 0.3):
        for reduction in REDUCTIONS:
            name = named(f"margin{margin}", reduction)
            random = file.random(name)
            file.case(
                name, lambda a, b, y, m=margin, r=reduction: F.cosine_embedding_loss(a, b, y, margin=m, reduction=r),
                [normal(random, (5, 4)), normal(random, (5, 4)), i32([1, -1, -1, 1, -1])],
                {"margin": margin, "reduction": reduction},
            )
    yield file.done()

    file = OpFile("triplet-margin", "max(0, margin + |a - p + 1e-6| - |a - n + 1e-6|).")
    for swap in (False, True):
        for reduction in REDUCTIONS:
            name = named("swap" if swap else "plain", reduction)
            random = file.random(name)
            file.case(
                name,
                lambda a, p, n, s=swap, r=reduction: F.triplet_margin_loss(a, p, n, margin=0.7, swap=s, reduction=r),
                [normal(random, (5, 3)) for _ in range(3)], {"margin": 0.7, "swap": swap, "reduction": reduction},
            )
    yield file.done()

    file = OpFile(
        "info-nce", "Cross entropy of in0 in1^T / temperature with the diagonal as its classes; in2 is CLIP's logit_scale."
    )

    def nce(a, b, scale, normalize, symmetric, reduction):
        if normalize:
            a, b = F.normalize(a, dim=-1), F.normalize(b, dim=-1)
        scores = scale * a @ b.T
        ids = torch.arange(len(a))
        loss = F.cross_entropy(scores, ids, reduction=reduction)
        return (loss + F.cross_entropy(scores.T, ids, reduction=reduction)) / 2 if symmetric else loss

    for name, temperature, normalize, symmetric, reduction in (
        ("clip", 0.07, True, True, "mean"), ("oneWay", 0.5, True, False, "none"), ("raw", 1.0, False, True, "sum"),
        ("logitScale", None, True, True, "mean"), ("logitScaleOneWay", None, False, False, "none"),
    ):
        random = file.random(name)
        inputs = [normal(random, (4, 3)), normal(random, (4, 3))]
        params = {"normalize": normalize, "symmetric": symmetric, "reduction": reduction}
        if temperature is None:
            inputs.append(f32(0.4))
        else:
            params["temperature"] = temperature

        def fn(a, b, log_scale=None, t=temperature, n=normalize, s=symmetric, r=reduction):
            return nce(a, b, 1 / t if log_scale is None else log_scale.exp(), n, s, r)

        file.case(name, fn, inputs, params)
    yield file.done()

    file = OpFile(
        "chamfer-distance",
        "Mean squared distance of in0's points to their nearest of in1, and the other way, of clouds; in2 and in3 are masks.",
    )

    def chamfer(a, b, mask_a=None, mask_b=None, reduction="mean"):
        distances = ((a[:, :, None] - b[:, None]) ** 2).sum(-1)
        ones = (torch.ones(x.shape[:2], dtype=torch.int64) for x in (a, b))
        mask_a, mask_b = (one if m is None else m for m, one in zip((mask_a, mask_b), ones))
        far = distances.masked_fill(mask_b[:, None] == 0, math.inf).min(2).values
        near = distances.masked_fill(mask_a[:, :, None] == 0, math.inf).min(1).values
        per_cloud = (far * mask_a).sum(1) / mask_a.sum(1) + (near * mask_b).sum(1) / mask_b.sum(1)
        return per_cloud if reduction == "none" else getattr(per_cloud, reduction)()

    masks = [i32([[1, 1, 0, 1, 1], [1, 0, 0, 1, 0]]), i32([[1, 1, 1, 1], [0, 1, 1, 0]])]
    for name, n, m, extra in (("plain", 5, 4, []), ("onePoint", 3, 1, []), ("masks", 5, 4, masks)):
        for reduction in REDUCTIONS:
            case = named(name, reduction)
            random = file.random(case)
            inputs = [normal(random, (2, n, 3)), normal(random, (2, m, 3))] + extra
            file.case(
                case, lambda *given, r=reduction: chamfer(*given, reduction=r), inputs, {"reduction": reduction}
            )
    yield file.done()


def files():
    yield from element_files()
    yield from class_files()
    yield from vector_files()
