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
# **Question:** a network has thousands of weights. How can one pass through it tell for
# *each* of them in which direction it should move?
#
# The answer is called backpropagation: the chain rule, applied from the last layer back
# to the first. All of it fits into three small classes, which you will write, check,
# compare with Keras and then let read digits.
#
# **Aims.** At the end you can
#
# 1. compute the forward pass of a network of Affine, ReLU and Softmax layers by hand and
#    in NumPy;
# 2. derive each layer's backward rule and say what it needs to remember;
# 3. check any gradient numerically, and prove that your network is the one that Keras
#    computes;
# 4. say why inputs are scaled and how initial weights are drawn, and recognise a
#    network in which either went wrong;
# 5. train with your own layers, and choose number of layers, units and learning rate.
#
# **Before you start:** [chapter 2](02_softmax_mnist.ipynb): softmax, cross-entropy,
# mini-batches, the gradient $(Y-T)/N$; hidden layers and ReLU from
# [chapter 3](03_multilayer_perceptron.ipynb). From calculus you need one thing: the
# chain rule.
#
# **Minutes:** about {minutes} to read and do, under 60 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners write the three layers of a network with forward and backward, check
# every gradient, and see that Keras computes the same.
# before: Chapter 02: softmax, cross-entropy, (Y − T)/N. Chapter 03: hidden layers,
# ReLU. The chain rule.
# machine: Do the worked example on the board: x = (122, 66, 94), W = (0.1, 0.2, 0.3), b
# = 0.5, forward to 54.1 and backward with a slope of 1. The stored picture of the graph
# stepper shows the small network.
# opening: 3
# recap: 3

# %% [markdown]
# ## Setup
# The first cell finds the course and sets the random seed. The second imports what this
# chapter uses. NumPy does all the work; Keras comes in once, in section 4.4, as the
# referee. `make_colours` draws the data, and `GraphStepper` is a network that you can
# walk through node by node.

# %% tags=["setup"]
# {setup}

# %%
import time
from itertools import pairwise

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import BLACK, show
from helpers.progress import Progress
from helpers.synthetic import make_colours
from helpers.widgets import GraphStepper

# %% [markdown]
# ## 4.1 The task: name a colour
#
# On a screen a colour is three numbers from 0 to 255: how much red, green and blue light
# to mix. RGB(233, 63, 127) is a strong pink, and if only the names red, green and blue
# are allowed, most people call it red. Our network shall learn these names from
# examples. We draw 240 colours to train with and 20 to test:

# %% [markdown] tags=["teacher"]
# minutes: 5
# stall: The task looks too easy, and the network far too large, so people ask why. Say
# it first: a known rule and small numbers, so that every number can be looked at.
# ask: Measuring each slope by moving one weight: how many forward passes for one
# training step?
# answer: Two for each of the 10,503 parameters, 21,006. Backpropagation needs one
# forward and one back.
# skip: The smallest lead; one look at the twenty colours will do.

# %%
rng = np.random.default_rng(42)
colours, labels = make_colours(260, rng)  # (260, 3), (260,)
names = np.array(["red", "green", "blue"])
print(colours.shape, colours.dtype, "first:", colours[0], names[labels[0]])
print("colours of each class:", np.bincount(labels))

# %% [markdown]
# Look at the data before any mathematics. Here are the 20 test colours with their
# names. **Predict:** the data follow a simple rule. Can you find it?


# %%
predict(
    "4.a",
    "Which rule do the names follow?",
    ["the largest channel", "the smallest channel", "the first one above a half"],
)


# %%
def show_colours(colours, titles):
    fig, axes = plt.subplots(2, 10, figsize=(7, 2))
    for ax, colour, title in zip(axes.flat, colours, titles, strict=True):
        ax.imshow([[colour]])
        ax.set_title(title, fontsize=10, pad=3)
        ax.axis("off")
    return fig


fig = show_colours(colours[240:], names[labels[240:]])
show(
    fig, "Twenty squares of colour in two rows, each with the name red, green or blue."
)
happened("4.a", "the largest channel")

# %% [markdown]
# The rule: the channel with the largest number gives the name, and it leads both others
# by at least 30, so that nobody could argue. A program for this is one line, and that is
# why the task is a good one: we know what a network must find, the data are small, and
# every number on the way can be looked at.

# %%
assert (colours.argmax(axis=1) == labels).all()
lead = np.sort(colours.astype(int), axis=1)  # (260, 3), smallest channel first
print("smallest lead:", (lead[:, 2] - lead[:, 1]).min())

# %% [markdown]
# Two preparations, both known from chapter 2. The inputs are divided by 255, so that
# they lie between 0 and 1; section 4.5 shows what happens without. The labels become
# rows of the identity matrix, one-of-K.

# %%
x = colours / 255  # (260, 3), between 0 and 1
t = np.eye(3)[labels]  # (260,) -> (260, 3)
x_train, t_train, labels_train = x[:240], t[:240], labels[:240]
x_test, t_test, labels_test = x[240:], t[240:], labels[240:]
print(x_train.shape, t_train.shape, x_test.shape, t_test.shape)

# %% [markdown]
# The network has three hidden layers, of 50, 100 and 50 units:
#
# $$x \;\to\; \text{Affine} \to \text{ReLU} \to \text{Affine} \to \text{ReLU} \to
# \text{Affine} \to \text{ReLU} \to \text{Affine} \to \text{Softmax} \;\to\; y$$
#
# That is far more than the task needs, on purpose: what works here works in any depth.
# **Predict** the number of parameters. (An Affine layer from $n_{in}$ to $n_{out}$ units
# has a weight for each pair and a bias for each output.)

# %%
predict("4.b", "How many parameters?", ["203", "10,300", "10,503"])

# %%
sizes = (3, 50, 100, 50, 3)
parameters = [n_in * n_out + n_out for n_in, n_out in pairwise(sizes)]
print(parameters, "together", sum(parameters))
happened("4.b", f"{sum(parameters):,}")

# %% [markdown]
# 10,503 parameters. To measure each slope as in chapter 2, by moving one weight at a
# time, we would need 21,006 passes through the network for a single training step.
# Backpropagation needs one pass forward and one back, for all of them together.

# %% [markdown]
# ## 4.2 Forward: three kinds of nodes
#
# A **node** is one step of the computation, here a whole layer; the numbers inside a
# layer are its **units**.
#
# **Affine.** The linear function of the earlier chapters, $x\cdot W + b$: multiply each
# input by a weight, add up, add a bias. One example with numbers that you can follow in
# your head: a colour $x = (122, 66, 94)$, weights $W = (0.1, 0.2, 0.3)^T$, bias $b =
# 0.5$. **Predict** the result before you run the cell.

# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: Shapes: x is a row (1, 3), W is (3, 1), and b is added to every row. In the
# small network a negative number before ReLU is called "switched off"; keep that, it
# explains the missing gradient later.
# ask: The third class has a score of 5.3 against 0 and 0.1. How sure is softmax of it?
# answer: About 99%: only differences count, and e to the 5.2 is large.
# skip: Softmax and cross-entropy, after chapter 02. The worked example stays.

# %%
predict("4.c", "What comes out?", within=0.1)

# %%
x_one = np.array([[122.0, 66.0, 94.0]])  # (1, 3)
W_one = np.array([[0.1], [0.2], [0.3]])  # (3, 1)
b_one = np.array([0.5])
print((x_one @ W_one + b_one).round(6))  # (1, 3) @ (3, 1) + (1,) -> (1, 1)
happened("4.c", (x_one @ W_one + b_one)[0, 0])

# %% [markdown]
# $12.2 + 13.2 + 28.2 + 0.5 = 54.1$. With 50 columns in $W$ instead of one, the same line
# computes 50 units, and with $N$ rows in $x$ it does so for $N$ examples.
#
# **ReLU**, $\max(0, x)$, comes after each Affine layer but the last. Without it, two
# Affine layers in a row would be no better than a single one. **Predict:** what is left
# of these five numbers?

# %%
predict("4.d", "How many of the five are above 0 afterwards?", ["1", "2", "3"])

# %%
assert np.allclose(x_one @ W_one + b_one, 54.1)
print(np.maximum(0, np.array([-2.0, -0.1, 0.0, 0.3, 54.1])))
happened("4.d", "2")

# %% [markdown]
# **Softmax** at the end turns three scores into three probabilities, with the row's
# maximum subtracted so that nothing overflows ([chapter 2](02_softmax_mnist.ipynb)). For
# the scores $(0, 0.1, 5.3)$ **predict** roughly: how sure is it of the third class?


# %%
predict("4.e", "How sure is it of the third class, in %?", within=5)


# %%
def softmax(F):
    powers = np.exp(F - F.max(axis=1, keepdims=True))  # (N, K), each in [0, 1]
    return powers / powers.sum(axis=1, keepdims=True)


y_one = softmax(np.array([[0.0, 0.1, 5.3]]))
print(y_one.round(4))
assert np.allclose(y_one, [[0.0049, 0.0055, 0.9896]], atol=5e-5)
happened("4.e", 100 * y_one[0, 2])

# %% [markdown]
# The **cross-entropy** then says how wrong the probabilities are: $E = -\frac1N \sum_n
# \sum_k t_{nk} \log y_{nk}$, minus the logarithm of what the right class got, averaged
# over the batch. If the third class is right, the error of this row is close to 0; if
# the first is right, it is $-\log 0.0049$, more than 5:

# %%
for name, t_one in zip(["third", "first"], np.eye(3)[[2, 0]], strict=True):
    print(name, "class right: E =", -np.sum(t_one * np.log(y_one)).round(4))

# %% [markdown]
# Put together, the forward pass is a chain: what one node gives out, the next takes in.
# A small network with two hidden units and weights that nobody has trained yet:

# %%
W1 = np.array([[0.8, -0.5], [-0.6, 0.9], [-0.4, -0.7]])  # (3, 2)
W2 = np.array([[1.0, -0.4, -0.3], [-0.5, 0.8, 0.6]])  # (2, 3)
b1, b2 = np.array([0.1, 0.3]), np.array([0.0, 0.0, 0.1])
pink = np.array([[233, 63, 127]]) / 255  # (1, 3)
a = pink @ W1 + b1  # (1, 2)
h = np.maximum(0, a)  # (1, 2)
y = softmax(h @ W2 + b2)  # (1, 3)
print("a", a.round(2), " h", h.round(2), " y", y.round(2))
assert names[y.argmax()] == "red" and h[0, 1] == 0

# %% [markdown]
# The second hidden unit got a negative number and is switched off. The network leans to
# red already, by luck, with a probability of a half. Can we make it surer? We need to
# know which of the 17 parameters to move, and where.

# %% [markdown]
# ## 4.3 Backward: the chain rule, node by node
#
# How does $E$ change when a number deep inside the network changes a little? Along a
# chain, slopes multiply: if $a$ moves $h$ with slope $\partial h/\partial a$, and $h$
# moves $E$ with slope $\partial E/\partial h$, then
#
# $$\frac{\partial E}{\partial a} = \frac{\partial E}{\partial h} \cdot \frac{\partial
# h}{\partial a} .$$
#
# So each node needs to know only two things: the slope that arrives **from behind**,
# which we call `dout`, and its own local slope. It multiplies the two, passes the
# product on to the node before it, and keeps what belongs to its own parameters.
#
# And if a number is used in several places? That is called a **fan-out**. Moving the
# number moves $E$ on every path at once, so the slopes from all paths are **added**.
# In the smallest graph with a fan-out, $x$ goes to $p = 3x$ and to $q = x^2$, and $E$
# is their product. Backward, `+=` collects what arrives:

# %% [markdown] tags=["teacher"]
# minutes: 20
# exercises: 4
# stall: `dout` is the slope of E for this node's output, and arrives from behind; `da`
# and `dW` are slopes too, no small changes. dW = xᵀ·dout is guessed in the wrong order:
# let shapes decide. Why `+=` at a fan-out.
# ask: A unit's ReLU is closed for this colour. What do its incoming weights learn from
# it?
# answer: Nothing: the slope passed on is 0. If all its colours close it, the unit is
# dead.
# skip: The planted mistake. Walk through the stepper together; Exercise 4.1 by hand, on
# paper.

# %%
x_in, tiny = 2.0, 1e-4
p, q = 3 * x_in, x_in**2  # forward: x is used twice
E = p * q
dp, dq = q, p  # backward: the slope of a product is the other factor
dx = 0.0
dx += dp * 3  # by way of p
dx += dq * 2 * x_in  # by way of q
measured = (3 * (x_in + tiny) ** 3 - 3 * (x_in - tiny) ** 3) / (2 * tiny)
print(
    f"by p {dp * 3:.0f}, by q {dq * 2 * x_in:.0f}, added {dx:.0f}, tried {measured:.4f}"
)

# %% [markdown]
# "Tried" means: move $x$ a little to both sides, look what $E = 3x^3$ does, and divide.
# With `=` in place of the second `+=` the result would be 24, and wrong. Without
# branches nothing needs to be added; but every layer of a network has them, since each
# input goes to all its units.
#
# Walk through a network: the small one from above, with a wire for each weight. Each
# number of $x$ has two wires, a fan-out. Steps 1 to 4 go forward and fill in the blue
# values; steps 5 to 8 go backward and fill in the orange gradients; step 9 moves each
# weight against its gradient, and step 10 goes forward once more. ($da$ is short for
# $\partial E/\partial a$.) Things to try: where does the second hidden unit's gradient
# stop, and why? Which right class gives the longest gradients? Move the weight
# $W_1[0,0]$ far to the left in step 8: what remains? (Without a running kernel you see a
# still picture.)

# %%
GraphStepper()

# %% [markdown]
# A unit whose ReLU is closed gets no gradient: its weights don't learn from this
# colour. If the first unit is closed as well, nothing at all reaches $W_1$. And the
# larger the surprise $y - t$ at the end, the larger all gradients on the way back.
#
# Now the three rules, derived and written down as layers. Each is a class with two
# methods: `forward` computes, and remembers what `backward` will need.
#
# **Affine.** For one example, output $j$ is $a_j = \sum_i x_i W_{ij} + b_j$. The weight
# $W_{ij}$ enters $a_j$ with the factor $x_i$, so its slope is $x_i$ times what arrives
# at $j$; over a batch these add up, and that sum is a matrix product. The bias enters
# with the factor 1. The input $x_i$ goes to **every** output, so its slopes are added
# over $j$:
#
# $$dW = x^T \cdot dout, \qquad db = \sum_n dout_n, \qquad dx = dout \cdot W^T .$$


# %%
class Affine:
    """Compute x @ W + b."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x  # remembered for dW
        return x @ self.W + self.b  # (N, in) @ (in, out) -> (N, out)

    def backward(self, dout):
        self.dW = self.x.T @ dout  # (in, N) @ (N, out) -> (in, out)
        self.db = dout.sum(axis=0)  # (N, out) -> (out,)
        return dout @ self.W.T  # (N, out) @ (out, in) -> (N, in)


# %% [markdown]
# Try it on the worked example: colour $(122, 66, 94)$, one output. Suppose that a slope
# of 1 arrives from behind. **Predict** `dW`, `db` and what is passed on.

# %%
predict("4.f", "What is dW of the first weight?", ["0.1", "1", "122"])

# %%
affine = Affine(W_one, b_one)
print("forward ", affine.forward(x_one).round(6))
print("passed on", affine.backward(np.array([[1.0]])))
print("dW", affine.dW.ravel(), " db", affine.db)
happened(
    "4.f",
    f"{affine.dW.ravel()[0]:g}",
    "It is the input that the weight is multiplied with.",
)

# %% [markdown]
# The slope of a weight is the input that it is multiplied with, and the slope of an
# input is its weight. Keep the first half of that sentence in mind: large inputs make
# large slopes. (Shapes help to remember the formulas: $dW$ must have the shape of $W$,
# and there is one way to multiply the arrays that gives it.)
#
# **ReLU** has the slope 1 where its input is positive and 0 elsewhere. So it lets the
# gradient through there, and stops it everywhere else.


# %%
class ReLU:
    """Compute max(0, x)."""

    def forward(self, x):
        self.is_open = x > 0  # (N, units), remembered for dx
        return np.where(self.is_open, x, 0)

    def backward(self, dout):
        return np.where(self.is_open, dout, 0)


# %%
relu = ReLU()
print("forward ", relu.forward(np.array([[-2.0, -0.1, 0.3, 54.1]])))
print("backward", relu.backward(np.array([[10.0, 20.0, 30.0, 40.0]])))
assert relu.backward(np.ones((1, 4))).sum() == 2

# %% [markdown]
# **Softmax with cross-entropy.** Apart, each has an awkward derivative; together, nearly
# everything cancels. With $\log y_k = f_k - \log \sum_j e^{f_j}$ the error of one row is
# $E = \log\sum_j e^{f_j} - \sum_k t_k f_k$ (the $t_k$ sum to 1), and its slope for the
# score $f_k$ is $e^{f_k}/\sum_j e^{f_j} - t_k = y_k - t_k$. The average over $N$ rows
# divides by $N$:
#
# $$\frac{\partial E}{\partial F} = \frac{Y - T}{N} .$$
#
# The class computes $E$ from the scores in that form, so that no `log(0)` can occur.


# %%
class SoftmaxCrossEntropy:
    """Turn scores into probabilities y and return their average cross-entropy."""

    def forward(self, F, T):
        self.y, self.T = softmax(F), T  # (N, K), remembered for dF
        F = F - F.max(axis=1, keepdims=True)
        log_y = F - np.log(np.exp(F).sum(axis=1, keepdims=True))  # (N, K)
        return -np.sum(T * log_y) / len(F)

    def backward(self):
        return (self.y - self.T) / len(self.y)  # (N, K)


# %%
loss = SoftmaxCrossEntropy()
E = loss.forward(np.array([[0.0, 0.1, 5.3]]), np.array([[0.0, 0.0, 1.0]]))
print("E =", E.round(4), " gradient", loss.backward().round(4))
assert np.isclose(E, -np.log(y_one[0, 2]))
assert np.isclose(loss.backward().sum(), 0)  # what one score gains, others lose

# %% [markdown]
# ### Trust, but check
#
# A wrong gradient rarely stops a program. The network still learns something, only
# badly, and one looks for the mistake for days. So we check, as in chapter 2: move one
# number by $\pm\delta$, and compare the slope $(E_+ - E_-)/2\delta$ with the formula.
# This function does it for each entry of an array in turn. `compute` is called without
# arguments and must compute its result from that array, which holds 64-bit numbers: in
# others so small a $\delta$ would be lost.


# %%
def numerical_gradient(compute, array, delta=1e-6):
    assert array.dtype == np.float64, f"{array.dtype} would lose delta, use float64"
    slopes = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        value = array[place]
        array[place] = value + delta
        above = compute()
        array[place] = value - delta
        below = compute()
        array[place] = value
        slopes[place] = (above - below) / (2 * delta)
    return slopes


square = np.array([1.0, 2.0, 3.0])
print(numerical_gradient(lambda: (square**2).sum(), square).round(6))  # 2 · square

# %% [markdown]
# Two gradients agree if their difference is small **compared with their size**. The
# relative error $\lVert g - g'\rVert / (\lVert g\rVert + \lVert g'\rVert)$ of two
# gradients is 0 for equal arrays (not both all 0) and at most 1. With 64-bit numbers a
# right formula gets below 0.000001; a wrong one hardly ever falls below 0.01.


# %%
def relative_error(one, other):
    return np.linalg.norm(one - other) / (np.linalg.norm(one) + np.linalg.norm(other))


print(relative_error(np.array([3.0, 4.0]), np.array([3.0, 4.0])))
print(round(relative_error(np.array([3.0, 4.0]), np.array([3.3, 4.0])), 3))

# %% [markdown]
# A single layer has no error $E$, so we invent one: multiply its outputs with random
# numbers `dout` and add up. The slope of that sum for each output is just `dout`, which
# is what `backward` expects. First Affine, with all three of its gradients:

# %%
rng = np.random.default_rng(1)
x_check, dout = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
affine = Affine(rng.normal(size=(3, 4)), rng.normal(size=4))


def total():
    return np.sum(affine.forward(x_check) * dout)


errors = {"Affine x": [numerical_gradient(total, x_check), affine.backward(dout)]}
errors["Affine W"] = [numerical_gradient(total, affine.W), affine.dW]
errors["Affine b"] = [numerical_gradient(total, affine.b), affine.db]

# %% [markdown]
# Then the two others. (At 0 itself ReLU has a corner and no slope; random numbers don't
# hit it.)

# %%
F, T = rng.normal(size=(5, 3)), np.eye(3)[[0, 2, 1, 1, 0]]
relu.forward(x_check)
slopes = numerical_gradient(lambda: np.sum(relu.forward(x_check) * F), x_check)
errors["ReLU x"] = [slopes, relu.backward(F)]
loss.forward(F, T)
slopes = numerical_gradient(lambda: loss.forward(F, T), F)
errors["Softmax with cross-entropy"] = [slopes, loss.backward()]
for name, pair in errors.items():
    print(f"{name:28} error below 0.000001: {relative_error(*pair) < 1e-6}")
assert max(relative_error(*pair) for pair in errors.values()) < 1e-6

# %% [markdown]
# All five pass. Would the check notice a mistake? Let us plant one and
# multiply what arrives with the **output** in place of the input. With a square $W$ even
# the shapes fit. **Predict** the order of magnitude of the relative error.

# %%
predict(
    "4.g",
    "The relative error of the wrong formula is",
    ["about 1e-6", "about 1e-3", "above 1e-2"],
)

# %%
x_check = rng.normal(size=(5, 4))
affine = Affine(rng.normal(size=(4, 4)), rng.normal(size=4))
dout = rng.normal(size=(5, 4))
slopes = numerical_gradient(total, affine.W)
affine.backward(dout)
wrong = affine.forward(x_check).T @ dout  # (4, 5) @ (5, 4) -> (4, 4): it "fits"
print("right formula: below 0.000001:", relative_error(slopes, affine.dW) < 1e-6)
assert_between(relative_error(slopes, wrong), 0.1, 1, "wrong formula", show=".2f")
happened("4.g", int(np.digitize(relative_error(slopes, wrong), [1e-4, 1e-2])))

# %% [markdown]
# The wrong formula misses by something like one half, not by a millionth. There is
# nothing in between: the check is sharp.

# %% [markdown]
# ### Exercise 4.1 – Backward by hand (predict and run)
#
# The worked example again: $x = (122, 66, 94)$, $W = (0.1, 0.2, 0.3)^T$, $b = 0.5$. A
# ReLU follows, and behind it the slope 2 arrives: moving the ReLU's output by a little
# moves $E$ by twice that. With pencil and paper: what are $dW$, $db$ and $dx$ of the
# Affine layer? And what would $dW$ be if $b$ were $-100$? Write lists of three numbers,
# and one number for `"db"`.
#
# Replace each `...` and run the cell, then the check below it. Stuck? Add a cell with
# `hint("4.1")`, which says one thing more each time that you run it; `solution("4.1")`
# shows worked code, and `exercise_table()` what you have done so far.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
by_hand = {
    "dW": ...,
    "db": ...,
    "dx": ...,
    "dW if b is -100": ...,
}

# %%
check("4.1", by_hand)

# %% [markdown]
# Then run it: chain an `Affine` and a `ReLU` and call `backward` with `[[2.0]]`.

# %% [markdown]
# ## 4.4 The whole network, with Keras as the referee
#
# A network is a list of layers. Forward goes through it from front to back, backward
# from back to front. The initial weights are Gaussian random numbers times a scale; for
# now $\sqrt{2/n_{in}}$, with the reason in section 4.5. Biases start at 0.


# %% [markdown] tags=["teacher"]
# minutes: 10
# stall: `network[::2]` takes the Affine layers only. Relative error is mistaken for
# accuracy: below a millionth is right, near one half is wrong, and there is little in
# between. Five colours are enough for the check.
# ask: Each layer passed its check alone. Why check the whole chain as well?
# answer: The order, the error and what is passed on between layers could still be
# wrong.
# skip: The timing. Show at least outputs and gradients equal to those of Keras.


# %%
def he(n_in, n_out):
    return np.sqrt(2 / n_in)


def make_network(sizes, rng, scale=he, activation=ReLU):
    network = []
    for n_in, n_out in pairwise(sizes):
        W = scale(n_in, n_out) * rng.normal(size=(n_in, n_out))
        network += [Affine(W, np.zeros(n_out)), activation()]
    return network[:-1]  # no activation after the last Affine


network = make_network(sizes, np.random.default_rng(42))
print([type(layer).__name__ for layer in network])

# %% [markdown]
# Both directions, in two lines each. The output of `forward` are the scores; the error
# is not a part of the list, since it also needs the labels.


# %%
def forward(network, x):
    for layer in network:
        x = layer.forward(x)
    return x


def backward(network, dout):
    for layer in reversed(network):
        dout = layer.backward(dout)
    return dout


E = loss.forward(forward(network, x_train), t_train)
dx = backward(network, loss.backward())
print("dx", dx.shape, " dW of the first layer", network[0].dW.shape)

# %% [markdown]
# That is the whole algorithm. One pass forward, one back, and each of the 10,503
# parameters has its slope for all 240 colours. Before training, **predict** the error of
# a network that knows nothing: three classes, each about as probable as the others.

# %%
predict("4.h", "What is the error of a network that knows nothing?", within=0.15)

# %%
print("knows nothing: log 3 =", np.log(3).round(3))
assert_between(E, 0.8, 2, "this network, before training", show=".2f")
happened("4.h", np.log(3))

# %% [markdown]
# Each layer was right alone. Is the chain right as well? Now the check goes through all
# 10,503 parameters, on five colours. It takes 21,006 forward passes, and you will see
# how long that is compared with the one `backward`.

# %% tags=["nbval-ignore-output"]
X, T = x_train[:5], t_train[:5]  # (5, 3), (5, 3)
affines = network[::2]


def error():
    return loss.forward(forward(network, X), T)


start = time.perf_counter()
slopes = []
for layer in affines:
    slopes += [numerical_gradient(error, array) for array in (layer.W, layer.b)]
seconds_numerical = time.perf_counter() - start
start = time.perf_counter()
for _ in range(100):  # a single one is too short to be timed
    error()
    backward(network, loss.backward())
seconds_backward = (time.perf_counter() - start) / 100
print(f"numerical {seconds_numerical:.1f} s, backward {seconds_backward:.5f} s")
ratio = seconds_numerical / seconds_backward
assert_between(ratio, 500, 1e6, "so many times as long", show=",.0f")

# %%
ours = [gradient for layer in affines for gradient in (layer.dW, layer.db)]
worst = max(relative_error(u, v) for u, v in zip(slopes, ours, strict=True))
print("all arrays agree, relative error below 0.000001:", worst < 1e-6)
assert worst < 1e-6

# %% [markdown]
# The same numbers, thousands of times faster. That is why networks of millions of
# parameters can be trained at all.
#
# Now the referee. The same network in Keras, given the same weights. Keras computes with
# 32 bits, we with 64, so we ask for agreement to 0.00001. First the outputs:

# %%
dense = [layers.Dense(n, activation="relu") for n in sizes[1:-1]]
outputs = layers.Dense(3, activation="softmax")
model = keras.Sequential([keras.Input((3,)), *dense, outputs])
model.set_weights([array for layer in affines for array in (layer.W, layer.b)])
X, T = x_train[:20], t_train[:20]  # (20, 3), (20, 3)
E = loss.forward(forward(network, X), T)
print("same outputs:", np.allclose(loss.y, model(X), atol=1e-5))

# %% [markdown]
# Then the gradients of all eight arrays. TensorFlow's `GradientTape` records each
# operation on the way forward and applies the chain rule on the way back: what you did
# with your own classes, for any program.

# %%
with tf.GradientTape() as tape:
    E_keras = tf.reduce_mean(keras.losses.categorical_crossentropy(T, model(X)))
gradients = tape.gradient(E_keras, model.trainable_variables)
backward(network, loss.backward())
ours = [gradient for layer in affines for gradient in (layer.dW, layer.db)]
print("same error:", np.isclose(E, E_keras, atol=1e-5))
for one, other in zip(ours, gradients, strict=True):
    print(f"{one.shape!s:10} same gradient: {np.allclose(one, other, atol=1e-5)}")

# %% [markdown]
# Last one training step of plain gradient descent, SGD, with the learning rate 0.01.
# Ours moves each parameter against its gradient:


# %%
def descend(network, learning_rate):
    for layer in network:
        if isinstance(layer, Affine):
            layer.W -= learning_rate * layer.dW
            layer.b -= learning_rate * layer.db


descend(network, learning_rate=0.01)
model.compile(keras.optimizers.SGD(0.01), loss="categorical_crossentropy")
model.train_on_batch(X, T)
ours = [array for layer in affines for array in (layer.W, layer.b)]
pairs = zip(ours, model.get_weights(), strict=True)
same = [np.allclose(one, other, atol=1e-5) for one, other in pairs]
print("same after one step:", all(same))
assert all(same)

# %% [markdown]
# Outputs, gradients and a training step agree. Three classes of a few lines each, and
# they do what Keras does.

# %% [markdown]
# ## 4.5 Training, and what it needs
#
# The training loop has no secrets left: shuffle, take ten colours, forward, backward,
# one step. 24 steps make an epoch. It returns the average error of every epoch.


# %% [markdown] tags=["teacher"]
# minutes: 20
# exercises: 7
# stall: Three subjects in one section: announce them. The dead unit: people expect that
# training repairs it. Xavier and He differ by a 2 that stands for ReLU's lost half of
# the mean square, not of the variance.
# ask: All weights start at 0.1. Gradients flow. What goes wrong?
# answer: All units of a layer get the same gradient and stay copies: fifty do the work
# of one.
# skip: The hyperparameter table, or one of Exercises 4.2 and 4.4. Scaling and initial
# weights stay.


# %%
def train(network, x, t, learning_rate=0.01, epochs=50, batch=10, seed=42):
    rng = np.random.default_rng(seed)
    loss, errors = SoftmaxCrossEntropy(), []
    for _ in range(epochs):
        total, order = 0.0, rng.permutation(len(x))
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            total += loss.forward(forward(network, x[rows]), t[rows]) * len(rows)
            backward(network, loss.backward())
            descend(network, learning_rate)
        errors.append(total / len(x))
    return errors


network = make_network(sizes, np.random.default_rng(42))
errors = train(network, x_train, t_train)
print("error after 1, 10, 50 epochs:", np.round([errors[i] for i in (0, 9, 49)], 2))

# %% [markdown]
# And now the test: colours that the network has never seen. **Predict:** how many of
# the 20 will it name right? The title of each square is the network's answer, and how
# sure it is.


# %%
predict("4.i", "How many of the 20 will it name right?", within=1)


# %% tags=["nbval-ignore-output"]
def accuracy(network, x, labels):
    return float((forward(network, x).argmax(axis=1) == labels).mean())


y = softmax(forward(network, x_test))  # (20, 3)
answers = [f"{names[row.argmax()]}\n{row.max():.0%}" for row in y]
fig = show_colours(colours[240:], answers)
show(fig, "The twenty test colours, each with the network's answer and how sure it is.")
test_accuracy = accuracy(network, x_test, labels_test)
assert_between(test_accuracy, 0.9, 1, "test accuracy", show=".0%")
happened("4.i", round(20 * test_accuracy))

# %% [markdown]
# It learned the rule without being told. But 20 colours and one start are a small
# sample: another seed might be worse. So repeat everything five times, with other
# colours and other initial weights, and average. The function can also leave out the
# scaling or draw the weights differently; we shall need that in a moment.


# %% tags=["nbval-ignore-output"]
def five_runs(sizes=sizes, scale=he, divisor=255, epochs=50, learning_rate=0.01):
    accuracies, networks = [], []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        colours, labels = make_colours(260, rng)
        x, t = colours / divisor, np.eye(3)[labels]
        network = make_network(sizes, rng, scale)
        train(network, x[:240], t[:240], learning_rate, epochs, seed=seed)
        accuracies.append(accuracy(network, x[240:], labels[240:]))
        networks.append(network)
    return np.mean(accuracies), networks


mean_accuracy, networks = five_runs()
assert_between(mean_accuracy, 0.95, 1, "test accuracy, mean of five runs", show=".0%")

# %% [markdown]
# At least 95% on average. What does the network answer
# everywhere else? Three slices through the cube of all colours, with a fixed amount of
# blue each. The black lines are where the network changes its mind.

# %%
fig, axes = plt.subplots(1, 3, figsize=(7, 2.9), sharey=True)
green, red = np.mgrid[0:256:4, 0:256:4]  # (64, 64) each
for ax, blue in zip(axes, [30, 110, 170], strict=True):
    cube = np.stack([red, green, np.full_like(red, blue)], axis=-1)  # (64, 64, 3)
    answer = forward(network, cube.reshape(-1, 3) / 255).argmax(axis=1).reshape(64, 64)
    ax.imshow(cube, origin="lower", extent=(0, 256, 0, 256))
    for k in range(3):
        ax.contour(red, green, answer == k, levels=[0.5], colors=BLACK)
        if (place := answer == k).sum() > 150:
            box = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none"}
            middle = red[place].mean(), green[place].mean()
            ax.text(*middle, names[k], ha="center", bbox=box)
    ax.set(title=f"blue = {blue}", xlabel="red", xticks=[0, 128, 255])
axes[0].set(ylabel="green", yticks=[0, 128, 255])
show(fig, "Three squares of colours with black borders between red, green and blue.")

# %% [markdown]
# The borders run close to where two channels tie: the slanted one where red equals
# green, the level and the upright one where green or red equals the fixed blue. That is
# the rule, and it was never written down: only slopes of an error, followed downhill.
#
# ### Scaling the inputs
#
# We divided by 255. Would the network not find the right weights for inputs up to 255 as
# well? Remember the rule $dW = x^T\cdot dout$. With inputs 255 times as large, the
# scores are 255 times as large, so the first errors are enormous, **and** the first
# layer's slopes are larger once more. **Predict** what the same learning rate does now.

# %%
predict("4.j", "Share of test colours right with inputs up to 255, in %?", within=15)

# %% tags=["nbval-ignore-output"]
raw_accuracy, raw_networks = five_runs(divisor=1)
print(f"inputs 0 to 1: {mean_accuracy:.0%} of the test colours")
assert_between(raw_accuracy, 0.1, 0.85, "inputs 0 to 255", show=".0%")
happened("4.j", 100 * raw_accuracy)

# %% [markdown]
# It breaks down. Why does it not recover, when it has 1,200 steps to do so? Look inside:
# which share of the units in the last hidden layer is 0 for **every** colour?


# %% tags=["nbval-ignore-output"]
def dead_units(network, x):
    forward(network, x)
    return float((~network[-2].is_open).all(axis=0).mean())


dead_raw = np.mean([dead_units(network, colours[:240]) for network in raw_networks])
dead_scaled = np.mean([dead_units(network, x_train) for network in networks])
assert_between(dead_scaled, 0, 0.4, "always 0, inputs 0 to 1", show=".0%")
assert_between(dead_raw, 0.6, 1, "always 0, inputs 0 to 255", show=".0%")

# %% [markdown]
# The first steps were so long that they threw the weights far to the negative side, and
# there most ReLUs are closed for all colours. A closed ReLU passes no gradient, so
# nothing before it moves any more: the unit is **dead**. In the worst runs only the last
# bias still learns, and the best that it can do is to say one third, one third, one
# third. A smaller learning rate would avoid it, but then the biases, whose slopes did
# not grow, would crawl. Scale your inputs, and one learning rate suits all parameters.

# %% [markdown]
# ### Initial weights
#
# Where should the weights start? Zero looks neutral. **Predict** what happens when all
# weights are 0: what do the hidden units put out, and what gradient does $W = 0$ send
# back?

# %%
predict(
    "4.k",
    "With all weights 0, what will learn?",
    ["all layers", "the last bias only", "nothing"],
)

# %%
zero = make_network(sizes, np.random.default_rng(42), lambda n_in, n_out: 0.0)
loss.forward(forward(zero, x_train), t_train)
backward(zero, loss.backward())
largest = [float(np.abs(layer.dW).max()) for layer in zero[::2]]
print("largest |dW| of each layer:", largest)
happened("4.k", "the last bias only")

# %% [markdown]
# No weight moves, ever; only the last bias does. And it is not the zeros' fault alone.
# Start all weights at 0.1: now gradients flow, but all units of a layer get the **same**
# one, and so they stay copies of each other. Fifty units then do the work of one.

# %%
equal = make_network(sizes, np.random.default_rng(42), lambda n_in, n_out: 0.0)
for layer in equal[::2]:
    layer.W += 0.1
train(equal, x_train, t_train, epochs=5)
spread = np.ptp(equal[0].W, axis=1).max()  # largest difference within a row
moved = np.abs(equal[0].W - 0.1).max()
print("units of the first layer are copies:", spread < 1e-9, " moved:", moved > 1e-4)

# %% [markdown]
# So weights start at random, to be different, and with mean 0, to favour no side. How
# far should they spread? Send data through ten Affine and ReLU layers of 100 units each
# and measure the size of the outputs after each one (root of the mean square). Two
# scales are picked by hand; the two others have a formula and a name:
#
# - **Xavier** (X. Glorot, 2010): $\sqrt{2/(n_{in}+n_{out})}$, made for layers without
#   ReLU;
# - **He** (K. He, 2015): $\sqrt{2/n_{in}}$. The variance of a sum of $n_{in}$ products is
#   $n_{in}$ times that of one, so $1/n_{in}$ keeps the size; ReLU then sets half of the
#   numbers to 0 and halves the *mean square*, hence the 2. (The variance falls to a
#   third, as the mean is no longer 0; but what the next layer multiplies is the mean
#   square.)

# %%
scales = {
    "0.01": lambda n_in, n_out: 0.01,
    "Xavier": lambda n_in, n_out: np.sqrt(2 / (n_in + n_out)),
    "He": he,
    "0.5": lambda n_in, n_out: 0.5,
}
deep, size_after = (100,) * 11, {}
for name, scale in scales.items():
    rng = np.random.default_rng(1)
    signal, size_after[name] = rng.normal(size=(200, 100)), []
    for layer in [*make_network(deep, rng, scale), ReLU()]:
        signal = layer.forward(signal)
        if isinstance(layer, ReLU):
            size_after[name].append(np.sqrt(np.mean(signal**2)))

# %% [markdown]
# **Predict:** one of the four keeps the size. Which? And how large is the signal after
# ten layers with the scale 0.01?

# %%
predict("4.l", "Which one keeps the size?", ["0.01", "Xavier", "He", "0.5"])

# %%
fig, ax = plt.subplots(figsize=(7, 3.5))
for (name, values), marker in zip(size_after.items(), "osD^", strict=True):
    ax.semilogy(range(1, 11), values, marker=marker)
    ax.text(10.2, values[-1], name, verticalalignment="center")
ax.set(xlabel="layer", ylabel="size of the outputs (logarithmic)")
ax.set(xticks=range(1, 11), xlim=(0.7, 11))
show(
    fig,
    "Size over ten layers: 0.01 falls steeply, Xavier gently, He is flat, 0.5 rises.",
)
happened("4.l", "He")

# %% [markdown]
# The vertical axis counts in powers of ten. Too small, and the signal fades to nothing;
# too large, and it explodes; Xavier loses half of the mean square at each ReLU; only He
# stays level. The gradients on the way back are multiplied with the same matrices and
# share the same fate.

# %%
after_ten = {name: values[-1] for name, values in size_after.items()}
assert_between(after_ten["0.01"], 1e-16, 1e-9, "after ten layers, 0.01", show=".0e")
assert_between(after_ten["Xavier"], 0.005, 0.2, "Xavier", show=".3f")
assert_between(after_ten["He"], 0.3, 3, "He", show=".2f")
assert_between(after_ten["0.5"], 1e4, 1e9, "0.5", show=".0e")

# %% [markdown]
# Does it matter for our four layers? Five runs each, only 20 epochs, so that slow
# starters show. "Zero" and one that is far too large are in the race too.

# %% tags=["nbval-ignore-output"]
race = {"zero": lambda n_in, n_out: 0.0, **scales, "5": lambda n_in, n_out: 5.0}
bands = {"zero": (0.1, 0.5), "0.01": (0.1, 0.5), "5": (0.1, 0.85)}
for name, scale in race.items():
    reached, _ = five_runs(scale=scale, epochs=20)
    band = bands.get(name, (0.9, 1))
    assert_between(reached, *band, f"{name}, test accuracy", show=".0%")

# %% [markdown]
# Zero and 0.01 never leave the ground: such a network names the same colour for
# everything, and is right as often as that colour happens to occur. Xavier and He
# both learn; for four layers the difference between them is small. 0.5 is
# still good enough: four layers don't blow the signal up far. With 5 they do: the first
# steps kill the units, as unscaled inputs did.

# %% [markdown]
# ### Hyperparameters
#
# Weights are learned. What we choose ourselves, before training, are the
# **hyperparameters**: the number of layers, the number of units, the learning rate (and
# the batch size, the number of epochs, the initial scale). Nobody has a formula for
# them; one tries. But not on the test colours: whoever chooses by them has no fair test
# left. So we draw 300 further colours for choosing, a **validation set**.

# %%
colours_v, labels_v = make_colours(300, np.random.default_rng(7))
shapes = [(3, 3), (3, 200, 3), (3, 50, 100, 50, 3), (3, 50, 50, 50, 50, 50, 3)]
rates = [0.001, 0.01, 0.1, 1.0]
table = np.zeros((len(shapes), len(rates)))
for row, column in np.ndindex(table.shape):
    for seed in range(3):
        candidate = make_network(shapes[row], np.random.default_rng(seed))
        with np.errstate(over="ignore", invalid="ignore"):  # some of them explode
            train(candidate, x_train, t_train, rates[column], epochs=3, seed=seed)
            table[row, column] += accuracy(candidate, colours_v / 255, labels_v) / 3

# %% [markdown]
# Four networks, four learning rates, three starts each, and only three epochs, so that
# the table shows who is quick. **Predict:** does a deeper network want a larger or a
# smaller learning rate? (And can the first one, which has no hidden layer, do this task
# at all?)

# %%
predict(
    "4.m",
    "A deeper network wants a learning rate that is",
    ["larger", "the same", "smaller"],
)

# %%
fig, ax = plt.subplots(figsize=(7, 3))
ax.imshow(table, vmin=0.3, vmax=1, aspect="auto")
for (row, column), value in np.ndenumerate(table):
    ink = BLACK if value > 0.7 else "white"
    ax.text(column, row, f"{value:.0%}", color=ink, ha="center", va="center", size=12)
ax.set_xticks(range(len(rates)), rates)
ax.set_yticks(range(len(shapes)), ["–".join(map(str, shape)) for shape in shapes])
ax.set(xlabel="learning rate", ylabel="units of each layer")
show(fig, "Table of validation accuracies: four networks by four learning rates.")
assert min(table[1:3, 1]) > 0.9 > table[0, 1] and min(table[:2, 3]) > 0.9
assert max(table[2:, 3]) < 0.75
assert table[:, 0].max() < 0.8
happened("4.m", "smaller")

# %% [markdown]
# At 0.001 three epochs are too few for anybody. At 0.01 the networks with many units
# are far ahead, with one hidden layer as with several: a step moves all their weights
# at once, and every one of them moves the scores. At 1.0 depth undoes the deep ones,
# since slopes are multiplied layer by layer: they die or explode and do little better
# than guessing, while the wide one with one hidden layer still learns, and the one
# without is at its best. It can do the task, because "red leads" is a linear question.
# So depth is no merit by itself, and the right learning rate depends on the network.
# 0.01 with 50–100–50 was a good choice; it is not the only one.

# %% [markdown]
# ### Exercise 4.2 – The learning rate (change and measure)
#
# Train the network 3–50–100–50–3 for 20 epochs with three learning rates, from the same
# start each time, and note the error of the **last epoch** that `train` returns. The
# colours are `x[:240]` and `t[:240]`. **Predict** first: which error is the smallest,
# and is the largest one still near $\log 3 = 1.1$?

# %% tags=["exercise"]
error_by_rate = {0.001: ..., 0.01: ..., 0.1: ...}

# %%
check("4.2", error_by_rate)

# %% [markdown]
# ### Exercise 4.3 – A sigmoid layer (build)
#
# Write a layer for the sigmoid $\sigma(x) = 1/(1+e^{-x})$ of
# [chapter 1](01_logistic_regression.ipynb), with `forward` and `backward`. Its slope is
# $\sigma(x)\,(1-\sigma(x))$, so the best thing to remember is the output. The check
# compares your `backward` with a numerical gradient. When it is right, train
# `make_network(sizes, np.random.default_rng(42), activation=Sigmoid)`: how many epochs
# does it need?


# %% tags=["exercise"]
class Sigmoid:
    def forward(self, x): ...

    def backward(self, dout): ...


# %%
check("4.3", Sigmoid)

# %% [markdown]
# ### Exercise 4.4 – Regression at the end (build)
#
# A network that predicts numbers, such as temperatures, ends in the squared error $E =
# \frac{1}{2N}\sum_n\sum_k (y_{nk} - t_{nk})^2$ in place of softmax with cross-entropy.
# Write that class, with the same two methods: `forward(y, t)` returns $E$, `backward()`
# the slope of $E$ for each entry of $y$. Derive it first. Does it remind you of
# something?


# %% tags=["exercise"]
class SquaredError:
    def forward(self, y, t): ...

    def backward(self): ...


# %%
check("4.4", SquaredError)

# %% [markdown]
# ## 4.6 The same layers read digits
#
# From-scratch code is not a toy. The three classes stay exactly as they are; only the
# data change, 784 inputs instead of three, and ten classes. (The line below says
# whether these are MNIST's digits or the course's own, about as hard to read.)

# %% [markdown] tags=["teacher"]
# minutes: 5
# stall: `astype("float32")` and `v_W[:] =` (in place, or the list of velocities would
# keep the old arrays). Progress is slow to look at; talk during the training.
# ask: What did we change in the three classes to read digits in place of colours?
# answer: Nothing. Sizes, data, and momentum in the step; the rules of each layer are
# the same.
# skip: All of it: it is a reward, and the recap does not need it.

# %% tags=["nbval-ignore-output"]
(images_train, digits_train), (images_test, digits_test) = datasets.load_mnist()

# %%
pixels_train = images_train.reshape(-1, 784) / np.float32(255)  # (60000, 784)
pixels_test = images_test.reshape(-1, 784) / np.float32(255)  # (10000, 784)
t_digits = np.eye(10, dtype="float32")[digits_train]  # (60000, 10)
assert pixels_train.shape == (60_000, 784) and t_digits.shape == (60_000, 10)
print(pixels_train.dtype, t_digits.dtype)

# %% [markdown]
# 32 bits are enough for training and twice as fast. For more speed we add one thing to
# plain descent, the **momentum** of chapter 3: the step is a sum of all earlier slopes
# in which each counts 0.9 times as much as the one after it. Slopes that agree from
# batch to batch add up, to $1/(1-0.9) = 10$ times a plain step at most; those that
# don't cancel out:
#
# $$v \leftarrow 0.9\,v - \varepsilon\, dW, \qquad W \leftarrow W + v .$$


# %%
def descend_with_momentum(network, velocities, learning_rate):
    affines = [layer for layer in network if isinstance(layer, Affine)]
    for layer, (v_W, v_b) in zip(affines, velocities, strict=True):
        v_W[:] = 0.9 * v_W - learning_rate * layer.dW
        v_b[:] = 0.9 * v_b - learning_rate * layer.db
        layer.W += v_W
        layer.b += v_b


reader = make_network((784, 256, 128, 10), np.random.default_rng(42))
for layer in reader[::2]:
    layer.W, layer.b = layer.W.astype("float32"), layer.b.astype("float32")
velocities = [(np.zeros_like(layer.W), np.zeros_like(layer.b)) for layer in reader[::2]]
print("parameters:", sum(v_W.size + v_b.size for v_W, v_b in velocities))

# %% [markdown]
# A quarter of a million parameters, six epochs in batches of 128. The learning rate
# falls in a straight line from 0.1 to 0: long steps at first, careful ones at the end.
# **Predict:** the model without hidden layers of chapter 2 read about 92% of MNIST's
# test images. And this one?

# %%
predict("4.n", "Share of the test images read correctly, in %?", within=1)

# %% tags=["nbval-ignore-output"]
rng, epochs, batch = np.random.default_rng(42), 6, 128
steps = [i for _ in range(epochs) for i in range(0, 60_000, batch)]
with Progress(len(steps), "Training") as progress_line:
    for n, i in enumerate(steps):
        if i == 0:
            order = rng.permutation(60_000)
        rows = order[i : i + batch]
        E = loss.forward(forward(reader, pixels_train[rows]), t_digits[rows])
        backward(reader, loss.backward())
        descend_with_momentum(reader, velocities, 0.1 * (1 - n / len(steps)))
        progress_line.advance(error=f"{E:.3f}")
digit_accuracy = accuracy(reader, pixels_test, digits_test)
assert_between(digit_accuracy, 0.97, 0.99, "test accuracy, digits", show=".1%")
happened("4.n", 100 * digit_accuracy)

# %% [markdown]
# About 98%, in seconds, with code of which you know every line. What Keras adds
# are speed on large machines, dozens of other layers, and that you need not derive the
# backward rule of each.

# %% [markdown]
# ## Recap
#
# 1. **Forward** is a chain of simple nodes: Affine $x\cdot W + b$ (54.1 in the worked
#    example), ReLU $\max(0,x)$, softmax, cross-entropy.
# 2. **Backward** multiplies slopes from the last node to the first. Affine: $dW =
#    x^T\cdot dout$, $db = \sum dout$, $dx = dout\cdot W^T$, so it remembers $x$. ReLU
#    lets through where its input was positive, so it remembers where. Softmax with
#    cross-entropy: $(Y-T)/N$, so it remembers $Y$ and $T$.
# 3. **A numerical check** moves each number by $\pm\delta$; a right formula agrees to a
#    millionth in 64 bits, and a wrong one is far off. Outputs, gradients and a training
#    step of our network equal those of Keras to 0.00001.
# 4. **Scaled inputs and good initial weights** keep signals and slopes at one size
#    through all layers. Zero weights learn nothing, equal ones stay copies, too small
#    ones fade, too large ones and unscaled inputs kill ReLUs. Xavier and He give the
#    right scale.
# 5. **Training** is forward, backward, step. At least 95% of the test colours on average
#    over five runs, about 98% on MNIST. Layers, units and learning rate are chosen
#    together, on a validation set.

# %% [markdown]
# ## Read on
#
# - D. E. Rumelhart, G. E. Hinton, R. J. Williams, *Learning representations by
#   back-propagating errors* (Nature, 1986): four pages that started it all again.
# - X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward
#   neural networks* (AISTATS, 2010): Xavier's scale.
# - K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers* (ICCV, 2015): the
#   scale for ReLU.
# - Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp* (in Neural Networks:
#   Tricks of the Trade, 1998): why inputs are scaled, and much more.
# - A. G. Baydin, B. A. Pearlmutter, A. A. Radul, J. M. Siskind, *Automatic
#   Differentiation in Machine Learning: a Survey* (JMLR, 2018): what `GradientTape` does.
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 6.5; free at
#   deeplearningbook.org.
