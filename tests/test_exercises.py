"""Every chapter's exercises: each has a heading, a stub, a check, hints and a solution that fit together."""

import re

import build
import numpy as np
import pytest
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
    known = [item.id for item in known if item.numbers[0] == int(twin.name[:2])]
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
def test_stubs_are_not_yet_solved(twin):
    names = {"np": np}
    for stub in code_of(twin, '"exercise"'):
        exec(stub, names)
    checks = re.findall(r'^check\("([\d.]+)", (\w+)\)$', twin.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(checks) >= 3
    for id, name in checks:
        assert_wrong(id, names[name], "replace the ... with your code")
