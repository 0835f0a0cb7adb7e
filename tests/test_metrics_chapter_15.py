"""Chapter 15's measures and formulas, as its notebook writes them, against other programs' answers."""

import numpy as np
import pytest
from exercise_twins import code_of, twin_of

NAMES = ("luminance", "psnr", "ssim", "nearest", "linear", "cubic", "weights", "resize", "shrink", "judged")
NAMES += ("unpack", "pack_all", "sharpness", "texture_distance")


@pytest.fixture(scope="module")
def chapter():
    """The notebook's functions by name."""
    from scipy.ndimage import gaussian_filter
    from skimage.feature import local_binary_pattern

    names = {"np": np, "gaussian_filter": gaussian_filter, "local_binary_pattern": local_binary_pattern}
    for cell in code_of(twin_of(15), ""):
        for name in NAMES:
            if f"\ndef {name}(" in "\n" + cell:
                lines = cell[("\n" + cell).index(f"\ndef {name}(") :].splitlines()
                end = next((i for i, line in enumerate(lines[1:], 1) if line[:1].strip()), len(lines))
                exec("\n".join(lines[:end]), names)
    assert set(NAMES) <= set(names)
    return names


@pytest.fixture(scope="module")
def pairs():
    """Pictures (height, width) between 0 and 1, float64, and worse ones: noisy, blurred, flat, dark."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(15)
    made = []
    for height, width in [(40, 60), (31, 27), (64, 64)]:
        picture = gaussian_filter(rng.random((height, width)), 1.5)
        picture = (picture - picture.min()) / np.ptp(picture)
        made.append((picture + rng.normal(0, 0.1, picture.shape), picture))
        made.append((gaussian_filter(picture, 2), picture))
        made.append((np.full_like(picture, 0.3), picture))
        made.append((picture / 20, np.round(picture) / 20))
    return made


def test_psnr_is_that_of_scikit_image(chapter, pairs):
    from skimage.metrics import peak_signal_noise_ratio

    values = [chapter["psnr"](picture, original) for picture, original in pairs]
    theirs = [peak_signal_noise_ratio(original, picture, data_range=1) for picture, original in pairs]
    np.testing.assert_allclose(values, theirs, atol=1e-6)
    assert np.ptp(values) > 10


def test_ssim_is_that_of_scikit_image(chapter, pairs):
    from skimage.metrics import structural_similarity

    like_ours = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
    values = [chapter["ssim"](*pair) for pair in pairs]
    theirs = [structural_similarity(*pair, **like_ours) for pair in pairs]
    np.testing.assert_allclose(values, theirs, atol=1e-6)
    assert np.ptp(values) > 0.3


def test_luminance_is_that_of_scikit_image(chapter):
    from skimage.color import rgb2ycbcr

    picture = np.random.default_rng(16).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    found = chapter["luminance"](picture)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, rgb2ycbcr(picture)[..., 0] / 255, atol=1e-6)


@pytest.mark.parametrize(("kernel", "filter"), [("linear", "BILINEAR"), ("cubic", "BICUBIC")])
@pytest.mark.parametrize("size", [(100, 75), (17, 50), (120, 20), (9, 11), (40, 50)])
def test_resizing_is_that_of_pillow(chapter, kernel, filter, size):
    from PIL import Image

    y = np.random.default_rng(17).random((40, 50), dtype=np.float32)
    theirs = Image.fromarray(y).resize(size[::-1], Image.Resampling[filter])
    np.testing.assert_allclose(chapter["resize"](y, *size, chapter[kernel]), theirs, atol=1e-5)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_nearest_repeats_pixels(chapter, scale):
    y = np.random.default_rng(18).random((5, 7), dtype=np.float32)
    large = chapter["resize"](y, 5 * scale, 7 * scale, chapter["nearest"])
    np.testing.assert_array_equal(large, y.repeat(scale, 0).repeat(scale, 1))


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_sub_pixel_is_that_of_tensorflow(chapter, scale):
    import tensorflow as tf

    z = np.random.default_rng(19).normal(size=(5, 3, scale * scale))
    large = chapter["unpack"](z)
    if scale > 1:
        np.testing.assert_array_equal(large, tf.nn.depth_to_space(z[None], scale)[0, :, :, 0])
    assert large.shape == (5 * scale, 3 * scale)
    np.testing.assert_array_equal(chapter["pack_all"](large[None], scale)[0], z)


def test_the_authors_program_computes_as_the_notebook(chapter):
    """Weights are made and measured by `data.make.super_resolution`; the chapter must see the same."""
    from data.make import super_resolution as made

    rng = np.random.default_rng(20)
    colours = rng.integers(0, 256, (31, 26, 3), dtype=np.uint8)
    y = chapter["luminance"](colours)
    np.testing.assert_allclose(made.luminance(colours), y, atol=1e-6)
    for ours, theirs in zip(chapter["shrink"](y, 3), made.shrunk(y, 3), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
    z = rng.normal(size=(4, 5, 9))
    np.testing.assert_array_equal(made.unpacked(z), chapter["unpack"](z))
    np.testing.assert_array_equal(made.packed(made.unpacked(z)[None], 3)[0], z)
    worse = np.clip(y + rng.normal(0, 0.1, y.shape), 0, 1)
    assert made.quality(worse, y, 3)[0] == pytest.approx(chapter["judged"](worse, y, 3))


def test_the_judges_of_looks_tell_blur_and_grain(chapter):
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(21)
    original = gaussian_filter(rng.random((60, 60)), 1)
    blurred = gaussian_filter(original, 2)
    grainy = np.clip(original + rng.normal(0, 0.1, original.shape), 0, 1)
    assert chapter["sharpness"](original, original) == 1
    assert chapter["sharpness"](blurred, original) < 0.6 < 1.3 < chapter["sharpness"](grainy, original)
    assert chapter["texture_distance"](original, original) == 0
    assert min(chapter["texture_distance"](picture, original) for picture in (blurred, grainy)) > 0.05
