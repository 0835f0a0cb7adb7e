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
# Worked answers to the exercises of [chapter 8](../08_recurrent_networks.ipynb). Try
# each one yourself first, and `hint("8.1")` before you look. Other answers than these
# are right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the network forward and backward, and the
# adder, a little shortened. The chapter explains them.

# %%
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from helpers.checks import check
from helpers.plotting import BLUE, ORANGE, show


# %%
def new_classifier(features, units, rng):
    return {
        "W_x": rng.normal(size=(features, units)) / np.sqrt(features),
        "W_h": rng.normal(size=(units, units)) / np.sqrt(units),
        "b": np.zeros(units),
        "V": rng.normal(size=(units, 1)) / np.sqrt(units),
        "c": np.zeros(1),
    }


# %%
def forward(p, x, h=0.0):
    H = np.zeros((x.shape[0], x.shape[1] + 1, len(p["b"])))  # (N, 1 + T, units)
    H[:, 0] = h
    for t in range(x.shape[1]):
        H[:, t + 1] = np.tanh(x[:, t] @ p["W_x"] + H[:, t] @ p["W_h"] + p["b"])
    return H


print(forward(new_classifier(3, 4, np.random.default_rng(1)), np.ones((2, 5, 3))).shape)


# %%
def gradients(p, x, target):
    H = forward(p, x)
    scores = H[:, 1:] @ p["V"] + p["c"]  # (N, T, 1)
    ds = (0.5 * (1 + np.tanh(scores / 2)) - target) / target.size
    g, dh = {name: np.zeros_like(value) for name, value in p.items()}, 0.0
    for t in reversed(range(x.shape[1])):
        da = (ds[:, t] @ p["V"].T + dh) * (1 - H[:, t + 1] ** 2)  # (N, units)
        g["W_x"] += x[:, t].T @ da
        g["W_h"] += H[:, t].T @ da
        g["b"] += da.sum(axis=0)
        dh = da @ p["W_h"].T
    g["V"] = np.tensordot(H[:, 1:], ds, axes=[(0, 1), (0, 1)])
    g["c"] = ds.sum(axis=(0, 1))
    return g


# %%
def additions(n, bits, rng):
    one, other = rng.integers(0, 2 ** (bits - 1), size=(2, n, 1))
    place = np.arange(bits)
    x = np.stack([one >> place & 1, other >> place & 1], axis=-1)  # (n, bits, 2)
    return x.astype(float), ((one + other) >> place & 1).astype(float)[..., None]


# %%
def train_adder(bits, seed):
    rng = np.random.default_rng(seed)
    p = new_classifier(2, 16, rng)
    m = {name: np.zeros_like(value) for name, value in p.items()}
    v = {name: np.zeros_like(value) for name, value in p.items()}
    for n in range(1, 1001):  # Adam
        for name, slope in gradients(p, *additions(64, bits, rng)).items():
            m[name] += 0.1 * (slope - m[name])
            v[name] += 0.001 * (slope**2 - v[name])
            size = np.sqrt(v[name] / (1 - 0.999**n)) + 1e-8
            p[name] -= 0.02 * m[name] / (1 - 0.9**n) / size
    return p


# %%
def share_right(p, bits, n=2000):
    x, target = additions(n, bits, np.random.default_rng(99))
    scores = forward(p, x)[:, 1:] @ p["V"] + p["c"]
    return float(((scores > 0) == target).all(axis=(1, 2)).mean())


# %% [markdown]
# ## Exercise 8.1 – What a single unit keeps
#
# Once the inputs are over, each step is $h \leftarrow \tanh(w_h h)$. Since $\tanh$ never
# makes a number larger, with $w_h$ between $-1$ and 1 the state shrinks, whatever its
# sign. With $w_h = 2$ a small state doubles, and a large one is cut by $\tanh$; in
# between, at 0.96, nothing changes: $\tanh(2\cdot 0.96) = 0.96$. Any positive state ends
# there, however small it was. With $-2$ the same happens, and each step changes the sign.
# And with the inputs 1 and then $-1$, the 1 left $\tanh 1 = 0.76$; doubled it is more
# than the $-1$ that comes.

# %% [markdown] tags=["hints"] exercise="8.1"
# **Hints**
#
# 1. After the inputs each step is h = tanh(w_h · h). For small h, tanh(h) is nearly h:
#    is the next state smaller or larger?
# 2. With w_h = 2, h = 0.96 is followed by tanh(1.92) = 0.96. Where do smaller and
#    larger positive states go?
# 3. The inputs 1 and then -1: the first leaves tanh(1) = 0.76, the second makes
#    tanh(-1 + 2 · 0.76) of it. What is its sign?
#
# **Right:** below 1 a unit forgets; above 1 it keeps one bit, the sign, and neither how
# large nor how recent

# %% tags=["solution"] exercise="8.1"
kept = {
    "w_h 0.5, input 1": "zero",
    "w_h -0.5, input 1": "zero",
    "w_h 2, input 1": "positive",
    "w_h -2, input 1": "flip",
    "w_h 2, input 0.001": "positive",
    "w_h 2, inputs 1 and then -1": "positive",
}

# %%
check("8.1", kept)

# %% [markdown]
# And the proof. The last two columns are the two last states:

# %%
cases = [(0.5, [1]), (-0.5, [1]), (2, [1]), (-2, [1]), (2, [0.001]), (2, [1, -1])]
for w_h, inputs in cases:
    states = [0.0]
    for x_t in inputs + 1000 * [0]:
        states.append(np.tanh(x_t + w_h * states[-1]))
    print(f"w_h {w_h:4}  inputs {inputs!s:8} {states[-2]:6.2f} {states[-1]:6.2f}")

# %% [markdown]
# So a memory of one unit is a switch: it says which side was taken, not by how much. The
# adder of section 8.3 needs no more than that for its carry, and exercise 8.3 makes the
# switch obey later inputs as well.

# %% [markdown]
# ## Exercise 8.2 – How few bits are enough?

# %% [markdown] tags=["hints"] exercise="8.2"
# **Hints**
#
# 1. Train one adder for each key; share_right measures it. On how many bits, the key's
#    or 32?
# 2. For the first key: share_right(train_adder(2, seed=0), 32).
# 3. share_by_bits = {n: share_right(train_adder(n, seed=0), 32) for n in (2, 3, 6, 8)}
#
# **Right:** with 2 bits a carry is never passed on, with 3 once at most; with 6 it is
# passed on again and again, and becomes a rule

# %% tags=["solution"] exercise="8.2"
share_by_bits = {}
for n_bits in (2, 3, 6, 8):
    share_by_bits[n_bits] = share_right(train_adder(n_bits, seed=0), 32)

# %%
check("8.2", share_by_bits)

# %% [markdown]
# The highest bit of both numbers is 0, so that the sum fits. With 2 bits, a carry only
# ever meets 0 + 0. With 3 bits it can meet anything once, but after that only 0 + 0
# again: a carry that is passed on and passed on again never occurs, and there is no
# reason to learn it as a rule. In numbers of 32 bits there is hardly one without it.
# The error on its own 3-bit numbers is 0 all the same:

# %%
own = share_right(train_adder(3, seed=0), 3)
print("3-bit numbers right after training on them:", own > 0.99)
assert own > 0.99 and share_by_bits[3] < 0.05 and share_by_bits[8] > 0.98

# %% [markdown]
# The lesson is older than networks: a perfect score on data like those of the training
# says nothing about cases that these data never show.
#
# ## Exercise 8.3 – A memory by hand
#
# Three wishes. It must **hold**: without input the state follows $h = \tanh(w_h h)$,
# which for $w_h = 2$ has the solutions 0.96 and $-0.96$ beside 0. It must **obey**: the
# state is at most 1, so against $2 \cdot 1$ an input of $-1$ has to bring 0.55 more
# ($\tanh 0.55 = 0.5$), and $w_x = 3$ does. It must **resist**: a weak input brings at
# most 0.3, too little to push the state over.

# %% [markdown] tags=["hints"] exercise="8.3"
# **Hints**
#
# 1. Without input, h = tanh(w_h h) must have solutions beside 0: that needs w_h
#    above 1. Take b = 0.
# 2. The state before may be as large as 1. An input of -1 must overcome w_h · 1, and
#    by 0.55: tanh(0.55) is 0.5.
# 3. A strong input counts w_x, a weak one only 0.1 w_x, which must not push the state
#    over: try w_x = 3 with w_h = 2.
#
# **Right:** it holds for 200 steps and obeys at once; and while it holds, its
# gradient vanishes

# %% tags=["solution"] exercise="8.3"
switch = {"w_x": 3.0, "w_h": 2.0, "b": 0.0}

# %%
check("8.3", switch)

# %% [markdown]
# Here it is at work: set, hold, set again, with weak noise all the time.

# %%
x = np.random.default_rng(1).uniform(-0.1, 0.1, 200)
x[[10, 80, 150]] = 1, -1, 1
h, states = 0.0, []
for x_t in x:
    h = np.tanh(switch["w_x"] * x_t + switch["w_h"] * h + switch["b"])
    states.append(h)
fig, ax = plt.subplots(figsize=(7, 2.7))
ax.vlines(np.arange(200), 0, x, color=ORANGE)
ax.plot(states, color=BLUE)
for place, text, color in [(20, "state", BLUE), (83, "input", "#8A5F00")]:
    ax.text(place, 1.1 if color == BLUE else -0.75, text, color=color)
ax.set(xlabel="step", ylabel="value", ylim=(-1.2, 1.4))
show(fig, "The state jumps to the sign of each strong input and stays there.")

# %% [markdown]
# And the slope of one step while it holds: $w_h (1 - h^2)$ with $h = 0.96$.

# %%
held = states[60]
slope = switch["w_h"] * (1 - held**2)
print("one step below 0.3:", slope < 0.3, " 50 steps below 1e-25:", slope**50 < 1e-25)
assert slope < 0.3

# %% [markdown]
# It vanishes, and it has to: whatever holds a state against small disturbances makes
# small changes of the early state invisible in the late one. Y. Bengio and colleagues
# showed in 1994 that this is no accident of one network. A memory that is safe is hard
# to learn by gradients; the LSTM's gates are a way around.
#
# ## Exercise 8.4 – Both directions
#
# Turn the input around, read, drop the state before the first step, turn the states
# around, join.

# %% [markdown] tags=["hints"] exercise="8.4"
# **Hints**
#
# 1. x[:, ::-1] is the sequence read from its end; axis 1 holds the steps.
# 2. The states of the backward network come in the order of its reading: turn them
#    around again.
# 3. Drop the state before the first step, [:, 1:], then np.concatenate([..., ...],
#    axis=-1).
#
# **Right:** each step knows all before it and all behind it, and the two halves are
# side by side


# %% tags=["solution"] exercise="8.4"
def bidirectional(p_forward, p_backward, x):
    ahead = forward(p_forward, x)[:, 1:]  # (N, T, units)
    back = forward(p_backward, x[:, ::-1])[:, 1:][:, ::-1]  # (N, T, units)
    return np.concatenate([ahead, back], axis=-1)  # (N, T, 2 · units)


# %%
check("8.4", bidirectional)

# %% [markdown]
# Keras does the same:

# %%
x = np.random.default_rng(3).normal(size=(2, 5, 3)).astype("float32")
layer = layers.Bidirectional(layers.SimpleRNN(4, return_sequences=True))
by_keras = layer(x).numpy()  # (2, 5, 8)
weights = [weight.astype(float) for weight in layer.get_weights()]
p, q = (dict(zip(("W_x", "W_h", "b"), weights[i : i + 3], strict=True)) for i in (0, 3))
print("same as Keras:", np.allclose(bidirectional(p, q, x), by_keras, atol=1e-5))
assert np.allclose(bidirectional(p, q, x), by_keras, atol=1e-5)
