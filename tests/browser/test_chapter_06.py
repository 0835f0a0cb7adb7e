"""The feature-map viewer in a real JupyterLab: pick a digit, draw one, walk through the layers.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

from widget_page import dropdown, open_page, picture, slider  # noqa: E402

# A network with random weights shows as much as a trained one, and is there at once.
CELL = """\
from helpers.session import begin

begin(seed=1)
import keras
import numpy as np
from keras import layers

from helpers.synthetic import make_digits
from helpers.widgets import FeatureMapViewer

inputs = keras.Input((28, 28, 1))
z = layers.Conv2D(32, 5, padding="same", activation="relu", name="conv1")(inputs)
z = layers.MaxPooling2D(2, name="pool1")(z)
z = layers.Conv2D(64, 5, padding="same", activation="relu", name="conv2")(z)
z = layers.Dense(10, activation="softmax", name="answer")(layers.Flatten()(z))
FeatureMapViewer(keras.Model(inputs, z), *make_digits(60, np.random.default_rng(1)))"""


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the viewer."""
    return open_page(new_page, lab, "feature_maps.ipynb", [CELL])


@pytest.fixture
def shown(page):
    """The viewer's cell, with the picture there."""
    cell = page.locator(".jp-CodeCell").nth(1)
    picture(cell).wait_for(timeout=90_000)  # TensorFlow has to load.
    cell.scroll_into_view_if_needed()
    return cell


def wait_for_alt(cell, pattern):
    """Wait until the picture's alternative text says something."""
    expect(picture(cell)).to_have_attribute("alt", re.compile(pattern))


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    picture(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"viewer_{width}.png")
    assert shown.locator(".jp-OutputArea img:visible").count() == 1, "the still picture is not hidden"
    labels = shown.locator(".widget-label:visible").all()
    assert len(labels) >= 4
    for label in labels:
        assert label.evaluate("node => node.scrollWidth <= node.clientWidth"), label.inner_text()
    outputs = shown.locator(".jp-OutputArea-output")
    for output in outputs.all():
        assert output.evaluate("node => node.scrollWidth <= node.clientWidth"), "wider than the page"
    canvas = shown.locator(".course-canvas canvas").first.bounding_box()
    page_box = outputs.first.bounding_box()
    assert canvas["x"] + canvas["width"] <= page_box["x"] + page_box["width"]


def test_layers_by_keyboard(page, shown, tmp_path):
    wait_for_alt(shown, "conv1: 32 maps of 28 × 28")
    handle = slider(shown, "Layer").locator(".noUi-handle").first
    handle.focus()
    page.keyboard.press("ArrowRight")
    wait_for_alt(shown, "pool1: 32 maps of 14 × 14")
    page.keyboard.press("ArrowRight")
    wait_for_alt(shown, "conv2: 64 maps of 14 × 14")
    page.screenshot(path=tmp_path / "conv2.png")
    page.keyboard.press("ArrowRight")
    wait_for_alt(shown, "answer: 10 numbers")
    page.keyboard.press("Home")
    wait_for_alt(shown, "conv1: 32 maps")


def test_class_and_example_by_mouse(page, shown):
    dropdown(shown, "Class").select_option("4")
    wait_for_alt(shown, r"\(4, example 1\)")
    base = slider(shown, "Example").locator(".noUi-base").first
    base.scroll_into_view_if_needed()
    track = base.bounding_box()
    page.mouse.click(track["x"] + track["width"] * 0.98, track["y"] + track["height"] / 2)
    wait_for_alt(shown, r"\(4, example [4-9]\)")


def test_a_drawing_by_mouse_and_by_keyboard(page, shown, tmp_path):
    old = picture(shown).get_attribute("src")
    canvas = shown.locator(".course-canvas canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 13):
        page.mouse.move(x + step / 6, y + step * box["height"] * 0.05)
    page.mouse.up()
    wait_for_alt(shown, r"\(my drawing\)")
    expect(dropdown(shown, "Image")).to_have_value("my drawing")
    expect(picture(shown)).not_to_have_attribute("src", old)
    line = picture(shown).get_attribute("src")
    canvas.focus()
    page.keyboard.press("8")  # Stamps a sample digit in place of the line.
    expect(picture(shown)).not_to_have_attribute("src", line)
    page.screenshot(path=tmp_path / "drawing.png")
    dropdown(shown, "Class").select_option("2")
    wait_for_alt(shown, r"\(2, example \d+\)")
    expect(dropdown(shown, "Image")).to_have_value("from the data")
