"""The explorers in a real JupyterLab: moved by keyboard and mouse, saved, opened again.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re

import nbformat
import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

from widget_page import assert_nothing_is_cut_off, open_page, picture, wait_until_changed  # noqa: E402

from helpers.progress import COMMITTED  # noqa: E402

EXPLORERS = [
    "from helpers.widgets import LearningRateExplorer\nLearningRateExplorer()",
    "from helpers.widgets import SoftmaxExplorer\nSoftmaxExplorer()",
]

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


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with one explorer in each cell but the first, all of them run."""
    return open_page(new_page, lab, "explorers.ipynb", EXPLORERS)


def cell(page, number):
    """Return the code cell of a number; 0 is the setup."""
    found = page.locator(".jp-CodeCell").nth(number)
    found.scroll_into_view_if_needed()
    return found


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_nothing_is_cut_off(page, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    for number in (1, 2):
        shown = cell(page, number)
        picture(shown).wait_for()
        page.screenshot(path=tmp_path / f"explorer_{number}.png")
        assert_nothing_is_cut_off(shown, labels=4)


@pytest.mark.parametrize(("number", "label"), [(1, "Learning rate ε"), (2, "Score of 3")])
def test_explorers_follow_keyboard_and_mouse(page, tmp_path, number, label):
    shown = cell(page, number)
    image = picture(shown)
    image.wait_for()
    assert image.bounding_box()["width"] == 700
    assert shown.locator("img:visible").count() == 1, "the still picture is not hidden"
    box = shown.locator(".widget-slider").first
    assert label in box.inner_text()
    first = image.get_attribute("src")
    box.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    second = wait_until_changed(image, first)
    page.keyboard.press("ArrowLeft")
    third = wait_until_changed(image, second)
    assert third == first, "the same state has the same picture"
    track = box.locator(".noUi-base").bounding_box()
    page.mouse.click(track["x"] + track["width"] * 0.9, track["y"] + track["height"] / 2)
    wait_until_changed(image, first)
    page.screenshot(path=tmp_path / "moved.png")


def test_play_runs_through_the_steps(page):
    shown = cell(page, 1)
    image = picture(shown)
    image.wait_for()
    readout = shown.locator(".widget-slider").filter(has_text="Steps shown").locator(".widget-readout")
    expect(readout).to_have_text("60")
    shown.locator(".widget-play button").first.click()
    expect(readout).to_have_text(re.compile(r"^[1-9]$"), timeout=20_000)
    wait_until_changed(image, image.get_attribute("src"))
    assert "steps; the lowest possible" in image.get_attribute("alt")
    shown.locator(".widget-play button").first.click()


def test_a_picture_stays_when_the_kernel_is_gone(page, lab, tmp_path):
    picture(cell(page, 2)).wait_for()
    page.keyboard.press("Control+s")
    page.locator(".jp-mod-dirty").wait_for(state="detached")
    lab.stop_kernels()
    # The learner's own notebook: trusted, and its widgets are gone.
    lab.open(page, "explorers.ipynb")
    page.get_by_text("model not found").first.wait_for()
    for number in (1, 2):
        assert cell(page, number).locator("img:visible").count() == 1
    page.screenshot(path=tmp_path / "reopened.png")
    # The repository's notebook: what the builder keeps, not trusted yet.
    notebook = nbformat.read(lab.folder / "explorers.ipynb", 4)
    for output in [output for code in notebook.cells for output in code.outputs]:
        output.data = {kind: output.data[kind] for kind in output.metadata[COMMITTED]}
    nbformat.write(notebook, lab.folder / "committed.ipynb")
    lab.open(page, "committed.ipynb")
    for number, name in ((1, "LearningRateExplorer"), (2, "SoftmaxExplorer")):
        shown = cell(page, number)
        shown.get_by_text(f"{name}: run this cell to move its controls").wait_for()
        assert shown.locator("img:visible").count() == 1
    assert page.get_by_text("model not found").count() == 0
    page.screenshot(path=tmp_path / "committed.png")


def test_progress_and_live_figure_change_while_the_cell_runs(page, lab, tmp_path):
    for signal in ("counted", "seen"):
        (lab.folder / signal).unlink(missing_ok=True)
    lab.write("live.ipynb", LIVE)
    lab.open(page, "live.ipynb")
    lab.run_all(page)
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
