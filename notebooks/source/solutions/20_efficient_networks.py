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
# Worked answers to the exercises of [chapter 20](../20_efficient_networks.ipynb). Try
# each one yourself first, and `hint("20.1")` before you look. Other answers than these
# are right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %%
import numpy as np

from helpers.checks import check

# %% [markdown]
# ## Exercise 20.1 – On paper
#
# From −1 to 2 are 3, in 255 steps. −1 stands at −128, and 0 is 1 / scale = 85 steps
# above it. In 4 bits two weights share a byte, and each of 128 channels adds 4 bytes. A
# step is 0.7 / 7, and rounding errs by half a step.

# %% [markdown] tags=["hints"] exercise="20.1"
# **Hints**
#
# 1. How many integers have 8 bits, and how many steps lie between the first and the
#    last?
# 2. The lowest number stands at the lowest integer, −128. How many steps above is 0?
# 3. With zero point 0 and 4 bits the largest integer is 7, and rounding errs by half a
#    step. Two 4-bit weights share a byte; each of 128 channels adds 4 bytes.
#
# **Right:** the scales of 128 channels cost 512 bytes, little beside what 4 bits save

# %% tags=["solution"] exercise="20.1"
step = 3 / 255
on_paper = {
    "scale": step,
    "zero point": round(-128 + 1 / step),
    "bytes, floats": 3 * 3 * 64 * 128 * 4,
    "bytes, 4 bits": 3 * 3 * 64 * 128 // 2 + 128 * 4,
    "largest error": 0.7 / 7 / 2,
}

# %%
check("20.1", on_paper)

# %% [markdown]
# ## Exercise 20.2 – Smaller groups
#
# Take the flat weights group by group. A slice beyond the end is simply shorter, so the
# last group needs no case of its own; a group of zeros does, because of its scale 0.

# %% [markdown] tags=["hints"] exercise="20.2"
# **Hints**
#
# 1. `for start in range(0, w.size, size)` gives the places where groups begin.
# 2. The scale of a group is its largest size divided by `2 ** (bits - 1) - 1`.
# 3. Where the scale is 0, put the group there as it is. At the end, `reshape(w.shape)`.
#
# **Right:** groups of 32 with a 16-bit scale cost half a bit a weight, and are how
# language models fit onto a laptop


# %% tags=["solution"] exercise="20.2"
def rounded_in_groups(w, bits, size):
    flat, parts = w.ravel(), []
    for start in range(0, flat.size, size):
        group = flat[start : start + size]
        scale = np.abs(group).max() / (2 ** (bits - 1) - 1)
        parts.append(scale * np.round(group / scale) if scale else group)
    return np.concatenate(parts).reshape(w.shape)


# %%
check("20.2", rounded_in_groups)

# %% [markdown]
# ## Exercise 20.3 – Two thin matrices
#
# The singular value decomposition writes W as a sum of products of a column and a row,
# each with a weight, the largest first. The first `rank` of them are the best that any
# two factors of that rank can do (Eckart and Young, 1936).

# %% [markdown] tags=["hints"] exercise="20.3"
# **Hints**
#
# 1. `U, s, V = np.linalg.svd(W, full_matrices=False)` gives `W = U @ np.diag(s) @ V`.
# 2. Keep the first `rank` columns of U, numbers of s, and rows of V.
# 3. Put s into one of the two: `U * s` scales the columns.
#
# **Right:** the two have (n + m) · r numbers, not n · m: fewer below r = nm / (n + m)


# %% tags=["solution"] exercise="20.3"
def two_factors(W, rank):
    U, s, V = np.linalg.svd(W, full_matrices=False)
    return U[:, :rank] * s[:rank], V[:rank]


# %%
check("20.3", two_factors)
