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
# Worked answers to the exercises of [chapter 12](../12_transformer.ipynb). Try each one
# yourself first, and `hint("12.1")` before you look. Other answers than these are right
# too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %%
import matplotlib.pyplot as plt
import numpy as np

from helpers.checks import check
from helpers.plotting import BLUE, ORANGE, show

# %% [markdown]
# ## Exercise 12.1 – Who notices?
#
# An output changes if its place looks at the changed one, or is the changed one: its
# own query is another then. Without a mask all look. Padding is looked at by nobody, so
# only its own output changes. Under the causal mask those notice that stand behind.

# %% [markdown] tags=["hints"] exercise="12.1"
# **Hints**
#
# 1. Draw a square of 5 x 5. Rows look, columns are looked at. Which rows may look at
#    the column that changes?
# 2. A place that changes has another query, too: its own output changes in any case.
#
# **Right:** who may look notices, and who changes is changed

# %% tags=["solution"] exercise="12.1"
changed_places = {
    "no mask, place 2 changed": [0, 1, 2, 3, 4],
    "padding mask, place 4 changed": [4],
    "causal mask, place 2 changed": [2, 3, 4],
    "both masks, place 1 changed": [1, 2, 3, 4],
}

# %%
check("12.1", changed_places)

# %% [markdown]
# And run:


# %%
def masked(x, mask):
    scores = np.where(mask, x @ x.T, -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True) @ x


padding = np.repeat([[True, True, True, False, False]], 5, axis=0)
causal = np.tril(np.ones((5, 5), dtype=bool))
cases = [(padding | True, 2), (padding, 4), (causal, 2), (padding & causal, 1)]
x = np.random.default_rng(12).normal(size=(5, 8))
for mask, place in cases:
    other = x.copy()
    other[place] += 1
    difference = np.abs(masked(x, mask) - masked(other, mask)).max(axis=1)
    print(np.flatnonzero(difference > 1e-9).tolist())

# %% [markdown]
# ## Exercise 12.2 – A narrow view in many layers

# %% [markdown] tags=["hints"] exercise="12.2"
# **Hints**
#
# 1. places = np.arange(40); places[:, None] - places holds the distance of every pair.
# 2. Run the layers on the vectors and on a copy whose first vector is another one;
#    np.flatnonzero tells where the results differ.
# 3. near = np.abs(places[:, None] - places) <= 2; then, once for each layer, vectors =
#    softmax(np.where(near, vectors @ vectors.T, -np.inf)) @ vectors
#
# **Right:** each layer carries news two places on, as filters of width 5 do

# %% tags=["solution"] exercise="12.2"
places = np.arange(40)
near = np.abs(places[:, None] - places) <= 2  # (40, 40)
vectors = np.random.default_rng(12).random((2, 40, 8))
vectors[1, 1:] = vectors[0, 1:]  # two texts that differ in the first word only
reach_by_layers = {}
for depth in range(1, 6):
    dots = np.where(near, vectors @ vectors.swapaxes(1, 2), -np.inf)  # (2, 40, 40)
    powers = np.exp(dots - dots.max(axis=-1, keepdims=True))
    vectors = powers / powers.sum(axis=-1, keepdims=True) @ vectors  # (2, 40, 8)
    if depth in (1, 2, 3, 5):
        differs = np.abs(vectors[0] - vectors[1]).max(axis=1) > 0
        reach_by_layers[depth] = np.flatnonzero(differs).max()

# %%
print({depth: int(places) for depth, places in reach_by_layers.items()})
check("12.2", reach_by_layers)

# %% [markdown]
# ## Exercise 12.3 – Look at neighbours only

# %% [markdown] tags=["hints"] exercise="12.3"
# **Hints**
#
# 1. T, d = q.shape; places = np.arange(T); places[:, None] - places holds the distance
#    of every pair.
# 2. Scores of words that are too far become -inf before softmax; divide the scores by
#    sqrt(d).
# 3. near = np.abs(places[:, None] - places) <= reach; scores = np.where(near, q @ k.T
#    / np.sqrt(d), -np.inf)
#
# **Right:** a band of weights along the diagonal, and no word outside of it


# %% tags=["solution"] exercise="12.3"
def local_attention(q, k, v, reach):
    T, d = q.shape
    places = np.arange(T)
    near = np.abs(places[:, None] - places) <= reach  # (T, T)
    scores = np.where(near, q @ k.T / np.sqrt(d), -np.inf)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = powers / powers.sum(axis=1, keepdims=True)
    return weights @ v, weights


# %%
check("12.3", local_attention)

# %% [markdown]
# The weights of twelve words form a band along the diagonal. A real implementation does
# not compute what lies outside of it; the cost is then $2\,T\,(2 \cdot \text{reach} +
# 1)\,d$ and grows in proportion to the length. Stacked, such layers see far all the same:
# each block adds `reach` places to either side, as the layers of a convolutional network
# do.

# %%
rng = np.random.default_rng(12)
q, k, v = rng.normal(size=(3, 12, 16))
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.6))
for ax, reach in zip(axes, [11, 2], strict=True):
    ax.imshow(local_attention(q, k, v, reach)[1], cmap="Blues", vmin=0, vmax=1)
    ax.set(title=f"reach {reach}", xlabel="is looked at", ylabel="looks")
show(fig, "Weights of twelve words: a full square, and a band along the diagonal.")

# %% [markdown]
# ## Exercise 12.4 – A pre-norm block
#
# Twice the same sentence: normalise, do something, add it to what was there.

# %% [markdown] tags=["hints"] exercise="12.4"
# **Hints**
#
# 1. Write a small function norm(x): subtract each row's mean, divide by
#    sqrt(variance + 0.001).
# 2. x = x + attend(norm(x)); what goes into the dense layers is norm of this new x.
# 3. return x + np.maximum(norm(x) @ W_1 + b_1, 0) @ W_2 + b_2
#
# **Right:** normalise, do something, add it: twice


# %% tags=["solution"] exercise="12.4"
def block(x, attend, W_1, b_1, W_2, b_2):
    def norm(x):
        centred = x - x.mean(axis=-1, keepdims=True)
        return centred / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-3)

    x = x + attend(norm(x))
    return x + np.maximum(norm(x) @ W_1 + b_1, 0) @ W_2 + b_2


# %%
check("12.4", block)

# %% [markdown]
# Twenty such blocks with random matrices, on eight words; attention is replaced by a
# plain average here. The spread grows by about the same amount with each block, however
# large it is by then: each part reads normalised numbers. Post-norm would hold it at 1
# (the line), and shrink what came from below each time.

# %%
x, spreads = rng.normal(size=(8, 32)), []
for _ in range(20):
    W_1, W_2 = rng.normal(0, 0.15, (32, 64)), rng.normal(0, 0.15, (64, 32))
    x = block(x, lambda h: np.repeat(h.mean(axis=0)[None], 8, axis=0), W_1, 0, W_2, 0)
    spreads.append(x.std())
fig, ax = plt.subplots(figsize=(6, 3.2))
ax.plot(range(1, 21), spreads, "o-", color=BLUE)
ax.axhline(1, color=ORANGE, linewidth=1)
ax.set(xlabel="blocks passed", ylabel="spread of the numbers", ylim=(0, None))
ax.set_xticks(range(0, 21, 5))
show(fig, "The spread rises in a straight line with the blocks, above a line at 1.")
