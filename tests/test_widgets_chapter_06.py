"""The feature-map viewer without a browser: layers, examples, drawings, pictures."""

import numpy as np
import pytest
from widget_cases import NETWORK_LAYERS, a_network, some_digits

from helpers.widgets import FeatureMapViewer, feature_maps
from helpers.widgets.canvas import sample_digit
from helpers.widgets.feature_maps import DRAWING, EXAMPLE, draw

pytestmark = pytest.mark.chapter(6)

keras = pytest.importorskip("keras")
layers = keras.layers


@pytest.fixture
def viewer():
    return FeatureMapViewer(a_network(), *some_digits())


def test_layers_are_those_that_show_something(viewer):
    assert list(viewer.controls["layer"].options) == NETWORK_LAYERS


@pytest.mark.parametrize("layer", NETWORK_LAYERS)
def test_values_are_those_of_the_model(viewer, layer):
    model, digits = a_network(), some_digits()
    viewer.set(kind=3, number=2, layer=layer)
    state = viewer.state
    image = digits[0][2] / 255  # The second 3.
    np.testing.assert_allclose(state["image"], image, atol=1e-6)
    stage = keras.Model(model.inputs[0], model.get_layer(layer).output)
    x = image[None, :, :, None].astype("float32")
    np.testing.assert_allclose(state["values"], np.asarray(stage(x))[0], atol=1e-5)
    np.testing.assert_allclose(state["probabilities"], np.asarray(model(x))[0], atol=1e-5)
    assert state["probabilities"].sum() == pytest.approx(1, abs=1e-5)
    assert state["title"] == "3, example 2"
    assert layer in viewer.still.alt


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (4, 2), (16, 4), (32, 8), (64, 8), (1024, 32)])
def test_maps_fill_their_rows(count, columns):
    assert feature_maps._columns(count, np.sqrt(feature_maps._PANEL * count)) == columns


def test_prime_numbers_of_maps_are_shown_all(viewer):
    state = viewer.state | {"values": np.random.default_rng(0).random((5, 5, 23))}
    picture = np.asarray(draw(**state).axes[2].images[0].get_array().filled(np.nan))
    assert np.isfinite(picture).sum() == 23 * 25


def test_values_of_both_signs_have_a_white_zero(viewer):
    viewer.set(layer="conv2")
    image = draw(**viewer.state).axes[2].images[0]
    assert image.get_cmap().name == "RdBu_r"
    assert image.norm.vmin == -image.norm.vmax


def test_class_and_example_follow_each_other(viewer):
    kind, number = viewer.controls["kind"], viewer.controls["number"]
    assert [k for _, k in kind.options] == [1, 3, 7]  # Those that there are.
    viewer.set(kind=3, number=3)
    assert number.max == 3
    kind.value = 7
    assert (number.max, number.value) == (1, 1)
    assert viewer.state["title"] == "7, example 1"


def test_one_picture_for_one_move(viewer, monkeypatch):
    viewer.set(kind=3, number=3)
    drawn = []
    monkeypatch.setattr(viewer, "_redraw", lambda: drawn.append(viewer.state["title"]))
    viewer.controls["kind"].value = 7  # The number has to follow.
    assert drawn == ["7, example 1"]
    viewer.canvas.stamp(sample_digit(4))
    assert drawn[1:] == ["my drawing"]
    viewer.controls["layer"].value = "pool1"
    viewer.controls["kind"].value = 1
    assert drawn[2:] == ["my drawing", "1, example 1"]


def test_a_drawing_goes_through_the_network(viewer):
    first = viewer.still.png
    viewer.canvas.stamp(sample_digit(4))
    assert viewer.controls["source"].value == DRAWING
    image = viewer.state["image"]
    assert image.shape == (28, 28)
    assert 0 <= image.min() < image.max() <= 1
    assert viewer.still.png != first
    assert "my drawing" in viewer.still.alt
    viewer.controls["number"].value = 2
    assert viewer.controls["source"].value == EXAMPLE
    assert "example 2" in viewer.still.alt


def test_an_empty_canvas_says_what_to_do(viewer):
    viewer.controls["source"].value = DRAWING
    assert "Draw a digit" in viewer._note.value
    assert viewer.state["image"].max() == 0
    viewer.canvas.stamp(sample_digit(1))
    assert "Draw a digit" not in viewer._note.value
    viewer.canvas.clear()
    assert "Draw a digit" in viewer._note.value
    viewer.set(source=EXAMPLE)
    viewer.canvas.clear()
    assert viewer.controls["source"].value == EXAMPLE


def test_other_images_and_named_classes():
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((12, 10, 1)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2, "softmax")]
    )
    images = np.random.default_rng(0).random((4, 12, 10, 1))
    viewer = FeatureMapViewer(model, images, [0, 1, 1, 0], names=["bar", "cross"])
    assert viewer.canvas is None
    viewer.set(kind=1, number=2)
    assert viewer.state["title"] == "cross, example 2"
    np.testing.assert_allclose(viewer.state["image"], images[2, :, :, 0], rtol=1e-6)
    assert "cross, example 2" in viewer.still.alt


@pytest.mark.parametrize(
    ("shape", "labels", "message"),
    [
        ((4, 28, 28), [0, 1], r"4 images and labels of shape \(2,\)"),
        ((4, 20, 20), [0, 1, 2, 3], r"the model takes \(n, 28, 28, 1\)"),
        ((2, 28, 28), [0, 10], "the model has 10 classes"),
        ((2, 28, 28), [-1, 1], "the model has 10 classes"),
        ((0, 28, 28), [], "0 images"),
        ((2, 28, 28), [[0, 1], [1, 0]], r"labels of shape \(2, 2\): expected one number"),
    ],
)
def test_what_does_not_fit_is_refused(shape, labels, message):
    with pytest.raises(ValueError, match=message):
        FeatureMapViewer(a_network(), np.zeros(shape), labels)
