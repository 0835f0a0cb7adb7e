"""Variables of the environment: paths and switches, as people and their tools write them."""

from pathlib import Path

import pytest

from helpers import models
from helpers.checks import learner_file
from helpers.datasets.sources import cache_folder
from helpers.handwriting import own_digits
from helpers.session import ROOT
from helpers.settings import SettingError, path_setting, switch_setting

PATHS = {
    "COURSE_CACHE_DIR": cache_folder,
    "COURSE_MODELS_DIR": models.models_folder,
    "COURSE_OWN_DIGITS": own_digits.own_digits_path,
    "COURSE_PROGRESS_FILE": learner_file.path,
}


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize(
    ("value", "expected"),
    {
        "~/mine": "HOME/mine",
        "$HOME/mine": "HOME/mine",
        "${HOME}/mine": "HOME/mine",
        ' "~/my files" ': "HOME/my files",
        "'some/where'": "ROOT/some/where",
        "/there": "/there",
    }.items(),
)
def test_paths_are_expanded_everywhere(name, value, expected, monkeypatch):
    monkeypatch.setenv("HOME", "/home/learner")
    monkeypatch.setenv("USERPROFILE", "/home/learner")
    monkeypatch.setenv(name, value)
    assert PATHS[name]() == Path(expected.replace("HOME", "/home/learner").replace("ROOT", str(ROOT)))


@pytest.mark.parametrize("value", ["", "  ", '""'])
def test_nothing_counts_as_not_set(value, monkeypatch):
    monkeypatch.setenv("COURSE_X", value)
    assert path_setting("COURSE_X") is None
    assert path_setting("COURSE_X", "data/x") == ROOT / "data" / "x"
    assert not switch_setting("COURSE_X")


def test_unknown_user(monkeypatch):
    monkeypatch.setenv("COURSE_X", "~nobody-of-this-name/data")
    with pytest.raises(SettingError, match="^COURSE_X is '~nobody.*write the whole path$"):
        path_setting("COURSE_X")


@pytest.mark.parametrize("value", ["1", "true", "YES", "on", " '1' ", "0", "false", "No", "OFF", '"0"'])
def test_on_and_off(value, monkeypatch):
    monkeypatch.setenv("COURSE_X", value)
    assert switch_setting("COURSE_X") == (value in ("1", "true", "YES", "on", " '1' "))


@pytest.mark.parametrize("value", ["2", "maybe", "ja"])
def test_neither_on_nor_off(value, monkeypatch):
    monkeypatch.setenv("COURSE_X", value)
    with pytest.raises(
        SettingError, match=f"^COURSE_X is '{value}'; expected one of 1, true.* off, or nothing"
    ):
        switch_setting("COURSE_X")
