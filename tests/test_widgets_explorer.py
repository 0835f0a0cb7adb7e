"""What widgets are made of: explorers, still pictures, live figures, and what a notebook keeps."""

import base64
import contextlib
import io
import re
import subprocess
import sys
import time
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image
from test_widgets import descendants
from widget_cases import record_displays

from helpers.widgets import (
    Explorer,
    GraphStepper,
    LearningRateExplorer,
    LiveFigure,
    explorer,
    graph_stepper,
    learning_rate,
)
from helpers.widgets.explorer import StillPicture, kept, new_figure

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def small():
    """An explorer of one line, and the list of the states it has drawn."""
    drawn = []

    def draw(slope, label):
        drawn.append((slope, label))
        fig = new_figure(height=1.0, width=2.0)
        fig.add_axes((0, 0, 1, 1)).plot([0, slope])
        return fig

    controls = {
        "slope": ipywidgets.IntSlider(value=1, min=0, max=5, description="Slope"),
        "label": ipywidgets.Text(value='"a" & <b>'),
    }
    return Explorer(draw, lambda slope, label: f"A line of slope {slope} named {label}", controls), drawn


def picture_of(shown):
    return shown.widget.children[-1].value


def test_a_control_redraws_the_picture(small):
    shown, drawn = small
    before = picture_of(shown)
    shown.controls["slope"].value = 4
    assert picture_of(shown) != before
    assert drawn == [(1, '"a" & <b>'), (4, '"a" & <b>')]


def test_picture_has_fixed_size_and_escaped_alt(small):
    html = picture_of(small[0])
    assert 'width="200" height="100"' in html
    assert 'alt="A line of slope 1 named &quot;a&quot; &amp; &lt;b&gt;"' in html
    png = base64.b64decode(re.search(r"base64,([^\"]+)", html)[1])
    assert Image.open(io.BytesIO(png)).size == (400, 200)


def test_set_moves_several_controls_and_draws_once(small):
    shown, drawn = small
    shown.set(slope=3, label="c")
    assert shown.state == {"slope": 3, "label": "c"}
    assert drawn[1:] == [(3, "c")]


def test_set_refuses_what_the_controls_cannot_show(small):
    shown, _ = small
    with pytest.raises(TypeError, match="no control named 'slop'; there are slope, label"):
        shown.set(slop=3)
    with pytest.raises(ValueError, match="slope=9"):
        shown.set(slope=9)


@pytest.mark.parametrize(
    ("make", "name", "interval"),
    [
        pytest.param(LearningRateExplorer, "steps", 200, marks=pytest.mark.chapter(1)),
        pytest.param(GraphStepper, "step", 2000, marks=pytest.mark.chapter(4)),  # It leaves time to read.
    ],
)
def test_play_button_runs_over_the_steps(make, name, interval, monkeypatch):
    shown = make()
    (play,) = [widget for widget in descendants(shown.widget) if isinstance(widget, ipywidgets.Play)]
    steps = shown.controls[name]
    assert (play.min, play.max, play.step) == (steps.min, steps.max, steps.step)
    assert play.interval == interval
    sent = []
    for widget in (steps, shown._picture):
        monkeypatch.setattr(widget, "send_state", lambda *_, widget=widget, **__: sent.append(widget))
    play.value = 3
    assert shown.state[name] == 3 and sent == [shown._picture, steps], "the number runs ahead of its picture"
    steps.value = 5
    assert play.value == 5, "it goes on from where one has moved to"


@pytest.mark.parametrize(
    ("make", "draw", "moves"),
    [
        pytest.param(
            LearningRateExplorer, learning_rate.draw,
            ({"steps": 7}, {"learning_rate": 1.0}, {"noise": 2.0}, {"steps": 0}, {"noise": 1.5}),
            marks=pytest.mark.chapter(1),
        ),
        pytest.param(
            GraphStepper, graph_stepper.draw,
            ({"step": 8}, {"weight": -2.0}, {"step": 10}, {"colour": "black (0, 0, 0)"}, {"step": 4}),
            marks=pytest.mark.chapter(4),
        ),
    ],
)  # fmt: skip
def test_a_picture_on_a_kept_frame_is_the_whole_picture(make, draw, moves):
    shown = make()
    for move in moves:
        shown.set(**move)
        whole = StillPicture.of_state(draw, shown._alt, shown.state)
        seen, wanted = (np.asarray(Image.open(io.BytesIO(still.png)).convert("RGB")).astype(int)
                        for still in (shown.still, whole))  # fmt: skip
        assert (np.abs(seen - wanted) > 60).sum() < 300, move


def test_every_slot_has_its_place():
    button, above, below, aside, screen = (ipywidgets.HTML() for _ in range(5))
    controls = {name: ipywidgets.IntSlider() for name in ("one", "two")}

    def lines_of(**slots):
        shown = Explorer(lambda one, two: new_figure(0.1, 0.1), lambda one, two: "A dot.", controls, **slots)
        return shown, shown.widget.children

    shown, (_, fields, *lines) = lines_of(buttons={"one": button}, above=[above], below=[below])
    assert lines == [above, shown._picture, below]
    assert [list(getattr(field, "children", [field])) for field in fields.children] == [
        [controls["one"], button], [controls["two"]],
    ]  # fmt: skip
    _, (_, fields, *lines) = lines_of(beside=[controls["two"], aside], screen=screen)
    assert lines == [screen]
    assert [list(column.children) for column in fields.children] == [
        [controls["one"]], [controls["two"], aside],
    ]  # fmt: skip


def test_a_kept_frame_is_drawn_once_and_given_back_clean():
    made = []

    def frame(height):
        made.append(height)
        fig = new_figure(height, width=1.0)
        fig.add_axes((0, 0, 1, 1), xlim=(0, 1), ylim=(0, 1))
        return fig

    quick = kept(frame, most=2)
    blank = explorer.png_of(quick(1.0))
    quick(1.0).axes[0].plot((0, 1), (0, 1))
    assert explorer.png_of(quick(1.0)) == blank
    fig = quick(1.0)
    fig.axes[0].plot((0, 1), (0, 1))
    assert explorer.png_of(fig) != blank
    for height in (2.0, 1.0, 3.0, 2.0):
        quick(height)
    assert made == [1.0, 2.0, 3.0, 2.0]


class Pair(Explorer):
    """Two numbers; the second is never less than the first."""

    def __init__(self):
        self.drawn = []
        sliders = {name: ipywidgets.IntSlider(value=1, min=0, max=9) for name in ("low", "high")}
        super().__init__(self._picture_of, lambda low, high: f"{low} to {high}", sliders)

    def _picture_of(self, low, high):
        self.drawn.append((low, high))
        return new_figure(height=0.3, width=0.3)

    def _follow(self, control):
        low, high = self.controls.values()
        if control is low:
            high.value = max(low.value, high.value)
        else:
            low.value = min(low.value, high.value)


def test_controls_that_follow_are_drawn_once():
    pair = Pair()
    pair.controls["low"].value = 5
    pair.controls["high"].value = 3
    pair.set(low=7)
    assert pair.drawn == [(1, 1), (5, 5), (3, 3), (7, 7)]
    with pytest.raises(ValueError, match="low=99"):
        pair.set(low=99)
    pair.controls["high"].value = 4
    assert pair.drawn[-1] == (4, 4), "it still follows after an error"


@pytest.fixture
def published(monkeypatch):
    return record_displays(monkeypatch)


# LiveFigure


def draw_square(W):
    fig, ax = plt.subplots(figsize=(2, 1))
    ax.imshow(W)
    return fig


def test_live_figure_draws_first_and_last_state_and_few_between(published):
    seen = []
    with LiveFigure(lambda n: seen.append(n) or draw_square([[n]]), "One square, a weight", every=60) as live:
        for n in range(1000):
            live.update(n=n)
    assert seen == [0, 999]
    assert [update for *_, update in published] == [False, True]
    assert len({display_id for _, _, display_id, _ in published}) == 1
    assert {data["text/plain"] for data, *_ in published} == {"LiveFigure()"}
    assert plt.get_fignums() == []


def test_live_figure_takes_a_small_part_of_the_time(published):
    def slow(n):
        time.sleep(0.03)
        return new_figure(height=1.0)

    started = time.monotonic()
    with LiveFigure(slow, "An empty figure, slowly", every=0) as live:
        while time.monotonic() - started < 1.5:
            live.update(n=0)
    # Each picture takes 30 ms or more: 15 % of 1.5 s are 7 pictures, one more at the end.
    assert 2 <= len(published) <= 9


def test_live_figure_draws_every_state_where_asked_to(published):
    with LiveFigure(draw_square, "One square, a weight", every=None) as live:
        for n in range(5):
            live.update(W=[[n]])
    assert [update for *_, update in published] == [False] + [True] * 4


def test_live_figure_asks_for_values_only_when_it_draws(published):
    asked = []
    with LiveFigure(draw_square, lambda W: f"A square of {W[0][0]}, a weight", every=60) as live:
        for n in range(5):
            live.update(W=lambda n=n: asked.append(n) or [[n]])
    assert asked == [0, 4]
    assert [metadata["alt"] for _, metadata, *_ in published] == [
        "A square of 0, a weight",
        "A square of 4, a weight",
    ]


@pytest.mark.parametrize("ending", [None, RuntimeError("the training failed")])
def test_live_figure_run_again_begins_another_picture(published, ending):
    live = LiveFigure(draw_square, "A square, a weight", every=60)
    for n in (1, 2):
        with contextlib.suppress(RuntimeError), live:
            live.update(W=[[n]])
            if ending:
                raise ending
    assert [update for *_, update in published] == [False] * 2
    assert len({display_id for _, _, display_id, _ in published}) == 2


def test_live_figure_that_could_not_be_drawn_can_be_run_again(published):
    live = LiveFigure(draw_square, "A square, a weight", every=60)
    with pytest.raises(TypeError), live:
        live.update(W=[[0]])
        live.update(W=None)
    with live:
        live.update(W=[[1]])
    assert [update for *_, update in published] == [False, False]


def test_live_figure_without_a_state_shows_nothing(published):
    with LiveFigure(draw_square, "A square, a weight"):
        pass
    assert published == []


# In a notebook

CELLS = [
    "from helpers.widgets import LearningRateExplorer\nLearningRateExplorer()",
    "from helpers.widgets import LiveFigure, explorer\n"
    "with LiveFigure(lambda n: explorer.new_figure(height=1), 'Nothing but an empty figure') as live:\n"
    "    for n in range(100):\n        live.update(n=n)",
    "from helpers.progress import track\nfor _ in track(range(3), 'Counting'):\n    pass",
]


def test_committed_notebook_passes_strict_nbval(tmp_path):
    pytest.importorskip("nbval")
    setup = f"import sys\nsys.path.insert(0, {str(ROOT)!r})"
    cells = [nbformat.v4.new_code_cell(cell) for cell in [setup, *CELLS]]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3", store_widget_state=False).execute()
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert [output.data["text/plain"] for output in outputs] == [
        "LearningRateExplorer: run this cell to move its controls",
        "LearningRateExplorer, still picture",
        "LiveFigure()",
        "Counting: 3 steps",
    ]
    # What the builder does to every notebook of the repository.
    for output in outputs:
        keep = output.metadata.get(explorer.COMMITTED, output.data)
        output.data = {key: value for key, value in output.data.items() if key in keep}
    assert "text/html" not in str(outputs) and explorer.WIDGET_VIEW not in str(outputs)
    path = tmp_path / "committed.ipynb"
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", str(path)]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"], cwd=tmp_path, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stdout[-3000:]
