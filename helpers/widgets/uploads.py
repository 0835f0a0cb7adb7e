"""Pictures that a learner hands to a widget: as files, or from a camera."""

import re
import tempfile
from pathlib import Path

import anywidget

from helpers.datasets.pictures import read_photograph
from helpers.datasets.sources import DatasetError
from helpers.widgets.controls import joined


def take_pictures(upload, value, take, note):
    """Read the picture files of a FileUpload's new value, then let the same files be chosen again.

    `take(name, picture)` gets each picture (height, width, 3), uint8. The Note says what is wrong with a file
    that is broken, no picture, or too large; later ones are not read.
    """
    # ipywidgets 7 gives a dict by file name, ipywidgets 8 a tuple of dicts.
    files = value.items() if isinstance(value, dict) else [(file["name"], file) for file in value]
    _take_files([(name, file["content"]) for name, file in files], take, note)
    upload.set_trait("value", type(upload.value)())  # The same file again would be no change.


def _take_files(files, take, note):
    try:
        for name, content in files:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, re.sub(r"^\.+|[^\w.-]", "_", name or "?")[-40:])
                path.write_bytes(content)
                take(path.name, read_photograph(path))
    except DatasetError as error:
        note.say(str(error))


class Camera(anywidget.AnyWidget):
    """A button that shows what the camera sees, if its owner allows that, and one that takes the picture.

    Nothing leaves this computer but to the kernel, and only the pictures that are taken. What is done with
    them, `take_pictures` says.
    """

    _esm = joined("camera.js")

    def __init__(self, take, note):
        super().__init__()
        self._take, self._note = take, note
        self.on_msg(self._on_picture)

    def _on_picture(self, _, content, buffers):
        if len(buffers) == 1:
            _take_files([("camera.jpg", bytes(buffers[0]))], self._take, self._note)
