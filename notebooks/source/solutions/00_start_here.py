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
# The exercises of [chapter 00](../00_start_here.ipynb), worked out. Try them there
# first: the checks and hints help you along.

# %% tags=["setup"]
# {setup}

# %%
import numpy as np

from helpers.checks import check

# %% [markdown]
# ## Exercise 0.1 – Three other limits
# A limit of 0 °C calls one order hot and misses six hot drinks. At 40 °C everything is
# called hot, and the five cold drinks are wrong. At 12 °C both kinds of mistakes occur.

# %% [markdown] tags=["hints"] exercise="0.1"
# **Hints**
#
# 1. For the limit 12, go through the temperatures: below 12 the rule says hot. Where
#    does it differ from the order?
# 2. Two kinds of mistakes add up: cold drinks below the limit, hot drinks at it or
#    above.
#
# **Right:** a limit too low and a limit too high make mistakes of different kinds

# %% tags=["solution"] exercise="0.1"
mistakes_by_limit = {0: 6, 12: 3, 40: 5}

# %%
check("0.1", mistakes_by_limit)

# %% [markdown]
# ## Exercise 0.2 – A warm winter
# Three labels change from 1 to 0 or stay 0, and the search is the same as before. All
# limits from 10 to 11 divide the orders without a mistake; `argmin` takes the lowest.

# %% [markdown] tags=["hints"] exercise="0.2"
# **Hints**
#
# 1. Copy the cells with `outside`, `hot` and the search, under names of your own; in
#    the copy of `hot`, change what 14 °C and 16 °C ordered.
# 2. Now hot = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]. argmin returns the first of
#    several smallest.
#
# **Right:** the machine found another rule because it was given other examples

# %% tags=["solution"] exercise="0.2"
this_winter = np.array([-3, 1, 4, 6, 9, 11, 14, 16, 19, 22, 26, 31])
ordered_hot = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
candidates = np.arange(-5, 35)
wrong_by_limit = [np.sum((this_winter < limit) != ordered_hot) for limit in candidates]
new_limit = candidates[np.argmin(wrong_by_limit)]

# %%
print(new_limit, min(wrong_by_limit))
check("0.2", new_limit)

# %% [markdown]
# ## Exercise 0.3 – Most similar
# Dividing both the cases and the new case by the same standard deviations makes one
# typical step in any feature count as 1. The square root is left out: it doesn't change
# which distance is smallest.

# %% [markdown] tags=["hints"] exercise="0.3"
# **Hints**
#
# 1. np.std(cases, axis=0) has one standard deviation per feature, shape (features,).
# 2. Divide both cases and case by it; then subtract, square, sum over axis 1.
# 3. np.argmin of the n distances is the row number.
#
# **Right:** it ranks by distance, and no unit counts more than another


# %% tags=["solution"] exercise="0.3"
def most_similar(cases, case):
    scale = np.std(cases, axis=0)  # (features,)
    distances = np.sum(((cases - case) / scale) ** 2, axis=1)  # (n,)
    return np.argmin(distances)


# %%
check("0.3", most_similar)
