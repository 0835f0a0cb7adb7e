"""Exercises that are judged by a table: `tables.toml`, which also says what an entry holds."""

import json
import tomllib
from pathlib import Path

import numpy as np

from helpers.checks.bands import written_apart
from helpers.checks.engine import close, exercise, mistaken, refuse
from helpers.checks.reading import choices, numbers, shares

_USUAL = {"name": "{key!r}", "rtol": 1e-4, "atol": 1e-6, "mistakes": None, "why": None, "several": None}
_FILE = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
_TABLES = {id: _USUAL | table for id, table in tomllib.loads(_FILE).items()}


def read(id, answer):
    """Read the parts of an answer to an exercise that has a table: a dict of words or of numbers."""
    table = _TABLES[id]
    keys = list(map(_as_number, table["parts"]))
    if "words" in table:
        given = choices(answer, keys, table["words"], table["name"])
    else:
        read_numbers = shares if table.get("shares") else numbers
        given = read_numbers(answer, keys, table["name"], several=table["several"])
    return dict(zip(table["parts"], given.values(), strict=True))


def compare(id, given):
    """Raise `Wrong` unless these parts, all or some, are those of the exercise's table."""
    table = _TABLES[id]
    if "together" in table:
        mistaken(given, **table["together"])
    for key, value in given.items():
        part = table | table["parts"][key]
        if "between" in part:
            low, high = part["between"]
            found, *ends = written_apart(value, low, high)
            fault = {part["wrong"]: not low <= value <= high}
            refuse(fault, key=key, found=found, low=ends[0], high=ends[1])
            continue
        right, why, near = part["right"], part["why"], {"rtol": part["rtol"], "atol": part["atol"]}
        if "also" in part and abs(value - part["also"]) < 1e-6:
            continue
        if "wrong" in part:
            is_right = value == right if "words" in table else np.isclose(value, right, **near)
            refuse({part["wrong"]: not is_right}, key=key, found=value, right=right, why=why)
        else:
            close(value, right, part["name"], part["mistakes"], why, **near, key=key)


def _as_number(key):
    """A key as a number if it is one: TOML has keys of text alone."""
    try:
        return json.loads(key)
    except ValueError:
        return key


def _register(id):
    @exercise(id)
    def judge(answer):
        compare(id, read(id, answer))


for _id, _table in _TABLES.items():
    if "judged_in" not in _table:
        _register(_id)
