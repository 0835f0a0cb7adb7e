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
# Worked answers to the exercises of [chapter 13](../13_foundation_models.ipynb). Try each
# one yourself first, and `hint("13.1")` before you look. Other answers than these are
# right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %%
import itertools
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from helpers.checks import check
from helpers.plotting import show

# %% [markdown]
# ## Exercise 13.1 – Merges on paper
#
# (a, b) is found 5 times in *ab* and twice in each *abab*, 5 + 2 · 3 = 11 times; (b, a)
# 3 times and (b, b) 4 times. After the first merge *abab* is ab, ab, and that pair is
# found 3 times; (b, b) still 4 times. At the end *ab* is one token, *abab* two and *bb*
# one: 5 · 1 + 3 · 2 + 4 · 1 = 15.

# %% [markdown] tags=["hints"] exercise="13.1"
# **Hints**
#
# 1. Count each pair of neighbours, times how often its word stands in the text.
# 2. (a, b) is found 5 + 2 · 3 = 11 times. Then count anew, with ab as one piece.
# 3. After the first merge the words are ab, ab ab, b b. (ab, ab) is found 3 times,
#    (b, b) 4 times.
#
# **Right:** count, join, count again; what was joined is one token from then on

# %% tags=["solution"] exercise="13.1"
answer = {"first": ("a", "b"), "second": ("b", "b"), "tokens": 15}

# %%
check("13.1", answer)

# %% [markdown]
# And run, with the pieces as strings that have blanks between them:

# %%
text = {"a b": 5, "a b a b": 3, "b b": 4}
for _ in range(2):
    found = Counter()
    for word, n in text.items():
        for pair in itertools.pairwise(word.split()):
            found[pair] += n
    best = max(found, key=found.get)
    text = {word.replace(" ".join(best), "".join(best)): n for word, n in text.items()}
    print(dict(found), "->", best)
print(sum(n * len(word.split()) for word, n in text.items()), "tokens")

# %% [markdown]
# ## Exercise 13.2 – How many tokens are left

# %% [markdown] tags=["hints"] exercise="13.2"
# **Hints**
#
# 1. The function probabilities of section 13.3 has both knobs; count what is not 0.
# 2. np.count_nonzero(probabilities(logits, temperature=0.5, top_p=0.9))
# 3. Do it for 0.5, 1 and 2. The number grows with the temperature.
#
# **Right:** the higher the temperature, the flatter the choice, and the more tokens
# p = 0.9 needs

# %% tags=["solution"] exercise="13.2"
logits = np.random.default_rng(13).normal(0, 2, 50)

kept = {}
for tau in [0.5, 1, 2]:
    ordered = np.exp(logits / tau)
    ordered = np.sort(ordered / ordered.sum())[::-1]  # likeliest first
    kept[tau] = int(np.sum(np.cumsum(ordered) - ordered < 0.9))

# %%
check("13.2", kept)

# %% [markdown]
# A token is kept when all likelier ones together are still below 0.9. The number grows
# with the temperature: the flatter the probabilities, the more of them it takes.

# %%
fig, ax = plt.subplots(figsize=(6, 3.2))
for tau, style in [(0.5, "-"), (1, "--"), (2, ":")]:
    ordered = np.exp(logits / tau)
    sums = np.cumsum(np.sort(ordered / ordered.sum())[::-1])
    ax.plot(range(1, 51), sums, style, label=f"temperature {tau}")
ax.axhline(0.9, color="black", lw=1)
ax.set(xlabel="tokens kept", ylabel="probability together", ylim=(0, 1.02))
ax.legend(loc="lower right")
show(fig, "Three rising curves; the higher the temperature, the later one reaches 0.9.")

# %% [markdown]
# ## Exercise 13.3 – Less of the same

# %% [markdown] tags=["hints"] exercise="13.3"
# **Hints**
#
# 1. The last tokens are written[-window:], but a window of 0 means none. set(...)
#    names each once.
# 2. z = np.array(logits, dtype=float) is a copy; then z[list(recent)] -= penalty.
# 3. At the end p = np.exp(z - z.max()); return p / p.sum().
#
# **Right:** what was written lately becomes less likely, and nothing becomes
# impossible


# %% tags=["solution"] exercise="13.3"
def held_back(logits, written, penalty, window):
    z = np.array(logits, dtype=float)  # a copy
    recent = written[-window:] if window else []  # [-0:] would be everything
    z[list(set(recent))] -= penalty
    p = np.exp(z - z.max())  # so that exp cannot overflow
    return p / p.sum()


# %%
check("13.3", held_back)

# %% [markdown]
# Token 0 was written twice and is punished once; token 2 is out of the window:

# %%
print(held_back([1.0, 1.0, 1.0], [2, 0, 0], 1.0, 2).round(2))

# %% [markdown]
# ## Exercise 13.4 – T5's own game

# %% [markdown] tags=["hints"] exercise="13.4"
# **Hints**
#
# 1. Walk through the spans and remember where the last one ended: between stand words
#    that are kept.
# 2. For span i: source += [*words[last:start], f'<{i}>'] and target += [f'<{i}>',
#    *words[start:end]].
# 3. After the loop: source += words[last:], and target += [f'<{len(spans)}>'].
#
# **Right:** what is missing on one side stands on the other


# %% tags=["solution"] exercise="13.4"
def corrupt(words, spans):
    source, target, last = [], [], 0
    for i, (start, end) in enumerate(spans):
        source += [*words[last:start], f"<{i}>"]
        target += [f"<{i}>", *words[start:end]]
        last = end
    return source + words[last:], [*target, f"<{len(spans)}>"]


# %%
check("13.4", corrupt)

# %% [markdown]
# The answer need not repeat what is known anyway. T5 hides about 15% of the tokens, in
# spans of three on average: the first side is then shorter than the text, and the second
# far shorter, which saves arithmetic. (Here more than half of the words are hidden.)

# %%
words = ["thank", "you", "for", "coming", "today"]
source, target = corrupt(words, [(1, 2), (3, 5)])
print(" ".join(source), "  ->  ", " ".join(target))
