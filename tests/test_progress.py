"""One updating line for long work: what a notebook stores of it, and what a terminal shows."""

import io
import re
import subprocess
import sys
import time

import IPython.display
import numpy as np
import pytest

from helpers import progress
from helpers.progress import KerasProgress, Progress, track
from helpers.session import ROOT


@pytest.fixture
def notebook(monkeypatch):
    """Messages that a notebook would get: data, metadata, display id, update."""
    messages = []

    def publish(data, metadata=None, *, transient=None, update=False):
        messages.append((data, metadata, transient["display_id"], update))

    monkeypatch.setattr(progress, "_in_notebook", lambda: True)
    monkeypatch.setattr(IPython.display, "publish_display_data", publish)
    return messages


def line(message):
    return re.sub("<[^>]*>", "", message[0]["text/html"]).strip()


def test_track_yields_everything_once(notebook):
    assert list(track("abc", "Reading")) == ["a", "b", "c"]
    assert line(notebook[-1]) == "Reading: 3 of 3 steps · 0 s"


def test_track_needs_a_total_where_there_is_no_length(notebook):
    assert list(track(iter("abc"), "Reading", total=3, unit="letters")) == ["a", "b", "c"]
    assert line(notebook[-1]) == "Reading: 3 of 3 letters · 0 s"
    with pytest.raises(TypeError):
        list(track(iter("abc"), "Reading"))


def test_one_of_something_is_no_plural(notebook):
    assert list(track("a", "Training", unit="epochs")) == ["a"]
    assert notebook[0][0]["text/plain"] == "Training: 1 epoch"
    assert line(notebook[-1]) == "Training: 1 of 1 epoch · 0 s"


def test_a_long_epoch_is_seen_to_move(notebook):
    with Progress(8, "Training", unit="epochs") as shown:
        shown._next = 0
        shown.advance(0.3)
        assert line(notebook[-1]).startswith("Training: 0.3 of 8 epochs")
        shown.advance(7.7)
    assert line(notebook[-1]).startswith("Training: 8 of 8 epochs")


def test_one_line_is_replaced(notebook):
    with Progress(3, "Training", unit="epochs") as shown:
        shown._next = 0
        shown.advance(loss="0.500")
    assert [update for *_, update in notebook] == [False, True, True, True]
    assert len({display_id for _, _, display_id, _ in notebook}) == 1
    assert line(notebook[2]) == line(notebook[3]) == "Training: 1 of 3 epochs · loss 0.500 · 0 s"
    assert "<progress" in notebook[2][0]["text/html"] and "<progress" not in notebook[3][0]["text/html"]


def test_plain_text_never_varies(notebook):
    for _ in track(range(3), "Counting"):
        pass
    assert {data["text/plain"] for data, *_ in notebook} == {"Counting: 3 steps"}
    # nbval compares the first message with what the committed notebook keeps.
    assert notebook[0][0].keys() == {"text/plain"}
    assert all(metadata == {"committed": ["text/plain"]} for _, metadata, *_ in notebook)


def test_many_steps_send_few_messages(notebook):
    started = time.monotonic()
    for _ in track(range(100_000), "Counting"):
        pass
    assert len(notebook) <= 4 + (time.monotonic() - started) / 0.1


def test_an_error_leaves_the_line_saying_so(notebook):
    with pytest.raises(ZeroDivisionError), Progress(3, "Training") as shown:
        shown.advance()
        1 / 0  # noqa: B018
    assert line(notebook[-1]) == "Training: 1 of 3 steps · 0 s · stopped"


def test_labels_are_text_not_html(notebook):
    list(track([1], "a < b"))
    assert "a &lt; b" in notebook[-1][0]["text/html"]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_rewrites_its_line(monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with Progress(10, "Reading") as shown:
        shown._next = 0
        shown.advance(10, file="a_long_name")
        shown._values = {}
    lines = terminal.getvalue().split("\r")
    assert terminal.getvalue().count("\n") == 1 and terminal.getvalue().endswith("\n")
    assert lines[-2].rstrip() == "Reading: 10 of 10 steps · file a_long_name · 0 s"
    # Blanks wipe out the longer line before.
    assert len(lines[-1].rstrip("\n")) == len(lines[-2])


def test_a_file_gets_the_last_line_only(monkeypatch):
    monkeypatch.setattr(sys, "stderr", file := io.StringIO())
    assert list(track(range(3), "Reading")) == [0, 1, 2]
    assert file.getvalue() == "Reading: 3 of 3 steps · 0 s\n"


def test_import_loads_neither_keras_nor_ipython():
    code = "import sys, helpers.progress; print({'keras', 'tensorflow', 'IPython'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "set()\n"


def test_keras_progress_shows_epochs_loss_and_accuracy(notebook):
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    X = np.random.default_rng(0).standard_normal((64, 2)).astype("float32")
    t = (X[:, :1] > 0).astype("float32")
    history = model.fit(
        X, t, epochs=3, batch_size=8, verbose=0, validation_data=(X, t), callbacks=[KerasProgress("Training")]
    )
    assert notebook[0][0] == {"text/plain": "Training: 3 epochs"}
    last = {name: values[-1] for name, values in history.history.items()}
    assert re.fullmatch(
        rf"Training: 3 of 3 epochs · accuracy {last['accuracy']:.1%} · loss {last['loss']:.3f}"
        rf" · held-out accuracy {last['val_accuracy']:.1%} · held-out loss {last['val_loss']:.3f} · \d+ s",
        line(notebook[-1]),
    )
