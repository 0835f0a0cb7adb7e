"""Checks of chapter 20, efficient networks."""

import functools

import numpy as np

from helpers.checks.engine import Wrong, close, exercise, pure, refuse
from helpers.checks.known import of_part
from helpers.checks.reading import as_array, by_name, numbers

_FLOATS, _BITS = "bytes, floats", "bytes, 4 bits"
_WEIGHTS = 3 * 3 * 64 * 128
_ON_PAPER = {
    "scale": 3 / 255,
    "zero point": -43,
    _FLOATS: 4 * _WEIGHTS,
    _BITS: _WEIGHTS / 2 + 4 * 128,
    "largest error": 0.05,
}
_SLIPS = {
    "256 integers have 255 steps between them": {"scale": 3 / 256},
    "the range goes from -1 to 2, which is 3": {"scale": 2 / 255},
    "that is for a zero point of 0; here the range is cut into 255 steps": {"scale": 2 / 127},
    "that counts from 0: the lowest integer is -128": {"zero point": 85},
    "the lowest number, -1, stands at -128, and 0 lies above it": {"zero point": -213},
    "the sign is turned": {"zero point": 43},
    "that would do for weights, as many on both sides of 0": {"zero point": 0},
    "these are the weights; each has 4 bytes": {_FLOATS: _WEIGHTS},
    "the scales are missing, one for each of 128 channels": {_BITS: _WEIGHTS / 2},
    "one scale for each output channel, and there are 128": {_BITS: _WEIGHTS / 2 + 4 * 64},
    "each of the 128 scales has 4 bytes": {_BITS: _WEIGHTS / 2 + 128},
    "one scale for each output channel, not one for all": {_BITS: _WEIGHTS / 2 + 4},
    "4 bits are half a byte": {_BITS: 4 * _WEIGHTS + 4 * 128},
    "these are bits: 8 make a byte": {_FLOATS: 32 * _WEIGHTS, _BITS: 4 * _WEIGHTS + 32 * 128},
    "that is a whole step; rounding goes to the nearest": {"largest error": 0.1},
    "the largest integer is 7, not 8": {"largest error": 0.7 / 16},
    "with zero point 0 the scale is the largest size by 7": {"largest error": 0.7 / 15},
}
_WHY = {
    "scale": "divide the range by the number of steps between 2⁸ integers",
    "zero point": "-1 stands at -128; how many steps above it is 0?",
    _FLOATS: "count the weights; each has 32 bits, and 8 bits make a byte",
    _BITS: "two weights share a byte, and each of 128 channels has a scale",
    "largest error": "half a step, and the step is the largest size divided by 2³ - 1",
}


@exercise("20.1")
def on_paper(answer):
    """Judge five numbers worked out on paper."""
    for name, value in numbers(answer, _ON_PAPER).items():
        right = _ON_PAPER[name]
        exact = abs(right) > 1
        if not exact and value == round(right, 3):
            continue
        # 0.012 and 0.0118 will do, but 3/256 will not.
        near = {"rtol": 0, "atol": 0.01} if exact else {"rtol": 0.0035, "atol": 0}
        close(value, right, repr(name), of_part(name, _SLIPS), _WHY[name], **near)


def _in_groups(w, bits, size, top=lambda group: np.abs(group).max(), steps=1, whole=np.round, integers=False):
    """The weights, rounded in groups that share a scale; every option is a known mistake's."""
    levels = 2 ** (bits - 1) - steps
    groups = np.split(w.ravel(), range(size, w.size, size))
    scales = [top(group) / levels or 1 for group in groups]
    rounded = [
        (1 if integers else scale) * whole(group / scale) for group, scale in zip(groups, scales, strict=True)
    ]
    return np.concatenate(rounded).reshape(w.shape) + 0.0  # no -0


@exercise("20.2")
def smaller_groups(answer):
    """Judge a function of weights, bits and the groups' size that returns the rounded weights."""
    rng = np.random.default_rng(202)
    for shape, bits, size in [((4, 6), 4, 8), ((3, 3, 2, 5), 3, 16), ((10,), 4, 5), ((8, 8), 2, 64)]:
        w = rng.normal(size=shape) * np.exp(rng.normal(size=shape))
        if len(shape) == 1:
            w[:5] = 0
        found = as_array(pure(answer, w, bits, size), None, "the result")
        if found.shape != w.shape:
            template = "the result has shape {found}, expected the shape of w, {shape}"
            raise Wrong(template, found=found.shape, shape=shape)
        if np.isnan(found[w == 0]).any():
            raise Wrong("a group of zeros becomes nan: its scale is 0, and nothing can be divided by it")
        spread = np.abs(w).max(axis=tuple(range(w.ndim - 1)), keepdims=True)
        channel = np.maximum(spread, np.abs(w).max() * 1e-9) / (2 ** (bits - 1) - 1)
        rounded = functools.partial(_in_groups, w, bits)
        slips = {
            "these are the integers: multiply each group by its scale": rounded(size, integers=True),
            "that is one scale for all weights": rounded(w.size),
            "that is a scale for each output channel": channel * np.round(w / channel),
            "the scale is the largest size divided by 2^(bits - 1) - 1": rounded(size, steps=0),
            "the largest number of a group is not its largest size": rounded(size, np.max),
            "round to the nearest integer, don't cut off": rounded(size, whole=np.trunc),
            "round to the nearest integer, not always down": rounded(size, whole=np.floor),
            "the groups follow the order of w.ravel()": _in_groups(w.T, bits, size).T,
            "these are the weights as they were": w,
        }
        name = "for shape {form}, {bits} bits and groups of {size} the result"
        close(found, rounded(size), name, slips, form=shape, bits=bits, size=size)


@exercise("20.3")
def two_factors(answer):
    """Judge a function of a matrix and a rank that returns two factors."""
    rng = np.random.default_rng(203)
    for n, m, rank in [(6, 4, 2), (5, 8, 3), (7, 7, 1), (4, 3, 3)]:
        W = rng.normal(size=(n, m))
        tall, wide = by_name(pure(answer, W, rank), ["tall", "wide"], "the {key} factor").values()
        tall, wide = as_array(tall, None, "the first factor"), as_array(wide, None, "the second factor")
        values = {"n": n, "m": m, "rank": rank, "a": tall.shape, "b": wide.shape}
        fault = (
            "for W of shape ({n}, {m}) and rank {rank} the factors have shapes {a} and {b}, expected "
            "({n}, {rank}) and ({rank}, {m})"
        )
        refuse({fault: (tall.shape, wide.shape) != ((n, rank), (rank, m))}, **values)
        U, s, V = np.linalg.svd(W, full_matrices=False)
        U, V, small = U[:, :rank], V[:rank], s[:rank, None]
        turned = np.linalg.svd(W)[2][:, :rank].T  # columns in place of rows
        twice = U @ (small**2 * V)
        slips = {
            "np.linalg.svd returns V turned already: take its first rows": U * s[:rank] @ turned,
            "the singular values are missing in both factors: put them into one": U @ V,
            "the singular values stand in both factors: put them into one, or their roots into both": twice,
        }
        faults = {why: np.allclose(tall @ wide, product, atol=1e-4) for why, product in slips.items()} | {
            "for W of shape ({n}, {m}) and rank {rank} the squared differences sum to {error:.4g}; "
            "{least:.4g} can be reached": True
        }
        error, least = ((tall @ wide - W) ** 2).sum(), (s[rank:] ** 2).sum()
        if not error <= least + 1e-4:
            refuse(faults, error=error, least=least, **values)
