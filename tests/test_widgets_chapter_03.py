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
    network = playground.Network(layers, 3, activation, seed=1, features=("xy", "sin y"))
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
    inside, corner = image[2 * (50 + 165), 2 * (32 + 160)], image[2 * (50 + 5), 2 * (32 + 5)]
    assert inside[0] > inside[2] + 50, "orange in the middle"
    assert corner[2] > corner[0] + 50, "blue outside"


def colour_at(run, x, y, **view):
    """Mean colour of four by four pixels around a place in the picture."""
    x, y = round(2 * x), round(2 * y)
    part = np.asarray(playground.draw_run(run, **view))[y - 2 : y + 2, x - 2 : x + 2]
    return part.reshape(-1, 3).mean(axis=0)


def hidden_unit(run, i, k):
    """Middle of a unit's picture."""
    left, tops, side = [*playground._boxes(run)][i]
    return left + side / 2, tops[k] + side / 2


def test_the_plane_shows_what_the_chosen_unit_answers():
    run = trained(0, units=2)
    W, b = run.network.weights[0], run.network.biases[0]
    W[:], b[:] = [[0, 5], [-5, 0]], 0
    left_top, left_bottom, right_top = (40, 60), (40, 350), (335, 60)  # No points are there.
    for unit, blue, orange in (
        ("layer 1, unit 1", left_top, left_bottom),
        ("layer 1, unit 2", left_top, right_top),
        ("input x", left_top, right_top),
        ("input y", left_bottom, left_top),
    ):
        assert colour_at(run, *blue, unit=unit)[2] > 190, unit
        assert colour_at(run, *orange, unit=unit)[2] < 110, unit
        assert unit in playground.alt_of(run, unit)


def test_wires_have_the_weights_colours_and_widths():
    run = trained(0, units=1, layers=2)
    assert len(run.network.weights) == 3
    run.network.weights[1][:] = -3
    run.network.weights[2][:] = 0.01
    boxes = [*playground._boxes(run)]
    middles = [((a[0] + a[2] + b[0]) / 2, 66 + 98) for a, b in zip(boxes[1:], boxes[2:], strict=False)]
    image = np.asarray(playground.draw_run(run)).astype(int)
    widths = []
    for x, y in middles:
        column = image[2 * round(y) - 12 : 2 * round(y) + 12, 2 * round(x)]
        widths.append((column.sum(axis=1) < 740).sum())
    assert widths[0] == 8 and widths[1] <= 2
    blue = image[2 * round(middles[0][1]), 2 * round(middles[0][0])]
    assert blue[2] > blue[0] + 100
    run.network.weights[1][:] = 3
    orange = colour_at(run, *middles[0])
    assert orange[0] > orange[2] + 100


@pytest.mark.parametrize(("data", "noise"), [*itertools.product(playground.DATA_SETS, (0, 50))])
def test_every_point_lies_inside_of_the_frame(data, noise):
    run = trained(0, data=data, noise=noise)
    run.own = ((8.9, -9.9, 1),)
    assert playground._side_of(run, "") == 10
    run.own = ()
    side = playground._side_of(run, "")
    farthest = np.abs(playground.make_points(data, noise)[0]).max()
    assert 6 <= side <= 8 and farthest < side
    assert playground._side_of(run, "0, 8.5") == 9


def test_points_to_train_on_are_filled_and_held_out_ones_hollow():
    X, _ = playground.make_points("circle", 10)
    run = trained(0, own=((-4.0, 0.0, 0),))
    alone = [i for i in range(200) if sorted(np.hypot(*(X - X[i]).T))[1] > 0.35]
    assert min(alone) < 100 <= max(alone)
    for i in alone:
        u, v = playground._on_plane(X[i], 6, 310)
        is_white = colour_at(run, 32 + u, 50 + v).min() > 200
        assert is_white == (i >= 100), i
    near = np.asarray(playground.draw_run(run))[2 * 205 - 14 : 2 * 205 + 14, 2 * 84 - 14 : 2 * 84 + 14]
    assert (near.sum(axis=2) < 60).sum() > 20, "a point of one's own has a black edge"


def test_the_losses_axis_grows_with_them():
    run = trained(20)
    for loss in (0.5, 2.2, 27.0):
        run.curve = [(0, 0.7, 0.7), (100, 0.1, loss)]
        image = np.asarray(playground.draw_run(run)).astype(int)[2 * 290 : 2 * 378, 2 * 404 :]
        rows, columns = np.nonzero(image[..., 1] > image[..., 0] + 100)
        end = rows[columns > columns.max() - 8].mean() / 2 + 290
        left, top, width, height = playground._LOSSES
        assert end == pytest.approx(top + height * (1 - loss / max(0.8, 1.05 * loss)), abs=3)


LOOKS = [
    {}, {"layers": 0}, {"layers": 4, "units": 8, "features": tuple(playground.FEATURES), "noise": 50},
    {"layers": 4, "units": 1, "activation": "sigmoid", "features": ("sin x",), "own": ((-9.5, 9, 1),)},
]  # fmt: skip


@pytest.mark.parametrize("state", LOOKS)
@pytest.mark.parametrize("point", ["", "-8.75, -8.75", "nowhere"])
def test_words_in_the_picture_are_large_and_apart(state, point, monkeypatch):
    boxes, write = [], playground._text

    def note(draw, place, text, size=13, bold=False, anchor="la"):
        font = playground._font(size, bold)
        boxes.append((text, size, draw.textbbox(playground._pixels(*place), text, font, anchor)))
        write(draw, place, text, size, bold, anchor)

    monkeypatch.setattr(playground, "_text", note)
    playground._background.cache_clear()
    run = trained(20, **state)
    run.network.steps = 99_980
    run.advance()
    unit = run.names[-2][-1] if point else "output"
    playground.draw_run(run, unit, point)
    assert len(boxes) > 20
    for i, (text, size, (left, top, right, bottom)) in enumerate(boxes):
        assert size >= 13, f"{text}: below 9 points"
        assert left >= 0 and top >= 0 and right <= 1400 and bottom <= 800, f"{text}: cut off"
        for other, _, box in boxes[:i]:
            apart = left >= box[2] or box[0] >= right or top >= box[3] or box[1] >= bottom
            assert apart, f"{text} lies on {other}"


def test_features_let_one_layer_close_a_ring():
    assert trained(600, layers=0).held_out_accuracy < 0.7
    assert trained(600, layers=0, features=("x²", "y²")).held_out_accuracy > 0.95
    assert trained(600, data="XOR", layers=0, features=("xy",)).held_out_accuracy > 0.9


def test_a_point_of_ones_own_is_trained_on():
    free, own = trained(600, units=8), trained(600, units=8, own=((0.0, 0.0, 0),) * 20)
    P = [run.network.forward(np.zeros((1, 2)))[-1].item() for run in (free, own)]
    assert P[0] > 0.9 and P[1] < 0.3
    assert len(own.training[0]) == 120 and own.training[1][-20:].sum() == 0


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("2, -1", (2, -1)), ("2 -1", (2, -1)), ("2,−1", (2, -1)), ("(2; 1)", (2, 1)), ("0,5 1,5", (0.5, 1.5)),
        ("2 , 1/2", (2, 0.5)), ("", None), ("2", None), ("a, b", None), ("1 2 3", None), ("10.1, 0", None),
    ],
)  # fmt: skip
def test_points_are_read_as_people_type_them(text, place):
    assert playground.read_point(text) == place


def test_a_frame_is_quick():
    run = trained(20, layers=4, units=8, features=tuple(playground.FEATURES))

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
    shown._play.value = True
    assert shown.run.network.steps == 20
    acknowledge(shown)
    acknowledge(shown)
    assert shown.run.network.steps == 60
    # A second view that is late must not speed the film up.
    acknowledge(shown, shown._screen.number - 1)
    assert shown.run.network.steps == 60


def test_nothing_comes_after_a_pause(shown):
    shown._play.value = True
    acknowledge(shown)
    shown._play.value = False
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
        ({"x²": True}, True),
        ({"unit": "layer 1, unit 2"}, False),
        ({"point": "2, -1"}, False),
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
    shown._again.click()
    assert playground.alt(**shown.state) != before, "other weights"
    assert {*shown.state} - {*shown.controls} == {"seed", "features", "own"}


def point(shown, kind, x, y):
    """What the browser says of a mouse."""
    shown._screen._handle_custom_msg({kind: [x / 700, y / 400]}, [])


def test_a_unit_pointed_at_is_shown_as_long_as_one_points(shown):
    at, number = hidden_unit(shown.run, 1, 2), shown._screen.number
    point(shown, "pointed", *at)
    assert "what layer 1, unit 3 answers" in shown._screen.alt and shown._screen.number == number + 1
    point(shown, "pointed", at[0] + 3, at[1])
    assert shown._screen.number == number + 1, "nothing new, no new frame"
    shown.step()
    assert "what layer 1, unit 3 answers" in shown._screen.alt
    point(shown, "pointed", -1, -1)
    assert "the network's probability" in shown._screen.alt and shown.state["unit"] == "output"


def test_a_click_chooses_a_unit_or_a_point(shown):
    point(shown, "pressed", *hidden_unit(shown.run, 0, 1))
    assert shown.controls["unit"].value == "input y" and "what input y answers" in shown._screen.alt
    left, top, side = playground._PLANE
    point(shown, "pressed", left + side / 2, top + side / 4)
    assert shown.controls["point"].value == "0, 3" and "at (0, 3): P(label 1) = " in shown._screen.alt
    before = shown.state
    point(shown, "pressed", 690, 390)
    assert shown.state == before, "nothing is there"


def test_the_list_of_units_follows_the_network(shown):
    shown.set(layers=2, units=3, unit="layer 2, unit 3")
    shown.set(**{"sin x": True})
    assert shown.state["unit"] == "layer 2, unit 3" and "input sin x" in shown.controls["unit"].options
    shown.set(layers=1)
    assert shown.state["unit"] == "output" and len(shown.controls["unit"].options) == 1 + 3 + 3


def test_points_of_ones_own_are_added_on_the_way_and_removed(shown):
    shown.step()
    shown._add[1].click()
    assert shown.state["own"] == () and "yours" not in shown._screen.alt
    shown.set(point="2, -1")
    shown._add[1].click()
    shown.set(point="-2, -1")
    shown._add[0].click()
    assert shown.run.own == ((2, -1, 1), (-2, -1, 0)) and shown.run.network.steps == 20
    assert "black edge: yours" in shown._screen.alt
    shown._remove.click()
    assert shown.run.own == () and shown.state["own"] == ()


def test_new_weights_are_other_ones(shown):
    before = shown.run.network.weights[0].copy()
    shown._again.click()
    assert not np.allclose(shown.run.network.weights[0], before)
    assert shown.run.network.steps == 0


def test_a_long_film_needs_no_more_memory(shown):
    shown._play.value = True
    for _ in range(20):
        acknowledge(shown)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(100):
        acknowledge(shown)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # A frame has about 160 kB: one that stayed each time would be 16 MB.
    assert after - before < 2_000_000
