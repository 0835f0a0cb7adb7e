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
# **Question:** how does a network find its own filters, and what do they look for?
#
# **Aims.** At the end you can
#
# 1. say how gradient descent reaches a filter, and watch random filters turn into edge
#    filters;
# 2. build the classic network of two convolution layers, count its parameters, follow a
#    digit through it, and read digits at about 99%;
# 3. say what batch normalisation, stride, average pooling and skip connections are for,
#    and build a network that is as good with a hundredth of the parameters;
# 4. ask a network what its filters look for and where it looks;
# 5. use convolution on other data (clothes, sounds, moving pictures), and save a trained
#    model so that it comes back whole.
#
# **Before you start:** [chapter 5](05_edge_filters.ipynb): convolution, pooling, tensor
# shapes. [Chapter 3](03_multilayer_perceptron.ipynb): ReLU, dropout, one-cycle learning
# rate. [Chapter 4](04_backpropagation_from_scratch.ipynb) explains gradients of layers.
#
# **Minutes:** about {minutes} to read and do, under 180 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners see filters being learned, know what each part of a modern small network
# is for, and can ask a network what it looks for and where.
# before: Chapter 05: convolution, pooling, shapes. Chapter 03: ReLU, dropout, one-cycle
# rate.
# machine: The stored film ends in two edge filters: show it beside chapter 05's. On the
# board: the table of the classic network with shapes, and let the room count
# parameters. Grad-CAM and the ghosts of digits are stored figures.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages. What comes from `helpers` loads data, draws, checks your exercises
# and stores models; networks and methods are written out below.

# %% tags=["setup"]
# {setup}

# %%
import tempfile
import time
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from IPython.display import Audio
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

from helpers import datasets, models
from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import ORANGE, show, show_images, tile_images
from helpers.progress import KerasProgress, track
from helpers.synthetic import make_shapes
from helpers.widgets import FeatureMapViewer, LiveFigure

# %% [markdown]
# ## 6.1 Filters become parameters
#
# Chapter 5 chose two edge filters by thinking. They made bars and crosses easy, because
# we knew what counts. For digits, faces or lungs nobody knows. So leave the choice to
# training: a filter is an array of numbers, and gradient descent changes numbers.
#
# It needs the gradient. Let $z_{ij}=\sum_{ab} w_{ab}\,x_{i+a,j+b}$ be the filtered
# image, and let $\partial E/\partial z_{ij}$ arrive from the layers above. The weight
# $w_{ab}$ took part in **every** $z_{ij}$, so its gradient is a sum over all places:
#
# $$\frac{\partial E}{\partial w_{ab}} = \sum_{i}\sum_{j}
# \frac{\partial E}{\partial z_{ij}}\; x_{i+a,\,j+b} .$$
#
# Each place votes for what it would like the filter to look like, and the votes are
# added. **Predict** the shape of the result for an image of 6 × 6 and a filter of 3 × 3.

# %% [markdown] tags=["teacher"]
# minutes: 11
# stall: Gradient of a filter: a sum over all places, because one weight is used
# everywhere. Resemblance is an absolute cosine, so an inverted edge counts as equal.
# Not every start ends in both directions; say so before somebody finds out.
# ask: Nobody told the network about edges. What did it get to know?
# answer: Only the labels, bar or cross. Edges are what makes these labels easy.
# skip: The check against the tape; the figure before and after is the section.

# %%
predict("6.a", "Which shape has the gradient?", ["(3, 3)", "(4, 4)", "(6, 6)"])

# %%
rng = np.random.default_rng(42)
image, upstream = rng.normal(size=(6, 6)), rng.normal(size=(4, 4))  # upstream: dE/dz
windows = sliding_window_view(image, (3, 3))  # (4, 4, 3, 3)
by_hand = np.einsum("ij,ijab->ab", upstream, windows)

w = tf.Variable(rng.normal(size=(3, 3, 1, 1)))
with tf.GradientTape() as tape:
    z = keras.ops.conv(image[None, :, :, None], w.value())  # (1, 4, 4, 1)
    E = tf.reduce_sum(z[0, :, :, 0] * upstream)
by_tape = tape.gradient(E, w)[:, :, 0, 0].numpy()
print(by_hand.shape, " same as TensorFlow:", bool(np.allclose(by_hand, by_tape)))
happened("6.a", str(by_hand.shape), "A gradient has the shape of what it moves.")

# %% [markdown]
# The gradient has the filter's shape, of course, and it is the image convolved with the
# upstream gradient. Nothing more is needed: everything from chapter 4 goes through.
#
# Back to the shapes of chapter 5: 90 images of bars and crosses to learn from, 300 new
# ones for the test. The network is the same, stage by stage: two filters, absolute
# value, cut-off, pooling, two tanh units, softmax. One thing has changed. The filters
# begin as **random numbers** and are trained with all the rest.

# %%
images, labels = make_shapes(90, np.random.default_rng(5))
images_new, labels_new = make_shapes(300, np.random.default_rng(6))
x, x_new = images[..., None] / 255, images_new[..., None] / 255  # (N, 28, 28, 1)
rows = [[2, 1, 0, -1, -2], [3, 2, 0, -2, -3], [4, 3, 0, -3, -4]]
vertical = np.array([*rows, rows[1], rows[0]]) / 23  # (5, 5), as in chapter 5
horizontal = vertical.T


# %%
def shapes_network(filters, units, seed):
    """Chapter 5's network with random filters that are trained."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((28, 28, 1))
    start = keras.initializers.RandomNormal(stddev=0.1)
    edges = layers.Conv2D(
        filters, 5, padding="same", use_bias=False, kernel_initializer=start
    )
    cut = keras.ops.relu(keras.ops.abs(edges(inputs)) - 0.2)  # (N, 28, 28, filters)
    features = layers.Flatten()(layers.MaxPooling2D(2)(cut))  # (N, 196 * filters)
    hidden = layers.Dense(units, activation="tanh")(features)
    outputs = layers.Dense(3, activation="softmax")(hidden)
    return keras.Model(inputs, outputs), edges


# %%
shapes_model, edges = shapes_network(filters=2, units=2, seed=2)
before = edges.kernel.numpy()[:, :, 0]  # (5, 5, 2)
print("to train:", shapes_model.count_params(), "of these in filters:", before.size)

# %% [markdown]
# How much does a filter resemble another? Subtract its mean from each, and take the
# cosine of the angle between them: 1 for the same direction, 0 for nothing in common,
# −1 for the negative. The sign is beside the point here, because the next stage takes
# the absolute value.


# %%
def resemblance(w, v):
    w, v = w - w.mean(), v - v.mean()
    return abs(np.sum(w * v)) / np.sqrt(np.sum(w**2) * np.sum(v**2))


print(
    round(resemblance(vertical, vertical), 2),
    round(resemblance(vertical, -vertical), 2),
)
print(round(resemblance(vertical, horizontal), 2))

# %% [markdown]
# A random filter has some chance resemblance to anything. **Predict:** will training
# drive the two filters towards the edge filters of chapter 5? Which of them towards
# which? The picture changes while the network trains.


# %%
predict(
    "6.b",
    "What will the filters become?",
    ["both edge filters", "one edge filter", "anything else"],
)


# %%
def draw_filters(filters, epoch):
    fig = plt.figure(figsize=(7, 2.3))
    left, right = fig.subfigures(1, 2)
    left.suptitle(f"learned, epoch {epoch}", fontsize=11)
    right.suptitle("chosen in chapter 5", fontsize=11)
    axes = [*left.subplots(1, 2), *right.subplots(1, 2)]
    names = ["first filter", "second filter", "vertical", "horizontal"]
    pictures = [filters[:, :, 0], filters[:, :, 1], vertical, horizontal]
    for ax, w, name in zip(axes, pictures, names, strict=True):
        limit = np.abs(w).max()
        ax.imshow(w, cmap="RdBu_r", vmin=-limit, vmax=limit)
        ax.set_title(name, fontsize=11)
    plt.setp(axes, xticks=[], yticks=[])
    return fig


# %%
alt = "Two learned filters of 5 × 5 numbers beside the two edge filters of chapter 5."
show(draw_filters(before, 0), alt)

# %% tags=["nbval-ignore-output"]
recipe = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
shapes_model.compile(keras.optimizers.Adam(0.01), **recipe)
with LiveFigure(draw_filters, alt) as live:
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: live.update(
            filters=edges.kernel.numpy()[:, :, 0], epoch=epoch + 1
        )
    )
    shapes_model.fit(x, labels, 30, epochs=60, verbose=0, callbacks=[watch])
accuracy_new = shapes_model.evaluate(x_new, labels_new, verbose=0)[1]
assert_between(accuracy_new, 0.95, 1, "new shapes read rightly", show=".1%")

# %%
after = edges.kernel.numpy()[:, :, 0]  # (5, 5, 2)
chosen = {"vertical": vertical, "horizontal": horizontal}
like = {
    (time_of, name): [resemblance(filters[:, :, k], v) for k in (0, 1)]
    for time_of, filters in {"before": before, "after": after}.items()
    for name, v in chosen.items()
}
happened("6.b", int(2 - sum(max(like["after", way]) > 0.6 for way in chosen)))

# %% tags=["nbval-ignore-output"]
for (time_of, name), (first, second) in like.items():
    print(f"{time_of:6} like {name:10}  first {first:.2f}   second {second:.2f}")
to_vertical, to_horizontal = like["after", "vertical"], like["after", "horizontal"]
start = max(like["before", "vertical"] + like["before", "horizontal"])
assert_between(start, 0, 0.5, "largest before training", show=".2f")
least = min(max(to_vertical), max(to_horizontal))
assert_between(least, 0.6, 1, "the better one after it, at least", show=".2f")
assert np.argmax(to_vertical) != np.argmax(to_horizontal)

# %% [markdown]
# One has become a filter for vertical edges, the other for horizontal ones, sign and
# irregularities aside. Nobody mentioned edges: the labels "bar" and "cross"
# were enough. This is what "dynamic" in the title means: filters that move.
#
# One start does not prove much, and this one was chosen because it shows so much. Here
# are four starts in turn, of this network and of a wider one with 8 filters and 16 tanh
# units, all with the same 60 epochs.

# %% tags=["nbval-ignore-output"]
rng = np.random.default_rng(7)
order = np.concatenate([rng.permutation(90) for _ in range(60)])  # 60 epochs as one
tries = [(width, seed) for width in ((2, 2), (8, 16)) for seed in (1, 2, 3, 4)]
found = {width: [] for width, _ in tries}
for width, seed in track(tries, "Eight networks", unit="networks"):
    network, _ = shapes_network(*width, seed)
    network.compile(keras.optimizers.Adam(0.01), **recipe)
    network.fit(x[order], labels[order], 30, shuffle=False, verbose=0)
    found[width].append(network.evaluate(x_new, labels_new, verbose=0)[1])
for (filters, units), shares in found.items():
    print(
        f"{filters} filters, {units:2} units:", *(f"{share:4.0%}" for share in shares)
    )
assert_between(min(found[2, 2]), 0.3, 0.9, "worst of the narrow ones", show=".0%")
assert_between(min(found[8, 16]), 0.96, 1, "worst of the wide ones", show=".0%")

# %% [markdown]
# The narrow network hangs on luck: some of its starts end at a poor place. The wide one
# gets there from all four. This is one reason why networks have more filters and units
# than they need: enough of them start well.

# %% [markdown]
# ## 6.2 Digits: one layer of filters, then two
#
# Now the digits. Convolution layers want images with a channel axis, so the shape is
# (N, 28, 28, 1). The training images stay bytes until a batch of them is needed: as
# numbers of four bytes they would fill 188 MB, and each copy as much again.

# %% [markdown] tags=["teacher"]
# minutes: 20
# exercises: 3
# stall: A filter of the second layer is a block 5 × 5 × 32 and not 5 × 5; count its
# parameters together. The long training cell takes about twenty seconds on two cores:
# start it before explaining the table. "Certain and wrong" surprises again.
# ask: Where are most of the 3.27 million parameters, and which part does the seeing?
# answer: 98 of 100 in the hidden layer; the filters are 52,096 of them.
# skip: The single layer of 16 filters, and Exercise 6.1's last lines.

# %% tags=["nbval-ignore-output"]
(images_train, labels_train), (images_test, labels_test) = datasets.load_mnist()
x_train = tf.constant(images_train[..., None])  # (60000, 28, 28, 1), bytes


def prepared(images):
    """Bytes (N, height, width) to numbers from 0 to 1, (N, height, width, 1)."""
    return images[..., None] / np.float32(255)


x_test, x_valid = prepared(images_test), prepared(images_train[-5000:])
labels_valid = labels_train[-5000:]

# %% [markdown]
# The smallest step from chapter 2: softmax regression with **one layer of 16 filters**
# of 5 × 5 and a max-pooling in front. It had 92% right without them. **Predict** what
# the filters add, and what share of the parameters they are.

# %%
predict("6.c", "Which share of the parameters are in the filters, in %?", within=3)

# %%
assert x_train.shape == (60_000, 28, 28, 1) and x_test.max() == 1
keras.utils.set_random_seed(42)
one_layer = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 5, padding="same", activation="relu", name="filters"),
        layers.MaxPooling2D(2),  # (N, 14, 14, 16)
        layers.Flatten(),  # (N, 3136)
        layers.Dense(10, activation="softmax"),
    ]
)
in_filters = one_layer.get_layer("filters").count_params()
print(f"{one_layer.count_params():,} parameters, {in_filters} of them in filters")

# %%
happened("6.c", 100 * in_filters / one_layer.count_params())

# %% [markdown]
# All networks of this chapter train with the recipe of chapter 3: Adam with a one-cycle
# learning rate. The function returns the **CPU seconds** that training took, those of
# all cores together, so that networks can be compared on a busy machine, too. A batch is
# picked by the numbers of its rows, in a new order in each epoch; only then its bytes
# become numbers from 0 to 1.


# %%
def batches(x, labels, size):
    def batch(rows):
        picked = tf.cast(tf.gather(x, rows), tf.float32) / 255  # (size, 28, 28, 1)
        return picked, tf.gather(labels, rows)

    return tf.data.Dataset.range(len(x)).shuffle(len(x)).batch(size).map(batch)


def train(model, x, labels, epochs, peak, batch_size=100, name="Training"):
    data = batches(x, labels, batch_size)
    steps = epochs * len(data)
    plan = keras.optimizers.schedules.CosineDecay(
        peak / 10, steps - steps // 4, 0.01, warmup_target=peak, warmup_steps=steps // 4
    )
    model.compile(keras.optimizers.Adam(plan), **recipe)
    start = time.process_time()
    run = {"epochs": epochs, "callbacks": [KerasProgress(name)]}
    model.fit(data, shuffle=False, verbose=0, **run)  # `batches` has shuffled already
    return time.process_time() - start


def accuracy(model, x, labels):
    return model.evaluate(x, labels, batch_size=200, verbose=0)[1]


# %% tags=["nbval-ignore-output"]
train(one_layer, x_train, labels_train, epochs=1, peak=0.01, name="16 filters")
accuracy_one = accuracy(one_layer, x_test, labels_test)
assert_between(accuracy_one, 0.972, 0.988, "test accuracy, 16 filters", show=".1%")

# %% [markdown]
# About 98%: nearly as good as chapter 3's hidden layer of 1024 units, with a
# twenty-fifth of its parameters. 416 numbers in filters, and a last layer four times as
# large, make the difference to chapter 2. What do the filters look like?

# %%
w = one_layer.get_layer("filters").kernel.numpy()[:, :, 0]  # (5, 5, 16)
own_scale = w / np.abs(w).max(axis=(0, 1))  # the largest number of each is 1 or -1
fig = show_images(own_scale.transpose(2, 0, 1), None, 8, 0.85, "RdBu_r", (-1, 1))
show(fig, "Sixteen filters of 5 by 5 numbers, many with a red and a blue side.")

# %% [markdown]
# Edges in several directions, strokes (a red band between two blue ones) and some that
# are harder to name, each drawn at its own scale. One epoch is short, so all of them are
# still noisy.
#
# ### Two layers
#
# A filter of 5 × 5 sees pieces of strokes. To see a loop or a crossing, filter again:
# **the second layer's image is the stack of the first layer's feature maps.** With 32
# maps coming in, each filter of the second layer is a block of 5 × 5 × 32 numbers: 32
# **sub-filters**, one for each map, whose answers are added up. The classic network:
#
# | stage | shape of the result |
# |---|---|
# | image | 28 × 28 × 1 |
# | 32 filters 5 × 5, bias, ReLU | 28 × 28 × 32 |
# | max-pooling 2 × 2 | 14 × 14 × 32 |
# | 64 filters 5 × 5 × 32, bias, ReLU | 14 × 14 × 64 |
# | max-pooling 2 × 2 | 7 × 7 × 64 |
# | hidden layer of 1024 ReLU units, dropout 0.5 | 1024 |
# | softmax | 10 |
#
# **Predict** where most of the parameters are: in the filters or in the hidden layer?

# %%
predict(
    "6.d",
    "Where are most of the parameters?",
    ["first filters", "second filters", "hidden layer", "scores"],
)

# %%
keras.utils.set_random_seed(42)
inputs = keras.Input((28, 28, 1))
z = layers.Conv2D(32, 5, padding="same", activation="relu", name="conv1")(inputs)
z = layers.MaxPooling2D(2, name="pool1")(z)  # (N, 14, 14, 32)
z = layers.Conv2D(64, 5, padding="same", activation="relu", name="conv2")(z)
z = layers.MaxPooling2D(2, name="pool2")(z)  # (N, 7, 7, 64)
z = layers.Flatten(name="flatten")(z)  # (N, 3136)
z = layers.Dense(1024, activation="relu", name="hidden")(z)
z = layers.Dropout(0.5, name="dropout")(z)
scores = layers.Dense(10, name="scores")(z)  # (N, 10)
classic = keras.Model(inputs, layers.Softmax(name="softmax")(scores))

# %%
for layer in classic.layers:
    if layer.count_params():
        print(f"{layer.name:7} {layer.count_params():>9,}  {tuple(layer.kernel.shape)}")
print(f"in all  {classic.count_params():>9,}")
assert classic.get_layer("conv2").count_params() == 5 * 5 * 32 * 64 + 64
happened(
    "6.d",
    int(np.argmax([x.count_params() for x in classic.layers if x.count_params()])),
)

# %% [markdown]
# 3.27 million, and 98 of 100 in the hidden layer: each of its 1024 units looks at all
# 7 · 7 · 64 = 3136 features. The filters, which do the seeing, are 52,096.
#
# One epoch over 60,000 images. This is the longest cell of the chapter: about twenty
# seconds on two free cores. Meanwhile, **predict** the accuracy.

# %%
predict("6.e", "Accuracy after one epoch, in %?", within=0.5)

# %% tags=["nbval-ignore-output"]
seconds_classic = train(classic, x_train, labels_train, 1, 0.003, name="two layers")
P = classic.predict(x_test, batch_size=200, verbose=0)  # (10000, 10)
answers = P.argmax(axis=1)
accuracy_classic = float(np.mean(answers == labels_test))
name = "test accuracy, two layers"
assert_between(accuracy_classic, 0.985, 0.995, name, show=".1%")
gone = 1 - (1 - accuracy_classic) / (1 - accuracy_one)
assert_between(gone, 0.2, 0.7, "of one layer's mistakes gone", show=".0%")
happened("6.e", 100 * accuracy_classic)

# %% [markdown]
# About 99%: a good part of the mistakes of one layer are gone. (The table of section
# 6.3 repeats the number beside a much smaller network.)
#
# The first layer's filters, and the 32 sub-filters of **one** filter of the second:

# %%
w1 = classic.get_layer("conv1").kernel.numpy()  # (5, 5, 1, 32)
w2 = classic.get_layer("conv2").kernel.numpy()  # (5, 5, 32, 64)
pictures = w1[:, :, 0].transpose(2, 0, 1), w2[..., 0].transpose(2, 0, 1)  # (32, 5, 5)
titles = ["32 filters of layer 1", "32 sub-filters of one filter of layer 2"]
fig, axes = plt.subplots(1, 2, figsize=(7, 2.3))
fig.get_layout_engine().set(wspace=0.08)
for ax, filters, title in zip(axes, pictures, titles, strict=True):
    limit = np.abs(filters).max()
    ax.imshow(tile_images(filters, 8), cmap="RdBu_r", vmin=-limit, vmax=limit)
    ax.set_title(title)
    ax.axis("off")
show(fig, "Two grids of 32 small coloured squares: first filters, then sub-filters.")

# %% [markdown]
# Filters of the first layer can be read: they lie over pixels. Those of the second lie
# over feature maps, and to read a sub-filter one would need to know what "its" map
# means. There are better ways to ask what they look for; section 6.4 has two.
#
# ### One digit on its way
#
# A Keras model may end at any layer and may have several outputs. So the feature maps
# of all layers come from one line. **Predict:** will the maps of the second layer still
# look like the digit?

# %%
predict(
    "6.f",
    "Will the maps of the second layer still look like the digit?",
    ["yes, all", "roughly", "hardly"],
)

# %%
names = ["conv1", "pool1", "conv2", "pool2"]
outputs = [classic.get_layer(name).output for name in names]
stages = keras.Model(inputs, outputs)
digit = x_test[labels_test == 4][:1]  # (1, 28, 28, 1)
maps = {
    name: values[0].numpy() for name, values in zip(names, stages(digit), strict=True)
}
for name, values in maps.items():
    print(name, values.shape)

# %%
fig, axes = plt.subplots(1, 3, figsize=(7, 2.4), width_ratios=[1, 2.6, 1.4])
pool1, pool2 = (
    (maps[name] / np.maximum(maps[name].max(axis=(0, 1)), 1e-9)).transpose(2, 0, 1)
    for name in ("pool1", "pool2")
)  # at their own scales: the brightest place of each map is 1
pictures = {
    "digit": digit[0, :, :, 0],
    "32 maps after pool1": tile_images(pool1, 8),
    "64 maps after pool2": tile_images(pool2, 8),
}
for ax, (title, picture) in zip(axes, pictures.items(), strict=True):
    ax.imshow(picture, cmap="gray_r" if title == "digit" else "viridis")
    ax.set_title(title, fontsize=11)
    ax.axis("off")
assert (maps["pool1"] >= 0).all() and (maps["pool2"] == 0).mean() > 0.2
show(fig, "A digit, 32 maps that resemble it, and 64 coarse maps with a few spots.")
happened("6.f", "hardly", "They say where certain strokes are.")

# %% [markdown]
# After the first layer every map is the digit seen through one filter: its left edges,
# its lower edges, its body. After the second, the digit is hard to recognise. A map is
# 0 in many places, with a few bright ones: "here is what I look for". Each number of
# `conv2` depends on 14 × 14 pixels (exercise 6.3 shows why), a quarter of the image. (Each
# map is drawn at its own scale.)
#
# Walk through it yourself. Choose a digit, or draw one, and move through the layers
# with the slider; with the keyboard, use the tab key and the arrows. Things to try: do
# all 4s light up the same maps of `pool2`? Find a map that answers only to horizontal
# strokes. Draw a 4 and close it at the top, stroke by stroke: when does it become a 9?
# (A drawing is made small and put into the middle first, as MNIST's digits were;
# chapter 7 explains how.)

# %%
FeatureMapViewer(classic, images_test[:500], labels_test[:500])

# %% [markdown]
# ### Digits that fool it
#
# About one test image in a hundred is read wrongly. The ten about which the network is
# most certain, and wrong:

# %% tags=["nbval-ignore-output"]
wrong = np.flatnonzero(answers != labels_test)
fooled = wrong[np.argsort(-P[wrong].max(axis=1))][:10]
titles = [f"{answers[i]}, not {labels_test[i]}" for i in fooled]
assert_between(len(wrong), 50, 150, "mistakes in 10,000", show=".0f")
certain = P[fooled].max(axis=1).min()
assert_between(certain, 0.7, 1, "how sure of these ten, at least", show=".1%")
fig = show_images(images_test[fooled], titles, columns=5, scale=1.2)
show(fig, "Ten digits with the network's answer and the right one above each.")

# %% [markdown]
# Some of them you would get wrong, too. In others the network misses what you see at
# once: it has never heard of strokes, it only knows which patches went with which label
# in its training images. And it is **certain**: a softmax near 1 is no proof of anything.

# %% [markdown]
# ### Exercise 6.1 – Parameters on paper (predict and run)
#
# A network for colour images of 32 × 32 pixels, layer by layer. How many parameters has
# each? Biases count, and so does everything that batch normalisation stores for each
# channel, its running averages included.
#
# Replace each `...` and run the cell, then the check below it. `hint("6.1")` says one
# thing more each time; `solution("6.1")` shows worked code,
# `exercise_table()` what is done.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
parameters = {
    "Conv2D(8, 3), on 3 channels": ...,
    "BatchNormalization, after it": ...,
    "MaxPooling2D(2)": ...,
    "Conv2D(16, 3)": ...,
    "GlobalAveragePooling2D": ...,
    "Dense(10)": ...,
}

# %%
check("6.1", parameters)

# %% [markdown]
# Then build it and compare with `model.summary()`.

# %% [markdown]
# ## 6.3 Small and modern
#
# The classic network is a design of the 1990s with some parts of 2012. What has been
# learned since then fits into four ideas. Each is small; together they change the price
# of an answer.
#
# ### Stride, and what pooling keeps
#
# A convolution with stride 2 visits every second place only. It halves height and
# width **while** filtering: a quarter of the work in this layer and in all that follow.
# The classic network computes 28 × 28 numbers a filter and lets max-pooling throw three
# quarters away.
#
# Pooling has two kinds. Max-pooling keeps the strongest answer: "is it there?".
# **Average pooling** keeps the mean: "how much of it is there?". **Predict** both for
# the four blocks.

# %% [markdown] tags=["teacher"]
# minutes: 24
# exercises: 6
# stall: Four ideas in a row tire: stop after each. Batch normalisation in use takes
# running averages, which start at 0 and 1. Its γ and β are learned, μ and σ are not.
# With skips the gradient grows, which is a fault too.
# ask: The classic network's parameters sit in one layer and its work in another. Which?
# answer: Parameters in the hidden layer, work in conv2: its kernel is used at 196
# places.
# skip: Average pooling; Exercises 6.3 and 6.4 at home. Keep the race.

# %%
predict(
    "6.g",
    "Which two numbers has the first block (largest, mean)?",
    ["8 and 2", "8 and 8", "2 and 2"],
)

# %%
little = np.array([[8, 0, 2, 2], [0, 0, 2, 2], [0, 4, 1, 3], [0, 4, 5, 7]])
x4 = little[None, :, :, None].astype("float32")  # (1, 4, 4, 1)
print(layers.MaxPooling2D(2)(x4)[0, :, :, 0].numpy())
print(layers.AveragePooling2D(2)(x4)[0, :, :, 0].numpy())
happened("6.g", "8 and 2")

# %% [markdown]
# The block with a single 8 and the block full of 2s have the same average and very
# different maxima. On a feature map with thin lines, average pooling fades them:

# %%
strongest = maps["conv1"].max(axis=(0, 1)).argmax()
z = maps["conv1"][None, :, :, strongest : strongest + 1]  # (1, 28, 28, 1)
pools = [layers.MaxPooling2D(4), layers.AveragePooling2D(4)]
pictures = [z, *(pool(z).numpy() for pool in pools)]  # (1, 28, 28, 1), (1, 7, 7, 1) ...
titles = ["map", "maximum of 4 × 4", "average of 4 × 4"]
fig, axes = plt.subplots(1, 3, figsize=(7, 2.5))
for ax, picture, title in zip(axes, pictures, titles, strict=True):
    ax.imshow(picture[0, :, :, 0], vmin=0, vmax=z.max())
    ax.set(title=title, xticks=[], yticks=[])
assert pictures[1].mean() > 1.3 * pictures[2].mean()
show(fig, "A feature map, the same pooled by maximum, and a fainter one by average.")

# %% [markdown]
# Maximum suits "does this stroke occur?"; average is gentler, passes a gradient to
# every place, and over the **whole** map (`GlobalAveragePooling2D`) turns maps of any
# size into one number each, which many networks use in place of a large hidden layer.
#
# ### Batch normalisation
#
# **Batch normalisation** keeps what a layer passes on at one scale. For each channel
# it subtracts the mean $\mu$ over the mini-batch and all places and divides by the
# standard deviation; then the network may scale and shift again, with a $\gamma$ and a
# $\beta$ per channel that are learned:
#
# $$y = \gamma\,\frac{x-\mu}{\sqrt{\sigma^2+\epsilon}} + \beta .$$


# %%
def batch_norm(x, gamma, beta, epsilon=0.001):
    mean = x.mean(axis=(0, 1, 2))  # (channels,)
    variance = x.var(axis=(0, 1, 2))  # (channels,)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


x_batch = rng.normal(5, 3, (16, 7, 7, 4)).astype("float32")  # (N, h, w, channels)
norm = layers.BatchNormalization(momentum=0.8)
by_keras = norm(x_batch, training=True).numpy()
print("same as Keras:", np.abs(batch_norm(x_batch, 1, 0) - by_keras).max() < 1e-4)
print("mean and deviation:", abs(by_keras.mean()).round(2), by_keras.std().round(2))

# %% [markdown]
# In use there may be a single image, and an answer must not depend on the company it
# comes in. So the layer keeps **running averages** of $\mu$ and $\sigma^2$ from
# training (with `momentum=0.8` each batch counts one fifth) and uses these. **Predict:**
# what does the layer give when used right after one training batch? Remember that the
# averages start at 0 and 1.

# %%
predict(
    "6.h",
    "After one batch, the running mean is which share of the batch mean, in %?",
    within=10,
)

# %%
moving = norm.moving_mean.numpy() / x_batch.mean(axis=(0, 1, 2))  # share of the mean
print("running mean after one batch:", np.round(moving, 2), "of the batch mean")
for _ in range(30):
    norm(x_batch, training=True)
in_use = norm(x_batch, training=False).numpy()
print("after 30 more, in use as in training:", np.abs(in_use - by_keras).max() < 0.02)
assert np.allclose(moving, 0.2, atol=1e-4)

# %%
happened("6.h", 100 * float(np.mean(moving)), "Each batch counts one fifth.")

# %% [markdown]
# What is it good for? The network below exists with and without it, everything else the
# same. Both train on 10,000 digits for one epoch with a high learning rate, and another
# 5,000 of the training images say which is the better choice. **Predict** which suffers.


# %%
predict("6.i", "Accuracy without normalisation, in %?", within=20)


# %%
def small_network(normalise=True):
    keras.utils.set_random_seed(42)
    model = keras.Sequential([keras.Input((28, 28, 1))])
    for filters, size, stride in [(16, 5, 2), (32, 3, 1), (64, 3, 1)]:
        model.add(layers.Conv2D(filters, size, stride, use_bias=not normalise))
        if filters == 32:  # before the rest, which has then a quarter to do
            model.add(layers.MaxPooling2D(2))
        if normalise:  # its beta does the work of the bias
            model.add(layers.BatchNormalization(momentum=0.8))
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    return model


# %%
small = small_network()
print([tuple(layer.output.shape[1:]) for layer in small.layers if "conv" in layer.name])
print(f"{small.count_params():,} parameters")

# %% tags=["nbval-ignore-output"]
with_and_without = []
for normalise in (True, False):
    model = small_network(normalise)
    name = f"Batch normalisation: {normalise}"
    train(model, x_train[:10_000], labels_train[:10_000], 1, 0.1, name=name)
    with_and_without.append(accuracy(model, x_valid, labels_valid))
with_it, without_it = with_and_without
print(f"with batch normalisation {with_it:.1%}, without {without_it:.1%}")
assert_between(with_it - without_it, 0.003, 0.95, "gain by it", show=".1%")
happened("6.i", 100 * without_it)

# %% [markdown]
# Batch normalisation lets networks learn fast without falling over: with it, the high
# learning rate is fine; without it, the same steps throw the weights about. *That* it
# helps is measured, here and everywhere. *Why* is disputed: its authors thought that a
# layer suffers when the scale of its input keeps changing ("internal covariate shift");
# S. Santurkar and others (2018) put that shift back in and it helped all the same, and
# found the error surface smoother.
#
# ### Skip connections
#
# Chapter 3 watched how the gradient fades over layers. A **skip connection** adds a
# block's input to its output, $y = x + F(x)$. The derivative of $y$ by $x$ is then
# $1 + F'(x)$: whatever $F$ does, there is a path on which the gradient passes
# unchanged. Here are 20 layers of 8 filters, before any training, with and without.


# %%
def deep_network(skip, depth=20):
    """A model that answers with its scores and with the maps of all its layers."""
    keras.utils.set_random_seed(42)
    inputs = keras.Input((None, None, 1))  # images of any size
    z, maps = layers.Conv2D(8, 3, padding="same")(inputs), []  # (N, height, width, 8)
    for _ in range(depth):
        F = layers.Conv2D(8, 3, padding="same", activation="relu")(z)
        z = z + F if skip else F
        maps.append(z)
    scores = layers.Dense(10)(layers.GlobalAveragePooling2D()(z))
    return keras.Model(inputs, [scores, *maps])


print(deep_network(True).count_params() == deep_network(False).count_params())

# %% [markdown]
# The same number of parameters: a skip costs nothing but an addition. How much would
# the loss change if a layer's maps were moved a little? The size of that gradient is
# the root of its mean square. **Predict** the two curves from the last layer back to
# the first.


# %%
predict(
    "6.j", "Without skips, the gradient on its way back will", ["grow", "stay", "fade"]
)


# %%
def gradient_sizes(model, x, labels):
    with tf.GradientTape() as tape:
        scores, *maps = model(x)  # (N, 10), then 20 times (N, 28, 28, 8)
        E = keras.losses.sparse_categorical_crossentropy(
            labels, scores, from_logits=True
        )
        E = tf.reduce_mean(E)
    return [float(tf.sqrt(tf.reduce_mean(g**2))) for g in tape.gradient(E, maps)]


sizes = {
    name: gradient_sizes(deep_network(skip), x_valid[:64], labels_valid[:64])
    for name, skip in [("with skips", True), ("without", False)]
}

# %%
fig, ax = plt.subplots(figsize=(7, 3))
for (name, values), style in zip(sizes.items(), ["o-", "s--"], strict=True):
    values = np.array(values) / values[-1]
    ax.plot(range(1, 21), values, style)
    ax.text(4, 3 * values[3], name, va="bottom")
ax.set(yscale="log", xlabel="layer", ylabel="gradient / that at layer 20")
ax.set(xticks=range(2, 21, 2), ylim=(None, 5000))
show(
    fig,
    "Gradient per layer: with skips it does not fade, without them it falls steeply.",
)
happened("6.j", "fade" if sizes["without"][0] < sizes["without"][-1] else "grow")

# %% tags=["nbval-ignore-output"]
fade = {name: values[0] / values[-1] for name, values in sizes.items()}
without, with_skips = fade["without"], fade["with skips"]
assert_between(without, 0, 0.01, "first / last gradient without skips", show=".4f")
assert_between(with_skips, 50, 5000, "first / last gradient with skips", show=".0f")

# %% [markdown]
# Without skips each layer costs about a third, and of the gradient that enters at layer
# 20 less than a hundredth is left at layer 1. With skips it does not fade. It grows,
# a hundredfold and more, since each block adds something of its own: a fault too, if a
# smaller one, and the reason why real networks normalise inside the blocks.
#
# Gradients before the training are one thing; does it *learn*? Both networks get 5,000
# digits, made small (every fourth pixel), two times. They are compared on the last 5,000
# training images, which neither of them has seen: test images are not for comparing.
# Somebody who knows nothing has the loss $\log 10 = 2.303$.

# %%
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
deep = {"with skips": deep_network(True), "without skips": deep_network(False)}
deep = {name: keras.Model(net.input, net.output[0]) for name, net in deep.items()}
print([net.output_shape for net in deep.values()])

# %% tags=["nbval-ignore-output"]
learned = {}
few = prepared(images_train[:5000, ::4, ::4])  # (5000, 7, 7, 1)
for name, model in deep.items():
    model.compile(keras.optimizers.Adam(5e-3), loss)
    run = {"batch_size": 64, "epochs": 2, "callbacks": [KerasProgress(name)]}
    model.fit(few, labels_train[:5000], verbose=0, **run)
    learned[name] = model.evaluate(x_valid[:, ::4, ::4], labels_valid, 500, verbose=0)
assert_between(learned["without skips"], 2.28, 2.31, "without skips, loss", show=".3f")
assert_between(learned["with skips"], 1.2, 2.2, "with skips, loss", show=".3f")

# %% [markdown]
# Twenty layers without skips have learned nothing at all; with skips the same layers
# have begun to. Skips and normalisation together made networks of a hundred layers
# trainable (ResNet, 2015), and you will meet both again in every Transformer. Our small
# network has three filter layers and needs no skips.

# %% [markdown]
# ### The race
#
# Stride, batch normalisation, three thin layers, and no large hidden layer: 29,658
# parameters, about a hundredth of the classic network. Pooling comes right behind the
# convolution: where γ is above 0, normalisation and ReLU keep the order of numbers, so
# the maximum may as well be taken first, and a quarter of them is left to be
# normalised. It sees all 60,000 images once, as the classic
# network did. **Predict** accuracy and seconds.

# %%
predict("6.k", "Accuracy of the small network, in %?", within=0.5)

# %% tags=["nbval-ignore-output"]
small = small_network()
seconds_small = train(small, x_train, labels_train, 1, 0.012, name="small network")
accuracy_small = accuracy(small, x_test, labels_test)
print("network    parameters   test accuracy   CPU seconds")
for name, model, right, seconds in [
    ("classic", classic, accuracy_classic, seconds_classic),
    ("small", small, accuracy_small, seconds_small),
]:
    print(f"{name:8} {model.count_params():>12,} {right:>15.2%} {seconds:>13.1f}")
assert_between(accuracy_small, 0.985, 0.996, "test accuracy, small", show=".1%")
ratio = seconds_classic / seconds_small
assert_between(ratio, 1.5, 40, "CPU seconds, classic / small", show=".1f")
happened("6.k", 100 * accuracy_small)

# %% [markdown]
# The small network is as good in a fraction of the time: about 99%.
# Where do the seconds go? A filter layer multiplies its whole kernel at every place of
# its map, a dense layer once. **Predict:** which layer of the classic network works
# hardest? It is not the one that holds the parameters.

# %%
predict(
    "6.l",
    "Which layer of the classic network works hardest?",
    ["conv1", "conv2", "hidden", "scores"],
)

# %%
assert classic.count_params() > 90 * small.count_params()
products = {}
for name, model in [("classic", classic), ("small", small)]:
    trained = [layer for layer in model.layers if hasattr(layer, "kernel")]
    places = [np.prod(layer.output.shape[1:-1], dtype=int) for layer in trained]
    sizes = [np.prod(layer.kernel.shape) for layer in trained]
    products[name] = [int(n * size) for n, size in zip(places, sizes, strict=True)]
    print(f"{name:7} {sum(products[name]):>10,} =", products[name])
happened(
    "6.l", int(np.argmax(products["classic"])), "Its kernel is used at every place."
)

# %% [markdown]
# The 64 filters of 5 × 5 × 32, at 196 places each, do most of the classic network's
# work. The small network makes do with a twentieth of the multiplications for each
# image. Seconds follow, if not quite, because many small steps cost something, too.
#
# Is this a fair race? Both networks had the one-cycle plan here and saw every image
# once. With the recipe of its day, Adam at one learning rate, the classic network needs
# between one and a half and two and a half epochs to get to 99.0%. `BENCHMARKS.md` of
# the course has that race, with its CPU seconds and the command that runs it.

# %%
assert 20 < sum(products["classic"]) / sum(products["small"]) < 21

# %% [markdown]
# ### Exercise 6.2 – Moved digits (change and measure)
#
# Softmax regression broke down when digits moved by a few pixels. And the small
# network? Move the test images to the right by 0, 2, 4 and 6 pixels
# (`np.roll(x_test, 2, axis=2)`), and measure its accuracy, a number between 0 and 1,
# without training it again. **Predict** first: do shared filters make a network
# indifferent to where the digit is?

# %% tags=["exercise"]
accuracy_by_shift = {0: ..., 2: ..., 4: ..., 6: ...}

# %%
check("6.2", accuracy_by_shift)

# %% [markdown]
# ### Exercise 6.3 – How much does one number see? (build)
#
# A number of `conv1` depends on 5 × 5 pixels. Pool 2 × 2 with stride 2, and a number
# depends on 6 × 6: two windows side by side, one pixel apart. Write a function that
# gets a list of layers, each `(size, stride)`, and returns the side of the window of
# pixels that one number of the last layer depends on: its **receptive field**. For
# `[(5, 1), (2, 2), (5, 1)]` it is 14, and for no layer at all it is 1.


# %% tags=["exercise"]
def receptive_field(layers): ...


# %%
check("6.3", receptive_field)

# %% [markdown]
# ### Exercise 6.4 – A block with a skip (build)
#
# Write a function that gets a Keras tensor `x` of shape (N, height, width, channels)
# and returns $x + F(x)$ of the same shape. $F$ is: 3 × 3 convolution with as many
# filters as `x` has channels, batch normalisation, ReLU, and once more 3 × 3
# convolution and batch normalisation. Padding "same", no biases.


# %% tags=["exercise"]
def skip_block(x): ...


# %%
check("6.4", skip_block)

# %% [markdown]
# ## 6.4 What it looks for, where it looks
#
# ### The image that a filter likes best
#
# We know how to change weights so that a loss falls. Turn it around: hold the weights,
# and change **the image** so that a filter's answer rises. Start with a pale random
# image, compute the gradient of the filter's mean answer with respect to the pixels, go
# a step **uphill**, keep pixels between 0 and 1, and repeat. This is **activation
# maximisation**. All images of a batch climb at once, each for a filter of its own.
#
# The model is cut off at the layer in question, as for the feature maps above. (Some
# filters do not answer to the start at all; for them ReLU has no slope, and there is no
# way up. So we take the eight that answer most.)


# %% [markdown] tags=["teacher"]
# minutes: 15
# exercises: 4
# stall: Uphill in the pixels with the weights held still: the roles are exchanged, and
# `tape.gradient` is by the image. Grad-CAM takes the score before softmax. A hot
# spot is read as "why"; it says where.
# ask: The network is surer of a ghost than of the average digit. What does that mean
# for a door lock?
# answer: An image can be made for any answer: certainty is no proof that the thing is
# there.
# skip: The test by wiping out ink; Exercise 6.5.

# %%
start = np.random.default_rng(0).uniform(0, 0.2, (8, 28, 28, 1)).astype("float32")


def answers_of(layer, images):
    """Mean answer of each filter or unit, (n, filters)."""
    part = keras.Model(inputs, classic.get_layer(layer).output)
    values = part(images)  # (n, h, w, filters) or (n, units)
    values = tf.reshape(values, (images.shape[0], -1, values.shape[-1]))
    return tf.reduce_mean(values, axis=1)


best = {
    layer: np.argsort(-answers_of(layer, start).numpy().sum(axis=0))[:8]
    for layer in ("conv1", "conv2")
}
print({layer: units.shape for layer, units in best.items()})


# %%
def maximise(layer, units, steps=40, length=0.6):
    """Change image k until unit units[k] answers more, (n, 28, 28, 1)."""
    images = tf.Variable(start[: len(units)])
    for _ in range(steps):
        with tf.GradientTape() as tape:
            values = answers_of(layer, images)  # (n, units)
            height = tf.reduce_sum(values * tf.one_hot(units, values.shape[-1]))
        uphill = tape.gradient(height, images)  # (n, 28, 28, 1)
        size = tf.sqrt(tf.reduce_sum(uphill**2, axis=(1, 2, 3), keepdims=True))
        images.assign(tf.clip_by_value(images + length * uphill / (size + 1e-8), 0, 1))
    return images.numpy()


# %%
best["scores"] = np.arange(8)
favourites = {layer: maximise(layer, units) for layer, units in best.items()}
print({layer: pictures.shape for layer, pictures in favourites.items()})

# %% [markdown]
# Besides the two filter layers, the scores of the digits 0 to 7 climbed, too.
# **Predict:** which row will show textures, which strokes, and will the third row show
# digits?

# %%
predict(
    "6.m",
    "What will the third row show?",
    ["clear digits", "ghosts of digits", "stripes"],
)

# %%
fig, axes = plt.subplots(3, 8, figsize=(7, 2.9))
rows = zip(axes, favourites.values(), ["layer 1", "layer 2", "scores"], strict=True)
for line, pictures, name in rows:
    for ax, picture in zip(line, pictures, strict=True):
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name)
show(fig, "Images that please filters: fine stripes, strokes, and ghosts of digits.")
happened("6.m", "ghosts of digits")

# %% [markdown]
# The first layer likes stripes, in a few directions and widths. The second likes more
# than edges: most often **lines** with paper between them, about as wide as a pen, and
# some textures that have no name. The scores like ghosts of digits: pieces of the right
# shape, among much that no hand would draw. How sure is the network of these ghosts?

# %% tags=["nbval-ignore-output"]
P_ghosts = classic(favourites["scores"]).numpy()[np.arange(8), np.arange(8)]
pleased = answers_of("conv2", favourites["conv2"]).numpy()[np.arange(8), best["conv2"]]
usual = answers_of("conv2", x_test[:200]).numpy().mean(axis=0)[best["conv2"]]
assert_between(P_ghosts.min(), 0.99, 1, "how sure of the ghosts, at least", show=".2%")
assert P_ghosts.min() > P.max(axis=1).mean()
ratio = np.median(pleased / usual)
assert_between(ratio, 2, 200, "a filter's answer, favourite / digits", show=".0f")

# %% [markdown]
# Entirely sure, surer than of the average real digit. An image can be made for any
# answer. Keep this in mind when a network is to decide something that people would like
# to influence.
#
# ### Where the network looks
#
# For one image, one may ask the opposite: which places made the answer? **Grad-CAM**
# looks at the maps $A_{ijc}$ of the last filter layer. The gradient of the score $s_k$
# of class $k$ says how much each map counts for it, on average over all places, and the
# maps are added up with these weights:
#
# $$\alpha_c = \frac{1}{hw}\sum_{ij}\frac{\partial s_k}{\partial A_{ijc}}, \qquad
# H_{ij} = \operatorname{relu}\Bigl(\sum_c \alpha_c A_{ijc}\Bigr) .$$
#
# The score is the number before softmax: where the network is certain, softmax is flat
# and has no gradient left to show.


# %%
def grad_cam(model, images, classes):
    """Heat maps (n, 14, 14): where the score of the class would rise."""
    both = [model.get_layer("conv2").output, model.get_layer("scores").output]
    part = keras.Model(model.inputs[0], both)  # one model, two outputs
    with tf.GradientTape() as tape:
        A, scores = part(images)  # (n, 14, 14, 64), (n, 10)
        s = tf.reduce_sum(scores * tf.one_hot(classes, 10))
    slopes = tape.gradient(s, A)  # (n, 14, 14, 64)
    alpha = tf.reduce_mean(slopes, axis=(1, 2), keepdims=True)  # (n, 1, 1, 64)
    return tf.nn.relu(tf.reduce_sum(alpha * A, axis=-1)).numpy()


# %%
right = answers == labels_test
some = [np.flatnonzero((answers == k) & right)[0] for k in (2, 3, 4, 5, 7, 8)]
heat = grad_cam(classic, x_test[some], labels_test[some])
print(heat.shape, bool((heat >= 0).all()))

# %% [markdown]
# Look first at each of the digits 2, 3, 4, 5, 7 and 8: which piece of it tells it from
# the others. And for three of the mistakes from above: what speaks for the wrong class,
# what for the right one?


# %%
def overlay(ax, image, heat, title):
    """A digit under its heat map of half its size; where that is 0, paper stays."""
    heat = np.kron(heat, np.ones((2, 2))) / max(heat.max(), 1e-9)  # (28, 28)
    ax.imshow(image[:, :, 0], cmap="gray_r", vmax=1.6)
    ax.imshow(heat, cmap="autumn_r", alpha=0.8 * heat)
    ax.set_title(title, fontsize=10)
    ax.set(xticks=[], yticks=[])


# %%
fig, axes = plt.subplots(2, 6, figsize=(7, 2.9))
for ax, i, h in zip(axes[0], some, heat, strict=True):
    overlay(ax, x_test[i], h, f"for {labels_test[i]}")
for place, i in enumerate(np.repeat(fooled[:3], 2)):
    k, word = [(answers[i], "wrong"), (labels_test[i], "right")][place % 2]
    overlay(axes[1, place], x_test[i], grad_cam(classic, x_test[[i]], [k])[0], "")
    axes[1, place].set_title(f"{word}: {k}", fontsize=10)
show(fig, "Six digits with red spots on telling strokes, three mistakes twice.")

# %% [markdown]
# The red places lie on the ink and beside it: at ends, bends and bars, and sometimes
# on empty paper where a similar digit would have a stroke. Such pictures are persuasive,
# so test them. Sort the ink of each image by its heat, wipe out the
# **hottest** 30 per cent, and count how many answers change. For comparison, wipe out
# the **coolest** 30 per cent, which is as much ink. If the maps mean something, the
# first must hurt far more.

# %% tags=["nbval-ignore-output"]
some = np.arange(500)
parts = np.split(some, 5)  # a hundred at a time, to save memory
heat = [grad_cam(classic, x_test[part], answers[part]) for part in parts]
heat = np.concatenate(heat)  # (500, 14, 14)
heat = heat.repeat(2, axis=1).repeat(2, axis=2)  # (500, 28, 28)
heat += 1e-6 * rng.random(heat.shape)  # so that no two pixels are equal
inked = np.where(x_test[some, :, :, 0] > 0.3, heat, np.nan)  # heat of ink, else NaN
cool, hot = np.nanquantile(inked, [0.3, 0.7], axis=(1, 2))[..., None, None]
changed = []
for mask in (inked >= hot, inked <= cool):
    wiped = x_test[some] * ~mask[..., None]  # (500, 28, 28, 1)
    now = classic.predict(wiped, verbose=0).argmax(axis=1)
    changed.append(np.mean(now != answers[some]))
hot, cool = changed
assert_between(hot, 0.06, 0.6, "changed without the hottest ink", show=".0%")
ratio = hot / max(cool, 0.002)
assert_between(ratio, 1.4, 200, "as many as without the coolest, times", show=".1f")

# %% [markdown]
# It does: the hot places matter. But it does not say **why**, nor that a human would
# have used the same places. Exercise 6.5 builds another way to ask, which needs no
# gradient at all.

# %% [markdown]
# ### Exercise 6.5 – Cover and ask (build)
#
# Another way to see where a network looks: cover a square of the image with 0, and see
# how the probability of class `k` falls. `predict` is a function from images of shape
# (n, height, width, 1) to probabilities (n, classes), and `image` has the shape
# (height, width, 1). Return an array in which the number at row $i$ and column $j$ is
# the **fall** when rows $i$ to $i+size-1$ and columns $j$ to $j+size-1$ are covered;
# for 28 × 28 pixels and size 7 it has the shape (22, 22). When it is right, look at
# `occlusion(lambda images: classic.predict(images, verbose=0), x_test[0], k, 7)` with
# `k = labels_test[0]` as a picture.


# %% tags=["exercise"]
def occlusion(predict, image, k, size): ...


# %%
check("6.5", occlusion)

# %% [markdown]
# ## 6.5 Other images, other axes
#
# ### Clothes
#
# Fashion-MNIST has the same shapes as MNIST: 60,000 + 10,000 grey images of 28 × 28,
# ten classes. But they are photographs of clothes, and harder: what parts a shirt from
# a coat or a pullover? If the course cannot get them, it draws garments itself, of
# which some look like another kind, too.

# %% [markdown] tags=["teacher"]
# minutes: 11
# stall: Shapes of Conv1D and Conv3D: (N, time, channels) and (N, time, height, width,
# channels). Shuffled films are a coin toss, reversed ones all wrong, and the latter
# looks like a mistake.
# ask: Films run backwards are judged by the old labels. What accuracy do you expect?
# answer: About none right: each one shows the other direction, and the network says so.
# skip: Clothes, or sounds, or films: choose one of the three.

# %% tags=["nbval-ignore-output"]
(clothes, kinds), (clothes_test, kinds_test) = datasets.load_fashion_mnist()
x_clothes, x_clothes_test = tf.constant(clothes[..., None]), prepared(clothes_test)
names = datasets.FASHION_NAMES
fig = show_images([clothes[kinds == k][0] for k in range(10)], names, 5, 1.2)
show(fig, "Ten pieces of clothing, from T-shirt to ankle boot, each with its name.")

# %% [markdown]
# A network in between the two from above: 16 filters of 3 × 3, pooling, 32 filters of
# 3 × 3, pooling, a hidden layer of 128. **Predict** the accuracy, and which two kinds are
# mistaken for each other most.

# %%
predict("6.n", "Accuracy on clothes, in %?", within=2)

# %%
assert np.bincount(kinds).tolist() == [6000] * 10
keras.utils.set_random_seed(42)
fashion = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(128, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
)
print(f"{fashion.count_params():,} parameters")

# %% tags=["nbval-ignore-output"]
train(fashion, x_clothes, kinds, epochs=3, peak=0.004, name="Clothes")
accuracy_clothes = accuracy(fashion, x_clothes_test, kinds_test)
worn = fashion.predict(x_clothes_test, batch_size=200, verbose=0).argmax(axis=1)
confusion = np.zeros((10, 10), int)
np.add.at(confusion, (kinds_test, worn), 1)  # row: what it is; column: what was said
off = confusion - np.diag(np.diag(confusion))
a, b = np.unravel_index(off.argmax(), off.shape)
print(f"most common mistake: {names[a]} taken for {names[b]}, {off[a, b]} times")
assert {names[a], names[b]} == {"shirt", "T-shirt"}
assert_between(accuracy_clothes, 0.89, 0.925, "accuracy, clothes", show=".1%")
happened("6.n", 100 * accuracy_clothes)

# %% [markdown]
# About 90% in three epochs; the most common mistake is a shirt taken for a T-shirt, or
# the other way round. The same recipe, untouched, went from digits to clothes: no
# filter was designed for buttons or heels.

# %% [markdown]
# ### Time in place of space: Conv1D
#
# Nothing in a convolution asks for two axes. A sound is a row of numbers, and
# **Conv1D** slides its filters along one axis: inputs (N, time, channels), filters
# (time, channels in, channels out). Our sounds are 0.3 seconds long, 4,000 numbers a
# second: noise, and somewhere in it a short tone. Its pitch **rises** from 200 to 1,000
# vibrations a second, or it **falls**; which of the two?


# %%
def make_sounds(n, rng, rate=4000):
    """(n, 1200, 1), and 1 for a rising tone, 0 for a falling one."""
    t = np.arange(512) / rate  # seconds
    tone = np.sin(2 * np.pi * (200 * t + 3125 * t**2)) * np.hanning(512)
    labels = np.arange(n) % 2
    sounds = rng.normal(0, 0.3, (n, 1200))
    starts = rng.integers(1200 - 512, size=n)
    for sound, label, first in zip(sounds, labels, starts, strict=True):
        sound[first : first + 512] += tone if label else tone[::-1]
    return sounds[..., None].astype("float32"), labels


# %%
sounds, rising = make_sounds(400, np.random.default_rng(1))
sounds_new, rising_new = make_sounds(400, np.random.default_rng(2))
print(sounds.shape)

# %% [markdown]
# Listen to three of them, with a pause after each. Which of them rise?

# %%
pause = np.zeros(2000)
parts = [part for k in (3, 5, 8) for part in (sounds[k, :, 0], pause)]
Audio(np.concatenate(parts), rate=4000)

# %% [markdown]
# The third falls. Now the network: four filters, each 128 numbers long, a quarter of the
# tone; the largest answer of each over the whole time (that is what "global" means); one
# sigmoid unit. **Predict** the number of parameters.

# %%
predict("6.o", "How many parameters?", ["133", "517", "521"])

# %%
keras.utils.set_random_seed(42)
listener = keras.Sequential(
    [
        keras.Input((1200, 1)),
        layers.Conv1D(4, 128, activation="relu"),  # (N, 1073, 4)
        layers.GlobalMaxPooling1D(),  # (N, 4)
        layers.Dense(1, activation="sigmoid"),
    ]
)
print(listener.count_params(), tuple(listener.layers[0].kernel.shape))
happened("6.o", str(listener.count_params()), "4 · 128 + 4, and 4 + 1.")

# %% tags=["nbval-ignore-output"]
two_classes = {"loss": "binary_crossentropy", "metrics": ["accuracy"]}
listener.compile(keras.optimizers.Adam(0.01), **two_classes)
watch = KerasProgress("Sounds")
listener.fit(sounds, rising, 20, epochs=15, verbose=0, callbacks=[watch])
heard = listener.evaluate(sounds_new, rising_new, verbose=0)[1]
assert_between(heard, 0.97, 1, "new sounds heard rightly", show=".1%")

# %%
fig, axes = plt.subplots(1, 3, figsize=(7, 2.5), width_ratios=[2, 2, 1.4])
for ax, k, name in zip(axes, (1, 0), ("rising", "falling"), strict=False):
    sound = sounds_new[rising_new == k][0, :, 0]
    ax.specgram(sound, NFFT=128, Fs=4000, noverlap=112, cmap="Blues", vmin=-60)
    ax.set(title=name, xlabel="seconds", ylim=(0, 1500))
axes[0].set_ylabel("vibrations a second")
w = listener.layers[0].kernel.numpy()[:, 0]  # (128, 4)
axes[2].plot(np.arange(128) / 4, w[:, np.abs(w).sum(axis=0).argmax()], color=ORANGE)
axes[2].set(title="a filter", xlabel="milliseconds", ylabel="number")
show(
    fig,
    "The pitches in two noisy sounds over time: a dark line that rises, and one that "
    "falls; and a filter that vibrates.",
)

# %% [markdown]
# All new sounds, or nearly all, are heard correctly, wherever the tone is. (The blue
# pictures are *spectrograms*: which pitches a sound holds, from moment to moment.) The
# filter has become a piece of the tone itself, as chapter 5 promised: a filter is a
# picture of what it looks for.
#
# ### Space and time: Conv3D
#
# A film has three axes. **Conv3D** takes (N, time, height, width, channels), and its
# filters have a depth in time. In our films of 8 frames a bar moves to the **right** or
# to the **left**, beginning anywhere. **Predict:** could a network that sees one frame
# at a time tell which?


# %%
predict(
    "6.p", "Could a network that sees one frame at a time tell which?", ["yes", "no"]
)


# %%
def make_films(n, rng):
    """(n, 8, 12, 12, 1), and 1 for a bar that moves right, 0 for left."""
    bar = np.zeros((12, 12))
    bar[2:10, 5:7] = 1
    labels = np.arange(n) % 2
    films = rng.normal(0, 0.2, (n, 8, 12, 12))
    for film, label, start in zip(films, labels, rng.integers(12, size=n), strict=True):
        for time_step, frame in enumerate(film):
            frame += np.roll(bar, start + (time_step if label else -time_step), axis=1)
    return films[..., None].astype("float32"), labels


# %%
films, to_right = make_films(200, np.random.default_rng(1))
films_new, to_right_new = make_films(400, np.random.default_rng(2))
fig = show_images(films_new[1, :, :, :, 0], [f"frame {k}" for k in range(8)], 8, 0.87)
show(fig, "Eight frames in which a bar moves to the right by a pixel each time.")
happened("6.p", "no", "Each frame shows a bar somewhere, and no direction.")

# %%
keras.utils.set_random_seed(42)
viewer = keras.Sequential(
    [
        keras.Input((8, 12, 12, 1)),
        layers.Conv3D(4, (3, 3, 3), activation="relu"),  # (N, 6, 10, 10, 4)
        layers.GlobalAveragePooling3D(),  # (N, 4)
        layers.Dense(1, activation="sigmoid"),
    ]
)
viewer.compile(keras.optimizers.Adam(0.02), **two_classes)
print(viewer.count_params(), tuple(viewer.layers[0].kernel.shape))

# %%
watch = KerasProgress("Films")
history = viewer.fit(films, to_right, 20, epochs=15, verbose=0, callbacks=[watch])

# %% [markdown]
# Three tests: new films; the same films with their frames in random order; the same
# films run backwards, judged by the old labels. **Predict** all three.

# %%
predict("6.q", "Accuracy on films that run backwards, in %?", within=5)

# %% tags=["nbval-ignore-output"]
order = np.random.default_rng(3).permuted(np.tile(np.arange(8), (400, 1)), axis=1)
shuffled = films_new[np.arange(400)[:, None], order]  # (400, 8, 12, 12, 1)
backwards = films_new[:, ::-1]
for name, seen, band in [
    ("as filmed", films_new, (0.97, 1)),
    ("shuffled", shuffled, (0.35, 0.65)),
    ("backwards", backwards, (0, 0.03)),
]:
    share = viewer.evaluate(seen, to_right_new, verbose=0)[1]
    assert_between(share, *band, f"right, films {name}", show=".0%")
happened("6.q", 100 * share, "Each one shows the other direction.")

# %% [markdown]
# Nearly all, half (a coin toss), and none: each film that runs backwards shows the
# other direction, and the network says so. It has learned nothing from single frames,
# because there is nothing in them; it has learned **order in time**. Such filters work
# on body scans as well, where the third axis is depth.

# %% [markdown]
# ## 6.6 Keep the model
#
# Training is expensive, using is cheap; so a trained model belongs in a file. A
# `.keras` file holds the architecture and the weights; a `.weights.h5` file holds
# weights only, for a model that your code builds. A file alone is soon a riddle: what
# was it trained on, how good is it? So the course keeps a **card** beside each model.

# %% [markdown] tags=["teacher"]
# minutes: 4
# stall: `.keras` holds architecture and weights, `.weights.h5` weights alone. The two
# sentences of error are meant; somebody will report them.
# ask: A file `model_final2.keras` lies in a folder. What else would you need to use it?
# answer: What it was trained on, how good it is, how inputs were prepared: its card.
# skip: The two damaged files. Do save the model: chapter 07 reads it.

# %%
is_real = datasets.source_of("mnist") != "embedded"
path = models.save_model(
    classic,
    models.models_folder() / "chapter_06.keras",
    data="MNIST" if is_real else "the course's embedded digits",
    accuracy=accuracy_classic,
    seconds=seconds_classic,
    recipe="chapter 06: one epoch, batches of 100, Adam, one-cycle, peak 0.003",
)
print("saved", path.name)

# %% [markdown]
# Chapter 7 will read your handwriting with this file. Load it back and compare: the
# same answers? (The same arithmetic on the same numbers; in batches of another size the
# last digits may differ.)

# %%
again = models.load_model(path)
difference = np.abs(again.predict(x_test[:500], verbose=0) - P[:500]).max()
print("the same answers:", bool(difference < 1e-4))
assert difference < 1e-4
card = models.read_card(path)
print(card["parameters"], "parameters,", ", ".join(card["layers"][:4]), "...")
print("the card has the measured accuracy:", card["accuracy"] == accuracy_classic)

# %% [markdown]
# What can go wrong with files? A download breaks off; somebody loads weights into a
# model with other layers. Keras alone would end in a long error from deep inside. The
# course's functions end in one sentence. Here is a file whose end is missing, and then
# the weights of the small network offered to the one for clothes:

# %%
figures = {"data": "digits", "accuracy": accuracy_small, "seconds": seconds_small}
folder = tempfile.TemporaryDirectory()  # goes away with the notebook
damaged = models.save_model(small, Path(folder.name) / "damaged.keras", **figures)
damaged.write_bytes(damaged.read_bytes()[:-1000])
try:
    models.load_model(damaged)
except models.ModelFileError as error:
    print(error)

# %%
weights = models.save_model(small, damaged.with_name("small.weights.h5"), **figures)
try:
    models.load_weights(fashion, weights)
except models.ModelFileError as error:
    print(error)
fresh = small_network()
models.load_weights(fresh, weights)
agree = fresh.predict(x_test[:500], verbose=0) - small.predict(x_test[:500], verbose=0)
print("the weights' own model:", "agrees" if np.abs(agree).max() < 1e-4 else "differs")
assert np.abs(agree).max() < 1e-4

# %% [markdown]
# The second is not an error in the file: its model has to be built first, as the card
# describes it. The last lines did so, and the answers agree.

# %% [markdown]
# ## Recap
#
# 1. **A filter's gradient** is the sum over all places of window times upstream
#    gradient. With it, two random filters became a vertical and a horizontal edge
#    filter; the labels of the shapes were enough.
# 2. **The classic network** filters twice: 32 filters of 5 × 5, then 64 filters of
#    5 × 5 × 32, each with ReLU and pooling; 98 of 100 of its 3.27 million parameters are
#    in the hidden layer. It reads about 99% of the test images after one epoch. Its
#    first maps look like the digit, its second say where a certain stroke is.
# 3. **Stride** halves a map while filtering. **Batch normalisation** gives each channel
#    mean 0 and deviation 1, then $\gamma$ and $\beta$; in use it takes running averages.
#    **Average pooling** asks how much, max-pooling whether. **Skip connections** carry
#    the gradient past a block. A network of 29,658 parameters reads about 99%.
# 4. **Activation maximisation** climbs in the pixels: stripes, lines, ghosts of
#    digits. **Grad-CAM** adds up the maps by what they count for a class; wiping out its
#    hot places changes answers.
# 5. **The same layers** read clothes, hear tones (`Conv1D`) and see motion (`Conv3D`).
#    A model saved with its card comes back with the same answers; a damaged file, or one
#    of another architecture, ends in one clear sentence.

# %% [markdown]
# ## Read on
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to
#   Document Recognition* (Proceedings of the IEEE, 1998): LeNet, and MNIST.
# - A. Krizhevsky, I. Sutskever, G. Hinton, *ImageNet Classification with Deep
#   Convolutional Neural Networks* (2012): ReLU, dropout and two graphics cards.
# - S. Ioffe, C. Szegedy, *Batch Normalization* (ICML, 2015); S. Santurkar and others,
#   *How Does Batch Normalization Help Optimization?* (NeurIPS, 2018).
# - K. He, X. Zhang, S. Ren, J. Sun, *Deep Residual Learning for Image Recognition*
#   (CVPR, 2016; first shown in 2015): skip connections.
# - J. T. Springenberg and others, *Striving for Simplicity: The All Convolutional Net*
#   (2015): stride in place of pooling.
# - D. Erhan, Y. Bengio, A. Courville, P. Vincent, *Visualizing Higher-Layer Features of
#   a Deep Network* (2009): activation maximisation.
# - R. R. Selvaraju and others, *Grad-CAM* (ICCV, 2017); J. Adebayo and others, *Sanity
#   Checks for Saliency Maps* (2018): when such pictures deceive.
# - H. Xiao, K. Rasul, R. Vollgraf, *Fashion-MNIST* (2017, arXiv:1708.07747).
