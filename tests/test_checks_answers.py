"""Runs the tables of answers, `answers/NN.py`: right ones are right in every form, wrong ones are told why.

A table holds RIGHT = {id: {what it is: answer}}, WRONG = {id: [(answer, pattern of the message)]} and, for
solutions that run without the chapter, WORKED = {id: names that the solution's code needs besides np}.
"""

import copy
import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from exercise_twins import checked_name, solved

from helpers.checks import engine

TABLES = {}
for path in sorted((Path(__file__).parent / "answers").glob("[0-9][0-9].py")):
    spec = importlib.util.spec_from_file_location("answers_of_chapter_" + path.stem, path)
    TABLES[int(path.stem)] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(TABLES[int(path.stem)])

FORMS = {
    "names in capitals, turned around": lambda parts: {
        (key.upper() if isinstance(key, str) else str(key)): part for key, part in reversed(parts.items())
    },
    "a list": lambda parts: list(parts.values()),
    "a tuple": lambda parts: tuple(parts.values()),
    "a generator": lambda parts: (part for part in parts.values()),
    "dict.values()": lambda parts: parts.values(),
    "zip": lambda parts: zip(parts, parts.values(), strict=True),
    "a Series": lambda parts: pd.Series(list(parts.values())),
    "a Series with names": lambda parts: pd.Series(parts),
    "an array": lambda parts: np.array(list(parts.values())),
    "float32": lambda parts: np.array(list(parts.values()), np.float32),
    "an Index": lambda parts: pd.Index(list(parts.values())),
    "a DataFrame with one row": lambda parts: pd.DataFrame([parts]),
    "a DataFrame with one column": lambda parts: pd.DataFrame({"found": parts}),
    "a DataFrame with two columns": lambda parts: pd.DataFrame(list(parts.items())),
    "rows of name and number": lambda parts: np.array(list(parts.items()), object),
}
ONLY_NUMBERS = (
    "an array",
    "float32",
    "an Index",
    *(form for form in FORMS if "row" in form or "column" in form),
)
ROW_FORMS = {
    "a list": list,
    "a tuple": tuple,
    "an array": np.array,
    "a Series": pd.Series,
    "a generator": iter,
}


def in_all_forms(answer):
    """The forms in which an answer that is a collection might be handed in: (what it is, made anew)."""
    if isinstance(answer, dict) and not any(isinstance(key, tuple) for key in answer):
        numeric = all(isinstance(part, int | float | np.number) for part in answer.values())
        for what, form in FORMS.items():
            if numeric or what not in ONLY_NUMBERS:
                yield what, form(answer)
    elif isinstance(answer, list | tuple | np.ndarray) and np.ndim(answer) == 1:
        for what, form in ROW_FORMS.items():
            yield what, form(answer)


def chapter(id):
    return pytest.mark.chapter(int(id.split(".")[0]))


RIGHT, WRONG = [], []
for table in TABLES.values():
    for id, answers in table.RIGHT.items():
        RIGHT += [pytest.param(id, a, id=f"{id} {what}", marks=chapter(id)) for what, a in answers.items()]
        # The first answer of each table is the plainest.
        forms = in_all_forms(next(iter(answers.values())))
        RIGHT += [
            pytest.param(id, a, id=f"{id} in the form of {what}", marks=chapter(id)) for what, a in forms
        ]
    for id, answers in table.WRONG.items():
        WRONG += [
            pytest.param(id, answer, words, id=f"{id} {words}", marks=chapter(id))
            for answer, words in answers
        ]
WORKED = [
    pytest.param(id, names, id=id, marks=chapter(id))
    for table in TABLES.values()
    for id, names in table.WORKED.items()
]


def judged(id, answer, capsys):
    """The verdict; a check prints nothing, and leaves the answer as it is."""
    before = copy.deepcopy(answer) if isinstance(answer, dict | list | np.ndarray) else None
    found = engine.verdict(id, answer)
    if before is not None:
        np.testing.assert_equal(answer, before)
    assert capsys.readouterr() == ("", "")
    assert "\n" not in found.message
    return found


@pytest.mark.parametrize(("id", "answer"), RIGHT)
def test_right_answers_are_right(id, answer, capsys):
    right, message = judged(id, answer, capsys)
    assert right, message


@pytest.mark.parametrize(("id", "answer", "words"), WRONG)
def test_wrong_answers_are_told_what_is_wrong(id, answer, words, capsys):
    right, message = judged(id, answer, capsys)
    assert not right
    assert re.search(words, message), message


@pytest.mark.parametrize(("id", "names"), WORKED)
def test_worked_solutions_are_right(id, names, capsys):
    answer = solved(id, **names)[checked_name(id)]
    capsys.readouterr()  # what the solution prints
    right, message = judged(id, answer, capsys)
    assert right, message


@pytest.mark.parametrize("number", [pytest.param(n, marks=pytest.mark.chapter(n)) for n in TABLES])
def test_tables_hold_every_exercise(number):
    known = {id for id in engine.exercises()[0] if int(id.split(".")[0]) == number}
    table = TABLES[number]
    assert set(table.WRONG) == set(table.RIGHT) | set(table.WORKED) == known
    assert all(len(answers) >= 6 for answers in table.WRONG.values())
