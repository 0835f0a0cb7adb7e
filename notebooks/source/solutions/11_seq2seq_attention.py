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
# Worked answers to the exercises of [chapter 11](../11_seq2seq_attention.ipynb). Try each
# one yourself first, and `hint("11.1")` before you look. Other answers than these are
# right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %%
import matplotlib.pyplot as plt
import numpy as np

from helpers.checks import check
from helpers.plotting import show

# %% [markdown]
# ## Exercise 11.1 – Teacher forcing on paper
#
# The same five words twice: behind `[start]` (1) for the decoder to read, and followed
# by `[end]` (2) for it to say. At each place, `target` holds the word that comes after
# the one in `given`.

# %% [markdown] tags=["hints"] exercise="11.1"
# **Hints**
#
# 1. given is what the decoder reads, target what it should say at the same place.
# 2. given begins with 1 for [start]; target has no 1 and ends with 2 for [end].
# 3. Fill both up with zeros to 8 places: given is [1, 4, 5, 6, 7, 8, 0, 0].
#
# **Right:** the same sentence twice, one place apart

# %% tags=["solution"] exercise="11.1"
rows = {
    "given": [1, 4, 5, 6, 7, 8, 0, 0],
    "target": [4, 5, 6, 7, 8, 2, 0, 0],
}

# %%
check("11.1", rows)

# %% [markdown]
# And run: shifted by one place, they are the same row.

# %%
given, target = np.array(rows["given"]), np.array(rows["target"])
print(given[1:6], target[:5], (given[1:6] == target[:5]).all())

# %% [markdown]
# ## Exercise 11.2 – How sharp is a softmax

# %% [markdown] tags=["hints"] exercise="11.2"
# **Hints**
#
# 1. Multiply the scores by the factor first, then take the softmax, then its largest
#    number.
# 2. a = np.exp(factor * scores); a = a / a.sum(); a.max()
# 3. For the factor 0 it must be 0.1: ten places, all alike.
#
# **Right:** at 0 all places count alike; the larger the scores, the more one place
# takes it all

# %% tags=["solution"] exercise="11.2"
rng = np.random.default_rng(11)
h, s = rng.normal(size=(10, 16)), rng.normal(size=16)
scores = h @ s

largest_weight = {}
for factor in [0, 0.25, 1, 4]:
    a = np.exp(factor * scores - np.max(factor * scores))
    largest_weight[factor] = (a / a.sum()).max()

# %%
check("11.2", largest_weight)

# %% [markdown]
# The factor turns a plain average over all places (0) into the choice of a single one
# (4), and everything between. Scores of a dot product grow with the number of terms:
# states of 16 numbers give scores around ±4, so that softmax is nearly a choice before
# it has learned anything. [Chapter 12](../12_transformer.ipynb) divides by the square
# root of that number.

# %%
fig, ax = plt.subplots(figsize=(6, 3.2))
factors = np.linspace(0, 4, 81)
curves = np.exp(factors[:, None] * scores)  # (81, 10)
ax.plot(factors, curves / curves.sum(axis=1, keepdims=True))
ax.set(xlabel="factor", ylabel="weights of the ten places", ylim=(0, 1.02))
show(
    fig,
    "Ten curves start together at 0.1; with the factor one rises to 1, others fall.",
)

# %% [markdown]
# ## Exercise 11.3 – Attention in NumPy

# %% [markdown] tags=["hints"] exercise="11.3"
# **Hints**
#
# 1. scores = H @ s; padding gets a score of -inf, or a weight of 0 before you divide
#    by the sum.
# 2. Subtract the largest score of the words that are there before np.exp: 1000 would
#    overflow.
# 3. scores = np.where(seen, H @ s, -np.inf); a = np.exp(scores - scores.max()); a = a
#    / a.sum()
#
# **Right:** scores, softmax over the words that are there, weighted sum


# %% tags=["solution"] exercise="11.3"
def attend(s, H, seen):
    scores = np.where(seen, H @ s, -np.inf)  # (E,)
    a = np.exp(scores - scores.max())  # so that exp cannot overflow
    a = a / a.sum()
    return a, a @ H


# %%
check("11.3", attend)

# %% [markdown]
# The largest score of the words that are there becomes 0, and exp of −∞ is 0: padding
# drops out by itself.

# %%
weights, context = attend(
    np.array([1.0, 0.0]), np.eye(3, 2), np.array([True, True, False])
)
print(weights.round(3), context.round(3))

# %% [markdown]
# ## Exercise 11.4 – Beam search from scratch

# %% [markdown] tags=["hints"] exercise="11.4"
# **Hints**
#
# 1. Keep a list of (score, sequence). In each round extend every one of them by every
#    symbol.
# 2. Sort all extensions by score and keep the best `width`; those that end in 0 get
#    their own list.
# 3. for score, sequence in beam: for symbol, log_p in
#    enumerate(next_log_probabilities(sequence)): candidates.append((score + log_p,
#    (*sequence, symbol)))
#
# **Right:** the likeliest sequences, also where greedy search walks past them


# %% tags=["solution"] exercise="11.4"
def best_sequence(next_log_probabilities, width, longest):
    beam, finished = [(0.0, ())], []
    for _ in range(longest):
        candidates = [
            (score + log_p, (*sequence, symbol))
            for score, sequence in beam
            for symbol, log_p in enumerate(next_log_probabilities(sequence))
        ]
        best = sorted(candidates, reverse=True)[:width]
        finished += [pair for pair in best if pair[1][-1] == 0]
        beam = [pair for pair in best if pair[1][-1] != 0]
    return max(finished)[1]


# %%
check("11.4", best_sequence)

# %% [markdown]
# The trap of the exercise, with both widths. 0.6 · 0.4 · 0.9 = 0.216 is what greedy
# search gets, and 0.4 · 0.9 · 0.9 = 0.324 what it walks past.

# %%
table = {(): [0, 0.6, 0.4], (1,): [0.3, 0.4, 0.3], (2,): [0.05, 0.9, 0.05]}


def trap(sequence):
    return np.log(np.maximum(table.get(tuple(sequence), [0.9, 0.05, 0.05]), 1e-12))


print(best_sequence(trap, 1, 6), best_sequence(trap, 2, 6))
