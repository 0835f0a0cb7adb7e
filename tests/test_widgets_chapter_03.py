"""The playground without a browser: its data, its network, its picture, and its one frame at a time."""

import io
import itertools
import tracemalloc

import numpy as np
import pytest
from PIL import Image
from speed import in_blank_pictures

from helpers.widgets import Playground, playground

pytestmark = pytest.mark.chapter(3)

START = {"data": "circle", "noise": 10, "layers": 1, "units": 4, "activation": "tanh"}


def trained(steps, learning_rate=0.03, regularisation=0.0, seed=0, **state):
    run = playground.Run(
        **(START | state), learning_rate=learning_rate, regularisation=regularisation, seed=seed
    )
    run.advance(steps)
    return run


# Data and network


@pytest.mark.parametrize(("data", "noise"), [*itertools.product(playground.DATA_SETS, (0, 20, 50))])
def test_points_are_balanced_and_the_same_in_every_call(data, noise):
    X, t = playground.make_points(data, noise)
    assert X.shape == (200, 2) and t.sum() == 100 and t[:100].sum() == 50
    playground.make_points.cache_clear()
    np.testing.assert_array_equal(playground.make_points(data, noise)[0], X)
    assert np.abs(X).max() < 8


def test_without_noise_points_lie_where_their_data_set_says():
    X, t = playground.make_points("XOR", 0)
    np.testing.assert_array_equal(X[:, 0] * X[:, 1] < 0, t == 1)
    X, t = playground.make_points("circle", 0)
    np.testing.assert_array_equal(np.hypot(*X.T) < 3, t == 1)


def test_unknown_data_are_refused():
    with pytest.raises(ValueError, match="'moons'; expected one of circle, XOR"):
        playground.make_points("moons", 0)


@pytest.mark.parametrize(("activation", "layers"), [*itertools.product(playground.ACTIVATIONS, (0, 1, 3))])
def test_gradients_are_the_numerical_ones(activation, layers):
    X, t = playground.make_points("spirals", 20)
    network = playground.Network(layers, 3, activation, seed=1)
    for b in network.biases:
        b += 0.1  # Away from ReLU's corner.
    λ = 0.01

    def error():
        P = network.forward(X)[-1][:, 0]
        squares = sum((W**2).sum() for W in network.weights)
        return -np.mean(t * np.log(P) + (1 - t) * np.log(1 - P)) + λ / 2 * squares

    parameters = network.weights + network.biases
    for parameter, gradient in zip(parameters, network.gradients(X, t, λ), strict=True):
        for place in np.ndindex(parameter.shape):
            kept = parameter[place]
            parameter[place] = kept + 1e-6
            above = error()
            parameter[place] = kept - 1e-6
            below = error()
            parameter[place] = kept
            assert (above - below) / 2e-6 == pytest.approx(gradient[place], rel=1e-4, abs=1e-7)


def test_training_is_adam_as_keras_has_it():
    keras = pytest.importorskip("keras")
    X, t = playground.make_points("XOR", 10)
    network = playground.Network(1, 3, "tanh", seed=2)
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(1, "sigmoid")]
    )
    (W1, W2), (b1, b2) = network.weights, network.biases
    model.set_weights([W1, b1, W2, b2])
    model.compile(keras.optimizers.Adam(0.03), loss="binary_crossentropy")
    for _ in range(5):
        model.train_on_batch(X / 3, t[:, None])
    network.train(X, t, 5, 0.03)
    wanted = [network.weights[0], network.biases[0], network.weights[1], network.biases[1]]
    for ours, theirs in zip(wanted, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(
    ("state", "low", "high"),
    [
        ({"data": "blobs", "layers": 0}, 0.95, 1),
        ({"data": "circle", "layers": 0}, 0.3, 0.7),
        ({"data": "XOR", "layers": 0}, 0.3, 0.75),
        ({"data": "circle"}, 0.9, 1),
        ({"data": "XOR", "activation": "ReLU", "units": 8}, 0.9, 1),
        ({"data": "circle", "activation": "none", "layers": 3}, 0.3, 0.7),
        ({"data": "spirals", "layers": 3, "units": 8}, 0.8, 1),
    ],
)
def test_lessons(state, low, high):
    assert low <= trained(1200, **state).held_out_accuracy <= high


def test_regularisation_keeps_weights_small():
    sizes = [
        sum((W**2).sum() for W in trained(600, regularisation=λ).network.weights) for λ in (0, 0.003, 0.1)
    ]
    assert sizes[0] > 2 * sizes[1] > 4 * sizes[2]


# The picture


def test_the_picture_depends_on_the_state_alone():
    one, other = (playground.draw_run(trained(40)) for _ in range(2))
    assert one.size == (1400, 800)
    assert one.tobytes() == other.tobytes()
    assert playground.draw_run(trained(60)).tobytes() != one.tobytes()


def test_a_place_is_coloured_as_the_network_says():
    run = trained(600)
    image = np.asarray(playground.draw_run(run)).astype(int)
    inside, corner = image[2 * (50 + 165), 2 * (28 + 160)], image[2 * (50 + 5), 2 * (28 + 5)]
    assert inside[0] > inside[2] + 50, "orange in the middle"
    assert corner[2] > corner[0] + 50, "blue outside"


def test_a_frame_is_quick():
    run = trained(20, layers=4, units=8)

    def frame(_):
        run.advance()
        playground._encoded(playground.draw_run(run))

    assert in_blank_pictures(frame, times=10) < 1


def test_the_curve_stays_short_over_a_long_run():
    run = trained(1)
    for _ in range(1000):
        run.advance(1)
    steps = [step for step, *_ in run.curve]
    assert len(steps) <= 400
    assert steps[0] == 0 and steps[-1] == 1001 and steps == sorted(set(steps))


# The widget


@pytest.fixture
def shown():
    return Playground()


def acknowledge(shown, number=None):
    """What the browser says when it has shown a frame."""
    number = shown._screen.number if number is None else number
    shown._screen._handle_custom_msg({"shown": number}, [])


def test_step_trains_once_and_shows_a_new_frame(shown):
    before = shown._screen.frame
    shown._step.click()
    assert shown.run.network.steps == playground.STEPS_PER_FRAME
    assert shown._screen.frame != before
    assert Image.open(io.BytesIO(shown._screen.frame)).size == (1400, 800)
    assert f"After {playground.STEPS_PER_FRAME} steps" in shown._screen.alt


def test_the_next_frame_waits_for_the_browser(shown):
    shown.playing = True
    assert shown.run.network.steps == 20
    acknowledge(shown)
    acknowledge(shown)
    assert shown.run.network.steps == 60
    # A second view that is late must not speed the film up.
    acknowledge(shown, shown._screen.number - 1)
    assert shown.run.network.steps == 60


def test_nothing_comes_after_a_pause(shown):
    shown.playing = True
    acknowledge(shown)
    shown.playing = False
    number = shown._screen.number
    acknowledge(shown)
    assert shown._screen.number == number
    assert shown._play.description == "Play"


def test_a_loaded_page_does_not_start_the_film(shown):
    acknowledge(shown)
    assert shown.run.network.steps == 0


@pytest.mark.parametrize(
    ("change", "restarts"),
    [
        ({"data": "XOR"}, True),
        ({"noise": 30}, True),
        ({"layers": 3}, True),
        ({"units": 8}, True),
        ({"activation": "ReLU"}, True),
        ({"learning_rate": 0.1}, False),
        ({"regularisation": 0.01}, False),
    ],
)
def test_what_starts_again_and_what_takes_effect_on_the_way(shown, change, restarts):
    shown.step()
    shown.set(**change)
    assert shown.run.network.steps == (0 if restarts else 20)
    for name in ("learning_rate", "regularisation"):
        assert getattr(shown.run, name) == shown.controls[name].value


def test_draw_gives_the_same_network_for_the_same_values_whatever_the_film_does(shown):
    before = playground.alt(**shown.state)
    assert "After 400 steps" in before
    shown.step()
    assert playground.alt(**shown.state) == before and "After 20 steps" in shown._screen.alt
    shown.start_again()
    assert playground.alt(**shown.state) != before, "other weights"
    assert {*shown.state} - {*shown.controls} == {"seed", "features", "own"}


def test_new_weights_are_other_ones(shown):
    before = shown.run.network.weights[0].copy()
    shown._again.click()
    assert not np.allclose(shown.run.network.weights[0], before)
    assert shown.run.network.steps == 0


def test_a_long_film_needs_no_more_memory(shown):
    shown.playing = True
    for _ in range(20):
        acknowledge(shown)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(100):
        acknowledge(shown)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A frame has about 150 kB: one that stayed each time would be 15 MB.
    assert after - before < 2_000_000
