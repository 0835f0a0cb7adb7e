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
# **Question:** what does a machine learn when it "learns", and what do you need to know
# before you teach one?
#
# **Aims.** At the end you can
#
# 1. run, change, restart and save a notebook, and say what a kernel remembers;
# 2. tell whether this machine is ready for the course, and where its data come from;
# 3. say what machine learning does within a data-science project, and what people do;
# 4. recognise six families of learning tasks in everyday questions;
# 5. show why a model that is good on past data can fail on new data.
#
# **Before you start:** you have programmed before, in any language. Python helps.
#
# **Minutes:** about {minutes} to read and do, under 20 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Everybody runs a notebook without fear, and has seen once why a model must be
# judged on data that it was not fitted to.
# before: Programming in any language; the evening before, `make doctor` on every
# machine. No mathematics.
# machine: Open the stored notebook: all outputs and the figure of both misses in 0.5
# are in it. On the board: the café's twelve orders as dots on a line of temperatures, a
# movable limit, and a tally of mistakes.
# opening: 2
# recap: 1

# %% [markdown]
# ## Setup
# Every chapter starts with the same grey cell. Click into it and press **Shift+Enter**:
# the cell runs, its output appears below, and the next cell is selected. On your own
# machine it only finds the course's helpers; in Colab it fetches them first. Loading
# TensorFlow takes a few seconds, so give it time until "Ready" appears.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# The second cell imports what the chapter uses: NumPy for numbers in arrays, matplotlib
# for figures, and from `helpers` the course's own small tools. Nothing that you are
# here to learn hides in them; you may open any of these files and read.

# %%
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from helpers.checks import check, happened, predict
from helpers.datasets import load_mnist, source_of
from helpers.doctor import examine
from helpers.plotting import BLUE, GREEN, ORANGE, RED, show, show_images
from helpers.widgets import Explorer

# %% [markdown]
# ## 0.1 How a notebook works
# A notebook is a page of text and code. The text is for you; the code goes to a
# *kernel*, a Python program that waits in the background and remembers every variable.
# The cell below has two lines. The first stores a list. The second is an expression;
# a notebook shows the value of a cell's last expression without `print`. What will
# it show?

# %% [markdown] tags=["teacher"]
# minutes: 5
# stall: Cells run out of order: `fahrenheit` before `temperatures` gives the NameError
# that the text announces, and people look for a typing mistake. Others wait at `[*]`
# without knowing that it means busy.
# ask: I delete the cell that defines `temperatures`, and run the next one. Does it
# fail?
# answer: No. The kernel remembers what was run, not what is on the page; it fails after
# a restart.
# skip: For Jupyter users everything but the `assert` cell, which the course uses
# throughout.

# %%
temperatures = [5, 6, 9, 14, 19, 22]
max(temperatures) - min(temperatures)

# %% [markdown]
# **Change it.** Put a 30 into the list and press Shift+Enter again. The number next to
# the cell, such as `[3]`, counts every run. While a cell works, it shows `[*]` (in
# Colab, a turning circle).
#
# The kernel knows only what has been *run*, in the order in which it was run, whatever
# the order on the page. The next cell uses the list from above. If you ran it first,
# in a fresh kernel, it would stop with `NameError: name 'temperatures' is not defined`:

# %%
fahrenheit = [round(9 / 5 * t + 32) for t in temperatures]
fahrenheit

# %% [markdown]
# When things get mixed up, don't search: **Kernel → Restart Kernel and Run All Cells**
# (in Colab: Runtime → Restart session and run all) starts from an empty memory. Every
# chapter of this course runs from top to bottom in three minutes at most, so restarting
# is cheap.
#
# **Keep your changes:** save a copy under another name (File → Save Notebook As; in
# Colab: File → Save a copy in Drive), and the original stays as it was. A few keys do
# most of the work: Shift+Enter runs a cell, `a` and `b` beside a selected cell insert
# one above or below (in Colab Ctrl+M, then the letter), `Esc` leaves the text. Anything
# followed by `?` explains itself, for instance `round?`.
#
# Last, a cell like the next one. `assert` does nothing when its condition is true and
# stops with an error when it is false. The course uses it to hold its own claims.

# %%
assert len(fahrenheit) == len(temperatures)

# %% [markdown]
# ## 0.2 Is this machine ready?
# A course in deep learning needs a few packages in versions that fit together, some
# memory, some disk, and data. `examine()` looks at all of it and says **green** (fine),
# **amber** (works, with a remark) or **red** (mend this first), with the next step to
# take. In a terminal, `make doctor` shows the same. No line asks for a graphics
# processor (GPU): every chapter is made for two ordinary cores.

# %% [markdown] tags=["teacher"]
# minutes: 3
# stall: Amber is taken for a failure, and no graphics processor is looked for: no
# chapter needs one. The word "embedded" worries people; it only means that the course
# drew the data itself.
# ask: Your neighbour's line about the data says "embedded", yours "download". Who has
# the wrong course?
# answer: Nobody. Shapes and types are the same; only the measured accuracies differ a
# little.
# skip: The search path for data, when you have prepared a folder for all.

# %% tags=["nbval-ignore-output"]
findings = examine()
assert all(f.status != "red" for f in findings if f.name == "Python")

# %% [markdown]
# **Where do the data come from?** Chapters ask for data sets by name. The course looks
# in a folder that your instructor may have prepared (its path is in the variable
# `COURSE_DATA_DIR`), then in its own cache, then on the internet. When all of that
# fails, it draws a stand-in itself, so that a chapter runs in a train or behind a
# firewall too. Each load says in one line what you got:

# %% tags=["nbval-ignore-output"]
(x_train, y_train), (x_test, y_test) = load_mnist()

# %% [markdown]
# Whatever the source, shapes and types are the same: 60,000 small grey images to learn
# from and 10,000 to be tested with, and for each the digit that it shows. Here are the
# first images of each digit. Are these scans of real handwriting, or drawn by the
# course? The line above tells.

# %%
assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
assert source_of("mnist") in {"folder", "cache", "download", "embedded"}

first = [np.flatnonzero(y_train == digit)[0] for digit in range(10)]
fig = show_images(x_train[first], titles=list("0123456789"))
show(fig, "Ten handwritten digits in a row, from 0 to 9, dark ink on white.")

# %% [markdown]
# One row of ten digits, each 28 pixels wide and high. Chapter 02 learns to read them.

# %% [markdown]
# ## 0.3 Data science in one picture
# A company rarely asks "please train a network". It asks "which machines should we
# service this week?" Between that question and a decision lie three steps, and
# learning is one of them:

# %% [markdown] tags=["teacher"]
# minutes: 8
# exercises: 4
# stall: In Exercise 0.1 a hot drink exactly at the limit: the rule is strictly colder,
# so it counts as a mistake. In 0.2 the list is changed in place, and later cells see
# the warm winter; a copy with a name of its own is wanted.
# ask: What did the machine choose here, and what did we?
# answer: It chose the limit. We chose temperature as the feature, the form of the rule,
# and counting mistakes as the measure.
# skip: Exercise 0.2; the figure of five boxes can be drawn on the board instead.

# %%
steps = ["business\nquestion", "data", "features", "model", "decision"]
details = [
    "which machine\nto service?",
    "sensor logs,\npast failures",
    "mean heat,\nhours run",
    "probability\nof failure",
    "service it if\nit is worth it",
]


# %%
def draw_steps(ax):
    for i, (step, detail) in enumerate(zip(steps, details, strict=True)):
        color = ORANGE if step == "model" else BLUE
        box = FancyBboxPatch((i, 0), 0.7, 0.5, boxstyle="round,pad=0.06", color=color)
        ax.add_patch(box)
        ax.text(i + 0.35, 0.25, step, color="white", ha="center", va="center")
        ax.text(i + 0.35, -0.12, detail, ha="center", va="top", fontsize=9)
        if i:
            ax.annotate("", (i, 0.25), (i - 0.3, 0.25), arrowprops={"arrowstyle": "->"})
    ax.set(xlim=(-0.15, 4.85), ylim=(-0.5, 0.65))
    ax.axis("off")


fig, ax = plt.subplots(figsize=(7.2, 1.7))
draw_steps(ax)
show(fig, "Five boxes joined by arrows: question, data, features, model, decision.")

# %% [markdown]
# Only the orange box is learned by a machine. People choose the question, judge whether
# the data can answer it, decide which *features* (properties, as numbers) describe a
# case, and answer for the decision.
#
# What does "learned" mean? In ordinary programming a person writes the **rule** and the
# machine applies it. In machine learning a person supplies **examples**, and the machine
# finds the rule. Here are twelve examples: the temperature outside when somebody walked
# into a café, and whether a hot drink was ordered.

# %%
outside = np.array([-3, 1, 4, 6, 9, 11, 14, 16, 19, 22, 26, 31])  # °C
hot = np.array([1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0])  # 1 = hot drink

# %% [markdown]
# The form of the rule is our choice: "hot, if it is colder than some limit". The limit
# is a *parameter*, and the machine can find it by trying them all and counting
# mistakes. Which limit would you choose, and how many mistakes will be left?

# %%
predict("0.a", "How many mistakes will the best limit leave?", within=0)

# %%
limits = np.arange(-5, 35)
mistakes = [np.sum((outside < limit) != hot) for limit in limits]
best = limits[np.argmin(mistakes)]
print(f"hot, if colder than {best} °C: {min(mistakes)} mistake in {len(hot)} orders")
assert best == 17 and min(mistakes) == 1
happened("0.a", min(mistakes), "The cold drink at 11 °C breaks every limit.")

# %% [markdown]
# That is how a machine learns: a rule with a free parameter, examples, a count of
# mistakes, and a search for the parameter with the fewest. (Whether the rule will do on
# the next customers is another question: section 0.5.) Deep learning has millions
# of parameters in place of one, and a cleverer search. Two things stay the same.
# The person at 11 °C who ordered a cold drink shows that no rule is always right. And
# the machine found the limit, but *that* temperature matters was our idea.

# %% [markdown]
# ### Exercise 0.1 – Three other limits (predict and run)
# The café's twelve orders again, `outside` and `hot`. How many mistakes do the limits 0,
# 12 and 40 °C make? Work it out on paper before you run anything: a mistake is a hot
# drink at the limit or above it, or a cold drink below it.
#
# Each exercise answers back. Replace the `...`, run the cell, then run the check below
# it. `hint("0.1")` gives a hint, and another each time; `solution("0.1")` shows a
# worked answer; `exercise_table()` shows what is done, even after a restart. To use
# them: `from helpers.checks import exercise_table, hint, solution`.
# Give what you try names of your own: later cells need the chapter's variables.

# %% tags=["exercise"]
mistakes_by_limit = {0: ..., 12: ..., 40: ...}

# %%
check("0.1", mistakes_by_limit)

# %% [markdown]
# ### Exercise 0.2 – A warm winter (change and measure)
# The café gets a warm winter: the person at 11 °C was no exception, and people at 14 °C
# and 16 °C order cold drinks too. Change the list, let the machine find the best limit
# again, and hand in the lowest limit with the fewest mistakes. (Copy the two cells from
# section 0.3, the search without its last lines, `assert` and `happened`, and give the
# copies names of your own.)

# %% tags=["exercise"]
new_limit = ...

# %%
check("0.2", new_limit)

# %% [markdown]
# ## 0.4 Six families of questions
# Most questions to data belong to one of a few families. To know the family is to know
# which methods, and which chapters, can help:
#
# | family | everyday question | the answer is |
# |---|---|---|
# | classification, and class-probability estimation | Is this mail spam? How probably? | a class, or a number from 0 to 1 for each class |
# | regression | How much power will the town need tomorrow at noon? | a number on a scale |
# | similarity matching | Which customers are like this one? | a ranking of known cases |
# | clustering | Which kinds of visitors does our site have? | groups that nobody named before |
# | co-occurrence grouping | What is bought together with nappies? | pairs or sets that appear together |
# | reinforcement learning | How should the lift wait to shorten the queues? | a way to act, learned from reward |
#
# The first two have a *target*: past cases with the right answer. They are called
# **supervised**, and Parts I and II are about them. Clustering has no right answers to
# learn from; it is **unsupervised**.
#
# Similarity fits into three lines. Five customers are described by two features, their
# orders per month and the mean price. Who is most like the new one?

# %% [markdown] tags=["teacher"]
# minutes: 6
# exercises: 3
# stall: In `contains.T @ contains` few see why a matrix product counts pairs; do one
# entry by hand. In Exercise 0.3 the new case is divided by the spread, but by its own
# instead of that of `cases`.
# ask: One order more and one euro more count as equally far. Who decided that?
# answer: We did, by leaving the units as they were; other units give another nearest
# customer.
# skip: The shopping baskets, and the table read aloud: two families are enough here.

# %%
predict(
    "0.b", "Which customer is nearest (counting from 0)?", ["0", "1", "2", "3", "4"]
)

# %%
customers = np.array([[2.0, 9.0], [8.0, 3.0], [7.0, 4.0], [1.0, 12.0], [4.0, 6.0]])
new = np.array([6.0, 4.0])
distances = np.sqrt(np.sum((customers - new) ** 2, axis=1))  # (5, 2) - (2,) -> (5,)
print("distances:", distances.round(2), "most similar: customer", np.argmin(distances))
happened("0.b", np.argmin(distances))

# %% [markdown]
# Customer 2 (counting from 0) is nearest. Mind what happened without a word: one order
# more and one euro more counted as equally far. Whether that is sensible, the method
# cannot know. You can.
#
# Co-occurrence needs no more than counting. In four shopping baskets, which pair occurs
# most often?

# %%
predict(
    "0.c",
    "Which pair occurs most often?",
    ["beer and nappies", "bread and butter", "bread and jam"],
)

# %%
baskets = ["bread butter jam", "bread butter", "beer nappies", "bread butter beer"]
items = sorted(set(" ".join(baskets).split()))
contains = np.array([[item in basket.split() for item in items] for basket in baskets])
# True and False as 1 and 0, so that @ counts: (items, baskets) @ (baskets, items)
together = contains.T.astype(int) @ contains
print(items)
print(together)
assert together[items.index("bread"), items.index("butter")] == 3
happened("0.c", "bread and butter")

# %% [markdown]
# Row *bread*, column *butter* says 3: three baskets hold both. The diagonal counts each
# item alone. One matrix product answered the question for all pairs at once, and such
# products are what a neural network spends nearly all of its time with.

# %% [markdown]
# ### Exercise 0.3 – Most similar (build)
# Write a function that answers the question of similarity matching for any customers:
# given an array `cases` of shape (n, features) and one `case` of shape (features,), it
# returns the row number of the most similar case. Before you compare distances, divide
# every feature by its standard deviation over `cases`, so that no feature counts more
# because of its unit.


# %% tags=["exercise"]
def most_similar(cases, case):
    return ...


# %%
check("0.3", most_similar)

# %% [markdown]
# ## 0.5 Good on past data is not good on new data
# Now the most important warning of the course. We measure something ten times, with
# some noise: the true curve is a gentle wave, which in real life we would not know.
# Then we fit polynomials: degree 1 is a straight line with two parameters, degree 9 has
# ten parameters, one for each point.

# %% [markdown] tags=["teacher"]
# minutes: 5
# stall: Polynomials are taken for the subject. Say early that the degree stands for the
# number of parameters, in any model. Validation and test data are mixed up: one
# chooses, the other is looked at once.
# ask: Degree 9 passes through all ten points. Why is that no good news?
# answer: Ten parameters can meet any ten points, noise included; between them the curve
# is free to swing.
# skip: The slider, if the figure after it is shown; never the last paragraph.

# %%
rng = np.random.default_rng(6)
x_past = np.linspace(0, 1, 10)
y_past = np.sin(2 * np.pi * x_past) + rng.normal(0, 0.25, 10)
x_new = np.linspace(0.02, 0.98, 50)
y_new = np.sin(2 * np.pi * x_new) + rng.normal(0, 0.25, 50)


# %% [markdown]
# "Fit" means: choose the parameters that make the typical miss on the ten past points
# as small as possible. The 50 new points come from the same source, at other places;
# the fit never sees them. With a higher degree the miss on past points can only shrink.
# What will the miss on new points do?


# %%
predict(
    "0.d",
    "As the degree grows, what does the miss on new points do?",
    ["shrink as well", "fall, then rise", "stay the same"],
)


# %%
def misses(degree):
    curve = np.polynomial.Polynomial.fit(x_past, y_past, degree)
    past = np.sqrt(np.mean((curve(x_past) - y_past) ** 2))
    new = np.sqrt(np.mean((curve(x_new) - y_new) ** 2))
    return curve, past, new


for degree in (1, 3, 9):
    _, past, new = misses(degree)
    print(f"degree {degree}: typical miss {past:.2f} on past data, {new:.2f} on new")
happened(
    "0.d",
    "fall, then rise" if new > misses(3)[2] else "shrink as well",
    "A curve that passes through every point learns the noise.",
)

# %% [markdown]
# Degree 9 goes through every past point and misses new points by more than degree 3
# does. It has learned the noise by heart, which is called **overfitting**. See it
# happen: move the slider with the mouse, or click it and use the arrow keys.


# %%
def draw_fit(degree):
    curve, past, new = misses(degree)
    fig, ax = plt.subplots(figsize=(7, 3.8))
    grid = np.linspace(0, 1, 200)
    ax.plot(grid, curve(grid), color=GREEN)
    ax.plot(x_new, y_new, "x", color=ORANGE, label=f"new data: miss {new:.2f}")
    ax.plot(x_past, y_past, "o", color=BLUE, label=f"past data: miss {past:.2f}")
    ax.set(xlabel="x", ylabel="y", ylim=(-2.2, 2.8), title=f"degree {degree}")
    ax.legend(loc="upper right")
    return fig


# %%
def describe_fit(degree):
    _, past, new = misses(degree)
    return (
        f"Curve of degree {degree}; it misses past data by {past:.2f}, new by {new:.2f}"
    )


slider = ipywidgets.IntSlider(3, 0, 9, description="degree", layout={"width": "98%"})
Explorer(draw_fit, describe_fit, {"degree": slider})

# %% [markdown]
# The same in one figure: the miss on past data falls and falls, while the miss on new
# data falls, then rises. Only the second curve can tell you which degree to take.

# %%
degrees = range(10)
errors = np.array([misses(degree)[1:] for degree in degrees])  # (10, 2)
assert np.all(np.diff(errors[:, 0]) < 1e-9)  # never worse on past data
assert errors[9, 0] < 1e-6 and errors[9, 1] > 1.5 * errors[3, 1]  # worse on new data
fig, ax = plt.subplots()
ax.plot(degrees, errors[:, 0], "o-", color=BLUE)
ax.plot(degrees, errors[:, 1], "x--", color=RED)
ax.text(7.1, errors[7, 0] + 0.04, "past data", color=BLUE)
ax.text(6.2, errors[7, 1] + 0.06, "new data", color=RED)
ax.set(xlabel="degree of the polynomial", ylabel="typical miss", ylim=(-0.02, None))
show(fig, "Miss on past data falls to 0 with the degree; on new data it rises again.")

# %% [markdown]
# Past data always prefer the most complicated model. The lowest point of the dashed
# curve is the model to choose, and you find it only with data that the fit has not
# seen. Data that you *choose* by are called **validation** data. Having chosen, you know
# a flattering number: of ten models you took the one that these 50 points liked best.
# What the chosen one is worth is said by a third part, the **test** data, looked at
# once, at the end.

# %% [markdown]
# ## The map of the course
# Each chapter stands alone, opens by itself and says what to know before. Minutes are
# for reading and doing; the seconds that the code needs are at the head of a chapter.
#
# {chapters}

# %% [markdown]
# ## Recap
# 1. **A notebook** is a page whose code runs in a kernel. The kernel remembers what was
#    run, in the order in which it was run; Restart and Run All clears doubts.
# 2. **Readiness:** `examine()` names what is missing and the next step; every load of
#    data says where it came from.
# 3. **Learning** finds the parameters of a rule from examples. People choose question,
#    data, features and form of the rule, and answer for the decision.
# 4. **Six families:** classification, regression, similarity, clustering,
#    co-occurrence, reinforcement; the first two learn from right answers.
# 5. **Past is not new:** the more parameters, the better the fit to data already seen.
#    Validation data, kept aside, choose the model; test data, used once, say what it is
#    worth.

# %% [markdown]
# ## Read on
# - F. Provost and T. Fawcett, *Data Science for Business*, O'Reilly, 2013: the families
#   of section 0.4 and how to think about decisions.
# - A. Samuel, "Some Studies in Machine Learning Using the Game of Checkers", *IBM
#   Journal of Research and Development*, 1959: where "machine learning" got its name.
# - C. Bishop, *Pattern Recognition and Machine Learning*, Springer, 2006: chapter 1 fits
#   polynomials to a noisy wave, as section 0.5 does, and goes on from there.
# - [Chapter 01](01_logistic_regression.ipynb) is next.
