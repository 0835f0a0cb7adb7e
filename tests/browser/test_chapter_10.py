"""The word map in a real JupyterLab: words typed, sums, nonsense, the slider and the two views.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

from widget_page import (  # noqa: E402
    assert_nothing_is_cut_off,
    dropdown,
    open_page,
    picture,
    shown_cell,
    wait_until_changed,
)

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
    return open_page(new_page, lab, "word_map.ipynb", [CELL])


@pytest.fixture
def shown(page):
    """The map's cell, with the picture there."""
    page.set_viewport_size({"width": 1280, "height": 720})
    return shown_cell(page)


def field(cell):
    """Return the search box."""
    return cell.locator(".widget-text input")


def search(page, cell, text):
    """Type a text into the search box by keyboard, and press return."""
    old = picture(cell).get_attribute("src")
    field(cell).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    return wait_until_changed(picture(cell), old)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"word_map_{width}.png")
    assert_nothing_is_cut_off(shown, labels=3)


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
    wait_until_changed(picture(shown), old)
    page.screenshot(path=tmp_path / "empty.png")


def test_slider_and_views(page, shown, tmp_path):
    old = search(page, shown, "superb")
    dropdown(shown, "Map").select_option("all words")
    old = wait_until_changed(picture(shown), old)
    handle = shown.locator(".noUi-handle").first
    handle.focus()
    page.keyboard.press("ArrowLeft")
    old = wait_until_changed(picture(shown), old)
    track = shown.locator(".noUi-base").first.bounding_box()
    page.mouse.click(track["x"] + track["width"] * 0.05, track["y"] + track["height"] / 2)
    old = wait_until_changed(picture(shown), old)
    page.screenshot(path=tmp_path / "few.png")
    dropdown(shown, "Map").select_option("around the word")
    wait_until_changed(picture(shown), old)
    page.screenshot(path=tmp_path / "around.png")
