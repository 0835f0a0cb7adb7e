"""Pictures that a learner hands to a widget as files."""

import re
import tempfile
from pathlib import Path

from helpers.datasets.pictures import read_photograph


def uploaded_pictures(value):
    """Read the picture files of an upload.

    Parameters
    ----------
    value : dict or tuple
        Of an `ipywidgets.FileUpload`: ipywidgets 7 gives a dict by file name, ipywidgets 8 a tuple of dicts.

    Yields
    ------
    name : str
    picture : ndarray of shape (height, width, 3), uint8

    Raises
    ------
    helpers.datasets.DatasetError
        If a file is broken, no picture, or too large.
    """
    files = value.items() if isinstance(value, dict) else [(file["name"], file) for file in value]
    for name, file in list(files):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, re.sub(r"^\.+|[^\w.-]", "_", name or "?")[-40:])
            path.write_bytes(file["content"])
            yield path.name, read_photograph(path)
