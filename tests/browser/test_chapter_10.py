"""The word map in a real JupyterLab: words typed, sums, nonsense, the slider and the two views.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

# Words with made-up vectors: three groups of near ones.
CELL = """import numpy as np
from helpers.widgets import WordMap
words = "good great superb bad awful dull man woman king queen actor actress".split()
rng = np.random.default_rng(1)
vectors = np.repeat(rng.normal(size=(3, 8)), [3, 3, 6], axis=0) + 0.3 * rng.normal(size=(12, 8))
WordMap(vectors, words, word="good")"""


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the map."""
    page = new_page()
    lab.write("word_map.ipynb", [CELL])
    lab.open(page, "word_map.ipynb")
    lab.run_all(page)
    return page


@pytest.fixture
def shown(page):
    """The map's cell, with the picture there."""
    page.set_viewport_size({"width": 1280, "height": 720})
    cell = page.locator(".jp-CodeCell").nth(1)
    picture(cell).wait_for(timeout=60_000)
    cell.scroll_into_view_if_needed()
    return cell


def picture(cell):
    """Return the widget's picture, which is not the still one beside it."""
    return cell.locator(".widget-html img, .jupyter-widget-html img")


def field(cell):
    """Return the search box."""
    return cell.locator(".widget-text input")


def choose(cell, label, option):
    """Choose an option of a dropdown by its label."""
    cell.locator(".widget-dropdown").filter(has_text=label).locator("select").select_option(option)


def wait_until_changed(cell, old):
    """Wait for another picture and return its source."""
    expect(picture(cell)).not_to_have_attribute("src", old, timeout=40_000)
    return picture(cell).get_attribute("src")


def search(page, cell, text):
    """Type a text into the search box by keyboard, and press return."""
    old = picture(cell).get_attribute("src")
    field(cell).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    return wait_until_changed(cell, old)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"word_map_{width}.png")
    assert shown.locator("img:visible").count() == 1, "the still picture is not hidden"
    labels = shown.locator(".widget-label:visible").all()
    assert len(labels) >= 3
    for label in labels:
        assert label.evaluate("node => node.scrollWidth <= node.clientWidth"), label.inner_text()
    output = shown.locator(".jp-OutputArea-output").first
    assert output.evaluate("node => node.scrollWidth <= node.clientWidth"), "wider than the page"


def test_words_and_sums_by_keyboard(page, shown, tmp_path):
    search(page, shown, "Awful")
    expect(shown.get_by_text("Nearest to awful:")).to_be_visible()
    search(page, shown, "king - man + woman")
    expect(shown.get_by_text("Nearest to king − man + woman:")).to_be_visible()
    expect(picture(shown)).to_have_attribute("alt", re.compile("king − man [+] woman"))
    page.screenshot(path=tmp_path / "sum.png")


def test_nonsense_is_answered(page, shown, tmp_path):
    search(page, shown, "woman")
    search(page, shown, "womann")
    expect(shown.get_by_text("“womann” is not among the 12 words; spelt alike: woman")).to_be_visible()
    page.screenshot(path=tmp_path / "unknown.png")
    search(page, shown, "queen")
    old = picture(shown).get_attribute("src")
    field(shown).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    shown.get_by_role("button", name="Search").click()
    expect(shown.get_by_text("Type a word and press return")).to_be_visible()
    wait_until_changed(shown, old)
    page.screenshot(path=tmp_path / "empty.png")


def test_slider_and_views(page, shown, tmp_path):
    old = search(page, shown, "superb")
    choose(shown, "Map", "all words")
    old = wait_until_changed(shown, old)
    handle = shown.locator(".noUi-handle").first
    handle.focus()
    page.keyboard.press("ArrowLeft")
    old = wait_until_changed(shown, old)
    track = shown.locator(".noUi-base").first.bounding_box()
    page.mouse.click(track["x"] + track["width"] * 0.05, track["y"] + track["height"] / 2)
    old = wait_until_changed(shown, old)
    page.screenshot(path=tmp_path / "few.png")
    choose(shown, "Map", "around the word")
    wait_until_changed(shown, old)
    page.screenshot(path=tmp_path / "around.png")
