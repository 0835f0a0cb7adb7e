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
# Worked answers to the exercises of [chapter 21](../21_distributed_training.ipynb). Try
# each one yourself first, and `hint("21.1")` before you look. Other answers than these
# are right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the time of a step.

# %%
import numpy as np

from helpers.checks import check


# %%
def step_time(workers, examples, seconds_each, size, latency, bandwidth):
    messages = 2 * (workers - 1)
    talking = messages * latency + messages / workers * size / bandwidth
    return examples * seconds_each + talking


# %% [markdown]
# ## Exercise 21.1 – Unequal parts
#
# A mean times its number of examples is a sum; sums may be added; the sum of all by the
# number of all is the mean again. A worker without examples is left out first: 0 times
# `nan` is `nan`.

# %% [markdown] tags=["hints"] exercise="21.1"
# **Hints**
#
# 1. From a mean one gets back to the sum: multiply by the number of examples.
# 2. `slopes * examples[:, None]` multiplies each row by its number; add up along axis
#    0.
# 3. Take only the rows with `examples > 0`, and divide their sum by `examples.sum()`.
#
# **Right:** a worker with twice the examples counts twice, and one with none not at all


# %% tags=["solution"] exercise="21.1"
def combined(slopes, examples):
    some = examples > 0
    weighted = slopes[some] * examples[some, None]  # (workers, numbers)
    return weighted.sum(axis=0) / examples.sum()


# %%
check("21.1", combined)

# %% [markdown]
# ## Exercise 21.2 – Bytes on paper
#
# A gradient has 25 · 4 = 100 million bytes. The master sends the sum to 7 others, each of
# them its own gradient to the master. In the ring each sends 2(n − 1) parts of 100 / n.

# %% [markdown] tags=["hints"] exercise="21.2"
# **Hints**
#
# 1. How many bytes has a gradient? 25 million numbers, four bytes each.
# 2. What does the master send, and to how many? What do the others send?
# 3. In the ring there are 2(n − 1) steps, and in each one n-th of the gradient is sent.
#
# **Right:** the master's 700 grow with every worker, while the ring never passes 200

# %% tags=["solution"] exercise="21.2"
megabytes = {
    "master of 8": 7 * 100,
    "other of 8": 100,
    "ring of 8": 2 * 7 * 100 / 8,
    "ring of 64": 2 * 63 * 100 / 64,
}

# %%
check("21.2", megabytes)

# %% [markdown]
# ## Exercise 21.3 – A smaller bubble
#
# $(p-1)/(m+p-1) \le 1/10$ means $10(p-1) \le m+p-1$, so $m \ge 9(p-1)$.

# %% [markdown] tags=["hints"] exercise="21.3"
# **Hints**
#
# 1. Try some numbers: with 3 stages and 8 microbatches the share is 2 of 10.
# 2. Write the condition without the fraction: 10 (p − 1) is at most m + p − 1.
# 3. So m is at least 9 (p − 1).
#
# **Right:** the longer the pipeline, the more microbatches it needs: nine for each further
# stage

# %% tags=["solution"] exercise="21.3"
microbatches = {f"{p} stages": 9 * (p - 1) for p in (2, 3, 8)}

# %%
check("21.3", microbatches)

# %% [markdown]
# ## Exercise 21.4 – The fastest number
#
# Compute the time for every number from 1 to the most there are; the smallest wins.

# %% [markdown] tags=["hints"] exercise="21.4"
# **Hints**
#
# 1. `workers = np.arange(1, most + 1)`, and each has `batch / workers` examples.
# 2. `step_time` takes whole arrays; `argmin` gives the place of the shortest time.
# 3. How many times faster: the time of one worker by the shortest time.
#
# **Right:** up to that number each worker saves more arithmetic than its messages cost


# %% tags=["solution"] exercise="21.4"
def fastest(batch, seconds_each, size, latency, bandwidth, most):
    workers = np.arange(1, most + 1)
    parts = batch / workers
    times = step_time(workers, parts, seconds_each, size, latency, bandwidth)
    best = np.argmin(times)
    return workers[best], times[0] / times[best]


# %%
check("21.4", fastest)
