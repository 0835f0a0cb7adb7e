"""The course's figures: one style, one set of colours, and `show`, which gives every figure its alt text."""

import base64
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from IPython import get_ipython
from IPython.core.pylabtools import print_figure
from IPython.display import publish_display_data
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, RED, PINK = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
"""Colours that colour-blind readers can tell apart (M. Okabe and K. Ito, *Color Universal Design*, 2008)."""


def use_inline_figures():
    """Let a notebook's figures appear below their cell, as PNG, whatever IPython's settings say."""
    shell = get_ipython()
    if not hasattr(shell, "kernel"):
        return
    from matplotlib_inline.config import InlineBackend

    inline = InlineBackend.instance(parent=shell)
    for name, value in inline.trait_defaults(config=True).items():
        setattr(inline, name, value)
    shell.enable_matplotlib("inline")


def use_course_style():
    """Make the course's style the default of every figure drawn from now on.

    It starts from matplotlib's own defaults: a user's matplotlibrc could turn pictures upside down.
    """
    mpl.rcdefaults()
    mpl.rcParams["figure.max_open_warning"] = 20  # No style may set it, and nothing sets it back.
    plt.style.use(Path(__file__).with_name("course.mplstyle"))


def show(fig, alt):
    """Display a figure with alternative text for screen readers, then close it.

    nbval doesn't compare pictures, so what can go wrong in one is a ValueError here: see `figure_faults`.
    Where no notebook could show it, it is a RuntimeError.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    alt : str
        What one sees in the figure, in a sentence of at least 20 characters.
    """
    if len(alt) < 20:
        raise ValueError(f"alt text {alt!r} is too short: say in a sentence what the figure shows")
    frame_pictures(fig)
    if faults := figure_faults(fig):
        raise ValueError(f"the figure {alt!r} has {'; '.join(faults)}")
    if not hasattr(get_ipython(), "kernel"):
        raise RuntimeError(
            f"the figure {alt!r} can be seen in a notebook only: open the chapter in JupyterLab (make lab), "
            'or save the figure: fig.savefig("figure.png")'
        )
    # Drawn here: what IPython does with a figure depends on the backend and on the user's settings.
    picture = base64.b64encode(print_figure(fig)).decode()
    # nbconvert's classic pages take the alt text from the picture's own metadata.
    publish_display_data(
        {"text/plain": repr(fig), "image/png": picture}, {"image/png": {"alt": alt}, "alt": alt}
    )
    plt.close(fig)


def frame_pictures(fig):
    """Close the frames of a figure's pictures: the style's half frames, left and below, are for curves."""
    for ax in fig.axes:
        if ax.images and ax.spines["left"].get_visible() and ax.spines["bottom"].get_visible():
            ax.spines[:].set_visible(True)


def figure_faults(fig):
    """List what a reader would miss: empty axes, axes without labels, text smaller than 9 points.

    An image needs no labels, and in a grid one label serves the row or column.
    """
    fig.draw_without_rendering()  # Tick labels get their text when they are drawn.
    faults = [] if fig.axes else ["no axes"]
    for i, ax in enumerate(fig.axes):
        # A colour bar draws its own contents; axes switched off may stay empty, as in a grid's last row.
        if not ax.axison or hasattr(ax, "_colorbar"):
            continue
        if not ax.has_data():
            faults.append(f"nothing drawn in axes {i}")
        if ax.images and not ax.lines:
            continue
        for axis in "xy":
            edges = [getattr(a.get_position(), f"{axis}0") for a in fig.axes]
            in_line = [a for a, edge in zip(fig.axes, edges, strict=True) if abs(edge - edges[i]) < 0.02]
            labels = [getattr(a, f"get_{axis}label")() for a in in_line]
            if not any([getattr(fig, f"get_sup{axis}label")(), *labels]):
                faults.append(f"no {axis}label in axes {i}")
    for text in fig.findobj(Text):
        if text.get_text().strip() and text.get_visible() and text.get_fontsize() < 9:
            faults.append(f"{text.get_text()!r} in {text.get_fontsize():g} points, at least 9 are legible")
    return faults


def plot_classes(ax, X, t):
    """Draw the points of two classes, told apart by colour and by shape.

    Points or labels of other shapes are a ValueError.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Gets equal scales and the limits -6 to 6 both ways.
    X, t : ndarray of shape (n, 2), and (n,) of int
        Points x, y and their labels: 0 is drawn as a blue disc, 1 as an orange triangle.
    """
    X, t = np.asarray(X), np.asarray(t)
    if X.ndim != 2 or X.shape[1] != 2 or t.shape != X.shape[:1] or not np.isin(t, (0, 1)).all():
        raise ValueError(
            f"X has shape {X.shape}, t {t.shape} with labels {np.unique(t)[:4]}; expected (n, 2), and "
            "(n,) of 0 and 1"
        )
    for label, marker, color in [(0, "o", BLUE), (1, "^", ORANGE)]:
        x, y = X[t == label].T
        ax.plot(x, y, marker, color=color, markeredgecolor=BLACK, markeredgewidth=0.4)
    ax.set(xlabel="$x$", ylabel="$y$", aspect="equal", xlim=(-6, 6), ylim=(-6, 6))


def show_images(images, titles=None, columns=10, scale=0.75, cmap="gray_r", limits=None):
    """Draw images in a grid; return the figure.

    Images, titles or columns that do not fit are a ValueError.

    Parameters
    ----------
    images : ndarray of shape (n, height, width) or (n, height, width, 3)
        Grey images of any dtype, or colour images (uint8, or float in [0, 1]).
    titles : sequence of n str, optional
    columns : int
        Images in a row.
    scale : float
        Width and height of one image in inches.
    cmap : str
        Colour map of grey images: "gray_r" is ink on paper.
    limits : (float, float), optional
        Values shown as the first and last colour; by default the smallest and largest of all images,
        so that shades can be compared between them.
    """
    images = _many_images(images)
    if columns < 1 or (titles is not None and len(titles) != len(images)):
        given = "no" if titles is None else len(titles)
        raise ValueError(
            f"{len(images)} images, {given} titles, {columns} columns; expected a title for each image, "
            "and at least one column"
        )
    low, high = limits or (images.min(), images.max())
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    extra = 0.25 if titles is not None else 0.0
    fig, axes = plt.subplots(rows, columns, figsize=(columns * scale, rows * (scale + extra)), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for i, (ax, image) in enumerate(zip(axes.flat, images, strict=False)):
        ax.imshow(image, cmap=cmap, vmin=low, vmax=high)
        if titles is not None:
            ax.set_title(titles[i], fontsize=10, pad=2)
    return fig


def _many_images(images):
    try:
        images = np.asarray(images)
    except ValueError:
        raise ValueError("images are of different sizes; cut or enlarge them to one size first") from None
    shape = images.shape
    if images.ndim == 2:
        raise ValueError(
            f"images has shape {shape}; expected (n, height, width): images[None] if it is one, "
            "images.reshape(-1, 28, 28) if they are flat"
        )
    if images.ndim == 3 and shape[-1] == 3 and min(shape[:2]) > 8:
        raise ValueError(f"images has shape {shape}, one picture in colours; expected many: images[None]")
    if images.ndim not in (3, 4) or not len(images) or images.ndim == 4 and shape[-1] not in (1, 3, 4):
        raise ValueError(
            f"images has shape {shape}; expected (n, height, width) or (n, height, width, 3), n >= 1"
        )
    if images.ndim == 4 and shape[-1] > 1 and images.dtype.kind == "f":
        check_shades(images)
    return images


def check_shades(images):
    """Raise a ValueError where floats are no shades from 0 to 1, within rounding."""
    low, high = float(images.min()), float(images.max())
    if not -1e-3 <= low <= high <= 1.001:  # also catches NaN
        mend = "divide by 255" if low >= 0 and high > 2 else "np.clip(images, 0, 1)"
        raise ValueError(f"images go from {low:g} to {high:g}; expected 0 to 1: {mend}")


def tile_images(images, columns, gap=1):
    """Put many small pictures side by side into one, which draws far faster than an axes for each.

    The picture is of float, and NaN between the pictures and where the last row has none: `imshow` leaves
    that blank. Another shape is a ValueError.

    Parameters
    ----------
    images : ndarray of shape (n, height, width)
        For the maps of one layer: `maps.transpose(2, 0, 1)`.
    columns, gap : int
        Pictures in a row, and pixels between two pictures.
    """
    images = np.asarray(images)
    if images.ndim != 3 or not len(images):
        raise ValueError(f"images has shape {images.shape}; expected (n, height, width), n >= 1")
    columns = min(columns, len(images))
    after = (0, -len(images) % columns), (0, gap), (0, gap)
    tiles = np.pad(images.astype(float), after, constant_values=np.nan)
    _, height, width = tiles.shape
    tiles = tiles.reshape(-1, columns, height, width).swapaxes(1, 2).reshape(-1, columns * width)
    return tiles[: len(tiles) - gap, : columns * width - gap]


def label_points(ax, points, texts, fontsize=10, colors=None):
    """Write a text beside each point, where it covers neither another text nor another point.

    A text that had to move away from its point gets a thin line to it. Returns the list of annotations.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With all points drawn and its limits as they shall stay.
    points : ndarray of shape (n, 2)
        Places in the axes' data.
    texts, colors : sequence of n str, and of n colours, optional
        Earlier texts get the better places.
    fontsize : float
        In points, at least 9 to be legible.
    """
    ax.figure.draw_without_rendering()  # Only now the layout is known, and with it the pixels.
    dots = ax.transData.transform(np.asarray(points, dtype=float))  # (n, 2) in pixels
    frame, scale = ax.get_window_extent(), ax.figure.dpi / 72
    # A white edge keeps a text legible where an arrow or a line passes behind it.
    edge = withStroke(linewidth=3, foreground="white")
    settings = {"ha": "center", "va": "center", "fontsize": fontsize, "path_effects": [edge]}
    settings |= {"textcoords": "offset points", "annotation_clip": False}
    line = {"arrowstyle": "-", "color": "0.6", "linewidth": 0.8, "shrinkA": 0, "shrinkB": 2}
    taken, annotations = [], []
    for i, (point, text) in enumerate(zip(points, texts, strict=True)):
        settings["color"] = BLACK if colors is None else colors[i]
        measured = ax.annotate(text, point, (0, 0), **settings)
        half = measured.get_window_extent().size / 2
        measured.remove()
        places = []
        for ring in (5, 9, 16, 24, 34, 46, 60, 76):
            for direction in _AROUND if ring < 16 else _AROUND + _BETWEEN:
                # The text's middle, so that its edge is `ring` points away from the dot.
                middle = dots[i] + direction * (ring * scale + half)
                box = np.concatenate([middle - half, middle + half])
                places.append((_covered(box, taken, dots, frame) + 0.01 * ring, middle, box, ring))
            cost, middle, box, ring = min(places, key=lambda place: place[0])
            if cost < 1:
                break
        taken.append(box)
        arrow = line if ring >= 16 else None
        offset = (middle - dots[i]) / scale
        annotations.append(ax.annotate(text, point, offset, arrowprops=arrow, **settings))
    return annotations


# Directions of the text's middle; those that keep the text close come first.
_AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.75, 0.9), (-0.75, 0.9), (0.75, -0.9), (-0.75, -0.9))
_BETWEEN = ((1, 0.4), (-1, 0.4), (1, -0.4), (-1, -0.4), (0.3, 1), (-0.3, 1), (0.3, -1), (-0.3, -1))


def _covered(box, taken, dots, frame):
    """Count what a box of (x0, y0, x1, y1) pixels lies on: texts 3, dots 2, and outside of the frame 4."""
    x0, y0, x1, y1 = box
    texts = sum(x0 < b[2] + 2 and b[0] < x1 + 2 and y0 < b[3] and b[1] < y1 for b in taken)
    on = (dots[:, 0] > x0 - 3) & (dots[:, 0] < x1 + 3) & (dots[:, 1] > y0 - 2) & (dots[:, 1] < y1 + 2)
    outside = x0 < frame.x0 or y0 < frame.y0 or x1 > frame.x1 or y1 > frame.y1
    return 3 * texts + 2 * int(on.sum()) + 4 * outside
