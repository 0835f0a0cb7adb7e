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
from keras import layers

from helpers.checks import check
from helpers.plotting import BLUE, ORANGE, show

# %% [markdown]
# ## Exercise 12.1 – Count the looks
#
# Padding: five places look at three words, $5 \cdot 3$. Causal: $1+2+3+4+5$. Both: the
# third place sees three words, and so do the two behind it, $1+2+3+3+3$.

# %% [markdown] tags=["hints"] exercise="12.1"
# **Hints**
#
# 1. Draw a square of 5 x 5. Rows look, columns are looked at; padding is columns 4
#    and 5.
# 2. Padding leaves 3 columns of 5. Causal leaves 1 in the first row, 2 in the second,
#    5 in the last.
# 3. Both: a pair counts if both masks allow it. Row 5 sees five places, two of them
#    padding.
#
# **Right:** padding takes away columns, the future takes away a triangle

# %% tags=["solution"] exercise="12.1"
allowed_pairs = {"padding": 15, "causal": 15, "both": 12}

# %%
check("12.1", allowed_pairs)

# %% [markdown]
# And run:

# %%
words = np.array([4, 5, 6, 0, 0])
padding = np.repeat((words != 0)[None], 5, axis=0)  # (5, 5)
causal = np.tril(np.ones((5, 5), dtype=bool))
print(padding.sum(), causal.sum(), (padding & causal).sum())

# %% [markdown]
# ## Exercise 12.2 – More heads

# %% [markdown] tags=["hints"] exercise="12.2"
# **Hints**
#
# 1. layer = keras.layers.MultiHeadAttention(heads, 64 // heads): the second number is
#    a head's size.
# 2. A layer has its parameters after layer.build((None, None, 64), (None, None, 64)).
# 3. Four matrices of 64 x 64, each with 64 biases, for every number of heads.
#
# **Right:** heads cut the vectors into pieces, the four matrices stay as they are

# %% tags=["solution"] exercise="12.2"
parameters_by_heads = {}
for heads in [1, 2, 4, 8, 16]:
    layer = layers.MultiHeadAttention(heads, 64 // heads)
    layer.build((None, None, 64), (None, None, 64))
    parameters_by_heads[heads] = layer.count_params()

# %%
check("12.2", parameters_by_heads)

# %% [markdown]
# Always the same: $4\,(64^2 + 64) = 16{,}640$. Heads cut the vectors into pieces; the
# four matrices stay $64 \times 64$. What changes is the size of a head's query: with 64
# heads it would be a single number, and no two words could be told apart by more than
# that.

# %%
print(parameters_by_heads, 4 * (64**2 + 64))

# %% [markdown]
# ## Exercise 12.3 – Look at neighbours only

# %% [markdown] tags=["hints"] exercise="12.3"
# **Hints**
#
# 1. places = np.arange(T); places[:, None] - places holds the distance of every pair.
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
