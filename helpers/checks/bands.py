"""Bands that measured numbers must lie in, so that the text around them can be believed."""

import json
import sys

from helpers.settings import path_setting

_REAL_SETS = {
    **{"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST", "imdb": "IMDB", "cifar10": "CIFAR-10"},
    **{"signs": "Sign Language Digits", "nuclei": "Data Science Bowl 2018", "blood_cells": "BCCD"},
}


def assert_between(value, low, high, name, embedded=None, show=None, data=None):
    """Fail unless a measured number lies in its band; print a line about it if asked to.

    Outside of the band is an AssertionError; no single number a TypeError, a band upside down a
    ValueError.

    Parameters
    ----------
    value : float
        Also a NumPy scalar or a scalar tensor. NaN is in no band.
    low, high : float
        The band's ends, both included.
    name : str
        What was measured, for the message: "test accuracy".
    embedded : (float, float), optional
        The band that holds instead when this notebook runs on the course's embedded data.
    show : str, optional
        Python's format for the numbers of a printed line, such as ".1%"; it holds both bands where there
        are two. Nothing is printed without it.
    data : str, optional
        The one set on which the number depends, such as "cifar10"; by default any that was loaded.
    """
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} is of type {type(value).__name__}; expected one number") from error
    data, is_embedded = _data_in_use([data] if data else _REAL_SETS)
    published = low, high
    if is_embedded and embedded is not None:
        low, high = embedded
    if not low <= high:
        raise ValueError(f"the band of {name} is [{low}, {high}]; give the smaller number first")

    # Each call is a line of JSON for `make bench`, which reads it.
    if record_file := path_setting("COURSE_RECORD_FILE"):
        line = json.dumps({"name": name, "value": number, "low": float(low), "high": float(high)})
        with record_file.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    if not low <= number <= high:
        shown, shown_low, shown_high = written_apart(number, low, high)
        where = f" ({data})" if data else ""
        raise AssertionError(f"{name} is {shown}, expected between {shown_low} and {shown_high}{where}")
    if show:
        line = f"{name}: {number:{show}}, expected {low:{show}} to {high:{show}}"
        if embedded is not None and tuple(embedded) != published:
            others, (low, high) = ("published data", published) if is_embedded else ("drawn data", embedded)
            line += f" ({others}: {low:{show}} to {high:{show}})"
        print(line)


def _data_in_use(names):
    """Those of the data sets that this process loaded, and whether any of them is the embedded one."""
    # Looked up rather than imported: a notebook that never loaded data has no need of the module.
    datasets = sys.modules.get("helpers.datasets")
    if datasets is None:
        return "", False
    sources = {_REAL_SETS[name]: datasets.source_of(name) for name in names}
    if "embedded" in sources.values():
        return "embedded data", True
    return ", ".join(title for title, source in sources.items() if source), False


def written(number):
    """Write a number as people do: whole ones in full, 590,848, others with five digits that count."""
    number = float(number)
    if 1e5 <= abs(number) < 1e15 and number.is_integer():
        return f"{number:,.0f}"
    return f"{number:.5g}"


def written_apart(*numbers, digits=3, style="f"):
    """Write numbers with at least so many digits, and more where different ones would read the same.

    Digits are those after the point for Python's style "f", significant ones for "g"; "f" gives way to "g"
    for numbers that it suits badly.
    """
    if any(number != 0 and not 1e-3 <= abs(number) < 1e6 for number in numbers):
        style = "g"
    for more in range(digits, 17):
        texts = [f"{number:.{more}{style}}" for number in numbers]
        if len(set(texts)) == len(set(numbers)):
            break
    return texts
