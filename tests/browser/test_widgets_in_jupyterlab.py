"""A real JupyterLab shows a live figure and a bar while a cell runs, and a picture without a kernel.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re

import pytest
from widget_page import expect, open_page, picture, wait_until_changed

# Each runs until the test has seen what it waits for and lets it end: a slow browser misses nothing.
LIVE = [
    "import time\nfrom pathlib import Path\nfrom helpers.progress import track\n"
    "def wait_for(name):\n    end = time.monotonic() + 120\n"
    "    while not Path(name).exists() and time.monotonic() < end:\n        yield\n        time.sleep(0.1)",
    "for step in track(range(20), 'Counting'):\n"
    "    if step == 10:\n        for _ in wait_for('counted'):\n            pass",
    "from helpers.widgets import LiveFigure, softmax\n"
    "scores = {'score_3': 0, 'score_5': 0, 'score_8': 0, 'score_9': 0}\n"
    "def draw(n):\n    return softmax.draw(0, False, **{**scores, 'score_3': n % 50 / 10})\n"
    "with LiveFigure(draw, 'Bars of four scores, the first one grows') as live:\n"
    "    for n, _ in enumerate(wait_for('seen')):\n        live.update(n=n)",
]


def cell(page, number):
    """Return the code cell of a number; 0 is the setup."""
    found = page.locator(".jp-CodeCell").nth(number)
    found.scroll_into_view_if_needed()
    return found


@pytest.mark.chapter(2)
def test_a_picture_stays_when_the_kernel_is_gone(new_page, lab, tmp_path):
    code = "from helpers.widgets import SoftmaxExplorer\nSoftmaxExplorer()"
    page = open_page(new_page, lab, "explorer.ipynb", [code])
    picture(cell(page, 1)).wait_for()
    page.keyboard.press("Control+s")
    page.locator(".jp-mod-dirty").wait_for(state="detached")
    lab.stop_kernels()
    # The learner's own notebook: trusted, and its widgets are gone.
    lab.open(page, "explorer.ipynb")
    page.get_by_text("model not found").first.wait_for()
    assert cell(page, 1).locator("img:visible").count() == 1
    page.screenshot(path=tmp_path / "reopened.png")


def test_progress_and_live_figure_change_while_the_cell_runs(new_page, lab, tmp_path):
    for signal in ("counted", "seen"):
        (lab.folder / signal).unlink(missing_ok=True)
    page = open_page(new_page, lab, "live.ipynb", LIVE)
    counting = cell(page, 2)
    counting.locator("progress").wait_for()
    page.screenshot(path=tmp_path / "progress.png")
    (lab.folder / "counted").touch()
    counting.get_by_text(re.compile(r"^Counting: 20 of 20 steps · \d+ s$")).wait_for()
    expect(counting.locator("progress")).to_have_count(0)
    assert counting.locator(".jp-OutputArea-child").count() == 1
    image = cell(page, 3).locator("img")
    image.wait_for()
    second = wait_until_changed(image, image.get_attribute("src"))
    wait_until_changed(image, second)
    page.screenshot(path=tmp_path / "live.png")
    (lab.folder / "seen").touch()
    assert cell(page, 3).locator(".jp-OutputArea-child").count() == 1
