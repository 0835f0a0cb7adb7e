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
# **Question:** how can a program find a stroke wherever it lies in an image?
#
# **Aims.** At the end you can
#
# 1. compute a convolution by hand, with stride and padding, and get what Keras gets;
# 2. say what averaging, differentiating and sharpening filters do, and why;
# 3. explain why a filter answers most where the image looks like the filter;
# 4. turn an image into edge features: filter, absolute value, cut-off, max-pooling, and
#    give the shape of every tensor on the way;
# 5. separate bars and crosses with a network of two hidden units on top of two edge
#    filters, and see in the plane of these two units how it does so.
#
# **Before you start:** [chapter 2](02_softmax_mnist.ipynb): images as arrays, softmax,
# cross-entropy, `fit`. [Chapter 3](03_multilayer_perceptron.ipynb) explains hidden
# units; the few words that section 5.6 needs are said there.
#
# **Minutes:** about {minutes} to read and do, under 60 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners compute a convolution by hand, know why a filter answers to what looks
# like itself, and see two edge filters make a hard task easy.
# before: Chapter 02: images as arrays, `fit`. Hidden units from chapter 03 help in 5.6.
# machine: The 4 × 4 image with an edge and a 3 × 3 average, all on the board; then
# slide (−1, 0, 1) over a row of ink. Show the stored row of four stages and the plane
# with three clusters.
# opening: 2
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages for the whole chapter. What comes from `helpers` loads and draws
# data, shows figures and checks your exercises; the filters, the convolution and the
# pooling are written out below, in the notebook itself.

# %% tags=["setup"]
# {setup}

# %%
from itertools import product

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import show, show_images
from helpers.progress import KerasProgress
from helpers.synthetic import SHAPE_NAMES, make_shapes
from helpers.widgets import FilterEditor, WindowStepper

# %% [markdown]
# ## 5.1 A small window slides over the image
#
# Softmax regression in chapter 2 gave each pixel a weight of its own. It broke down
# when every digit moved by three pixels: what it knew about a stroke, it knew for one
# place. A better idea is to look at the image through a **small window**, to ask the
# same small question at every place, and to write each answer down where the window
# was. The question is a little array of numbers, called a **filter** or **kernel**.
#
# The smallest example: an image of 4 × 4 pixels with an edge down its middle, and a
# filter of 3 × 3 numbers, each 1/9.

# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: H − h + 1: people write H − h. The formula's four indices; say "window times
# filter, summed" and point. True convolution and cross-correlation: only that books
# turn the filter around matters here.
# ask: A filter of nine ninths: what is its everyday name, and what does it do to a thin
# line?
# answer: The average. It mixes the line with the paper beside it, so the line pales.
# skip: A word about the word, unless signal processing people are in the room.

# %%
image = np.array([[0, 0, 9, 9]] * 4)  # (4, 4)
average = np.full((3, 3), 1 / 9)
print(image)

# %% [markdown]
# Lay the filter over the top left corner, multiply each pixel by the number that lies
# on it and add up the nine products. Then move the window one pixel to the right and do
# it again. **Predict** both results before you run the cell. (A filter of nine ninths
# has a well-known name. Which one?)

# %%
predict("5.a", "What is the answer of the second window?", within=0.5)

# %%
first, second = image[0:3, 0:3], image[0:3, 1:4]  # (3, 3) each
for window in (first, second):
    print(round(float(np.sum(window * average)), 6))
happened("5.a", np.sum(second * average), "It is the average of nine pixels.")

# %% [markdown]
# 3 and 6: the averages of the nine pixels under the window. For the filter $w$ with $h$
# rows and $m$ columns, the answer at row $i$ and column $j$ is
#
# $$z_{ij} = \sum_{a=0}^{h-1}\sum_{b=0}^{m-1} w_{ab}\; x_{i+a,\,j+b} .$$
#
# A window of 3 rows has room for only 2 positions in an image of 4 rows, so the result
# is a little smaller: $H-h+1$ rows from $H$, and the same for columns.


# %%
def slide(image, kernel):
    """Sum of window times kernel, for every place of the window."""
    h, m = kernel.shape
    z = np.zeros((image.shape[0] - h + 1, image.shape[1] - m + 1))
    for i, j in np.ndindex(*z.shape):
        z[i, j] = np.sum(kernel * image[i : i + h, j : j + m])
    return z


print(slide(image, average).round(6))

# %% [markdown]
# Now a real image. We take the first 4 of the training images and divide by 255, so
# that 0 is paper and 1 is ink. (Without MNIST the course draws its own digits, as in
# chapter 2. This chapter measures nothing on them, it only looks.)

# %% tags=["nbval-ignore-output"]
(images_train, labels_train), _ = datasets.load_mnist()

# %%
digit = images_train[labels_train == 4][0] / 255  # (28, 28)
assert digit.shape == (28, 28) and 0 == digit.min() < digit.max() <= 1
print("before:", digit.shape, " after:", slide(digit, average).shape)

# %% [markdown]
# **Predict:** what does a digit look like when each pixel is replaced by the average of
# nine? And with a filter of 7 × 7 numbers, each 1/49: how large will the result be?

# %%
predict(
    "5.b", "How many rows has the result of a 7 × 7 filter?", ["20", "22", "26", "28"]
)

# %%
small, large = slide(digit, average), slide(digit, np.full((7, 7), 1 / 49))
fig, axes = plt.subplots(1, 3, figsize=(7, 2.7))
names = ["digit", "average of 3 × 3", "average of 7 × 7"]
for ax, picture, name in zip(axes, [digit, small, large], names, strict=True):
    ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
    ax.set(title=name, xlabel=f"{picture.shape[0]} × {picture.shape[1]}")
    ax.set(xticks=[], yticks=[])
assert large.shape == (22, 22) and large.max() < small.max()
show(fig, "A digit, the same digit slightly blurred, and blurred beyond reading.")
happened("5.b", str(large.shape[0]), "28 − 7 + 1: the window must fit in.")

# %% [markdown]
# Averaging **blurs**: it mixes ink with the paper beside it. Noise, which changes from
# pixel to pixel, cancels out, and thin lines pale. The larger the window, the more is
# lost, and the smaller the picture becomes.
#
# ### A word about the word
#
# Mathematicians would object to the formula above. Their **convolution** turns the
# filter around first: $\sum w_{ab}\,x_{i-a,\,j-b}$, with a minus. Ours, with a plus, is
# their **cross-correlation**. NumPy has both for rows of numbers. **Predict** which of
# the two lines below prints 1 2 3 in this order: the input is a single 1 among zeros.

# %%
predict("5.c", "Which one prints 1 2 3 in this order?", ["convolve", "correlate"])

# %%
single = np.array([0, 0, 1, 0, 0])
print("convolve: ", np.convolve(single, [1, 2, 3], mode="valid"))
print("correlate:", np.correlate(single, [1, 2, 3], mode="valid"))
print("ours:     ", slide(single[None], np.array([[1, 2, 3]]))[0].astype(int))
happened(
    "5.c",
    "convolve" if np.convolve(single, [1, 2, 3], "valid")[0] == 1 else "correlate",
)

# %% [markdown]
# True convolution stamps the filter wherever there is a 1; cross-correlation leaves it
# turned around. **What deep learning calls convolution is cross-correlation**, in
# Keras, in TensorFlow and everywhere else. It makes no difference to a network: filters
# that are learned come out turned around and do the same. But when you take a filter
# from a book on signal processing, turn it by 180 degrees first:

# %%
kernel = np.array([[1.0, 2.0], [3.0, 4.0]])
turned = kernel[::-1, ::-1]
dot = np.zeros((3, 3))
dot[1, 1] = 1
print(slide(dot, turned))
assert np.array_equal(slide(dot, turned), kernel)

# %% [markdown]
# ## 5.2 Average, differentiate, sharpen
#
# What a filter does is decided by its numbers. To find an **edge**, compare: subtract
# what is on the left from what is on the right. That is a derivative, with differences
# of whole pixels in place of infinitely small ones. **Predict** the row that comes out:
# where is it 0, and where is it negative?

# %% [markdown] tags=["teacher"]
# minutes: 7
# stall: Red and blue are signs of the answer, not ink and paper. That the vertical
# filter is blind to horizontal strokes is easily predicted the wrong way round; let
# them vote.
# ask: What does each filter make of an image that is grey everywhere, and which number
# of it tells you?
# answer: The sum: 1 keeps the grey, 0 turns it into 0. Differences have sum 0.
# skip: Sharpening; keep the rule of the sum.

# %%
predict(
    "5.d",
    "Where is the answer negative?",
    ["on paper", "where ink begins", "inside the ink", "where ink ends"],
)

# %%
row = np.array([[0, 0, 0, 1, 1, 1, 0, 0, 0]])
difference = np.array([[-1, 0, 1]])
print("row:          ", row[0, 1:-1])
print("right − left: ", slide(row, difference)[0].astype(int))
happened("5.d", "where ink ends")

# %% [markdown]
# Where nothing changes, the answer is 0, on paper and inside the ink alike. Where ink
# begins, going right, it is positive; where it ends, negative. An image has noise, so
# we stack three such rows and add up three comparisons: columns of −1, 0, 1. That
# filter finds **vertical** edges. Turned on its side (transposed), it finds
# **horizontal** ones.

# %%
vertical_3 = np.array([[-1, 0, 1]] * 3)  # (3, 3)
horizontal_3 = vertical_3.T
print(vertical_3)
print(horizontal_3)

# %% [markdown]
# The results have a sign, so the colours need a middle: white is 0, red positive, blue
# negative. **Predict:** which strokes of the 4 disappear in the first picture, and what
# happens to slanted strokes?

# %%
predict(
    "5.e",
    "Which strokes disappear in the first picture?",
    ["horizontal ones", "vertical ones", "slanted ones"],
)

# %%
edges = np.stack([slide(digit, vertical_3), slide(digit, horizontal_3)])  # (2, 26, 26)
titles = ["vertical edges", "horizontal edges"]
fig = show_images(edges, titles, 2, 3.0, "RdBu_r", (-4, 4))
show(fig, "Outlines of the digit: left and right edges, then upper and lower ones.")
happened("5.e", "horizontal ones", "The filter compares left with right.")

# %% [markdown]
# Each stroke has two edges, one red and one blue. The first filter is blind to edges
# that run from left to right, the second to those that run up and down; a slanted edge
# appears in both, and weaker.
#
# Now **sharpening**, the opposite of blurring. If blurring takes detail away, then
# image minus blurred image is that detail, and adding it once more makes it stronger.
# All this is a single filter, because sums of filters are filters: the identity (a
# single 1) plus the identity minus an average. With the average of a pixel's four
# neighbours, and four times as much detail, it becomes:

# %%
identity = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]])
neighbours = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]) / 4
sharpen = identity + 4 * (identity - neighbours)
print(sharpen.astype(int))

# %% [markdown]
# **Predict:** what does each of the three kinds of filter make of a perfectly grey
# image, in which every pixel is 0.5? You need only one number of each filter for that.

# %%
predict("5.f", "Which kind turns grey into 0?", ["average", "differentiate", "sharpen"])

# %%
grey = np.full((3, 3), 0.5)
filters = {"average": average, "differentiate": vertical_3, "sharpen": sharpen}
for name, kernel in filters.items():
    result = float(slide(grey, kernel)[0, 0])
    print(f"{name:14} sum {kernel.sum():.0f}   grey 0.5 becomes {result:.1f}")
    assert np.isclose(result, 0.5 * kernel.sum())
happened("5.f", next(name for name, f in filters.items() if abs(f.sum()) < 1e-9))

# %% [markdown]
# It is the **sum** of the numbers. Sum 1 keeps the overall brightness: averages and
# sharpening. Sum 0 answers to changes only: differentiation. Here is sharpening at
# work, on a blurred digit, because ours has nothing left to sharpen:

# %%
blurred = slide(digit, average)  # (26, 26)
sharper = slide(blurred, sharpen)  # (24, 24)
pictures = [digit[2:-2, 2:-2], blurred[1:-1, 1:-1], sharper]  # (24, 24) each
fig = show_images(pictures, ["digit", "blurred", "sharpened"], 3, 2.2, limits=(0, 1))
assert np.abs(np.diff(sharper)).mean() > 1.3 * np.abs(np.diff(blurred)).mean()
show(fig, "The digit, a blurred copy, and the copy sharpened: nearly the first again.")

# %% [markdown]
# The strokes are clearer again, and where they end a little too much so: values below 0
# and above 1 appear, which the picture shows as paper and as ink. Sharpening can only
# make differences larger that are still there; what averaging wiped out is lost.

# %% [markdown]
# ## 5.3 Stride, padding, tensors
#
# Two more settings, and our function can do what Keras can. **Stride** $s$: the window
# moves by $s$ pixels at a time instead of by 1, and the result has about $H/s$ rows.
# **Padding**: `"valid"` uses only places where the window lies fully inside, as we did;
# `"same"` first puts a frame of zeros around the image: with stride 1 the result has
# the **same** size, with a larger stride the frame is just as wide as the windows
# counted below need it. The number of rows becomes
#
# $$H_\text{valid} = \left\lfloor\frac{H-h}{s}\right\rfloor + 1, \qquad
# H_\text{same} = \left\lceil\frac{H}{s}\right\rceil .$$
#
# When the frame cannot be the same on both sides, the extra line of zeros goes to the
# bottom and to the right. This is how TensorFlow does it; we follow. Point at a place of
# the result below, or move the sliders: the window that it comes from lights up, with
# its nine products and their sum. Things to try: where does the filter "vertical" give
# 0 with "same", and why? What does stride 2 leave out? Whose zeros does a corner see?

# %% [markdown] tags=["teacher"]
# minutes: 12
# exercises: 2
# stall: "same" with stride 2 does not keep the size: it rounds H/s up. The extra line
# of zeros goes to the bottom and right. Filters have four axes in Keras, (height,
# width, in, out), and `einsum` letters frighten: read one aloud.
# ask: A filter on a colour image: how many numbers has a single 3 × 3 filter?
# answer: 27: a small array per channel, and the three answers are added up.
# skip: The 18 cases against Keras; `zeros_around`. Exercise 5.1 is worth its minutes.

# %%
WindowStepper()

# %% [markdown]
# In code, the frame comes first:


# %%
def zeros_around(length, h, stride):
    """Zeros that "same" puts before and after `length` pixels."""
    positions = -(-length // stride)  # length / stride, rounded up
    total = max((positions - 1) * stride + h - length, 0)
    return total // 2, total - total // 2


print(zeros_around(28, 5, 1), zeros_around(28, 3, 2), zeros_around(28, 2, 1))

# %% [markdown]
# **Predict:** a 5 × 5 window on an image of 28 × 28. How many rows come out for
# `"valid"` and stride 1? For `"same"` and stride 2?


# %%
predict(
    "5.g", "How many rows come out for same and stride 2?", ["12", "14", "24", "28"]
)


# %%
def convolve(image, kernel, stride=1, padding="valid"):
    """What deep learning calls convolution, of one image with one filter."""
    if padding == "same":
        sides = zip(image.shape, kernel.shape, strict=True)
        image = np.pad(image, [zeros_around(H, h, stride) for H, h in sides])
    windows = sliding_window_view(image, kernel.shape)[::stride, ::stride]
    return (windows * kernel).sum(axis=(2, 3))  # (rows, columns, h, m), summed


kernel = np.full((5, 5), 1 / 25)
for padding in ["valid", "same"]:
    print(padding, [convolve(digit, kernel, s, padding).shape for s in (1, 2, 3)])
happened("5.g", str(convolve(digit, kernel, 2, "same").shape[0]))

# %% [markdown]
# 24 and 14. The loop has gone: `sliding_window_view` gives all windows at once, as an
# array of four axes, without copying a pixel. Taking every `stride`-th of them is all
# that a stride is. First of all, both functions must agree:

# %%
assert np.allclose(convolve(digit, vertical_3), slide(digit, vertical_3))
same = convolve(digit, vertical_3, padding="same")  # (28, 28)
assert np.allclose(same[1:-1, 1:-1], slide(digit, vertical_3))
print("same as the loop; with padding, the same inside a border of one pixel")

# %% [markdown]
# Does Keras compute what we compute? It works on four axes. Images are **(N, height,
# width, channels)**: $N$ images, and for each pixel as many numbers as there are
# channels: 1 for grey, 3 for red, green and blue. Filters are **(height, width,
# channels in, channels out)**. For one grey image and one filter, three of these axes
# have length 1; `None` in an index adds such an axis.

# %%
x = digit[None, :, :, None]  # (28, 28) -> (1, 28, 28, 1)
w = vertical_3[:, :, None, None].astype("float64")  # (3, 3) -> (3, 3, 1, 1)
z = keras.ops.conv(x, w, strides=1, padding="same")
print("images", x.shape, " filters", w.shape, " result", tuple(z.shape))

# %% [markdown]
# `keras.ops.conv` runs on whatever is under Keras; `tf.nn.conv2d` is TensorFlow's own.
# The loop below compares all three: three strides, both paddings, three sizes of
# filter, on an image whose height and width differ. The numbers are random, so that no
# mistake can hide behind zeros or symmetry. Everything is in 64 bits, where results
# agree to far more than the six digits we ask for.

# %%
rng = np.random.default_rng(42)
photo = rng.random((28, 23))
largest = 0.0
for stride, padding, h in product([1, 2, 3], ["valid", "same"], [2, 3, 5]):
    kernel = rng.random((h, h))
    x, w = photo[None, :, :, None], kernel[:, :, None, None]
    ours = convolve(photo, kernel, stride, padding)
    by_keras = keras.ops.conv(x, w, stride, padding)[0, :, :, 0].numpy()
    by_tf = tf.nn.conv2d(x, w, stride, padding.upper())[0, :, :, 0].numpy()
    largest = max(largest, np.abs(ours - by_keras).max(), np.abs(ours - by_tf).max())
assert largest < 1e-6
print("18 cases, all shapes and all values the same to 0.000001")

# %% [markdown]
# ### Channels
#
# With several channels, a filter has one small array for each of them, and their
# answers are added up. With several filters, each makes one channel of the result:
#
# $$z_{nijo} = \sum_{a}\sum_{b}\sum_{c} w_{abco}\; x_{n,\,i+a,\,j+b,\,c} .$$
#
# `np.einsum` takes such a formula nearly as it stands: letters name the axes, and
# letters that are missing after the arrow are summed over. **Predict** the shape of the
# result for two colour images of 9 × 8 pixels and four filters of 3 × 3.

# %%
predict(
    "5.h",
    "Which shape has the result?",
    ["(2, 7, 6, 4)", "(2, 9, 8, 4)", "(2, 7, 6, 3, 4)"],
)

# %%
x, w = rng.random((2, 9, 8, 3)), rng.random((3, 3, 3, 4))
windows = sliding_window_view(x, (3, 3), axis=(1, 2))  # (2, 7, 6, 3, 3, 3): n i j c a b
z = np.einsum("nijcab,abco->nijo", windows, w)
print(z.shape, " parameters:", w.size)
assert np.abs(z - keras.ops.conv(x, w).numpy()).max() < 1e-6
happened("5.h", str(z.shape))

# %% [markdown]
# (2, 7, 6, 4): two images, four channels each. There are 3 · 3 · 3 · 4 = 108 numbers to
# choose, whether the images have 72 pixels or a million: the same filter is used at
# every place. A layer that joins every input with every output would need 36,288 of
# them here. This **weight sharing** is what makes networks for images affordable.

# %%
print(x[0].size * z[0].size)
assert x[0].size * z[0].size == 36_288

# %% [markdown]
# ### Exercise 5.1 – Shapes on paper (predict and run)
#
# 100 grey images of 28 × 28 pixels, in a tensor of shape (100, 28, 28, 1), go through
# one layer. Without running anything, give the shape of the result as a tuple of four
# numbers. The last entry asks for something else: the shape of the **weights** that a
# layer of 32 filters of 5 × 5 holds for such images, again four numbers.
#
# Replace each `...` and run the cell, then the check below it. Stuck? Add a cell with
# `hint("5.1")`, which says one thing more each time that you run it; `solution("5.1")`
# shows worked code, and `exercise_table()` what you have done so far.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
shapes = {
    "32 filters 5×5, valid, stride 1": ...,
    "32 filters 5×5, same, stride 1": ...,
    "16 filters 3×3, valid, stride 2": ...,
    "16 filters 3×3, same, stride 2": ...,
    "max-pooling 2×2": ...,
    "filters of 32 filters 5×5": ...,
}

# %%
check("5.1", shapes)

# %% [markdown]
# Then run it: `layers.Conv2D(32, 5)(np.zeros((100, 28, 28, 1))).shape` and the like.

# %% [markdown]
# ## 5.4 Convolution measures similarity
#
# Write the pixels under the window as one long vector $x$ and the filter as a vector
# $w$. The answer is then their inner product $x^{\mathsf T}w$. How far apart are $x$
# and $w$? Multiply out the square of the distance:
#
# $$\lVert x-w\rVert^2 = \lVert x\rVert^2 - 2\,x^{\mathsf T}w + \lVert w\rVert^2 .$$
#
# $\lVert w\rVert$ is the same for all windows. So among windows of the same length
# $\lVert x\rVert$, the distance is **small** exactly where $x^{\mathsf T}w$ is
# **large**: a filter answers most to what looks like itself. A filter is a picture of
# what it looks for.
#
# Let us try. The filter is a piece of 9 × 9 pixels cut out of the digit itself. All
# windows are brought to length 1, except those without ink, which stay 0.

# %% [markdown] tags=["teacher"]
# minutes: 6
# stall: The step from "window times filter" to an inner product of long vectors. The
# falling line is exact only for windows of length 1, and networks do not normalise
# them.
# ask: Why does a filter answer most to what looks like itself?
# answer: Among windows of one length, a large inner product is a small distance.
# skip: The drawing of the 9 × 9 piece; the formula on the board and its result are
# enough.

# %%
windows = sliding_window_view(digit, (9, 9)).reshape(20, 20, 81)  # one vector a place
length = np.linalg.norm(windows, axis=2, keepdims=True)  # (20, 20, 1)
X = np.where(length > 0.1, windows / np.maximum(length, 0.1), 0)  # (20, 20, 81)
has_ink = length[..., 0] > 0.1
w = X[9, 11]  # the piece whose top left corner is at row 9, column 11
assert np.isclose(np.linalg.norm(w), 1)

# %% [markdown]
# **Predict:** where will the similarity be largest and the distance smallest? And if
# you draw one against the other for all windows with ink: what curve?

# %%
predict(
    "5.i",
    "Draw one against the other: which curve?",
    ["a falling line", "a rising line", "a parabola"],
)

# %%
similarity = X @ w  # (20, 20, 81) @ (81,) -> (20, 20)
distance = np.sum((X - w) ** 2, axis=2)  # (20, 20)
found = np.unravel_index(similarity.argmax(), similarity.shape)
print("largest similarity at row", found[0], "and column", found[1])
assert distance.argmin() == similarity.argmax()
assert np.allclose(distance[has_ink], 2 - 2 * similarity[has_ink])
happened(
    "5.i",
    "a falling line" if distance.argmin() == similarity.argmax() else "a parabola",
    "Both vectors have length 1, so distance² = 2 − 2 similarity.",
)

# %%
fig, (left, middle, right) = plt.subplots(1, 3, figsize=(7, 2.8))
left.imshow(digit, cmap="gray_r")
left.add_patch(plt.Rectangle((10.5, 8.5), 9, 9, fill=False, ec="#D55E00", lw=2))
middle.imshow(similarity, cmap="viridis")
middle.add_patch(plt.Circle(found[::-1], 1.5, fill=False, ec="#D55E00", lw=2))
right.plot(similarity[has_ink], distance[has_ink], ".")
left.set(title="cut out here", xticks=[], yticks=[])
middle.set(title="similarity xᵀw", xticks=[], yticks=[])
right.set(xlabel="similarity xᵀw", ylabel="distance²", xlim=(0, 1.05), ylim=(0, 2))
show(fig, "A digit with a square on it, a map with one bright place, a falling line.")

# %% [markdown]
# The piece is found where it was cut out, and the points lie on the straight line
# $2-2\,x^{\mathsf T}w$: the larger one, the smaller the other. Sliding a filter is
# **searching** for a small picture.
#
# Networks do not bring windows to the same length. Then a bright window gets a large
# answer whether it fits or not. A filter with sum 0 is safe from the worst of this: to
# a window that is bright all over, it answers 0.

# %%
bright, edge = np.ones((3, 3)), np.array([[0.0, 0.5, 1.0]] * 3)
for name, kernel in {"average": average, "vertical edge": vertical_3}.items():
    answers = [float(np.sum(window * kernel)) for window in (bright, edge)]
    print(f"{name:14} bright window {answers[0]:.1f}   edge {answers[1]:.1f}")

# %% [markdown]
# ## 5.5 From an image to edge features
#
# The rest of the chapter uses two larger edge filters, which look at 5 × 5 pixels and
# give more weight to those near the middle row. The vertical one:
#
# $$\frac1{23}\begin{pmatrix} 2&1&0&-1&-2\\ 3&2&0&-2&-3\\ 4&3&0&-3&-4\\ 3&2&0&-2&-3\\
# 2&1&0&-1&-2 \end{pmatrix}$$
#
# The horizontal one is its transpose. **Predict:** why 23? And is the answer positive
# where ink is on the left, or where it is on the right?

# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: Absolute value, then cut-off, then pooling: in which order, and what each
# throws away. This filter has its positive side on the left, that of 5.2 on the right,
# so colours change places. Pooling is taken for averaging.
# ask: An edge moves by one pixel. What happens in the pooled picture?
# answer: Often nothing, when it stays in its block. That is the mild cure for shifted
# digits.
# skip: The comparison of pooling with Keras; the editor as play in the break.

# %%
predict(
    "5.j", "The answer is positive where the ink is", ["on the left", "on the right"]
)

# %%
rows = [[2, 1, 0, -1, -2], [3, 2, 0, -2, -3], [4, 3, 0, -3, -4]]
vertical = np.array([*rows, rows[1], rows[0]]) / 23  # (5, 5)
horizontal = vertical.T
print("sum of the positive numbers:", round(float(vertical[vertical > 0].sum()), 6))
print("sum of all numbers:", round(float(abs(vertical.sum())), 6))
happened("5.j", "on the left" if vertical[:, :2].sum() > 0 else "on the right")

# %% [markdown]
# The positive numbers sum to 23/23 = 1. So a perfect edge, full ink on the left half
# and paper on the right, gives exactly 1, its mirror image −1, and every other window
# something between. (The small filter of section 5.2 has its positive side on the
# right: in its pictures red and blue change places.)
#
# For "is there a vertical edge here?" the sign is beside the point. So the **absolute
# value** comes next. Then a **cut-off**: subtract 0.2 and set what is negative to 0.
# That is $\operatorname{relu}(|z|-0.2)$, with $\operatorname{relu}(u)=\max(0,u)$; it
# silences weak answers, which mostly come from noise. The stages of both filters:


# %%
def stages(image, kernel, cutoff=0.2):
    """Filtered image, its absolute value, and what is left above the cut-off."""
    filtered = convolve(image, kernel, padding="same")  # (28, 28)
    absolute = np.abs(filtered)
    return filtered, absolute, np.maximum(absolute - cutoff, 0)


for kernel in (vertical, horizontal):
    assert all(picture.shape == (28, 28) for picture in stages(digit, kernel))

# %% [markdown]
# Last, **max-pooling**: cut the picture into blocks of 2 × 2 and keep the largest
# number of each. From 28 × 28 it leaves 14 × 14, a quarter of the numbers. **Predict**
# the four numbers that remain of this little image:


# %%
predict("5.k", "What remains of the first block?", ["1", "2.5", "4"])


# %%
def max_pool(image):
    """Largest number of each 2 × 2 block."""
    rows, columns = image.shape[0] // 2, image.shape[1] // 2
    return image.reshape(rows, 2, columns, 2).max(axis=(1, 3))


little = np.array([[1, 2, 0, 0], [3, 4, 0, 5], [0, 0, 9, 8], [0, 6, 7, 0]])
print(max_pool(little))
happened("5.k", str(max_pool(little)[0, 0]))

# %% [markdown]
# Pooling answers "is there an edge **somewhere near**?" and forgets where exactly. An
# edge that moves by one pixel often stays in its block, so the small picture changes
# less than the large one. That is the cure, a mild one, for the trouble with shifted
# digits. Keras agrees with us:

# %%
pooled = max_pool(stages(digit, vertical)[-1])  # (28, 28) -> (14, 14)
x = stages(digit, vertical)[-1][None, :, :, None]  # (1, 28, 28, 1)
by_keras = keras.ops.max_pool(x, 2, strides=2)[0, :, :, 0].numpy()
print(pooled.shape, "same as Keras:", np.allclose(pooled, by_keras, atol=1e-6))

# %% [markdown]
# Now the whole pipeline in pictures. Each row is one filter. **Predict** what the
# cut-off takes away, and whether you will still recognise the digit after pooling.

# %%
predict(
    "5.l",
    "What does the cut-off take away?",
    ["the stroke's middle", "pale edges", "all edges of one direction"],
)

# %%
fig, axes = plt.subplots(2, 4, figsize=(7, 3.9))
names = ["1 filtered", "2 absolute value", "3 cut-off", "4 pooled"]
for line, kernel in zip(axes, (vertical, horizontal), strict=True):
    filtered, absolute, cut = stages(digit, kernel)
    line[0].imshow(filtered, cmap="RdBu_r", vmin=-1, vmax=1)
    for ax, picture in zip(line[1:], (absolute, cut, max_pool(cut)), strict=True):
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
for ax, name in zip(axes[0], names, strict=True):
    ax.set_title(name, fontsize=11)
axes[0, 0].set_ylabel("vertical")
axes[1, 0].set_ylabel("horizontal")
plt.setp(axes, xticks=[], yticks=[])
show(fig, "Two rows of four pictures: signed edges, absolute, cut off, pooled.")
happened("5.l", "pale edges")

# %% [markdown]
# Absolute values make both edges of a stroke alike. The cut-off removes the pale halo
# of edges that run the wrong way. Pooling leaves a coarse map of where there are
# vertical edges, and another of where there are horizontal ones: 2 · 14 · 14 = 392
# numbers, called **features**.
#
# Time to play. The editor applies any filter that you type. Go from field to field with
# the tab key and press return. Things to try: what does the identity leave after stage
# 3? Which preset makes the noise of a bar worse, which one better? Double all numbers
# of a filter: what changes? Set the cut-off to 0 and to 1. Choose a filter with sum 1
# and an image of your own with a bright background: where does the frame
# come from? (From "same": outside of the image there are zeros.) Your image stays on the
# computer that runs this notebook; it is made grey and small.

# %%
FilterEditor(digit)

# %% [markdown]
# ## 5.6 Two numbers are enough
#
# What are such features good for? The course has a small set of its own: images of
# thick vertical bars, horizontal bars and crosses, somewhere in the image, with noise
# over them. 90 of them are to learn from, 300 more are for the test.

# %% [markdown] tags=["teacher"]
# minutes: 13
# exercises: 5
# stall: 392 features into 2 units: 2 · 14 · 14, not 28 · 28. The axes of the plane are
# answers of hidden units, no pixels. A cluster's corner differs from machine to
# machine; three clusters don't.
# ask: Without the filters the same network learns most of the 90 shapes. What is the
# trouble?
# answer: New shapes: a quarter to a third go wrong. A pixel says little, an edge with a
# direction much.
# skip: Exercises 5.2 and 5.4; 5.3 can be tried in the editor.

# %%
images, labels = make_shapes(90, np.random.default_rng(5))
images_new, labels_new = make_shapes(300, np.random.default_rng(6))
for number, name in enumerate(SHAPE_NAMES):
    print(number, name, (labels == number).sum())
print(images.shape, images.dtype)

# %%
first = np.concatenate([np.flatnonzero(labels == k)[:6] for k in range(3)])  # (18,)
fig = show_images(images[first], columns=6, scale=1.1)
assert len(images) == 90 and np.bincount(labels).tolist() == [30, 30, 30]
show(fig, "Six vertical bars, six horizontal bars and six crosses, all noisy.")

# %% [markdown]
# **Predict:** average the strength of the edges over all pixels and over the 30 images
# of a kind, once for each filter. Which of the six numbers will be large?

# %%
predict(
    "5.m",
    "In which kind are both numbers large?",
    ["vertical bars", "horizontal bars", "crosses"],
)

# %%
x, x_new = images[..., None] / 255, images_new[..., None] / 255  # (N, 28, 28, 1)
filters = np.stack([vertical, horizontal], axis=-1)[:, :, None]  # (5, 5, 1, 2)
z = np.abs(keras.ops.conv(x, filters, padding="same").numpy())  # (90, 28, 28, 2)
strength = np.array([z[labels == k].mean(axis=(0, 1, 2)) for k in range(3)])  # (3, 2)
for name, (v, h) in zip(SHAPE_NAMES, strength, strict=True):
    print(f"{name:15} vertical {v:.2f}   horizontal {h:.2f}")
happened("5.m", strength.min(axis=1).argmax())

# %% [markdown]
# A vertical bar has long vertical edges and two short horizontal ones, a horizontal bar
# the other way round, and a cross has plenty of both. So the answer hides in two
# yes-or-no questions: many vertical edges? Many horizontal ones? A **hidden layer** of
# two units should do. Each unit is a linear function of the 392 features, squeezed by
# $\tanh$ into the range from −1 to 1. Softmax then chooses among three classes from
# these **two** numbers. Chapter 3 has more about hidden layers.

# %%
assert strength[0, 0] > 2 * strength[0, 1] and strength[1, 1] > 2 * strength[1, 0]
assert strength[2].min() > 2 * strength[0, 1]

# %% [markdown]
# The model, stage by stage. The layer `Conv2D` is told not to be trained: its filters
# stay the two we chose. **Predict:** how many parameters are left to train? (392
# features into 2 units, 2 units into 3 classes, and each unit has its $w_0$.)

# %%
predict("5.n", "How many parameters are left to train?", ["787", "795", "845"])

# %%
keras.utils.set_random_seed(2)
inputs = keras.Input((28, 28, 1))
edge_layer = layers.Conv2D(2, 5, padding="same", use_bias=False, trainable=False)
z = edge_layer(inputs)  # (N, 28, 28, 2)
edge_layer.set_weights([filters])
features = layers.MaxPooling2D(2)(keras.ops.relu(keras.ops.abs(z) - 0.2))
hidden = layers.Dense(2, activation="tanh")(layers.Flatten()(features))  # (N, 2)
outputs = layers.Dense(3, activation="softmax")(hidden)  # (N, 3)
model = keras.Model(inputs, outputs)
print("to train:", sum(w.numpy().size for w in model.trainable_weights))

# %%
happened(
    "5.n",
    str(sum(w.numpy().size for w in model.trainable_weights)),
    "392 · 2 + 2, and 2 · 3 + 3.",
)

# %% [markdown]
# A `keras.Model` may end at any stage. Cut off after the pooling, it must give what our
# NumPy functions give, for both filters. (Layers compute in 32 bits, and some graphics
# processors round even more, so this comparison asks for three digits only.)

# %%
features_keras = keras.Model(inputs, features)(x[:1])[0].numpy()  # (14, 14, 2)
for channel, kernel in enumerate((vertical, horizontal)):
    ours = max_pool(stages(x[0, :, :, 0], kernel)[-1])  # (14, 14)
    assert np.abs(ours - features_keras[:, :, channel]).max() < 1e-3
print("features:", features_keras.shape, "the same in NumPy and in Keras")

# %% [markdown]
# Training takes seconds: 60 epochs over 90 images, in mini-batches of 30. The labels
# are plain numbers here; `sparse_categorical_crossentropy` turns them into one-of-K
# form by itself.

# %% tags=["nbval-ignore-output"]
recipe = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
model.compile(keras.optimizers.Adam(0.01), **recipe)
progress_line = KerasProgress("Training")
model.fit(x, labels, 30, epochs=60, verbose=0, callbacks=[progress_line])
accuracy_seen = model.evaluate(x, labels, verbose=0)[1]
assert_between(accuracy_seen, 0.98, 1, "right, of the 90 shapes", show=".1%")
accuracy_new = model.evaluate(x_new, labels_new, verbose=0)[1]
assert_between(accuracy_new, 0.97, 1, "right, of 300 new shapes", show=".1%")

# %% [markdown]
# About 99% of the 300 new shapes are named correctly, after 90 examples. (The weights
# start at random; from an unlucky start, training may end some per cent lower.)

# %% [markdown]
# Two hidden units are two coordinates: every image becomes a point in a square, which
# we can look at. **Predict:** where in the square will the three kinds lie? The middle
# of each lies nearest to one corner: how many of the four corners are used in this way?

# %%
predict("5.o", "How many corners will be used?", ["1", "2", "3", "4"])

# %%
to_plane = keras.Model(inputs, hidden)
H, H_new = to_plane(x).numpy(), to_plane(x_new).numpy()  # (90, 2), (300, 2)
side = np.linspace(-1.15, 1.15, 150)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)  # (22500, 2)
W, w0 = model.layers[-1].get_weights()  # (2, 3), (3,)
regions = (grid @ W + w0).argmax(axis=1).reshape(150, 150)

# %%
fig, ax = plt.subplots(figsize=(5.2, 4.6))
ax.contourf(side, side, regions, [-0.5, 0.5, 1.5, 2.5], alpha=0.15, cmap="viridis")
for k, marker in enumerate("|_+"):
    points = H[labels == k].T  # (2, 30)
    ax.plot(*points, marker, ms=14, mew=2, alpha=0.7, label=SHAPE_NAMES[k])
    near = H[labels == k].mean(axis=0)
    ax.annotate(SHAPE_NAMES[k], near * 0.72, ha="center", va="center")
ax.set(xlabel="first hidden unit", ylabel="second hidden unit", aspect="equal")
ax.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
show(fig, "A square with three clusters of points, each in a region of its own.")
corners = {tuple(np.sign(H[labels == k].mean(axis=0))) for k in range(3)}
happened("5.o", str(len(corners)))

# %% [markdown]
# **Three clusters**, mostly at three corners: each in or near a corner of the square or
# along one of its sides, far from the others. The background shows which class softmax
# chooses where: three regions with straight borders, as they were in chapter 2. Nobody
# told the two units what to look for; from the features, training found two questions
# whose answers tell the three kinds apart.
#
# How clear is the separation? Every image should lie nearer to the middle of its own
# cluster than to the other two, and this can be counted:

# %% tags=["nbval-ignore-output"]
centres = np.array([H[labels == k].mean(axis=0) for k in range(3)])  # (3, 2)
gaps = np.linalg.norm(centres - centres[[1, 2, 0]], axis=1)  # (3,)
nearest = np.linalg.norm(H[:, None] - centres, axis=2).argmin(axis=1)  # (90,)
nearest_new = np.linalg.norm(H_new[:, None] - centres, axis=2).argmin(axis=1)
own, own_new = (nearest == labels).mean(), (nearest_new == labels_new).mean()
assert_between(own, 0.98, 1, "nearest to their own centre", show=".1%")
assert_between(own_new, 0.95, 1, "the same, new shapes", show=".1%")
assert_between(gaps.min(), 1.5, 2.9, "least distance of two centres", show=".2f")

# %% [markdown]
# Was it the filters, or would any network have done? Leave the filters out: pool the
# pixels themselves and keep the rest, the same two hidden units, the same training.
# **Predict** its accuracy on new shapes. Guessing would give 33%.

# %%
predict("5.p", "Accuracy on new shapes without filters, in %?", within=12)

# %%
keras.utils.set_random_seed(2)
plain = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(2, activation="tanh"),
        layers.Dense(3, activation="softmax"),
    ]
)

# %% tags=["nbval-ignore-output"]
plain.compile(keras.optimizers.Adam(0.01), **recipe)
plain.fit(x, labels, 30, epochs=60, verbose=0, callbacks=[KerasProgress("Training")])
plain_seen = plain.evaluate(x, labels, verbose=0)[1]
plain_new = plain.evaluate(x_new, labels_new, verbose=0)[1]
print(f"without filters: {plain_seen:.0%} of the 90 shapes")
assert_between(plain_new, 0.6, 0.82, "of the new shapes", show=".0%")
loss = plain_seen - plain_new
assert_between(loss, 0.1, 0.5, "lost from known to new shapes", show=".0%")
happened("5.p", 100 * plain_new)

# %% [markdown]
# It learns most of the 90 and then fails on every third or fourth new one. A pixel with
# ink says little: in some image, every kind has ink there. An edge with a direction
# says much. Good features made the problem easy, and we could choose them because we
# knew what counts.
#
# For bars that was simple. What should the filters for digits look like? Nobody knows,
# and nobody has to: in [chapter 6](06_dynamic_cnn.ipynb), filters become parameters like
# any others, and gradient descent finds them.

# %% [markdown]
# ### Exercise 5.2 – What the cut-off removes (change and measure)
#
# The pooled features of the 90 shapes have 90 · 14 · 14 · 2 numbers. Which share of
# them is exactly 0, for the cut-offs 0, 0.1, 0.2 and 0.5? **Predict** first: will the
# share grow evenly? `max_pool(stages(image, kernel, cutoff)[-1])` gives the features of
# one image (values from 0 to 1: `x[n, :, :, 0]`) and one filter.

# %% tags=["exercise"]
zeros_by_cutoff = {0.0: ..., 0.1: ..., 0.2: ..., 0.5: ...}

# %%
check("5.2", zeros_by_cutoff)

# %% [markdown]
# ### Exercise 5.3 – A filter for slanted edges (build)
#
# Make a filter for edges that rise to the right, like "/". On such an edge (ink on one
# side, paper on the other) its answer should be at least three times as strong as on a
# falling edge through the same place. To images of one colour it should answer 0.
# Any square with an odd number of rows will do, from 3 × 3 on. Try it in the editor
# first, on the digit.

# %% tags=["exercise"]
rising = ...

# %%
check("5.3", rising)

# %% [markdown]
# ### Exercise 5.4 – Max-pooling of any size (build)
#
# Our `max_pool` knows blocks of 2 × 2 only and wants even numbers of rows and columns.
# Write one that takes the largest number of each `size` × `size` window and moves by
# `stride` pixels, for windows that lie fully inside (`"valid"`). Windows may overlap,
# or leave gaps; there may be negative numbers.


# %% tags=["exercise"]
def pool(image, size=2, stride=2): ...


# %%
check("5.4", pool)

# %% [markdown]
# ## Recap
#
# 1. **Convolution** slides a filter over the image and at each place adds up window
#    times filter; strictly speaking it is cross-correlation. Stride $s$ moves by $s$
#    pixels; `"valid"` stays inside, `"same"` adds a frame of zeros. Ours agreed with
#    Keras and TensorFlow to 0.000001 for strides of 1 to 3 and both paddings.
# 2. **The numbers decide.** An average (sum 1) blurs and calms noise. A difference (sum
#    0) answers to edges across its direction only. Sharpening (sum 1) adds back the
#    detail that an average would take away.
# 3. **A filter is a picture of what it looks for**, since $\lVert x-w\rVert^2$ is small
#    where $x^{\mathsf T}w$ is large, for windows of equal length.
# 4. **Edge features:** filter, $|\cdot|$, $\operatorname{relu}(|z|-0.2)$, max-pooling.
#    Images are (N, height, width, channels), filters (height, width, channels in,
#    channels out): (N, 28, 28, 1) with (5, 5, 1, 2) gives (N, 28, 28, 2) and, pooled,
#    (N, 14, 14, 2).
# 5. **Two tanh units** on these features put bars and crosses into three clusters, and
#    about 99% of new shapes are named correctly. Without the filters a quarter to a
#    third of them are not.

# %% [markdown]
# ## Read on
#
# - D. H. Hubel, T. N. Wiesel, *Receptive fields of single neurones in the cat's striate
#   cortex* (Journal of Physiology, 1959): cells of the visual cortex answer to edges of
#   one direction each.
# - J. Canny, *A Computational Approach to Edge Detection* (IEEE Transactions on Pattern
#   Analysis and Machine Intelligence, 1986): which edge filter is best, and in which
#   sense.
# - K. Fukushima, *Neocognitron* (Biological Cybernetics, 1980): filters and pooling in
#   turns, before anybody trained them with gradients.
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to
#   Document Recognition* (Proceedings of the IEEE, 1998): the same with learned
#   filters.
# - V. Dumoulin, F. Visin, *A guide to convolution arithmetic for deep learning* (2016,
#   arXiv:1603.07285): every combination of stride and padding, with pictures.
