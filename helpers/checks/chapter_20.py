"""Checks of chapter 20, efficient networks."""

import functools

import numpy as np

from helpers.checks.engine import Wrong, close, exercise, pure, refuse
from helpers.checks.reading import as_array, by_name


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
