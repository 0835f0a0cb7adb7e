"""Checks of chapter 15, super-resolution."""

import numpy as np

from helpers.checks.engine import Shared, close, exercise, mistaken, off_the_mark, pure, refuse
from helpers.checks.known import each_close
from helpers.checks.reading import as_array, numbers

_OFF, _ONE = "every pixel off by 0.01", "one pixel of 100 off by 1, all others right"
_HALF = "half the error at every pixel: how much more"
_TEN = "ten times as many pixels off by the same: how much more"
_DECIBELS = {_OFF: 40, _ONE: 20, _HALF: 6.0206, _TEN: -10}
_DECIBELS_SLIPS = {
    "the error is squared first: MSE is 0.0001": {_OFF: 20},
    "an error that becomes smaller gives more decibels: the sign is turned around": {_OFF: -40, _ONE: -20},
    "this is for one pixel alone: take the mean over all 100": {_ONE: 0},
    "MSE is 0.01 already, do not square it again": {_ONE: 40},
    "10 times the logarithm, not the logarithm alone": {_ONE: 2},
    "half of the error is a quarter of its square": {_HALF: 3.0103},
    "a smaller error gives more decibels, not fewer": {_HALF: -6.0206},
    "decibels are no factor: log10 of 4, ten times": {_HALF: 2},
    "this is the factor of the MSE; decibels are ten times its logarithm": {_HALF: 4},
    "more wrong pixels give fewer decibels: below 0": {_TEN: 10},
    "ten times as many pixels make MSE ten times as large, not a hundred times": {_TEN: -20},
    "decibels are no factor: log10 of a tenth, ten times": {_TEN: 0.1},
}
_FORMULA = "square the errors, take their mean, and 10 · log10(1 / MSE)"
_GAIN = "how many times smaller does the MSE become? Ten times the logarithm of that"
# Measured with the solution, and with each of the slips.
_RIMS = {-0.25: 28.38, -0.5: 28.687, -0.75: 28.87, -1.0: 28.903}
_OTHER_RIMS = {
    "the border counts here: measure by judged, with scale 3": (28.411, 28.72, 28.904, 28.938),
    "this is the cat, expected the astronaut": (32.686, 32.896, 33.011, 33.017),
    "this is the coffee, expected the astronaut": (28.244, 28.409, 28.518, 28.56),
    "this is the mean of the three photographs, expected the astronaut": (29.77, 29.997, 30.133, 30.16),
    "the picture was made smaller with the changed kernel, too: leave `shrink` as it is": (
        (28.163, 28.687, 28.97, 28.874)
    ),
    "this is for scale 2, expected 3": (31.261, 31.715, 31.929, 31.849),
    "this is for scale 4, expected 3": (26.559, 26.847, 27.019, 27.051),
    "this is SSIM, expected decibels": (0.889, 0.894, 0.897, 0.896),
}


@exercise("15.1")
def decibels(answer):
    """Judge two PSNRs and two gains, whole numbers or not."""
    # No slip is nearer to a right answer than 3 dB.
    why = {_OFF: _FORMULA, _ONE: _FORMULA, _HALF: _GAIN, _TEN: _GAIN}
    each_close(numbers(answer, _DECIBELS), _DECIBELS, _DECIBELS_SLIPS, why, rtol=0, atol=0.05)


@exercise("15.2")
def rim_of_the_kernel(answer):
    """Judge four PSNRs of the astronaut, by the kernel's parameter."""
    found = numbers(answer, _RIMS, "the PSNR for a = {key}")
    # Rounded to tenths they still differ from the slips'.
    if off := off_the_mark(found, _RIMS, 0.012, 1):
        others = {why: dict(zip(_RIMS, values, strict=True)) for why, values in _OTHER_RIMS.items()}
        mistaken(found, others, "the four values", rtol=0, atol=0.006)
        a = off[0]
        faults = {
            "all four are {found:.2f}: is the kernel with the changed a used?": np.ptp([*found.values()])
            < 1e-6,
            "the PSNR for a = {a} is {found:.2f} dB, expected {right:.2f}: the astronaut, shrunk 3 times, "
            "enlarged with `lambda x: cubic(x, a)`, judged with scale 3?": True,
        }
        refuse(faults, a=a, found=found[a], right=_RIMS[a])


@exercise("15.3")
def unfold(answer):
    """Judge a function of picture and scale by where each pixel goes."""
    rng = np.random.default_rng(153)
    for h, w, scale in [(2, 3, 2), (3, 2, 3), (1, 2, 4), (4, 1, 2), (3, 3, 1)]:
        # From 0 to 1, as in the chapter: whole numbers would lose everything.
        picture = rng.permutation(np.linspace(0, 1, h * w * scale**2)).reshape(h * scale, w * scale)
        blocks = picture.reshape(h, scale, w, scale)
        right = blocks.transpose(0, 2, 1, 3).reshape(h, w, -1)
        columns_first = blocks.transpose(0, 2, 3, 1).reshape(h, w, -1)
        neighbours = picture.reshape(scale, h, scale, w).transpose(1, 3, 0, 2).reshape(h, w, -1)
        mistakes = {
            "within a block the rows come first: its columns were read first": columns_first,
            "reshape alone cuts the picture into pieces of rows: exchange two axes before the last "
            "reshape": picture.reshape(h, w, -1),
            "rows and columns of the blocks are exchanged": np.swapaxes(right, 0, 1),
            "the channels come last, expected the shape (h, w, s · s)": np.moveaxis(right, -1, 0),
            "the axes of a block are still two, expected the shape (h, w, s · s)": blocks.swapaxes(1, 2),
            "these are neighbouring blocks of the picture, expected s · s neighbouring pixels": neighbours,
        }
        name = "for {height} × {width} pixels and scale {scale} the result"
        place = {"height": h * scale, "width": w * scale, "scale": scale}
        close(pure(answer, picture, scale), right, name, mistakes, **place)


@exercise("15.4")
def eight_looks(answer):
    """Judge a function of `enlarge_one` and a small picture by an enlarger that knows which way is up."""
    rng = np.random.default_rng(154)
    for h, w, scale in [(3, 3, 2), (2, 4, 3), (5, 3, 1)]:
        small, slant = rng.random((h, w)), rng.random((16, 16))

        def enlarge(picture, scale=scale, slant=slant):
            picture = as_array(picture, (None, None), "what enlarge_one gets")
            large = picture.repeat(scale, 0).repeat(scale, 1)
            # Up to 1, so that cutting off at 1 changes nothing.
            return large * (0.5 + slant[: large.shape[0], : large.shape[1]] / 2)

        # The four turns as they are, then mirrored; results turned back, and those mirrored back as well.
        starts, turns = [small] * 4 + [small[:, ::-1]] * 4, [0, 1, 2, 3] * 2
        large = [enlarge(np.rot90(start, turn)) for start, turn in zip(starts, turns, strict=True)]
        turned_back = [np.rot90(y, -turn) for y, turn in zip(large, turns, strict=True)]
        back = turned_back[:4] + [y[:, ::-1] for y in turned_back[4:]]
        right = np.mean(back, axis=0)
        mistakes = {
            "this is the picture enlarged once, expected the mean of eight": back[0],
            "these are the four turns, expected them mirrored, too": np.mean(back[:4], axis=0),
            "these are two, as it is and mirrored, expected four turns of each": (back[0] + back[4]) / 2,
            "this is the sum, expected the mean": 8 * right,
            "this is the median, expected the mean": np.median(back, axis=0),
            "the mirrored ones are turned back, but not mirrored back": np.mean(turned_back, axis=0),
        }
        if h == w:
            mirrored = large[:4] + [y[:, ::-1] for y in large[4:]]
            again = [np.rot90(y, turn) for y, turn in zip(mirrored, turns, strict=True)]
            mistakes["turn and mirror each result back before taking the mean"] = np.mean(large, axis=0)
            mistakes["each result is turned once more the same way, expected back"] = np.mean(again, axis=0)
        name = "for {h} × {w} pixels and scale {scale} the result"
        why = "turn and mirror the small picture in eight ways, enlarge each, undo it, take the mean"
        close(pure(answer, Shared(enlarge), small), right, name, mistakes, why, h=h, w=w, scale=scale)
