"""Checks of chapter 21, distributed training."""

import numpy as np

from helpers.checks.engine import Wrong, close, exercise, pure, refuse
from helpers.checks.reading import as_array, by_name, in_a_row, numbers


@exercise("21.1")
def gradient_of_unequal_parts(answer):
    """Judge a function of gradients (workers, numbers) and examples (workers,)."""
    rng = np.random.default_rng(211)
    for examples in ([5, 5], [1, 3], [40, 8, 16], [7, 0, 3, 10]):
        examples = np.array(examples)
        slopes = rng.normal(size=(len(examples), 6))
        slopes[examples == 0] = np.nan
        weighted = np.nansum(slopes * examples[:, None], axis=0)
        right = weighted / examples.sum()
        found = in_a_row(as_array(pure(answer, slopes, examples), None, "the result"))
        name, values = "for {examples} examples the result", {"examples": ", ".join(map(str, examples))}
        if found.shape == right.shape and np.isnan(found).any() and not examples.all():
            raise Wrong(
                "with {examples} examples the result holds nan: 0 · nan is nan, so leave out who has none",
                **values,
            )
        working, their_examples = slopes[examples > 0], examples[examples > 0, None]
        divided = np.sum(working / their_examples, axis=0) / examples.sum()
        slips = {
            "this is the sum of the gradients, expected a mean": working.sum(axis=0),
            "this is the plain mean: a worker with more examples counts more": working.mean(axis=0),
            "this still has to be divided by the number of all examples": weighted,
            "divide by the number of all examples, not of workers": weighted / len(examples),
            "each gradient is a mean already: multiply it by its examples, don't divide": divided,
            "there is one number a parameter, not one a worker": np.nanmean(slopes, axis=1),
        }
        close(found, right, name, slips, **values)


@exercise("21.3")
def smaller_bubble(answer):
    """Judge the least numbers of microbatches for a bubble of a tenth."""
    stages = {2: "2 stages", 3: "3 stages", 8: "8 stages"}
    for p, value in numbers(answer, stages, "the number for {key} stages").items():
        name = stages[p]
        if not (value >= 1 and value % 1 == 0):  # nor inf or nan
            raise Wrong("{name!r} is {value:g}, expected a whole number above 0", name=name, value=value)
        by_m, share, fewer = value == 10 * (p - 1), (p - 1) / (value + p - 1), (p - 1) / (value + p - 2)
        faults = {
            "with {value:g} microbatches {name} are idle for {share:.1%} of the time, more than a "
            "tenth": share > 0.1 + 1e-9,
            "{name!r} is {value:g}: the bubble is (p − 1)/(m + p − 1), with m + p − 1 below": by_m,
            "{name!r} is {value:g}: with one microbatch fewer the idle share is {fewer:.1%}, and fewer "
            "are enough": fewer <= 0.1 + 1e-9,
        }
        refuse(faults, name=name, value=value, share=share, fewer=fewer)


@exercise("21.4")
def fastest_number(answer):
    """Judge a function that returns the number of workers with the shortest step, and the speed-up."""
    for batch, seconds, size, latency, bandwidth, most in [
        (1000, 0.01, 1e9, 0.001, 1e9, 500),
        (1024, 0.001, 1e8, 1e-5, 1e10, 1000),
        (64, 1e-6, 1e8, 1e-3, 1e8, 50),  # talking takes longer than computing
        (5000, 0.01, 1e7, 1e-5, 1e9, 32),  # all that there are
    ]:
        n = np.arange(1, most + 1)
        talking = 2 * (n - 1) * latency + 2 * (n - 1) / n * size / bandwidth
        times = batch / n * seconds + talking
        best = int(times.argmin())
        arguments = batch, seconds, size, latency, bandwidth, most
        found = by_name(pure(answer, *arguments), ("workers", "speed-up"))
        name = "for a batch of {batch} and at most {most} workers the {what}"
        values = {"batch": batch, "most": most}
        plain = (batch * seconds / n + 2 * (n - 1) * latency).argmin() + 1
        uncut = (batch // n * seconds + talking).argmin() + 1
        slips = {
            "the last number, the most there are, may be used too": most - 1 if best + 1 == most else 0,
            "1 is best only where talking costs more than it saves: each worker has a part of the batch, and "
            "size and bandwidth are both in bytes": 1,
            "this is its place in a list that begins with 1 worker: add 1": best,
            "this is the speed-up: return the number of workers first": times[0] / times[best],
            "all that there are is not always fastest: each further worker costs two more messages, each "
            "of the latency": most,
            "the bytes are missing: 2(n − 1)/n times size / bandwidth": plain,
            "a worker's part of the batch may be a fraction: divide by /, without rounding": uncut,
        }
        close(found["workers"], best + 1, name, slips, rtol=0, atol=1e-6, what="number", **values)
        slips = {
            "this is the seconds of its step, expected how many times faster it is than one": times[best],
            "this is its time by that of one worker, expected the inverse": times[best] / times[0],
            "by as much is the step shorter, in seconds; expected a ratio": times[0] - times[best],
            "this is the number of workers, as if talking cost nothing": best + 1,
        }
        close(found["speed-up"], times[0] / times[best], name, slips, rtol=2e-3, what="speed-up", **values)
