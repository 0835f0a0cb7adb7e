"""Chapter 09's reviewer: one sentence, three opinions."""

from helpers.plotting import BLUE, GREEN, ORANGE
from helpers.reviewer_models import NAMES
from helpers.widgets.explorer import new_figure
from helpers.widgets.letters import counted
from helpers.widgets.review_reading import TextExplorer, in_words, name_words, read

MOST_SHOWN = 24  # Words in the picture; of a longer review the last ones.
_STYLES = {"bag": (ORANGE, "s", ":"), "rnn": (GREEN, "^", "--"), "lstm": (BLUE, "o", "-")}


def draw(text, reviewers):
    """Draw the verdicts of three readers as bars, and how each came about as a line over the words."""
    found, _ = read(text, reviewers, "bag")
    readings = {name: read(text, reviewers, name)[1] for name in NAMES}
    fig = new_figure(height=5.0)
    bars = fig.add_axes((0.17, 0.68, 0.66, 0.24))
    for i, (name, reading) in enumerate(readings.items()):
        bars.barh(i, reading.verdict - 0.5, left=0.5, color=_STYLES[name][0], height=0.62)
        bars.text(1.04, i, in_words(reading.verdict), va="center", fontsize=11)
    bars.axvline(0.5, color="black", linewidth=1)
    bars.set(xlim=(0, 1), ylim=(2.5, -0.5))
    bars.set_xticks((0, 0.5, 1), ("blame", "undecided", "praise"))
    bars.set_yticks(range(3), NAMES.values(), fontsize=11)
    bars.tick_params(length=0)
    bars.set_title("Probability of praise after the last word", loc="left", fontsize=12)
    if not found.words:
        fig.text(0.5, 0.3, "no words yet", ha="center", fontsize=12, color="0.4")
        return fig
    first = max(0, len(found.words) - MOST_SHOWN)
    lines = fig.add_axes((0.12, 0.3, 0.85, 0.25))
    for name, reading in readings.items():
        colour, marker, style = _STYLES[name]
        lines.plot(reading.probability[first:], marker + style, color=colour, markersize=5)
    lines.axhline(0.5, color="black", linewidth=0.8)
    lines.set(ylim=(-0.05, 1.05), xlim=(-0.6, max(len(found.words) - first, 8) - 0.4))
    lines.set_yticks((0, 0.5, 1), ("blame", "50%", "praise"))
    lines.tick_params(axis="y", length=0)
    name_words(lines, found, slice(first, None))
    more = f", the last {MOST_SHOWN} of {len(found.words):,}" if first else ""
    lines.set_title(f"The same after each word{more}", loc="left", fontsize=12)
    return fig


def alt(text, reviewers):
    """Say in a sentence what `draw` shows for the same state."""
    readings = {title: read(text, reviewers, name)[1] for name, title in NAMES.items()}
    verdicts = ", ".join(f"{title} {in_words(reading.verdict)}" for title, reading in readings.items())
    words = counted(len(readings["LSTM"].probability), "word")
    return f"Three bars and three lines over {words}. Probability of praise: {verdicts}."


class Reviewer(TextExplorer):
    """Type a sentence; see what a bag of words, a SimpleRNN and an LSTM make of it.

    The models ship with the course. Where IMDB's word index is found, those trained on IMDB can be chosen
    beside those trained on made-up reviews.
    """

    def __init__(self):
        super().__init__(draw, alt)
