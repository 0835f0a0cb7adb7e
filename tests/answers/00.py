"""Right and wrong answers to the exercises of chapter 00."""

import functools

import numpy as np


def nearest(cases, case):
    return np.argmin(np.sum(((np.asarray(cases) - case) / np.std(cases, axis=0)) ** 2, axis=1))


def scaled(scale):
    """A function that divides by scale(cases) in place of the standard deviations."""
    return lambda cases, case: np.argmin(np.sum(((cases - case) / scale(cases)) ** 2, axis=1))


def standardized(cases, case):
    mean, width = cases.mean(axis=0), cases.std(axis=0, ddof=1)
    return int(np.linalg.norm((cases - mean) / width - (case - mean) / width, axis=1).argmin())


def in_place(cases, case):
    cases -= case
    cases /= cases.std(axis=0)
    return np.argmin((cases**2).sum(axis=1))


def by_power(power, cases, case):
    return (np.abs((cases - case) / cases.std(axis=0)) ** power).sum(axis=1).argmin()


class Similarity:
    def row(self, cases, case):
        return nearest(cases, case)


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"0.1": {}, "0.2": {}, "0.3": {}}

RIGHT = {
    "0.1": {
        "numbers": {0: 6, 12: 3, 40: 5},
        "floats": {"0": 6.0, "12": np.int64(3), "40 °C": [5]},
        "in order": [6, 3, 5],
    },
    "0.2": {
        "whole degrees": 10,
        "float32": np.float32(10),
        "in brackets": np.array([10]),
        "half degrees": 9.5,
        "tenths": 9.1,
    },
    "0.3": {
        "squares": nearest,
        "in brackets": lambda cases, case: [int(nearest(cases, case))],
        "standardized, with n - 1": standardized,
        "float32": lambda cases, case: nearest(cases.astype("float32"), case.astype("float32")),
        "sum of absolute differences": lambda cases, case: np.argmin(
            np.sum(np.abs(cases - case) / cases.std(0), axis=1)
        ),
        "two pairs of brackets": lambda cases, case: [[nearest(cases, case)]],
        "a partial function": functools.partial(by_power, 2),
        "with a default argument": lambda cases, case, power=1: by_power(power, cases, case),
        "a method": Similarity().row,
    },
}

WRONG = {
    "0.1": [
        ({0: 6, 12: 9, 40: 7}, "gets right"),
        ({0: 0, 12: 1, 40: 5}, "cold drinks below"),
        ({0: 6, 12: 2, 40: 0}, "hot drinks above"),
        ({0: 1, 12: 6, 40: 12}, "calls hot"),
        ({0: 6, 12: 4, 40: 5}, "12 °C is 4: go through"),
        ({0: 7, 12: 3, 40: 5}, "0 °C is 7: go through"),
        ({0: 6, 12: 3, 40: np.nan}, "go through"),
        ({0: 6, 12: 3}, "missing"),
        (3, "expected a dict"),
        ({0: ..., 12: ..., 40: ...}, "replace the"),
        ({0: 6, 12: 3, 40: 6}, "40 °C is 6: go through"),
        ([3, 6, 5], "0 °C is 3: go through"),
        ({0: 0.5, 12: 0.25, 40: 5 / 12}, "0 °C is 0.5: go through"),
        ({0: "6", 12: 3, 40: 5}, "expected numbers"),
    ],
    "0.2": [
        (17, "old orders"),
        (11, "lower limit"),
        (10.5, "lower limit"),
        (14, "mistakes left"),
        (9, "mistakes left: 1"),
        (19, "mistakes left"),
        (0, "number of mistakes"),
        (15, "place in the list"),
        (np.nan, "mistakes left"),
        (np.arange(10, 12), "shape"),
        ("10", "expected numbers"),
        (8.9, "mistakes left: 1"),
        (-10, "mistakes left: 5"),
        (np.inf, "mistakes left"),
        (10.0001, "lower limit"),
        ({10: 0}, "is a dict, expected numbers"),
    ],
    "0.3": [
        (scaled(lambda cases: 1), "decides alone"),
        (lambda cases, case: np.argmin(np.sum((cases / np.std(cases, axis=0) - case) ** 2, axis=1)), "row"),
        (
            lambda cases, case: np.argmax(np.sum(((cases - case) / np.std(cases, axis=0)) ** 2, axis=1)),
            "row",
        ),
        (scaled(np.std), "decides alone"),
        (lambda cases, case: np.argmin(abs(cases[:, 0] - case[0])), "only the first feature"),
        (lambda cases, case: np.argmin(abs(cases[:, -1] - case[-1])), "row"),
        (lambda cases, case: np.argmin(abs(cases[:, :2] - case[:2]).sum(axis=1)), "row"),
        (lambda cases, case: np.argmin(abs(((cases - case) / cases.std(0)).sum(1))), "cancel"),
        (lambda cases, case: np.argmin(((cases - case) / cases.std(0)).sum(1)), "row"),
        (scaled(lambda cases: cases.var(axis=0)), "variance"),
        (scaled(lambda cases: np.sqrt(cases.std(axis=0))), "row"),
        (scaled(lambda cases: np.ptp(cases, axis=0)), "row"),
        (scaled(lambda cases: abs(cases.mean(axis=0))), "row"),
        (scaled(lambda cases: cases.std(axis=1, keepdims=True)), "row"),
        (scaled(lambda cases: abs(cases).max(axis=0)), "row"),
        (lambda cases, case: cases[nearest(cases, case)], "shape"),
        (lambda cases, case: np.argsort(cases.sum(axis=1)), "shape"),
        (lambda cases, case: np.argmax(cases @ case / np.linalg.norm(cases, axis=1)), "row"),
        (lambda cases, case: nearest(cases, case) + 1, "row"),
        (in_place, r"argument 1\).*work on a copy"),
        (lambda cases, case: ..., "replace the"),
        (2, "expected a function"),
        (scaled(lambda cases: 1 / cases.std(axis=0)), "row"),
        (lambda cases, case: scaled(lambda _: case.std())(cases, case), "row"),
        (lambda cases, case: np.argmin(((cases - case) / cases.std(axis=0)).max(axis=1)), "row"),
        (lambda cases, case: np.argmin(abs((cases - case) / cases.std(axis=0)).min(axis=1)), "row"),
        (lambda cases, case: np.argmin(abs((cases - case) / cases.std(axis=0)).prod(axis=1)), "row"),
        (lambda cases, case: nearest(cases[:, :3], case[:3]), "row"),
        (lambda cases, case: nearest(cases[:12], case), "row"),
        (lambda cases, case: np.argmin((((cases - case) / cases.std(0)) ** 2).sum(axis=0)), "row"),
        (lambda cases, case: str(nearest(cases, case)), "expected numbers"),
        (lambda cases, case: np.nan, "returns nan"),
        (lambda cases, case: cases[len(cases)], "stopped with IndexError"),
    ],
}
