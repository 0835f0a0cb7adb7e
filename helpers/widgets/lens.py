"""Chapter 15's lens: a part of a photograph, made small and enlarged again, by formula and by a network.

While the network trains, the kernel makes a few steps and shows what they changed; the browser says that it
has shown it, and only then the next few follow: a slow page gets fewer pictures, a closed one ends the work.
"""

import time
from collections import namedtuple
from functools import lru_cache, partial

import ipywidgets
import numpy as np
from matplotlib.patches import Rectangle
from PIL import Image

from helpers.plotting import BLUE, ORANGE
from helpers.widgets.controls import Note, button, choice, explained, slider
from helpers.widgets.explorer import axes_at, kept, new_figure
from helpers.widgets.letters import counted, short
from helpers.widgets.pointed import PointedExplorer
from helpers.widgets.uploads import take_pictures

LENS = 96  # Side of the lens in pixels of the photograph.
_MOST = 768  # Longer side of a picture of one's own, in pixels; a larger one is made smaller.
_HEIGHT = 432
_OVERVIEW = 6, 150, 256, 254  # Left, bottom, width and height in pixels.
_CURVE = 6, 18, 256, 94
_PANELS = [(280, 222), (494, 222), (280, 6), (494, 6)]  # Left and bottom of the four pictures.
_SIDE = 186
_NAMES = "small", "bicubic", "network", "original"
_LEAST = 100  # Pixels of a picture each way: a scale cuts a few off, and the lens must fit still.
_SLICE = 0.25  # Seconds of training between two pictures.
# A photograph and what becomes of it, by name: pictures (h, w, 3) uint8, luminance (h, w) of three, its PSNR.
_Views = namedtuple("_Views", "pictures luminance psnr")


class _Training:
    """A network that learns: how it enlarges after so many steps, its curves by photograph and scale."""

    def __init__(self, learner, anew):
        self._learner, self.anew, self.steps, self.curves = learner, anew, 0, {}
        self.enlarge = next(learner)

    def advance(self):
        """Make a few steps, one at least."""
        end = time.monotonic() + _SLICE
        while True:
            self.enlarge = next(self._learner)
            self.steps += 1
            if time.monotonic() > end:
                return

    @property
    def words(self):
        return f"{'new' if self.anew else 'shipped'} weights and {counted(self.steps, 'step')}"


class Lens(PointedExplorer):
    """Move a lens over a photograph; see it small, bicubic, by a network, and the original.

    No photograph or function, or a photograph too small or no uint8, is a ValueError.

    Parameters
    ----------
    photographs : dict of str to ndarray of shape (height, width, 3), uint8
        Of at least 100 pixels each way.
    enlarge : dict of int to callable
        For some scales from small luminance (h, w), float32 in [0, 1], to (h * scale, w * scale). For scales
        between, the next larger one is made smaller by formula; beyond the largest, its answer is enlarged.
    learn : callable
        `learn(scale, anew)`, a generator, trains a copy of the network for one of those scales: it yields a
        function as in `enlarge`, at first and after every step. `anew` is whether it begins with new weights.

    Attributes
    ----------
    upload, train : ipywidgets.FileUpload, ipywidgets.ToggleButton
        For a picture of one's own; whether the network that is shown trains.
    """

    few_colours = False  # Photographs have more.

    def __init__(self, photographs, enlarge, learn):
        for name, picture in photographs.items():
            if getattr(picture, "dtype", None) != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
                raise ValueError(
                    f"{name}: expected (height, width, 3), uint8; of grey np.dstack([y] * 3), of 0 to 1 "
                    "np.uint8(255 * y)"
                )
        if not photographs or min(min(picture.shape[:2]) for picture in photographs.values()) < _LEAST:
            raise ValueError(f"expected photographs of at least {_LEAST} x {_LEAST} pixels, one at least")
        if not enlarge:
            raise ValueError("enlarge holds no network; expected functions by their scale")
        self._photographs, self._enlarge, self._learn = dict(photographs), enlarge, learn
        self._trainings, self._note = {}, Note()
        self._forget()
        load = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Your picture")
        self.upload = explained(load, "Take a picture of your own from a file; it stays on this computer.")
        self.upload.layout = {"height": "44px", "width": "auto", "max_width": "700px"}
        controls = {
            "photograph": choice("Photograph", list(self._photographs), "Which picture."),
            "scale": slider("Scale", max(enlarge), 1.5, 6, "How much smaller it was made.", 0.5, 1),
            "x": slider("Lens, across", 45, 0, 100, "Middle of the lens, in % of the width."),
            "y": slider("Lens, down", 35, 0, 100, "Middle of the lens, in % of the height."),
        }
        about = "Train the network that is shown, or stop."
        self.train = ipywidgets.ToggleButton(description="Train on", tooltip=about, icon="play")
        self.train.layout.width = "104px"
        about_new = "Stop, and put a network that has learned nothing in its place."
        about_old = "Stop, and bring back the network as it was at first."
        buttons = [
            self.train,
            button("New weights", about_new, partial(self._restart, True), width="auto"),
            button("Shipped weights", about_old, partial(self._restart, False), width="auto"),
        ]
        row = ipywidgets.Box(buttons, layout={"flex_flow": "row wrap"})
        super().__init__(self.draw, self.alt, controls, above=[self.upload, row, self._note])
        self.upload.observe(self._on_upload, names="value")
        self.train.observe(self._on_train, names="value")
        self._screen.on_msg(self._on_message)

    def draw(self, photograph, scale, x, y):
        """Draw the photograph with the lens, and the four pictures in the lens."""
        views = self._views(photograph, scale)
        top, left = self._corner(views, x, y)
        fig = self._frame(photograph, scale)
        fig.axes[0].add_patch(Rectangle((left, top), LENS, LENS, fill=False, ec=ORANGE, lw=2.5))
        for ax, name, words in zip(fig.axes[1:5], _NAMES, self._words(views, scale, top, left), strict=True):
            ax.imshow(_part(views.pictures[name], top, left), interpolation="nearest")
            ax.text(LENS / 2, -4, words, fontsize=10.5, ha="center")
        self._draw_curve(fig.axes[5], photograph, scale, views)
        return fig

    def _draw_curve(self, ax, photograph, scale, views):
        """Draw decibels of the whole photograph by steps, between those of bicubic and of shipped weights."""
        training, shipped = self._training(scale), self._made(photograph, scale).psnr["network"]
        curve = training.curves.get((photograph, scale), {}) if training else {}
        curve = curve | {training.steps if training else 0: views.psnr["network"]}
        levels = sorted([(views.psnr["bicubic"], "bicubic", "0.35"), (shipped, "shipped", BLUE)])
        heights = [*curve.values(), levels[0][0], levels[1][0]]
        low = max(min(heights), levels[0][0] - 1)  # A first step may lead far down.
        spread = max(max(heights) - low, 0.2)

        def up(decibels):
            return np.clip(0.2 + 0.6 * (np.array(decibels) - low) / spread, 0, 1)

        for (level, name, color), side, shift in zip(levels, ("top", "bottom"), (-0.03, 0.03), strict=True):
            ax.plot([0, 1], up([level] * 2), "--", color=color, lw=1.5)
            words = {"va": side, "ha": "right", "fontsize": 10, "color": color}
            ax.text(1, up(level) + shift, f"{name} {level:.2f} dB", **words)
        most = max(100, *curve)
        ax.plot(np.array(list(curve)) / most, up(list(curve.values())), color=ORANGE, lw=2.5)
        ax.plot(list(curve)[-1] / most, up(views.psnr["network"]), "o", color=ORANGE, clip_on=False)
        for height, words in (
            (1.29, training.words if training else "shipped weights"),
            (1.11, f"the whole photograph: {views.psnr['network']:.2f} dB"),
        ):
            ax.text(0, height, words, fontsize=10.5, va="center")
        ax.text(1, -0.1, f"{most:,} steps", fontsize=10, va="center", ha="right")

    def _framed(self, photograph, scale):
        """Draw what stays while the lens moves."""
        fig, views = new_figure(height=_HEIGHT / 100), self._views(photograph, scale)
        ax = axes_at(fig, *_OVERVIEW)
        ax.imshow(views.pictures["original"])
        ax.set_title(short(photograph, 24), fontsize=12)
        for place in _PANELS:
            axes_at(fig, *place, _SIDE, _SIDE).imshow(np.ones((LENS, LENS, 3)))
        axes_at(fig, *_CURVE).set(xlim=(0, 1), ylim=(0, 1))
        for ax in fig.axes:
            ax.set(xticks=[], yticks=[])
            ax.axis("off")
        return fig

    def alt(self, photograph, scale, x, y):
        """Say in a sentence what `draw` shows for the same state."""
        views = self._views(photograph, scale)
        words = self._words(views, scale, *self._corner(views, x, y))
        shown = f"Photograph {photograph} with a lens at {x}% across and {y}% down: {', '.join(words)}."
        training = self._training(scale)
        bicubic, network = (f"{views.psnr[name]:.2f} dB" for name in ("bicubic", "network"))
        return (
            f"{shown} The network has {training.words if training else 'shipped weights'}; "
            f"all of the photograph: bicubic {bicubic}, network {network}."
        )

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
        places = zip((y, x), views.luminance["original"].shape, strict=True)
        return tuple(int(np.clip(share / 100 * side - LENS / 2, 0, side - LENS)) for share, side in places)

    def _forget(self):
        """Keep no picture of what was shown."""
        self._shrunk, self._made = lru_cache(8)(self._shrink), lru_cache(8)(self._make)
        self._frame = kept(self._framed)

    def _views(self, photograph, scale):
        """Look at a photograph through the network as it is now."""
        training = self._training(scale)
        return self._made(photograph, scale, *((training, training.steps) if training else ()))

    def _shrink(self, photograph, scale):
        """Make a photograph smaller, and enlarge it by formula: pictures, luminance when small and large."""
        whole = Image.fromarray(self._photographs[photograph])
        few = [int(side / scale) for side in whole.size]
        many = [int(side * scale) for side in few]
        whole = whole.crop((0, 0, *many))
        little = whole.resize(few, Image.Resampling.BICUBIC)
        small = little.resize(many, Image.Resampling.NEAREST)
        plain = little.resize(many, Image.Resampling.BICUBIC)
        y = Image.fromarray(_luminance(np.asarray(whole)))
        low = y.resize(few, Image.Resampling.BICUBIC)
        smooth = np.asarray(low.resize(many, Image.Resampling.BICUBIC))
        pictures = {"small": small, "bicubic": plain, "original": whole}
        return pictures, np.asarray(low), {"original": np.asarray(y), "bicubic": np.clip(smooth, 0, 1)}

    def _make(self, photograph, scale, training=None, steps=0):
        """Enlarge it again: brightness by the network after so many steps of training, colours by formula."""
        pictures, low, luminance = self._shrunk(photograph, scale)
        known, size = self._known(scale), pictures["bicubic"].size
        enlarge = training.enlarge if training else self._enlarge[known]
        better = np.asarray(enlarge(low), np.float32)
        if known != scale:
            fitted = Image.fromarray(better).resize(size, Image.Resampling.BICUBIC)
            better = np.clip(np.asarray(fitted), 0, 1)
        brightness = np.clip((255 * better - 16) / 219 * 255, 0, 255).astype(np.uint8)
        _, *colours = pictures["bicubic"].convert("YCbCr").split()
        network = Image.merge("YCbCr", [Image.fromarray(brightness), *colours]).convert("RGB")
        pictures = {name: np.asarray(picture) for name, picture in (pictures | {"network": network}).items()}
        luminance = luminance | {"network": better}
        errors = {name: np.mean((y - luminance["original"]) ** 2) for name, y in luminance.items()}
        psnr = {name: float(-10 * np.log10(error + 1e-10)) for name, error in errors.items()}
        return _Views(pictures, luminance, psnr)

    def _known(self, scale):
        """Choose the network: the one for the next larger scale, or for the largest."""
        return min((one for one in self._enlarge if one >= scale), default=max(self._enlarge))

    def _training(self, scale):
        return self._trainings.get(self._known(scale))

    def step(self):
        """Train for a moment, and show what came of it."""
        scale, end = self.state["scale"], ""
        try:
            if self._training(scale) is None:
                self._begin(False)
            self._training(scale).advance()
        except (StopIteration, KeyboardInterrupt):
            end = "The training has ended."
        except Exception as error:  # The notebook's own function: whatever it raises, the page says so.
            end = f"learn failed with {type(error).__name__}: {error}"
        if end:
            self.train.value = False
            self._note.say(end)
        self._redraw()

    def _begin(self, anew):
        known = self._known(self.state["scale"])
        self._trainings[known] = _Training(self._learn(known, anew), anew)

    def _restart(self, anew):
        self.train.value = False
        self._trainings.pop(self._known(self.state["scale"]), None)
        try:
            if anew:
                self._begin(anew)
        except Exception as error:
            self._note.say(f"learn failed with {type(error).__name__}: {error}")
        self._redraw()

    def _redraw(self):
        photograph, scale = (self.state[name] for name in ("photograph", "scale"))
        if training := self._training(scale):
            found = self._views(photograph, scale).psnr["network"]
            training.curves.setdefault((photograph, scale), {})[training.steps] = found
        super()._redraw()

    def _on_train(self, change):
        self._screen.running = change["new"]
        self.train.description, self.train.icon = ("Stop", "stop") if change["new"] else ("Train on", "play")
        self._note.say("Training …" if change["new"] else "Stopped.")
        if change["new"]:
            self.step()

    def _on_message(self, _, content, buffers):
        # Only the newest picture counts: of two views of this lens, the first one sets the pace.
        if self.train.value and content.get("shown") == self._screen.number:
            self.step()

    def _pointed_at(self, x, y):
        state = self.state
        shape = rows, columns = self._views(state["photograph"], state["scale"]).luminance["original"].shape
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
        if min(image.size) < _LEAST:
            size = f"{image.width} x {image.height} pixels"
            when = f" when it fits {_MOST}" if max(picture.shape) > _MOST else ""
            self._note.say(f"{name} is too small: it has {size}{when}, expected {_LEAST} each way at least.")
            return
        self._note.say("")
        self._photographs[name] = np.asarray(image)
        self._forget()
        for training in self._trainings.values():
            training.curves.clear()
        self.controls["photograph"].options = list(self._photographs)
        self.set(photograph=name)


def _luminance(picture):
    """Brightness as chapter 15 has it, float32 in [0, 1]."""
    from skimage.color import rgb2ycbcr

    return (rgb2ycbcr(picture)[..., 0] / 255).astype(np.float32)


def _part(array, top, left):
    return array[top : top + LENS, left : left + LENS]
