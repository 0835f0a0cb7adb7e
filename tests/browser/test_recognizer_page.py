"""`make recognizer`: the page that Voilà serves, in a real Chromium."""

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

pytestmark = pytest.mark.chapter(7)

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

SEVEN = [(26, 18), (72, 18), (56, 48), (44, 86)]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Start the page on a free port, with a short patience; its address."""
    home = tmp_path_factory.mktemp("page")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    names = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
             "IPYTHONDIR": "ipython", "TMPDIR": "tmp"}  # fmt: skip
    (home / "tmp").mkdir()
    environment = {**os.environ, **{name: str(home / folder) for name, folder in names.items()}}
    command = [sys.executable, "classroom/recognizer_page.py", f"--port={port}", "--no-browser"]
    log = home / "page.log"
    with log.open("wb") as out:
        server = subprocess.Popen([*command, "--idle=4"], cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(server, url, log)
        yield url
    finally:
        server.terminate()
        server.wait(20)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url, timeout=5)


def wait_for(server, url, log, seconds=90):
    """Wait until Voilà answers; its static files need no kernel."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/voila/api/kernelspecs", timeout=2) as answer:
                json.load(answer)
                return
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"Voilà did not answer within {seconds} s:\n{log.read_text()[-2000:]}")


@pytest.fixture
def page(new_page, address):
    """The page, ready to be written on."""
    page = new_page()
    # Voilà sends the page while its kernel starts, which includes loading TensorFlow.
    page.goto(f"{address}/?theme=dark", timeout=60_000, wait_until="commit")
    page.locator(".course-reading[data-number]").first.wait_for(timeout=120_000)
    yield page
    page.context.close()


def brightness(colour):
    """Return the mean of red, green and blue in a colour as CSS writes it."""
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3


def test_a_digit_is_read_and_forgotten(page, tmp_path):
    canvas = page.locator(".course-canvas canvas")
    expect(page.locator(".course-reading .sentence")).to_have_text("Nothing is drawn yet.")
    box = canvas.bounding_box()
    assert box["y"] + box["height"] <= 720, "the canvas does not fit on the screen"
    assert box["width"] > 400
    places = [(box["x"] + x / 100 * box["width"], box["y"] + y / 100 * box["height"]) for x, y in SEVEN]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    expect(page.locator(".course-reading .sentence")).to_have_text(re.compile(r"^I read a 7 \("))
    page.screenshot(path=tmp_path / "page.png")
    ink, paper = canvas.evaluate(
        "node => [getComputedStyle(node).color, getComputedStyle(node).backgroundColor]"
    )
    assert brightness(ink) > 150 > 100 > brightness(paper), "not the dark theme that was asked for"
    assert page.locator(".jp-InputArea, .cm-editor, .jp-RenderedText").filter(visible=True).count() == 0
    # Nobody writes any more: it empties itself.
    expect(canvas).to_have_attribute("data-strokes", "0")
    expect(page.locator(".course-reading .sentence")).to_have_text("Nothing is drawn yet.")
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=tmp_path / "phone.png")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
