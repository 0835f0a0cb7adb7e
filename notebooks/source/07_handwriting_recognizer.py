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
# **Question:** a network reads 99 of 100 test images. What does it take until it reads
# what *you* write?
#
# **Aims.** At the end you can
#
# 1. turn pen strokes into an image as MNIST's images were made, and say what each step
#    is for;
# 2. show in numbers what a network loses when its input is prepared in another way than
#    what it has learned from;
# 3. look at everything between the pen and the answer: the image that the network sees,
#    its feature maps, its probabilities;
# 4. let a recognizer say "I am not sure", and know the price;
# 5. teach a network one person's handwriting in seconds, without making it forget
#    everybody else's.
#
# **Before you start:** [chapter 2](02_softmax_mnist.ipynb): images, softmax, accuracy.
# [Chapter 5](05_edge_filters.ipynb): filters and feature maps. With
# [chapter 6](06_dynamic_cnn.ipynb) done, this chapter works with the network that you
# trained there; without it, with one that ships with the course.
#
# **Minutes:** about {minutes} to read and do, under 60 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners bring a network from test images to their own hand: preparation, what
# the network sees, refusal, and learning a hand without forgetting.
# before: Chapter 02: softmax, accuracy. Chapter 05: filters. Chapter 06's saved network
# is used if it is there.
# machine: The page of `make recognizer` on one machine and a projector; without any,
# the stored pictures of canvas, box and centre of mass. On the board: an L in its box,
# and let the room place its centre of mass.
# opening: 2
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages for the whole chapter. The canvas and its buttons come from
# `helpers`; what happens between your pen and the answer is written out below.

# %% tags=["setup"]
# {setup}

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from helpers import datasets, handwriting
from helpers.checks import assert_between, check, happened, predict
from helpers.handwriting import pen_strokes
from helpers.handwriting.own_digits import OwnDigits
from helpers.handwriting.training_images import no_digits
from helpers.models import models_folder
from helpers.plotting import BLUE, GREEN, ORANGE, show, show_images
from helpers.progress import KerasProgress, track
from helpers.widgets import DigitField, Recognizer
from helpers.widgets.canvas import sample_digit
from helpers.widgets.recognizer_maps import switch_off

# %% [markdown]
# ## 7.1 Write a digit
#
# First, which network is it? When chapter 6 has saved one on this computer, it is
# yours. When not, or when that file is damaged or holds another kind of network, it is
# one that ships with the course, and a line says why. Everything in this chapter works
# with either.

# %% [markdown] tags=["teacher"]
# minutes: 8
# stall: A digit is drawn and corrected before the verdict is read. On trackpads the pen
# seems broken: number keys give a sample. Whoever did chapter 06 has a network without
# the eleventh class, so its refusals differ from the neighbour's.
# ask: Take the tick from "Prepare as MNIST" and write small, in a corner. Who is to
# blame for the answer?
# answer: Not the network: it sees a tiny blot such as it was never shown.
# skip: Nothing; let three people write on the projector.

# %% tags=["nbval-ignore-output"]
model, name = handwriting.yours_or_shipped(models_folder() / "chapter_06.keras")
print(f"This chapter uses {name}.")
assert_between(model.count_params(), 10_000, 20_000_000, "parameters", show=",.0f")
print("images", model.input_shape[1:], "to probabilities", model.output_shape[1:])

# %% [markdown]
# Now write a digit, with the mouse, a finger or a pen. By keyboard: go to the canvas
# with the tab key and press a number key; a sample digit appears. To the right, from
# top to bottom: the answer, the image of 28 × 28 pixels that the network sees, its ten
# probabilities, and the feature maps of its first two layers.
#
# Things to try: every digit once. A 7 with and without a bar, a 1 with a long flag. A
# tiny digit in a corner; then take the tick from "Prepare as MNIST" and look again at
# what the network sees. A letter, or a scribble. When an answer is wrong, press the
# button with the digit you meant: the drawing is kept, and section 7.5 will make use of
# it.

# %%
Recognizer(model, name)

# %% [markdown]
# Most of what you see here is not done by the network. The rest of the chapter takes it
# apart: how strokes become an image (7.2), what happens if that is done badly (7.3),
# what goes on inside and how sure the answer is (7.4), how the network learns your hand
# (7.5), and how it reads a whole number (7.6).

# %% [markdown]
# ## 7.2 From a pen to an image
#
# A canvas does not give an image. It gives **strokes**: for each time that the pen
# touches down, a list of the points where it was, in pixels of the canvas, with x to
# the right and y **down**. Here is a small 7 with a bar in the upper right of a canvas
# of 280 × 280 pixels. A real pen gives more points than these; nothing else changes.

# %% [markdown] tags=["teacher"]
# minutes: 17
# exercises: 3
# stall: y grows downward, so "down" is plus. One factor for both axes; dividing each by
# its own range is the usual mistake. s limited to 0…1 in the distance: without it the
# pieces become endless lines. 17.4 is 20 minus the pen.
# ask: The box is centred already. Why must the 7 still move?
# answer: Its ink is heavy at the top; MNIST has the centre of mass in the middle, so it
# moves down.
# skip: The measurement of MNIST's own images; `distance` as code, when drawn on the
# board.

# %%
seven = [
    np.array([[150, 52], [206, 50], [196, 84], [180, 124], [172, 160]]),
    np.array([[162, 108], [208, 102]]),
]  # two strokes: (5, 2) and (2, 2)
points = np.concatenate(seven)  # (7, 2)
print("from", points.min(axis=0), "to", points.max(axis=0))

# %% [markdown]
# The network has learned from MNIST's images, so our image has to look as if it were one
# of them. How were they made? Their authors say: each digit was scaled to fit into a
# box of **20 × 20** pixels, keeping its proportions, and then placed into **28 × 28**
# pixels so that its **centre of mass** came to lie in the middle. We need not believe
# it, for it can be measured: the longer side of the ink, and the ink's mean position.
#
# $$\bar x = \frac{\sum_i p_i\,x_i}{\sum_i p_i}, \qquad
# \bar y = \frac{\sum_i p_i\,y_i}{\sum_i p_i}$$
#
# with $p_i$ the darkness of pixel $i$, and $x_i$, $y_i$ its column and row.

# %%
columns, rows = np.meshgrid(np.arange(28), np.arange(28))
pixels = np.column_stack([columns.ravel(), rows.ravel()])  # (784, 2): x and y


def centre_of_mass(image):
    """Mean position of the ink: x and y."""
    ink = image.ravel()  # (784,)
    return ink @ pixels / ink.sum()  # (2,)


one_pixel = np.zeros((28, 28))
one_pixel[20, 5] = 1
print(centre_of_mass(one_pixel))

# %% tags=["nbval-ignore-output"]
(x_train, t_train), (x_test, t_test) = datasets.load_mnist()
x_train, x_test = x_train / np.float32(255), x_test / np.float32(255)
sample = x_train[:1000]
middles = np.array([centre_of_mass(image) for image in sample])  # (1000, 2)
inked = [pixels[image.ravel() > 0] for image in sample]  # (pixels, 2) each
sides = np.array([(ink.max(axis=0) - ink.min(axis=0)).max() + 1 for ink in inked])
off = np.abs(middles - 14).max(axis=1)  # (1000,)
assert_between((sides == 20).mean(), 0.9, 1, "longer side 20 pixels", show=".1%")
assert_between(off.mean(), 0, 0.6, "mean distance of the mass from 14", show=".2f")
assert_between(off.max(), 0, 1.2, "largest distance of the mass from 14", show=".2f")

# %% [markdown]
# It is as they say: nearly every image has a longer side of 20 pixels, and the centre
# of mass lies within a pixel of (14, 14). (Without MNIST the course draws its own
# digits, prepared in the same way.)

# %% [markdown]
# **Step 1 and 2: box and scale.** The smallest box around all points, its longer side,
# and the factor that makes it 20 pixels. The line has a width of its own, 2.6 pixels,
# half of which sticks out on each side, so that 17.4 pixels are left for its middle.
# One factor serves for x and y: that keeps the proportions. The middle of the box goes
# to (14, 14). **Predict:** how wide will our 7 be, in pixels?

# %%
predict("7.a", "How wide will the 7 be, in pixels?", within=2)

# %%
PEN = 2.6  # pixels of the small image


def fit_box(strokes, box=20):
    """Scale strokes into a box around the middle of the image."""
    points = np.concatenate(strokes)  # (points of all strokes, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (box - PEN) / max((high - low).max(), 1e-9)
    return [(stroke - (low + high) / 2) * scale + 14 for stroke in strokes]


fitted = fit_box(seven)
width, height = np.ptp(np.concatenate(fitted), axis=0) + PEN
print(f"width {width:.1f}, height {height:.1f} pixels")
happened("7.a", width)

# %% [markdown]
# **Step 3: draw.** How dark is a pixel? That depends on its **distance to the stroke**.
# The stroke consists of straight pieces from a point $a$ to the next one, $b$. The
# place on the piece that is nearest to pixel $q$ is
#
# $$a + s\,(b-a), \qquad
# s = \frac{(q-a)\cdot(b-a)}{\lVert b-a\rVert^2} \;\text{ limited to } 0\dots1 .$$
#
# Limited, because the piece ends at $a$ and $b$: this is what makes its ends round.


# %%
def distance(a, b):
    """Distance of each pixel to the piece of line from a to b."""
    step = b - a
    s = (pixels - a) @ step / max(step @ step, 1e-12)  # (784,)
    nearest = a + np.clip(s, 0, 1)[:, None] * step  # (784, 2)
    return np.linalg.norm(pixels - nearest, axis=1)  # (784,)


across = distance(np.array([10.0, 14.0]), np.array([18.0, 14.0])).reshape(28, 28)
print(across[14, 8:22].round(1))
print(across[12, 8:22].round(1))

# %% [markdown]
# Row 14 holds the piece itself: distance 0 from column 10 to 18, then 1, 2, 3. Two rows
# above it, the distance is 2 along the piece and more around its ends.
#
# Ink is where the distance is less than half the pen's width, 1.3. A hard limit would
# give stairs, so the ink fades out over one pixel, from 1 at distance 0.8 to 0 at
# distance 1.8. MNIST's images have grey edges as well. Where pieces meet or cross, the
# nearest one counts; that leaves no gaps, however fast the pen was.


# %%
def draw(strokes):
    """Draw strokes, given in pixels of the image, with a round pen."""
    nearest = np.full(784, np.inf)
    for stroke in strokes:
        ends = stroke[1:] if len(stroke) > 1 else stroke  # a single point is a dot
        for a, b in zip(stroke, ends, strict=False):
            nearest = np.minimum(nearest, distance(a, b))
    return np.clip(PEN / 2 - nearest + 0.5, 0, 1).reshape(28, 28)


boxed = draw(fitted)  # (28, 28)
print("centre of mass:", centre_of_mass(boxed).round(2))

# %% [markdown]
# **Step 4: centre of mass.** The box is in the middle of the image, the ink is not: a 7
# is heavy at the top. **Predict** in which direction it has to move. We move the
# strokes, not the pixels, and draw once more: strokes can move by parts of a pixel
# without becoming blurred. The box must not leave the image.


# %%
predict(
    "7.b", "In which direction does the 7 have to move?", ["up", "down", "not at all"]
)


# %%
def prepare(strokes, box=20):
    """From strokes on a canvas to an image like MNIST's."""
    fitted = fit_box(strokes, box)
    shift = 14 - centre_of_mass(draw(fitted))  # (2,)
    shift = np.clip(shift, -4, 3)  # a box of 20 from 4 to 24 stays inside 0 to 27
    return draw([stroke + shift for stroke in fitted])


image = prepare(seven)
print("centre of mass:", centre_of_mass(image).round(2))
happened(
    "7.b",
    "down"
    if centre_of_mass(image)[1] > centre_of_mass(draw(fit_box(seven)))[1]
    else "up",
    "The heavy top pulls its centre of mass up.",
)

# %%
tiny = draw([stroke / 10 for stroke in seven])  # the whole canvas made smaller
shown = [tiny, boxed, image]
names = ["canvas made smaller", "fitted into 20 × 20", "centre of mass in the middle"]
fig, axes = plt.subplots(1, 3, figsize=(7, 2.8))
for ax, picture, title in zip(axes, shown, names, strict=True):
    ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
    ax.scatter(14, 14, 180, BLUE, marker="+", lw=2)
    ax.scatter(*centre_of_mass(picture), 60, ORANGE, marker="x", lw=2.5)
    ax.add_patch(plt.Rectangle((4, 4), 20, 20, fill=False, color=GREEN))
    ax.set_title(title, fontsize=10)
plt.setp(axes, xticks=[], yticks=[])
show(fig, "A 7: small in a corner; large in a box; then moved down into the middle.")

# %% [markdown]
# The blue + is the middle of the image, the orange × the centre of mass, the green
# square the box of 20 × 20. In the last picture + and × lie on each other, and the 7 has
# moved down and to the left.
#
# The widget above uses the course's own `handwriting.strokes_to_image`, which does the
# same, faster. (It also leaves out specks: tiny strokes far from everything else, when
# the pen has slipped.) Do the two agree? For the rest of the chapter we need many
# digits, so the course has a generator of **pen strokes**: it runs along skeletons of
# digits as a hand does, with wobble, slant and bends, anywhere on a canvas of
# 500 × 500, from tiny to large, and as many points as a tablet would give.

# %%
digits, labels = pen_strokes(400, np.random.default_rng(1))
ours = np.array([prepare(strokes) for strokes in digits[:100]])  # (100, 28, 28)
theirs = np.array([handwriting.strokes_to_image(strokes) for strokes in digits])
largest = np.abs(ours - theirs[:100]).max(axis=(1, 2))  # (100,)
assert np.sum(largest < 0.001) >= 95  # the others have a speck
print("the same image to 0.001:", np.sum(largest < 0.001) >= 95)

# %%
fig, axes = plt.subplots(2, 8, figsize=(7, 2.1))
for ax, strokes, picture in zip(axes.T, digits, ours, strict=False):
    for stroke in strokes:
        ax[0].plot(*stroke.T, color="black", lw=1.2)
    ax[0].set(xlim=(0, 500), ylim=(500, 0), aspect="equal")
    ax[1].imshow(picture, cmap="gray_r", vmin=0, vmax=1)
axes[0, 0].set_ylabel("canvas")
axes[1, 0].set_ylabel("image")
plt.setp(axes, xticks=[], yticks=[])
fig.supxlabel("the first eight digits", fontsize=11)
show(fig, "Eight drawn digits of all sizes, and below each of them large and centred.")

# %% [markdown]
# ### Exercise 7.1 – An L on paper (predict and run)
#
# Someone writes an L in one stroke: from (100, 40) straight down to (100, 240), then to
# the right to (180, 240). Without running anything: which factor does `fit_box` use?
# How wide and how high is the ink, pen included? And in step 4, by about how many
# pixels does the L move to the right, and down (negative: up)? A stroke's mass is its
# length. One digit after the point will do for the last two.
#
# Replace each `...` and run the cell, then the check below it. Stuck? Add a cell with
# `hint("7.1")`, which says one thing more each time that you run it; `solution("7.1")`
# shows worked code, and `exercise_table()` what you have done so far.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
letter = {"factor": ..., "width": ..., "height": ..., "right": ..., "down": ...}

# %%
check("7.1", letter)

# %% [markdown]
# Then run it: `fit_box`, `draw` and `centre_of_mass` tell.

# %% [markdown]
# ## 7.3 What the preparation is worth
#
# Suppose a programmer does not know all this. The network wants 28 × 28 pixels, the
# canvas has 500 × 500, so the whole canvas is made smaller. The pen is as thick as
# before. **Predict:** which share of the 400 digits will the network read then? It reads
# about 99% of MNIST's test images.


# %% [markdown] tags=["teacher"]
# minutes: 10
# exercises: 3
# stall: The unprepared half is read as the network's weakness. Shift and size are
# spoiled one at a time, so the two curves don't add up. Networks from chapter 06 fall
# earlier than the shipped one.
# ask: A camera firm delivers photographs twice as large. What will your network do?
# answer: What it does with a wrong box: fail quietly. Input must be prepared as it was
# for training.
# skip: Exercise 7.2; the two curves may be shown without running.

# %%
predict("7.c", "Which share will it read then, in %?", within=12)


# %%
def accuracy(model, images, labels):
    """Share of images (n, 28, 28) whose likeliest digit is the right one."""
    answers = model.predict(images[..., None], 200, verbose=0)  # (n, 10)
    return float((answers.argmax(axis=1) == labels).mean())


def whole_canvas(strokes):
    return draw([stroke * 28 / 500 - 0.5 for stroke in strokes])


naive = np.array([whole_canvas(strokes) for strokes in track(digits, "Drawing")])
assert naive.shape == theirs.shape == (400, 28, 28)

# %% tags=["nbval-ignore-output"]
on_mnist = accuracy(model, x_test, t_test)
prepared, unprepared = accuracy(model, theirs, labels), accuracy(model, naive, labels)
assert_between(on_mnist, 0.965, 1, "MNIST's test images", show=".1%")
assert_between(prepared, 0.85, 1, "pen strokes, prepared", show=".1%")
assert_between(unprepared, 0.1, 0.55, "pen strokes, canvas only", show=".1%")
gain = prepared - unprepared
assert_between(gain, 0.35, 0.9, "gain by preparation", show=".1%")
happened("7.c", 100 * unprepared)

# %% [markdown]
# Without preparation the network reads about half of the digits or fewer, with it nine
# of ten or more. Nothing about the network has changed. It never saw a small digit in a
# corner, because MNIST has none; **a network knows what it was shown, and nothing
# else**. Whoever uses a trained network must prepare the input exactly as it was
# prepared for the training.

# %% [markdown]
# Which is worse, the wrong place or the wrong size? Let us spoil one thing at a time:
# take the prepared images and move them to the right by 1, 2, … pixels; or fit them
# into a box of another size than 20. **Predict** the two curves.

# %%
predict("7.d", "By how many points does the accuracy fall 8 pixels off?", within=15)

# %% tags=["nbval-ignore-output"]
shifts, boxes = np.arange(0, 9), [6, 9, 12, 16, 20, 24, 28]
by_shift = [accuracy(model, np.roll(theirs, s, axis=2), labels) for s in shifts]
by_box = []
for box in track(boxes, "Drawing", unit="sizes"):
    resized = np.array([prepare(strokes, box) for strokes in digits[:100]])
    by_box.append(accuracy(model, resized, labels[:100]))
print("moved by 0 to 8 pixels:", *(f"{share:.0%}" for share in by_shift))
print("box of 6 to 28 pixels: ", *(f"{share:.0%}" for share in by_box))
loss = by_shift[0] - np.array(by_shift)
assert_between(loss[1], -0.03, 0.07, "loss by 1 pixel", show=".1%")
assert_between(loss[8], 0.25, 0.95, "loss by 8 pixels", show=".1%")
loss = by_box[4] - np.array(by_box)  # compared with a box of 20
assert_between(loss[6], -0.03, 0.4, "loss by a box of 28", show=".1%")
assert_between(loss[0], 0.3, 0.95, "loss by a box of 6", show=".1%")
happened("7.d", 100 * (by_shift[0] - by_shift[8]))

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(7, 3), sharey=True)
left.plot(shifts, by_shift, "o-")
left.set(xlabel="moved to the right, pixels", ylabel="share read rightly", ylim=(0, 1))
right.plot(boxes, by_box, "s-", color=ORANGE)
right.axvline(20, color="gray", lw=1, ls="--")
right.text(19.5, 0.05, "MNIST's box", ha="right")
right.set(xlabel="longer side of the digit, pixels")
show(fig, "Accuracy: high near no shift and a box of 20; moved far, or tiny, it falls.")

# %% [markdown]
# One pixel to the side costs next to nothing: convolution and pooling forgive it, as
# chapter 6 promised. How far that reaches depends on what the network was trained on.
# The one that ships has seen digits shifted, turned and resized; it still reads most
# of them five pixels off, and digits that fill the whole image. A network of chapter 6
# has seen MNIST as it is: three pixels cost it far more, and large digits trouble it.
# Further off both go downhill. A filter finds a stroke wherever it lies, but the dense
# layer behind the filters has learned *where* strokes of a 7 are; and in a box of 6
# pixels nothing is left to be found.
#
# Unprepared strokes suffer from both at once. In the widget, the tick "Prepare as
# MNIST" switches between these two worlds.

# %% [markdown]
# ### Exercise 7.2 – The right pen (change and measure)
#
# Half of the images' look is the pen. How much ink is there in an image on average (its
# mean pixel value, 0 to 1) if the 400 `digits` are drawn with a pen of 1, 2.6 and 5
# pixels? `handwriting.strokes_to_image(strokes, pen_width)` takes the width. Then
# compare with `x_train.mean()`: which pen writes like MNIST? And how many digits does
# the network still read with the other two?

# %% tags=["exercise"]
ink = {1: ..., 2.6: ..., 5: ...}

# %%
check("7.2", ink)

# %% [markdown]
# ## 7.4 Between the image and the answer
#
# What becomes of our 7 inside the network? A `keras.Model` may end at any layer. We let
# one end twice: behind the first convolution and behind the second, each with the
# normalisation and the ReLU that follow it, if there are any. Every filter gives one
# map: dark where it answers. **Predict** from chapter 5 what the first layer's maps
# will look like.

# %% [markdown] tags=["teacher"]
# minutes: 13
# exercises: 3
# stall: Maps are each drawn at their own scale, so a black spot isn't comparable across
# maps. Ten probabilities sum to 1 for a scribble as well. The eleventh class exists in
# the shipped network only.
# ask: Which threshold would you choose for a postcode, which for a quiz?
# answer: It is a price: every refused scribble costs refused digits. The use decides,
# not the network.
# skip: Switching maps off in code: the widget does it. Exercise 7.3.

# %%
predict(
    "7.e",
    "What will the maps of the first layer show?",
    ["edges and strokes", "whole digits", "noise"],
)

# %%
ends = []
for place, layer in enumerate(model.layers):
    if isinstance(layer, layers.Conv2D):
        after = model.layers[place + 1 :]
        while isinstance(after[0], layers.BatchNormalization | layers.ReLU):
            layer = after.pop(0)
        ends.append(layer.output)
inside = keras.Model(model.inputs[0], ends[:2])
first, second = (np.array(maps)[0] for maps in inside(image[None, ..., None]))
assert first.ndim == second.ndim == 3 and second.shape[0] < first.shape[0]

# %%
for maps, order in [(first, "first"), (second, "second")]:
    strongest = np.argsort(-maps.max(axis=(0, 1)))[:16]  # 16 filters
    pictures = maps[..., strongest].transpose(2, 0, 1)  # (16, height, width)
    own_scale = pictures / np.maximum(pictures.max(axis=(1, 2), keepdims=True), 1e-9)
    fig = show_images(own_scale, None, 8, 0.86)
    for ax in fig.axes:
        ax.add_patch(plt.Rectangle((0, 0), 1, 1, fill=False, transform=ax.transAxes))
    assert pictures.shape[0] == 16 and pictures.max() > 0
    show(fig, f"Sixteen feature maps of the {order} layer for the 7, each in a frame.")
happened("7.e", "edges and strokes")

# %% [markdown]
# Each map is drawn at its own scale: its strongest answer is black. The first layer's
# maps still show the 7, or its edges in one direction, as the filters of chapter 5 did.
# The second layer's maps are smaller and have fewer dark spots. Such a spot says "here
# is a corner", "here an end", "here a crossing": what a 7 consists of.
#
# Which of these maps does the answer need? Take the network apart: make a map 0
# everywhere, whatever is drawn, and measure again. **Predict:** what does it cost to
# lose one map of the first layer? And to lose seven of every eight?

# %%
predict("7.k", "Digits lost without the strongest map, in points?", within=5)

# %% tags=["nbval-ignore-output"]
filters = next(layer for layer in model.layers if isinstance(layer, layers.Conv2D))
apart = keras.models.clone_model(model)
apart.set_weights(model.get_weights())
strongest, right = np.argsort(-first.max(axis=(0, 1))), []
for number in strongest[: 7 * len(strongest) // 8]:
    switch_off(apart, filters.name, int(number))
    right.append(accuracy(apart, theirs, labels))
print("read rightly:", *(f"{share:.0%}" for share in [prepared, *right][::4]))
assert_between(prepared - right[0], -0.03, 0.3, "loss by one map", show=".1%")
assert_between(prepared - right[-1], 0.2, 0.95, "by seven of eight", show=".1%")
happened("7.k", 100 * (prepared - right[0]), "Other maps answer to the same strokes.")

# %% [markdown]
# One map is hardly missed: others answer to nearly the same strokes, and the layers
# behind make do with them. With an eighth of its maps left the network reads far fewer
# digits, or hardly any. In the widget of 7.1 you can do it while you draw: a click on a
# map switches it off, the list says in words what moves it, where that can be said
# ("level strokes", "most for 3s and 8s"), and a button finds the maps that matter most
# for what you have drawn. Press it until the verdict changes, then look at the list:
# what has your digit lost?
#
# From the maps come ten probabilities. They sum to 1, whatever is drawn. **Predict:**
# what will the network say about a scribble, which is no digit at all? The course's
# generator also draws letters, signs, spirals and crossings-out:

# %%
predict("7.f", "How sure will it be of a scribble, in % on average?", within=15)

# %%
scribbles = no_digits(200, np.random.default_rng(2))
nonsense = np.array([handwriting.strokes_to_image(strokes) for strokes in scribbles])
fig = show_images(nonsense[:16], columns=8, scale=0.86, limits=(0, 1))
assert nonsense.shape == (200, 28, 28)
show(fig, "Sixteen drawings that are no digits: letters, signs, spirals, scribbles.")

# %% tags=["nbval-ignore-output"]
sure_digits = model.predict(theirs[..., None], 200, verbose=0).max(axis=1)  # (400,)
sure_nonsense = model.predict(nonsense[..., None], 200, verbose=0).max(axis=1)  # (200,)
name = "mean highest probability"
assert_between(sure_digits.mean(), 0.8, 1, f"{name}, digits", show=".2f")
assert_between(sure_nonsense.mean(), 0.35, 0.95, f"{name}, no digits", show=".2f")
happened("7.f", 100 * sure_nonsense.mean())

# %% [markdown]
# Ten equal shares would be 0.1. For a drawing that has no right answer, the network
# still prefers one digit, and by far. Softmax has no way to say "none of these": it was
# taught to divide 1 among ten. The simplest remedy is a **threshold**: below it, the
# recognizer says that it is not sure and asks. It refuses some true digits as well;
# that is its price. **Predict:** which threshold would you choose?

# %%
predict("7.g", "Share of scribbles refused by a threshold of 0.9, in %?", within=15)

# %%
thresholds = np.linspace(0.3, 1, 141)
refused_digits = np.mean(sure_digits[:, None] < thresholds, axis=0)  # (141,)
refused_nonsense = np.mean(sure_nonsense[:, None] < thresholds, axis=0)
assert np.all(np.diff(refused_digits) >= 0) and np.all(np.diff(refused_nonsense) >= 0)
happened("7.g", 100 * np.mean(sure_nonsense < 0.9))

# %%
fig, ax = plt.subplots(figsize=(6, 3.2))
ax.plot(thresholds, refused_nonsense, label="scribbles")
ax.plot(thresholds, refused_digits, "--", label="digits")
ax.set(xlabel="threshold", ylabel="share refused", ylim=(0, 1.02), xlim=(0.3, 1))
ax.legend(loc="upper left")
show(fig, "Both shares grow with the threshold; the one of the scribbles is higher.")

# %% [markdown]
# No threshold separates the two completely. A better remedy is to **show the network
# what is no digit**: letters and scribbles as an eleventh class of their own. The
# network that ships with the course was trained so. It has eleven scores inside, and
# `handwriting.readings` asks both questions: is it a digit at all, and does one digit
# stand out? The widget shows this verdict. (With a network of your own, which knows ten
# classes only, it has to make do with a threshold.) Where the
# figure above shows the shipped network, it is kind to thresholds: that one has seen
# scribbles while it learned. One that never saw any may be surer of them.

# %% tags=["nbval-ignore-output"]
shipped = handwriting.load_recognizer()
sure = {
    "digits": [answer.sure for answer in handwriting.readings(theirs, shipped)],
    "scribbles": [answer.sure for answer in handwriting.readings(nonsense, shipped)],
}
kept, passed = np.mean(sure["digits"]), np.mean(sure["scribbles"])
same_price = np.quantile(sure_digits, 1 - kept)
by_threshold = np.mean(sure_nonsense >= same_price)
assert_between(kept, 0.88, 1, "digits answered", show=".1%")
assert_between(passed, 0, 0.3, "scribbles answered", show=".1%")
more = by_threshold - passed
assert_between(more, 0.02, 0.95, "by a threshold instead, so much more", show=".1%")

# %% [markdown]
# It answers nearly all digits and refuses most scribbles. (Both generators drew for its
# training, too, so this is a best case: yours may pass more often.) A threshold that
# refuses as many digits lets more scribbles pass. The rule from section 7.3 has a
# second half: what a network shall recognise as foreign, it has to be shown as well.
#
# There is a limit that no training moves: some letters **are** drawn like digits. Here
# are a b, an S, and an S in a mirror. What will the shipped network say?


# %%
def arc(x, y, begin, end):
    """Part of a circle of radius 25 as a stroke, from one quarter turn to another."""
    angles = np.linspace(begin, end, 30) * np.pi / 2
    return np.column_stack([x + 25 * np.cos(angles), y + 25 * np.sin(angles)])


b = [np.array([[30.0, 0], [30, 100]]), arc(52, 75, 2, 6)]
S = [np.concatenate([arc(50, 25, -0.2, -3), arc(50, 75, -1, 1.8)])]
mirrored = [(100, 0) + S[0] * (-1, 1)]
answers = [handwriting.read(strokes, shipped) for strokes in (b, S, mirrored)]
words = [str(answer.digit) if answer.sure else "no digit" for answer in answers]
print("read as", *words)

# %%
fig = show_images(np.array([answer.image for answer in answers]), words, 3, 1.2)
show(fig, "The three letters as the network gets them, each with its answer above.")

# %% [markdown]
# It is sure of all three, and who sees the drawing alone might well agree. What
# tells a b from a 6 is the word around it, and the network has not been given any.

# %% [markdown]
# ### Exercise 7.3 – Upright (build)
#
# Many people's digits lean. That can be taken back before the network sees them: fit a
# line $x = c + m\,y$ through all points (least squares: $m$ is the covariance of x and
# y over the variance of y), and subtract the lean, $x' = x - m\,(y - \bar y)$, with the
# same $m$ for all strokes. Heights stay. A horizontal line has no lean, and must not
# stop your function. Return new strokes and leave the given ones as they are: we want to
# compare.


# %% tags=["exercise"]
def upright(strokes): ...


# %%
check("7.3", upright)

# %% [markdown]
# Does it help? Lean all `digits` by 45 degrees, `stroke @ [[1, 0], [-1, 1]]`, and
# measure the accuracy with and without `upright`.

# %% [markdown]
# ## 7.5 A writer with habits
#
# Some hands are not in MNIST. Leonardo da Vinci wrote his notebooks in **mirror
# writing**, from right to left. Let us hire such a writer, who moreover writes each
# digit always in the same way. (Yours may be a smaller habit, and the same recipe will
# do.) Mirroring takes one line: x changes its sign; the preparation does the rest.


# %% [markdown] tags=["teacher"]
# minutes: 12
# stall: Fine-tuning works on a copy; people expect the widget above to have learned.
# Replay: own digits ten times, so that they count as much as 1,000 old ones. Rows of
# the confusion matrix are what was meant.
# ask: Which digits will a mirror writer be understood in, and why?
# answer: 0, 1 and 8, which look alike in a mirror; perhaps a 4. Of the others few are
# read rightly.
# skip: The file of strokes. Never the forgetting: it is the lesson.


# %%
def one_way(digit, way):
    """The writer knows one way only of writing a digit."""
    return way == 0


def mirror_writing(n, seed):
    """Strokes and labels of n digits of our writer."""
    strokes, labels = pen_strokes(n, np.random.default_rng(seed), use=one_way)
    return [[stroke * [-1, 1] for stroke in digit] for digit in strokes], labels


some, some_labels = mirror_writing(20, 3)
pictures = [prepare(strokes) for strokes in some]
order = np.argsort(some_labels, kind="stable")[::2]  # one of each digit
fig = show_images(np.array(pictures)[order], some_labels[order], 10, 0.68)
assert some_labels[order].tolist() == list(range(10))
show(fig, "The digits 0 to 9, each mirrored from left to right.")

# %% [markdown]
# We ask our writer for 100 digits, ten of each, which takes a person five minutes.
# `OwnDigits` keeps strokes and labels in a file; the buttons of the widget in 7.1 fill
# one of yours. Strokes are kept, not images: should we ever find a better preparation,
# they can go through it again.

# %%
written, written_labels = mirror_writing(100, 4)
diary = OwnDigits(models_folder() / "mirror_writing.json")
diary.clear()  # from an earlier run
for strokes, label in zip(written, written_labels, strict=True):
    diary.add(strokes, label)
again = OwnDigits(diary.path)  # read from the file
x_own, t_own = again.images()  # (100, 28, 28), (100,)
assert np.array_equal(t_own, written_labels)
assert np.allclose(x_own[0], handwriting.strokes_to_image(written[0]), atol=0.01)
print(again)

# %% [markdown]
# Another 300 digits of the same writer are for the test. **Predict:** which of the ten
# digits will the network still read? A **confusion matrix** counts, for every digit
# that was meant, what it was read as.

# %%
predict("7.h", "How many of the ten digits will it still read mostly?", within=1)

# %%
meant, t_new = mirror_writing(300, 5)
x_new = np.array([handwriting.strokes_to_image(strokes) for strokes in meant])


def confusion(model, images, labels):
    """Counts (10, 10): the row is the digit meant, the column what was read."""
    read = model.predict(images[..., None], 200, verbose=0).argmax(axis=1)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, read), 1)
    return counts


before = confusion(model, x_new, t_new)
assert before.sum(axis=1).tolist() == [30] * 10


# %%
happened(
    "7.h", int((before.diagonal() > 15).sum()), "Those that look the same in a mirror."
)


# %%
def draw_confusion(ax, counts, title):
    ax.imshow(counts / counts.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            ink = "white" if count > 0.6 * counts[row].sum() else "black"
            ax.text(column, row, count, ha="center", va="center", color=ink, fontsize=9)
    ax.set(xticks=range(10), yticks=range(10), xlabel="read as", ylabel="meant")
    ax.set_title(title, fontsize=11)


fig, ax = plt.subplots(figsize=(4.6, 4.6))
draw_confusion(ax, before, "before: 30 of each digit")
show(fig, "A table of ten by ten: some rows are right, others scattered over columns.")

# %% tags=["nbval-ignore-output"]
same_mirrored = [0, 1, 8]
rest = [2, 3, 4, 5, 6, 7, 9]
share = before.diagonal() / 30
assert_between(share[same_mirrored].mean(), 0.65, 1, "0, 1 and 8 right", show=".0%")
assert_between(share[rest].mean(), 0, 0.5, "the others right", show=".0%")

# %% [markdown]
# 0, 1 and 8 look nearly the same in a mirror and survive. So may a digit whose mirror
# image somebody writes, such as a 4; of the others few are read rightly. And they are
# read as something definite: look along a row for its darkest column. A confusion
# matrix tells *what* to do something about, an accuracy only *that*.

# %% [markdown]
# Now the network shall learn this hand. It need not begin from nothing: its filters
# know strokes and corners already. We go on training from where it is, with a few
# digits and for a few seconds. This is called **fine-tuning**. We do it to a copy, so
# that we can compare.


# %%
def copy_of(model):
    """Make a second network with the same weights."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    return copy


hasty = copy_of(model)
assert np.allclose(hasty.predict(x_new[:9, ..., None], verbose=0).sum(axis=1), 1)

# %% tags=["nbval-ignore-output"]
learning = [KerasProgress("Learning 100 digits")]
hasty.fit(x_own[..., None], t_own, 20, epochs=15, verbose=0, callbacks=learning)
own = accuracy(hasty, x_new, t_new)
assert_between(own, 0.7, 1, "mirror writing, own digits only", show=".0%")
assert_between(own - share.mean(), 0.2, 0.9, "gain", show=".0%")

# %% [markdown]
# A hundred digits and a few seconds, and it reads most of the mirror writing. **Predict**
# what has become of its accuracy on MNIST's test images.

# %%
predict("7.i", "Accuracy on MNIST's test images now, in %?", within=10)

# %% tags=["nbval-ignore-output"]
after_haste = accuracy(hasty, x_test, t_test)
print(f"MNIST's test images: {on_mnist:.1%}, now {after_haste:.1%}")
assert_between(on_mnist - after_haste, 0.015, 0.7, "forgotten", show=".1%")
happened("7.i", 100 * after_haste)

# %% [markdown]
# It has forgotten. The 100 digits said nothing about everybody else's, so nothing
# held the weights back; a mirrored 2 looks much like somebody's 5, and to learn it pulls
# at the 5s. This is called **catastrophic forgetting**, and it happens to every network
# that is trained on something new only.
#
# The remedy is simple: **replay**. Mix the new digits with old ones, so that forgetting
# costs something. 1,000 of MNIST's 60,000 training images will do, and each own digit is
# put in ten times, so that it counts as much.

# %%
x_mixed = np.concatenate([np.tile(x_own, (10, 1, 1)), x_train[:1000]])  # (2000, 28, 28)
t_mixed = np.concatenate([np.tile(t_own, 10), t_train[:1000]])
careful = copy_of(model)
print("images in a round:", len(x_mixed))

# %% tags=["nbval-ignore-output"]
learning = [KerasProgress("Learning with replay")]
careful.fit(x_mixed[..., None], t_mixed, 50, epochs=5, verbose=0, callbacks=learning)
after_care = accuracy(careful, x_test, t_test)
print("                     mirror   MNIST")
networks = {"before": model, "own only": hasty, "with replay": careful}
for title, network in networks.items():
    own = accuracy(network, x_new, t_new)
    print(f"{title:20} {own:6.1%}  {accuracy(network, x_test, t_test):6.1%}")
assert_between(own, 0.7, 1, "mirror writing, with replay", show=".1%")
lost, embedded = on_mnist - after_care, (-0.15, 0.08)
assert_between(lost, -0.02, 0.08, "forgotten with replay", embedded, show=".1%")
assert_between(after_care - after_haste, 0.008, 0.7, "saved by replay", show=".1%")

# %% [markdown]
# With replay it reads most of the mirror writing as well, and keeps nearly all that it
# knew. The widget's button "Learn my digits" does the same with yours, and shows
# before and after: a quarter of your digits is held back to test with.

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 3.7))
draw_confusion(axes[0], before, "mirror writing, before")
draw_confusion(axes[1], confusion(careful, x_new, t_new), "after learning with replay")
show(fig, "Two confusion matrices: scattered before, nearly all on the diagonal after.")

# %% [markdown]
# ## 7.6 Read a whole number
#
# The last step to something useful: a field into which one writes a number, say 2026.
# The network reads one digit at a time, so the strokes have to be sorted into digits
# first. Time does not help: many people write the bar of a 5 or of a 7 last, when the
# next digits are there already. Place does, in two ways. Strokes of one digit lie
# **above each other**: two stretches on the x-axis, from $l_1$ to $r_1$ and from $l_2$
# to $r_2$, share $\min(r_1, r_2) - \max(l_1, l_2)$, which is negative where there is a
# gap. We ask for an eighth of the narrower one's width, as neighbours may overlap a
# little. But the loop of a 9 and its stem may lie beside each other. Their ink
# **touches**: somewhere, the middles of the two lines are no further apart than the pen
# is wide.


# %% [markdown] tags=["teacher"]
# minutes: 11
# exercises: 3
# stall: `shared` is negative for a gap; an eighth of the narrower one is asked for.
# Sorting by left end is not sorting by time. 0.95 a digit is taken for 0.95 a number.
# ask: Each digit is right with 95%. How often is a number of four digits right?
# answer: 0.95 to the power 4, about 81%, if nothing is lost in splitting.
# skip: `dense` and `gap` as code; Exercise 7.4 at home.


# %%
def extent(strokes, axis):
    """Smallest and largest coordinate: axis 0 is x, axis 1 is y."""
    points = np.concatenate(strokes)[:, axis]
    return points.min(), points.max()


def dense(stroke):
    """The same line with a point every two units."""
    steps = np.linalg.norm(np.diff(stroke, axis=0), axis=1)
    so_far = np.append(0, np.cumsum(steps))  # length of the line up to each point
    at = np.append(np.arange(0, so_far[-1], 2), so_far[-1])
    return np.column_stack([np.interp(at, so_far, axis) for axis in stroke.T])


def gap(strokes, others):
    """Smallest distance between the lines of two groups of strokes."""
    one, other = (
        np.concatenate([dense(s) for s in part]) for part in (strokes, others)
    )
    return np.linalg.norm(one[:, None] - other, axis=2).min()  # of (points, points)


loop = np.array([[40.0, 0], [10, 0], [0, 20], [10, 40], [40, 40]])
stem = np.array([[46.0, 0], [46, 100]])
print("shared:", min(40, 46) - max(0, 46), "gap:", gap([loop], [stem]))

# %% [markdown]
# This loop and this stem share no width at all, and are 6 units apart: with a pen of 14
# units, that is one line of ink. So we take the strokes from left to right; one that
# shares enough width with the digit before it, or touches it, belongs to it, any other
# begins a new digit.

# %%
PEN_OF_FIELD = 14  # units: how thick the field below draws


def split_digits(strokes, pen=PEN_OF_FIELD):
    """Sort strokes into digits, from left to right."""
    groups = []
    for stroke in sorted(strokes, key=lambda stroke: extent([stroke], 0)):
        left, right = extent([stroke], 0)
        start, end = extent(groups[-1], 0) if groups else (-np.inf, -np.inf)
        enough = min(right - left, end - start) / 8
        shared = min(right, end) - max(left, start)
        if groups and (shared >= enough or gap(groups[-1], [stroke]) <= pen):
            groups[-1].append(stroke)
        else:
            groups.append([stroke])
    return groups


places = [(0, 0), (30, 0), (4, 20), (39, 20), (60, 0)]  # left end, height
pieces = [np.array([[x, y], [x + 10.0, y]]) for x, y in places]
print("strokes in each digit:", [len(group) for group in split_digits(pieces)])
print("loop and stem:", len(split_digits([loop, stem])), "digit")

# %% [markdown]
# Five strokes, each 10 wide, became four digits. Those at 0 and 4 share six tenths of
# their width and are one digit; those at 30 and 39 share only one tenth, lie 20 units
# apart, and are two. It has a price: neighbours who touch become one digit.
#
# Reading is easy now: prepare each digit by itself, read it, and write a question mark
# where the highest probability is below 0.6. The threshold is a choice, see 7.4.


# %%
def read_number(strokes, threshold=0.6):
    """Read a number from strokes; unsure digits become question marks."""
    groups = split_digits([np.array(stroke) for stroke in strokes])
    if not groups:
        return "", []
    images = np.array([prepare(group) for group in groups])  # (digits, 28, 28)
    answers = model(images[..., None], training=False).numpy()  # (digits, 10)
    sure = answers.max(axis=1) >= threshold
    read = [str(a) if s else "?" for a, s in zip(answers.argmax(1), sure, strict=True)]
    return "".join(read), images


year = []
for place, digit in enumerate("2026"):
    year += sample_digit(int(digit), height=90, left=90 * place, top=20)
text, images = read_number(year)
print(len(year), "strokes,", len(images), "digits,", len(text), "characters")

# %%
fig = show_images(images, list(text), 4, 1.2)
assert len(text) == len(images) == 4 and images.shape[1:] == (28, 28)
show(fig, "The four digits of 2026, each one centred, with what they were read as.")

# %% [markdown]
# Your turn. Write your year of birth, or a price. Write the bar of a 5 last, and a 9 of
# a loop and a stem. Write two digits so close that they touch, and see what the network
# makes of them: below the field you see the pieces that it was given.

# %%
DigitField(read_number)

# %% [markdown]
# How well does it work? We write 100 numbers of four digits with the generator, side by
# side with little gaps. **Predict:** when the network reads each digit rightly with a
# probability of 95%, how many numbers of four digits come out right?


# %%
predict("7.j", "Share of whole numbers right at 95% a digit, in %?", within=3)


# %%
def number_strokes(digits):
    """Put drawn digits beside each other, 100 units high, with gaps of 15."""
    placed, right = [], 0.0
    for strokes in digits:
        low, high = np.array([extent(strokes, axis) for axis in (0, 1)]).T
        scale = 100 / (high - low).max()
        placed += [(stroke - low) * scale + [right, 0] for stroke in strokes]
        right += (high - low)[0] * scale + 15
    return placed


drawn, true_digits = pen_strokes(400, np.random.default_rng(6))
numbers = [number_strokes(drawn[i : i + 4]) for i in range(0, 400, 4)]  # 100 numbers
pieces = [len(split_digits(strokes)) for strokes in numbers]
print("four pieces in at least 75 of 100 numbers:", pieces.count(4) >= 75)

# %% tags=["nbval-ignore-output"]
texts = [read_number(strokes, threshold=0)[0] for strokes in track(numbers, "Reading")]
wanted = ["".join(map(str, four)) for four in true_digits.reshape(100, 4)]
right_numbers = np.mean([a == b for a, b in zip(texts, wanted, strict=True)])
alone = np.array([handwriting.strokes_to_image(strokes) for strokes in drawn])
right_digits = accuracy(model, alone, true_digits)
power = right_digits**4
assert_between(right_digits, 0.8, 1, "single digits", show=".1%")
assert_between(right_numbers, 0.3, 0.99, "whole numbers", show=".1%")
assert_between(right_digits - right_numbers, 0.01, 0.5, "difference", show=".1%")
assert_between(power - right_numbers, -0.12, 0.3, "below its fourth power", show=".1%")
happened("7.j", 100 * 0.95**4, "All four have to be right: 0.95 to the power 4.")

# %% [markdown]
# Four digits must all be right: $0.95^4 = 0.81$. What is a small error for one digit is
# a large one for a postcode, and splitting adds errors of its own: a broken 5 becomes
# two digits, and strokes that are crowded become one. That is why machines that read
# postcodes check them against a list of towns, and why a recognizer that says "?" is
# worth more than one that always answers.

# %% [markdown]
# ### Exercise 7.4 – A column of numbers (build)
#
# On a slip of paper, numbers stand below each other. Write a function that sorts
# strokes into lines, from top to bottom; each line is a list of strokes. Strokes come
# in any order. Between two lines there is always some room. Careful: the bar of a 5 and
# its body may have different heights; a stroke belongs to a line if it shares any height
# with one of its strokes. Then `[read_number(line)[0] for line in lines(strokes)]` reads
# the slip.


# %% tags=["exercise"]
def lines(strokes): ...


# %%
check("7.4", lines)

# %% [markdown]
# ## Recap
#
# 1. **Strokes become an image** in four steps: the box around all points; one factor
#    for x and y, so that the longer side is 20 pixels; ink by the distance to the
#    nearest piece of line; and the centre of mass in the middle of 28 × 28. MNIST's own
#    images show these marks.
# 2. **Without that preparation** the same network reads about half of the digits at
#    best. It forgives a pixel, and more if it was trained on moved and resized digits;
#    eight pixels, or a tiny digit, it doesn't. A trained network must be given what it
#    was trained on.
# 3. **In between** are the 28 × 28 image, maps of edges, maps of corners and ends, and
#    ten probabilities that sum to 1 whatever is drawn.
# 4. **"Not sure"**: a threshold on the highest probability refuses scribbles at the
#    price of some digits. Better is a class of its own for what is no digit.
# 5. **Fine-tuning** on 100 digits teaches a hand in seconds. Alone it makes the network
#    forget others; with **replay** of old images it keeps nearly all.

# %% [markdown]
# ## Read on
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to
#   Document Recognition* (Proceedings of the IEEE, 1998): how MNIST was prepared, and a
#   machine that reads the amounts on bank cheques, splitting included.
# - M. McCloskey, N. J. Cohen, *Catastrophic Interference in Connectionist Networks: The
#   Sequential Learning Problem* (Psychology of Learning and Motivation, 1989): the
#   first careful look at forgetting.
# - A. Robins, *Catastrophic Forgetting, Rehearsal and Pseudorehearsal* (Connection
#   Science, 1995): replay.
# - C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, *On Calibration of Modern Neural
#   Networks* (ICML, 2017): how far a network's probabilities can be believed.
