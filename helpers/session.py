"""The start of every notebook: quiet TensorFlow, one seed, one figure style."""

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
    r"|E\d{4} [\d:.]+\s+\d+ util\.cc:\d+\] oneDNN supports DT_BOOL only)"
)


@contextmanager
def quiet_native_log():
    """Hold back the native libraries' information lines on file descriptor 2; let everything else through.

    Python's own warnings and tracebacks don't pass through here when the kernel has replaced
    `sys.stderr`; whatever else was written is written again when the block ends.
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


def begin(seed=42):
    """Load TensorFlow without its log lines, set every random seed and the course's figure style.

    Parameters
    ----------
    seed : int in [0, 2**32)
        Seed for Python, NumPy and TensorFlow.
    """
    # Later log lines of level INFO would end up in the notebook; warnings and errors still do.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    # The chapters' matrices are small: on two busy cores a second BLAS thread waits longer than it works
    # (1.5 to 2.9 ms in place of 0.12 ms for a training step of chapter 02).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Keras tells of it by itself when another back end is configured; the course is written for TensorFlow.
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with quiet_native_log():
        import keras
        import tensorflow as tf

        # oneDNN's one line about masks (DT_BOOL above) comes now, when it is held back.
        tf.transpose([[True]])

    from helpers import plotting

    keras.utils.set_random_seed(seed)
    plotting.use_course_style()
    # A path of this machine in a warning would make outputs differ between machines.
    warnings.formatwarning = _warning_without_path
    print(f"Ready. Random seed {seed}.")


def _warning_without_path(message, category, filename, lineno, line=None):
    return f"{category.__name__}: {message}\n"
