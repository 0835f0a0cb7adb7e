"""Checks of chapter 17, generative models."""

import numpy as np

from helpers.checks import tables
from helpers.checks.engine import Wrong, close, exercise, pure, refuse
from helpers.checks.reading import as_array, shares


@exercise("17.1")
def on_paper(answer):
    """Judge Fréchet distances of normal distributions of one number, and a mean on either side."""
    given, either = tables.read("17.1", answer), "as bad with deviation 2: how far the mean"
    tables.compare("17.1", given | {either: abs(given[either])})


def _kl(m1, s1, m2, s2):
    return np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5


@exercise("17.2")
def kl_between(answer):
    """Judge a function from two clouds, (n, k) each, to their divergence (n,)."""
    rng = np.random.default_rng(17)
    for n, k in [(1, 1), (4, 3), (6, 2)]:
        m1, m2 = rng.normal(size=(2, n, k))
        s1, s2 = rng.uniform(0.4, 2.5, (2, n, k))
        parts, swapped = _kl(m1, s1, m2, s2), _kl(m2, s2, m1, s1)
        logarithm, squares = np.log(s2 / s1), s1**2 + (m1 - m2) ** 2
        multiplied = logarithm + squares / 2 * s2**2 - 0.5
        variances = logarithm + (s1 + (m1 - m2) ** 2) / (2 * s2) - 0.5
        sums = {
            "the two clouds are swapped: this is the divergence of the second from the first": swapped,
            "the half at the end is missing": parts + 0.5,
            "the half at the end is taken away": parts + 1,
            "the logarithm is upside down: s2 over s1": parts - 2 * logarithm,
            "the logarithm is missing": parts - logarithm,
            "the difference of the means is not squared": _kl(np.sqrt(np.abs(m1 - m2)), s1, 0, s2),
            "the difference of the means is missing": _kl(0, s1, 0, s2),
            "the 2 below the fraction is missing": parts + squares / (2 * s2**2),
            "dividing by 2 and then times s2 squared multiplies: put 2 * s2**2 in brackets": multiplied,
            "the deviations are used like variances: square them": variances,
            "this goes to the standard normal distribution, not to the second one": _kl(m1, s1, 0, 1),
        }
        mistakes = {sentence: wrong.sum(axis=1) for sentence, wrong in sums.items()}
        mistakes["add up the k numbers of each code: expected n numbers"] = parts
        mistakes["this is the mean over the k numbers, expected their sum"] = parts.mean(axis=1)
        close(pure(answer, m1, s1, m2, s2), parts.sum(axis=1), "the divergence", mistakes)


@exercise("17.3")
def right_by_guidance(answer):
    """Judge shares of right labels for three weights of guidance, by what each weight means."""
    found = shares(answer, (0, 1, 3), "the share for guidance {key}")
    none, plain, strong = found.values()
    # With the weights that ship: 0.101, 0.943 and 1.
    alike = abs(none - strong) < 0.02
    faults = {
        "all three are {strong:.2f}, as by chance: decode the last stage, sample_codes(...)[-1], and compare "
        "with wanted": max(found.values()) < 0.2,
        "all three are {strong:.2f}: hand the weight to sample_codes, as guidance=g": alike,
        "for guidance 0 it is {none:.2f}, expected about 0.1: the label is not heard, one in ten is right "
        "by chance": not 0.06 < none < 0.15,
        "it falls from guidance 1 to 3; are they swapped?": plain > strong,
        "for guidance 1 it is {plain:.2f}, expected about 0.94: has the judge seen decoded pictures of "
        "guided, with guidance=1?": not 0.89 < plain < 0.975,
        "for guidance 3 it is {strong:.2f}, expected nearly 1": strong < 0.989,
    }
    refuse(faults, none=none, plain=plain, strong=strong)


@exercise("17.4")
def nearest_known(answer):
    """Judge a function from made and known pictures to the distance of the nearest known one."""
    rng = np.random.default_rng(4)
    for n, m, shape in [(3, 7, (28, 28)), (6, 4, (28, 28, 1)), (1, 5, (28, 28)), (20, 20, (28, 28))]:
        made, known = (rng.random((count, *shape)) for count in (n, m))
        known[m // 2] = made[0] + 0.02
        if n == m:  # all are remembered
            known = made[::-1].copy()
        differences = (made[:, None] - known).reshape(n, m, -1)
        squares, sums = (differences**2).sum(axis=2), np.abs(differences).sum(axis=2)
        distances, nearest, smallest = np.sqrt(squares), squares.min(axis=1), sums.min(axis=1)
        mistakes = {
            "the root is missing: this is the squared distance": nearest,
            "this is a mean over the pixels, expected the Euclidean distance": nearest / 784,
            "this is the root of a mean over the pixels, expected the root of the sum": np.sqrt(nearest) / 28,
            "these are places in the list, expected distances": squares.argmin(axis=1),
            "this is the farthest one, expected the nearest": distances.max(axis=1),
            "this is the mean over all known ones, expected the nearest": distances.mean(axis=1),
            "these are all distances: take the smallest for each made picture": distances,
            "made and known are swapped: one number for each made picture": distances.min(axis=0),
            "this is the sum of absolute differences, expected the root of the sum of squares": smallest,
        }
        found = as_array(pure(answer, made, known), None, "the nearest distance")
        if np.isnan(found).any():
            raise Wrong(
                "the nearest distance is nan for a copy: its squares may sum to slightly below 0, so take "
                "np.maximum(squares, 0) before the root"
            )
        # The root of a rounding error is no longer small.
        close(found, np.sqrt(nearest), "the nearest distance", mistakes, rtol=1e-3, atol=0.03)
