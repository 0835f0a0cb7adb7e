"""Right and wrong answers to the exercises of chapter 15."""

import numpy as np

HUNDREDTH, ONE, HALF, TENFOLD = (
    "every pixel off by 0.01",
    "one pixel of 100 off by 1, all others right",
    "half the error at every pixel: how much more",
    "ten times as many pixels off by the same: how much more",
)
DECIBELS = {HUNDREDTH: 40, ONE: 20, HALF: 6.02, TENFOLD: -10}

# Measured in the chapter; those of other photographs, scales and ways, too.
RIMS = {-0.25: 28.3798, -0.5: 28.6869, -0.75: 28.87, -1.0: 28.9028}


def rims(*values):
    return dict(zip(RIMS, values, strict=True))


def by_slices(picture, scale):
    h, w = (side // scale for side in picture.shape)
    packed = np.zeros((h, w, scale * scale))
    for k in range(scale * scale):
        packed[:, :, k] = picture[k // scale :: scale, k % scale :: scale]
    return packed


def with_tensorflow(picture, scale):
    import tensorflow as tf

    return picture[..., None] if scale == 1 else tf.nn.space_to_depth(picture[None, ..., None], scale)[0]


def blocks(picture, scale):
    h, w = (side // scale for side in picture.shape)
    return picture.reshape(h, scale, w, scale)


def into_whole_numbers(picture, scale):
    return by_slices(picture, scale).astype(int)


def fills_in_place(picture, scale):
    packed = by_slices(picture, scale)
    picture[:] = 0
    return packed


def averaged(enlarge, small, turns=range(4), flips=(False, True), mean=np.mean, back=-1):
    pictures = []
    for flip in flips:
        for turn in turns:
            large = enlarge(np.rot90(small[:, ::-1] if flip else small, turn))
            large = np.rot90(large, back * turn)
            pictures.append(large[:, ::-1] if flip and back < 0 else large)
    return mean(pictures, axis=0)


def mirrored_after(enlarge, small):
    pictures = []
    for turn in range(4):
        turned = np.rot90(small, turn)
        pictures.append(np.rot90(enlarge(turned), -turn))
        pictures.append(np.rot90(np.flipud(enlarge(np.flipud(turned))), -turn))
    return sum(pictures) / 8


def upside_down_too(enlarge, small):
    """Twelve pictures: those that are mirrored count twice."""
    pictures = []
    for turn in range(4):
        for flip in (np.array, np.fliplr, np.flipud):
            pictures.append(np.rot90(flip(enlarge(flip(np.rot90(small, turn)))), -turn))
    return np.mean(pictures, axis=0)


def undone_in_order(enlarge, small):
    pictures = []
    for turn in range(4):
        pictures.append(np.rot90(enlarge(np.rot90(small, turn)), -turn))
        pictures.append(np.rot90(np.fliplr(enlarge(np.rot90(np.fliplr(small), turn))), -turn))
    return np.mean(pictures, axis=0)


def not_mirrored_back(enlarge, small):
    ways = [(turn, flip) for turn in range(4) for flip in (1, -1)]
    return np.mean(
        [np.rot90(enlarge(np.rot90(small[:, ::flip], turn)), -turn) for turn, flip in ways], axis=0
    )


def never_back(enlarge, small):
    return np.mean([enlarge(np.rot90(small, turn)) for turn in range(4)], axis=0)


def mirrored_in_place(enlarge, small):
    small[:] = small[:, ::-1]
    return averaged(enlarge, small)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"15.1": {}, "15.3": {}, "15.4": {}}

RIGHT = {
    "15.1": {
        "with hundredths": DECIBELS,
        "computed": {
            HUNDREDTH: 10 * np.log10(1e4),
            ONE: 10 * np.log10(100),
            HALF: 20 * np.log10(2),
            TENFOLD: -10 * np.log10(10),
        },
        "NumPy's": {key: np.array([value]) for key, value in DECIBELS.items()},
        "a whole number": DECIBELS | {HALF: 6},
    },
    "15.2": {
        "measured": RIMS,
        "cut off at 0 and 1": rims(28.3798, 28.6869, 28.8705, 28.9076),
        "hundredths": rims(28.38, 28.69, 28.87, 28.9),
        "tenths": rims(28.4, 28.7, 28.9, 28.9),
        "NumPy's": {key: np.float32(value) for key, value in RIMS.items()},
    },
    "15.3": {
        "by slices": by_slices,
        "TensorFlow": with_tensorflow,
        "einsum": lambda y, s: np.einsum("hiwj->hwij", blocks(y, s)).reshape(*y[::s, ::s].shape, s * s),
        "a list": lambda *given: by_slices(*given).tolist(),
    },
    "15.4": {
        "mirrored first": averaged,
        "upside down": mirrored_after,
        "float32": lambda *given: averaged(*given).astype(np.float32),
        "cut off at 0 and 1": lambda *given: np.clip(averaged(*given), 0, 1),
        "given as lists": lambda enlarge, small: averaged(lambda y: enlarge(y.tolist()), small),
        "a list": lambda *given: averaged(*given).tolist(),
    },
}

WRONG = {
    "15.1": [
        (DECIBELS | {HUNDREDTH: 20}, "MSE is 0.0001"),
        (DECIBELS | {HUNDREDTH: -40}, "sign is turned"),
        (DECIBELS | {HUNDREDTH: 0.0001}, "square the errors"),
        (DECIBELS | {ONE: 0}, "the mean over all 100"),
        (DECIBELS | {ONE: 40}, "do not square it again"),
        (DECIBELS | {ONE: -20}, "sign is turned"),
        (DECIBELS | {ONE: 2}, "10 times the logarithm"),
        (DECIBELS | {HALF: 3}, "a quarter of its square"),
        (DECIBELS | {HALF: -6}, "not fewer"),
        (DECIBELS | {HALF: 2}, "no factor"),
        (DECIBELS | {HALF: 4}, "this is the factor"),
        (DECIBELS | {HALF: 12.04}, "how many times smaller"),
        (DECIBELS | {TENFOLD: -1}, "how many times smaller"),
        (DECIBELS | {TENFOLD: 10}, "below 0"),
        (DECIBELS | {TENFOLD: -20}, "not a hundred times"),
        (DECIBELS | {TENFOLD: 0.1}, "no factor"),
        (DECIBELS | {HALF: "6 dB"}, "expected numbers"),
        (DECIBELS | {ONE: (20, 20)}, "shape"),
        (DECIBELS | {ONE: ...}, "replace the"),
        ({ONE: 20}, "is missing"),
        (20, "expected a dict"),
    ],
    "15.2": [
        (rims(28.411, 28.7197, 28.9044, 28.9384), "the border counts"),
        (rims(32.6855, 32.8956, 33.0112, 33.0174), "the cat"),
        (rims(28.2443, 28.409, 28.5175, 28.5597), "the coffee"),
        (rims(29.7699, 29.9972, 30.1329, 30.16), "mean of the three"),
        (rims(28.1634, 28.6869, 28.9704, 28.8737), "made smaller with the changed kernel"),
        (rims(31.2611, 31.7153, 31.9293, 31.8489), "scale 2"),
        (rims(26.5589, 26.8472, 27.0192, 27.0513), "scale 4"),
        (rims(0.889, 0.8944, 0.8966, 0.8956), "SSIM"),
        (rims(28.6869, 28.6869, 28.6869, 28.6869), "all four are 28.69"),
        (rims(28.9028, 28.87, 28.6869, 28.3798), r"for a = -0\.25 is 28\.90 dB, expected 28\.38"),
        (rims(29, 29.5, 30, 30.5), "expected 28.38"),
        (RIMS | {-1.0: 28.5}, r"for a = -1\.0 is 28\.50 dB"),
        (RIMS | {-1.0: ...}, "replace the"),
        (RIMS | {-0.5: "good"}, "expected numbers"),
        ({-0.5: 28.6869}, "is missing"),
        (28.9, "expected a dict"),
    ],
    "15.3": [
        (lambda y, s: y.reshape(y.shape[0] // s, y.shape[1] // s, -1), "reshape alone"),
        (lambda y, s: blocks(y, s).transpose(0, 2, 3, 1).reshape(*y[::s, ::s].shape, -1), "rows come first"),
        (lambda y, s: np.swapaxes(by_slices(y, s), 0, 1), "are exchanged"),
        (lambda y, s: np.moveaxis(by_slices(y, s), -1, 0), "channels come last"),
        (lambda y, s: blocks(y, s).transpose(0, 2, 1, 3), "still two"),
        (
            lambda y, s: np.stack(
                [part for rows in np.split(y, s) for part in np.split(rows, s, axis=1)], axis=-1
            ),
            "neighbouring blocks",
        ),
        (lambda y, s: blocks(y, s).mean(axis=(1, 3)), "shape"),
        (lambda y, s: y[::s, ::s, None].repeat(s * s, axis=2), "expected"),
        (lambda y, s: by_slices(y, s)[..., ::-1], "expected"),
        (lambda y, s: by_slices(y, 2), "stopped with|shape"),
        (fills_in_place, "work on a copy"),
        (into_whole_numbers, "is 0, expected 0."),
        (lambda y, s: by_slices(y, s).astype(np.float16), "expected"),
        (lambda y, s: by_slices(y, s).reshape(-1, s * s), "shape"),
        (lambda y: y, "TypeError"),
        (lambda y, s: None, "returns None"),
        (np.zeros((2, 3, 4)), "expected a function"),
        (..., "replace the|expected a function"),
    ],
    "15.4": [
        (lambda enlarge, small: enlarge(small), "enlarged once"),
        (lambda enlarge, small: averaged(enlarge, small, flips=[False]), "mirrored, too"),
        (lambda enlarge, small: averaged(enlarge, small, turns=[0]), "these are two"),
        (lambda enlarge, small: averaged(enlarge, small, mean=np.sum), "this is the sum"),
        (lambda enlarge, small: averaged(enlarge, small, mean=np.median), "the median"),
        (lambda enlarge, small: averaged(enlarge, small, back=0), "back before taking the mean"),
        (lambda enlarge, small: averaged(enlarge, small, back=1), "once more the same way|is"),
        (lambda enlarge, small: averaged(enlarge, small, turns=[0, 2]), "eight ways"),
        (lambda enlarge, small: averaged(enlarge, small, mean=np.max), "eight ways"),
        (lambda enlarge, small: averaged(enlarge, small[1:]), "shape"),
        (lambda enlarge, small: averaged(lambda y: y, small), r"shape \(3, 3\), expected \(6, 6\)"),
        (lambda enlarge, small: enlarge(small[..., None]), "what enlarge_one gets has shape"),
        (never_back, "back|eight ways"),
        (not_mirrored_back, "not mirrored back"),
        (upside_down_too, "eight ways"),
        (undone_in_order, "eight ways"),
        (lambda enlarge, small: averaged(enlarge, small, mean=lambda y, axis: y), "shape"),
        (lambda enlarge, small: enlarge(np.stack([small] * 8)), r"gets has shape \(8, 3, 3\)"),
        (mirrored_in_place, "work on a copy"),
        (lambda enlarge: enlarge, "TypeError"),
        (lambda enlarge, small: None, "returns None"),
        (np.zeros((6, 6)), "expected a function"),
        (..., "replace the|expected a function"),
    ],
}
