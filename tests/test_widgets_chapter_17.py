"""The map of codes and the digits on demand without a browser: places, calls, frames, odd texts."""

import time

import numpy as np
import pytest
from speed import in_blank_pictures
from widget_cases import STRANGE, decode_plane, sample_squares, some_codes

from helpers.widgets import DigitMaker, LatentMap
from helpers.widgets.digit_maker import read
from helpers.widgets.latent_map import REACH

pytestmark = pytest.mark.chapter(17)

WIDTH, HEIGHT = 700, 440


@pytest.fixture
def called():
    return []


@pytest.fixture
def walk(called):
    def decode(codes):
        called.append(codes)
        return decode_plane(codes)

    return LatentMap(decode, *some_codes())


@pytest.fixture
def maker(called):
    def sample(*asked):
        called.append((asked[0].tolist(), *asked[1:]))
        return sample_squares(*asked)

    return DigitMaker(sample)


def images_of(fig):
    """The last image of each axes that has one."""
    return [np.asarray(ax.images[-1].get_array()) for ax in fig.axes if ax.images]


# The map


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1.5, -2.25), (-3, 3), (2.95, 0.05)])
def test_pointing_at_a_place_of_the_walkdecodes_it(walk, called, x, y):
    walk.set(x=-1, y=1)
    number = walk._screen.number
    across = 34 + 316 * (x + REACH) / (2 * REACH)
    down = HEIGHT - 96 - 316 * (y + REACH) / (2 * REACH)
    walk._screen.place = [across / WIDTH, down / HEIGHT, 1]
    assert walk._screen.number == number + 1
    assert (walk.state["x"], walk.state["y"]) == pytest.approx((x, y))
    assert called[-1].dtype == np.float32 and called[-1].shape == (5, 2)
    np.testing.assert_allclose(called[-1][2], [x, y], atol=1e-6)


@pytest.mark.parametrize("place", [(0.75, 0.4), (0.2, 0.02), (0.02, 0.5), (0.2, 0.95)])
def test_pointing_beside_the_walkchanges_nothing_but_is_answered(walk, place):
    before, number = walk.state, walk._screen.number
    walk._screen.place = [*place, 1]
    assert walk.state == before and walk._screen.number == number + 1


def test_the_images_are_those_of_the_places(walk):
    walk.set(x=1, y=-0.5)
    chart, *_ = (fig := walk.draw(1, -0.5)).axes
    images = images_of(fig)
    wanted = decode_plane(np.array([[0, -0.5], [0.5, -0.5], [1, -0.5], [1.5, -0.5], [2, -0.5]]))[..., 0]
    np.testing.assert_array_equal(images, wanted[[2, 0, 1, 2, 3, 4]])
    assert [line.get_xdata().tolist() for line in chart.lines] == [[0, 0.5, 1, 1.5, 2], [1]]
    # Drawn once: one cross, however often it was moved.
    assert len(walk.draw(0, 0).axes[0].lines) == 2


def test_the_nearest_labels_are_named(walk):
    walk.set(x=1.8, y=0)
    assert "most frequent first: 0" in walk.still.alt
    walk.set(x=-1.8)
    assert "code (−1.80, 0.00)" in walk.still.alt and "most frequent first: 5" in walk.still.alt


def test_a_step_on_the_walktakes_50_milliseconds_at_most(walk):
    ratio = in_blank_pictures(lambda i: walk.set(x=i / 5))
    seconds = []
    for i in range(5):
        begun = time.process_time()
        walk.set(y=0.1 + i / 5)
        seconds.append(time.process_time() - begun)
    # 50 ms where blank axes take 16; a slow machine may take longer for both.
    assert ratio < 3 or min(seconds) < 0.05


@pytest.mark.parametrize(("codes", "labels"), [((0, 2), 0), ((5, 3), 5), ((5, 2), 4), ((5,), 5)])
def test_codes_that_are_no_walk_are_refused(codes, labels):
    with pytest.raises(ValueError, match=r"codes of shape .*; expected \(n, 2\) and \(n,\)"):
        LatentMap(decode_plane, np.zeros(codes), np.zeros(labels, int))


# The digits


def test_images_are_sampled_once_for_all_steps(maker, called):
    assert called == [([2, 0, 2, 6], 2.0, 25, 1)]
    for step in (0, 12, 25):
        maker.set(step=step)
    assert len(called) == 1
    maker.set(guidance=2.5)
    maker.set(guidance=2.0)
    assert called[1:] == [([2, 0, 2, 6], 2.5, 25, 1)]
    maker.set(text="2 0 2 6!")
    assert len(called) == 2, "the same digits"


def test_the_frames_are_those_of_the_steps(maker):
    frames = sample_squares(np.array([2, 0, 2, 6], np.int32), 1.0, 25, 1)
    large, *stages = images_of(maker.draw("2026", 1.0, 25, 1, 12))
    np.testing.assert_array_equal(large, np.hstack(list(frames[12])))
    assert len(stages) == 6
    for stage, frame in zip(stages, frames[[0, 5, 10, 15, 20, 25]], strict=True):
        np.testing.assert_array_equal(stage, np.hstack(list(frame)))


@pytest.mark.parametrize("steps", [5, 10, 50])
def test_the_slider_and_its_play_button_follow_the_number_of_steps(maker, steps):
    maker.controls["steps"].value = steps
    step = maker.controls["step"]
    assert (step.max, step.value, maker._play.max, maker._play.value) == (steps,) * 4
    assert f"step {steps} of {steps}" in maker.still.alt
    seen = []
    step.observe(lambda change: seen.append(change["new"]), names="value")
    for value in range(steps + 1):
        maker._play.value = value
    assert seen == list(range(steps + 1))


@pytest.mark.parametrize(
    ("text", "labels", "said"),
    [
        ("2026", (2, 0, 2, 6), ""),
        (" 1 2\t3 ", (1, 2, 3), ""),
        ("٣", (3,), ""),
        ("x² = 4", (4,), "Of this text only its digits count."),
        ("123456789", (1, 2, 3, 4, 5, 6, 7, 8), "Of this text only the first 8 are made."),
        ("-1234567890", (1, 2, 3, 4, 5, 6, 7, 8), "only its digits count and only the first 8 are made."),
        ("", tuple(range(8)), "No digit in the text: type some, such as 2026."),
        ("two", tuple(range(8)), "No digit in the text"),
    ],
)
def test_what_is_read_in_a_text(text, labels, said):
    found, message = read(text)
    assert found == labels and said in message and bool(said) == bool(message)


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_odd_texts_get_one_sentence(maker, text):
    maker.set(text="7")
    maker.controls["text"].value = text
    assert read(text)[1] in maker._note.value
    assert "to the digits" in maker.still.alt
    maker.controls["text"].value = "12"
    assert maker._note.value == '<span role="status"></span>' and "digits 1 2:" in maker.still.alt


def test_images_with_a_channel_will_do_as_well():
    maker = DigitMaker(lambda *asked: sample_squares(*asked)[..., None], "5")
    assert images_of(maker.draw(**maker.state))[0].shape == (28, 28)
