"""The learner's half of the room view: who joins is seen on the instructor's screen, who leaves no longer is.

Nothing is sent before `join`. What is sent then: the chosen name, which exercises are done, the answers to
predictions, and which of them was the last. The instructor's half is `classroom/room.py`.
"""

import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from http.client import HTTPException

from helpers.checks import learner_file
from helpers.checks.messages import say
from helpers.safe_files import read_json, written_whole

BEAT = 30
"""Seconds between two messages where nothing happens: they say that the notebook is still open."""

_PATIENCE = 5  # Seconds for an answer; the network of the room is near.
_last = {"id": "", "at": None}
_wake = threading.Event()
_thread = None


def join(address, code, name=""):
    """Show this learner's progress on the instructor's screen, in this and all other notebooks.

    Parameters
    ----------
    address : str
        As the screen shows it: "192.168.1.20:8010".
    code : str
        The room's; it is on the screen, too.
    name : str
        At most 40 letters; without one, the room gives a number.
    """
    address = address if "://" in address else f"http://{address}"
    member = {
        "address": address.rstrip("/"),
        "code": code.strip(),
        "name": name.strip()[:40],
        "key": (_membership() or {}).get("key") or secrets.token_hex(16),
    }
    try:
        answer = _send(member)
    except urllib.error.HTTPError as refused:
        say("The room says: {why}", why=refused.read(500).decode(errors="replace") or refused.reason)
    except (OSError, ValueError, HTTPException) as error:
        say(
            "Nobody answers at {address} ({error}): is it written as on the screen, and is this computer in "
            "the same network?",
            address=address,
            error=type(error).__name__,
        )
    else:
        with written_whole(_file()) as temporary:
            temporary.write_text(json.dumps(member), encoding="utf-8")
        say(
            "You are in the room as {name}. The instructor's screen shows your exercises and predictions; "
            "leave() ends that.",
            name=answer["name"],
        )
        _keep_sending()


def leave():
    """Take this learner off the instructor's screen, and send nothing more."""
    member = _membership()
    _file().unlink(missing_ok=True)
    _wake.set()
    if member is None:
        say("You were in no room.")
        return
    # Without an answer, too: the room forgets who is silent.
    with suppress(OSError, ValueError, HTTPException):
        _send(member, leaving=True)
    say("You have left the room.")


def report(id):
    """Say, to a room if there is one, that the learner has worked on "2.1" or on the prediction "2.c"."""
    _last.update(id=id, at=time.monotonic())
    if _membership() is not None:
        _keep_sending()


def _file():
    return learner_file.path().with_name("room.json")


def _membership():
    try:
        member = read_json(_file(), 10_000)
    except (OSError, ValueError):
        return None
    wanted = ("address", "code", "name", "key")
    fits = isinstance(member, dict) and all(isinstance(member.get(word), str) for word in wanted)
    return member if fits else None


def _keep_sending():
    """Send now, and go on in the background as long as this learner is in the room."""
    global _thread
    _wake.set()
    if _thread is None or not _thread.is_alive():
        _thread = threading.Thread(target=_send_on, daemon=True)
        _thread.start()


def _send_on():
    while member := _membership():
        _wake.clear()
        # A room that is closed or out of reach is no fault of a notebook's.
        with suppress(OSError, ValueError, HTTPException):
            _send(member)
        _wake.wait(BEAT)


def _send(member, leaving=False):
    done, _ = learner_file.done()
    state = {
        **{word: member[word] for word in ("code", "name", "key")},
        "leaving": leaving,
        "last": _last["id"],
        "seconds_ago": None if _last["at"] is None else time.monotonic() - _last["at"],
        "done": sorted(done),
        "predictions": learner_file.predictions(),
    }
    request = urllib.request.Request(
        f"{member['address']}/report", json.dumps(state).encode(), {"Content-Type": "application/json"}
    )
    # The room is in this network: no proxy knows it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_PATIENCE) as answer:
        return json.loads(answer.read(10_000))
