# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # {title}
# {badge}
#
# **Question:** what can a second layer do that a single one never can, and how is such
# a network trained?
#
# **Aims.** At the end you can
#
# 1. build a hidden layer from a linear function and an activation, and draw activations
#    with their derivatives;
# 2. solve XOR with two layers, by hand and by training, and say why one layer fails;
# 3. tell SGD, momentum, RMSProp and Adam apart by their formulas and by their paths;
# 4. read digits with one hidden layer at about 98%, and say what dropout is for;
# 5. measure how the gradient fades in a deep network, and name the cure.
#
# **Before you start:** [chapter 1](01_logistic_regression.ipynb): sigmoid and gradient
# descent; [chapter 2](02_softmax_mnist.ipynb): MNIST, softmax, cross-entropy, training
# with Keras.
#
# **Minutes:** about {minutes} to read and do, under 90 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners see why a bend between two layers gives more than one layer, meet four
# optimizers by formula and path, and measure how gradients fade in deep networks.
# before: Chapter 01: sigmoid and descent. Chapter 02: MNIST, softmax, `fit`.
# machine: Draw XOR's four points and let the room try a line; then the table of OR,
# NAND, AND. Show the stored figure of four paths in the valley and the two gradient
# curves of 3.6.
# opening: 3
# recap: 3

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages. As always, `helpers` loads data, draws and checks; whatever this
# chapter teaches stands in the notebook.

# %% tags=["setup"]
# {setup}

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.colors import ListedColormap

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import BLUE, GREEN, ORANGE, RED, SKY, YELLOW, show
from helpers.progress import KerasProgress
from helpers.widgets import Playground

# %% [markdown]
# ## 3.1 A hidden unit
#
# The models so far were one layer: from the inputs straight to the answer, by linear
# functions. Now we put a layer in between. Each of its **hidden units** takes a linear
# function of all inputs and bends it with an **activation** function $h$:
#
# $$A = h(XW_1 + b_1), \qquad F = AW_2 + b_2 .$$
#
# $X$ has the shape $(N, \text{inputs})$, $A$ has $(N, \text{units})$. The output layer
# sees only $A$. "Hidden" means no more than this: nobody tells these units what to
# answer; training finds out. **Predict:** why must $h$ bend? What would two layers be
# without it?

# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: Order of the products: rows are examples, so it is XW1 and not W1x. That two
# linear layers collapse is believed only after multiplying out on the board. The slope
# of ReLU at 0 worries some; there is none, and it does not matter.
# ask: A colleague stacks ten Dense layers without activation. What has he built?
# answer: One linear layer with more parameters, and slower: W1 W2 … is a single matrix.
# skip: The measured slopes. Keep the 1/4 of the sigmoid for 3.6.

# %%
predict(
    "3.a",
    "Two layers without h are as good as",
    ["no layer", "one layer", "three layers"],
)

# %%
rng = np.random.default_rng(42)
X = rng.normal(size=(5, 3))
W1, b1 = rng.normal(size=(3, 4)), rng.normal(size=4)
W2, b2 = rng.normal(size=(4, 2)), rng.normal(size=2)
two_layers = (X @ W1 + b1) @ W2 + b2  # (5, 3) -> (5, 4) -> (5, 2)
one_layer = X @ (W1 @ W2) + (b1 @ W2 + b2)  # (5, 3) -> (5, 2)
print("two linear layers are one:", np.allclose(two_layers, one_layer))
happened("3.a", "one layer")

# %% [markdown]
# Multiply out and the two layers collapse into one with the weights $W_1W_2$. However
# many linear layers we stack, we are back in chapter 2. The activation is what makes
# depth worth anything. Three are in common use:
#
# $$\sigma(f)=\frac{1}{1+e^{-f}}, \qquad \tanh(f), \qquad
# \mathrm{ReLU}(f)=\max(0,f).$$
#
# Training needs their slopes. Two can be written with the function's own value, which
# is already there when the gradient is computed:
# $\sigma' = \sigma(1-\sigma)$ and $\tanh' = 1-\tanh^2$. The slope of ReLU is 1 where
# $f>0$, else 0.


# %%
def sigmoid(f):
    return 1 / (1 + np.exp(-f))


def relu(f):
    return np.maximum(0, f)


slopes = {
    "sigmoid": (sigmoid, lambda f: sigmoid(f) * (1 - sigmoid(f))),
    "tanh": (np.tanh, lambda f: 1 - np.tanh(f) ** 2),
    "ReLU": (relu, lambda f: (f > 0).astype(float)),
}

# %% [markdown]
# Before trusting the formulas, measure: move $f$ a little to both sides and see how
# much the function changes. The grid leaves out $f=0$, where ReLU has a corner and no
# slope at all.

# %%
f = np.linspace(-5, 5, 200)  # an even number of points: 0 is not among them
for name, (function, derivative) in slopes.items():
    measured = (function(f + 1e-5) - function(f - 1e-5)) / 2e-5
    assert np.allclose(measured, derivative(f), atol=1e-8)
    print(f"{name:8} steepest slope {derivative(f).max():.2f}")

# %% [markdown]
# **Predict** the three dashed curves before you look: where is each function steepest,
# and what is left of its slope at $f=5$?

# %%
predict("3.b", "How steep is the sigmoid at its steepest?", ["1/10", "1/4", "1/2", "1"])

# %%
fig, axes = plt.subplots(1, 3, figsize=(7, 2.8), sharex=True, sharey=True)
for ax, (name, (function, derivative)) in zip(axes, slopes.items(), strict=True):
    ax.plot(f, function(f), color=BLUE, label="function")
    ax.plot(f, derivative(f), color=ORANGE, linestyle="--", label="slope")
    ax.axhline(0, color="0.7", linewidth=1, zorder=0)
    ax.set(title=name, xlabel="$f$", ylim=(-1.15, 2.2))
axes[0].set(ylabel="value")
axes[2].legend(loc="lower right")
show(
    fig,
    "Sigmoid, tanh and ReLU, each with its slope: two bell shapes and a step.",
)
happened("3.b", "1/4")

# %% [markdown]
# Sigmoid and tanh **saturate**: far from 0 they are flat, and a flat unit passes on no
# gradient. The sigmoid's slope is 1/4 at best, that of tanh 1. ReLU keeps the full
# slope 1 on its whole right half and costs one comparison; its left half is flat too.
# Keep the 1/4 in mind: in section 3.6 it will be multiplied with itself six times.

# %%
assert np.isclose(sigmoid(0) * (1 - sigmoid(0)), 1 / 4)
assert all(slopes[name][1](5.0) < 0.01 for name in ["sigmoid", "tanh"])

# %% [markdown]
# ## 3.2 Two units cut the plane into four
#
# A unit with a steep sigmoid is nearly a switch: 0 on one side of a line, 1 on the
# other. To see what layers do, take the switch itself.


# %% [markdown] tags=["teacher"]
# minutes: 13
# exercises: 2
# stall: Columns of W1 are units, rows are inputs; people set them the other way round
# in the XOR matrices. In the proof, the middle inequalities are added and contradict
# the outer two: write them below each other.
# ask: After the first layer, where do (0,1) and (1,0) lie?
# answer: On the same place, (1,1). The layer has made them alike, and then one line is
# enough.
# skip: The three covers AND, OR, first only. XOR by training, if the playground
# follows.


# %%
def switch(f):
    return (np.asarray(f) > 0).astype(int)


print(
    switch([-3.0, -0.1, 0.1, 3.0]), sigmoid(20 * np.array([-3, -0.1, 0.1, 3])).round(1)
)

# %% [markdown]
# Two such units are two lines. Each column of $W_1$ holds the two weights of a unit.
# **Predict:** how many different pairs $(a_1, a_2)$ can the hidden layer answer, and
# what do their areas look like?

# %%
predict("3.c", "How many different pairs can the hidden layer answer?", within=0)

# %%
W1, b1 = np.array([[1.0, -0.5], [0.6, 1.0]]), np.array([0.5, 0.0])
side = np.linspace(-3, 3, 301)
x, y = np.meshgrid(side, side)  # (301, 301) each
plane = np.stack([x, y], axis=-1)  # (301, 301, 2)
A = switch(plane @ W1 + b1)  # (301, 301, 2)
print("different answers:", np.unique(A.reshape(-1, 2), axis=0).tolist())
happened("3.c", len(np.unique(A.reshape(-1, 2), axis=0)))

# %%
fig, ax = plt.subplots(figsize=(5, 4.4))
four = ListedColormap(["0.92", SKY, YELLOW, GREEN])
ax.imshow(2 * A[..., 1] + A[..., 0], cmap=four, origin="lower", extent=(-3, 3, -3, 3))
for place in [(1.6, 1.8), (2.0, -1.0), (-2.4, 0.7), (-1.4, -1.9)]:
    a1, a2 = switch(np.array(place) @ W1 + b1)
    ax.text(*place, f"({a1}, {a2})", fontsize=14, ha="center")
ax.set(xlabel="$x$", ylabel="$y$", title="Answers of the two hidden units")
show(
    fig,
    "A plane cut by two lines into four areas labelled 0 0, 1 0, 0 1 and 1 1.",
)

# %% [markdown]
# Two lines that cross cut the plane into **four** areas (two parallel ones into three),
# and each has its own pair of numbers. The
# hidden layer has turned a point with two coordinates into two yes-or-no **features**.
# The output unit sees only these; it adds them up with its own weights, adds its bias,
# and asks whether the sum is above 0. That is enough to pick one area (both features:
# AND), three areas (at least one: OR), or the two areas on one side of a line.

# %%
outputs = {"AND": ([1, 1], -1.5), "OR": ([1, 1], -0.5), "first only": ([1, 0], -0.5)}
fig, axes = plt.subplots(1, 3, figsize=(7, 2.8), sharey=True)
two = ListedColormap(["white", ORANGE])
for ax, (name, (w2, b2)) in zip(axes, outputs.items(), strict=True):
    answer = switch(A @ np.array(w2) + b2)  # (301, 301)
    ax.imshow(answer, cmap=two, origin="lower", extent=(-3, 3, -3, 3))
    ax.set(title=name, xlabel="$x$")
    print(f"{name:10} covers {answer.mean():.0%} of the square")
axes[0].set(ylabel="$y$")
assert (
    switch(A @ np.array([1, 1]) - 1.5).mean()
    < switch(A @ np.array([1, 1]) - 0.5).mean()
)
show(
    fig,
    "Three squares: one area is coloured for AND, three for OR, a half for one unit.",
)

# %% [markdown]
# ### Logic gates
#
# The smallest example has only four points, (0,0), (0,1), (1,0), (1,1). A single unit
# can be an AND, an OR and a NAND (not AND) gate. Find the weights yourself before you
# read them: for AND the sum must pass the threshold only when both inputs are 1.

# %%
inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
gates = {"AND": ([1, 1], -1.5), "OR": ([1, 1], -0.5), "NAND": ([-1, -1], 1.5)}
print("inputs  ", [f"{a}{b}" for a, b in inputs])
for name, (w, b) in gates.items():
    print(f"{name:8}", switch(inputs @ np.array(w) + b).tolist())

# %% [markdown]
# And XOR, "one or the other but not both": 0, 1, 1, 0? Try before reading on. The four
# conditions for a single unit are
#
# $$b \le 0, \qquad w_2 + b > 0, \qquad w_1 + b > 0, \qquad w_1 + w_2 + b \le 0 .$$
#
# Add the two in the middle: $w_1+w_2+2b>0$. Add the outer two: $w_1+w_2+2b\le 0$. Both
# cannot hold, so **no** single unit is an XOR. Minsky and Papert made this famous in
# 1969. Random search agrees, of course: none of 100,000 units does better than three of
# four.

# %%
xor = np.array([0, 1, 1, 0])
w, b = rng.normal(size=(2, 100_000)), rng.normal(size=100_000)
right = (switch(inputs @ w + b) == xor[:, None]).sum(axis=0)  # (4, 100000) -> (100000,)
print("best of 100,000 single units:", right.max(), "of 4 right")
assert right.max() == 3

# %% [markdown]
# Two layers can do it. Look at the rows printed above: XOR is 1 exactly where OR and
# NAND are **both** 1. So
#
# $$\mathrm{XOR} = \mathrm{AND}(\mathrm{OR}, \mathrm{NAND}).$$
#
# The first layer holds an OR unit and a NAND unit, the second an AND unit. These are
# the same numbers as before, put into matrices: one column for each unit.

# %%
W1, b1 = np.array([[1, -1], [1, -1]]), np.array([-0.5, 1.5])  # columns: OR, NAND
w2, b2 = np.array([1, 1]), -1.5  # AND
A = switch(inputs @ W1 + b1)  # (4, 2)
answer = switch(A @ w2 + b2)  # (4,)
for point, features, result in zip(inputs, A, answer, strict=True):
    print(f"point {point}   OR, NAND {features}   XOR {result}")
assert (answer == xor).all()

# %% [markdown]
# Read the middle column. Points (0,1) and (1,0), far apart before, have the **same**
# features (1,1). After that, one line is enough. This is the division of work in every
# network: **the first layer extracts features, the last one decides**. The picture
# shows the same twice: in the plane of the inputs and in the plane of the features.

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 3.4))
line = np.array([-0.6, 1.6])
for ax, points in zip(axes, [inputs, A], strict=True):
    ax.plot(*points[xor == 0].T, "o", color=BLUE, markersize=12, label="XOR = 0")
    ax.plot(*points[xor == 1].T, "^", color=ORANGE, markersize=12, label="XOR = 1")
    ax.set(xlim=(-0.6, 1.6), ylim=(-0.6, 1.6), xticks=[0, 1], yticks=[0, 1])
for ax, name, height in [
    (axes[0], "OR", 0.5),
    (axes[0], "NAND", 1.5),
    (axes[1], "AND", 1.5),
]:
    ax.plot(line, height - line, color="black", ls="--" if name == "OR" else "-")
    ax.text(1.15, height - 1.05, name)
axes[0].set(xlabel="$x$", ylabel="$y$", title="Inputs: no line parts them")
axes[1].set(xlabel="OR", ylabel="NAND", title="Features: one line does")
axes[1].legend(loc="lower left")
show(fig, "XOR's four points with two lines; the same as three features with one line.")

# %% [markdown]
# ### XOR by training
#
# We set the weights by thinking. Will training find them? A switch has slope 0
# everywhere, so there would be nothing to descend; tanh units and a sigmoid at the end
# take its place. The start of the weights is fixed by a seed: as you will see in the
# playground, two hidden units do not find the way from every start.

# %%
start = keras.initializers.RandomNormal(stddev=1.0, seed=3)
xor_model = keras.Sequential(
    [
        keras.Input((2,)),
        layers.Dense(2, activation="tanh", kernel_initializer=start),
        layers.Dense(1, activation="sigmoid"),
    ]
)
print("parameters:", xor_model.count_params())

# %% [markdown]
# Three hundred steps with all four points, and the loss kept after each. (Adam is the
# optimizer; it is opened up in the next section.)

# %%
xor_model.compile(keras.optimizers.Adam(0.1), loss="binary_crossentropy")
points = inputs.astype("float32")  # (4, 2)
labels = xor[:, None].astype("float32")  # (4,) -> (4, 1)
losses = [float(xor_model.train_on_batch(points, labels)) for _ in range(300)]
P = xor_model(points).numpy()[:, 0]  # (4,)
print("answers:", (P > 0.5).astype(int), "  sure:", bool((np.abs(P - xor) < 0.1).all()))
assert ((P > 0.5) == xor).all() and losses[-1] < 0.1

# %% [markdown]
# **Predict** how the plane will look. Will the two lines be parallel, as ours were?

# %%
predict(
    "3.d",
    "What will the places with P near 1 look like?",
    ["a band", "two corners", "a circle"],
)

# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 3), width_ratios=[1, 1.2])
axes[0].plot(losses)
axes[0].set(
    xlabel="step", ylabel="loss", title="Loss on the four points", ylim=(0, None)
)
side = np.linspace(-0.6, 1.6, 111)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)  # (12321, 2)
P_grid = xor_model(grid).numpy().reshape(111, 111)
image = axes[1].contourf(
    side, side, P_grid, levels=np.linspace(0, 1, 11), cmap="PuOr_r"
)
fig.colorbar(image, ax=axes[1], label="P(XOR = 1)", ticks=[0, 0.5, 1])
axes[1].plot(*inputs[xor == 0].T, "o", color=BLUE, markersize=10, mec="white")
axes[1].plot(*inputs[xor == 1].T, "^", color=ORANGE, markersize=10, mec="white")
axes[1].set(xlabel="$x$", ylabel="$y$", title="What the network says")
show(fig, "The loss falls to nearly 0; a band parts the XOR points from the others.")
happened("3.d", "a band")

# %% [markdown]
# Training found a band of its own, as ours cuts one out between OR and NAND; its two
# edges need not be parallel. It can be another one: there are many right solutions,
# mirrored, turned, with exchanged units. Where the training ends up depends on where it
# starts.

# %% [markdown]
# ### Exercise 3.1 – What can one unit do? (predict and run)
#
# Which of these functions of two inputs (each 0 or 1) can a **single** unit
# `switch(inputs @ w + b)` compute? Answer each with `True` or `False`. Draw the four
# points on paper: is there a line?
#
# Replace each `...` and run the cell, then the check below it. `hint("3.1")` says one
# thing more each time; `solution("3.1")` shows worked code,
# `exercise_table()` what is done.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
possible = {
    "x1 and not x2": ...,
    "both equal": ...,
    "not x1": ...,
    "neither": ...,
    "exactly one": ...,
}

# %%
check("3.1", possible)

# %% [markdown]
# ## 3.3 A ball rolls down
#
# Think of the loss as a landscape over the weights and of training as a ball that rolls
# down. With millions of weights nobody can draw this, but two weights show what
# matters. Here is a long narrow valley, 200 times as steep across as along, as the
# losses of networks are, and worse:
#
# $$E(w_1, w_2) = \tfrac{1}{200} w_1^2 + w_2^2, \qquad
# \nabla E = \left(\tfrac{1}{100} w_1,\; 2 w_2\right).$$


# %% [markdown] tags=["teacher"]
# minutes: 13
# stall: g is the gradient, v the velocity, s the mean square, ε the rate: keep them on
# the board. Adam's division by 1 − 0.9^k is taken for decay; it only undoes the start
# at zero. Each optimizer has its own best rate in the race.
# ask: Why does momentum gain along the floor and not across it?
# answer: Along it slopes agree and add up to ten times a step; across, they change sign
# and cancel.
# skip: The comparison with Keras' own optimizers, and the two rates 0.9 and 1.1.


# %%
def error(w):
    return w[0] ** 2 / 200 + w[1] ** 2


def slope(w):
    return np.array([w[0] / 100, 2 * w[1]])


print(error(np.array([-7.0, 2.0])), slope(np.array([-7.0, 2.0])))

# %% [markdown]
# The gradient at the start $(-7, 2)$ points mostly **across** the valley, while the way
# to go is along it. Each optimizer is an answer to this. All four see only the gradient
# $g$ at the place where they are, and the learning rate $\varepsilon$.
#
# **SGD** goes straight down: $w \leftarrow w - \varepsilon g$.
#
# **Momentum** gives the ball a mass. It keeps a velocity $v$, which friction reduces to
# 9/10 in each step: $v \leftarrow 0.9\,v - \varepsilon g$, $w \leftarrow w + v$.


# %%
def sgd(w, g, state, step, rate):
    return w - rate * g


def momentum(w, g, state, step, rate):
    state["v"] = 0.9 * state.get("v", 0) - rate * g
    return w + state["v"]


w = np.array([-7.0, 2.0])
print(sgd(w, slope(w), {}, 1, 0.1), momentum(w, slope(w), {}, 1, 0.1))

# %% [markdown]
# The first step is the same: the ball still has to pick up speed.
#
# **RMSProp** gives each weight a learning rate of its own. It keeps a running average
# $s$ of the squared gradient and divides by its root, so that steep and flat directions
# get steps of similar length:
# $s \leftarrow 0.9\,s + 0.1\,g^2$, $w \leftarrow w - \varepsilon g/\sqrt{s+10^{-7}}$.
#
# **Adam** does both: a running average $m$ of the gradient in place of the velocity,
# and the root of $s$ below it. Both averages start at 0 and so are too small at first:
# after one step $m$ is a tenth of the gradient, and $s$ a thousandth of its square.
# Divided by $1-0.9^k$ and $1-0.999^k$ in step $k$, they are true averages from the
# first step on.


# %%
def rmsprop(w, g, state, step, rate):
    state["s"] = 0.9 * state.get("s", 0) + 0.1 * g**2
    return w - rate * g / np.sqrt(state["s"] + 1e-7)


def adam(w, g, state, step, rate):
    state["m"] = 0.9 * state.get("m", 0) + 0.1 * g
    state["s"] = 0.999 * state.get("s", 0) + 0.001 * g**2
    m = state["m"] / (1 - 0.9**step)
    s = state["s"] / (1 - 0.999**step)
    return w - rate * m / (np.sqrt(s) + 1e-7)


print(rmsprop(w, slope(w), {}, 1, 0.1).round(3), adam(w, slope(w), {}, 1, 0.1).round(3))

# %% [markdown]
# Look at the two numbers of each. The gradient was $(-0.07, 4)$, yet both weights move
# by the **same** length: what counts here is the sign. Now let all four roll from the
# same place, 100 steps each.


# %%
def roll(optimizer, rate, steps=100, start=(-7.0, 2.0)):
    path, state = [np.array(start)], {}
    for step in range(1, steps + 1):
        w = path[-1]
        path.append(optimizer(w, slope(w), state, step, rate))
    return np.array(path)  # (steps + 1, 2)


# %% [markdown]
# But with which learning rate? Each has its own best one, and a race at a rate that
# suits one of them says nothing. So each gets the best of 47 rates. **Predict** who
# comes last, and by how much.

# %%
predict("3.e", "Who comes last?", ["SGD", "momentum", "RMSProp", "Adam"])

# %%
choices = np.geomspace(0.01, 2, 47)
rates, paths = {}, {}
for optimizer in (sgd, momentum, rmsprop, adam):
    ends = [error(roll(optimizer, rate)[-1]) for rate in choices]
    rates[optimizer] = choices[np.argmin(ends)]
    paths[optimizer] = roll(optimizer, rates[optimizer])
    name, end = optimizer.__name__, min(ends)
    print(f"{name:9} best rate {rates[optimizer]:.2f}, E after 100 steps {end:.0e}")
assert error(paths[sgd][-1]) > 1000 * max(error(paths[o][-1]) for o in list(paths)[1:])
happened("3.e", int(np.argmax([error(path[-1]) for path in paths.values()])))

# %%
fig, axes = plt.subplots(2, 2, figsize=(7, 4.6), sharex=True, sharey=True)
w1, w2 = np.meshgrid(np.linspace(-8, 6, 141), np.linspace(-3, 3, 61))
height = np.sqrt(error([w1, w2]))  # the root spreads the contours near the bottom
for ax, (optimizer, path) in zip(axes.flat, paths.items(), strict=True):
    ax.contourf(w1, w2, height, levels=14, cmap="Greys", alpha=0.5)
    ax.plot(*path[:41].T, "o-", color=BLUE, lw=1.2, ms=3)
    ax.plot(0, 0, "*", color=RED, markersize=12)
    ax.set(title=optimizer.__name__, xlim=(-8, 6), ylim=(-3, 3))
fig.supxlabel("$w_1$")
fig.supylabel("$w_2$")
show(fig, "Four paths in a long valley: SGD zigzags, momentum swings in arcs.")

# %% [markdown]
# Forty steps of each; the star is the lowest place. SGD jumps from wall to wall: its
# rate is as high as the steep direction allows, and still it creeps along the floor.
# Momentum swings from side to side at first, but its speed along the floor adds up.
# RMSProp and Adam make equal progress in both directions at first. The error shows what
# that is worth:

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
for (optimizer, path), style in zip(paths.items(), ["-", "--", "-.", ":"], strict=True):
    ax.semilogy([error(w) for w in path], style, lw=1.8, label=optimizer.__name__)
ax.set(xlabel="step", ylabel="$E$ (powers of ten)")
ax.legend(loc="lower left")
show(fig, "Error against step: SGD flattens early, the others fall by powers of ten.")

# %% [markdown]
# Mind RMSProp near the end: when the gradient has become tiny, so has its root, and a
# step divided by almost nothing throws the ball out. That is why learning rates are
# lowered towards the end of training, as in section 3.5.
#
# Why is momentum so much better, with a slope that points across? Along the floor the
# slope $g$ hardly changes from step to step, so the velocity grows until friction takes
# as much as is added: $v = 0.9\,v-\varepsilon g$ gives $v=-\varepsilon g/(1-0.9)$, **ten
# times** a plain step. Across the valley the slope changes its sign again and again,
# and most of the sum cancels. It even rescues rates at which plain descent fails, since
# the walls are too steep for it:

# %%
for rate in (0.9, 1.1):
    by = {o.__name__: error(roll(o, rate)[-1]) for o in (sgd, momentum)}
    print(f"rate {rate}:", ", ".join(f"{name} {E:.0e}" for name, E in by.items()))
assert error(roll(sgd, 1.1)[-1]) > 1e9 and error(roll(momentum, 1.1)[-1]) < 1e-3

# %% [markdown]
# No optimizer is best everywhere: this valley lies along the axes, which is what RMSProp
# and Adam are made for. Adam works without much tuning, which is why it is used most.

# %% [markdown]
# Are these the optimizers of Keras? Let each make ten steps from the same place with a
# small learning rate and compare every step. (Small, because Keras rounds Adam's 0.999
# to 32 bits, and $1-0.999^k$ then differs in the fifth digit.)

# %%
twins = {
    sgd: keras.optimizers.SGD(0.03),
    momentum: keras.optimizers.SGD(0.03, momentum=0.9),
    rmsprop: keras.optimizers.RMSprop(0.03),
    adam: keras.optimizers.Adam(0.03),
}
for optimizer, twin in twins.items():
    w, path = keras.Variable([-7.0, 2.0]), roll(optimizer, 0.03, steps=10)
    for step in range(1, 11):
        twin.apply([slope(w.numpy()).astype("float32")], [w])
        assert np.allclose(w.numpy(), path[step], rtol=0, atol=1e-5)
    print(f"{optimizer.__name__:9} agrees with {type(twin).__name__}")

# %% [markdown]
# ## 3.4 A playground
#
# Now watch a network learn. The plane on the left shows its probability, with filled
# points to train on and hollow ones held out. On the right is the network: each small
# square shows what one unit answers over the whole plane, each line is a weight; below
# are both losses. "Play" trains with Adam until you pause.
#
# **Point at a unit** and the large plane shows what it computes; a click, or the list
# "Plane shows", keeps it there. A click on the plane, or "Point x, y", asks for P at
# that point, and the buttons beside it add the point to the training data. The ticks
# let the network see x², xy or sin x, too. All works by keyboard (Tab, arrows, space).
#
# Things to try, each with a prediction first:
#
# 1. Circle, no hidden layer. Then one layer with 1, 2, 3, 4 units. How many does it
#    take to close a ring? Point at the units: each of the first layer is one line.
# 2. Circle, no hidden layer, but x² and y² ticked. Which tick solves XOR?
# 3. XOR with 2 units: press "New weights" several times. Does it always succeed? And
#    with 8?
# 4. Activation "none": do more layers help?
# 5. Spirals: one layer of 8, then three layers of 8. What do units of the second layer
#    answer?
# 6. Noise 50%, three layers of 8, and let it play. When does the held-out loss turn
#    around? Then set the regularisation λ, a price on large weights, to 0.01.
# 7. Add a point with the wrong label in the middle of the others. Does the network
#    bend to it?
# 8. Learning rate 1. (Without a running kernel you see a still picture.)

# %% [markdown] tags=["teacher"]
# minutes: 10
# stall: Everybody plays and nobody predicts: give three of the eight things to try, one
# to each third of the room. The held-out loss below the network is overlooked; point at
# where it turns around.
# ask: How many units of one hidden layer does it take to close a ring?
# answer: Three lines enclose an area; two only make a band. Four are used in the
# measurement after it.
# skip: The measurements after the playground, when the room has seen them happen.

# %%
Playground()

# %% [markdown]
# What you saw can be measured. The function below runs the playground's network without
# its buttons, 600 steps. **Predict:** what share of the circle's points can be right
# without a hidden layer? (Half of the points lie inside.)

# %%
predict("3.f", "Accuracy on the circle without a hidden layer, in %?", within=12)

# %%
from helpers.widgets.playground import Run


def play(data, layers, units, activation="tanh", noise=10, price=0.0, features=()):
    run = Run(data, noise, layers, units, activation, 0.03, price, features=features)
    run.advance(600)
    return run


for layers_and_units in [(0, 1), (1, 2), (1, 4)]:
    print(
        layers_and_units, f"{play('circle', *layers_and_units).held_out_accuracy:.1f}"
    )
happened("3.f", 100 * play("circle", 0, 1).held_out_accuracy)

# %% [markdown]
# Without a hidden layer it is a coin toss. Two lines help, and a few more close
# the ring. Who knows that it is a ring can give x² and y² to the network, and needs no
# hidden layer: hidden units find such features by themselves. Without an activation
# nothing is gained by layers, as section 3.1 promised; and a price on large weights
# keeps the network from learning noise by heart:

# %% tags=["nbval-ignore-output"]
straight = play("circle", 3, 8, activation="none").held_out_accuracy
assert_between(straight, 0.3, 0.7, "right without activation", show=".0%")
four_units = play("circle", 1, 4).held_out_accuracy
assert_between(four_units, 0.9, 1, "right with 4 tanh units", show=".0%")
squares = play("circle", 0, 1, features=("x²", "y²")).held_out_accuracy
assert_between(squares, 0.95, 1, "right with x², y² and no hidden layer", show=".0%")
free = play("circle", 3, 8, noise=50).curve[-1][2]  # loss of the points held out
priced = play("circle", 3, 8, noise=50, price=0.01).curve[-1][2]
assert_between(priced / free, 0, 0.7, "held-out loss, with price / without", show=".2f")

# %% [markdown]
# ## 3.5 Digits again: a hidden layer of 1024
#
# Chapter 2 ended at about 92% of the test images and with the remark that another model
# would help. Here it is: one hidden layer of 1024 ReLU units between the 784 pixels and
# the ten classes.

# %% [markdown] tags=["teacher"]
# minutes: 14
# exercises: 5
# stall: Dropout switches off in use; many think that it thins the trained network. Its
# division by 1 − r is missed. In the table the loss on training images gets worse,
# which looks like failure and is the idea.
# ask: Chapter 02's model had about 8% wrong. Which share of these mistakes is gone?
# answer: About three in four: the hidden layer may answer to combinations of pixels.
# skip: Dropout by hand; of the Exercises 3.2 to 3.4, let each choose one.

# %% tags=["nbval-ignore-output"]
(images_train, labels_train), (images_test, labels_test) = datasets.load_mnist()
x_train = images_train.reshape(-1, 784)  # (60000, 784), whole numbers 0 to 255
x_test = images_test.reshape(-1, 784)  # (10000, 784)

# %% [markdown]
# The test images are for the end: they say what a finished network is worth. Whatever
# is *chosen* below, dropout or depth, is chosen by 5,000 **validation** images, kept
# aside from the training images (chapter 0 says why).

# %%
x_fit, labels_fit = x_train[:55_000], labels_train[:55_000]
x_valid, labels_valid = x_train[55_000:], labels_train[55_000:]
assert 0 == x_fit.min() < x_fit.max() == 255
print("to learn from:", x_fit.shape, "  to choose by:", x_valid.shape)

# %% [markdown]
# The function builds a network from the widths of its hidden layers; we shall need more
# than one. Chapter 2 divided all pixels by 255 beforehand, which made each of them four
# bytes long; here they stay one byte, and the network's first layer divides, a batch at
# a time. **Predict** the number of parameters: weights and biases of both layers.


# %%
predict("3.g", "How many parameters?", ["802,816", "814,090", "1,048,576"])


# %%
def build(widths, activation="relu", dropout=0.0):
    model = keras.Sequential([keras.Input((784,)), layers.Rescaling(1 / 255)])
    for width in widths:
        model.add(layers.Dense(width, activation=activation))
        if dropout:
            model.add(layers.Dropout(dropout))
    model.add(layers.Dense(10, activation="softmax"))
    return model


keras.utils.set_random_seed(42)
model = build([1024])
print(f"{model.count_params():,} = (784 + 1) * 1024 + (1024 + 1) * 10")
assert x_test.shape == (10_000, 784) and model.count_params() == 785 * 1024 + 1025 * 10
happened("3.g", f"{model.count_params():,}")

# %% [markdown]
# A good learning rate is a compromise: large steps get far, small ones settle down. So
# change it on the way. The **one-cycle** plan starts small, while the first gradients
# are wild, climbs to a peak in the first quarter of the steps, and then falls to almost
# nothing. Keras has the curve, as `CosineDecay` with a warm-up:


# %%
def one_cycle(steps, peak):
    return keras.optimizers.schedules.CosineDecay(
        peak / 10, steps - steps // 4, 0.01, warmup_target=peak, warmup_steps=steps // 4
    )


plan = [float(one_cycle(100, peak=0.004)(step)) for step in range(101)]
fig, ax = plt.subplots(figsize=(7, 2.5))
ax.plot(plan)
ax.set(xlabel="step, in per cent of the training", ylabel="learning rate")
assert np.argmax(plan) == 25 and plan[-1] < plan[0] < plan[25]
show(
    fig, "The learning rate climbs for a quarter of the steps, then falls to nearly 0."
)

# %% [markdown]
# Training as in chapter 2: Adam on mini-batches, here of 256. `sparse` in the name of
# the loss says that the labels are numbers, not one-of-K rows. The function is used for
# every network below, so that they can be compared.


# %%
def train(model, x, labels, epochs, batch_size=256, peak=0.004, name="Training"):
    steps = epochs * -(-len(x) // batch_size)  # rounded up
    model.compile(
        optimizer=keras.optimizers.Adam(one_cycle(steps, peak)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    watch = KerasProgress(name)
    model.fit(x, labels, batch_size, epochs, verbose=0, callbacks=[watch])


# %%
train(model, x_train, labels_train, epochs=4, name="1024 units")


# %% [markdown]
# Four epochs, some seconds. **Predict** the share of wrong answers: chapter 2's model
# had 8%.


# %%
predict("3.h", "Share of wrong answers, in %?", within=1)


# %% tags=["nbval-ignore-output"]
def measure(model, x, labels):
    """Cross-entropy and accuracy."""
    return model.evaluate(x, labels, batch_size=1000, verbose=0)


loss, test_accuracy = measure(model, x_test, labels_test)
assert_between(test_accuracy, 0.978, 0.987, "test accuracy, 1024 units", show=".1%")
happened("3.h", 100 * (1 - test_accuracy))

# %% [markdown]
# About 98%: of chapter 2's mistakes, about three in four are gone. The hidden layer may
# answer to *combinations* of pixels, a stroke here and none there, where chapter 2
# could only add up pixels. What its units look at is one of the exercises.

# %% [markdown]
# ### Dropout
#
# 814,090 parameters can learn a lot by heart. **Dropout** makes that hard: in training,
# and only in training, each hidden value is set to 0 with a probability $r$ between 0
# and 0.5, newly drawn in every step. No unit can rely on one certain other unit any
# more. What is left is divided by $1-r$, so that the next layer gets the same amount on
# average and nothing need change when the network is used.


# %%
def dropout(A, rate, rng):
    keep = rng.random(A.shape) >= rate
    return A * keep / (1 - rate)


A = np.ones((2, 8))
print(dropout(A, 0.5, rng))
print("mean of many:", round(dropout(np.ones(1_000_000), 0.5, rng).mean(), 1))

# %% [markdown]
# Keras' `Dropout` layer does the same, and nothing when it is not told that this is
# training:

# %%
keras_dropout = layers.Dropout(0.5, seed=1)
in_training = np.asarray(keras_dropout(np.ones((1000, 100)), training=True))
in_use = np.asarray(keras_dropout(np.ones((1000, 100)), training=False))
print("in training:", np.unique(in_training), "  in use:", np.unique(in_use))
print("mean in training:", in_training.mean().round(1))

# %% [markdown]
# Learning by heart is a danger when examples are few. So take only the first 2,000
# training images and train with $r$ = 0, 0.2 and 0.5. **Predict:** what does
# dropout do to the loss on the training images, and what on the validation images?

# %%
predict(
    "3.i",
    "With dropout 0.5, the losses on training and on validation images are",
    ["lower, lower", "lower, higher", "higher, lower", "higher, higher"],
)

# %% tags=["nbval-ignore-output"]
by_dropout = {}
for rate in [0.0, 0.2, 0.5]:
    keras.utils.set_random_seed(42)
    few = build([1024], dropout=rate)
    train(few, x_train[:2000], labels_train[:2000], 12, 50, 0.002, f"Dropout {rate}")
    on_training = measure(few, x_train[:2000], labels_train[:2000])
    by_dropout[rate] = on_training, measure(few, x_valid, labels_valid)
for rate, ((loss, right), (valid_loss, valid_right)) in by_dropout.items():
    print(f"dropout {rate}: training loss {loss:.4f} ({right:.1%} right)", end="   ")
    print(f"validation loss {valid_loss:.3f} ({valid_right:.1%} right)")

# %% tags=["nbval-ignore-output"]
(loss_0, right_0), (valid_loss_0, _) = by_dropout[0.0]
(loss_5, _), (valid_loss_5, _) = by_dropout[0.5]
assert_between(right_0, 0.99, 1, "training images right, no dropout", show=".1%")
ratio = loss_5 / loss_0
assert_between(ratio, 1.2, 100, "training loss, dropout 0.5 / none", show=".1f")
ratio = valid_loss_5 / valid_loss_0
assert_between(ratio, 0.7, 0.99, "validation loss, dropout 0.5 / none", show=".2f")
rises = [loss_5 > loss_0, valid_loss_5 > valid_loss_0]
happened("3.i", ", ".join("higher" if rise else "lower" for rise in rises))

# %% [markdown]
# Without dropout the training images are known by heart: 100% right, or nearly. Dropout
# makes that loss **worse** and the loss on images never seen **better**, which is the
# whole idea. In accuracy it is at most a small gain here; as a rule it grows with
# larger networks, more epochs and fewer examples. With all 60,000 images and few epochs
# there is little to gain.

# %% [markdown]
# ### Exercise 3.2 – 128, 512, 4096 units (change and measure)
#
# Train one hidden layer of 128, of 512 and of 4096 units for **one** epoch each, on
# `x_fit`, and measure the accuracy on the validation images as a number between 0 and
# 1. `build`, `train` and `measure` do it in three lines. **Predict:** does 32 times the width give
# a tenth of the mistakes, or half, or all of them? (About 20 seconds in all.)

# %% tags=["exercise"]
accuracy_by_units = {128: ..., 512: ..., 4096: ...}

# %%
check("3.2", accuracy_by_units)

# %% [markdown]
# ### Exercise 3.3 – Exactly one of three (build)
#
# Three inputs, each 0 or 1. Set the weights of a two-layer network of switches by hand
# so that it answers 1 when **exactly one** input is 1, else 0. Two hidden units are
# enough. Shapes: `W1` is (3, units), `b1` (units,), `w2` (units,), `b2` a number. The
# check computes `switch(switch(inputs @ W1 + b1) @ w2 + b2)`.

# %% tags=["exercise"]
exactly_one = {"W1": ..., "b1": ..., "w2": ..., "b2": ...}

# %%
check("3.3", exactly_one)

# %% [markdown]
# ### Exercise 3.4 – A ball that looks ahead (build)
#
# Nesterov's momentum looks where the velocity is about to take it. In the form that
# Keras uses: $v \leftarrow 0.9\,v - \varepsilon g$, then $w \leftarrow w + 0.9\,v -
# \varepsilon g$. Write it like the optimizers of section 3.3: it gets `w`, the gradient
# `g`, the dict `state` (empty before the first step), the number of the step and the
# learning rate, and returns the new `w`. When it is right, try `roll(nesterov, 0.5)`:
# does it swing as far as `momentum`?


# %% tags=["exercise"]
def nesterov(w, g, state, step, rate): ...


# %%
check("3.4", nesterov)

# %% [markdown]
# ## 3.6 Deeper
#
# Is a second hidden layer better than a wider one? Measure: one, two and three hidden
# layers of 128 units, two epochs each. **Predict** what the second one adds,
# with its 128 · 129 = 16,512 parameters.

# %% [markdown] tags=["teacher"]
# minutes: 10
# exercises: 2
# stall: A logarithmic axis with layer 1 at the left: the gradient travels from right to
# left. 1/4 per layer is only the upper bound, and the weights take more. "ReLU cures
# it" is then taken as general.
# ask: Both networks have the same size. Why does the one with sigmoids fail?
# answer: It could hold the answer, but the training signal does not arrive at the first
# layers.
# skip: TensorBoard; Exercise 3.5 for the curious at home.

# %%
predict("3.j", "How many points of accuracy does the second layer add?", within=1)

# %% tags=["nbval-ignore-output"]
by_depth = {}
for depth in [1, 2, 3]:
    keras.utils.set_random_seed(42)
    deep = build([128] * depth)
    train(deep, x_fit, labels_fit, 2, name=f"{depth} hidden layers")
    by_depth[depth] = measure(deep, x_valid, labels_valid)[1]
for depth, accuracy in by_depth.items():
    size = build([128] * depth).count_params()
    print(f"{depth} x 128: {accuracy:.1%}   {size:,} parameters")
gain = by_depth[2] - by_depth[1]
assert_between(gain, 0.001, 0.03, "gain of the second layer", show=".1%")
third = by_depth[3] - by_depth[2]
assert_between(third, -0.006, 0.02, "gain of the third layer", show=".1%")
happened("3.j", 100 * gain)

# %% [markdown]
# A second layer of the same width helps for a sixth more parameters; a third one adds
# little. Later layers build features from features. So why not twenty layers? For a
# long time nobody could train them. To see why, take six hidden layers of 64 units,
# once with sigmoid and once with ReLU, and look at the gradient before any training.
#
# The gradient of a layer's weights says how much the loss would change if they were
# moved. Its typical size is the root of the mean square over all weights of the layer.
# One size for each layer, on 1,000 images. **Predict:** how much smaller is it in the
# first layer than in the last, given that each sigmoid on the way multiplies by at most
# 1/4?


# %%
predict(
    "3.k",
    "How much smaller is it in the first layer, with the sigmoid?",
    ["about 10 times", "about 100 times", "over 1,000 times"],
)


# %%
def gradient_sizes(model, x, labels):
    with tf.GradientTape() as tape:
        P = model(x)
        loss = keras.losses.sparse_categorical_crossentropy(labels, P)
        E = tf.reduce_mean(loss)
    kernels = [layer.kernel for layer in model.layers[1:]]
    gradients = tape.gradient(E, [kernel.value for kernel in kernels])
    return [float(tf.sqrt(tf.reduce_mean(g**2))) for g in gradients]


sizes = {}
for activation in ["sigmoid", "relu"]:
    keras.utils.set_random_seed(42)
    deep = build([64] * 6, activation)
    sizes[activation] = gradient_sizes(deep, x_train[:1000], labels_train[:1000])

# %%
fig, ax = plt.subplots(figsize=(7, 3.2))
for (activation, values), style in zip(sizes.items(), ["o-", "s--"], strict=True):
    ax.plot(range(1, 8), values, style)
    ax.text(7.15, values[-1], activation, va="center")
ax.set(yscale="log", xlabel="layer (7 is the output layer)", ylabel="size of gradient")
ax.set(xlim=(0.8, 8), xticks=range(1, 8))
show(
    fig,
    "Size of the gradient per layer: nearly level for ReLU, steeply falling towards "
    "the first layer for sigmoid.",
)

# %% tags=["nbval-ignore-output"]
fades = {activation: values[-1] / values[0] for activation, values in sizes.items()}
fade = fades["sigmoid"]
assert_between(fade, 1000, 1e7, "last / first gradient, sigmoid", show=",.0f")
assert_between(fades["relu"], 0.2, 20, "last / first gradient, ReLU", show=".1f")
happened(
    "3.k",
    int(np.digitize(fade, [30, 1000])),
    "Each sigmoid costs a factor of 4 or more, and the weights change it further.",
)

# %% [markdown]
# With ReLU all layers get gradients of similar size. With the sigmoid every layer on
# the way back costs a factor of several, and the first layers get thousands of times
# less than the last: they stay nearly as random as they started, and everything above
# has to work with random features. This is the **vanishing gradient**. It is a product:
# slope (1/4 at best) times weights, once for every layer. (At the output the sigmoid's
# gradient is the larger one: a layer's gradient also has its inputs as a factor, and
# the last hidden values are near 1/2 with the sigmoid, much smaller with ReLU; and they
# are nearly the same for every image, so that the images' errors add up.)
#
# Does it matter? One epoch for each. **Predict** the sigmoid network's accuracy.

# %%
predict("3.l", "Accuracy of the sigmoid network, in %?", within=15)

# %% tags=["nbval-ignore-output"]
by_activation = {}
for activation in ["sigmoid", "relu"]:
    keras.utils.set_random_seed(42)
    deep = build([64] * 6, activation)
    train(deep, x_fit, labels_fit, 1, peak=0.002, name=activation)
    by_activation[activation] = measure(deep, x_valid, labels_valid)[1]
    print(f"{activation:8} {by_activation[activation]:.1%}")
gap = by_activation["relu"] - by_activation["sigmoid"]
assert_between(gap, 0.2, 0.9, "accuracy, ReLU minus sigmoid", show=".0%")
happened("3.l", 100 * by_activation["sigmoid"])

# %% [markdown]
# The ReLU network reads most digits; the sigmoid network is still far behind, not
# because it could not represent the answer, but because the training signal does not
# arrive. The first cures were others: training the layers one after the other before
# training them together (2006), and initial weights of the right size (2010,
# [chapter 4](04_backpropagation_from_scratch.ipynb)). ReLU (2011) made most of that
# unnecessary; batch normalisation and skip connections followed
# ([chapter 6](06_dynamic_cnn.ipynb)). The same trouble returns with time in place of
# depth in [chapter 8](08_recurrent_networks.ipynb).

# %% [markdown]
# ### Watching with TensorBoard (optional)
#
# For long training, TensorBoard draws curves of loss and accuracy in the browser while
# it runs, and keeps them, so that runs can be compared. The course does not install it.
# Where it is installed (Colab has it; else `pip install tensorboard`), add these lines
# in cells of your own:
#
# ```python
# watch = keras.callbacks.TensorBoard(log_dir="logs/1024_units", histogram_freq=1)
# model.fit(x_train, labels_train, epochs=3, validation_split=0.1, callbacks=[watch])
# %load_ext tensorboard
# %tensorboard --logdir logs
# ```
#
# Give each run its own folder below `logs`; `histogram_freq=1` adds the distribution of
# each layer's weights after each epoch. Nothing later in the course depends on it.

# %% [markdown]
# ### Exercise 3.5 – What does each hidden unit look at? (build)
#
# Write a function that gets the hidden layer's values, `A` of shape (images, units),
# and returns for each unit the numbers of the `count` images on which it answers most
# strongly, strongest first: an array of shape (units, count). When it is right, take
# `A = relu(x_test[:2000] / 255 @ W1 + b1)`, with `W1, b1` from
# `model.layers[1].get_weights()`, and look at the favourites of some units beside their
# weights `W1[:, unit]` as 28 × 28 images. Does a unit stand for one digit? The
# solutions show what to expect.


# %% tags=["exercise"]
def favourites(A, count): ...


# %%
check("3.5", favourites)

# %% [markdown]
# ## Recap
#
# 1. **A hidden layer** is $h(XW+b)$. Without the bend $h$, layers collapse into one.
#    Slopes: sigmoid at most 1/4, tanh at most 1, both flat far out; ReLU 1 or 0.
# 2. **Two units cut the plane into four** areas; the output unit combines them. No single
#    unit is XOR; AND(OR, NAND) is. Training finds such a solution by itself: the first
#    layer extracts features, the second decides.
# 3. **Optimizers:** SGD follows the slope and zigzags; momentum keeps a velocity and
#    gets up to ten times as far along a steady slope; RMSProp divides by the root of the
#    mean squared gradient; Adam does both. Each was judged at its own best learning
#    rate. Ours and Keras' agree to 0.00001.
# 4. **One hidden layer of 1024 ReLU units** reads about 98% of MNIST's test images in
#    four epochs with a one-cycle learning rate. Dropout cuts values at random, in
#    training only: a higher loss on the training images, a slightly lower one on new.
# 5. **The gradient fades** by a factor per layer with sigmoids, thousandfold over six
#    layers; with ReLU it does not, and the deep network trains.

# %% [markdown]
# ## Read on
#
# - M. Minsky, S. Papert, *Perceptrons* (1969): what one layer cannot do.
# - D. E. Rumelhart, G. E. Hinton, R. J. Williams, *Learning Representations by
#   Back-propagating Errors* (Nature, 1986): hidden units that are trained.
# - X. Glorot, A. Bordes, Y. Bengio, *Deep Sparse Rectifier Neural Networks* (AISTATS,
#   2011): ReLU; and S. Hochreiter's thesis (1991) on gradients that vanish.
# - N. Srivastava and others, *Dropout: A Simple Way to Prevent Neural Networks from
#   Overfitting* (Journal of Machine Learning Research, 2014).
# - B. T. Polyak, *Some Methods of Speeding up the Convergence of Iteration Methods*
#   (1964): momentum; Y. Nesterov (1983): the look ahead; T. Tieleman, G. Hinton,
#   *Lecture 6.5: RMSProp* (Coursera, 2012); D. P. Kingma, J. Ba, *Adam* (ICLR, 2015).
# - L. N. Smith, N. Topin, *Super-Convergence* (2018): the one-cycle plan.
# - D. Smilkov, S. Carter, *TensorFlow Playground* (2016), playground.tensorflow.org:
#   the model of the playground above.
