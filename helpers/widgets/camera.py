"""A camera's picture, where the browser has a camera and its owner allows it."""

import anywidget

from helpers.widgets.controls import joined


class Camera(anywidget.AnyWidget):
    """A button that shows what the camera sees, and one that takes the picture.

    Nothing goes anywhere but to the kernel, and only pictures that are taken: `take(name, content)` gets a
    file's name and its bytes, a JPEG picture.
    """

    _esm = joined("camera.js")

    def __init__(self, take):
        super().__init__()
        self._take = take
        self.on_msg(self._on_picture)

    def _on_picture(self, _, content, buffers):
        if len(buffers) == 1:
            self._take("camera.jpg", bytes(buffers[0]))
