"""The instructor's screen in a real Chromium, with a hundred learners."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from build import ROOT

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

CODE = "424242"


@pytest.fixture(scope="module")
def room():
    """Start the room as `make room` does; the addresses of its screen and for learners."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "classroom/room.py", f"--port={port}", "--host=127.0.0.1", f"--code={CODE}"]
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        screen = re.search(r"http://\S+", server.stdout.readline())[0]
        server.stdout.readline()
        assert f'join("127.0.0.1:{port}", "{CODE}"' in server.stdout.readline()
        yield screen, f"http://127.0.0.1:{port}/report"
    finally:
        server.terminate()
        server.wait(10)


def report(address, number, **changes):
    right = number % 4 != 0
    state = {
        "code": CODE,
        "key": f"learner {number}",
        "name": f"Learner {number:03d}",
        "last": "6.b",
        "seconds_ago": 700 if number < 7 else 30,
        "done": ["6.1", "6.2"][: number % 3],
        "predictions": {
            "6.b": {"answer": "anything else" if right else "one edge filter", "right": right}
        },
        **changes,
    }  # fmt: skip
    body = json.dumps(state).encode()
    with urllib.request.urlopen(address, body, timeout=10) as answer:
        return json.load(answer)


def test_a_hundred_learners_are_seen(room, new_page, tmp_path):
    screen, address = room
    begun = time.monotonic()
    for number in range(100):
        report(address, number)
    assert time.monotonic() - begun < 60
    report(address, 5, name="<script>document.title = 'stolen'</script>")
    errors = []
    page = new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(screen)
    expect(page.locator("#learners tr")).to_have_count(100)
    expect(page.get_by_role("status")).to_have_text(
        "100 joined · 7 without progress for ten minutes · 0 away"
    )
    assert page.locator(".stuck:visible").count() == 7
    assert page.title() == "The room"
    expect(page.get_by_text("<script>document.title")).to_be_visible()
    # The chapter at which most are is the one that is shown; its second prediction, with all answers.
    page.get_by_label("Prediction", exact=True).select_option("6.b")
    expect(page.locator("#text")).to_have_text("What will the filters become?")
    expect(page.locator("#answers .row")).to_contain_text(["0 of 100", "25 of 100", "75 of 100"])
    expect(page.locator("#exercises .row").nth(0)).to_contain_text("66 of 100")
    page.get_by_label("names").uncheck()
    expect(page.get_by_text("Learner 042")).to_have_count(0)
    page.get_by_label("names").check()
    report(address, 42, leaving=True)
    expect(page.locator("#learners tr")).to_have_count(99)
    with page.expect_download() as download:
        page.get_by_text("Save class.csv").click()
    assert len(download.value.path().read_text(encoding="utf-8").splitlines()) == 100
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=tmp_path / "room.png")
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=tmp_path / "room-phone.png")
    assert not errors


def test_a_stranger_sees_nothing(room, new_page):
    screen, address = room
    page = new_page()
    page.goto(screen.split("?")[0])
    expect(page.get_by_text("This page is the instructor's")).to_be_visible()
    with pytest.raises(urllib.error.HTTPError) as refused:
        report(address, 1, code="guess")
    assert refused.value.code == 403
