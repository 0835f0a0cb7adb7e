"""Trained models on disk: written whole, with a card that says what they are, checked when they come back.

Whatever is wrong with a file that is loaded, or with its card, a `ModelFileError` says it.
"""

import io
import json
import math
import os
import platform
import time
import warnings
import zipfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

from helpers.safe_files import digest, locked, read_json, written_whole
from helpers.session import ROOT
from helpers.settings import path_setting

SHIPPED = ROOT / "data" / "weights"
"""Where the weights are that came with the course."""

_MOST_CARD_BYTES = 4 * 2**20
_MOST_INFLATION = 8  # numbers that a file may declare, over what it holds
_SIZES = {"units", "filters", "kernel_size", "depth_multiplier", "input_dim", "output_dim", "key_dim",
          "value_dim", "num_heads", "batch_shape", "target_shape"}  # fmt: skip
_LARGE = 20_000  # a number in a model's settings; up to here it may have few weights, or none
_MOST_MEMBERS = 10_000  # of a zip file's list, and of an HDF5 file
# What a card must hold, and of which kind it is.
_CARD = {"sha256": str, "weights": list, "data": str, "recipe": str, "seconds": int | float,
         "accuracy": int | float | dict, "parameters": int, "layers": list, "versions": dict}  # fmt: skip


class ModelFileError(ValueError):
    """A model's file is missing, damaged or of another model. One sentence says which, and what to do."""


def models_folder():
    """Where the learner's own models are kept: `COURSE_MODELS_DIR`, or `data/models` of the course."""
    return path_setting("COURSE_MODELS_DIR", "data/models")


def card_path(path):
    """Return where the card of a model's file is: beside it, `NAME.card.json`."""
    path = Path(path)
    return path.with_name(f"{path.name}.card.json")


def shipped(name):
    """Return the path of weights that came with the course: `data/weights/NAME.weights.h5`."""
    return SHIPPED / f"{name}.weights.h5"


def save_model(model, path, *, data, accuracy, seconds, recipe="", **more):
    """Save a model, without its optimizer's state, and its card; what stood there stays until both are whole.

    Returns the path. A model without weights, or numbers that cannot be, are a ValueError.

    Parameters
    ----------
    model : keras.Model
        Built. For `.keras` of Keras' own layers, so that it can be loaded without the code that made it.
    path : str or Path
        Ends in `.keras` for the whole model, in `.weights.h5` for its weights only.
    data, recipe : str
        What it was trained on; how, or the command that does it again.
    accuracy : float in [0, 1], or dict of str to float in [0, 1]
        Measured on data that it was not trained on; several by name.
    seconds : float
        What the training took.
    **more
        Further entries of the card: strings, numbers, arrays, lists and dicts.
    """
    path = Path(path)
    is_whole = _is_whole(path)
    if not model.built:
        raise ValueError("the model has no weights yet: call it on some inputs, or give it a keras.Input")
    for name, value in accuracy.items() if isinstance(accuracy, dict) else [("accuracy", accuracy)]:
        if isinstance(value, str) or not 0 <= value <= 1:  # also catches NaN
            raise ValueError(f"{name}={value!r}: expected a share of right answers from 0 to 1")
    if not 0 <= seconds < math.inf:
        raise ValueError(f"seconds={seconds!r}: expected the seconds that training took")
    import tensorflow as tf

    versions = {"python": platform.python_version(), "tensorflow": tf.__version__}
    card = {
        "file": path.name,
        "saved": date.today().isoformat(),
        "data": data,
        "accuracy": accuracy,
        "seconds": round(float(seconds), 1),
        "recipe": recipe,
        "parameters": int(model.count_params()),
        "layers": [type(layer).__name__ for layer in model.layers],
        "weights": _shapes(model),
        "versions": versions | {name: version(name) for name in ("keras", "numpy")},
        **more,
    }
    # One writer at a time, or a file could be left with the other one's card.
    with locked(path, 10), written_whole(path) as temporary, written_whole(card_path(path)) as temporary_card:
        # Without its optimizer, whose state would triple the file.
        bare = type(model).from_config(model.get_config())
        bare.set_weights(model.get_weights())
        (bare.save if is_whole else bare.save_weights)(temporary, overwrite=True)
        card |= {"sha256": digest(temporary), "bytes": temporary.stat().st_size}
        # What JSON does not know is of NumPy: a number or an array.
        text = json.dumps(card, indent=1, ensure_ascii=False, default=lambda value: value.tolist())
        temporary_card.write_text(text + "\n", encoding="utf-8")
    return path


def load_model(path):
    """Load a whole `.keras` model; it is not compiled, and code inside it (a Lambda layer) is never run.

    A file that is missing, damaged, of another ending or of other code is a ModelFileError.

    Parameters
    ----------
    path : str or Path
    """
    path = Path(path)
    if not _is_whole(path):
        raise ModelFileError(f"{path.name} holds weights only: build its model, then use load_weights")
    _examine(path)
    from keras import saving

    try:
        return saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise ModelFileError(
            f"{path.name} cannot be loaded ({_reason(error)}): it is damaged, or was made by other code or "
            f"another version of Keras. {_again(path)}"
        ) from error


def load_weights(model, path, shipped=False):
    """Fill a model with saved weights; when that fails the model keeps those it had.

    A file that is missing, damaged, or of another architecture or ending is a ModelFileError.

    Parameters
    ----------
    model : keras.Model
        Built, of the same layers as the one that was saved.
    path : str or Path
        A `.weights.h5` file.
    shipped : bool
        Whether it came with the course: an error then says how to get it back.
    """
    path = Path(path)
    if _is_whole(path):
        raise ModelFileError(f"{path.name} holds a whole model: use load_model")
    card = _examine(path, shipped)
    wanted = _shapes(model)
    if card and card["weights"] != wanted:
        otherwise = f"; if you changed nothing: {_again(path, True)}" if shipped else "."
        raise ModelFileError(
            f"{path.name} belongs to another architecture: it holds {_worded(card['weights'])}; this model "
            f"has {_worded(wanted)}. Build the model that its card describes{otherwise}"
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
            f"belongs to another architecture. Build the model that was saved, or: {_again(path, shipped)}"
        ) from error


def read_card(path, shipped=False, **more):
    """Read the card of a model's file: a dict, among others of `data`, `accuracy`, `seconds`, `recipe`,
    `parameters`, `layers`, `versions` and `sha256`.

    A card that is missing, cannot be read, or lacks an entry is a ModelFileError.

    Parameters
    ----------
    path : str or Path
        The model's file, not the card's.
    shipped : bool
        As for `load_weights`.
    **more : type
        Further entries that it must have.
    """
    path = Path(path)
    try:
        card = read_json(card_path(path), _MOST_CARD_BYTES)
        if not isinstance(card, dict):
            raise ValueError("it is no table of names and values")
        json.dumps(card, allow_nan=False)
        for name, kind in (_CARD | more).items():
            if not isinstance(card.get(name), kind):
                raise ValueError(f"its {name} is {str(card.get(name))[:40]!r}")
        shapes, layers, shares = card["weights"], card["layers"], card["accuracy"]
        shares = shares.values() if isinstance(shares, dict) else [shares]
        if not (
            all(isinstance(shape, list) and all(type(size) is int for size in shape) for shape in shapes)
            and all(isinstance(layer, str) for layer in layers)
            and all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares)
        ):
            raise ValueError("its weights, layers or accuracy are of another kind")
    except FileNotFoundError:
        what = f"{path.name} has no card {card_path(path).name} beside it"
        missing = what if path.exists() else f"there is no {path.name} in {path.parent}"
        raise ModelFileError(f"{missing}. {_again(path, shipped)}") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelFileError(
            f"{card_path(path).name} cannot be read ({_reason(error)}). {_again(path, shipped)}"
        ) from None
    return card


def _examine(path, shipped=False):
    """Check a file before anything of it is unpacked; return its card, None without one."""
    if not path.exists():
        missing = _again(path, shipped) if shipped else "train the model, then save it"
        raise ModelFileError(f"there is no {path.name} in {path.parent}: {missing}")
    try:
        if path.is_dir():
            raise ValueError("it is a folder")
        if not path.stat().st_size:
            raise ValueError("it is empty")
        for is_last in (False, True):
            card = read_card(path, shipped) if os.path.lexists(card_path(path)) else None
            if card is None or card["sha256"] == digest(path):
                break
            if is_last:
                raise ModelFileError(
                    f"{path.name} is not the file that its card describes (sha256 differs): it is damaged, "
                    f"or was replaced by hand. {_again(path, shipped)}"
                )
            time.sleep(0.5)  # Another kernel may have replaced the file and not yet its card.
        refuse = _refuse_inflated_model if _is_whole(path) else _refuse_inflated_arrays
        with path.open("rb") as file:
            refuse(file, path.stat().st_size)
    except ModelFileError:
        raise
    except Exception as error:  # zipfile and h5py say many things to a damaged file
        raise ModelFileError(
            f"{path.name} is not the file that was saved ({_reason(error)}): it is damaged or of another "
            f"kind. {_again(path, shipped)}"
        ) from error
    return card


def _refuse_inflated_model(file, size):
    """Refuse a `.keras` file that would take many times its size in memory; nothing is unpacked for that.

    Keras stores a model's parts in a zip file without compression, and weights as plain HDF5 arrays.
    """
    file.seek(max(0, size - 65_557))
    _, found, end = file.read().rpartition(b"PK\5\6")
    if not found or len(end) < 18:
        raise ValueError("it is no .keras file, or its end is missing")
    # Its list of members: zipfile reads all of it at once, whatever number of members it names.
    if int.from_bytes(end[8:12], "little") > 100 * _MOST_MEMBERS:
        raise ValueError("it has too many parts")
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("its parts are compressed, which Keras does not do")
        if sum(member.file_size for member in members) > size:
            raise ValueError("its parts claim to be larger than it is")
        weights, config = (archive.read(name) for name in ("model.weights.h5", "config.json"))
    most = max(_refuse_inflated_arrays(io.BytesIO(weights), len(weights)), _LARGE)

    def check_sizes(settings):
        # No layer has more units than there are bytes of weights; Keras would build it first, then compare.
        for name in _SIZES & settings.keys():
            sizes = settings[name] if isinstance(settings[name], list) else [settings[name]]
            if any(isinstance(size, int | float) and size > most for size in sizes):
                raise ValueError(f"its {name} is larger than its arrays allow")

    json.loads(config, object_hook=check_sizes)


def _refuse_inflated_arrays(file, size):
    """Refuse arrays that claim to be much larger than their HDF5 file; return how many bytes they take."""
    import h5py

    total = parts = 0

    def count(name, item):
        nonlocal total, parts
        parts += 1
        if isinstance(item, h5py.Dataset):
            if item.is_virtual or item.external:
                raise ValueError(f"{name} lies in another file")
            total += item.nbytes
        if parts > _MOST_MEMBERS or total > _MOST_INFLATION * size:
            raise ValueError("its arrays claim to be much larger than it is")

    with h5py.File(file, "r") as content:
        content.visititems(count)
    return total


def _again(path, shipped=False):
    """What to do about a file that cannot be used."""
    if not shipped:
        return "Train the model again and save it, or get both files anew."
    names = " ".join(f"data/weights/{name}" for name in (path.name, card_path(path).name))
    return f"Get the course's files again: `git checkout -- {names}`, or download the course once more."


def _is_whole(path):
    """Tell by a file's name whether it holds a whole model, or weights only."""
    if not path.name.endswith((".keras", ".weights.h5")):
        raise ModelFileError(f"{path.name}: a model's file ends in .keras, its weights' in .weights.h5")
    return path.name.endswith(".keras")


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
    line = (str(error).strip().splitlines() or [""])[0][:100]
    return line if line.startswith(("it ", "its ")) else f"{type(error).__name__}: {line}"
