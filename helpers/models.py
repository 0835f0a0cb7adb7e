"""Trained models on disk: written whole, with a card that says what they are, checked when they come back."""

import hashlib
import json
import math
import platform
import time
import warnings
from datetime import date
from importlib.metadata import version
from pathlib import Path

from helpers.safe_files import locked, written_whole
from helpers.settings import path_setting

WHOLE_MODEL = ".keras"
WEIGHTS = ".weights.h5"


class ModelFileError(ValueError):
    """A model's file is missing, damaged or of another model. One sentence says which, and what to do."""


def models_folder():
    """Where the learner's own models are kept: `COURSE_MODELS_DIR`, or `data/models` of the course."""
    return path_setting("COURSE_MODELS_DIR", "data/models")


def card_path(path):
    """Return where the card of a model's file is: beside it, `NAME.card.json`."""
    path = Path(path)
    return path.with_name(f"{path.name}.card.json")


def save_model(model, path, *, data, accuracy, seconds, recipe="", **more):
    """Save a model and its card; the optimizer's state is left out.

    Parameters
    ----------
    model : keras.Model
        Built. For `.keras` of Keras' own layers, so that it can be loaded without the code that made it.
    path : str or Path
        Ends in `.keras` for the whole model, in `.weights.h5` for its weights only.
    data : str
        What it was trained on.
    accuracy : float in [0, 1], or dict of str to float in [0, 1]
        Measured on data that it was not trained on; several by name.
    seconds : float
        What the training took.
    recipe : str
        How it was trained, or the command that does it again.
    **more
        Further entries of the card; strings, numbers, lists and dicts.

    Returns
    -------
    path : Path

    Raises
    ------
    ValueError
        If the ending, an accuracy or the seconds make no sense, or the model is not built.
    OSError
        If the folder cannot be written. What stood there before is still there then.
    """
    path = Path(path)
    _ending(path)
    if not model.built:
        raise ValueError("the model has no weights yet: call it on some inputs, or give it a keras.Input")
    for name, value in accuracy.items() if isinstance(accuracy, dict) else [("accuracy", accuracy)]:
        if not 0 <= value <= 1:  # also catches NaN
            raise ValueError(f"{name}={value!r}: expected a share of right answers from 0 to 1")
    if not 0 <= seconds < math.inf:
        raise ValueError(f"seconds={seconds!r}: expected the seconds that training took")
    card = {
        "file": path.name,
        "saved": date.today().isoformat(),
        "data": data,
        "accuracy": _plain(accuracy),
        "seconds": round(float(seconds), 1),
        "recipe": recipe,
        "parameters": int(model.count_params()),
        "layers": [layer.__class__.__name__ for layer in model.layers],
        "weights": _shapes(model),
        "versions": _versions(),
    } | {name: _plain(value) for name, value in more.items()}
    # One writer at a time, or a file could be left with the other one's card.
    with locked(path, 10), written_whole(path) as temporary, written_whole(card_path(path)) as temporary_card:
        bare = _without_optimizer(model)
        if _ending(path) == WHOLE_MODEL:
            bare.save(temporary)
        else:
            bare.save_weights(temporary, overwrite=True)
        card |= {"sha256": _sha256(temporary), "bytes": temporary.stat().st_size}
        temporary_card.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load_model(path):
    """Load a whole model; it is not compiled.

    Parameters
    ----------
    path : str or Path
        A `.keras` file. Code inside it (a Lambda layer) is never run.

    Returns
    -------
    model : keras.Model

    Raises
    ------
    ModelFileError
        If the file is missing, has another ending, is damaged, or was made by something else.
    """
    path = Path(path)
    if _ending(path) != WHOLE_MODEL:
        raise ModelFileError(f"{path.name} holds weights only: build its model, then use load_weights")
    _examine(path)
    from keras import saving

    try:
        return saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise ModelFileError(
            f"{path.name} cannot be loaded ({_reason(error)}): it is damaged, or was made by other code or "
            "another version of Keras. Train the model again and save it."
        ) from error


def load_weights(model, path):
    """Fill a model with saved weights; when that fails the model keeps those it had.

    Parameters
    ----------
    model : keras.Model
        Built, of the same layers as the one that was saved.
    path : str or Path
        A `.weights.h5` file.

    Raises
    ------
    ModelFileError
        If the file is missing, has another ending, is damaged, or belongs to another architecture.
    """
    path = Path(path)
    if _ending(path) != WEIGHTS:
        raise ModelFileError(f"{path.name} holds a whole model: use load_model")
    card = _examine(path)
    wanted = _shapes(model)
    if card and card["weights"] != wanted:
        raise ModelFileError(
            f"{path.name} belongs to another architecture: it holds {_worded(card['weights'])}; "
            f"this model has {_worded(wanted)}. Build the model that its card describes."
        )
    before = model.get_weights()
    try:
        with warnings.catch_warnings():
            # The model may have been compiled; the file never holds an optimizer's state.
            warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
            model.load_weights(path)
    except Exception as error:
        model.set_weights(before)
        raise ModelFileError(
            f"{path.name} does not fit this model ({_worded(wanted)}; {_reason(error)}): it is damaged or "
            "belongs to another architecture. Build the model that was saved, or train this one again."
        ) from error


def read_card(path):
    """Read the card of a model's file.

    Parameters
    ----------
    path : str or Path
        The model's file, not the card's.

    Returns
    -------
    card : dict
        Among others `data`, `accuracy`, `seconds`, `recipe`, `parameters`, `layers`, `versions`, `sha256`.

    Raises
    ------
    ModelFileError
        If there is no card, or it cannot be read.
    """
    path = Path(path)
    try:
        card = json.loads(card_path(path).read_text(encoding="utf-8"))
        if not isinstance(card["sha256"], str) or not isinstance(card["weights"], list):
            raise TypeError("entries of the wrong kind")
    except FileNotFoundError:
        raise ModelFileError(
            f"{path.name} has no card {card_path(path).name} beside it: save it again"
        ) from None
    except (ValueError, TypeError, KeyError) as error:
        raise ModelFileError(
            f"{card_path(path).name} cannot be read ({_reason(error)}): save the model again"
        ) from None
    return card


def _examine(path):
    """Check that a file is there and is the one of its card; return the card, None without one."""
    for last_try in (False, True):
        if not path.is_file():
            raise ModelFileError(f"there is no {path.name} in {path.parent}: train the model, then save it")
        if not card_path(path).exists():
            return None
        card = read_card(path)
        if card["sha256"] == _sha256(path):
            return card
        if not last_try:
            time.sleep(0.5)  # Another kernel may have replaced the file and not yet its card.
    raise ModelFileError(
        f"{path.name} is not the file that its card describes (sha256 differs): it is damaged, or was "
        "replaced by hand. Train the model again and save it, or get both files anew."
    )


def _ending(path):
    for ending in (WHOLE_MODEL, WEIGHTS):
        if path.name.endswith(ending):
            return ending
    raise ModelFileError(f"{path.name}: a model's file ends in {WHOLE_MODEL}, its weights' in {WEIGHTS}")


def _without_optimizer(model):
    """Copy a model without its optimizer, whose state would triple the file."""
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    return copy


def _shapes(model):
    return [list(array.shape) for array in model.weights]


def _worded(shapes):
    """Word a model's arrays by those that say most: `3 arrays, the kernels 5×5×1×16 and 2304×10`."""
    kernels = ["×".join(map(str, shape)) for shape in shapes if len(shape) > 1] or ["none"]
    if len(kernels) > 6:
        kernels = [*kernels[:3], "...", *kernels[-2:]]
    return f"{len(shapes)} arrays, the kernels {', '.join(kernels)}"


def _reason(error):
    """Return the first line of an error in at most 100 letters."""
    line = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {line[:100]}"


def _plain(value):
    """Turn NumPy's numbers and arrays into what JSON knows."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def _versions():
    import tensorflow as tf

    packages = {name: version(name) for name in ("keras", "numpy")}
    return {"python": platform.python_version(), "tensorflow": tf.__version__, **packages}


def _sha256(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
