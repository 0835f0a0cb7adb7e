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
# **Question:** how can a network learn a new task from ten pictures of each kind?
#
# **Aims.** At the end you can
#
# 1. write down the blocks of VGG, Inception, ResNet, DenseNet and MobileNet, and count
#    their parameters and multiplications on paper;
# 2. say what a depthwise-separable convolution saves on paper, and why the clock saves
#    less;
# 3. start a new task in three ways (frozen features, fine-tuning, from scratch), and
#    say when which one wins, and when it hardly matters;
# 4. ask a network that knows photographs what it sees, and draw where it looks;
# 5. teach a network a class of your own from a few pictures.
#
# **Before you start:** [chapter 6](06_dynamic_cnn.ipynb): convolution layers, batch
# normalisation, skip connections, Grad-CAM. [Chapter 2](02_softmax_mnist.ipynb):
# softmax regression.
#
# **Minutes:** about {minutes} to read and do, under 150 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners read the blocks of well-known networks by their price, and see when a
# trained backbone beats starting anew and when it does not.
# before: Chapter 06: convolution, batch normalisation, skips, Grad-CAM. Chapter 02:
# softmax regression.
# machine: Draw the five blocks as boxes and count parameters of one convolution on the
# board. Stored: the table of five blocks, the figure of three starts, two of them with
# four times the steps as well and a dotted line where scratch catches up, Grad-CAM on
# four photographs.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages. What comes from `helpers` loads data and stored weights, draws,
# and checks your exercises; blocks, networks and methods are written out below.

# %% tags=["setup"]
# {setup}

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

from helpers import datasets, models
from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import BLUE, GREEN, ORANGE, show, show_images
from helpers.pretrained import load_imagenet
from helpers.progress import track
from helpers.widgets import OwnClasses

# %% [markdown]
# ## 14.1 Five families of blocks
#
# Chapter 6 built networks layer by layer. Networks for photographs often have dozens of
# layers, so their authors think in **blocks**: a few layers that are stacked again and
# again. Five of them stand behind many networks that you can download. We write each
# of them out, and give all of them the same input: 28 × 28 places with 192 channels.
# Each shall make 256 channels of it.
#
# Two prices count. **Parameters** have to be stored and learned. **Multiply-adds** (one
# multiplication and the addition of its result) have to be computed for every image. A
# kernel of $k \times k$ on $c$ channels, with $d$ filters, used at $h \cdot w$ places,
# has
#
# $$\text{parameters} = k^2\,c\,d \;(+\,d \text{ biases}), \qquad
# \text{multiply-adds} = h\,w \cdot k^2\,c\,d .$$
#
# So multiply-adds are kernel numbers times places. (Normalisation and pooling cost far
# less and aren't counted.) That is short enough to write for a whole network at once:


# %% [markdown] tags=["teacher"]
# minutes: 16
# exercises: 5
# stall: Multiply-adds are kernel numbers times places, parameters are not: keep two
# columns on the board. 1 × 1 kernels look useless until one says "mixes channels".
# VGG's dense part holds nine in ten parameters and hardly any work.
# ask: Somebody wants a small file, somebody else a fast network. Which part does each
# change?
# answer: The file: the dense part. The speed: the convolutions, where 99 of 100
# multiply-adds are.
# skip: DenseNet and Inception in code; Exercise 14.1 on paper only.


# %%
def multiply_adds(network):
    """Kernel numbers times the places where they are used, summed over the layers."""
    total = 0
    for layer in network.layers:
        kernels = [w.shape for w in layer.weights if len(w.shape) > 1]  # no biases
        if kernels:
            places = np.prod(layer.output.shape[1:-1], dtype=int)  # 1 for Dense
            total += int(places * sum(np.prod(shape) for shape in kernels))
    return total


# %%
inputs = keras.Input((28, 28, 192))
plain = keras.Model(inputs, layers.Conv2D(256, 3, padding="same")(inputs))
print(f"{plain.count_params():,} parameters, {multiply_adds(plain):,} multiply-adds")
assert plain.count_params() == 3 * 3 * 192 * 256 + 256
assert multiply_adds(plain) == 28 * 28 * 3 * 3 * 192 * 256

# %% [markdown]
# This is the price of one ordinary layer: 442,624 parameters, 347 million
# multiply-adds. Now the blocks.
#
# **VGG** (2014) stacks plain layers of 3 × 3 and halves the picture after them. Two
# such layers see 5 × 5 pixels, and have $18\,c^2$ numbers for $c$ channels in and out; a
# kernel of 5 × 5 has $25\,c^2$.


# %%
def conv(x, filters, size):
    return layers.Conv2D(filters, size, padding="same", activation="relu")(x)


def vgg_block(x):
    x = conv(conv(x, 256, 3), 256, 3)  # (N, 28, 28, 256)
    return layers.MaxPooling2D(2)(x)  # (N, 14, 14, 256)


print(vgg_block(inputs).shape)

# %% [markdown]
# **Inception** (2014) asks several questions at once: four branches look at the same
# input with kernels of 1 × 1, 3 × 3 and 5 × 5 and through a pooling, and their channels
# are put side by side. What keeps it cheap is the **bottleneck**: a convolution of
# 1 × 1 reduces 192 channels to 96 or 16 before the costly kernels. These are the
# numbers of the first such block of GoogLeNet.


# %%
def inception_block(x):
    branches = [
        conv(x, 64, 1),
        conv(conv(x, 96, 1), 128, 3),
        conv(conv(x, 16, 1), 32, 5),
        conv(layers.MaxPooling2D(3, 1, padding="same")(x), 32, 1),
    ]
    return layers.Concatenate()(branches)  # 64 + 128 + 32 + 32 = 256 channels


print(inception_block(inputs).shape)

# %% [markdown]
# **ResNet** (2015) adds what went in to what comes out, as in chapter 6. Where the
# number of channels changes, a convolution of 1 × 1 makes the shapes fit. Batch
# normalisation stands behind every convolution, whose bias it makes superfluous.


# %%
def normed(x, filters, size, relu=True):
    x = layers.Conv2D(filters, size, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x) if relu else x


def residual_block(x):
    z = normed(normed(x, 256, 3), 256, 3, relu=False)
    return layers.ReLU()(z + normed(x, 256, 1, relu=False))


print(residual_block(inputs).shape)

# %% [markdown]
# **DenseNet** (2016) keeps everything: each layer makes a few new channels, here 32
# (the **growth rate**), and puts them beside all that came before. No layer has to
# learn again what an earlier one has found. Normalisation and ReLU stand in front.


# %%
def dense_block(x):
    for _ in range(2):  # 192, 224, 256 channels
        z = layers.ReLU()(layers.BatchNormalization()(x))
        z = layers.Conv2D(32, 3, padding="same", use_bias=False)(z)
        x = layers.Concatenate()([x, z])
    return x


print(dense_block(inputs).shape)

# %% [markdown]
# **MobileNet** (2017) takes the convolution apart. A **depthwise** layer filters every
# channel by itself, with one kernel of 3 × 3 for each. A **pointwise** layer, 1 × 1,
# then mixes the channels. Places first, channels second; section 14.2 looks closely.


# %%
def separable_block(x):
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return normed(x, 256, 1)


print(separable_block(inputs).shape)

# %% [markdown]
# **Predict** before you count: which of the five has the fewest parameters?

# %%
predict(
    "14.a",
    "Which block has the fewest parameters?",
    ["VGG", "Inception", "ResNet", "DenseNet", "MobileNet"],
)

# %% [markdown]
# On paper: kernel numbers, one bias for each filter where there is one, and four
# numbers for each channel that is normalised ($\gamma$, $\beta$, running mean, running
# variance). Each line below is a block's sum, to be read beside its code.

# %%
on_paper = {
    "VGG": (9 * 192 * 256 + 256) + (9 * 256 * 256 + 256),
    "Inception": (192 * 64 + 64)
    + (192 * 96 + 96 + 9 * 96 * 128 + 128)
    + (192 * 16 + 16 + 25 * 16 * 32 + 32)
    + (192 * 32 + 32),
    "ResNet": 9 * 192 * 256 + 9 * 256 * 256 + 192 * 256 + 3 * 4 * 256,
    "DenseNet": (4 * 192 + 9 * 192 * 32) + (4 * 224 + 9 * 224 * 32),
    "MobileNet": 9 * 192 + 4 * 192 + 192 * 256 + 4 * 256,
}
makers = [vgg_block, inception_block, residual_block, dense_block, separable_block]
blocks = {
    name: keras.Model(inputs, make(inputs))
    for name, make in zip(on_paper, makers, strict=True)
}

# %%
print("block        shape            parameters   million multiply-adds")
for name, block in blocks.items():
    millions = multiply_adds(block) / 1e6
    print(
        f"{name:10} {block.output_shape!s:20}"
        f" {block.count_params():>9,} {millions:10.0f}"
    )
    assert block.count_params() == on_paper[name]
fewest = min(on_paper, key=on_paper.get)
happened(
    "14.a", fewest, "Its 3 × 3 kernels see one channel each; 1 × 1 mixes the channels."
)

# %% [markdown]
# Paper and Keras agree for each block, in shape and in number. MobileNet's block has a
# twentieth of VGG's parameters, and Inception's bottlenecks save nearly as much as
# DenseNet's narrow layers. None of this says how good a block is: that has to be
# measured on a task.
#
# ### Where 138 million parameters sit
#
# VGG16 is 13 layers of 3 × 3 in five blocks, then three dense layers: 4096, 4096 and
# the 1,000 classes of the contest on **ImageNet**, with 1.28 million photographs to
# learn from. It has 138 million parameters. **Predict** how many per cent of them are
# in the dense part.

# %%
predict("14.b", "Share of the parameters in the three dense layers, in %?", within=5)

# %%
vgg16 = [(64, 2, 224), (128, 2, 112), (256, 3, 56), (512, 3, 28), (512, 3, 14)]
channels, kernels, products = 3, 0, 0
for filters, repeats, side in vgg16:
    for _ in range(repeats):
        kernels += 9 * channels * filters + filters
        products += side**2 * 9 * channels * filters
        channels = filters
sizes = [7 * 7 * 512, 4096, 4096, 1000]
dense = sum(a * b + b for a, b in zip(sizes, sizes[1:], strict=False))
vgg_total, vgg_products = kernels + dense, products + dense - sum(sizes[1:])
print(f"convolutions {kernels:>12,}   dense {dense:>12,}   in all {vgg_total:,}")
print(f"multiply-adds: convolutions {products:,}, dense {vgg_products - products:,}")
assert vgg_total == 138_357_544
happened("14.b", 100 * dense / vgg_total, "7 · 7 · 512 · 4096 is 103 million alone.")

# %% [markdown]
# Nine in ten parameters are dense, and 99 of 100 multiply-adds are not. The two prices
# lie in different places: whoever wants a small file replaces the dense part (the other
# four families average each map to one number), whoever wants a fast network changes
# the convolutions.

# %% [markdown]
# ### Exercise 14.1 – What does a bottleneck save? (predict and run)
#
# ResNet-50 stacks another block than ours, a **bottleneck** of three convolutions
# without biases: 1 × 1 from 256 to 64 channels, 3 × 3 from 64 to 64, and 1 × 1 from 64
# back to 256, each followed by batch normalisation. Then the input is added. Write down
# the numbers of parameters, first on paper, then run the check: of each of the three
# convolutions with its normalisation, and, to compare, of a plain convolution of 3 × 3
# from 256 to 256 channels with its own.

# %% tags=["exercise"]
parameters = {
    "1 × 1, 256 to 64, and normalisation": ...,
    "3 × 3, 64 to 64, and normalisation": ...,
    "1 × 1, 64 to 256, and normalisation": ...,
    "the addition": ...,
    "3 × 3, 256 to 256, and normalisation": ...,
}

# %%
check("14.1", parameters)

# %% [markdown]
# ## 14.2 Depthwise separable: paper and clock
#
# The idea of MobileNet deserves a second look, because many networks made for phones
# use it. An ordinary filter does two things in one step: it compares **places** (3 × 3
# of them) and mixes **channels** ($c$ of them), with $9c$ numbers for each of the $d$
# filters. The separable convolution does one after the other:
#
# $$u_{ijm} = \sum_{a,b} k_{abm}\; x_{i+a,\,j+b,\,m} \quad\text{(depthwise)}, \qquad
# z_{ijn} = \sum_{m} u_{ijm}\, p_{mn} \quad\text{(pointwise)}.$$
#
# Here $a$ and $b$ run from −1 to 1, $m$ numbers the $c$ channels that come in and $n$
# the $d$ that go out. In NumPy each of the two is a line. Keras has both in one layer,
# `SeparableConv2D`; with the same numbers it has to give the same result.


# %% [markdown] tags=["teacher"]
# minutes: 14
# stall: Depthwise: one kernel per channel, no mixing; pointwise: mixing, no looking
# around. Saved on paper 9d/(9 + d), by the clock less, as fetching numbers takes time,
# too. The clock's figures differ on every machine.
# ask: Fifty times the multiply-adds, and by far not fifty times the seconds. Why?
# answer: VGG16 does more of them in a second: large products of matrices are what
# processors do best.
# skip: The measured families; the curve of paper and clock suffices.


# %%
def depthwise(x, k):
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    windows = sliding_window_view(padded, (3, 3), axis=(0, 1))  # (h, w, c, 3, 3)
    return np.einsum("ijmab,abm->ijm", windows, k)  # (h, w, c)


def pointwise(u, p):
    return u @ p  # (h, w, c) @ (c, d) = (h, w, d)


# %%
rng = np.random.default_rng(42)
x = rng.normal(size=(14, 14, 32)).astype("float32")
k, p = rng.normal(size=(3, 3, 32)) / 3, rng.normal(size=(32, 64)) / 6
layer = layers.SeparableConv2D(64, 3, padding="same", use_bias=False)
layer.build((None, 14, 14, 32))
layer.set_weights([k[..., None], p[None, None]])
z = pointwise(depthwise(x, k), p)
difference = np.abs(z - layer(x[None])[0]).max()
print(z.shape, " difference below 1e-5:", bool(difference < 1e-5))
assert difference < 1e-5

# %% [markdown]
# Now the saving. An ordinary layer needs $9\,c\,d$ multiply-adds at every place, the
# separable one $9\,c + c\,d$. The ratio is $9d / (9 + d)$: it grows with $d$ and can
# never reach 9. **Predict** it for 128 channels in and out. Then **predict** whether
# the clock will agree.

# %%
predict("14.c", "How many times fewer multiply-adds, for 128 channels?", within=0.5)

# %%
predict(
    "14.d",
    "How much faster will it be, measured?",
    ["less than that", "as much", "more than that"],
)

# %% [markdown]
# The clock measures **CPU seconds**, those of all cores together, so that a busy machine
# matters little. Each pair of layers gets 16 random images; the least of nine runs
# counts. Printed is the saving on paper, then the one by the clock.


# %%
def cpu_seconds(network, images, repeats=9):
    run = tf.function(network)
    run(images)  # the first call also builds the program
    times = []
    for _ in range(repeats):
        start = time.process_time()
        run(images)
        times.append(time.process_time() - start)
    return min(times)


def one_layer(layer, side, channels):
    inputs = keras.Input((side, side, channels))
    return keras.Model(inputs, layer(channels, 3, padding="same")(inputs))


# %% tags=["nbval-ignore-output"]
saved = {}
for channels, side in [(16, 32), (32, 32), (64, 32), (128, 32), (256, 16)]:
    images = tf.random.uniform((16, side, side, channels))
    full = one_layer(layers.Conv2D, side, channels)
    parts = one_layer(layers.SeparableConv2D, side, channels)
    on_paper = multiply_adds(full) / multiply_adds(parts)
    saved[channels] = on_paper, cpu_seconds(full, images) / cpu_seconds(parts, images)
    print("{:4} channels: {:.1f} and {:.1f} times".format(channels, *saved[channels]))
assert_between(saved[128][0], 8.4, 8.42, "fewer multiply-adds, 128 channels, times")
assert_between(saved[128][1], 1.2, 8.4, "faster, 128 channels, times", show=".1f")
happened("14.c", saved[128][0])
happened("14.d", "less than that", "Products are not all that takes time.")

# %%
fig, ax = plt.subplots(figsize=(6, 3))
for i, name, color, marker in [(0, "paper", BLUE, "o"), (1, "clock", ORANGE, "s")]:
    heights = [pair[i] for pair in saved.values()]
    ax.plot(list(saved), heights, marker + "-", color=color)
    ax.text(270, heights[-1], name, color=color, va="top")
ax.axhline(9, color="grey", linestyle=":")
ax.text(16, 9.15, "9, the limit on paper", fontsize=10)
ax.set(xscale="log", xlabel="channels in and out (logarithmic)")
ax.set(xticks=list(saved), xticklabels=list(saved), xlim=(14, 400))
ax.set(ylim=(0, 10.5), ylabel="times cheaper")
ax.minorticks_off()
alt = (
    "Two rising curves: the saving on paper nears 9, that by the clock stays below it."
)
show(fig, alt)

# %% [markdown]
# On paper the saving nears 9; by the clock there is one, too, but a smaller one. The
# usual reason: a depthwise layer does only nine products with each number that it
# fetches from memory, so much of its time goes into fetching. The ordinary convolution
# does $9d$ with each, as one large product of matrices, which is what processors and
# their libraries are best at.
#
# ### The families, measured
#
# Keras has networks of all these families in `keras.applications`. Without weights they
# need no download: parameters, multiply-adds and seconds don't depend on what a network
# knows. VGG16's dense part alone would take 495 MB, so only its convolutions run and
# are timed here; the counts are those of the whole, from above. MobileNetV2 (2018)
# makes more channels before each depthwise layer, fewer after it, and adds a skip.
# **Predict** which of the six is the fastest.

# %%
predict(
    "14.e",
    "Which network is the fastest?",
    ["MobileNet", "MobileNetV2", "DenseNet121", "InceptionV3", "ResNet50", "VGG16"],
)

# %%
applications = {
    "MobileNet": (keras.applications.MobileNet, 224),
    "MobileNetV2": (keras.applications.MobileNetV2, 224),
    "DenseNet121": (keras.applications.DenseNet121, 224),
    "InceptionV3": (keras.applications.InceptionV3, 299),
    "ResNet50": (keras.applications.ResNet50, 224),
    "VGG16": (keras.applications.VGG16, 224),
}
counted, clocked = {}, {}
for name, (make, side) in track(applications.items(), "Families", unit="networks"):
    image = keras.Input((side, side, 3))
    network = make(weights=None, include_top=name != "VGG16", input_tensor=image)
    counted[name] = network.count_params(), multiply_adds(network)
    clocked[name] = cpu_seconds(network, tf.random.uniform((1, side, side, 3)), 3)
counted["VGG16"] = vgg_total, vgg_products
del network

# %%
counted |= {
    f"our {name} block": (block.count_params(), multiply_adds(block))
    for name, block in blocks.items()
}
for name, (numbers, products) in counted.items():
    print(
        f"{name:20} {numbers:>11,} parameters {products / 1e6:>7,.0f} M multiply-adds"
    )
assert counted["MobileNetV2"][0] == 3_538_984

# %% tags=["nbval-ignore-output"]
image = tf.random.uniform((1, 28, 28, 192))
for name, block in blocks.items():
    clocked[f"our {name} block"] = cpu_seconds(block, image)
speed = {name: counted[name][1] / seconds / 1e9 for name, seconds in clocked.items()}
for name, seconds in clocked.items():
    print(f"{name:20} {1000 * seconds:6.1f} ms, {speed[name]:5.1f} billion a second")
slower = clocked["VGG16"] / clocked["MobileNetV2"]
assert_between(slower, 3, 30, "VGG16 takes longer, times", show=".0f")
faster = speed["VGG16"] / speed["MobileNetV2"]
assert_between(faster, 1.7, 20, "and does more in a second, times", show=".1f")
happened("14.e", min(applications, key=clocked.get))

# %% [markdown]
# VGG16 needs fifty times MobileNetV2's multiply-adds, and by far not fifty times its
# seconds: it does more of them in a second. Counting is a first guess, not a
# measurement.

# %% [markdown]
# ## 14.3 A network that knows photographs
#
# Training is what costs. So train once, on many pictures, and use the result again and
# again: this is **transfer learning**. The course ships such a network, a **backbone**.
# It was trained on the 50,000 training photographs of CIFAR-10: ten kinds of things,
# 32 × 32 pixels in colour, chosen from pictures of the web by A. Krizhevsky, V. Nair and
# G. Hinton (2009) and published without a formal licence. It is of MobileNet's family,
# with a skip wherever the shapes agree.


# %% [markdown] tags=["teacher"]
# minutes: 10
# stall: The backbone answers "frog" or "ship" to a hand, and people laugh: it has no
# other words. Features are the 160 numbers before the last layer. Drawn data look unlike
# photographs, so its accuracy there is low and no mistake.
# ask: What is left when the last layer is cut off?
# answer: A machine that turns pictures into 160 features, from which its last layer
# made the answer.
# skip: The architecture's code; name its family and go on.


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
        x = x + z if x.shape == z.shape else z  # at the end (N, 4, 4, 160)
    features = layers.GlobalAveragePooling2D(name="features")(x)  # (N, 160)
    return keras.Model(images, layers.Dense(10)(features))


# %%
backbone = build_backbone()
file = models.shipped("backbone")
models.load_weights(backbone, file, shipped=True)
print(f"{backbone.count_params():,} parameters")
print(f"{multiply_adds(backbone):,} multiply-adds")
print("less than 300 KB:", file.stat().st_size < 300_000)
assert file.stat().st_size < 300_000

# %% [markdown]
# Its numbers are kept in 16 bits, half of the usual. What does it know? The test images
# of CIFAR-10 are photographs that it has never seen. Without CIFAR-10, the course draws
# things with the same ten names, and they look little like photographs. This is what is
# loaded here:

# %% tags=["nbval-ignore-output"]
_, (x_things, y_things) = datasets.load_cifar10()
x_things, y_things = x_things[:2000], y_things[:2000, 0]
rows = [np.flatnonzero(y_things == kind)[0] for kind in range(10)]
alt = "Ten small pictures in colour, one of each kind, from an airplane to a truck."
show(show_images(x_things[rows], datasets.CIFAR10_NAMES, 5, 1.2), alt)
assert x_things.shape == (2000, 32, 32, 3)

# %% [markdown]
# Who guesses is right one time in ten. **Predict** how many of these it reads.

# %%
predict(
    "14.f",
    "How many of these images does it read?",
    ["under 15%: it guesses", "15 to 60%", "over 60%"],
)

# %% tags=["nbval-ignore-output"]
said = backbone.predict(x_things, batch_size=200, verbose=0).argmax(axis=1)
right = np.mean(said == y_things)
drawn = (0.15, 0.6)
assert_between(right, 0.77, 0.87, "read rightly", drawn, show=".1%", data="cifar10")
found = int(np.digitize(right, drawn))
happened("14.f", found, "It knows photographs, not the names of things.")

# %% [markdown]
# Of the photographs it reads about four in five. Drawings are another matter: the names
# are the same, the pictures are not, and what a network knows is pictures.
#
# ### A new task
#
# Hands that show the digits 0 to 9: photographs if the course has them, drawings if
# not. Either way no hand was among the things that the backbone learned. There are
# about 100 of each digit to learn from; 500 are for the test.

# %% tags=["nbval-ignore-output"]
(x_signs, y_signs), (x_test, y_test) = datasets.load_signs()
x_test, y_test = x_test[:500], y_test[:500]
rows = [np.flatnonzero(y_signs == digit)[0] for digit in range(10)]
digits = [str(digit) for digit in range(10)]
alt = "Ten small pictures of a hand, each showing a digit from 0 to 9 with its fingers."
show(show_images(x_signs[rows], digits), alt)
assert x_signs.shape[1:] == (32, 32, 3) and np.bincount(y_signs).min() >= 95

# %% [markdown]
# Ask the backbone about a hand, and it answers with one of its ten kinds: it has no
# other words. But just before its last layer stand 160 numbers, from which that layer
# makes the answer. Cut it off, and the rest is a machine that turns pictures into
# **features**.

# %%
eyes = keras.Model(backbone.input, backbone.get_layer("features").output)
features_signs = eyes.predict(x_signs, batch_size=200, verbose=0)  # (N, 160)
features_test = eyes.predict(x_test, batch_size=200, verbose=0)
print(features_test.shape)
assert features_test.shape == (500, 160)

# %% [markdown]
# ## 14.4 Three starts
#
# Somebody has labelled 10 pictures of each digit, or 25, 50, or 100. There are three
# ways to begin:
#
# 1. **Frozen features:** leave the backbone as it is, and learn softmax regression from
#    its 160 features, as in chapter 2. Nothing else is trained.
# 2. **Fine-tuning:** put the last layer from start 1 behind the backbone, and train all
#    of it with a small learning rate, so that what it knows is bent and not broken.
# 3. **From scratch:** the same network, with random numbers everywhere.
#
# Start 1 is a few lines of NumPy. The features get mean 0 and deviation 1, and a small
# pull to 0 (**weight decay**) keeps the weights from growing with so few examples. At
# the end $W$ and $b$ are rewritten for the features as they are, so that they fit into
# a layer. Ten pictures are few, and some are better than others: so each number is
# measured with three draws.


# %% [markdown] tags=["teacher"]
# minutes: 22
# exercises: 5
# stall: `training=not held`: why batch normalisation keeps its old means when
# fine-tuning. Three draws, so three numbers a point. At equal steps the gain looks like
# magic; four times the steps for both is the fairer race.
# ask: With 100 labels the longer training from scratch passes the short fine-tuning.
# What does the backbone still save?
# answer: Most of all seconds: fine-tuned as long, it leads by a few points only. Whoever
# compares with too short a training finds a miracle.
# skip: `Start` line by line; Exercise 14.2 as a question to the room.


# %%
def pick(labels, n, seed):
    """Rows of n pictures of each digit, drawn at random."""
    mixed = np.random.default_rng(seed).permutation(len(labels))
    return np.concatenate([mixed[labels[mixed] == digit][:n] for digit in range(10)])


print(np.bincount(y_signs[pick(y_signs, 10, seed=0)]))


# %%
def softmax_regression(x, labels, steps=100, rate=0.5, pull=0.002):
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    x = (x - mean) / deviation
    W, b = np.zeros((x.shape[1], 10)), np.zeros(10)
    for _ in range(steps):
        scores = x @ W + b
        P = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = P / P.sum(axis=1, keepdims=True) - np.eye(10)[labels]  # (N, 10)
        W -= rate * (x.T @ error / len(x) + pull * W)
        b -= rate * error.mean(axis=0)
    W = W / deviation[:, None]
    return W, b - mean @ W


# %% tags=["nbval-ignore-output"]
counts, seeds = (10, 25, 50, 100), (0, 1, 2)
accuracies = {"frozen": {}, "fine-tuned": {}, "from scratch": {}}
last_layers = {}
for n in counts:
    for seed in seeds:
        rows = pick(y_signs, n, seed)
        W, b = softmax_regression(features_signs[rows], y_signs[rows])
        last_layers[n, seed] = W, b
        found = (features_test @ W + b).argmax(axis=1)
        accuracies["frozen"].setdefault(n, []).append(np.mean(found == y_test))
frozen_10 = np.mean(accuracies["frozen"][10])
assert_between(frozen_10, 0.6, 0.8, "frozen, 10 labels", (0.3, 0.5), ".1%", "signs")

# %% [markdown]
# Guessing would give 10%. All twelve took a few seconds: the network ran once
# over the pictures, and what is learned each time are 1,610 numbers.
#
# Now the whole network. One step is loss, gradients, Adam (chapters 3 and 4). The one
# difference between the two is in `training`. When fine-tuning, batch normalisation
# keeps the means and variances from its 50,000 photographs; those of a batch of 16 hands
# would be less certain. From scratch it has none to keep, and must take the batch's.


# %%
class Start:
    """A network, its Adam and one step of training; `again` goes back to the start."""

    def __init__(self, network, held):
        self.network, self.adam = network, keras.optimizers.Adam()
        weights = network.trainable_variables
        self.adam.build(weights)
        self.all = [*network.variables, *self.adam.variables]
        self.first = [variable.numpy() for variable in self.all]
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @tf.function
        def step(images, labels):
            with tf.GradientTape() as tape:
                E = loss(labels, network(images, training=not held))
            self.adam.apply_gradients(
                zip(tape.gradient(E, weights), weights, strict=True)
            )

        self.step = step

    def again(self):
        for variable, value in zip(self.all, self.first, strict=True):
            variable.assign(value)


# %%
keras.utils.set_random_seed(42)
scratch = Start(build_backbone(), held=False)
trained = build_backbone()
trained.set_weights(backbone.get_weights())
tuned = Start(trained, held=True)

# %% [markdown]
# Fairness needs care. Both see the same pictures in the same order, 60 batches of 16,
# with a learning rate that rises for ten steps and then falls to 0. Each has a peak that
# suits so few steps: 0.005 for fine-tuning, 0.01 from scratch.


# %%
def train(start, rows, steps, peak, seed=0):
    rng = np.random.default_rng(seed)
    rounds = [rng.permutation(rows) for _ in range(1 + 16 * steps // len(rows))]
    batches = np.concatenate(rounds)[: 16 * steps].reshape(steps, 16)
    for i, batch in enumerate(batches):
        fraction = min((i + 1) / (steps / 6), (steps - i) / (steps * 5 / 6), 1)
        start.adam.learning_rate.assign(peak * fraction)
        start.step(x_signs[batch].astype("float32"), y_signs[batch])
    found = start.network.predict(x_test, batch_size=250, verbose=0).argmax(axis=1)
    return np.mean(found == y_test)


# %% [markdown]
# **Predict:** which start wins with 10 labels of each digit?

# %%
predict(
    "14.g",
    "With 10 labels of each digit, which start wins?",
    ["frozen", "fine-tuned", "from scratch"],
)


# %%
starts = {"fine-tuned": (tuned, 0.005), "from scratch": (scratch, 0.01)}


def measure(name, n, seed, steps):
    start, peak = starts[name]
    start.again()
    if start is tuned:
        start.network.layers[-1].set_weights(last_layers[n, seed])
    return train(start, pick(y_signs, n, seed), steps, peak, seed)


draws = [(n, seed) for n in counts for seed in seeds]
for n, seed in track(draws, "Two starts", unit="draws"):
    for name in starts:
        accuracies[name].setdefault(n, []).append(measure(name, n, seed, 60))

# %% tags=["nbval-ignore-output"]
means = {name: {n: np.mean(a[n]) for n in counts} for name, a in accuracies.items()}
gain = 100 * (means["fine-tuned"][10] - means["from scratch"][10])
assert_between(gain, 20, 60, "points won with 10 labels", (25, 60), ".0f", "signs")
happened("14.g", max(means, key=lambda name: means[name][10]))

# %% [markdown]
# At equal steps, and so at about equal seconds, the gain is large. But is that fair?
# Sixty steps are few, and a network that starts from nothing may simply need longer. So
# give both four times the steps, once each for 10 and for 100 labels.

# %% tags=["nbval-ignore-output"]
longer = {name: {} for name in starts}
for n in track((10, 100), "Four times longer", unit="numbers of labels"):
    for name in starts:
        longer[name][n] = measure(name, n, 0, 240)
anew, short = longer["from scratch"], means["fine-tuned"]
behind, ahead = 100 * (short[10] - anew[10]), 100 * (anew[100] - short[100])
assert_between(behind, 3, 50, "longer scratch behind, 10 labels, points", show=".0f")
assert_between(ahead, -3, 40, "and ahead with 100 labels, points", show=".0f")
few, many = (100 * (longer["fine-tuned"][n] - anew[n]) for n in (10, 100))
assert_between(few, 15, 60, "both longer: points won with 10 labels", show=".0f")
assert_between(many, -2, 13, "and with 100 labels", show=".0f")

# %% [markdown]
# From how many labels on does the longer training from scratch read as much as the
# **short** fine-tuning? Nobody measured all numbers between 10 and 100. But lines can be
# drawn between those that were, on the logarithmic axis of the figure below, and two
# lines may meet. That point is a rough one: the longer training has one draw, at two
# numbers of labels.

# %% tags=["nbval-ignore-output"]
labels = np.arange(10, 101)
by_scratch, by_short = (
    np.interp(np.log(labels), np.log(list(line)), list(line.values()))
    for line in (anew, short)
)
meet = labels[by_scratch >= by_short].min(initial=101)  # 101: not within 100 labels
reached = "over 100" if meet > 100 else f"{meet}"
print(f"scratch, trained longer, meets the short fine-tuning: {reached} labels")
assert_between(meet, 45, 101, "labels", embedded=(25, 65), data="signs")

# %%
fig, ax = plt.subplots(figsize=(6.5, 3.6))
for (name, found), color, marker in zip(
    accuracies.items(), (GREEN, BLUE, ORANGE), "so^", strict=True
):
    middle = [np.mean(found[n]) for n in counts]
    spread = [np.std(found[n]) for n in counts]
    ax.errorbar(counts, middle, spread, fmt=marker + "-", color=color, label=name)
for (name, found), color, marker in zip(
    longer.items(), (BLUE, ORANGE), "o^", strict=True
):
    how = {"color": color, "label": f"{name}, 4 × longer"}
    ax.plot(list(found), list(found.values()), marker + "--", **how)
ax.set(xlabel="labelled pictures of each digit", ylabel="accuracy", xscale="log")
ax.set(xticks=counts, xticklabels=counts, ylim=(0, 1))
ax.axvline(meet, color="0.5", linestyle=":")
words = f"scratch, 4 × longer, meets fine-tuned: {reached} labels"
ax.text(meet, 1.02, words, ha="center", fontsize=10)
ax.minorticks_off()
ax.legend(fontsize=10, loc="center left", bbox_to_anchor=(1, 0.5))
alt = (
    "Accuracy by labels: both uses of the backbone begin far above the network from "
    "scratch; with four times the steps the lead is large at 10 labels, small at 100. "
    "A dotted line: where longer training from scratch meets the short fine-tuning."
)
show(fig, alt)

# %% [markdown]
# The bars are the standard deviation of three draws; the dashed lines, one draw each,
# are the longer training. What the figure says:
#
# - With **10 labels** the trained backbone is worth more than anything else: four times
#   the training from scratch does not make up for it.
# - From the **dotted line** on, the longer training from scratch reads more than the
#   short fine-tuning: there the backbone saves seconds. Trained **as long**, fine-tuning
#   has a lead of a few points left at 100 labels: scratch has not clearly caught up.
# - **Frozen features** cost almost nothing. As a rule they do best where the new
#   pictures are like the old ones; where they aren't, fine-tuning has more to bend.
#
# How large a gain is hangs on the schedule, too: whoever compares with a network that
# was trained too briefly finds a miracle.

# %% [markdown]
# ### Exercise 14.2 – Is it the training? (change and measure)
#
# Perhaps the features are good because of the layers, and not because of what they
# learned. Change that: build the backbone again **without** loading weights, take its
# features, and learn softmax regression from them, with 25 pictures of each digit
# (`pick(y_signs, 25, 0)`). Measure the accuracy on `x_test` three times: with features
# of the trained backbone, of an untrained one, and with the bare pixels
# (`x.reshape(len(x), -1) / 255`) in place of features.

# %% tags=["exercise"]
accuracy_from = {"trained": ..., "untrained": ..., "pixels": ...}

# %%
check("14.2", accuracy_from)

# %% [markdown]
# ## 14.5 A thousand kinds, and where a network looks
#
# Our backbone is small. Large ones have learned the 1,000 kinds of ImageNet, and Keras
# offers their weights. Here is **MobileNetV2**, 14 MB: taken from the folder in
# `COURSE_DATA_DIR`, from the course's cache, or downloaded. Where that can't be done,
# the line says so, and the small backbone does the same work with its ten kinds.

# %% [markdown] tags=["teacher"]
# minutes: 12
# stall: Without the large weights the small backbone answers with ten kinds, so a
# coffee cup becomes something else: both rooms are right. The map is 7 × 7 or 4 × 4 and
# only enlarged. Softmax divides 100% among what there is.
# ask: Mirrored photographs find themselves by features. Why less often by pixels?
# answer: Mirroring moves pixels; what is seen stays, and features say what is seen.
# skip: The neighbours, or Grad-CAM if chapter 06 was recent.

# %% tags=["nbval-ignore-output"]
eye, names, note = load_imagenet()
print(note)
if eye is None:
    eye, names = backbone, datasets.CIFAR10_NAMES
side = eye.input_shape[1]
assert len(names) == eye.output_shape[1] and side in (32, 224)

# %% [markdown]
# The photographs come with scikit-image. Each is cut to a square and reduced to what
# the network wants: 224 × 224 pixels, or 32 × 32. Then it gives its scores; softmax
# makes them probabilities.


# %%
def prepare(photograph, side):
    height, width = photograph.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    square = photograph[top : top + short, left : left + short]
    return tf.image.resize(square, (side, side), antialias=True).numpy()


photographs = datasets.load_photographs()
shown = ["chelsea", "rocket", "motorcycle_left", "coffee"]
pictures = np.stack([prepare(photographs[name], side) for name in shown])
chances = keras.ops.softmax(eye.predict(pictures, verbose=0)).numpy()  # (4, kinds)
assert np.allclose(chances.sum(axis=1), 1, atol=1e-4)

# %% [markdown]
# To see **where** it looks, Grad-CAM (chapter 6): take the last maps before the
# pooling, weight each by the gradient of the winner's score, averaged over places, and
# add them up; what is below 0 speaks against the kind and is cut off.


# %%
def grad_cam(network, picture, k):
    last = [layer for layer in network.layers if len(layer.output.shape) == 4][-1]
    both = keras.Model(network.input, [last.output, network.output])
    with tf.GradientTape() as tape:
        maps, scores = both(picture[None])  # (1, h, w, channels), (1, kinds)
        score = scores[0, k]
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(1, 2))  # (1, channels)
    return tf.nn.relu(tf.einsum("ijkc,ic->jk", maps, weights)).numpy()  # (h, w)


# %% tags=["nbval-ignore-output"]
fig, axes = plt.subplots(2, 4, figsize=(7, 4.2))
places = {"extent": (-0.5, side - 0.5, side - 0.5, -0.5), "cmap": "inferno"}
for column, picture, chance in zip(axes.T, pictures, chances, strict=True):
    best = np.argsort(chance)[:-3:-1]
    said = "\n".join(f"{names[k]} {chance[k]:.0%}" for k in best)
    seen = grad_cam(eye, picture, best[0])
    for ax in column:
        ax.imshow(picture / 255)
    column[0].set_title(said, fontsize=9)
    strength = 0.8 * seen / max(seen.max(), 1e-9)  # nothing where it is cold
    column[1].imshow(seen, alpha=strength, interpolation="bilinear", **places)
    assert seen.min() >= 0 and seen.shape[0] in (4, 7)
plt.setp(axes, xticks=[], yticks=[])
alt = (
    "Four photographs with the two likeliest kinds; below, warm colours where it looks."
)
show(fig, alt)

# %% [markdown]
# A network can only answer with kinds that it knows, so a cup of coffee must become
# something else if there are only ten. The probabilities say nothing of that: softmax
# divides 100% among what there is, and can be sure and wrong at once. The maps are
# coarse, 7 × 7 places or 4 × 4, because the pictures were halved again and again.
#
# ### Features know likeness
#
# What makes features useful is that alike pictures lie close together. Mirror each
# photograph: hardly a pixel is what it was. Then look for the mirror image's nearest
# neighbour, once by cosine of the features, once by cosine of the pixels. **Predict**
# for how many of the 18 photographs it is the photograph itself, by the features.

# %%
predict("14.h", "By features: how many of 18 find themselves?", within=2)


# %%
def nearest(a, b):
    """For each row of b the nearest row of a, by cosine after subtracting the mean."""
    a, b = a - a.mean(axis=0), b - a.mean(axis=0)
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)[:, None]
    return np.argmax(b @ a.T / lengths, axis=1)


# %% tags=["nbval-ignore-output"]
sees = keras.Model(eye.input, eye.layers[-2].output)
album = np.stack([prepare(photograph, side) for photograph in photographs.values()])
mirrored = album[:, :, ::-1]
by_features = nearest(*(sees.predict(x, verbose=0) for x in (album, mirrored)))
by_pixels = nearest(*(x.reshape(len(x), -1) for x in (album, mirrored)))
n_features, n_pixels = (
    np.sum(found == np.arange(len(album))) for found in (by_features, by_pixels)
)
print(f"of {len(album)} photographs: features {n_features}, pixels {n_pixels}")
assert_between(n_features, 15, 18, "found by features", show=".0f")
assert n_pixels < n_features
happened("14.h", int(n_features), "Mirroring changes places, hardly what is seen.")

# %% [markdown]
# Pixels find a good many as well: a bright sky stays at the top, a thing in the middle
# stays there. Features find more.

# %% [markdown]
# ## 14.6 Teach it your own kinds
#
# In practice special classifiers are made like this: Inception v3, ready as it is, gets
# a new last layer for a few hundred pictures of one's own kinds, and knows them within
# minutes.
#
# Now you. The widget has the frozen backbone and softmax regression, nothing else. Give
# a class a name, and draw, load or photograph a few pictures for it. It learns in a
# fraction of a second. It leaves out one picture after another and says how many it
# would have read rightly. For the hands, three curves show the accuracy on new pictures
# by the number of examples: from the backbone's features, from the pixels themselves,
# and from the features of the same network untrained. Begin with the digits there, then
# try two of your own kinds: cups and bottles, two faces that you draw, your plants.

# %% [markdown] tags=["teacher"]
# minutes: 11
# exercises: 4
# stall: Two classes that differ by colour or size alone fail, and people blame the
# number of examples. Leave-one-out is what the shown share means.
# ask: Which two kinds of yours would this backbone never separate, and why?
# answer: Such as differ in what did not help to tell CIFAR-10's ten kinds apart; that
# need not be in its features.
# skip: Exercise 14.3; give the minutes to the widget.

# %% tags=["nbval-ignore-output"]
assert eyes.output_shape == (None, 160)
OwnClasses(eyes, x_signs, y_signs, digits)

# %% [markdown]
# Where does it fail? Try pictures that differ only in colour, or only in size; try
# kinds that CIFAR-10 has nothing like. Features were made for telling its ten kinds
# apart, and what didn't help there need not be in them.
#
# Is regression needed at all? The simplest classifier remembers one point for each
# class, the mean of its features, and gives a new picture the class of the nearest one.
# The squared distance to each mean $\mu_k$ is all that it computes.

# %% [markdown]
# ### Exercise 14.3 – The nearest mean (build)
#
# Write the function: `features` has the shape (n, d), `labels` n numbers, `new` the
# shape (m, d). For each row of `new` return the label whose mean feature is nearest, by
# ordinary distance. The labels need not be 0, 1, 2, …: they may be 3 and 7. When it is
# right, try it on `features_signs` and compare with start 1.


# %% tags=["exercise"]
def nearest_mean(features, labels, new): ...


# %%
check("14.3", nearest_mean)

# %% [markdown]
# ## Recap
#
# 1. **Blocks:** VGG stacks plain layers, Inception puts branches side by side behind
#    bottlenecks, ResNet adds its input, DenseNet keeps all channels, MobileNet takes the
#    convolution apart. Parameters are kernel numbers; multiply-adds are kernel numbers
#    times places. Nine in ten of VGG16's 138 million parameters are in its dense part.
# 2. **Depthwise separable** is depthwise, then pointwise, equal to Keras' layer to 1e-5.
#    It saves nearly 9 times on paper and less by the clock, since fetching numbers takes
#    time, too.
# 3. **Three starts:** with 10 labels of each kind fine-tuning is at least 20 points
#    ahead of scratch at equal steps. With 100 labels and four times the steps a few
#    points are left. Frozen features with softmax regression cost next to nothing.
# 4. **What it sees:** scores for the kinds that it knows, and no others; Grad-CAM draws
#    the places that speak for one. Features bring alike pictures together.
# 5. **Your own kinds:** a few pictures, frozen features and a softmax regression, or
#    just the nearest mean.

# %% [markdown]
# ## Read on
#
# - K. Simonyan, A. Zisserman, *Very Deep Convolutional Networks* (2014): VGG.
# - C. Szegedy and others, *Going Deeper with Convolutions* (CVPR, 2015): Inception.
# - K. He and others, *Deep Residual Learning for Image Recognition* (CVPR, 2016).
# - G. Huang and others, *Densely Connected Convolutional Networks* (CVPR, 2017).
# - A. Howard and others, *MobileNets* (2017); M. Sandler and others, *MobileNetV2*
#   (CVPR, 2018).
# - J. Yosinski and others, *How Transferable Are Features in Deep Neural Networks?*
#   (NeurIPS, 2014); S. Kornblith and others, *Do Better ImageNet Models Transfer
#   Better?* (CVPR, 2019).
# - K. He, R. Girshick, P. Dollár, *Rethinking ImageNet Pre-training* (ICCV, 2019): from
#   scratch catches up, given labels and time.
# - A. Kumar and others, *Fine-Tuning can Distort Pretrained Features* (ICLR, 2022): why
#   fine-tuning begins with the last layer of the frozen features.
# - A. Krizhevsky, *Learning Multiple Layers of Features from Tiny Images* (2009):
#   CIFAR-10. A. Mavi, *A New Dataset and Proposed Convolutional Neural Network
#   Architecture for Classification of American Sign Language Digits* (2020).
