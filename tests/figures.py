"""What a reader could not read in a figure: small letters, cut words, words on top of each other."""

import itertools
import warnings

from matplotlib.text import Text

from helpers.plotting import use_course_style


def drawn_texts(fig):
    """List the texts that one sees in a figure, each with its box in pixels."""
    fig.draw_without_rendering()
    unseen = set()
    for axis in [axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)]:
        low, high = sorted(axis.get_view_interval())
        # matplotlib keeps the labels of ticks beyond the axes' limits without drawing them.
        unseen |= {tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    texts = [text for text in fig.findobj(Text) if text.get_visible() and text not in unseen]
    # A label's own box: that of an annotation holds its arrow, too.
    return [(text, Text.get_window_extent(text)) for text in texts if text.get_text().strip()]


def words_of(fig):
    """List the words that one sees in a figure."""
    return [text.get_text() for text, _ in drawn_texts(fig)]


def faults_of(draw, state):
    """List what cannot be read in the figure of a state; "" stands for nothing in a widget's contract."""
    use_course_style()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # A sign that the font lacks would warn.
        fig = draw(**state)
        boxes = drawn_texts(fig)
    faults = [f"{text.get_text()!r} is small" for text, _ in boxes if text.get_fontsize() < 9]
    frame = fig.bbox
    for text, box in boxes:
        if box.x0 < -1 or box.y0 < -1 or box.x1 > frame.x1 + 1 or box.y1 > frame.y1 + 1:
            faults.append(f"{text.get_text()!r} is cut off")
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1:
            faults.append(f"{one.get_text()!r} lies on {other.get_text()!r}")
    faults += [f"axes {i} are empty" for i, ax in enumerate(fig.axes) if not (ax.has_data() or ax.texts)]
    return faults, fig
