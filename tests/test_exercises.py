"""Every chapter's exercises: each has a heading, a stub, a check, hints and a solution that fit together."""

import re

import build
import numpy as np
import pytest
from exercise_twins import assert_wrong, code_of

from helpers.checks import hint
from helpers.checks.engine import exercises

CHAPTERS = [twin for twin in build.find_twins() if twin.parent == build.SOURCE]


@pytest.mark.parametrize("twin", CHAPTERS, ids=lambda twin: twin.stem)
def test_exercises_have_check_stub_solution_and_hints(twin, capsys):
    known = [item for item in exercises()[0] if item.id.startswith(f"{int(twin.name[:2])}.")]
    text = twin.read_text(encoding="utf-8")
    headings = re.findall(r"^# ### Exercise (\d+\.\d+) – ", text, flags=re.MULTILINE)
    assert [item.id for item in known] == headings
    assert len(code_of(twin, '"exercise"')) == len(known) >= 3
    for item in known:
        assert len(item.hints) >= 2
        assert f'check("{item.id}"' in text
        assert len(code_of(build.SOURCE / "solutions" / twin.name, f'exercise="{item.id}"')) == 1
        hint(item.id)
        assert re.match(rf"{item.id} hint \d of {len(item.hints)}: ", capsys.readouterr().out)


@pytest.mark.parametrize("twin", CHAPTERS, ids=lambda twin: twin.stem)
def test_stubs_are_not_yet_solved(twin):
    names = {"np": np}
    for stub in code_of(twin, '"exercise"'):
        exec(stub, names)
    checks = re.findall(r'^check\("([\d.]+)", (\w+)\)$', twin.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(checks) >= 3
    for id, name in checks:
        assert_wrong(id, names[name], "replace the ... with your code")
