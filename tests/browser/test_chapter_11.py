"""The attention map in a real JupyterLab: typed sentences, examples, both styles.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

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

# No network is needed to see the widget: this one knows one sentence.
CELL = """import numpy as np
from helpers.synthetic.translation import make_pairs
from helpers.widgets import AttentionMap
known = {t for p in make_pairs(500, np.random.default_rng(0)) for t in p.english}
def translate(tokens):
    words = ("これ", "は", "水") + (("です",) if tokens[0] == "[polite]" else ("だ",)) + ("。",)
    places = np.linspace(0, len(tokens) - 1, len(words))[:, None] - np.arange(len(tokens))
    weights = np.exp(-places**2)
    return words, weights / weights.sum(axis=1, keepdims=True)
AttentionMap(translate, known)"""


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the map."""
    return open_page(new_page, lab, "attention_map.ipynb", [CELL])


@pytest.fixture
def shown(page):
    """The map's cell, with the picture there."""
    return shown_cell(page)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"map_{width}.png")
    assert_nothing_is_cut_off(shown, labels=3)


def test_a_sentence_is_typed(page, shown, tmp_path):
    old = picture(shown).get_attribute("src")
    field = shown.locator("input[type=text]").first
    field.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("My father drinks a submarine")
    page.keyboard.press("Enter")
    old = wait_until_changed(picture(shown), old)
    expect(shown.get_by_text("Not among the network's")).to_be_visible()
    expect(dropdown(shown, "Examples")).to_have_value("my own sentence")
    page.screenshot(path=tmp_path / "unknown.png")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Enter")
    wait_until_changed(picture(shown), old)
    expect(shown.get_by_text("Type an English sentence")).to_be_visible()
    page.screenshot(path=tmp_path / "empty.png")


def test_examples_and_style_by_mouse(page, shown, tmp_path):
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Examples").select_option(label="Who sent a letter to the teacher?")
    old = wait_until_changed(picture(shown), old)
    expect(shown.locator("input[type=text]").first).to_have_value("Who sent a letter to the teacher?")
    expect(shown.get_by_text("これは水です。", exact=True)).to_be_visible()
    dropdown(shown, "Japanese").select_option(label="plain")
    wait_until_changed(picture(shown), old)
    expect(shown.get_by_text("これは水だ。", exact=True)).to_be_visible()
    page.screenshot(path=tmp_path / "plain.png")
