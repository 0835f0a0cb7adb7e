"""Checks of chapter 00, the start."""

import numpy as np

from helpers.checks.engine import Wrong, as_array, call, exercise


@exercise("0.1")
def kernel_remembers(answer):
    """Judge the predicted number."""
    value = as_array(answer, (), "b")
    if value == 50:
        return "b is 50 only if the second cell ran again after a = 5; nothing runs a cell but you"
    return None if value == 20 else f"b is {value:g}; follow the three cells one by one"


@exercise("0.2")
def warm_winter(answer):
    """Judge the lowest limit without mistakes."""
    value = as_array(answer, (), "the limit")
    if value == 17:
        return "17 is the limit of the old orders; run the search again after changing the list"
    if value == 11:
        return "11 makes no mistake either, but a lower limit does as well"
    return (
        None
        if value == 10
        else f"with the limit {value:g} °C there are mistakes left, or it isn't the lowest"
    )


@exercise("0.3")
def most_similar(answer):
    """Judge a function on cases where the unit decides, and on random ones."""
    cases = np.array([[1.0, 1000.0], [5.0, 1010.0], [9.0, 3000.0]])
    row = as_array(call(answer, cases, np.array([1.2, 1030.0])), (), "what the function returns")
    if row == 1:
        return "the second feature, in thousands, decides alone; divide each by its standard deviation"
    rng = np.random.default_rng(0)
    for features in (1, 2, 5):
        cases = rng.normal(size=(20, features)) * 10.0 ** np.arange(features)
        case = cases[7] + 1e-3
        distances = np.sum(((cases - case) / cases.std(axis=0)) ** 2, axis=1)
        row = as_array(call(answer, cases, case), (), "what the function returns")
        if row != np.argmin(distances):
            shape = cases.shape
            raise Wrong(
                f"for cases of shape {shape} it returns {row:g}, but row {np.argmin(distances)} is nearest"
            )
    return None
