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
# **Question:** how can a program look at a handwritten digit, say which of the ten
# digits it is, and also say how sure it is?
#
# **Aims.** At the end you can
#
# 1. treat an image as a row of 784 numbers and check a data set before using it;
# 2. turn ten scores into ten probabilities with softmax, without overflow;
# 3. measure a prediction with cross-entropy and with accuracy, and say what each is
#    for;
# 4. derive the gradient $(Y-T)/N$ and train with mini-batches, in NumPy and in Keras;
# 5. read a trained model: what its weights look for, and where it fails.
#
# **Before you start:** [chapter 1](01_logistic_regression.ipynb): the function $f = Xw
# + w_0$, the sigmoid, the likelihood, gradient descent. Python and NumPy arrays.
#
# **Minutes:** about {minutes} to read and do, under 40 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners train a reader of ten digits by hand-written gradient and by Keras, and
# can say what its weights look for and why shifted digits break it.
# before: Chapter 01: f = Xw + w0, sigmoid, likelihood, gradient descent.
# machine: Show the stored templates after one step and after training, and the row of
# shifted digits' accuracy. On the board: three scores, their exponentials, division by
# the sum.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages for the whole chapter: NumPy does the mathematics, Keras and
# TensorFlow do it again in section 2.5. What comes from `helpers` loads data, shows
# figures and checks your exercises; everything that this chapter teaches is written out
# below, in the notebook itself.

# %% tags=["setup"]
# {setup}

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import BLUE, show, show_images
from helpers.progress import KerasProgress
from helpers.widgets import LiveFigure, SoftmaxExplorer

# %% [markdown]
# ## 2.1 Images are numbers
#
# MNIST is a set of 70,000 digits written by hand around 1990, by employees of the US
# census office and by high-school students. Each is a grey image of 28 × 28 pixels,
# with a label from 0 to 9. 60,000 images are for training. The other 10,000 are for one
# thing only: to test at the end how well the model reads digits that it has never seen.

# %% [markdown] tags=["teacher"]
# minutes: 7
# stall: `cmap="gray_r"` shows ink dark although ink is 255: people read white as large.
# `reshape(-1, 784)` lays rows after one another; ask where pixel (14, 14) ends up.
# ask: A program is right in 11% of all images. Has it learned anything?
# answer: No: always saying the most frequent digit does that. It is the baseline.
# skip: The bar chart, if the baseline is said aloud. Do look at the images.

# %% tags=["nbval-ignore-output"]
(images_train, labels_train), (images_test, labels_test) = datasets.load_mnist()

# %% [markdown]
# The line above says where the images came from. Without a network and without a copy
# of MNIST, the course draws digits of its own, with the same shapes, about as many of
# each, and about as hard to read. Whatever is said below is true of both.
#
# First look at the shapes. Which axis counts images?

# %%
assert images_test.shape == (10_000, 28, 28) and labels_test.shape == (10_000,)
print("images:", images_train.shape, images_train.dtype)
print("labels:", labels_train.shape, labels_train.dtype)

# %% [markdown]
# Then look at the images themselves, always, before any mathematics. A wrong label, an
# image turned on its side or ink and paper exchanged is seen in a second here and costs
# an afternoon later. The number above each image is its label.

# %%
fig = show_images(images_train[:20], titles=labels_train[:20])
show(fig, "Twenty handwritten digits in two rows, each with its label above it.")

# %% [markdown]
# The same digit comes in many shapes: slanted or upright, thin or thick, with or
# without a serif. Nobody could list the rules for a 7. That is why we let a program
# find them.
#
# What does the program see? Only numbers. **Predict:** a pixel is stored as `uint8`, a
# whole number from 0 to 255. Is 0 the paper or the ink? And which values lie at the
# edge of a stroke?

# %%
predict("2.a", "Which value has the paper?", ["0", "127", "255"])

# %%
middle = images_train[0, 3:25, 3:25]  # (22, 22)
fig, ax = plt.subplots(figsize=(7, 7))
ax.imshow(middle, cmap="gray_r", extent=(2.5, 24.5, 24.5, 2.5))
for (row, column), value in np.ndenumerate(middle):
    ink = "white" if value > 127 else "black"
    ax.text(column + 3, row + 3, value, size=9, color=ink, ha="center", va="center")
ax.set(xlabel="column", ylabel="row", title="Pixel values, middle of the first image")
ax.set(xticks=range(4, 25, 4), yticks=range(4, 25, 4))
show(fig, "The first digit, enlarged, with the value of every pixel written on it.")
happened("2.a", str(images_train[0, 0, 0]))

# %% [markdown]
# Paper is 0, full ink is near 255, and the edge of a stroke takes the values between.
# Those in-between values hold more than a black-and-white picture could: they tell
# where, inside a pixel, the edge runs.
#
# One more look before modelling: how often does each digit occur? If nine of ten images
# were a 1, a program that always says "1" would be right nine times of ten, and
# useless.

# %%
counts = np.bincount(labels_train)  # (10,)
fig, ax = plt.subplots(figsize=(7, 3))
bars = ax.bar(range(10), counts)
ax.bar_label(bars, fontsize=9)
ax.set(xlabel="digit", ylabel="training images", xticks=range(10))
show(
    fig, "Ten bars of nearly equal height: the number of training images of each digit."
)

# %% [markdown]
# The ten classes are nearly balanced, each with about 6,000 images. So always answering
# with the most frequent digit is right in about one case of ten. That is the
# **baseline**: a model has learned something only if it does better than that. The next
# cell holds the text to these numbers; you will meet `assert_between` wherever a number
# may vary a little from data to data or from machine to machine.

# %% tags=["nbval-ignore-output"]
assert_between(counts.min(), 5000, 6000, "images of the rarest digit", show=",.0f")
baseline = counts.max() / counts.sum()
assert_between(baseline, 0.11, 0.115, "accuracy of the baseline", show=".1%")

# %% [markdown]
# The model of this chapter wants each image as a single row of 28 · 28 = 784 numbers,
# one row of 28 pixels after the other. We also divide by 255, so that every input lies
# between 0 and 1: with inputs up to 255 the scores would be hundreds of times larger
# and a learning rate that suits them hard to find. [Chapter
# 4](04_backpropagation_from_scratch.ipynb) comes back to this.

# %%
x_train = images_train.reshape(-1, 784) / np.float32(255)  # (60000, 784)
x_test = images_test.reshape(-1, 784) / np.float32(255)  # (10000, 784)
print(x_train.shape, x_train.dtype, "from", x_train.min(), "to", x_train.max())

# %% [markdown]
# ## 2.2 From ten scores to ten probabilities
#
# Chapter 1 had two classes and one linear function $f$: its sign chose the class. With
# $K=10$ classes we take **ten linear functions**, one for each class, and let the
# highest one win. For image $n$ and class $k$ the **score** is
#
# $$f_{nk} = w_{0k} + \sum_{i=1}^{784} x_{ni}\,w_{ik}, \qquad\text{in matrix form}\qquad
# F = XW + w_0 .$$
#
# $X$ has a row for every image, $W$ a column for every class: $W$ is $(784, 10)$ and
# $F$ is $(N, 10)$. Broadcasting adds the ten numbers $w_0$ to every row. **Predict:**
# how many parameters does this model have? (In chapter 1 there were three.)

# %% [markdown] tags=["teacher"]
# minutes: 11
# exercises: 2
# stall: `keepdims=True`: without it the division broadcasts along the wrong axis, or
# fails. That softmax depends on differences only; Exercise 2.1 separates those who saw
# it. The naive version's `nan` is taken for a bug of the notebook.
# ask: I raise one score. Where does its new probability come from?
# answer: From all other classes, in proportion to what they have: there is one whole to
# share.
# skip: The sigmoid as the case of two classes; the proof that the order stays.

# %%
predict("2.b", "How many parameters are there?", ["784", "7,840", "7,850", "78,400"])

# %%
rng = np.random.default_rng(42)
W = rng.normal(0, 0.01, size=(784, 10))
w0 = np.zeros(10)
F = x_train[:5] @ W + w0  # (5, 784) @ (784, 10) + (10,) -> (5, 10)
print("scores:", F.shape, " parameters:", W.size + w0.size)
happened(
    "2.b", f"{W.size + w0.size:,}", "A weight for each pixel and class, and ten more."
)

# %% [markdown]
# Scores can be any numbers, also negative. Probabilities can't: each lies between 0 and
# 1, and together they make 1. **Softmax** turns one into the other in two steps. The
# exponential makes every score positive; dividing by the total makes the sum 1:
#
# $$y_{nk} = \frac{e^{f_{nk}}}{\sum_{j=1}^{K} e^{f_{nj}}} .$$


# %%
def naive_softmax(F):
    """Turn each row of scores into probabilities (see below for what is naive)."""
    powers = np.exp(F)  # (N, K), all positive
    return powers / powers.sum(axis=1, keepdims=True)  # (N, K) / (N, 1)


# %% [markdown]
# Two rows of three scores each. **Predict** before you look: what do three equal scores
# give? And in the first row, is the class with score 2 twice as probable as the class
# with score 1, or more, or less?

# %%
predict(
    "2.c",
    "A lead of 1 in the score makes a class how many times as probable?",
    ["2.0", "2.7", "10.0"],
)

# %%
F = np.array([[2.0, 1.0, -1.0], [0.0, 0.0, 0.0]])
Y = naive_softmax(F)  # (2, 3)
print(Y.round(3))
happened("2.c", f"{Y[0, 0] / Y[0, 1]:.1f}")

# %% [markdown]
# Equal scores give equal probabilities. A lead of 1 in the score makes a class $e
# \approx 2.72$ times as probable, whatever the other scores are: softmax turns
# **differences** of scores into **ratios** of probabilities. And because the
# exponential grows with its argument, the order stays: the highest score gets the
# highest probability. So choosing a class needs no softmax at all; knowing how sure the
# choice is does.

# %%
print("in [0, 1]:", bool(((Y >= 0) & (Y <= 1)).all()))
print("sum of each row:", Y.sum(axis=1).round(6))
print("same order:", bool((Y.argsort(axis=1) == F.argsort(axis=1)).all()))

# %% [markdown]
# The sigmoid of chapter 1 is the smallest case of this. Give one class the score $f$
# and the other the score 0, and softmax gives the first one $e^f/(e^f+1) = \sigma(f)$.
# So logistic regression was softmax with two classes all along:

# %%
f = 1.5
print(naive_softmax(np.array([[f, 0.0]])).round(6), round(1 / (1 + np.exp(-f)), 6))

# %% [markdown]
# What is naive about the function? **Predict** the probabilities for the scores 1000,
# 999 and 0. On paper it is easy: the first two differ by 1, so one is 2.72 times as
# probable as the other, and the third has no chance. Now let the computer do it. (A
# warning of NumPy's is switched off: the output says enough.)

# %%
predict(
    "2.d",
    "What does the computer find?",
    ["0.73, 0.27, 0", "0.5, 0.5, 0", "no number for the first two"],
)

# %%
large_scores = np.array([[1000.0, 999.0, 0.0]])
with np.errstate(over="ignore", invalid="ignore"):
    print(naive_softmax(large_scores))
happened(
    "2.d", "no number for the first two", "The exponential of 1000 is too large for it."
)

# %% [markdown]
# `nan`: not a number. $e^{1000}$ is larger than any number that fits into 64 bits, so
# it becomes infinity, and infinity divided by infinity has no value. One such row turns
# the weights of these classes into `nan` in the next training step, and all weights in
# the one after.
#
# The cure is in a remark above: only differences of scores matter. So we may subtract
# the same number from a whole row without changing the result. Take the row's maximum:
# then the largest score is 0, and no exponential is above 1.


# %%
def softmax(F):
    """Turn each row of scores into probabilities."""
    # Subtract the row's maximum so that exp cannot overflow.
    powers = np.exp(F - F.max(axis=1, keepdims=True))  # (N, K), each in [0, 1]
    return powers / powers.sum(axis=1, keepdims=True)


print(softmax(large_scores).round(3))
assert np.allclose(softmax(large_scores).sum(axis=1), 1)
print("unchanged for small scores:", np.allclose(softmax(F), naive_softmax(F)))

# %% [markdown]
# Now play with it: move the scores of four classes and watch the probabilities. Things
# to try: raise one score only; where does its probability come from? Spread the scores
# far apart; what does the largest probability tend to? Add the same number to all
# scores; does anything change? Add 90 or more: the explorer computes with 32 bits, as
# networks do, and there the end comes near $e^{88}$. Then tick "Subtract the maximum".
# (Without a running kernel you see a still picture.)

# %%
SoftmaxExplorer()

# %% [markdown]
# Raising one score takes probability from **all** other classes, in proportion to what
# they have: there is only one whole to share out. That is what softmax is for: the
# classes compete. And for large differences it becomes a hard choice, almost 1 for the
# winner and almost 0 for the rest. A "soft" maximum, hence the name.

# %% [markdown]
# ### Exercise 2.1 – What does softmax do? (predict and run)
#
# The scores (1, 2, 3) give the probabilities (0.09, 0.24, 0.67). Without running
# anything: what becomes of the probabilities if each score is changed as below? Answer
# with one of the words `"same"`, `"sharper"` (the largest grows), `"flatter"` (all come
# closer to 1/3) or `"reversed"` (the same numbers, in the opposite order).
#
# Replace each `...` and run the cell, then the check below it. Stuck? Add a cell with
# `hint("2.1")`, which says one thing more each time that you run it; `solution("2.1")`
# shows worked code, and `exercise_table()` what you have done so far.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
prediction = {
    "add 100": ...,
    "times 10": ...,
    "divided by 10": ...,
    "times -1": ...,
}

# %%
check("2.1", prediction)

# %% [markdown]
# Then run it: add a cell with `softmax(10 * np.array([[1.0, 2.0, 3.0]]))` and the like,
# or set the scores in the explorer of section 2.2.

# %% [markdown]
# ## 2.3 How wrong is it?
#
# Training needs one number that says how wrong the model is. To compare with ten
# probabilities, we write each label as ten numbers too: 1 for the right class and 0 for
# the others. This is **one-of-K** (also: one-hot) form. A label is then what a perfect
# model would answer. NumPy has a short way: row $k$ of the identity matrix is the code
# of class $k$.

# %% [markdown] tags=["teacher"]
# minutes: 8
# stall: The double sum in the cross-entropy looks heavy; with one-of-K labels a single
# term survives per image. That one sure mistake costs more than two shrugs surprises;
# let them vote before the numbers.
# ask: A new network with ten classes starts with a loss of 2.3. Good or bad sign?
# answer: Good: log 10 is what knowing nothing costs. Far above it, something is wrong
# already.
# skip: The curve of −log y, if you draw it on the board.

# %%
t_train = np.eye(10, dtype="float32")[labels_train]  # (60000,) -> (60000, 10)
assert (t_train.argmax(axis=1) == labels_train).all()
print(t_train.shape, " the code of 3:", np.eye(10, dtype=int)[3])

# %% [markdown]
# Chapter 1 wrote the probability of one observation as $P^t(1-P)^{1-t}$. With $K$
# classes it is $\prod_k y_{nk}^{t_{nk}}$: all exponents are 0 but one, so what remains
# is the probability that the model gave to the right class. As there, we multiply over
# all images, take the logarithm, change the sign and, so that batches of different
# sizes can be compared, divide by $N$. The result is the **cross-entropy**:
#
# $$E = -\frac1N \sum_{n=1}^{N}\sum_{k=1}^{K} t_{nk}\,\log y_{nk} .$$


# %%
def cross_entropy(Y, T):
    """Average over the rows of minus the log probability of the right class."""
    return -np.mean(np.sum(T * np.log(Y), axis=1))


# %% [markdown]
# Three predictions about two images. In the first, the right classes get 0.9 and 0.8;
# in the second the model shrugs; in the third it is sure of a wrong class once.
# **Predict:** by which factor is the third worse than the first?

# %%
predict("2.e", "By which factor is the third worse than the first?", within=4)

# %%
T = np.array([[1, 0, 0], [0, 1, 0]])
confident = np.array([[0.9, 0.05, 0.05], [0.1, 0.8, 0.1]])
shrug = np.full((2, 3), 1 / 3)
sure_but_wrong = np.array([[0.9, 0.05, 0.05], [0.98, 0.01, 0.01]])
for Y in [confident, shrug, sure_but_wrong]:
    print(round(float(cross_entropy(Y, T)), 3))
happened("2.e", cross_entropy(sure_but_wrong, T) / cross_entropy(confident, T))

# %% [markdown]
# The third is fourteen times as bad as the first: one confident mistake costs more than
# two shrugs. The curve shows why: what an image
# adds to $E$ is $-\log y$, where $y$ is the probability that the model gave to its
# right class.

# %%
y = np.linspace(0.005, 1, 200)
fig, ax = plt.subplots(figsize=(7, 3))
ax.plot(y, -np.log(y))
ax.plot(0.1, -np.log(0.1), "o")
ax.annotate("ten classes, no idea: 2.30", (0.1, 2.3), (0.14, 2.6))
ax.set(xlabel="probability given to the right class, y", ylabel="cost, −log y")
show(
    fig, "The cost falls steeply from above 5 at y near 0 to exactly 0 at y equal to 1."
)

# %% [markdown]
# Being right and sure costs nothing. Being sure and wrong costs without limit: the
# steeper the curve, the harder training pulls at such an image.
#
# **Predict:** what is the cross-entropy of a model that knows nothing, all of whose
# weights are 0, on the 60,000 training images? Remember it: a first loss near this
# value is the sign of a healthy start, in every network of this course that has ten
# classes.

# %%
predict("2.f", "What is the cross-entropy of a model that knows nothing?", within=0.1)

# %%
Y = softmax(x_train @ np.zeros((784, 10), "float32"))  # (60000, 10), each 0.1
print(round(float(cross_entropy(Y, t_train)), 3), "=", round(float(np.log(10)), 3))
happened("2.f", cross_entropy(Y, t_train))

# %% [markdown]
# People ask another question: how many are right? **Accuracy** takes the class with the
# highest probability (`argmax`) and counts how often it is the label. It is easy to
# understand, but it can't be used for training: move a weight a little, and the
# accuracy usually stays exactly the same, so its slope is 0. Cross-entropy reacts to
# every small change. So: train on cross-entropy, report accuracy.


# %%
def accuracy(Y, labels):
    """Share of the rows whose largest probability is at the label."""
    return float((Y.argmax(axis=1) == labels).mean())


print(accuracy(confident, [0, 1]), accuracy(sure_but_wrong, [0, 1]))

# %% [markdown]
# ## 2.4 Training in NumPy
#
# Gradient descent needs $\partial E/\partial W$. Take one image with right class $c$.
# Put softmax into $-\log y_c$, and the logarithm undoes the exponential:
#
# $$-\log y_c = -f_c + \log \sum_j e^{f_j}, \qquad\text{so}\qquad
# \frac{\partial(-\log y_c)}{\partial f_k} = y_k - t_k .$$
#
# The first term gives $-1$ for the right class only, which is $-t_k$; the second gives
# $e^{f_k}/\sum_j e^{f_j} = y_k$. Prediction minus truth: nothing simpler could be hoped
# for. Averaged over $N$ images, the gradient with respect to the scores is $(Y-T)/N$.
# Since $F = XW + w_0$, the chain rule gives
#
# $$\frac{\partial E}{\partial W} = X^{\mathsf T}\,\frac{Y-T}{N}, \qquad
# \frac{\partial E}{\partial w_0} = \sum_n \frac{y_n-t_n}{N} .$$


# %% [markdown] tags=["teacher"]
# minutes: 12
# stall: Y − T comes too fast: differentiate −f_c + log Σ e^f once for k = c and once
# for another k. Integer rows drawn with replacement make "epoch" only an average. The
# four panels share axes, so the single step is one dot.
# ask: Batches of 10 and of 100 end about equally far. Which would you take, and why?
# answer: 100: as far with a tenth of the steps, and less luck in where it ends.
# skip: The proof that many W make one model; the film, when time is short.


# %%
def gradient(X, Y, T):
    """Slope of the cross-entropy with respect to W and w0."""
    D = (Y - T) / len(X)  # (N, 10)
    return X.T @ D, D.sum(axis=0)  # (784, N) @ (N, 10) -> (784, 10), and (10,)


# %% [markdown]
# Never trust a gradient that you have not checked. Move one weight by a tiny $h$ in
# both directions, see how $E$ changes, and compare with the formula. We take the weight
# from the pixel in the centre (row 14, column 14) to class 3, on 100 images.

# %% tags=["nbval-ignore-output"]
X, T = x_train[:100].astype("float64"), t_train[:100]  # (100, 784), (100, 10)
H = np.zeros((784, 10))
H[14 * 28 + 14, 3] = h = 1e-4
E_plus = cross_entropy(softmax(X @ (W + H) + w0), T)
E_minus = cross_entropy(softmax(X @ (W - H) + w0), T)
dW, dw0 = gradient(X, softmax(X @ W + w0), T)
measured, formula = (E_plus - E_minus) / (2 * h), dW[14 * 28 + 14, 3]
print(f"measured {measured:.9f}  formula {formula:.9f}")
assert_between(abs(measured - formula), 0, 1e-7, "their difference", show=".0e")

# %% [markdown]
# Both agree in every digit that matters; if they didn't, the last line would stop the
# notebook. Chapter 4 makes a habit of this check.

# %% [markdown]
# $W$ has a number for each pixel and class, so column $k$ of $W$ can be shown as an
# image of 28 × 28. Weights have a sign, so the colours need a middle: white is 0, red
# is positive (ink here speaks **for** the class), blue is negative (ink here speaks
# **against** it).


# %%
def weight_images(W):
    """Draw the weights of each class as an image: red for, blue against."""
    columns = np.asarray(W).T.reshape(10, 28, 28)  # (784, 10) -> (10, 28, 28)
    limit = np.abs(columns).max()
    return show_images(columns, range(10), 5, 1.3, "RdBu_r", (-limit, limit))


# %% [markdown]
# **Predict:** start with all weights 0 and go one step down the gradient of all 60,000
# images, $W = -\varepsilon\,\partial E/\partial W$. What will the ten images show? A
# hint: at the start every $y$ is 0.1, so for class $k$ the formula adds up the images
# of class $k$ and takes away a tenth of all images.

# %%
predict(
    "2.g",
    "What will the ten images show after one step?",
    ["noise", "blurred digits", "sharp digits"],
)

# %%
dW, dw0 = gradient(x_train, softmax(x_train @ np.zeros((784, 10), "float32")), t_train)
fig = weight_images(-dW)
assert dW[14 * 28 + 14, 0] > 0  # ink in the centre will speak against the 0
show(
    fig, "Ten blurred digits: red where the digit has its ink, blue where others have."
)
happened("2.g", "blurred digits")

# %% [markdown]
# A single step already gives each class a **template**: the average of its digits,
# minus what is common to all. The 0 shows a red ring with a blue centre. To classify is
# then to lay the image over each template and to add up the colours under the ink.
#
# Soon we shall watch these templates while they are trained. `LiveFigure` shows one
# picture and replaces it whenever it is told of a new state; `draw` says what a state
# looks like.


# %%
def draw(step, W):
    fig = weight_images(W)
    fig.suptitle(f"after {step:,} steps")
    return fig


templates = "The weights of each class as an image, while they are trained."
live = LiveFigure(draw, templates, every=None)  # draws all that it is told of

# %% [markdown]
# ### Mini-batches
#
# The step above had to go through all 60,000 images. A hundred images point downhill,
# too: each such batch somewhat to one side, many of them the right way on average. And
# they cost a fraction of the work and of the memory:

# %%
batch = x_train[:100]
print(f"all images: {x_train.nbytes / 1e6:.1f} MB   batch: {batch.nbytes / 1e6:.2f} MB")

# %% tags=["nbval-ignore-output"]
of_batch, _ = gradient(batch, np.full((100, 10), 0.1), t_train[:100])
cosine = (of_batch * dW).sum() / np.linalg.norm(of_batch) / np.linalg.norm(dW)
assert_between(np.degrees(np.arccos(cosine)), 20, 60, "degrees apart", show=".0f")

# %% [markdown]
# So we draw a new **mini-batch** of 100 images for each step. 600 such steps look at as
# many images as there are; that is called an **epoch**. The batches come one after the
# other, without end, from the first so many `images`:


# %%
def mini_batches(images=60_000, batch_size=100):
    rng = np.random.default_rng(42)
    while True:
        draw = batch_size < images  # all of them at once need no draw, and no copy
        rows = rng.integers(images, size=batch_size) if draw else slice(images)
        yield x_train[rows], t_train[rows]  # (batch, 784), (batch, 10)


print([part.shape for part in next(mini_batches())])

# %% [markdown]
# The training starts at zero weights, makes `steps` steps and keeps each batch's
# cross-entropy. It can report to a function `watch` on the way. Read it line by line:
# everything in it was explained above.


# %%
def train(steps, learning_rate=0.2, batch_size=100, images=60_000, watch=None):
    """Go down the gradient of random mini-batches; return W, w0 and the errors."""
    batches = mini_batches(images, batch_size)
    W, w0 = np.zeros((784, 10), "float32"), np.zeros(10, "float32")
    errors = []
    for step in range(1, steps + 1):
        X, T = next(batches)  # (batch, 784), (batch, 10)
        Y = softmax(X @ W + w0)  # (batch, 10)
        errors.append(cross_entropy(Y, T))
        dW, dw0 = gradient(X, Y, T)
        W -= learning_rate * dW
        w0 -= learning_rate * dw0
        if watch:
            watch(step, W)
    return W, w0, errors


# %% [markdown]
# Now train for ten epochs, 6,000 steps. The film has more pictures of the first steps,
# in which most happens. **Predict:** will the templates stay as smooth as they were
# after one step? And what share of the test images will be read correctly?

# %%
predict("2.h", "Which share of the test images will be read correctly, in %?", within=3)

# %% tags=["nbval-ignore-output"]
film = np.geomspace(1, 6000, num=20).astype(int)  # 1, 2, 3, 6, ... 6000


def watch(step, W):
    if step in film:
        live.update(step=step, W=W)


with live:
    W, w0, errors = train(steps=6000, watch=watch)
test_accuracy = accuracy(softmax(x_test @ W + w0), labels_test)
assert_between(test_accuracy, 0.915, 0.93, "test accuracy, NumPy", show=".1%")
happened("2.h", 100 * test_accuracy)

# %% [markdown]
# About 92% of the test images, from a few lines of NumPy, and most of the time went
# into drawing. The templates became rougher: what counts is no longer how a digit looks
# on average, but which pixels tell it from the other nine.

# %% [markdown]
# Why batches of 100? Let us give four sizes the same budget: each may look at 60,000
# images, one epoch. With batches of 10 that makes 6,000 steps, with batches of 60,000 a
# single one. **Predict:** which size gets least far, and which path is the roughest?

# %%
predict("2.i", "Which batch size gets least far?", ["10", "100", "1,000", "60,000"])

# %%
paths = {}
for batch_size in [10, 100, 1000, 60_000]:
    *parameters, errors = train(60_000 // batch_size, 0.2, batch_size)
    Y = softmax(x_train @ parameters[0] + parameters[1])  # (60000, 10)
    paths[batch_size] = errors, accuracy(Y, labels_train)

# %% [markdown]
# The cell below draws the error of each batch, pale, against the number of images seen
# so far; the strong line on it is the mean over the last 2,000 images. The title of each
# panel adds the accuracy reached on the training images. (Not on the test images:
# whoever chooses by them has no fair test left.)

# %%
fig, axes = plt.subplots(2, 2, figsize=(7, 4.5), sharex=True, sharey=True)
for ax, (batch_size, (errors, final)) in zip(axes.flat, paths.items(), strict=True):
    thousands = batch_size * np.arange(len(errors)) / 1000
    window = max(1, 2000 // batch_size)  # batches with 2,000 images
    means = np.convolve(errors, np.ones(window) / window, "valid")
    ax.plot(thousands, errors, color=BLUE, alpha=0.3, lw=0.4)
    ax.plot(thousands[window - 1 :], means, "o-" if window == 1 else "-", color=BLUE)
    ax.set(title=f"batches of {batch_size:,}: {final:.0%}", ylim=(0, 3))
    ax.set(xlabel="thousand images seen", ylabel="cross-entropy")
    ax.label_outer()
show(fig, "Four error curves: rough for batches of 10, one single dot for 60,000.")
happened("2.i", f"{min(paths, key=lambda size: paths[size][1]):,}")

# %% tags=["nbval-ignore-output"]
reached = {batch_size: final for batch_size, (errors, final) in paths.items()}
assert reached[60_000] < reached[1000] < reached[100]
lead = reached[10] - reached[100]
assert_between(lead, -0.03, 0.03, "accuracy, 10 minus 100 a batch", show=".1%")
rougher = np.std(paths[10][0][-500:]) / np.std(paths[100][0][-50:])
assert_between(rougher, 2, 6, "spread of the last errors, 10 / 100", show=".1f")

# %% [markdown]
# Large batches make few, well-aimed steps and don't get far on this budget; the single
# step with everything has hardly begun. Batches of 10 and of 100 got about equally far,
# but 10 needed ten times as many steps, and its path jumps about so much that where it
# ends is partly luck. 100 is a good middle: enough steps, little noise, and matrices
# large enough to keep the processor busy instead of waiting for Python.
#
# Does the noise lead astray? Not here: the error of softmax regression is *convex*, a
# single valley without poor minima, and every way down is a good one. (The floor of the
# valley is no point. Add the same number to the ten weights of a pixel: all ten scores
# move alike, and no probability changes. Many $W$, one model; the cell below shows it.)
# The error surfaces of the networks from chapter 3 on are not convex, and there the
# noise is often credited with carrying the path out of poor places in which a smooth
# one would rest. The name for all this is **stochastic gradient descent** (SGD).

# %%
to_all_columns = np.random.default_rng(2).normal(size=(784, 1))
moved = softmax(x_test @ (W + to_all_columns) + w0)
change = abs(moved - softmax(x_test @ W + w0)).max()
print(f"weights changed by up to {abs(to_all_columns).max():.1f}")
print(f"any probability by more than 0.001: {change > 0.001}")
assert change < 0.001


# %% [markdown]
# ## 2.5 The same in Keras
#
# In Keras the whole model is one layer: `Dense(10)` is $XW + w_0$, its activation is
# softmax. The number of parameters is the one from section 2.2.

# %% [markdown] tags=["teacher"]
# minutes: 11
# exercises: 5
# stall: Two losses with similar names: labels are one-of-K here, so
# `categorical_crossentropy`. The validation curve above the training curve looks wrong;
# the latter averages over an epoch while the model improves. Exercise 2.2 is the long
# one.
# ask: A step of `fit` takes far longer than one inside a `tf.function`. So is Keras
# slow?
# answer: No: the time goes into what happens around each small step. Long steps hide
# it.
# skip: What one step costs; Exercises 2.3 and 2.4 at home.

# %%
model = keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
print(model.count_params())

# %% [markdown]
# Does Keras compute what we computed? Give both the same start and compare, instead of
# hoping. Keras drew small random weights when the model was built; we take a copy of
# them. First the forward direction: probabilities of 100 images.

# %%
W_start, w0_start = model.get_weights()  # (784, 10), (10,)
X, T = x_train[:100], t_train[:100]
Y = softmax(X @ W_start + w0_start)  # (100, 10)
Y_keras = model(X).numpy()
print("same probabilities:", np.allclose(Y, Y_keras, atol=1e-5))

# %% [markdown]
# Then the gradient. TensorFlow has never seen our formula $(Y-T)/N$: its `GradientTape`
# records each operation and applies the chain rule backwards, as in chapter 1.

# %%
with tf.GradientTape() as tape:
    E = tf.reduce_mean(keras.losses.categorical_crossentropy(T, model(X)))
dW_keras, dw0_keras = tape.gradient(E, model.trainable_variables)
dW, dw0 = gradient(X, Y, T)
print("same gradient for W: ", np.allclose(dW, dW_keras, atol=1e-5))
print("same gradient for w0:", np.allclose(dw0, dw0_keras, atol=1e-5))

# %% [markdown]
# Last a training step. `compile` says how to train: plain gradient descent, which Keras
# calls `SGD`, on cross-entropy. `train_on_batch` then makes one step. Ours is one line
# per array, and both end in the same place:

# %%
model.compile(keras.optimizers.SGD(0.2), loss="categorical_crossentropy")
model.train_on_batch(X, T)
W_keras, w0_keras = model.get_weights()
print("same W: ", np.allclose(W_start - 0.2 * dW, W_keras, atol=1e-5))
print("same w0:", np.allclose(w0_start - 0.2 * dw0, w0_keras, atol=1e-5))

# %% [markdown]
# All five agree to 0.00001. From here on you may use Keras and know what it does.
#
# For real training we exchange plain descent for **Adam**, which gives each weight a
# step length of its own; [chapter 3](03_multilayer_perceptron.ipynb) opens it up. The
# last 5,000 training images are set aside as `validation_data`: `fit` measures on them
# after each epoch, so that we can watch progress without touching the test images.

# %%
model.set_weights([W_start, w0_start])
model.compile(
    optimizer=keras.optimizers.Adam(0.002),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)

# %% [markdown]
# Where do the mini-batches come from? Given whole arrays, as in
# `model.fit(x_train, t_train, batch_size=100)`, Keras draws them itself, but makes copies
# of all the images first. So we hand it the batches of our own loop, from the images that
# are not set aside.
#
# Four epochs of 550 steps each. A clock runs along, because we need the time of one
# step in a moment.

# %% tags=["nbval-ignore-output"]
start = time.perf_counter()
history = model.fit(
    mini_batches(images=55_000),
    steps_per_epoch=550,
    epochs=4,
    validation_data=(x_train[55_000:], t_train[55_000:]),
    shuffle=False,  # drawn at random already
    verbose=0,
    callbacks=[KerasProgress("Training")],
)
seconds_fit = time.perf_counter() - start

# %% [markdown]
# Now the test images. The accuracy is again about 92%: Adam takes another path than our
# plain descent, but the model is the same, and so is the valley it is in.

# %% tags=["nbval-ignore-output"]
Y_test = softmax(x_test @ model.get_weights()[0] + model.get_weights()[1])
keras_accuracy = accuracy(Y_test, labels_test)
assert_between(keras_accuracy, 0.918, 0.935, "test accuracy, Keras", show=".1%")

# %% [markdown]
# `fit` returns what it measured in every epoch. **Predict:** training accuracy was 10%
# before the first step. Where will it be after one epoch, and will the images set aside
# do much worse than those that the model was trained on?

# %%
predict("2.j", "Training accuracy after one epoch, in %?", within=5)

# %%
fig, ax = plt.subplots(figsize=(7, 3))
epochs = range(1, 5)
ax.plot(epochs, history.history["accuracy"], "o-", label="training images")
ax.plot(epochs, history.history["val_accuracy"], "s--", label="images set aside")
ax.set(xlabel="epoch", ylabel="accuracy", xticks=epochs)
ax.legend(loc="lower right")
show(
    fig,
    "Accuracy on training and set-aside images rises over four epochs and flattens.",
)
happened("2.j", 100 * history.history["accuracy"][0])

# %% [markdown]
# Nearly everything is learned in the first epoch, then both curves flatten. The images
# set aside do about as well as the others: 7,850 parameters are too few to learn 55,000
# images by heart. (They may even do better: the training curve averages over an epoch
# in which the model still improves, and the last images of MNIST happen to be easy
# ones.) So this model's trouble is not that it remembers too much, but that it is too
# simple. More epochs won't help much. Another model will, in chapter 3.

# %% tags=["nbval-ignore-output"]
set_aside = history.history["val_accuracy"]
first = set_aside[0] / set_aside[-1]
assert_between(first, 0.95, 1.01, "learned in the first of four epochs", show=".1%")
gap = history.history["accuracy"][-1] - set_aside[-1]
assert_between(gap, -0.03, 0.01, "accuracy, training minus set aside", show=".1%")

# %% [markdown]
# ### What one step costs
#
# A step of this model is two small matrix products, over in far less than a thousandth
# of a second. **Predict:** which of these is the slowest per step: Keras' `fit`, our
# loop in NumPy, or a TensorFlow loop?
#
# For the third we put the **whole loop** into one `tf.function`: TensorFlow turns it
# into a graph and runs all steps without coming back to Python. TensorFlow keeps a copy
# of its own of the images: 10,000 will do, as bytes, a quarter of the memory, which
# become numbers from 0 to 1 a batch at a time.

# %%
predict(
    "2.k", "Which is the slowest per step?", ["fit", "loop in one tf.function", "NumPy"]
)

# %%
W_tf, w0_tf = tf.Variable(tf.zeros((784, 10))), tf.Variable(tf.zeros(10))
x_tf = tf.constant(images_train[:10_000].reshape(-1, 784))
t_tf = tf.constant(t_train[:10_000])


@tf.function
def train_tf(steps):
    for _ in tf.range(steps):
        rows = tf.random.uniform((100,), maxval=10_000, dtype=tf.int32)
        X = tf.cast(tf.gather(x_tf, rows), tf.float32) / 255  # (100, 784)
        T = tf.gather(t_tf, rows)  # (100, 10)
        D = (tf.nn.softmax(X @ W_tf + w0_tf) - T) / 100.0  # (100, 10)
        W_tf.assign_sub(0.2 * tf.transpose(X) @ D)
        w0_tf.assign_sub(0.2 * tf.reduce_sum(D, axis=0))


# %% [markdown]
# The first call makes the graph and takes longer, so it stays off the clock. (`fit` ran
# with its own graph and four looks at the images set aside on the clock: a part of its
# time, not most of it.) All three work on mini-batches of 100 images; times are in
# microseconds (millionths of a second) per step.

# %% tags=["nbval-ignore-output"]
train_tf(tf.constant(1))
per_step = {"fit": seconds_fit / 2200}
start = time.perf_counter()
train_tf(tf.constant(2000))
per_step["loop in one tf.function"] = (time.perf_counter() - start) / 2000
start = time.perf_counter()
train(2000)
per_step["NumPy"] = (time.perf_counter() - start) / 2000
for name, seconds in per_step.items():
    print(f"{name:24} {seconds * 1e6:6.0f} µs")
ratio = per_step["fit"] / per_step["loop in one tf.function"]
assert_between(ratio, 1.5, 500, "fit / loop in one tf.function", show=".0f")
assert_between(1000 * per_step["fit"], 0.3, 10, "fit, ms per step", show=".1f")
happened("2.k", max(per_step, key=per_step.get))

# %% [markdown]
# The mathematics is the same; the difference is what happens **around** each step.
# `fit` comes back to Python, hands over a batch, updates metrics and calls callbacks:
# around a thousandth of a second, or a few, whatever the model. For this small model
# that is nearly all of the time; the loop that stays in TensorFlow needs only a
# fraction of it. NumPy goes through Python at each step too, but does little there. For
# the networks of part II, whose steps are far longer, none of this matters, and we use
# `fit` unless there is a reason.

# %% [markdown]
# ### Exercise 2.2 – Worse, or only slower? (change and measure)
#
# The Keras model used Adam. Go back to plain gradient descent, and make ε small. Is a
# small learning rate worse, or only slower? Compare three runs of
# `train(steps, learning_rate, images=55_000)`, which returns `W`, `w0` and the errors;
# the keys are (ε, steps). Measure the accuracy, a number between 0 and 1, on the 5,000
# training images that these runs have not seen, `x_train[55_000:]`: the test images are
# not for choosing. **Predict** first which two will be nearly equal. The longest run
# takes a few seconds.

# %% tags=["exercise"]
accuracy_by_run = {
    (0.01, 2_000): ...,
    (0.001, 2_000): ...,
    (0.001, 20_000): ...,
}

# %%
check("2.2", accuracy_by_run)

# %% [markdown]
# ### Exercise 2.3 – Does it promise too much? (change and measure)
#
# A model that says "90% sure" again and again should be right nine times of ten. Train
# one, `train(6_000, images=55_000)`, and take its scores `F` of the 5,000 images that it
# has not seen. Then make it surer or less sure without moving a single decision: divide
# the scores by a **temperature** before softmax, as exercise 2.1 did with 10. For each of
# three temperatures measure *how much surer it is than right*: the mean of the largest
# probabilities minus the accuracy. 0.05 means that it promises five images of a hundred
# too many. **Predict** the three signs first. When the check says "right", look for the
# temperature at which the number is 0.

# %% tags=["exercise"]
surer_than_right = {0.25: ..., 1: ..., 4: ...}

# %%
check("2.3", surer_than_right)

# %% [markdown]
# ### Exercise 2.4 – Cross-entropy straight from the scores (build)
#
# `cross_entropy(softmax(F), T)` has a weak spot left: for the scores (0, 1000) and
# right class 0, softmax gives a probability of exactly 0, and its logarithm is minus
# infinity. The true cost is 1000, a perfectly good number. Write a function that works
# on the scores, with $\log y_k = f_k - \log\sum_j e^{f_j}$ and the trick with the
# maximum, and that never calls `log` on a probability. `F` and `T` have shape $(N, K)$;
# return the average over the rows. (Keras does the same when you say
# `from_logits=True`.)


# %% tags=["exercise"]
def cross_entropy_from_scores(F, T): ...


# %%
check("2.4", cross_entropy_from_scores)

# %% [markdown]
# ## 2.6 What has it learned?
#
# A model of 7,850 numbers can be looked at as a whole. Here are the weights of the
# Keras model. You saw those of the NumPy model while they were trained. **Predict:**
# both read digits equally well, so are the pictures the same? Look at the border.

# %% [markdown] tags=["teacher"]
# minutes: 6
# exercises: 2
# stall: Red is read as "ink": it means ink here speaks for the class, blue against.
# Then why the border is noise in one picture and white in the other: inputs of 0 have
# gradient 0.
# ask: Shift every digit by three pixels. What becomes of the templates' verdict?
# answer: It breaks down, by 30 points or more: the ink no longer lies on the template.
# Part II mends this.
# skip: Exercise 2.5; the ten worst can be looked at without talk.

# %%
predict(
    "2.l",
    "Compared with the NumPy model's, the pictures will",
    ["be the same", "differ at the border", "differ everywhere"],
)

# %%
W_keras, w0_keras = model.get_weights()
fig = weight_images(W_keras)
show(
    fig,
    "Ten weight images: pale middles, a strong frame around each, noise at the edge.",
)
happened("2.l", "differ at the border")

# %% [markdown]
# The middle tells the same story as before: for the 0, ink in the centre speaks
# strongly against. Around it a frame of strong colour has formed, of pixels that seldom
# have ink. Their gradients are small and rare, and Adam makes up for that with long
# steps.
#
# The border itself is different: noise here, plain white before. No image has ink in
# the corners, so their inputs are always 0, and so is their gradient: those weights
# stay forever what they were at the start. Keras had started at random, we at zero.
# Weights without influence carry no message.

# %%
assert W_keras[:, 0].reshape(28, 28)[13:15, 13:15].mean() < 0
print("corner unchanged, Keras:", bool((W_keras[0] == W_start[0]).all()))
print("corner still 0, NumPy: ", bool((W[0] == 0).all()))

# %% [markdown]
# Where does it fail? Take the test images that were read wrongly and sort them by the
# probability that the right class got, lowest first. Above each image: right label →
# the model's answer. **Predict** how much probability was left for the right class of
# the worst one. And would you have read these ten correctly?

# %%
predict(
    "2.m",
    "Which probability will the right class of the worst one get?",
    ["below 1%", "1% to 20%", "above 20%"],
)

# %%
said = Y_test.argmax(axis=1)  # (10000,)
wrong = np.flatnonzero(said != labels_test)
y_right = Y_test[wrong, labels_test[wrong]]  # probability of the right class
worst = wrong[y_right.argsort()[:10]]
titles = [f"{labels_test[n]} → {said[n]}" for n in worst]
fig = show_images(images_test[worst], titles, columns=5, scale=1.3)
show(fig, "The ten most wrong test images with the right label and the model's answer.")
happened("2.m", int(np.digitize(y_right.min(), [0.01, 0.2])))

# %% [markdown]
# Some are hard for people as well, but most are not: a digit written in one of the
# rarer ways, slanted more than others, or with a stroke where another digit has its
# own. And the model was **sure** of its wrong answers: the right class got almost
# nothing. A high probability says how the scores compare, not that the answer is true.

# %% tags=["nbval-ignore-output"]
most = np.sort(y_right)[9]
assert_between(most, 0, 0.01, "right class of these ten, at most", show=".3%")
sure = Y_test[worst].max(axis=1).mean()
assert_between(sure, 0.6, 1, "their wrong class, on average", show=".0%")

# %% [markdown]
# The weakness behind most mistakes is easy to show. Each weight looks at one pixel and
# knows nothing of its neighbours. **Predict:** shift every test image to the right by
# three pixels, which no human reader would mind. What becomes of the accuracy?

# %%
predict("2.n", "Accuracy on shifted images, in %?", within=10)

# %% tags=["nbval-ignore-output"]
shifted = np.roll(images_test, 3, axis=2).reshape(-1, 784) / 255  # (10000, 784)
shifted_accuracy = accuracy(softmax(shifted @ W_keras + w0_keras), labels_test)
print(f"in place: {keras_accuracy:.1%}   shifted: {shifted_accuracy:.1%}")
loss = keras_accuracy - shifted_accuracy
assert_between(loss, 0.3, 0.8, "accuracy lost by shifting", show=".0%")
happened("2.n", 100 * shifted_accuracy)

# %% [markdown]
# It breaks down: the ink no longer lies on the template. Whatever the model knows about
# a stroke, it knows for one place only. Networks that look for strokes wherever they
# are come in part II.

# %% [markdown]
# ### Exercise 2.5 – Which digits are confused? (build)
#
# Build the **confusion matrix**: an array of shape $(K, K)$ whose entry in row $i$ and
# column $j$ counts the images with label $i$ that were read as $j$. Right answers lie
# on the diagonal. When the check says "right", call it with `labels_test` and `said`:
# which pair of different digits is confused most often? Find it among the images.


# %% tags=["exercise"]
def confusion_matrix(labels, answers, K=10): ...


# %%
check("2.5", confusion_matrix)

# %% [markdown]
# ## Recap
#
# 1. **An image is a row of 784 numbers.** We divided by 255 and looked at examples,
#    pixel values and class counts first. Always saying the most frequent digit is right
#    in one case of ten: the baseline.
# 2. **Softmax** takes exponentials and divides by their sum: values in $[0,1]$ with sum
#    1, in the order of the scores. Only differences of scores count, so we subtract the
#    row's maximum before `exp` and nothing can overflow.
# 3. **Cross-entropy** $-\sum t\log y$ is minus the log probability of the right class.
#    It reacts to every small change of a weight, so we train on it; **accuracy**
#    compares `argmax` with the label, so we report it. Knowing nothing costs $\log 10 =
#    2.30$.
# 4. **The gradient** with respect to the scores is $(Y-T)/N$. Mini-batches of 100 give
#    many cheap steps with a useful amount of noise. NumPy and Keras agreed to 0.00001
#    and both read about 92% of the test images.
# 5. **The weights are templates:** red speaks for, blue against, and a border without
#    ink teaches nothing. The model fails, and is sure of itself, where ink lies off its
#    template; a shift of three pixels is enough.

# %% [markdown]
# ## Read on
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-Based Learning Applied to
#   Document Recognition* (Proceedings of the IEEE, 1998): how MNIST was made, and many
#   models on it, beginning with a linear one like ours.
# - J. S. Bridle, *Probabilistic Interpretation of Feedforward Classification Network
#   Outputs* (in Neurocomputing, NATO ASI Series, 1990): gave softmax its name.
# - C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), section 4.3:
#   softmax regression from the side of statistics.
# - I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), sections 4.1 and
#   6.2.2: overflow, and why cross-entropy and softmax belong together; free at
#   deeplearningbook.org.
# - H. Robbins, S. Monro, *A Stochastic Approximation Method* (Annals of Mathematical
#   Statistics, 1951): the idea behind stochastic gradient descent.
# - D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization* (ICLR, 2015): the
#   optimizer of section 2.5.
