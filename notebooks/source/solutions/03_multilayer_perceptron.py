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
# Worked answers to the exercises of [chapter 3](../03_multilayer_perceptron.ipynb). Try
# each one yourself first, and `hint("3.1")` before you look. Other answers than these
# are right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter, a little shortened: the data, `switch`,
# `build`, `train` and `measure`.

# %%
import keras
import numpy as np
from keras import layers

from helpers import datasets
from helpers.checks import assert_between, check
from helpers.plotting import show, show_images
from helpers.progress import KerasProgress

# %% tags=["nbval-ignore-output"]
(images_train, labels_train), (images_test, labels_test) = datasets.load_mnist()
x_train = images_train.reshape(-1, 784)  # (60000, 784), whole numbers 0 to 255
x_test = images_test.reshape(-1, 784)  # (10000, 784)
x_fit, labels_fit = x_train[:55_000], labels_train[:55_000]
x_valid, labels_valid = x_train[55_000:], labels_train[55_000:]


# %%
def switch(f):
    return (np.asarray(f) > 0).astype(int)


def build(widths):
    model = keras.Sequential([keras.Input((784,)), layers.Rescaling(1 / 255)])
    for width in widths:
        model.add(layers.Dense(width, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    return model


# %%
def train(model, x, labels, epochs, batch_size=256, peak=0.004, name="Training"):
    steps = epochs * -(-len(x) // batch_size)
    one_cycle = keras.optimizers.schedules.CosineDecay(
        peak / 10, steps - steps // 4, 0.01, warmup_target=peak, warmup_steps=steps // 4
    )
    model.compile(
        optimizer=keras.optimizers.Adam(one_cycle),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    watch = KerasProgress(name)
    model.fit(x, labels, batch_size, epochs, verbose=0, callbacks=[watch])


def measure(model, x, labels):
    return model.evaluate(x, labels, batch_size=1000, verbose=0)


# %% [markdown]
# ## Exercise 3.1 – What can one unit do?
#
# Mark the points where the answer is 1. One marked corner, or two neighbouring ones,
# can be cut off by a line. Opposite corners cannot: "exactly one" is XOR, and "both
# equal" is its opposite.

# %% [markdown] tags=["hints"] exercise="3.1"
# **Hints**
#
# 1. Draw the square of the four points and mark those for which the answer is 1.
# 2. A single unit can do it exactly when one straight line parts the marked points
#    from the others.
# 3. Two of the five mark opposite corners. For these there is no line: one of them is
#    XOR.
#
# **Right:** one unit is one line; opposite corners need two

# %% tags=["solution"] exercise="3.1"
possible = {
    "x1 and not x2": True,
    "both equal": False,
    "not x1": True,
    "neither": True,
    "exactly one": False,
}

# %%
check("3.1", possible)

# %% [markdown]
# The three that are possible, with weights. `w` holds one column for each function.

# %%
inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
w, b = np.array([[1, -1, -1], [-1, 0, -1]]), np.array([-0.5, 0.5, 0.5])
print("inputs        x1 and not x2, not x1, neither")
for point, answers in zip(inputs, switch(inputs @ w + b), strict=True):
    print(point, "       ", answers)

# %% [markdown]
# ## Exercise 3.2 – 128, 512, 4096 units
#
# A new network for each width, one epoch each.

# %% [markdown] tags=["hints"] exercise="3.2"
# **Hints**
#
# 1. For one width: wide = build([128]); train(wide, x_fit, labels_fit, epochs=1).
# 2. measure(wide, x_valid, labels_valid) returns loss and accuracy: the second one is
#    wanted.
# 3. A loop: for units in accuracy_by_units: ... accuracy_by_units[units] =
#    measure(...)[1]
#
# **Right:** wider is better, but 32 times the width and cost gains only some
# hundredths

# %% tags=["solution"] exercise="3.2"
accuracy_by_units = {}
for units in [128, 512, 4096]:
    keras.utils.set_random_seed(42)
    wide = build([units])
    train(wide, x_fit, labels_fit, epochs=1, name=f"{units} units")
    accuracy_by_units[units] = measure(wide, x_valid, labels_valid)[1]

# %%
check("3.2", accuracy_by_units)

# %% tags=["nbval-ignore-output"]
for units, reached in accuracy_by_units.items():
    print(
        f"{units:5} units  {build([units]).count_params():9,} parameters  {reached:.1%}"
    )
gain = accuracy_by_units[4096] - accuracy_by_units[128]
assert_between(gain, 0.01, 0.05, "gain of 4096 over 128 units", show=".1%")

# %% [markdown]
# Thirty-two times the width (and the work) leaves about half of the mistakes. From 512
# on, eight times the work takes a part of those that are left: a second epoch for 512
# units costs far less; is it worth as much? The test images stay aside until a width is
# chosen.

# %% [markdown]
# ## Exercise 3.3 – Exactly one of three
#
# The first hidden unit says "at least one", the second "at least two". Exactly one is
# the first and not the second. The same counting trick works for any number of inputs.

# %% [markdown] tags=["hints"] exercise="3.3"
# **Hints**
#
# 1. Which two yes-or-no features of three inputs would tell whether exactly one of
#    them is 1?
# 2. One unit: at least one input is 1. The other: at least two. Exactly one: the
#    first, not the second.
# 3. All entries of W1 are 1, b1 = [-0.5, -1.5]. The output needs the weights 1 and
#    -1. Its threshold?
#
# **Right:** the first layer counts (at least one, at least two), the second decides

# %% tags=["solution"] exercise="3.3"
exactly_one = {
    "W1": [[1, 1], [1, 1], [1, 1]],
    "b1": [-0.5, -1.5],
    "w2": [1, -1],
    "b2": -0.5,
}

# %%
check("3.3", exactly_one)

# %% [markdown]
# ## Exercise 3.4 – A ball that looks ahead
#
# The velocity is that of momentum. What is new is the step: it already uses the
# velocity that the **next** step would have if the slope stayed the same.

# %% [markdown] tags=["hints"] exercise="3.4"
# **Hints**
#
# 1. Start from momentum: only the last line is different.
# 2. The velocity is the same: state['v'] = 0.9 * state.get('v', 0) - rate * g.
# 3. return w + 0.9 * state['v'] - rate * g
#
# **Right:** this is SGD(momentum=0.9, nesterov=True) of Keras


# %% tags=["solution"] exercise="3.4"
def nesterov(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + 0.9 * state["v"] - rate * g


# %%
check("3.4", nesterov)

# %% [markdown]
# How far past the goal does it swing, compared with plain momentum? And is it the
# optimizer of Keras?


# %%
def slope(w):
    return np.array([w[0] / 100, 2 * w[1]])


def momentum(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + state["v"]


for optimizer in [momentum, nesterov]:
    w, state, path = np.array([-7.0, 2.0]), {}, []
    for step in range(1, 101):
        w = optimizer(w, slope(w), state, step, 0.5)
        path.append(w)
    print(
        f"{optimizer.__name__:9} farthest past the goal: {np.max(path, axis=0)[0]:.2f}"
    )

# %%
twin = keras.optimizers.SGD(0.5, momentum=0.9, nesterov=True)
w = keras.Variable([-7.0, 2.0])
for step in range(100):
    twin.apply([slope(w.numpy()).astype("float32")], [w])
    assert np.allclose(w.numpy(), path[step], atol=1e-5)
print("agrees with Keras in 100 steps")

# %% [markdown]
# Looking ahead brakes in time: the ball swings less far.
#
# ## Exercise 3.5 – What does each hidden unit look at?
#
# `argsort` of the negative values puts the strongest first. It sorts each column by
# itself, because `axis=0` runs over the images; `.T` then makes a row for each unit.

# %% [markdown] tags=["hints"] exercise="3.5"
# **Hints**
#
# 1. np.argsort(A, axis=0) sorts each column and gives the numbers of the rows,
#    smallest value first.
# 2. Take the last `count` rows in reverse order, or sort -A and take the first ones.
# 3. The result has a row for each unit: np.argsort(-A, axis=0)[:count].T
#
# **Right:** each row holds a unit's favourites, strongest first: they show what it
# answers to


# %% tags=["solution"] exercise="3.5"
def favourites(A, count):
    return np.argsort(-A, axis=0)[:count].T  # (images, units) -> (units, count)


# %%
check("3.5", favourites)

# %% [markdown]
# Now a trained layer. Each row of the picture is a unit: first its weights as an image
# (red speaks for, blue against), then the seven test images on which it answers most
# strongly, their ink in red. The five units with the largest weights to the output layer are shown.

# %%
keras.utils.set_random_seed(42)
model = build([128])
train(model, x_train, labels_train, epochs=2, name="128 units")

# %%
W1, b1 = model.layers[1].get_weights()  # (784, 128), (128,)
A = np.maximum(0, x_test[:2000] / 255 @ W1 + b1)  # (2000, 128)
best = favourites(A, 7)  # (128, 7)
important = np.argsort(-np.linalg.norm(model.layers[2].get_weights()[0], axis=1))[:5]
rows = []
for unit in important:
    weights = W1[:, unit].reshape(1, 28, 28)
    limit = np.abs(weights).max()
    rows.append(np.concatenate([weights / limit, images_test[best[unit]] / 255.0]))
tiles = np.concatenate(rows)  # (5 * 8, 28, 28)
fig = show_images(tiles, columns=8, scale=0.8, cmap="RdBu_r", limits=(-1, 1))
show(fig, "Five rows: a unit's weights as an image, then its seven favourite digits.")

# %% [markdown]
# Most units do not stand for a digit. They look for strokes: red where they want ink,
# blue next to it where they want none. Favourites mostly share such a stroke and often
# belong to two or three different digits. How many digits are among the favourites of a
# unit, on average over all units?

# %% tags=["nbval-ignore-output"]
digits = [len(set(labels_test[numbers])) for numbers in best]
assert_between(np.mean(digits), 1.5, 5, "different digits among 7", show=".1f")
