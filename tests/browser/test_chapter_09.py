"""The reviewer and the gate inspector in a real JupyterLab: examples by mouse, own words by keyboard.

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

CELLS = {"Reviewer": 1, "GateInspector": 2}


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with both widgets."""
    return open_page(
        new_page, lab, "reviews.ipynb", [f"from helpers.widgets import {name}\n{name}()" for name in CELLS]
    )


@pytest.fixture(params=CELLS)
def shown(page, request):
    """A widget's cell, with the picture there."""
    page.set_viewport_size({"width": 1280, "height": 720})
    return shown_cell(page, CELLS[request.param])


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"reviews_{width}.png")
    assert_nothing_is_cut_off(shown, labels=3)


def test_examples_and_models_by_mouse(page, shown, tmp_path):
    dropdown(shown, "Trained on").select_option("made-up reviews")
    old = picture(shown).get_attribute("src")
    dropdown(shown, "Example").select_option("a longer one")
    old = wait_until_changed(picture(shown), old)
    dropdown(shown, "Example").select_option("not bad at all")
    wait_until_changed(picture(shown), old)
    expect(shown.locator("textarea")).to_have_value("not bad at all")
    page.screenshot(path=tmp_path / "example.png")


def test_own_words_by_keyboard(page, shown, tmp_path):
    old = picture(shown).get_attribute("src")
    field = shown.locator("textarea")
    field.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("The film was anything but dull, xyzzy 😀 素晴らしい")
    page.keyboard.press("Tab")
    wait_until_changed(picture(shown), old)
    select = dropdown(shown, "Example")
    expect(select).to_have_value("my own words")
    expect(shown.get_by_text("xyzzy, 😀, 素晴らしい")).to_be_visible()
    page.screenshot(path=tmp_path / "own_words.png")


def test_button_reads_a_very_long_review(page, shown, tmp_path):
    old = picture(shown).get_attribute("src")
    shown.locator("textarea").fill("The plot was dull but the acting was good. " * 600)
    shown.get_by_role("button", name="Read").click()
    wait_until_changed(picture(shown), old)
    expect(shown.get_by_text("Only the first 5,000 words are read; 400 are left out.")).to_be_visible()
    page.screenshot(path=tmp_path / "long.png")


def test_slider_and_details(page, shown, tmp_path):
    if not shown.locator(".widget-dropdown").filter(has_text="Unit by unit").count():
        pytest.skip("the reviewer has no slider")
    old = picture(shown).get_attribute("src")
    shown.locator("textarea").fill("The plot was dull but the acting was good. " * 20)
    shown.get_by_role("button", name="Read").click()
    old = wait_until_changed(picture(shown), old)
    dropdown(shown, "Unit by unit").select_option("cell state")
    old = wait_until_changed(picture(shown), old)
    handle = shown.locator(".noUi-handle").first
    handle.focus()
    page.keyboard.press("ArrowRight")
    old = wait_until_changed(picture(shown), old)
    track = shown.locator(".noUi-base").first.bounding_box()
    page.mouse.click(track["x"] + track["width"] * 0.8, track["y"] + track["height"] / 2)
    wait_until_changed(picture(shown), old)
    page.screenshot(path=tmp_path / "slider.png")
