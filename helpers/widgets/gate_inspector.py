"""Chapter 09's inspector: the gates of an LSTM and its running verdict, word by word."""

import numpy as np

from helpers import reviewer_models
from helpers.plotting import BLUE
from helpers.widgets.controls import choice, slider
from helpers.widgets.explorer import axes_at, new_figure
from helpers.widgets.letters import counted, fitted
from helpers.widgets.review_reading import TextExplorer, in_words, label_of, name_words, read

MOST_SHOWN = 28  # Words in the picture; a slider moves through longer reviews.
MOST_UNITS = 8  # Of the lower heat map.
_FEWEST = 6  # Columns that fewer words leave empty.
_HEIGHT = 455  # Pixels.
GATES = ("forget gate", "input gate", "output gate")
DETAILS = (*GATES, "cell state")
_FROZEN = [("no gate", None)] + [(f"{gate} at {value}", (gate, value)) for gate in GATES for value in (0, 1)]


def draw(text, reviewers, detail, first, frozen=None):
    """Draw the probability of praise after each word, and the gates as heat maps: means, and one detail.

    `detail`, one of `DETAILS`, is that of the `MOST_UNITS` units that move the verdict most here. The first
    word shown is `first`, or an earlier one where fewer than `MOST_SHOWN` would be left. `frozen` is one of
    `GATES` and where it stands; the line as learned is drawn, too.
    """
    found, reading = read(text, reviewers, "lstm", frozen)
    learned = read(text, reviewers, "lstm")[1]
    fig = new_figure(height=_HEIGHT / 100)
    n = len(found.words)
    if n == 0:
        fig.text(0.5, 0.55, "no words yet", ha="center", fontsize=14, color="0.4")
        fig.text(0.5, 0.47, f"before any word: {in_words(reading.before)}", ha="center", fontsize=12)
        return fig
    first = int(np.clip(first, 0, max(0, n - MOST_SHOWN)))
    shown = slice(first, min(first + MOST_SHOWN, n))
    columns = max(shown.stop - first, _FEWEST)
    line = _axes(fig, 42, 75, columns)
    if frozen:
        line.plot(learned.probability[shown], ":", color="0.45")
    line.plot(reading.probability[shown], "o-", color=BLUE, markersize=5)
    line.axhline(0.5, color="black", linewidth=0.8, linestyle="--")
    line.set(ylim=(-0.06, 1.06))
    line.set_yticks((0, 0.5, 1), ("blame", "50%", "praise"), fontsize=10)
    part = f"words {first + 1} to {shown.stop} of {n:,}" if n > MOST_SHOWN else counted(n, "word")
    before = f"learned: {in_words(learned.verdict)}" if frozen else ""
    top = 1 - 18 / _HEIGHT
    fig.text(0.012, top, f"After the last word: {in_words(reading.verdict)}", fontsize=12, weight="bold")
    fig.text(0.47, top, before, fontsize=11, color="0.3")
    fig.text(0.985, top, part, fontsize=11, ha="right")
    means = np.array([reading.gates[name][shown].mean(axis=1) for name in GATES])
    gates = _heat_map(fig, 128, 50, columns, means, (0, 1), "viridis")
    gates.set_yticks(range(3), ["forget", "input", "output"], fontsize=10)
    units, at, moves = moving_units(learned, reviewers.readers["lstm"])
    values = reading.gates[detail][:, units]
    size = max(float(np.abs(values).max()), 1e-6)
    colours = ((0, 1), "viridis") if detail in GATES else ((-size, size), "RdBu_r")
    bottom = _heat_map(fig, 208, 15 * len(units), columns, values[shown].T, *colours)
    count = f"{len(units)} of {reading.gates[detail].shape[1]}"
    about = f"{detail}: the {count} units that move this verdict most, named by the word at which they do"
    fig.text(0.012, 1 - 198 / _HEIGHT, about, fontsize=9.5)
    names = [
        fitted(f"{unit + 1}: {'+' if move > 0 else '−'}{label_of(found.words[word], True)}", 9, 100)[0]
        for unit, word, move in zip(units, at, moves, strict=True)
    ]
    bottom.set_yticks(range(len(units)), names, fontsize=9)
    name_words(bottom, found, shown)
    return fig


def alt(text, reviewers, detail, first, frozen=None):
    """Say in a sentence what `draw` shows for the same state."""
    found, reading = read(text, reviewers, "lstm", frozen)
    if not found.words:
        return "No words yet, so there are no gates to show."
    means = ", ".join(f"{name} {reading.gates[name].mean():.2f}" for name in GATES)
    held = f" with the {frozen[0]} held at {frozen[1]:g}" if frozen else ""
    units, at, _ = moving_units(read(text, reviewers, "lstm")[1], reviewers.readers["lstm"])
    return (
        f"A line and two heat maps over {counted(len(found.words), 'word')}, seen from word {first + 1} on: "
        f"the probability of praise, which{held} ends at {reading.verdict:.2f}; the gates (means "
        f"over all words: {means}); the {detail} of {len(units)} of {reading.gates[detail].shape[1]} units, "
        f"the first of which moves most at word {at[0] + 1}."
    )


def moving_units(reading, reader):
    """Choose the units, `MOST_UNITS` at most, that move the verdict most while a text of some words is read.

    Returns the units, the one that moves it most first; the word at which each does; and by how much, in
    logits, positive towards praise.
    """
    says = reading.gates["output"] * reader.head[:, 0]  # (words, units)
    moves = np.diff(says, axis=0, prepend=0)
    units = np.argsort(-np.abs(moves).max(axis=0), kind="stable")[:MOST_UNITS]
    words = np.abs(moves).argmax(axis=0)[units]
    return units, words, moves[words, units]


class GateInspector(TextExplorer):
    """Type or choose a review; see an LSTM's running verdict and its gates, word by word.

    A model of another kind, or without a word index, is a ValueError.

    Parameters
    ----------
    model : keras.Model, optional
        The learner's own: Embedding, LSTM, Dense(1). Without it, the ones that ship with the course.
    word_index : dict of str to int, optional
        Needed with `model`: rank of every word, as `helpers.datasets.imdb_word_index` returns it.
    title : str
        What `model` was trained on, for the note.
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
            own = reviewer_models.Reviewers({"lstm": reader}, vocabulary)
        about_detail = "What the lower heat map shows for each unit of the LSTM."
        about_first = "The first word shown, for reviews that do not fit into the picture."
        about_frozen = "Holds a gate at 0 or 1, whatever the words are; the other weights stay as learned."
        controls = {
            "detail": choice("Unit by unit", DETAILS, about_detail),
            "frozen": choice("Freeze", _FROZEN, about_frozen),
            "first": slider("Words from", 0, 0, 0, about_first),
        }
        super().__init__(draw, alt, own, controls)

    def set(self, **state):
        """Move controls, `first` last, whose end depends on the text; then draw once."""
        super().set(**dict(sorted(state.items(), key=lambda move: move[0] == "first")))

    def _follow(self, moved):
        super()._follow(moved)
        slider = self.controls["first"]
        if moved is not slider:
            found, _ = read(self.controls["text"].value, self.reviewers, "lstm")
            slider.max = max(0, len(found.words) - MOST_SHOWN)
            slider.layout.display = None if slider.max else "none"


def _axes(fig, top, height, columns):
    """Add axes over so many words, `top` and `height` in pixels."""
    ax = axes_at(fig, 112, _HEIGHT - top - height, 525, height)
    ax.set(xlim=(-0.5, columns - 0.5), xticks=[])
    ax.tick_params(length=0)
    return ax


def _heat_map(fig, top, height, columns, values, limits, cmap):
    """Add axes with values as colours, and the bar that explains these."""
    ax = _axes(fig, top, height, columns)
    image = ax.imshow(values, cmap, aspect="auto", clim=limits, interpolation="nearest")
    ax.spines[:].set_visible(False)
    bar = fig.colorbar(image, cax=axes_at(fig, 647.5, _HEIGHT - top - height, 10.5, height))
    ticks = [limits[0], sum(limits) / 2, limits[1]]
    bar.set_ticks(ticks, labels=[_short(value) for value in ticks], fontsize=9)
    bar.outline.set_visible(False)
    return ax


def _short(value):
    text = f"{value:.1f}" if abs(value) >= 0.1 else f"{value:.2g}"
    return text.replace("-", "−") if value else "0"
