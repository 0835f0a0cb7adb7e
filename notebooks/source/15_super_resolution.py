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
# **Question:** can a network put back the detail that a small picture has lost, and may
# one believe what it puts there?
#
# **Aims.** At the end you can
#
# 1. measure how near a picture is to its original, by PSNR and SSIM;
# 2. enlarge pictures by formula: nearest, bilinear, bicubic are one matrix product;
# 3. train SRCNN, and say what the bicubic picture as a skip connection saves;
# 4. explain sub-pixel convolution, and enlarge three and four times with ESPCN and a
#    small SRResNet;
# 5. say what an adversarial loss gains and costs, and why invented detail matters.
#
# **Before you start:** [chapter 6](06_dynamic_cnn.ipynb): convolution layers, skip
# connections. [Chapter 14](14_transfer_learning.ipynb): a backbone's features.
#
# **Minutes:** about {minutes} to read and do, under 150 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners enlarge pictures by formula and by network, measure both, and can say
# why sharper is not truer.
# before: Chapter 06: convolution layers, skips. Chapter 14: a backbone's features.
# machine: PSNR on the board: off by 0.1 everywhere is an MSE of 0.01, hence 20 dB.
# Unpack a 2 × 2 × 4 array into a 4 × 4 picture by hand. Stored: the astronaut's face
# four ways, and the two rows with the critic.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages. What comes from `helpers` loads photographs and weights, shows
# pictures and checks your exercises; measures, networks and losses are written out.

# %% tags=["setup"]
# {setup}

# %%
from itertools import count

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from PIL import Image
from scipy.ndimage import gaussian_filter
from skimage.feature import local_binary_pattern
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.models import load_weights, shipped
from helpers.plotting import show
from helpers.progress import KerasProgress, track
from helpers.widgets import Lens, LiveFigure

# %% [markdown]
# ## 15.1 How near is near enough?
#
# So far networks answered with a class or a word. Now the answer is a **picture**:
# given a small one, return it three times as wide and high. That is regression, a number
# for each pixel, and the original is the target. Photographs for it come with
# scikit-image; no network is needed.

# %% [markdown] tags=["teacher"]
# minutes: 14
# exercises: 4
# stall: Decibels: three more are half the squared error, and larger is better. The
# range L is 1 here, 255 elsewhere. SSIM's formula frightens; read it as same light
# times same shape.
# ask: More light everywhere and noise have the same PSNR. Which would you rather look
# at?
# answer: The light: SSIM agrees, as it compares neighbourhoods and not pixels.
# skip: SSIM's formula; keep the two numbers beside each other.

# %%
photographs = datasets.load_photographs()

# %% [markdown]
# The eye sees finer detail in brightness than in colour. So one works on the
# **luminance** $Y$, a weighted sum of red, green and blue (green counts most), and
# enlarges the two colour channels by a formula. Television's weights put black at 16 and
# white at 235 of 255, and most published results use them.


# %%
def luminance(picture):
    """(height, width, 3) uint8 -> (height, width) float32, from 16/255 to 235/255."""
    rgb = np.array([65.481, 128.553, 24.966]) / 255
    return ((16 + picture @ rgb) / 255).astype("float32")


Y = {name: luminance(picture) for name, picture in photographs.items()}
cat = Y["chelsea"]
print(cat.shape, cat.dtype, round(float(cat.mean()), 3))

# %% [markdown]
# Three photographs are held out; no network of this chapter ever learns from them.

# %%
held_out = ["astronaut", "chelsea", "coffee"]
fig, axes = plt.subplots(1, 4, figsize=(9, 2.5))
axes[0].imshow(photographs["chelsea"])
for ax, name in zip(axes[1:], held_out, strict=True):
    ax.imshow(Y[name], cmap="gray", vmin=0, vmax=1)
for ax, name in zip(axes, ["in colour", *held_out], strict=True):
    ax.set_title(name, fontsize=11)
    ax.axis("off")
show(
    fig,
    "A cat in colour, then the luminance of an astronaut, the cat, a cup of coffee.",
)

# %% [markdown]
# To be compared, pictures need a measure. The plainest is the mean squared error (MSE).
# It is told on a logarithmic scale, as the **peak signal-to-noise ratio** in decibels:
#
# $$\text{PSNR} = 10 \log_{10} \frac{L^2}{\text{MSE}},$$
#
# with $L$ the range of the values, here 1. Three decibels more are half the squared
# error. **Predict:** every pixel is wrong by 0.1, so the MSE is 0.01. How many decibels?

# %%
predict("15.a", "PSNR where every pixel is off by 0.1, in dB?", within=0.5)


# %%
def psnr(picture, original):
    return 10 * np.log10(1 / np.mean((picture - original) ** 2))


original = np.float64(cat)
print(round(psnr(original + 0.1, original), 2), "dB")
happened("15.a", psnr(original + 0.1, original), "10 times log10 of 100.")

# %% [markdown]
# But 0.1 more light everywhere is hardly seen, and the same error as noise ruins the
# picture. **SSIM** (structural similarity, 2004) therefore compares small
# neighbourhoods: their means $\mu$, their variances $\sigma^2$, and how they vary
# together, the covariance $\sigma_{ab}$:
#
# $$\text{SSIM} = \frac{(2\mu_a\mu_b + C_1)(2\sigma_{ab} + C_2)}
# {(\mu_a^2 + \mu_b^2 + C_1)(\sigma_a^2 + \sigma_b^2 + C_2)},$$
#
# averaged over all places. Within a neighbourhood pixels count by a bell curve with a
# deviation of 1.5 pixels; $C_1 = 0.01^2$ and $C_2 = 0.03^2$ keep dark, flat places from
# dividing by 0.


# %%
def ssim(a, b, C1=0.01**2, C2=0.03**2):
    def mean(y):  # over a neighbourhood
        return gaussian_filter(y, 1.5, truncate=3.5)

    mean_a, mean_b = mean(a), mean(b)
    spread_a, spread_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    together = mean(a * b) - mean_a * mean_b
    same_light = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    same_shape = (2 * together + C2) / (spread_a + spread_b + C2)
    return (same_light * same_shape)[5:-5, 5:-5].mean()  # without the border


noise = np.random.default_rng(15).choice([-0.1, 0.1], original.shape)
for name, wrong in {"more light": 0.1, "noise": noise}.items():
    print(f"{name:10} PSNR {psnr(original + wrong, original):.1f} dB", end="   ")
    print(f"SSIM {ssim(original + wrong, original):.2f}")

# %% [markdown]
# Equal errors by PSNR; SSIM tells them apart. Both functions must agree with
# scikit-image's; then we can trust ours:

# %%
noisy = original + noise
like_ours = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
theirs = (
    peak_signal_noise_ratio(original, noisy, data_range=1),
    structural_similarity(noisy, original, data_range=1, **like_ours),
)
ours = psnr(noisy, original), ssim(noisy, original)
print(
    "equal to 1e-6:",
    [bool(abs(a - b) < 1e-6) for a, b in zip(ours, theirs, strict=True)],
)
assert np.allclose(ours, theirs, atol=1e-6)

# %% [markdown]
# ### Exercise 15.1 – Decibels on paper (predict and run)
# Work out four values of PSNR for pictures whose values lie between 0 and 1: two of
# them as they are, two as a difference. No program is needed: log10(2) is about 0.3.

# %% tags=["exercise"]
decibels = {
    "every pixel off by 0.01": ...,
    "one pixel of 100 off by 1, all others right": ...,
    "half the error at every pixel: how much more": ...,
    "ten times as many pixels off by the same: how much more": ...,
}

# %%
check("15.1", decibels)

# %% [markdown]
# ## 15.2 Enlarging by formula
#
# A new pixel lies somewhere between old ones, and is a weighted mean of those nearby. A
# **kernel** says how the weight falls with the distance: 1 up to half a pixel
# (**nearest**), a tent (**bilinear**), or a curve with a slightly negative rim
# (**bicubic**), which sharpens edges.
#
# Rows and columns can be done one after the other, and a weighted mean is a matrix
# product: $Y_{\text{new}} = W_r\, Y\, W_c^\top$. To make a picture *smaller*, the kernel
# is stretched, so that a new pixel is a mean over all the old ones that it stands for.


# %% [markdown] tags=["teacher"]
# minutes: 12
# exercises: 4
# stall: Centres: (i + 0.5) · old/new − 0.5; the half pixels are where own programs go
# wrong. Making smaller stretches the kernel, else detail folds back. One product for
# rows, one for columns.
# ask: Why may a bicubic picture be brighter than any of its pixels?
# answer: The kernel's rim is negative, so edges overshoot: that is what sharpens.
# skip: The comparison with Pillow; Exercise 15.2.


# %%
def nearest(x):
    return ((x >= -0.5) & (x < 0.5)).astype(float)


def linear(x):
    return np.maximum(1 - np.abs(x), 0)


def cubic(x, a=-0.5):
    x = np.abs(x)
    inner = (a + 2) * x**3 - (a + 3) * x**2 + 1
    outer = a * (x**3 - 5 * x**2 + 8 * x - 4)
    return np.where(x < 1, inner, np.where(x < 2, outer, 0))


# %%
x = np.linspace(-2.5, 2.5, 501)
fig, ax = plt.subplots(figsize=(5, 2.6))
for kernel, style in [(nearest, ":"), (linear, "--"), (cubic, "-")]:
    ax.plot(x, kernel(x), style, label=kernel.__name__)
ax.set(xlabel="distance in old pixels", ylabel="weight")
ax.legend()
show(
    fig, "Three kernels: a box, a tent, and a smooth hill with a slightly negative rim."
)


# %%
def weights(old, new, kernel):
    """Matrix (new, old) of the weights of old pixels in new ones."""
    centre = (np.arange(new) + 0.5) * old / new - 0.5  # in old pixels
    W = kernel((centre[:, None] - np.arange(old)) / max(old / new, 1))
    return (W / W.sum(axis=1, keepdims=True)).astype("float32")


def resize(y, height, width, kernel=cubic):
    return weights(len(y), height, kernel) @ y @ weights(y.shape[1], width, kernel).T


print(weights(3, 6, linear))

# %% [markdown]
# Each row sums to 1. The second new pixel lies a quarter of a pixel behind the first old
# one: it takes three quarters of that one, one quarter of the next. Pillow, Python's
# usual package for pictures, does the same:

# %%
by_pillow = Image.fromarray(cat).resize((150, 100), Image.Resampling.BICUBIC)
print(
    "smaller as Pillow:", bool(np.abs(resize(cat, 100, 150) - by_pillow).max() < 1e-5)
)
by_pillow = Image.fromarray(cat).resize((900, 600), Image.Resampling.BICUBIC)
print(
    "larger as Pillow: ", bool(np.abs(resize(cat, 600, 900) - by_pillow).max() < 1e-5)
)
assert np.abs(resize(cat, 600, 900) - by_pillow).max() < 1e-5

# %% [markdown]
# Now the game of this chapter: cut a photograph to a multiple of the scale, make it
# three times smaller, enlarge it again, and measure how near one comes to the original
# (without a border, where a kernel lacks neighbours). **Predict** the order.

# %%
order = ["nearest, linear, cubic", "linear, nearest, cubic", "cubic, linear, nearest"]
predict("15.b", "From the lowest PSNR to the highest?", order)


# %%
def shrink(y, scale):
    """The picture, cut to a multiple of the scale, and its small version."""
    height, width = (side // scale * scale for side in y.shape)
    return y[:height, :width], resize(
        y[:height, :width], height // scale, width // scale
    )


def judged(picture, original, scale):
    inside = slice(scale, -scale), slice(scale, -scale)
    return psnr(np.float64(picture)[inside], np.float64(original)[inside])


# %%
found = {}
for kernel in (nearest, linear, cubic):
    values = []
    for name in held_out:
        original, small = shrink(Y[name], 3)
        plain = resize(small, *original.shape, kernel)
        values.append(judged(plain, original, 3))
    found[kernel.__name__] = np.mean(values)
    print(f"{kernel.__name__:8} {found[kernel.__name__]:.2f} dB")
happened(
    "15.b", ", ".join(sorted(found, key=found.get)), "More neighbours, better guess."
)
bicubic = found["cubic"]
assert bicubic > found["linear"] > found["nearest"]

# %% [markdown]
# ### Exercise 15.2 – The rim of the kernel (change and measure)
# `cubic` has a parameter $a$, the slope of its rim. Enlarge the astronaut, made three
# times smaller by `shrink`, with $a$ = −0.25, −0.5, −0.75 and −1, and write the four
# values of `judged` into a dict. A kernel with another $a$ is `lambda x: cubic(x, a)`.

# %% tags=["exercise"]
by_rim = {-0.25: ..., -0.5: ..., -0.75: ..., -1.0: ...}

# %%
check("15.2", by_rim)

# %% [markdown]
# ## 15.3 SRCNN, and what a skip saves
#
# The best known of the early networks for this is **SRCNN** (Dong, Loy, He, Tang, 2014):
# enlarge by bicubic, then repair with three convolutions of 9 × 9, 1 × 1 and 5 × 5. Its
# training took days on a graphics card. What can it do in seconds?
#
# Training pictures are little squares out of the other fifteen photographs, at three
# sizes, turned and mirrored: the same edge is worth eight examples.


# %% [markdown] tags=["teacher"]
# minutes: 14
# stall: The network without skip is worse than doing nothing, and people look for a
# bug. It must first learn to copy. Training data are squares of fifteen other
# photographs, turned and mirrored.
# ask: Same parameters, same seconds. What does the skip change in the task?
# answer: Only what bicubic lacks has to be learned; the picture is there from the start.
# skip: `cut_out` and `a_square`: say what they return.


# %%
def a_square(pair, scale, size, rng):
    row, column = (rng.integers(side - size + 1) for side in pair[0].shape)
    turns, mirror = rng.integers(4), rng.choice([-1, 1])
    parts = []
    for array, s in zip(pair, (1, scale, scale), strict=True):
        part = array[row * s : (row + size) * s, column * s : (column + size) * s]
        parts.append(np.rot90(part[:, ::mirror], turns))
    return parts


# %%
def cut_out(scale, size, n, rng):
    """Small squares (n, size, size); bicubic and original ones, scale times larger."""
    pairs = []
    for y in (Y[name] for name in Y if name not in held_out):
        for share in (1, 0.75, 0.5):
            height, width = (round(side * share) for side in y.shape)
            original, small = shrink(resize(y, height, width), scale)
            if min(small.shape) >= size:
                pairs.append((small, resize(small, *original.shape), original))
    areas = np.array([small.size for small, _, _ in pairs])
    picks = rng.choice(len(pairs), n, p=areas / areas.sum())
    squares = [a_square(pairs[i], scale, size, rng) for i in picks]
    return [np.array(kind) for kind in zip(*squares, strict=True)]


small, plain, original = cut_out(3, 20, 4000, np.random.default_rng(15))
print(small.shape, plain.shape, original.shape)


# %%
def srcnn(skip):
    """(n, height, width, 1) bicubic -> the same shape, repaired."""
    inputs = keras.Input((None, None, 1))
    z = layers.Conv2D(64, 9, padding="same", activation="relu")(inputs)
    z = layers.Conv2D(32, 1, activation="relu")(z)
    z = layers.Conv2D(1, 5, padding="same")(z)
    return keras.Model(inputs, layers.Add()([inputs, z]) if skip else z)


print(f"{srcnn(skip=True).count_params():,} parameters")

# %% [markdown]
# Two versions with the same parameters. The first has to return the whole picture, as
# published. In the second the input is added to the output: the network only learns
# **what bicubic lacks**. **Predict:** after some ten seconds, which beats bicubic?

# %%
options = ["both", "only the one with the skip", "neither"]
predict("15.c", "Which beats bicubic after ten seconds?", options)


# %%
def plan(peak, steps):
    """A learning rate that rises in a quarter of the steps, then falls."""
    return keras.optimizers.schedules.CosineDecay(
        peak / 10, steps - steps // 4, 0.01, warmup_target=peak, warmup_steps=steps // 4
    )


print("the rate rises to", round(float(plan(0.002, 100)(25)), 4))


# %%
def train(model, x, y, epochs, peak, name, batch=16):
    steps = epochs * -(-len(x) // batch)
    model.compile(keras.optimizers.Adam(plan(peak, steps)), loss="mse")
    how = {"verbose": 0, "callbacks": [KerasProgress(name)]}
    model.fit(x[..., None], y[..., None], batch, epochs, **how)


def repaired(model):
    """Mean PSNR over the photographs held out, of bicubic pictures after the model."""
    values = []
    for name in held_out:
        true, little = shrink(Y[name], 3)
        blurred = resize(little, *true.shape)[None, ..., None]  # (1, h, w, 1)
        values.append(judged(model(blurred).numpy()[0, ..., 0], true, 3))
    return np.mean(values)


# %% tags=["nbval-ignore-output"]
reached = {}
for skip, name in [(False, "SRCNN"), (True, "SRCNN with skip")]:
    keras.utils.set_random_seed(42)
    model = srcnn(skip)
    train(model, plain[:1200], original[:1200], 2, 0.001, name)
    reached[skip] = repaired(model)
assert_between(
    reached[False] - bicubic, -8, -0.05, "SRCNN over bicubic, dB", show=".2f"
)
assert_between(reached[True] - bicubic, 0.1, 1.2, "SRCNN with skip, dB", show=".2f")
beats = [skip for skip in (False, True) if reached[skip] > bicubic]
happened("15.c", {0: 2, 1: 1, 2: 0}[len(beats)], "It begins where bicubic ends.")

# %% [markdown]
# Without the skip the network spends its time on learning to *copy*: nearly all of the
# answer stands in its input already, and a few seconds don't suffice to pass it on
# without loss. With the skip that part is there from the start. (With patience the
# plain one passes bicubic, too: in 2014 it had days.)

# %% [markdown]
# ## 15.4 Sub-pixel convolution: compute small, answer large
#
# SRCNN is slow for a silly reason: it works on the *enlarged* picture, where eight of
# nine pixels hold nothing new. **ESPCN** (Shi and others, 2016) stays small to the end.
# For scale 3 its last layer has 9 channels: **nine answers for each small pixel**, one
# for each of the 3 × 3 large pixels that it becomes. They only have to be laid out.
# This **sub-pixel** step is pure book-keeping: a reshape and a change of axes.


# %% [markdown] tags=["teacher"]
# minutes: 18
# exercises: 7
# stall: Which axis becomes which: (h, w, s, s) needs swapaxes before the last reshape.
# Computing small is the point; nine channels are nine answers for one small pixel.
# Targets are the packed lack, not the picture.
# ask: SRCNN costs about three times ESPCN at each large pixel. Where is the waste?
# answer: It works on the enlarged picture, where eight of nine pixels hold nothing new.
# skip: Exercise 15.4; of 15.3 the idea.


# %%
def unpack(z):
    """(h, w, s * s) -> (h * s, w * s): each pixel's numbers become a square."""
    h, w, channels = z.shape
    s = round(channels**0.5)
    return z.reshape(h, w, s, s).swapaxes(1, 2).reshape(h * s, w * s)


z = np.arange(2 * 2 * 4).reshape(2, 2, 4)
print(unpack(z))
assert np.array_equal(unpack(z), tf.nn.depth_to_space(z[None], 2)[0, :, :, 0])

# %% [markdown]
# The four numbers 0 to 3 of the first pixel became its upper left square. TensorFlow's
# name for it is `depth_to_space`, and it agrees. The way back, from a large picture to
# packed channels, turns training into plain regression: the target of the network is
# the packed *lack* of the bicubic picture.


# %%
def pack_all(y, s):
    """(n, h * s, w * s) -> (n, h, w, s * s); the way back."""
    n, height, width = y.shape
    z = y.reshape(n, height // s, s, width // s, s).swapaxes(2, 3)
    return z.reshape(n, height // s, width // s, s * s)


lack = pack_all(original - plain, 3)  # (4000, 20, 20, 9)
print(lack.shape)


# %%
def espcn(scale):
    return keras.Sequential(
        [
            keras.Input((None, None, 1)),
            layers.Conv2D(64, 5, padding="same", activation="relu"),
            layers.Conv2D(32, 3, padding="same", activation="relu"),
            layers.Conv2D(scale**2, 3, padding="same", kernel_initializer="zeros"),
        ]
    )


print(f"{espcn(3).count_params():,} parameters")

# %% [markdown]
# Which is cheaper? Multiplications for each pixel of the **large** picture: **predict**,
# then count.

# %%
predict("15.d", "SRCNN costs how many times what ESPCN costs?", within=1)

# %%
cost_srcnn = 81 * 64 + 64 * 32 + 25 * 32  # at every large pixel
cost_espcn = (25 * 64 + 9 * 64 * 32 + 9 * 32 * 9) / 9  # at every small one
print(f"SRCNN {cost_srcnn:,}, ESPCN {cost_espcn:,.0f} for each large pixel")
happened("15.d", cost_srcnn / cost_espcn, "A third as wide and high is a ninth.")
assert 3 < cost_srcnn / cost_espcn < 3.5

# %% tags=["nbval-ignore-output"]
keras.utils.set_random_seed(42)
fast = espcn(3)
steps = 6 * -(-len(small) // 16)
fast.compile(keras.optimizers.Adam(plan(0.002, steps)), loss="mae")
watch = [KerasProgress("ESPCN")]
fast.fit(small[..., None], lack, 16, 6, verbose=0, callbacks=watch)
loss = fast.history.history["loss"]
assert_between(loss[-1] / loss[0], 0.5, 0.98, "loss, last by first pass", show=".2f")


# %% tags=["nbval-ignore-output"]
def enlarge(network, small, scale):
    """Bicubic, plus what the network says is missing."""
    plain = resize(small, small.shape[0] * scale, small.shape[1] * scale)
    missing = network(small[None, ..., None]).numpy()[0]  # (h, w, scale * scale)
    return np.clip(plain + unpack(missing), 0, 1)


gains = {}
for name in held_out:
    true, little = shrink(Y[name], 3)
    base = judged(resize(little, *true.shape), true, 3)
    gains[name] = judged(enlarge(fast, little, 3), true, 3) - base
assert_between(
    np.mean(list(gains.values())), 0.8, 2, "ESPCN over bicubic, dB", show=".2f"
)

# %%
true, little = shrink(Y["astronaut"], 3)
views = {
    "nearest": resize(little, *true.shape, nearest),
    "bicubic": resize(little, *true.shape),
    "ESPCN": enlarge(fast, little, 3),
    "original": true,
}
fig, axes = plt.subplots(1, 4, figsize=(9, 2.6))
for ax, (name, picture) in zip(axes, views.items(), strict=True):
    ax.imshow(picture[60:180, 170:290], cmap="gray", vmin=0, vmax=1)
    ax.set_title(name, fontsize=11)
    ax.axis("off")
show(
    fig, "An astronaut's face: blocks, blurred by bicubic, sharper by ESPCN, original."
)

# %% [markdown]
# More than 0.8 decibels on photographs that it has never seen, in some 20 seconds of
# training: the squared error is a sixth smaller, at least, and edges are crisper. From
# fifteen photographs it has learned what edges and textures look like when they have been
# made small. No cat and no cup was among them.

# %% [markdown]
# ### Exercise 15.3 – Pack one picture (build)
# Write the way back for a single picture: `unfold(y, s)` takes (height, width), both
# multiples of s, and returns (height / s, width / s, s · s), so that `unpack` gives the
# picture back. Use NumPy only.


# %% tags=["exercise"]
def unfold(y, s): ...


# %%
check("15.3", unfold)

# %% [markdown]
# ### Exercise 15.4 – Eight looks (build)
# Turn a small picture by 0, 90, 180, 270 degrees, and do the same with its mirror image:
# eight pictures. Enlarge each with the given function `enlarge_one`, which takes (h, w)
# and returns (h · s, w · s); turn and mirror the results back, and return their mean.
# This **self-ensemble** costs eight times as much; the solutions measure what it gains.


# %% tags=["exercise"]
def eight_looks(enlarge_one, small): ...


# %%
check("15.4", eight_looks)

# %% [markdown]
# ## 15.5 Deeper: SRResNet, four times
#
# Four times wider and higher: of sixteen pixels fifteen are missing. That takes a deeper
# network. **SRResNet** (Ledig and others, 2017) is a row of residual blocks, as in
# chapter 6, a long skip around all of them, and the sub-pixel step. Theirs has 16 blocks
# of 64 filters; ours four of 32, without normalisation, on top of the bicubic picture.


# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: The weights were trained elsewhere, for minutes: say so before somebody waits.
# Differences show at edges and in fur, nowhere in smooth areas; move the lens to both.
# Beyond 4 times the answer is enlarged by formula, so nothing new appears there. Train
# on begins after a second or two; from shipped weights hardly anything moves, so press
# New weights first.
# ask: Where is there no difference between bicubic and network?
# answer: Where the picture is smooth: nothing was lost there.
# skip: The architecture; use the minutes for the lens.


# %%
def srresnet(scale=4, blocks=4, filters=32):
    def conv(z, count=filters, **how):
        return layers.Conv2D(count, 3, padding="same", **how)(z)

    inputs = keras.Input((None, None, 1))
    z = first = conv(inputs, activation="relu")
    for _ in range(blocks):
        z = layers.Add()([z, conv(conv(z, activation="relu"))])
    z = layers.Add()([first, conv(z)])
    return keras.Model(inputs, conv(z, scale**2, kernel_initializer="zeros"))


deep = srresnet()
load_weights(deep, shipped("srresnet_x4"), shipped=True)
print(f"{deep.count_params():,} parameters")

# %% [markdown]
# Its weights ship with the course: trained for a minute or two on the same fifteen
# photographs. `python -m data.make.super_resolution` makes them again, and measures
# them on Set5, Set14 and BSD100, the pictures by which publications are compared, where
# a folder has those; the table stands in `data/README.md`.


# %% tags=["nbval-ignore-output"]
def compare(network, scale=4):
    """Mean PSNR of bicubic and of a network over the photographs held out."""
    values = []
    for name in held_out:
        true, little = shrink(Y[name], scale)
        pictures = resize(little, *true.shape), enlarge(network, little, scale)
        values.append([judged(picture, true, scale) for picture in pictures])
    return np.mean(values, axis=0)


base, smooth = compare(deep)
assert_between(base, 28, 29, "bicubic, four times, dB", show=".2f")
assert_between(smooth - base, 0.9, 2, "SRResNet over bicubic, dB", show=".2f")

# %% [markdown]
# There are two more, ESPCN for 2 and 3 times. All three answer at once, as their weights
# are shipped. But what does learning *look* like? Here is the training loop of this
# chapter, on a **copy**. `yield` hands out how the copy enlarges now, and the loop waits
# until somebody asks for the next step. Its squares come from the fifteen photographs,
# as ever.


# %%
double, triple = espcn(2), espcn(3)
load_weights(double, shipped("espcn_x2"), shipped=True)
load_weights(triple, shipped("espcn_x3"), shipped=True)
networks = {2: double, 3: triple, 4: deep}


# %%
def learn(scale, anew, large=original[:1600]):  # squares of 60 × 60
    copy = keras.models.clone_model(networks[scale])  # with new weights
    if not anew:
        copy.set_weights(networks[scale].get_weights())
    pairs = [shrink(y, scale) for y in large]
    true, low = (np.array(kind) for kind in zip(*pairs, strict=True))
    lack = pack_all(true - [resize(y, 60, 60) for y in low], scale)
    copy.compile(keras.optimizers.Adam(0.001), loss="mse")
    for i in count():
        yield lambda y: enlarge(copy, y, scale)
        rows = np.arange(16 * i, 16 * i + 16) % len(low)
        copy.train_on_batch(low[rows, ..., None], lack[rows])


# %% tags=["nbval-ignore-output"]
before, (true, little) = triple.get_weights(), shrink(Y["astronaut"], 3)
keras.utils.set_random_seed(42)
learner = learn(3, anew=True)
first = next(learner)(little)  # before any step
for _ in track(range(100), "From new weights"):
    enlarge_now = next(learner)
start, end = (judged(y, true, 3) for y in (first, enlarge_now(little)))
assert np.abs(first - np.clip(resize(little, *true.shape), 0, 1)).max() < 1e-5
assert_between(end - start, 0.2, 1.6, "dB gained in 100 steps", show=".2f")
assert all(map(np.array_equal, before, triple.get_weights()))  # only a copy learned

# %% [markdown]
# With new weights the picture is the bicubic one: the last layer begins with zeros, so
# nothing is added yet. A hundred steps later the network has left it behind.
#
# **Try it.** Move the lens over a photograph, choose the scale, or load a picture of your
# own. For a scale between, the answer of the next network is made smaller, and beyond 4
# it is enlarged by formula. Bicubic, network, original: where is the difference largest,
# where is there none? Then press **New weights** and **Train on**: watch blur become
# edges, and the curve leave bicubic's line for the shipped one. What does the very first
# step do at 4 times? Bring the **shipped weights** back and train on from there: does it
# still help? (Of the photographs in the list only the motorcycle and the rocket are among
# those that the networks learn from; your own picture is not.)

# %%
Lens(
    {name: photographs[name] for name in [*held_out, "motorcycle_left", "rocket"]},
    {scale: lambda y, s=scale: enlarge(networks[s], y, s) for scale in networks},
    learn,
)

# %% [markdown]
# ## 15.6 Looking right or being right
#
# Fur and hair: where bicubic is blurred, the network is still too smooth. It isn't
# lazy, it is *careful*. A blurred hair could lie here or one pixel further; who is
# punished for the squared distance does best to paint the **mean** of all that it might
# be (for the absolute distance: the median), and a mean of hairs is a blur.
#
# **SRGAN** (Ledig and others, 2017) asks for something else: a picture that can't be
# told from a real one. A second network, the **critic** (there: discriminator), learns to
# tell enlarged pictures from originals; the first learns to fool it. Two things are added
# to the loss: what the critic says (**adversarial loss**), and the distance of
# **features**, as a network for recognition sees them.


# %% [markdown] tags=["teacher"]
# minutes: 18
# stall: Squared error asks for blur: the mean of all hairs that might be. Three terms
# of the loss with weights found by trying. PSNR falls and the picture looks better;
# both are true. The grain comes from sixteen filters that needn't agree.
# ask: A number plate is enlarged by this network and can be read. May the police use
# it?
# answer: No: the digit is likely, not seen. The small picture does not show it.
# skip: The texture measure; `losses` line by line. Never the last paragraph.


# %%
def critic():
    """(n, h, w, 1) -> one score each: above 0 for an original."""
    inputs = z = keras.Input((None, None, 1))
    for filters in (32, 64, 96):
        z = layers.Conv2D(filters, 4, strides=2, padding="same")(z)
        z = layers.LeakyReLU(0.2)(z)
    z = layers.Conv2D(1, 3, padding="same")(z)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(z))


judge = critic()
print(f"{judge.count_params():,} parameters")

# %% [markdown]
# For the features we take the backbone of [chapter 14](14_transfer_learning.ipynb),
# which learned ten kinds of objects from CIFAR-10, up to its third block. It sees
# luminance three times, in place of red, green and blue, and is not trained any further.


# %%
def normed(z):
    return layers.ReLU()(layers.BatchNormalization()(z))


blocks = [(48, 2), (48, 1), (128, 2), (128, 1), (128, 1), (128, 1), (160, 2), (160, 1)]
inputs = keras.Input((None, None, 3))
z = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
z = normed(layers.Conv2D(24, 3, padding="same", use_bias=False)(z))
seen = []
for channels, stride in blocks:
    before = z
    z = normed(layers.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(z))
    z = normed(layers.Conv2D(channels, 1, use_bias=False)(z))
    if stride == 1 and before.shape[-1] == channels:
        z = layers.Add()([before, z])
    seen.append(z)
outputs = layers.Dense(10)(layers.GlobalAveragePooling2D()(z))
backbone = keras.Model(inputs, outputs)
print(f"{backbone.count_params():,} parameters, {len(seen)} blocks")

# %%
load_weights(backbone, shipped("backbone"), shipped=True)
eye = keras.Model(inputs, seen[2], trainable=False)


def features(y):  # (n, h, w, 1) in [0, 1] -> (n, h / 4, w / 4, 128)
    return eye(255 * tf.repeat(y, 3, axis=-1), training=False)


print(features(tf.zeros((1, 96, 96, 1))).shape)

# %% [markdown]
# We shall watch a part of the cat's face while it trains, from smooth to crisp. This is
# where it starts:

# %%
true_cat, little_cat = shrink(Y["chelsea"], 4)
eyes = slice(80, 180), slice(100, 260)


def draw_eyes(picture, done):
    fig, axes = plt.subplots(1, 2, figsize=(7, 2.6))
    pictures = {f"after {done} steps": picture, "original": true_cat}
    for ax, (name, y) in zip(axes, pictures.items(), strict=True):
        ax.imshow(y[eyes], cmap="gray", vmin=0, vmax=1)
        ax.set_title(name, fontsize=11)
        ax.axis("off")
    return fig


# %%
alt = "Part of a cat's face, enlarged four times, beside it the original."
show(draw_eyes(enlarge(deep, little_cat, 4), 0), alt)

# %% [markdown]
# One training step, both networks at once. With $y$ the original, $\hat y$ what was
# made of the small picture, $f$ the features, and $|\cdot|$ the mean absolute value,
# the enlarger's loss is
#
# $$0.3\,|\hat y - y| \;+\; 0.1\,|f(\hat y) - f(y)| \;+\; 0.02\cdot
# \text{cross-entropy}(\text{"original"}, \text{critic}(\hat y)).$$
#
# The critic has the cross-entropy of chapter 1: its target is 0 for enlarged pictures,
# and 0.9 for originals, so that it never gets quite certain.

# %%
adam = [keras.optimizers.Adam(5e-4, beta_1=0.5) for _ in range(2)]
cross_entropy = tf.nn.sigmoid_cross_entropy_with_logits


def losses(network, low, blurred, real):
    made = blurred + tf.nn.depth_to_space(network(low, training=True), 4)
    on_real, on_made = judge(real, training=True), judge(made, training=True)
    pixels = tf.reduce_mean(tf.abs(made - real))
    looks = tf.reduce_mean(tf.abs(features(made) - features(real)))
    fooled = tf.reduce_mean(cross_entropy(tf.ones_like(on_made), on_made))
    caught = cross_entropy(0.9 * tf.ones_like(on_real), on_real)
    caught += cross_entropy(tf.zeros_like(on_made), on_made)
    return 0.3 * pixels + 0.1 * looks + 0.02 * fooled, tf.reduce_mean(caught)


# %%
@tf.function(autograph=False)
def step(network, low, blurred, real):
    with tf.GradientTape(persistent=True) as tape:
        loss = losses(network, low, blurred, real)
    for model, part, optimizer in zip((network, judge), loss, adam, strict=True):
        variables = model.trainable_variables
        gradients = tape.gradient(part, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
    return loss


# %% tags=["nbval-ignore-output"]
squares = [
    tf.constant(a[..., None]) for a in cut_out(4, 24, 800, np.random.default_rng(4))
]
sharp = srresnet()
sharp.set_weights(deep.get_weights())
keras.utils.set_random_seed(42)
with LiveFigure(draw_eyes, alt) as live:
    for i in track(range(100), "Against the critic"):
        rows = slice(8 * i, 8 * i + 8)
        step(sharp, *(array[rows] for array in squares))
        if i % 20 == 19:
            live.update(picture=enlarge(sharp, little_cat, 4), done=i + 1)
_, after = compare(sharp)
assert_between(after - smooth, -3, 0.1, "PSNR gained by 100 steps, dB")

# %% [markdown]
# A hundred steps are a beginning. The course ships weights after eight hundred; we go on
# with those. Are they better? **Predict** what PSNR says.

# %%
predict("15.e", "PSNR of the sharper picture is ...", ["higher", "lower", "equal"])

# %% [markdown]
# PSNR is close to what the networks were trained on. So we also need a judge that
# **none of them was trained on**. The first is plain sharpness. The second counts
# *local binary patterns* (Ojala and others, 1996): around each pixel, which of the
# eight neighbours are brighter? Smooth places, edges and grain have other patterns; how
# far are the counts from those of the original?


# %%
def sharpness(picture, original):
    """Mean steepness, as a share of the original's."""
    a, b = (np.hypot(*np.gradient(np.float64(y))).mean() for y in (picture, original))
    return a / b


print(sharpness(true_cat, true_cat), sharpness(2 * true_cat, true_cat))


# %%
def texture_distance(picture, original):
    """How different the counts of small patterns are, 0 to 1."""
    counts = []
    for y in (picture, original):
        patterns = local_binary_pattern(np.uint8(255 * y), 8, 1, "uniform")
        counts.append(np.bincount(patterns.astype(int).ravel(), minlength=10) / y.size)
    return np.abs(counts[0] - counts[1]).sum() / 2


print(texture_distance(true_cat, true_cat))

# %% tags=["nbval-ignore-output"]
load_weights(sharp, shipped("srgan_x4"), shipped=True)
table = {"bicubic": [], "SRResNet": [], "SRGAN": []}
for name in held_out:
    true, little = shrink(Y[name], 4)
    made = [
        resize(little, *true.shape),
        enlarge(deep, little, 4),
        enlarge(sharp, little, 4),
    ]
    for row, picture in zip(table.values(), made, strict=True):
        picture = np.clip(picture, 0, 1)
        row.append((judged(picture, true, 4), sharpness(picture, true),
                    texture_distance(picture, true)))  # fmt: skip
table = {name: np.mean(rows, axis=0) for name, rows in table.items()}
assert_between(table["bicubic"][0], 28, 29, "bicubic, dB", show=".2f")

# %% tags=["nbval-ignore-output"]
for name, (nearness, steep, pattern) in table.items():
    print(f"{name:9} PSNR {nearness:.2f} dB", end="  ")
    print(f"sharpness {steep:.2f}  patterns {pattern:.2f}")
drop, gain, nearer = table["SRGAN"] - table["SRResNet"]
assert_between(drop, -3, -0.2, "PSNR lost, dB", show=".2f")
assert_between(gain, 0.08, 0.6, "sharpness gained", show=".2f")
assert_between(nearer, -0.4, -0.05, "patterns nearer to the original", show=".2f")
happened("15.e", "lower", "It paints one possible hair, not the mean of all.")

# %%
fig, axes = plt.subplots(2, 4, figsize=(9, 4.6))
names = ["bicubic", "SRResNet", "SRGAN", "original"]
for row, name, (top, left) in zip(
    axes, ["chelsea", "astronaut"], [(90, 110), (55, 180)], strict=True
):
    true, little = shrink(Y[name], 4)
    made = [resize(little, *true.shape), enlarge(deep, little, 4)]
    made += [enlarge(sharp, little, 4), true]
    for ax, picture, title in zip(row, made, names, strict=True):
        ax.imshow(
            picture[top : top + 90, left : left + 90], cmap="gray", vmin=0, vmax=1
        )
        ax.set_title(title, fontsize=11)
        ax.axis("off")
show(fig, "Details four ways: the adversarial one is crisper, with a grain of its own.")

# %% [markdown]
# The sharper picture has the **lower** PSNR, and its patterns are **nearer** to those of
# the original. Both are true: it looks more right and is more wrong. One can't have
# everything: below some error, looking more natural must cost accuracy (Blau and
# Michaeli, 2018, prove it).
#
# Look closely and you find what the critic missed: grain. A part of it is regular: such
# **checkerboards** come from the way the pixels are laid out. The sixteen channels of the
# last layer are sixteen different filters, and nothing obliges neighbours to agree. Here
# is that part by itself: the mean of what each of the sixteen places of a square adds,
# red where it is brighter, blue where it is darker. In the mean it is weak: full red
# would be 0.01, two or three of 255 grey levels.

# %% tags=["nbval-ignore-output"]
fig, axes = plt.subplots(1, 2, figsize=(5.5, 2.6))
strength = {}
for ax, (name, network) in zip(
    axes, {"SRResNet": deep, "SRGAN": sharp}.items(), strict=True
):
    added = network(little_cat[None, ..., None]).numpy()[0]  # (h, w, 16)
    grain = added.mean(axis=(0, 1)).reshape(4, 4) - added.mean()
    strength[name] = 1000 * np.abs(grain).mean()
    ax.imshow(np.tile(grain, (3, 3)), cmap="RdBu_r", vmin=-0.01, vmax=0.01)
    ax.set_title(name, fontsize=11)
    ax.axis("off")
show(
    fig,
    "The mean pattern of the sixteen places, tiled: weak, and stronger with a critic.",
)
assert 5 * strength["SRResNet"] < strength["SRGAN"]
assert_between(
    strength["SRGAN"], 0.5, 5, "mean grain of SRGAN, thousandths", show=".2f"
)

# %% [markdown]
# And the hairs? They are **invented**. The network paints hair where hair is likely; it
# can't know where these hairs were. For a film that is fine. On a number plate it
# invents a digit, on an X-ray a shadow that isn't there, or paints over one that is. A
# picture that was made sharper by such a network is no evidence of anything that the
# small picture doesn't show.

# %% [markdown]
# ## Recap
#
# 1. **PSNR** is the mean squared error in decibels; **SSIM** compares neighbourhoods.
#    Both equal scikit-image's.
# 2. **Enlarging by formula** is $W_r Y W_c^\top$; the kernel decides: box, tent, cubic.
# 3. **SRCNN** repairs the bicubic picture. With a skip it beats bicubic in seconds,
#    without it first has to learn to copy.
# 4. **Sub-pixel convolution** computes small and lays out $s^2$ answers a pixel. ESPCN
#    gains over 0.8 dB at scale 3, the small SRResNet over 0.9 at scale 4.
# 5. **An adversarial loss** gives up PSNR for sharpness and texture. What it adds is
#    likely, not true: fine for a film, dangerous for a plate or an X-ray.

# %% [markdown]
# ## Read on
#
# - C. Dong, C. C. Loy, K. He, X. Tang, *Learning a Deep Convolutional Network for Image
#   Super-Resolution* (ECCV, 2014): SRCNN.
# - W. Shi and others, *Real-Time Single Image and Video Super-Resolution Using an
#   Efficient Sub-Pixel Convolutional Neural Network* (CVPR, 2016): ESPCN.
# - C. Ledig and others, *Photo-Realistic Single Image Super-Resolution Using a Generative
#   Adversarial Network* (CVPR, 2017): SRResNet and SRGAN.
# - Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, *Image Quality Assessment: From Error
#   Visibility to Structural Similarity* (2004): SSIM.
# - Y. Blau, T. Michaeli, *The Perception-Distortion Tradeoff* (CVPR, 2018).
# - A. Odena, V. Dumoulin, C. Olah, *Deconvolution and Checkerboard Artifacts* (2016).
# - T. Ojala, M. Pietikäinen, D. Harwood, *A Comparative Study of Texture Measures*
#   (1996).
