"""Chapter 09's inspector: the gates of an LSTM and its running verdict, word by word."""

import numpy as np

from helpers import reviewer_models
from helpers.plotting import BLUE
from helpers.widgets.controls import choice, slider
from helpers.widgets.explorer import new_figure
from helpers.widgets.letters import name_columns
from helpers.widgets.review_reading import TextExplorer, in_words, label_of, read

MOST_SHOWN = 28
"""Words in the picture; a slider moves through longer reviews."""

_FEWEST = 6  # Columns that fewer words leave empty.

GATES = ("forget gate", "input gate", "output gate")
DETAILS = (*GATES, "cell state")


def draw(text, reviewers, detail, first):
    """Draw the probability of praise after each word, and the gates as a heat map.

    Parameters
    ----------
    text : str
    reviewers : helpers.reviewer_models.Reviewers
        With an LSTM.
    detail : str
        One of `DETAILS`: what the lower heat map shows unit by unit.
    first : int
        The first word shown; moved back where fewer than `MOST_SHOWN` words would be left.

    Returns
    -------
    matplotlib.figure.Figure
        Three axes over the same words and two colour bars: probability, mean of each gate, `detail` of every
        unit. Without words, a text.
    """
    found, reading = read(text, reviewers, "lstm")
    fig = new_figure(height=5.6)
    n = len(found.words)
    if n == 0:
        fig.text(0.5, 0.55, "no words yet", ha="center", fontsize=14, color="0.4")
        fig.text(0.5, 0.47, f"before any word: {in_words(reading.before)}", ha="center", fontsize=12)
        return fig
    first = int(np.clip(first, 0, max(0, n - MOST_SHOWN)))
    shown = slice(first, first + MOST_SHOWN)
    words, known = found.words[shown], found.known[shown]
    left, width = 0.13, 0.78
    limits = (-0.5, max(len(words), _FEWEST) - 0.5)
    line = fig.add_axes((left, 0.69, width, 0.2))
    line.plot(reading.probability[shown], "o-", color=BLUE, markersize=5)
    line.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
    line.set(xlim=limits, ylim=(-0.06, 1.06), xticks=[])
    line.set_yticks((0, 0.5, 1), ("blame", "50%", "praise"), fontsize=10)
    line.tick_params(length=0)
    where = f"words {first + 1} to {first + len(words)} of {n:,}" if n > MOST_SHOWN else f"{n} words"
    verdict = reading.probability[-1]
    fig.text(0.012, 0.945, f"After the last word: {in_words(verdict)}", fontsize=12, weight="bold")
    fig.text(0.985, 0.945, where, fontsize=11, ha="right")
    means = np.array([reading.gates[name][shown].mean(axis=1) for name in GATES])
    top = fig.add_axes((left, 0.535, width, 0.125))
    image = _heat_map(top, means, (0, 1), "viridis", limits)
    top.set_yticks(range(3), ["forget", "input", "output"], fontsize=10)
    _colour_bar(fig, image, (left + width + 0.015, 0.535, 0.015, 0.125))
    bottom = fig.add_axes((left, 0.235, width, 0.265))
    values = reading.gates[detail]
    is_gate = detail in GATES
    size = max(float(np.abs(values).max()), 1e-6)
    colours = ((0, 1), "viridis") if is_gate else ((-size, size), "RdBu_r")
    image = _heat_map(bottom, values[shown].T, *colours, limits)
    bottom.set_ylabel(f"units: {detail}", fontsize=10)
    bottom.set_yticks([])
    _colour_bar(fig, image, (left + width + 0.015, 0.235, 0.015, 0.265))
    labels = [label_of(word, k) for word, k in zip(words, known, strict=True)]
    name_columns(bottom, labels, known)
    return fig


def alt(text, reviewers, detail, first):
    """Say in a sentence what `draw` shows for the same state."""
    found, reading = read(text, reviewers, "lstm")
    if not found.words:
        return "No words yet, so there are no gates to show."
    means = ", ".join(f"{name} {reading.gates[name].mean():.2f}" for name in GATES)
    return (
        f"A line and two heat maps over {len(found.words):,} words, seen from word {first + 1} on: the "
        f"probability of praise, which ends at {reading.probability[-1]:.2f}; the gates (means over all "
        f"words: {means}); the {detail} of each of {reading.gates[detail].shape[1]} units."
    )


class GateInspector(TextExplorer):
    """Type or choose a review; see an LSTM's running verdict and its gates, word by word.

    Parameters
    ----------
    model : keras.Model, optional
        The learner's own: Embedding, LSTM, Dense(1). Without it, the ones that ship with the course.
    word_index : dict of str to int, optional
        Needed with `model`: rank of every word, as `helpers.datasets.imdb_word_index` returns it.
    title : str
        What `model` was trained on, for the note.

    Raises
    ------
    ValueError
        If the model is of another kind, or comes without word index.
    """

    def __init__(self, model=None, word_index=None, title="the reviews of this chapter"):
        own = None
        if model is not None:
            if word_index is None:
                raise ValueError("a model of your own needs word_index=imdb_word_index(), to know its words")
            reader = reviewer_models.reader_of(model)
            if not reader.is_lstm:
                raise ValueError("the model has no LSTM: its gates cannot be shown")
            vocabulary = reviewer_models.Vocabulary.of_word_index(word_index, title, len(reader.embedding))
            own = reviewer_models.Reviewers({"lstm": reader}, vocabulary, {})
        about_detail = "What the lower heat map shows for each unit of the LSTM."
        about_first = "The first word shown, for reviews that do not fit into the picture."
        controls = {
            "detail": choice("Unit by unit", DETAILS, about_detail),
            "first": slider("Words from", 0, 0, 0, about_first),
        }
        super().__init__(draw, alt, reader="lstm", rows=3, own=own, controls=controls)

    def set(self, **state):
        """Move controls, then draw once; see `Explorer.set`."""
        # The slider's end depends on the text.
        super().set(**{name: state[name] for name in sorted(state, key=lambda name: name == "first")})

    def _follow(self, moved):
        super()._follow(moved)
        slider = self.controls["first"]
        if moved is not slider:
            found, _ = read(self.controls["text"].value, self.reviewers, "lstm")
            slider.max = max(0, len(found.words) - MOST_SHOWN)


def _heat_map(ax, values, value_limits, cmap, limits):
    image = ax.imshow(values, cmap, aspect="auto", clim=value_limits, interpolation="nearest")
    ax.set(xlim=limits, xticks=[])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image


def _colour_bar(fig, image, place):
    bar = fig.colorbar(image, cax=fig.add_axes(place))
    low, high = image.get_clim()
    bar.set_ticks([low, (low + high) / 2, high])
    bar.ax.set_yticklabels([_short(value) for value in bar.get_ticks()], fontsize=9)
    bar.outline.set_visible(False)


def _short(value):
    return f"{value:.1f}".replace("-", "−") if value else "0"
