"""Right and wrong answers to the exercises of chapter 03."""

import numpy as np

POSSIBLE = {"x1 and not x2": True, "both equal": False, "not x1": True, "neither": True, "exactly one": False}

WIDTHS = {128: 0.947, 512: 0.963, 4096: 0.975}  # measured on MNIST
WIDTHS_EMBEDDED = {128: 0.947, 512: 0.961, 4096: 0.972}  # on the course's own digits

COUNTING = {"W1": np.ones((3, 2)), "b1": np.array([-0.5, -1.5]), "w2": np.array([1.0, -1.0]), "b2": -0.5}


def with_in_place_state(w, g, state, step, rate):
    if step == 1:
        state["velocity"] = np.zeros_like(g)
    v = state["velocity"]
    v *= 0.9
    v -= rate * g
    return (w + 0.9 * v - rate * g).tolist()


def plain(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + state["v"]


def forgetful(w, g, state, step, rate):
    v = -rate * g
    return w + 0.9 * v - rate * g


def half_done(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + 0.9 * state["v"]


def uphill(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) + rate * g
    return w + 0.9 * state["v"] + rate * g


def returns_velocity(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return state["v"]


def never_set(w, g, state, step, rate):
    v = 0.9 * state["v"] - rate * g
    return w + 0.9 * v - rate * g


def with_lists(A, count):
    columns = list(zip(*A.tolist(), strict=True))
    return [sorted(range(len(c)), key=lambda n: -c[n])[:count] for c in columns]


def nesterov(w, g, state, step, rate):
    v = state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + 0.9 * v - rate * g


def remembers_elsewhere(w, g, state, step, rate):
    known = remembers_elsewhere.__dict__
    fresh = step == 1 and np.shape(known.get("v", w)) != np.shape(w)
    known["v"] = 0.9 * (0 if fresh else known.get("v", 0)) - rate * g
    return w + 0.9 * known["v"] - rate * g


class Optimizer:
    def step(self, w, g, state, step, rate=0.1):
        return nesterov(w, g, state, step, rate)


def two_numbers(w, g, state, step, rate):
    """Right for vectors of two numbers only."""
    v = state["v"] = [
        0.9 * before - rate * slope for before, slope in zip(state.get("v", (0, 0)), g, strict=True)
    ]
    return np.array([float(w[i]) + 0.9 * float(v[i]) - rate * float(g[i]) for i in range(2)])


GLOBAL = {}


def with_a_global(w, g, state, step, rate):
    return nesterov(w, g, GLOBAL if step > 1 else GLOBAL.clear() or GLOBAL, step, rate)


def changes_w(w, g, state, step, rate):
    w += nesterov(w, g, state, step, rate) - w
    return w


def too_early(w, g, state, step, rate):
    v = state.get("v", 0)
    state["v"] = 0.9 * v - rate * g
    return w + 0.9 * v - rate * g


def damped(w, g, state, step, rate):
    v = state["v"] = 0.9 * state.get("v", 0) - 0.1 * rate * g
    return w + 0.9 * v - rate * g


def sorts_in_place(A, count):
    order = np.argsort(-A, axis=0)[:count].T
    A.sort(axis=0)
    return order


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"3.1": {}, "3.3": {}, "3.4": {}, "3.5": {}}

RIGHT = {
    "3.1": {
        "true and false": POSSIBLE,
        "yes and no": {key: "yes" if value else "No." for key, value in POSSIBLE.items()},
        "NumPy's truth": {key: np.bool_(value) for key, value in reversed(POSSIBLE.items())},
        "1 and 0": {key: int(value) for key, value in POSSIBLE.items()},
    },
    "3.2": {
        "on MNIST": WIDTHS,
        "on the course's own digits": WIDTHS_EMBEDDED,
        "per cent": {width: np.float32(100 * value) for width, value in WIDTHS.items()},
        "units in the key": {f"{width} units": [value] for width, value in reversed(WIDTHS.items())},
        "NumPy's keys": {np.int64(width): value for width, value in WIDTHS.items()},
        "thousands with a comma": {f"{width:,} units": value for width, value in WIDTHS.items()},
        "two digits": [0.95, 0.96, 0.97],
        "another start": [0.9528, 0.967, 0.9752],
    },
    "3.3": {
        "counting": COUNTING,
        "float32": {key: np.asarray(value, dtype=np.float32) for key, value in COUNTING.items()},
        "a column": COUNTING | {"w2": [[1], [-1]], "b2": [-0.5]},
        "rows": COUNTING | {"b1": [[-0.5, -1.5]], "w2": [[1, -1]]},
        "one unit for each of the three cases": {
            "W1": [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]],
            "b1": [-0.5] * 3,
            "w2": [1, 1, 1],
            "b2": -0.5,
        },
        "fewer than two, at least one": {"W1": [[-1, 1]] * 3, "b1": [1.5, -0.5], "w2": [1, 1], "b2": -1.5},
        "other names": {"W_1": [[1, 1]] * 3, "b_1": (-0.5, -1.5), "w_2": [[1, -1]], "b_2": [[-0.5]]},
    },
    "3.4": {
        "state changed in place": with_in_place_state,
        "a row": lambda w, g, state, step, rate: nesterov(w, g, state, step, rate)[None],
        "a method": Optimizer().step,
        "other names": lambda w, gradient, memory, t, ε: nesterov(w, gradient, memory, t, ε),
        "float32": lambda w, g, state, step, rate: nesterov(np.float32(w), np.float32(g), state, step, rate),
    },
    "3.5": {
        "with lists": with_lists,
        "sorted upwards": lambda A, count: A.argsort(axis=0)[::-1][:count].T,
        "float32": lambda A, count: np.argsort(-A.T, axis=1)[:, :count].astype(np.float32),
        "a generator": lambda A, count=5: (row for row in with_lists(A, count)),
        "in one more pair of brackets": lambda A, count: np.argsort(-A, axis=0)[None, :count].swapaxes(1, 2),
    },
}

WRONG = {
    "3.1": [
        (POSSIBLE | {"exactly one": True}, "'exactly one' is not True.*opposite corners"),
        (POSSIBLE | {"both equal": True}, "'both equal' is not True.*opposite corners"),
        (POSSIBLE | {"neither": False}, r"'neither' is not False.*\(0, 0\)"),
        (POSSIBLE | {"not x1": "maybe"}, "expected True or False"),
        ({"x1 and not x2": True}, "'both equal' is missing"),
        (True, "expected a dict"),
        (POSSIBLE | {"neither": ...}, "replace the"),
        (POSSIBLE | {"neither": None}, "replace the"),
        ([True] * 5, "'both equal' is not True"),
        ([False] * 5, "'x1 and not x2' is not False"),
        ([1, 0, 1, 2, 0], "'neither' is 2, expected True or False"),
    ],
    "3.2": [
        ({128: 0.949, 512: 0.965}, "4096 units is missing"),
        ({128: 0.958, 512: 0.949, 4096: 0.974}, "expected more for 512"),
        ({128: 0.949, 512: 0.965, 4096: 0.949}, "expected no less for 4096"),
        ({128: 0.949, 512: 0.950, 4096: 0.951}, "a new network built"),  # the same network three times
        ({128: 0.19, 512: 0.12, 4096: 0.08}, "expected about 0.95"),  # losses
        ({128: 0.71, 512: 0.72, 4096: 0.73}, "expected about 0.95"),  # invented
        ({128: [0.19, 0.949], 512: 0.965, 4096: 0.974}, r"two numbers.*take \[1\]|2 numbers.*take \[1\]"),
        ({128: 0.97, 512: 0.985, 4096: 0.995}, "on the validation images"),  # training images
        ({128: 9490, 512: 0.965, 4096: 0.974}, "between 0 and 1"),
        ({128: "95%", 512: 0.965, 4096: 0.974}, "expected numbers"),
        (0.95, "expected a dict"),
        ({128: ..., 512: 0.965, 4096: 0.974}, "replace the"),
        ((0.95, 0.98, 0.99), "expected two or three hundredths"),  # invented
        ((0.94, 0.97, 0.98), "about half of it at 512"),
        ((0.95, 0.96, 0.995), "expected two or three hundredths"),
        ((0.90, 0.93, 0.96), "expected about 0.95"),
        ((0.95, 0.95, 0.95), "expected more for 512"),
    ],
    "3.3": [
        (COUNTING | {"w2": [1, 0]}, r"inputs \(0, 1, 1\).*network 1, expected 0"),  # OR
        (COUNTING | {"b1": [-0.5, -2.5]}, r"inputs \(0, 1, 1\)"),  # not all three
        (COUNTING | {"b2": 0.5}, r"inputs \(0, 0, 0\).*network 1, expected 0"),
        (COUNTING | {"W1": np.ones((2, 3))}, r"shape \(2, 3\).*transpose"),
        (COUNTING | {"b1": [-0.5]}, r"b1 has shape \(1,\), expected \(2,\)"),
        (COUNTING | {"W1": [1, 1, 1]}, r"W1 has shape \(3,\)"),
        ({"W1": np.ones((3, 2))}, "'b1' is missing"),
        (COUNTING | {"b2": "half"}, "b2 is a str, expected numbers"),
        (lambda x: 1, "expected a dict"),
        (COUNTING | {"b2": ...}, "replace the"),
        ({"W1": np.ones((3, 1)), "b1": [-0.5], "w2": [1], "b2": -0.5}, r"inputs \(0, 1, 1\)"),
        (
            {"W1": np.ones((3, 3)), "b1": [-0.5, -1.5, -2.5], "w2": [1, -1, 1], "b2": -0.5},
            r"inputs \(1, 1, 1\)",  # an odd number of them
        ),
        (COUNTING | {"w2": [1, -2, 3]}, r"w2 has shape \(3,\), expected \(2,\)"),
        (COUNTING | {"W1": np.full((3, 2), np.nan)}, r"inputs \(0, 0, 1\)"),
    ],
    "3.4": [
        (remembers_elsewhere, "the same start gives another path the second time"),
        (plain, "without looking ahead"),
        (forgetful, "keep it in state"),
        (half_done, "is missing"),
        (uphill, "uphill"),
        (returns_velocity, r"w after step 1\[\d\] is"),
        (never_set, "KeyError.*in the line: v = 0.9"),
        (lambda w, g, state, step, rate: w - rate * g, r"w after step 1"),
        (lambda w, g: w, "TypeError"),
        (lambda w, g, state, step, rate: 0.0, r"shape \(\), expected \(2,\)"),
        (lambda w, g, state, step, rate: None, "replace the"),
        (0.5, "expected a function"),
        (with_a_global, "two arrays took turns"),
        (two_numbers, "stopped with"),
        (changes_w, "work on a copy"),
        (too_early, "momentum without looking ahead: w moves by v alone"),
        (damped, "w after step 1"),
        (lambda w, g, state, step, rate: nesterov(w, g, state, step, 0.08), "w after step 1"),
        (lambda w, g, state, step, rate: nesterov(w, g, state, step, rate / step), "w after step 2"),
        (lambda w, g, state, step, rate: nesterov(w, g, state, step, rate) * np.nan, "is nan"),
        (lambda w, g, state, step, rate: nesterov(w, g, state, step, rate).astype(str), "is text"),
    ],
    "3.5": [
        (lambda A, count: np.argsort(A, axis=0)[:count].T, "weakest"),
        (lambda A, count: np.argsort(A, axis=0)[-count:].T, "strongest comes last"),
        (lambda A, count: np.argsort(-A, axis=0)[:count], "transpose"),
        (lambda A, count: -np.sort(-A, axis=0)[:count].T, "numbers of the images"),
        (lambda A, count: np.argsort(-A, axis=1)[:, :count], r"shape \(12, 3\), expected \(5, 3\)"),
        (lambda A, count: np.argsort(-A.sum(axis=1))[:count], r"shape \(3,\), expected \(5, 3\)"),
        (lambda A, count: np.argsort(-A, axis=0).T, r"shape \(5, 12\), expected \(5, 3\)"),
        (lambda A, count: np.tile(np.arange(count), (A.shape[1], 1)), r"favourites .*\[\d, \d\] is"),
        (lambda A: A, "TypeError"),
        (lambda A, count: ..., "replace the"),
        ([[1, 2]], "expected a function"),
        (
            lambda A, count: np.argpartition(-A, count - 1, axis=0)[:count].T,
            "3000 images|expected",
        ),  # unsorted
        (lambda A, count: np.argsort(-A, axis=0)[:3].T, r"shape \(9, 3\), expected \(9, 7\)"),
        (lambda A, count: np.array(with_lists(A, count)) + 1, "expected"),
        (lambda A, count: np.array(with_lists(A, count)).astype(str), "is text, expected numbers"),
        (lambda A, count: np.argsort(-A, axis=0)[:count].reshape(-1, count), "expected"),
        (lambda A, count: np.tile(with_lists(A, count)[0], (A.shape[1], 1)), "expected"),
        (sorts_in_place, "work on a copy"),
    ],
}
