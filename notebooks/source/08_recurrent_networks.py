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
# **Question:** how can a network read a sequence of any length, one step at a time, and
# remember what it has read?
#
# **Aims.** At the end you can
#
# 1. compute a recurrent network's forward pass, draw it unrolled in time, and give the
#    shape of every tensor, with one output per step and one per sequence;
# 2. derive backpropagation through time, and prove that yours is the gradient that Keras
#    computes;
# 3. train a network of 16 units that adds numbers a hundred times longer than any it
#    was trained on, and say what it keeps in mind;
# 4. measure how gradients vanish and explode over the steps, say what follows for
#    learning, and apply clipping and truncation;
# 5. let a network continue a wave, and tell when reading backwards helps and when it is
#    cheating.
#
# **Before you start:** [chapter 4](04_backpropagation_from_scratch.ipynb): the chain
# rule node by node, the numerical check; Adam and tanh from
# [chapter 3](03_multilayer_perceptron.ipynb). No data set is needed: all sequences of
# this chapter are made on the spot.
#
# **Minutes:** about {minutes} to read and do, under 70 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners unroll a recurrent network, prove that gradients of shared weights add
# up, and measure what a network can and cannot learn over many steps.
# before: Chapter 04: chain rule node by node, numerical check. Tanh and Adam from
# chapter 03.
# machine: Draw the unrolled network with five states on the board, and follow h =
# tanh(x + 0.5 h) for one input of 1 by hand. Show the stored figures of the adder's
# clusters and of the five gradient curves.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course and sets the random seed. The second imports what this
# chapter uses. The recurrent network, forward and backward, is written out below in
# NumPy; Keras is the referee, and from the end of section 8.4 on the tool.
# `UnrolledRNN` is a network that you can stretch in time.

# %% tags=["setup"]
# {setup}

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import BLACK, BLUE, GREEN, ORANGE, RED, show
from helpers.progress import KerasProgress, track
from helpers.widgets import UnrolledRNN

# %% [markdown]
# ## 8.1 A network with a memory
#
# Every network so far took an input of fixed size and answered at once. A sentence, a
# melody or a stock price is different. It comes **step by step**, it may be of any
# length, and what a step means depends on the steps before it. "Bank" after "river" is
# not "bank" after "savings".
#
# A **recurrent network** reads one step $x_t$ at a time and carries a vector along, its
# **state** $h_t$. Each step computes the new state from the old state and the input,
# with a layer that you know:
#
# $$h_t = f\left(W\,[h_{t-1},\, x_t] + b\right)$$
#
# $[h_{t-1}, x_t]$ are the two vectors one after the other, and $f$ is usually $\tanh$.
# A matrix times two joined vectors is the sum of two products, and that is how it is
# stored. With examples in rows, as in the earlier chapters:
#
# $$h_t = \tanh\left(x_t W_x + h_{t-1} W_h + b\right)$$
#
# $W_x$, $W_h$ and $b$ are **the same at every step**. That is the whole idea: as a
# convolution uses the same small filter at every place, a recurrent network uses the
# same layer at every time.
#
# One unit suffices to see it: $W_x = 1$, $W_h = 0.5$, $b = 0$, and as input a single 1
# followed by zeros. **Predict** the states: how long does the network remember the 1?

# %% [markdown] tags=["teacher"]
# minutes: 10
# exercises: 3
# stall: Three axes: (N, T, features). H holds T + 1 states, as place 0 is the one
# before the first step; indices run one off from x. `return_sequences` is forgotten
# later, so say "per step or per sequence" each time.
# ask: Two sequences of 5 steps, two of 9: does the network need other weights?
# answer: No. The same weights are used at each step, so any length will do.
# skip: The drawing's code. Exercise 8.1 is worth its minutes: it separates memory from
# echo.

# %%
predict(
    "8.a",
    "What is left of the state after the fifth step?",
    ["below 0.1", "0.1 to 0.5", "above 0.5"],
)

# %%
h = 0.0
for x_t in [1, 0, 0, 0, 0]:
    h = np.tanh(1.0 * x_t + 0.5 * h)
    print(round(float(h), 3), end="  ")
assert 0 < h < 0.1
happened("8.a", int(np.digitize(float(h), [0.1, 0.5])), "Each step halves it.")

# %% [markdown]
# An echo that fades: each step halves it, and a little more, because $\tanh$ bends. With
# many units, a batch of $N$ sequences and $T$ steps the same lines become the function
# below. Parameters live in a dictionary, so that gradients can have the same names
# later. `H` keeps **all** states, and at place 0 the one before the first step:


# %%
def new_rnn(features, units, rng, strength=1.0):
    return {
        "W_x": rng.normal(size=(features, units)) / np.sqrt(features),
        "W_h": strength * rng.normal(size=(units, units)) / np.sqrt(units),
        "b": np.zeros(units),
    }


p = new_rnn(features=3, units=4, rng=np.random.default_rng(42))
print({name: value.shape for name, value in p.items()})


# %%
def forward(p, x, h=0.0):
    N, T, _ = x.shape  # (N, T, features)
    H = np.zeros((N, T + 1, len(p["b"])))  # (N, 1 + T, units)
    H[:, 0] = h
    for t in range(T):
        H[:, t + 1] = np.tanh(x[:, t] @ p["W_x"] + H[:, t] @ p["W_h"] + p["b"])
    return H


print(forward(p, np.ones((2, 5, 3))).shape, forward(p, np.ones((2, 9, 3))).shape)

# %% [markdown]
# Two sequences of 5 steps, or two of 9: the same parameters read both. **Predict**
# their number, for 3 features and 4 units. (Each unit has a weight for every feature,
# one for every unit, and a bias.)

# %%
predict("8.b", "How many parameters?", ["28", "32", "40"])

# %%
print("parameters:", sum(value.size for value in p.values()))
assert sum(value.size for value in p.values()) == 4 * (3 + 4 + 1)
happened("8.b", str(sum(value.size for value in p.values())))

# %% [markdown]
# To understand what such a loop computes, draw every step beside the one before it.
# This is called **unrolling in time**, and it turns the loop into an ordinary deep
# network: one layer per step, and all layers share their weights.


# %%
def arrow(ax, start, end, color=BLACK):
    style = {"arrowstyle": "-|>", "lw": 1.8, "color": color}
    ax.annotate("", end, start, arrowprops=style)


def state_box(ax, x, name, color=BLUE):
    box = {"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": color}
    ax.text(x, 1, name, ha="center", va="center", bbox={**box, "lw": 2}, size=13)


fig, ax = plt.subplots(figsize=(7, 2.9))
names = ["$h_0$", "$h_1$", "$h_2$", "$h_3$", "$h_4$"]
for t, name in enumerate(names):
    state_box(ax, t, name, BLUE if t else "0.6")
    if t:
        ax.text(t, -0.15, f"$x_{t}$", ha="center", size=13)
        arrow(ax, (t, 0.1), (t, 0.67), ORANGE)
        arrow(ax, (t - 0.78, 1), (t - 0.24, 1))
        ax.text(t - 0.5, 1.12, "$W_h$", ha="center")
        ax.text(t + 0.06, 0.3, "$W_x$", color="#8A5F00")
        arrow(ax, (t, 1.33), (t, 1.8), GREEN)
        ax.text(t, 1.88, f"$y_{t}$", ha="center", size=13)
ax.set(xlim=(-0.4, 4.4), ylim=(-0.3, 2.15))
ax.axis("off")
show(fig, "Five states in a row, each fed by the one before and by its own input.")

# %% [markdown]
# Inputs enter from below, the state moves to the right, and outputs may leave at the
# top. There are two ways to use the states:
#
# - **one output per step**: all of $h_1 \ldots h_T$, shape $(N, T, units)$: a label for
#   every letter, a forecast at every moment;
# - **one output per sequence**: only $h_T$, shape $(N, units)$, a summary of all that was
#   read: is this review friendly?
#
# Keras has the same network as `SimpleRNN`. The switch between the two is called
# `return_sequences`. **Predict** the two shapes for 2 sequences of 5 steps and 4 units:

# %%
predict(
    "8.c",
    "Which shape comes out of return_sequences=True?",
    ["(2, 4)", "(2, 5, 4)", "(2, 5, 3)"],
)

# %%
x = np.random.default_rng(1).normal(size=(2, 5, 3))  # (N, T, features)
every_step = layers.SimpleRNN(4, return_sequences=True)
last_step = layers.SimpleRNN(4)
print(tuple(every_step(x).shape), tuple(last_step(x).shape))
happened("8.c", str(tuple(every_step(x).shape)))

# %% [markdown]
# Does it compute what we compute? Give it our weights. Keras stores them under the names
# kernel, recurrent kernel and bias, in this order. It works in 32 bits, we in 64, so we
# ask for agreement to 0.00001.

# %%
for layer in (every_step, last_step):
    layer.set_weights([p["W_x"], p["W_h"], p["b"]])
H = forward(p, x)  # (2, 6, 4)
print("every step:", np.allclose(every_step(x), H[:, 1:], atol=1e-5))
print("last step: ", np.allclose(last_step(x), H[:, -1], atol=1e-5))
assert np.abs(every_step(x) - H[:, 1:]).max() < 1e-5

# %% [markdown]
# One more property, which no bag of numbers has. **Predict:** if the five steps of each
# sequence are read in reverse order, is the last state the same?

# %%
predict("8.d", "In reverse order, is the last state the same?", ["yes", "no"])

# %%
reversed_order = forward(p, x[:, ::-1])[:, -1]
print("same last state:", np.allclose(reversed_order, H[:, -1]))
assert np.abs(reversed_order - H[:, -1]).max() > 0.05
happened("8.d", "yes" if np.allclose(reversed_order, H[:, -1]) else "no")

# %% [markdown]
# Order counts, because every step looks at its input through a state that the earlier
# steps have left behind.
#
# ### Exercise 8.1 – What a single unit keeps (predict and run)
#
# Take one unit, $h_t = \tanh(x_t + w_h h_{t-1})$, starting from 0. It reads one or two
# inputs and then 1,000 zeros. Where has the state gone in the end: to `"zero"`, does it
# stay `"positive"` or `"negative"`, well away from 0, or does it `"flip"` its sign at
# every step without fading? Six cases, predicted before anything is run. Think of how
# much of a state the next step takes over, and of what $\tanh$ does to large numbers.
#
# Replace each `...` and run the cell, then the check below it. Stuck? Add a cell with
# `hint("8.1")`, which says one thing more each time that you run it; `solution("8.1")`
# shows worked code, and `exercise_table()` what you have done so far.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
kept = {
    "w_h 0.5, input 1": ...,
    "w_h -0.5, input 1": ...,
    "w_h 2, input 1": ...,
    "w_h -2, input 1": ...,
    "w_h 2, input 0.001": ...,
    "w_h 2, inputs 1 and then -1": ...,
}

# %%
check("8.1", kept)

# %% [markdown]
# Then run it: the loop above with another `w_h`, inputs such as `[0.001] + 1000 * [0]`,
# and `print(h)` at the end. Which of the six would you call a memory, and of what?

# %% [markdown]
# ## 8.2 Backpropagation through time
#
# The unrolled network is an ordinary network, so the chain rule of chapter 4 applies:
# go backward, from the last step to the first. This has a name of its own,
# **backpropagation through time**, but only two things are new.
#
# **A state is used twice:** by its own output $y_t$ and by the next step. Its slopes
# from both are **added**. Call what arrives from the outputs $dH_t$ and what arrives
# from the next step, $t+1$, $dh_t$. Through $\tanh$, whose slope is $1-\tanh^2$, they
# become
#
# $$da_t = (dH_t + dh_t) \circ (1 - h_t^2), \qquad dh_{t-1} = da_t\, W_h^T .$$
#
# **A weight is used $T$ times**, once at each step. Its slopes are added too:
#
# $$dW_x = \sum_t x_t^T\, da_t, \qquad dW_h = \sum_t h_{t-1}^T\, da_t, \qquad
# db = \sum_t \sum_n da_t .$$
#
# With the one unit from above and three steps, that can be followed by hand. Let the
# error be the last state itself, $E = h_3$. Going back, each step adds its own term for
# the weight $W_h$:

# %% [markdown] tags=["teacher"]
# minutes: 13
# stall: `dh` arrives from the next step, `dH` from the outputs: both are added before
# tanh's slope. Going backward, what comes next in code is the earlier step in time. Say
# why h₀ has a gradient, too.
# ask: A weight is used at every step. Do its slopes average, add up, or does the last
# one count?
# answer: They add up: moving the weight moves the error through every step at once.
# skip: The two planted mistakes; the comparison with Keras, if chapter 04's is
# remembered.

# %%
x_one, w_h = [1.0, 0.5, -0.5], 0.5
h_one = [0.0]
for x_t in x_one:
    h_one.append(np.tanh(x_t + w_h * h_one[-1]))
dh, terms = 1.0, []
for t in (3, 2, 1):
    da = dh * (1 - h_one[t] ** 2)
    terms.append(h_one[t - 1] * da)  # the term of step t for the weight w_h
    dh = da * w_h
print("terms of steps 3, 2, 1:", np.round(terms, 4), " sum", np.round(sum(terms), 4))

# %% [markdown]
# Step 1 contributes nothing, since the state before it was 0. Is the **sum** the slope?
# Move $w_h$ a little and see how $h_3$ moves:


# %%
def third_state(w_h):
    h = 0.0
    for x_t in x_one:
        h = np.tanh(x_t + w_h * h)
    return h


slope = (third_state(0.5 + 1e-6) - third_state(0.5 - 1e-6)) / 2e-6
print("measured slope:", round(slope, 4))
assert abs(slope - sum(terms)) < 1e-8

# %% [markdown]
# It is. Gradients of shared weights add up over the steps. Now the same for matrices
# and batches: the loop of `forward`, run backward. `dH` has a slope for each state of
# each step; whoever uses only the last one leaves the others 0.


# %%
def backward(p, x, H, dH):
    g = {name: np.zeros_like(p[name]) for name in ("W_x", "W_h", "b")}
    dx, dh = np.zeros_like(x), 0.0
    for t in reversed(range(x.shape[1])):
        da = (dH[:, t] + dh) * (1 - H[:, t + 1] ** 2)  # (N, units)
        g["W_x"] += x[:, t].T @ da
        g["W_h"] += H[:, t].T @ da
        g["b"] += da.sum(axis=0)
        dx[:, t] = da @ p["W_x"].T
        dh = da @ p["W_h"].T  # on to the step before
    return g, dx, dh


# %%
dH = np.random.default_rng(2).normal(size=(2, 5, 4))
g, dx, dh0 = backward(p, x, H, dH)
print({name: value.shape for name, value in g.items()}, dx.shape, dh0.shape)

# %% [markdown]
# Trust, but check. As in chapter 4 we invent an error, the sum of all
# states times random numbers `dH`, move every number by $\pm 0.000001$ in 64 bits and
# compare. The last line, `h0`, is the state before the first step: it has a slope too,
# and a network that continues an earlier sequence needs it.


# %%
def numerical_gradient(compute, array, step=1e-6):
    slopes = np.zeros_like(array)
    for place in np.ndindex(array.shape):
        value = array[place]
        array[place] = value + step
        above = compute()
        array[place] = value - step
        slopes[place] = (above - compute()) / (2 * step)
        array[place] = value
    return slopes


square = np.array([1.0, 2.0, 3.0])
print(numerical_gradient(lambda: np.sum(square**2), square).round(6))  # 2 · square


# %%
def relative_error(u, v):
    return np.linalg.norm(u - v) / (np.linalg.norm(u) + np.linalg.norm(v))


h0 = np.random.default_rng(3).normal(size=(2, 4))
H = forward(p, x, h0)
g, dx, dh0 = backward(p, x, H, dH)
checked = {**{name: (p[name], g[name]) for name in g}, "x": (x, dx), "h0": (h0, dh0)}

# %%
errors = {}
for name, (array, gradient) in checked.items():
    slopes = numerical_gradient(lambda: np.sum(forward(p, x, h0)[:, 1:] * dH), array)
    errors[name] = relative_error(slopes, gradient)
    print(f"{name:4} error below 0.000001: {errors[name] < 1e-6}")
assert max(errors.values()) < 1e-6

# %% [markdown]
# All five. Would the check notice if we forgot to add, and kept only the last step's
# term? And if we forgot that a state is used twice, and dropped `dh`? **Predict** which
# of the two mistakes leaves the bias's gradient right.

# %%
predict(
    "8.e",
    "Which mistake leaves the gradient of the bias right?",
    ["last step only", "each step alone", "neither"],
)

# %%
da_last = dH[:, -1] * (1 - H[:, -1] ** 2)  # (N, units)
da_alone = dH * (1 - H[:, 1:] ** 2)  # (N, T, units), each step for itself
slopes = numerical_gradient(lambda: np.sum(forward(p, x, h0)[:, 1:] * dH), p["b"])
mistakes = {"last step only": da_last.sum(0), "each step alone": da_alone.sum((0, 1))}
for name, wrong in mistakes.items():
    print(f"{name:16} error above 0.01: {relative_error(slopes, wrong) > 0.01}")
    assert relative_error(slopes, wrong) > 0.01
happened(
    "8.e",
    [*mistakes, "neither"][
        int(np.argmin([*(relative_error(slopes, w) for w in mistakes.values()), 0.01]))
    ],
)

# %% [markdown]
# Neither does. Last the referee: the same error in Keras, with `GradientTape`. Outputs
# agreed in the last section; now the gradients of all three weights and of the input.

# %%
x_tensor = tf.constant(x, "float32")
with tf.GradientTape() as tape:
    tape.watch(x_tensor)
    states = every_step(x_tensor, initial_state=tf.constant(h0, "float32"))
    error = tf.reduce_sum(states * dH.astype("float32"))
by_keras = tape.gradient(error, [*every_step.trainable_variables, x_tensor])
ours = {**g, "x": dx}
for (name, u), v in zip(ours.items(), by_keras, strict=True):
    print(f"{name:4} same gradient: {np.allclose(u, v, atol=1e-5)}")
    assert np.abs(u - v).max() < 1e-5

# %% [markdown]
# Outputs and gradients equal those of Keras. From here on we may use either, and know
# what it does.
#
# ## 8.3 Adding numbers longer than any it has seen
#
# A classic test of memory: **binary addition**. You learned it at school, from right to
# left: add two digits and the carry, write one digit, keep the new carry in mind. The
# network gets both numbers bit by bit, lowest bit first, and must say at each step the
# bit of the sum. Nobody tells it that there is such a thing as a carry.


# %% [markdown] tags=["teacher"]
# minutes: 13
# exercises: 3
# stall: Bits come lowest first, so the printed rows read the wrong way round. Few
# believe that a network trained on 8 bits adds 1,000; they suspect a table. The
# principal components are only a view of 16 axes.
# ask: Why eight clusters, when one carry would need two?
# answer: Two bits and a carry have eight cases, and nobody asked the network to forget
# which one it was.
# skip: Exercise 8.2; reading the carry by least squares.


# %%
def additions(n, bits, rng):
    """Two numbers below 2**(bits-1), their sum fits into the bits; lowest bit first."""
    one, other = rng.integers(0, 2 ** (bits - 1), size=(2, n, 1))
    place = np.arange(bits)
    x = np.stack([one >> place & 1, other >> place & 1], axis=-1)  # (n, bits, 2)
    target = (one + other) >> place & 1  # (n, bits)
    return x.astype(float), target[..., None].astype(float)  # (n, bits, 1)


x, target = additions(1, 8, np.random.default_rng(2))
for name, row in [("one", x[0, :, 0]), ("other", x[0, :, 1]), ("sum", target[0, :, 0])]:
    value = sum(int(bit) << k for k, bit in enumerate(row))
    print(f"{name:6}", row.astype(int), "=", value)

# %% [markdown]
# Each column of the two upper rows is one step. A network without memory could not do
# this: for the inputs 1 and 0 the answer is 1 or 0, depending on the carry. On top of
# every state we put logistic regression from chapter 1: $y_t = \sigma(h_t V + c)$ with
# cross-entropy. The slope at the score is prediction minus target, as ever, and
# everything behind it is done by `backward`. (The target is not called $t$ here: $t$
# counts steps.) With `weight` some steps can be left out of the error; with `h` a
# sequence can start from a state that is not 0. We need both in section 8.4.


# %%
def sigmoid(a):
    return 0.5 * (1 + np.tanh(a / 2))  # the same function, and no overflow


def gradients(p, x, target, weight=1.0, h=0.0):
    """Slopes of the cross-entropy with one output per step, and the last state."""
    H = forward(p, x, h)  # (N, 1 + T, units)
    scores = H[:, 1:] @ p["V"] + p["c"]  # (N, T, 1)
    ds = weight * (sigmoid(scores) - target) / np.sum(weight * np.ones_like(target))
    g, _, _ = backward(p, x, H, ds @ p["V"].T)
    g["V"] = np.tensordot(H[:, 1:], ds, axes=[(0, 1), (0, 1)])  # (units, 1)
    g["c"] = ds.sum(axis=(0, 1))
    return g, H[:, -1]


# %%
def new_classifier(features, units, rng, strength=1.0):
    V = rng.normal(size=(units, 1)) / np.sqrt(units)
    return {**new_rnn(features, units, rng, strength), "V": V, "c": np.zeros(1)}


adder = new_classifier(2, 16, np.random.default_rng(42))
print({name: value.shape for name, value in gradients(adder, x, target)[0].items()})

# %% [markdown]
# For the steps downhill we take Adam (chapter 3), which adapts the length of the step
# for each parameter:


# %%
class Adam:
    def __init__(self, p, learning_rate):
        self.learning_rate, self.steps = learning_rate, 0
        self.m = {name: np.zeros_like(value) for name, value in p.items()}
        self.v = {name: np.zeros_like(value) for name, value in p.items()}

    def step(self, p, g):
        self.steps += 1
        for name in p:
            self.m[name] += 0.1 * (g[name] - self.m[name])
            self.v[name] += 0.001 * (g[name] ** 2 - self.v[name])
            m = self.m[name] / (1 - 0.9**self.steps)
            v = self.v[name] / (1 - 0.999**self.steps)
            p[name] -= self.learning_rate * m / (np.sqrt(v) + 1e-8)


# %% [markdown]
# 16 units, 1,000 steps with 64 additions of **8 bits** each. Then the test: whole
# numbers, every bit right, or it doesn't count. Five networks from five starts.
# **Predict:** what share of 16-bit and 32-bit additions will be right, which none of
# them has ever seen?


# %%
predict("8.f", "Share of 32-bit additions right, in %, median of five?", within=25)


# %%
def train_adder(bits, seed):
    rng = np.random.default_rng(seed)
    p = new_classifier(2, 16, rng)
    adam = Adam(p, learning_rate=0.02)
    for _ in range(1000):
        g, _ = gradients(p, *additions(64, bits, rng))
        adam.step(p, g)
    return p


# %%
def share_right(p, bits, n=2000):
    x, target = additions(n, bits, np.random.default_rng(99))
    scores = forward(p, x)[:, 1:] @ p["V"] + p["c"]  # (n, bits, 1)
    return float(((scores > 0) == target).all(axis=(1, 2)).mean())


adders = [train_adder(8, seed) for seed in track(range(5), "Training", unit="adders")]
happened("8.f", 100 * float(np.median([share_right(p, 32) for p in adders])))

# %% tags=["nbval-ignore-output"]
for bits in (8, 16, 32, 60):
    worst = min(share_right(p, bits) for p in adders)
    assert_between(worst, 0.995, 1, f"{bits:2} bits, worst of five", show=".1%")

# %% [markdown]
# All of them, at every length: the networks have not learned sums by heart, they have
# found **the procedure**. How far does it carry? The two numbers of the next cell have
# 1,000 bits, 300 decimal digits. Python adds whole numbers of any length and is the
# referee.

# %%
x = np.random.default_rng(5).integers(0, 2, size=(1, 1000, 2)).astype(float)
x[:, -1] = 0  # room for the last carry
numbers = [sum(int(bit) << k for k, bit in enumerate(x[0, :, i])) for i in (0, 1)]
right = []
for p in adders:
    said = (forward(p, x)[0, 1:] @ p["V"] + p["c"])[:, 0] > 0  # (1000,)
    right.append(sum(int(bit) << k for k, bit in enumerate(said)) == sum(numbers))
print(
    "digits:", len(str(sum(numbers))), " four of five right, or all:", sum(right) >= 4
)
assert sum(right) >= 4

# %% [markdown]
# What does it keep in mind? At each step we know the true carry, so we can look at the
# states with colour: blue where nothing is carried on, orange where a one is. 16 units
# are 16 axes; the plot shows the plane in which the states spread most (the two first
# principal components). **Predict** how many clusters there will be: at each step two
# bits come in and meet a carry; a bit goes out and a carry goes on.

# %%
predict("8.g", "How many clusters?", ["2", "4", "8", "16"])

# %%
x, target = additions(300, 32, np.random.default_rng(3))
H = forward(adders[0], x)[:, 1:]  # (300, 32, 16)
carries = np.zeros((300, 33))
for k in range(32):
    carries[:, k + 1] = x[:, k].sum(axis=1) + carries[:, k] >= 2
centred = H.reshape(-1, 16) - H.mean(axis=(0, 1))  # (9600, 16)
plane = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T  # (9600, 2)
carry = carries[:, 1:].ravel() == 1  # (9600,)

# %%
fig, ax = plt.subplots(figsize=(6.2, 3.9))
for carried, marker, color in [(False, "o", BLUE), (True, "^", ORANGE)]:
    for written, fill in [(0, "none"), (1, color)]:
        rows = (carry == carried) & (target.ravel() == written)
        label = f"writes {written}, carries {int(carried)}"
        ax.plot(*plane[rows].T, marker, color=color, mfc=fill, ms=6, label=label)
ax.set(xlabel="first principal component", ylabel="second principal component")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
show(fig, "States of the adder in eight tight clusters, one kind for each carry.")
happened("8.g", "8", "Two bits meet a carry: 2 · 2 · 2.")

# %% [markdown]
# **Eight** tight clusters. Two would do for the carry and four for what goes out, so why
# eight? Sort the states by what came *in*: two bits and a carry have $2^3=8$ cases.

# %%
came_in = (4 * x[..., 0] + 2 * x[..., 1] + carries[:, :-1]).astype(int).ravel()
clusters = [H.reshape(-1, 16)[came_in == case] for case in range(8)]
spread = max(cluster.std(axis=0).mean() for cluster in clusters)
print("units of a cluster differ by less than 0.1:", spread < 0.1)
assert spread < 0.1

# %% [markdown]
# Each case has a cluster of its own: nobody told the network to forget which of the
# cases gave the sum. The state is nearly a **symbol**. Training has turned a continuous
# vector into a small machine with a carry, and because every step throws the state back
# into one of the clusters, errors don't add up over a thousand steps. Is the carry
# really in there, in a form that a single linear unit can read? Fit one by least squares:

# %% tags=["nbval-ignore-output"]
A = np.column_stack([H.reshape(-1, 16), np.ones(len(carry))])  # (9600, 17)
reader = np.linalg.lstsq(A, carry.astype(float), rcond=None)[0]
carry_read = ((A @ reader > 0.5) == carry).mean()
assert_between(carry_read, 0.98, 1, "carry read from the state", show=".1%")

# %% [markdown]
# ### Exercise 8.2 – How few bits are enough? (change and measure)
#
# The adder learned the whole procedure from numbers of 8 bits. Train it on numbers of 2,
# 3, 6 and 8 bits (`train_adder(bits, seed=0)`) and measure for each the share of right
# additions of **32** bits. **Predict** first. Then explain the shares near 0: what does
# a network trained on 3 bits never get to see? (The highest bit of both numbers is
# always
# 0.)

# %% tags=["exercise"]
share_by_bits = {2: ..., 3: ..., 6: ..., 8: ...}

# %%
check("8.2", share_by_bits)

# %% [markdown]
# ## 8.4 Gradients that vanish and explode
#
# The adder needed to look back one step. What if the cause lies 50 steps before the
# effect? Learning needs to know how the last state depends on an early one, and by the
# chain rule that is a **product** with one factor for each step between:
#
# $$\frac{\partial h_T}{\partial h_t} = \prod_{k=t+1}^{T}
# \operatorname{diag}(1-h_k^2)\; W_h^T .$$
#
# (The factor of the last step stands first.) For a single number it would be $0.5^{50}$
# or $1.5^{50}$. **Predict** the orders of magnitude:

# %% [markdown] tags=["teacher"]
# minutes: 18
# exercises: 4
# stall: Long section: curves, learning, truncation, clipping. The figure is read from
# right to left, as the gradient travels. A vanished gradient isn't "no memory": one
# unit set by hand holds 60 steps. Truncation cuts the gradient and hands on the state.
# ask: Weights for 60 steps exist. Why does training not find them?
# answer: The slope that would lead there has vanished on its way back.
# skip: `jacobian_norms_of`; truncation or clipping, one of them. Exercise 8.3.

# %%
predict("8.h", "0.5 to the power 50 is 10 to the power −n. Which n?", within=2)

# %%
print(f"{0.5**50:.0e}   {0.9**50:.0e}   {1.1**50:.0e}   {1.5**50:.0e}")
happened("8.h", -np.log10(0.5**50))

# %% [markdown]
# Nothing between "far too small" and "far too large", except for factors very close to
# 1. For matrices the size of a factor is its norm: by how much it can stretch a vector.
# The function goes back through the steps and notes the norm of the product. (The norm
# `2` is the largest stretch.) We use recurrent matrices that are rotations times a
# strength, so that without $\tanh$ each step would stretch by exactly that strength.


# %%
def jacobian_norms(p, H):
    """Norm of the slopes of the last state for every state; H of one sequence."""
    J, norms = np.eye(H.shape[1]), [1.0]
    for h in H[:1:-1]:  # h_T, ..., h_2
        J = J @ ((1 - h**2)[:, None] * p["W_h"].T)  # (units, units)
        norms.append(np.linalg.norm(J, 2))
    return np.array(norms[::-1])  # (T,), for the states h_1 ... h_T


# %%
rng, T, units = np.random.default_rng(42), 60, 32
rotation = np.linalg.qr(rng.normal(size=(units, units)))[0]
sequence = 0.1 * rng.normal(size=(T, 1))
measured = {}
for strength in (0.5, 1.0, 3.0):
    p = {**new_rnn(1, units, np.random.default_rng(1)), "W_h": strength * rotation}
    measured[strength] = jacobian_norms(p, forward(p, sequence[None])[0])

# %% [markdown]
# Is the formula right? The slopes can be measured: start the network from a state that
# was moved a little in each direction, and see how far the last state moves. With a
# batch of 32 states, each moved in its own unit, that is a single call:

# %%
H = forward(p, sequence[None])[0]  # (61, 32)
nudge = 1e-6 * np.eye(units)  # (32, 32), one unit in each row
short = np.repeat(sequence[None, 1:9], units, axis=0)  # eight steps from h_1
above = forward(p, short, H[1] + nudge)[:, -1]  # (32, 32)
below = forward(p, short, H[1] - nudge)[:, -1]
slopes = ((above - below) / 2e-6).T  # row: unit of h_9, column: unit of h_1
by_formula = jacobian_norms(p, H[:10])[0]
measured_norm = np.linalg.norm(slopes, 2)
print(
    "formula and measurement agree:", np.isclose(measured_norm, by_formula, rtol=1e-3)
)
assert abs(measured_norm / by_formula - 1) < 1e-3

# %% [markdown]
# One more competitor, as a preview of the next chapter: the **LSTM**, a recurrent layer
# made against this very problem. Beside $h_t$ it carries a second vector, which it
# changes by multiplying with a **forget gate** between 0 and 1 and adding something
# new. An open gate multiplies by nearly 1. Its state is the pair, so we ask for the
# slopes of $h_T$ for both vectors of step $t$. `GradientTape` delivers them for any
# cell: with one copy of the sequence for each unit of $h_T$, a single pass back gives
# all rows of the matrix.


# %%
def jacobian_norms_of(cell, sequence):
    x = tf.repeat(tf.constant(sequence[None], "float32"), cell.units, axis=0)
    vectors = 2 if isinstance(cell, layers.LSTMCell) else 1
    states = [[tf.zeros((cell.units, cell.units))] * vectors]
    with tf.GradientTape() as tape:
        for t in range(len(sequence)):
            states.append(list(cell(x[:, t], states[-1])[1]))
        row_sum = tf.reduce_sum(tf.linalg.diag_part(states[-1][0]))
    slopes = tape.gradient(row_sum, states[1:], unconnected_gradients="zero")
    return np.array([np.linalg.norm(np.concatenate(s, axis=1), 2) for s in slopes])


# %%
p = {**p, "W_h": rotation}  # strength 1
simple = layers.SimpleRNNCell(units)
simple.build((None, 1))
for variable, name in zip(simple.trainable_variables, ("W_x", "W_h", "b"), strict=True):
    variable.assign(p[name])
ratio = jacobian_norms_of(simple, sequence) / measured[1.0]
print("tape and formula agree:", np.allclose(ratio, 1, atol=0.02))
assert np.abs(ratio - 1).max() < 0.02

# %% [markdown]
# Now two LSTM layers that differ in one number: the bias of the forget gate. Keras
# starts it at 1, a gate of $\sigma(1) = 0.73$. We also try 4, $\sigma(4) = 0.98$.
# **Predict** which of the five curves stay near 1, and which lies highest at step 1,
# the farthest back.

# %%
predict(
    "8.i",
    "Which curve lies highest at step 1?",
    [
        "RNN, strength 0.5",
        "RNN, strength 1",
        "RNN, strength 3",
        "LSTM, gate 0.73",
        "LSTM, gate 0.98",
    ],
)

# %%
for bias in (1, 4):
    keras.utils.set_random_seed(1)
    lstm = layers.LSTMCell(units)
    lstm.build((None, 1))
    gates = np.zeros(4 * units)  # biases of input, forget, candidate, output
    gates[units : 2 * units] = bias
    lstm.bias.assign(gates)
    measured[f"LSTM {bias}"] = jacobian_norms_of(lstm, sequence)

# %%
fig, ax = plt.subplots(figsize=(7, 4.2))
texts = ["RNN, strength 0.5", "RNN, strength 1", "RNN, strength 3"]
texts += ["LSTM, gate 0.73", "LSTM, gate 0.98"]
colors, styles = [BLUE, BLUE, BLUE, RED, RED], [":", "-", "--", "-.", "-"]
for text, norms, color, style in zip(
    texts, measured.values(), colors, styles, strict=True
):
    ax.semilogy(np.arange(1, T + 1), norms, style, color=color)
    ax.text(0, norms[0], text, ha="right", va="center", color=color)
ax.set(xlim=(-21, T + 1), xticks=[1, 10, 20, 30, 40, 50, 60])
ax.set(xlabel="step $t$", ylabel=r"norm of $\partial h_{60}/\partial h_t$")
ax.set_yticks(10.0 ** np.arange(-18, 9, 6))
ax.spines["left"].set_bounds(*ax.get_ylim())
show(fig, "Five curves over 60 steps: two vanish, one explodes, two stay near 1.")
highest = int(np.argmax([norms[0] for norms in measured.values()]))
happened("8.i", highest, "It explodes; two others stay near 1, as a memory should.")

# %% [markdown]
# Read it from right to left, as the gradient travels. The recurrent networks follow
# straight lines on this axis of powers of ten, the law of a product: strength 0.5
# **vanishes**, strength 3 **explodes**, and only a strength near 1 keeps the gradient
# alive. The LSTM with its gate at 0.73 vanishes too: it is the **open gate** that lets
# the gradient pass. (That curve even rises a little, because the forget gate is not the
# only way back in an LSTM.) And a gate can be opened by learning. How, and at which
# price, is the subject of [chapter 9](09_lstm_imdb.ipynb).

# %% tags=["nbval-ignore-output"]
powers = {name: np.log10(norms[0]) for name, norms in measured.items()}  # of ten
assert_between(powers[0.5], -22, -14, "ten to the power, strength 0.5", show=".0f")
assert_between(powers[1.0], -4, 0.5, "strength 1", show=".1f")
assert_between(powers[3.0], 4, 14, "strength 3", show=".0f")
assert_between(powers["LSTM 1"], -12, -3, "LSTM, gate 0.73", show=".0f")
assert_between(powers["LSTM 4"], -1.5, 3, "LSTM, gate 0.98", show=".1f")

# %% [markdown]
# Stretch a network yourself. The upper picture shows the states step by step, the lower
# one the gradient's size. Things to try: with the activation "linear", compare strength
# 0.9, 1.0 and 1.1. Which strength keeps the gradient level with tanh, and why is it more
# than 1 when the input is noise? What does a large strength do to the states?

# %%
UnrolledRNN()

# %% [markdown]
# ### What follows for learning
#
# A task with adjustable distance: the first input is $+1$ or $-1$, then comes noise of
# the same size, and after $T$ steps the network shall say what the first one was. One
# output per **sequence**: all steps but the last have weight 0. **Predict** from which
# $T$ on our network stops learning it.


# %%
predict("8.j", "Share right over 60 steps, in %?", within=15)


# %%
def remember(n, T, rng):
    x = rng.normal(size=(n, T, 1))
    first = rng.integers(0, 2, size=(n, 1, 1))
    x[:, :1] = 2 * first - 1
    return x, np.repeat(first, T, axis=1).astype(float)  # (n, T, 1) both


# %%
def train_to_remember(T, steps=500):
    rng = np.random.default_rng(T)
    p = new_classifier(1, 32, rng)
    adam, last = Adam(p, 0.003), np.arange(T)[:, None] == T - 1  # (T, 1)
    for _ in range(steps):
        g, _ = gradients(p, *remember(32, T, rng), weight=last)
        adam.step(p, g)
    x, target = remember(2000, T, rng)
    said = forward(p, x)[:, -1] @ p["V"] + p["c"] > 0  # (2000, 1)
    return float((said == target[:, -1]).mean())


# %% tags=["nbval-ignore-output"]
distances = (5, 10, 20, 30, 60)
remembered = [train_to_remember(T) for T in track(distances, "Training", unit="tasks")]
bands = {5: (0.98, 1), 10: (0.98, 1), 60: (0.4, 0.6)}
for T, share in zip(distances, remembered, strict=True):
    assert_between(share, *bands.get(T, (0.4, 1)), f"{T:2} steps", show=".0%")
happened("8.j", 100 * remembered[-1], "The slope has vanished on the way back.")

# %% [markdown]
# Perfect at 5 and 10 steps, a coin toss at 60. Between them it is a matter of luck with
# the start, and there, too, a run may end with a coin toss. Nothing is wrong with the
# network at 60: weights that do it exist. One unit is enough, if its state holds on to
# its sign so firmly that noise can't turn it:

# %%
by_hand = {"W_x": np.array([[1.0]]), "W_h": np.array([[5.0]]), "b": np.zeros(1)}
x, target = remember(2000, 60, np.random.default_rng(0))
right = (forward(by_hand, x)[:, -1] > 0) == target[:, -1]  # (2000, 1)
assert_between(right.mean(), 0.99, 1, "one unit set by hand, 60 steps", show=".0%")

# %% [markdown]
# Such weights are not **found**, because the slope that would lead to them has vanished
# on its way back. Does the open gate find them?

# %%
keras.utils.set_random_seed(1)
lstm = layers.LSTM(32)
forgetful = keras.Sequential([keras.Input((60, 1)), lstm, layers.Dense(1)])
gates = np.zeros(4 * 32)
gates[32:64] = 4  # the forget gate's bias: an open gate
lstm.cell.bias.assign(gates)
print("parameters:", forgetful.count_params())

# %% tags=["nbval-ignore-output"]
x, target = remember(5000, 60, np.random.default_rng(7))
loss = keras.losses.BinaryCrossentropy(from_logits=True)
forgetful.compile(keras.optimizers.Adam(0.005), loss)
options = {"batch_size": 64, "epochs": 6, "verbose": 0}
progress_line = KerasProgress("Training")
forgetful.fit(x[:4000], target[:4000, -1], callbacks=[progress_line], **options)
said = forgetful.predict(x[4000:], verbose=0) > 0  # (1000, 1)
lstm_remembered = (said == target[4000:, -1]).mean()
assert_between(lstm_remembered, 0.9, 1, "LSTM with open gate, 60 steps", show=".0%")

# %% [markdown]
# It does. The measured gradient foretold the learning.
#
# ### Truncation: stop after 10 to 100 steps
#
# If gradients from far away are tiny anyway, why compute them? A text of a million
# letters would have to be kept in memory whole for a single step of training. In
# practice one cuts the sequence into **chunks** of 10 to 100 steps. The **state** is
# handed on from chunk to chunk; the **gradient** stops at the border. This is called
# truncated backpropagation through time. (In Keras, `stateful=True` makes a layer keep
# its state from one batch to the next.)
#
# What is lost? Another toy: repeat at each step the bit of **8 steps before**. The
# state can carry 8 bits over any border. But will it learn to, if the gradient sees only
# 2, 5, 10, 20 or 40 steps? Same start, same number of training steps. **Predict** the
# five accuracies.


# %%
predict("8.k", "Accuracy with chunks of 5 steps, in %?", within=12)


# %%
def echo(n, T, rng, delay=8):
    bits = rng.integers(0, 2, size=(n, T, 1))
    return 2.0 * bits - 1, np.roll(bits, delay, axis=1).astype(float)


# %%
def train_echo(chunk, steps=1200, T=120):
    rng = np.random.default_rng(1)
    p = new_classifier(1, 16, rng)
    adam, known = Adam(p, 0.01), np.arange(T)[:, None] >= 8  # no answer before
    for n in range(steps):
        start = n * chunk % T
        if start == 0:
            x, target, h = *echo(16, T, rng), 0.0
        part = slice(start, start + chunk)
        if known[part].any():
            g, h = gradients(p, x[:, part], target[:, part], known[part], h)
            adam.step(p, g)
        else:
            h = forward(p, x[:, part], h)[:, -1]
    x, target = echo(100, 200, rng)
    said = forward(p, x)[:, 1:] @ p["V"] + p["c"] > 0  # (100, 200, 1)
    return float((said == target)[:, 8:].mean())


# %% tags=["nbval-ignore-output"]
chunks = (2, 5, 10, 20, 40)
echoed = {chunk: train_echo(chunk) for chunk in track(chunks, "Training", unit="runs")}
low, high = (0.45, 0.75), (0.97, 1)
bands = {2: low, 5: low, 10: (0.8, 1), 20: high, 40: high}
for chunk, share in echoed.items():
    assert_between(share, *bands[chunk], f"chunks of {chunk:2} steps", show=".0%")
happened("8.k", 100 * echoed[5], "The cause is never in the same chunk.")

# %% [markdown]
# A chunk shorter than the delay learns next to nothing: the cause is never in the same
# chunk as the effect, so no slope connects them. From 10 steps on, some pairs fit into
# a chunk, and that is enough to learn the rule, which then works everywhere. So the
# rule of thumb: truncate well above the distance that matters, and know that nothing
# beyond it will be learned, except by luck.
#
# ### Clipping: a leash for exploding gradients
#
# A vanishing gradient makes learning slow. An exploding one destroys it: one step in the
# wrong place, a hundred times too long, and the weights are lost. The remedy is simple.
# If the gradient, all parameters together, is longer than a limit, shorten it to the
# limit and **keep its direction**:


# %%
def clip(g, limit):
    norm = np.sqrt(sum(np.sum(value**2) for value in g.values()))
    factor = min(1.0, limit / norm) if norm > 0 else 1.0
    return {name: factor * value for name, value in g.items()}, norm


clipped, norm = clip({"W": np.array([3.0, 0.0]), "b": np.array([4.0])}, limit=1.0)
print("norm", norm, " clipped", clipped)

# %% [markdown]
# Try it where it hurts: recurrent strength 2, where gradients explode, plain gradient
# descent with a bold learning rate of 0.2, and the task of section 8.5, predicting the
# next value of a noisy wave. Outputs are linear and the error is squared, so nothing
# bounds it. Two runs from the **same seed**, the same batches, one of them with the
# limit 1. **Predict** what happens to the other.


# %%
predict("8.l", "Without the limit, the error will", ["fall as well", "stay", "explode"])


# %%
def waves(n, T, rng, noise=0.1, period=25):
    phase = rng.uniform(0, 2 * np.pi, size=(n, 1))
    clean = np.sin(2 * np.pi * np.arange(T) / period + phase)  # (n, T)
    return clean, clean + noise * rng.normal(size=(n, T))


# %%
def descend_on_waves(limit, steps=400):
    rng = np.random.default_rng(2)
    p, errors, norms = new_classifier(1, 32, rng, strength=2.0), [], []
    for _ in range(steps):
        _, wave = waves(32, 51, rng)
        x, target = wave[:, :-1, None], wave[:, 1:, None]  # (32, 50, 1) both
        H = forward(p, x)
        miss = H[:, 1:] @ p["V"] + p["c"] - target  # (32, 50, 1)
        ds = 2 * miss / miss.size
        g, _, _ = backward(p, x, H, ds @ p["V"].T)
        g["V"], g["c"] = np.tensordot(H[:, 1:], ds, [(0, 1), (0, 1)]), ds.sum((0, 1))
        g, norm = clip(g, limit)
        errors.append(np.mean(miss**2))
        norms.append(norm)
        p = {name: p[name] - 0.2 * g[name] for name in p}
    return np.array(errors), np.array(norms)


# %%
with np.errstate(all="ignore"):  # one of them overflows
    errors_free, norms_free = descend_on_waves(limit=np.inf)
errors_clipped, norms_clipped = descend_on_waves(limit=1.0)
fig, axes = plt.subplots(1, 2, figsize=(7, 3.3))
for ax, free, clipped, name in [
    (axes[0], errors_free, errors_clipped, "squared error"),
    (axes[1], norms_free, norms_clipped, "gradient before clipping"),
]:
    ax.semilogy(np.where(free < 1e6, free, np.nan), color=RED)
    ax.semilogy(clipped, "--", color=BLUE)
    ax.set(xlabel="training step", ylabel=name, ylim=(1e-2, 1e6))
axes[0].text(20, 1e5, "without clipping", color=RED)
axes[0].text(220, 0.1, "clipped at 1", color=BLUE)
show(fig, "Error and gradient: one run shoots up off the picture, the clipped one not.")
happened("8.l", "explode")

# %% [markdown]
# The first long gradient throws the free run out of the valley, and each step lands
# where the slope is steeper still: within a few steps the error is above a million, and
# in the end its numbers overflow. The clipped run begins with the same long gradient,
# takes short steps in its direction and goes on learning. A smaller learning rate would
# have saved the other one too, but every step would have had to pay for the few bad
# ones. In Keras clipping is one argument:
# `keras.optimizers.Adam(0.001, global_clipnorm=1.0)`.

# %% tags=["nbval-ignore-output"]
million = np.argmax(errors_free > 1e6)  # the first step with such an error
assert_between(million, 1, 20, "without clipping, a million at step", show=".0f")
print("without clipping, a number at the end:", bool(np.isfinite(errors_free[-1])))
assert not np.isfinite(errors_free[-1])
late = np.mean(errors_clipped[-50:])
assert_between(late, 0.01, 0.08, "clipped, squared error at the end", show=".3f")
assert_between(norms_clipped.max(), 2, 1e4, "clipped, longest gradient", show=",.0f")

# %% [markdown]
# ### Exercise 8.3 – A memory by hand (build)
#
# Choose the three numbers of a recurrent network with **one** unit, $h_t = \tanh(w_x x_t
# + w_h h_{t-1} + b)$, so that it is a switch. It **obeys**: an input of $+1$ sets the
# state above 0.5, an input of $-1$ sets it below $-0.5$, whatever number from $-1$ to 1
# it was before. And it **holds**: after that, no 200 weak inputs, each between $-0.1$
# and $0.1$, change its sign. (The unit with $w_x = 1$, $w_h = 5$ in section 8.4 only
# holds. Then compute the slope $w_h\,(1-h^2)$ of one step of your switch while it holds.
# Does the gradient vanish?)

# %% tags=["exercise"]
switch = {"w_x": ..., "w_h": ..., "b": ...}

# %%
check("8.3", switch)

# %% [markdown]
# ## 8.5 Continuing a wave
#
# Forecasting is the everyday use of networks with one output per step: from everything
# up to now, predict the next value. Our waves have a period of 25 steps, start anywhere,
# and carry noise of size 0.1 on every value. Input and target are the **same series**,
# shifted by one step:

# %% [markdown] tags=["teacher"]
# minutes: 7
# stall: Input and target are the same series, shifted by one: ask which element has no
# target. The first 20 steps don't count in the measurement. In the closed loop the
# network reads its own predictions, so small errors of the period add up.
# ask: The network's typical miss is just above 0.1. How much better could a genius be?
# answer: Not below 0.1: each new value has fresh noise of that size.
# skip: The closed loop's numbers; keep its picture, and the noise floor for 8.6.

# %%
_, noisy = waves(2000, 61, np.random.default_rng(42))
x_train, t_train = noisy[:, :-1, None], noisy[:, 1:, None]  # (2000, 60, 1) both
clean_val, noisy_val = waves(500, 151, np.random.default_rng(100))
x_val, t_val = noisy_val[:, :60, None], noisy_val[:, 1:61, None]
print(x_train.shape, t_train.shape, np.array_equal(x_train[:, 1:], t_train[:, :-1]))

# %% [markdown]
# All sequences of a batch have the same number of steps here. Real ones rarely do; they
# are padded to one length and the padding is masked, a subject of
# [chapter 9](09_lstm_imdb.ipynb). The
# network: `return_sequences=True` hands all 32 · 60 states on, and `Dense` is applied to
# each step by itself, with the same weights. `None` in the shape says that any number of
# steps will do.

# %%
keras.utils.set_random_seed(42)
recurrent = layers.SimpleRNN(32, return_sequences=True)
forecaster = keras.Sequential([keras.Input((None, 1)), recurrent, layers.Dense(1)])
print(tuple(forecaster(x_train[:5]).shape), tuple(forecaster(x_train[:5, :7]).shape))

# %% tags=["nbval-ignore-output"]
forecaster.compile(keras.optimizers.Adam(0.005), "mse")
options = {"batch_size": 32, "epochs": 8, "verbose": 0}
progress_line = KerasProgress("Training")
forecaster.fit(x_train, t_train, callbacks=[progress_line], **options)


def typical_miss(y, target):
    return float(np.sqrt(np.mean((y - target) ** 2)))


miss = typical_miss(forecaster.predict(x_val, verbose=0)[:, 20:], t_val[:, 20:])
naive = typical_miss(x_val[:, 20:], t_val[:, 20:])
assert_between(miss, 0.1, 0.13, "network, typical miss", show=".3f")
assert_between(naive, 0.21, 0.24, "the same value as now", show=".3f")

# %% [markdown]
# No forecast is worth anything without a **naive baseline** beside it. Here it says: the
# next value will be the present one. The network misses by about half as much. It cannot
# get below 0.1, since each new value has fresh noise of that size, which nobody can know
# beforehand. Remember that floor, section 8.6 needs it. (The first 20 steps don't count:
# nobody can know a wave's phase after two noisy values.)
#
# Now the harder question. Feed 50 steps, and from then on feed the network **its own
# predictions**: a closed loop. Our `forward` with Keras' weights does this step by step;
# the state is all that has to be kept. **Predict:** will 100 steps of this stay a wave,
# die out or run away?

# %%
predict("8.m", "100 steps of this will", ["stay a wave", "die out", "run away"])

# %%
W_x, W_h, b, V, c = [value.astype(float) for value in forecaster.get_weights()]
p = {"W_x": W_x, "W_h": W_h, "b": b}
h = forward(p, noisy_val[:, :50, None])[:, -1]  # (500, 32)
continued = []
for _ in range(100):
    y = h @ V + c  # (500, 1)
    continued.append(y[:, 0])
    h = forward(p, y[:, None], h)[:, -1]
continued = np.stack(continued, axis=1)  # (500, 100)
print(continued.shape)

# %%
fig, axes = plt.subplots(2, 1, figsize=(7, 4.4), sharex=True)
for ax, row in zip(axes, (0, 1), strict=True):
    ax.plot(np.arange(50), noisy_val[row, :50], ".", color=BLACK, ms=5)
    ax.plot(np.arange(50, 150), clean_val[row, 50:150], "-", color="0.7", lw=4)
    ax.plot(np.arange(50, 150), continued[row], "--", color=RED)
    ax.set(ylabel="value", ylim=(-1.5, 1.9), yticks=[-1, 0, 1])
for place, text, color in [(2, "given", BLACK), (52, "continued", RED)]:
    axes[0].text(place, 1.45, text, color=color)
axes[0].text(90, 1.45, "truth without noise", color="0.4")
axes[1].set(xlabel="step")
show(fig, "Two noisy waves, and their continuation by the network close to the truth.")
happened("8.m", "stay a wave")

# %% [markdown]
# It goes on as a wave, without the noise: the network has understood what is law and
# what is chance. Small errors of the period add up, so that with time it drifts away
# from the truth. Measured over all 500 waves, for the first two periods and the last
# two, against two naive baselines: "as the last value seen" and "always 0".

# %% tags=["nbval-ignore-output"]
truth = clean_val[:, 50:150]
early = typical_miss(continued[:, :50], truth[:, :50])
late = typical_miss(continued[:, 50:], truth[:, 50:])
as_last = typical_miss(noisy_val[:, 49:50], truth)
always_0 = typical_miss(0, truth)
assert_between(early, 0.02, 0.3, "continued, first 50 steps", show=".2f")
assert_between(late, early, early + 0.8, "continued, last 50 steps", show=".2f")
assert_between(as_last, 0.95, 1.1, "as the last value seen", show=".2f")
assert_between(always_0, 0.7, 0.72, "always 0", show=".2f")

# %% [markdown]
# ## 8.6 Reading in both directions
#
# Sometimes the future decides what the present means. In English a final e changes the
# vowel before it: *hat* becomes *hate*, *pin* becomes *pine*, *hop* becomes *hope*. So
# mark every long vowel in a row of such words, one output per letter. Words end in s or
# e at random. The words of the test have stems that the training has not.


# %% [markdown] tags=["teacher"]
# minutes: 9
# exercises: 3
# stall: The forward network's one half is honest, not bad: what decides comes two
# letters later. In the second part the bidirectional forecast looks splendid; let the
# room rejoice before asking about the noise.
# ask: A validation error lies below the noise. What do you say to your colleague?
# answer: Look for the leak: the backward half has read the value that it forecasts.
# skip: Exercise 8.4. Not the leak.

# %%
STEMS = "hat rat mat fat cap tap can man van pan pal pin win fin bit kit rip rid hop"
STEMS = np.array((STEMS + " mop rob cod rod ton cut hug tub cub").split())
LETTERS = " " + "".join(sorted(set("".join(STEMS) + "es")))


# %%
def phrases(stems, n, rng):
    long = rng.integers(0, 2, size=(n, 6))  # six words each
    stems = rng.choice(stems, size=(n, 6))
    words = np.char.add(stems, np.where(long, "e", "s"))  # (n, 6)
    texts = [" ".join(row) for row in words]  # 29 letters each
    codes = np.array([[LETTERS.index(letter) for letter in text] for text in texts])
    target = np.zeros((n, 29, 1))
    target[:, 1::5, 0] = long  # the vowel is the second letter of five
    return texts, np.eye(len(LETTERS))[codes], target  # x: (n, 29, letters)


stems = np.random.default_rng(0).permutation(STEMS)
texts, x_words, t_words = phrases(stems[:20], 1000, np.random.default_rng(1))
texts_new, x_new, t_new = phrases(stems[20:], 300, np.random.default_rng(2))
print(texts_new[0], x_new.shape, "long vowels:", int(t_new[0].sum()))

# %% [markdown]
# A **bidirectional** network is two recurrent networks with weights of their own. One
# reads forward, the other backward; the second one's states are turned around again, and
# at each step both are joined: $[\overrightarrow{h}_t, \overleftarrow{h}_t]$, shape
# $(N, T, 2\cdot units)$. Keras wraps any recurrent layer. **Predict** for both networks
# the accuracy on the vowels alone, which are long or short with equal chance.

# %%
predict("8.n", "Accuracy of the bidirectional network on the vowels, in %?", within=5)

# %%
both_ways = {}
for name in ("forward", "bidirectional"):
    keras.utils.set_random_seed(42)
    layer = layers.SimpleRNN(16, return_sequences=True)
    if name == "bidirectional":
        layer = layers.Bidirectional(layer)
    dense = layers.Dense(1, activation="sigmoid")
    both_ways[name] = keras.Sequential([keras.Input((None, 22)), layer, dense])
    print(f"{name:14}", layer(x_new[:5]).shape)

# %% tags=["nbval-ignore-output"]
vowels_right, long_probability = {}, {}
bands = {"forward": (0.43, 0.57), "bidirectional": (0.98, 1)}
options_words = {"batch_size": 32, "epochs": 6, "verbose": 0}
for name, model in both_ways.items():
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    model.fit(x_words, t_words, callbacks=[KerasProgress(name)], **options_words)
    long_probability[name] = model.predict(x_new, verbose=0)  # (300, 29, 1)
    said = long_probability[name] > 0.5
    vowels_right[name] = float((said == t_new)[:, 1::5].mean())
    assert_between(vowels_right[name], *bands[name], f"{name}, vowels", show=".0%")
unsure = np.abs(long_probability["forward"][:, 1::5] - 0.5).mean()
assert_between(unsure, 0, 0.2, "forward, distance from one half", show=".2f")
happened("8.n", 100 * vowels_right["bidirectional"])

# %% [markdown]
# All of the vowels against half of them. What does each network say, letter by letter?
# We look at the first row of the test that has six different words, three with a long
# vowel.

# %%
different = np.array([len(set(text.split())) == 6 for text in texts_new])
row = int(np.argmax(different & (t_new[:, 1::5, 0].sum(axis=1) == 3)))
fig, axes = plt.subplots(2, 1, figsize=(7, 3.6), sharex=True)
for ax, (name, values) in zip(axes, long_probability.items(), strict=True):
    colors = [RED if long else BLUE for long in t_new[row, :, 0]]
    ax.bar(np.arange(29), values[row, :, 0], color=colors)
    ax.set(title=name, ylim=(0, 1.05), yticks=[0, 0.5, 1], ylabel="P(long)")
axes[1].set_xticks(range(29), texts_new[row], fontsize=12)
axes[1].set(xlabel="letters; bars of long vowels are red")
show(fig, "Forward: about one half at every vowel. Bidirectional: 0 or 1, right.")

# %% [markdown]
# The forward network knows where the vowels are, and at most of them it says about one
# half, which is the honest answer: what decides comes two letters later. The
# bidirectional one has read it already. (It also has twice as many units. More units
# would not help the forward one: the letter that decides is not there yet.)
#
# ### When the future cannot be had
#
# So let us improve the forecast of section 8.5 in the same way: one word changed, the
# same data, the same validation waves. **Predict** the typical miss before you run it.
# The forward network reached about 0.11, and the noise is 0.1.

# %%
predict("8.o", "Typical miss of the bidirectional network?", within=0.02)

# %%
keras.utils.set_random_seed(42)
layer = layers.Bidirectional(layers.SimpleRNN(32, return_sequences=True))
oracle = keras.Sequential([keras.Input((None, 1)), layer, layers.Dense(1)])
print("parameters:", forecaster.count_params(), "and", oracle.count_params())

# %% tags=["nbval-ignore-output"]
oracle.compile(keras.optimizers.Adam(0.005), "mse")
progress_line = KerasProgress("Training")
oracle.fit(x_train, t_train, callbacks=[progress_line], **options)
validation = oracle.predict(x_val, verbose=0)[:, 20:-1]  # as one would report it
oracle_miss = typical_miss(validation, t_val[:, 20:-1])
print(f"forward {miss:.3f}   noise {0.1:.3f}")
assert_between(oracle_miss, 0.005, 0.09, "bidirectional", show=".3f")
happened("8.o", oracle_miss)

# %% [markdown]
# A triumph: far better than before, on waves it has never seen. It is even better than
# the noise permits, and that gives it away. **An error below the noise is not skill, it
# is a leak.** At step $t$ the network shall say $x_{t+1}$, and its second half, coming
# from the end, has just read $x_{t+1}$. It copies the answer.
#
# In use there is no $x_{t+1}$. So judge as it will be used: give both networks the
# series up to now and nothing more, and take the prediction at the last step.

# %% tags=["nbval-ignore-output"]
withheld = {"forward": [], "bidirectional": []}
ends = (20, 30, 40, 50, 60)
for name, model in [("forward", forecaster), ("bidirectional", oracle)]:
    for end in ends:
        y = model.predict(noisy_val[:, :end, None], verbose=0)[:, -1, 0]  # (500,)
        withheld[name].append(y - noisy_val[:, end])
honest = {name: typical_miss(np.array(miss), 0) for name, miss in withheld.items()}
bands = {"forward": (0.1, 0.14), "bidirectional": (0.24, 1.5)}
for name, value in honest.items():
    assert_between(value, *bands[name], f"{name}, in use", show=".3f")
print(f"naive {naive:.3f}")

# %%
fig, ax = plt.subplots(figsize=(7, 2.9))
labels = [f"{name}, {when}" for when in ("on paper", "in use") for name in honest]
labels.append("naive: as now")
values = [miss, oracle_miss, *honest.values(), naive]
ax.barh(labels, values, color=[BLUE, RED, BLUE, RED, "0.6"])
ax.axvline(0.1, color=BLACK, linestyle="--", lw=1)
ax.text(0.103, -0.75, "the noise", va="center")
ax.set(xlabel="typical miss of the next value", ylabel="forecast", ylim=(4.5, -1.1))
show(fig, "The bidirectional forecast: smallest miss on paper, largest miss in use.")

# %% [markdown]
# The winner on paper is in use worse than the naive forecast, and the forward network
# is as good as its validation said. Before you make a network bidirectional, ask
# **when each input will be there**. A whole review, a scanned page, a recorded sentence:
# both directions, gladly. Forecasts, live speech, anything written as it is predicted:
# forward only. And whenever a validation error is too good to be true, look for the way
# by which the answer got in.

# %% [markdown]
# ### Exercise 8.4 – Both directions (build)
#
# Write the forward pass of a bidirectional network with the chapter's `forward`. It gets
# the parameters of two networks and an input of shape $(N, T, features)$, and returns
# for each step the states of both, joined: shape $(N, T, 2\cdot units)$, the forward
# ones first. At step $t$ the second half must know exactly the steps from $t$ to the
# end. `forward` returns one state more than there are steps.


# %% tags=["exercise"]
def bidirectional(p_forward, p_backward, x): ...


# %%
check("8.4", bidirectional)

# %% [markdown]
# ## Recap
#
# 1. **Forward:** $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$, the same weights at each step.
#    Unrolled in time it is a deep network. Input $(N, T, features)$; one output per step
#    $(N, T, units)$ with `return_sequences=True`, one per sequence $(N, units)$ without.
# 2. **Backward:** from the last step to the first. A state gets slopes from its output
#    and from the next step, and they add up; a weight gets one from each step, and they
#    add up. Checked to a millionth, and equal to Keras' `SimpleRNN` to 0.00001.
# 3. **Addition:** trained on 8 bits, right on 60 bits and on numbers of 300 digits. The
#    state falls into eight clusters, one for each case of two bits and a carry.
# 4. **Vanish and explode:** the slope over many steps is a product, so it shrinks or
#    grows by powers. What vanished is not learned: 10 steps yes, 60 no, where an LSTM
#    with an open gate succeeds. Clipping shortens long gradients and saved a run that
#    diverged; truncation stops after 10 to 100 steps and learns nothing beyond.
# 5. **Waves and directions:** one step ahead near the limit that the noise sets, half of
#    the naive miss, and in a closed loop for periods. A bidirectional network found
#    every long vowel where a forward one had to guess; as a forecaster it only copied
#    the future, and failed without it.

# %% [markdown]
# ## Read on
#
# - J. L. Elman, *Finding Structure in Time* (Cognitive Science, 1990): the simple
#   recurrent network of this chapter.
# - P. J. Werbos, *Backpropagation through time: what it does and how to do it*
#   (Proceedings of the IEEE, 1990).
# - Y. Bengio, P. Simard, P. Frasconi, *Learning long-term dependencies with gradient
#   descent is difficult* (IEEE Transactions on Neural Networks, 1994): a network that
#   holds information safely has gradients that vanish.
# - M. Schuster, K. K. Paliwal, *Bidirectional recurrent neural networks* (IEEE
#   Transactions on Signal Processing, 1997).
# - R. Pascanu, T. Mikolov, Y. Bengio, *On the difficulty of training recurrent neural
#   networks* (ICML, 2013): exploding gradients, and clipping.
# - S. Hochreiter, J. Schmidhuber, *Long short-term memory* (Neural Computation, 1997):
#   the layer of [chapter 9](09_lstm_imdb.ipynb).
