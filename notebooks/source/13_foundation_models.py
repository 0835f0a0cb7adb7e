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
# **Question:** how can one network, trained on nothing but text, become a translator, a
# judge of reviews and a writer, with few labels or with none?
#
# **Aims.** At the end you can
#
# 1. cut any text into tokens with byte-pair encoding, written by you and by a library;
# 2. train a masked-word model as BERT is trained, and fine-tune it on few labels;
# 3. let a next-token model write as GPT does: temperature, top-k, top-p, and a cache
#    that saves it from reading everything again;
# 4. measure what examples in a prompt can do, and what they cannot;
# 5. turn different tasks into text to text as T5 does, and say what changes at scale.
#
# **Before you start:** [chapter 12](12_transformer.ipynb): attention, masks, blocks,
# encoder and decoder. [Chapter 9](09_lstm_imdb.ipynb): the film reviews.
#
# **Minutes:** about {minutes} to read and do, under 180 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners train and use small models of the kinds of BERT, GPT and T5, and know
# what changes with size and what does not.
# before: Chapter 12: attention, masks, encoder and decoder. Chapter 09's reviews.
# machine: Byte-pair encoding by hand on good, food, goods, foods; a softmax of four
# tokens with temperature, top-k and top-p on the board. Stored: curves of the speller,
# right answers by examples, the map of N and D.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages for the whole chapter. From `helpers` come the blocks that you wrote
# in chapter 12, the reviews as text and as rows of tokens, and the weights to start from;
# the tokenizer, the masks, the sampling, the cache and all training are below.

# %% tags=["setup"]
# {setup}

# %%
import itertools
import time
from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from scipy.special import erf

from helpers import datasets, language_models
from helpers.checks import assert_between, check, happened, predict
from helpers.models import read_card
from helpers.plotting import BLUE, GREEN, ORANGE, show
from helpers.progress import KerasProgress, Progress, track
from helpers.synthetic import translation
from helpers.transformer import encoder_decoder, hidden_states, token_model
from helpers.widgets import LiveFigure, TextGenerator

# %% [markdown]
# A **foundation model** is trained once, on very much text that nobody has labelled,
# and is then the start of many applications. Three families have grown out of the
# Transformer of chapter 12. BERT keeps the encoder, GPT the decoder, T5 both. This
# chapter builds a tiny one of each. Their size is a few hundred thousand numbers and
# not hundreds of billions, but the steps are the same, and every one of them can be
# seen.
#
# ## 13.1 Tokens
#
# Chapter 9 gave each frequent word a number and called all others "unknown". That
# loses names, new words and typing mistakes. Single letters lose nothing, but then a
# review is more than a thousand steps long and the network has to learn spelling first.
# Today's models stand in between: frequent words are one token, rare ones are put
# together from pieces. **Byte-pair encoding** (P. Gage, 1994, to compress files; R.
# Sennrich, 2016, for words) finds the pieces by counting. It begins with letters, and
# again and again joins the pair of neighbours that is found most often. The sign ▁
# stands for the blank before a word. Here is a text of 13 words: *good* six times,
# *food* four times, *goods* twice and *foods* once. **Predict** the first three pairs
# that are joined.


# %% [markdown] tags=["teacher"]
# minutes: 14
# exercises: 3
# stall: Ties: the last in the alphabet wins here. ▁ is the blank before a word. A merge
# counts in all words at once; people merge inside one word only.
# ask: A made-up word arrives. Is it unknown?
# answer: No: it is cut by the same merges into known pieces. Only unknown letters are
# lost, as the emoji.
# skip: The library's comparison; Exercise 13.1 on paper instead.

# %%
predict(
    "13.a",
    "How often does the most frequent pair stand in the text?",
    ["6", "10", "13"],
)


# %%
def count_pairs(pieces, counts):
    """How often each pair of neighbours stands in the text."""
    found = Counter()
    for word, parts in pieces.items():
        for pair in itertools.pairwise(parts):
            found[pair] += counts[word]
    return found


toy = {"good": 6, "food": 4, "goods": 2, "foods": 1}
toy_pieces = {word: ("▁", *word) for word in toy}
print(count_pairs(toy_pieces, toy).most_common(4))
happened("13.a", str(max(count_pairs(toy_pieces, toy).values())))

# %% [markdown]
# The pair (o, o) stands in all 13 words, and so does (o, d); the tie has to be broken
# somehow, and we take the pair that comes last in the alphabet. Joining is a walk
# through the word. Three times:


# %%
def merge(parts, pair):
    """Join this pair wherever it stands in a word."""
    joined, i = [], 0
    while i < len(parts):
        size = 2 if parts[i : i + 2] == pair else 1
        joined.append("".join(parts[i : i + size]))
        i += size
    return tuple(joined)


for _ in range(3):
    found = count_pairs(toy_pieces, toy)
    best = max(found, key=lambda pair: (found[pair], pair))
    toy_pieces = {word: merge(parts, best) for word, parts in toy_pieces.items()}
    print(best, found[best], list(toy_pieces.values()))

# %% [markdown]
# Three merges made the piece *ood*, and nobody said that it is the common part of the
# words. Now the film reviews: we count their words, and learn 300 merges from the
# 5,000 most frequent ones.

# %% tags=["nbval-ignore-output"]
texts_train, y_train, texts_test, y_test = language_models.review_texts()
texts_test, y_test = texts_test[:2000], y_test[:2000]  # they will do
on_imdb = datasets.source_of("imdb") != "embedded"
counts = Counter(word for text in texts_train for word in text.split())
common = dict(counts.most_common(5000))
print(
    f"{len(texts_train):,} reviews, {counts.total():,} words, {len(counts):,} different"
)
share = sum(common.values()) / counts.total()
assert_between(share, 0.85, 0.98, "share of the 5,000 words", show=".1%")


# %%
def learn_bpe(counts, merges):
    """The merges in their order, and how many pieces the text has after each."""
    pieces = {word: ("▁", *word) for word in counts}
    learned, sizes = [], [sum(n * (len(word) + 1) for word, n in counts.items())]
    for _ in track(range(merges), "Byte-pair encoding", unit="merges"):
        found = count_pairs(pieces, counts)
        if not found:  # Every word is one piece.
            break
        best = max(found, key=lambda pair: (found[pair], pair))
        for word, parts in pieces.items():
            if "".join(best) in "▁" + word:
                pieces[word] = merge(parts, best)
        learned.append(best)
        sizes.append(sizes[-1] - found[best])
    return learned, np.array(sizes) / sum(counts.values()), pieces


learned, per_word, pieces = learn_bpe(common, 300)

# %% tags=["nbval-ignore-output"]
print("first: ", " ".join("".join(pair) for pair in learned[:20]))
print("last:  ", " ".join("".join(pair) for pair in learned[-12:]))
assert_between(per_word[0], 5, 6, "letters a word, with ▁", show=".1f")
assert_between(per_word[-1], 1.7, 2.4, "pieces a word", show=".1f")

# %% [markdown]
# Short frequent pieces come first, then endings and whole words. Each merge adds one
# token to the vocabulary and makes the text shorter, the first ones most:

# %%
fig, ax = plt.subplots(figsize=(7, 3.2))
ax.plot(per_word)
ax.set(xlabel="merges", ylabel="tokens a word", ylim=(0, None))
show(fig, "Tokens a word fall from above five, steeply at first, then less and less.")

# %% [markdown]
# A new word is cut by the same merges in the same order. So no word is unknown as long
# as its letters are known. **Predict** how a made-up word comes out, and an emoji.


# %%
predict(
    "13.b", "A made-up word comes out as", ["one token", "several tokens", "[unknown]"]
)


# %%
def encode(word, learned):
    parts = ("▁", *word)
    for pair in learned:
        parts = merge(parts, pair)
    return parts


made_up = [encode(word, learned) for word in ("the", "film", "refilmingest", "😀", "")]
print("put together again:", ["".join(parts)[1:] for parts in made_up])
happened("13.b", "several tokens" if len(made_up[2]) > 1 else "one token")

# %% tags=["nbval-ignore-output"]
for parts in made_up:
    print(" ".join(parts))
assert len(made_up[2]) > 1, "the made-up word is one token"

# %% [markdown]
# Nothing is lost: put the pieces together and you have the word again. But the emoji is
# a piece that has no number, for it was not among the letters. GPT-2 solved that by
# starting from the 256 **bytes** of a file in place of letters, as Gage's compression
# had done (hence the name): every text in the world consists of them.
#
# Tokens are more than a detail. They are what a network is paid by: the time for
# reading and writing, the memory and the price of a service are all counted in them. A
# language of which the tokenizer saw little is cut into many small pieces, and then the
# same sentence costs more and fills the network's view sooner.
#
# ### The library way
#
# Nobody runs Python loops over a billion words. **SentencePiece** does the same work in
# C++. From the same counts and with as many merges, does it cut words as ours does?

# %%
alphabet = {letter for word in common for letter in word}
size = 6 + len(alphabet) + len(learned)  # special ones, ▁, letters, merges
library = language_models.train_tokenizer(common, vocabulary_size=size)
same = [tuple(library.encode(word, out_type=str)) == pieces[word] for word in common]

# %% tags=["nbval-ignore-output"]
assert_between(np.mean(same), 0.9, 1, "words cut the same", show=".1%")
for word, alike in list(zip(common, same, strict=True))[:400]:
    if not alike:
        print(f"{word:8} ours {pieces[word]}, library {library.encode_as_pieces(word)}")

# %% [markdown]
# At least nine words in ten are cut the same, of the course's own reviews nearly all.
# Where they differ, the library has left out a very rare sign, or has not joined a
# letter with an apostrophe, which it never does and IMDB has often. From here on we use
# the library with a vocabulary of up to 4,000 tokens. The first five have no
# letters: padding, unknown, start and end of a text, and `[MASK]`, which the next
# section needs.

# %% tags=["nbval-ignore-output"]
PADDING, UNKNOWN, START, END, MASK = range(5)
tokenizer = language_models.train_tokenizer(counts)
vocabulary = tokenizer.get_piece_size()
assert_between(vocabulary, 3500, 4000, "tokens", show=",.0f")
print("the first", [tokenizer.id_to_piece(i) for i in range(8)])
for text in [
    "the story was wonderful and charming",
    "an uncharmingest plotfulness",
    "a 😀",
]:
    print(" ".join(tokenizer.encode(text, out_type=str)))
print("the emoji is unknown:", UNKNOWN in tokenizer.encode("a 😀"))

# %% [markdown]
# ### Exercise 13.1 – Merges on paper (predict and run)
#
# A text has *ab* 5 times, *abab* 3 times and *bb* 4 times. There is no sign for the
# blank here: *abab* begins as a, b, a, b. Which two pairs are joined first, and in how
# many tokens does the whole text end up after these two merges?
#
# Replace each `...` and run the cell, then the check below it. Stuck? Add a cell with
# `hint("13.1")`, which says one thing more each time that you run it;
# `solution("13.1")` shows worked code, and `exercise_table()` what is done.
# Give what you try names of your own: later cells need the chapter's variables.

# %%
from helpers.checks import exercise_table, hint, solution  # noqa: F401 (yours to call)

# %% tags=["exercise"]
answer = {"first": (..., ...), "second": (..., ...), "tokens": ...}

# %%
check("13.1", answer)

# %% [markdown]
# Then run it with `count_pairs` and `merge` from section 13.1.

# %% [markdown]
# ## 13.2 BERT: guess the hidden words
#
# BERT (Devlin, 2018) is an encoder: each place sees the whole sentence, left and
# right. What can it learn from text alone? A cloze test. Some words are hidden and the
# network has to say them. For "the [MASK] was so funny that I laughed all [MASK]" one
# needs grammar, and some knowledge of films too.
#
# The rule: choose 15% of the tokens. Of these, 80% become `[MASK]`, 10% another token
# drawn at random, and 10% stay as they are. Why not all `[MASK]`? Because there are no
# masks in real text: the network shall be on its guard everywhere. The loss counts at
# the chosen places only. **Predict** what share of all tokens the network reads as
# `[MASK]`.


# %% [markdown] tags=["teacher"]
# minutes: 20
# stall: 80/10/10 is about chosen places, 15% of all: 12% are read as [MASK]. Loss
# counts at chosen places alone. Forty more steps change hardly anything, as the text
# says; do not apologise. In fine-tuning the unit learns first, alone.
# ask: Fine-tuned network and bag of tokens come out alike. Was it all in vain?
# answer: Against fresh weights it gains; against the bag not, at this size. Measure a
# simple opponent first.
# skip: `fill` on sentences of the room can replace the accuracy table.

# %%
predict("13.c", "Share of all tokens read as [MASK], in %?", within=1.5)


# %%
def hide(ids, rng, share=0.15):
    """BERT's cloze test: what is read, and what has to be said (0 at other places)."""
    chosen = (rng.random(ids.shape) < share) & (ids > MASK)
    what = rng.random(ids.shape)
    read = np.where(chosen & (what < 0.8), MASK, ids)
    other = rng.integers(MASK + 1, vocabulary, ids.shape)
    read = np.where(chosen & (what >= 0.9), other, read)
    return read.astype("int32"), np.where(chosen, ids, PADDING).astype("int32")


trial = np.full((200, 128), MASK + 1)
read, said = hide(trial, np.random.default_rng(0))
print("chosen", np.mean(said > 0).round(2), " masks", np.mean(read == MASK).round(2))
happened("13.c", 100 * np.mean(read == MASK), "80% of 15%.")

# %% [markdown]
# The network has two blocks, four heads, vectors of 96 numbers, and learned positions
# in place of sines. `causal=False` makes it BERT's kind. Its output layer uses the
# table of the tokens once more: the score of a token is the dot product with its
# vector. To train it from nothing takes a while. So the course brings weights that were
# trained on the same training reviews, for hundreds or thousands of steps, and we go on
# from there. (The table of the tokens began as [chapter 10](10_word_vectors.ipynb)'s
# word vectors, everything else at random.)

# %%
data = "imdb" if on_imdb else "grammar"
bert = language_models.load_pretrained("masked", tokenizer, data)
length = bert.get_layer("positions").length
sizes = {"vocabulary_size": vocabulary, "length": length}
assert token_model(**sizes).count_params() == bert.count_params()
print([layer.name for layer in bert.layers if layer.name.startswith("block_0")])

# %% [markdown]
# The names are those of chapter 12's pre-norm block: normalise, attend, add; normalise,
# two dense layers, add. The text comes in windows of 128 tokens, cut out of one long
# row of all reviews, so that no place is wasted on padding. Test windows come from
# reviews that neither the training nor the shipped weights have seen. (The *br br* of IMDB
# is what is left of line breaks in the web pages that the reviews come from.)

# %% tags=["nbval-ignore-output"]
train_ids = language_models.windows(texts_train, tokenizer, length)
test_ids = language_models.windows(texts_test, tokenizer, length)
card = read_card(language_models.weights_path("masked", data))
million = bert.count_params() / 1e6
assert_between(million, 0.55, 0.7, "million numbers", show=".2f")
print(f"{train_ids.size:,} tokens to train on")
print(f"trained so far: {card['steps']:,} steps, {card['tokens_read']:,} tokens")
print(tokenizer.decode(train_ids[0].tolist())[:150])


# %%
def cloze_accuracy(model, ids, seed=1):
    """Share of the hidden tokens that the model guesses."""
    read, said = hide(ids, np.random.default_rng(seed))
    guesses = [np.argmax(model(read[i : i + 10]), -1) for i in range(0, len(read), 10)]
    return np.mean((np.concatenate(guesses) == said)[said > 0])


# %% [markdown]
# Three numbers to compare: a network with fresh weights, one that always says the most
# frequent token, and the shipped one. **Predict** the third. Remember that there are
# thousands of tokens to choose from, and that often several would fit.

# %%
predict(
    "13.d", "Share of hidden words that the shipped network finds, in %?", within=10
)

# %% tags=["nbval-ignore-output"]
new = token_model(**sizes)
before = cloze_accuracy(bert, test_ids[:200])
often = np.bincount(train_ids[train_ids > MASK]).max() / np.sum(train_ids > MASK)
untrained = cloze_accuracy(new, test_ids[:50])
assert_between(untrained, 0, 0.2, "untrained", show=".1%")
assert_between(often, 0.01, 0.1, "always the most frequent", show=".1%")
assert_between(before, 0.17, 0.6, "pre-trained", show=".1%")
happened("13.d", 100 * before)

# %% [markdown]
# The loss of one batch is the cross-entropy at the chosen places. Only their vectors
# are taken on to the output layer, where scores of thousands of tokens are computed:
# that saves most of its work. Knowing nothing would be a loss of $\log 4000 = 8.3$.


# %% tags=["nbval-ignore-output"]
body = hidden_states(bert)
tokens, bias = bert.get_layer("tokens"), bert.get_layer("logits")


def cloze_loss(read, said):
    h, chosen = body(read), said != PADDING
    scores = bias(tokens(h[chosen], reverse=True))  # (chosen, vocabulary)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(said[chosen], scores)
    return tf.reduce_mean(each)


read, said = map(tf.constant, hide(test_ids[:20], np.random.default_rng(2)))
assert_between(cloze_loss(read, said), 1.6, 6, "cloze loss", show=".2f")

# %% [markdown]
# The training step, written out once for this section and the next. `loss_of` gets a
# batch and returns its loss; the rest is gradient and Adam, as in chapter 10.


# %%
def train_on(model, loss_of, batches, rate, label, watch=len):
    """One step of Adam for each batch; `watch` sees the losses; returns them."""
    optimizer = keras.optimizers.Adam(rate, clipnorm=1.0)
    variables = model.trainable_variables
    optimizer.build(variables)

    @tf.function(autograph=False)
    def step(*batch):
        with tf.GradientTape() as tape:
            loss = loss_of(*batch)
        slopes = tape.gradient(loss, variables)
        optimizer.apply([tf.convert_to_tensor(s) for s in slopes], variables)
        return loss

    losses = []
    with Progress(len(batches), label) as line:
        for batch in batches:
            losses.append(float(step(*map(tf.constant, batch))))
            line.advance(loss=f"{np.mean(losses[-10:]):.2f}")
            watch(losses)
    return losses


# %% [markdown]
# Forty steps more, and the accuracy before and after:

# %% tags=["nbval-ignore-output"]
rng = np.random.default_rng(13)
batches = [hide(rng.choice(train_ids, 32), rng) for _ in range(40)]
losses = train_on(bert, cloze_loss, batches, 3e-4, "Cloze test")
after = cloze_accuracy(bert, test_ids[:200])
assert_between(after, 0.17, 0.6, "cloze accuracy, after", show=".1%")
assert_between(after - before, -0.04, 0.06, "change by 40 steps", show=".1%")

# %% [markdown]
# After so many steps, forty more change hardly anything; that is what you should
# expect. You have seen a piece of the long road, and every step before it was like
# these.
#
# Let it fill in. Change `my_sentence` and run the cell again. Without a `[MASK]` there
# is nothing to guess, and the function says so. (The tokenizer puts a single ▁ before
# `[MASK]`; in training the hidden piece had its ▁ in itself, so the single one is taken
# out. Forget that, and the guesses are poor: a network knows only what it has read.)


# %%
def fill(text, model=bert, n=5):
    """The likeliest tokens for each [MASK] in a text."""
    ids = tokenizer.encode(text.lower().replace("[mask]", "[MASK]"))
    blank = tokenizer.piece_to_id("▁")  # A mask stands for a piece with its blank.
    neighbours = itertools.pairwise([*ids, PADDING])
    ids = [i for i, following in neighbours if (i, following) != (blank, MASK)]
    ids = [START, *ids[: length - 2], END]
    if MASK not in ids:
        return ["write [MASK] where a word shall be guessed"]
    logits = np.array(model(np.array([ids], "int32"))[0])  # (T, vocabulary)
    logits[:, : MASK + 1] = -np.inf
    best = [np.argsort(-logits[i])[:n] for i in np.flatnonzero(np.equal(ids, MASK))]
    return [" ".join(tokenizer.id_to_piece(int(i)).strip("▁") for i in b) for b in best]


print(fill("no gap"), fill(""))

# %% tags=["nbval-ignore-output"]
my_sentence = "the [MASK] was not [MASK] at all"
for text in [
    "the acting was really [MASK]",
    "this is one of the [MASK] movies i have ever seen",
    my_sentence,
]:
    print(text, *fill(text), sep="\n    ")
assert len(fill(my_sentence)) == max(1, my_sentence.upper().count("[MASK]"))

# %% [markdown]
# The first gap gets words such as *good* and *bad*: it knows what kind of word belongs
# there, and nobody has told it what an opinion is.
#
# ### Fine-tuning on few labels
#
# Guessing words is of no use by itself. But to guess them the network had to make
# vectors that say what a word means *here*. We keep these, take the mean over all
# places and put one unit on top: good or bad? First the unit alone learns, from 400
# labelled reviews and not from 25,000, while the network stays as it is. Then all
# weights go on learning, in small steps, so that they keep what they know. This is
# **fine-tuning**. The opponent is the same network with fresh weights, trained on the
# same reviews. And because a large network has to earn its keep, there is a second
# opponent that knows no order and no pre-training: a **bag of tokens**. **Predict** the
# accuracies on reviews that nobody has seen.


# %%
predict("13.e", "How many points does pre-training gain?", within=8)


# %%
def mean_vector(body):
    """Ids (n, T) -> mean of the body's vectors over all tokens (n, width)."""
    ids = keras.Input((None,), dtype="int32")
    seen = ops.cast(ops.not_equal(ids, PADDING), "float32")[..., None]  # (n, T, 1)
    mean = ops.sum(body(ids) * seen, axis=1) / ops.maximum(ops.sum(seen, axis=1), 1)
    return keras.Model(ids, mean)


n_labels = 400
few = np.random.default_rng(5).permutation(len(texts_train))[:n_labels]
x_few = language_models.rows([texts_train[i] for i in few], tokenizer, length)
x_new = language_models.rows(texts_test[:1500], tokenizer, length)
longest = (x_few > 0).sum(axis=1).max()  # what is only padding is cut off
x_few, x_new = x_few[:, :longest], x_new[:, :longest]
y_few, y_new = y_train[few], y_test[:1500]

# %% [markdown]
# A row holds the last tokens of a review, where the verdict often stands. The
# pre-trained network is copied, so that the one above can still fill in words
# afterwards. The unit alone needs no network at all: the mean vectors are computed once.

# %%
copy = token_model(**sizes)
copy.set_weights(bert.get_weights())
pooled, unit = mean_vector(hidden_states(copy)), layers.Dense(1)
alone = keras.Sequential([unit])
loss = keras.losses.BinaryCrossentropy(from_logits=True)
print(pooled.output_shape, sum(w.size for w in unit.get_weights()))


# %%
def accuracy_of(model, x):
    return np.mean((model.predict(x, 100, verbose=0)[:, 0] > 0) == y_new)


vectors, vectors_new = (pooled.predict(x, 100, verbose=0) for x in (x_few, x_new))
alone.compile(keras.optimizers.Adam(0.01), loss)
_ = alone.fit(vectors, y_few, batch_size=32, epochs=30, verbose=0)
accuracy = {"the unit alone": accuracy_of(alone, vectors_new)}

# %% [markdown]
# The bag says which tokens a review has: 1 or 0 for each of the vocabulary, divided by the
# root of how many there are. It reads whole reviews, for a bag has no last place. On top
# there is chapter 1's logistic regression, in six lines:


# %%
def bag(texts):
    """Which tokens each text has, as rows of length 1: (n, vocabulary)."""
    has = np.zeros((len(texts), vocabulary), "float32")
    for row, text in zip(has, texts, strict=True):
        row[tokenizer.encode(text)] = 1
    return has / np.sqrt(np.maximum(has.sum(axis=1, keepdims=True), 1))


X, X_new = bag([texts_train[i] for i in few]), bag(texts_test[:1500])
X, X_new = X - X.mean(axis=0), X_new - X.mean(axis=0)
w, w0 = np.zeros(vocabulary), 0.0
for _ in range(300):
    error = 1 / (1 + np.exp(-(X @ w + w0))) - y_few  # (n_labels,)
    w, w0 = w - 10 * (X.T @ error / n_labels + 1e-4 * w), w0 - 10 * error.mean()
accuracy["bag of tokens"] = np.mean((X_new @ w + w0 > 0) == y_new)

# %%
opponent = mean_vector(hidden_states(new))
models = {
    "from scratch": keras.Model(opponent.input, layers.Dense(1)(opponent.output)),
    "pre-trained": keras.Model(pooled.input, unit(pooled.output)),
}
rates = {"from scratch": 1e-3, "pre-trained": 1e-4}
print([model.output_shape for model in models.values()])

# %% tags=["nbval-ignore-output"]
run = {"batch_size": 32, "epochs": 5, "verbose": 0}
for name, model in models.items():
    model.compile(keras.optimizers.Adam(rates[name]), loss, jit_compile=False)
    model.fit(x_few, y_few, callbacks=[KerasProgress(name)], **run)
    accuracy[name] = accuracy_of(model, x_new)

# %% tags=["nbval-ignore-output"]
tuned, bag_right = accuracy["pre-trained"], accuracy["bag of tokens"]
alone_right, fresh = accuracy["the unit alone"], accuracy["from scratch"]
assert_between(fresh, 0.45, 0.79, "from scratch", show=".1%")
assert_between(alone_right, 0.68, 0.87, "the unit alone", show=".1%")
assert_between(tuned, 0.7, 0.87, "pre-trained", show=".1%")
assert_between(bag_right, 0.7, 0.87, "bag of tokens", show=".1%")
assert_between(tuned - fresh, 0.02, 0.4, "pre-training gains", show=".1%")
name = "pre-trained minus bag"
assert_between(tuned - bag_right, -0.07, 0.06, name, show=".1%")
assert_between(tuned - alone_right, -0.04, 0.05, "all weights add", show=".1%")
happened("13.e", 100 * (tuned - fresh))

# %% [markdown]
# From the same labels the pre-trained network learns more. The fresh one has to find
# out at once what the words mean and what is wanted. The other one knows the words; the
# examples show it which of the things that it knows is asked for. The unit alone finds
# praise and blame in vectors that were made without a single label, and fine-tuning all
# weights adds little to it here, or nothing. With all 25,000
# labels the gap would be smaller; but labels cost money, and text costs nothing.
#
# Who wins? **Nobody**: the bag, which trains in a second, comes out about where the
# fine-tuned network does, a little above it or below. A few strong words decide most
# film reviews, and for that one needs no network. Nor is our network the best that text
# without labels can do: [chapter 10](10_word_vectors.ipynb), in its section 10.6, takes
# the mean of word vectors learned from the same unlabelled reviews, with 500 labels, and
# gets further than either of the two. BERT itself had several hundred times as much text
# as ours; it is from there that its advantage comes. The lesson holds at any size:
# **measure a simple opponent first.**
#
# ## 13.3 GPT: guess the next word
#
# GPT (Radford, 2018) is the decoder alone: a causal mask lets each place see only what
# stands before it, and every place has to say the next token. In code **one argument**
# differs, `causal=True`. It is the same question as BERT's with the hole always at the
# end, and therefore the network can write: guess, append, guess again.

# %% [markdown] tags=["teacher"]
# minutes: 22
# exercises: 6
# stall: Perplexity is an exponential of the loss: fewer is better, and "nothing known"
# is the number of tokens. Top-p keeps the token with which the sum is reached. The
# cache stores keys and values, no answers. Temperature 0 repeats itself.
# ask: In one argument GPT differs from BERT. What changes?
# answer: `causal=True`: each place sees only what stands before, and so the network can
# write.
# skip: The cache in NumPy (keep its idea and the factor); Exercise 13.3.

# %%
gpt = language_models.load_pretrained("next", tokenizer, data)
assert gpt.count_params() == bert.count_params()
one, other = test_ids[:1].copy(), test_ids[:1].copy()
other[0, 20:] = MASK + 1  # another text from place 20 on
same = np.isclose(gpt(one), gpt(other), atol=1e-4).all(axis=-1)[0]
print("logits unchanged at places 0 to 19:", same[:20].all(), " at 20:", same[20])

# %% [markdown]
# The loss is the cross-entropy at all places. Its exponential is easier to read and is
# called **perplexity**: a perplexity of 100 is the uncertainty of a fair choice among
# 100 tokens. **Predict:** what is it for a network that knows nothing? And for one that
# knows how frequent each token is, and nothing else?


# %%
predict(
    "13.f",
    "A network that knows nothing has the perplexity",
    ["1", "100", "the number of tokens"],
)


# %%
def next_loss(ids, model=gpt):
    given, target = ids[:, :-1], ids[:, 1:]
    logits = model(given)  # (n, T - 1, vocabulary)
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
    return tf.reduce_mean(each[target != PADDING])


def perplexity(ids):
    parts = [next_loss(tf.constant(ids[i : i + 10])) for i in range(0, len(ids), 10)]
    return np.exp(np.mean(parts))


p = np.bincount(train_ids[train_ids != PADDING], minlength=vocabulary)
p = p / p.sum()
by_frequency = np.exp(-np.sum(p[p > 0] * np.log(p[p > 0])))
assert by_frequency < vocabulary

# %% tags=["nbval-ignore-output"]
reached = perplexity(test_ids[:100])
print(f"perplexity: nothing known {vocabulary}")
assert_between(by_frequency, 650, 1050, "frequencies", embedded=(350, 550), show=".0f")
assert_between(reached, 60, 200, "our network", embedded=(14, 26), show=".1f")
happened("13.f", "the number of tokens", "Every token is as likely as the others.")

# %% [markdown]
# ### From nothing, before your eyes
#
# The shipped weights took minutes. How does a network look that has just begun? We make
# the question smaller: one block, 64 numbers a vector, and the tokens are single
# letters, of which there are few. It begins with random weights. The data are pieces of
# 48 letters, cut anywhere from the reviews:

# %%
letters = ["", *sorted(set("".join(texts_train[:2000])))]  # number 0 is padding
number = {letter: i for i, letter in enumerate(letters)}
stream = np.array([number[c] for c in " ".join(texts_train[:2000])], "int32")
small = {"width": 64, "depth": 1, "heads": 4, "feed_forward": 256, "causal": True}
keras.utils.set_random_seed(13)
speller = token_model(len(letters), 48, **small)

# %% [markdown]
# It writes as the big one does: draw a letter by its probability, append it, ask again.
# **Predict** what the first thing will be that it learns.

# %%
predict(
    "13.i",
    "What does it learn first?",
    ["short words", "how long words are", "which letters are frequent"],
)

# %%
scores = tf.function(speller)  # compiled once, for one shape


def spell(seed=0):
    """Write 47 letters after a blank; what is not yet written is padding."""
    rng, ids = np.random.default_rng(seed), np.zeros((1, 48), "int32")
    ids[0, 0] = number[" "]
    for i in range(47):
        z = np.array(scores(ids)[0, i], "float64")[1:]
        p = np.exp((z - z.max()) / 0.8)  # temperature 0.8; more about it below
        ids[0, i + 1] = 1 + rng.choice(len(p), p=p / p.sum())
    return "".join(letters[i] for i in ids[0, 1:])


print(len(spell()), "letters")


# %% tags=["nbval-ignore-output"]
def spelling_loss(ids):
    return next_loss(ids, speller)


share = np.bincount(stream)[1:] / len(stream)
by_letters = -np.sum(share[share > 0] * np.log(share[share > 0]))
curve = np.array(read_card(language_models.weights_path("next", "imdb"))["curve"]).T
assert_between(by_letters, 2.2, 3.4, "loss with frequencies alone", show=".2f")
untrained = spelling_loss(stream[None, :49])
assert_between(untrained, 2.5, 6, "loss before training", show=".2f")


# %%
def draw_learning(losses, text):
    fig, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.4))
    left.semilogx(range(1, len(losses) + 1), losses)
    left.axhline(by_letters, color="0.5", ls="--")
    left.text(780, by_letters + 0.08, "frequencies alone", color="0.4", ha="right")
    left.set(xlim=(1, 800), ylim=(1, 4.6), title="one block, letters: now")
    right.semilogx(*curve, "o-", color=GREEN, ms=3)
    right.set(xlim=(1, 3000), title="shipped, tokens: IMDB, 3,000 steps")
    for ax in (left, right):
        ax.set(xlabel="step (logarithmic)", ylabel="loss")
    fig.supxlabel(text, fontsize=11, family="monospace")
    return fig


rng, samples = np.random.default_rng(15), {}
places = rng.integers(0, len(stream) - 49, (800, 16, 1)) + np.arange(49)
batches = [(stream[at],) for at in places]

# %% [markdown]
# The dashed line is what a network reaches that knows how frequent each letter is, and
# nothing else. Below the curves stands what the network writes at that moment. At the
# right, the whole training of the shipped network, to compare the shapes.


# %% tags=["nbval-ignore-output"]
def watch(losses):
    if len(losses) in (1, 30, 200, 800):
        samples[len(losses)] = spell()
    live.update(losses=list(losses), text=spell)


alt = "Two loss curves that fall; under them a line of text that the network wrote."
with LiveFigure(draw_learning, alt) as live:
    losses = train_on(speller, spelling_loss, batches, 8e-3, "Letters", watch)
for step, text in samples.items():
    print(f"step {step:3}: {text}")

# %% tags=["nbval-ignore-output"]
first, last = losses[0], np.mean(losses[-50:])
assert_between(first, 3, 5.5, "first loss", show=".2f")
assert_between(last / by_letters, 0.15, 0.8, "last loss / frequencies'", show=".2f")
at_frequencies = np.mean(losses[20:40]) > 0.8 * by_letters
happened("13.i", "which letters are frequent" if at_frequencies else "short words")

# %% [markdown]
# First it is letters at random. Soon the frequent letters and the blanks are there: the
# loss comes to the dashed line. Then short words, endings, and words that nobody has
# ever used but could. Nobody told it what a word is. The shipped network was given how
# frequent each token is, before its first step: so its curve begins where ours has its
# bend. Then it falls as long as one has patience, and on a logarithmic axis that means:
# each equal stretch to the right costs ten times as many steps.
#
# ### From logits to a choice
#
# The network gives a score to every token. Which one shall it write? Always the
# likeliest: then it soon goes round in circles. Drawn by probability: then now and then
# comes a token that hardly fits, for there are thousands of unlikely ones, and the text
# loses its way. Three knobs lie between:
#
# - **Temperature** $\tau$: softmax of $z/\tau$. Below 1 the likely ones gain, above 1 the
#   unlikely ones; $\tau\to 0$ takes the likeliest.
# - **Top-k**: keep the $k$ likeliest tokens, and share out their probability anew.
# - **Top-p**, or nucleus (Holtzman, 2020): keep the likeliest tokens until they have
#   the probability $p$ together. Where the network is sure these are few, elsewhere
#   many.


# %%
def probabilities(logits, temperature=1.0, top_k=None, top_p=1.0):
    """Probabilities of all tokens, after the three knobs."""
    z = np.asarray(logits, "float64") - np.max(logits)
    if temperature == 0:  # the likeliest, and nothing else
        return np.eye(len(z))[np.argmax(z)]
    p = np.exp(z / temperature)
    order = np.argsort(-p)  # likeliest first
    p[order[top_k or len(p) :]] = 0
    p = p / p.sum()
    before = np.cumsum(p[order]) - p[order]  # of all that are likelier
    p[order[1:][before[1:] >= top_p]] = 0  # one token stays in any case
    return p / p.sum()


# %%
z = np.log([0.5, 0.25, 0.15, 0.1])
print(probabilities(z, temperature=0.5).round(2), probabilities(z, temperature=0))
print(probabilities(z, top_k=2).round(2), probabilities(z, top_p=0.8).round(2))

# %% [markdown]
# Top-p keeps the token with which the sum reaches 0.8, hence three of the four. On real
# logits, after the same beginning:

# %%
beginning = [START, *tokenizer.encode("the acting was")]
z = np.array(gpt(np.array([beginning], "int32"))[0, -1])
z[[PADDING, UNKNOWN, START, MASK]] = -np.inf  # never written
knobs = [
    {},
    {"temperature": 0.5},
    {"temperature": 2},
    {"top_k": 5},
    {"top_p": 0.5},
    {"temperature": 0},
]
likeliest = np.argsort(-z)[:10]
drawn = [probabilities(z, **knob)[likeliest] for knob in knobs]
assert drawn[1][0] > drawn[0][0] > drawn[2][0] and drawn[5][0] == 1
print("left by top-k:", np.count_nonzero(drawn[3]))

# %%
fig, axes = plt.subplots(2, 3, figsize=(8.5, 5.4), sharey=True)
names = [tokenizer.id_to_piece(int(i)) for i in likeliest]
for ax, knob, p in zip(axes.flat, knobs, drawn, strict=True):
    ax.barh(range(10), p, color=BLUE if knob else ORANGE)
    title = ", ".join(f"{name} {value:g}" for name, value in knob.items())
    ax.set(title=(title or "as it is").replace("_", "-"), xlim=(0, 1.1 * p.max()))
    ax.locator_params(axis="x", nbins=4)
axes[0, 0].set_yticks(range(10), names)
axes[0, 0].invert_yaxis()
fig.supxlabel("probability of the next token (mind the scales)")
fig.supylabel("after “the acting was”")
show(
    fig,
    "Six bar charts of ten tokens: sharper, flatter, or cut off by the knobs.",
)

# %% [markdown]
# ### A cache for keys and values
#
# To write the hundredth token, the network reads 99 tokens, nearly all of which it has
# read before. In a causal network nothing changes at old places when a new one is
# added. All that a new place needs of the old ones is their **keys and values**, in
# each block. So we keep them: the **KV cache**. Below is the whole network once more in
# NumPy, from the weights of the Keras model, as in chapter 12. `cache` is a dict: an
# empty one means "read everything", a filled one "read the new tokens only".

# %%
W = {
    layer.name: [np.array(w, dtype="float64") for w in layer.get_weights()]
    for layer in gpt.layers
}
depth = sum(name.endswith("_attention") for name in W)


def normalise(x, name):
    gain, shift = W[name]
    x = x - x.mean(axis=-1, keepdims=True)
    return gain * x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-3) + shift


x = np.random.default_rng(0).normal(size=(3, W["tokens"][0].shape[1]))
print("same shape:", normalise(x, "norm").shape == x.shape)


# %%
def feed_forward(x, block):
    (A, a), (B, b) = W[f"{block}_dense_1"], W[f"{block}_dense_2"]
    x = x @ A + a
    return (x * (1 + erf(x / np.sqrt(2))) / 2) @ B + b  # GELU


print("same shape:", feed_forward(x, "block_0").shape == x.shape)

# %% [markdown]
# Attention takes queries, keys and values of the **new** places only. Then it puts the
# old keys and values before the new ones, and goes on as in chapter 12. A new place may
# look at all old ones and at the new ones up to itself.


# %%
def attend(h, block, cache):
    """The new places (t, width) look at all places so far, T of them."""
    Wq, bq, Wk, bk, Wv, bv, Wo, bo = W[f"{block}_attention"]
    q, k, v = (
        np.einsum("tw,whd->htd", h, M) + b[:, None]
        for M, b in [(Wq, bq), (Wk, bk), (Wv, bv)]
    )  # (heads, t, d)
    if block in cache:
        k, v = (
            np.concatenate([old, new], 1)
            for old, new in zip(cache[block], (k, v), strict=True)
        )
    cache[block] = k, v  # (heads, T, d)
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1])  # (heads, t, T)
    t, T = scores.shape[1:]
    future = np.arange(T) > np.arange(T - t, T)[:, None]  # (t, T)
    scores = np.where(future, -np.inf, scores)
    a = np.exp(scores - scores.max(axis=-1, keepdims=True))
    a = a / a.sum(axis=-1, keepdims=True)
    return np.einsum("htd,hdw->tw", a @ v, Wo) + bo


# %%
def read_on(ids, cache):
    """Logits after each of the new ids (t,); `cache` remembers those before."""
    begin = cache.get("length", 0)
    x = W["tokens"][0][ids] + W["positions"][0][begin : begin + len(ids)]
    for block in (f"block_{i}" for i in range(depth)):
        x = x + attend(normalise(x, f"{block}_norm_1"), block, cache)
        x = x + feed_forward(normalise(x, f"{block}_norm_2"), block)
    cache["length"] = begin + len(ids)
    return normalise(x, "norm") @ W["tokens"][0].T + W["logits"][0]  # (t, vocabulary)


# %% [markdown]
# Is it the same network? Once with all tokens at once and an empty cache, and once one
# by one, with a cache that grows:

# %%
ids = test_ids[3][test_ids[3] != PADDING]
by_keras = np.array(gpt(ids[None]))[0]  # (T, vocabulary)
at_once, cache = read_on(ids, {}), {}
one_by_one = np.concatenate([read_on(ids[i : i + 1], cache) for i in range(len(ids))])
print("same as Keras:     ", np.abs(at_once - by_keras).max() < 1e-3)
print("cached as uncached:", np.abs(one_by_one - at_once).max() < 1e-9)
gap = np.abs(at_once - by_keras).max() / np.abs(by_keras).max()
assert_between(gap, 0, 5e-5, "difference to Keras (32 bits), relative")
assert_between(np.abs(one_by_one - at_once).max(), 0, 1e-5, "cached to uncached")

# %% [markdown]
# The same logits to the last digit that counts. (Keras works with 32 bits a number, our
# NumPy with 64; that is all the difference there is.) How much time does it save? We
# take the step that adds one token to a text as long as the network can read.
# **Predict** the factor: 128 places are computed without the cache, one with it; but
# one place needs all the weights, just as 128 do.


# %%
predict("13.g", "How many times as fast is the step with the cache?", within=15)


# %%
def fastest(work, repeats=7):
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


long_text, cache = np.resize(ids, length), {}
read_on(long_text[:-1], cache)
ratio = fastest(lambda: read_on(long_text, {})) / fastest(
    lambda: read_on(long_text[-1:], dict(cache))
)

# %% tags=["nbval-ignore-output"]
memory = sum(
    k.nbytes + v.nbytes for k, v in (cache[f"block_{i}"] for i in range(depth))
)
print(f"{ratio:.0f} times as fast with the cache, which holds {memory / 1024:.0f} KiB")
assert_between(ratio, 1.5, 128, "seconds without cache over seconds with it")
happened("13.g", ratio)

# %% [markdown]
# One place instead of 128, and yet not 128 times as fast: all weights are fetched for
# one place as for many, and each call of NumPy takes its time.
# The saving grows with the length, and so does the memory. Writing without a cache
# costs time that grows with the square of the length.
#
# In training each review began with the token `START` and ended with `END`. So the
# network knows what a beginning looks like, and can decide by itself that a review is
# over.
#
# Now everything together. `write` is a generator: it yields one piece of text after the
# other, until the network ends the review or nobody asks for more. When all positions
# are used up, it forgets the first half and reads the rest anew.


# %%
def write(prompt, temperature=0.8, top_k=40, top_p=0.95, seed=None):
    """Yield pieces of text that go on from the prompt; top_k=0 keeps all."""
    rng, cache = np.random.default_rng(seed), {}
    ids = new = [START, *tokenizer.encode(prompt.lower())][-length + 1 :]
    while True:
        z = read_on(np.array(new), cache)[-1]
        z[[PADDING, UNKNOWN, START, MASK]] = -np.inf
        choice = int(rng.choice(len(z), p=probabilities(z, temperature, top_k, top_p)))
        if choice == END:
            return
        yield tokenizer.id_to_piece(choice).replace("▁", " ")
        ids, new = [*ids, choice], [choice]
        if cache["length"] == length:
            ids = new = ids[-length // 2 :]
            cache = {}


# %% tags=["nbval-ignore-output"]
for temperature in (0, 0.7, 2):
    all_tokens = write("the acting was", temperature, top_k=0, top_p=1, seed=3)
    pieces_of_text = itertools.islice(all_tokens, 50)
    print(f"temperature {temperature}: the acting was{''.join(pieces_of_text)}\n")

# %%
greedy = [list(itertools.islice(write("i", 0, seed=s), 20)) for s in (1, 2)]
assert greedy[0] == greedy[1], "temperature 0 leaves something to chance"
print("at temperature 0 it writes the same twice")

# %% [markdown]
# It repeats itself at temperature 0, and at 2 it falls apart (top-k and top-p are off
# here, so that the temperature acts alone); in between it sounds like somebody who
# writes about films and has nothing to say. No more can be expected of 600,000 numbers;
# remember it for section 13.6. Now you: write a beginning, press "Write", turn the
# knobs, stop it when you have seen enough.


# %%
def about(prompt):
    """What is special about a prompt."""
    ids = tokenizer.encode(prompt.lower())
    if not ids:
        return "An empty prompt: it begins a review of its own."
    if UNKNOWN in ids:
        return "Some signs are unknown: too rare in the reviews, or not in them."
    if len(ids) > length - 1:
        return f"Long: it reads the last {length - 1} of {len(ids)} tokens."
    return ""


print(about(""), about("the acting was") == "")
sample = "".join(itertools.islice(write("the acting was", seed=3), 30))
TextGenerator(write, "the acting was", ["the story", "i loved", ""], about, sample)

# %% [markdown]
# ### Exercise 13.2 – How many tokens are left (change and measure)
#
# 50 logits are given. For the temperatures 0.5, 1 and 2: how many tokens does top-p
# with $p=0.9$ keep? **Predict** whether the number grows or falls with the temperature.

# %% tags=["exercise"]
logits = np.random.default_rng(13).normal(0, 2, 50)
kept = {0.5: ..., 1: ..., 2: ...}

# %%
check("13.2", kept)

# %% [markdown]
# ### Exercise 13.3 – Less of the same (build)
#
# A network that repeats itself can be held back: subtract `penalty` from the logit of
# every token that stands among the last `window` tokens written, once for each token no
# matter how often it stands there. Return the probabilities (softmax) after that. Leave
# the given logits as they are; `written` may be empty, and logits may be in the
# thousands.


# %% tags=["exercise"]
def held_back(logits, written, penalty, window): ...


# %%
check("13.3", held_back)

# %% [markdown]
# ## 13.4 Few-shot prompts
#
# GPT-3 (Brown, 2020) showed something unexpected: one need not train a large model for
# a new task. One writes a few examples into the prompt, and it goes on in their manner.
# No weight changes. Could a small network do that? Not with film reviews. But on a
# language of our own it can, and there we can measure it. (An honest difference: GPT-3
# was never trained for prompts of examples, it read web pages. Ours is trained on
# nothing but such prompts, and is asked about rules that it has not met.)
#
# The language: three of the letters a to l, then `>`, then the same three letters
# rewritten. A **hidden rule** says how: the letters a–d, e–h and i–l each have a
# script, small, capital or Greek. There are $3^3=27$ rules. Each prompt has five
# examples that all follow one rule, and nobody says which. **Look** at the two prompts
# that the next cell prints, and find their rules.

# %% [markdown] tags=["teacher"]
# minutes: 10
# stall: No weight changes while the prompt is read. The dashed line is what examples
# can tell at best, so a curve above it needs explaining: 22 rules occur, five never do.
# Answers backwards is a new kind, and fails.
# ask: After four examples, why do new rules succeed and backwards fail?
# answer: New rules are new combinations of known parts; backwards is a kind it has
# never met.
# skip: The counting of "at best".

# %%
SMALL, CAPITAL, GREEK = "abcdefghijkl", "ABCDEFGHIJKL", "αβγδεζηθικλμ"
symbols = ["", ">", " ", *SMALL, *CAPITAL, *GREEK]
rules = np.array(list(itertools.product(range(3), repeat=3)))  # (27, 3)
triples = np.array(list(itertools.product(range(12), repeat=3)))  # (1728, 3)
mix = np.random.default_rng(1)
rules_new, rules_seen = np.split(mix.permutation(rules), [5])
triples_new, triples_seen = np.split(mix.permutation(triples), [300])
print(len(rules_seen), "rules and", len(triples_seen), "triples to train with")


# %%
def make_prompts(n, rules, triples, rng, examples=5):
    """Prompts of some examples that follow one rule: ids (n, 8 · examples)."""
    letters = triples[rng.integers(0, len(triples), (n, examples))]  # (n, examples, 3)
    rule = rules[rng.integers(0, len(rules), n)]  # (n, 3)
    script = np.take_along_axis(rule[:, None, :], letters // 4, axis=2)
    arrow = np.full((n, examples, 1), 1)
    one = [letters + 3, arrow, letters + 12 * script + 3, arrow + 1]
    return np.concatenate(one, axis=2).reshape(n, -1).astype("int32")


for row in make_prompts(2, rules_seen, triples_seen, np.random.default_rng(5)):
    print("".join(symbols[i] for i in row))

# %% [markdown]
# Five of the rules and 300 of the triples are kept back. The network is of GPT's kind,
# with two blocks and 28,000 numbers. It reads all five examples and is asked, at every
# place of an answer, for the next letter. The three letters before the arrow are drawn
# at random, so nothing is asked there. The first answer of a prompt can only be
# guessed, the fifth has four examples before it: one pass trains all numbers of
# examples.


# %%
def asked(prompts):
    """What the network reads, and what it has to say: letters of answers only."""
    place = np.arange(prompts.shape[1]) % 8
    target = np.where((place >= 4) & (place <= 6), prompts, PADDING)
    return prompts[:, :-1], target[:, 1:]


prompts = make_prompts(500 * 64, rules_seen, triples_seen, np.random.default_rng(6))
x, y = asked(prompts)
print(x.shape, "asked at", int((y[0] > 0).sum()), "places each")

# %% [markdown]
# The learning rate rises for a quarter of the steps and then falls, as in chapter 11.


# %%
def one_cycle(steps, peak):
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 10,
        warmup_target=peak,
        warmup_steps=steps // 4,
        decay_steps=steps - steps // 4,
        alpha=0.01,
    )
    return keras.optimizers.Adam(rate, clipnorm=1.0)


optimizer = one_cycle(500, 0.008)

# %%
keras.utils.set_random_seed(1)
shape = {"width": 32, "depth": 2, "heads": 2, "feed_forward": 128}
few_shot = token_model(len(symbols), 39, causal=True, **shape)
loss = keras.losses.SparseCategoricalCrossentropy(True, ignore_class=PADDING)
few_shot.compile(optimizer, loss, jit_compile=False, steps_per_execution=20)
print(f"{few_shot.count_params():,} numbers")

# %% tags=["nbval-ignore-output"]
run = {"batch_size": 64, "epochs": 1, "verbose": 0}
history = few_shot.fit(x, y, callbacks=[KerasProgress("Prompts")], **run)
mean_loss = history.history["loss"][0]
assert_between(mean_loss, 0.3, 1.2, "mean loss of the training", show=".2f")

# %% [markdown]
# Training takes 500 steps. Now 2,000 prompts whose triples it has never seen. An answer
# is right when all three letters are. How well could it be done **at best**? Without
# examples each script must be guessed. A script is known as soon as one letter of its
# group stood in an example; and no more can be known. That can be counted without any
# network, and makes the dashed line.


# %%
def at_best(examples, rng, n=20_000):
    """Right answers, with a third for each group that no example showed."""
    groups = rng.integers(0, 3, (n, examples + 1, 3))
    asked_for, shown = groups[:, -1], groups[:, :-1].reshape(n, -1)
    unknown = [(asked_for == g).any(1) & ~(shown == g).any(1) for g in range(3)]
    return np.mean((1 / 3) ** np.sum(unknown, axis=0))


rng = np.random.default_rng(7)
best = np.array([at_best(k, rng) for k in range(5)])
print("at best", best.round(2))


# %%
def answers_right(prompts):
    """Share of right answers after 0, 1, 2, 3 and 4 examples: (5,)."""
    given, target = asked(prompts)
    guesses = np.argmax(few_shot.predict(given, 500, verbose=0), axis=-1)
    right = (guesses == target) | (target == PADDING)  # (n, 39)
    right = np.pad(right, ((0, 0), (1, 0))).reshape(len(right), 5, 8)
    return right[:, :, 1:].all(axis=2).mean(axis=0)


trial = make_prompts(4, rules_seen, triples_new, rng)
assert answers_right(trial).shape == (5,)

# %%
rng = np.random.default_rng(8)
known = answers_right(make_prompts(2000, rules_seen, triples_new, rng))
unseen = answers_right(make_prompts(2000, rules_new, triples_new, rng))
backwards = make_prompts(2000, rules_seen, triples_new, rng).reshape(-1, 5, 8)
backwards[:, :, 4:7] = backwards[:, :, 6:3:-1]
foreign = answers_right(backwards.reshape(-1, 40))

# %%
fig, ax = plt.subplots(figsize=(7, 3.6))
ax.plot(range(5), best, "--", color="black", lw=1, label="at best, 27 rules alike")
for name, shares, colour, style in [
    ("rules of the training", known, BLUE, "o-"),
    ("new rules of the same kind", unseen, GREEN, "^-"),
    ("answers backwards: a new kind", foreign, ORANGE, "s-"),
]:
    ax.plot(range(5), shares, style, color=colour, label=name)
ax.set(xlabel="examples in the prompt", ylabel="right answers", ylim=(-0.03, 1.03))
ax.set_xticks(range(5))
ax.legend(loc="center right", bbox_to_anchor=(1, 0.42))
show(
    fig,
    "Right answers over examples: two curves rise to nearly 1, one stays near 0.",
)

# %% tags=["nbval-ignore-output"]
assert_between(known[0], 0.05, 0.25, "right without examples", show=".1%")
assert_between(known[3], 0.88, 1, "right after three examples", show=".1%")
assert_between(known[3] - known[0], 0.65, 1, "gain by three examples", show=".1%")
distance = np.abs(known - best).max()
assert_between(distance, 0, 0.12, "distance to the best possible", show=".1%")
assert_between(unseen[4], 0.75, 1, "new rules, four examples", show=".1%")
assert_between(foreign[4], 0, 0.3, "backwards, four examples", show=".1%")

# %% [markdown]
# Every example in the prompt helps, and as much as an example can help at all. (With
# few examples the blue line even lies a little above the dashed one, and the green one
# below: the network has learned that 22 rules occur and five never do.)
#
# The weights are the same all the time: what is learned from the prompt lives in the
# attention, which looks up how letters of this group were written before. It works for
# the five rules that were never in the training, because they are new combinations of
# known parts.
#
# Write a prompt of your own. Examples are separated by one blank, and the last one ends
# with the arrow.


# %%
def go_on(prompt):
    """Three more letters after a prompt such as "abc>ABC fgh>"."""
    prompt = " ".join(prompt.split()[-5:])
    if not prompt.endswith(">") or not set(prompt) <= set(symbols):
        return "use a to l in three scripts, in examples like abc>ABC, and end with >"
    ids = [symbols.index(letter) for letter in prompt][-36:]
    for _ in range(3):
        logits = np.array(few_shot(np.array([ids], "int32"))[0, -1])
        ids.append(int(np.argmax(logits)))
    return "".join(symbols[i] for i in ids[-3:])


print(go_on(""), "/", go_on("xyz>"))

# %% tags=["nbval-ignore-output"]
my_prompt = "abe>ABε ijf>ijζ hcl>"
print(my_prompt + go_on(my_prompt))
print("no example: hcl>" + go_on("hcl>"))
assert len(go_on("hcl>")) == 3

# %% [markdown]
# Then the honest part. When the answers are written backwards, four examples are no
# help: the network has never met such a kind of rule. It goes on with the next best of
# those that it knows. Large models know very many kinds of patterns from their text.
# Whether they find out *new* ones in a prompt, or recognise *known* ones, is a question
# that research has not settled.
#
# ## 13.5 T5: every task is text to text
#
# BERT needs a new layer for each task, and GPT takes each task as text that goes on. T5
# (Raffel, 2020) uses encoder and decoder and puts **every** task into one form: text
# in, text out. What is wanted stands in front, as a **prefix**: "translate:", "date:".
# Even a yes or no is a word that is written. One network, one loss, one set of weights.
#
# The tasks share everything: what the encoder learns about letters and words for one of
# them is there for the others too. Whether that helps or disturbs depends on how near
# they are to each other and on how large the network is.
#
# Our three tasks: chapter 11's translation (short sentences, politely or plainly), its
# dates, and a judgement: is a Japanese sentence polite or plain?

# %% [markdown] tags=["teacher"]
# minutes: 11
# exercises: 3
# stall: The prefix is a word of the input, nothing else switches the task. A judgement
# is a written word. Asked nonsense, it answers: there is no way to say "I do not know".
# ask: "style: 3 March 2021": what will come out?
# answer: Something from one of its tasks; nobody taught it to refuse.
# skip: `mixed_batches`; Exercise 13.4.

# %%
pairs = [pair for pair in translation.load_pairs() if len(pair.english) <= 10][:6500]
texts, iso = translation.make_dates(5500, np.random.default_rng(12))
STYLES = {translation.POLITE: "polite", translation.PLAIN: "plain"}
tasks = {
    "translate:": [(pair.english, pair.japanese) for pair in pairs],
    "date:": list(zip(texts, iso, strict=True)),
    "style:": [(pair.japanese, (STYLES[pair.english[0]],)) for pair in pairs[4000:]],
}
for task, examples in tasks.items():
    given, wanted = examples[0]
    print(task, " ".join(given), "->", " ".join(wanted))

# %% [markdown]
# Dates and sentences are the same on every machine, with or without IMDB. One
# vocabulary serves all: words where a task has words, letters where it has letters. (T5
# cuts everything with SentencePiece.) The last 500 examples of each task are kept back,
# and as before there are rows to read, rows given to the decoder and rows that it shall
# say.

# %%
train, held_out = {}, {}
for task, examples in tasks.items():
    marked = [((task, *given), tuple(answer)) for given, answer in examples]
    train[task], held_out[task] = marked[:-500], marked[-500:]
everything = sum(train.values(), [])
sides = [side for example in everything for side in example]
vocabulary_t5 = sorted({token for side in sides for token in side})
words = ["", "[start]", "[end]", "[unknown]", *vocabulary_t5]
word_id = {word: i for i, word in enumerate(words)}
T5_START, T5_END, T5_UNKNOWN = 1, 2, 3
print(len(everything), "examples,", len(words), "tokens")


# %%
def to_rows(sentences, width, before=(), after=()):
    """Ids (n, width), zeros at the end."""
    found = np.zeros((len(sentences), width), dtype="int32")
    for row, sentence in zip(found, sentences, strict=True):
        numbers = [word_id.get(token, T5_UNKNOWN) for token in sentence]
        numbers = [*before, *numbers, *after][:width]
        row[: len(numbers)] = numbers
    return found


print(to_rows([("date:", "7")], 4, before=[T5_START]) > 0)


# %%
def to_arrays(examples):
    sources, answers = zip(*examples, strict=True)
    given = to_rows(answers, 20, before=[T5_START])
    return to_rows(sources, 24), given, to_rows(answers, 20, after=[T5_END])


source, given, target = to_arrays(everything)
print(source.shape, given.shape, target.shape)


# %%
def mixed_batches(size=32, seed=0):
    """Batches of answers of similar length, tasks mixed, without end."""
    rng, lengths = np.random.default_rng(seed), (target > 0).sum(axis=1)
    while True:
        order = np.argsort(lengths + 2 * rng.random(len(source)))
        for i in rng.permutation(len(source) // size):
            at = order[i * size : (i + 1) * size]
            # Two widths each: what one batch leaves in memory fits the next.
            T = 24 if source[at, 12:].any() else 12
            J = 20 if target[at, 10:].any() else 10
            yield (source[at, :T], given[at, :J]), target[at, :J]


print([part.shape[0] for part in next(mixed_batches())[0]])

# %%
keras.utils.set_random_seed(1)
shape = {"width": 64, "depth": 1, "heads": 4, "feed_forward": 256}
t5 = encoder_decoder(len(words), len(words), 24, 20, **shape)
steps = len(source) // 32
t5.compile(one_cycle(4 * steps, 0.005), loss, jit_compile=False)
spec = tf.TensorSpec((None, None), "int32")
signature = ((spec, spec), spec)
stream = tf.data.Dataset.from_generator(mixed_batches, output_signature=signature)
print(f"{t5.count_params():,} numbers")

# %% tags=["nbval-ignore-output"]
run = {"steps_per_epoch": steps, "epochs": 4, "verbose": 0, "shuffle": False}
history = t5.fit(stream.prefetch(4), callbacks=[KerasProgress("Three tasks")], **run)
first, *_, last = history.history["loss"]
assert_between(
    last / first, 0, 0.5, "loss of the last epoch over the first", show=".2f"
)

# %% [markdown]
# Greedy writing, as in chapter 11, for many rows at once. The rows keep their full
# length and only one place more of them is filled at each step: slower than a cache,
# but TensorFlow need not be prepared for twenty different lengths.

# %%
t5_step = tf.function(t5, autograph=False, reduce_retracing=True)


def answer_rows(source, longest=20):
    written = np.zeros((len(source), longest + 1), dtype="int32")
    written[:, 0], done = T5_START, np.zeros(len(source), bool)
    for j in range(longest):
        logits = t5_step([source, written[:, :longest]])
        written[:, j + 1] = np.where(done, 0, np.argmax(logits[:, j], axis=-1))
        done |= written[:, j + 1] == T5_END
        if done.all():
            break
    return written[:, 1:]


print(answer_rows(source[:2]).shape)

# %% tags=["nbval-ignore-output"]
for task, at_least in [("translate:", 0.65), ("date:", 0.5), ("style:", 0.9)]:
    x, _, y = to_arrays(held_out[task])
    exact = np.mean((answer_rows(x) == y).all(axis=1))
    name = f"{task} exactly right, of 500 unseen ones"
    assert_between(exact, at_least, 1, name, show=".1%")

# %% [markdown]
# One network does all three, and the prefix decides. To see that, give it the same
# Japanese or the same date with another prefix, or ask for something of your own.
# **Predict** what happens to "style: 3 March 2021".


# %%
predict(
    "13.h",
    "What comes out of style: 3 March 2021?",
    ["the date, 2021-03-03", "polite or plain", "something else, or nothing"],
)


# %%
def ask(text):
    """Answer "task: something" with the one network."""
    task, _, rest = (part.strip() for part in text.partition(":"))
    if f"{task}:" not in tasks or not rest:
        return "write one of " + ", ".join(tasks) + " and then something"
    cut = {"translate": translation.tokenize, "style": str.split, "date": list}[task]
    ids = to_rows([(f"{task}:", *cut(rest))], 24)
    words_out = [words[i] for i in answer_rows(ids)[0] if i > T5_UNKNOWN]
    return ("" if task == "date" else " ").join(words_out)


print(ask(""), ask("sing: a song"), sep="\n")

# %% tags=["nbval-ignore-output"]
my_question = "translate: My mother reads the newspaper."
for text in [
    "date: 3 March 2021",
    "style: これ は 水 です 。",
    "style: 3 March 2021",
    my_question,
]:
    print(f"{text}  ->  {ask(text)}")
said, places = ask("style: 3 March 2021"), {"2021-03-03": 0, "polite": 1, "plain": 1}
why = "It never met a date behind this prefix, and it has not learned to refuse."
happened("13.h", places.get(said, 2), why)
assert isinstance(ask(my_question), str)

# %% [markdown]
# A question that makes no sense gets an answer all the same: this network has no way to
# say that it does not know.
#
# ### Exercise 13.4 – T5's own game (build)
#
# `words` is a list, `spans` a list of pairs (start, end) in order, each of them
# standing for `words[start:end]`; they never touch. Return two lists. In the first,
# each span is replaced by a mark: `"<0>"`, `"<1>"` and so on. In the second stands each
# mark and behind it the words of its span, and at the end one more mark, the next in
# the row.
#
# For example, *thank you for coming today* with the spans (1, 2) and (3, 5) becomes
# `thank <0> for <1>` and `<0> you <1> coming today <2>`.


# %% tags=["exercise"]
def corrupt(words, spans): ...


# %%
check("13.4", corrupt)

# %% [markdown]
# T5 too is pre-trained on text alone, and that game has text-to-text form as well. Some
# **spans** of a sentence are replaced by marks; the answer has the marks and what
# belongs in their places. Exercise 13.4 writes it. We have left pre-training out here
# because the grammar of our sentences is learned from 6,000 examples; the real one
# learned from 750 gigabytes of web pages, first alone and in its largest runs mixed
# with the labelled tasks, and was then fine-tuned on each of them.
#
# ## 13.6 What changes at scale
#
# What you have built and what you may have used elsewhere are of one kind. They differ
# in size. $N$ is the number of parameters, $D$ the number of tokens read in training:
#
# | model | year | kind | $N$ | text, and $D$ | source |
# |---|---|---|---|---|---|
# | BERT base, large | 2018 | encoder | 110 million, 340 million | 3.3 billion words, read about 40 times | Devlin |
# | GPT-2 | 2019 | decoder | 1.5 billion | 40 GB of web pages | Radford |
# | T5, the largest | 2020 | both | 11 billion | C4, about 750 GB; $D$ about 1 trillion | Raffel |
# | GPT-3 | 2020 | decoder | 175 billion | $D$ = 300 billion | Brown |
# | Chinchilla | 2022 | decoder | 70 billion | $D$ = 1.4 trillion | Hoffmann |
#
# Each parameter takes part in one multiplication and one addition for each token, and
# training needs about twice as much again for the gradients. So a rule of thumb for the
# arithmetic of training is $C\approx 6ND$, and $2N$ for each token that is
# written. In a model with encoder *and* decoder a token passes through one half only:
# $3ND$. For our models we count:

# %% [markdown] tags=["teacher"]
# minutes: 8
# stall: 6ND: where the six comes from (two forward, four for gradients). Powers of ten
# are read as factors. Energy figures are a computed example with stated assumptions.
# ask: For one user alone, what does the processor wait for?
# answer: For its memory: each token needs all weights once. Many users share that
# reading.
# skip: The list of what is new since, as reading at home.

# %% tags=["nbval-ignore-output"]
ours = {
    "few-shot": (few_shot.count_params(), 500 * 64 * 39),
    "T5-style": (t5.count_params(), 4 * int((source > 0).sum() + (target > 0).sum())),
    "BERT-style": (bert.count_params(), card["tokens_read"]),
}
large = {
    "BERT large": (340e6, 1.3e11),
    "T5 11B": (11e9, 1e12),
    "GPT-3": (175e9, 3e11),
    "Chinchilla": (70e9, 1.4e12),
}
arithmetic_of = {}
for name, (N, D) in (ours | large).items():
    C = arithmetic_of[name] = (3 if "T5" in name else 6) * N * D
    print(f"{name:11} N = {N:.1e}   D = {D:.1e}   C = {C:.0e}")

# %%
assert_between(arithmetic_of["GPT-3"] / 1e23, 3.1, 3.2, "GPT-3, 10^23 operations")
assert_between(arithmetic_of["T5 11B"] / 1e22, 3.2, 3.4, "T5 11B, 10^22 operations")
gaps = [max(arithmetic_of[name] for name in ours), arithmetic_of["few-shot"]]
gaps = np.log10(arithmetic_of["GPT-3"] / np.array(gaps))
print(f"from our models to GPT-3: {gaps[0]:.0f} to {gaps[1]:.0f} powers of ten")
assert_between(gaps[0], 8, 11.5, "powers of ten from our largest to GPT-3")
assert_between(gaps[1], 11.5, 12.5, "powers of ten from our smallest to GPT-3")

# %%
fig, ax = plt.subplots(figsize=(7.2, 4.8))
for power in range(12, 28, 3):
    ax.plot([1e3, 1e13], [10.0**power / 6e3, 10.0**power / 6e13], color="0.8", lw=1)
    N = min(10.0**power / 1.1e6, 4e12)
    ax.text(N, 10.0**power / 6 / N, f"$10^{{{power}}}$", color="0.4", fontsize=10)
ax.plot([1e4, 1e12], [2e5, 2e13], "--", color=GREEN, lw=1)
ax.text(3e7, 2.4e8, "20 tokens a parameter", color=GREEN, rotation=32)
shifts = {"few-shot": (-12, 8), "T5-style": (8, -3), "T5 11B": (-50, -4)}
shifts |= {"BERT large": (-28, 8), "Chinchilla": (-60, 7)}
for group, colour, marker in [(ours, ORANGE, "o"), (large, BLUE, "s")]:
    ax.scatter(
        *zip(*group.values(), strict=True), color=colour, marker=marker, zorder=3
    )
    for name, point in group.items():
        shift = shifts.get(name, (8, -4))
        ax.annotate(name, point, shift, textcoords="offset points")
ax.set(xscale="log", yscale="log", xlim=(1e4, 1e13), ylim=(1e5, 1e14))
ax.set(xlabel="parameters N", ylabel="tokens read in training D")
show(fig, "Parameters against tokens: our dots lower left, large models upper right.")

# %% [markdown]
# Along a grey line $6ND$ is the same, the number beside it. Between our dots and GPT-3
# lie ten powers of ten of arithmetic, or twelve. Why does anybody pay for that? J. Kaplan
# and others (2020) found that the loss falls as a **power law** of $N$,
# of $D$ and of the arithmetic, over many powers of ten: nearly a straight line on
# log-log paper. So one could say beforehand what ten times the money buys. J. Hoffmann
# and others (2022) trained over 400 models and found that $N$ and $D$ should grow
# together, about **20 tokens for each parameter**; GPT-3 had fewer than 2. Their
# Chinchilla, with less than half the parameters of GPT-3, was better in nearly all
# tests. Models that are used a lot are trained far beyond that line today, since a
# smaller model is cheaper for all who ask.
#
# What does it cost to use one? A computed example for GPT-3's size (96 layers, vectors
# of 12,288 numbers, 2,048 positions), two bytes a number. Our assumption for one
# processor: $3\cdot10^{14}$ operations a second at most, of which 40% are reached,
# 2 terabytes a second from its memory, 400 watts.

# %%
N, layers_3, width_3, positions_3 = 175e9, 96, 12_288, 2_048
weights_gb = 2 * N / 1e9
cache_gb = 2 * layers_3 * width_3 * 2 * positions_3 / 1e9  # keys and values
arithmetic = 2 * N / (0.4 * 3e14)  # seconds for one token
reading = 2 * N / 2e12  # seconds to read all weights once
training_gwh = 6 * N * 3e11 / (0.4 * 3e14) * 400 / 3.6e12
print(f"weights {weights_gb:.0f} GB, cache of one full text {cache_gb:.1f} GB")
print(
    f"one token: arithmetic {1e3 * arithmetic:.0f} ms, reading {1e3 * reading:.0f} ms"
)
print(f"500 tokens for one user alone: {500 * reading * 400 / 3600:.0f} Wh")
print(f"training: {training_gwh:.2f} GWh")
assert_between(reading / arithmetic, 50, 70, "reading over arithmetic")

# %% [markdown]
# No such processor holds 350 GB: several share the weights, which changes neither sum.
# For a single user the processor waits for its memory most of the time: each token
# needs all weights once. So services let many users share each pass over the weights,
# and the energy for one answer falls by as much. The cache then becomes the bottleneck;
# every user has one. (D. Patterson and others (2021) estimate 1.3 GWh for GPT-3's
# training, on older processors than the one assumed here.)
#
# **What is new since.** A model that goes on with text need not do what you ask: to a
# question it may append more questions. *Instruction tuning* fine-tunes it on tasks
# written as instructions. **RLHF** (P. Christiano and others, 2017; for language
# models that follow instructions, L. Ouyang and others, 2022) goes further: people
# compare answers, a second network learns to predict their taste, and the model is
# trained to please it. Ouyang's model with 1.3 billion parameters was preferred to GPT-3
# with 175 billion. After 2022, in a sentence each:
#
# - **Open weights** (LLaMA, H. Touvron and others, 2023): models that one may download,
#   run and change. The block is the one of chapter 12 with small changes, for example
#   **rotary positions** (J. Su and others, 2021): queries and keys are turned by an
#   angle that grows with the position, so that a score depends on the distance.
# - **LoRA** (E. Hu and others, 2021): fine-tuning leaves the weights alone and learns a
#   thin product of two matrices beside each, thousands of times fewer numbers.
# - **Mixture of experts** (N. Shazeer and others, 2017; Mixtral, A. Jiang and others,
#   2024): each block has several dense parts, and a small network picks one or two of
#   them for each token. Many parameters, little arithmetic: $6ND$ counts those used.
# - **Reasoning** (J. Wei and others, 2022; DeepSeek-R1, 2025): a model that first writes
#   down the steps solves more, and can be trained by reward to write good ones.
# - **Tools** (T. Schick and others, 2023): it writes a call to a calculator or a search,
#   a program carries it out, and the result is put into the text.
#
# **What a small model cannot do.** Ours writes in the tone of a review and knows no
# film. Its prompts work for one kind of pattern. It reads 128 tokens. It cannot count,
# argue, or say that it does not know; and the last of these is not solved by size
# alone, for a large model too writes what is likely, and likely is not the same as
# true.

# %% [markdown]
# ## Recap
#
# 1. **Tokens:** byte-pair encoding joins the most frequent pair again and again.
#    Frequent words become one token, rare ones a few, and the library cuts nearly all
#    words as we do.
# 2. **BERT** guesses hidden words and sees both sides. Fine-tuned on few labels it
#    beats the same network with fresh weights; at our size it does not beat a bag of
#    tokens.
# 3. **GPT** guesses the next token. Temperature, top-k and top-p choose between dull
#    and wild; the KV cache gives the same logits without reading everything again.
# 4. **Examples in a prompt** raised the right answers from about one in six to nine in
#    ten or more for new triples; new combinations of known parts came nearly as far, a
#    new kind of rule stayed out of reach.
# 5. **T5** makes every task text to text, and a prefix says which one. At scale the
#    same steps cost $6ND$ operations; loss falls as a power law, and much else remains
#    open.

# %% [markdown]
# ## Read on
#
# - R. Sennrich, B. Haddow, A. Birch, *Neural Machine Translation of Rare Words with
#   Subword Units* (ACL 2016, arXiv:1508.07909): byte-pair encoding.
# - T. Kudo, J. Richardson, *SentencePiece* (EMNLP 2018, arXiv:1808.06226): the library.
# - J. Devlin and others, *BERT: Pre-training of Deep Bidirectional Transformers for
#   Language Understanding* (2018, arXiv:1810.04805).
# - A. Radford and others, *Improving Language Understanding by Generative Pre-Training*
#   (2018) and *Language Models are Unsupervised Multitask Learners* (2019): GPT, GPT-2.
# - A. Holtzman and others, *The Curious Case of Neural Text Degeneration* (ICLR 2020,
#   arXiv:1904.09751): why the likeliest text is dull, and top-p.
# - T. Brown and others, *Language Models are Few-Shot Learners* (2020,
#   arXiv:2005.14165): GPT-3.
# - C. Raffel and others, *Exploring the Limits of Transfer Learning with a Unified
#   Text-to-Text Transformer* (JMLR 2020, arXiv:1910.10683): T5 and C4.
# - P. Gage, *A New Algorithm for Data Compression* (C Users Journal, 1994): byte pairs.
# - H. Touvron and others, *LLaMA* (2023, arXiv:2302.13971); J. Su and others, *RoFormer*
#   (2021, arXiv:2104.09864); E. Hu and others, *LoRA* (2021, arXiv:2106.09685).
# - N. Shazeer and others, *Outrageously Large Neural Networks* (2017, arXiv:1701.06538);
#   A. Jiang and others, *Mixtral of Experts* (2024, arXiv:2401.04088).
# - J. Wei and others, *Chain-of-Thought Prompting Elicits Reasoning in Large Language
#   Models* (2022, arXiv:2201.11903); DeepSeek-AI, *DeepSeek-R1* (2025,
#   arXiv:2501.12948); T. Schick and others, *Toolformer* (2023, arXiv:2302.04761).
# - J. Kaplan and others, *Scaling Laws for Neural Language Models* (2020,
#   arXiv:2001.08361); J. Hoffmann and others, *Training Compute-Optimal Large Language
#   Models* (2022, arXiv:2203.15556): Chinchilla.
# - D. Patterson and others, *Carbon Emissions and Large Neural Network Training* (2021,
#   arXiv:2104.10350).
# - L. Ouyang and others, *Training language models to follow instructions with human
#   feedback* (2022, arXiv:2203.02155): instruction tuning and RLHF.
