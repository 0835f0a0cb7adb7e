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
# Worked answers to the exercises of
# [chapter 4](../04_backpropagation_from_scratch.ipynb). Try each one yourself first, and
# `hint("4.1")` before you look. Other answers than these are right too: the checks look
# at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the data, the layers and `train`, each a
# little shortened. The chapter explains them.

# %%
from itertools import pairwise

import numpy as np

from helpers.checks import assert_between, check
from helpers.synthetic import make_colours

colours, labels = make_colours(260, np.random.default_rng(42))
x, t = colours / 255, np.eye(3)[labels]  # (260, 3), (260, 3)
sizes = (3, 50, 100, 50, 3)


# %%
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b  # (N, in) @ (in, out) -> (N, out)

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T  # (N, out) @ (out, in) -> (N, in)


class ReLU:
    def forward(self, x):
        self.is_open = x > 0
        return np.where(self.is_open, x, 0)

    def backward(self, dout):
        return np.where(self.is_open, dout, 0)


# %%
class SoftmaxCrossEntropy:
    def forward(self, F, T):
        F = F - F.max(axis=1, keepdims=True)
        log_y = F - np.log(np.exp(F).sum(axis=1, keepdims=True))  # (N, K)
        self.y, self.T = np.exp(log_y), T
        return -np.sum(T * log_y) / len(F)

    def backward(self):
        return (self.y - self.T) / len(self.y)


# %%
def make_network(sizes, rng, activation=ReLU):
    network = []
    for n_in, n_out in pairwise(sizes):
        W = np.sqrt(2 / n_in) * rng.normal(size=(n_in, n_out))
        network += [Affine(W, np.zeros(n_out)), activation()]
    return network[:-1]


def forward(network, x):
    for layer in network:
        x = layer.forward(x)
    return x


# %%
def train(network, x, t, learning_rate=0.01, epochs=50, batch=10, seed=42):
    rng, loss, errors = np.random.default_rng(seed), SoftmaxCrossEntropy(), []
    for _ in range(epochs):
        total, order = 0.0, rng.permutation(len(x))
        for start in range(0, len(x), batch):
            rows = order[start : start + batch]
            total += loss.forward(forward(network, x[rows]), t[rows]) * len(rows)
            dout = loss.backward()
            for layer in reversed(network):
                dout = layer.backward(dout)
            for layer in network[::2]:
                layer.W -= learning_rate * layer.dW
                layer.b -= learning_rate * layer.db
        errors.append(total / len(x))
    return errors


# %% [markdown]
# ## Exercise 4.1 – Backward by hand
#
# Forward, the Affine layer gives 54.1. That is positive, so the ReLU is open and passes
# the 2 back as it is. The slope of each weight is its input times 2, the slope of each
# input its weight times 2, and the bias gets the 2 itself. With $b = -100$ the Affine
# layer gives $-46.4$: the ReLU is closed, and all slopes are 0.

# %% [markdown] tags=["hints"] exercise="4.1"
# **Hints**
#
# 1. Forward first: the Affine layer gives 54.1. Is the ReLU open, and what does it
#    pass back?
# 2. What arrives at the Affine layer is 2. Weight: input times 2. Input: weight
#    times 2. Bias: 2.
# 3. With b = -100 the Affine layer gives -46.4, so the ReLU is closed and 0 arrives.
#
# **Right:** a weight's slope is its input times what arrives; a closed ReLU lets
# nothing arrive

# %% tags=["solution"] exercise="4.1"
by_hand = {
    "dW": [244, 132, 188],
    "db": 2,
    "dx": [0.2, 0.4, 0.6],
    "dW if b is -100": [0, 0, 0],
}

# %%
check("4.1", by_hand)

# %% [markdown]
# And the proof, for both biases:

# %%
for bias in (0.5, -100.0):
    affine, relu = Affine(np.array([[0.1], [0.2], [0.3]]), np.array([bias])), ReLU()
    output = relu.forward(affine.forward(np.array([[122.0, 66.0, 94.0]])))
    dx = affine.backward(relu.backward(np.array([[2.0]])))
    print(output.ravel().round(6), affine.dW.ravel(), affine.db, dx.ravel().round(6))

# %% [markdown]
# ## Exercise 4.2 – The learning rate
#
# Each run starts from the same weights, or the comparison would not be fair.

# %% [markdown] tags=["hints"] exercise="4.2"
# **Hints**
#
# 1. A fresh network for each rate: fresh = make_network(sizes,
#    np.random.default_rng(42)).
# 2. train(fresh, x[:240], t[:240], learning_rate=0.001, epochs=20) returns one
#    error per epoch.
# 3. The last one is train(...)[-1]. Put both lines into a loop over error_by_rate.
#
# **Right:** 0.001 crawls, 0.1 is the fastest of the three here; 1.0 would be too much

# %% tags=["solution"] exercise="4.2"
error_by_rate = {}
for learning_rate in (0.001, 0.01, 0.1):
    fresh = make_network(sizes, np.random.default_rng(42))
    by_epoch = train(fresh, x[:240], t[:240], learning_rate, epochs=20)
    error_by_rate[learning_rate] = by_epoch[-1]

# %%
check("4.2", error_by_rate)

# %% [markdown]
# It started at about $\log 3 = 1.1$. With 0.001 more than half of that is left, with
# 0.01 less than a tenth, and with 0.1 nearly nothing. On this easy task the larger rate
# is simply faster. The table in section 4.5 shows the end of that road: at 1.0 this
# network does little better than guessing.

# %%
for learning_rate, error in error_by_rate.items():
    print(f"{learning_rate:<6} {error:.1g}")
assert_between(error_by_rate[0.001], 0.5, 0.9, "error at 0.001")
assert_between(error_by_rate[0.01], 0.04, 0.15, "error at 0.01")
assert_between(error_by_rate[0.1], 0.001, 0.01, "error at 0.1")

# %% [markdown]
# ## Exercise 4.3 – A sigmoid layer
#
# The slope of $\sigma$ is $\sigma(1-\sigma)$, so the output is all that `backward`
# needs.

# %% [markdown] tags=["hints"] exercise="4.3"
# **Hints**
#
# 1. forward computes 1 / (1 + exp(-x)) and keeps it: self.y = ...; return self.y
# 2. backward multiplies what arrives with the local slope, entry by entry.
# 3. return dout * self.y * (1 - self.y)
#
# **Right:** its backward agrees with the numerical gradient


# %% tags=["solution"] exercise="4.3"
class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)


# %%
check("4.3", Sigmoid)

# %% [markdown]
# In place of ReLU it needs far more patience: the slope of the sigmoid is at most 1/4,
# so three of them leave at most 1/64 of the gradient for the first layer. After 50
# epochs, which were plenty for ReLU, this network still guesses.

# %%
network = make_network(sizes, np.random.default_rng(42), Sigmoid)
errors = train(network, x[:240], t[:240])
assert_between(errors[-1], 0.9, 1.2, "error with sigmoid after 50 epochs")
network = make_network(sizes, np.random.default_rng(42), Sigmoid)
errors = train(network, x[:240], t[:240], learning_rate=0.5, epochs=200)
assert_between(errors[-1], 0, 0.3, "error with sigmoid, rate 0.5, 200 epochs")

# %% [markdown]
# A learning rate of 0.5, fifty times as large, and 200 epochs do it. This fading of
# slopes is the reason why ReLU took over.
#
# ## Exercise 4.4 – Regression at the end
#
# The derivative of $(y-t)^2/2$ is $y - t$: the slope of the error at the output is
# $(y-t)/N$. It is the very rule of softmax with cross-entropy, and that is no accident:
# each error was made for its output, as the negative logarithm of a likelihood.

# %% [markdown] tags=["hints"] exercise="4.4"
# **Hints**
#
# 1. The derivative of (y − t)²/2 is y − t: the 2 is there to be cancelled.
# 2. forward keeps y and t in self; backward has no arguments but self.
# 3. return np.sum((y - t) ** 2) / (2 * len(y)), and return (self.y - self.t) /
#    len(self.y)
#
# **Right:** (y − t)/N again, the same rule as for softmax with cross-entropy


# %% tags=["solution"] exercise="4.4"
class SquaredError:
    def forward(self, y, t):
        self.y, self.t = y, t
        return np.sum((y - t) ** 2) / (2 * len(y))

    def backward(self):
        return (self.y - self.t) / len(self.y)  # (N, K)


# %%
check("4.4", SquaredError)
