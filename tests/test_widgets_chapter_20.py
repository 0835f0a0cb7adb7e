"""What chapter 20's widgets compute: fewer bits, fewer weights, and two networks' answers to one drawing."""

import numpy as np
import pytest
from widget_cases import evenly, noise, small_network

from helpers.widgets import Compressor, TwoReaders
from helpers.widgets.canvas import sample_digit
from helpers.widgets.compressor import compressed, file_bytes

KERNELS = [np.array([[1.0, 0.02], [-0.5, 0.01]], np.float32), np.array([0.3, -0.1], np.float32).reshape(2, 1)]


def test_nothing_is_changed_by_32_bits():
    for before, after in zip(KERNELS, compressed(KERNELS, 32, 0, True), strict=True):
        assert np.array_equal(before, after)


def test_the_smallest_weights_of_all_kernels_go():
    first, second = compressed(KERNELS, 32, 0.5, True)
    assert first.tolist() == [[1, 0], [-0.5, 0]]
    assert (second != 0).ravel().tolist() == [True, False]


def test_a_scale_for_each_channel_keeps_small_channels():
    whole, channels = (compressed(KERNELS, 4, 0, per_channel)[0] for per_channel in (False, True))
    assert whole[:, 1].tolist() == [0, 0]
    assert channels[0, 1] == pytest.approx(0.02) and len(np.unique(channels[:, 1])) == 2
    assert np.abs(channels - KERNELS[0]).max() <= 0.5 / 7 + 1e-6


@pytest.mark.parametrize("bits", [2, 3, 8])
def test_so_many_bits_make_so_many_values(bits):
    rng = np.random.default_rng(1)
    (kernel,) = compressed([rng.normal(size=(400, 2)).astype(np.float32)], bits, 0, True)
    assert len(np.unique(kernel[:, 0])) <= 2**bits - 1


def test_bytes_of_the_file():
    assert file_bytes(KERNELS, 10, 32, 0, True) == 6 * 4 + 40
    assert file_bytes(KERNELS, 10, 8, 0, True) == 6 + 4 * 3 + 40
    assert file_bytes(KERNELS, 10, 8, 0, False) == 6 + 4 * 2 + 40
    assert file_bytes(KERNELS, 10, 8, 0.5, False) == 3 + 6 / 8 + 4 * 2 + 40


def test_the_accuracy_is_that_of_a_network_with_these_weights():
    model, (images, labels) = small_network(), noise(300)
    before = [w.copy() for w in model.get_weights()]
    shown = Compressor(model, images, labels)
    shown.set(bits=3, removed=40, per_channel=False)
    kernels = [w for w in before if w.ndim > 1]
    new = iter(compressed(kernels, 3, 0.4, False))
    model.set_weights([next(new) if w.ndim > 1 else w for w in before])
    expected = np.mean(model.predict(images, verbose=0).argmax(axis=1) == labels)
    model.set_weights(before)
    assert shown._accuracy(3, 40, False) == pytest.approx(expected)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_two_answers_follow_the_drawing():
    def sure(images):
        assert images.shape == (1, 28, 28, 1) and images.dtype == np.float32 and 0.9 < images.max() <= 1
        return np.eye(10)[[3]]

    shown = TwoReaders({"large": sure, "small": evenly})
    assert shown.answers == [] and "Nothing is drawn" in shown._shown.value
    shown.canvas.stamp(sample_digit(3))
    assert [name for name, *_ in shown.answers] == ["large", "small"]
    assert "large: 3, 100%" in shown._shown.value and "small: 0, 10%" in shown._shown.value
    shown.canvas.clear()
    assert shown.answers == []
