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
# Worked answers to the exercises of [chapter 15](../15_super_resolution.ipynb). Try each
# one yourself first, and `hint("15.1")` before you look. Other answers than these are
# right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the astronaut, the cubic kernel, and how
# pictures are resized and measured.

# %%
import keras
import numpy as np
from keras import layers

from helpers import datasets
from helpers.checks import assert_between, check
from helpers.models import load_weights, shipped

photographs = datasets.load_photographs()


# %%
def luminance(picture):
    rgb = np.array([65.481, 128.553, 24.966]) / 255
    return ((16 + picture @ rgb) / 255).astype("float32")


def cubic(x, a=-0.5):
    x = np.abs(x)
    inner = (a + 2) * x**3 - (a + 3) * x**2 + 1
    outer = a * (x**3 - 5 * x**2 + 8 * x - 4)
    return np.where(x < 1, inner, np.where(x < 2, outer, 0))


# %%
def weights(old, new, kernel):
    centre = (np.arange(new) + 0.5) * old / new - 0.5  # in old pixels
    W = kernel((centre[:, None] - np.arange(old)) / max(old / new, 1))
    return (W / W.sum(axis=1, keepdims=True)).astype("float32")


def resize(y, height, width, kernel=cubic):
    return weights(len(y), height, kernel) @ y @ weights(y.shape[1], width, kernel).T


# %%
def shrink(y, scale):
    height, width = (side // scale * scale for side in y.shape)
    return y[:height, :width], resize(
        y[:height, :width], height // scale, width // scale
    )


def psnr(picture, original):
    return 10 * np.log10(1 / np.mean((picture - original) ** 2))


def judged(picture, original, scale):
    inside = slice(scale, -scale), slice(scale, -scale)
    return psnr(np.float64(picture)[inside], np.float64(original)[inside])


# %% [markdown]
# ## Exercise 15.1 – Decibels on paper
#
# The error is squared, so 0.01 becomes 0.0001: four zeros, 40 dB. One pixel of a hundred
# that is off by 1 makes an MSE of 1/100. Half of the error is a quarter of its square,
# and 10 · log10(4) is 6.02. Ten times as many wrong pixels make ten times the MSE.

# %% [markdown] tags=["hints"] exercise="15.1"
# **Hints**
#
# 1. Find the MSE first: square the errors, and take the mean over all pixels.
# 2. How much more is 10 · log10 of how many times smaller the MSE has become.
# 3. Half of the error: a quarter of the MSE. Ten times as many wrong pixels: ten times
#    the MSE, and less is below 0.
#
# **Right:** decibels count factors of the MSE: 10 dB for ten, 3 for two

# %% tags=["solution"] exercise="15.1"
decibels = {
    "every pixel off by 0.01": 10 * np.log10(1 / 0.01**2),
    "one pixel of 100 off by 1, all others right": 10 * np.log10(1 / (1 / 100)),
    "half the error at every pixel: how much more": 10 * np.log10(2**2),
    "ten times as many pixels off by the same: how much more": 10 * np.log10(1 / 10),
}

# %%
check("15.1", decibels)

# %% [markdown]
# ## Exercise 15.2 – The rim of the kernel

# %% [markdown] tags=["hints"] exercise="15.2"
# **Hints**
#
# 1. astronaut, shrunk = shrink(Y["astronaut"], 3) is done once, with the kernel as it
#    is.
# 2. The last argument of resize is the kernel: lambda x: cubic(x, a).
# 3. {a: judged(resize(shrunk, *astronaut.shape, lambda x: cubic(x, a)), astronaut, 3)
#    for a in (-0.25, -0.5, -0.75, -1.0)}
#
# **Right:** a deeper rim sharpens and wins here, by less and less

# %% tags=["solution"] exercise="15.2"
astronaut, shrunk = shrink(luminance(photographs["astronaut"]), 3)
by_rim = {}
for a in (-0.25, -0.5, -0.75, -1.0):
    large = resize(shrunk, *astronaut.shape, lambda x, a=a: cubic(x, a))
    by_rim[a] = judged(large, astronaut, 3)

# %%
check("15.2", by_rim)

# %%
for a, value in by_rim.items():
    print(f"a = {a:5.2f}: {value:.2f} dB")
assert by_rim[-0.25] < by_rim[-0.5] < by_rim[-0.75] < by_rim[-1.0]

# %% [markdown]
# The rim is what sharpens. Pillow uses −0.5, other programs −0.75: two "bicubic"
# pictures may differ by 0.2 dB, so say which one you compare with. All four together
# span half a decibel. No such kernel goes much further: each treats all places alike.

# %% [markdown]
# ## Exercise 15.3 – Pack one picture
#
# Cut rows and columns in two axes each, put the two that count inside a block last, and
# join them.

# %% [markdown] tags=["hints"] exercise="15.3"
# **Hints**
#
# 1. Channel k holds every s-th pixel, beginning in row k // s and column k % s.
# 2. In one go, with h, w = len(y) // s, y.shape[1] // s: reshape to (h, s, w, s). Which
#    two axes should be neighbours at the end?
# 3. y.reshape(h, s, w, s).transpose(0, 2, 1, 3).reshape(h, w, s * s)
#
# **Right:** nothing is lost and nothing is computed: the same numbers, in another order


# %% tags=["solution"] exercise="15.3"
def unfold(y, s):
    h, w = y.shape[0] // s, y.shape[1] // s
    blocks = y.reshape(h, s, w, s)
    return blocks.transpose(0, 2, 1, 3).reshape(h, w, s * s)


# %%
check("15.3", unfold)

# %% [markdown]
# ## Exercise 15.4 – Eight looks
#
# Mirror or not, then turn by 0, 90, 180 or 270 degrees: eight pictures of the same
# thing. On the way back the turn is undone first, because it came last.

# %% [markdown] tags=["hints"] exercise="15.4"
# **Hints**
#
# 1. np.rot90(picture, turn) turns, np.rot90(picture, -turn) turns back; picture[:,
#    ::-1] mirrors, and mirrors back.
# 2. What is done last has to be undone first.
# 3. Collect the eight results in a list, guesses; np.mean(guesses, axis=0) is the
#    answer.
#
# **Right:** eight guesses that err differently; their mean errs less than each


# %% tags=["solution"] exercise="15.4"
def eight_looks(enlarge_one, small):
    guesses = []
    for turn in range(4):
        guesses.append(np.rot90(enlarge_one(np.rot90(small, turn)), -turn))
        large = np.rot90(enlarge_one(np.rot90(small[:, ::-1], turn)), -turn)
        guesses.append(large[:, ::-1])
    return np.mean(guesses, axis=0)


# %%
check("15.4", eight_looks)

# %% [markdown]
# How much is it worth? ESPCN for scale 3, with the weights that ship with the course, on
# the three photographs that no network has learned from:


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


triple = espcn(3)
load_weights(triple, shipped("espcn_x3"), shipped=True)


def enlarge_one(small):
    h, w = small.shape
    lack = triple(small[None, ..., None]).numpy()[0]  # (h, w, 9)
    lack = lack.reshape(h, w, 3, 3).swapaxes(1, 2).reshape(3 * h, 3 * w)
    return np.clip(resize(small, 3 * h, 3 * w) + lack, 0, 1)


print(enlarge_one(shrunk).shape)

# %% tags=["nbval-ignore-output"]
gains = []
for name in ("astronaut", "chelsea", "coffee"):
    original, small = shrink(luminance(photographs[name]), 3)
    looks = enlarge_one(small), eight_looks(enlarge_one, small)
    one, eight = (judged(picture, original, 3) for picture in looks)
    print(f"{name:9} one look {one:.2f} dB, eight looks {eight:.2f} dB")
    gains.append(eight - one)
assert_between(np.mean(gains), 0.01, 0.3, "gain, dB", show=".2f")
