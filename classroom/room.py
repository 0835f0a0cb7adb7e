"""The class live on the instructor's screen: `make room`, then open the address that it prints.

Learners join with `from helpers.checks.room import join, leave`, the address and the code; or, on a
server where their progress files can be read, `--files` names these. All is kept in memory and forgotten
when this program ends; `class.csv` is made when the instructor asks for it.
"""

import argparse
import ast
import csv
import glob
import io
import json
import math
import re
import secrets
import socket
import time
import tomllib
from collections import deque
from pathlib import Path

import tornado.ioloop
import tornado.web

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "notebooks/source"

MOST_LEARNERS = 200
MOST_BYTES = 64_000
"""Of one message; all exercises and predictions of the course take a third of it."""

MOST_MESSAGES = 10, 10
"""So many of one learner, and so many with a wrong code from one address, in so many seconds."""

AWAY = 100
"""Seconds without a message after which a learner is away: three of the learner's beats."""

_EXERCISE, _PREDICTION = r"\d{1,2}\.\d{1,2}", r"\d{1,2}\.[a-z]"


def course():
    """Read what there is to do, from the chapters' texts.

    Returns
    -------
    chapters : list of dict
        `number`, `title`, `exercises` (ids) and `questions` (id to `text` and `options`, a list or None).
    """
    chapters = []
    for entry in tomllib.loads((SOURCE / "chapters.toml").read_text(encoding="utf-8"))["chapter"]:
        (twin,) = SOURCE.glob(f"{entry['number']:02d}_*.py")
        text = twin.read_text(encoding="utf-8")
        questions = {}
        for call in ast.walk(ast.parse(text)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "predict":
                id, question, *options = map(_literal, call.args)
                questions[id] = {"text": question, "options": options[0] if options else None}
        exercises = re.findall(rf"^# ### Exercise ({_EXERCISE})", text, re.MULTILINE)
        chapters.append({**entry, "exercises": exercises, "questions": questions})
    return chapters


def _literal(node):
    try:
        return ast.literal_eval(node)
    except ValueError:  # A name of the chapter's: the answers that come say what it holds.
        return None


class Refused(Exception):  # noqa: N818 (an answer to a learner, not a fault)
    """A message that is not taken: a status of HTTP and a sentence for the learner."""


class Room:
    """Who is there, and what they have done.

    Parameters
    ----------
    code : str
        What learners must know.
    clock : callable
        Seconds, never going back.
    """

    def __init__(self, code, clock=time.monotonic):
        self.code, self.clock = code, clock
        self.learners = {}
        self._messages = {}

    def report(self, state, address):
        """Take a learner's message; return the name under which the learner is shown.

        Raises
        ------
        Refused
            If the code is wrong, the message cannot be read, the room is full, or too many come.
        """
        if not isinstance(state, dict) or not isinstance(state.get("key"), str) or not state["key"]:
            raise Refused(400, "this is no message of the course; join with helpers.checks.room")
        if not secrets.compare_digest(
            str(state.get("code", "")).lower().encode(), self.code.lower().encode()
        ):
            self._count(("wrong", address))
            raise Refused(403, "that is not the code on the screen")
        key = state["key"][:64]
        self._count(("learner", key))
        if state.get("leaving") is True:
            self.learners.pop(key, None)
            return ""
        if key not in self.learners and len(self.learners) >= MOST_LEARNERS:
            raise Refused(503, f"the room is full: {MOST_LEARNERS} learners")
        self.take(key, state)
        return self.learners[key]["name"]

    def take(self, key, state):
        """Keep a learner's progress; whatever in it is not of the form of the course is left out."""
        now, before = self.clock(), self.learners.get(key, {})
        ago, last = state.get("seconds_ago"), str(state.get("last", ""))
        told = isinstance(ago, int | float) and math.isfinite(ago) and ago >= 0
        worked = max(before.get("worked", -math.inf), now - ago) if told else before.get("worked", now)
        if not re.fullmatch(f"{_EXERCISE}|{_PREDICTION}", last) or worked == before.get("worked"):
            last = before.get("last", "")
        predictions = state.get("predictions") if isinstance(state.get("predictions"), dict) else {}
        done = state.get("done") if isinstance(state.get("done"), list) else []
        self.learners[key] = {
            "name": self._name(key, str(state.get("name", ""))),
            "last": last,
            "worked": worked,
            "seen": now,
            "done": sorted({id for id in map(str, done) if re.fullmatch(_EXERCISE, id)}),
            "predictions": {
                id: {
                    "answer": str(kept["answer"])[:200],
                    "right": kept.get("right") if isinstance(kept.get("right"), bool) else None,
                }
                for id, kept in predictions.items()
                if re.fullmatch(_PREDICTION, id) and isinstance(kept, dict) and "answer" in kept
            },
        }

    def _name(self, key, wanted):
        wanted = " ".join("".join(letter for letter in wanted if letter.isprintable()).split())[:40]
        before = self.learners.get(key, {}).get("name", "")
        if not wanted and before:
            return before
        taken = {learner["name"] for other, learner in self.learners.items() if other != key}
        names = [wanted, *(f"{wanted} ({i})" for i in range(2, 999))] if wanted else map(str, range(1, 999))
        return next(name for name in names if name not in taken)

    def _count(self, sender):
        most, seconds = MOST_MESSAGES
        now = self.clock()
        if len(self._messages) > 10 * MOST_LEARNERS:  # Of those who are long gone.
            self._messages = {
                who: times for who, times in self._messages.items() if times[-1] > now - seconds
            }
        times = self._messages.setdefault(sender, deque(maxlen=most))
        if len(times) == most and times[0] > now - seconds:
            raise Refused(429, "too many messages at once; wait ten seconds")
        times.append(now)

    def view(self):
        """What the screen shows: learners in order of their names, with seconds since they last worked."""
        now = self.clock()
        shown = [
            {
                **{word: learner[word] for word in ("name", "last", "done", "predictions")},
                "idle": now - learner["worked"],
                "away": now - learner["seen"] > AWAY,
            }
            for learner in self.learners.values()
        ]
        return sorted(shown, key=lambda learner: (len(learner["name"]) if learner["name"].isdigit() else 0,
                                                  learner["name"].casefold()))  # fmt: skip

    def as_csv(self, chapters):
        """All learners' exercises, for a mark book: a row each, 1 for what is done."""
        ids = [id for chapter in chapters for id in chapter["exercises"]]
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(["name", *ids, "exercises done", "predictions right", "predictions answered"])
        for learner in self.view():
            rights = [kept["right"] for kept in learner["predictions"].values()]
            marks = [int(id in learner["done"]) for id in ids]
            # A spreadsheet would take such a name for a formula.
            name = "'" * (learner["name"][0] in "=+-@") + learner["name"]
            table.writerow([name, *marks, sum(marks), sum(right is True for right in rights), len(rights)])
        return text.getvalue()


def read_files(room, pattern):
    """Take the progress of all learners from their files; the folder that a file is in names the learner."""
    for path in map(Path, glob.glob(pattern)):  # noqa: PTH207 (the pattern begins at the root)
        try:
            with path.open("rb") as file:
                state = json.loads(file.read(MOST_BYTES))
            ago = time.time() - path.stat().st_mtime
        except (OSError, ValueError):  # Being written, or not theirs to show.
            continue
        if isinstance(state, dict):
            ids = [*state.get("done", []), *state.get("predictions", {})]
            last = max(ids, key=lambda id: int(str(id).split(".")[0] or 0), default="")
            room.take(
                str(path), {**state, "name": path.parent.name, "last": last, "seconds_ago": max(ago, 0)}
            )


class _Page(tornado.web.RequestHandler):
    def initialize(self, room=None, chapters=None, key=""):
        self.room, self.chapters, self.key = room, chapters, key

    def set_default_headers(self):
        self.set_header(
            "Content-Security-Policy",
            "default-src 'self' 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
        )
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def allowed(self):
        """Whether the instructor's key is in the address; only the program that began the room printed it."""
        if secrets.compare_digest(self.get_query_argument("key", "").encode(), self.key.encode()):
            return True
        self.set_status(403)
        self.finish("This page is the instructor's: open the address that `make room` printed.")
        return False


class _Report(_Page):
    def post(self):
        try:
            state = json.loads(self.request.body)
            name = self.room.report(state, self.request.remote_ip)
        except (ValueError, RecursionError):
            self.set_status(400)
            self.finish("this is no message of the course; join with helpers.checks.room")
        except Refused as refused:
            status, why = refused.args
            self.set_status(status)
            self.finish(why)
        else:
            self.finish({"name": name})


class _Screen(_Page):
    def get(self):
        if self.allowed():
            self.finish((Path(__file__).with_name("room.html")).read_text(encoding="utf-8"))


class _State(_Page):
    def get(self):
        if self.allowed():
            self.finish({"code": self.room.code, "chapters": self.chapters, "learners": self.room.view()})


class _Csv(_Page):
    def get(self):
        if self.allowed():
            self.set_header("Content-Type", "text/csv; charset=utf-8")
            self.set_header("Content-Disposition", 'attachment; filename="class.csv"')
            self.finish(self.room.as_csv(self.chapters))


def application(room, key):
    """The room's web pages: `/` and what it asks for with the instructor's key, `/report` for learners."""
    given = {"room": room, "chapters": course(), "key": key}
    pages = [("/", _Screen), ("/state", _State), ("/class.csv", _Csv), ("/report", _Report)]
    return tornado.web.Application([(path, page, given) for path, page in pages], log_function=lambda _: None)


def own_address():
    """This machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # An address that exists in no network (RFC 5737).
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def main(arguments=None):
    """Serve the room until the program is stopped; see `--help`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument(
        "--host", default="", help="127.0.0.1: for this machine alone; all its networks by default"
    )
    parser.add_argument("--code", default="", help="what learners type in; made up by default")
    parser.add_argument("--files", default="", help="learners' progress files: '/home/*/progress.json'")
    chosen = parser.parse_args(arguments)
    code = chosen.code or str(secrets.randbelow(900_000) + 100_000)
    room, key = Room(code), secrets.token_urlsafe(12)
    try:
        application(room, key).listen(
            chosen.port, chosen.host, max_body_size=MOST_BYTES, max_buffer_size=2**20
        )
    except OSError as error:
        print(f"Port {chosen.port} cannot be had ({error.strerror}): make room ARGS=--port={chosen.port + 1}")
        return 1
    address = f"{chosen.host or own_address()}:{chosen.port}"
    print(f"Your screen:  http://127.0.0.1:{chosen.port}/?key={key}  (Ctrl+C ends the room)")
    print("Learners:     from helpers.checks.room import join, leave")
    print(f'              join("{address}", "{code}", name="…")', flush=True)
    if chosen.files:
        read_files(room, chosen.files)
        tornado.ioloop.PeriodicCallback(lambda: read_files(room, chosen.files), 5_000).start()
    try:
        tornado.ioloop.IOLoop.current().start()
    except KeyboardInterrupt:
        print("The room is closed; nothing was kept.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
