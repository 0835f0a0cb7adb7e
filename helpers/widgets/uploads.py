"""Pictures that a learner hands to a widget as files."""

import re
import tempfile
from pathlib import Path

from helpers.datasets.pictures import read_photograph
from helpers.datasets.sources import DatasetError


def take_pictures(upload, value, take, note):
    """Read the picture files of a FileUpload's new value, then let the same files be chosen again.

    `take(name, picture)` gets each picture (height, width, 3), uint8. The Note says what is wrong with a file
    that is broken, no picture, or too large; later ones are not read.
    """
    # ipywidgets 7 gives a dict by file name, ipywidgets 8 a tuple of dicts.
    files = value.items() if isinstance(value, dict) else [(file["name"], file) for file in value]
    take_files([(name, file["content"]) for name, file in files], take, note)
    upload.set_trait("value", type(upload.value)())  # The same file again would be no change.


def take_files(files, take, note):
    """Read picture files, each a name and its bytes, as `take_pictures` does."""
    try:
        for name, content in files:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, re.sub(r"^\.+|[^\w.-]", "_", name or "?")[-40:])
                path.write_bytes(content)
                take(path.name, read_photograph(path))
    except DatasetError as error:
        note.say(str(error))
