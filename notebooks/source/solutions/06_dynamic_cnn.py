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
# Worked answers to the exercises of [chapter 6](../06_dynamic_cnn.ipynb). Try each one
# yourself first, and `hint("6.1")` before you look. Other answers than these are right
# too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the digits, and the small network, trained
# here as there. The chapter explains both.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from helpers import datasets
from helpers.checks import assert_between, check
from helpers.plotting import show
from helpers.progress import KerasProgress

# %% tags=["nbval-ignore-output"]
(images_train, labels_train), (images_test, labels_test) = datasets.load_mnist()
x_train = images_train[..., None] / np.float32(255)  # (60000, 28, 28, 1)
x_test = images_test[..., None] / np.float32(255)  # (10000, 28, 28, 1)

# %%
small = keras.Sequential([keras.Input((28, 28, 1))])
for filters, size, stride in [(16, 5, 2), (32, 3, 1), (64, 3, 1)]:
    small.add(layers.Conv2D(filters, size, stride, use_bias=False))
    if filters == 32:
        small.add(layers.MaxPooling2D(2))
    small.add(layers.BatchNormalization(momentum=0.8))
    small.add(layers.ReLU())
small.add(layers.Flatten())
small.add(layers.Dense(10, activation="softmax"))
print(f"{small.count_params():,} parameters")

# %% tags=["nbval-ignore-output"]
plan = keras.optimizers.schedules.CosineDecay(
    0.0012, 450, 0.01, warmup_target=0.012, warmup_steps=150
)
recipe = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
small.compile(keras.optimizers.Adam(plan), **recipe)
watch = KerasProgress("Small network")
small.fit(x_train, labels_train, 100, epochs=1, verbose=0, callbacks=[watch])


def accuracy(model, x, labels):
    return model.evaluate(x, labels, batch_size=200, verbose=0)[1]


reached = accuracy(small, x_test, labels_test)
assert_between(reached, 0.98, 0.995, "test accuracy", show=".1%")

# %% [markdown]
# ## Exercise 6.1 – Parameters on paper
#
# A filter of 3 × 3 on $c$ channels has $9c$ numbers and a bias. Batch normalisation
# keeps $\gamma$, $\beta$, the running mean and the running variance of each channel.
# Pooling learns nothing. Global pooling leaves 16 numbers, one for each channel, however
# large the image is; without it, the last layer would have 13 · 13 · 16 = 2704 inputs.

# %% [markdown] tags=["hints"] exercise="6.1"
# **Hints**
#
# 1. The number of parameters does not depend on the size of the image, only on
#    filters and channels.
# 2. A filter of 3 × 3 on 3 channels has 27 numbers and a bias. Pooling has nothing to
#    learn.
# 3. Batch normalisation has four numbers for each channel. The last Dense gets 16
#    numbers.
#
# **Right:** height · width · channels in · filters, and a bias for each filter;
# pooling has none

# %% tags=["solution"] exercise="6.1"
parameters = {
    "Conv2D(8, 3), on 3 channels": 3 * 3 * 3 * 8 + 8,
    "BatchNormalization, after it": 4 * 8,
    "MaxPooling2D(2)": 0,
    "Conv2D(16, 3)": 3 * 3 * 8 * 16 + 16,
    "GlobalAveragePooling2D": 0,
    "Dense(10)": 16 * 10 + 10,
}

# %%
check("6.1", parameters)

# %% [markdown]
# And the proof:

# %%
model = keras.Sequential(
    [
        keras.Input((32, 32, 3)),
        layers.Conv2D(8, 3),
        layers.BatchNormalization(),
        layers.MaxPooling2D(2),
        layers.Conv2D(16, 3),
        layers.GlobalAveragePooling2D(),
        layers.Dense(10),
    ]
)
print([layer.count_params() for layer in model.layers])

# %% [markdown]
# ## Exercise 6.2 – Moved digits

# %% [markdown] tags=["hints"] exercise="6.2"
# **Hints**
#
# 1. accuracy of section 6.2 takes the network small, images and labels. Which of the
#    three change with the shift?
# 2. np.roll(x_test, 2, axis=2) moves the columns by 2. Do not train again, and leave
#    the labels alone.
# 3. {s: accuracy(small, np.roll(x_test, s, axis=2), labels_test) for s in (0, 2, 4,
#    6)}
#
# **Right:** two pixels hardly matter, six do: pooling forgives a little, the last
# layer knows places

# %% tags=["solution"] exercise="6.2"
accuracy_by_shift = {
    shift: accuracy(small, np.roll(x_test, shift, axis=2), labels_test)
    for shift in (0, 2, 4, 6)
}

# %%
check("6.2", accuracy_by_shift)

# %% tags=["nbval-ignore-output"]
for shift, share in accuracy_by_shift.items():
    print(f"moved by {shift} pixels: {share:.1%}")
assert_between(accuracy_by_shift[2], 0.9, 0.99, "2 pixels", show=".1%")
assert_between(accuracy_by_shift[6], 0.19, 0.7, "6 pixels", show=".1%")

# %% [markdown]
# Two pixels cost a few per cent, six cost most. Filters are the same everywhere, and
# pooling forgives a pixel or two. But the last layer has a weight of its own for every
# place of the last maps, and no training digit was ever that far to the right. The cure
# is to show it such digits: train on images that are moved at random.

# %% [markdown]
# ## Exercise 6.3 – How much does one number see?
#
# `step` is the distance in pixels between neighbours of the layer reached so far. A
# layer of size $h$ adds $h-1$ neighbours; its own stride counts from the next layer on.

# %% [markdown] tags=["hints"] exercise="6.3"
# **Hints**
#
# 1. Begin with one pixel. What does one more layer of size 5 and stride 1 add?
# 2. After a stride of 2, neighbours are 2 pixels of the image apart, after another
#    one 4.
# 3. sees, step = 1, 1; for size, stride in layers: sees += (size - 1) * step; step *=
#    stride
#
# **Right:** each layer adds (size - 1) times the product of all strides before it


# %% tags=["solution"] exercise="6.3"
def receptive_field(layers):
    sees, step = 1, 1
    for size, stride in layers:
        sees += (size - 1) * step
        step *= stride
    return sees


# %%
check("6.3", receptive_field)

# %% [markdown]
# The classic network's second layer of filters sees 14 × 14 pixels, half a digit. Three
# filters of 3 × 3 in a row see as much as one of 7 × 7, with 27 numbers in place of 49:

# %%
print(receptive_field([(5, 1), (2, 2), (5, 1)]), receptive_field([(3, 1)] * 3))

# %% [markdown]
# ## Exercise 6.4 – A block with a skip

# %% [markdown] tags=["hints"] exercise="6.4"
# **Hints**
#
# 1. channels = x.shape[-1]; layers.Conv2D(channels, 3, padding="same",
#    use_bias=False)(x) comes first.
# 2. Five layers in a row make F: convolution, normalisation, ReLU, convolution,
#    normalisation.
# 3. The last line is: return x + z, with z what comes out of the five layers.
#
# **Right:** x + F(x), of the same shape: with all weights 0 it passes x on unchanged


# %% tags=["solution"] exercise="6.4"
def skip_block(x):
    channels = x.shape[-1]
    z = layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
    z = layers.BatchNormalization()(z)
    z = layers.ReLU()(z)
    z = layers.Conv2D(channels, 3, padding="same", use_bias=False)(z)
    z = layers.BatchNormalization()(z)
    return x + z


# %%
check("6.4", skip_block)

# %% [markdown]
# Blocks can be stacked without end, since each keeps the shape:

# %%
inputs = keras.Input((14, 14, 16))
z = inputs
for _ in range(10):
    z = skip_block(z)
tower = keras.Model(inputs, z)
print(tower.output_shape, f"{tower.count_params():,} parameters")

# %% [markdown]
# ## Exercise 6.5 – Cover and ask
#
# All covered copies go through the network at once, which is much faster than one call
# for each.

# %% [markdown] tags=["hints"] exercise="6.5"
# **Hints**
#
# 1. Make one copy of the image for each place, cover a square in each, and predict
#    all at once.
# 2. The fall is predict(image[None])[0, k] minus the probability with the square
#    covered.
# 3. for i, j in np.ndindex(rows, columns): covered = image.copy(); covered[i : i +
#    size, j : j + size] = 0; ...
#
# **Right:** where covering costs most, the network looks; no gradient needed


# %% tags=["solution"] exercise="6.5"
def occlusion(predict, image, k, size):
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    covered = np.repeat(image[None], rows * columns, axis=0)
    for copy, (i, j) in zip(covered, np.ndindex(rows, columns), strict=True):
        copy[i : i + size, j : j + size] = 0
    left = np.asarray(predict(covered))[:, k].reshape(rows, columns)
    return np.asarray(predict(image[None]))[0, k] - left


# %%
check("6.5", occlusion)


# %% [markdown]
# Four digits and what covering 7 × 7 pixels costs, drawn where the middle of the square
# was. Where it is bright, the answer hangs on what lies there.


# %%
def predict(images):
    return small.predict(images, batch_size=500, verbose=0)


fig, axes = plt.subplots(2, 4, figsize=(7, 3.7))
for column, k in zip(axes.T, (2, 4, 7, 9), strict=True):
    image = x_test[labels_test == k][0]
    falls = occlusion(predict, image, k, 7)  # (22, 22)
    column[0].imshow(image[:, :, 0], cmap="gray_r")
    column[1].imshow(np.pad(falls, 3), vmin=0, vmax=1)
    column[0].set_title(f"{k}: up to {falls.max():.2f}", fontsize=11)
plt.setp(axes, xticks=[], yticks=[])
assert falls.shape == (22, 22)
show(fig, "Four digits, and below each a map with bright spots on a few strokes.")
