"""Right and wrong answers to the exercises of chapter 21."""

import numpy as np


def step_time(workers, examples, seconds_each, size, latency, bandwidth):
    messages = 2 * (workers - 1)
    return examples * seconds_each + messages * latency + messages / workers * size / bandwidth


def by_average(slopes, examples):
    some = examples > 0
    return np.average(slopes[some], axis=0, weights=examples[some])


def one_by_one(slopes, examples):
    total = np.zeros(slopes.shape[1])
    for row, count in zip(slopes, examples, strict=True):
        if count:
            total = total + row * count
    return list(total / sum(examples))


def in_place(slopes, examples):
    slopes[examples == 0] = 0
    return examples @ slopes / examples.sum()


def weights_upside_down(slopes, examples):
    some = examples > 0
    return np.sum(slopes[some] / examples[some, None], axis=0) / examples.sum()


MEGABYTES = {"master of 8": 700, "other of 8": 100, "ring of 8": 175, "ring of 64": 196.875}
MICROBATCHES = {"2 stages": 9, "3 stages": 18, "8 stages": 63}


def fastest_of(times_of, numbers=lambda most: np.arange(1, most + 1), pair=None):
    """A solution with another time, other numbers of workers, or another pair."""

    def answer(batch, seconds_each, size, latency, bandwidth, most):
        n = numbers(most)
        times = times_of(n, batch, seconds_each, size, latency, bandwidth)
        best = int(np.argmin(times))
        one = times_of(1, batch, seconds_each, size, latency, bandwidth)
        return (pair or (lambda workers, one, time, place: (workers, one / time)))(
            n[best], one, times[best], best
        )

    return answer


def rightly(n, batch, *numbers):
    return step_time(n, batch / n, *numbers)


def loop(batch, seconds_each, size, latency, bandwidth, most):
    one = best = step_time(1, batch, seconds_each, size, latency, bandwidth)
    workers = 1
    for n in range(2, most + 1):
        time = step_time(n, batch / n, seconds_each, size, latency, bandwidth)
        if time < best:
            workers, best = n, time
    return {"workers": workers, "speed-up": one / best}


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"21.1": {}, "21.2": {}, "21.3": {}, "21.4": {"step_time": step_time}}

RIGHT = {
    "21.1": {
        "average": by_average,
        "one by one": one_by_one,
        "float32": lambda *given: by_average(*given).astype(np.float32),
        "a column": lambda *given: by_average(*given)[:, None],
        "nansum": lambda slopes, examples: np.nansum(slopes * examples[:, None], axis=0) / np.sum(examples),
    },
    "21.2": {
        "numbers": MEGABYTES,
        "rounded": MEGABYTES | {"ring of 64": 197},
        "NumPy's": {key: np.array([value]) for key, value in MEGABYTES.items()},
        "in order": list(MEGABYTES.values()),
    },
    "21.3": {
        "numbers": MICROBATCHES,
        "floats": {key: float(value) for key, value in MICROBATCHES.items()},
        "in order": [9, 18, 63],
        "stages as numbers": {2: 9, 3: 18, 8: 63},
    },
    "21.4": {
        "arrays": fastest_of(rightly),
        "loop": loop,
        "an array": lambda *given: np.array(fastest_of(rightly)(*given)),
        "rounded": fastest_of(rightly, pair=lambda n, one, time, place: (int(n), round(one / time, 2))),
    },
}

WRONG = {
    "21.1": [
        (lambda slopes, examples: np.nanmean(slopes, axis=0), "the plain mean"),
        (lambda slopes, examples: np.nansum(slopes, axis=0), "the sum of the gradients"),
        (lambda slopes, examples: examples @ slopes, "divided by the number of all examples"),
        (lambda slopes, examples: examples @ slopes / len(examples), "not of workers"),
        (lambda slopes, examples: examples @ slopes / examples.sum(), "leave out who has none"),
        (weights_upside_down, "multiply it by its examples"),
        (in_place, "work on a copy"),
        (lambda slopes, examples: np.nanmean(slopes, axis=1), "not one a worker|shape"),
        (lambda slopes, examples: (slopes[0] * examples[0] + slopes[1] * examples[1]) / examples.sum(), "40"),
        (lambda slopes, examples: slopes[0] * np.nan, r"for 5, 5 examples the result\[0\] is nan"),
        (lambda slopes, examples: slopes, "shape"),
        (lambda slopes: slopes, "TypeError"),
        (lambda *given: None, "returns None"),
        (lambda *given: "mean", "expected numbers"),
        (0.5, "expected a function"),
        (..., "replace the|expected a function"),
    ],
    "21.2": [
        (MEGABYTES | {"master of 8": 800}, "his own gradient stays"),
        (MEGABYTES | {"other of 8": 200}, "only one of them is sent"),
        (MEGABYTES | {"ring of 8": 87.5}, r"2\(n − 1\) steps"),
        (MEGABYTES | {"ring of 64": 200}, "two whole gradients"),
        (MEGABYTES | {"ring of 64": 198}, "one n-th of 100 million"),
        (MEGABYTES | {"ring of 8": 1400}, "a part is one n-th"),
        (MEGABYTES | {"ring of 8": 350}, "not what it receives"),
        (MEGABYTES | {"master of 8": 1400}, "not what it receives"),
        (MEGABYTES | {"master of 8": 100}, "each of the 7 others"),
        (MEGABYTES | {"ring of 8": 700}, "to its neighbour alone"),
        (MEGABYTES | {"ring of 64": 6300}, "to its neighbour alone"),
        ({key: value * 8 for key, value in MEGABYTES.items()}, "bits"),
        (MEGABYTES | {"other of 8": 25}, "each has four bytes"),
        (MEGABYTES | {"ring of 8": 1.75}, "these are gradients"),
        ({key: value * 1e6 for key, value in MEGABYTES.items()}, "millions of bytes"),
        (MEGABYTES | {"master of 8": 123}, "what leaves this worker"),
        (MEGABYTES | {"ring of 8": 150}, "one n-th of 100 million"),
        (MEGABYTES | {"ring of 8": "many"}, "expected numbers"),
        (MEGABYTES | {"ring of 8": ...}, "replace the"),
        ({"ring of 8": 175}, "is missing"),
        (700, "expected a dict"),
    ],
    "21.3": [
        (MICROBATCHES | {"2 stages": 8}, r"idle for 11\.1%"),
        (MICROBATCHES | {"3 stages": 8}, r"idle for 20\.0%"),
        (MICROBATCHES | {"3 stages": 20}, r"\(p − 1\)/\(m \+ p − 1\)"),
        (MICROBATCHES | {"8 stages": 64}, "fewer are enough"),
        (MICROBATCHES | {"8 stages": 70}, r"m \+ p − 1"),
        (MICROBATCHES | {"8 stages": 62.5}, "whole number"),
        (MICROBATCHES | {"2 stages": 0}, "above 0"),
        (MICROBATCHES | {"2 stages": np.inf}, "is inf, expected a whole number"),
        (MICROBATCHES | {"2 stages": np.nan}, "is nan, expected a whole number"),
        (MICROBATCHES | {"2 stages": ...}, "replace the"),
        ({"2 stages": 9}, "is missing"),
        (9, "expected a dict"),
    ],
    "21.4": [
        (fastest_of(lambda n, batch, *rest: step_time(n, batch, *rest)), "a part of the batch"),
        (fastest_of(rightly, lambda most: np.arange(1, most)), "may be used too"),
        (fastest_of(lambda *given: -rightly(*given)), "a part of the batch"),
        (
            fastest_of(lambda n, batch, seconds, *rest: batch * seconds / n),
            "is not always fastest",
        ),
        (
            fastest_of(
                lambda n, batch, seconds, size, latency, width: rightly(n, batch, seconds, 0, latency, width)
            ),
            "the bytes are missing",
        ),
        (
            fastest_of(
                lambda n, batch, seconds, size, latency, width: rightly(n, batch, seconds, size, 0, width)
            ),
            "two more messages, each of the latency",
        ),
        (fastest_of(lambda n, batch, *rest: step_time(n, batch // n, *rest)), "may be a fraction"),
        (fastest_of(rightly, lambda most: np.arange(2, most + 1)), "is 2, expected 1"),
        (fastest_of(rightly, lambda most: np.arange(1, 1001)), "at most 32 workers"),
        (fastest_of(rightly, pair=lambda n, one, time, place: (n, round(one / time))), "is 4, expected 4.44"),
        (fastest_of(rightly, pair=lambda n, one, time, place: (place, one / time)), "add 1"),
        (fastest_of(rightly, pair=lambda n, one, time, place: (one / time, n)), "number of workers first"),
        (fastest_of(rightly, pair=lambda n, one, time, place: (n, time)), "seconds of its step"),
        (fastest_of(rightly, pair=lambda n, one, time, place: (n, time / one)), "the inverse"),
        (fastest_of(rightly, pair=lambda n, one, time, place: (n, one - time)), "expected a ratio"),
        (fastest_of(rightly, pair=lambda n, one, time, place: (n, n)), "talking cost nothing"),
        (fastest_of(rightly, pair=lambda n, one, time, place: n), "expected a dict"),
        (lambda batch: (1, 1), "TypeError"),
        (lambda *given: None, "returns None"),
        (lambda *given: ("many", 2), "expected numbers"),
        ((1, 1), "expected a function"),
        (..., "replace the|expected a function"),
    ],
}
