# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # {title}: solutions
# {badge}
#
# Worked answers to the exercises of [chapter 7](../07_handwriting_recognizer.ipynb). Try
# each one yourself first, and `hint("7.1")` before you look. Other answers than these
# are right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the 400 drawn digits, the network (here
# always the one that ships with the course), and a way to measure it. The chapter
# explains them.

# %%
import numpy as np

from helpers import datasets, handwriting
from helpers.checks import assert_between, check
from helpers.handwriting import pen_strokes
from helpers.plotting import show, show_images
from helpers.widgets.canvas import sample_digit

# %%
digits, labels = pen_strokes(400, np.random.default_rng(1))
model = handwriting.load_recognizer()


def image_of(strokes, pen=None):
    return handwriting.strokes_to_image(strokes, pen)


def accuracy(many, pen=None):
    """Share of drawings that the network reads rightly."""
    images = np.array([image_of(strokes, pen) for strokes in many])
    answers = model.predict(images[..., None], 200, verbose=0)
    return float((answers.argmax(axis=1) == labels).mean())


print(image_of(digits[0]).shape)

# %% [markdown]
# ## Exercise 7.1 – An L on paper
#
# The longer side is 200 and gets 17.4 pixels. Mass is length: the upright piece has 200
# at the mean place (100, 140), the foot 80 at (140, 240).

# %% [markdown] tags=["hints"] exercise="7.1"
# **Hints**
#
# 1. The longer side is 200. How many of the 20 pixels are left for the pen's middle?
# 2. factor (20 - 2.6) / 200; width 80 times the factor, plus the pen.
# 3. Mass is length: 200 in the upright piece, with its middle at (100, 140); 80 in
#    the foot. Its middle is (140, 240). Compare their weighted mean with the box's
#    middle, times the factor.
#
# **Right:** the pen takes 2.6 of the 20 pixels, and the ink's middle is not the box's
# middle

# %% tags=["solution"] exercise="7.1"
factor = (20 - 2.6) / 200
upright_part, foot = np.array([100, 140]), np.array([140, 240])
centre = (200 * upright_part + 80 * foot) / 280
to_right, to_bottom = (np.array([140, 140]) - centre) * factor
letter = {
    "factor": factor,
    "width": 80 * factor + 2.6,
    "height": 200 * factor + 2.6,
    "right": to_right,
    "down": to_bottom,
}

# %%
check("7.1", letter)
print({name: round(float(value), 3) for name, value in letter.items()})

# %% [markdown]
# And the proof: the box of the same L, prepared, lies as many pixels from the image's
# middle.

# %%
stroke = np.array([[100.0, 40.0], [100.0, 240.0], [180.0, 240.0]])
image = image_of([stroke])
ink_rows, ink_columns = np.nonzero(image > 0.5)
assert abs(np.ptp(ink_columns) + 1 - letter["width"]) <= 1
assert abs(np.ptp(ink_rows) + 1 - letter["height"]) <= 1
assert abs((ink_columns.min() + ink_columns.max()) / 2 - 14 - letter["right"]) <= 1
assert abs((ink_rows.min() + ink_rows.max()) / 2 - 14 - letter["down"]) <= 1
fig = show_images(image[None], ["L"], 1, 1.6)
show(fig, "An L, to the right of the image's middle and above it.")

# %% [markdown]
# ## Exercise 7.2 – The right pen

# %% [markdown] tags=["hints"] exercise="7.2"
# **Hints**
#
# 1. One image's ink is image.mean(); take the mean over all 400.
# 2. np.mean([handwriting.strokes_to_image(strokes, 5) for strokes in digits])
# 3. Around it a loop: for pen in ink: ink[pen] = ...
#
# **Right:** 2.6 pixels hold about as much ink as MNIST; the network is used to that

# %% tags=["solution"] exercise="7.2"
ink = {}
for pen in [1, 2.6, 5]:
    by_pen = [handwriting.strokes_to_image(strokes, pen) for strokes in digits]
    ink[pen] = np.mean(by_pen)

# %%
check("7.2", ink)

# %% tags=["nbval-ignore-output"]
(x_train, _), _ = datasets.load_mnist()
mnist_ink = x_train.mean() / 255
read = {pen: accuracy(digits, pen) for pen in ink}
for pen, share in ink.items():
    print(f"pen {pen:3}: ink {share:.3f}, read rightly {read[pen]:.1%}")
ratio = ink[2.6] / mnist_ink
assert_between(ratio, 0.75, 1.3, "ink compared with MNIST", show=".2f")
assert_between(read[2.6] - read[5], -0.01, 0.9, "loss by a thick pen", show=".1%")
assert_between(read[2.6] - read[1], -0.01, 0.9, "loss by a thin pen", show=".1%")

# %% [markdown]
# 2.6 pixels hold about as much ink as MNIST's images, and the network reads such digits
# best. A thin pen costs it some, a thick one fills loops: an 8 becomes a blot.

# %% [markdown]
# ## Exercise 7.3 – Upright

# %% [markdown] tags=["hints"] exercise="7.3"
# **Hints**
#
# 1. Put the points of all strokes together first: one lean for the whole digit.
# 2. x, y = np.concatenate(strokes).T; m = np.mean((x - x.mean()) * (y - y.mean())) /
#    y.var()
# 3. New strokes: np.column_stack([stroke[:, 0] - m * (stroke[:, 1] - y.mean()),
#    stroke[:, 1]]). When y.var() is 0, m is 0.
#
# **Right:** leaning more or less no longer matters: the network sees the same digit


# %% tags=["solution"] exercise="7.3"
def upright(strokes):
    x, y = np.concatenate(strokes).T
    variance = y.var()
    m = np.mean((x - x.mean()) * (y - y.mean())) / variance if variance > 0 else 0
    return [
        np.column_stack([stroke[:, 0] - m * (stroke[:, 1] - y.mean()), stroke[:, 1]])
        for stroke in strokes
    ]


# %%
check("7.3", upright)

# %% [markdown]
# All digits lean by 45 degrees to the right, and are put upright again:

# %% tags=["nbval-ignore-output"]
leaning = [[stroke @ [[1, 0], [-1, 1]] for stroke in strokes] for strokes in digits]
lean, straight = accuracy(leaning), accuracy([upright(s) for s in leaning])
usual, treated = accuracy(digits), accuracy([upright(s) for s in digits])
print(f"leaning:     {lean:.1%}, put upright {straight:.1%}")
print(f"not leaning: {usual:.1%}, put upright {treated:.1%}")
assert_between(straight - lean, 0.03, 0.9, "gain by upright", show=".1%")
assert_between(treated - usual, -0.06, 0.06, "those that did not lean", show=".1%")

# %%
fig = show_images(np.array([image_of(s) for s in leaning[:8]]), None, 8, 0.85)
show(fig, "Eight digits that lean far to the right.")
fig = show_images(np.array([image_of(upright(s)) for s in leaning[:8]]), None, 8, 0.85)
show(fig, "The same eight digits, put upright.")

# %% [markdown]
# A habit that has a formula needs no training: leaning digits are read nearly as well
# as others, and to digits that did not lean it does no harm worth speaking of.
#
# ## Exercise 7.4 – A column of numbers

# %% [markdown] tags=["hints"] exercise="7.4"
# **Hints**
#
# 1. split_digits does this for x; lines share their height instead of their width.
# 2. Sort the strokes by their smallest y. A stroke that begins above the lowest point
#    of the last line belongs to it.
# 3. for stroke in sorted(strokes, key=lambda s: s[:, 1].min()): if groups and
#    stroke[:, 1].min() <= max(s[:, 1].max() for s in groups[-1]):
#    groups[-1].append(stroke), else a new group
#
# **Right:** lines first, then digits: a page of numbers can be read


# %% tags=["solution"] exercise="7.4"
def lines(strokes):
    groups = []
    for stroke in sorted(strokes, key=lambda stroke: stroke[:, 1].min()):
        lowest = max(s[:, 1].max() for s in groups[-1]) if groups else -np.inf
        if stroke[:, 1].min() <= lowest:  # y grows downwards
            groups[-1].append(stroke)
        else:
            groups.append([stroke])
    return groups


# %%
check("7.4", lines)

# %% [markdown]
# On a slip with two numbers below each other, in the wrong order:

# %%
slip = []
for top, number in [(150, "57"), (10, "2026")]:
    for place, digit in enumerate(number):
        strokes = sample_digit(int(digit), 100, 110 * place, top)
        slip += [np.array(stroke) for stroke in strokes]
print(len(slip), "strokes in", len(lines(slip)), "lines")
assert len(lines(slip)) == 2
assert min(s[:, 1].min() for s in lines(slip)[0]) < 100
