"""Every chapter's exercises: each has a heading, a stub, a check, hints and a solution that fit together."""

import ast
import builtins
import re

import build
import jupytext
import numpy as np
import pytest
from document_rules import bound_names
from exercise_twins import assert_wrong, code_of

from helpers.checks import hint
from helpers.checks.engine import exercises
from helpers.checks.twins import description

each_chapter = pytest.mark.parametrize(
    "twin",
    [
        pytest.param(twin, id=twin.stem, marks=pytest.mark.chapter(int(twin.name[:2])))
        for twin in build.find_twins()
        if twin.parent == build.SOURCE
    ],
)


@each_chapter
def test_exercises_have_check_stub_solution_and_hints(twin, capsys):
    known, notes = exercises()
    assert not notes
    known = [id for id in known if int(id.split(".")[0]) == int(twin.name[:2])]
    text = twin.read_text(encoding="utf-8")
    headings = dict(re.findall(r"^# ### Exercise ([\d.]+) – (.+) \([\w ]+\)$", text, flags=re.MULTILINE))
    assert known == list(headings)
    assert len(code_of(twin, '"exercise"')) == len(known) >= 3
    for id in known:
        found = description(id)
        assert found.title == headings[id]
        assert len(found.hints) >= 2 and found.praise
        assert f'check("{id}"' in text
        assert len(code_of(build.SOURCE / "solutions" / twin.name, f'tags=["solution"] exercise="{id}"')) == 1
        hint(id)
        assert re.match(rf"{id} hint \d of {len(found.hints)}: ", capsys.readouterr().out)


@each_chapter
def test_solutions_fit_into_the_chapter(twin):
    """What `solution("5.1")` shows finds what stands above it, and takes no name that other cells need."""
    known = {*dir(builtins), *_bound(build.setup_cell())}
    cells = [cell for cell in jupytext.read(twin).cells if cell.cell_type == "code"]
    lessons = [cell.source for cell in cells if "exercise" not in cell.metadata.get("tags", [])]
    taken = set().union(*map(bound_names, lessons)) - {"_"}
    for i, cell in enumerate(cells):
        if "exercise" in cell.metadata.get("tags", []):
            id = re.search(r'check\("([\d.]+)"', "\n".join(later.source for later in cells[i:]))[1]
            (code,) = code_of(build.SOURCE / "solutions" / twin.name, f'tags=["solution"] exercise="{id}"')
            read = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
            assert read - _bound(code) <= known, f"the solution of {id} reads names that the chapter has not"
            clash = bound_names(code) & taken - bound_names(cell.source)
            assert not clash, f"the solution of {id} overwrites the chapter's {', '.join(sorted(clash))}"
        known |= _bound(cell.source)


@each_chapter
def test_hints_name_what_is_there(twin):
    """A name in a hint stands above the exercise, in its solution, in NumPy, or is given by a hint itself."""
    found, above = 0, build.setup_cell()
    for cell in jupytext.read(twin).cells:
        above += cell.source
        for id in re.findall(r'^check\("([\d.]+)"', cell.source, re.MULTILINE):
            hints = " ".join(description(id).hints)
            (code,) = code_of(build.SOURCE / "solutions" / twin.name, f'tags=["solution"] exercise="{id}"')
            known = {
                *re.findall(r"\w+", above + code),
                *re.findall(r"(\w+) =", hints),
                *dir(np),
                *dir(builtins),
            }
            named = set(re.findall(r"[A-Za-z]\w*_\w+|[A-Za-z]\w*(?=\()", hints))
            assert named <= known, f"hints of {id}"
            found += len(named)
    assert found


def _bound(source):
    """All names that a cell binds anywhere."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


@each_chapter
def test_stubs_are_not_yet_solved(twin):
    names = {"np": np}
    for stub in code_of(twin, '"exercise"'):
        exec(stub, names)
    checks = re.findall(r'^check\("([\d.]+)", (\w+)\)$', twin.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(checks) >= 3
    for id, name in checks:
        assert_wrong(id, names[name], "replace the ... with your code")
