"""Chapter 14's workbench: give a few pictures of one's own classes, and see at once what was learned."""

import ipywidgets
import numpy as np
from PIL import Image, ImageOps

from helpers.plotting import BLUE, GREEN, ORANGE
from helpers.widgets.canvas import DrawingCanvas, picture_of
from helpers.widgets.controls import Note, button, choice, explained, slider, text_field
from helpers.widgets.explorer import Explorer, new_figure
from helpers.widgets.letters import counted, short, write_text
from helpers.widgets.uploads import Camera, take_pictures

SIDE, MOST = 32, 60  # Pixels of a picture each way, and pictures of one's own that are kept.
_COUNTS = range(1, 11)  # Pictures of each class that the curves are measured with.
_POOL, _SEEN, _CANVAS = 25, 8, 224
_TOUCHED = {"height": "44px", "width": "auto"}  # Large enough for a finger.


def draw(names, into, images, labels, asked, title, answer, found, curves, examples):
    """Draw the pictures of each class, the answer for one picture, and how many are read right; 700 × 330.

    Pictures are uint8 (n, 32, 32, 3), labels int (n,); `into` is the class that gets the next picture. The
    one `asked` about may be None, and so may its `answer`, probabilities (classes,); `title` says what it is.
    `found` says how many pictures, left out one by one, were read right, and of how many. `curves` are shares
    of new ones read right after 1 to 10 of each class, by what was learned from; they are empty where that
    cannot be measured. `examples` is how many of each class come from the data.
    """
    fig = new_figure(height=3.3)
    pitch, row, top = SIDE + 3, SIDE + 23, 20
    paper = np.full((4 * row, _SEEN * pitch, 3), 255, np.uint8)
    boxes = (0.015, 0.09, 0.49, 0.81), (0.535, 0.09, 0.17, 0.81), (0.775, 0.57, 0.16, 0.33)
    ax, bars, seen = map(fig.add_axes, boxes)
    for k, name in enumerate(names):
        own = images[labels == k][-_SEEN:]
        for i in range(_SEEN):
            place = np.s_[k * row + top : (k + 1) * row - 3, i * pitch : i * pitch + SIDE]
            paper[place] = own[i] if i < len(own) else 238
        words = f"{short(name, 14)}: {counted(np.sum(labels == k), 'picture')}"
        words += ", here goes the next" if name == into else ""
        write_text(ax.text, 0, k * row + 10, words, 10, 340, va="center")
        share = 0 if answer is None else answer[k]
        colour = ORANGE if share and k == np.argmax(answer) else BLUE
        bars.barh(k * row + 35, [1, share], height=SIDE - 10, color=["#eeeeee", colour])
        bars.text(0, k * row + 10, "–" if answer is None else f"{share:.0%}", fontsize=10, va="center")
    ax.imshow(paper, interpolation="nearest", aspect="auto")
    bars.set(xlim=(0, 1), ylim=(4 * row, 0))
    seen.imshow(np.full((1, 1, 3), 238) if asked is None else asked, interpolation="nearest")
    for part in (ax, bars, seen):
        part.axis("off")
    fig.text(0.535, 0.95, "answer for", fontsize=11, va="center")
    fig.text(0.855, 0.95, title, fontsize=11, ha="center", va="center")
    fig.text(0.015, 0.045, _worded(found), fontsize=10, va="center")
    if curves:
        _draw_curves(fig.add_axes((0.795, 0.15, 0.19, 0.28)), curves, examples)
    return fig


def alt(names, into, images, labels, asked, title, answer, found, curves, examples):
    """Say in a few sentences what `draw` shows for the same state."""
    counts = ", ".join(f"{short(name, 14)} {np.sum(labels == k)}" for k, name in enumerate(names))
    said, held = "not yet known", ""
    if answer is not None:
        said = f"{short(names[np.argmax(answer)], 14)} with probability {np.max(answer):.2f}"
    if curves and examples:
        held = ", ".join(f"{values[examples - 1]:.2f} from {what}" for what, values in curves.items())
        held = f" With {examples} of each class from the data, new ones are read right: {held}."
    here = f"the next goes to {short(into, 14)}"
    return f"Pictures: {counts}; {here}. Answer for {title}: {said}. {_worded(found)}{held}"


def learned(gram, targets, kept, steps=200, decay=0.02):
    """Learn several softmax regressions at once, each from some of the pictures, by gradient descent.

    Products of the pictures' features with each other are `gram` (n, n); `targets` (n, classes) are one-hot;
    `kept` (regressions, n) is 1 for a picture that a regression learns from, else 0. Weights begin at zero
    and move along features only: returned are the shares of each picture's features in them, float32
    (regressions, n, classes). A picture whose products with the n are g has the scores `g @ shares`.
    """
    targets, kept = np.float32(targets), np.float32(kept)
    shares = np.zeros((*kept.shape, targets.shape[1]), np.float32)
    rate = 2 / (np.linalg.eigvalsh(gram)[-1] + 2 * decay)  # The loss bends no more than twice its inverse.
    for _ in range(steps):
        errors = _softmax(gram @ shares) - targets
        shares -= rate * (kept[..., None] * errors + decay * shares)
    return shares


class OwnClasses(Explorer):
    """Name classes and give a few pictures of each: frozen features and a softmax regression learn them.

    Images, labels and names that do not fit each other are a ValueError.

    Parameters
    ----------
    features : keras.Model
        From float32 images (n, 32, 32, 3) in [0, 255] to features (n, d); it is not trained.
    images, labels : ndarray of shape (n, 32, 32, 3), uint8, and of shape (n,), int; optional
        Examples to begin with; with 20 of a class also to measure how well new ones are read.
    names : sequence of str
        Of the labels; the first three are the classes at first.

    Attributes
    ----------
    canvas, upload, camera : DrawingCanvas, ipywidgets.FileUpload, Camera
    """

    few_colours = False  # Photographs have more.

    def __init__(self, features, images=None, labels=None, names=("circle", "cross")):
        self._features, self._own, self._measured, self._examples = features, [], {}, {}
        given, names = names, [names] if isinstance(names, str) else list(map(str, names))
        if not 2 <= len(names) == len(set(names)):
            raise ValueError(f"names is {given!r}; expected at least two, in a list")
        if images is not None:
            images, labels = np.asarray(images), np.ravel(labels)
            if images.shape != (len(labels), SIDE, SIDE, 3) or labels.max(initial=0) >= len(names):
                raise ValueError(
                    f"images of shape {images.shape}, {len(labels)} labels, {len(names)} names: expected "
                    "(n, 32, 32, 3), n labels and a name for each of their classes"
                )
            if images.dtype != np.uint8:
                raise ValueError(f"images are {images.dtype}; expected uint8 from 0 to 255")
            found = {name: images[labels == k][: 2 * _POOL] for k, name in enumerate(names)}
            pairs = {name: zip(x, self._look(x), strict=True) for name, x in found.items() if len(x)}
            self._examples = {name: list(each) for name, each in pairs.items()}
        self._names, self._note = names[:3], Note()
        words = {"label": "Drawing canvas for one picture", "hint": "draw here"}
        self.canvas = DrawingCanvas(width=_CANVAS, height=_CANVAS, **words)
        load = ipywidgets.FileUpload(accept="image/*", multiple=True, description="Load", layout=_TOUCHED)
        self.upload = explained(load, "Take pictures from files; a phone offers its camera, too.")
        self.camera = Camera(self._put, self._note)
        buttons = [
            button("Add drawing", "Put the drawing into the chosen class.", self._add_drawing, **_TOUCHED),
            button("Take back", "Take the newest of your own pictures away.", self._take_back, **_TOUCHED),
        ]
        first, about = 3 if self._examples else 0, "How many pictures of each class come from the data."
        classes = ", ".join(self._names)
        controls = {
            "classes": text_field("Classes", classes, "Two to four names, with commas between them."),
            "into": choice("Next picture is", self._names, "The class that gets the next picture."),
            "examples": slider("From the data", first, 0, _COUNTS[-1], about),
        }
        controls["examples"].layout.display = "" if self._examples else "none"
        tools = ipywidgets.Box([self.upload, *buttons, self.camera], layout={"flex_flow": "row wrap"})
        super().__init__(draw, alt, controls, beside=[self.canvas], above=[tools, self._note])
        self.canvas.observe(lambda _: self._redraw(), names="strokes")
        self.upload.observe(self._on_upload, names="value")

    def add(self, picture):
        """Give the chosen class a picture: uint8, grey or in colours. Of one's own the newest 60 are kept."""
        picture = np.asarray(picture)
        if picture.dtype != np.uint8:
            raise ValueError(f"the picture is {picture.dtype}; expected uint8 from 0 to 255")
        picture = picture[..., 0] if picture.shape[2:] == (1,) else picture
        whole = Image.fromarray(picture).convert("RGB")
        middle = ImageOps.fit(whole, (SIDE, SIDE), Image.Resampling.BOX)
        label = self._names.index(self.controls["into"].value)
        self._own.append((np.asarray(middle), self._look([middle])[0], label))
        del self._own[:-MOST]
        self._note.say("")
        self._redraw()

    @property
    def state(self):
        """What `draw` gets: the pictures of all classes, one that is asked about, what was learned."""
        count, names = self.controls["examples"].value, tuple(self._names)
        # Pixels, features and class of each picture.
        rows = [(*pair, k) for k, name in enumerate(names) for pair in self._examples.get(name, [])[:count]]
        rows += [row for row in self._own if row[2] < len(names)]
        labels = np.array([label for *_, label in rows], int)
        asked, title, new = None, "your drawing", None
        if self.canvas.strokes:
            asked = np.asarray(self._drawing().resize((SIDE, SIDE), Image.Resampling.BOX))
            new = self._look([asked])
        elif rows:
            asked, title = rows[-1][0], "the newest, left out"
        answer, found = None, (0, 0)
        if len(present := np.unique(labels)) > 1:
            answer = np.zeros(len(names))
            answer[present], found = _answers(np.array([row[1] for row in rows]), labels, new)
        images = np.array([row[0] for row in rows], np.uint8).reshape(-1, SIDE, SIDE, 3)
        return {
            "names": names, "into": self.controls["into"].value, "images": images, "labels": labels,
            "asked": asked, "title": title, "answer": answer, "found": found,
            "curves": self._curves(names), "examples": count,
        }  # fmt: skip

    def _look(self, images):
        return np.asarray(self._features(np.array(images, np.float32), training=False))

    def _look_untrained(self, images):
        """Features of the network with random weights; it keeps its own."""
        known, rng = self._features.get_weights(), np.random.default_rng(0)
        random = [
            rng.normal(0, np.sqrt(2 / np.prod(w.shape[:-1])), w.shape) if w.ndim > 1 else w for w in known
        ]
        try:
            self._features.set_weights(random)
            return self._look(images)
        finally:
            self._features.set_weights(known)

    def _curves(self, names):
        """Measure how well new pictures are read; the same classes only once."""
        parts = [self._examples.get(name, []) for name in names]
        half = min(map(len, parts)) // 2
        if names not in self._measured and half >= _COUNTS[-1]:
            pixels, features = ([np.array([pair[i] for pair in part]) for part in parts] for i in (0, 1))
            untrained = list(map(self._look_untrained, pixels))
            kinds = {"features": features, "pixels": pixels, "untrained": untrained}
            self._measured[names] = {kind: _curve(classes, half) for kind, classes in kinds.items()}
        return self._measured.get(names, {})

    def _drawing(self):
        drawn = self.canvas
        image = picture_of(drawn.strokes, _CANVAS, _CANVAS, drawn.widths, drawn.pen_width)
        return image.convert("RGB")

    def _add_drawing(self):
        if self.canvas.strokes:
            self.add(np.asarray(self._drawing()))
            self.canvas.clear()
        else:
            self._note.say("The canvas is empty: draw a picture first.")

    def _take_back(self):
        self._note.say("" if self._own else "There is no picture of your own to take away.")
        del self._own[-1:]
        self._redraw()

    def _on_upload(self, change):
        take_pictures(self.upload, change["new"], self._put, self._note)

    def _put(self, _, picture):
        self.add(picture)

    def _follow(self, moved):
        classes, into = self.controls["classes"], self.controls["into"]
        if moved is classes:
            names = list(dict.fromkeys(filter(None, map(str.strip, classes.value.split(",")))))
            fits = 2 <= len(names) <= 4
            self._note.say("" if fits else "Two to four different names, please, with commas between them.")
            if fits:
                place = min(self._names.index(into.value), len(names) - 1)
                self._names = into.options = names
                into.value = names[place]


def _softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _standardised(features, like):
    scale = like.std(axis=0)
    # A feature that hardly varies among few pictures is not to decide everything.
    return (features - like.mean(axis=0)) / (scale + 0.3 * scale.mean() + 1e-6) / np.sqrt(like.shape[1])


def _answers(features, labels, new):
    """Learn from all pictures, and from all but each; answer for a new one, or for the last, left out."""
    x, n = _standardised(features, features), len(labels)
    gram, targets = x @ x.T, labels[:, None] == np.unique(labels)
    shares = learned(gram, targets, np.concatenate([np.ones((1, n)), 1 - np.eye(n)]))
    answers = _softmax(np.einsum("ij,ijk->ik", gram, shares[1:]))
    fair = targets @ targets.sum(axis=0) > 1  # Of the others one at least is of the same class.
    right = (answers.argmax(axis=1) == targets.argmax(axis=1)) & fair
    if new is not None:
        answers = _softmax(_standardised(new, features) @ x.T @ shares[0])
    return answers[-1], (int(right.sum()), int(fair.sum()))


def _curve(classes, half, draws=5):
    """Measure the share of new pictures read right after some of each class, on average of several draws."""
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(len(classes)), half)
    flat = [part.reshape(len(part), -1).astype(np.float32) for part in classes]
    known, new = (
        np.concatenate([part[rows] for part in flat]) for rows in (np.s_[:half], np.s_[half : 2 * half])
    )
    x, new = _standardised(known, known), _standardised(new, known)
    places = [np.concatenate([rng.permutation(half) for _ in classes]) for _ in range(draws)]
    kept = np.array([place < count for place in places for count in _COUNTS])
    shares = learned(x @ x.T, np.eye(len(classes))[labels], kept)
    right = (new @ x.T @ shares).argmax(axis=-1) == labels
    return right.mean(axis=1).reshape(draws, -1).mean(axis=0)


def _draw_curves(ax, curves, examples):
    looks = ("-", BLUE), ("--", ORANGE), (":", GREEN)
    for (kind, values), (style, colour) in zip(curves.items(), looks, strict=True):
        ax.plot(_COUNTS, values, style, color=colour, label=kind)
        if examples:
            ax.plot(examples, values[examples - 1], "o", color=colour)
    ax.set(xlim=(0, 10.5), ylim=(0, 1.05), xticks=(1, 5, 10), yticks=(0, 0.5, 1))
    ax.set_xlabel("pictures of each class", fontsize=9, labelpad=1)
    ax.set_ylabel("read right", fontsize=9, labelpad=1)
    ax.tick_params(labelsize=9)
    place = {"loc": "lower center", "bbox_to_anchor": (0.4, 0.98), "borderaxespad": 0, "ncols": 2}
    ax.legend(fontsize=9, frameon=False, labelspacing=0.2, handlelength=1.2, columnspacing=0.8, **place)


def _worded(found):
    if not found[1]:
        return "From two pictures of a class on, each is left out once and read."
    return f"Left out one by one, {found[0]} of {found[1]} pictures are read right."
