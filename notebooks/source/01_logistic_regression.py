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
# **Question:** how can a program learn, from examples alone, to say with what
# *probability* a point belongs to one of two classes?
#
# The answer is a model with only three parameters. It is also the smallest neural
# network there is, and everything in this chapter returns in every later one.
#
# **Aims.** At the end you can
#
# 1. name the three steps by which any model in this course is trained, and carry them
#    out for a curve;
# 2. turn a straight line into a probability, and say why it is exactly one half on the
#    line;
# 3. explain where the cross-entropy error comes from;
# 4. write gradient descent, and tell from the error curve whether the learning rate is
#    too small or too large;
# 5. write one model in NumPy, TensorFlow and Keras, and judge it on points that it has
#    never seen.
#
# **Before you start:** Python and NumPy arrays (slicing, shapes), and the idea of a
# derivative as a slope. [Chapter 00](00_start_here.ipynb) shows how a notebook works.
#
# **Minutes:** about {minutes} to read and do, under 30 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners can carry out model, error, minimise for a line that gives
# probabilities, and tell from an error curve what is wrong with the learning rate.
# before: NumPy arrays with shapes, and the derivative as a slope. Chapter 00 for those
# new to notebooks.
# machine: Show the stored figure of four learning rates and let the room name each. On
# the board: two clouds, a line, arrows at right angles to it, and the S curve below
# with 0.5 on the line.
# opening: 2
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course's helpers, loads TensorFlow and sets the random seed.
# The second imports what this chapter uses. From `helpers` come data, figures, a widget
# and the checks; all that you are here to learn is written out in the notebook.

# %% tags=["setup"]
# {setup}

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.colors import LinearSegmentedColormap

from helpers.checks import assert_between, check, happened, predict
from helpers.datasets import monthly_temperatures, two_clouds
from helpers.plotting import BLACK, BLUE, ORANGE, RED, plot_classes, show
from helpers.widgets import LearningRateExplorer

# %% [markdown]
# ## 1.1 The recipe, tried on a curve
# Before we separate two classes, let us meet the recipe on an easier task. Below are
# the mean temperatures of the twelve months in Tokyo, in °C, averaged over thirty
# years. Behind the twelve numbers we look for one smooth curve that says how warm any
# time of the year is:

# %% [markdown] tags=["teacher"]
# minutes: 5
# stall: `months[:, None] ** np.arange(5)`: broadcasting a column against a row is new
# to many; write row 3 on the board. Some think that the model isn't linear because the
# curve is bent: it is linear in w.
# ask: Twelve parameters would pass through all twelve points. Would you trust that
# curve more?
# answer: Wait for section 1.6: it misses the month held out by far more than degree 4
# does.
# skip: The ten pushes. Keep the three words model, error, minimise.

# %%
months, temperatures = monthly_temperatures()
print(months)
print(temperatures)

# %% [markdown]
# **Step 1: choose a model**, a formula with free *parameters*. We take a polynomial of
# degree 4, which has five of them:
#
# $$f(x) = w_0 + w_1 x + w_2 x^2 + w_3 x^3 + w_4 x^4 = \sum_{m=0}^{4} w_m x^m$$
#
# With the powers of each month in one row of a matrix $X$, all twelve values of the
# curve are one product, $f = Xw$. What do you expect in the row of month 3?

# %%
X = months[:, None] ** np.arange(5)  # (12, 1) ** (5,) -> (12, 5)
print(X.shape, X[2])

# %% [markdown]
# **Step 2: choose an error**, one number that says how badly the model fits the data.
# Here it is the sum of the squared distances between the curve and the measured values
# $t_n$ ($t$ for *target*):
#
# $$E(w) = \frac{1}{2}\sum_{n=1}^{12} \left(f(x_n) - t_n\right)^2$$
#
# The half makes the derivative tidier and changes nothing else. With all parameters at
# zero the "curve" is the line $f = 0$, and the error is large:


# %%
def squared_error(w):
    return np.sum((X @ w - temperatures) ** 2) / 2


print(f"E = {squared_error(np.zeros(5)):.1f}")

# %% [markdown]
# **Step 3: minimise the error**: change the parameters until $E$ is as small as it
# gets. For a squared error and a model that is linear in its parameters there is a
# formula for the answer: set all five derivatives to zero and solve the five
# equations. NumPy does it under the name of the method, *least squares*:

# %%
w_best, *_ = np.linalg.lstsq(X, temperatures)
print(f"E = {squared_error(w_best):.2f} with w =", w_best.round(3))

# %% [markdown]
# Is this really the bottom? Then every small push to any one parameter, up or down,
# must make the error larger. The next cell pushes each of the five both ways. (`assert`
# stops the program if what stands behind it is not true, and says nothing if it is. You
# will meet it wherever the text relies on a result.)

# %%
pushes = np.vstack([np.eye(5), -np.eye(5)]) * 1e-3  # (10, 5)
pushed = np.array([squared_error(w_best + push) for push in pushes])  # (10,)
rises = pushed - squared_error(w_best)  # (10,)
print(f"{np.sum(rises > 0)} of {len(rises)} pushes make the error larger")
assert np.all(rises > 0)

# %% [markdown]
# Nobody can see a minimum in five dimensions, but everybody can see the curve that
# belongs to it. Between the months we evaluate the same formula at 200 places:

# %%
fig, ax = plt.subplots()
x = np.linspace(1, 12, 200)
curve = (x[:, None] ** np.arange(5)) @ w_best  # (200, 5) @ (5,) -> (200,)
ax.plot(x, curve, color=BLUE)
ax.plot(months, temperatures, "o", color=ORANGE)
ax.vlines(months, temperatures, X @ w_best, color=BLACK, linewidth=1)
ax.text(2.2, 16, "model $f(x)$", color=BLUE)
ax.text(8.25, 27, "● measured $t_n$", color=ORANGE)
ax.set(xlabel="month", ylabel="mean temperature [°C]", xticks=months)
show(fig, "Twelve monthly temperatures and a smooth curve that passes close to all.")

# %% [markdown]
# Five numbers now stand for the whole year, and the short black lines are all that is
# left of the error. A polynomial of degree 11 has twelve parameters and could pass
# through all twelve points with $E = 0$. Would you trust it more? Keep your answer
# until section 1.6, where we measure it.
#
# **Model, error, minimise.** Networks with millions of parameters are trained with
# these three steps. What changes is the formula, the error that fits the task, and the
# way to the minimum, since for most models no formula gives it.

# %% [markdown]
# ## 1.2 A line that gives a probability
# Now to two classes. Think of a part coming off a production line: two sensors measure
# $x$ and $y$, and an inspector adds the label $t = 1$ (faulty) or $t = 0$ (good). We
# draw 200 such examples from two clouds that overlap. Mind the names: $y$ is a
# coordinate here, the label is $t$.

# %% [markdown] tags=["teacher"]
# minutes: 6
# stall: `y` is a coordinate here and the label is `t`; y is soon read as the answer.
# That f is "distance, scaled": doubling w0 and w leaves the line where it is and makes
# the slide steeper.
# ask: I double w0 and w. What happens to the line, and what to the probabilities?
# answer: The line stays, f = 0 is the same set of points; every probability moves away
# from one half.
# skip: The five points with f = 0; the landscape after them shows the same.

# %%
rng = np.random.default_rng(1)
X, t = two_clouds(200, rng, noise=1.5)
print("X", X.shape, "t", t.shape, "points per class", np.bincount(t))
print(X[:3].round(2), t[:3])


# %% [markdown]
# A picture says more than three rows. Colour *and* shape tell the classes apart, so
# that the figure can be read without colours too. While you look: where would you draw
# a straight line between the classes, and how many points would end up on the wrong
# side?

# %%
fig, ax = plt.subplots(figsize=(6, 5))
plot_classes(ax, X, t)
ax.set(xlabel="$x$ (first sensor)", ylabel="$y$ (second sensor)")
ax.text(-5, -3.5, "● class 0", color=BLUE, fontsize=12)
ax.text(3, 4.5, "▲ class 1", color=ORANGE, fontsize=12)
show(fig, "Two overlapping clouds of points, class 0 lower left, class 1 upper right.")

# %% [markdown]
# No straight line can separate them without mistakes: in the middle both classes live
# side by side. There "class 1" is too strong a claim, and "class 1 with probability
# 60%" is what an honest answer looks like.
#
# We get it in two moves. First, a linear function of the two measurements:
#
# $$f(x, y) = w_0 + w_1 x + w_2 y$$
#
# The points with $f = 0$ form a straight line. On one side of it $f$ is positive, on
# the other negative, and its size grows with the distance. Here is a line guessed by
# eye, and three points: one far up, one on the line, one far down.

# %%
w0, w = -0.5, np.array([1.0, 0.5])
three_points = np.array([[3.0, 3.0], [0.25, 0.5], [-3.0, -3.0]])  # (3, 2)
print(three_points @ w + w0)  # (3, 2) @ (2,) + () -> (3,)

# %% [markdown]
# Second, we squeeze $f$, which can be any number, into the interval from 0 to 1. The
# *logistic function* does that, also called *sigmoid* for its S shape:
#
# $$P = \sigma(f) = \frac{1}{1 + e^{-f}}$$
#
# Before you run the cell, work out $\sigma(0)$ in your head.


# %%
predict("1.a", "What is σ(0)?", ["0", "0.5", "1"])


# %%
def sigmoid(f):
    return 1 / (1 + np.exp(-f))


print(sigmoid(np.array([-5.0, -1.0, 0.0, 1.0, 5.0])).round(3))
happened("1.a", f"{sigmoid(0.0):g}")

# %% [markdown]
# Two things to see in this row. $e^0 = 1$, so $\sigma(0) = \frac{1}{2}$. And the values
# for $f$ and $-f$ add up to 1: what one class gains, the other loses. Drawn over a
# range of $f$:

# %%
fig, ax = plt.subplots(figsize=(7, 3.2))
f = np.linspace(-8, 8, 200)
ax.plot(f, sigmoid(f), color=BLUE)
ax.plot(0, 0.5, "o", color=ORANGE)
ax.annotate("on the line: $f = 0$, $P = 0.5$", (0.4, 0.5), (1, 0.42))
ax.set(xlabel="$f$ (distance from the line, scaled)", ylabel=r"$P = \sigma(f)$")
show(fig, "S-shaped curve rising from 0 to 1, through one half where f is zero.")

# %% [markdown]
# Far from the line the model is all but sure; close to it the probability slides from
# one class to the other, and on the line it is **exactly** 0.5. Longer $w$ makes $f$
# grow faster, so the slide gets steeper: the direction of $w$ turns the line, its
# length says how sure the model is, and $w_0$ shifts the line.
#
# The next cell takes five points with $f = 0$ and asks for their probability:

# %%
x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
on_the_line = np.column_stack([x, (0.5 - x) / 0.5])  # (5, 2), solves f(x, y) = 0
print(sigmoid(on_the_line @ w + w0))
assert np.all(sigmoid(on_the_line @ w + w0) == 0.5)


# %% [markdown]
# The same for a whole grid of points shows the probability as a landscape. Predict:
# what will the places with $P = 0.1$ and with $P = 0.9$ look like?


# %%
predict(
    "1.b",
    "What will the places of equal probability look like?",
    ["circles", "curves", "straight lines"],
)


# %%
def plot_probability(ax, w0, w):
    side = np.linspace(-6, 6, 101)
    x, y = np.meshgrid(side, side)  # (101, 101) each
    P = sigmoid(w0 + w[0] * x + w[1] * y)  # (101, 101)
    shades = LinearSegmentedColormap.from_list("classes", [BLUE, "white", ORANGE])
    ax.imshow(P, cmap=shades, alpha=0.5, origin="lower", extent=(-6, 6, -6, 6))
    lines = ax.contour(x, y, P, levels=[0.1, 0.5, 0.9], colors=BLACK, linewidths=1.5)
    for text in ax.clabel(lines, fmt="$P$ = %.1f", fontsize=10):
        text.set(bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})


fig, ax = plt.subplots(figsize=(6, 5))
plot_classes(ax, X, t)
plot_probability(ax, w0, w)
show(fig, "Probability over the plane: parallel straight lines for P 0.1, 0.5, 0.9.")
happened("1.b", "straight lines", "The probability depends on f only.")

# %% [markdown]
# Parallel straight lines: $P$ depends on $f$ only, and $f$ is the same all along such a
# line. The guess is not bad, and clearly not the best. To improve it we need step 2 of
# the recipe, an error.

# %% [markdown]
# ## 1.3 From likelihood to an error
# The model claims a probability for each point. The labels tell what really happened.
# So ask: **what probability did the model give to what really happened?** If the label
# is 1 that is $P$, if it is 0 it is $1-P$. One expression says both, since anything to
# the power 0 is 1:
#
# $$P^{\,t}\,(1-P)^{1-t}$$
#
# Try both values of $t$ with pencil and paper, then look at five points:

# %% [markdown] tags=["teacher"]
# minutes: 6
# stall: The exponents in P^t (1−P)^(1−t): put in t = 1 and t = 0 aloud. Then the minus
# sign: largest likelihood, smallest error. And `logaddexp` looks like magic; it is
# −log P with σ put in and simplified.
# ask: The likelihood of 2000 coin tosses is printed as exactly 0. Is it 0?
# answer: No, it is smaller than the smallest 64-bit number. The logarithm turns the
# product into a sum that fits.
# skip: The sweep of w0. The trap 1 − P, if nobody will write losses of their own.

# %%
P = sigmoid(X @ w + w0)  # (200, 2) @ (2,) + () -> (200,)
given_to_truth = P**t * (1 - P) ** (1 - t)  # (200,)
print("label t      ", t[:5])
print("P of class 1 ", P[:5].round(2))
print("of the truth ", given_to_truth[:5].round(2))

# %% [markdown]
# The probability that *all* labels come out as they did is the product over all points,
# the **likelihood** of the parameters:
#
# $$\prod_{n=1}^{N} P_n^{\,t_n} (1-P_n)^{1-t_n}$$
#
# The best parameters are those that make it largest: they find the data least
# surprising. Guess its order of magnitude for 200 points. Then guess what happens with
# 2000 points and a coin that knows nothing, $0.5^{2000}$.

# %%
predict(
    "1.c", "The likelihood of 200 points is 10 to the power −n. Which n?", within=10
)

# %%
likelihood = np.prod(given_to_truth)
print(f"likelihood of 200 labels: {likelihood:.0e}")
print(f"0.5 to the power 2000:    {0.5**2000}")
happened("1.c", -np.log10(likelihood))

# %% [markdown]
# The second number is not small but *zero*: the smallest number above zero that a
# 64-bit float can hold is about $5\cdot 10^{-324}$. The way out is the logarithm. It
# turns the product into a sum, and since it grows with its argument, the largest
# product is still the largest sum. A minus sign in front makes it an error, where
# smaller is better, known as the **cross-entropy**:
#
# $$E = -\sum_{n=1}^{N} \left[\,t_n \log P_n + (1-t_n)\log(1-P_n)\,\right]$$


# %%
def cross_entropy(P, t):
    return -np.sum(t * np.log(P) + (1 - t) * np.log(1 - P))


print(f"E = {cross_entropy(P, t):.2f}   -log(likelihood) = {-np.log(likelihood):.2f}")
assert np.isclose(cross_entropy(P, t), -np.log(likelihood))
assert_between(cross_entropy(P, t) / 200, 0.3, 0.69, "E / N, per point", show=".3f")

# %% [markdown]
# $E = -\log(\text{likelihood})$, as promised. For scale: a model that always says one
# half has $-\log 0.5 = 0.693$ per point, so our guessed line knows something.
#
# Largest likelihood and smallest error must belong to the same parameters. Let us see
# it: we keep $w$, and slide the line across the plane by changing $w_0$ alone.

# %%
shifts = np.linspace(-3, 3, 121)
P = sigmoid(X @ w + shifts[:, None])  # (200,) + (121, 1) -> (121, 200)
likelihoods = np.prod(P**t * (1 - P) ** (1 - t), axis=1)  # (121,)
errors = np.array([cross_entropy(row, t) for row in P])  # (121,)
print(f"largest likelihood at w0 = {shifts[np.argmax(likelihoods)]:.2f}")
print(f"smallest error at     w0 = {shifts[np.argmin(errors)]:.2f}")
assert np.argmax(likelihoods) == np.argmin(errors)

# %% [markdown]
# The same place. Here are both over the whole sweep:

# %%
fig, axes = plt.subplots(2, 1, figsize=(7, 5), sharex=True)
axes[0].plot(shifts, likelihoods, color=BLUE)
axes[1].plot(shifts, errors, color=RED)
for ax in axes:
    ax.axvline(shifts[np.argmin(errors)], color=BLACK, linestyle="--", linewidth=1)
axes[0].set(ylabel="likelihood")
axes[1].set(xlabel="$w_0$", ylabel="error $E$")
show(fig, "Likelihood peaks at the same w0 at which the error has its minimum.")

# %% [markdown]
# The peak above stands exactly over the valley below: **the likelihood is largest where
# the error is smallest.** See too how flat the upper curve is almost everywhere,
# and how the lower one slopes towards its minimum from any distance. That slope is what
# training will follow.
#
# One trap of floating point remains. What is $1 - P$ when the model is very sure?

# %%
print(f"f = 20: {1 - sigmoid(20.0):.1e}   f = 40: {1 - sigmoid(40.0):.1e}")

# %% [markdown]
# At $f = 40$ the difference is rounded to 0, and the logarithm of 0 is $-\infty$. So
# real programs don't round first: put $\sigma$ into the formula and simplify to
#
# $$-\log P = \log(1 + e^{-f}) \qquad -\log(1-P) = \log(1 + e^{f})$$
#
# NumPy has $\log(e^a + e^b)$ ready as `logaddexp(a, b)`, safe for any size. Here is $E$
# once more as a function of the parameters, in the form that we use from now on:


# %%
def error(X, t, w0, w):
    f = X @ w + w0  # (N,)
    return np.sum(t * np.logaddexp(0, -f) + (1 - t) * np.logaddexp(0, f))


print(f"E = {error(X, t, w0, w):.1f}")
print(f"E = {error(X, t, w0, 100 * w):.1f} when w is 100 times as long")
assert np.isclose(error(X, t, w0, w), -np.log(likelihood))
assert np.isfinite(error(X, t, w0, 1e6 * w))

# %% [markdown]
# ## 1.4 Downhill by the gradient
# Step 3, minimise. This time setting the derivatives to zero gives equations that
# nobody can solve with pencil and paper, so we feel our way downhill. The guide is the
# **gradient** $\nabla E$, the list of all derivatives. For the cross-entropy with
# $\sigma$ nearly everything cancels, and what remains is easy to read:
#
# $$\frac{\partial E}{\partial w_0} = \sum_n (P_n - t_n) \qquad
# \frac{\partial E}{\partial w_1} = \sum_n (P_n - t_n)\,x_n \qquad
# \frac{\partial E}{\partial w_2} = \sum_n (P_n - t_n)\,y_n$$
#
# To see why, take one point and go back from its error to $f$, then from $f$ to $w_1$.
# The slope of the sigmoid is $\sigma'(f) = P(1-P)$, so
#
# $$\text{label } t=1:\quad \frac{\partial(-\log P)}{\partial f}
# = -\frac{1}{P}\,P(1-P) = P - 1 = P - t$$
#
# $$\text{label } t=0:\quad \frac{\partial(-\log(1-P))}{\partial f}
# = \frac{1}{1-P}\,P(1-P) = P = P - t$$
#
# $$\frac{\partial E}{\partial w_1} = \frac{\partial E}{\partial f}\cdot
# \frac{\partial f}{\partial w_1} = (P - t)\cdot x$$
#
# *Prediction minus truth, times input*: points that are predicted well hardly count. A
# sum over 2000 points is ten times that over 200, which would make our steps depend on
# how much data we have. So from here on we work with the mean, $E/N$, as Keras does too.


# %% [markdown] tags=["teacher"]
# minutes: 9
# exercises: 2
# stall: Where the P(1−P) goes: it cancels against 1/P and 1/(1−P), so do one label on
# the board. The divergent panel has another scale. And the rates of the widget are a
# hundredth of the text's, as it works with the sum of 100 points.
# ask: Two curves are flat. How can I know which one has reached the bottom?
# answer: Not from the curve. Take a smaller rate: if the error falls again, it was not
# the bottom.
# skip: The compass of 360 directions, and Exercise 1.1 as homework. Not the four
# shapes.


# %%
def gradient(X, t, w0, w):
    residual = sigmoid(X @ w + w0) - t  # (N,)
    return residual.mean(), X.T @ residual / len(t)  # (), (2, N) @ (N,) -> (2,)


d_w0, d_w = gradient(X, t, w0, w)
print(f"by w0: {d_w0:.4f}   by w1 and w2: {d_w.round(4)}")

# %% [markdown]
# Never trust a derivative that you worked out by hand: **measure** it. Push one
# parameter a little up and a little down, and divide the change of the error by the
# change of the parameter. This test finds most mistakes in derivations, and you will
# use it again in chapter 04.

# %%
push = np.array([1e-5, 0.0])
rise = error(X, t, w0, w + push) - error(X, t, w0, w - push)
measured = rise / 2e-5 / len(t)
print(f"derivative by w1: measured {measured:.4f}, by formula {d_w[0]:.4f}")
assert np.isclose(measured, d_w[0], atol=1e-7)

# %% [markdown]
# What does the gradient mean as an *arrow*? Stand somewhere on the error's landscape
# and try all directions of the compass, 360 of them, with a tiny step each. Which one
# rises most, and how much per unit of length? (We hold $w_0$ still, so that the
# landscape has two directions only and can be drawn.)

# %%
angles = np.radians(np.arange(360))
compass = np.column_stack([np.cos(angles), np.sin(angles)])  # (360, 2), length 1
here = error(X, t, w0, w)
rises = [(error(X, t, w0, w + 1e-5 * step) - here) / len(t) for step in compass]
arrow = np.degrees(np.arctan2(d_w[1], d_w[0])) % 360
print(f"steepest: {np.argmax(rises)} degrees, slope {max(rises) / 1e-5:.3f}")
print(f"gradient: {arrow:.0f} degrees, length {np.linalg.norm(d_w):.3f}")
assert abs(np.argmax(rises) - arrow) <= 1
assert np.isclose(max(rises) / 1e-5, np.linalg.norm(d_w), rtol=1e-2)

# %% [markdown]
# So the gradient **points in the direction of steepest ascent, and its length is the
# slope there.** The next figure draws the landscape of $E/N$ as a map with contour
# lines, and the gradient at a few places (arrows at half length). Before you run it:
# where will the arrows be longest?

# %%
predict(
    "1.d",
    "Where will the arrows be longest?",
    ["near the star", "where the error is large", "all are alike"],
)

# %%
side = np.linspace(-1, 3, 81)
w1, w2 = np.meshgrid(side, side)  # (81, 81) each
places = np.column_stack([w1.ravel(), w2.ravel()])  # (6561, 2)
heights = np.array([error(X, t, 0.0, place) for place in places]) / len(t)
heights = heights.reshape(81, 81)  # (6561,) -> (81, 81)

# %% [markdown]
# The heights are ready; now the map. The star marks the lowest place on the grid.

# %%
fig, ax = plt.subplots(figsize=(6, 5))
levels = [0.33, 0.34, 0.36, 0.4, 0.5, 0.7, 1, 1.5]
lines = ax.contour(w1, w2, heights, levels=levels, colors=BLUE, linewidths=1)
ax.clabel(lines, fmt="%.2g", fontsize=9)
for start in [[-0.5, -0.5], [2.2, 0], [0, 2], [-0.5, 1], [0.3, 0.3], [1, -0.7]]:
    slope = 0.5 * gradient(X, t, 0.0, np.array(start))[1]
    style = {"width": 0.015, "head_width": 0.1, "length_includes_head": True}
    ax.arrow(*start, *slope, **style, color=RED)
ax.plot(*places[np.argmin(heights)], "*", color=BLACK, markersize=14)
ax.set(xlabel="$w_1$", ylabel="$w_2$", aspect="equal")
show(fig, "Contour map of the error with arrows pointing uphill, across the contours.")
happened(
    "1.d", "where the error is large", "An arrow is as long as the slope is steep."
)

# %% [markdown]
# Every arrow stands at a right angle to its contour line and points away from the
# valley. The arrows are longest high up, far from the valley, and shrink towards the
# minimum, where the ground is level. To get down, walk **against** the arrow. That is
# *gradient descent*:
#
# $$w \leftarrow w - \varepsilon\,\nabla E$$
#
# The factor $\varepsilon$ is the **learning rate**: it turns a slope into a step. The
# function below starts at zero and keeps the error of every step for us to look at.


# %%
def descend(X, t, learning_rate, steps):
    w0, w = 0.0, np.zeros(X.shape[1])
    errors = [error(X, t, w0, w) / len(t)]
    for _ in range(steps):
        d_w0, d_w = gradient(X, t, w0, w)
        w0, w = w0 - learning_rate * d_w0, w - learning_rate * d_w
        errors.append(error(X, t, w0, w) / len(t))
    return w0, w, np.array(errors)


# %%
w0, w, errors = descend(X, t, learning_rate=1.0, steps=100)
print("E/N at steps 0, 1, 2, 10, 100:", errors[[0, 1, 2, 10, 100]].round(4))
print("w0", round(w0, 3), "w", w.round(3))
assert np.all(np.diff(errors) < 1e-9)
assert np.all(np.abs(gradient(X, t, w0, w)[1]) < 1e-4)
assert errors[10] - errors[-1] < 0.05 * (errors[0] - errors[-1])

# %% [markdown]
# The error fell at every step, and the gradient at the end is almost zero: we are at
# the bottom. Nearly all of the way was done in the first ten steps.
#
# Was $\varepsilon = 1$ luck? Try four rates, from a hundred times smaller to fifty
# times larger. **Predict** the shape of each of the four curves before you run the
# cell: which is slow, which is best, what goes wrong with the large ones?

# %%
predict("1.e", "Which rate gets lowest in 60 steps?", ["0.01", "1", "12", "50"])

# %%
rates = {0.01: "crawls", 1: "converges", 12: "oscillates", 50: "diverges"}
curves = {rate: descend(X, t, rate, 60)[2] for rate in rates}
fig, axes = plt.subplots(2, 2, figsize=(7, 5), sharex=True)
for ax, (rate, name) in zip(axes.flat, rates.items(), strict=True):
    ax.plot(curves[rate], color=BLUE, linewidth=1.5)
    ax.axhline(curves[rate][0], color=BLACK, linestyle=":", linewidth=1)
    ax.set_title(f"ε = {rate}: {name}")
    ax.set_ylim(0, 7 if rate == 50 else 1)
axes[0, 0].text(60, 0.75, "error at the start", ha="right")
for ax in axes[:, 0]:
    ax.set_ylabel("error $E/N$")
for ax in axes[1]:
    ax.set_xlabel("step")
show(fig, "Error against step for four learning rates: slow, good, zigzag, far off.")

# %% tags=["nbval-ignore-output"]
start, bottom = errors[0], errors[-1]  # E/N of knowing nothing, and the smallest
assert_between(curves[0.01][-1], 1.2 * bottom, start, "crawls to", show=".3f")
assert_between(curves[1][-1], bottom, 1.01 * bottom, "converges to", show=".3f")
rises = np.sum(np.diff(curves[12][-20:]) > 0)
assert_between(rises, 5, 14, "oscillates: rises among the last 19 steps", show=".0f")
assert_between(curves[12][-20:].max(), 1.05 * bottom, start, "up to", show=".3f")
peak = curves[50][-40:].max() / start
assert_between(peak, 2, 20, "diverges: peak / start", show=".1f")
happened("1.e", str(min(rates, key=lambda rate: curves[rate][-1])))

# %% [markdown]
# (Mind the scale of the last panel.) Learn these four shapes by heart, they look the
# same for a network with millions of parameters:
#
# * **crawls**: falls smoothly and is far from done. Take a larger rate.
# * **converges**: falls quickly, then stays flat at the bottom.
# * **oscillates**: finds the valley and cannot stay in it. Every step jumps across and
#   lands on the other slope, so the error never settles. Take a smaller rate.
# * **diverges**: the jumps land higher than they started, far above even the error of
#   knowing nothing (dotted). With a squared error they would run off to infinity; here
#   no $P_n - t_n$ is ever larger than 1, so $w$ is thrown to and fro, high up the
#   slopes.
#
# A fifth shape hides among them: **flat, and too high**. The steps jump between the
# same two sides of the valley, at nearly the same height, and the curve looks
# converged. Which of these two has reached the bottom?

# %%
X_wide, t_wide = two_clouds(200, np.random.default_rng(0), noise=2)
levels = {rate: descend(X_wide, t_wide, rate, 60)[2] for rate in (1, 4)}
fig, ax = plt.subplots(figsize=(7, 3.2))
for (rate, level), style in zip(levels.items(), ["-", "--"], strict=True):
    ax.plot(level, style, linewidth=1.5)
    ax.text(60, level[-1] + 0.02, f"ε = {rate}: {level[-1]:.2f}", ha="right")
ax.set(xlabel="step", ylabel="error $E/N$", ylim=(0.4, 1))
show(fig, "Two curves that end level, the one of the larger rate clearly higher.")

# %%
flat = [np.ptp(level[-30:]) for level in levels.values()]
print("change over the last 30 steps:", np.round(flat, 3))
assert max(flat) < 0.01 and levels[4][-1] > 1.2 * levels[1][-1]

# %% [markdown]
# Neither moves any more, and one is wrong by a quarter. A curve alone cannot tell. The
# test is a smaller rate: if the error falls again, it was not the bottom.
#
# Now play. Move the learning rate and watch the path on the map. The explorer has 100
# points and works with the *sum* $E$, so its rates are a hundredth of ours: what is
# 1 above is 0.01 there. **Predict**, then try: with $\varepsilon$ at 0.05 and little
# noise (1.0) all is well. What happens when you turn the noise up to 2?

# %%
predict(
    "1.f",
    "With more noise, the same rate will",
    ["get there sooner", "do the same", "oscillate"],
)

# %%
LearningRateExplorer()

# %%
happened("1.f", "oscillate", "Larger inputs make larger slopes.")

# %% [markdown]
# With more noise the same rate oscillates: the points reach further out, the inputs in
# the gradient are larger, and with them the slopes and the steps. The path jumps to and
# fro, while the error ends nearly level, far above the lowest. (Begun at (0, 0), it ends
# above even the error of the start, and the explorer calls that "diverges".) A learning
# rate is good or bad *for given data*, which is why so much care is taken to bring
# inputs to a common scale.

# %% [markdown]
# ### Exercise 1.1 – As fast as possible (change and measure)
# How large may $\varepsilon$ be? Find the largest learning rate with which the error of
# our 200 points (`X`, `t`) still falls at every one of the first 100 steps, to within
# 10%. "Falls" allows for rounding: `np.all(np.diff(errors) < 1e-9)`. You can search by
# hand with `descend`, or let a loop do it.
#
# Replace each `...` and run the check below it; it tells you what is right or what is
# still wrong. Stuck? `hint("1.1")` gives one step more with every call,
# `solution("1.1")` shows the worked code, and `exercise_table()` lists what is done.
# All solutions stand in [their own notebook](solutions/01_logistic_regression.ipynb).
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
largest_rate = ...

# %%
check("1.1", largest_rate)

# %% [markdown]
# ## 1.5 One model, written three times
# Step back and sort what is in a model. There are only three kinds of thing, in this
# model and in every other:
#
# | kind | here | in TensorFlow | who sets it |
# |---|---|---|---|
# | **data** | $X$, $t$ | `tf.constant`, array | fed in, never changed |
# | **parameters** | $w_0$, $w$ | `tf.Variable` | tuned by training |
# | **formulas** | $f$, $P$, $E$ | operations | you, when you choose the model |
#
# The formula for $f$ works on all points at once: $f = Xw + w_0$ with $X$ of shape
# $(N, 2)$. The product gives $N$ numbers, and NumPy adds the single $w_0$ to every one
# of them, which is called *broadcasting*. Is it the same as a loop?

# %% [markdown] tags=["teacher"]
# minutes: 5
# stall: (200, 1) minus (200,) gives 200 × 200 and no error message: everyone meets this
# once. With GradientTape: why `assign_sub` instead of `-=`, and that nothing is derived
# by us any more.
# ask: Three programs start at zero with one rate. May their parameters differ?
# answer: Only by rounding. They agree to 0.0001 here; digits further back differ
# because of 32 against 64 bits.
# skip: The loop against the matrix product; for Keras users also the tape.

# %%
f = X @ w + w0  # (200, 2) @ (2,) + () -> (200,)
one_by_one = [w0 + w[0] * x + w[1] * y for x, y in X]
print(f.shape, np.allclose(f, one_by_one))

# %% [markdown]
# TensorFlow and Keras write $w$ as a matrix with one column per output, and $w_0$ as a
# vector of one number per output, called *bias*. Then $f$ is a column, of shape
# $(N, 1)$. Beware of what broadcasting does with a column and a plain vector. What
# shape do you expect for the residuals below?

# %%
W = w[:, None]  # (2,) -> (2, 1)
b = np.array([w0])  # (1,)
F = X @ W + b  # (200, 2) @ (2, 1) + (1,) -> (200, 1)
print(F.shape, (sigmoid(F) - t).shape)

# %% [markdown]
# A table of 200 × 200 differences of every point with every label: no exception, just
# nonsense that trains to nothing. The cure is to give $t$ the same shape:

# %%
print((sigmoid(F) - t[:, None]).shape)  # (200, 1) - (200, 1) -> (200, 1)

# %% [markdown]
# Shape comments like those above are the cheapest way to notice.
#
# Now the race. Three versions, the same start at zero, the same learning rate, the same
# number of steps, always on all the points at once. **First, NumPy**, with the gradient
# that we worked out by hand:

# %%
learning_rate, steps = 0.5, 100
w0_numpy, w_numpy, errors_numpy = descend(X, t, learning_rate, steps)
print(f"NumPy         w0 {w0_numpy:.3f}   w {w_numpy.round(3)}")

# %% [markdown]
# **Second, TensorFlow.** Here nobody derives anything: a `GradientTape` records every
# operation on the variables and works backwards through the recording, by the chain
# rule. The data are constants, the parameters variables, as in the table above.

# %%
inputs = tf.constant(X, dtype="float32")  # (200, 2)
targets = tf.constant(t[:, None], dtype="float32")  # (200, 1)
W = tf.Variable(tf.zeros((2, 1)))
b = tf.Variable(tf.zeros(1))


# %% [markdown]
# The function below computes the mean error in full view of the tape, then asks the
# tape for the derivatives by $b$ and $W$. At the start, where both are zero, we can
# compare them with the ones that we worked out by hand:


# %%
def tape_gradient():
    with tf.GradientTape() as tape:
        f = inputs @ W + b  # (200, 2) @ (2, 1) + (1,) -> (200, 1)
        costs = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=f)
        mean_error = tf.reduce_mean(costs)  # (200, 1) -> ()
    return tape.gradient(mean_error, [b, W])


by_b, by_w = tape_gradient()  # (1,), (2, 1)
print("by tape", by_w.numpy().ravel().round(4))
print("by hand", gradient(X, t, 0.0, np.zeros(2))[1].round(4))

# %% [markdown]
# The long name in the middle is the safe cross-entropy of section 1.3, computed from
# $f$ (its technical name is *logit*) rather than from the rounded $P$. The gradients
# are the same, and will be for formulas that nobody wants to derive by hand. What is
# left is the loop: subtract the learning rate times the slope from each variable.

# %%
for _ in range(steps):
    for parameter, slope in zip([b, W], tape_gradient(), strict=True):
        parameter.assign_sub(learning_rate * slope)
w_tape = W.numpy().ravel()  # (2, 1) -> (2,)
print(f"GradientTape  w0 {b.numpy()[0]:.3f}   w {w_tape.round(3)}")

# %% [markdown]
# **Third, Keras.** A layer called `Dense` is exactly $\sigma(XW + b)$: one unit, the
# sigmoid as its *activation*. How many parameters will Keras count? (By default it
# starts from small random weights. For the race we ask for zeros.)

# %%
unit = layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")
model = keras.Sequential([keras.Input((2,)), unit])
print(model.count_params(), "parameters")

# %% [markdown]
# `compile` names the other two parts of the recipe: the error, which Keras calls
# *loss*, and the way to minimise it. `SGD` stands for stochastic gradient descent; when
# each batch holds all the points, nothing is stochastic and it is our `descend`. One
# pass over the data is an *epoch*, so 100 steps are 100 epochs here.

# %%
descent = keras.optimizers.SGD(learning_rate=learning_rate)
model.compile(optimizer=descent, loss="binary_crossentropy")
history = model.fit(X, t, batch_size=len(X), epochs=steps, verbose=0)
w_keras, w0_keras = [array.ravel() for array in model.get_weights()]  # (2,), (1,)
print(f"Keras         w0 {w0_keras[0]:.3f}   w {w_keras.round(3)}")

# %% tags=["nbval-ignore-output"]
by_numpy = np.array([w0_numpy, *w_numpy])  # (3,)
others = np.array([[*b.numpy(), *w_tape], [*w0_keras, *w_keras]])  # (2, 3)
apart = np.abs(others - by_numpy).max()
assert_between(apart, 0, 1e-4, "largest difference of a parameter", show=".0e")
# Keras notes the error before each step, so it lacks our last one.
apart = np.abs(history.history["loss"] - errors_numpy[:-1]).max()
assert_between(apart, 0, 1e-4, "largest difference of an error", show=".0e")

# %% [markdown]
# Three programs, one result: no parameter differs by more than 0.0001, nor does the
# mean error at any step. (Digits further back differ, as Keras and TensorFlow compute
# with 32 bits and NumPy with 64.) So nothing in Keras is magic, and nothing in NumPy is
# a toy. From now on we pick what is clearest for the job.
#
# And the line that they have found?

# %%
fig, ax = plt.subplots(figsize=(6, 5))
plot_classes(ax, X, t)
plot_probability(ax, w0_numpy, w_numpy)
show(fig, "The trained model: its line P 0.5 runs through the middle of the overlap.")

# %% [markdown]
# The line for one half now runs through the middle of the overlap. Between the lines
# for 0.1 and 0.9 the model is in doubt, and says so. An honest model should make most
# of its mistakes there. Does it?

# %%
P = sigmoid(X @ w_numpy + w0_numpy)  # (200,)
wrong = (P > 0.5) != t  # (200,)
in_doubt = (P > 0.1) & (P < 0.9)  # (200,)
print(f"{wrong.sum()} mistakes, {np.sum(wrong & in_doubt)} of them when in doubt")
assert_between(in_doubt[wrong].mean(), 0.7, 1, "mistakes made in doubt", show=".0%")

# %% [markdown]
# It does, on the points that it was trained with. That is the use of a probability: the
# doubtful parts go to the inspector first. Does the rest need nobody's time? That is a
# question about new parts, and section 1.6 answers it.

# %% [markdown]
# ## 1.6 Does it hold for new points?
# To decide, take class 1 where $P > 0.5$, which is where $f > 0$. The share of right
# decisions is the **accuracy**. Measured on the points that the model was trained with,
# it answers the wrong question: we want to know about the *next* part off the line. So
# we keep data aside that training never sees. Our toy clouds give us 10,000 such points
# for the asking.


# %% [markdown] tags=["teacher"]
# minutes: 10
# exercises: 6
# stall: The falling training curve is read as "gets worse with more data". The bars are
# eight of ten training sets, no error of measurement. In Exercise 1.2 length and angle
# of w are confused; in 1.4 people search a line.
# ask: With four points the model looks best on its own points. Why?
# answer: Few points are easily met by chance and learned by heart; the held-out
# accuracy is at its worst there.
# skip: The sure-and-wrong count; Exercises 1.3 and 1.4 at home, one of them by choice.


# %%
def accuracy(X, t, w0, w):
    return np.mean((X @ w + w0 > 0) == t)


X_new, t_new = two_clouds(10_000, rng, noise=1.5)
on_seen, on_unseen = accuracy(X, t, w0, w), accuracy(X_new, t_new, w0, w)
assert_between(on_seen, 0.8, 0.9, "accuracy on the training points", show=".1%")
assert_between(on_unseen, 0.81, 0.85, "accuracy on held-out points", show=".1%")

# %% [markdown]
# Both are within a few per cent of each other: 200 points are plenty for three
# parameters. And the parts about which the model is sure, with $P$ below 0.1 or above
# 0.9: may they leave without an inspector? "Above 0.9" promises at most one mistake in
# ten. **Predict** what the next cell will find.

# %%
predict("1.g", "How many of the sure answers are wrong, in %?", within=2)

# %%
P_new = sigmoid(X_new @ w + w0)  # (10000,)
wrong = (P_new > 0.5) != t_new  # (10000,)
sure = (P_new < 0.1) | (P_new > 0.9)  # (10000,)
print(f"in doubt: {1 - sure.mean():.0%} of the new points")
assert_between(wrong[sure].mean(), 0.05, 0.08, "sure and wrong", show=".1%")
assert_between(sure[wrong].mean(), 0.15, 0.25, "of all mistakes", show=".0%")
happened("1.g", 100 * wrong[sure].mean())

# %% [markdown]
# The promise is kept, and no more was promised: about one sure part in sixteen is on
# the wrong side, and a fifth of all mistakes hide there. Whether they may pass is a
# matter of what a mistake costs, not of the model. With fewer points? We draw forty
# small training sets of each size, train on each, and take the mean of both accuracies,
# and the range that holds eight of ten. **Predict** how the two curves run as the
# training set grows: up or down, and which one lies above?


# %%
predict(
    "1.h",
    "As the training set grows, how do the two accuracies run?",
    [
        "both rise",
        "both fall",
        "training falls, new rises",
        "training rises, new falls",
    ],
)


# %%
def accuracies(size, repeats=40):
    results = []
    for _ in range(repeats):
        X_few, t_few = two_clouds(size, rng, noise=1.5)
        w0, w, _ = descend(X_few, t_few, learning_rate=1.0, steps=100)
        results.append([accuracy(X_few, t_few, w0, w), accuracy(X_new, t_new, w0, w)])
    return np.array(results)  # (repeats, 2), on the training points and on the new ones


print("4 points, mean of both:", accuracies(4).mean(axis=0).round(2))

# %% [markdown]
# With four points the gap is wide already. Now for all sizes up to 256, each doubling
# the one before. The bars hold the middle 80% of the forty training sets:

# %%
sizes = np.array([4, 8, 16, 32, 64, 128, 256])
results = np.array([accuracies(size) for size in sizes])  # (7, 40, 2)
on_training, on_new = results.mean(axis=1).T  # (7,), (7,)
low, high = np.quantile(results, [0.1, 0.9], axis=1)  # (7, 2), (7, 2)

# %%
fig, ax = plt.subplots()
curves = [(on_training, 0.96, "o-", ORANGE), (on_new, 1.04, "s-", BLUE)]
for k, (means, aside, style, color) in enumerate(curves):
    # A little to the left and to the right, so that no bar hides another.
    ax.plot(aside * sizes, 100 * means, style, color=color)
    ends = 100 * low[:, k], 100 * high[:, k]
    ax.vlines(aside * sizes, *ends, color=color, linewidth=1)
ax.text(36, 92, "● on the training points", color=ORANGE)
ax.text(36, 69, "■ on held-out points", color=BLUE)
ax.set_xscale("log", base=2)
ax.set(xlabel="points in the training set (logarithmic)", ylabel="accuracy [%]")
ax.set_xticks(sizes, sizes)
show(fig, "Training accuracy falls and held-out accuracy rises towards a common value.")
happened("1.h", "training falls, new rises", "Few points are easily learned by heart.")

# %%
gap, spread = on_training - on_new, (high - low)[:, 1]  # (7,), (7,)
assert_between(gap[0], 0.1, 0.4, "gap with 4 points", show=".1%")
assert_between(gap[-1], -0.02, 0.02, "gap with 256 points", show=".1%")
assert_between(on_new[-1], 0.81, 0.84, "held-out, 256 points", show=".1%")
assert_between(spread[0] / spread[-1], 5, 100, "bars, 4 points / 256", show=".0f")

# %% [markdown]
# The fewer the points, the *better* the model looks on them, and the worse it is on new
# ones. With four points it has learned their accidents by heart, and only the held-out
# points give it away: this is *overfitting*. The long bars on the left say that it is
# also a matter of luck: one set of four gives a good line, the next a poor one. As the
# set grows the luck goes, and both curves meet at about 83%, which is what the overlap
# of the clouds allows; no model can beat that.
#
# Back to the polynomial of section 1.1 with as many parameters as points. We hold out
# one month, fit the other eleven, and note by how many degrees the curve misses the
# month that it has not seen; then the next month, twelve times in all. With degree 10
# the curve goes through all eleven points that it was given. Your guess: is it better
# or worse than degree 4 on the twelfth?


# %%
predict(
    "1.i",
    "Degree 10 on the month not seen: better or worse than degree 4?",
    ["better", "about as good", "worse"],
)


# %%
def misses_of(degree):
    misses = []
    for month, temperature in zip(months, temperatures, strict=True):
        seen = months != month  # (12,), True for the other eleven
        curve = np.polynomial.Polynomial.fit(months[seen], temperatures[seen], degree)
        misses.append(abs(curve(month) - temperature))
    return np.array(misses)


four, ten = misses_of(4), misses_of(10)  # (12,), (12,)
assert_between(np.median(four), 0.5, 1.2, "degree 4, typical miss in °C", show=".1f")
assert_between(np.median(ten), 1.5, 3, "degree 10, typical miss in °C", show=".1f")
assert_between(ten[[0, -1]].min(), 100, 250, "January, December", show=".0f")
happened("1.i", int(np.digitize(np.median(ten) / np.median(four), [0.8, 1.25])))

# %% [markdown]
# No error at all on the months that it has seen, and a larger one than degree 4 on the
# typical month that it has not (typical is the median: half of the months are missed by
# less). January and December it misses by more than 100 °C: there the curve has to go
# on past all that it has seen. **Good on past data is not good on new data**:
# judge a model, and choose between models, by data that took no part in the training.

# %% [markdown]
# ### Exercise 1.2 – More noise (predict and run)
# `noise` is the width of the clouds. It goes up from 0.5 to 2.5, everything else stays.
# What happens to the smallest error per point, the accuracy on new points, the length
# of $w$ and the angle of $w$? Predict first: put `"up"`, `"down"` or `"same"` (for:
# only chance moves it) for every `...`. Then measure with the function below, and
# correct yourself. Can you explain every one of the four?


# %%
def measure(noise):
    X, t = two_clouds(500, np.random.default_rng(2), noise)
    w0, w, errors = descend(X, t, learning_rate=1.0, steps=500)
    X_new, t_new = two_clouds(10_000, np.random.default_rng(3), noise)
    print(f"with noise {noise}:")
    print(f"  error per point        {errors[-1]:.2f}")
    print(f"  accuracy on new points {accuracy(X_new, t_new, w0, w):.2f}")
    print(f"  length of w            {np.linalg.norm(w):.2f}")
    print(f"  angle of w             {np.degrees(np.arctan2(w[1], w[0])):.0f} degrees")


measure(noise=1.5)

# %% [markdown]
# Your prediction:

# %% tags=["exercise"]
prediction = {
    "error per point": ...,
    "accuracy on new points": ...,
    "length of w": ...,
    "angle of w": ...,
}

# %%
check("1.2", prediction)

# %% [markdown]
# ### Exercise 1.3 – Any number of measurements (build)
# Write `fit(X, t)` for points with any number of columns. It gets `X` of shape
# `(N, columns)` and labels `t`, and returns `(w0, w)` at the smallest error (to within
# 0.1%). Use nothing but NumPy, and choose rate and steps yourself: the check comes with
# three sensors whose values lie between about −6 and 6, and with a single one.


# %% tags=["exercise"]
def fit(X, t):
    "Return w0 (a number) and w (one number per column) with the smallest error."
    return ...


# %%
check("1.3", fit)

# %% [markdown]
# ### Exercise 1.4 – A circle in place of a line (build)
# Class 1 is a disc, class 0 a ring around it. No straight line separates them, as the
# figure shows, and logistic regression knows nothing but straight lines. Yet you may
# choose what you feed it. Write `features(points)`: it turns points of shape `(N, 2)`
# into columns, any number of them, in which a *linear* $f$ does the job. The check
# trains a logistic regression on your columns and wants 95% on new points.

# %%
radius = np.where(np.arange(300) < 150, 1, 3) + 0.4 * rng.normal(size=300)
angle = rng.uniform(0, 2 * np.pi, size=300)
ring = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])  # (300, 2)
fig, ax = plt.subplots(figsize=(5, 5))
plot_classes(ax, ring, (np.arange(300) < 150).astype(int))
show(fig, "A disc of triangles, class 1, surrounded by a ring of circles, class 0.")

# %% [markdown]
# Whichever line has the disc on one side has much of the ring there too: only a closed
# curve will do. Your features:


# %% tags=["exercise"]
def features(points):
    "Return columns, shape (N, any), in which a linear function separates the classes."
    return ...


# %%
check("1.4", features)

# %% [markdown]
# Choosing good columns by hand is called *feature engineering*. It needs someone who
# sees the ring. From [chapter 03](03_multilayer_perceptron.ipynb) on, a hidden layer
# will find such columns by itself, and that is what makes a network *deep*.

# %% [markdown]
# ## Recap
# 1. **The recipe** is model, error, minimise. For the temperature curve: a polynomial,
#    the squared error, least squares. For two classes: a line with $\sigma$, the
#    cross-entropy, gradient descent.
# 2. **A line becomes a probability** by $P = \sigma(f)$ with $f = w_0 + w_1 x + w_2 y$.
#    On the line $f = 0$ and $\sigma(0) = \frac12$ exactly; the length of $w$ says how
#    quickly $P$ moves away from it.
# 3. **The cross-entropy** is minus the logarithm of the likelihood, the probability
#    that the model gives to the labels as they are. Largest likelihood and smallest
#    error are the same place.
# 4. **Gradient descent** steps against the gradient, by $\varepsilon$ times its length.
#    An error curve that falls smoothly and has not become flat means that $\varepsilon$
#    is too small; one that goes up and down, or up, that it is too large. A flat one can
#    still be too high: try a smaller rate.
# 5. **NumPy, GradientTape and Keras** give the same parameters when start, rate and
#    steps are the same. What the model is worth is seen on held-out points only.

# %% [markdown]
# ## Read on
# * Next: [chapter 02](02_softmax_mnist.ipynb) takes this model from two classes to ten,
#   and from two numbers to an image's 784.
# * C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), sections 1.1
#   (fitting a polynomial) and 4.3 (logistic regression): the same road with more
#   mathematics.
# * I. Goodfellow, Y. Bengio and A. Courville, *Deep Learning* (2016), sections 4.3
#   (gradient-based optimisation) and 5.5 (maximum likelihood).
# * D. R. Cox, "The regression analysis of binary sequences", *Journal of the Royal
#   Statistical Society B* 20 (1958): the paper behind the method of this chapter.
# * D. Smilkov, S. Carter, D. Sculley, F. Viégas and M. Wattenberg, "Direct-manipulation
#   visualization of deep networks" (2017): the TensorFlow Playground, in which noise
#   and learning rate can be turned up in the browser.
