"""The room view: what the instructor's server takes and refuses, and what a learner's notebook sends."""

import csv
import io
import json
import re
import threading
import time
import urllib.error
import urllib.request

import pytest
import room as instructor
from tornado.ioloop import IOLoop

from helpers.checks import learner_file, room

CODE, KEY = "123456", "instructor"


class Served:
    """A room that is open on a port of its own, in a thread."""

    def __init__(self):
        self.room = instructor.Room(CODE)
        ready = threading.Event()

        def serve():
            import asyncio

            asyncio.set_event_loop(asyncio.new_event_loop())
            server = instructor.application(self.room, KEY).listen(
                0, "127.0.0.1", max_body_size=instructor.MOST_BYTES
            )
            (self.port,) = {socket.getsockname()[1] for socket in server._sockets.values()}
            self.loop = IOLoop.current()
            ready.set()
            self.loop.start()

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()
        assert ready.wait(10)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=5) as answer:
            return answer.read().decode(), answer.headers

    def post(self, body):
        with urllib.request.urlopen(f"http://{self.address}/report", body, timeout=5) as answer:
            return json.loads(answer.read())

    def close(self):
        self.loop.add_callback(self.loop.stop)
        self.thread.join(10)


@pytest.fixture
def served():
    served = Served()
    yield served
    served.close()


@pytest.fixture
def learner(tmp_path, monkeypatch):
    """A notebook of a learner of its own, which has nothing done and is in no room."""
    monkeypatch.setenv("COURSE_PROGRESS_FILE", str(tmp_path / "progress.json"))
    monkeypatch.setattr(learner_file, "_done_in_this_kernel", set())
    monkeypatch.setattr(learner_file, "_predicted_in_this_kernel", {})
    monkeypatch.setattr(room, "_last", {"id": "", "at": None})
    monkeypatch.setattr(room, "BEAT", 0.05)
    yield tmp_path
    (tmp_path / "room.json").unlink(missing_ok=True)
    room._wake.set()
    if room._thread:
        room._thread.join(10)


def message(**changes):
    return {"code": CODE, "key": "k", "name": "Ana", "last": "2.1", "seconds_ago": 1, "done": ["2.1"],
            "predictions": {"2.a": {"answer": "yes", "right": True}}, **changes}  # fmt: skip


def wait_until(true, seconds=5):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_a_learner_joins_works_and_leaves(served, learner, capsys):
    room.join(served.address, f" {CODE} ", "Ana")
    assert "You are in the room as Ana" in capsys.readouterr().out
    learner_file.mark_done("2.1")
    room.report("2.1")
    wait_until(lambda: served.room.view()[0]["done"] == ["2.1"])
    learner_file.mark_predicted("2.c", "ten", None)
    room.report("2.c")
    wait_until(lambda: served.room.view()[0]["last"] == "2.c")
    (shown,) = served.room.view()
    assert shown["predictions"] == {"2.c": {"answer": "ten", "right": None}}
    assert shown["idle"] < 5 and not shown["away"]
    room.leave()
    assert "left" in capsys.readouterr().out
    assert served.room.view() == [] and not (learner / "room.json").exists()
    room.report("2.2")
    time.sleep(0.2)
    assert served.room.view() == []


def test_nothing_is_sent_before_one_joins(served, learner):
    learner_file.mark_done("2.1")
    room.report("2.1")
    time.sleep(0.2)
    assert served.room.view() == []
    assert room._thread is None or not room._thread.is_alive()


def test_a_name_is_kept_in_all_notebooks_of_a_learner(served, learner, capsys):
    room.join(served.address, CODE, "Ana")
    room.join(served.address, CODE, "Ana")
    assert [shown["name"] for shown in served.room.view()] == ["Ana"]


def test_who_cannot_join_is_told_why(served, learner, capsys):
    room.join(served.address, "000000", "Ana")
    assert capsys.readouterr().out == "The room says: that is not the code on the screen\n"
    room.join("127.0.0.1:9", CODE, "Ana")
    assert "Nobody answers at http://127.0.0.1:9" in capsys.readouterr().out
    room.join("no address: at all", CODE)
    assert "Nobody answers" in capsys.readouterr().out
    room.leave()
    assert capsys.readouterr().out == "You were in no room.\n"
    assert not (learner / "room.json").exists() and served.room.view() == []


def test_a_closed_room_is_no_fault_of_a_notebook(served, learner, capsys):
    room.join(served.address, CODE, "Ana")
    served.room.code = "another"
    room.report("2.1")
    time.sleep(0.2)
    assert room._thread.is_alive()
    (learner / "room.json").write_text("{broken")
    room.report("2.1")
    wait_until(lambda: not room._thread.is_alive())
    assert capsys.readouterr().err == ""


def test_wrong_codes_and_floods_are_refused():
    now = 0.0
    held = instructor.Room(CODE, clock=lambda: now)
    with pytest.raises(instructor.Refused) as refused:
        held.report(message(code="nearly"), "10.0.0.7")
    assert refused.value.args[0] == 403
    statuses = []
    for _ in range(20):
        with pytest.raises(instructor.Refused) as refused:
            held.report(message(code="guess"), "10.0.0.7")
        statuses.append(refused.value.args[0])
    assert statuses == [403] * 9 + [429] * 11
    assert held.report(message(), "10.0.0.7") == "Ana"  # The right code counts for its learner alone.
    for _ in range(9):
        held.report(message(), "10.0.0.7")
    with pytest.raises(instructor.Refused, match="too many"):
        held.report(message(), "10.0.0.7")
    now = 11.0
    assert held.report(message(), "10.0.0.7") == "Ana"


def test_the_room_holds_so_many_and_forgets_old_senders(monkeypatch):
    monkeypatch.setattr(instructor, "MOST_LEARNERS", 3)
    now = 0.0
    held = instructor.Room(CODE, clock=lambda: now)
    for i in range(3):
        assert held.report(message(key=str(i), name=""), "a") == str(i + 1)
    with pytest.raises(instructor.Refused, match="full"):
        held.report(message(key="one more"), "a")
    assert held.report(message(key="0", name=""), "a") == "1"
    for i in range(40):
        now += 11
        with pytest.raises(instructor.Refused):
            held.report(message(code="x"), f"10.0.0.{i}")
    assert len(held._messages) <= 32


@pytest.mark.parametrize(
    ("name", "shown"),
    [("<script>alert(1)</script>", "<script>alert(1)</script>"), ("  A \n\t b ", "A b"),
     ("水" * 99, "水" * 40),
     ("\u202eanA", "anA"), ("\x00", "1"), (["list"], "['list']")],
)  # fmt: skip
def test_odd_names(name, shown):
    held = instructor.Room(CODE)
    assert held.report(message(name=name), "a") == shown


def test_two_of_the_same_name_are_told_apart():
    held = instructor.Room(CODE)
    names = [held.report(message(key=key), "a") for key in "abca"]
    assert names == ["Ana", "Ana (2)", "Ana (3)", "Ana"]


@pytest.mark.parametrize(
    "changes",
    [{"done": 5}, {"done": [None, {}, "2.1", "x" * 500, "99999.1"]}, {"predictions": [1]}, {"last": "<b>"},
     {"predictions": {"2.a": 5, "zz": {"answer": 1}, "2.b": {"answer": "y" * 999, "right": "perhaps"}}},
     {"seconds_ago": float("nan")}, {"seconds_ago": -5}, {"seconds_ago": "soon"}, {"leaving": "no"}],
)  # fmt: skip
def test_whatever_is_odd_in_a_message_is_left_out(changes):
    held = instructor.Room(CODE)
    held.report(message(**changes), "a")
    (shown,) = held.view()
    assert set(shown["done"]) <= {"2.1"} and shown["last"] in ("2.1", "")
    assert set(shown["predictions"]) <= {"2.a", "2.b"}
    assert all(
        len(kept["answer"]) <= 200 and kept["right"] in (True, None) for kept in shown["predictions"].values()
    )
    assert 0 <= shown["idle"] < 10
    json.dumps(held.view(), allow_nan=False)


def test_an_older_notebook_does_not_undo_what_a_newer_one_did():
    now = 1000.0
    held = instructor.Room(CODE, clock=lambda: now)
    held.report(message(last="6.1", seconds_ago=2), "a")
    held.report(message(last="2.1", seconds_ago=700), "a")
    (shown,) = held.view()
    assert shown["last"] == "6.1" and shown["idle"] == 2


def test_stuck_and_away_are_seen():
    now = 0.0
    held = instructor.Room(CODE, clock=lambda: now)
    held.report(message(seconds_ago=0), "a")
    now = 90.0
    assert not held.view()[0]["away"]
    now = 700.0
    assert held.view()[0]["away"]
    held.report(message(seconds_ago=700), "a")
    assert not held.view()[0]["away"] and held.view()[0]["idle"] == 700


def test_requests_that_are_no_messages(served):
    for body in (
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 60_000,
        b'{"key": 5}',
        json.dumps(message(key="")).encode(),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            served.post(body)
        assert refused.value.code == 400, body[:20]
    with pytest.raises((urllib.error.HTTPError, OSError)) as refused:
        served.post(b"x" * (instructor.MOST_BYTES + 1))
    assert getattr(refused.value, "code", 400) == 400
    assert served.post(json.dumps(message()).encode()) == {"name": "Ana"}


def test_only_the_instructor_sees_the_room(served):
    served.post(json.dumps(message()).encode())
    for path in ("/", "/state", "/class.csv", "/?key=wrong", "/state?key="):
        with pytest.raises(urllib.error.HTTPError) as refused:
            served.get(path)
        assert refused.value.code == 403
    page, headers = served.get(f"/?key={KEY}")
    assert "The room" in page and "default-src 'self'" in headers["Content-Security-Policy"]
    assert not re.search(r"https?://", page)
    state = json.loads(served.get(f"/state?key={KEY}")[0])
    assert [learner["name"] for learner in state["learners"]] == ["Ana"]
    assert "key" not in state["learners"][0]


def test_the_mark_book(served):
    served.post(json.dumps(message(name="=1+1, x")).encode())
    served.post(json.dumps(message(key="b", name="Bo", done=[])).encode())
    table = list(csv.DictReader(io.StringIO(served.get(f"/class.csv?key={KEY}")[0])))
    assert [row["name"] for row in table] == ["'=1+1, x", "Bo"]
    assert [row["2.1"] for row in table] == ["1", "0"]
    assert table[0]["exercises done"] == "1" and table[0]["predictions right"] == "1"
    assert len(table[0]) == 4 + sum(len(chapter["exercises"]) for chapter in instructor.course())


def test_files_of_learners_on_a_server(tmp_path):
    progress = {"done": ["2.1", "3.2"], "predictions": {"3.a": {"answer": "x", "right": False}}}
    for name, text in (("ana", json.dumps(progress)), ("bo", "{half"), ("cleo", "[]")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "progress.json").write_text(text)
    held = instructor.Room(CODE)
    instructor.read_files(held, str(tmp_path / "*/progress.json"))
    (shown,) = held.view()
    assert (shown["name"], shown["last"], shown["done"]) == ("ana", "3.2", ["2.1", "3.2"])


def test_the_course_is_read_from_the_chapters():
    chapters = instructor.course()
    assert [chapter["number"] for chapter in chapters] == list(range(len(chapters)))
    assert all(len(chapter["exercises"]) >= 3 and chapter["questions"] for chapter in chapters)
    assert chapters[6]["questions"]["6.a"]["options"] == ["(3, 3)", "(4, 4)", "(6, 6)"]
    assert all(isinstance(q["text"], str) for chapter in chapters for q in chapter["questions"].values())
