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
# Worked answers to the exercises of [chapter 17](../17_generative_models.ipynb). Try
# each one yourself first, and `hint("17.1")` before you look. Other answers than these are
# right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the judge, the decoder, the denoiser and the
# walk from noise to codes, as there.

# %%
from itertools import pairwise

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.stats import norm

from helpers import datasets
from helpers.checks import assert_between, check
from helpers.models import load_weights, shipped
from helpers.plotting import BLUE, ORANGE, show

# %% tags=["nbval-ignore-output"]
(x_train, _), (x_test, _) = datasets.load_mnist()
wanted = np.arange(2000) % 10
assert x_train.shape == (60_000, 28, 28)

# %%


def make_judge():
    judge = keras.Sequential([keras.Input((28, 28, 1))])
    for filters in (16, 32, 64):
        judge.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        judge.add(layers.MaxPooling2D())
    judge.add(layers.Flatten())
    judge.add(layers.Dropout(0.3))
    judge.add(layers.Dense(64, activation="relu", name="features"))
    judge.add(layers.Dense(10, activation="softmax"))
    return judge


# %%
judge = make_judge()
load_weights(judge, shipped("judge_digits"), shipped=True)
looks = judge.get_layer(
    "features"
).output  # as in the chapter, besides the probabilities
judge = keras.Model(judge.inputs[0], [looks, *judge.outputs])
print(judge.count_params(), "parameters")


# %%
def make_decoder(numbers=16):
    twice = {"strides": 2, "padding": "same", "activation": "relu"}
    h = code = keras.Input((numbers,))
    h = layers.Dense(7 * 7 * 32, activation="relu")(h)
    h = layers.Reshape((7, 7, 32))(h)
    h = layers.Conv2DTranspose(32, 3, **twice)(h)
    h = layers.Conv2DTranspose(16, 3, **twice)(h)
    image = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(h)
    return keras.Model(code, image)


# %%
def make_denoiser(numbers=16, width=112):
    code, t = keras.Input((numbers,)), keras.Input((1,))
    label = keras.Input((), dtype="int32")
    when = layers.Dense(32, activation="silu")(t)
    told = layers.Concatenate()([when, layers.Embedding(11, 32)(label)])
    told = layers.Dense(width)(told)
    h = layers.Dense(width)(code)
    for _ in range(2):
        inside = layers.LayerNormalization()(layers.Add()([h, told]))
        inside = layers.Dense(width, activation="silu")(inside)
        h = layers.Add()([h, layers.Dense(width)(inside)])
    h = layers.LayerNormalization()(layers.Add()([h, told]))
    return keras.Model([code, t, label], layers.Dense(numbers)(h))


decoder, guided = make_decoder(), make_denoiser()
load_weights(decoder, shipped("code_decoder_digits"), shipped=True)
load_weights(guided, shipped("code_denoiser_digits"), shipped=True)


# %%
def mix(clean, noise, t):
    """The state at time t: t is one number, or of shape (n, 1)."""
    return tf.cos(np.pi / 2 * t) * clean + tf.sin(np.pi / 2 * t) * noise


def take_apart(state, v, t):
    """State and velocity at time t: the clean picture and the noise in it."""
    cos, sin = tf.cos(np.pi / 2 * t), tf.sin(np.pi / 2 * t)
    return cos * state - sin * v, sin * state + cos * v


# %%
def sample_codes(denoiser, wanted, guidance=2.0, steps=25, seed=0):
    """From noise to codes of the wanted labels: all stages, (steps + 1, n, 16)."""
    wanted = tf.constant(np.asarray(wanted, "int32"))
    nobody = tf.fill(wanted.shape, 10)
    start = np.random.default_rng(seed).normal(size=(len(wanted), 16))
    state = tf.constant(start, "float32")
    stages = [state]
    for now, then in pairwise(np.linspace(1, 0, steps + 1).astype("float32")):
        column = tf.fill((len(stages[0]), 1), now)
        v = denoiser([state, column, wanted])
        if guidance != 1:
            v_none = denoiser([state, column, nobody])
            v = v_none + guidance * (v - v_none)
        clean, noise = take_apart(state, v, now)
        state = mix(clean, noise, then)
        stages.append(state)
    return np.array(stages)


print(sample_codes(guided, wanted[:3]).shape)

# %% [markdown]
# ## Exercise 17.1 – Distances on paper
#
# With $m=0$ and $s=2$ for the real pictures: $(1-0)^2+(2-2)^2=1$; $0+(1-2)^2=1$. A model
# that always makes the same picture has $s=0$, so $(0-2)^2=4$. To be as bad with the right
# spread, the mean must be $\sqrt4=2$ away.

# %% [markdown] tags=["hints"] exercise="17.1"
# **Hints**
#
# 1. Put the two means and the two deviations into the formula.
# 2. A model that always makes the same picture has deviation 0.
# 3. The last one: which m gives m² = 4?
#
# **Right:** a wrong mean and a wrong spread are weighed alike

# %% tags=["solution"] exercise="17.1"
on_paper = {
    "mean 1, deviation 2": (1 - 0) ** 2 + (2 - 2) ** 2,
    "mean 0, deviation 1": (0 - 0) ** 2 + (1 - 2) ** 2,
    "always the same picture, at the mean": (0 - 2) ** 2,
    "as bad with deviation 2: how far the mean": 2,
}

# %%
check("17.1", on_paper)

# %% [markdown]
# ## Exercise 17.2 – From any cloud to any cloud

# %% [markdown] tags=["hints"] exercise="17.2"
# **Hints**
#
# 1. NumPy works on all n × k numbers at once; write the formula as it stands.
# 2. The first term is np.log(s2 / s1).
# 3. Sum over the k numbers at the end: parts.sum(axis=1).
#
# **Right:** with m2 = 0 and s2 = 1 it is the chapter's divergence


# %% tags=["solution"] exercise="17.2"
def kl_between(m1, s1, m2, s2):
    parts = np.log(s2 / s1) + (s1**2 + (m1 - m2) ** 2) / (2 * s2**2) - 0.5
    return parts.sum(axis=1)


# %%
check("17.2", kl_between)

# %% [markdown]
# It is no distance: there and back differ. A narrow cloud inside a wide one surprises little,
# a wide one surprises much whoever expects the narrow one.

# %%
wide, narrow = np.full((1, 1), 2.0), np.full((1, 1), 0.5)
there = kl_between(0, narrow, 0, wide)[0]
back = kl_between(0, wide, 0, narrow)[0]
z = np.linspace(-20, 20, 100_001)
q, surprise = norm.pdf(z, 0, 0.5), norm.logpdf(z, 0, 0.5) - norm.logpdf(z, 0, 2)
print(round(there, 3), round(back, 3))
assert np.isclose(there, (q * surprise).sum() * (z[1] - z[0])) and back > there

# %% [markdown]
# ## Exercise 17.3 – How much guidance?

# %% [markdown] tags=["hints"] exercise="17.3"
# **Hints**
#
# 1. sample_codes gives all stages; the clean codes are the last, [-1].
# 2. decoded(sample_codes(guided, wanted, guidance=1)[-1]) are pictures; the judge's
#    largest probability is the digit.
# 3. seen = judge.predict(decoded(...), verbose=0)[1] are probabilities;
#    (seen.argmax(axis=1) == wanted).mean()
#
# **Right:** without guidance by chance, at 1 mostly, at 3 nearly always

# %% tags=["solution"] exercise="17.3"
right_by_guidance = {}
for guidance in (0, 1, 3):
    decoded_now = decoder(sample_codes(guided, wanted, guidance=guidance)[-1])
    judged = judge.predict(decoded_now.numpy(), batch_size=500, verbose=0)[1]
    right_by_guidance[guidance] = (judged.argmax(axis=1) == wanted).mean()

# %%
check("17.3", right_by_guidance)

# %%
fig, ax = plt.subplots(figsize=(5, 2.5))
ax.plot(list(right_by_guidance), list(right_by_guidance.values()), "o-", color=BLUE)
ax.set(xlabel="guidance", ylabel="share of right labels", ylim=(0, 1.05))
assert_between(right_by_guidance[0], 0.05, 0.18, "right at guidance 0", show=".2f")
assert_between(right_by_guidance[3], 0.99, 1, "right at guidance 3", show=".3f")
show(fig, "The share of right labels rises from a tenth to nearly all.")

# %% [markdown]
# ## Exercise 17.4 – Made or remembered?

# %% [markdown] tags=["hints"] exercise="17.4"
# **Hints**
#
# 1. Make rows of 784 numbers: made.reshape(len(made), -1).
# 2. The chapter's distances does all pairs without a large array of differences.
# 3. squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T; then
#    np.sqrt(np.maximum(squares, 0)).min(axis=1), as rounding may leave one below 0.
#
# **Right:** for each made picture the distance to its nearest known one


# %% tags=["solution"] exercise="17.4"
def nearest_known(made, known):
    a, b = made.reshape(len(made), -1), known.reshape(len(known), -1)
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0)).min(axis=1)


# %%
check("17.4", nearest_known)

# %% [markdown]
# Has the latent diffusion learned by heart? Its digits against 20,000 of the training
# pictures, beside real test digits that nobody can have remembered:

# %%
known = x_train[:20_000] / np.float32(255)
made = decoder(sample_codes(guided, wanted[:500])[-1]).numpy()
away = {
    "made": nearest_known(made, known),
    "real test digits": nearest_known(x_test[:500] / np.float32(255), known),
}

# %%
fig, ax = plt.subplots(figsize=(6, 2.6))
for (name, values), color in zip(away.items(), (BLUE, ORANGE), strict=True):
    ax.hist(values, np.linspace(0, 12, 49), color=color, alpha=0.6, label=name)
ax.set(xlabel="distance to the nearest training picture", ylabel="pictures")
ax.legend()
assert away["made"].min() > 0.5, "an exact copy"
assert np.median(away["made"]) < np.median(away["real test digits"])
show(
    fig, "Two overlapping hills: made digits lie nearer to training digits, none at 0."
)

# %% [markdown]
# No made digit is an exact copy: that would lie at 0. (A digit that was remembered, and
# blurred by the decoder, would not.) They do lie nearer than real test digits do. They are
# smooth and typical, and the typical has many neighbours: the certainty of section 17.6
# again, measured in pixels.
