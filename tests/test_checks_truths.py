"""What the checks of predictions call right is what happens when it is measured."""

import numpy as np
import pytest
from exercise_twins import solved

from helpers.datasets import two_clouds


@pytest.mark.chapter(1)
def test_noise_does_what_the_check_of_1_2_says():
    """Over several draws of the clouds."""
    fit = solved("1.3")["fit"]
    measured = {}
    for noise in (0.5, 2.5):
        draws = []
        for seed in range(5):
            X, t = two_clouds(500, np.random.default_rng(seed), noise)
            w0, w = fit(X, t)
            f = X @ w + w0
            X_new, t_new = two_clouds(5000, np.random.default_rng(100 + seed), noise)
            accuracy = np.mean((X_new @ w + w0 > 0) == t_new)
            error = np.mean(np.logaddexp(0, f) - t * f)
            draws.append([error, accuracy, np.linalg.norm(w), np.degrees(np.arctan2(w[1], w[0]))])
        measured[noise] = np.mean(draws, axis=0)
    change = measured[2.5] - measured[0.5]
    assert change[0] > 0.2
    assert change[1] < -0.1
    assert change[2] < -1
    assert abs(change[3]) < 8


@pytest.mark.chapter(5)
def test_shapes_are_those_of_keras():
    keras = pytest.importorskip("keras")
    batch = np.zeros((100, 28, 28, 1))
    layers = [
        keras.layers.Conv2D(32, 5),
        keras.layers.Conv2D(32, 5, padding="same"),
        keras.layers.Conv2D(16, 3, strides=2),
        keras.layers.Conv2D(16, 3, strides=2, padding="same"),
        keras.layers.MaxPooling2D(2),
    ]
    made = [tuple(layer(batch).shape) for layer in layers]
    assert [*made, tuple(layers[0].kernel.shape)] == list(solved("5.1")["shapes"].values())


@pytest.mark.chapter(6)
def test_parameters_are_those_of_keras():
    keras = pytest.importorskip("keras")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)), layers.Conv2D(8, 3), layers.BatchNormalization(),
            layers.MaxPooling2D(2), layers.Conv2D(16, 3), layers.GlobalAveragePooling2D(), layers.Dense(10),
        ]
    )  # fmt: skip
    assert [layer.count_params() for layer in model.layers] == list(solved("6.1")["parameters"].values())


@pytest.mark.chapter(8)
def test_a_unit_keeps_what_the_check_of_8_1_says():
    inputs = [(0.5, [1]), (-0.5, [1]), (2, [1]), (-2, [1]), (2, [0.001]), (2, [1, -1])]
    for (w_h, first), word in zip(inputs, solved("8.1")["kept"].values(), strict=True):
        h = before = 0.0
        for x in first + 1000 * [0]:
            h, before = np.tanh(x + w_h * h), h
        if abs(h) < 1e-6:
            found = "zero"
        elif h * before < 0:
            found = "flip"
        else:
            found = "positive" if h > 0 else "negative"
        assert found == word
