"""The filter editor in a real JupyterLab: typed numbers, presets, files of one's own.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import io
import re

import numpy as np
import pytest
from PIL import Image

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

from widget_page import assert_nothing_is_cut_off, dropdown, open_page, picture, wait_until_changed  # noqa: E402

CELL = "from helpers.widgets import FilterEditor\nFilterEditor()"


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the editor."""
    return open_page(new_page, lab, "filter_editor.ipynb", [CELL])


@pytest.fixture
def shown(page):
    """The editor's cell, with the picture there."""
    cell = page.locator(".jp-CodeCell").nth(1)
    picture(cell).wait_for(timeout=40_000)
    cell.scroll_into_view_if_needed()
    return cell


def fields(cell):
    """Return the number fields of the grid, row by row."""
    return cell.locator(".widget-gridbox input")


def choose_file(page, cell, file):
    """Press the upload button and choose a file in the browser's dialogue."""
    with page.expect_file_chooser() as dialogue:
        cell.locator("button.jupyter-widget-upload, button.widget-upload").click()
    dialogue.value.set_files(file)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"editor_{width}.png")
    assert_nothing_is_cut_off(shown, labels=5)
    assert fields(shown).count() == 25
    output = shown.locator(".jp-OutputArea-output").first
    for field in fields(shown).all():
        box = field.bounding_box()
        assert box["x"] + box["width"] <= output.bounding_box()["x"] + output.bounding_box()["width"]
        assert field.evaluate("node => node.scrollWidth <= node.clientWidth"), field.input_value()


def test_numbers_are_typed_by_keyboard(page, shown, tmp_path):
    first = picture(shown).get_attribute("src")
    field = fields(shown).first
    field.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("7.5")
    page.keyboard.press("Enter")
    second = wait_until_changed(picture(shown), first)
    preset = dropdown(shown, "Filter")
    expect(preset).to_have_value("my own numbers")
    page.keyboard.press("Tab")
    assert fields(shown).nth(1).evaluate("node => node === document.activeElement")
    page.keyboard.press("Control+a")
    page.keyboard.type("-3")
    page.keyboard.press("Tab")
    wait_until_changed(picture(shown), second)
    page.screenshot(path=tmp_path / "typed.png")
    assert fields(shown).first.input_value() == "7.5"


def test_presets_cutoff_and_size_by_mouse(page, shown, tmp_path):
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Filter").select_option("sharpen")
    expect(fields(shown)).to_have_count(9)
    for field, number in zip(fields(shown).all(), [0, -1, 0, -1, 5, -1, 0, -1, 0], strict=True):
        expect(field).to_have_value(re.compile(rf"^{number}(\.0)?$"))
    old = wait_until_changed(picture(shown), old)
    dropdown(shown, "Image").select_option("cross")
    old = wait_until_changed(picture(shown), old)
    page.screenshot(path=tmp_path / "sharpen.png")
    track = shown.locator(".noUi-base").first.bounding_box()
    page.mouse.click(track["x"] + track["width"] * 0.8, track["y"] + track["height"] / 2)
    old = wait_until_changed(picture(shown), old)
    dropdown(shown, "Numbers each way").select_option("5")
    expect(fields(shown)).to_have_count(25)
    wait_until_changed(picture(shown), old)


def test_own_files(page, shown, tmp_path):
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Filter").select_option("vertical 5×5")
    old = wait_until_changed(picture(shown), old)
    choose_file(page, shown, {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    shown.get_by_text("notes.txt is not an image that can be read: choose a PNG or JPEG file").wait_for()
    assert picture(shown).get_attribute("src") == old
    page.screenshot(path=tmp_path / "bad_file.png")
    buffer = io.BytesIO()
    rows, columns = np.mgrid[:300, :400]
    Image.fromarray(((np.hypot(rows - 150, columns - 200) < 100) * 200).astype(np.uint8)).save(buffer, "PNG")
    choose_file(page, shown, {"name": "disc.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    shown.get_by_text("disc.png: 112 × 84 grey pixels.").wait_for()
    wait_until_changed(picture(shown), old)
    assert "my own image" in picture(shown).get_attribute("alt")
    page.screenshot(path=tmp_path / "own_file.png")
