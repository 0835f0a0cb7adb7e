"""Own digits: kept whole, checked when they come back, never lost without a word."""

import codecs
import json
import multiprocessing
import sys

import numpy as np
import pytest
from filelock import FileLock

from helpers.handwriting.own_digits import FORMAT, OwnDigits, OwnDigitsError, own_digits_path

pytestmark = pytest.mark.chapter(7)

SEVEN = [[[10, 10], [60, 12], [30, 90]], [[20, 50], [50, 50]]]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "folder" / "own.json"


def test_digits_come_back(file):
    own = OwnDigits(file)
    assert len(own) == 0
    assert own.message == ""
    own.add(SEVEN, 7)
    own.add([np.array([[1.23456789, 2], [3, 40]])], np.int64(1))
    own.add(SEVEN, 7)

    again = OwnDigits(file)
    assert again.labels.tolist() == [7, 1, 7]
    assert again.counts().tolist() == [0, 1, 0, 0, 0, 0, 0, 2, 0, 0]
    assert [stroke.tolist() for stroke in again.strokes[0]] == SEVEN
    np.testing.assert_allclose(again.strokes[1][0], [[1.23457, 2], [3, 40]])
    images, labels = again.images()
    assert images.shape == (3, 28, 28)
    assert images.dtype == np.float32
    assert labels.tolist() == [7, 1, 7]
    assert repr(again) == "OwnDigits(3 digits; 1: 1, 7: 2)"


def test_no_digits_make_no_images(file):
    images, labels = OwnDigits(file).images()
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)


def test_the_last_one_and_all_can_be_forgotten(file):
    own = OwnDigits(file)
    own.remove_last()
    own.add(SEVEN, 7)
    own.add(SEVEN, 1)
    own.remove_last()
    assert OwnDigits(file).labels.tolist() == [7]
    own.clear()
    assert len(OwnDigits(file)) == 0


@pytest.mark.parametrize("label", [10, -1, 7.0, "7", None, True, [7]])
def test_only_digits_are_labels(file, label):
    with pytest.raises(OwnDigitsError, match="from 0 to 9"):
        OwnDigits(file).add(SEVEN, label)
    assert not file.exists()


def test_what_is_no_drawing_is_refused(file):
    own = OwnDigits(file)
    with pytest.raises(OwnDigitsError, match="nothing is drawn"):
        own.add([], 3)
    with pytest.raises(ValueError, match="finite"):
        own.add([[[0, float("nan")]]], 3)
    with pytest.raises(OwnDigitsError, match="points"):
        own.add([np.zeros((30_000, 2))], 3)
    assert len(own) == 0


DAMAGED = [
    "",
    "{",
    "[]",
    '{"format": "something else", "digits": []}',
    f'{{"format": "{FORMAT}"}}',
    f'{{"format": "{FORMAT}", "digits": [7]}}',
    f'{{"format": "{FORMAT}", "digits": [{{"label": 11, "strokes": [[[1, 2]]]}}]}}',
    f'{{"format": "{FORMAT}", "digits": [{{"label": 1, "strokes": [[[1, NaN]]]}}]}}',
    f'{{"format": "{FORMAT}", "digits": [{{"label": 1}}]}}',
    f'{{"format": "{FORMAT}", "digits": [{{"label": 1, "strokes": "import os"}}]}}',
    "[" * 100_000,
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_put_aside_with_one_message(file, text):
    file.parent.mkdir()
    file.write_text(text)
    own = OwnDigits(file)
    assert len(own) == 0
    assert "own.damaged.json" in own.message
    assert "\n" not in own.message
    assert (file.parent / "own.damaged.json").read_text() == text
    own.add(SEVEN, 7)
    assert OwnDigits(file).labels.tolist() == [7]


def test_a_file_damaged_meanwhile_loses_nothing_that_is_in_memory(file):
    own = OwnDigits(file)
    own.add(SEVEN, 7)
    file.write_text("{")
    own.add(SEVEN, 1)
    assert OwnDigits(file).labels.tolist() == [7, 1]
    assert "own.damaged.json" in own.message


def test_bytes_that_are_no_text(file):
    file.parent.mkdir()
    file.write_bytes(b"\x80\x04\x95\xff")
    assert "own.damaged.json" in OwnDigits(file).message


def test_two_notebooks_share_a_file(file):
    one, other = OwnDigits(file), OwnDigits(file)
    one.add(SEVEN, 7)
    other.add(SEVEN, 1)
    one.add(SEVEN, 2)
    assert OwnDigits(file).labels.tolist() == one.labels.tolist() == [7, 1, 2]


def text_of(*digits, **more):
    return json.dumps({"format": FORMAT, "digits": list(digits)} | more)


GOOD = {"label": 7, "strokes": SEVEN, "pen": {"colour": "blue"}}
BAD = [
    7,
    {"label": 11, "strokes": SEVEN},
    {"label": 1},
    {"strokes": SEVEN},
    {"label": 1, "strokes": [[[1, float("nan")]]]},
    {"label": 1, "strokes": [[[10**400, 1]]]},
    {"label": 1, "strokes": [[[1, 2], [3]]]},
    {"label": 1, "strokes": {}},
    {"label": 1, "strokes": None},
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_one_bad_digit_of_three_costs_one(file, bad):
    file.parent.mkdir()
    file.write_text(text_of(GOOD, bad, GOOD))
    own = OwnDigits(file)
    assert own.labels.tolist() == [7, 7]
    assert "digit 2 of 3" in own.message and "own.damaged.json" in own.message and "\n" not in own.message
    assert (file.parent / "own.damaged.json").read_text() == text_of(GOOD, bad, GOOD)
    assert OwnDigits(file).labels.tolist() == [7, 7]  # also when nothing was added


@pytest.mark.parametrize(
    "encoded",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-be"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
)
def test_a_file_from_another_editor_is_read(file, encoded):
    file.parent.mkdir()
    file.write_bytes(encoded(text_of(GOOD)))
    own = OwnDigits(file)
    own.add(SEVEN, 1)
    assert own.message == "" and OwnDigits(file).labels.tolist() == [7, 1]


def test_what_else_stands_in_the_file_stays(file):
    file.parent.mkdir()
    file.write_text(text_of(GOOD, owner="Ada", version=3))
    OwnDigits(file).add(SEVEN, 1)
    content = json.loads(file.read_text())
    assert (content["owner"], content["version"]) == ("Ada", 3)
    assert content["digits"][0] == GOOD


@pytest.mark.parametrize("content", [text_of(GOOD), None, "{"])
def test_a_link_stays_one(file, tmp_path, content):
    target = tmp_path / "elsewhere" / "mine.json"
    file.parent.mkdir()
    file.symlink_to(target)
    if content:
        target.parent.mkdir()
        target.write_text(content)
    OwnDigits(file).add(SEVEN, 1)
    assert file.is_symlink() and target.is_file()
    assert OwnDigits(target).labels.tolist() == ([7, 1] if content == text_of(GOOD) else [1])
    assert [path.name for path in file.parent.iterdir()] == ["own.json"]


def test_a_file_that_is_much_too_large_is_not_parsed(file, monkeypatch):
    file.parent.mkdir()
    with file.open("wb") as large:
        large.truncate(220 * 2**20)
    monkeypatch.setattr("helpers.safe_files.json.loads", None)
    own = OwnDigits(file)
    assert "larger than 64 MB" in own.message and "own.damaged.json" in own.message


def collect(path, label):
    own = OwnDigits(path)
    for i in range(30):
        own.add([[[i, k] for k in range(60)]], label)


def test_kernels_that_collect_at_once_lose_nothing(file):
    context = multiprocessing.get_context("fork" if sys.platform != "win32" else "spawn")
    kernels = [context.Process(target=collect, args=(file, label)) for label in range(3)]
    for kernel in kernels:
        kernel.start()
    for kernel in kernels:
        kernel.join()
    assert OwnDigits(file).counts().tolist() == [30, 30, 30] + [0] * 7


def test_while_another_program_has_the_file_digits_are_kept_in_memory(file, monkeypatch):
    monkeypatch.setattr("helpers.handwriting.own_digits._LOCK_SECONDS", 0.05)
    OwnDigits(file).add(SEVEN, 0)
    own = OwnDigits(file)
    with FileLock(file.parent / ".own.json.lock"):
        own.add(SEVEN, 7)
        own.add(SEVEN, 1)
        own.remove_last()
        assert "is in use by another program" in own.message and "\n" not in own.message
        assert own.labels.tolist() == [0, 7]
    OwnDigits(file).add(SEVEN, 3)
    own.add(SEVEN, 2)
    assert own.message == ""
    assert OwnDigits(file).labels.tolist() == own.labels.tolist() == [0, 3, 7, 2]


def test_a_disk_without_locks_is_named(file, monkeypatch):
    def unknown(*args, **options):
        raise NotImplementedError

    monkeypatch.setattr("filelock.FileLock.acquire", unknown)
    own = OwnDigits(file)
    own.add(SEVEN, 7)
    assert "cannot be locked" in own.message and "one notebook" in own.message
    assert OwnDigits(file).labels.tolist() == [7]


def test_what_could_not_be_written_is_not_lost_to_what_is_in_the_file(file, monkeypatch):
    OwnDigits(file).add(SEVEN, 0)
    own = OwnDigits(file)

    def full(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("helpers.handwriting.own_digits.written_whole", full)
    for label in (7, 1):
        own.add(SEVEN, label)
    assert own.labels.tolist() == [0, 7, 1]
    monkeypatch.undo()
    own.add(SEVEN, 2)
    assert OwnDigits(file).labels.tolist() == [0, 7, 1, 2]


def test_a_folder_that_cannot_be_written_keeps_the_digits_in_memory(file, monkeypatch):
    own = OwnDigits(file)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("helpers.handwriting.own_digits.written_whole", full)
    own.add(SEVEN, 7)
    assert "No space left on device" in own.message
    assert own.labels.tolist() == [7]
    monkeypatch.undo()
    own.add(SEVEN, 1)
    assert own.message == ""
    assert OwnDigits(file).labels.tolist() == [7, 1]


def test_a_file_that_cannot_be_read_stays_as_it_is(file, monkeypatch):
    OwnDigits(file).add(SEVEN, 7)
    before = file.read_text()

    def refused(path, most_bytes):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("helpers.handwriting.own_digits.read_json", refused)
    own = OwnDigits(file)
    own.add(SEVEN, 1)
    monkeypatch.undo()
    assert "Permission denied" in own.message
    assert file.read_text() == before


def test_the_file_is_plain_json_without_leftovers(file):
    OwnDigits(file).add(SEVEN, 7)
    content = json.loads(file.read_text())
    assert content["format"] == FORMAT
    assert set(content["digits"][0]) == {"label", "strokes", "added"}
    assert [path.name for path in file.parent.iterdir() if path.suffix != ".lock"] == ["own.json"]


def test_where_it_is_kept(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_OWN_DIGITS", raising=False)
    assert own_digits_path().parts[-2:] == ("data", "own_digits.json")
    monkeypatch.setenv("COURSE_OWN_DIGITS", str(tmp_path / "mine.json"))
    assert own_digits_path() == tmp_path / "mine.json"
