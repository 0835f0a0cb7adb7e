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
# Worked answers to the exercises of [chapter 9](../09_lstm_imdb.ipynb). Try each one
# yourself first, and `hint("9.1")` before you look. Other answers than these are right
# too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: one step of an LSTM, the loop over the words,
# the slopes along the forget gates, and the bag of words. The chapter explains them.

# %%
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from helpers.checks import assert_between, check
from helpers.plotting import show
from helpers.synthetic import make_reviews


# %%
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_forward(x, W, b):
    """Outputs (N, T, units), and the forget gates of each step."""
    h = c = np.zeros((len(x), len(b) // 4))
    outputs, memory = [], []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(np.concatenate([h, x[:, t]], axis=1) @ W + b, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
        memory.append(sigmoid(f))
    return np.stack(outputs, axis=1), memory


# %%
def random_weights(units, inputs, rng):
    kernel_limit = np.sqrt(6 / (inputs + 4 * units))
    kernel = rng.uniform(-kernel_limit, kernel_limit, (inputs, 4 * units))
    recurrent = np.linalg.qr(rng.normal(size=(4 * units, units)))[0].T
    return np.concatenate([recurrent, kernel])


rng = np.random.default_rng(9)
noise, W_noise = rng.normal(size=(1, 100, 8)), random_weights(32, 8, rng)


# %%
def lengths_back(memory, W, units):
    """Length of the slope along the forget gates: one row per step back."""
    direct, lengths = np.full((1, units), units**-0.5), []
    for f in reversed(memory):
        direct = direct * f
        lengths.append([np.linalg.norm(direct)])
    return np.array(lengths)  # (T, 1)


# %%
def flatten(reviews):
    bags = [np.unique(review) for review in reviews]
    sizes = np.array([len(bag) for bag in bags])
    return np.concatenate(bags), np.cumsum(sizes) - sizes, sizes


def train_bag(reviews, y, steps=40, rate=0.1, num_words=10_000):
    words, starts, sizes = flatten(reviews)
    w, m, v = np.zeros((3, num_words))
    for k in range(1, steps + 1):
        slope = sigmoid(np.add.reduceat(w[words], starts)) - y  # (N,)
        g = np.bincount(words, np.repeat(slope, sizes), num_words) / len(y) + 3e-4 * w
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g**2
        step = m / (1 - 0.9**k) / (np.sqrt(v / (1 - 0.99**k)) + 1e-6)
        w -= rate * (1 - k / (steps + 1)) * step
    return w


def bag_accuracy(w, reviews, y):
    words, starts, _ = flatten(reviews)
    return np.mean((np.add.reduceat(w[words], starts) > 0) == y)


# %% [markdown]
# ## Exercise 9.1 – Gates on paper
#
# The new cell is $0.5\cdot(-1)+0.8\cdot1=0.3$, the output $0.25\cdot0.2913=0.0728$. The
# GRU mixes: $0.75\cdot0.8+0.25\cdot(-0.4)=0.5$. And $f^{100}=0.5$ means $f=0.5^{1/100}$.

# %% [markdown] tags=["hints"] exercise="9.1"
# **Hints**
#
# 1. New cell: forget gate times old cell plus input gate times candidate. Output: o
#    times tanh of it.
# 2. GRU: the update gate keeps that part of the old output, the rest comes from the
#    candidate.
# 3. After 100 steps f**100 is left. Which f gives 0.5? The hundredth root: 0.5 ** (1
#    / 100).
#
# **Right:** keep a part, write a part, show a part; and 0.9931 per step is already a
# half after 100

# %% tags=["solution"] exercise="9.1"
by_hand = {
    "cell": 0.5 * -1 + 0.8 * 1,
    "output": 0.25 * np.tanh(0.3),
    "GRU output": 0.75 * 0.8 + 0.25 * -0.4,
    "forget gate": 0.5 ** (1 / 100),
}

# %%
check("9.1", by_hand)

# %% [markdown]
# Which bias would a forget gate need for that, if nothing else acted on it? The inverse
# of the sigmoid is $\log\frac{f}{1-f}$:

# %%
f = by_hand["forget gate"]
print("gate", round(f, 4), " bias", round(float(np.log(f / (1 - f))), 2))

# %% [markdown]
# ## Exercise 9.2 – The bias of the forget gate

# %% [markdown] tags=["hints"] exercise="9.2"
# **Hints**
#
# 1. One loop over the biases, as in section 9.2, with the biases 0 to 4.
# 2. lengths_back(memory, W_noise, 32) has one row per step; after 50 steps is row 49,
#    column 0.
# 3. b = np.repeat([0.0, bias, 0.0, 0.0], 32); _, memory = lstm_forward(noise,
#    W_noise, b); left_by_bias[bias] = lengths_back(memory, W_noise, 32)[49, 0]
#
# **Right:** each unit of bias moves f towards 1, and 50 factors make a large
# difference of a small one

# %% tags=["solution"] exercise="9.2"
left_by_bias = {}
for at_start in (0, 1, 2, 3, 4):
    b_start = np.repeat([0.0, at_start, 0.0, 0.0], 32)
    _, each_step = lstm_forward(noise, W_noise, b_start)
    left_by_bias[at_start] = lengths_back(each_step, W_noise, 32)[49, 0]

# %%
check("9.2", left_by_bias)

# %%
fig, ax = plt.subplots(figsize=(6, 3.2))
biases = np.array(list(left_by_bias))
ax.semilogy(biases, left_by_bias.values(), "o", markersize=9, label="measured")
fine = np.linspace(0, 4, 100)
ax.semilogy(fine, sigmoid(fine) ** 50, "--", label=r"$\sigma(b)^{50}$")
ax.set(xlabel="bias of the forget gates", ylabel="left after 50 steps", xticks=biases)
ax.legend()
assert left_by_bias[4] > 1e6 * left_by_bias[0]
show(fig, "The part that is left rises steeply with the bias, then ever less, to 0.4.")

# %% [markdown]
# From 0 to 1, one unit of bias makes a factor of many millions; from 3 to 4 it makes
# about four. If the gates saw nothing but their bias, it would be $\sigma(b)^{50}$, the
# dashed line. The noise at the gates moves single factors up and down, and over 50 steps
# this nearly cancels out.

# %% [markdown]
# ## Exercise 9.3 – An average that knows its padding

# %% [markdown] tags=["hints"] exercise="9.3"
# **Hints**
#
# 1. mask = numbers != 0 has the shape (N, T). The vectors need one axis more: mask[:,
#    :, None].
# 2. Sum of vectors * mask over the words, divided by the number of words in each row.
# 3. A row without words divides 0 by 0: use np.maximum(count, 1).
#
# **Right:** the padding counts neither in the sum nor in the number of words


# %% tags=["solution"] exercise="9.3"
def masked_mean(vectors, numbers):
    mask = (numbers != 0)[:, :, None]  # (N, T, 1)
    count = np.maximum(mask.sum(axis=1), 1)  # (N, 1)
    return (vectors * mask).sum(axis=1) / count  # (N, width)


# %%
check("9.3", masked_mean)

# %% [markdown]
# Keras has nearly the same: `GlobalAveragePooling1D` uses the mask of an embedding with
# `mask_zero`, but makes NaN of a row that is nothing but padding.

# %%
numbers = np.array([[0, 0, 0, 4, 2], [1, 3, 0, 0, 0]])
embedding = layers.Embedding(5, 3, mask_zero=True)
vectors = embedding(numbers)
by_keras = layers.GlobalAveragePooling1D()(
    vectors, mask=embedding.compute_mask(numbers)
)
ours = masked_mean(vectors.numpy(), numbers)
print(np.allclose(ours, by_keras.numpy(), atol=1e-6))

# %% [markdown]
# ## Exercise 9.4 – Coupled gates
#
# A quarter of the parameters is saved. What is lost: to keep everything and to write at
# the same time, as a counter has to.

# %% [markdown] tags=["hints"] exercise="9.4"
# **Hints**
#
# 1. Join h and x as in section 9.1, h first; one product with W gives all three parts.
# 2. f, g, o = np.split(hx @ W + b, 3, axis=1); the gates need the sigmoid, the
#    candidate tanh.
# 3. c_new = f * c + (1 - f) * g, and h_new = o * np.tanh(c_new)
#
# **Right:** what is forgotten makes room for what is written


# %% tags=["solution"] exercise="9.4"
def coupled_step(x, h, c, W, b):
    hx = np.concatenate([h, x], axis=1)  # (N, units + inputs)
    f, g, o = np.split(hx @ W + b, 3, axis=1)  # (N, units) each
    f, g, o = 1 / (1 + np.exp(-f)), np.tanh(g), 1 / (1 + np.exp(-o))
    c_new = f * c + (1 - f) * g
    return o * np.tanh(c_new), c_new


# %%
check("9.4", coupled_step)

# %% [markdown]
# ## Exercise 9.5 – A bag of pairs

# %% [markdown] tags=["hints"] exercise="9.5"
# **Hints**
#
# 1. zip(numbers, numbers[1:]) gives every two neighbours.
# 2. One code per pair: size + a * size + b for a, b in zip(numbers, numbers[1:]).
# 3. return [*numbers, *(size + a * size + b for a, b in zip(numbers, numbers[1:]))]
#
# **Right:** "not bad" now has a weight of its own; what is further apart stays unseen


# %% tags=["solution"] exercise="9.5"
def with_pairs(numbers, size):
    pairs = [size + a * size + b for a, b in zip(numbers, numbers[1:], strict=False)]
    return [*numbers, *pairs]


# %%
check("9.5", with_pairs)

# %% [markdown]
# On the grammar, 25,000 reviews to train and 5,000 to test:

# %%
texts, labels = make_reviews(30_000, np.random.default_rng(9))
vocabulary = sorted({word for text in texts for word in text.split()})
rank = {word: n for n, word in enumerate(vocabulary)}
numbers, size = [[rank[word] for word in text.split()] for text in texts], len(rank)
singles, pairs = numbers, [with_pairs(review, size) for review in numbers]
accuracy = {}
for name, reviews, codes in [
    ("words", singles, size),
    ("pairs", pairs, size + size**2),
]:
    w = train_bag(reviews[:25_000], labels[:25_000].astype(float), num_words=codes)
    accuracy[name] = bag_accuracy(w, reviews[25_000:], labels[25_000:])

# %% tags=["nbval-ignore-output"]
for name, value in accuracy.items():
    print(f"bag of {name}: {value:.0%}")

# %% [markdown]
# From about 60% to about 90%: a pair sees "not bad", and that is most of it. It does
# not see that the adjective three words before "but" was outweighed, or that "they were
# wrong" turns around what was said before. Triples would see a little more, and there
# are millions of them; an LSTM carries one bit, "turned around", as far as it is
# needed.

# %%
assert_between(accuracy["words"], 0.5, 0.62, "bag of words on the grammar")
assert_between(accuracy["pairs"], 0.86, 0.94, "bag of pairs on the grammar")
