"""The lesson of chapter 01's explorer: four behaviours of gradient descent."""

import itertools

import numpy as np
import pytest

from helpers.widgets import learning_rate

pytestmark = pytest.mark.chapter(1)
ASIDE = "turned aside (−2, 4)"


@pytest.mark.parametrize(
    ("word", "errors"),
    [
        ("crawls", np.linspace(100, 80, 61)),
        ("converges", 10 + 90 * 0.7 ** np.arange(61)),
        ("converges", 10 + 90 * (-0.7) ** np.arange(61)),
        ("oscillates", np.where(np.arange(61) % 2 == 0, 60, 40)),
        ("oscillates", 30 + 70 * (-0.97) ** np.arange(61)),
        ("diverges", 10.0 * 1.1 ** np.arange(61)),
        ("diverges", np.array([100.0, 20.0, 200.0, np.inf])),
        ("diverges", np.array([100.0, 20.0, np.nan])),
    ],
)
def test_behaviour_in_words(word, errors):
    assert learning_rate.behaviour(errors, lowest=10) == word


def test_the_chapters_words_for_noise_of_2():
    """It oscillates from two starts; from (0, 0) it ends above the error of the start."""
    words = {
        start: learning_rate.behaviour(
            learning_rate.descend(0.05, 2, start)[1], learning_rate.lowest_error(2)
        )
        for start in learning_rate.STARTS.values()
    }
    assert words.pop((0, 0)) == "diverges"
    assert set(words.values()) == {"oscillates"} and len(words) == 2


def test_the_slider_shows_all_four_behaviours_in_order():
    words = []
    for rate in 10 ** np.linspace(-4, 0, 41):
        _, errors = learning_rate.descend(float(rate), 1.5, (-2.0, 4.0))
        words.append(learning_rate.behaviour(errors, learning_rate.lowest_error(1.5)))
    assert list(dict.fromkeys(words)) == ["crawls", "converges", "oscillates", "diverges"]


def test_error_is_the_formula_of_the_chapter():
    X, t = learning_rate.clouds(1.5)
    w = np.array([0.3, -0.2])
    P = 1 / (1 + np.exp(-X @ w))
    assert learning_rate.error(w, 1.5) == pytest.approx(-(t * np.log(P) + (1 - t) * np.log(1 - P)).sum())


def test_descend_follows_the_numerical_gradient():
    path, errors = learning_rate.descend(0.01, 1.5, (-2.0, 4.0))
    assert path.shape == (learning_rate.STEPS + 1, 2)
    for w, following in itertools.pairwise(path[:5]):
        steps = 1e-5 * np.eye(2)
        gradient = [
            (learning_rate.error(w + step, 1.5) - learning_rate.error(w - step, 1.5)) / 2e-5 for step in steps
        ]
        np.testing.assert_allclose(following, w - 0.01 * np.array(gradient), rtol=1e-6)
    np.testing.assert_allclose(errors, [learning_rate.error(w, 1.5) for w in path])


@pytest.mark.parametrize("noise", [1.0, 1.5, 2.5])
def test_no_error_is_below_the_lowest(noise):
    side = np.linspace(-4, 6, 101)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    least = learning_rate.error(grid, noise).min()
    assert least * 0.99 < learning_rate.lowest_error(noise) <= least


def test_alt_text_tells_the_behaviour():
    state = {"learning_rate": 1.0, "noise": 1.5, "start": ASIDE, "steps": 60}
    assert "diverges" in learning_rate.alt(**state)
    assert "crawls" in learning_rate.alt(**{**state, "learning_rate": 1e-4})
