"""How long something takes, in units of something else: seconds differ between machines and their loads."""

import time

from helpers.widgets.explorer import new_figure, png_of


def in_blank_pictures(work, times=5):
    """Measure work in units of drawing one pair of empty axes as PNG.

    Parameters
    ----------
    work : callable
        `work(i)` for i = 0 ... times - 1.
    times : int

    Returns
    -------
    ratio : float
        CPU seconds of the quickest of `times` runs of `work` over those of the quickest blank picture;
        the two take turns.
    """
    seconds = {"work": [], "blank": []}
    for i in range(times):
        for name, act in (("work", lambda i=i: work(i)), ("blank", _blank_picture)):
            begun = time.process_time()
            act()
            seconds[name].append(time.process_time() - begun)
    return min(seconds["work"]) / min(seconds["blank"])


def _blank_picture():
    fig = new_figure(height=4)
    fig.add_axes((0.1, 0.1, 0.8, 0.8))
    png_of(fig, few_colours=True)
