"""Checks of chapter 20, efficient networks."""

import numpy as np

from helpers.checks.engine import Wrong, close, exercise, pure, refuse
from helpers.checks.reading import as_array, by_name, numbers

_STEP = 3 / 255
_WEIGHTS = 3 * 3 * 64 * 128
_ON_PAPER = {
    "scale": (
        _STEP,
        {
            "256 integers have 255 steps between them": 3 / 256,
            "the range goes from -1 to 2, which is 3": 2 / 255,
            "that is for a zero point of 0; here the range is cut into 255 steps": 2 / 127,
        },
        "divide the range by the number of steps between 2⁸ integers",
    ),
    "zero point": (
        -43,
        {
            "that counts from 0: the lowest integer is -128": 85,
            "the lowest number, -1, stands at -128, and 0 lies above it": -213,
            "the sign is turned": 43,
            "that would do for weights, as many on both sides of 0": 0,
        },
        "-1 stands at -128; how many steps above it is 0?",
    ),
    "bytes, floats": (
        4 * _WEIGHTS,
        {
            "these are the weights; each has 4 bytes": _WEIGHTS,
            "these are bits: 8 make a byte": 32 * _WEIGHTS,
        },
        "count the weights; each has 32 bits, and 8 bits make a byte",
    ),
    "bytes, 4 bits": (
        _WEIGHTS / 2 + 4 * 128,
        {
            "the scales are missing, one for each of 128 channels": _WEIGHTS / 2,
            "one scale for each output channel, and there are 128": _WEIGHTS / 2 + 4 * 64,
            "each of the 128 scales has 4 bytes": _WEIGHTS / 2 + 128,
            "one scale for each output channel, not one for all": _WEIGHTS / 2 + 4,
            "4 bits are half a byte": 4 * _WEIGHTS + 4 * 128,
            "these are bits: 8 make a byte": 4 * _WEIGHTS + 32 * 128,
        },
        "two weights share a byte, and each of 128 channels has a scale",
    ),
    "largest error": (
        0.05,
        {
            "that is a whole step; rounding goes to the nearest": 0.1,
            "the largest integer is 7, not 8": 0.7 / 16,
            "with zero point 0 the scale is the largest size by 7": 0.7 / 15,
        },
        "half a step, and the step is the largest size divided by 2³ - 1",
    ),
}


@exercise("20.1")
def on_paper(answer):
    """Judge five numbers worked out on paper."""
    for name, value in numbers(answer, _ON_PAPER).items():
        right, slips, why = _ON_PAPER[name]
        exact = abs(right) > 1
        if not exact and value == round(right, 3):
            continue
        # 0.012 and 0.0118 will do, but 3/256 will not.
        close(value, right, repr(name), slips, why, rtol=0 if exact else 0.0035, atol=0.01 if exact else 0)


def _in_groups(
    w,
    bits,
    size,
    scale_of=lambda group: np.abs(group).max(),
    steps=1,
    whole=np.round,
    order="C",
    integers=False,
):
    flat, levels = w.ravel(order), 2 ** (bits - 1) - steps
    groups = [flat[start : start + size] for start in range(0, len(flat), size)]
    scales = [scale_of(group) / levels or 1 for group in groups]
    parts = [
        (1 if integers else scale) * whole(group / scale) for group, scale in zip(groups, scales, strict=True)
    ]
    return np.concatenate(parts).reshape(w.shape, order=order) + 0.0  # no -0


@exercise("20.2")
def smaller_groups(answer):
    """Judge a function of weights, bits and the groups' size that returns the rounded weights."""
    rng = np.random.default_rng(202)
    for shape, bits, size in [((4, 6), 4, 8), ((3, 3, 2, 5), 3, 16), ((10,), 4, 5), ((8, 8), 2, 64)]:
        w = rng.normal(size=shape) * np.exp(rng.normal(size=shape))
        if len(shape) == 1:
            w[:5] = 0
        found = as_array(pure(answer, w, bits, size), None, "the result")
        name = "for shape {form}, {bits} bits and groups of {size} the result"
        if found.shape != w.shape:
            template = "the result has shape {found}, expected the shape of w, {shape}"
            raise Wrong(template, found=found.shape, shape=shape)
        largest = np.abs(w).max()
        spread = np.abs(w).max(axis=tuple(range(w.ndim - 1)), keepdims=True)
        channel = np.maximum(spread, largest * 1e-9) / (2 ** (bits - 1) - 1)
        slips = {
            "these are the integers: multiply each group by its scale": _in_groups(
                w, bits, size, integers=True
            ),
            "that is one scale for all weights": _in_groups(w, bits, w.size),
            "that is a scale for each output channel": channel * np.round(w / channel),
            "the scale is the largest size divided by 2^(bits - 1) - 1": _in_groups(w, bits, size, steps=0),
            "the largest number of a group is not its largest size": _in_groups(w, bits, size, np.max),
            "round to the nearest integer, don't cut off": _in_groups(w, bits, size, whole=np.trunc),
            "round to the nearest integer, not always down": _in_groups(w, bits, size, whole=np.floor),
            "the groups follow the order of w.ravel()": _in_groups(w, bits, size, order="F"),
            "these are the weights as they were": w,
        }
        if np.isnan(found[w == 0]).any():
            raise Wrong("a group of zeros becomes nan: its scale is 0, and nothing can be divided by it")
        close(found, _in_groups(w, bits, size), name, slips, form=shape, bits=bits, size=size)


@exercise("20.3")
def two_factors(answer):
    """Judge a function of a matrix and a rank that returns two factors."""
    rng = np.random.default_rng(203)
    for n, m, rank in [(6, 4, 2), (5, 8, 3), (7, 7, 1), (4, 3, 3)]:
        W = rng.normal(size=(n, m))
        tall, wide = by_name(pure(answer, W, rank), ["tall", "wide"], "the {key} factor").values()
        values = {"n": n, "m": m, "rank": rank}
        tall = as_array(tall, None, "the first factor")
        wide = as_array(wide, None, "the second factor")
        refuse(
            {
                "for W of shape ({n}, {m}) and rank {rank} the factors have shapes {a} and {b}, expected "
                "({n}, {rank}) and ({rank}, {m})": (tall.shape, wide.shape) != ((n, rank), (rank, m))
            },
            a=tall.shape,
            b=wide.shape,
            **values,
        )
        U, s, V = np.linalg.svd(W, full_matrices=False)
        U, V, small = U[:, :rank], V[:rank], s[:rank, None]
        error, least = ((tall @ wide - W) ** 2).sum(), (s[rank:] ** 2).sum()
        turned = np.linalg.svd(W)[2][:, :rank].T  # columns in place of rows
        slips = {
            "np.linalg.svd returns V turned already: take its first rows": U * s[:rank] @ turned,
            "the singular values are missing in both factors: put them into one": U @ V,
            "the singular values stand in both factors: put them into one, or their roots into both": U
            @ (small**2 * V),
        }
        for sentence, product in slips.items():
            if np.allclose(tall @ wide, product, atol=1e-4) and error > least + 1e-4:
                raise Wrong(sentence)
        template = (
            "for W of shape ({n}, {m}) and rank {rank} the squared differences sum to {error:.4g}; "
            "{least:.4g} can be reached"
        )
        refuse({template: not error <= least + 1e-4}, error=error, least=least, **values)
