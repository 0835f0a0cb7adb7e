"""The explorers without a browser: lessons, pictures, and what a notebook stores of them."""

import base64
import io
import itertools
import re
import subprocess
import sys
import time
from pathlib import Path

import figures
import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from matplotlib.text import Text
from nbclient import NotebookClient
from PIL import Image
from speed import in_blank_pictures

from helpers.widgets import (
    Explorer,
    LearningRateExplorer,
    LiveFigure,
    SoftmaxExplorer,
    explorer,
    learning_rate,
    live_figure,
    softmax,
)

ROOT = Path(__file__).resolve().parents[1]
ASIDE = "turned aside (−2, 4)"


# The lesson of chapter 01


@pytest.mark.parametrize(
    ("word", "errors"),
    [
        ("crawls", np.linspace(100, 80, 61)),
        ("converges", 10 + 90 * 0.7 ** np.arange(61)),
        ("converges", 10 + 90 * (-0.7) ** np.arange(61)),
        ("oscillates", np.where(np.arange(61) % 2 == 0, 60, 40)),
        ("oscillates", 30 + 70 * (-0.97) ** np.arange(61)),
        ("diverges", 10.0 * 1.1 ** np.arange(61)),
        ("diverges", [100.0, 20.0, 200.0, np.inf]),
        ("diverges", [100.0, 20.0, np.nan]),
    ],
)
def test_behaviour_in_words(word, errors):
    assert learning_rate.behaviour(errors, lowest=10) == word


@pytest.mark.parametrize("errors", [[1.0, 2.0], 3.0, [[1.0, 2.0, 3.0]]])
def test_behaviour_needs_a_run(errors):
    with pytest.raises(ValueError, match="one value per step"):
        learning_rate.behaviour(errors, lowest=1)


def test_the_slider_shows_all_four_behaviours_in_order():
    words = []
    for rate in 10 ** np.linspace(-4, 0, 41):
        _, errors = learning_rate.descend(float(rate), 1.5, (-2.0, 4.0))
        words.append(learning_rate.behaviour(errors, learning_rate.lowest_error(1.5)))
    assert list(dict.fromkeys(words)) == ["crawls", "converges", "oscillates", "diverges"]


def test_error_is_the_formula_of_the_chapter():
    X, t = learning_rate.clouds(1.5)
    w = np.array([0.3, -0.2])
    P = 1 / (1 + np.exp(-X @ w))
    assert learning_rate.error(w, 1.5) == pytest.approx(-(t * np.log(P) + (1 - t) * np.log(1 - P)).sum())


def test_descend_follows_the_numerical_gradient():
    path, errors = learning_rate.descend(0.01, 1.5, (-2.0, 4.0))
    assert path.shape == (learning_rate.STEPS + 1, 2)
    for w, following in itertools.pairwise(path[:5]):
        steps = 1e-5 * np.eye(2)
        gradient = [
            (learning_rate.error(w + step, 1.5) - learning_rate.error(w - step, 1.5)) / 2e-5 for step in steps
        ]
        np.testing.assert_allclose(following, w - 0.01 * np.array(gradient), rtol=1e-6)
    np.testing.assert_allclose(errors, [learning_rate.error(w, 1.5) for w in path])


@pytest.mark.parametrize("noise", [1.0, 1.5, 2.5])
def test_no_error_is_below_the_lowest(noise):
    side = np.linspace(-4, 6, 101)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    least = learning_rate.error(grid, noise).min()
    assert least * 0.99 < learning_rate.lowest_error(noise) <= least


# The lesson of chapter 02


def test_softmax_sums_to_one_keeps_the_order_and_ignores_a_shift():
    scores = [2.0, 1.0, 3.5, -1.0]
    _, _, p = softmax.softmax_steps(scores, 0, subtract_maximum=False)
    np.testing.assert_allclose(p, np.exp(scores) / np.exp(scores).sum(), rtol=1e-6)
    assert p.dtype == np.float32
    for shift, subtract in itertools.product((-50, 0, 50), (False, True)):
        shifted, _, q = softmax.softmax_steps(scores, shift, subtract)
        assert q.sum() == pytest.approx(1, abs=1e-6)
        assert (np.argsort(q) == np.argsort(shifted)).all()
        np.testing.assert_allclose(q, p, rtol=1e-5)


@pytest.mark.parametrize("shift", [100, -150])
def test_softmax_by_the_formula_breaks_where_subtracting_the_maximum_does_not(shift):
    scores = [2.0, 1.0, 3.5, -1.0]
    _, _, naive = softmax.softmax_steps(scores, shift, subtract_maximum=False)
    _, _, stable = softmax.softmax_steps(scores, shift, subtract_maximum=True)
    assert np.isnan(naive).all()
    assert stable.sum() == pytest.approx(1, abs=1e-6)


def test_softmax_picture_says_what_went_wrong():
    shown = SoftmaxExplorer()
    shown.set(shift=100)
    texts = [text.get_text() for text in softmax.draw(**shown.state).findobj(Text)]
    assert "exp is too large for 32 bits: inf / inf is nan" in texts
    assert texts.count("nan") == 4
    assert "becomes nan" in softmax.alt(**shown.state)


# Pictures


def learning_rate_states():
    for rate, noise, start in itertools.product((1e-4, 0.01, 0.1, 1.0), (1.0, 2.5), learning_rate.STARTS):
        for steps in (0, 60):
            yield {"learning_rate": rate, "noise": noise, "start": start, "steps": steps}


def softmax_states():
    for shift, subtract, first in itertools.product((-150, 0, 50, 150), (False, True), (-5.0, 5.0)):
        yield {"shift": shift, "subtract_maximum": subtract, **dict.fromkeys(SCORES, 0.1), "score_3": first}


SCORES = [f"score_{name}" for name in softmax.CLASSES]


@pytest.mark.parametrize(
    ("module", "states", "axes"), [(learning_rate, learning_rate_states, 3), (softmax, softmax_states, 3)]
)
def test_every_picture_is_legible_and_keeps_its_size(module, states, axes):
    explorer.use_course_style()
    sizes = set()
    for state in states():
        fig = module.draw(**state)
        sizes.add(figures.picture_size(fig))
        assert len(fig.axes) == axes
        boxes = drawn_texts(fig)
        for text, box in boxes:
            assert text.get_fontsize() >= 9, (state, text)
            assert box.x0 >= 0 and box.x1 <= fig.bbox.x1, (state, text)
            assert box.y0 >= 0 and box.y1 <= fig.bbox.y1, (state, text)
        for (one, a), (other, b) in itertools.combinations(boxes, 2):
            assert not a.overlaps(b), (state, one, other)
        assert 20 <= len(module.alt(**state)) <= 600
    assert len(sizes) == 1 and sizes.pop()[0] == 700


def drawn_texts(fig):
    """List the texts that one sees in a figure, each with its box in pixels."""
    fig.draw_without_rendering()
    unseen = set()
    for axis in [axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)]:
        low, high = sorted(axis.get_view_interval())
        # matplotlib keeps the labels of ticks beyond the axes' limits without drawing them.
        unseen |= {tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    texts = [text for text in fig.findobj(Text) if text.get_visible() and text not in unseen]
    return [(text, text.get_window_extent()) for text in texts if text.get_text()]


def test_alt_text_tells_the_behaviour():
    state = {"learning_rate": 1.0, "noise": 1.5, "start": ASIDE, "steps": 60}
    assert "diverges" in learning_rate.alt(**state)
    assert "crawls" in learning_rate.alt(**{**state, "learning_rate": 1e-4})


def test_a_redraw_is_quick():
    shown = LearningRateExplorer()
    rates = (0.001, 0.01, 0.1, 0.2, 0.5)
    assert in_blank_pictures(lambda i: shown.set(learning_rate=rates[i])) < 9


# Explorer


@pytest.fixture
def small():
    """An explorer of one line, and the list of the states it has drawn."""
    drawn = []

    def draw(slope, label):
        drawn.append((slope, label))
        fig = explorer.new_figure(height=1.0, width=2.0)
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


def test_controls_explain_themselves():
    for shown in (LearningRateExplorer(), SoftmaxExplorer()):
        for control in shown.controls.values():
            tooltip = control.tooltip if control.has_trait("tooltip") else control.description_tooltip
            assert control.description
            assert tooltip.endswith(".")


def test_play_button_runs_over_the_steps():
    shown = LearningRateExplorer()
    play = next(w for w in descendants(shown.widget) if isinstance(w, ipywidgets.Play))
    steps = shown.controls["steps"]
    assert (play.min, play.max, play.step) == (steps.min, steps.max, steps.step)


def descendants(widget):
    for child in getattr(widget, "children", ()):
        yield child
        yield from descendants(child)


@pytest.fixture
def published(monkeypatch):
    """The messages that displays would send: data, metadata, display id, update."""
    messages = []

    def publish(data, metadata=None, *, transient=None, update=False):
        messages.append((dict(data), metadata, (transient or {}).get("display_id"), update))

    monkeypatch.setattr(explorer, "publish_display_data", publish)
    monkeypatch.setattr(live_figure, "publish_display_data", publish)
    return messages


def test_display_is_a_widget_and_a_still_picture(published):
    shown = SoftmaxExplorer()
    shown._ipython_display_()
    widget, still, hidden = published
    assert widget[0].keys() == {"text/plain", explorer.WIDGET_VIEW}
    assert widget[0][explorer.WIDGET_VIEW]["model_id"] == shown.widget.model_id
    assert still[0].keys() == {"text/plain", "image/png"}
    assert still[1]["alt"] == still[1]["image/png"]["alt"] == softmax.alt(**shown.state)
    assert still[2] == hidden[2] and hidden[3]
    # The widget, while it lives, hides the still picture by its class.
    css_class = re.search(r'<div class="([^"]+)"', hidden[0]["text/html"])[1]
    assert f".{css_class} {{display: none}}" in shown.widget.children[0].value


def test_what_a_notebook_keeps_is_the_same_in_every_run(published):
    kept = []
    for _ in range(2):
        published.clear()
        LearningRateExplorer()._ipython_display_()
        kept.append([{key: data[key] for key in meta[explorer.COMMITTED]} for data, meta, *_ in published])
    assert kept[0] == kept[1]


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
        return explorer.new_figure(height=1.0)

    started = time.monotonic()
    with LiveFigure(slow, "An empty figure, slowly", every=0) as live:
        while time.monotonic() - started < 1.5:
            live.update(n=0)
    # Each picture takes 30 ms or more: 15 % of 1.5 s are 7 pictures, one more at the end.
    assert 2 <= len(published) <= 9


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
