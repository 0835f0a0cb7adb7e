"""Long work shows where it is in one line that is updated, and leaves one line when done."""

import html
import sys
import time
import uuid

_EVERY = 0.1  # Seconds between two updates of the line.
COMMITTED = "committed"
"""Key in an output's metadata: the MIME types that the notebook in the repository keeps of this output.

A live output holds more than a stored one should: a widget's random id (a reader whose kernel has not made
the widget would see "model not found" instead of the picture) or measured seconds. The notebook builder drops
every other MIME type of an output that carries this key.
"""


class Progress:
    """One line that says how far a long job is.

    In a notebook the line is a part of the cell's output that is replaced; its plain text never varies, so
    that two runs can be compared. In a terminal it is rewritten in place. Where output goes to a file, only
    the last line is written.

    Parameters
    ----------
    total : int
        Number of steps of the whole job.
    label, unit : str
        What is going on, "Training"; what is counted, as a plural: "steps", "epochs", "digits".

    Examples
    --------
    >>> with Progress(10, "Training", unit="epochs") as progress:
    ...     for epoch in range(10):
    ...         loss = train()
    ...         progress.advance(loss=f"{loss:.3f}")
    """

    def __init__(self, total, label, unit="steps"):
        self.total, self.done = total, 0
        self._label = label
        self._unit = unit.removesuffix("s") if total == 1 else unit
        self._values, self._next = {}, 0.0

    def __enter__(self):
        self._started = time.monotonic()
        text = f"{self._label}: {self.total} {self._unit}"
        self._line = _NotebookLine(text) if _in_notebook() else _TerminalLine()
        self._write()
        return self

    def __exit__(self, error_type, *_):
        self._write(last=True, stopped=error_type is not None)

    def advance(self, steps=1, **values):
        """Count steps done since the last call; show values by name behind the count until replaced."""
        self.done += steps
        self._values.update(values)
        if time.monotonic() >= self._next:
            self._write()

    def _write(self, last=False, stopped=False):
        done = f"{min(self.done, self.total):.1f}".removesuffix(".0")
        parts = [f"{self._label}: {done} of {self.total} {self._unit}"]
        parts += [f"{name} {value}" for name, value in self._values.items()]
        parts.append(f"{time.monotonic() - self._started:.0f} s")
        if stopped:
            parts.append("stopped")
        self._line.write(" · ".join(parts), self.done / self.total if self.total else 1.0, last)
        self._next = time.monotonic() + _EVERY


def track(iterable, label, total=None, unit="steps"):
    """Yield the items of an iterable and show how many have been worked on.

    Parameters
    ----------
    iterable : iterable
    label, unit : str
        What is going on; what is counted.
    total : int, optional
        Number of items; where `len(iterable)` is not known, its lack is a TypeError.
    """
    if total is None and not hasattr(iterable, "__len__"):
        raise TypeError(
            f"track got {type(iterable).__name__}; expected a list or range(n), or total= for a generator"
        )
    with Progress(len(iterable) if total is None else total, label, unit) as progress:
        for item in iterable:
            yield item
            progress.advance()


def KerasProgress(label):
    """Make a Keras callback that shows epoch, loss, accuracy and seconds of `fit(verbose=0)` in one line.

    Parameters
    ----------
    label : str
        What is going on: "Training".
    """
    import keras

    class _KerasProgress(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self._progress = Progress(self.params["epochs"], label, "epochs").__enter__()

        def on_train_batch_end(self, batch, logs=None):
            # Keras does not know the number of steps of a generator in its first epoch.
            if steps := self.params.get("steps"):
                self._progress.advance(self._epoch + (batch + 1) / steps - self._progress.done)

        def on_epoch_begin(self, epoch, logs=None):
            self._epoch = epoch

        def on_epoch_end(self, epoch, logs=None):
            values = {name.replace("val_", "held-out "): _format(name, value) for name, value in logs.items()}
            self._progress.advance(epoch + 1 - self._progress.done, **values)

        def on_train_end(self, logs=None):
            self._progress.__exit__(None)

    return _KerasProgress()


def _format(name, value):
    return f"{value:.1%}" if name.endswith("accuracy") else f"{value:.3f}"


def _in_notebook():
    # Where IPython is not loaded there is no notebook; importing it would take longer than many a job.
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


class _NotebookLine:
    def __init__(self, text):
        self._text, self._transient = text, {"display_id": uuid.uuid4().hex}
        # The first message holds the text that never varies and nothing else: it is what nbval compares.
        self._publish({})

    def write(self, text, share, last):
        bar = "" if last else f'<progress value="{share:.3f}" max="1" style="width: 10em"></progress> '
        self._publish({"text/html": f"<div>{bar}{html.escape(text)}</div>"}, update=True)

    def _publish(self, data, **how):
        from IPython.display import publish_display_data

        data = {"text/plain": self._text, **data}
        publish_display_data(data, {COMMITTED: ["text/plain"]}, transient=self._transient, **how)


class _TerminalLine:
    _length = 0

    def write(self, text, share, last):
        if sys.stderr.isatty():
            # Blanks cover what is left of a longer line.
            sys.stderr.write("\r" + text.ljust(self._length) + ("\n" if last else ""))
            sys.stderr.flush()
            self._length = len(text)
        elif last:
            sys.stderr.write(text + "\n")
