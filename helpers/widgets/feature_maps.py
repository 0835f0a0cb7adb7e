"""Chapter 06's viewer: pick or draw a digit and walk with it through the layers of a network."""

import matplotlib.pyplot as plt
import numpy as np

from helpers.handwriting import strokes_to_image
from helpers.plotting import BLUE, ORANGE, check_shades, tile_images
from helpers.widgets.canvas import DrawingCanvas
from helpers.widgets.controls import Note, choice, slider, stops
from helpers.widgets.explorer import Explorer, new_figure
from helpers.widgets.letters import written

EXAMPLE, DRAWING = "from the data", "my drawing"
_UNSEEN = ("InputLayer", "Flatten", "Dropout")  # What they pass on looks like what they got.
_PANEL = 1.45  # Width by height of the place for the maps.
_FEW = 20  # Up to so many numbers are drawn as bars.


def draw(image, layer, values, probabilities, names, title):
    """Draw an image below its title, what a layer makes of it, and the probabilities of the named classes.

    The image (height, width) is in [0, 1]; the layer's values are (height, width, channels) or (units,).
    """
    fig = new_figure(height=3.8)
    ax = fig.add_axes((0.015, 0.5, 0.27, 0.41))
    ax.imshow(image, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=11, pad=5)
    low = 0.1 if max(map(len, names)) <= 2 else 0.27  # words stand upright
    _bars(fig.add_axes((0.05, low, 0.235, 0.37 - low)), probabilities, names, "probability", (0, 1.02))
    if values.ndim == 1 and len(values) <= _FEW:
        limits = (min(0, values.min()), max(values.max(), 1e-9))
        _bars(fig.add_axes((0.37, low, 0.6, 0.9 - low)), values, names, "", limits)
    else:
        _maps(fig.add_axes((0.31, 0.03, 0.68, 0.88)), values)
    fig.text(0.645, 0.965, _caption(layer, values), fontsize=11, ha="center", va="center")
    return fig


def alt(image, layer, values, probabilities, names, title):
    """Say in a sentence what `draw` shows for the same state."""
    best = int(np.argmax(probabilities))
    silent = "" if values.ndim == 1 else f", {int((values.max(axis=(0, 1)) <= 0).sum())} of them empty"
    return (
        f"An image ({title}), beside it {_caption(layer, values)}{silent}; the network's answer is "
        f"{names[best]} with probability {probabilities[best]:.2f}."
    )


class FeatureMapViewer(Explorer):
    """Choose an image or draw one; see what each layer of a network makes of it, and the answer.

    `canvas` is what one draws on, a `DrawingCanvas`; only for images of 28 × 28, else None. Images that
    do not fit the model or the labels are a ValueError.

    Parameters
    ----------
    model : keras.Model
        From images (n, height, width, 1) to probabilities (n, classes). Its layers form one row.
    images, labels : ndarray of shape (n, height, width) or (n, height, width, 1), and (n,) of int
        Images of uint8, or float in [0, 1]; 1 or 255 is ink.
    names : sequence of str, optional
        Of the classes; their numbers by default.
    """

    def __init__(self, model, images, labels, names=None):
        images = np.asarray(images)
        images = images / 255 if images.dtype == np.uint8 else images
        self._images = images.reshape(images.shape[:3]).astype(np.float32)
        labels = np.asarray(labels).astype(int)
        labels = labels[:, 0] if labels.shape == (len(images), 1) else labels
        if labels.shape != (len(images),) or not len(labels):
            raise ValueError(
                f"{len(images)} images and labels of shape {labels.shape}: expected one number for each "
                "image, and at least one image"
            )
        check_shades(images)
        self._labels = labels
        self._stages, layers = _stages(model, self._images.shape)
        classes = self._stages.outputs[-1].shape[-1]
        if labels.min() < 0 or labels.max() >= classes:
            raise ValueError(f"labels from {labels.min()} to {labels.max()}; the model has {classes} classes")
        self._names = [str(name) for name in (range(classes) if names is None else names)]
        if len(self._names) != classes:
            raise ValueError(f"{len(self._names)} names for the model's {classes} classes: expected as many")
        self._seen = None  # The image looked at last, and what all layers made of it.
        kinds = [(self._names[k], int(k)) for k in np.unique(labels)]
        source = choice("Image", [EXAMPLE, DRAWING], "An image from the data, or what is drawn beside.")
        controls = {
            "kind": choice("Class", kinds, "Which class the image is taken from."),
            "number": slider("Example", 1, 1, self._count(kinds[0][1]), "Which image of this class."),
            "source": source,
            "layer": stops("Layer", layers, "How far the image has come."),
        }
        self._note, self.canvas, beside = Note(), None, []
        if self._images.shape[1:] == (28, 28):
            self.canvas = DrawingCanvas(160, 160, label="Drawing canvas for one digit", hint="draw a digit")
            self.canvas.observe(self._on_strokes, names="strokes")
            beside = [self.canvas]
        else:
            source.layout.display = "none"
        super().__init__(draw, alt, controls, beside=beside, above=[self._note])

    @property
    def state(self):
        """What `draw` gets: the image, the layer and its values, the probabilities and names."""
        kind, number, source, layer = (control.value for control in self.controls.values())
        if source == DRAWING and self.canvas is not None:
            image, title = strokes_to_image(self.canvas.strokes), DRAWING
        else:
            image = self._images[np.flatnonzero(self._labels == kind)[number - 1]]
            title = f"{self._names[kind]}, example {number}"
        if self._seen is None or not np.array_equal(self._seen[0], image):
            outputs = self._stages(image[None, :, :, None], training=False)
            self._seen = image, [np.asarray(output)[0] for output in outputs]
        outputs = self._seen[1]
        values = {"values": outputs[self.controls["layer"].index], "probabilities": outputs[-1]}
        return {"image": image, "layer": layer, **values, "names": self._names, "title": title}

    def _count(self, kind):
        return int((self._labels == kind).sum())

    def _on_strokes(self, change):
        if self.controls["source"].value == DRAWING:
            self._redraw()
        elif change["new"]:
            self.controls["source"].value = DRAWING  # Draws.

    def _follow(self, moved):
        kind, number, source, _ = self.controls.values()
        if moved is kind:
            number.max = self._count(kind.value)  # Moves the value down where it has to.
        if moved in (kind, number):
            source.value = EXAMPLE

    def _redraw(self):
        empty = self.controls["source"].value == DRAWING and not self.canvas.strokes
        self._note.say("Draw a digit on the canvas, or stamp one with the keys 0 to 9." if empty else "")
        super()._redraw()


def _stages(model, shape):
    """Make a model that gives the values of all layers that are shown, the last probabilities; name these."""
    import keras

    expected = tuple(model.inputs[0].shape[1:])
    if len(expected) != 3 or any(a not in (None, b) for a, b in zip(expected, (*shape[1:], 1), strict=True)):
        raise ValueError(f"images of shape {shape}; the model takes (n, {', '.join(map(str, expected))})")
    layers = [layer for layer in model.layers if type(layer).__name__ not in _UNSEEN]
    return keras.Model(model.inputs[0], [layer.output for layer in layers]), [layer.name for layer in layers]


def _bars(ax, values, names, label, limits):
    colours = np.where(np.arange(len(values)) == np.argmax(values), ORANGE, BLUE)
    ax.bar(range(len(values)), values, color=colours)
    ax.set(ylim=limits, xlim=(-0.6, len(values) - 0.4))
    ax.set_title(label, fontsize=10, pad=3)
    ax.set_xticks(range(len(values)), names[: len(values)], fontsize=9)
    if max(map(len, names)) > 2:
        ax.tick_params(axis="x", rotation=90)
    ax.tick_params(axis="y", labelsize=9)


def _maps(ax, values):
    if values.ndim == 1:
        maps, gap = values[:, None, None], 0  # A long row of numbers: a square for each.
        largest = np.abs(maps).max()
    else:
        maps, gap = values.transpose(2, 0, 1), 1 if len(values) < 20 else 2
        # One strong filter would leave all other maps dark.
        largest = np.abs(maps).max(axis=(1, 2), keepdims=True)
    maps = maps / np.maximum(largest, 1e-9)
    count, height, width = maps.shape
    columns = _columns(count, np.sqrt(count * _PANEL * height / width))
    picture = np.pad(tile_images(maps, columns, gap), gap, constant_values=np.nan)
    cmap, low = ("RdBu_r", -1) if values.min() < 0 else ("viridis", 0)
    frames = plt.get_cmap(cmap).with_extremes(bad="gray")
    ax.imshow(picture, cmap=frames, vmin=low, vmax=1, interpolation="nearest")
    ax.set_anchor("N")
    ax.axis("off")


def _columns(count, ideal):
    """Columns near the ideal number; better a few more or less than a last row with a gap."""
    whole = [k for k in range(1, count + 1) if count % k == 0 and 0.65 < k / ideal < 1.5]
    return min(whole, key=lambda k: abs(np.log(k / ideal)), default=int(np.ceil(ideal)))


def _caption(layer, values):
    span = f"{written(values.min())} to {written(values.max())}"
    if values.ndim == 1:
        return f"{layer}: {len(values)} numbers, {span}"
    height, width, count = values.shape
    return f"{layer}: {count} maps of {height} × {width}, {span}, each at its own scale"
