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
# Worked answers to the exercises of [chapter 10](../10_word_vectors.ipynb). Try each one
# yourself first, and `hint("10.1")` before you look. Other answers than these are right
# too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %%
import matplotlib.pyplot as plt
import numpy as np

from helpers.checks import check
from helpers.plotting import show


# %%
def pairs(sentence, window):
    found = []
    for i, word in enumerate(sentence):
        for j in range(max(0, i - window), min(len(sentence), i + window + 1)):
            if j != i:
                found.append((word, sentence[j]))
    return found


def sigmoid(s):
    return 1 / (1 + np.exp(-s))


# %% [markdown]
# ## Exercise 10.1 – How many pairs?
#
# With window 1, the two words at the ends have one neighbour and the other four have
# two: 2 · 1 + 4 · 2 = 10. Each wider window adds the pairs at one more distance: at
# distance $k$ there are $6-k$ of them in each direction, so 2 · 5 = 10, then 2 · 4 = 8,
# then 6, 4 and 2. From window 5 on every word meets every other: 6 · 5 = 30.
#
# One pair changes one row of $V$, and of $U$ the row of the true neighbour and those of
# the five negatives, at most 6 (fewer where the draw repeats itself).

# %% [markdown] tags=["hints"] exercise="10.1"
# **Hints**
#
# 1. Draw six dots. With window 1, how many neighbours has the first dot, how many the
#    second?
# 2. At distance k there are 6 - k places in each direction; window 2 has the
#    distances 1 and 2.
# 3. len(pairs(list('abcdef'), 2)) counts for you. U has the true neighbour and 5
#    negatives.
#
# **Right:** the words at the ends have fewer neighbours, and a step touches 1 row of
# V and at most 6 of U

# %% tags=["solution"] exercise="10.1"
counts = {
    "window 1": 10,
    "window 2": 18,
    "window 3": 24,
    "window 10": 30,
    "rows of V": 1,
    "rows of U": 6,
}

# %%
check("10.1", counts)

# %%
six = ["we", "saw", "this", "film", "last", "night"]
print([len(pairs(six, window)) for window in [1, 2, 3, 10]])

# %% [markdown]
# ## Exercise 10.2 – The threshold
#
# A word with frequency $f$ has the share $f\cdot p_\text{keep}$ of the old text. The sum
# over all words is the share that stays.

# %% [markdown] tags=["hints"] exercise="10.2"
# **Hints**
#
# 1. What stays of a word is zipf * p_keep, as a share of the old text: one array for
#    all words.
# 2. p_keep = np.minimum(1, np.sqrt(t / zipf)); stays = zipf * p_keep; the first share
#    is stays.sum().
# 3. The second share is stays[:10].sum() / stays.sum(): of the text that stays, not
#    of the old one.
#
# **Right:** thinning takes the text from the most frequent words first, then from all
# alike

# %% tags=["solution"] exercise="10.2"
zipf = 1 / np.arange(1, 10_001)
zipf = zipf / zipf.sum()
shares_by_threshold = {}
for t in [0.01, 0.001, 0.0001, 0.00001]:
    stays = zipf * np.minimum(1, np.sqrt(t / zipf))  # (words,)
    shares_by_threshold[t] = (stays.sum(), stays[:10].sum() / stays.sum())

# %%
check("10.2", shares_by_threshold)

# %%
for t, (stays, top) in shares_by_threshold.items():
    print(f"t = {t:7.5f}: {stays:4.0%} of the text stays, the 10 words have {top:4.1%}")

# %% [markdown]
# Before thinning, the 10 most frequent words make up 30% of the text. The smaller the
# threshold, the smaller their share, but it stops falling: once **all** words are above
# the threshold, each keeps a share proportional to $\sqrt f$, and a still smaller $t$
# only throws text away. The course's choice, one divided by the vocabulary, lies where
# the share has nearly stopped falling and plenty of text is left.

# %%
thresholds = np.logspace(-6, -1, 60)
kept = zipf * np.minimum(1, np.sqrt(thresholds[:, None] / zipf))  # (thresholds, words)
fig, ax = plt.subplots(figsize=(6.5, 3.2))
ax.semilogx(thresholds, kept.sum(axis=1), label="text that stays")
ax.semilogx(
    thresholds, kept[:, :10].sum(axis=1) / kept.sum(axis=1), "--", label="the 10"
)
ax.axvline(1e-4, color="black", lw=1, ls=":")
ax.set(xlabel="threshold", ylabel="share", ylim=(0, 1.02))
ax.legend()
show(fig, "The text that stays rises to 1; the share of ten words rises late, to 0.3.")

# %% [markdown]
# ## Exercise 10.3 – The gradient of CBOW
#
# The gradient by $h$ is that of skip-gram by $v$. Each neighbour's vector enters $h$
# with the factor $1/C$, so each gets the same gradient, divided by $C$.

# %% [markdown] tags=["hints"] exercise="10.3"
# **Hints**
#
# 1. First the gradient by h: skip-gram's gradient by v, with h in the place of v.
# 2. h is the sum of the neighbours' vectors divided by C, so each has the gradient by
#    h divided by C.
# 3. by_h = (sigmoid(h @ u) - 1) * u + sigmoid(negatives @ h) @ negatives; a row for
#    each neighbour: np.tile(by_h / C, (C, 1))
#
# **Right:** the same for every neighbour: the gradient by the mean, divided by their
# number


# %% tags=["solution"] exercise="10.3"
def cbow_gradient(neighbours, u, negatives):
    neighbours = np.asarray(neighbours)
    h = neighbours.mean(axis=0)  # (C, d) -> (d,)
    by_h = (sigmoid(h @ u) - 1) * u + sigmoid(negatives @ h) @ negatives  # (d,)
    return np.tile(by_h / len(neighbours), (len(neighbours), 1))  # (C, d)


# %%
check("10.3", cbow_gradient)

# %% [markdown]
# So CBOW cannot teach the neighbours different things from one place of the text. That
# is why it needs more text than skip-gram for rare words.
#
# ## Exercise 10.4 – An analogy machine

# %% [markdown] tags=["hints"] exercise="10.4"
# **Hints**
#
# 1. Divide every row by its length first; np.maximum(length, 1e-9) keeps zeros away
#    from the division.
# 2. Then the cosines' order is that of V @ (V[b] - V[a] + V[c]).
# 3. cosine[[a, b, c]] = -np.inf, and the same for rows of zeros, whose 0 may be the
#    largest; then int(np.argmax(cosine))
#
# **Right:** directions only, no word of the question, and zeros do no harm


# %% tags=["solution"] exercise="10.4"
def solve(V, a, b, c):
    V = np.asarray(V, dtype=float)
    lengths = np.linalg.norm(V, axis=1, keepdims=True)
    V = V / np.maximum(lengths, 1e-9)  # A row of zeros stays zeros.
    cosine = V @ (V[b] - V[a] + V[c])  # the arrow's own length changes no order
    cosine[lengths[:, 0] == 0] = -np.inf  # no direction, though 0 may be the largest
    cosine[[a, b, c]] = -np.inf
    return int(np.argmax(cosine))


# %%
check("10.4", solve)

# %% [markdown]
# A table made by hand, with a direction for "female" and one for "royal", of different
# lengths. Man is to woman as king is to ...

# %%
people = ["man", "woman", "king", "queen", "table"]
by_hand = np.array([[1, 0, 0], [1, 1, 0], [3, 0, 3], [2, 2, 2], [0, 0, 0]])
print(people[solve(by_hand, 0, 1, 2)])
