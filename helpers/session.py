"""The start of every notebook: quiet TensorFlow, Keras as the course needs it, one seed, one figure style."""

import contextlib
import ctypes
import importlib.util
import io
import json
import logging
import os
import re
import sys
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""Folder of the course: the one that holds `helpers/`, `notebooks/` and `data/`."""

# TensorFlow's native code logs to file descriptor 2, past Python, in absl's format
# "I0000 00:00:1795207013.321436 5393 port.cc:153] ..." or the older "2026-11-20 20:36:00.1: I ...".
_NATIVE_LOG = re.compile(
    r"^(WARNING: All log messages before absl"
    r"|[IW]\d{4} \d\d:\d\d:"
    r"|\d{4}-\d\d-\d\d [\d:.]+: [IW] "
    r"|To enable the following instructions:"
    # Said of a mask's transposition on many processors; it then does it in another way.
    r"|E\d{4} [\d:.]+\s+\d+ util\.cc:\d+\] oneDNN supports DT_BOOL only"
    # Said by the converter to LiteRT and by its interpreter.
    r"|fully_quantize: |INFO: Created TensorFlow Lite)"
)


@contextmanager
def quiet_native_log():
    """Hold back the native libraries' information lines on file descriptor 2.

    Whatever else was written there is written again when the block ends. In a kernel, which has replaced
    `sys.stderr`, Python's own warnings and tracebacks don't pass through here.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines():
                if line.strip() and not _NATIVE_LOG.match(line):
                    os.write(2, f"{line}\n".encode())


@contextmanager
def quiet_converter():
    """Hold back what Keras' export, the converter to LiteRT and its interpreter say; errors pass.

    They print each variable's address, and warn of a package to come (`ai-edge-litert`).
    """
    with quiet_native_log(), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(before)


KERAS = {"backend": "tensorflow", "floatx": "float32", "epsilon": 1e-07, "image_data_format": "channels_last"}
"""What the course's code and shipped weights are written for."""

# They cut every training short, or put another Keras in place of Keras 3.
_SWITCHES = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "KERAS_NNX_ENABLED", "TF_USE_LEGACY_KERAS")


class RestartNeededError(RuntimeError):
    """The kernel is in a state that no code can change; shown as its sentence, without a traceback."""

    def _render_traceback_(self):  # IPython asks for this name.
        return [str(self)]


def keras_leftovers():
    """Find what another course or program has set for Keras on this machine: other values than `KERAS`, and
    where they stand, such as ["floatx float64 (keras.json)"].
    """
    wanted, said = KERAS | {"nnx_enabled": False}, {}
    found = [f"{name} {os.environ[name]:.20}" for name in _SWITCHES if os.environ.get(name)]
    # Where Keras itself looks.
    home = Path.home() if os.access(Path.home(), os.W_OK) else Path("/tmp")
    folder = Path(os.environ.get("KERAS_HOME", home / ".keras")).expanduser()
    try:
        settings = json.loads((folder / "keras.json").read_text(encoding="utf-8"))
        said = {name: (value, "keras.json") for name, value in dict.items(settings) if name in wanted}
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError, RecursionError):
        found.append("a keras.json that holds no settings")
    if backend := os.environ.get("KERAS_BACKEND"):
        said["backend"] = (backend, "KERAS_BACKEND")
    for name, (value, place) in said.items():
        if value != wanted[name]:
            found.append(f"{name} {value!s:.20} ({place})")
    return found


def load_keras():
    """Import TensorFlow and Keras without log lines, with the settings of `KERAS` whatever the machine says.

    They hold for this process; nothing is written. Returns the settings that held before, worded as by
    `keras_leftovers`. Raises RestartNeededError if Keras was imported before with another backend.
    """
    begun = any(name.startswith("keras.") for name in sys.modules)
    found = [] if begun else keras_leftovers()
    for name in _SWITCHES:
        os.environ.pop(name, None)
    os.environ["KERAS_BACKEND"] = KERAS["backend"]
    # Later log lines of level INFO would end up in the notebook; warnings and errors still do.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    former = os.environ.get("KERAS_HOME")
    with tempfile.TemporaryDirectory() as empty, quiet_native_log():
        # Keras stops at a keras.json that it cannot use: it is kept from seeing one.
        if any("keras.json" in text for text in found):
            os.environ["KERAS_HOME"] = empty
        try:
            import keras
            import tensorflow as tf

            backend = keras.config.backend()
        except Exception:
            if not begun:
                raise
            backend = "another backend"
        finally:
            os.environ.pop("KERAS_HOME", None)
            if former is not None:
                os.environ["KERAS_HOME"] = former
        if backend != KERAS["backend"]:
            raise RestartNeededError(
                f"Before this cell ran, Keras was loaded with {backend}, not {KERAS['backend']}, which "
                "cannot be changed any more: restart the kernel (menu Kernel, Restart Kernel), then run this "
                "cell first."
            )
        # oneDNN's one line about masks (DT_BOOL above) comes now, when it is held back.
        tf.transpose([[True]])
    for name in ("floatx", "epsilon", "image_data_format", "dtype_policy"):
        value = getattr(keras.config, name)()
        value, wanted = getattr(value, "name", value), KERAS.get(name, KERAS["floatx"])
        if value != wanted:
            found.append(f"{name} {value} (this kernel)")
        getattr(keras.config, f"set_{name}")(wanted)
    return found


def begin(seed=42):
    """Load TensorFlow without its log lines, set every random seed and the course's figure style.

    Settings of Keras and matplotlib that other courses left on the machine do not reach the notebook. Where
    Keras was imported before with another backend, it is a RestartNeededError.

    Parameters
    ----------
    seed : int in [0, 2**32)
        Seed for Python, NumPy and TensorFlow.
    """
    # The chapters' matrices are small: on two busy cores a second BLAS thread waits longer than it works
    # (1.5 to 2.9 ms in place of 0.12 ms for a training step of chapter 02).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_freed_memory()
    _load_matplotlib()
    found = load_keras()

    import keras

    from helpers import plotting

    keras.utils.set_random_seed(seed)
    plotting.use_inline_figures()
    plotting.use_course_style()
    # A path of this machine in a warning would make outputs differ between machines.
    warnings.formatwarning = lambda message, category, *_: f"{category.__name__}: {message}\n"
    if found:
        now = ", ".join(f"{name} {value}" for name, value in KERAS.items())
        print(f"Keras was set otherwise: {', '.join(found)}. In this session: {now}. No file was changed.")
    print(f"Ready. Random seed {seed}.")


def keep_freed_memory():
    """Let a cell use memory again that it has freed; hand it back to the system when the cell ends.

    Linux' C library asks the system for every large array anew, which first clears its pages. Where that
    is slow, as on virtual machines, a training step of chapter 12 takes a third less time without. Between
    cells only what is in use is kept, so that a room's server has room. GNU's `mallopt` and `malloc_trim` are
    described in its manual pages; on other systems nothing happens.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if not hasattr(library, "mallopt"):  # nor has musl, the C library of Alpine Linux
        return
    from IPython import get_ipython

    mmap_max, trim_threshold = -4, -1  # from GNU's malloc.h
    kept = library.mallopt(mmap_max, 0) and library.mallopt(trim_threshold, 2**31 - 1)
    if kept and (shell := get_ipython()):
        shell.events.register("post_run_cell", _hand_back)


def _hand_back(_=None):
    ctypes.CDLL(None).malloc_trim(0)


def _load_matplotlib():
    from IPython import get_ipython

    # The environment may name a backend that draws nothing here, or one that stops the import.
    if hasattr(get_ipython(), "kernel"):
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    # matplotlib looks for a settings file in the working folder first: in this one it finds its own.
    defaults = Path(importlib.util.find_spec("matplotlib").origin).parent / "mpl-data"
    with contextlib.chdir(defaults):
        import matplotlib  # noqa: F401
