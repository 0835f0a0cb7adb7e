"""The lesson of chapter 02's explorer: softmax in single precision."""

import itertools

import numpy as np
import pytest
from figures import words_of

from helpers.widgets import SoftmaxExplorer, softmax

pytestmark = pytest.mark.chapter(2)


def test_softmax_sums_to_one_keeps_the_order_and_ignores_a_shift():
    scores = [2.0, 1.0, 3.5, -1.0]
    _, _, p = softmax.softmax_steps(scores, 0, subtract_maximum=False)
    np.testing.assert_allclose(p, np.exp(scores) / np.exp(scores).sum(), rtol=1e-6)
    assert p.dtype == np.float32
    for shift, subtract in itertools.product((-50, 0, 50), (False, True)):
        shifted, _, q = softmax.softmax_steps(scores, shift, subtract)
        assert q.sum() == pytest.approx(1, abs=1e-6)
        assert (np.argsort(q) == np.argsort(shifted)).all()
        np.testing.assert_allclose(q, p, rtol=1e-5)


@pytest.mark.parametrize("shift", [100, -150])
def test_softmax_by_the_formula_breaks_where_subtracting_the_maximum_does_not(shift):
    scores = [2.0, 1.0, 3.5, -1.0]
    _, _, naive = softmax.softmax_steps(scores, shift, subtract_maximum=False)
    _, _, stable = softmax.softmax_steps(scores, shift, subtract_maximum=True)
    assert np.isnan(naive).all()
    assert stable.sum() == pytest.approx(1, abs=1e-6)


def test_softmax_picture_says_what_went_wrong():
    shown = SoftmaxExplorer()
    shown.set(shift=100)
    texts = words_of(softmax.draw(**shown.state))
    assert "exp is too large for 32 bits: inf / inf is nan" in texts
    assert texts.count("nan") == 4
    assert "becomes nan" in softmax.alt(**shown.state)
