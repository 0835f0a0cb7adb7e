"""Drawn digits are good enough to learn from: a network that saw nothing else reads real MNIST.

Takes under a minute on one core.
"""

import numpy as np
import pytest

from data.make.digits import train_reader
from helpers import datasets


def test_network_trained_on_drawn_digits_reads_real_ones(monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")  # tests download nothing
    _, (images, labels) = datasets.load_mnist()
    if datasets.source_of("mnist") == "embedded":
        pytest.skip("no real MNIST at hand: set COURSE_DATA_DIR to a folder with mnist.npz")
    scores = train_reader(seed=0).predict(images[..., None] / np.float32(255), batch_size=500, verbose=0)
    assert np.mean(scores.argmax(axis=1) == labels) >= 0.98
