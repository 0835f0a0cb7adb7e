"""On a graphics processor Keras hands LSTM and GRU to cuDNN, which refuses a mask unless padding comes last.

No such processor is at hand here, so Keras' own test of the mask is called wherever cuDNN would be used.
The chapters' code runs on few rows: what it learns is of no interest, only whether a layer refuses its mask.
"""

import contextlib
import importlib
import inspect

import build
import keras
import matplotlib.pyplot as plt
import pytest
import tensorflow as tf
from exercise_twins import twin_of
from keras.src import backend

from helpers import datasets
from helpers.session import begin

ROWS = 64
RNN = importlib.import_module("keras.src.backend.tensorflow.rnn")


def refuse_as_cudnn_does(monkeypatch):
    """Call Keras' test of masks where cuDNN would be used, then go on as without; return the calls."""
    calls = []
    for name in ("lstm", "gru"):
        places = list(inspect.signature(getattr(RNN, name)).parameters)

        def refusing(*given, places=places, **named):
            mask = (dict(zip(places, given, strict=False)) | named).get("mask")
            if mask is not None:
                RNN._assert_valid_mask(mask)
            calls.append(mask)
            raise NotImplementedError

        monkeypatch.setattr(backend, name, refusing)
    return calls


def few(data):
    """The first rows of an array, of a list of arrays, or of a data set of batches."""
    if isinstance(data, list | tuple):
        return type(data)(few(part) for part in data)
    return data.take(1) if hasattr(data, "take") and not hasattr(data, "dtype") else data[:ROWS]


@pytest.fixture
def no_graphs():
    """For 64 rows the making of graphs would take most of the time."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def on_few_rows(monkeypatch):
    fit, evaluate = keras.Model.fit, keras.Model.evaluate

    def short_fit(model, x, y=None, *_, **__):
        return fit(model, few(x), None if y is None else few(y), verbose=0)

    def short_evaluate(model, x, y=None, *_, **__):
        return evaluate(model, few(x), None if y is None else few(y), verbose=0)

    monkeypatch.setattr(keras.Model, "fit", short_fit)
    monkeypatch.setattr(keras.Model, "evaluate", short_evaluate)
    monkeypatch.setattr("helpers.plotting.show", lambda fig, alt: None)  # It wants a notebook.
    load = datasets.load_imdb
    monkeypatch.setattr(
        datasets, "load_imdb", lambda **how: tuple((x[:ROWS], y[:ROWS]) for x, y in load(**how))
    )
    # A network that has seen 64 rows reaches no band; the cell behind one goes on.
    monkeypatch.setattr("helpers.checks.assert_between", lambda *_, **__: None)


@pytest.mark.parametrize("padding", ["pre", "post"])
def test_the_stand_in_refuses_padding_in_front(padding, monkeypatch):
    refuse_as_cudnn_does(monkeypatch)
    x = keras.utils.pad_sequences([[3, 4], [5]], 3, padding=padding)
    model = keras.Sequential([keras.layers.Embedding(9, 2, mask_zero=True), keras.layers.GRU(2)])
    if padding == "post":
        assert model.predict(x, verbose=0).shape == (2, 2)
    else:
        with pytest.raises(Exception, match="right-padded"):
            model.predict(x, verbose=0)


@pytest.mark.parametrize(
    "chapter", [pytest.param(number, marks=pytest.mark.chapter(number)) for number in (9, 11)]
)
def test_no_mask_of_a_chapter_is_refused(chapter, no_graphs, monkeypatch):
    calls = refuse_as_cudnn_does(monkeypatch)
    on_few_rows(monkeypatch)
    monkeypatch.chdir(build.NOTEBOOKS)
    begin(seed=42)
    names = {}
    for cell in build.read_twin(twin_of(chapter)).cells:
        if cell.cell_type == "code" and "setup" not in cell.metadata.get("tags", []):
            # Nor does it pass a plain assert, and it may answer with nothing.
            with contextlib.suppress(AssertionError, IndexError):
                exec(cell.source, names)
    plt.close("all")  # What was not shown would be found open by the next test.
    assert len(calls) >= 2
