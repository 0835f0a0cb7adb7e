"""From an array or a picture of any kind to an image as a network learned them: 0 is paper, 1 is ink.

What a network reads must look like what it learned from. So the values are checked, the paper is found from
the border and taken away, and a picture of another size is fitted and centred as pen strokes are.
"""

import numpy as np
from PIL import Image, ImageOps

from helpers.handwriting.strokes import BOX, SIZE, shift_to_the_middle

_EXPECTED = (
    "expected an image of 28 × 28 values from 0 (paper) to 1 (ink), or whole numbers to 255; a PIL image of "
    "any size; or strokes, a list of arrays of shape (points, 2)"
)
_LARGEST = 5 * SIZE  # pixels: larger pictures are made smaller before their paper is looked for
_SMALLEST = 8
_INK = 0.3  # from here on a pixel differs from paper
SHAPES = {(SIZE, SIZE), (SIZE, SIZE, 1), (SIZE * SIZE,)}  # of one image
_ROUNDING = 1e-3  # resizing may leave values this far outside of 0 to 1
_FAINT = 0.002  # contrast below which nothing is drawn


def refuse(what, then=""):
    """Raise the one error of this package for what cannot be read."""
    raise ValueError(f"{what}; {_EXPECTED}{then}")


def as_array(value):
    """Turn lists, tensors and tables into an array of numbers or objects; ragged lists into None."""
    if isinstance(value, str | bytes):
        refuse(f"this is text, {value[:40]!r}", ". Open a picture's file with PIL.Image.open")
    try:
        return np.asarray(value)
    except ValueError:
        return None
    except Exception as error:  # a tensor without values, say
        refuse(f"this {type(value).__name__} has no values ({type(error).__name__})")


def check_images(values):
    """Check images (n, 28, 28), (n, 28, 28, 1) or (n, 784), and make them (n, 28, 28), float32 in [0, 1].

    Values are whole numbers from 0 to 255, booleans, or floats from 0 to 1; 0 is paper in all of them. What
    is of another kind, range or shape raises a ValueError.
    """
    array = as_array(values)
    if array is None or array.dtype.kind not in "biuf":
        refuse("rows have different lengths" if array is None else f"values are of type {array.dtype}")
    if array.shape[1:] not in SHAPES and array.shape != (0,):
        then = ". Read one image with read(image)" if array.shape in SHAPES else ""
        refuse(f"images have shape {array.shape}, not (n, 28, 28)", then)
    images = array.reshape(-1, SIZE, SIZE)
    if not images.size or array.dtype.kind == "b":
        return images.astype(np.float32)
    low, high = images.min(), images.max()
    whole = array.dtype.kind in "iu"
    if not np.isfinite([low, high]).all():
        refuse("values are not all finite (NaN or infinity)", ". Look for them with np.isfinite")
    if low < (0 if whole else -_ROUNDING):
        refuse(f"values begin at {low:.6g}", ". Take the smallest away, and divide by the then largest")
    if whole and high == 1:
        refuse("whole numbers are 0 and 1 only", ". Give them as float or bool, or times 255")
    if high > (255 if whole else 1 + _ROUNDING):
        refuse(f"values go up to {high:.6g}", f". Divide by {255 if 1 < high <= 255 else f'{high:.6g}'}")
    return np.clip(images.astype(np.float32) / np.float32(255 if whole else 1), 0, 1)


def from_picture(picture):
    """Prepare a PIL image of any mode and size as MNIST's digits were; one of 28 x 28 counts as prepared.

    Returns an image (28, 28), float32 in [0, 1], and why not to be sure of it, or "".
    """
    if min(picture.size) < _SMALLEST or max(picture.size) > min(picture.size) * _LARGEST / _SMALLEST:
        refuse(f"the picture has {picture.width} × {picture.height} pixels")
    try:
        grey = _grey(ImageOps.exif_transpose(picture))
    except (OSError, ValueError) as error:
        refuse(f"the picture of mode {picture.mode} cannot be read ({error})", ". Convert it to RGB")
    if grey.shape == (SIZE, SIZE):
        return without_paper(grey[None])[0]
    ink, doubt = without_paper(_resized(grey, min(1, _LARGEST / max(grey.shape)))[None])[0]
    rows, columns = (np.flatnonzero((ink > _INK).any(axis=axis)) for axis in (1, 0))
    image = np.zeros((SIZE, SIZE), np.float32)
    if not len(rows):
        return image, doubt
    digit = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    digit = _resized(digit, BOX / max(digit.shape))
    top, left = (SIZE - np.array(digit.shape)) // 2
    image[top : top + digit.shape[0], left : left + digit.shape[1]] = digit / digit.max()
    right, down = np.rint(shift_to_the_middle(image[None])[0]).astype(int)
    return np.roll(image, (down, right), (0, 1)), doubt


def without_paper(images):
    """Find the paper of images (n, height, width), float32 in [0, 1], from the border and take it away.

    What is left is 0 for paper and 1 for ink; an image whose paper is 0 already keeps its numbers. Returns
    n pairs: an image, and why not to be sure of it, or "". A frame of up to a seventh of a side is cut off.
    Paper is a surface of second degree (light comes from one side, corners are darker), fitted to all that
    differs little from it; it begins with the border's plane.
    """
    if not images.size:
        return []
    # A line of ink along a side: a frame, or the paper behind a frame that is as dark as MNIST's.
    outer = [np.mean(lines > _INK, axis=-1).max(axis=-1) > 0.6 for lines in _outer_lines(images)]
    as_is = _is_clean(images, _border(images[0])) & ~np.any(outer, axis=0)
    return [(image, "") if done else _corrected(image) for image, done in zip(images, as_is, strict=True)]


def _outer_lines(images):
    """Lines (..., lines, length) of top, bottom, left and right, from outside: a frame's, and one more."""
    turned = np.swapaxes(images, -1, -2)
    sides = (images, images[..., ::-1, :], turned, turned[..., ::-1, :])
    return [side[..., : max(1, side.shape[-2] // 7) + 1, :] for side in sides]


def _is_clean(images, border):
    """Whether paper is 0 and ink about 1, bool (n,)."""
    return (np.mean(images[:, border] == 0, axis=1) >= 0.8) & (images.max(axis=(1, 2)) >= 0.7)


def _border(image):
    border = np.ones(image.shape, bool)
    around = max(1, round(min(image.shape) / 14))
    border[around:-around, around:-around] = False
    return border


def _corrected(image):
    frame = _frame(image)
    inner = image[frame]
    border = _border(inner)
    result = np.zeros_like(image)
    if _is_clean(inner[None], border)[0]:
        result[frame] = inner
        return result, ""
    paper = _paper(inner, border)
    above = inner - paper
    is_brighter = np.sum(above**3) > 0
    # Light on paper leaves less room for brighter ink, and gives less of the darker one.
    ink = above / np.maximum(1 - paper, 0.05) if is_brighter else -above / np.maximum(paper, 0.05)
    noise = np.quantile(np.maximum(ink[border], 0), 0.9)
    full = np.sort(ink, axis=None)[-max(4, ink.size // 100)]
    if full <= max(3 * noise, _FAINT):
        return result, ""
    uneven = np.mean(ink[border] > _INK * full) > 0.1 or np.mean(ink > _INK * full) > 0.45
    result[frame] = np.clip((ink - 1.5 * noise) / (full - 1.5 * noise), 0, 1)
    doubt = "Paper and ink cannot be told apart for sure." if uneven else ""
    return result, "The paper is too noisy to be sure." if noise > 0.3 * full else doubt


def _frame(image):
    """What lies within a frame: as long as a side begins with even lines of another brightness."""
    sides, ends = _outer_lines(image), []
    within = np.median([np.median(lines[-1]) for lines in sides])
    for lines in sides:
        level = np.median(lines, axis=1, keepdims=True)
        even = np.mean(np.abs(lines - level) < _INK, axis=1) > 0.9
        other = np.mean(np.abs(np.diff(lines, axis=0)) > _INK, axis=1) > 0.6
        is_end = even[:-1] & other & (np.abs(level[:-1, 0] - within) > _INK)
        ends.append(max(np.flatnonzero(is_end) + 1, default=0))
    top, bottom, left, right = ends
    return slice(top, image.shape[0] - bottom), slice(left, image.shape[1] - right)


def _paper(image, border):
    """Brightness of the paper at each pixel."""
    y, x = np.meshgrid(*(np.linspace(-0.5, 0.5, side) for side in image.shape), indexing="ij")
    plane = np.stack([np.ones_like(x), x, y], axis=-1)  # (height, width, 3)
    surface = np.concatenate([plane, np.stack([x * x, y * y, x * y], axis=-1)], axis=-1)
    paper, near = np.median(image[border]), border
    for terms in [plane] * 6 + [surface] * 4:
        if terms is surface:
            spread = np.median(np.abs(image - paper)[border])
            near = np.abs(image - paper) <= max(4 * spread, 0.04)
        if np.count_nonzero(near) < len(image):
            break
        paper = terms @ np.linalg.lstsq(terms[near], image[near], rcond=None)[0]
        distance = np.abs(image - paper)
        near = border & (distance <= max(3 * np.median(distance[near]), 1e-6))
    return np.clip(paper, 0, 1).astype(np.float32)


def _grey(picture):
    """Brightness (height, width), float32 in [0, 1]; transparent parts contrast with what is not."""
    if picture.mode[0] in "IF":  # up to 65,535, or any range
        values = np.asarray(picture, np.float32)
        if not np.isfinite(values).all():
            raise ValueError("values are not all finite")
        return (values - values.min()) / max(np.ptp(values), np.float32(1e-9))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        opaque = np.asarray(picture.getchannel("A")) > 127
        is_dark = not opaque.any() or np.asarray(picture.convert("L"))[opaque].mean() < 128
        background = Image.new("RGBA", picture.size, "white" if is_dark else "black")
        picture = Image.alpha_composite(background, picture)
    return np.asarray(picture.convert("RGB").convert("L"), np.float32) / np.float32(255)


def _resized(values, scale):
    """Values (height, width) at another size; each new one is the mean of what it covers."""
    height, width = (max(1, round(scale * side)) for side in values.shape)
    return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BOX))
