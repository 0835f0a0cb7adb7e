# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # {title}
# {badge}
#
# **Question:** how does a network say not only what is in a picture, but where, how
# many, and which pixels?
#
# **Aims.** At the end you can
#
# 1. name four questions about a picture, and say what each answer looks like as an array;
# 2. compute intersection over union and non-maximum suppression, and say what they are
#    for;
# 3. turn scored boxes into precision, recall and average precision, and say what
#    AP@.5 and AP@.5:.95 tell;
# 4. build a single-shot detector on a grid, train it on scenes, and see what it misses;
# 5. build a U-Net that finds cell nuclei, and take touching ones apart.
#
# **Before you start:** [chapter 6](06_dynamic_cnn.ipynb): convolution layers, batch
# normalisation. [Chapter 2](02_softmax_mnist.ipynb): cross-entropy.
#
# **Minutes:** about {minutes} to read and do, under 150 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners turn pictures into boxes and areas, and know what IoU, suppression and
# average precision measure.
# before: Chapter 06: convolution layers, batch normalisation. Chapter 02:
# cross-entropy.
# machine: Two overlapping squares on squared paper for IoU; five scored boxes for
# precision and recall, drawn as a zigzag. Stored: scenes with mistakes, blood cells,
# the nuclei in four ways.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages. What comes from `helpers` loads or draws data, shows pictures and
# checks your exercises; measures, networks and losses are written out below.

# %% tags=["setup"]
# {setup}

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.segmentation import find_boundaries, watershed

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.models import load_weights, read_card, shipped
from helpers.plotting import BLUE, ORANGE, show
from helpers.progress import KerasProgress
from helpers.synthetic.scenes import make_scenes
from helpers.widgets import SceneEditor, TouchMask

# %% [markdown]
# ## 16.1 Four questions about one picture
#
# So far networks gave one answer for a whole picture, or made it larger. Much of what
# people want needs more. Four questions, from coarse to fine:
#
# - **Classification:** what is in the picture? One row of probabilities.
# - **Detection:** what is where? A list of **bounding boxes**, upright rectangles around
#   each thing, with a class. How many rows it has depends on the picture.
# - **Semantic segmentation:** which pixels belong to which class? An array as large as
#   the picture, with a class for each pixel.
# - **Instance segmentation:** which pixels belong to which *thing*? The same array, but
#   two things of one class have two numbers.
#
# Pictures of cell nuclei, glowing under a microscope, have all four answers at once. The
# data say of every pixel to which nucleus it belongs; the other answers follow from it.

# %% [markdown] tags=["teacher"]
# minutes: 10
# stall: Four answers have four shapes; "segmentation" is used for two of them. Boxes
# are left, top, right, bottom with right and bottom outside. From instances all else
# follows, not the other way round.
# ask: Which of the four answers is the dearest to draw by hand?
# answer: Outlines, a minute or more each; a box takes seconds.
# skip: The table of data sets.

# %% tags=["nbval-ignore-output"]
(x_nuclei, labels_nuclei), (x_test, labels_test) = datasets.load_nuclei()
assert x_test.shape == labels_test.shape == (66, 128, 128)


# %%
def boxes_of(labels):
    """(height, width) numbers of things -> (things, 4) left, top, right, bottom."""
    boxes = []
    for number in np.unique(labels[labels > 0]):
        rows, columns = np.nonzero(labels == number)
        boxes.append([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    return np.array(boxes, float).reshape(-1, 4)


print(boxes_of(np.array([[0, 1, 1, 0], [2, 0, 1, 0], [2, 0, 0, 0]])))


# %%
def outline(ax, boxes, colour, style="-", texts=()):
    """Draw boxes (k, 4) over a picture, each with a text above it."""
    for i, (left, top, right, bottom) in enumerate(boxes):
        corner, size = (left - 0.5, top - 0.5), (right - left, bottom - top)
        frame = plt.Rectangle(corner, *size, fill=False, ec=colour, ls=style, lw=1.6)
        ax.add_patch(frame)
        if len(texts):
            box = {"fc": "black", "lw": 0, "pad": 0.5, "alpha": 0.6}
            about = {"color": colour, "fontsize": 9, "weight": "bold", "bbox": box}
            ax.text(left, top - 2, texts[i], **about)


# %%
counts = np.array([len(np.unique(numbers)) - 1 for numbers in labels_nuclei])
pick = np.flatnonzero((counts >= 8) & (counts <= 14))[0]
image, numbers = x_nuclei[pick], labels_nuclei[pick]
answers = {
    "a picture": image,
    "boxes": image,
    "areas": numbers > 0,
    "instances": np.where(numbers > 0, numbers % 19 + 1, np.nan),
}
fig, axes = plt.subplots(1, 4, figsize=(9, 2.6))
for ax, (name, array) in zip(axes, answers.items(), strict=True):
    ax.imshow(array, cmap="tab20" if name == "instances" else "gray")
    ax.set_title(name)
outline(axes[1], boxes_of(numbers), ORANGE)
plt.setp(axes, xticks=[], yticks=[])
show(fig, "A picture of nuclei; with boxes; as areas; each nucleus in a colour.")

# %% [markdown]
# As arrays: the class is one number; the boxes have shape (things, 4); areas and
# instances have the shape of the picture. From instances one gets areas (what is not 0)
# and boxes (smallest and largest row and column); neither leads back.
#
# Somebody has to draw these answers for thousands of pictures. A box takes seconds, an
# outline a minute or more. Four data sets by which detectors are compared:

# %%
sets = pd.DataFrame(
    [
        ["PASCAL VOC 2012", 20, 11_530, 27_450, "small, clean: a first test"],
        ["ILSVRC detection", 200, 476_688, 534_309, "many classes, few boxes"],
        ["COCO 2017", 80, 123_287, 896_782, "crowded everyday scenes, outlines"],
        ["Open Images V4", 600, 1_743_042, 14_610_229, "size; some things lack a box"],
    ],
    columns=["data set", "classes", "pictures", "boxes", "good for"],
)
sets["boxes a picture"] = (sets["boxes"] / sets["pictures"]).round(1)
assert list(sets["boxes a picture"]) == [2.4, 1.1, 7.3, 8.4]
sets

# %% [markdown]
# (Training and validation parts; of Open Images the training part. Sources: at the end.)
# More boxes in a picture make it harder: things are smaller, and hide each other. COCO is
# the usual yardstick. Results from two of these sets can't be compared with each other.
#
# The ground under all of them is the question when two answers are *the same*.

# %% [markdown]
# ## 16.2 Overlap: the same thing, or another one?
#
# A box is never right to the pixel. Two boxes are compared by their **intersection over
# union** (IoU, also Jaccard index): the area they share, divided by the area that they
# cover together:
#
# $$\text{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|}
# = \frac{|A \cap B|}{|A| + |B| - |A \cap B|} .$$
#
# It is 1 for equal boxes, 0 for apart ones, and does not depend on the size of the
# picture. **Predict:** a box of 10 × 10 is found, but half its width too far right. What
# is the IoU?

# %% [markdown] tags=["teacher"]
# minutes: 14
# exercises: 7
# stall: Axes in `iou`: all pairs by broadcasting (k, 1) against (m,). A third for half
# a shift feels wrong; draw it. Suppression keeps the best and removes its neighbours,
# class by class only if one says so.
# ask: Limit too low, limit too high: what goes wrong in each case?
# answer: Too low, one of two neighbours vanishes; too high, one thing is counted twice.
# skip: The comparison with TensorFlow; Exercise 16.2.

# %%
predict("16.a", "IoU of two squares, shifted by half their width?", within=0.03)


# %%
def iou(boxes, others):
    """Intersection over union of all pairs: (k, 4) and (m, 4) -> (k, m)."""
    left, top = (np.maximum(boxes[:, None, i], others[:, i]) for i in (0, 1))
    right, bottom = (np.minimum(boxes[:, None, i], others[:, i]) for i in (2, 3))
    common = np.maximum(right - left, 0) * np.maximum(bottom - top, 0)  # (k, m)
    area, other_area = (
        (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (boxes, others)
    )
    return common / (area[:, None] + other_area - common)


square = np.array([[0, 0, 10, 10.0]])
moved = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [5, 0, 15, 10], [10, 0, 20, 10.0]])
print(iou(square, moved).round(3))
happened("16.a", iou(square, moved)[0, 2], "50 pixels are shared, 150 covered.")

# %% [markdown]
# A third: stricter than it feels. From 0.5 on a box usually counts as found; 0.75 already
# looks tight.
#
# A detector looks at many places at once, and several of them see the same thing. So
# answers come in heaps, and of each heap one should remain. **Non-maximum suppression**
# does it greedily: take the box with the highest score, throw away all that overlap it
# by more than some limit, take the best of the rest, and so on.


# %%
def suppress(boxes, scores, most=0.5):
    """Rows of the boxes that stay, the best first: (k, 4), (k,) -> (kept,)."""
    left, kept = np.argsort(-scores, kind="stable"), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[iou(boxes[[best]], boxes[left])[0] <= most]
    return np.array(kept, int)


boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [0, 2, 10, 12], [20, 0, 30, 10.0]])
scores = np.array([0.7, 0.9, 0.6, 0.8])
print("stay:", suppress(boxes, scores))
print("with the limit 0.8:", suppress(boxes, scores, 0.8))

# %% [markdown]
# Box 1 has the highest score and takes boxes 0 and 2 with it; box 3 stands elsewhere.
# The limit is a trade: too low, and of two things side by side one vanishes; too high,
# and one thing is counted twice. TensorFlow has the same method. On random boxes both
# must agree, else one of them is wrong:

# %%
rng = np.random.default_rng(16)
agree = 0
for _ in range(50):
    corners, sizes = rng.uniform(0, 40, (30, 2)), rng.uniform(5, 30, (30, 2))
    boxes, scores = np.hstack([corners, corners + sizes]), rng.random(30)
    theirs = tf.image.non_max_suppression(boxes, scores, 30, iou_threshold=0.4)
    agree += np.array_equal(suppress(boxes, scores, 0.4), theirs)
print("the same rows in", agree, "of 50 random sets")
assert agree == 50

# %% [markdown]
# ### Exercise 16.1 – Overlaps on paper (predict and run)
# Work out the IoU of four pairs of boxes on paper, then write the numbers into the dict.
# Boxes are (left, top, right, bottom).

# %% tags=["exercise"]
overlaps = {
    "(0, 0, 4, 4) and (2, 2, 6, 6)": ...,
    "(0, 0, 10, 10) and (0, 0, 5, 10)": ...,
    "(0, 0, 10, 10) and (2, 2, 8, 8)": ...,
    "(0, 0, 4, 4) and (4, 0, 8, 4)": ...,
}

# %%
check("16.1", overlaps)

# %% [markdown]
# ### Exercise 16.2 – Suppression by class (build)
# A rider's box covers much of the horse's, and both should stay. Write a function that
# suppresses boxes of the **same class** only. It gets boxes (k, 4), scores (k,), classes
# (k,) and the limit, and returns the rows that stay, the highest score first. Leave what
# you are given as it is. `suppress` may help.


# %% tags=["exercise"]
def suppress_by_class(boxes, scores, classes, most=0.5): ...


# %%
check("16.2", suppress_by_class)

# %% [markdown]
# ## 16.3 Precision, recall, average precision
#
# A detector gives each box a **score**, and somebody chooses from which score on a box
# is shown. Few boxes are shown: most are right, many things are missed. Many are shown:
# most things are found, and much that isn't there. Two numbers say it:
#
# $$\text{precision} = \frac{\text{right boxes}}{\text{boxes shown}}, \qquad
# \text{recall} = \frac{\text{things found}}{\text{things there}} .$$
#
# First, which boxes are right? Go through them by falling score. Of the true boxes that
# are still free, each takes the one that it overlaps most, if the IoU is at least
# `enough`. A second box on the same thing is wrong: finding it twice is a mistake, too.


# %% [markdown] tags=["teacher"]
# minutes: 14
# exercises: 4
# stall: A second box on the same thing is wrong. Recall can only rise as the threshold
# falls, precision zigzags: let the room do five boxes by hand. AP is an area, no
# precision. AP@.5 and AP@.5:.95 are mixed up.
# ask: Two papers report AP 0.6 and 0.4. Which detector is better?
# answer: Unknown until the limit of IoU and the data set are named.
# skip: Pooling over classes; Exercise 16.3.


# %%
def right_ones(boxes, scores, truth, enough=0.5):
    """Say of each box whether it finds a thing of its own: -> (k,) of bool."""
    right, overlaps = np.zeros(len(boxes), bool), iou(boxes, truth)  # (k, things)
    for i in np.argsort(-scores, kind="stable"):
        if overlaps.shape[1] and overlaps[i].max() >= enough:
            right[i] = True
            overlaps[:, overlaps[i].argmax()] = -1  # taken
    return right


# %%
truth = np.array([[x, 0, x + 10, 10.0] for x in (0, 20, 40, 60)])
found = np.array([[x, 0, x + 10, 10.0] for x in (1, 0, 21, 80, 43)])
scores = np.array([0.9, 0.8, 0.7, 0.6, 0.3])
right = right_ones(found, scores, truth)
print(right)

# %% [markdown]
# Box 1 is the second on one thing, box 3 stands where nothing is, and the fourth thing
# is never found. Now lower the threshold box by box: precision and recall after each.
# **Predict:** what happens to precision when one more box is shown?

# %%
options = ["rises", "falls", "does either"]
predict("16.b", "With each further box precision ...", options)

# %%
hits = np.cumsum(right)  # scores fall already
precision, recall = hits / np.arange(1, 6), hits / len(truth)
print("precision", precision.round(2))
print("recall   ", recall.round(2))
steps = np.diff(precision)
happened("16.b", "does either", "Up with a right one, down with a wrong one.")
assert steps.min() < 0 < steps.max() and np.all(np.diff(recall) >= 0)

# %% [markdown]
# Recall never falls; precision zigzags. One number for all thresholds together is the
# **average precision** (AP): the area under the curve of precision over recall. The
# zigzag is smoothed first: at each recall take the best precision that is reached there
# *or further on*, because nobody would stop in a dip. COCO reads it at 101 places of
# recall, 0, 0.01, …, 1, and counts 0 where the detector never gets.


# %%
def average_precision(scores, right, things):
    """Area under precision over recall, read at 101 places of recall."""
    hits = np.cumsum(right[np.argsort(-scores, kind="stable")])
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / things
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, np.linspace(0, 1, 101))  # first that reaches it
    return np.append(best_from_here, 0)[places].mean()


print(round(average_precision(scores, right, things=4), 3))

# %%
best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
fig, ax = plt.subplots(figsize=(5, 3))
ax.plot(recall, precision, "o-", color=BLUE)
ax.step([0, *recall, recall[-1]], [1, *best_from_here, 0], color=ORANGE, ls="--")
for i in range(5):
    place = recall[i] + 0.015, precision[i] + (0.03 if i != 1 else -0.08)
    ax.text(*place, f"{scores[i]}", fontsize=10)
ax.set(xlim=(0, 1.05), ylim=(0, 1.1), xlabel="recall", ylabel="precision")
show(fig, "Precision over recall for five boxes: a zigzag, smoothed by steps above it.")

# %% [markdown]
# Beside each point stands the score down to which boxes are shown. The area under the
# dashed line is the average precision, about 0.57. It stops at a recall of 0.75: one
# thing was never found.
#
# With several classes one takes the **mean over the classes** (mAP). A data set's boxes
# are pooled: all pictures' boxes of a class in one list by score.


# %%
def mean_average_precision(found, truths, classes, enough=0.5):
    """Found: (boxes, scores, classes) of each picture; truths: (things, 5) of each."""
    values = []
    for kind in range(classes):
        marks, things = [], 0
        for (boxes, scores, kinds), truth in zip(found, truths, strict=True):
            true = truth[truth[:, 0] == kind, 1:]
            mine, things = kinds == kind, things + len(true)
            right = right_ones(boxes[mine], scores[mine], true, enough)
            marks += zip(scores[mine], right, strict=True)
        scores, right = np.array(marks).reshape(-1, 2).T
        if things:  # a class that is nowhere does not count, as with COCO
            values.append(average_precision(scores, right, things))
    return np.mean(values)


# %%
perfect = [(truth, np.ones(4), np.array([0, 0, 1, 1]))]
truths = [np.column_stack([[0, 0, 1, 1], truth])]
print(mean_average_precision(perfect, truths, classes=2))

# %% [markdown]
# How strict is "found"? VOC counted from an IoU of 0.5 (**AP@.5**). COCO takes the mean
# over the limits 0.5, 0.55, …, 0.95 (**AP@.5:.95**): it rewards boxes that sit tightly,
# and is never the larger number. A paper that says "AP" without a limit leaves open
# which of the two, and they may differ by a factor of two. Our functions agree with
# COCO's own program on 200 random sets of boxes; the course's tests hold them to it.

# %%
shifts = np.array([0, 1, 2, 3.0])  # of 10 pixels: four boxes, ever less tight
shifted = truth + shifts[:, None] * [1, 0, 1, 0]
for enough in (0.5, 0.75, 0.95):
    good = right_ones(shifted, np.ones(4), truth, enough)
    print(f"IoU from {enough}: {good.sum()} of 4 are right")
assert list(iou(shifted, truth).diagonal().round(2)) == [1, 0.82, 0.67, 0.54]

# %% [markdown]
# ### Exercise 16.3 – The best threshold (change and measure)
# In use there is one threshold. A common choice is the one with the highest **F1**, the
# harmonic mean of precision and recall, $F_1 = 2PR/(P+R)$. Write a function that gets
# scores (k,), right (k,) of bool and the number of things, and returns a pair: the
# highest F1, and the score of the last box that is shown then. Scores may come in any
# order, and no two are equal. Leave what you are given as it is.


# %% tags=["exercise"]
def best_threshold(scores, right, things): ...


# %%
check("16.3", best_threshold)

# %% [markdown]
# ## 16.4 A detector on a grid
#
# Now something to detect. Scenes of 96 × 96 pixels hold one to five digits of several
# sizes between scraps of other digits, and every digit has its box. They are drawn in
# seconds, as many as we like: a toy of what COCO asks.

# %% [markdown] tags=["teacher"]
# minutes: 24
# stall: Each cell answers for the thing whose middle lies in it, and sees far more than
# its 8 pixels. Sizes are logarithms. Loss: class and place count only where something
# is. The short training is a beginning; weights are shipped.
# ask: How can a fixed number of outputs give a list of any length?
# answer: Every cell answers the same questions; the threshold and suppression leave a
# list.
# skip: `encode` and `decode` line by line; blood cells by the picture. Keep the
# mistakes.

# %% tags=["nbval-ignore-output"]
train_digits, test_digits = datasets.load_mnist()
rng = np.random.default_rng(16)
scenes, boxes = make_scenes(*train_digits, 6000, rng)  # (6000, 96, 96)
scenes_new, boxes_new = make_scenes(*test_digits, 400, rng)
assert scenes.shape == (6000, 96, 96)

# %%
fig, axes = plt.subplots(1, 4, figsize=(9, 2.6))
for ax, scene, things in zip(axes, scenes, boxes, strict=False):
    ax.imshow(scene, cmap="gray")
    outline(ax, things[:, 1:], ORANGE, texts=things[:, 0].astype(int))
plt.setp(axes, xticks=[], yticks=[])
show(fig, "Four scenes of digits among scraps; each digit has a box and its class.")

# %% [markdown]
# A network has a fixed number of outputs, a scene has one to five boxes. How can a list
# of any length come out of a network? The idea of the **single-shot** detectors (YOLO,
# SSD, both 2016): lay a grid over the picture, here 12 × 12 cells of 8 pixels, and let
# **every cell** answer the same questions about *itself*:
#
# - Does the middle of a thing lie in me? (one score)
# - Where in me does it lie? ($x$ and $y$ from 0 to 1)
# - How wide and high is it? (as $\log(\text{width}/24)$: sizes are compared by factors)
# - Of which class is it? (ten scores)
#
# That is 15 numbers a cell, and a convolutional network gives them to all cells at once:
# it is the same small network everywhere. Boxes become an array, and an array boxes:

# %%
STRIDE, TYPICAL = 8, 24.0


def encode(boxes, shape):
    """Boxes of n pictures -> (n, rows, columns, 6): thing, x, y, log sizes, class."""
    grid = np.zeros((len(boxes), shape[0] // STRIDE, shape[1] // STRIDE, 6), "float32")
    for cells, things in zip(grid, boxes, strict=True):
        for kind, left, top, right, bottom in things:
            x, y = (left + right) / 2 / STRIDE, (top + bottom) / 2 / STRIDE
            column = min(int(x), cells.shape[1] - 1)
            row = min(int(y), cells.shape[0] - 1)
            size = np.log([(right - left) / TYPICAL, (bottom - top) / TYPICAL])
            cells[row, column] = 1, x - column, y - row, *size, kind
    return grid


one = encode([np.array([[7, 20, 36, 44, 84.0]])], (96, 96))
print("shape", one.shape, " the cell of its middle:", np.argwhere(one[0, :, :, 0])[0])
print(one[0, 7, 4].round(3))


# %%
def decode(output):
    """(rows, columns, 5 + classes) -> boxes (k, 4), scores (k,), classes (k,)."""
    row, column = np.mgrid[: output.shape[0], : output.shape[1]]
    x, y = (column + output[..., 1]) * STRIDE, (row + output[..., 2]) * STRIDE
    half = TYPICAL / 2 * np.exp(np.clip(output[..., 3:5], -3, 3))  # width, height
    width, height = half[..., 0], half[..., 1]
    boxes = np.stack([x - width, y - height, x + width, y + height], axis=-1)
    thing = 1 / (1 + np.exp(-output[..., 0]))
    classes = tf.nn.softmax(output[..., 5:]).numpy()
    scores = thing * classes.max(axis=-1)
    return boxes.reshape(-1, 4), scores.ravel(), classes.argmax(axis=-1).ravel()


certain = np.concatenate([one[0, ..., :5], np.eye(10)[one[0, ..., 5].astype(int)]], -1)
certain[..., 0] = 20 * certain[..., 0] - 10
certain[..., 5:] *= 20
places, scores, classes = decode(certain)
print(places[scores.argmax()].round(1), "class", classes[scores.argmax()])
assert np.allclose(places[scores.argmax()], [20, 36, 44, 84], atol=1e-4)

# %% [markdown]
# The box came back. What is the price of the grid? Two things with their middles in one
# cell can't both be said. **Predict** for how many of all digits that happens here: they
# may overlap a little, and a cell has 8 × 8 pixels.

# %%
predict("16.c", "Which share of the digits is lost in the grid, in %?", within=0.5)

# %% tags=["nbval-ignore-output"]
grid, grid_new = encode(boxes, (96, 96)), encode(boxes_new, (96, 96))
digits_there = sum(len(things) for things in boxes)
lost = 1 - grid[..., 0].sum() / digits_there
happened("16.c", 100 * lost, "Their boxes overlap too little to share a middle.")
assert_between(lost, 0, 0.005, "digits that share a cell with another", show=".2%")

# %% [markdown]
# The network halves the picture three times, to 12 × 12, then looks further around with
# three more convolutions. A cell must see more than its 8 pixels: the digits are up to
# 40 high. How far it sees (the **receptive field**) grows with each layer, by (size − 1)
# times the stride so far.


# %%
def detector(shape, classes):
    """(n, height, width, channels) -> (n, height / 8, width / 8, 5 + classes)."""

    def block(z, filters, size=3, stride=1, pool=False):
        z = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(z)
        z = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(z))
        return layers.MaxPooling2D(2)(z) if pool else z

    inputs = keras.Input(shape)
    z = block(layers.Rescaling(1 / 255)(inputs), 24, 5, stride=2, pool=True)
    z = block(z, 48, pool=True)  # (n, height / 8, width / 8, 48)
    for _ in range(3):
        z = block(z, 96)
    return keras.Model(inputs, layers.Conv2D(5 + classes, 1)(z))


digit_detector = detector((96, 96, 1), classes=10)
field, step = 1, 1
for size, stride in [(5, 2), (2, 2), (3, 1), (2, 2), (3, 1), (3, 1), (3, 1)]:
    field, step = field + (size - 1) * step, step * stride
print(f"{digit_detector.count_params():,} parameters")
print("a cell sees", field, "pixels each way")

# %% [markdown]
# The loss adds three parts. *Thing or no thing* is asked of all 144 cells, with the
# cross-entropy of chapter 1. *Place and size* count only where there is a thing, by
# their distance to the truth, and twice; *class* too, with the cross-entropy of chapter
# 2. What a cell without a thing says about its class costs nothing: nobody will read
# it.


# %%
def detection_loss(grid, output):
    there, kinds = grid[..., 0], tf.cast(grid[..., 5], tf.int32)  # (n, rows, columns)
    thing = tf.nn.sigmoid_cross_entropy_with_logits(there, output[..., 0])
    place = tf.reduce_sum(tf.abs(grid[..., 1:5] - output[..., 1:5]), axis=-1)
    kind = tf.nn.sparse_softmax_cross_entropy_with_logits(kinds, output[..., 5:])
    # A quarter keeps the numbers handy; Adam's steps are the same.
    return tf.reduce_sum(thing + there * (2 * place + kind), axis=(1, 2)) / 4


print(f"{float(detection_loss(one, tf.constant(certain[None], 'float32'))[0]):.3f}")

# %% [markdown]
# The loss of the certain and right answer is nearly 0, as it should be. Training is as
# ever: Adam, a rate that rises and falls. One pass over the scenes has to do here.


# %%
def plan(peak, steps):
    """A learning rate that rises in a quarter of the steps, then falls."""
    return keras.optimizers.schedules.CosineDecay(
        peak / 10, steps - steps // 4, 0.01, warmup_target=peak, warmup_steps=steps // 4
    )


keras.utils.set_random_seed(42)
digit_detector = detector((96, 96, 1), classes=10)
print("the rate rises to", f"{float(plan(0.004, 188)(47)):.3f}")

# %% tags=["nbval-ignore-output"]
digit_detector.compile(keras.optimizers.Adam(plan(0.004, 188)), detection_loss)
watch = [KerasProgress("Detector")]
history = digit_detector.fit(scenes[..., None], grid, 32, verbose=0, callbacks=watch)
assert_between(history.history["loss"][0], 0.3, 6, "mean loss of the pass", show=".2f")


# %%
def detect(model, images, least=0.05, most=0.5):
    """For each image: boxes, scores and classes that are left after both thresholds."""
    found = []
    for output in model.predict(images, batch_size=8, verbose=0):
        boxes, scores, classes = decode(output)
        rows = np.flatnonzero(scores > least)
        rows = rows[suppress(boxes[rows], scores[rows], most)]
        found.append((boxes[rows], scores[rows], classes[rows]))
    return found


# %% tags=["nbval-ignore-output"]
found = detect(digit_detector, scenes_new[..., None])
map_short = mean_average_precision(found, boxes_new, classes=10)
assert_between(map_short, 0.3, 0.85, "mAP@.5 after one pass", show=".2f")

# %% [markdown]
# One pass over 6,000 scenes gives a beginning. The course ships the same network, trained
# for little more than a minute of one core: 20,000 scenes, each seen once. Three things
# make that enough. Up to **ten** digits stand in each of those scenes (in the tests five,
# as here), since a scene costs the same, whatever is in it. The learning rate rises three
# times as high, to 0.012. And Adam's mean of squared gradients, by whose root it
# divides, looks back a tenth as far ($\beta_2 = 0.99$). From here on we use that
# network.

# %% tags=["nbval-ignore-output"]
file = shipped("detector_scenes")
load_weights(digit_detector, file, shipped=True)
seconds = read_card(file, shipped=True)["seconds"]
assert_between(seconds, 30, 75, "CPU seconds of its training", show=".0f")
found = detect(digit_detector, scenes_new[..., None])
map_long = mean_average_precision(found, boxes_new, classes=10)
assert_between(map_long, 0.88, 1, "mAP@.5, trained longer", show=".3f")

# %% tags=["nbval-ignore-output"]
limits = np.arange(0.5, 1, 0.05)
by_limit = [mean_average_precision(found, boxes_new, 10, limit) for limit in limits]
assert_between(np.mean(by_limit), 0.5, 0.9, "mAP@.5:.95", show=".3f")
heaps = detect(digit_detector, scenes_new[..., None], most=1)
shown = [sum((scores > 0.3).sum() for _, scores, _ in each) for each in (heaps, found)]
assert_between(shown[0] / shown[1], 1, 1.3, "boxes before suppression", show=".2f")

# %%
fig, ax = plt.subplots(figsize=(5, 3))
ax.plot(limits, by_limit, "o-", color=BLUE)
ax.axhline(np.mean(by_limit), color=ORANGE, ls="--")
ax.text(0.5, np.mean(by_limit) - 0.08, "mean: mAP@.5:.95", color=ORANGE)
ax.set(xlabel="IoU from which a box counts as found", ylabel="mAP", ylim=(0, 1))
show(fig, "mAP falls slowly up to an IoU of about 0.75, then steeply to nearly 0.")

# %% [markdown]
# Most classes are right and the boxes sit well: up to an IoU of 0.65 little is lost.
# Hardly a box can do what is asked at 0.95: if a digit is 20 pixels wide and high, half
# a pixel too far right and down is too much. Suppression has little to do here: only
# the cell with the middle is trained to answer, and it has learned to. Detectors that
# let several cells or several boxes a cell answer for one thing can't do without it.
#
# More telling than a mean are the **mistakes**. At a threshold of 0.5, in blue what is
# right; in orange what was shown and is not there (or has another class); dashed, in
# white, what was missed. (Two boxes on one digit would both count as right here, unlike
# in the average precision above.)


# %%
def mistakes(found, truth, least=0.5):
    """Rows of found that are wrong, rows of truth that are missed."""
    boxes, scores, kinds = found
    shown = np.flatnonzero(scores > least)
    hit = iou(boxes[shown], truth[:, 1:]) >= 0.5
    hit &= kinds[shown, None] == truth[:, 0]  # (shown, things)
    return shown[~hit.any(axis=1)], np.flatnonzero(~hit.any(axis=0))


# %% tags=["nbval-ignore-output"]
pairs = list(zip(found, boxes_new, strict=True))
troubled = [i for i, pair in enumerate(pairs) if sum(map(len, mistakes(*pair)))]
assert_between(len(troubled), 8, 260, "of 400 scenes with a mistake", show=".0f")

# %%
fig, axes = plt.subplots(2, 4, figsize=(9, 5))
for ax, i in zip(axes.flat, troubled, strict=False):
    (places, scores, kinds), truth = pairs[i]
    wrong, missed = mistakes(*pairs[i])
    good = np.setdiff1d(np.flatnonzero(scores > 0.5), wrong)
    ax.imshow(scenes_new[i], cmap="gray")
    outline(ax, places[good], "deepskyblue", texts=kinds[good])
    outline(ax, truth[missed, 1:], "white", "--")
    outline(ax, places[wrong], ORANGE, texts=kinds[wrong])
plt.setp(axes, xticks=[], yticks=[])
show(fig, "Eight scenes with mistakes: most are digits missed, or read as others.")

# %% [markdown]
# Look at them one by one. Is the digit small or thin? Does a scrap touch it? Was it read
# as another, or a scrap as a digit? Now and then one would have to ask the writer.
#
# **Try it.** Put digits into a scene, move the two thresholds, and watch boxes and the
# curve of precision and recall.


# %%
def raw_answers(image):
    return decode(digit_detector(image[None, ..., None]).numpy()[0])


SceneEditor(raw_answers, *test_digits, scenes_new[:8], boxes_new[:8])

# %% [markdown]
# ### The same network on blood
# Nothing in the detector knows about digits. Pictures of blood, 120 × 160 pixels, have
# three kinds of cells: red ones by the dozen, few white ones, and platelets, small
# specks between them. Besides the size of the picture, the network changes in two
# numbers: three channels in, three classes out. The course ships its weights as well
# (50 passes, mirrored at will).

# %% tags=["nbval-ignore-output"]
(x_blood, _), (x_blood_new, blood_new) = datasets.load_blood_cells()
blood_detector = detector((120, 160, 3), classes=3)
load_weights(blood_detector, shipped("detector_blood"), shipped=True)
found = detect(blood_detector, x_blood_new)
map_blood = mean_average_precision(found, blood_new, classes=3)
assert_between(map_blood, 0.8, 1, "mAP@.5, blood", show=".3f")

# %%
colours = np.array(["black", "blue", "darkgreen"])
fig, axes = plt.subplots(1, 3, figsize=(9, 2.7))
for ax, picture, (places, scores, kinds) in zip(axes, x_blood_new, found, strict=False):
    ax.imshow(picture)
    for kind, (colour, style) in enumerate(zip(colours, ["-", "--", ":"], strict=True)):
        outline(ax, places[(kinds == kind) & (scores > 0.5)], colour, style)
plt.setp(axes, xticks=[], yticks=[])
show(fig, "Three pictures of blood with a box around each cell that was found.")

# %% [markdown]
# Red cells in black, white ones in blue, dashed, platelets in green, dotted. Where the
# pictures are real, the truth itself has gaps: not every red cell has its box there,
# and a box on such a cell counts as a mistake. There 0.8 is nearer to the ceiling than
# it looks.

# %% [markdown]
# ## 16.5 Areas: which pixels?
#
# A box is a poor description of a nucleus. Now the third question: of every pixel of the
# microscope's pictures, does it belong to a nucleus or to the background? Nuclei glow, so
# before a network comes a threshold. **Otsu's method** (1979) finds it without any
# training: it takes the grey level that parts the pixels into the two groups whose own
# variances, weighted by the groups' sizes, have the smallest sum. Areas are compared by
# the same IoU, counted in pixels.


# %% [markdown] tags=["teacher"]
# minutes: 13
# stall: Cross-entropy is content with background everywhere, hence Dice. The bridges
# carry exact edges, the way down the wide view. Otsu isn't a straw man: it is good for
# one number a picture.
# ask: What would be lost without the bridges?
# answer: The exact edge: it learns, but what pooling removed does not come back.
# skip: The network without bridges, when time is short.


# %%
def overlap(mask, other):
    """Intersection over union of two areas, arrays of bool."""
    return (mask & other).sum() / (mask | other).sum()


stripe, shifted = np.zeros((2, 10, 10), bool)
stripe[:, :4], shifted[:, 2:6] = True, True
print(round(overlap(stripe, shifted), 3))

# %% tags=["nbval-ignore-output"]
by_otsu = np.array([picture > threshold_otsu(picture) for picture in x_test])
truth = labels_test > 0  # (N, 128, 128)
iou_otsu = overlap(by_otsu, truth)
assert_between(iou_otsu, 0.65, 0.78, "overlap by Otsu's threshold", show=".2f")

# %% [markdown]
# Not bad for one number a picture. It fails where a picture holds bright and dim nuclei
# at once, or a glow between them.
#
# A network that answers for each pixel needs two things at once: to look far around (is
# this the inside of something large?), for which pictures are made smaller, and to be
# exact to the pixel, for which they must not be. The **U-Net** (Ronneberger, Fischer,
# Brox, 2015) does both: down in four steps, here two, with ever more filters, up again
# in as many, and at each size what was seen on the way down is laid beside what comes
# up from below. **Predict:** what would be lost without these bridges?

# %%
predict(
    "16.d", "Without the bridges ...", ["areas lose their exact edge", "training fails"]
)


# %%
def unet(shape=(128, 128, 1), filters=(16, 32, 64), bridges=True):
    def block(z, count):
        for _ in range(2):
            z = layers.Conv2D(count, 3, padding="same", use_bias=False)(z)
            z = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(z))
        return z

    z = inputs = keras.Input(shape)
    across = []
    for count in filters[:-1]:  # down
        z = block(z, count)
        across.append(z)
        z = layers.MaxPooling2D(2)(z)
    z = block(z, filters[-1])
    for count in filters[-2::-1]:  # up
        z, beside = layers.UpSampling2D(2)(z), across.pop()
        z = block(layers.Concatenate()([z, beside]) if bridges else z, count)
    return keras.Model(inputs, layers.Conv2D(3, 1)(z))


nuclei_net = unet()
print(f"{nuclei_net.count_params():,} parameters,", nuclei_net.output_shape)

# %% [markdown]
# Three numbers a pixel, for three classes: background, **inside**, and **boundary**, the
# pixels of a nucleus that touch something else. Section 16.6 says what the third is for.


# %%
def three_classes(labels):
    """Numbers of nuclei (n, height, width) -> 0 background, 1 inside, 2 boundary."""
    edge = [find_boundaries(one, connectivity=1, mode="inner") for one in labels]
    return np.where(labels == 0, 0, np.where(edge, 2, 1)).astype("uint8")


def scaled(pictures):
    """Let each picture reach from 0 to 1: -> (n, 128, 128, 1) float32."""
    low, high = np.percentile(pictures, [1, 99.8], axis=(1, 2), keepdims=True)
    bright = (pictures - low) / np.maximum(high - low, 1)
    return np.clip(bright, 0, 1).astype("float32")[..., None]


tiny = np.array([[[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 2], [0, 1, 1, 1, 2]]])
print(three_classes(tiny)[0], scaled(tiny).shape)

# %% [markdown]
# The loss: cross-entropy of each pixel, as in chapter 2. But most pixels are background,
# and a network that says "most likely background" everywhere has a low one already. So
# **Dice's coefficient** is added, which doesn't count the background that both agree on:
#
# $$\text{Dice}(A, B) = \frac{2\,|A \cap B|}{|A| + |B|}, \qquad
# \text{loss} = \text{cross-entropy} + 1 - \text{Dice} .$$
#
# With probabilities in place of yes and no, the intersection is a sum of products, and
# has a gradient. Dice $D$ and IoU $J$ say the same on two scales: $D = 2J/(1+J)$. (One
# is added above and below in the code: no 0/0 where a picture holds nothing.)


# %%
def area_loss(classes, scores):
    entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
        tf.cast(classes, tf.int32), scores
    )
    likely = 1 - tf.nn.softmax(scores)[..., 0]  # of not being background
    there = tf.cast(classes > 0, tf.float32)
    common = tf.reduce_sum(likely * there, axis=(1, 2))
    dice = (2 * common + 1) / (tf.reduce_sum(likely + there, axis=(1, 2)) + 1)
    return tf.reduce_mean(entropy, axis=(1, 2)) + 1 - dice


J = overlap(stripe, shifted)
D = 2 * (stripe & shifted).sum() / (stripe.sum() + shifted.sum())
print(f"Dice {D:.3f}, from the overlap {2 * J / (1 + J):.3f}")
assert np.isclose(D, 2 * J / (1 + J))

# %% tags=["nbval-ignore-output"]
keras.utils.set_random_seed(42)
nuclei_net = unet()
x, y = scaled(x_nuclei), three_classes(labels_nuclei)
nuclei_net.compile(keras.optimizers.Adam(plan(0.004, 2 * -(-len(x) // 8))), area_loss)
nuclei_net.fit(x, y, 8, epochs=2, verbose=0, callbacks=[KerasProgress("U-Net")])
short = nuclei_net.predict(scaled(x_test), batch_size=11, verbose=0).argmax(axis=-1)
iou_short = overlap(short > 0, truth)
assert_between(iou_short, 0.6, 0.97, "overlap after two passes", show=".2f")

# %% [markdown]
# Two passes, and it is about as good as the threshold, or better. As with
# the detector, the course ships the same network trained longer: on real and on drawn
# nuclei, turned and mirrored. Section 16.6 measures what its thin boundaries gain by
# that.

# %% tags=["nbval-ignore-output"]
load_weights(nuclei_net, shipped("unet_nuclei"), shipped=True)
classes = nuclei_net.predict(scaled(x_test), batch_size=11, verbose=0).argmax(axis=-1)
iou_long = overlap(classes > 0, truth)
assert_between(iou_long, 0.75, 0.99, "overlap by the U-Net", show=".2f")
assert_between(
    iou_long - iou_otsu, 0.02, 0.35, "more than by the threshold", show=".2f"
)

# %% tags=["nbval-ignore-output"]
keras.utils.set_random_seed(42)
blind = unet(bridges=False)
blind.compile(keras.optimizers.Adam(plan(0.004, -(-len(x) // 8))), area_loss)
blind.fit(x, y, 8, epochs=1, verbose=0, callbacks=[KerasProgress("No bridges")])
rough = blind.predict(scaled(x_test), batch_size=11, verbose=0).argmax(axis=-1)
assert_between(overlap(rough > 0, truth), 0.3, 0.9, "without bridges", show=".2f")
happened("16.d", 0, "It learns, but what was lost in pooling does not come back.")

# %%
worst = np.argsort([overlap(o, t) for o, t in zip(by_otsu, truth, strict=True)])[:2]

# %%
fig, axes = plt.subplots(2, 5, figsize=(9, 4))
for row, i in zip(axes, worst, strict=True):
    arrays = [np.sqrt(x_test[i]), truth[i], by_otsu[i], rough[i] > 0, classes[i] > 0]
    for ax, array in zip(row, arrays, strict=True):
        ax.imshow(array, cmap="gray")
names = ["picture", "truth", "Otsu", "no bridges, 1 pass", "U-Net"]
for ax, name in zip(axes[0], names, strict=True):
    ax.set_title(name, fontsize=10)
plt.setp(axes, xticks=[], yticks=[])
show(fig, "Two pictures of nuclei, their truth, and the areas that three ways find.")

# %% [markdown]
# These are the two pictures at which the threshold fails worst. Without bridges the
# outlines are rounder and coarser, and nuclei are lost or run together. (That network had
# one pass only, so it shows the kind of mistake, not the size.)

# %% [markdown]
# ## 16.6 Instances: one, two, many
#
# How many nuclei are there? Count the connected areas. But nuclei touch, and two that
# touch are one area. **Predict** how many areas the *true* mask has, for every 100 true
# nuclei.

# %% [markdown] tags=["teacher"]
# minutes: 10
# exercises: 3
# stall: Even the true mask counts fewer areas than nuclei, since they touch. Inside and
# boundary: two boundaries run between neighbours. Tiny nuclei consist of boundary and
# vanish. In `watershed` the insides grow back until they meet.
# ask: Perfect areas, wrong count. What does the third class do about it?
# answer: Insides come apart, are numbered, and grow back over the boundary.
# skip: Exercise 16.4; `f1_of`.

# %%
predict("16.e", "How many connected areas do 100 nuclei make?", within=6)

# %% tags=["nbval-ignore-output"]
there = sum(len(np.unique(numbers)) - 1 for numbers in labels_test)
areas = sum(label(mask).max() for mask in truth)
happened("16.e", 100 * areas / there, "A perfect mask still loses those that touch.")
assert_between(areas / there, 0.7, 0.97, "areas of the true mask a nucleus", show=".2f")

# %% [markdown]
# Even perfect areas count wrong. This is what the class **boundary** is for: take only
# the *inside* pixels, and between two nuclei that touch run two boundaries; the insides
# come apart. Number the insides, then let each grow back over the boundary pixels until
# it meets another (`watershed` does that).


# %%
def instances(classes):
    """0 background, 1 inside, 2 boundary -> a number for each nucleus."""
    seeds = label(classes == 1, connectivity=1)
    return watershed(np.zeros(classes.shape), seeds, mask=classes > 0)


touching = np.zeros((8, 16), int)
touching[2:6, 2:8], touching[2:6, 8:14] = 1, 2  # two nuclei side by side
print("areas:", label(touching > 0).max(), end="  ")
print("insides:", label(three_classes(touching[None])[0] == 1, connectivity=1).max())
again = instances(three_classes(touching[None])[0])
print("back again:", np.array_equal(again > 0, touching > 0), " nuclei:", again.max())

# %% [markdown]
# The measure is that of detection: a nucleus counts as found when one found area covers
# it with an IoU above 0.5, and F1 joins precision and recall. Three ways compete: Otsu
# and connected areas; the U-Net's areas without its boundary; and with it.


# %%
def f1_of(found, truths):
    """F1 of all nuclei of all pictures; arrays of numbers (n, height, width)."""
    right = shown = there = 0
    for numbers, truth in zip(found, truths, strict=True):
        shown, there = shown + numbers.max(), there + len(np.unique(truth)) - 1
        for nucleus in np.unique(truth[truth > 0]):
            candidates = np.bincount(numbers[truth == nucleus])
            candidates[0] = 0
            best = candidates.argmax()  # the area that covers most of it
            right += best and overlap(numbers == best, truth == nucleus) > 0.5
    return 2 * right / (shown + there)


print(f1_of([label(touching > 0)], [touching]), f1_of([again], [touching]))

# %% tags=["nbval-ignore-output"]
ways = {
    "Otsu, connected areas": [label(mask) for mask in by_otsu],
    "U-Net, connected areas": [label(mask) for mask in classes > 0],
    "U-Net with boundary": [instances(of_pixels) for of_pixels in classes],
}
after_two = f1_of([instances(of_pixels) for of_pixels in short], labels_test)
f1 = {name: f1_of(found, labels_test) for name, found in ways.items()}
for name, value in f1.items():
    print(f"{name:23} F1 {value:.2f}")
assert_between(f1["Otsu, connected areas"], 0.5, 0.78, "F1 by Otsu", show=".2f")
assert_between(f1["U-Net with boundary"], 0.8, 1, "F1 with the boundary", show=".2f")
gain = f1["U-Net with boundary"] - f1["U-Net, connected areas"]
assert_between(gain, 0.01, 0.4, "gained by the boundary", show=".2f")
longer = f1["U-Net with boundary"] - after_two
assert_between(longer, 0, 0.4, "gained by longer training", show=".2f")

# %%
crowded = np.argmax([len(np.unique(numbers)) for numbers in labels_test])
rows = {"truth": labels_test} | ways
fig, axes = plt.subplots(1, 4, figsize=(9, 2.7))
for ax, (name, arrays) in zip(axes, rows.items(), strict=True):
    numbers = arrays[crowded]
    ax.imshow(np.where(numbers > 0, numbers % 19 + 1, np.nan), cmap="tab20")
    ax.set_title(f"{name}:\n{len(np.unique(numbers)) - 1} nuclei", fontsize=10)
plt.setp(axes, xticks=[], yticks=[])
show(fig, "A crowded picture, each nucleus in a colour: truth and the three ways.")

# %% [markdown]
# In the picture with most nuclei, whole clusters have one colour without the boundary,
# and some of them come apart with it. It has a price: very small nuclei consist of
# boundary alone, and vanish. Larger networks (Mask R-CNN, 2017; StarDist, 2018) join
# both worlds: a detector finds boxes or shapes, and each gets its own mask.
#
# **Try it.** Touch a nucleus: which pixels belong to it, how many are there?


# %%
def segment(image):
    scores = nuclei_net(scaled(image[None])).numpy()[0]  # (128, 128, 3)
    return instances(scores.argmax(axis=-1))


TouchMask(x_test[:12], segment)

# %% [markdown]
# ### Exercise 16.4 – Areas and boxes from instances (build)
# Write a function that gets an array of numbers of things (height, width), 0 for the
# background, and returns a dict: for each number that occurs, a pair of its area in
# pixels and its box (left, top, right, bottom), where right and bottom are the first
# column and row outside. A number may be missing, and a thing may have two parts.


# %% tags=["exercise"]
def describe(numbers): ...


# %%
check("16.4", describe)

# %% [markdown]
# ## Recap
#
# 1. **Four questions:** one class for a picture; a list of boxes (things, 4); a class for
#    each pixel; a number of its own for each thing. From the last follow the others.
# 2. **IoU** is shared area by covered area; shifted by half their width, squares have a
#    third. **Non-maximum suppression** keeps the best box of each heap.
# 3. **Precision** asks how much of what is shown is right, **recall** how much of what is
#    there is found. **Average precision** is the area under their curve: AP@.5 counts a
#    box from an IoU of 0.5, AP@.5:.95 rewards tight ones.
# 4. **A single-shot detector** lets each cell of a grid answer for the thing whose middle
#    lies in it: thing, place, size, class. On scenes it reaches an mAP@.5 above 0.88; its
#    mistakes say more than that number. The same network reads blood.
# 5. **A U-Net** goes down to see far and up to be exact, with bridges across. With the
#    class **boundary** more of the nuclei that touch come apart.

# %% [markdown]
# ## Read on
#
# - M. Everingham and others, *The PASCAL Visual Object Classes Challenge* (IJCV, 2010; a
#   retrospective in 2015). O. Russakovsky and others, *ImageNet Large Scale Visual
#   Recognition Challenge* (IJCV, 2015). T.-Y. Lin and others, *Microsoft COCO* (ECCV,
#   2014). A. Kuznetsova and others, *The Open Images Dataset V4* (IJCV, 2020).
# - J. Redmon and others, *You Only Look Once* (CVPR, 2016); W. Liu and others, *SSD:
#   Single Shot MultiBox Detector* (ECCV, 2016); S. Ren and others, *Faster R-CNN* (2015).
# - O. Ronneberger, P. Fischer, T. Brox, *U-Net* (MICCAI, 2015). K. He and others, *Mask
#   R-CNN* (ICCV, 2017). U. Schmidt and others, *Cell Detection with Star-Convex Polygons*
#   (MICCAI, 2018): StarDist.
# - N. Otsu, *A Threshold Selection Method from Gray-Level Histograms* (1979).
# - J. Caicedo and others, *Nucleus Segmentation across Imaging Experiments* (Nature
#   Methods, 2019): the pictures of nuclei.
