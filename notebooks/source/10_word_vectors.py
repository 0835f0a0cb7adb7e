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
# **Question:** how can a program find out that *great* and *wonderful* mean nearly the
# same, when nobody tells it what any word means?
#
# **Aims.** At the end you can
#
# 1. say what a one-hot vector cannot do and a dense vector can, and why looking up a row
#    is the same as multiplying by a one-hot vector;
# 2. write down the loss of skip-gram with negative sampling, derive its gradient and
#    check it numerically;
# 3. train skip-gram and CBOW on the text of film reviews, with frequent words thinned
#    out;
# 4. measure whether word vectors are any good: nearest words, analogies, a map;
# 5. use vectors learned without labels in a classifier that has few labels.
#
# **Before you start:** [chapter 4](04_backpropagation_from_scratch.ipynb): gradients by
# hand and the numerical check. [Chapter 2](02_softmax_mnist.ipynb): mini-batches.
#
# **Minutes:** about {minutes} to read and do, under 120 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners train word vectors from text without labels, and learn to measure them
# instead of admiring examples.
# before: Chapter 04: gradients by hand, numerical check. Chapter 02: mini-batches.
# Logistic regression of chapter 01.
# machine: Let the room fill a table of two numbers a word (thing? praise?) and compute
# cosines by hand. Write out the pairs of "the film was really good". Stored: nearest
# words, the map, the parallelogram of an analogy.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages for the whole chapter. `helpers` loads the reviews, places labels
# in figures and draws the map with a search box; the vectors are made below, in the
# notebook itself.

# %% tags=["setup"]
# {setup}

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from helpers import datasets
from helpers.checks import assert_between, check, happened, predict
from helpers.plotting import BLUE, ORANGE, RED, label_points, show
from helpers.progress import Progress
from helpers.widgets import WordMap

# %% [markdown]
# ## 10.1 From one-hot to dense
#
# A network computes with numbers, so words must become numbers. The simplest way is to
# number the words and to give word $i$ a vector that is 1 at place $i$ and 0 everywhere
# else: a **one-hot** vector. How similar are two words? For vectors, a good measure is
# the **cosine** of the angle between them,
#
# $$\cos(a,b)=\frac{a^{\mathsf T}b}{\lVert a\rVert\,\lVert b\rVert},$$
#
# which is 1 for the same direction, 0 for a right angle and −1 for opposite directions.
# **Predict** the table of cosines of four words before you run the cell.

# %% [markdown] tags=["teacher"]
# minutes: 8
# stall: One-hot times table is a look-up: show that no multiplication happens. Cosine
# compares directions, so a long and a short vector may be equal. "Company" means
# neighbours within some places, not the same sentence.
# ask: Great and terrible: will their vectors be near or far?
# answer: Near, often: they stand between the same words. Near means used alike.
# skip: The cosines of one-hot vectors, when said aloud.

# %%
predict("10.a", "Which cosine have good and great?", ["0", "0.5", "1"])

# %%
four = ["good", "great", "table", "chair"]
one_hot = np.eye(4)  # (words, words)


def cosines(A, B):
    """Cosine of every row of A with every row of B."""
    A = A / np.maximum(np.linalg.norm(A, axis=1, keepdims=True), 1e-9)
    B = B / np.maximum(np.linalg.norm(B, axis=1, keepdims=True), 1e-9)
    return A @ B.T


print(cosines(one_hot, one_hot))
happened("10.a", f"{cosines(one_hot, one_hot)[0, 1]:g}")

# %% [markdown]
# Every word is equally far from every other. *Good* is no nearer to *great* than to
# *table*: what a network learns about one word tells it nothing about the next. And
# with 10,000 words each vector has 10,000 numbers, nearly all of them 0.
#
# A **dense** vector has few numbers, and all of them count. Here are vectors of two
# numbers, made up by hand: the first says "is it a thing?", the second "is it
# praise?". **Predict** which cosines are large now.

# %%
predict(
    "10.b",
    "Which pair has a large cosine?",
    ["good, great", "good, table", "great, chair"],
)

# %%
V_hand = np.array([[0.1, 0.8], [0.0, 0.9], [0.9, 0.1], [0.8, 0.0]])  # (words, 2)
print(cosines(V_hand, V_hand).round(2))
assert cosines(V_hand, V_hand)[0, 1] > 0.9 > cosines(V_hand, V_hand)[0, 2]
happened(
    "10.b", "good, great" if cosines(V_hand, V_hand)[0, 1] > 0.9 else "good, table"
)

# %% [markdown]
# The two adjectives are near each other, the two pieces of furniture as well, and the
# groups are nearly at right angles. The vectors stand in a table $V$ with one row for
# each word. A one-hot vector times this table gives one row of it, so a network layer
# whose input is one-hot and which has no bias is a **look-up**. Nobody multiplies by
# all those zeros: `keras.layers.Embedding` and `tf.gather` take the row.

# %%
row = one_hot[1] @ V_hand  # (words,) @ (words, 2) -> (2,)
print(row, "is row 1 of the table:", np.array_equal(row, V_hand[1]))

# %% [markdown]
# Nobody wants to fill such a table by hand for 10,000 words. Where could the numbers
# come from? The linguist J. R. Firth wrote in 1957: "You shall know a word by the
# company it keeps". *Great* and *wonderful* stand between the same words: "a ... film",
# "the acting is ...". So we let a program **guess the neighbours of a word from its
# vector**, and train the vectors until the guesses are good. Words that keep the same
# company need the same vector. The text alone is the teacher; no labels are needed.
#
# The company comes from the IMDB film reviews: 25,000 for training, as lists of word
# numbers, the most frequent words first. Rare words are dropped, and so are the marks
# for "start" and "unknown".

# %% tags=["nbval-ignore-output"]
options = {"num_words": 10_000, "start_char": None, "oov_char": None, "index_from": 0}
(x_train, y_train), (x_test, y_test) = datasets.load_imdb(**options)
word_index = datasets.imdb_word_index()

# %% [markdown]
# Without IMDB the course writes reviews of its own, from templates: as long, of as many
# words, and with the same families among them. What the text says holds for both. Where
# it shows what a run on real text gave, it says "on IMDB".
#
# We put all reviews in one long row, and remember for each word which review it is
# from. How large is the vocabulary, and how many words of text are there?

# %% tags=["nbval-ignore-output"]
number = {word: i for word, i in word_index.items() if i < 10_000}
words = ["", *sorted(number, key=number.get)]  # number 0 is not used
tokens = np.concatenate([np.array(codes, dtype="int32") for codes in x_train])
review_of = np.repeat(np.arange(len(x_train)), [len(codes) for codes in x_train])
print(f"{len(number):,} words in the vocabulary; the most frequent:", *words[1:9])
millions = len(tokens) / 1e6
assert_between(millions, 5.5, 5.7, "million words of text", show=".2f")

# %% [markdown]
# ## 10.2 Skip-gram with negative sampling
#
# **Skip-gram** takes each word of the text and the words around it, up to `window`
# places to the left and to the right, and makes pairs: (word, neighbour). From the
# sentence below with a window of 2, **predict** the pairs of the word *was*, and how
# many pairs there are in all.


# %% [markdown] tags=["teacher"]
# minutes: 17
# exercises: 5
# stall: Two tables: v for the word in the middle, u as a neighbour. Negatives are
# drawn, so a true neighbour may be among them. The power 0.75 raises rare words:
# compare ratios, not values. Thinning widens the window.
# ask: All scores are 0 and K is 5. What is the loss, without computing?
# answer: Six tosses of a coin, log 2 each: 4.16.
# skip: The numerical check, after chapter 04. Exercise 10.2.

# %%
predict("10.c", "How many pairs are there in all?", ["10", "14", "20"])


# %%
def pairs(sentence, window):
    """All (word, neighbour) pairs at most `window` places apart."""
    found = []
    for i, word in enumerate(sentence):
        for j in range(max(0, i - window), min(len(sentence), i + window + 1)):
            if j != i:
                found.append((word, sentence[j]))
    return found


sentence = ["the", "film", "was", "really", "good"]
all_pairs = pairs(sentence, 2)
print(len(all_pairs), [pair for pair in all_pairs if pair[0] == "was"])
happened("10.c", str(len(all_pairs)))

# %% [markdown]
# Now the guess. Each word gets **two** vectors: $v$ for when it is the word in the
# middle, a row of the table $V$, and $u$ for when it is a neighbour, a row of the table
# $U$. The score of a pair is $v^{\mathsf T}u$. Softmax over all words would turn scores
# into probabilities, as in chapter 2, but with 10,000 classes for every pair that is
# expensive. **Negative sampling** (T. Mikolov and others, 2013) asks a cheaper
# question: *did this pair come from the text, or did I make it up?* That is logistic
# regression, chapter 1. For each pair of the text, $K$ neighbours are drawn at random;
# these are the **negatives** $n_1\dots n_K$. The loss is
#
# $$L=-\log\sigma(v^{\mathsf T}u)-\sum_{k=1}^{K}\log\sigma(-v^{\mathsf T}n_k),$$
#
# because $1-\sigma(s)=\sigma(-s)$. The first term wants $v$ and $u$ to point the same
# way, the others want $v$ to point away from the made-up neighbours. In code, with
# $-\log\sigma(s)=\log(1+e^{-s})$, which does not overflow when written with
# `np.logaddexp`. **Predict** the loss when all scores are 0 and $K=5$.


# %%
predict("10.d", "The loss when all scores are 0 and K is 5?", within=0.2)


# %%
def loss_of_pair(v, u, negatives):
    """v and u: (d,); negatives: (K, d)."""
    return np.logaddexp(0, -v @ u) + np.logaddexp(0, negatives @ v).sum()


zero = np.zeros(3)
print(round(float(loss_of_pair(zero, zero, np.zeros((5, 3)))), 3))
happened(
    "10.d",
    loss_of_pair(zero, zero, np.zeros((5, 3))),
    "Six tosses of a coin, log 2 each.",
)

# %% [markdown]
# Six times $\log 2=0.693$: one for the true neighbour and five for the others, each a
# toss of a coin. That is where training starts.
#
# The gradient is as short as that of logistic regression. The derivative of
# $-\log\sigma(s)$ is $\sigma(s)-1$, that of $-\log\sigma(-s)$ is $\sigma(s)$: in both
# cases the probability given minus the right answer. So
#
# $$\frac{\partial L}{\partial v}=(\sigma(v^{\mathsf T}u)-1)\,u
# +\sum_k\sigma(v^{\mathsf T}n_k)\,n_k,\qquad
# \frac{\partial L}{\partial u}=(\sigma(v^{\mathsf T}u)-1)\,v,\qquad
# \frac{\partial L}{\partial n_k}=\sigma(v^{\mathsf T}n_k)\,v .$$


# %%
def sigmoid(s):
    return 1 / (1 + np.exp(-s))


def gradient_of_pair(v, u, negatives):
    """Derivatives of loss_of_pair by v, by u and by every negative."""
    true = sigmoid(v @ u) - 1  # a number
    made_up = sigmoid(negatives @ v)  # (K,)
    return true * u + made_up @ negatives, true * v, np.outer(made_up, v)


rng = np.random.default_rng(10)
v, u, negatives = rng.normal(size=4), rng.normal(size=4), rng.normal(size=(5, 4))
print([part.shape for part in gradient_of_pair(v, u, negatives)])

# %% [markdown]
# A gradient by hand is right when it agrees with small steps: move one number by
# $\pm10^{-5}$ and see how the loss changes. The loop does this for all 4 + 4 + 20
# numbers:

# %%
arguments, step, largest = (v, u, negatives), 1e-5, 0.0
for part, slope in zip(arguments, gradient_of_pair(*arguments), strict=True):
    for place in np.ndindex(part.shape):
        before = part[place]
        part[place] = before + step
        above = loss_of_pair(*arguments)
        part[place] = before - step
        numerical = (above - loss_of_pair(*arguments)) / (2 * step)
        part[place] = before
        largest = max(largest, abs(numerical - slope[place]))
assert_between(largest, 0, 1e-8, "difference to the numerical gradient")
print("28 derivatives, all the same to 0.00000001")

# %% [markdown]
# ### Which words to draw, and which to skip
#
# Two details decide whether the vectors become good. In any text a few words make up
# most of it: count and look. **Predict** which share of the text the 100 most frequent
# words have.

# %%
predict(
    "10.e", "Which share of the text have the 100 most frequent words, in %?", within=10
)

# %% tags=["nbval-ignore-output"]
count = np.bincount(tokens, minlength=len(words))
frequency = count / count.sum()
top_share = np.sort(frequency)[-100:].sum()
name = "share of the 100 most frequent words"
assert_between(top_share, 0.5, 0.65, name, show=".0%")
happened("10.e", 100 * top_share)

# %% [markdown]
# More than half. Pairs such as (*the*, *film*) come by the hundred thousand and say
# little, since *the* stands beside everything. So frequent words are **thinned out**:
# each occurrence of a word with frequency $f$ stays with the probability
#
# $$p_\text{keep}=\min\bigl(1,\sqrt{t/f}\bigr).$$
#
# The threshold $t$ is the frequency above which words are thinned out. We take the
# frequency of an average word, 1 divided by the size of the vocabulary: about 0.0001.
# Dropping words also widens the window, because the rest moves together.
#
# The negatives are drawn by frequency too, but flattened: with probabilities
# proportional to $f^{0.75}$. **Predict:** does the power 0.75 make rare words more
# likely, or frequent ones?

# %%
predict("10.f", "Which words become more likely?", ["rare ones", "frequent ones"])

# %%
threshold = 1 / len(number)
keep = np.minimum(1, np.sqrt(threshold / np.maximum(frequency, 1e-12)))
noise = frequency**0.75 / np.sum(frequency**0.75)  # (words,)
for f in [0.01, 0.0001]:
    print(f"frequency {f:.4f}   to the power 0.75: {f**0.75:.4f}")
happened("10.f", "rare ones" if 100**0.75 < 100 else "frequent ones")

# %% [markdown]
# Of two words, the one 100 times as frequent is drawn only $100^{0.75}=32$ times as
# often: rare words gain. One epoch begins with a new thinned text. Three or four words
# in ten stay:


# %% tags=["nbval-ignore-output"]
def thin_out(rng):
    """Words that stay this time, and the reviews that they are from."""
    stays = rng.random(len(tokens)) < keep[tokens]
    return tokens[stays], review_of[stays]


text, review = thin_out(np.random.default_rng(1))
kept = len(text) / len(tokens)
name = "share of the text that stays"
assert_between(kept, 0.27, 0.45, name, show=".0%")

# %% [markdown]
# ### Exercise 10.1 – How many pairs? (predict and run)
#
# A sentence has 6 words. How many (word, neighbour) pairs does skip-gram make of it
# with a window of 1, of 2, of 3, and of 10? And how many **different** rows of the
# table $V$ change in one step for one pair with 5 negatives; how many of $U$ at most?
# Write the numbers down first, then run `pairs` on six words to see.
#
# Replace each `...` and run the cell, then the check below it. Stuck? Add a cell with
# `hint("10.1")`, which says one thing more each time that you run it;
# `solution("10.1")` shows worked code, and `exercise_table()` what is done.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
counts = {
    "window 1": ...,
    "window 2": ...,
    "window 3": ...,
    "window 10": ...,
    "rows of V": ...,
    "rows of U": ...,
}

# %%
check("10.1", counts)

# %% [markdown]
# ### Exercise 10.2 – The threshold (change and measure)
#
# In many languages the $r$-th most frequent word is about $1/r$ times as frequent as
# the first (Zipf's law). `zipf` holds such frequencies for 10,000 words. For each
# threshold $t$, measure which share of the **text** stays when words are thinned out
# with $p_\text{keep}=\min(1,\sqrt{t/f})$, and which share of the text that stays
# belongs to the 10 most frequent words. Give both as a pair. What happens to the share
# of the 10 words as $t$ falls?

# %% tags=["exercise"]
zipf = 1 / np.arange(1, 10_001)
zipf = zipf / zipf.sum()
shares_by_threshold = {0.01: ..., 0.001: ..., 0.0001: ..., 0.00001: ...}

# %%
check("10.2", shares_by_threshold)

# %% [markdown]
# ## 10.3 Training on reviews
#
# About 2 million words with 8 neighbours each make some 16 million pairs an epoch (13
# of the course's own reviews, 18 on IMDB). A Python loop over them would take an hour,
# so we work on mini-batches of 1024 words. Each comes with all its neighbours as one
# row of 8 numbers; a **mask** is 0 where a neighbour belongs to another review. All
# words of a batch share 256 negatives: drawing five for each pair and drawing many for
# all, weighted down to five, ask for the same thing on average, but the second is a
# single matrix product.


# %% [markdown] tags=["teacher"]
# minutes: 16
# exercises: 3
# stall: Batches with shared negatives and masks hide the formula: point at the same two
# softplus terms. The loss stops near 2.6 and looks like failure; a true neighbour is
# often one that could stand anywhere. CBOW's loss is lower and not comparable.
# ask: The loss stays above 1 for ever. Is the training bad?
# answer: No. Nobody could always tell a true neighbour from a made-up one; the question
# was an excuse for vectors.
# skip: CBOW and Exercise 10.3.

# %%
window, batch, shared, K = 4, 1024, 256, 5
offsets = np.array([i for i in range(-window, window + 1) if i != 0])


def batches(text, review, rng, steps=32):
    """Stacks of mini-batches: words, neighbours, masks and negatives."""
    places = rng.permutation(np.arange(window, len(text) - window))
    for i in range(0, len(places) - steps * batch + 1, steps * batch):
        at = places[i : i + steps * batch].reshape(steps, batch)
        around = at[..., None] + offsets  # (steps, batch, 8)
        mask = review[around] == review[at][..., None]
        negatives = rng.choice(len(noise), (steps, shared), p=noise)
        yield text[at], text[around], mask.astype("float32"), negatives


for name, part in zip(
    ["words", "neighbours", "masks", "negatives"],
    next(batches(text, review, np.random.default_rng(2))),
    strict=True,
):
    print(f"{name:11}", part.shape)

# %% [markdown]
# Now the loss for one mini-batch, in TensorFlow. `tf.gather` looks up rows,
# `tf.nn.softplus(s)` is $\log(1+e^s)$. The formula is the same as above, averaged over
# all pairs of the batch.


# %%
def skip_gram_loss(V, U, word, around, mask, negatives):
    v = tf.gather(V, word)  # (batch, d)
    u = tf.gather(U, around)  # (batch, 8, d)
    n = tf.gather(U, negatives)  # (shared, d)
    true = tf.nn.softplus(-tf.einsum("bd,bcd->bc", v, u))  # (batch, 8)
    made_up = tf.nn.softplus(tf.matmul(v, n, transpose_b=True))  # (batch, shared)
    for_one = K * tf.reduce_mean(made_up, axis=1, keepdims=True)  # (batch, 1)
    return tf.reduce_sum(mask * (true + for_one)) / tf.reduce_sum(mask)


# %% [markdown]
# Is it the loss that we checked? With one word, one neighbour and exactly 5 negatives,
# both must give the same number, and TensorFlow's gradient must be ours:

# %%
table = tf.Variable([v], dtype="float64")
others = tf.constant(np.vstack([u, negatives]))  # (1 + 5, 4)
mask = np.ones((1, 1))
with tf.GradientTape() as tape:
    loss = skip_gram_loss(table, others, [0], [[0]], mask, [1, 2, 3, 4, 5])
slope = tf.convert_to_tensor(tape.gradient(loss, table))[0].numpy()
assert np.isclose(loss, loss_of_pair(v, u, negatives))
assert np.allclose(slope, gradient_of_pair(v, u, negatives)[0])
print("same loss, same gradient as by hand")

# %% [markdown]
# The tables have 50 numbers for each word. $V$ starts with small random numbers, $U$
# with zeros:


# %%
def start(seed, d=50):
    """New tables V and U."""
    rng = np.random.default_rng(seed)
    V = tf.Variable(rng.normal(0, 0.1, (len(words), d)), dtype="float32")
    return V, tf.Variable(tf.zeros((len(words), d)))


V_start = start(1)[0].numpy()
print(V_start.shape[1], "numbers for each word")

# %% [markdown]
# Adam takes the steps, with a learning rate that falls to nearly 0 at the end. A whole
# stack of 32 batches runs inside one `tf.function`, because starting TensorFlow anew
# for each of them would take longer than the work itself. Both tables are trained; only
# $V$ is used afterwards.


# %%
def make_trainer(loss_function, tables, steps, rate=0.02):
    """A function that takes a stack of batches, trains on it and returns its loss."""
    decay = keras.optimizers.schedules.PolynomialDecay(rate, steps, rate / 50)
    adam = keras.optimizers.Adam(decay)
    adam.build(tables)

    @tf.function
    def train(word, around, mask, negatives):
        total = 0.0
        for i in tf.range(tf.shape(word)[0]):
            with tf.GradientTape() as tape:
                one = word[i], around[i], mask[i], negatives[i]
                loss = loss_function(*tables, *one)
            slopes = tape.gradient(loss, tables)
            adam.apply([tf.convert_to_tensor(slope) for slope in slopes], tables)
            total += loss
        return total / tf.cast(tf.shape(word)[0], "float32")

    return train


# %% [markdown]
# Two epochs are enough to see the effect. The loss begins at $6\log2=4.16$ and falls at
# once: the first number that is printed is the mean of 32 steps, and already smaller.
# **Predict:** will it reach 0? (Could you always tell a true neighbour from a made-up
# one?)


# %%
predict("10.g", "Will the loss reach 0?", ["yes, nearly", "no, it stays above 1"])


# %%
def fit(loss_function, label, seed, epochs=2):
    """Train new tables; returns V and the losses, one for each stack."""
    rng, tables, losses = np.random.default_rng(seed), start(seed), []
    stacks = int(np.sum(count * keep)) // (32 * batch)  # as many as one epoch has
    train = make_trainer(loss_function, tables, 32 * stacks * epochs)
    with Progress(32 * stacks * epochs, label) as line:
        for _ in range(epochs):
            for stack in batches(*thin_out(rng), rng):
                losses.append(float(train(*map(tf.constant, stack))))
                line.advance(32, loss=f"{losses[-1]:.2f}")
    return tables[0].numpy(), losses


# %% tags=["nbval-ignore-output"]
V_skip, losses_skip = fit(skip_gram_loss, "Skip-gram", seed=1)
first, last = losses_skip[0], np.mean(losses_skip[-5:])
assert_between(first, 3.7, 4.2, "loss of the first 32 steps", show=".2f")
assert_between(last, 2.4, 2.8, "loss at the end", show=".2f")
happened(
    "10.g",
    "yes, nearly" if last < 1 else "no, it stays above 1",
    "A neighbour could often be another word.",
)

# %% [markdown]
# It falls from about 4 to 2.5 or 2.6 and hardly any further. A true neighbour is often
# one that could stand anywhere, and a made-up one may fit by accident: nobody could do
# much better. The loss itself is of no interest here. The question was an excuse for
# making vectors, so let us look at them.
#
# `nearest` lists the words with the largest cosines. We search among the 5,000 most
# frequent words, since the vectors of rarer ones were hardly trained. **Predict** three
# neighbours of *great*, and how much nearer *music* is to four other words of film making
# (plot, script, acting, camera) than to all words in the mean.


# %%
predict(
    "10.h",
    "By how much is the cosine of music larger with camera or plot than in the mean?",
    within=0.2,
)


# %%
def nearest(vector, V, m=8, without=()):
    """The m words whose vectors have the largest cosine with this one."""
    similarity = cosines(vector[None], V[:5000])[0]  # (5000,) or fewer
    order = [words[i] for i in np.argsort(-similarity) if words[i]]
    return [word for word in order if word not in without][:m]


def show_nearest(V, asked):
    for word in asked.split():
        if word in number:
            near = nearest(V[number[word]], V, without=[word])
            print(f"{word:9} → {' '.join(near)}")


# %% tags=["nbval-ignore-output"]
asked = "great terrible actress husband war funny music very loved charming"
show_nearest(V_skip, asked)
print("before training:")
show_nearest(V_start, "great music")

# %% [markdown]
# On IMDB, one run gave
#
# | word | its nearest words |
# |---|---|
# | great | fantastic, good, wonderful, excellent |
# | terrible | awful, horrible, atrocious, bad |
# | husband | wife, daughter, her, boyfriend |
# | war | civil, Vietnam, WWII, Germany |
# | music | soundtrack, lyrics, song, songs |
# | very | quite, well, extremely, pretty |
#
# Nobody told the program what an adjective is, or a family, or praise. Words of praise
# lie with words of praise, since a review that has one has others near it; *actress*
# lies with *actor*, *husband* with *wife*. Remember this: near means **used alike**,
# and opposites are used alike very often.

# %% tags=["nbval-ignore-output"]
similar = cosines(V_skip, V_skip[number["music"]][None])[:, 0]  # (words,)
others = [number[word] for word in ["plot", "script", "acting", "camera"]]
gap = similar[others].mean() - similar.mean()
assert_between(gap, 0.1, 0.8, "how much nearer to music", show=".2f")
happened("10.h", gap)

# %% [markdown]
# ### CBOW: the other way round
#
# **Continuous bag of words** turns the question round: guess the word in the middle
# from its neighbours. The neighbours' vectors are averaged to one vector
# $h=\frac1C\sum_c v_c$, and $h$ takes the place of $v$ in the loss: the true answer is
# the word in the middle, the negatives are other words. The order of the neighbours is
# lost, hence "bag". **Predict:** which of the two has more to learn from a rare word?


# %%
predict("10.i", "Which has more to learn from a rare word?", ["skip-gram", "CBOW"])


# %%
def cbow_loss(V, U, word, around, mask, negatives):
    weights = mask / tf.maximum(tf.reduce_sum(mask, axis=1, keepdims=True), 1)
    h = tf.einsum("bc,bcd->bd", weights, tf.gather(V, around))  # (batch, d)
    u, n = tf.gather(U, word), tf.gather(U, negatives)  # (batch, d), (shared, d)
    true = tf.nn.softplus(-tf.reduce_sum(h * u, axis=1))  # (batch,)
    made_up = tf.nn.softplus(tf.matmul(h, n, transpose_b=True))  # (batch, shared)
    return tf.reduce_mean(true + K * tf.reduce_mean(made_up, axis=1))


# %%
one = next(batches(text, review, np.random.default_rng(3)))
print(round(float(cbow_loss(*start(1), *(part[0] for part in one))), 3))
happened("10.i", "skip-gram", "It makes eight pairs of each place.")

# %% [markdown]
# The same $6\log2$ at the start. CBOW sees each place of the text once, where skip-gram
# makes eight pairs of it. And CBOW teaches all eight neighbours the same thing, so a
# rare word learns little of its own: skip-gram gets more out of it. The training
# function is the one from before.

# %% tags=["nbval-ignore-output"]
V_cbow, losses_cbow = fit(cbow_loss, "CBOW", seed=2)
show_nearest(V_cbow, "great music very loved")
last = np.mean(losses_cbow[-5:])
assert_between(last, 1.8, 2.7, "CBOW, loss at the end", show=".2f")

# %%
fig, ax = plt.subplots(figsize=(7, 3.4))
for losses, name, style in [
    (losses_skip, "skip-gram", "-"),
    (losses_cbow, "CBOW", "--"),
]:
    share = np.linspace(0, 1, len(losses))
    ax.plot(share, losses, style, label=name)
ax.axhline(6 * np.log(2), color="black", lw=1, ls=":")
ax.text(1, 6 * np.log(2) + 0.03, "a coin: 6 log 2", ha="right", va="bottom")
ax.set(xlabel="share of the training", ylabel="loss", ylim=(None, 4.5))
ax.legend(loc="center right")
show(fig, "Two losses that fall fast at first, then slowly; CBOW ends lower.")

# %% [markdown]
# Guessing from eight words is easier than guessing from one, so CBOW's loss ends lower;
# the two losses answer different questions and cannot be compared. Which vectors are
# better? That takes another measure.

# %% [markdown]
# ### Exercise 10.3 – The gradient of CBOW (build)
#
# CBOW's loss for one place is $-\log\sigma(h^{\mathsf T}u)-\sum_k\log\sigma(-h^{\mathsf
# T}n_k)$ with $h$ the mean of the neighbours' vectors. Write a function that takes
# these vectors, of shape (C, d), the vector $u$ of the word in the middle and the
# negatives of shape (K, d), and returns the gradient by **every neighbour's vector**:
# (C, d).


# %% tags=["exercise"]
def cbow_gradient(neighbours, u, negatives):
    return ...


# %%
check("10.3", cbow_gradient)

# %% [markdown]
# ## 10.4 Are they any good?
#
# A few nice examples prove nothing: one could have searched for them. So we write down
# what common sense expects, **without searching for what works**, and count hits and
# misses. Each entry has a word and some words with nearly the same meaning or use. (The
# authors tried a first list before they settled on this one. Write your own, and
# compare.) A word counts as found when at least one of them is among its $m$ nearest
# words.

# %% [markdown] tags=["teacher"]
# minutes: 12
# exercises: 3
# stall: Hits among ten nearest are read as accuracy of meaning. The list was written
# down first; ask who would have searched for examples that work. In analogies the three
# words of the question are excluded, or c itself would win.
# ask: actor − man + woman gives "actress", then "attractive". What has the arithmetic
# learned?
# answer: What reviews say of women. Prejudice is company too, and a program passes it
# on.
# skip: Exercise 10.4. Not the three warnings.

# %%
written = """great: wonderful excellent fantastic superb; bad: terrible awful horrible
excellent: superb outstanding great; boring: dull tedious slow; worst: awful horrible
funny: hilarious amusing humorous; movie: film flick; actor: actress; kids: children
director: directors filmmaker directing; music: soundtrack score songs; wife: husband
mother: father daughter; brother: sister brothers; king: queen prince; song: songs
car: truck bus cars vehicle; war: soldiers battle; scary: creepy frightening spooky
doctor: nurse dr hospital scientist; man: woman guy; two: three four; year: years month
school: college student students; beautiful: gorgeous stunning lovely; book: novel books
stupid: dumb idiotic silly; police: cop cops detective; killed: murdered dead shot
money: cash dollars buck; night: day evening morning; girl: boy woman; love: romance
laugh: laughing laughs laughed; plot: story storyline; ending: end conclusion climax"""


# %%
def read_list(written):
    """From "great: wonderful superb; ..." to {"great": ["wonderful", "superb"]}."""
    entries = [entry.split(":") for entry in written.replace("\n", ";").split(";")]
    return {word.strip(): others.split() for word, others in entries}


expected = read_list(written)
assert 20 <= len(expected) <= 40 and all(word in number for word in expected)
print(len(expected), "words, and what to expect near each")

# %% [markdown]
# **Predict** the share found among the 10 nearest: of 5,000 words in all, random
# vectors would hit one by chance about once in 200 tries.


# %%
predict("10.j", "Share found among the 10 nearest, in %?", within=20)


# %%
def is_found(V, word, m):
    """Is an expected word among the m nearest of this one?"""
    near = nearest(V[number[word]], V, m, without=[word])
    return any(other in near for other in expected[word])


def share_found(V, m):
    """Share of the listed words for which it is so."""
    return np.mean([is_found(V, word, m) for word in expected])


print(f"found among all words: {share_found(V_start, len(words)):.0%}")

# %% tags=["nbval-ignore-output"]
tables = {"skip-gram": V_skip, "CBOW": V_cbow, "untrained": V_start}
for m in [1, 5, 10, 20]:
    shares = [f"{name} {share_found(V, m):4.0%}" for name, V in tables.items()]
    print(f"among the {m:2} nearest:  {'   '.join(shares)}")
missed = [word for word in expected if not is_found(V_skip, word, 10)]
print("not found among 10, skip-gram:", " ".join(missed) or "none")
found = {name: share_found(V, 10) for name, V in tables.items()}
assert_between(found["skip-gram"], 0.72, 1, "skip-gram, among 10", show=".0%")
at_once = share_found(V_skip, 1)
assert_between(at_once, 0.38, 0.72, "in the first place", show=".0%")
assert_between(found["CBOW"], 0.6, 1, "CBOW, among 10", show=".0%")
assert_between(found["untrained"], 0, 0.2, "untrained, among 10", show=".0%")
happened("10.j", 100 * found["skip-gram"])

# %% [markdown]
# With skip-gram, about four in five words have an expected one among their 10 nearest,
# and half of them, or somewhat more, have it in the very first place. CBOW comes near.
# The authors of word2vec found skip-gram better for rare words, and CBOW faster. What
# was not found is worth a look: often the nearest words are just as good, but nobody had
# thought of them, or reviewers use a word in a way of their own.
#
# ### Analogies
#
# *Man* is to *woman* as *actor* is to ...? If the step from *man* to *woman* is the
# same arrow wherever it starts, then $v_\text{woman}-v_\text{man}+v_\text{actor}$ lies
# near *actress*. All vectors get length 1 first, and the three words of the question
# are no answers. (The list was shortened after a first trial, which took hits and
# misses away: read the shares as an estimate.)

# %%
questions = """he she his her; man woman actor actress; man woman boy girl
husband wife son daughter; father mother son daughter; he she himself herself
film films movie movies; good better bad worse; good best bad worst
actor actors actress actresses; father mother brother sister; his her him her
boy girl man woman; book books song songs; one two first second
kid kids child children; is was are were; do did have had; see saw think thought
france french germany german; make made take took; write writing direct directing"""
quads = [entry.split() for entry in questions.replace("\n", ";").split(";")]


def unit_rows(V, chosen):
    """The vectors of some words, each brought to length 1: (words, d)."""
    rows = V[[number[word] for word in chosen]]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def analogy(V, a, b, c, m=1):
    """The m best answers to: a is to b as c is to ..."""
    from_a, from_b, from_c = unit_rows(V, [a, b, c])
    return nearest(from_b - from_a + from_c, V, m, without=[a, b, c])


# %% tags=["nbval-ignore-output"]
for a, b, c, d in quads:
    print(f"{a} : {b} = {c} : {' '.join(analogy(V_skip, a, b, c, 5))}   (asked: {d})")
first = np.mean([d in analogy(V_skip, *abc) for *abc, d in quads])
five = np.mean([d in analogy(V_skip, *abc, 5) for *abc, d in quads])
name = "right, first answer"
assert_between(first, 0.5, 0.95, name, embedded=(0.4, 0.8), show=".0%")
name = "right, in the first five"
assert_between(five, 0.65, 1, name, embedded=(0.6, 0.95), show=".0%")

# %% [markdown]
# ### Exercise 10.4 – An analogy machine (build)
#
# Write `solve(V, a, b, c)`: $V$ is a table of vectors of **any** length, and $a$, $b$,
# $c$ are row numbers. Return the row number $d$ for which "$a$ is to $b$ as $c$ is to
# $d$" fits best: bring all rows to length 1, form $b-a+c$ and take the row with the
# largest cosine that is none of the three. A row of zeros has no direction: it is never
# the answer, and must not upset the division.


# %% tags=["exercise"]
def solve(V, a, b, c):
    return ...


# %%
check("10.4", solve)

# %% [markdown]
# About half of the answers or more are right at once; about three in four, or more, are
# among the first five. On IMDB, one run gave:
#
# | question | the first three answers |
# |---|---|
# | man : woman = actor : ? | actress, talented, attractive |
# | film : films = movie : ? | movies, seen, flicks |
# | good : better = bad : ? | worse, could, worst |
# | France : French = Germany : ? | German, English, Spanish |
# | one : two = first : ? | introduction, 20, later |
#
# Three warnings. Without the rule that leaves the three words of the question out, the
# answer would often be *c* itself: the arrow is short. Relations that depend on
# grammar and on family often work, knowledge of the world needs far more text. And vectors
# learn the company that words keep, **prejudices included**. The first row shows it:
# soon behind *actress* comes *attractive*, since that is what reviews say of her.
# Nothing in the arithmetic knows that this is a judgement, and a program that ranks
# applicants by such vectors passes it on.
#
# ## 10.5 A map to search
#
# 50 numbers cannot be drawn, two can. **Principal component analysis** looks for the
# two directions along which the points differ most. Subtract the mean, write the
# vectors as rows of $X$; then the singular value decomposition $X=ASB^{\mathsf T}$ has
# these directions as the first columns of $B$. We take a few words of six kinds, those
# that the vocabulary knows. **Predict** which kinds will lie apart, which will mix, and
# how much larger the cosine is inside a kind than between two kinds.

# %% [markdown] tags=["teacher"]
# minutes: 9
# stall: Two directions show a small part of 50: neighbours on the map may be far apart
# in truth. SVD is used without proof; "the directions along which points differ most"
# is enough. The target of an analogy is no word.
# ask: On the map two words touch. May I say that they are alike?
# answer: Only after the cosine in the full space; the map shows a share of the
# differences.
# skip: The drawn analogy; give the minutes to the search box.

# %%
predict(
    "10.k",
    "How much larger is the mean cosine inside a kind than between kinds?",
    within=0.2,
)

# %%
groups = {
    "praise": "wonderful superb brilliant beautiful charming delightful lovely",
    "blame": "awful dull boring dreadful predictable annoying lifeless",
    "craft": "music script camera dialogue soundtrack plot editing photography",
    "people": "mother father brother sister husband wife daughter son",
    "numbers": "one two three four five six ten",
    "degree": "very really quite truly rather so",
}
mapped = {
    group: [word for word in line.split() if word in number]
    for group, line in groups.items()
}
mapped = {group: known for group, known in mapped.items() if len(known) >= 4}

# %%
chosen = [word for known in mapped.values() for word in known]
kind = np.array([group for group, known in mapped.items() for _ in known])
X = unit_rows(V_skip, chosen)  # (words, 50)
X = X - X.mean(axis=0)
A, S, B = np.linalg.svd(X, full_matrices=False)  # B holds the directions as rows
places = X @ B[:2].T  # (words, 50) @ (50, 2) -> (words, 2)
print("the same as A times S:", np.allclose(places, A[:, :2] * S[:2], atol=1e-4))

# %%
fig, (whole, part) = plt.subplots(1, 2, figsize=(9.5, 5))
spelled, heap = np.array(chosen), ~np.isin(kind, ["people", "numbers"])
styles = ["oC0", "^C1", "sC2", "DC3", "vC4", "PC5"]
for group, style in zip(mapped, styles, strict=False):
    for ax in (whole,) if group in ("people", "numbers") else (whole, part):
        ax.plot(*places[kind == group].T, style, alpha=0.8, label=group)
low, high = places[heap].min(axis=0), places[heap].max(axis=0)
corner, size = low - 0.1 * (high - low), 1.2 * (high - low)
whole.indicate_inset([*corner, *size], edgecolor="0.3")
whole.margins(0.12)
part.set(xlim=(corner[0], corner[0] + size[0]), ylim=(corner[1], corner[1] + size[1]))
part.set(xlabel="first direction", title="the frame, enlarged: four kinds")
whole.set(xlabel="first direction", ylabel="second direction", title="all six kinds")
fig.legend(*whole.get_legend_handles_labels(), loc="outside upper center", ncols=6)
label_points(whole, places[~heap], spelled[~heap])
label_points(part, places[heap], spelled[heap])
show(fig, "Words as points: people and numbers lie apart, four kinds are enlarged.")

# %% [markdown]
# Kinds lie together: people and numbers most clearly. Look for strays, too. Praise and
# blame stand at the same places of a sentence, and so does what they are said of; on
# the course's own reviews these words make a single heap here. But two directions show
# only a part of 50, so a map may put words side by side that are far apart: the
# neighbours of *great* above are words of praise, since a review that says one *superb*
# says more of the kind. The cosines in the full space decide:

# %% tags=["nbval-ignore-output"]
similar = unit_rows(V_skip, chosen) @ unit_rows(V_skip, chosen).T  # (words, words)
same = (kind[:, None] == kind) & ~np.eye(len(kind), dtype=bool)
gap = similar[same].mean() - similar[kind[:, None] != kind].mean()
name = "cosine within kinds minus between"
assert_between(gap, 0.25, 0.7, name, show=".2f")
share = float(np.sum(S[:2] ** 2) / np.sum(S**2))
name = "share of the differences that the map shows"
assert_between(share, 0.15, 0.6, name, show=".0%")
happened("10.k", gap)

# %% [markdown]
# An analogy can be drawn in the same way. The three words of the question, the five best
# answers, and the **target** $b-a+c$, which is no word: the arrow from $a$ to $b$ is
# moved to $c$, and its tip is the target. (A sum is the same before and after the
# projection, so the four corners are a parallelogram on the map too.) We draw *man* :
# *woman* = *actor* : ?

# %% tags=["nbval-ignore-output"]
question = ["man", "woman", "actor"]
answers = analogy(V_skip, *question, 5)
print(answers)
assert "actress" in answers

# %%
X = unit_rows(V_skip, question + answers)
X = np.vstack([X, X[1] - X[0] + X[2]])  # (3 + 5 + 1, 50), the target last
X = X - X.mean(axis=0)
corners = X @ np.linalg.svd(X)[2][:2].T  # (9, 50) @ (50, 2) -> (9, 2)
print("places", corners.shape)

# %%
fig, ax = plt.subplots(figsize=(7, 4.8))
for points, marker, color in [(slice(3), "D", RED), (slice(3, 8), "o", BLUE)]:
    ax.plot(*corners[points].T, marker, color=color)
ax.plot(*corners[8], "X", color=ORANGE, markersize=9)
for start_at, end_at in [(0, 1), (2, 8)]:
    arrow = {"arrowstyle": "->", "color": ORANGE, "lw": 1.5, "shrinkA": 6, "shrinkB": 6}
    ax.annotate("", corners[end_at], corners[start_at], arrowprops=arrow)
ax.set(xlabel="first direction", ylabel="second direction")
ax.margins(0.15)
label_points(ax, corners, [*question, *answers, "target"])
show(fig, "Two parallel arrows; the second ends at the target, a cross among words.")

# %% [markdown]
# The target stands alone, as nearly always: a sum of words is no word, and the nearest
# ones by cosine are the answers. Is the step from man to woman the same for other
# pairs, so that the arrow may be moved? Then the cosines between such steps are near 1:

# %% tags=["nbval-ignore-output"]
couples = [("man", "woman"), ("actor", "actress"), ("husband", "wife"), ("boy", "girl")]
one, other = (unit_rows(V_skip, side) for side in zip(*couples, strict=True))  # (4, 50)
alike = cosines(other - one, other - one)  # (4, 4)
print(alike.round(2))
assert_between(
    (alike.sum() - 4) / 12, -0.2, 0.6, "mean cosine of two steps", show=".2f"
)

# %% [markdown]
# Far from it: each step has a direction of its own. *actress* lies near *actor* anyway,
# which helps. With vectors from billions of words such steps are more alike.
#
# Now search yourself. Type a word and press return: the map marks it and its nearest
# words, the list gives their cosines. You may also add and subtract:
# `actor - man + woman` draws arrows and target as above. **All words** keeps one map for
# everything; **around the word** makes a new map of the word and its neighbours, each as
# far from the word as in the full space. Things to try: a name, a
# country, a spelling mistake, the word *terrible*, a word with two meanings.

# %%
WordMap(V_skip, words)

# %% [markdown]
# ## 10.6 Few labels, many reviews
#
# What are the vectors good for? Suppose somebody has read 500 reviews and marked them
# as praise or blame. 500 is little: most words of a new review do not occur in them,
# or only once. But the vectors have seen all 25,000 reviews, without labels. The
# simplest classifier with vectors: the **mean** of the vectors of a review's words,
# then logistic regression as in chapter 1.


# %% [markdown] tags=["teacher"]
# minutes: 8
# stall: Random vectors are no nonsense: their mean still says which words occurred. 500
# labels are drawn five times, hence five numbers a row. The gain comes from unlabelled
# text.
# ask: Where would these vectors be of no help?
# answer: Where the context does not show what is asked: the mean forgets order, and
# like company gives like vectors.
# skip: Nothing, if chapters 11 to 13 follow; else the outlook at its end.


# %%
def features(V, reviews):
    """Mean of the vectors of each review's words, (reviews, d)."""
    return np.array([V[codes].mean(axis=0) if codes else 0 * V[0] for codes in reviews])


def logistic_regression(X, y, X_new, y_new, steps=500, rate=0.5, decay=0.01):
    """Accuracy on new examples; the features are brought to mean 0 and spread 1."""
    mean, spread = X.mean(axis=0), X.std(axis=0)
    X, X_new = (X - mean) / spread, (X_new - mean) / spread
    w, w0 = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        error = sigmoid(X @ w + w0) - y  # (reviews,)
        w -= rate * (X.T @ error / len(y) + decay * w)
        w0 -= rate * error.mean()
    return np.mean((X_new @ w + w0 > 0) == y_new)


clouds = np.random.default_rng(0).normal(size=(200, 2)) + np.repeat([[0], [3]], 100, 0)
truth = np.repeat([0, 1], 100)
print(f"two clouds: {logistic_regression(clouds, truth, clouds, truth):.0%} right")

# %% [markdown]
# To be fair, the opponent is the same in all but one thing: 50 **random** numbers for
# each word. They are no nonsense: the mean of random vectors still says, in a blurred
# way, which words occurred. Both are trained on the same 500 reviews and tested on
# 5,000 others, and because 500 is few, the draw is repeated five times. **Predict**
# both accuracies. Guessing gives 50%.

# %%
predict("10.l", "How many points better than random vectors?", within=8)

# %% tags=["nbval-ignore-output"]
V_random = np.random.default_rng(3).normal(size=V_skip.shape)
accuracy = {"skip-gram": [], "random": []}
for name, V in [("skip-gram", V_skip), ("random", V_random)]:
    X_test = features(V, x_test[:5000])
    for seed in range(5):
        few = np.random.default_rng(seed).choice(len(x_train), 500, replace=False)
        X = features(V, x_train[few])
        score = logistic_regression(X, y_train[few], X_test, y_test[:5000])
        accuracy[name].append(score)
    print(f"{name:10}", "  ".join(f"{score:.1%}" for score in accuracy[name]))

# %% tags=["nbval-ignore-output"]
trained, random = np.mean(accuracy["skip-gram"]), np.mean(accuracy["random"])
assert_between(trained, 0.8, 0.9, "skip-gram, mean", show=".1%")
assert_between(random, 0.54, 0.68, "random, mean", show=".1%")
assert_between(trained - random, 0.19, 0.31, "gain", show=".1%")
happened("10.l", 100 * (trained - random))

# %% [markdown]
# The vectors that have read the reviews give 80 to 90% (about 83% on IMDB), random ones
# between 55 and 67%: a gain of about 20 points or more from text that nobody labelled.
# The label "praise" of one review with *superb* now helps with all that have
# *terrific*.
#
# It works because praise keeps company with praise. In text where the context doesn't
# show the opinion there would be little to gain: the mean forgets the order of the
# words, and vectors from context cannot tell apart what the context does not tell
# apart.
#
# Vectors made once from much text and used for many tasks: this was the beginning of
# **pre-training**. Its limits point to the next chapters. A word has one vector,
# whether *play* is on a stage or with a ball; and the mean ignores order.
# [Chapter 11](11_seq2seq_attention.ipynb) reads words in order and lets a decoder look
# at each of them; the Transformer of [chapter 12](12_transformer.ipynb) gives every word
# a vector **in its sentence**.
#
# ## Recap
#
# 1. **One-hot vectors** make all words equally different. A **dense** table gives each
#    word a row of few numbers, so that similar words can have similar rows; looking up
#    row $i$ is multiplying by one-hot vector $i$.
# 2. **Negative sampling** asks whether a pair is from the text:
#    $L=-\log\sigma(v^{\mathsf T}u)-\sum_k\log\sigma(-v^{\mathsf T}n_k)$. Each gradient is
#    (probability − truth) times the other vector, and agreed with the numerical one.
# 3. **Skip-gram** guesses the neighbours from the word, **CBOW** the word from the mean
#    of its neighbours. Frequent words are thinned out, negatives drawn with the power
#    0.75; two epochs of some 16 million pairs are enough to see meaning appear.
# 4. **Measured**, not admired: about four in five listed words had an expected one among
#    the 10 nearest, half of the analogies or more held, and kinds lay together on a map.
#    Near means *used alike*; opposites may be near.
# 5. **500 labels** and these vectors gave 80 to 90%, random vectors 55 to 67%. Where the
#    context does not show the opinion, there is little to gain.

# %% [markdown]
# ## Read on
#
# - J. R. Firth, "A Synopsis of Linguistic Theory, 1930–1955", in *Studies in Linguistic
#   Analysis*, 1957: the sentence about the company of words.
# - T. Mikolov, K. Chen, G. Corrado, J. Dean, "Efficient Estimation of Word
#   Representations in Vector Space", 2013: skip-gram and CBOW.
# - T. Mikolov, I. Sutskever, K. Chen, G. Corrado, J. Dean, "Distributed Representations
#   of Words and Phrases and their Compositionality", NeurIPS 2013: negative sampling,
#   thinning out, the power 0.75.
# - O. Levy, Y. Goldberg, "Neural Word Embedding as Implicit Matrix Factorization",
#   NeurIPS 2014: what skip-gram computes when it is trained to the end.
# - T. Bolukbasi and others, "Man is to Computer Programmer as Woman is to Homemaker?
#   Debiasing Word Embeddings", NeurIPS 2016: the prejudices in the arithmetic.
# - A. Maas and others, "Learning Word Vectors for Sentiment Analysis", ACL 2011: the
#   reviews used here, collected for a paper on word vectors.
