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
# **Question:** can a network read and translate with attention alone, without walking
# through the sentence step by step?
#
# **Aims.** At the end you can
#
# 1. compute self-attention by hand and in NumPy, with one head and with several, and say
#    why the scores are divided by $\sqrt d$;
# 2. write the two masks, for padding and for the future, and say which network needs
#    which;
# 3. show that attention is blind to order, and give it positions;
# 4. build an encoder block and a decoder block out of attention, residual connections,
#    layer normalisation and two dense layers, and count their parameters;
# 5. classify and translate with them, look into the heads, and say what a Transformer
#    costs.
#
# **Before you start:** [chapter 11](11_seq2seq_attention.ipynb): encoder and decoder,
# teacher forcing, attention as a weighted sum. [Chapter 9](09_lstm_imdb.ipynb): the film
# reviews.
#
# **Minutes:** about {minutes} to read and do, under 180 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners build a Transformer from attention, masks, positions and blocks, check
# it against Keras, and judge heads by switching them off.
# before: Chapter 11: encoder, decoder, teacher forcing, attention. Chapter 09's
# reviews.
# machine: "dog bites man" on the board: two numbers a word, queries, keys, weights.
# Draw the causal triangle. Stored: the waves of positions, the three grids of who sees
# whom, the heads' maps.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports what the chapter uses. `helpers` loads the reviews, makes the sentences of
# chapter 11 and draws the viewer at the end; attention, masks, positions and blocks are
# written out below.

# %% tags=["setup"]
# {setup}

# %%
import time
from contextlib import contextmanager

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import BLUE, GREEN, ORANGE, show
from helpers.progress import KerasProgress
from helpers.synthetic import translation
from helpers.widgets import Attention, AttentionViewer

# %% [markdown]
# ## 12.1 Each word asks all the others
#
# In chapter 11 a decoder looked at the words of another sentence. In **self-attention**
# the words of one sentence look at each other, all at the same time. Every word, a
# vector $h$, plays three parts, and has a matrix for each:
#
# $$q = W_Q h \quad\text{(query: what I look for)},\qquad
# k = W_K h \quad\text{(key: what I can be found by)},$$
#
# $$v = W_V h \quad\text{(value: what I tell when I am found)}.$$
#
# The query of a word meets the keys of all words. Their dot products, divided by
# $\sqrt d$ (more on that in a moment), go through softmax, and the weighted sum of the
# values is the word's new vector:
#
# $$\text{attention}(Q, K, V) =
# \text{softmax}\!\left(\frac{Q K^{\mathsf T}}{\sqrt d}\right) V .$$
#
# In code a word is a row, so the products read `h @ W_Q`.


# %% [markdown] tags=["teacher"]
# minutes: 12
# stall: q, k and v are three products of the same vector; in code a word is a row, `h @
# W_Q`. The division by √d is about variance: scores grow with d, softmax saturates, its
# slope a(1 − a) is 0.
# ask: Which of the two bites the other, according to the verb's new vector?
# answer: It can't tell: both nouns have the same key. Positions come in 12.3.
# skip: The figure of variances; the argument in words is enough.


# %%
def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))  # no overflow
    return powers / powers.sum(axis=-1, keepdims=True)


def attention(q, k, v):
    """q (T, d), k and v (S, d): the new vectors (T, d) and the weights (T, S)."""
    weights = softmax(q @ k.T / np.sqrt(q.shape[-1]))
    return weights @ v, weights


print(softmax(np.array([[0.0, 0.0], [1000.0, 999.0]])).round(3))

# %% [markdown]
# An example on paper: "dog bites man". Each word has two numbers: *is it a thing*, *is
# it an action*. Keys and values are the words themselves. The query matrix makes an
# action look for things, and lets things look for nothing. **Predict** the three rows of
# weights, and the new vector of "bites".

# %%
predict(
    "12.a", "At which words will bites look?", ["itself", "dog and man", "all alike"]
)

# %%
h = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])  # dog, bites, man: (3, 2)
W_Q = np.array([[0.0, 0.0], [4.0, 0.0]])  # (2, 2)
new, weights = attention(h @ W_Q, h, h)
for word, row, vector in zip(["dog", "bites", "man"], weights, new, strict=True):
    print(f"{word:6} looks with weights {row.round(2)}, becomes {vector.round(2)}")
happened("12.a", "dog and man" if weights[1, 1] < 0.1 else "all alike")

# %% [markdown]
# The verb collects its two nouns; the nouns, who ask nothing, get the average of all.
# Note what it does *not* know: which of the two bites. The verb finds both by the same
# key. Keep that for section 12.3.
#
# ### Why divide by √d?
#
# Let the numbers in $q$ and $k$ be independent with mean 0 and variance 1, as they about
# are in a fresh network. Each product $q_i k_i$ has variance 1, and a sum of $d$ of them
# has variance $d$: scores grow like $\sqrt d$. Divided by $\sqrt d$ they have variance 1
# at any size. **Predict** what softmax makes of 16 scores with a spread of 16, which is
# $d = 256$.

# %%
predict(
    "12.b",
    "The largest of 16 weights, not divided, at d = 256?",
    ["about 1/16", "about a half", "above 0.8"],
)

# %%
rng = np.random.default_rng(12)
sizes = [1, 4, 16, 64, 256, 1024]
spread, largest = [], {"divided": [], "not divided": []}
for d in sizes:
    q, k = rng.normal(size=(400, 1, d)), rng.normal(size=(400, 16, d))
    scores = (q @ k.swapaxes(1, 2))[:, 0]  # (400, 16)
    spread.append(scores.var())
    largest["not divided"].append(softmax(scores).max(axis=-1).mean())
    largest["divided"].append(softmax(scores / np.sqrt(d)).max(axis=-1).mean())
print("variance / d:", *(np.array(spread) / sizes).round(1))

# %%
happened("12.b", int(np.digitize(largest["not divided"][4], [0.3, 0.8])))

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
left.loglog(sizes, spread, "o-", color=ORANGE, label="not divided")
left.loglog(sizes, np.array(spread) / sizes, "s-", color=BLUE, label="divided by √d")
left.set(xlabel="size d of a query", ylabel="variance of the scores")
left.legend(loc="upper left")
for name, colour, marker, y in [
    ("not divided", ORANGE, "o-", 0.8),
    ("divided", BLUE, "s-", 0.28),
]:
    right.semilogx(sizes, largest[name], marker, color=colour)
    right.text(1100, y, name, color=colour, ha="right")
right.axhline(1 / 16, color="0.5", linewidth=1)
right.text(1, 0.075, "all 16 alike", color="0.3")
right.set(xlabel="size d of a query", ylabel="largest of 16 weights", ylim=(0, 1.04))
show(fig, "Variance and largest weight grow with d; both stay level where divided.")

# %% [markdown]
# Without the division, softmax has made up its mind before anything was learned: one
# word gets nearly all the weight, by chance. And where a weight $a$ is 0 or 1, its slope
# $a(1-a)$ is 0, so there is no gradient that could change its mind. Softmax is
# **saturated**.

# %%
for d, variance in zip(sizes, spread, strict=True):
    assert_between(variance / d, 0.7, 1.4, f"variance of a score over d, d = {d}")
assert_between(largest["not divided"][-1], 0.9, 1, "largest weight, not divided")
assert_between(largest["divided"][-1], 0.15, 0.4, "largest weight, divided")

# %% [markdown]
# ## 12.2 Several heads, and who may look where
#
# One set of weights says one thing about a sentence. It may have two peaks, but then it
# mixes what stands at both. A verb may want its subject *and* its object *and* a "not",
# and to keep them apart. So attention is done several times side by side, in **heads**:
# the vector of, say, 64 numbers is cut into 4 pieces of 16, each head attends with its
# own piece of query, key and value, the results are joined again, and a fourth matrix
# $W_O$ mixes them. Four heads of 16 cost the same as one of 64.


# %% [markdown] tags=["teacher"]
# minutes: 18
# exercises: 8
# stall: Heads cut the vector, they don't copy it: four of 16 cost as much as one of 64.
# Masks forbid before softmax, with −1e9 and not after it with 0. Rows look, columns are
# looked at; the second sentence has three words.
# ask: Why is a causal mask what makes teacher forcing honest?
# answer: All places are trained at once; without it each could see the word that it has
# to say.
# skip: The comparison with Keras; of Exercises 12.1 to 12.3 the first.


# %%
def split_heads(x, heads):
    """(n, T, width) -> (n, heads, T, width / heads)"""
    n, T, width = x.shape
    return x.reshape(n, T, heads, width // heads).swapaxes(1, 2)


def join_heads(x):
    """(n, heads, T, d) -> (n, T, heads · d)"""
    n, heads, T, d = x.shape
    return x.swapaxes(1, 2).reshape(n, T, heads * d)


x = np.arange(2 * 3 * 8).reshape(2, 3, 8)
assert (join_heads(split_heads(x, 4)) == x).all()
print(x.shape, "->", split_heads(x, 4).shape)

# %% [markdown]
# Who may look where is said by a **mask**, an array `allowed` that is true where a look
# is permitted. Forbidden scores become a number far below all others before softmax, so
# that their weight is 0. The words that ask (`x`) and the words that are asked
# (`memory`) may be different sentences; in self-attention they are the same. Each of the
# four matrices has a bias, as in Keras; so there are eight arrays.


# %%
def random_parameters(width, rng):
    shapes = [(width, width), (width,)] * 4
    return [rng.normal(0, 0.4, shape).astype("float32") for shape in shapes]


parameters = random_parameters(8, rng)
h = rng.normal(size=(2, 5, 8)).astype("float32")  # two sentences of five words
print([array.shape for array in parameters])


# %%
def multi_head(x, memory, parameters, heads, allowed=None):
    """x (n, T, width), memory (n, S, width): new (n, T, width), weights by head."""
    W_Q, b_Q, W_K, b_K, W_V, b_V, W_O, b_O = parameters
    q = split_heads(x @ W_Q + b_Q, heads)  # (n, heads, T, d)
    k = split_heads(memory @ W_K + b_K, heads)  # (n, heads, S, d)
    v = split_heads(memory @ W_V + b_V, heads)
    scores = q @ k.swapaxes(2, 3) / np.sqrt(q.shape[-1])  # (n, heads, T, S)
    if allowed is not None:
        scores = np.where(allowed[:, None], scores, -1e9)
    weights = softmax(scores)
    return join_heads(weights @ v) @ W_O + b_O, weights


print(*(a.shape for a in multi_head(h, h, parameters, heads=4)))

# %% [markdown]
# Two masks are all that is needed. The **padding mask**: nobody looks at a place where
# there is no word. The **causal mask**: nobody looks at what comes later; a decoder that
# could see the next word would have nothing to learn. Here the second sentence has three
# words and two places of padding. **Predict** the last mask, "both", before you look.

# %%
predict(
    "12.c", "How many looks does the last mask allow in the second sentence?", within=1
)

# %%
words = np.array([[4, 5, 6, 7, 8], [4, 5, 6, 0, 0]])
padding = np.repeat((words != 0)[:, None, :], 5, axis=1)  # (2, 5, 5)
causal = np.tril(np.ones((1, 5, 5), dtype=bool))  # (1, 5, 5)
masks = {"none": None, "padding": padding, "causal": np.repeat(causal, 2, axis=0)}
masks["both"] = padding & causal
print("causal", "    both, second sentence")
for one, other in zip(masks["causal"][1], masks["both"][1], strict=True):
    print(*one.astype(int), "  ", *other.astype(int))
happened("12.c", int(masks["both"][1].sum()))

# %% [markdown]
# Row: who looks; column: at whom. Now the referee. `keras.layers.MultiHeadAttention`
# gets our eight arrays as its weights (it keeps the heads as an axis of their own), and
# has to give the same vectors and the same weights of attention, under every mask:


# %%
def keras_twin(parameters, heads):
    """keras.layers.MultiHeadAttention with the same parameters."""
    width = len(parameters[0])
    layer, d = layers.MultiHeadAttention(heads, width // heads), width // heads
    layer.build((None, None, width), (None, None, width))
    shapes = [(width, heads, d), (heads, d)] * 3 + [(heads, d, width), (width,)]
    pairs = zip(parameters, shapes, strict=True)
    layer.set_weights([array.reshape(shape) for array, shape in pairs])
    return layer


print(f"{keras_twin(parameters, 4).count_params()} parameters")


# %%
def gap(x, memory, heads, allowed):
    """Largest difference between our arrays and those of Keras."""
    twin, mask = keras_twin(parameters, heads), {"attention_mask": allowed}
    theirs = twin(x, memory, return_attention_scores=True, **mask)
    ours = multi_head(x, memory, parameters, heads, allowed)
    return max(np.abs(a - np.array(b)).max() for a, b in zip(ours, theirs, strict=True))


assert gap(h, h, 1, None) < 1e-5

# %%
memory = rng.normal(size=(2, 7, 8)).astype("float32")  # another sentence, of 7 words
for heads in (1, 2, 4):
    gaps = {name: gap(h, h, heads, allowed) for name, allowed in masks.items()}
    gaps["another sentence"] = gap(h, memory, heads, None)
    for name, difference in gaps.items():
        assert_between(difference, 0, 1e-5, f"gap to Keras, {heads} heads, {name}")
    print(heads, "heads, same as Keras:", ", ".join(gaps))

# %% [markdown]
# ### Exercise 12.1 – Who notices? (predict and run)
#
# A row holds three words, in places 0, 1 and 2, and padding in places 3 and 4. One layer
# of self-attention reads it twice; in between, the vector of one place is changed. In
# which places is the output another one? Give a list of places for each mask. (Places of
# padding may look; they must not be looked at.)
#
# Replace each `...` and run the cell, then the check below it. Stuck? Add a cell with
# `hint("12.1")`, which says one thing more each time that you run it; `solution("12.1")`
# shows worked code, and `exercise_table()` what you have done so far.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
changed_places = {
    "no mask, place 2 changed": ...,
    "padding mask, place 4 changed": ...,
    "causal mask, place 2 changed": ...,
    "both masks, place 1 changed": ...,
}

# %%
check("12.1", changed_places)

# %% [markdown]
# ### Exercise 12.2 – A narrow view in many layers (change and measure)
#
# Let every place look at itself and at most two places to either side. One layer then
# carries news over two places. And 2, 3, 5 layers, each reading the output of the one
# before? Take 40 random vectors of 8 numbers from 0 to 1 (`rng.random((40, 8))`), change
# the first one, and measure how many places away the farthest output is that changes. (For the mask, put `-np.inf` into
# `q @ k.T` wherever the distance is above 2, before `softmax`. Queries, keys and values
# may all be the vectors themselves.)

# %% tags=["exercise"]
reach_by_layers = {1: ..., 2: ..., 3: ..., 5: ...}

# %%
check("12.2", reach_by_layers)

# %% [markdown]
# ### Exercise 12.3 – Look at neighbours only (build)
#
# For long texts the pairs are too many. **Local attention:** each word sees itself and
# those at most `reach` places away, on both sides. For one sentence, `q`, `k` and `v` of
# shape (T, d): return the new vectors (T, d) and the weights (T, T). Scores in the
# thousands must not overflow.


# %% tags=["exercise"]
def local_attention(q, k, v, reach): ...


# %%
check("12.3", local_attention)

# %% [markdown]
# From here on we use the layer from Keras. It makes the causal mask by itself with
# `use_causal_mask=True`.
#
# ## 12.3 Nothing here knows the order
#
# A recurrent network reads one word after the other; it cannot help knowing the order.
# Attention asks everybody at once. **Predict** what happens to the outputs when the five
# words are shuffled.

# %% [markdown] tags=["teacher"]
# minutes: 13
# stall: Shuffled words get the same vectors, shuffled: a sum knows no order. Sinusoids:
# only distance counts in the dot product, and the rotation tells left from right.
# Adding positions to words looks like spoiling them.
# ask: Without positions, how good can "Does Ann stand before Bob?" become?
# answer: One half, exactly: each queue and its exchanged twin are the same set.
# skip: The rotation matrix; "hands of a clock" remains.

# %%
predict(
    "12.d",
    "When the words are shuffled, the outputs will",
    ["stay in place", "be shuffled along", "all change"],
)

# %%
order = np.array([3, 0, 4, 2, 1])
straight, _ = multi_head(h, h, parameters, 4)
shuffled, _ = multi_head(h[:, order], h[:, order], parameters, 4)
difference = np.abs(shuffled - straight[:, order]).max()
assert_between(difference, 0, 1e-5, "outputs shuffled along")
print("each word gets the same vector as before:", difference < 1e-5)
happened("12.d", "be shuffled along" if difference < 1e-5 else "all change")

# %% [markdown]
# They are shuffled along, and nothing else. (A word's new vector is a sum over all
# words, and a sum does not care about the order of its terms.) "Dog bites man" and "man
# bites dog" are one and the same bag of vectors. The cure is to add to each word a
# vector that depends on its **position** $t$ only. The paper of 2017 takes waves: slow
# and fast ones, a sine and a cosine of each,
#
# $$p_t = \bigl(\sin \omega_0 t, \dots, \sin \omega_{m-1} t,\;
# \cos \omega_0 t, \dots, \cos \omega_{m-1} t\bigr),
# \qquad \omega_k = 10000^{-k/m},$$
#
# where $m$ is half the width, like the hands of a clock: the fastest turns once in six
# words, the slowest hardly at all.


# %%
def sinusoids(length, width):
    """Position vectors: (length, width)."""
    speeds = 10_000.0 ** (-np.arange(width // 2) / (width // 2))  # (width / 2,)
    angles = np.arange(length)[:, None] * speeds
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype("float32")


p = sinusoids(100, 64)
print(p.shape, " each of length", np.unique(np.linalg.norm(p, axis=1).round(3)))

# %%
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
image = left.imshow(p, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
left.set(xlabel="number in the vector: 32 sines, 32 cosines", ylabel="position t")
fig.colorbar(image, ax=left)
for t, colour, style in [(20, BLUE, "-"), (50, ORANGE, "--"), (80, GREEN, ":")]:
    right.plot(p @ p[t], style, color=colour, label=f"t = {t}")
right.set(xlabel="other position s", ylabel="dot product of two positions")
right.set(ylim=(8, 40))
right.legend(loc="upper center", ncols=3)
show(
    fig,
    "Left: waves down the columns, fast at the left of each half, slow at the right. "
    "Right: three equal peaks, at positions 20, 50 and 80.",
)

# %% [markdown]
# The dot product of two positions depends on their **distance** only, and is largest for a
# position with itself, then with its neighbours:
# $\sin a \sin b + \cos a \cos b = \cos(a-b)$.

# %%
products = p @ p.T  # (100, 100)
for distance in (1, 5, 20):
    same = np.diagonal(products, distance)
    assert_between(np.ptp(same), 0, 1e-3, f"spread at distance {distance}")
    print("distance", distance, " dot product", same.mean().round(1))

# %% [markdown]
# But the neighbour on the left and that on the right give the same product. How can a
# head tell before from after? One place on, every hand of the clock has turned by its own
# fixed angle: $\sin\omega(t+1)=\sin\omega t\cos\omega+\cos\omega t\sin\omega$. That is a
# **rotation** of each pair of sine and cosine, a matrix that is the same for all places.
# A head that has it in its $W_Q$ looks one place to the left, wherever it stands:


# %%
def turned(p, places):
    """Position vectors as they are so many places further on: a matrix product."""
    angles = places * 10_000.0 ** (-np.arange(32) / 32)  # (32,)
    sines, cosines = np.split(p, 2, axis=1)  # (T, 32) each
    on = sines * np.cos(angles) + cosines * np.sin(angles)
    return np.concatenate([on, cosines * np.cos(angles) - sines * np.sin(angles)], 1)


print("one place on:", np.allclose(turned(p[:-1], 1), p[1:], atol=1e-5))
looks_at = (turned(p, -1) @ p.T).argmax(axis=1)  # (100,)
print("places 20, 50, 80 look at:", looks_at[[20, 50, 80]])

# %% [markdown]
# (Other networks learn a vector for each position, like an embedding; chapter 13 does.)
# Here the waves are a layer that adds them to the words' vectors. Embeddings start
# small, within ±0.05, so they are multiplied by $\sqrt{\text{width}}$ first, as in the
# paper; else a word would hardly be heard beside its position. `use=False` leaves the
# positions out.


# %%
class Positions(layers.Layer):
    def __init__(self, use=True, longest=512):
        super().__init__()
        self.use, self.longest = use, longest

    def call(self, x):  # (n, T, width)
        x = x * x.shape[-1] ** 0.5
        p = ops.convert_to_tensor(sinusoids(self.longest, x.shape[-1]))
        return x + p[: ops.shape(x)[1]] if self.use else x


print(Positions()(np.zeros((2, 5, 8), dtype="float32")).shape)

# %% [markdown]
# What breaks without them? A task in which nothing but order counts: eight people stand
# in a queue, among them Ann (0) and Bob (1). **Does Ann stand before Bob?** For the test,
# each queue comes a second time with the two exchanged.


# %%
def make_queues(n, rng):
    """Eight different people of 14 in each row, 0 and 1 among them: (n, 8)."""
    queues = np.array([2 + rng.permutation(12)[:8] for _ in range(n)])
    for queue in queues:
        queue[rng.choice(8, 2, replace=False)] = 0, 1
    return queues


def ann_first(queues):
    return (queues == 0).argmax(axis=1) < (queues == 1).argmax(axis=1)


for queue in make_queues(3, rng):
    print(queue, " Ann before Bob:", ann_first(queue[None])[0])

# %%
queues, queues_new = make_queues(4000, rng), make_queues(500, rng)
exchanged = np.where(queues_new < 2, 1 - queues_new, queues_new)
queues_new = np.concatenate([queues_new, exchanged])  # (1000, 8)
print(ann_first(queues_new).sum(), "of", len(queues_new), "are yes in the test")

# %% [markdown]
# The network: an embedding, positions or none, one self-attention, the mean over all
# places, one dense layer. **Predict** the accuracy without positions; it can be said
# exactly.


# %%
predict("12.e", "Accuracy without positions, in %?", within=6)


# %%
def queue_reader(use_positions):
    people = keras.Input((8,), dtype="int32")
    x = layers.Embedding(14, 32)(people)
    x = Positions(use_positions)(x)  # (n, 8, 32)
    x = x + layers.MultiHeadAttention(2, 16)(x, x)
    x = layers.Dense(64, activation="relu")(x)
    x = layers.GlobalAveragePooling1D()(x)  # (n, 64)
    return keras.Model(people, layers.Dense(1, activation="sigmoid")(x))


print(f"{queue_reader(True).count_params():,} parameters")

# %% tags=["nbval-ignore-output"]
before = {}
for use_positions in (True, False):
    model = queue_reader(use_positions)
    model.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy")
    line = KerasProgress("With positions" if use_positions else "Without")
    model.fit(queues, ann_first(queues), 32, 5, verbose=0, callbacks=[line])
    guesses = model.predict(queues_new, 500, verbose=0)[:, 0] > 0.5
    before[use_positions] = np.mean(guesses == ann_first(queues_new))
print(f"with positions {before[True]:.1%}, without {before[False]:.1%}")
happened("12.e", 100 * before[False], "Without them, both orders are the same queue.")

# %% [markdown]
# One half, and no training could change that: a queue and its exchanged twin are the
# same set of people, the network must give both the same answer, and one of the two is
# wrong.

# %%
assert_between(before[True], 0.97, 1, "queues right with positions")
assert_between(before[False], 0.48, 0.52, "queues right without positions")

# %% [markdown]
# ## 12.4 The block, and reviews
#
# Attention moves information between places. To do something with it, each place gets a
# small network of its own, the same for all: two dense layers, wide in the middle, with
# GELU (a smooth ReLU) between them. Both parts together are a **block**, and blocks are
# stacked. Two things keep a stack trainable.
#
# - **Residual connection:** a part computes not the new vector but a *change* to it,
#   $x + \text{part}(x)$. So there is a way through the whole stack on which nothing is
#   multiplied, for the values and for the gradient. It is the LSTM's cell state again.
# - **Layer normalisation:** each vector is shifted to mean 0 and scaled to variance 1,
#   by itself, whatever the rest of the batch is; then a learned scale $\gamma$ and shift
#   $\beta$ for each of its numbers.
#
# In NumPy, and against Keras ($\varepsilon = 0.001$ is its default):


# %% [markdown] tags=["teacher"]
# minutes: 16
# exercises: 4
# stall: Layer normalisation works on each vector by itself, unlike chapter 06's over
# the batch. Pre-norm and post-norm: only the place differs. One block is about as good
# as the best of chapter 09, and people expected more.
# ask: So what makes Transformers strong on text, if not the block?
# answer: Having read far more than 25,000 labelled reviews: the subject of chapter 13.
# skip: Counting parameters; Exercise 12.4.


# %%
def layer_norm(x, gamma, beta, epsilon=1e-3):
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta


gamma, beta = rng.normal(size=(2, 8)).astype("float32")
norm = layers.LayerNormalization()
norm.build((None, None, 8))
norm.set_weights([gamma, beta])
x = rng.normal(3, 5, size=(2, 5, 8)).astype("float32")
difference = np.abs(layer_norm(x, gamma, beta) - np.array(norm(x))).max()
assert_between(difference, 0, 1e-5, "layer normalisation, gap to Keras")
print("the same as keras.layers.LayerNormalization")

# %% [markdown]
# Where does the normalisation stand? The paper of 2017 normalises **after** the addition
# ("post-norm"); today most networks normalise **before** each part ("pre-norm"):
#
# $$\text{post: } x \leftarrow \text{norm}(x + \text{part}(x)), \qquad
# \text{pre: } x \leftarrow x + \text{part}(\text{norm}(x)).$$
#
# Pre-norm leaves the way through the stack quite untouched and trains without much care
# for the learning rate. We take it. The two parts, as functions on Keras tensors; the
# weights of attention are handed out too, for the viewer at the end.


# %%
def add_attention(x, heads, memory=None, mask=None, causal=False):
    """x + attention(norm(x)), and the weights (n, heads, T, S)."""
    h = layers.LayerNormalization()(x)
    look = layers.MultiHeadAttention(heads, x.shape[-1] // heads)
    options = {"attention_mask": mask, "use_causal_mask": causal}
    asked = h if memory is None else memory
    found, weights = look(h, asked, return_attention_scores=True, **options)
    return x + found, weights


x = np.zeros((2, 5, 8), dtype="float32")
print([tuple(array.shape) for array in add_attention(x, heads=4)])

# %% [markdown]
# The dense layers work on the last axis, so each place goes through them by itself; what
# a word has collected from others is worked into its vector here.


# %%
def add_dense(x, middle):
    """x + dense(gelu(dense(norm(x)))), place by place."""
    h = layers.LayerNormalization()(x)
    h = layers.Dense(middle, activation="gelu")(h)  # (n, T, middle)
    return x + layers.Dense(x.shape[-1])(h)


print(tuple(add_dense(x, middle=16).shape))


# %%
def encoder_block(x, heads, middle, mask=None):
    x, weights = add_attention(x, heads, mask=mask)
    return add_dense(x, middle), weights


place = keras.Input((None, 64))
block = keras.Model(place, encoder_block(place, 4, 128)[0])
print(f"{block.count_params():,} parameters")

# %% [markdown]
# **Count** them for width $w$ and middle $m$: four matrices $w\times w$ with biases, two
# dense layers, and two times $\gamma$ and $\beta$:

# %%
w, m = 64, 128
count = 4 * (w * w + w) + (w * m + m) + (m * w + w) + 2 * 2 * w
assert count == block.count_params()
print(4 * (w * w + w), "+", w * m + m + m * w + w, "+", 4 * w, "=", count)

# %% [markdown]
# What do residual connections and normalisation do? Twelve untrained blocks, without
# either, with residual connections only, and with both. We watch the spread of the
# numbers on their way up. **Predict** the three curves.


# %%
predict(
    "12.f",
    "Without either, the spread after twelve blocks is",
    ["near 0", "about 1", "above 8"],
)


# %%
def bare_stack(x, residual, normal, depth=12):
    """The spread of the numbers after each of the fresh blocks."""
    spreads, width = [float(x.std())], x.shape[-1]
    for _ in range(depth):
        look = layers.MultiHeadAttention(4, width // 4)
        dense = [layers.Dense(2 * width, activation="gelu"), layers.Dense(width)]
        for part in (lambda h: look(h, h), keras.Sequential(dense)):  # noqa: B023
            h = layers.LayerNormalization()(x) if normal else x
            x = part(h) + (x if residual else 0)
        spreads.append(float(np.array(x).std()))
    return spreads


assert len(bare_stack(np.ones((1, 2, 8), "float32"), True, False, depth=1)) == 2

# %%
keras.utils.set_random_seed(12)
start = rng.normal(size=(4, 12, 64)).astype("float32")
spreads = {
    "neither": bare_stack(start, False, False),
    "residual only": bare_stack(start, True, False),
    "both": bare_stack(start, True, True),
}
assert len(spreads["both"]) == 13
happened("12.f", int(np.digitize(spreads["neither"][-1], [0.1, 8])))

# %%
fig, ax = plt.subplots(figsize=(7, 3.6))
for (name, values), style in zip(spreads.items(), ["o--", "^-.", "s-"], strict=True):
    (line,) = ax.semilogy(range(13), values, style)
    ax.text(12.2, values[-1], name, color=line.get_color(), va="center")
ax.set(xlabel="blocks passed", ylabel="spread of the numbers", xlim=(-0.3, 15))
show(fig, "Without both the numbers vanish; with residuals alone they explode.")

# %% [markdown]
# Without residual connections nothing arrives; with them alone the numbers grow from
# block to block, since each adds to what it is given, in proportion. With normalisation
# each block adds about the same amount, and the growth is slow. (The last thing before
# the output is then one more layer normalisation.)

# %%
assert_between(spreads["neither"][-1], 0, 1e-2, "spread after 12 blocks, neither")
assert_between(spreads["residual only"][-1], 8, 1e5, "spread, residual only")
assert_between(spreads["both"][-1], 1, 10, "spread after 12 blocks, both")

# %% [markdown]
# ### Film reviews
#
# One encoder block reads IMDB: the last 240 words of each review, every word a vector
# of 32 numbers, two heads. The mean over all words, padding left out, goes to one dense
# layer. (Where IMDB is missing, the course's own reviews stand in for it.)

# %%
PADDING, START, END, UNKNOWN = range(4)


def to_array(reviews, longest=240):
    return keras.utils.pad_sequences(reviews, longest, padding="post", value=PADDING)


print(to_array([[1, 14, 22], [1, 5]], longest=4))

# %% tags=["nbval-ignore-output"]
(lists, y_train), (lists_new, y_test) = datasets.load_imdb(num_words=10_000)
reviews, reviews_new = to_array(lists), to_array(lists_new)
del lists, lists_new  # larger than the arrays
assert_between(len(reviews), 24_000, 26_000, "reviews to train on")
assert reviews.shape[1] == 240 and reviews.max() < 10_000

# %% [markdown]
# The cost of attention grows with the square of the length, so padding is worth
# avoiding: as in chapter 11, reviews of similar length go into one batch, and the batch
# is cut to its longest, in steps of 20 columns. (With a width of its own for each batch,
# the memory that one leaves behind would rarely fit the next, and more and more would be
# held.)


# %%
def cut(rows):
    """Leave out columns at the end in which nobody has a word, ten or more at once."""
    if rows.ndim == 1:
        return rows
    longest, step = (rows > 0).any(axis=0).sum(), max(10, rows.shape[1] // 12)
    return rows[:, : -(-longest // step) * step]


print("33 words of 240:", cut(np.tile(np.arange(240) < 33, (2, 1))).shape)


# %%
def batches(arrays, size, seed=0):
    """Batches of similar length, cut to their longest row, without end."""
    rng, length = np.random.default_rng(seed), (arrays[0] > 0).sum(axis=1)
    while True:
        order = np.argsort(length * (1 + 0.1 * rng.random(len(length))))
        for i in rng.permutation(-(-len(order) // size)):
            *inputs, target = (cut(a[order[i * size :][:size]]) for a in arrays)
            yield tuple(inputs) if len(inputs) > 1 else inputs[0], target


inputs, target = next(batches((words, np.array([0, 1])), 2))
print(inputs.shape, target.shape)


# %%
def dataset(arrays, size):
    """The batches for Keras, and how many of them see every row once."""
    specs = [tf.TensorSpec([None] * a.ndim, a.dtype) for a in arrays]
    signature = (tuple(specs[:-1]) if len(specs) > 2 else specs[0], specs[-1])
    data = tf.data.Dataset.from_generator(
        lambda: batches(arrays, size), output_signature=signature
    )
    return data.prefetch(4), -(-len(arrays[0]) // size)


print(dataset((words, np.array([0, 1])), 1)[1], "batches of one sentence each")


# %% [markdown]
# The reader: embedding, positions, one block, mean, one unit. Dropout of 0.1 works against
# learning by heart. Then `train`, which fits any network of this chapter.


# %%
def review_reader(width=32, heads=2, middle=64):
    words = keras.Input((None,), dtype="int32")
    there = ops.not_equal(words, PADDING)  # (n, T)
    x = Positions()(layers.Embedding(10_000, width)(words))  # (n, T, width)
    x = layers.Dropout(0.1)(x)
    x, _ = encoder_block(x, heads, middle, mask=there[:, None, :])
    x = layers.LayerNormalization()(x)
    x = layers.GlobalAveragePooling1D()(x, mask=there)  # (n, width)
    x = layers.Dropout(0.1)(x)
    return keras.Model(words, layers.Dense(1, activation="sigmoid")(x))


reader = review_reader()
print(f"{reader.count_params():,} parameters, {10_000 * 32:,} of them embeddings")


# %%
def train(network, arrays, loss, epochs, peak, size, label="Training"):
    """Adam with one cycle of the learning rate, as in the chapters before."""
    data, steps = dataset(arrays, size)
    warm = epochs * steps // 4
    rate = keras.optimizers.schedules.CosineDecay(
        peak / 10, epochs * steps - warm, 0.01, warmup_target=peak, warmup_steps=warm
    )
    network.compile(keras.optimizers.Adam(rate, clipnorm=1.0), loss, jit_compile=False)
    run = {"epochs": epochs, "steps_per_epoch": steps, "shuffle": False}
    return network.fit(data, verbose=0, callbacks=[KerasProgress(label)], **run).history


# %% [markdown]
# Two epochs. **Predict:** better or worse than the 88% that chapter 9 got from 400 words?

# %%
predict(
    "12.g",
    "Better or worse than 88%?",
    ["better by over 2 points", "within 2 points", "worse by over 2 points"],
)

# %% tags=["nbval-ignore-output"]
_ = train(reader, (reviews, y_train), "binary_crossentropy", 2, peak=5e-3, size=64)
reader.compile(metrics=["accuracy"], loss="binary_crossentropy", jit_compile=False)
data, steps = dataset((reviews_new, y_test), 125)
accuracy = reader.evaluate(data, steps=steps, verbose=0)[1]
print(f"test accuracy {accuracy:.1%}")
happened("12.g", int(np.digitize(0.88 - accuracy, [-0.02, 0.02])))

# %%
assert_between(accuracy, 0.87, 0.9, "test accuracy, one block")

# %% [markdown]
# Above 87%, in the range of the best of chapter 9. So this block by itself is not what
# makes Transformers strong on text. Chapter 13 is about what does: to have read much
# more than 25,000 labelled reviews.
#
# ### Exercise 12.4 – A pre-norm block (build)
#
# `attend` is a function from (T, width) to (T, width). Return what one pre-norm block
# makes of `x` (T, width): `attend`, then two dense layers with ReLU between them, each
# with normalisation and residual connection. Layer normalisation without $\gamma$ and
# $\beta$, with $\varepsilon = 0.001$.


# %% tags=["exercise"]
def block(x, attend, W_1, b_1, W_2, b_2): ...


# %%
check("12.4", block)

# %% [markdown]
# ## 12.5 A decoder: the translation again
#
# A **decoder block** has three parts. Self-attention with the causal mask, over the words
# written so far; **cross-attention**, whose queries come from these words and whose keys
# and values come from the encoder's output, which is chapter 11's attention; and the two
# dense layers. Encoder and decoder can be used together or alone, and that gives three
# kinds of network. What tells them apart is who may look at whom:

# %% [markdown] tags=["teacher"]
# minutes: 15
# stall: Cross-attention: queries from what is written, keys and values from what was
# read. The decoder needs no padding mask as its padding comes last. "Unseen" sentences
# are of the same grammar, so 97% say nothing about others.
# ask: "The bus was old" consists of known words. Why may it fail?
# answer: These neighbours never met in training, and nothing in the network signals
# that.
# skip: `dataset` and the batching; the three grids stay.

# %%
kinds = {"encoder only": (6, 0), "decoder only": (0, 6), "encoder-decoder": (3, 3)}


def who_sees_whom(read, written):
    """1: a word that is read; 2: an earlier one that was written; 3: across."""
    picture = np.zeros((read + written, read + written))
    picture[:read, :read] = 1
    picture[read:, read:] = 2 * np.tril(np.ones((written, written)))
    picture[read:, :read] = 3
    return picture


texts = ["the cat [mask] the milk .", "the cat drank the milk ."]
texts.append("this is water kore wa mizu")
labels = {kind: text.split() for kind, text in zip(kinds, texts, strict=True)}
print(who_sees_whom(2, 2).astype(int))

# %%
colours = plt.matplotlib.colors.ListedColormap(["white", BLUE, ORANGE, GREEN])
fig, axes = plt.subplots(1, 3, figsize=(10, 3.9))
for ax, (kind, sizes) in zip(axes, kinds.items(), strict=True):
    ax.imshow(who_sees_whom(*sizes), cmap=colours, vmin=0, vmax=3)
    ax.set_xticks(range(6), labels[kind], rotation=90)
    ax.set_yticks(range(6), labels[kind])
    ax.set_xticks(np.arange(0.5, 5), minor=True)
    ax.set_yticks(np.arange(0.5, 5), minor=True)
    ax.grid(which="minor", color="white", linewidth=2)
    ax.tick_params(which="both", length=0)
    ax.set_title(kind)
axes[0].set_ylabel("looks")
fig.supxlabel("is looked at", fontsize=11)
show(fig, "Three grids: a full square; a triangle; a square, a triangle, both joined.")

# %% [markdown]
# - **Encoder only** (BERT): every word sees all others. For reading: our reviews.
# - **Decoder only** (GPT): every word sees what stands before it, and says what comes
#   next. For writing.
# - **Encoder-decoder** (the original, T5): the source is read whole (blue), the written
#   words see themselves (orange) and all of the source (green). For translating.
#
# Chapter 13 has one of each. Here are the sentences of
# [chapter 11](11_seq2seq_attention.ipynb), the same 13,000 pairs in the same rows: `given`
# begins with `[start]`, `target` ends with `[end]`.

# %%
assert who_sees_whom(3, 3)[2, 3] == 0  # what is read doesn't see what is written
pairs = translation.load_pairs()
train_pairs, held_out = pairs[:12_000], pairs[12_000:]
special = ["", "[start]", "[end]", "[unknown]"]
english_words = special + sorted({t for p in train_pairs for t in p.english})
japanese_words = special + sorted({t for p in train_pairs for t in p.japanese})
english_id = {word: i for i, word in enumerate(english_words)}
japanese_id = {word: i for i, word in enumerate(japanese_words)}
print(" ".join(held_out[0].english), "->", " ".join(held_out[0].japanese))


# %%
def to_rows(sentences, ids, before=(), after=()):
    """Token ids, one sentence a row, zeros at the end: (n, 19)."""
    rows = np.zeros((len(sentences), 19), dtype="int32")
    for row, tokens in zip(rows, sentences, strict=True):
        numbers = [*before, *(ids.get(token, UNKNOWN) for token in tokens), *after]
        row[: len(numbers)] = numbers
    return rows


print(to_rows([["this", "is", "xyzzy"]], english_id, before=[START])[0, :6])


# %%
def to_arrays(pairs):
    english, japanese = zip(*pairs, strict=True)
    given = to_rows(japanese, japanese_id, before=[START])
    target = to_rows(japanese, japanese_id, after=[END])
    return to_rows(english, english_id), given, target


arrays, (source_new, given_new, target_new) = map(to_arrays, (train_pairs, held_out))
for name, row in zip(["source", "given", "target"], arrays, strict=True):
    print(f"{name:7}", row[0][:14])

# %% [markdown]
# The encoder: two of the blocks that read the reviews. The decoder: one decoder block is
# enough here. Both give out the weights of their heads beside what they are for.

# %%
width, heads, middle = 64, 4, 256


def make_encoder(depth=2):
    words, maps = keras.Input((None,), dtype="int32"), []
    there = ops.not_equal(words, PADDING)[:, None, :]  # (n, 1, E)
    x = Positions()(layers.Embedding(len(english_words), width)(words))
    for _ in range(depth):
        x, weights = encoder_block(x, heads, middle, mask=there)
        maps.append(weights)  # (n, heads, E, E)
    return keras.Model(words, [layers.LayerNormalization()(x), *maps])


encoder = make_encoder()
print([tuple(array.shape) for array in encoder(arrays[0][:2])])


# %%
def decoder_block(x, memory, heads, middle, mask):
    x, to_itself = add_attention(x, heads, causal=True)
    x, to_memory = add_attention(x, heads, memory=memory, mask=mask)
    return add_dense(x, middle), to_itself, to_memory


x, memory = np.zeros((1, 4, 8), "float32"), np.zeros((1, 6, 8), "float32")
_, *maps = decoder_block(x, memory, 2, 16, np.ones((1, 1, 6), dtype=bool))
print("to itself", tuple(maps[0].shape), " to the memory", tuple(maps[1].shape))


# %%
def make_decoder(depth=1):
    words, maps = keras.Input((None,), dtype="int32"), []
    memory, there = keras.Input((None, width)), keras.Input((None,), dtype="bool")
    x = Positions()(layers.Embedding(len(japanese_words), width)(words))
    for _ in range(depth):
        x, *weights = decoder_block(x, memory, heads, middle, there[:, None, :])
        maps.extend(weights)  # (n, heads, J, J), (n, heads, J, E)
    logits = layers.Dense(len(japanese_words))(layers.LayerNormalization()(x))
    return keras.Model([words, memory, there], [logits, *maps])


decoder = make_decoder()
print(f"{encoder.count_params():,} and {decoder.count_params():,} parameters")

# %% [markdown]
# (The decoder needs no padding mask of its own: padding stands at the end, and the
# causal mask hides it from every word.) Joined for training with teacher forcing. The
# causal mask is what makes that honest: all places are trained at once, and none sees the
# word that it has to say. **Check:** we change the last word given; which logits change?

# %%
source, given = (keras.Input((None,), dtype="int32") for _ in range(2))
logits = decoder([given, encoder(source)[0], ops.not_equal(source, PADDING)])[0]
transformer = keras.Model([source, given], logits)
rows = [arrays[0][:1], arrays[1][:1, :6].copy()]
first = np.array(transformer(rows))
rows[1][0, 5] = 4  # another word at place 5
changed = np.abs(np.array(transformer(rows)) - first).max(axis=(0, 2)) > 1e-4
print(changed)
assert changed.tolist() == [False] * 5 + [True]

# %% [markdown]
# Training. In chapter 11 the network with GRU and attention got about nine in ten exactly
# right, or more. **Predict** the Transformer's share.

# %%
predict("12.h", "Exact matches of the Transformer, in %?", within=2)

# %% tags=["nbval-ignore-output"]
loss = keras.losses.SparseCategoricalCrossentropy(True, ignore_class=PADDING)
history = train(transformer, arrays, loss, 6, peak=4e-3, size=64, label="Transformer")
losses = history["loss"]
print("loss after each epoch:", *(f"{value:.3f}" for value in losses))
done = (losses[0] - losses[1]) / (losses[0] - losses[-1])
assert_between(done, 0.6, 0.97, "of the fall after epoch 1, in epoch 2", show=".0%")


# %% [markdown]
# To write, the decoder goes on from its own words, as in chapter 11. There is no state to
# hand on: at each step it reads again all that was written so far. (Chapter 13 saves
# that work.)


# %%
@tf.function(reduce_retracing=True)
def next_words(written, memory, there):
    return ops.argmax(decoder([written, memory, there])[0], axis=-1)  # (n, J)


memory, there = encoder(source_new[:2])[0], ops.not_equal(source_new[:2], PADDING)
assert next_words(target_new[:2, :5], memory, there).shape == (2, 5)


# %%
def translate(source, longest=19):
    """Greedy search: ids (n, longest) of the written words, up to [end]."""
    memory, there = encoder(source)[0], ops.not_equal(source, PADDING)
    rows = np.zeros((len(source), longest + 1), dtype="int32")
    rows[:, 0] = START
    for j in range(longest):
        # One place more than is written, which the causal mask hides: for a single
        # place Keras would warn of a softmax over one score.
        word = np.array(next_words(rows[:, : j + 2], memory, there))[:, j]
        over = np.isin(rows[:, j], [END, PADDING])
        rows[:, j + 1] = np.where(over, PADDING, word)
    return rows[:, 1:]


assert translate(source_new[:2]).shape == (2, 19)

# %% tags=["nbval-ignore-output"]
written = translate(source_new)
exact = (written == target_new).all(axis=1)  # (1000,)
long = (source_new > 0).sum(axis=1) >= 13
assert_between(exact.mean(), 0.97, 1, "exact match, 1,000 unseen sentences", show=".1%")
assert_between(exact[long].mean(), 0.9, 1, "of 13 tokens and more", show=".1%")
for i in np.flatnonzero(~exact)[:3]:
    print(" ".join(held_out[i].english))
    print("  wrote", " ".join(japanese_words[k] for k in written[i] if k > END))
    print("  right", " ".join(held_out[i].japanese))
happened("12.h", 100 * exact.mean())

# %% [markdown]
# At least 97 of 100 unseen sentences without a mistake, the long ones nearly as often as
# the short ones, and no recurrence anywhere. What is wrong is often a single piece: an
# ending, a "that" at the wrong noun, a "my" that Japanese needs here and leaves out
# there. The losses printed above say when it was learned: the first two epochs do most
# of the work, the others remove the last mistakes.
#
# Mind what "unseen" means here: other sentences **of the same grammar**. Of what lies
# outside of it, this number says nothing. "The bus was old" is made of known words, but
# in the grammar one only waits for buses or goes by them:


# %%
def translated(text):
    tokens = translation.tokenize(text)[: translation.LONGEST_ENGLISH]
    if not tokens:
        return "please type English words"
    row = to_rows([tokens], english_id)[:, : len(tokens)]
    words = [japanese_words[i] for i in translate(row)[0] if i > END]
    return translation.japanese_text(words)


outside = translation.outside_of(train_pairs)
for text in ["The car was old.", "The bus was old."]:
    new = outside(translation.tokenize(text))
    print(text, "outside of what was seen:", new.words + new.sentence)

# %% tags=["nbval-ignore-output"]
print(translated("The car was old."), translated("The bus was old."))
assert translated("The car was old.") == "車は古かったです。"

# %% [markdown]
# Right are 車は古かったです。 and バスは古かったです。 The network gives no sign that the second
# sentence is new to it; `outside`, which looks for neighbours that never stood beside each
# other in training, does.
#
# ## 12.6 What it costs, and where the heads look
#
# The price of looking everywhere: $T$ words have $T^2$ pairs. Per layer and sentence, in
# multiplications: four matrices of $w \times w$ for each word, then scores and weighted
# sums, $2\,T^2 w$. A GRU of the same width has six such matrices and no pairs. **Predict**
# from which length $T$ on the pairs cost more than the matrices, for $w = 64$.


# %% [markdown] tags=["teacher"]
# minutes: 11
# stall: Multiplications are no seconds: what waits for what decides. Crossing at T = 2w
# holds for the count of pairs against matrices only. A sharply looking head is taken
# for an important one.
# ask: How do you find out what a head is for?
# answer: Switch it off and count what goes wrong. A map alone shows where it looked.
# skip: The timing; give the time to the viewer and one head off.

# %%
predict("12.j", "From which length T on?", ["64", "128", "512", "1024"])


# %%
def attention_cost(T, w):
    return 4 * T * w**2, 2 * T**2 * w  # matrices, pairs


def gru_cost(T, w):
    return 6 * T * w**2


for T in (16, 128, 1024):
    matrices, of_pairs = attention_cost(T, 64)
    print(f"T = {T:4}: pairs {of_pairs / matrices:5.2f} times the matrices,", end=" ")
    print(f"all {(matrices + of_pairs) / gru_cost(T, 64):.2f} times a GRU")
assert attention_cost(128, 64)[0] == attention_cost(128, 64)[1]
happened(
    "12.j",
    str(
        next(
            T
            for T in range(1, 2000)
            if attention_cost(T, 64)[1] >= attention_cost(T, 64)[0]
        )
    ),
    "2 T² w passes 4 T w² at T = 2 w.",
)

# %%
fig, ax = plt.subplots(figsize=(7, 3.8))
T = 2.0 ** np.arange(3, 14)
curves = {
    "self-attention": (sum(attention_cost(T, 64)), "o-", BLUE),
    "its pairs alone": (attention_cost(T, 64)[1], ":", BLUE),
    "GRU": (gru_cost(T, 64), "s--", ORANGE),
}
for name, (cost, style, colour) in curves.items():
    ax.loglog(T, cost, style, color=colour, label=name)
ax.set(xlabel="words T", ylabel="multiplications, w = 64")
ax.legend(loc="upper left")
show(fig, "A straight line for the GRU; self-attention is below it, then bends upward.")

# %% [markdown]
# At $T = 2w$ the two are equal; far beyond, doubling the text multiplies the cost by
# four. That is one reason why language models have a limit on the length of what they
# read. For sentences the pairs hardly count, and attention (without the dense layers of
# its block, $2\,T w m$) costs less than a GRU. And between any two words there is one step,
# where a recurrent network needs up to $T$.
#
# Multiplications are not seconds. What takes long also depends on how the work is laid
# out: the GRU takes $T$ steps that must wait for each other, attention a few large matrix
# products in which all words take part at once. So we measure: one training step (forward
# and back) of a layer of each kind, for eight texts of $T$ words.


# %%
def seconds_of(layer, T):
    """Shortest time of a forward and backward pass."""
    x = tf.random.normal((8, T, 64))

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            out = ops.sum(ops.square(layer(x)))
        return tape.gradient(out, layer.trainable_variables)

    times = []
    for _ in range(8):
        begin = time.perf_counter()
        step(x)
        times.append(time.perf_counter() - begin)
    return min(times[2:])  # the first ones build the graph


x = keras.Input((None, 64))
rivals = {
    "self-attention": keras.Model(x, layers.MultiHeadAttention(4, 16)(x, x)),
    "GRU": keras.Model(x, layers.GRU(64, return_sequences=True)(x)),
}
assert seconds_of(rivals["GRU"], 4) > 0

# %% tags=["nbval-ignore-output"]
lengths = [16, 64, 256, 512]
seconds = {
    name: np.array([seconds_of(layer, T) for T in lengths])
    for name, layer in rivals.items()
}
ratio = seconds["self-attention"] / seconds["GRU"]
print(
    "attention against GRU:", dict(zip(lengths, ratio.round(2).tolist(), strict=True))
)
assert_between(ratio[1], 0.01, 20, "times as long at 64 words", show=".2f")
assert_between(ratio[-1], 0.01, 200, "times as long at 512 words", show=".2f")

# %%
fig, ax = plt.subplots(figsize=(7, 3.6))
for (name, values), style, colour in zip(
    seconds.items(), ["o-", "s--"], [BLUE, ORANGE], strict=True
):
    ax.loglog(lengths, 1000 * values, style, color=colour, label=name)
ax.set_xticks(lengths, lengths)
ax.set_xticks([], minor=True)
ax.set(xlabel="words T", ylabel="milliseconds a training step")
ax.legend(loc="upper left")
show(
    fig, "The GRU's time rises with T from the start; attention's rises later, steeper."
)

# %% [markdown]
# The GRU's time grows about in proportion to the text. Attention's grows more slowly as
# long as the pairs hardly count, and then faster, on its way to the square: compare the
# printed ratios. Whether and where the two lines cross depends on the machine. A graphics
# processor has thousands of units that want to be fed at the same time, and a GRU's steps
# leave most of them idle: this is what decided the race.
#
# ### Look for yourself, and switch heads off
#
# A head ends in its own rows of $W_O$: with these at zero, nothing of it reaches the
# rest. `without` does that for a while:


# %%
def attentions_of(network):
    return [x for x in network.layers if isinstance(x, layers.MultiHeadAttention)]


parts = [*attentions_of(encoder), *attentions_of(decoder)]
stages = [("encoder", 1), ("encoder", 2), ("decoder", 1), ("decoder reads encoder", 1)]
print(*(tuple(part.get_weights()[6].shape) for part in parts))


# %%
@contextmanager
def without(off):
    """Switch heads off within a `with` block; each is (map, layer, head) from 1."""
    kept = [part.get_weights() for part in parts]
    for name, layer, head in off:
        part = parts[stages.index((name, layer))]
        weights = [array.copy() for array in part.get_weights()]
        weights[6][head - 1] = 0  # (heads, d, width): rows of W_O
        part.set_weights(weights)
    try:
        yield
    finally:
        for part, weights in zip(parts, kept, strict=True):
            part.set_weights(weights)


with without([("encoder", 2, 1)]):
    print(np.abs(parts[1].get_weights()[6]).sum(axis=(1, 2)) > 0)

# %% [markdown]
# All heads of the translator, on any sentence. Three maps: the **encoder** (English
# words look at English words), the **decoder** (each word, when it is about to be
# written, looks at what has been written), and the decoder **reading the encoder**.


# %%
def named_maps(words, tokens, row):
    """The three maps of a sentence and its translation, for the viewer."""
    given = to_rows([words], japanese_id, before=[START])[:, : len(words) + 1]
    memory, *reading = encoder(row)
    there = ops.not_equal(row, PADDING)
    _, *maps = decoder([ops.convert_to_tensor(given), memory, there])
    stack = [
        np.stack([w[0] for w in part]) for part in (reading, maps[::2], maps[1::2])
    ]
    says, has = (*words, "[end]"), ("[start]", *words)
    return {
        "encoder": Attention(tokens, tokens, stack[0]),
        "decoder": Attention(says, has, stack[1]),
        "decoder reads encoder": Attention(says, tokens, stack[2]),
    }


# %%
row = to_rows([held_out[0].english], english_id)[:, : len(held_out[0].english)]
maps = named_maps(held_out[0].japanese, held_out[0].english, row)
assert all(np.allclose(a.weights.sum(axis=-1), 1, atol=1e-4) for a in maps.values())
print({name: attention.weights.shape[:2] for name, attention in maps.items()})


# %%
def attend(text, off=()):
    """A learner's own sentence: its maps, and a note on what is special about it."""
    tokens = translation.tokenize(text)[:18]  # no longer ones in training
    if not tokens:
        return Attention((), (), np.zeros((1, 1, 0, 0)), "Please type English words.")
    row = to_rows([tokens], english_id)[:, : len(tokens)]
    with without(off):
        words = [japanese_words[i] for i in translate(row)[0] if i > END][:18]
        maps = named_maps(words, tokens, row)
    note = "Translation: " + translation.japanese_text(words)
    if new := sum(outside(tokens), []):
        note += f" (may be wrong, never seen in training: {', '.join(new)})"
    return {k: Attention(a.queries, a.keys, a.weights, note) for k, a in maps.items()}


assert list(attend("This is water.")) == list(maps)
assert "the word “xyzzy”" in attend("my xyzzy is old")["encoder"].note

# %% [markdown]
# Choose "decoder reads encoder" and all heads, then single ones. Is there a head
# that finds the word to be translated next? One that looks at the mark `[polite]`? In the
# encoder: which heads look at neighbours, which at the verb? In the decoder, nobody ever
# looks to the right: that is the causal mask. And **switch a head off**: what it collected
# then no longer reaches the rest. Which one is missed?

# %%
AttentionViewer(
    attend,
    "My mother reads the book that I bought yesterday.",
    examples=[
        "This is water.",
        "Does your father drink tea every morning?",
        "We did not go to the school because the bus was old.",
        "There is a small cat under the table.",
    ],
    ablation=True,
)

# %% [markdown]
# Some heads have a job that one can name, many do not, and no two trainings share out the
# jobs alike. As in chapter 11, a map shows where a head looked, not why the network wrote
# what it wrote: other heads, the dense layers and the way around them all have their say.
# That a head looks sharply at one word does not show that it matters either.
# What a head does is seen when it is missing (**ablation**). We switch off each of the 16
# heads in turn and count the next words that are still right, beside how sharply the
# head looks: the mean of its largest weights.

# %%
some = [source_new[:300], given_new[:300]]


def next_words_right():
    guesses = transformer.predict(some, 100, verbose=0).argmax(axis=-1)  # (300, 19)
    return (guesses == target_new[:300])[target_new[:300] > 0].mean()


def sharpness(source, given):
    """Mean largest weight of each head of each attention, where there are words."""
    memory, *reading = encoder(source)
    seen = ops.not_equal(source, PADDING)
    _, *maps = decoder([ops.convert_to_tensor(given), memory, seen])
    there = [source > 0] * len(reading) + [given > 0] * len(maps)
    looks = [np.array(w).max(axis=-1).swapaxes(0, 1) for w in (*reading, *maps)]
    return np.array([w[:, t].mean(axis=1) for w, t in zip(looks, there, strict=True)])


assert sharpness(*some).shape == (4, heads)

# %% tags=["nbval-ignore-output"]
whole, sharp = next_words_right(), sharpness(*some)
lost = np.zeros((4, heads))
for i, (name, layer) in enumerate(stages):
    for head in range(heads):
        with without([(name, layer, head + 1)]):
            lost[i, head] = whole - next_words_right()
assert_between(whole, 0.99, 1, "next words right, all heads on", show=".1%")
assert_between(lost.max(), 0.01, 0.3, "lost without the most missed head", show=".1%")
assert_between(np.median(lost), -0.002, 0.05, "lost without a middling one", show=".1%")
blunt = lost.ravel()[sharp.ravel().argsort()[:4]]
assert_between(blunt.mean(), -0.005, 0.02, "without one of the bluntest", show=".1%")
i, j = np.nonzero(np.abs(sharp.ravel()[:, None] - sharp.ravel()) < 0.05)
most_apart = np.max(lost.ravel()[i] - lost.ravel()[j])
assert_between(most_apart, 0.005, 0.9, "apart, of two equally sharp heads", show=".1%")

# %%
fig, ax = plt.subplots(figsize=(7, 3.8))
for (name, layer), x, y, marker in zip(stages, sharp, lost, "os^D", strict=True):
    ax.plot(100 * x, 100 * y, marker, label=f"{name}, layer {layer}")
ax.set(xlabel="mean largest weight in %", ylabel="next words lost without it in %")
ax.set(xlim=(0, 100))
ax.legend(loc="upper left")
show(fig, "16 heads: blunt ones are missed little, sharp ones between little and most.")

# %% [markdown]
# No head is indispensable; most are missed little, since others can stand in for them.
# Heads that look nowhere in particular are hardly missed here. But of two that look
# equally sharply, one can be missed far more than the other: sharpness alone proves
# nothing.

# %% [markdown]
# ## Recap
#
# 1. **Self-attention:** each word's query meets all keys; softmax of
#    $q\cdot k/\sqrt d$ gives weights, the weighted sum of the values is the new vector.
#    Without $\sqrt d$ the variance of the scores is $d$, and softmax is saturated.
#    Several heads do it side by side at the price of one.
# 2. **Masks:** nobody looks at padding; in a decoder nobody looks at the future. With
#    them, NumPy and `keras.layers.MultiHeadAttention` agree to 0.00001.
# 3. **Order:** shuffled words get the same vectors, shuffled. Sinusoids, added to the
#    words, tell them where they stand; without them "who is first" is a guess.
# 4. **Blocks:** normalise, attend, add; normalise, two dense layers, add. A decoder block
#    has a causal attention and a cross-attention. $4(w^2+w)$ parameters are an
#    attention's, whatever the number of heads.
# 5. One block reads reviews as well as chapter 9's best; two and a decoder block
#    translate at least 97% of unseen sentences exactly, as long as they are of the same
#    grammar. The cost grows with $T^2$, but no word waits for another. What a head is for
#    is seen by switching it off, not by how sharply it looks.

# %% [markdown]
# ## Read on
#
# - A. Vaswani and others, *Attention Is All You Need* (NIPS 2017, arXiv:1706.03762): the
#   Transformer.
# - J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer Normalization* (2016, arXiv:1607.06450).
# - K. He and others, *Deep Residual Learning for Image Recognition* (CVPR 2016,
#   arXiv:1512.03385): residual connections.
# - D. Hendrycks, K. Gimpel, *Gaussian Error Linear Units* (2016, arXiv:1606.08415): GELU.
# - R. Xiong and others, *On Layer Normalization in the Transformer Architecture* (ICML
#   2020, arXiv:2002.04745): pre-norm and post-norm.
# - S. Jain, B. C. Wallace, *Attention is not Explanation* (NAACL 2019, arXiv:1902.10186):
#   what a map does not show.
# - I. Beltagy, M. E. Peters, A. Cohan, *Longformer* (2020, arXiv:2004.05150): local
#   attention for long texts.
# - [Chapter 13](13_foundation_models.ipynb): the same blocks, trained on text without
#   labels.
