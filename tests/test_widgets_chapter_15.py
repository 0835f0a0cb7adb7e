"""The lens, without a browser: the right parts of the right pictures, their quality, files of all kinds."""

import io
import re
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio
from speed import in_blank_pictures
from widget_cases import by_formula, learn_one_number, some_photographs

from helpers.widgets import Lens, lens
from helpers.widgets.lens import LENS

pytestmark = pytest.mark.chapter(15)


@pytest.fixture
def shown():
    return Lens(some_photographs(), by_formula(), learn_one_number)


def upload(shown, name, content):
    """Upload a file as ipywidgets 8 does."""
    shown._on_upload({"new": ({"name": name, "content": memoryview(content)},)})


def png(picture, mode=None):
    buffer = io.BytesIO()
    image = Image.fromarray(picture)
    (image.convert(mode) if mode else image).save(buffer, "PNG")
    return buffer.getvalue()


def huge_header():
    """The beginning of a PNG file that claims 64 megapixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", 8_000, 8_000, 8, 2, 0, 0, 0)
    first = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + first + struct.pack(">I", 100) + b"IDAT"


def noted(shown):
    return shown._note.value


def test_its_numbers_are_those_of_the_part_in_the_lens(shown):
    shown.set(photograph="stripes", scale=3, x=50, y=50)
    picture = some_photographs()["stripes"]
    y = ((16 + picture @ np.array([65.481, 128.553, 24.966]) / 255) / 255).astype(np.float32)
    height, width = (side // 3 * 3 for side in y.shape)
    y = Image.fromarray(y[:height, :width])
    small = y.resize((width // 3, height // 3), Image.Resampling.BICUBIC)
    plain = np.clip(np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)), 0, 1)
    top, left = height // 2 - LENS // 2, width // 2 - LENS // 2
    part = np.s_[top : top + LENS, left : left + LENS]
    expected = peak_signal_noise_ratio(np.asarray(y)[part], plain[part], data_range=1)
    assert f"bicubic: {expected:.1f} dB" in shown.alt(**shown.state)


def test_the_pictures_are_what_their_names_say(shown):
    shown.set(photograph="stripes", scale=4, x=0, y=0)
    cut = some_photographs()["stripes"][:148, :180]
    little = Image.fromarray(cut).resize((45, 37), Image.Resampling.BICUBIC)
    repeated = np.asarray(little).repeat(4, 0).repeat(4, 1)
    plain = np.asarray(little.resize((180, 148), Image.Resampling.BICUBIC))
    pictures = [np.asarray(ax.images[-1].get_array()) for ax in shown.draw(**shown.state).axes[1:5]]
    for picture, expected in zip(
        (pictures[0], pictures[1], pictures[3]), (repeated, plain, cut), strict=True
    ):
        np.testing.assert_array_equal(picture, expected[:LENS, :LENS])
    assert not (pictures[2] == pictures[1]).all()


def test_a_network_that_knows_more_gets_more_decibels(shown):
    shown.set(photograph="stripes", scale=2)
    words = shown.alt(**shown.state)
    bicubic, network = (float(words.split(f"{name}: ")[1].split(" dB")[0]) for name in ("bicubic", "network"))
    assert network < bicubic, "the stand-in repeats pixels, which is worse than bicubic"
    better = Lens(some_photographs(), {2: lambda y: by_formula()[2](y) * 0 + 0.5}, learn_one_number)
    assert "network" in better.alt(**better.state)


@pytest.mark.parametrize(("scale", "known"), [(1.5, 2), (2, 2), (2.5, 3), (3.5, 4), (4, 4), (6, 4)])
def test_any_scale_takes_the_network_next_to_it(scale, known):
    asked = []

    def enlarger(times):
        def enlarge(small):
            asked.append((times, small.shape))
            return by_formula()[times](small)

        return enlarge

    shown = Lens(some_photographs(), {times: enlarger(times) for times in (2, 3, 4)}, learn_one_number)
    asked.clear()
    views = shown._make("stripes", scale)
    rows, columns = (int(side / scale) for side in some_photographs()["stripes"].shape[:2])
    assert asked == [(known, (rows, columns))]
    shapes = {array.shape for array in [*views.luminance.values()]}
    assert shapes == {(int(rows * scale), int(columns * scale))}
    assert {picture.shape[:2] for picture in views.pictures.values()} == shapes
    network, original = (views.luminance[name].mean() for name in ("network", "original"))
    assert abs(network - original) < 0.01


@pytest.mark.parametrize(("x", "y"), [(0, 0), (100, 100), (0, 100), (50, 50)])
def test_the_lens_never_sticks_out(shown, x, y):
    shown.set(x=x, y=y)
    top, left = shown._corner(shown._views("stripes", 4), x, y)
    height, width = shown._views("stripes", 4).luminance["original"].shape
    assert 0 <= top <= height - LENS
    assert 0 <= left <= width - LENS


def test_pointing_moves_the_lens(shown):
    # The photograph of 180 x 150 fills 256 pixels in width, from the left edge at 6.
    shown._screen.place = [(6 + 256 * 0.25) / 700, 0.5]
    assert shown.state["x"] == 25
    before = shown.state
    shown._screen.place = [0.9, 0.5]
    assert shown.state == before


def test_a_photograph_is_enlarged_once_and_a_move_is_quick():
    calls = []

    def enlarge(y):
        calls.append(1)
        return by_formula()[4](y)

    shown = Lens(some_photographs(), {4: enlarge}, learn_one_number)
    for x in range(30, 40):
        shown.set(x=x)
    assert len(calls) == 1
    assert in_blank_pictures(lambda i: shown.set(x=50 + i)) < 9


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1"])
def test_a_picture_of_one_s_own_of_any_kind(shown, mode):
    upload(shown, "my cat.png", png(np.full((120, 200, 3), 90, np.uint8), mode))
    assert shown.state["photograph"] == "my_cat.png"
    assert noted(shown) == '<span role="status"></span>'


def test_a_large_picture_is_made_smaller(shown):
    upload(shown, "large.png", png(np.zeros((1_600, 2_000, 3), np.uint8)))
    assert shown._photographs["large.png"].shape == (614, 768, 3)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.png", b"", "is empty"),
        ("text.png", b"no picture at all", "is broken, or is no picture"),
        ("cut.png", png(np.zeros((200, 200, 3), np.uint8))[:60], "is broken"),
        ("huge.png", huge_header(), "more than 40 million pixels"),
        ("dot.png", png(np.zeros((1, 1, 3), np.uint8)), "is too small: it has 1 x 1 pixels"),
    ],
)
def test_a_bad_file_gets_one_sentence(shown, name, content, words):
    before = shown.state
    upload(shown, name, content)
    assert words in noted(shown)
    assert name in noted(shown)
    assert shown.state == before


def test_the_old_form_of_an_upload(shown):
    content = png(np.full((120, 120, 3), 50, np.uint8))
    shown._on_upload({"new": {"old.png": {"content": content, "metadata": {}}}})
    assert shown.state["photograph"] == "old.png"


@pytest.mark.parametrize("photographs", [{}, {"tiny": np.zeros((99, 300, 3), np.uint8)}])
def test_nothing_to_look_at(photographs):
    with pytest.raises(ValueError, match="at least 100 x 100 pixels"):
        Lens(photographs, by_formula(), learn_one_number)


# Training while one looks


@pytest.fixture
def learning(monkeypatch):
    monkeypatch.setattr(lens, "_SLICE", 0)  # One step a picture.
    return Lens(some_photographs(), by_formula(), learn_one_number)


def show_shown(shown):
    """Say what the browser says when it has shown the newest picture."""
    shown._screen._handle_custom_msg({"shown": shown._screen.number}, [])


def decibels(shown):
    """PSNR of the whole photograph: bicubic, and the network's."""
    return [float(found) for found in re.findall(r"(?:bicubic|network) (\d+\.\d\d) dB", shown.still.alt)]


def buttons(shown):
    return {button.description: button for row in shown.widget.children[3:4] for button in row.children}


def test_training_moves_picture_words_and_curve_until_it_is_stopped(learning):
    buttons(learning)["New weights"].click()
    assert "new weights and 0 steps" in learning.still.alt
    bicubic, first = decibels(learning)
    learning.train.value = True
    seen = [(learning._screen.picture, decibels(learning)[1])]
    for _ in range(5):
        show_shown(learning)
        seen.append((learning._screen.picture, decibels(learning)[1]))
    pictures, network = zip(*seen, strict=True)
    assert len(set(pictures)) == 6, "the display stands still"
    assert first < network[0] and list(network) == sorted(set(network)), "nothing is learned"
    assert network[-1] < bicubic
    steps, curve = zip(*learning._training(4).curves["stripes", 4].items(), strict=True)
    assert steps == tuple(range(7))
    np.testing.assert_allclose(curve, [first, *network], atol=0.006)
    assert learning.train.description == "Stop" and learning._screen.running
    learning.train.value = False
    before = learning.still
    show_shown(learning)
    assert learning.still == before and "and 6 steps" in before.alt and not learning._screen.running
    learning.train.value = True
    assert "new weights and 7 steps" in learning.still.alt, "what was learned is kept"


def test_a_picture_that_is_not_the_newest_trains_nothing(learning):
    learning.train.value = True
    learning._screen._handle_custom_msg({"shown": learning._screen.number - 1}, [])
    assert "and 1 step;" in learning.still.alt


def test_shipped_weights_come_back_and_were_never_changed(learning):
    first = learning.still
    learning.train.value = True
    show_shown(learning)
    assert "shipped weights and 2 steps" in learning.still.alt
    buttons(learning)["Shipped weights"].click()
    assert learning.still == first and not learning.train.value
    show_shown(learning)
    assert learning.still == first


def test_each_scale_trains_a_network_of_its_own(learning):
    learning.train.value = True
    learning.set(scale=2.5)
    assert "shipped weights; all" in learning.still.alt
    show_shown(learning)
    show_shown(learning)
    assert "shipped weights and 2 steps" in learning.still.alt
    learning.set(scale=3)
    assert "shipped weights and 2 steps" in learning.still.alt, "2.5 times is the work of the same network"
    learning.set(scale=6)
    assert "shipped weights and 1 step;" in learning.still.alt


def test_the_lens_moves_while_the_network_trains(learning):
    learning.train.value = True
    learning.set(x=80, photograph="noise")
    assert "noise with a lens at 80%" in learning.still.alt and "and 1 step;" in learning.still.alt
    show_shown(learning)
    assert "noise with a lens at 80%" in learning.still.alt and "and 2 steps;" in learning.still.alt


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (None, "The training has ended."),
        (KeyboardInterrupt(), "has ended"),
        (ValueError("no <b>"), "ValueError: no &lt;b&gt;"),
    ],
)
def test_a_training_that_ends_or_fails_says_so_and_stops(error, words):
    def learn(scale, anew):
        yield by_formula()[scale]
        if error:
            raise error

    shown = Lens(some_photographs(), by_formula(), learn)
    shown.train.value = True
    assert words in noted(shown) and not shown.train.value
    shown.set(x=10)
