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
# One way to solve each exercise of [chapter 01](../01_logistic_regression.ipynb), and
# why it works. Yours may look quite different and be just as right: the check decides.

# %% tags=["setup"]
# {setup}

# %%
import numpy as np

from helpers.checks import check
from helpers.datasets import two_clouds

# %% [markdown]
# The solutions use the chapter's data and four of its functions, here once more:

# %%
X, t = two_clouds(200, np.random.default_rng(1), noise=1.5)


def sigmoid(f):
    return 1 / (1 + np.exp(-f))


def error(X, t, w0, w):
    f = X @ w + w0  # (N,)
    return np.sum(t * np.logaddexp(0, -f) + (1 - t) * np.logaddexp(0, f))


def gradient(X, t, w0, w):
    residual = sigmoid(X @ w + w0) - t  # (N,)
    return residual.mean(), X.T @ residual / len(t)  # (), (2, N) @ (N,) -> (2,)


# %%
def descend(X, t, learning_rate, steps):
    w0, w = 0.0, np.zeros(X.shape[1])
    errors = [error(X, t, w0, w) / len(t)]
    for _ in range(steps):
        d_w0, d_w = gradient(X, t, w0, w)
        w0, w = w0 - learning_rate * d_w0, w - learning_rate * d_w
        errors.append(error(X, t, w0, w) / len(t))
    return w0, w, np.array(errors)


# %% [markdown]
# ## Exercise 1.1 – As fast as possible
# Go up in steps of 2% for as long as the error falls all the way. Why is there a limit
# at all? One step of descent trusts the slope under its feet for the whole length of
# the step. The error's surface bends, though, and where the step is too long for the
# bend it ends higher up on the opposite slope.

# %% [markdown] tags=["hints"] exercise="1.1"
# **Hints**
#
# 1. errors = descend(X, t, rate, 100)[2] has the errors of one rate. The four curves
#    of section 1.4 say between which two rates to look.
# 2. Write a function that says for one rate whether np.all(np.diff(errors) < 1e-9).
# 3. Start with a rate that works, and multiply it by 1.02 for as long as the function
#    says True.
#
# **Right:** much larger, and a step lands too far up the other slope


# %% tags=["solution"] exercise="1.1"
def falls_at_every_step(rate):
    errors = descend(X, t, rate, 100)[2]
    return np.all(np.diff(errors) < 1e-9)


largest_rate = 1.0
while falls_at_every_step(1.02 * largest_rate):
    largest_rate = 1.02 * largest_rate
print(f"largest rate: about {largest_rate:.1f}")

# %%
check("1.1", largest_rate)

# %% [markdown]
# ## Exercise 1.2 – More noise
# Wider clouds overlap more. So more points lie on the wrong side of any line (accuracy
# down), and the model is surprised more often (error up). To be sure and wrong is what
# the cross-entropy punishes most, so the best model becomes less sure: $w$ gets shorter
# and $P$ moves more slowly from 0 to 1. Yet the centres of the clouds stay where they
# are, and with them the line midway between them: only chance turns $w$.

# %% [markdown] tags=["hints"] exercise="1.2"
# **Hints**
#
# 1. Run measure(noise=0.5) and measure(noise=2.5) in a cell of your own, and compare
#    line by line.
# 2. Wider clouds overlap more: what does that do to the points near the line, and how
#    sure can an honest model still be? The length of w says how sure it is.
# 3. The centres of the clouds stay where they are, and the line between them lies
#    midway. So only chance turns w.
#
# **Right:** more overlap costs accuracy and certainty, but leaves the line where it
# was

# %% tags=["solution"] exercise="1.2"
prediction = {
    "error per point": "up",
    "accuracy on new points": "down",
    "length of w": "down",
    "angle of w": "same",
}

# %%
check("1.2", prediction)

# %% [markdown]
# ## Exercise 1.3 – Any number of measurements
# The gradient's formula does not care how many columns there are. Only the learning
# rate needs thought. The surface of $E/N$ bends nowhere more than a quarter of the mean
# squared length of the rows $(1, x_1, x_2, \dots)$, because the slope of $\sigma$ is
# never above one quarter. One divided by that bend is a rate that is always safe, and
# then it only takes enough steps.

# %% [markdown] tags=["hints"] exercise="1.3"
# **Hints**
#
# 1. descend of section 1.4 does nearly all of it. What does it return too much, and
#    for which learning rate does it work on other data?
# 2. Values up to 6 in three columns make a steep valley, so take a small rate such as
#    0.1 and thousands of steps.
# 3. Start with w0 = 0.0 and w = np.zeros(X.shape[1]). In a loop: residual = sigmoid(X
#    @ w + w0) - t, then w0 -= 0.1 * residual.mean() and w -= 0.1 * X.T @ residual /
#    len(t).
#
# **Right:** it finds the smallest error for one and for three columns


# %% tags=["solution"] exercise="1.3"
def fit(X, t):
    "Return w0 (a number) and w (one number per column) with the smallest error."
    strongest_bend = np.mean(1 + np.sum(X**2, axis=1)) / 4
    learning_rate = 1 / strongest_bend
    w0, w = 0.0, np.zeros(X.shape[1])
    for _ in range(2000):
        residual = 1 / (1 + np.exp(-(X @ w + w0))) - t  # (N,)
        w0 = w0 - learning_rate * residual.mean()
        w = w - learning_rate * X.T @ residual / len(t)  # (columns,)
    return w0, w


# %%
check("1.3", fit)

# %% [markdown]
# ## Exercise 1.4 – A circle in place of a line
# What tells the disc from the ring is the distance from the centre. Its square is
# enough and needs no root. In this one column the classes lie side by side on a line,
# and a linear $f = w_0 + w_1 (x^2 + y^2)$ cuts between them. Back in the plane, $f = 0$
# is a circle.

# %% [markdown] tags=["hints"] exercise="1.4"
# **Hints**
#
# 1. Which single number, computed from x and y, is small in the disc and large in the
#    ring?
# 2. The distance from the centre, or its square. With it as a column, f = w0 + w1 *
#    column is a linear function again.
# 3. return np.sum(points**2, axis=1, keepdims=True) gives one column of shape (N, 1).
#
# **Right:** a straight line in your columns is a closed curve around the disc


# %% tags=["solution"] exercise="1.4"
def features(points):
    "Return columns, shape (N, any), in which a linear function separates the classes."
    return np.sum(points**2, axis=1, keepdims=True)  # (N, 2) -> (N, 1)


# %%
check("1.4", features)
