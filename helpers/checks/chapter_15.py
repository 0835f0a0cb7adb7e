"""Checks of chapter 15, super-resolution."""

import numpy as np

from helpers.checks import tables
from helpers.checks.engine import Shared, close, exercise, pure, refuse
from helpers.checks.reading import as_array


@exercise("15.2")
def rim_of_the_kernel(answer):
    """Judge four PSNRs of the astronaut, by the kernel's parameter."""
    found = tables.read("15.2", answer)
    values = list(found.values())
    fault = {"all four are {found:.2f}: is the kernel with the changed a used?": np.ptp(values) < 1e-6}
    refuse(fault, found=values[0])
    tables.compare("15.2", found)


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
