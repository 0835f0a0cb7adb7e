"""Chapter 20's canvas, read by two networks, in a real JupyterLab."""

import re

import pytest
from widget_page import open_page

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

pytestmark = pytest.mark.chapter(20)

CELL = """import numpy as np
from helpers.widgets import TwoReaders
def wide(images):  # Wide drawings are zeros, narrow ones are ones.
    return np.eye(10)[[int((images[0, :, :, 0].max(axis=0) > 0).sum() < 10)]]
TwoReaders({"large, 559 KB": wide, "small, 36 KB": lambda images: np.full((1, 10), 0.1)})"""


def test_both_answers_follow_pen_and_keys(new_page, lab, tmp_path):
    page = open_page(new_page, lab, "two_readers.ipynb", [CELL])
    cell = page.locator(".jp-CodeCell").nth(1)
    canvas, picture = cell.locator(".course-canvas canvas"), cell.locator("img:visible")
    expect(picture).to_have_attribute("alt", re.compile("Nothing is drawn yet"), timeout=60_000)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 0.2 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2, y + 0.6 * box["height"], steps=12)
    page.mouse.up()
    expect(picture).to_have_attribute("alt", re.compile("large, 559 KB: 1, 100%.* small, 36 KB: 0, 10%"))
    page.screenshot(path=tmp_path / "two.png")
    canvas.focus()
    page.keyboard.press("Control+z")
    expect(picture).to_have_attribute("alt", re.compile("Nothing is drawn yet"))
    page.keyboard.press("0")  # Stamps a sample digit.
    expect(picture).to_have_attribute("alt", re.compile("large, 559 KB: 0, 100%"))
    page.set_viewport_size({"width": 390, "height": 844})
    picture.scroll_into_view_if_needed()
    assert picture.bounding_box()["width"] <= 390
    page.screenshot(path=tmp_path / "two-phone.png")
