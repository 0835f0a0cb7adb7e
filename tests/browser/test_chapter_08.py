"""Chapter 08's recurrent network in a real JupyterLab: it appears, follows keyboard and mouse, fits a phone.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

from widget_page import assert_nothing_is_cut_off, dropdown, open_page, picture, shown_cell, slider  # noqa: E402

CELL = "from helpers.widgets import UnrolledRNN\nUnrolledRNN()"


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the explorer in its second cell."""
    return open_page(new_page, lab, "unrolled.ipynb", [CELL])


@pytest.fixture
def shown(page):
    """The explorer's cell, with the picture there."""
    return shown_cell(page)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"unrolled_{width}.png")
    assert_nothing_is_cut_off(shown, labels=4)
    output = shown.locator(".jp-OutputArea-output").first
    box, room = picture(shown).bounding_box(), output.bounding_box()
    assert box["x"] >= room["x"] and box["x"] + box["width"] <= room["x"] + room["width"] + 1
    if width == 1280:
        assert box["width"] == 700


def test_keyboard_changes_the_strength(page, shown):
    first = picture(shown).get_attribute("src")
    handle = slider(page, "Strength").get_by_role("slider")
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(picture(shown)).to_have_attribute("alt", re.compile("recurrent strength 1.05"))
    expect(picture(shown)).not_to_have_attribute("src", first)
    page.keyboard.press("ArrowLeft")
    expect(picture(shown)).to_have_attribute("alt", re.compile("recurrent strength 1.00"))
    expect(picture(shown)).to_have_attribute("src", first)


def test_mouse_makes_the_gradient_vanish_and_explode(page, shown, tmp_path):
    dropdown(shown, "Activation").select_option("linear")
    expect(picture(shown)).to_have_attribute("alt", re.compile("activation linear .*stays in sight"))
    track = slider(page, "Strength").locator(".noUi-base").bounding_box()
    middle = track["y"] + track["height"] / 2
    page.mouse.click(track["x"] + track["width"] * 0.97, middle)
    expect(picture(shown)).to_have_attribute("alt", re.compile("explodes"))
    page.screenshot(path=tmp_path / "explodes.png")
    track = slider(page, "Strength").locator(".noUi-base").bounding_box()
    page.mouse.click(track["x"] + track["width"] * 0.1, track["y"] + track["height"] / 2)
    expect(picture(shown)).to_have_attribute("alt", re.compile("vanishes"))
    dropdown(shown, "Input").select_option("a wave")
    expect(picture(shown)).to_have_attribute("alt", re.compile("reads a wave for 30 steps"))
    slider(page, "Steps").get_by_role("slider").focus()
    page.keyboard.press("End")
    expect(picture(shown)).to_have_attribute("alt", re.compile("for 100 steps"))
    page.screenshot(path=tmp_path / "vanishes.png")
