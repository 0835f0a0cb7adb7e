"""Drawn digits are good enough to learn from, and those for the chapters as hard to read as MNIST.

Takes under a minute on one core.
"""

import numpy as np
import pytest

from data.make.digits import train_reader
from helpers import datasets
from helpers.synthetic.digits import SHARES, make_digits


@pytest.mark.parametrize("like_mnist", [False, True])
def test_network_trained_on_drawn_digits_reads_real_ones(like_mnist, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")  # tests download nothing
    _, (images, labels) = datasets.load_mnist()
    if datasets.source_of("mnist") == "embedded":
        pytest.skip("no real MNIST at hand: set COURSE_DATA_DIR to a folder with mnist.npz")
    reader = train_reader(seed=0, n=30_000, like_mnist=like_mnist)
    assert _share_right(reader, images, labels) >= 0.97
    if like_mnist:  # neither easier nor harder than MNIST's
        drawn = make_digits(5_000, np.random.default_rng(99), like_mnist=True)
        assert 0.984 <= _share_right(reader, *drawn) <= 0.995


def test_softmax_reads_as_many_of_the_digits_like_mnist_as_of_mnist():
    rng = np.random.default_rng(2)
    images, labels = make_digits(70_000, rng, like_mnist=True)
    x = images.reshape(-1, 784) / np.float32(255)
    assert 0.91 <= _softmax_accuracy(x[:60_000], labels[:60_000], x[60_000:], labels[60_000:], rng) <= 0.94
    # Each digit is about as often as in MNIST: the 1 a quarter more often than the 5.
    assert np.allclose(np.bincount(labels) / 70_000, SHARES, atol=0.004)


def _softmax_accuracy(x, labels, x_new, labels_new, rng):
    """Of softmax regression after ten epochs of plain descent, as chapter 2 trains it."""
    W, codes = np.zeros((784, 10), np.float32), np.eye(10, dtype=np.float32)
    for _ in range(6_000):
        rows = rng.integers(len(x), size=100)
        scores = x[rows] @ W
        Y = np.exp(scores - scores.max(axis=1, keepdims=True))
        W -= 0.002 * x[rows].T @ (Y / Y.sum(axis=1, keepdims=True) - codes[labels[rows]])
    return np.mean((x_new @ W).argmax(axis=1) == labels_new)


def _share_right(reader, images, labels):
    scores = reader.predict(images[..., None] / np.float32(255), batch_size=500, verbose=0)
    return np.mean(scores.argmax(axis=1) == labels)
