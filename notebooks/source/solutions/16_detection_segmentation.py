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
# Worked answers to the exercises of [chapter 16](../16_detection_segmentation.ipynb). Try
# each one yourself first, and `hint("16.1")` before you look. Other answers than these
# are right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: overlap and suppression.

# %%
import numpy as np

from helpers.checks import check


# %%
def iou(boxes, others):
    left, top = (np.maximum(boxes[:, None, i], others[:, i]) for i in (0, 1))
    right, bottom = (np.minimum(boxes[:, None, i], others[:, i]) for i in (2, 3))
    common = np.maximum(right - left, 0) * np.maximum(bottom - top, 0)  # (k, m)
    area, other_area = (
        (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (boxes, others)
    )
    return common / (area[:, None] + other_area - common)


def suppress(boxes, scores, most=0.5):
    left, kept = np.argsort(-scores, kind="stable"), []
    while len(left):
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[iou(boxes[[best]], boxes[left])[0] <= most]
    return np.array(kept, int)


# %% [markdown]
# ## Exercise 16.1 – Overlaps on paper
#
# Shared area over covered area: 4 of 16 + 16 − 4 = 28; 50 of 100; 36 of 100, because the
# second box lies inside the first; and boxes that only touch share nothing.

# %% [markdown] tags=["hints"] exercise="16.1"
# **Hints**
#
# 1. Draw the two boxes. How wide and how high is what they share?
# 2. What they cover together is the sum of both areas, less what was counted twice.
# 3. The first pair shares 2 × 2 pixels, and each box has 16.
#
# **Right:** IoU punishes distance and a wrong size alike: a box inside another is not a
# good answer either

# %% tags=["solution"] exercise="16.1"
overlaps = {
    "(0, 0, 4, 4) and (2, 2, 6, 6)": 4 / 28,
    "(0, 0, 10, 10) and (0, 0, 5, 10)": 50 / 100,
    "(0, 0, 10, 10) and (2, 2, 8, 8)": 36 / 100,
    "(0, 0, 4, 4) and (4, 0, 8, 4)": 0,
}

# %%
check("16.1", overlaps)

# %% [markdown]
# ## Exercise 16.2 – Suppression by class
#
# Suppress each class by itself, then put the rows that stay in order of their scores.

# %% [markdown] tags=["hints"] exercise="16.2"
# **Hints**
#
# 1. Rows of one class: `np.flatnonzero(classes == kind)`.
# 2. `suppress` of a part returns rows *of the part*; they have to be looked up in the
#    rows of that class.
# 3. At the end, with all that stays in `kept = np.array(kept)`, sort by falling score:
#    `kept[np.argsort(-scores[kept])]`.
#
# **Right:** a rider no longer takes the horse away; two riders still compete


# %% tags=["solution"] exercise="16.2"
def suppress_by_class(boxes, scores, classes, most=0.5):
    kept = []
    for kind in np.unique(classes):
        rows = np.flatnonzero(classes == kind)
        kept.extend(rows[suppress(boxes[rows], scores[rows], most)])
    kept = np.array(kept, int)
    return kept[np.argsort(-scores[kept], kind="stable")]


# %%
check("16.2", suppress_by_class)

# %% [markdown]
# ## Exercise 16.3 – The best threshold
#
# With P = hits / shown and R = hits / things the harmonic mean is
# 2 · hits / (shown + things). That needs no case for "no hits yet".

# %% [markdown] tags=["hints"] exercise="16.3"
# **Hints**
#
# 1. Sort `right` by falling score; `np.cumsum` of it counts the hits among the first 1,
#    2, 3, … boxes.
# 2. P = hits / shown and R = hits / things. Put both into 2PR / (P + R): it becomes
#    2 · hits / (shown + things).
# 3. `best = f1.argmax()` is a place in the *sorted* list; return `f1[best]` and the
#    score at that place of the sorted scores.
#
# **Right:** 2 · hits / (shown + things) has its peak where one more box stops paying


# %% tags=["solution"] exercise="16.3"
def best_threshold(scores, right, things):
    order = np.argsort(-scores)
    hits = np.cumsum(right[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + things)
    best = np.argmax(f1)
    return f1[best], scores[order][best]


# %%
check("16.3", best_threshold)

# %% [markdown]
# ## Exercise 16.4 – Areas and boxes from instances
#
# `np.nonzero` gives the rows and columns of a thing's pixels; how many there are is its
# area, and the smallest and largest make the box. One is added to the largest, because a
# box ends before its right and bottom.

# %% [markdown] tags=["hints"] exercise="16.4"
# **Hints**
#
# 1. Which numbers occur? `np.unique(numbers[numbers > 0])`.
# 2. `rows, columns = np.nonzero(numbers == number)` gives the pixels of one thing.
# 3. left is `columns.min()`, bottom is `rows.max() + 1`; the area is `len(rows)`.
#
# **Right:** instances hold areas and boxes; from boxes nothing leads back


# %% tags=["solution"] exercise="16.4"
def describe(numbers):
    found = {}
    for number in np.unique(numbers[numbers > 0]):
        rows, columns = np.nonzero(numbers == number)
        box = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        found[number] = len(rows), box
    return found


# %%
check("16.4", describe)
