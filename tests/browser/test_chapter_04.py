"""Chapter 04's graph stepper in a real JupyterLab: it appears, follows keyboard and mouse, and plays.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

from widget_page import open_page, picture, slider, wait_until_changed  # noqa: E402

STEPPER = "from helpers.widgets import GraphStepper\nGraphStepper()"


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the stepper in its second cell."""
    return open_page(new_page, lab, "stepper.ipynb", [STEPPER])


@pytest.fixture
def image(page):
    """The picture of the widget, which is not the still one beside it."""
    shown = page.locator(".jp-CodeCell").nth(1)
    found = picture(shown)
    found.wait_for()
    found.scroll_into_view_if_needed()
    return found


def test_it_appears_whole(page, image, tmp_path):
    assert image.bounding_box()["width"] == 700
    assert page.locator(".jp-CodeCell").nth(1).locator("img:visible").count() == 1
    for label in page.locator(".widget-label:visible, .widget-label-basic:visible").all():
        assert label.evaluate("node => node.scrollWidth <= node.clientWidth"), label.inner_text()
    page.screenshot(path=tmp_path / "stepper.png")


def test_keyboard_and_mouse_move_through_the_graph(page, image, tmp_path):
    first = image.get_attribute("src")
    handle = slider(page, "Step").get_by_role("slider")
    handle.focus()
    page.keyboard.press("ArrowRight")
    second = wait_until_changed(image, first)
    expect(image).to_have_attribute("alt", re.compile("step 1 of 9. Forward 1"))
    page.keyboard.press("ArrowLeft")
    assert wait_until_changed(image, second) == first, "the same state has the same picture"
    track = slider(page, "Step").locator(".noUi-base").bounding_box()
    page.mouse.click(track["x"] + track["width"] * 0.99, track["y"] + track["height"] / 2)
    expect(image).to_have_attribute("alt", re.compile("step 9 of 9. One step downhill"))
    page.screenshot(path=tmp_path / "last_step.png")


def test_colour_class_and_weight_change_the_numbers(page, image):
    old = image.get_attribute("src")
    lists = page.locator("select:visible")
    page.locator(".widget-dropdown").filter(has_text="Right class").locator("select").select_option("blue")
    old = wait_until_changed(image, old)
    expect(image).to_have_attribute("alt", re.compile("right class blue"))
    page.locator(".widget-dropdown").filter(has_text="Colour").locator("select").select_option(
        "sky (40, 120, 230)"
    )
    old = wait_until_changed(image, old)
    assert lists.count() >= 2
    slider(page, "Weight").get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    wait_until_changed(image, old)


def test_play_walks_through_the_nodes(page, image):
    readout = slider(page, "Step").locator(".widget-readout")
    expect(readout).to_have_text("9")
    page.locator(".widget-play button").first.click()
    expect(readout).to_have_text(re.compile(r"^[0-3]$"), timeout=20_000)
    expect(image).to_have_attribute("alt", re.compile(r"step [1-3] of 9"), timeout=20_000)
    page.locator(".widget-play button").first.click()
