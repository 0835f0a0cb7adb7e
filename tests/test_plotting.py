"""Figures: style, alt text, what `show` refuses to show, and that nothing on a machine changes a picture."""

import base64
import copy
import io
import os
import subprocess
import sys
import types

import build
import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

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


@pytest.fixture
def shown(monkeypatch):
    """Pretend to be in a notebook; what would be displayed there."""
    found = []
    monkeypatch.setattr(plotting, "get_ipython", lambda: types.SimpleNamespace(kernel=True))
    monkeypatch.setattr(plotting, "publish_display_data", lambda *message: found.append(message))
    return found


def test_show_displays_with_alt_text_and_closes(shown):
    show(line()[0], ALT)
    [(data, metadata)] = shown
    assert metadata == {"image/png": {"alt": ALT}, "alt": ALT}
    assert data["text/plain"] == "<Figure size 700x400 with 1 Axes>"
    width, height = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size
    assert 650 < width < 750 and 350 < height < 450
    assert plt.get_fignums() == []


def test_a_figure_that_would_not_appear_and_a_short_alt_text_are_errors():
    with pytest.raises(RuntimeError, match=r"in a notebook only: open the chapter .* fig.savefig"):
        show(line()[0], ALT)
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
def test_faulty_figure_is_refused(spoil, fault, shown):
    fig, ax = line()
    spoil(fig, ax)
    with pytest.raises(ValueError, match=fault):
        show(fig, ALT)
    assert shown == []


def test_pictures_have_whole_frames_or_none_and_curves_half_ones(shown):
    fig, axes = plt.subplots(1, 3)
    for ax in axes[:2]:
        ax.imshow(np.eye(3))
    axes[1].axis("off")
    axes[2].plot([0, 1])
    axes[2].set(xlabel="step", ylabel="error")
    show(fig, "Two pictures and a curve.")
    assert [sum(spine.get_visible() for spine in ax.spines.values()) for ax in (axes[0], axes[2])] == [4, 2]
    assert not axes[1].axison


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


def test_show_images_draws_each_with_its_title_and_the_same_shades():
    images = np.arange(12 * 4).reshape(12, 2, 2)
    fig = show_images(images, titles=range(12), columns=5)
    drawn = [ax for ax in fig.axes if ax.images]
    assert [ax.get_title() for ax in drawn] == [str(i) for i in range(12)]
    assert {ax.images[0].get_clim() for ax in drawn} == {(0, 47)}
    assert len(fig.axes) == 15 and not any(ax.axison for ax in fig.axes)
    assert figure_faults(show_images(np.zeros((3, 28, 28)), titles="abc")) == []  # Images need no labels.


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
    colours = ["BLUE", "ORANGE", "GREEN", "RED", "PINK", "SKY", "BLACK"]
    assert mpl.rcParams["axes.prop_cycle"].by_key()["color"] == [getattr(plotting, name) for name in colours]
    assert mpl.rcParams["image.cmap"] == "viridis"


def test_style_starts_from_the_defaults():
    clean = dict(mpl.rcParams)
    spoiled = {"image.origin": "lower", "savefig.dpi": 10, "text.usetex": True, "figure.max_open_warning": 1}
    mpl.rcParams.update(spoiled | {"axes.titlecolor": "white", "image.interpolation": "bicubic"})
    plotting.use_course_style()
    assert dict(mpl.rcParams) == clean


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


# In a real kernel, on machines that are set up in other ways

CELLS = [
    f"""import sys
sys.path.insert(0, {str(build.ROOT)!r})
from helpers.session import begin
begin()""",
    """import ipywidgets, numpy as np, matplotlib.pyplot as plt
from helpers.plotting import show, show_images
from helpers.widgets import Explorer
show(show_images(np.arange(48).reshape(3, 4, 4), "abc"), "Three \\"images\\" with shades of grey.")""",
    """fig, ax = plt.subplots()
ax.imshow([[1, 2], [3, 4]])
plt.show()""",
    """def draw(height):
    fig, ax = plt.subplots()
    ax.plot([0, height])
    ax.imshow([[1, 2], [3, 4]])
    ax.set(xlabel="step", title="A title")
    return fig
Explorer(draw, lambda height: f"A line to {height} & more.", {"height": ipywidgets.IntSlider(1, 0, 5)})""",
]
MATPLOTLIBRC = """image.origin: lower
image.cmap: jet
axes.titlesize: 4
text.usetex: True
savefig.dpi: 10
savefig.transparent: True
figure.figsize: 2, 2
figure.max_open_warning: 1
axes.spines.left: False
backend: TkAgg
no_such_key: 3
nonsense
"""
IPYTHON = """c = get_config()
c.InlineBackend.figure_formats = {"svg", "pdf"}
c.InlineBackend.close_figures = False
c.InlineBackend.rc = {"figure.dpi": 30}
c.InlineBackend.print_figure_kwargs = {"facecolor": "red"}
"""


def run_cells(home, files, variables):
    """Run `CELLS` where this is the home and the working folder; the notebook."""
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content.encode("latin-1"))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MPL", "MATPLOTLIB"))}
    environment = {"HOME": str(home), "IPYTHONDIR": str(home / ".ipython"), "KERAS_HOME": str(home / "keras")}
    build.execute(notebook, home, kept | environment | variables)
    return notebook


def outputs_of(notebook):
    """Everything that was put out, apart from random ids."""
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    return [(o.output_type, o.get("text"), o.get("data"), o.get("metadata")) for o in outputs]


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    return run_cells(tmp_path_factory.mktemp("clean"), {}, {})


def test_on_a_clean_machine_every_figure_appears(clean):
    kinds = [kind for *_, data, _ in outputs_of(clean) for kind in data or ["text"]]
    assert kinds.count("image/png") == 3 and set(kinds) == {"image/png", "text/plain", "text"}


@pytest.mark.parametrize(
    ("files", "variables"),
    [
        ({".ipython/profile_default/ipython_config.py": IPYTHON}, {"MPLBACKEND": "Agg"}),
        ({".config/matplotlib/matplotlibrc": MATPLOTLIBRC}, {"MPLBACKEND": "nonsense"}),
        ({"matplotlibrc": "# caf\xe9, not UTF-8\nimage.origin: lower"}, {"MPLBACKEND": "TkAgg"}),
    ],
    ids=["IPython's settings", "matplotlibrc at home", "matplotlibrc here, unreadable"],
)
def test_no_setting_of_a_machine_changes_a_picture(files, variables, clean, tmp_path):
    assert outputs_of(run_cells(tmp_path, files, variables)) == outputs_of(clean)


def test_pages_made_by_nbconvert_keep_every_alt_text(clean, tmp_path):
    """With the settings that `make` installs, and nbconvert's own template."""
    notebook = copy.deepcopy(clean)
    pictures = {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>", "image/jpeg": "/9j/4AAQ"}
    for kind, data in pictures.items():
        metadata = {kind: {"alt": f"A drawing in {kind}."}}
        output = nbformat.v4.new_output("display_data", {kind: data}, metadata=metadata)
        notebook.cells[-1].outputs.append(output)
    nbformat.write(notebook, tmp_path / "figures.ipynb")
    environment = os.environ | {"JUPYTER_CONFIG_PATH": str(build.SOURCE), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "nbconvert", "--to", "html", "figures.ipynb"]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    page = BeautifulSoup((tmp_path / "figures.html").read_text(encoding="utf-8"), "html.parser")
    assert [picture["alt"] for picture in page.select("img")] == [
        'Three "images" with shades of grey.',
        "No description has been provided for this image",  # A figure that didn't go through `show`.
        "A line to 1 & more.",
        "A drawing in image/svg+xml.",
        "A drawing in image/jpeg.",
    ]
