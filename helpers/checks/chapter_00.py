"""Checks of chapter 00, the start."""

import numpy as np

from helpers.checks.engine import Wrong, exercise, mistaken, pure, refuse
from helpers.checks.reading import as_array

_OUTSIDE = np.array([-3, 1, 4, 6, 9, 11, 14, 16, 19, 22, 26, 31])  # °C; hot drinks up to 9 °C


@exercise("0.2")
def warm_winter(answer):
    """Judge the lowest limit without mistakes; between 9 and 10 °C all are as good as 10."""
    limit = float(as_array(answer, (), "the limit"))
    mistakes = {
        "this is the limit of the old orders; run the search again after changing the list": 17,
        "this is the number of mistakes, expected the limit that leads to it": 0,
        "this is the place in the list of limits, expected the limit there: limits[np.argmin(...)]": 15,
    }
    mistaken(limit, mistakes, "the limit")
    count = np.sum((limit > _OUTSIDE) != (_OUTSIDE <= 9))
    faults = {
        "with the limit {limit:g} °C there are mistakes left: {count}": count or not np.isfinite(limit),
        "{limit:g} makes no mistake either, but a lower limit does as well": limit > 10,
    }
    refuse(faults, limit=limit, count=count)


@exercise("0.3")
def most_similar(answer):
    """Judge a function of cases (n, features) and a case on features of very different scales."""
    tasks = list(_similarity_tasks())
    found = [as_array(pure(answer, *task), (), "what the function returns") for task in tasks]
    rows = [_rows(*task) for task in tasks]
    mistakes = {why: [row[why] for row in rows] for why in rows[0]}
    right = mistakes.pop("right")
    mistaken(found, mistakes, "the rows")
    template = "for cases of shape {shape} it returns {row:g}, but row {nearest} is nearest"
    for (cases, _), row, nearest in zip(tasks, found, right, strict=True):
        if row != nearest:
            raise Wrong(template, shape=cases.shape, row=row, nearest=nearest)


def _rows(cases, case):
    """The row that is nearest, and those that mistakes lead to."""
    away = cases - case  # (n, features)
    widths = np.std(cases, axis=0)
    return {
        "right": _shortest(away / widths),
        "the feature with the largest numbers decides alone: "
        "divide each by its standard deviation": _shortest(away),
        "only the first feature counts": _shortest(away[:, :1]),
        "differences with opposite signs cancel: take their squares before the sum": _shortest(
            np.sum(away / widths, axis=1, keepdims=True)
        ),
        "this divides by the variance, expected the standard deviation": _shortest(away / widths**2),
    }


def _shortest(away):
    return np.argmin(np.sum(away**2, axis=1))


def _similarity_tasks():
    """Cases and a case, for which any usual distance finds the same row, and another scale another one."""
    yield np.array([[1.0, 1000.0], [5.0, 1010.0], [9.0, 3000.0]]), np.array([1.2, 1030.0])
    rng = np.random.default_rng(0)
    for features in (1, 2, 2, 3, 5) * 40:
        # Two groups, and few far values: neither range nor mean nor variance is a measure of all widths.
        groups, far = np.sign(rng.normal(size=(30, features))) + 0.3, rng.standard_t(2, (30, features))
        cases = np.where(np.arange(features) % 2, groups + far / 9, far + 5)
        cases = cases * 10.0 ** rng.permutation(features)
        case = cases[rng.integers(30)] + np.std(cases, axis=0) * rng.normal(size=features)
        away = np.abs(cases - case) / np.std(cases, axis=0)
        lengths = np.array([away.sum(axis=1), np.sqrt((away**2).sum(axis=1)), away.max(axis=1)])
        first, second = np.sort(lengths, axis=1)[:, :2].T
        if len(set(lengths.argmin(axis=1))) == 1 and np.all(second > 1.05 * first):
            yield cases, case
