"""The attention viewer in a real JupyterLab: typed sentences, maps, layers, heads and words.

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
    slider,
    wait_until_changed,
)

# No network is needed to see the widget: words look at near ones, in each head at others.
CELL = """import numpy as np
from helpers.widgets import Attention, AttentionViewer
def near(queries, keys):
    where = np.linspace(0, len(keys) - 1, len(queries))[:, None] - np.arange(len(keys))
    maps = [[-((where + head - 2) ** 2) / (layer + 1) for head in range(4)] for layer in range(2)]
    weights = np.exp(maps)
    return weights / weights.sum(axis=-1, keepdims=True)
def attend(text):
    words = text.lower().replace(".", " .").split()
    japanese = ("父", "は", "毎朝", "お茶", "を", "飲み", "ます", "。")
    note = "お茶. Unknown word: submarine." if "submarine" in words else ""
    return {
        "encoder": Attention(words, words, near(words, words), note),
        "decoder reads encoder": Attention(japanese, words, near(japanese, words), note),
    }
AttentionViewer(attend, "My father drinks tea every morning.", ["My father drinks tea every morning.", "This is water."])"""  # noqa: E501


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the viewer."""
    return open_page(new_page, lab, "attention_viewer.ipynb", [CELL])


@pytest.fixture
def shown(page):
    """The viewer's cell, with the picture there."""
    page.set_viewport_size({"width": 1280, "height": 720})
    return shown_cell(page)


def field(cell):
    """Return the text box."""
    return cell.locator(".widget-text input")


def note(cell):
    """Return what the viewer says about the text."""
    return cell.locator("[role=status]")


def type_text(page, cell, text):
    """Replace the text by keyboard, and press return."""
    field(cell).click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
@pytest.mark.parametrize("head", ["all heads", "2"])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height, head):
    page.set_viewport_size({"width": width, "height": height})
    dropdown(shown, "Head").select_option(label=head)
    expect(picture(shown)).to_have_attribute(
        "alt", re.compile("maps of 4 heads" if head == "all heads" else "layer 1, head 2")
    )
    field(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"top_{width}.png")
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"map_{width}.png")
    assert_nothing_is_cut_off(shown, labels=6)


def test_a_sentence_is_typed(page, shown, tmp_path):
    type_text(page, shown, "My father drinks a submarine")
    expect(note(shown)).to_have_text("お茶. Unknown word: submarine.")
    expect(dropdown(shown, "Examples")).to_have_value("my own text")
    expect(picture(shown)).to_have_attribute("alt", re.compile("“a” looks most at"))
    old = picture(shown).get_attribute("src")
    page.screenshot(path=tmp_path / "unknown.png")
    field(shown).click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    shown.get_by_role("button", name="Read").click()
    old = wait_until_changed(picture(shown), old)
    expect(note(shown)).to_have_text("Type a sentence, then press Enter.")
    expect(slider(shown, "Layer")).to_be_hidden()
    page.screenshot(path=tmp_path / "empty.png")
    dropdown(shown, "Examples").select_option(label="This is water.")
    wait_until_changed(picture(shown), old)
    expect(field(shown)).to_have_value("This is water.")
    expect(slider(shown, "Layer")).to_be_visible()


def test_map_layer_head_and_word(page, shown, tmp_path):
    image = picture(shown)
    type_text(page, shown, "My father drinks tea every morning.")
    expect(image).to_have_attribute("alt", re.compile("encoder, layer 1"))
    dropdown(shown, "Map").select_option(label="decoder reads encoder")
    expect(image).to_have_attribute("alt", re.compile("decoder reads encoder, layer 1"))
    slider(shown, "Layer").locator(".noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    expect(image).to_have_attribute("alt", re.compile("layer 2"))
    dropdown(shown, "Head").select_option(label="3")
    expect(image).to_have_attribute("alt", re.compile("layer 2, head 3"))
    track = slider(shown, "Word").locator(".noUi-base").bounding_box()
    page.mouse.click(track["x"] + 1, track["y"] + track["height"] / 2)
    expect(image).to_have_attribute("alt", re.compile("“父” looks most at"))
    expect(shown.get_by_text("Where 父 looks (decoder reads encoder, layer 2, head 3)")).to_be_visible()
    slider(shown, "Word").locator(".noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    expect(image).to_have_attribute("alt", re.compile("“は” looks most at"))
    page.screenshot(path=tmp_path / "japanese.png")


def test_a_finger_moves_the_slider(chromium, lab, page, shown):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        touched = context.new_page()
        touched.set_default_timeout(20_000)
        lab.write("touched.ipynb", [CELL])
        lab.open(touched, "touched.ipynb")
        lab.run_all(touched)
        cell = touched.locator(".jp-CodeCell").nth(1)
        image = picture(cell)
        image.wait_for(timeout=60_000)
        expect(image).to_have_attribute("alt", re.compile("“tea” looks"))
        slider(cell, "Word").scroll_into_view_if_needed()
        track = slider(cell, "Word").locator(".noUi-base").bounding_box()
        touched.touchscreen.tap(track["x"] + track["width"] - 1, track["y"] + track["height"] / 2)
        expect(image).to_have_attribute("alt", re.compile("“[.]” looks"))
    finally:
        context.close()
