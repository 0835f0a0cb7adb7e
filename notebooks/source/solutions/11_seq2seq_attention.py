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
from helpers.synthetic import translation

# %% [markdown]
# ## Exercise 11.1 – A table as a decoder
#
# The rows are made as in the chapter: the same sentence twice, behind `[start]` (1) to
# be read, and followed by `[end]` (2) to be said. (The numbers of the words may be
# others than in the chapter; shares do not depend on them.)

# %%
sentences = [pair.japanese for pair in translation.load_pairs()[:1000]]
japanese_words = ["", "[start]", "[end]", "[unknown]", *sorted(set(sum(sentences, ())))]
reads, says = np.zeros((2, 1000, 19), int)
for i, sentence in enumerate(sentences):
    ids = [japanese_words.index(word) for word in sentence]
    reads[i, : len(ids) + 1] = [1, *ids]
    says[i, : len(ids) + 1] = [*ids, 2]


def table_of(reads, says):
    """For each token: what most often has to be said where it is read."""
    size = max(reads.max(), says.max()) + 1
    times = np.zeros((size, size), int)
    np.add.at(times, (reads, says), 1)
    return times.argmax(axis=1)


print(reads.shape, says.shape)

# %% [markdown] tags=["hints"] exercise="11.1"
# **Hints**
#
# 1. Which answers does the table give with a teacher, and in which places does an
#    answer count?
# 2. table = table_of(reads, says); (table[reads] == says)[says > 0].mean(). Not
#    shifted: reads in place of says.
# 3. Alone: word = 1; ten times word = table[word]; count how often it is not 1.
#
# **Right:** a target that stands in the input is copied: all right, and nothing learned

# %% tags=["solution"] exercise="11.1"
measured = {}
for which, next_word in [("shifted", says), ("not shifted", reads)]:
    table = table_of(reads, next_word)
    measured[which] = (table[reads] == next_word)[next_word > 0].mean()

now, measured["alone"] = 1, 0
for _ in range(10):
    now = table[now]  # the table of the last round, not shifted
    measured["alone"] += int(now != 1)

# %%
check("11.1", measured)

# %% [markdown]
# Without the shift each word says itself: with a teacher everything is right, alone it
# says `[start]` for ever. A loss that falls to nothing at once is such a mistake more
# often than a success. With the shift, the table gets four or five words in ten right,
# and writes alone:

# %%
assert 0.4 < measured["shifted"] < 0.5
table, now, written = table_of(reads, says), 1, []
while now != 2 and len(written) < 19:
    now = table[now]
    written.append(japanese_words[now])
print(" ".join(written))

# %% [markdown]
# A sentence, and always the same one, whatever the English says. Being right about the
# next word after right words is one thing, writing another.

# %% [markdown]
# ## Exercise 11.2 – How sharp is a softmax

# %% [markdown] tags=["hints"] exercise="11.2"
# **Hints**
#
# 1. ten_scores = h @ s. Multiply them by the factor first, then take the softmax, then
#    its largest number.
# 2. powers = np.exp(factor * ten_scores); (powers / powers.sum()).max()
# 3. For the factor 0 it must be 0.1: ten places, all alike.
#
# **Right:** at 0 all places count alike; the larger the scores, the more one place
# takes it all

# %% tags=["solution"] exercise="11.2"
rng = np.random.default_rng(11)
h, s = rng.normal(size=(10, 16)), rng.normal(size=16)
ten_scores = h @ s

largest_weight = {}
for factor in [0, 0.25, 1, 4]:
    powers = np.exp(factor * ten_scores - np.max(factor * ten_scores))
    largest_weight[factor] = (powers / powers.sum()).max()

# %%
check("11.2", largest_weight)

# %% [markdown]
# The factor turns a plain average over all places (0) into a choice among a few: at 4
# two are left, and the larger the factor, the more the first of them gets. Scores of a
# dot product grow with the number of terms: states of 16 numbers give scores with a
# spread of 4 on average (here less), so that softmax has its favourites before it has
# learned anything.
# [Chapter 12](../12_transformer.ipynb) divides by the square root of that number.

# %%
fig, ax = plt.subplots(figsize=(6, 3.2))
factors = np.linspace(0, 4, 81)
curves = np.exp(factors[:, None] * ten_scores)  # (81, 10)
ax.plot(factors, curves / curves.sum(axis=1, keepdims=True))
ax.set(xlabel="factor", ylabel="weights of the ten places", ylim=(0, 1.02))
show(
    fig,
    "Ten curves start at 0.1; one ends at 0.66, a second at 0.34, the others near 0.",
)
assert np.allclose(np.sort(curves[-1] / curves[-1].sum())[-2:], [0.34, 0.66], atol=0.01)

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
#    / a.sum(); return a, a @ H
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
