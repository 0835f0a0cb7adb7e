"""The lens without a browser: its panels, its numbers, pointing at places, and odd files."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from speed import in_blank_pictures
from widget_cases import a_lens

from data.make.super_resolution import luminance
from helpers.widgets import Lens
from helpers.widgets.lens import LENS

pytestmark = pytest.mark.chapter(15)
metrics = pytest.importorskip("skimage.metrics")


@pytest.fixture
def lens():
    return a_lens()


def panels(lens):
    return [np.asarray(ax.images[-1].get_array()) for ax in lens._draw(**lens.state).axes[1:]]


def upload(lens, name, content):
    """Hand over a file as both versions of ipywidgets do."""
    is_dict = isinstance(lens.upload.value, dict)
    file = {"name": name, "type": "image/png", "size": len(content), "content": content}
    lens._on_upload({"new": {name: file} if is_dict else (file,)})


def png(array):
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "png")
    return stream.getvalue()


def huge_header():
    header = b"IHDR" + struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_panels_show_what_they_say(lens, scale):
    lens.set(scale=scale, x=0, y=0)
    small, bicubic, network, original = panels(lens)
    photograph = lens._photographs["waves"]
    height, width = (side // scale * scale for side in photograph.shape[:2])
    cut = photograph[:height, :width]
    np.testing.assert_array_equal(original, cut[:LENS, :LENS])
    little = Image.fromarray(cut).resize((width // scale, height // scale), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(small, np.asarray(little).repeat(scale, 0).repeat(scale, 1)[:LENS, :LENS])
    plain = np.asarray(little.resize((width, height), Image.Resampling.BICUBIC))
    np.testing.assert_array_equal(bicubic, plain[:LENS, :LENS])
    better = luminance(small)  # The network of this test repeats pixels.
    assert np.abs(luminance(network) - better).mean() < 0.03


def test_the_numbers_are_those_of_the_part_in_the_lens(lens):
    lens.set(scale=3, x=50, y=40)
    cut = lens._photographs["waves"][:120, :168]
    y = luminance(cut)
    low = np.asarray(Image.fromarray(y).resize((56, 40), Image.Resampling.BICUBIC))
    top, left = 0, 84 - LENS // 2
    plain = np.asarray(Image.fromarray(low).resize((168, 120), Image.Resampling.BICUBIC)).clip(0, 1)
    for name, enlarged in {"bicubic": plain, "network": low.repeat(3, 0).repeat(3, 1)}.items():
        parts = [a[top : top + LENS, left : left + LENS] for a in (y, enlarged)]
        psnr = metrics.peak_signal_noise_ratio(*parts, data_range=1)
        ssim = metrics.structural_similarity(*parts, data_range=1, gaussian_weights=True, sigma=1.5)
        assert f"{name}: {psnr:.1f} dB, SSIM {ssim:.2f}" in lens.still.alt


def test_pointing_moves_the_lens_and_beside_the_photograph_nothing(lens):
    lens._screen.place = [(6 + 128) / 700, (66 + 150) / 432, 1]
    assert (lens.state["x"], lens.state["y"]) == (50, 50)
    lens._screen.place = [0.9, 0.5, 2]
    assert (lens.state["x"], lens.state["y"]) == (50, 50)


@pytest.mark.parametrize("shape", [(150, 130), (150, 130, 3), (150, 130, 4)])
def test_a_picture_of_ones_own(lens, shape):
    upload(lens, "mine.png", png(np.full(shape, 200, np.uint8)))
    assert lens.state["photograph"] == "mine.png" and lens.still.alt.startswith("mine.png")
    assert panels(lens)[3].shape == (LENS, LENS, 3)
    assert len(lens._photographs) == 4


def test_a_large_picture_is_made_smaller_and_one_of_the_same_name_takes_its_place(lens):
    upload(lens, "mine.png", png(np.zeros((1000, 2000, 3), np.uint8)))
    assert lens._photographs["mine.png"].shape == (384, 768, 3)
    upload(lens, "mine.png", png(np.full((100, 100, 3), 255, np.uint8)))
    assert panels(lens)[3].min() == 255
    assert len(lens._photographs) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "mine.png"),
        (b"only words", "mine.png"),
        (huge_header(), "mine.png"),
        (png(np.zeros((1, 1, 3), np.uint8)), "mine.png"),
        (png(np.random.default_rng(0).integers(0, 256, (150, 150, 3)).astype(np.uint8))[:5000], "mine.png"),
        (png(np.zeros((40, 4000, 3), np.uint8)), "at least 96 x 96"),
    ],
    ids=["empty", "words", "100 megapixels", "one pixel", "cut short", "narrow"],
)
def test_an_odd_file_gets_a_sentence_and_changes_nothing(lens, content, said):
    before = lens.state
    upload(lens, "mine.png", content)
    assert said in lens._note.value and "Traceback" not in lens._note.value
    assert lens.state == before and len(lens._photographs) == 3
    upload(lens, "good.png", png(np.zeros((100, 100, 3), np.uint8)))
    assert "mine.png" not in lens._note.value and lens.state["photograph"] == "good.png"


@pytest.mark.parametrize("photographs", [{}, {"small": np.zeros((95, 200, 3), np.uint8)}])
def test_photographs_smaller_than_the_lens_are_refused(photographs):
    with pytest.raises(ValueError, match="at least 96 x 96"):
        Lens(photographs, {2: None})


def test_the_network_runs_once_for_a_photograph_and_a_move_is_quick(lens):
    calls, enlarge = [], lens._enlarge[4]
    lens._enlarge[4] = lambda small: calls.append(small.shape) or enlarge(small)
    lens.set(scale=2)
    lens._views.cache_clear()
    lens.set(scale=4)
    assert in_blank_pictures(lambda i: lens.set(x=20 + 10 * i)) < 9
    assert calls == [(30, 42)]
