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
# **Question:** how small and how fast can a network become before it forgets what it
# knows?
#
# **Aims.** At the end you can
#
# 1. say what a network costs in bytes, multiplications, time and energy, and measure
#    the first three;
# 2. quantise weights by scale and zero point, compute in integers, and train a network
#    for few bits;
# 3. write a network into an 8-bit file and say what the file gains;
# 4. remove weights and whole channels, and say which of the two saves time;
# 5. distil a large network into a small one, and say when that is worth the trouble.
#
# **Before you start:** [chapter 6](06_dynamic_cnn.ipynb): convolution, batch
# normalisation. [Chapter 2](02_softmax_mnist.ipynb): softmax, cross-entropy.
#
# **Minutes:** about {minutes} to read and do, under 150 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners make one network smaller in four ways and measure what each saves:
# bytes, time, both, or nothing.
# before: Chapter 06: convolution layers, batch normalisation. Chapter 02: softmax and
# cross-entropy.
# machine: Draw a number line with sixteen ticks and round five numbers to it: scale,
# zero point, largest error. Stored: the figure of all variants, and the table of bits.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages. What comes from `helpers` loads or draws data, shows figures, keeps
# the file converter from talking, and checks your exercises. Everything that makes a
# network smaller is written out below.

# %% tags=["setup"]
# {setup}

# %%
import time
import zlib

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.handwriting.recognizer import load_recognizer
from helpers.plotting import BLUE, GREEN, ORANGE, label_points, show
from helpers.progress import KerasProgress, track
from helpers.session import quiet_converter
from helpers.widgets import Compressor, TwoReaders

# %% [markdown]
# ## 20.1 What a network costs
#
# A network that reads well on a large machine may be useless on a watch. Four costs
# decide, and each is felt somewhere else:
#
# - **bytes** of the weights: what is downloaded, what must fit into the chip's memory;
# - **multiplications** for one answer, and with them **time**;
# - **energy**: battery, heat, and the bill of a data centre;
# - **accuracy**: what all of it is for.
#
# Where the energy goes surprises most people. These are rough figures of 2014, in
# picojoules, for chips with structures of 45 nanometres (M. Horowitz). Newer chips need
# less; the order has stayed.

# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: Weights and multiplications are taken for the same: a kernel is used at every
# place, the dense matrix once. The table of energy is in picojoules, from 2014; only
# the ratios matter.
# ask: Where do most weights lie, and where most multiplications?
# answer: In the dense layer, and in the last convolution. So what saves bytes need not
# save time.
# skip: The parameter table; the energy table stays.

# %%
energy = pd.Series(
    {
        "add two 8-bit integers": 0.03,
        "add two 32-bit floats": 0.9,
        "multiply two 8-bit integers": 0.2,
        "multiply two 32-bit floats": 3.7,
        "read 32 bits from a small memory on the chip": 5,
        "read 32 bits from main memory": 640,
    }
).to_frame("picojoules")
energy["times"] = (energy["picojoules"] / 0.2).round(1)
assert energy["times"].iloc[-1] == 3200
energy

# %% [markdown]
# The last column compares with one 8-bit multiplication. Two lessons: **moving** a
# number costs more than computing with it, so fewer bytes are often worth more than
# fewer operations; and 8-bit integers are cheap.
#
# The subject of the whole chapter is a small convolutional network for digits. Three
# convolutions, each with batch normalisation, then one dense layer:

# %% tags=["nbval-ignore-output"]
(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_train, x_test = (x[..., None].astype("float32") / 255 for x in (x_train, x_test))
y_train = y_train.astype("int32")
assert x_train.shape == (60_000, 28, 28, 1) and x_test.shape == (10_000, 28, 28, 1)


# %%
def network(widths=(16, 32, 48)):
    """(n, 28, 28, 1) -> (n, 10) scores, by three convolutions of so many channels."""
    z = inputs = keras.Input((28, 28, 1))
    for width, size, stride in zip(widths, (5, 3, 3), (2, 2, 1), strict=True):
        z = layers.Conv2D(width, size, stride, padding="same", use_bias=False)(z)
        z = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(z))
    return keras.Model(inputs, layers.Dense(10)(layers.Flatten()(z)))


cnn = network()
print(f"{cnn.count_params():,} parameters")


# %%
def kernels(model):
    """The weights that are multiplied: three kernels and a matrix."""
    return [w for w in model.trainable_variables if len(w.shape) > 1]


shapes = [tuple(kernel.shape) for kernel in kernels(cnn)]
places = [14 * 14, 7 * 7, 7 * 7, 1]  # where each kernel is laid
products = [n * int(np.prod(s)) for n, s in zip(places, shapes, strict=True)]
print(f"{sum(products):,} multiplications")
for shape, count in zip(shapes, products, strict=True):
    print(f"{shape!s:16} {np.prod(shape):7,} weights {count:8,} multiplications")

# %% [markdown]
# Most *weights* sit in the dense layer, most *multiplications* in the last convolution: a
# kernel is used at every place. What saves bytes need not save time. Train it, with a
# learning rate that rises and falls:


# %%
def plan(peak, steps):
    """A learning rate that rises in a quarter of the steps, then falls."""
    return keras.optimizers.schedules.CosineDecay(
        peak / 10, steps - steps // 4, 0.01, warmup_target=peak, warmup_steps=steps // 4
    )


print(f"{float(plan(0.015, 600)(150)):.3f}")
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

# %% tags=["nbval-ignore-output"]
cnn.compile(keras.optimizers.Adam(plan(0.015, 600)), cross_entropy)
watch = [KerasProgress("CNN")]
history = cnn.fit(x_train, y_train, 200, epochs=2, verbose=0, callbacks=watch)


# %% tags=["nbval-ignore-output"]
def accuracy(model):
    scores = model.predict(x_test, batch_size=500, verbose=0)
    return np.mean(scores.argmax(axis=-1) == y_test)


float_accuracy = accuracy(cnn)
assert_between(
    float_accuracy, 0.987, 0.995, "accuracy", embedded=(0.97, 0.998), show=".2%"
)

# %% [markdown]
# ## 20.2 Fewer bits
#
# A weight takes 32 bits. Must it? **Quantising** replaces each number $x$ by a small
# integer $q$, and keeps two numbers to come back: the **scale** $s$, the step between
# two neighbours, and the **zero point** $z$, the integer that stands for 0:
#
# $$q = \text{clip}\Big(\text{round}\Big(\frac{x}{s}\Big) + z\Big), \qquad
# x \approx s\,(q - z) .$$
#
# With $b$ bits there are $2^b$ integers, from $-2^{b-1}$ to $2^{b-1} - 1$, and they
# shall cover the range from the lowest to the highest number. The range must hold 0, so
# that 0 itself is exact: padding and ReLU make many zeros.

# %% [markdown] tags=["teacher"]
# minutes: 26
# exercises: 10
# stall: The zero point is an integer that stands for 0, no number of its own; weights
# do without. Scale per channel has the shape of the output channels. In the integer
# layer the shift by 31 bits looks like magic: it is a division. Straight-through:
# gradient at the coarse weights, step at the fine ones.
# ask: Rounding has slope zero. Why does the network learn all the same?
# answer: The gradient is taken at the rounded weights and moves the fine ones behind
# them, until one tips over.
# skip: The integer layer, if nobody builds chips; Exercise 20.2.


# %%
def scale_and_zero(low, high, bits=8):
    low, high = min(low, 0), max(high, 0)  # so that 0 is exact
    scale = (high - low) / (2**bits - 1)
    return scale, int(round(-(2 ** (bits - 1)) - low / scale))


def quantise(x, scale, zero=0, bits=8):
    q = np.round(x / scale) + zero
    return np.clip(q, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype("int32")


# %%
x = np.array([-0.2, 0, 0.01, 0.5, 1.0])
scale, zero = scale_and_zero(-0.2, 1.0, bits=4)
q = quantise(x, scale, zero, bits=4)
print(f"scale {scale:.2f}, zero point {zero}")
print("integers ", q)
print("come back", (scale * (q - zero)).round(2))
assert (scale * (q - zero))[x == 0] == 0
assert np.abs(scale * (q - zero) - x).max() <= scale / 2 + 1e-9

# %% [markdown]
# No number is off by more than half a step. Weights lie on both sides of 0, so for them
# $z = 0$ will do, and the scale is the largest size divided by $2^{b-1} - 1$. Largest
# of what? Of the whole kernel (**per tensor**), or of each output channel by itself
# (**per channel**): then a channel with small weights gets small steps, for 4 bytes
# more a channel.


# %%
def scale_of(w, bits, per_channel):
    axes = tuple(range(w.ndim - 1)) if per_channel else None
    return np.abs(w).max(axis=axes, keepdims=True) / (2 ** (bits - 1) - 1)


def rounded(w, bits, per_channel=True):
    """Weights as they come back from so many bits."""
    scale = scale_of(w, bits, per_channel)
    return scale * quantise(w, scale, 0, bits)


w = np.array([[0.9, 0.01], [-0.4, 0.03]])  # (inputs, channels): channel 1 is small
print(rounded(w, 4, per_channel=False).round(3))
print(rounded(w, 4, per_channel=True).round(3))
assert np.all(rounded(w, 4, per_channel=False)[:, 1] == 0)

# %% [markdown]
# With one scale for all, the small channel has vanished. **Predict:** the kernels of our
# network are rounded to 8, 6, 5, 4, 3 and 2 bits, *per tensor*, without any training.
# From where on does it lose more than a whole point of accuracy?

# %%
options = ["6 bits", "5 bits", "4 bits", "3 bits", "2 bits"]
predict("20.a", "The first to lose more than a point, per tensor:", options)

# %%
trial = network()


def put(values, variables):
    for value, variable in zip(values, variables, strict=True):
        variable.assign(value)


# %%
def accuracy_with(new_kernels):
    """Accuracy of the network with other kernels; all else stays."""
    trial.set_weights(cnn.get_weights())
    put(new_kernels, kernels(trial))
    return accuracy(trial)


trained = [kernel.numpy() for kernel in kernels(cnn)]
same = accuracy_with(trained)
assert abs(same - float_accuracy) < 0.0002  # the same kernels, the same accuracy

# %% tags=["nbval-ignore-output"]
table = pd.DataFrame(
    columns=["per tensor", "per channel"], index=[8, 6, 5, 4, 3, 2], dtype=float
)
for bits in track(table.index, "Bits"):
    for way in table.columns:
        values = [rounded(w, bits, per_channel=way == "per channel") for w in trained]
        table.loc[bits, way] = accuracy_with(values)
assert_between(float_accuracy - table.loc[8, "per channel"], -0.002, 0.002, "lost by 8")
print((100 * table).round(2).rename_axis("bits").to_string())

# %% tags=["nbval-ignore-output"]
fell = table.index[table["per tensor"] < float_accuracy - 0.01][0]
happened("20.a", f"{fell} bits", "Few steps: most weights fall on 0 or one neighbour.")
assert_between(fell, 2, 4, "bits at which a point is lost, per tensor", show=".0f")
gain = table["per channel"] - table["per tensor"]
assert_between(gain[2], 0.02, 0.7, "gained per channel at 2 bits", show=".2f")
assert_between(table.loc[4, "per channel"], 0.98, 0.995, "4 bits", (0.97, 1), ".2%")

# %% [markdown]
# Down to 4 bits nearly nothing happens, without any training; then comes a cliff. At
# its foot, at 2 bits, scales per channel keep more. At 3 bits it depends on the network
# which way keeps more: how different are its channels?
#
# ### Computing in integers
# So far we rounded and went on with floats: a **simulation**. A chip shall multiply the
# integers themselves. For a layer $y = aW + b$ put $a = s_a(q_a - z_a)$ and $W = s_W q_W$
# in, and the scales come out of the sum:
#
# $$y = s_a s_W \Big( \underbrace{\textstyle\sum (q_a - z_a)\, q_W + q_b}_{\text{integers}}
# \Big), \qquad q_b = \text{round}\Big(\frac{b}{s_a s_W}\Big) .$$
#
# Products of two 8-bit integers are added up in 32 bits. To hand the result on, it is
# **requantised**: multiplied by $M = s_a s_W / s_y$, as a rule below 1. Even that goes
# without floats: $M$ is an integer divided by $2^{31}$, and dividing by that is a
# shift.


# %%
def integer_layer(q_a, zero_a, q_W, q_b, M, zero_y):
    """8-bit inputs and weights -> int8 outputs; only M begins as a float."""
    total = (q_a.astype("int32") - zero_a) @ q_W.astype("int32") + q_b  # (n, channels)
    M = np.round(M * 2**31).astype("int64")  # known before: a constant of the layer
    shifted = (total.astype("int64") * M + 2**30) >> 31  # + 2**30: to the nearest
    return np.clip(shifted + zero_y, -128, 127).astype("int8")


tiny = np.array([[5, -7]], "int32"), np.array([[2], [100]], "int32")
print(integer_layer(tiny[0], -10, tiny[1], np.array([30]), np.array([0.1]), 0))

# %% [markdown]
# By hand: (5 + 10) · 2 + (−7 + 10) · 100 + 30 = 360, times 0.1 is 36. Now the dense layer
# of our network, on 1,000 images. The ranges of inputs and outputs are measured on
# training images: **calibration**.

# %%
before_dense = keras.Model(cnn.input, cnn.layers[-2].output)
W, b = cnn.layers[-1].get_weights()  # (2352, 10), (10,)
seen, a = (before_dense.predict(x[:1000], verbose=0) for x in (x_train, x_test))
scale_a, zero_a = scale_and_zero(0.0, seen.max())
outputs = seen @ W + b
scale_y, zero_y = scale_and_zero(outputs.min(), outputs.max())
scale_W = scale_of(W, 8, per_channel=True)[0]  # (10,)
print("inputs", a.shape, "scales of W", scale_W.shape)

# %% tags=["nbval-ignore-output"]
q_a, q_W = quantise(a, scale_a, zero_a), quantise(W, scale_W)
q_b = np.round(b / (scale_a * scale_W)).astype("int32")
in_integers = integer_layer(q_a, zero_a, q_W, q_b, scale_a * scale_W / scale_y, zero_y)
simulated = (scale_a * (q_a - zero_a)) @ (scale_W * q_W) + b  # floats
simulated = quantise(simulated, scale_y, zero_y)
apart = np.abs(in_integers - simulated)
assert apart.max() <= 1  # one unit at most
assert_between(np.mean(apart == 0), 0.97, 1, "exactly equal", show=".3f")
correct = np.mean(in_integers.argmax(axis=1) == y_test[:1000])
assert_between(correct, 0.97, 1, "accuracy by the integers", show=".3f")

# %% [markdown]
# Both ways agree to one unit of the output, nearly always exactly; where not, a bias was
# rounded or a half went the other way. So the simulation tells the truth about the chip.
# Convolutions are no different: each is a product of patches and a matrix
# ([chapter 5](05_edge_filters.ipynb)).
#
# ### Trained for few bits
# At 3 bits something is lost and at 2 very much. Could the network *learn* to live with
# coarse steps? Rounding has the slope 0 nearly everywhere, so no gradient comes
# through. The **straight-through estimator** (Bengio and others, 2013) pretends that it
# does: keep the fine weights, compute loss and gradient at the *rounded* ones, and
# apply that gradient to the *fine* ones. Small pushes add up until a weight tips over
# to the next step. That is all there is to **quantisation-aware training**:


# %%
def rounded_all(fine, bits):
    """The same as `rounded`, per channel, in TensorFlow: a list of kernels at once."""
    values = []
    for w in fine:
        largest = tf.reduce_max(abs(w), axis=range(len(w.shape) - 1), keepdims=True)
        scale = largest / (2 ** (bits - 1) - 1)
        values.append(scale * tf.round(w / scale))
    return values


both = zip(rounded_all([tf.constant(w) for w in trained], 3.0), trained, strict=True)
print([np.allclose(mine, rounded(w, 3), atol=1e-6) for mine, w in both])


# %%
def train_through(used, amounts, label, rate=0.002):
    """A copy of the network, trained with used(fine, amount) in place of fine."""
    model, rng = keras.models.clone_model(cnn), np.random.default_rng(20)
    model.set_weights(cnn.get_weights())
    coarse, fine = kernels(model), [keras.Variable(w) for w in trained]
    others = [w for w in model.trainable_variables if len(w.shape) == 1]
    optimizer = keras.optimizers.Adam(plan(rate, len(amounts)))

    @tf.function
    def step(images, labels, amount):
        put(used(fine, amount), coarse)
        with tf.GradientTape() as tape:
            loss = cross_entropy(labels, model(images, training=True))
        at = [w.value for w in coarse + others]  # the gradient at the coarse ones ...
        optimizer.apply(tape.gradient(loss, at), fine + others)  # ... moves the fine

    for amount in track(amounts, label):
        rows = rng.integers(0, len(x_train), 200)
        step(x_train[rows], y_train[rows], tf.constant(amount, tf.float32))
    put(used(fine, amounts[-1]), coarse)
    return model


# %% tags=["nbval-ignore-output"]
few_bits = {
    3: train_through(rounded_all, [3] * 300, "3 bits", rate=0.0015),
    2: train_through(rounded_all, [2] * 150, "2 bits", rate=0.003),
}
by_training = {bits: accuracy(model) for bits, model in few_bits.items()}
assert_between(by_training[3], 0.99, 0.995, "3 bits, trained", (0.975, 0.998), ".2%")
assert_between(by_training[2], 0.96, 0.99, "2 bits, trained", (0.95, 0.995), ".2%")
one_channel = kernels(few_bits[2])[-1].numpy()[:, 0]
assert len(np.unique(one_channel)) == 3  # -s, 0 and s

# %% [markdown]
# At 2 bits a weight is $-s$, 0 or $s$: of the four integers one goes unused. 150
# training steps were enough to learn to live with that, 300 for 3 bits. (The
# activations stayed floats here; a chip rounds them too, mostly to 8 bits. And the two
# learning rates were chosen with the test images in sight: other images may do a little
# worse.)
#
# ### Exercise 20.1 – On paper (predict and run)
# Work out five numbers, then write them into the dict. Scale and zero point: numbers
# from −1 to 2 in 8 bits. Bytes: a kernel of shape (3, 3, 64, 128), first in 32-bit
# floats, then in 4 bits with one 32-bit scale for each output channel. And the largest
# error that rounding can make, when weights of at most 0.7 in size are kept in 4 bits,
# with zero point 0.

# %% tags=["exercise"]
on_paper = {
    "scale": ...,
    "zero point": ...,
    "bytes, floats": ...,
    "bytes, 4 bits": ...,
    "largest error": ...,
}

# %%
check("20.1", on_paper)

# %% [markdown]
# ### Exercise 20.2 – Smaller groups (change)
# Language models are kept in 4 bits, and a scale per channel is too coarse for them.
# Change `rounded`: cut the weights, in the order of `w.ravel()`, into groups of `size`,
# each with a scale of its own; the last group may be shorter. A group of zeros stays
# zeros. Return an array of the shape of `w`, and leave `w` as it is.


# %% tags=["exercise"]
def rounded_in_groups(w, bits, size): ...


# %%
check("20.2", rounded_in_groups)

# %% [markdown]
# ## 20.3 The file: 8 bits that run
#
# LiteRT (until 2024 TensorFlow Lite) is what phones and small chips run: one file with
# the network as a list of operations, and a small interpreter. Its converter folds each
# batch normalisation into the kernel before it and, if asked to, quantises as above:
# weights per channel, activations by zero point. For the ranges of the activations it
# wants **representative data**, a few hundred training images. That is *post-training
# quantisation*: nothing is trained.

# %% [markdown] tags=["teacher"]
# minutes: 10
# stall: The converter wants images, though nothing is trained: they give the ranges of
# the activations. The file is a little more than a quarter, for names, shapes and
# scales. Two timings of two runs are compared: never do that.
# ask: Why measure processor time, and take the fastest round?
# answer: Whatever disturbs can only make a round slower; the fastest is nearest to what
# the file itself costs.
# skip: The helper functions of the interpreter; run them and look at the ratios.


# %%
def as_file(model, samples=None):
    """The bytes of a LiteRT file: floats, or 8 bits if it gets samples."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if samples is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([x[None]] for x in samples)
        integers = tf.lite.OpsSet.TFLITE_BUILTINS_INT8
        converter.target_spec.supported_ops = [integers]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    with quiet_converter():
        return converter.convert()


# %% tags=["nbval-ignore-output"]
files = {"float": as_file(cnn), "8 bits": as_file(cnn, x_train[:300])}
for name, file in files.items():
    print(f"{name:8}{len(file):8,} bytes")
share = len(files["8 bits"]) / len(files["float"])
assert_between(share, 0.22, 0.33, "8 bits, share of the bytes", show=".2f")

# %% [markdown]
# Eight for 32 bits: about a quarter, and a little more, because names, shapes and scales
# stay. Now run both. The interpreter takes and returns integers, so images are quantised
# with *its* scale and zero point, which stand in the file:


# %%
def interpreter(file, batch=1):
    with quiet_converter():
        runner = tf.lite.Interpreter(model_content=file, num_threads=1)
        into = runner.get_input_details()[0]
        runner.resize_tensor_input(into["index"], [batch, 28, 28, 1])
        runner.allocate_tensors()
    runner.set_tensor(into["index"], np.zeros((batch, 28, 28, 1), into["dtype"]))
    return runner


runner = interpreter(files["8 bits"])
runner.invoke()
print(runner.get_output_details()[0]["dtype"].__name__)


# %%
def reader(file, batch=1):
    """A function from so many images to the scores that a file gives."""
    runner = interpreter(file, batch)
    into, out = runner.get_input_details()[0], runner.get_output_details()[0]

    def read(images):
        if into["dtype"] == np.int8:
            images = quantise(images, *into["quantization"]).astype("int8")
        runner.set_tensor(into["index"], images)
        runner.invoke()
        scores = runner.get_tensor(out["index"])
        if out["dtype"] == np.int8:
            scale, zero = out["quantization"]
            scores = scale * (scores.astype("float32") - zero)
        return scores

    return read


print(reader(files["8 bits"])(x_test[:1]).shape)


# %%
def answers_of(file, images, batch=500):
    """The classes that a file gives."""
    read, parts = reader(file, batch), np.split(images, len(images) // batch)
    return np.concatenate([read(part).argmax(axis=-1) for part in parts])


same = answers_of(files["float"], x_test[:500]) == cnn(x_test[:500]).numpy().argmax(1)
print("the same classes as Keras:", same.mean())

# %% tags=["nbval-ignore-output"]
by_file = {
    name: np.mean(answers_of(file, x_test) == y_test) for name, file in files.items()
}
assert_between(by_file["float"] - float_accuracy, -0.0003, 0.0003, "file against Keras")
lost = by_file["float"] - by_file["8 bits"]
assert_between(100 * lost, -0.2, 0.2, "points lost by 8 bits", show=".2f")

# %% [markdown]
# Time is measured with care. One image at a time, as a phone gets them, on one thread.
# Processor time, because a busy machine makes the clock run on. The files take turns,
# and of many rounds the fastest counts: whatever disturbs can only make it slower. Even
# so only *ratios* from one run mean anything.


# %%
def milliseconds(files, rounds=15, calls=60):
    """The fastest round of each file, in ms of processor time an image."""
    runners = [interpreter(file) for file in files.values()]
    best = np.full(len(files), np.inf)
    for _ in range(rounds):
        for i, runner in enumerate(runners):
            begin = time.process_time()
            for _ in range(calls):
                runner.invoke()
            best[i] = min(best[i], (time.process_time() - begin) / calls)
    return dict(zip(files, 1000 * best, strict=True))


# %% tags=["nbval-ignore-output"]
ms = milliseconds(files)
print({name: f"{value:.3f} ms" for name, value in ms.items()})
faster = ms["float"] / ms["8 bits"]
assert_between(faster, 0.5, 8, "times as fast in 8 bits", show=".1f")

# %% [markdown]
# The accuracy has hardly changed. How much faster depends on the processor, and on the
# network. Older processors gain little, those with instructions for 8-bit products
# often two to four times. Some of the newest multiply whole tiles of numbers; so narrow
# a network as ours, we think, leaves them half empty, and it may even lose there. Look
# at one with four times as many channels, untrained, as time doesn't depend on what the
# weights are:

# %% tags=["nbval-ignore-output"]
wide = network((64, 128, 192))
wide_ms = milliseconds(
    {"float": as_file(wide), "8 bits": as_file(wide, x_train[:20])}, rounds=5
)
faster = wide_ms["float"] / wide_ms["8 bits"]
assert_between(faster, 1.05, 12, "times as fast, four times as wide", show=".1f")

# %% [markdown]
# And fewer bits? For 4 bits there are kernels in some libraries, for 3 hardly any:
# weights are *kept* in 3 bits and unpacked to compute. That saves bytes, and time only
# where most of it goes into reading weights, as in a large language model that writes
# one text. A remark on tools: Google's `tensorflow-model-optimization`, which many
# articles use for what this chapter does, does not work with Keras 3 (version 0.8.1,
# tried in 2026).

# %% [markdown]
# ## 20.4 Fewer weights
#
# Many weights are small. **Pruning** sets those with the smallest size to zero, over
# all kernels together (LeCun and others chose in 1990 by the loss, Han and others in
# 2015 by size). At once, without training:

# %% [markdown] tags=["teacher"]
# minutes: 18
# exercises: 4
# stall: A sparse matrix feels faster; it is not, here. Batch normalisation's means
# belong to the old sums and must be measured again. Removing a channel changes two
# kernels: its own outputs, the next one's inputs.
# ask: Nine of ten weights are zero. How long does an answer take?
# answer: As long as before: a product by zero is a product. Whole channels make arrays
# smaller, and that the clock sees.
# skip: The gradual schedule; Exercise 20.3.


# %%
def without_small(weights, share):
    """The weights, the smallest share of all of them set to zero."""
    sizes = tf.sort(tf.concat([tf.reshape(abs(w), [-1]) for w in weights], axis=0))
    count = tf.cast(share * tf.cast(tf.size(sizes), tf.float32), tf.int32)
    return [tf.where(abs(w) >= sizes[count], w, 0.0) for w in weights]


tiny = [tf.constant([0.5, -0.1]), tf.constant([[0.2], [-0.9]])]
print([w.numpy().ravel().tolist() for w in without_small(tiny, 0.5)])


# %%
def measure_again(model):
    """Batch normalisation's means and variances, anew from 5,000 training images."""
    for start in range(0, 5000, 250):
        model(x_train[start : start + 250], training=True)


# %% tags=["nbval-ignore-output"]
at_once = pd.DataFrame(columns=["at once", "measured again"], dtype=float)
for share in track((0.5, 0.8, 0.9), "Shares"):
    plain = accuracy_with(without_small(trained, share))
    measure_again(trial)
    at_once.loc[share] = plain, accuracy(trial)
print((100 * at_once).round(1).rename_axis("removed").to_string())
assert_between(at_once.loc[0.5, "measured again"], 0.97, 0.995, "half", (0.95, 1))
gain = at_once.loc[0.9, "measured again"] - at_once.loc[0.9, "at once"]
assert_between(gain, 0.02, 0.8, "gained by measuring again, at 0.9", show=".2f")

# %% [markdown]
# Half of the weights are worth next to nothing. Beyond, look at the second column: the
# sums became smaller, but batch normalisation still subtracts the old means and divides
# by the old deviations. Measuring them again, which is no training, brings back much.
#
# Now with training: 150 steps by the trainer above, `without_small` in place of the
# rounding. A removed weight still has a fine one behind it and may come back. All at once
# from the first step, or **gradually**: a share that rises in the first two thirds
# (Zhu and Gupta, 2017), so that the network has time to move its knowledge.

# %% tags=["nbval-ignore-output"]
shares = {"at once": np.full(150, 0.9), "gradually": np.full(150, 0.9)}
shares["gradually"][:100] = 0.9 * (1 - (1 - np.arange(100) / 100) ** 3)
pruned = {
    name: train_through(without_small, amounts, f"Pruned {name}")
    for name, amounts in shares.items()
}
after = {name: accuracy(model) for name, model in pruned.items()}
assert_between(after["at once"], 0.965, 0.995, "0.9 at once", (0.95, 1), ".2%")
assert_between(after["gradually"], 0.965, 0.995, "0.9 gradually", (0.95, 1), ".2%")
better = 100 * (after["gradually"] - after["at once"])
assert_between(better, -1.5, 0.5, "points better gradually", show=".2f")

# %% [markdown]
# Nine of ten weights are gone and the network still reads. Going slowly gained little
# or nothing, in one run of each: a training this short may leave too little time for
# the network that will be kept. In long trainings, and beyond nine in ten, gradual
# pruning is the usual choice.
#
# Zeros save bytes: packed like any file with much repetition, the kernels shrink.
# **Predict:** and time? Nine of ten products are by zero. How much of the full network's
# time does the pruned one need?

# %%
options = ["about a tenth", "about half", "about all of it"]
predict("20.b", "Of the full network's time the pruned one needs ...", options)

# %% tags=["nbval-ignore-output"]
files["pruned"] = as_file(pruned["at once"])
zeros = [np.sum(w.numpy() == 0) for w in kernels(pruned["at once"])]
assert_between(sum(zeros) / 42_352, 0.895, 0.905, "share of zeros", show=".3f")
packed = {name: len(zlib.compress(files[name], 9)) for name in ("float", "pruned")}
print({name: f"{size:,} bytes" for name, size in packed.items()})
assert_between(packed["pruned"] / packed["float"], 0.1, 0.35, "packed", show=".2f")
ms = milliseconds({name: files[name] for name in ("float", "pruned")})
percent = 100 * ms["pruned"] / ms["float"]
about = np.digitize(percent, [30, 75])
happened("20.b", about, "A product by zero takes as long as any other.")
assert_between(percent, 75, 135, "time with nine in ten zeros, per cent", show=".0f")

# %% [markdown]
# Nothing is saved. The processor multiplies a whole row of numbers with one
# instruction, and does not look whether they are zeros. Leaving out single ones would
# cost more than it saves, unless chip and library are made for it.
#
# **Try it.** Both at once on our network: bits, and the share of weights removed. Where
# does accuracy begin to fall, and how small is the file there? (The size counts a bit for
# each weight that tells whether it was kept.)

# %%
Compressor(cnn, x_test[:1000], y_test[:1000])

# %% [markdown]
# ### Whole channels
# What the processor does notice is a smaller array. Remove whole **channels**: the kernel
# loses output channels, and the next one the inputs that came from them. Which ones? Those
# that batch normalisation scales least, by its $\gamma$ (Liu and others, 2017). The result
# is an ordinary small network, with the kept numbers copied into it:


# %%
def stages(model):
    kinds = layers.Conv2D, layers.BatchNormalization
    return [[z for z in model.layers if isinstance(z, kind)] for kind in kinds]


print([layer.filters for layer in stages(cnn)[0]])


# %%
def narrower(model, share):
    """A network with that share of each layer's channels."""
    small = network([int(share * width) for width in (16, 32, 48)])
    before = np.arange(1)  # channels that come in: one, of grey
    for conv, norm, new_conv, new_norm in zip(
        *stages(model), *stages(small), strict=True
    ):
        gamma = norm.gamma.numpy()
        kept = np.sort(np.argsort(-abs(gamma))[: new_conv.filters])
        new_conv.set_weights([conv.get_weights()[0][:, :, before][..., kept]])
        new_norm.set_weights([w[kept] for w in norm.get_weights()])
        before = kept
    W, b = model.layers[-1].get_weights()
    W = W.reshape(49, -1, 10)[:, before].reshape(-1, 10)  # 7 × 7 places of each channel
    small.layers[-1].set_weights([W, b])
    return small


half = narrower(cnn, 0.5)
print(f"{half.count_params():,} parameters")
whole = narrower(cnn, 1)(x_test[:9]) - cnn(x_test[:9])
assert np.abs(whole).max() < 1e-4  # all channels kept: nothing has changed

# %% tags=["nbval-ignore-output"]
measure_again(half)
cut = accuracy(half)
half.compile(keras.optimizers.Adam(plan(0.004, 300)), cross_entropy)
half.fit(x_train, y_train, 200, verbose=0, callbacks=[KerasProgress("Half")])
half_accuracy = accuracy(half)
assert_between(cut, 0.1, 0.985, "half of the channels, untrained", show=".2f")
assert_between(half_accuracy, 0.98, 0.995, "trained for a pass", (0.96, 1), ".2%")
files["half"] = as_file(half)
ms = milliseconds({name: files[name] for name in ("float", "half")})
faster = ms["float"] / ms["half"]
assert_between(faster, 1.25, 6, "times as fast with half the channels", show=".1f")

# %% [markdown]
# Half of the channels in and half out leave a quarter of the products in the middle
# layers, and the clock says so. Other ways to the same end, in a sentence each:
#
# - **MobileNet** ([chapter 14](14_transfer_learning.ipynb)) takes each convolution
#   apart into one that filters channels singly and one that mixes them, with little
#   more than a ninth of the products.
# - **Low-rank factors** replace a matrix by a tall one times a wide one (exercise 20.3).
# - **Early exit** puts a small classifier in the middle of the network: an easy image
#   leaves there, and only hard ones pay for the rest.
#
# ### Exercise 20.3 – Two thin matrices (build)
# Write a function that gets a matrix `W` (n, m) and a `rank` $r$, and returns two
# matrices, (n, r) and (r, m), whose product is as near to `W` as any two can be, in the
# sum of squared differences. `np.linalg.svd` gives them. They save weights where $r(n +
# m) < nm$: for our dense layer (2352, 10) up to rank 9, which saves a tenth; for a
# matrix (1000, 1000) up to 499.


# %% tags=["exercise"]
def two_factors(W, rank): ...


# %%
check("20.3", two_factors)

# %% [markdown]
# ## 20.5 A smaller network, taught by a large one
#
# A **student** with under 5,000 parameters is to do the same. It can learn from labels
# as ever. Or from the large network, the **teacher**: whose answer says more than a
# label. To a hurried 7 it gives a little 1 and a little 2 (Hinton and others, 2015; in
# talks he called that *dark knowledge*). A sure teacher's small probabilities are
# nearly 0, so both are made softer by a **temperature** $T$:
#
# $$p_k = \frac{e^{f_k / T}}{\sum_j e^{f_j / T}}, \qquad
# \text{loss} = -T^2 \sum_k p_k \log \hat p_k ,$$
#
# with $f$ the teacher's scores and $\hat p$ the student's softmax at the same
# temperature. Gradients shrink as $1/T^2$; the factor makes up for it. With $T = 1$ and
# a one in the place of the label it is the cross-entropy of chapter 2.

# %% [markdown] tags=["teacher"]
# minutes: 13
# stall: Temperature divides scores, not probabilities; T squared only makes up for
# smaller gradients. The teacher has seen these images with labels: say what it stands
# for.
# ask: What does a teacher's answer to a hurried 7 say that the label does not?
# answer: That it looks a little like a 1 and a 2: which mistakes are small ones.
# skip: The run with all labels, but not its result: there the teacher gives little.


# %%
def soft_loss(targets, scores, T):
    """Targets: probabilities at temperature T; scores: not yet divided by it."""
    entropy = tf.nn.softmax_cross_entropy_with_logits(targets, scores / T)
    return T**2 * tf.reduce_mean(entropy)


unsure = np.array([[0.0, 4.0, 8.0]])
for T in (1.0, 4.0):
    print(f"T = {T:.0f}:", tf.nn.softmax(unsure / T).numpy().round(3)[0])
alike = float(soft_loss(tf.nn.softmax(unsure), tf.constant(unsure), 1.0))
print(f"{alike:.3f}")

# %% [markdown]
# At $T = 1$ the scores 0, 4 and 8 are nearly a plain label; at $T = 4$ they tell that
# the second class comes before the first.
#
# The experiment: only **100 labels**, and 20,000 images without. (Our teacher has seen
# those images *with* labels. It stands for a network that somebody else has trained, on
# data that you will never get.) Three students, each with five seeds, which choose the
# first weights and the 100 images. **Predict** the best:

# %%
ways = ["100 labels", "teacher, same 100", "teacher, 20,000"]
predict("20.c", "The best student learns from ...", ways)

# %%
student = network((4, 8, 8))
optimizer = keras.optimizers.Adam(plan(0.01, 160))
optimizer.build(student.trainable_variables)


@tf.function
def learn_from(images, targets, T):
    """One step for each 100 images: compiled once, for all students."""
    weights = student.trainable_variables
    for start in tf.range(0, len(images), 100):
        with tf.GradientTape() as tape:
            scores = student(images[start : start + 100], training=True)
            loss = soft_loss(targets[start : start + 100], scores, T)
        optimizer.apply(tape.gradient(loss, [w.value for w in weights]), weights)


print(f"{student.count_params():,} parameters")
assert student.count_params() < 5000


# %%
def learn(images, targets, T, seed, rounds=1):
    """Train the student from the start, by so many plans; return its accuracy."""
    keras.utils.set_random_seed(seed)
    student.set_weights(network((4, 8, 8)).get_weights())
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        for variable in optimizer.variables:
            variable.assign(tf.zeros_like(variable))
        rows = rng.integers(0, len(images), 160 * 100)
        learn_from(
            tf.constant(images[rows]), tf.constant(targets[rows]), tf.constant(T)
        )
    return accuracy(student)


# %%
T = 4.0
labels = np.eye(10, dtype="float32")[y_train[:20_000]]
teacher = cnn.predict(x_train[:20_000], batch_size=500, verbose=0)
soft = tf.nn.softmax(teacher / T).numpy()
assert_between(learn(x_train[:100], labels[:100], 1.0, 0), 0.4, 0.97, "one student")

# %% tags=["nbval-ignore-output"]
few = pd.DataFrame(columns=ways, dtype=float)
for seed in track(range(5), "Seeds", unit="seeds"):
    rows = np.random.default_rng(seed).permutation(20_000)[:100]
    few.loc[seed] = [
        learn(x_train[rows], labels[rows], 1.0, seed),
        learn(x_train[rows], soft[rows], T, seed),
        learn(x_train[:20_000], soft, T, seed),
    ]
for way in ways:
    print(f"{way:18} {100 * few[way].mean():.1f} ± {100 * few[way].std():.1f} %")
happened("20.c", few.mean().argmax(), "The teacher labels what nobody has labelled.")

# %% tags=["nbval-ignore-output"]
gain = 100 * (few["teacher, 20,000"] - few["100 labels"])
assert_between(gain.mean(), 10, 50, "points by 20,000 images", show=".1f")
assert_between(gain.min(), 5, 60, "at the least of five seeds", show=".1f")
same = 100 * (few["teacher, same 100"] - few["100 labels"]).mean()
assert_between(same, 2, 25, "points by soft answers alone", show=".1f")
assert few["teacher, 20,000"].std() < few["100 labels"].std()

# %% [markdown]
# (± is the standard deviation over the seeds.) The soft answers for the *same* images
# help already. What makes the difference is that a teacher can label 20,000 images
# more. **Predict:** now suppose that all 20,000 have labels, and train twice as long.
# How much does the teacher still add to them?

# %%
options = ["10 points or more", "about 5 points", "2 points or less"]
predict("20.d", "Where all images have labels, the teacher adds ...", options)

# %% tags=["nbval-ignore-output"]
many = pd.DataFrame(columns=["20,000 labels", "teacher, the same"], dtype=float)
for seed in track(range(3), "Seeds", unit="seeds"):
    many.loc[seed] = [
        learn(x_train[:20_000], labels[:20_000], 1.0, seed, rounds=2),
        learn(x_train[:20_000], soft, T, seed, rounds=2),
    ]
gain = 100 * (many["teacher, the same"] - many["20,000 labels"])
about = 0 if gain.mean() > 7.5 else 1 if gain.mean() > 2 else 2
happened("20.d", about, "Where labels abound, they say enough.")
assert_between(gain.mean(), -1, 1.8, "points by the teacher, all labels", show=".2f")

# %%
fig, ax = plt.subplots(figsize=(7, 3))
rows = {**few, **many}
for i, values in enumerate(rows.values()):
    ax.plot(100 * values, np.full(len(values), i), "o", color=BLUE if i < 3 else GREEN)
ax.axvline(100 * float_accuracy, color="0.6")
ax.text(100 * float_accuracy - 0.3, 4.45, "teacher", ha="right", fontsize=9)
ax.set(yticks=range(5), xlabel="accuracy in per cent", ylabel="learned from")
ax.set_yticklabels(rows)
ax.set_ylim(4.8, -0.5)
show(
    fig,
    "Accuracy of each student: 20,000 soft answers lift it, with all labels hardly.",
)

# %% [markdown]
# Each dot is one seed, of the first experiment in blue, of the second in green. With
# few labels the teacher's 20,000 answers are worth more than ten points, and the spread
# shrinks as well. Where every image has a label, the teacher adds less than two points:
# little beside it. Whatever is reported of distillation, ask first what the student
# without a teacher had to learn from.

# %% [markdown]
# ## 20.6 Everything in one figure
#
# Every variant of this chapter has an accuracy, bytes and milliseconds. Bytes: of the
# file, for the pruned one packed; for 3 and 2 bits, kernels packed, a scale for each
# channel, all else in floats. Milliseconds: of the file. Three and two bits are unpacked
# to floats here, so they take the float file's time.

# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: Two pictures, one variant, two places: pruning moves left only in bytes. Axes
# are not alike, bytes are logarithmic.
# ask: A watch with little memory, a server with many users: which variant for which?
# answer: Bytes decide for the watch, time for the server; eight bits mostly help both,
# so begin there.
# skip: How bytes of 3 and 2 bits are counted.


# %%
def packed_bytes(model, bits):
    """Kernels in so many bits; a channel's scale and each other weight in 4 bytes."""
    small = sum(np.prod(w.shape) * bits / 8 + 4 * w.shape[-1] for w in kernels(model))
    others = [w for w in model.weights if len(w.shape) == 1]
    return int(small + 4 * sum(w.shape[0] for w in others))


print({bits: f"{packed_bytes(cnn, bits):,}" for bits in (32, 8, 3, 2)})

# %% tags=["nbval-ignore-output"]
learn(x_train[:20_000], soft, T, 0, rounds=2)
files |= {"student": as_file(student), "half, 8 bits": as_file(half, x_train[:300])}
by_file = {
    name: np.mean(answers_of(file, x_test) == y_test) for name, file in files.items()
}
ms = milliseconds(files)
sizes = {name: len(file) for name, file in files.items()} | {"pruned": packed["pruned"]}
for bits in (3, 2):
    name = f"{bits} bits"
    by_file[name], ms[name] = by_training[bits], ms["float"]
    sizes[name] = packed_bytes(cnn, bits)
variants = pd.DataFrame({"accuracy": by_file, "bytes": sizes, "ms": ms})
print(variants.round({"accuracy": 4, "ms": 4}).to_string())
worst = (variants["accuracy"] - float_accuracy).drop(["student", "2 bits"]).min()
assert_between(100 * worst, -1.5, 0.5, "points lost by the others at most", show=".1f")

# %%
fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
units = {"bytes": "bytes", "ms": "milliseconds an image"}
for ax, (cost, unit) in zip(axes, units.items(), strict=True):
    points = np.array([variants[cost], 100 * variants["accuracy"]]).T
    ax.scatter(
        *points.T, color=[ORANGE if n == "float" else BLUE for n in variants.index]
    )
    ax.set(xscale="log" if cost == "bytes" else "linear", xlabel=unit)
    ax.margins(x=0.2)
    ax.set_xlim(left=0 if cost == "ms" else None)
    label_points(ax, points, list(variants.index), fontsize=10)
axes[0].set_ylabel("accuracy in per cent")
show(
    fig, "Accuracy of each variant over its bytes, and over its milliseconds an image."
)

# %% [markdown]
# Read it from the upper left corner: there one would like to be. (The axis of bytes is
# logarithmic.) On the left, the 8-bit file gains at hardly any loss: try that first. On
# the right it moves left on most processors, but stands to the right of the floats where
# so narrow a network loses time by 8 bits, as said in 20.3. Half the channels, in
# floats, move left in both; in 8 bits they may lose that time again. Pruning and few
# bits move left on the left side only. The student is small and fast at once, and pays
# for it in accuracy; it also saw fewer images.

# %% [markdown]
# ### The recognizer, in small
# Last the recognizer of [chapter 7](07_handwriting_recognizer.ipynb). The course ships a
# small one beside it, made with the means of this chapter: fewer channels, 16, 32 and 40
# where the large one has 32, 64 and 128; taught by the large one's soft answers ($T = 2$)
# for images of all kinds that the large one had learned from (six minutes:
# `data/make/small_recognizer.py`). Here it is written in 8 bits.

# %%
large, small = load_recognizer(), load_recognizer(small=True)
print(f"{large.count_params():,} and {small.count_params():,} parameters")

# %% tags=["nbval-ignore-output"]
both = {"large, floats": as_file(large), "small, 8 bits": as_file(small, x_train[:300])}
sizes = [len(file) for file in both.values()]
print([f"{size:,} bytes" for size in sizes])
assert_between(sizes[0] / sizes[1], 8, 25, "times smaller", show=".1f")
right = [100 * np.mean(answers_of(file, x_test) == y_test) for file in both.values()]
lost = right[0] - right[1]
assert_between(lost, -0.5, 0.5, "points lost", embedded=(-1.5, 1.5), show=".2f")

# %% [markdown]
# More than eight times smaller, and at most half a point lost. **Try it.** Draw: both read
# the same drawing. Is there a digit that the large one reads and the small one does not?

# %%
named = {f"{name}, {len(file) / 1024:.0f} KB": file for name, file in both.items()}
TwoReaders({name: reader(file) for name, file in named.items()})

# %% [markdown]
# ## Recap
#
# 1. **Costs:** bytes, products, time, energy. Reading a number from main memory costs
#    thousands of 8-bit products. Time is measured as a ratio, in one run.
# 2. **Quantising:** $q = \text{round}(x / s) + z$; a scale per channel costs 4 bytes
#    and helps where channels differ. Integers alone give what the simulation says, to
#    one unit. Straight-through training keeps the fine weights and takes the gradient
#    at the coarse ones: 3 bits lose next to nothing, 2 bits little.
# 3. **LiteRT:** an 8-bit file has about a quarter of the bytes and loses at most 0.2
#    points; a wide network is faster in it, a narrow one on most processors.
# 4. **Pruning:** half of the weights go nearly for free, nine in ten with some training
#    and a little loss. Zeros save bytes once packed, and no time. Whole channels save
#    both.
# 5. **Distillation:** with few labels and many images more than ten points; with all
#    labels little or nothing.

# %% [markdown]
# ## Read on
#
# - M. Horowitz, *Computing's Energy Problem* (ISSCC, 2014). S. Han and others, *Learning
#   both Weights and Connections* (NeurIPS, 2015) and *Deep Compression* (ICLR, 2016).
# - B. Jacob and others, *Quantization and Training of Neural Networks for Efficient
#   Integer-Arithmetic-Only Inference* (CVPR, 2018). Y. Bengio and others, *Estimating or
#   Propagating Gradients Through Stochastic Neurons* (2013).
# - Y. LeCun and others, *Optimal Brain Damage* (NeurIPS, 1990). M. Zhu and S. Gupta, *To
#   Prune, or Not to Prune* (2017). Z. Liu and others, *Network Slimming* (ICCV, 2017).
# - G. Hinton and others, *Distilling the Knowledge in a Neural Network* (2015).
# - A. Howard and others, *MobileNets* (2017). S. Teerapittayanon and others,
#   *BranchyNet* (2016): early exit.
