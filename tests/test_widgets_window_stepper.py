"""The window stepper without a browser: its numbers are the chapter's, and pointing finds the place."""

import numpy as np
import pytest
import tensorflow as tf

from helpers.widgets import WindowStepper
from helpers.widgets.window_stepper import FILTERS, IMAGE, PADDINGS, result_of

pytestmark = pytest.mark.chapter(5)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("filter", FILTERS)
def test_result_is_tensorflow_s(filter, stride, padding):
    numbers, divisor = FILTERS[filter]
    x, w = IMAGE[None, ..., None].astype("float64"), (numbers / divisor)[..., None, None]
    expected = tf.nn.conv2d(x, w, stride, padding.upper())[0, ..., 0]
    np.testing.assert_allclose(result_of(filter, stride, padding)[1], expected, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [(500, 50, (0, 0)), (500, 125, (2, 0)), (605, 160, (3, 3)), (640, 50, (1, 1)), (20, 20, (1, 1))],
)
def test_pointing_chooses_a_place_of_the_result(x, y, place):
    shown = WindowStepper()
    number = shown._screen.number
    shown._screen.place = [x / 700, y / 300]
    assert (shown.state["row"], shown.state["column"]) == place
    assert shown._screen.number == number + 1  # The page waits for it.


def test_a_smaller_result_keeps_the_place_inside():
    shown = WindowStepper()
    shown.set(row=3, column=3)
    shown.set(stride=3)
    assert (shown.state["row"], shown.state["column"]) == (1, 1)
