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
# Worked answers to the exercises of [chapter 5](../05_edge_filters.ipynb). Try each one
# yourself first, and `hint("5.1")` before you look. Other answers than these are right
# too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the shapes, the two edge filters, `convolve`
# (here for `"same"` and stride 1 only), `stages` and `max_pool`. The chapter explains
# them.

# %%
import matplotlib.pyplot as plt
import numpy as np
from keras import layers
from numpy.lib.stride_tricks import sliding_window_view

from helpers.checks import check
from helpers.plotting import show, show_images
from helpers.synthetic import make_shapes

# %%
images, labels = make_shapes(90, np.random.default_rng(5))
x = images[..., None] / 255  # (90, 28, 28, 1)
rows = [[2, 1, 0, -1, -2], [3, 2, 0, -2, -3], [4, 3, 0, -3, -4]]
vertical = np.array([*rows, rows[1], rows[0]]) / 23  # (5, 5)
horizontal = vertical.T


# %%
def convolve(image, kernel):
    image = np.pad(image, len(kernel) // 2)
    windows = sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))


def stages(image, kernel, cutoff=0.2):
    filtered = convolve(image, kernel)  # (28, 28)
    absolute = np.abs(filtered)
    return filtered, absolute, np.maximum(absolute - cutoff, 0)


def max_pool(image):
    rows, columns = image.shape[0] // 2, image.shape[1] // 2
    return image.reshape(rows, 2, columns, 2).max(axis=(1, 3))


# %% [markdown]
# ## Exercise 5.1 – Shapes on paper
#
# `"valid"`: (28 − 5)/1 + 1 = 24 and ⌊(28 − 3)/2⌋ + 1 = 13. `"same"`: 28/1 and 28/2. The
# first number counts images, the last one filters. Pooling works on each channel by
# itself, and there is one. The images' one channel is the filters' third number.

# %% [markdown] tags=["hints"] exercise="5.1"
# **Hints**
#
# 1. The number of images never changes; the number of filters becomes the number of
#    channels.
# 2. valid: floor((28 - h) / stride) + 1 rows. same: 28 / stride rows, rounded up.
# 3. Pooling leaves the channels alone. Filters have the shape (height, width,
#    channels in, out).
#
# **Right:** "valid" loses the filter's height minus 1, a stride divides, filters
# become channels

# %% tags=["solution"] exercise="5.1"
shapes = {
    "32 filters 5×5, valid, stride 1": (100, 24, 24, 32),
    "32 filters 5×5, same, stride 1": (100, 28, 28, 32),
    "16 filters 3×3, valid, stride 2": (100, 13, 13, 16),
    "16 filters 3×3, same, stride 2": (100, 14, 14, 16),
    "max-pooling 2×2": (100, 14, 14, 1),
    "filters of 32 filters 5×5": (5, 5, 1, 32),
}

# %%
check("5.1", shapes)

# %% [markdown]
# And the proof:

# %%
batch = np.zeros((100, 28, 28, 1))
layer = layers.Conv2D(32, 5)
print(layer(batch).shape, tuple(layer.kernel.shape))
print(layers.Conv2D(32, 5, padding="same")(batch).shape)
print(layers.Conv2D(16, 3, strides=2)(batch).shape)
print(layers.Conv2D(16, 3, strides=2, padding="same")(batch).shape)
print(layers.MaxPooling2D(2)(batch).shape)

# %% [markdown]
# ## Exercise 5.2 – What the cut-off removes

# %% [markdown] tags=["hints"] exercise="5.2"
# **Hints**
#
# 1. Collect what is pooled of all images and both filters as one array, then
#    (all_pooled == 0).mean().
# 2. Two loops in one: all_pooled = [max_pool(stages(image, kernel, cutoff)[-1]) for
#    image in x[..., 0] for kernel in (vertical, horizontal)]
# 3. Around it a loop: for cutoff in zeros_by_cutoff: ... zeros_by_cutoff[cutoff] =
#    np.mean(np.array(all_pooled) == 0)
#
# **Right:** 0.1 silences the noise, three quarters of all features; 0.2 takes hardly
# more, 0.5 also weak edges

# %% tags=["solution"] exercise="5.2"
zeros_by_cutoff = {}
for cutoff in [0.0, 0.1, 0.2, 0.5]:
    all_pooled = [
        max_pool(stages(image, kernel, cutoff)[-1])  # (14, 14)
        for image in x[:, :, :, 0]
        for kernel in (vertical, horizontal)
    ]
    zeros_by_cutoff[cutoff] = np.mean(np.array(all_pooled) == 0)

# %%
check("5.2", zeros_by_cutoff)

# %%
for cutoff, share in zeros_by_cutoff.items():
    print(f"cut-off {cutoff}: {share:.1%} zeros")

# %% [markdown]
# The share does not grow evenly. Without a cut-off nearly nothing is 0, because noise
# is everywhere. The first 0.1 silences three quarters of all features, and going on to
# 0.2 hardly adds any: between noise and edges there is a gap, and any cut-off in the
# gap will do. At 0.5 parts of the edges go as well, first the corners and the weakest
# bars. The pictures show one cross for the four cut-offs.

# %%
cross = x[labels == 2][0, :, :, 0]  # (28, 28)
pictures = [stages(cross, vertical, cutoff)[-1] for cutoff in zeros_by_cutoff]
fig = show_images(pictures, [f"cut-off {c}" for c in zeros_by_cutoff], 4, 1.7)
show(fig, "Vertical edges of a cross: with noise, twice without noise, and thinner.")

# %% [markdown]
# ## Exercise 5.3 – A filter for slanted edges
#
# Ink above and to the left counts positive, below and to the right negative. The same
# filter comes from adding the two filters of the chapter: `vertical + horizontal`
# answers to an edge that lies between their directions, and on the other diagonal the
# two cancel each other.

# %% [markdown] tags=["hints"] exercise="5.3"
# **Hints**
#
# 1. Positive numbers on one side of a rising diagonal, negative ones on the other, 0
#    on it.
# 2. All numbers must sum to 0. Begin in the top left corner with positive ones.
# 3. 3 × 3: [[1, 1, 0], [1, 0, -1], [0, -1, -1]]
#
# **Right:** strong on rising edges, weak on falling ones, 0 where nothing changes

# %% tags=["solution"] exercise="5.3"
rising = np.array([[1, 1, 0], [1, 0, -1], [0, -1, -1]]) / 3

# %%
check("5.3", rising)
check("5.3", vertical + horizontal)

# %% [markdown]
# On the two edges of the exercise, ink above the line, its answers are 1 and 0. Mirrored
# from left to right, it is a filter for falling edges.

# %%
edge = np.tri(9)[::-1]  # (9, 9), ink above the rising diagonal
pictures = [edge, edge[:, ::-1]]
answers = [np.abs(convolve(picture, rising))[1:-1, 1:-1] for picture in pictures]
fig, axes = plt.subplots(2, 2, figsize=(4, 4.2))
for column, names in enumerate([("rising", "answer"), ("falling", "answer ")]):
    for ax, name, picture in zip(
        axes[:, column], names, (pictures[column], answers[column]), strict=True
    ):
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        ax.set(title=name, xticks=[], yticks=[])
assert answers[0].max() > 3 * answers[1].max()
show(fig, "A rising edge with a strong line as answer, a falling one with none.")

# %% [markdown]
# ## Exercise 5.4 – Max-pooling of any size
#
# The windows are those of a convolution with this stride; only the sum has become a
# maximum.

# %% [markdown] tags=["hints"] exercise="5.4"
# **Hints**
#
# 1. slide in section 5.1 has the right loop; take the maximum in place of the sum.
# 2. The window of row i starts at i * stride. There are (height - size) // stride + 1
#    rows.
# 3. sliding_window_view(image, (size, size))[::stride, ::stride].max(axis=(2, 3))
#
# **Right:** 2 × 2 or 3 × 3, overlapping or with gaps: the largest number of each
# window


# %% tags=["solution"] exercise="5.4"
def pool(image, size=2, stride=2):
    windows = sliding_window_view(image, (size, size))[::stride, ::stride]
    return windows.max(axis=(2, 3))  # (rows, columns, size, size) -> (rows, columns)


# %%
check("5.4", pool)

# %% [markdown]
# On even sizes it is the chapter's `max_pool`; on odd ones it leaves the last row out.

# %%
picture = stages(x[0, :, :, 0], vertical)[-1]  # (28, 28)
print(np.array_equal(pool(picture), max_pool(picture)), pool(picture[:27]).shape)
