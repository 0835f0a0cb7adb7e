"""Chapter 15's lens: a part of a photograph, made small and enlarged again, by formula and by a network."""

from functools import lru_cache
from typing import NamedTuple

import ipywidgets
import numpy as np
from matplotlib.patches import Rectangle
from PIL import Image

from helpers.plotting import ORANGE
from helpers.widgets.controls import Note, choice, explained, slider
from helpers.widgets.explorer import axes_at, kept, new_figure
from helpers.widgets.letters import short
from helpers.widgets.pointed import PointedExplorer
from helpers.widgets.uploads import take_pictures

LENS = 96
"""Side of the lens in pixels of the photograph."""

_MOST = 768  # Longer side of a picture of one's own, in pixels; a larger one is made smaller.
_HEIGHT = 432
_OVERVIEW = 6, 66, 256, 300  # Left, bottom, width and height in pixels.
_PANELS = [(280, 222), (494, 222), (280, 6), (494, 6)]  # Left and bottom of the four pictures.
_SIDE = 186
_NAMES = "small", "bicubic", "network", "original"


class _Views(NamedTuple):
    """A photograph and what becomes of it: pictures (h, w, 3) uint8, and luminance (h, w) of three."""

    pictures: dict
    luminance: dict


class Lens(PointedExplorer):
    """Move a lens over a photograph; see it small, bicubic, by a network, and the original.

    Parameters
    ----------
    photographs : dict of str to ndarray of shape (height, width, 3), uint8
        Of at least 96 pixels each way.
    enlarge : dict of int to callable
        For some scales from small luminance (h, w), float32 in [0, 1], to (h * scale, w * scale). For scales
        between, the next larger one is made smaller by formula; beyond the largest, its answer is enlarged.

    Attributes
    ----------
    upload : ipywidgets.FileUpload
        For a picture of one's own.

    Raises
    ------
    ValueError
        If there is no photograph, or one is too small.
    """

    few_colours = False  # Photographs have more.

    def __init__(self, photographs, enlarge):
        if not photographs or min(min(picture.shape[:2]) for picture in photographs.values()) < LENS:
            raise ValueError(f"expected photographs of at least {LENS} x {LENS} pixels, one at least")
        self._photographs, self._enlarge = dict(photographs), enlarge
        self._views, self._frame = lru_cache(8)(self._made), kept(self._framed)
        self._note = Note()
        load = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Your picture")
        self.upload = explained(load, "Take a picture of your own from a file; it stays on this computer.")
        self.upload.layout = {"height": "44px", "width": "auto", "max_width": "700px"}
        controls = {
            "photograph": choice("Photograph", list(self._photographs), "Which picture."),
            "scale": slider(
                "Scale", max(enlarge), 1.5, 6, "How much smaller it was made.", step=0.5, digits=1
            ),
            "x": slider("Lens, across", 45, 0, 100, "Middle of the lens, in % of the width."),
            "y": slider("Lens, down", 35, 0, 100, "Middle of the lens, in % of the height."),
        }
        super().__init__(self.draw, self.alt, controls, above=[self.upload, self._note])
        self.upload.observe(self._on_upload, names="value")

    def draw(self, photograph, scale, x, y):
        """Draw the photograph with the lens, and the four pictures in the lens."""
        views = self._views(photograph, scale)
        top, left = self._corner(views, x, y)
        fig = self._frame(photograph, scale)
        lens = {"fill": False, "ec": ORANGE, "lw": 2.5}
        fig.axes[0].add_patch(Rectangle((left, top), LENS, LENS, **lens))
        for ax, name, words in zip(fig.axes[1:], _NAMES, self._words(views, scale, top, left), strict=True):
            ax.imshow(_part(views.pictures[name], top, left), interpolation="nearest")
            ax.text(LENS / 2, -4, words, fontsize=10.5, ha="center")
        return fig

    def _framed(self, photograph, scale):
        """Draw what stays while the lens moves."""
        fig, views = new_figure(height=_HEIGHT / 100), self._views(photograph, scale)
        ax = axes_at(fig, *_OVERVIEW)
        ax.imshow(views.pictures["original"])
        ax.set_title(short(photograph, 24), fontsize=12)
        for place in _PANELS:
            axes_at(fig, *place, _SIDE, _SIDE).imshow(np.ones((LENS, LENS, 3)))
        for ax in fig.axes:
            ax.set(xticks=[], yticks=[])
            ax.axis("off")
        return fig

    def alt(self, photograph, scale, x, y):
        """Say in a sentence what `draw` shows for the same state."""
        views = self._views(photograph, scale)
        words = self._words(views, scale, *self._corner(views, x, y))
        return f"Photograph {photograph} with a lens at {x}% across and {y}% down: {', '.join(words)}."

    def _words(self, views, scale, top, left):
        from skimage.metrics import peak_signal_noise_ratio, structural_similarity

        def quality(name):
            parts = [_part(views.luminance[kind], top, left) for kind in ("original", name)]
            psnr = peak_signal_noise_ratio(*parts, data_range=1) if np.ptp(parts[0] - parts[1]) else np.inf
            ssim = structural_similarity(
                *parts, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
            )
            return f"{name}: {psnr:.1f} dB, SSIM {ssim:.2f}"

        return f"small, {scale:g} times", quality("bicubic"), quality("network"), "original"

    def _corner(self, views, x, y):
        """Row and column where the lens begins; it never sticks out."""
        rows, columns = views.luminance["original"].shape
        places = zip((y, x), (rows, columns), strict=True)
        return tuple(int(np.clip(share / 100 * side - LENS / 2, 0, side - LENS)) for share, side in places)

    def _made(self, photograph, scale):
        """Make a photograph smaller and enlarge it: the brightness by the network, colours by formula."""
        whole = Image.fromarray(self._photographs[photograph])
        few = [int(side / scale) for side in whole.size]
        width, height = (int(side * scale) for side in few)
        whole = whole.crop((0, 0, width, height))
        little = whole.resize(few, Image.Resampling.BICUBIC)
        plain = little.resize((width, height), Image.Resampling.BICUBIC)
        y = Image.fromarray(_luminance(np.asarray(whole)))
        low = y.resize(little.size, Image.Resampling.BICUBIC)
        smooth = np.asarray(low.resize((width, height), Image.Resampling.BICUBIC))
        known = min((one for one in self._enlarge if one >= scale), default=max(self._enlarge))
        better = np.asarray(self._enlarge[known](np.asarray(low)), np.float32)
        if known != scale:
            fitted = Image.fromarray(better).resize((width, height), Image.Resampling.BICUBIC)
            better = np.clip(np.asarray(fitted), 0, 1)
        brightness = np.clip((255 * better - 16) / 219 * 255, 0, 255).astype(np.uint8)
        _, *colours = plain.convert("YCbCr").split()
        network = Image.merge("YCbCr", [Image.fromarray(brightness), *colours]).convert("RGB")
        pictures = {
            "small": little.resize((width, height), Image.Resampling.NEAREST),
            "bicubic": plain,
            "network": network,
            "original": whole,
        }
        luminance = {"original": np.asarray(y), "bicubic": np.clip(smooth, 0, 1), "network": better}
        return _Views({name: np.asarray(picture) for name, picture in pictures.items()}, luminance)

    def _pointed_at(self, x, y):
        shape = rows, columns = (
            self._views(self.state["photograph"], self.state["scale"]).luminance["original"].shape
        )
        row, column = self._pixel(x, y, _OVERVIEW, shape)
        if 0 <= row <= rows and 0 <= column <= columns:
            return {"x": round(100 * column / columns), "y": round(100 * row / rows)}
        return {}

    def _on_upload(self, change):
        take_pictures(self.upload, change["new"], self._take, self._note)

    def _take(self, name, picture):
        """Put a picture of one's own among the photographs, and show it."""
        image = Image.fromarray(picture)
        image.thumbnail((_MOST, _MOST))
        if min(image.size) < LENS:
            self._note.say(f"{name} is smaller than the lens: expected at least {LENS} x {LENS} pixels.")
            return
        self._note.say("")
        self._photographs[name] = np.asarray(image)
        self._views, self._frame = lru_cache(8)(self._made), kept(self._framed)
        self.controls["photograph"].options = list(self._photographs)
        self.set(photograph=name)


def _luminance(picture):
    """Brightness as chapter 15 has it, float32 in [0, 1]."""
    from skimage.color import rgb2ycbcr

    return (rgb2ycbcr(picture)[..., 0] / 255).astype(np.float32)


def _part(array, top, left):
    return array[top : top + LENS, left : left + LENS]
