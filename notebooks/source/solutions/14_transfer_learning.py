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
# Worked answers to the exercises of [chapter 14](../14_transfer_learning.ipynb). Try
# each one yourself first, and `hint("14.1")` before you look. Other answers than these
# are right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the hands, the backbone with its weights,
# and softmax regression. The chapter explains them.

# %%
import keras
import numpy as np
from keras import layers

from helpers import datasets, models
from helpers.checks import assert_between, check


# %%
def normalised(x):
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def build_backbone():
    images = keras.Input((32, 32, 3))  # from 0 to 255
    x = layers.Rescaling(1 / 127.5, offset=-1)(images)
    x = normalised(layers.Conv2D(24, 3, padding="same", use_bias=False)(x))
    widths = [48, 48, 128, 128, 128, 128, 160, 160]
    for filters, stride in zip(widths, [2, 1, 2, 1, 1, 1, 2, 1], strict=True):
        depthwise = layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)
        z = normalised(depthwise(x))
        z = normalised(layers.Conv2D(filters, 1, use_bias=False)(z))
        x = x + z if x.shape == z.shape else z
    features = layers.GlobalAveragePooling2D(name="features")(x)
    return keras.Model(images, layers.Dense(10)(features))


# %%
def pick(labels, n, seed):
    mixed = np.random.default_rng(seed).permutation(len(labels))
    return np.concatenate([mixed[labels[mixed] == digit][:n] for digit in range(10)])


print(len(pick(np.arange(10), 1, seed=0)))


# %%
def softmax_regression(x, labels, steps=100, rate=0.5, pull=0.002):
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    x = (x - mean) / deviation
    W, b = np.zeros((x.shape[1], 10)), np.zeros(10)
    for _ in range(steps):
        scores = x @ W + b
        P = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = P / P.sum(axis=1, keepdims=True) - np.eye(10)[labels]
        W -= rate * (x.T @ error / len(x) + pull * W)
        b -= rate * error.mean(axis=0)
    W = W / deviation[:, None]
    return W, b - mean @ W


# %% tags=["nbval-ignore-output"]
(x_signs, y_signs), (x_test, y_test) = datasets.load_signs()
x_test, y_test = x_test[:500], y_test[:500]
backbone = build_backbone()
models.load_weights(backbone, models.shipped("backbone"), shipped=True)
eyes = keras.Model(backbone.input, backbone.get_layer("features").output)
features_signs, features_test = (
    eyes.predict(x, batch_size=200, verbose=0) for x in (x_signs, x_test)
)
assert features_test.shape == (500, 160)

# %% [markdown]
# ## Exercise 14.1 – What does a bottleneck save?
#
# A convolution has size times channels in times channels out numbers, here without
# biases. Its normalisation has four numbers for each channel that comes **out**.

# %% [markdown] tags=["hints"] exercise="14.1"
# **Hints**
#
# 1. A kernel of 1 × 1 has one number for each channel that comes in, and there is one
#    kernel for each channel that goes out.
# 2. Batch normalisation has gamma, beta, running mean and running variance for each
#    channel of the convolution before it.
# 3. The first is 256 * 64 + 4 * 64.
#
# **Right:** the three of the bottleneck have an eighth of the plain layer's numbers

# %% tags=["solution"] exercise="14.1"
parameters = {
    "1 × 1, 256 to 64, and normalisation": 256 * 64 + 4 * 64,
    "3 × 3, 64 to 64, and normalisation": 3 * 3 * 64 * 64 + 4 * 64,
    "1 × 1, 64 to 256, and normalisation": 64 * 256 + 4 * 256,
    "the addition": 0,
    "3 × 3, 256 to 256, and normalisation": 3 * 3 * 256 * 256 + 4 * 256,
}

# %%
check("14.1", parameters)

# %% [markdown]
# The bottleneck does its 3 × 3 on a quarter of the channels, a sixteenth of the numbers,
# and pays for the way there and back:

# %%
*bottleneck, _, plain = parameters.values()
print(
    f"{sum(bottleneck[:3]):,} in place of {plain:,}: {plain / sum(bottleneck[:3]):.1f}"
)

# %% [markdown]
# ## Exercise 14.2 – Is it the training?

# %% [markdown] tags=["hints"] exercise="14.2"
# **Hints**
#
# 1. Three times the same: features of the pictures to learn from, features of the test
#    pictures, softmax regression, share of right answers.
# 2. The untrained network is build_backbone() without load_weights; its features come
#    from the layer "features", as in the chapter.
# 3. rows = pick(y_signs, 25, 0); W, b = softmax_regression(f[rows], y_signs[rows]);
#    np.mean((f_test @ W + b).argmax(axis=1) == y_test)
#
# **Right:** the layers alone are worth little: what the backbone learned makes its
# features


# %% tags=["solution"] exercise="14.2"
def accuracy_with(f, f_test):
    rows = pick(y_signs, 25, 0)
    W, b = softmax_regression(f[rows], y_signs[rows])
    return np.mean((f_test @ W + b).argmax(axis=1) == y_test)


keras.utils.set_random_seed(42)
untrained = build_backbone()
blind = keras.Model(untrained.input, untrained.get_layer("features").output)
by_chance = (blind.predict(x, batch_size=200, verbose=0) for x in (x_signs, x_test))
accuracy_from = {
    "trained": accuracy_with(features_signs, features_test),
    "untrained": accuracy_with(*by_chance),
    "pixels": accuracy_with(*(x.reshape(len(x), -1) / 255 for x in (x_signs, x_test))),
}

# %%
check("14.2", accuracy_from)

# %% tags=["nbval-ignore-output"]
for name, share in accuracy_from.items():
    print(f"{name:9} {share:.1%}")
gain = 100 * (accuracy_from["trained"] - accuracy_from["untrained"])
assert_between(gain, 5, 80, "points that training the features won", show=".0f")

# %% [markdown]
# The same layers with random numbers give poor features. Pixels do worse than trained
# features as well: moved by a pixel or two, or before another wall, a hand has other
# pixels.

# %% [markdown]
# ## Exercise 14.3 – The nearest mean

# %% [markdown] tags=["hints"] exercise="14.3"
# **Hints**
#
# 1. np.unique(labels) gives each label once, in order.
# 2. The mean of one class is features[labels == label].mean(axis=0); stack them all.
# 3. Distances to all means at once: ((new[:, None] - means) ** 2).sum(axis=2), of shape
#    (m, classes); argmin gives places in the list of labels.
#
# **Right:** one mean for each class is all that it remembers


# %% tags=["solution"] exercise="14.3"
def nearest_mean(features, labels, new):
    kinds = np.unique(labels)
    means = np.stack([features[labels == kind].mean(axis=0) for kind in kinds])
    squares = ((new[:, None] - means) ** 2).sum(axis=2)  # (m, classes)
    return kinds[squares.argmin(axis=1)]


# %%
check("14.3", nearest_mean)

# %% tags=["nbval-ignore-output"]
for n in (10, 100):
    rows = pick(y_signs, n, 0)
    found = nearest_mean(features_signs[rows], y_signs[rows], features_test)
    W, b = softmax_regression(features_signs[rows], y_signs[rows])
    by_mean = np.mean(found == y_test)
    by_regression = np.mean((features_test @ W + b).argmax(axis=1) == y_test)
    print(f"{n} labels: nearest mean {by_mean:.1%}, regression {by_regression:.1%}")
ahead = 100 * (by_regression - by_mean)
assert by_mean > 0.2
assert_between(ahead, 10, 60, "points that regression is ahead", show=".0f")

# %% [markdown]
# No step of training at all, and above guessing, but well below regression. Regression
# can weigh features by what they tell, and cut between classes that are wider in some
# directions than in others; the mean can't, so more labels help it less.
