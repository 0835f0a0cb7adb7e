"""The exercises of `helpers/checks/tables.toml`: entries have the form that its head describes."""

import string
import tomllib
from pathlib import Path

import pytest

from helpers import checks
from helpers.checks import engine, tables
from helpers.checks.messages import Wrong

CHECKS = Path(checks.__path__[0])
TABLES = tomllib.loads((CHECKS / "tables.toml").read_text(encoding="utf-8"))
OF_PART = {"right", "between", "also", "rtol", "atol", "mistakes", "why", "wrong"}
INHERITED = {"name", "rtol", "atol", "why", "wrong"}
OF_ENTRY = INHERITED | {"shares", "several", "words", "parts", "together", "judged_in"}
OF_TOGETHER = {"name", "rtol", "atol", "mistakes"}

each = pytest.mark.parametrize(
    "id", [pytest.param(id, marks=pytest.mark.chapter(int(id.split(".")[0]))) for id in TABLES]
)


def sentences(table):
    """What an entry can say: each sentence, and the places that it may have."""
    has_bands = any("between" in part for part in table["parts"].values())
    right = ["low", "high"] if has_bands else ["right"]
    explained = "why" in table or all("why" in part for part in table["parts"].values())
    for part in [table, *table["parts"].values()]:
        for field, places in [("name", {"key"}), ("several", {"name", "count"}), ("why", {"key"})]:
            if field in part:
                yield part[field], places
        if "wrong" in part:
            yield part["wrong"], {"key", "found", *right, *(["why"] if explained else [])}
        yield from ((sentence, {"key"}) for sentence in part.get("mistakes", {}))
    together = table.get("together", {})
    # These have no values: their brackets stay.
    yield from ((sentence, set()) for sentence in [together.get("name", ""), *together.get("mistakes", {})])


@each
def test_entries_hold_what_is_known(id):
    table = TABLES[id]
    assert table.keys() <= OF_ENTRY
    for part in table["parts"].values():
        assert len({"right", "between"} & part.keys()) == 1 and part.keys() <= OF_PART
        if "between" in part:
            low, high = part["between"]
            assert low < high and part.keys() == {"between"} and "wrong" in table
        if "words" in table:
            assert part["right"] in table["words"] and part.keys() <= {"right", "why", "wrong"}
            assert "wrong" in table | part
    if together := table.get("together"):
        assert {"mistakes"} <= together.keys() <= OF_TOGETHER
        assert all(len(row) == len(table["parts"]) for row in together["mistakes"].values())


@each
def test_places_in_sentences_have_values(id):
    for sentence, places in sentences(TABLES[id]):
        found = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
        assert found <= places, sentence


@each
def test_right_is_right_and_mistakes_are_not(id):
    parts = TABLES[id]["parts"]
    right = {key: part["right"] if "right" in part else part["between"][0] for key, part in parts.items()}
    tables.compare(id, right)
    for key, part in parts.items():
        if "between" in part:
            tables.compare(id, {key: part["between"][1]})
            with pytest.raises(Wrong):
                tables.compare(id, {key: float("nan")})
        if "also" in part:
            tables.compare(id, right | {key: part["also"]})
        for number in part.get("mistakes", {}).values():
            told = next(said for said, other in part["mistakes"].items() if other == number)
            with pytest.raises(Wrong) as wrong:
                tables.compare(id, right | {key: number})
            assert told in str(wrong.value)
    for sentence, row in TABLES[id].get("together", {}).get("mistakes", {}).items():
        with pytest.raises(Wrong) as wrong:
            tables.compare(id, dict(zip(parts, row, strict=True)))
        assert sentence in str(wrong.value)


@each
def test_a_check_of_its_own_reads_the_table(id):
    engine.exercises()
    file = TABLES[id].get("judged_in", "tables.py")
    code = (CHECKS / file).read_text(encoding="utf-8")
    assert engine._checks[id].__module__ == "helpers.checks." + file.removesuffix(".py")
    assert file == "tables.py" or f'tables.compare("{id}"' in code
