"""Figures: style, alt text, and what `show` refuses to show."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import plotting
from helpers.plotting import figure_faults, plot_classes, show, show_images

mpl.use("agg")
ALT = "A line that rises from zero to one."


@pytest.fixture(autouse=True)
def style():
    with mpl.rc_context():
        plotting.use_course_style()
        yield
    plt.close("all")


def line():
    fig, ax = plt.subplots()
    ax.plot([0, 1])
    ax.set(xlabel="step", ylabel="error")
    return fig, ax


def test_show_displays_with_alt_text_and_closes(monkeypatch):
    shown = []
    monkeypatch.setattr(plotting, "display", lambda fig, metadata: shown.append((fig, metadata)))
    fig, _ = line()
    show(fig, ALT)
    assert shown == [(fig, {"image/png": {"alt": ALT}, "alt": ALT})]
    assert plt.get_fignums() == []


def test_short_alt_text_is_refused():
    with pytest.raises(ValueError, match="'a line' is too short"):
        show(line()[0], "a line")


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda fig, ax: ax.set(xlabel=""), "no xlabel in axes 0"),
        (lambda fig, ax: ax.set(ylabel=""), "no ylabel in axes 0"),
        (lambda fig, ax: ax.lines[0].remove(), "nothing drawn in axes 0"),
        (lambda fig, ax: ax.text(0, 0, "tiny", fontsize=7), "'tiny' in 7 points"),
        (lambda fig, ax: ax.tick_params(labelsize=6), "in 6 points"),
        (lambda fig, ax: fig.clear(), "no axes"),
    ],
)
def test_faulty_figure_is_refused(spoil, fault):
    fig, ax = line()
    spoil(fig, ax)
    with pytest.raises(ValueError, match=fault):
        show(fig, ALT)


def test_one_label_serves_a_row_or_column_of_a_grid():
    fig, axes = plt.subplots(2, 2)
    for ax in axes.flat:
        ax.plot([0, 1])
    assert len(figure_faults(fig)) == 8
    axes[1, 0].set(xlabel="step", ylabel="error")
    axes[1, 1].set(xlabel="step")
    assert figure_faults(fig) == ["no ylabel in axes 0", "no ylabel in axes 1"]
    axes[0, 0].set(ylabel="error")
    assert figure_faults(fig) == []


def test_images_need_no_labels():
    fig = show_images(np.zeros((3, 28, 28)), titles="abc")
    assert figure_faults(fig) == []


def test_show_images_draws_each_with_its_title_and_the_same_shades():
    images = np.arange(12 * 4).reshape(12, 2, 2)
    fig = show_images(images, titles=range(12), columns=5)
    drawn = [ax for ax in fig.axes if ax.images]
    assert [ax.get_title() for ax in drawn] == [str(i) for i in range(12)]
    assert {ax.images[0].get_clim() for ax in drawn} == {(0, 47)}
    assert len(fig.axes) == 15 and not any(ax.axison for ax in fig.axes)


def test_plot_classes_tells_classes_apart_by_colour_and_shape():
    fig, ax = plt.subplots()
    plot_classes(ax, np.array([[0, 1], [2, 3], [4, 5.0]]), np.array([1, 0, 1]))
    discs, triangles = ax.lines
    assert discs.get_xydata().tolist() == [[2, 3]]
    assert triangles.get_xydata().tolist() == [[0, 1], [4, 5]]
    assert discs.get_marker() != triangles.get_marker() and discs.get_color() != triangles.get_color()
    assert figure_faults(fig) == []


@pytest.mark.parametrize("shape", [(28, 28), (0, 28, 28), (1, 2, 3, 4, 5)])
def test_show_images_names_a_wrong_shape(shape):
    with pytest.raises(ValueError, match=r"images has shape .*expected \(n, height, width\)"):
        show_images(np.zeros(shape))


def test_style_is_legible_and_colour_blind_safe():
    assert min(mpl.rcParams[f"{name}.labelsize"] for name in ("xtick", "ytick", "axes")) >= 9
    assert set(mpl.rcParams["axes.prop_cycle"].by_key()["color"]) <= set(plotting.OKABE_ITO)
    assert mpl.rcParams["image.cmap"] == "viridis"


def test_tile_images_places_every_picture():
    images = np.arange(5 * 2 * 3, dtype=float).reshape(5, 2, 3)
    picture = plotting.tile_images(images, 3)
    assert picture.shape == (2 * 3 - 1, 3 * 4 - 1)
    np.testing.assert_array_equal(picture[3:5, 4:7], images[4])
    assert np.isnan(picture[3:, 8:]).all()  # The sixth place is empty,
    assert np.isnan(picture[2]).all() and np.isnan(picture[:, 3]).all()  # and so are the gaps.
    np.testing.assert_array_equal(plotting.tile_images(images, 1, gap=0), images.reshape(10, 3))
    assert plotting.tile_images(images, 99).shape == (2, 5 * 4 - 1)


@pytest.mark.parametrize("shape", [(0, 3, 3), (3, 3), (2, 3, 3, 1)])
def test_tile_images_wants_three_axes(shape):
    with pytest.raises(ValueError, match="expected"):
        plotting.tile_images(np.zeros(shape), 2)
