"""Files of other editors, of other disks and of several kernels, with the learner's file as the example."""

import codecs
import json
import multiprocessing
import sys

import pytest
from filelock import FileLock

from helpers import safe_files
from helpers.checks import learner_file
from helpers.safe_files import locked, put_aside, put_aside_before, read_json, written_whole

DONE = json.dumps({"done": ["00.1"]})


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(learner_file, "_done_in_this_kernel", set())
    monkeypatch.setattr(learner_file, "path", lambda: tmp_path / "folder" / "learner.json")
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "learner.json"


def on_disk(file):
    return json.loads(file.read_text())["done"]


ENCODED = [codecs.BOM_UTF8 + DONE.encode(), *map(DONE.encode, ["utf-16", "utf-16-le", "utf-32"])]


@pytest.mark.parametrize("content", ENCODED, ids=range(4))
def test_any_unicode_encoding_is_read(file, content):
    file.write_bytes(content)
    assert learner_file.done() == ({"00.1"}, [])
    learner_file.mark_done("00.2")
    assert on_disk(file) == ["00.1", "00.2"]


def test_a_large_file_is_put_aside_unread(file, monkeypatch):
    with file.open("wb") as large:
        large.truncate(220 * 2**20)
    monkeypatch.setattr(safe_files.json, "loads", None)
    done, notes = learner_file.done()
    assert done == set() and len(notes) == 1 and "learner.damaged.json" in notes[0]


@pytest.mark.parametrize(
    "content", ['{"done": "00.1"}', '{"done": {"00.1": 1}}', '{"done": null}', "", "[" * 10**5]
)
def test_what_is_no_list_of_exercises_is_put_aside(file, content):
    file.write_text(content)
    learner_file.mark_done("00.2")
    assert on_disk(file) == ["00.2"]
    assert [path.read_text() for path in put_aside_before(file)] == [content]


def test_unknown_entries_are_kept(file):
    file.write_text(json.dumps({"done": ["00.1"], "name": "Ada", "hints": {"00.1": 2}}))
    learner_file.mark_done("00.2")
    expected = {"done": ["00.1", "00.2"], "name": "Ada", "hints": {"00.1": 2}}
    assert json.loads(file.read_text()) == expected


@pytest.mark.parametrize("content", [DONE, None, "{"])
def test_a_link_stays_one(file, tmp_path, content):
    target = tmp_path / "disk" / "stored.json"
    file.symlink_to(target)
    if content:
        target.parent.mkdir()
        target.write_text(content)
    learner_file.mark_done("00.2")
    assert file.is_symlink()
    assert on_disk(target) == (["00.1", "00.2"] if content == DONE else ["00.2"])
    assert len(learner_file.done()[1]) == (content == "{")


def test_two_names_of_a_file_share_its_lock(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with locked(tmp_path / "file") as free, locked(tmp_path / "link", 0.05) as refused:
        assert free is None and isinstance(refused, TimeoutError)


def test_without_a_lock_one_sentence_says_so(file, monkeypatch):
    monkeypatch.setattr(learner_file, "locked", lambda path: locked(path, 0.05))
    with FileLock(file.parent / ".learner.json.lock"):
        learner_file.mark_done("00.1")
        done, notes = learner_file.done()
    assert done == {"00.1"} and len(notes) == 1 and "cannot be locked" in notes[0]
    assert learner_file.done() == ({"00.1"}, [])


def _mark(kernel):
    learner_file._done_in_this_kernel.clear()
    for number in range(30):
        learner_file.mark_done(f"{kernel}.{number}")


def test_kernels_at_once_lose_nothing(file):
    fork = multiprocessing.get_context("fork" if sys.platform != "win32" else "spawn")
    kernels = [fork.Process(target=_mark, args=(kernel,)) for kernel in range(3)]
    for kernel in kernels:
        kernel.start()
    for kernel in kernels:
        kernel.join()
    assert len(on_disk(file)) == 90


def test_what_read_json_refuses(tmp_path):
    refused = {b"": "it is empty", b"{": "no JSON", b"\xe9": "no JSON", b"[" * 10**5: "too deeply"}
    for content, said in refused.items():
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(ValueError, match=said):
            read_json(tmp_path / "file", 2**20)
    with pytest.raises(OSError, match="directory"):
        read_json(tmp_path, 2**20)


def test_names_with_brackets_are_names(tmp_path):
    for _ in range(2):
        with written_whole(tmp_path / "mine[1].json") as temporary:
            temporary.write_text("{")
        put_aside(tmp_path / "mine[1].json")
    assert [path.name for path in put_aside_before(tmp_path / "mine[1].json")] == [
        "mine[1].damaged-2.json", "mine[1].damaged.json",
    ]  # fmt: skip
