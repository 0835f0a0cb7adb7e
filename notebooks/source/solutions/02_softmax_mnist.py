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
# Worked answers to the exercises of [chapter 2](../02_softmax_mnist.ipynb). Try each
# one yourself first, and `hint("2.1")` before you look. Other answers than these are
# right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: the data, `softmax`, `accuracy` and `train`,
# each a little shortened. The chapter explains them.

# %%
import numpy as np

from helpers import datasets
from helpers.checks import assert_between, check
from helpers.plotting import show, show_images

# %% tags=["nbval-ignore-output"]
(images_train, labels_train), (images_test, labels_test) = datasets.load_mnist()

# %%
x_train = images_train.reshape(-1, 784) / np.float32(255)  # (60000, 784)
x_test = images_test.reshape(-1, 784) / np.float32(255)  # (10000, 784)
t_train = np.eye(10, dtype="float32")[labels_train]  # (60000, 10)
assert x_train.shape == (60_000, 784)


# %%
def softmax(F):
    powers = np.exp(F - F.max(axis=1, keepdims=True))  # (N, K)
    return powers / powers.sum(axis=1, keepdims=True)


def accuracy(Y, labels):
    return float((Y.argmax(axis=1) == labels).mean())


# %%
def train(steps, learning_rate=0.2, batch_size=100, images=60_000):
    rng = np.random.default_rng(42)
    W, w0 = np.zeros((784, 10), "float32"), np.zeros(10, "float32")
    for _ in range(steps):
        rows = rng.integers(images, size=batch_size)
        X, T = x_train[rows], t_train[rows]  # (batch, 784), (batch, 10)
        D = (softmax(X @ W + w0) - T) / batch_size  # (batch, 10)
        W -= learning_rate * X.T @ D
        w0 -= learning_rate * D.sum(axis=0)
    return W, w0


# %% [markdown]
# ## Exercise 2.1 – What does softmax do?
#
# A ratio of two probabilities is $e$ to the difference of their scores. Adding 100
# changes no difference. Multiplying by 10 makes every difference ten times as large, so
# the largest class takes nearly all; dividing does the opposite. With the factor $-1$
# every difference changes its sign, so the smallest score wins.

# %% [markdown] tags=["hints"] exercise="2.1"
# **Hints**
#
# 1. Softmax turns the difference of two scores into the ratio of their probabilities.
# 2. The scores (1, 2, 3) lie 1 apart. How far apart are they after each change?
# 3. Differences 1, 10, 0.1 and -1 make ratios of e, e^10 (about 22,000), e^0.1 (about
#    1.1) and 1/e.
#
# **Right:** only differences of scores count; the larger they are, the surer softmax
# is

# %% tags=["solution"] exercise="2.1"
prediction = {
    "add 100": "same",
    "times 10": "sharper",
    "divided by 10": "flatter",
    "times -1": "reversed",
}

# %%
check("2.1", prediction)

# %% [markdown]
# And the proof, row by row: the scores as they are, plus 100, times 10, divided by 10,
# times −1.

# %%
scores = np.array([1.0, 2.0, 3.0])
rows = np.stack([scores, scores + 100, scores * 10, scores / 10, -scores])  # (5, 3)
print(softmax(rows).round(3))

# %% [markdown]
# ## Exercise 2.2 – Worse, or only slower?
#
# Each run starts again from zero weights, or the comparison would not be fair. And each
# is measured on images that it has not seen, which are not the test images.

# %% [markdown] tags=["hints"] exercise="2.2"
# **Hints**
#
# 1. train(2_000, 0.001, images=55_000) returns three things. Which two of them does the
#    model need?
# 2. W_run, w0_run, *_ = train(2_000, 0.001, images=55_000), then accuracy(softmax(
#    x_train[55_000:] @ W_run + w0_run), labels_train[55_000:]).
# 3. A loop: for rate, steps in accuracy_by_run: ... accuracy_by_run[rate, steps] =
#    accuracy(...)
#
# **Right:** a small ε is only slower: while steps are small, ε times steps says how
# far one gets

# %% tags=["solution"] exercise="2.2"
x_aside, labels_aside = x_train[55_000:], labels_train[55_000:]
accuracy_by_run = {}
for learning_rate, steps in [(0.01, 2_000), (0.001, 2_000), (0.001, 20_000)]:
    W_run, w0_run, *_ = train(steps, learning_rate, images=55_000)
    Y_run = softmax(x_aside @ W_run + w0_run)  # (5000, 10)
    accuracy_by_run[learning_rate, steps] = accuracy(Y_run, labels_aside)

# %%
check("2.2", accuracy_by_run)

# %% [markdown]
# In the same number of steps the smaller ε gets less far. With ten times as many steps of
# a tenth of the length it ends in nearly the same place: as long as steps are small, the
# path hardly depends on ε, and only the product of ε and steps says how far along it one
# gets. (Too large a learning rate *is* worse: chapter 1 showed how it oscillates and
# diverges.)

# %% tags=["nbval-ignore-output"]
short, slow, patient = accuracy_by_run.values()
assert_between(short, 0.88, 0.915, "accuracy, ε = 0.01, 2,000 steps", show=".1%")
assert_between(short - slow, 0.042, 0.064, "lost with ε = 0.001", show=".1%")
assert_between(short - patient, -0.01, 0.01, "and with 20,000 steps", show=".1%")

# %% [markdown]
# ## Exercise 2.3 – Does it promise too much?
#
# The temperature stretches or shrinks all differences of scores. The highest score stays
# the highest, so the accuracy is the same for all three; the largest probability is not.

# %% [markdown] tags=["hints"] exercise="2.3"
# **Hints**
#
# 1. Dividing by 0.25 makes all differences of scores four times as large: sharper.
# 2. W_run, w0_run, *_ = train(6_000, images=55_000) and F_aside = x_train[55_000:] @
#    W_run + w0_run once, then Y_aside = softmax(F_aside / temperature) for each;
#    Y_aside.max(axis=1).mean() says how sure the model is.
# 3. surer_than_right[temperature] = Y_aside.max(axis=1).mean() - accuracy(Y_aside,
#    labels_train[55_000:])
#
# **Right:** the answers stay, the promises change: cold scores promise too much, hot
# ones too little

# %% tags=["solution"] exercise="2.3"
W_run, w0_run, *_ = train(6_000, images=55_000)
F_aside = x_train[55_000:] @ W_run + w0_run  # (5000, 10)
surer_than_right = {}
for temperature in (0.25, 1, 4):
    Y_aside = softmax(F_aside / temperature)  # (5000, 10)
    how_sure = Y_aside.max(axis=1).mean()
    right = accuracy(Y_aside, labels_train[55_000:])
    surer_than_right[temperature] = float(how_sure - right)

# %%
check("2.3", surer_than_right)

# %% [markdown]
# At 0.25 it promises too much, at 4 it hides what it knows. And at 1, as it was trained,
# it is a little too modest: training stretches the scores step by step, and ten epochs
# of plain descent have not quite finished. Where promise and truth agree lies a little
# below 1, and the cross-entropy is close to its lowest there too: it charges for every
# dishonest probability. Accuracy knows nothing of all this.

# %% tags=["nbval-ignore-output"]
labels_aside = labels_train[55_000:]
for temperature in (0.25, 0.5, 0.8, 1, 2, 4):
    Y_aside = softmax(F_aside / temperature)  # (5000, 10)
    how_sure = Y_aside.max(axis=1).mean()
    cost = -np.mean(np.log(Y_aside[np.arange(5000), labels_aside]))
    print(
        f"{temperature:4}  {how_sure:.1%} sure,",
        f"{accuracy(Y_aside, labels_aside):.1%} right,",
        end="",
    )
    print(f" cross-entropy {cost:.3f}")
honest = softmax(F_aside / 0.8).max(axis=1).mean() - accuracy(F_aside, labels_aside)
assert_between(honest, -0.015, 0.015, "surer than right, 0.8", show=".1%")

# %% [markdown]
# This is called *calibration*, and large networks need it: many of them promise far too
# much (C. Guo and colleagues, 2017), and a temperature measured on validation images is
# the simplest cure.

# %% [markdown]
# ## Exercise 2.4 – Cross-entropy straight from the scores
#
# After the row's maximum is subtracted, the largest term of the sum is $e^0 = 1$. So
# the sum lies between 1 and $K$: its logarithm is always finite, and nothing overflows.

# %% [markdown] tags=["hints"] exercise="2.4"
# **Hints**
#
# 1. log y = f - log(sum of exp(f)) needs no division and no log of a small
#    probability.
# 2. Subtract each row's maximum from F first; it changes nothing, and exp cannot
#    overflow.
# 3. G = F - F.max(axis=1, keepdims=True); log_Y = G - np.log(np.exp(G).sum(axis=1,
#    keepdims=True))
#
# **Right:** finite for every score; this is what from_logits=True does


# %% tags=["solution"] exercise="2.4"
def cross_entropy_from_scores(F, T):
    G = F - F.max(axis=1, keepdims=True)  # (N, K), the largest of each row is 0
    log_Y = G - np.log(np.exp(G).sum(axis=1, keepdims=True))  # (N, K) - (N, 1)
    return -(T * log_Y).sum(axis=1).mean()


# %%
check("2.4", cross_entropy_from_scores)

# %% [markdown]
# The case from the exercise, for which the probability is 0 and the cost is 1000:

# %%
print(cross_entropy_from_scores(np.array([[0.0, 1000.0]]), np.array([[1, 0]])))

# %% [markdown]
# ## Exercise 2.5 – Which digits are confused?
#
# `np.add.at` adds 1 once for every pair, also when a pair occurs again and again.
# `C[labels, answers] += 1` would not: NumPy then writes each entry only once.

# %% [markdown] tags=["hints"] exercise="2.5"
# **Hints**
#
# 1. Start with zeros of shape (K, K) and go through the pairs (label, answer) one by
#    one.
# 2. for i, j in zip(labels, answers): add 1 to the entry in row i and column j.
# 3. Without a loop: np.add.at(C, (labels, answers), 1). (C[labels, answers] += 1
#    counts a pair once.)
#
# **Right:** rows are labels, columns are answers, right answers on the diagonal


# %% tags=["solution"] exercise="2.5"
def confusion_matrix(labels, answers, K=10):
    C = np.zeros((K, K), dtype=int)
    np.add.at(C, (labels, answers), 1)
    return C


# %%
check("2.5", confusion_matrix)

# %% [markdown]
# Now a trained model, and the matrix of its test answers. The diagonal would drown the
# rest, so it is set to 0 before looking for the largest entry.

# %% tags=["nbval-ignore-output"]
W, w0, *_ = train(6_000)
said = softmax(x_test @ W + w0).argmax(axis=1)  # (10000,)
C = confusion_matrix(labels_test, said)
mistakes = C - np.diag(C.diagonal())
label, answer = np.unravel_index(mistakes.argmax(), mistakes.shape)
print(mistakes)
print(f"{mistakes.max()} times a {label} was read as a {answer}")

# %%
assert C.sum() == 10_000
assert mistakes.max() > 3 * mistakes.sum() / 90

# %% [markdown]
# Mistakes are not spread evenly: the most frequent pair occurs several times as often
# as the average one. These are some of its images.

# %%
rows = np.flatnonzero((labels_test == label) & (said == answer))[:8]
fig = show_images(images_test[rows])
show(fig, "Images of the digit that is misread most often as one certain other digit.")

# %% [markdown]
# On MNIST the pairs that share most of their ink lead: 5 and 3, 4 and 9, 7 and 9, 2 and
# 8. A template that looks at each pixel by itself cannot tell them apart well.
