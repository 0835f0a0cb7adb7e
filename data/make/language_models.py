"""Train the language models that ship for chapter 13.

python -m data.make.language_models                   # all four: 20 minutes of one core; needs IMDB
python -m data.make.language_models masked grammar    # one of them
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from data.make.one_cycle import one_cycle
from helpers import datasets
from helpers.language_models import (
    DATA,
    KINDS,
    LENGTH,
    MASK,
    PADDING,
    build,
    piece_hashes,
    review_texts,
    token_stream,
    train_tokenizer,
    weights_path,
    windows,
)
from helpers.models import SHIPPED, load_weights, read_card, save_model
from helpers.session import quiet_native_log
from helpers.transformer import hidden_states

MASKED_SHARE = 0.15
# Of a window's 127 next tokens so many count at a step: the output layer is the dearest.
LEARNED_PLACES = 48
STEPS = {"imdb": {"masked": 4_000, "next": 3_000}, "grammar": {"masked": 2_500, "next": 600}}
PEAK = 2e-3  # Learning rate; from word vectors on three quarters of it.
VECTOR_EPOCHS = 2
SEED = 13


def mask_words(ids, rng, vocabulary_size, share=MASKED_SHARE):
    """Hide some tokens of each row by BERT's rule.

    Parameters
    ----------
    ids : ndarray of shape (n, T), int32
    rng : numpy.random.Generator
    vocabulary_size : int
    share : float in (0, 1)
        Of a row's places that are chosen, the same number in each row. Of the chosen ones 80% become `MASK`,
        10% another token, 10% stay as they are.

    Returns
    -------
    hidden : ndarray of shape (n, T), int32
    places : ndarray of shape (n, k), int
        Chosen places, in order; special tokens only where a row has not enough words.
    """
    n, length = ids.shape
    keys = rng.random((n, length)) + (ids <= MASK)
    places = np.sort(np.argsort(keys, axis=1)[:, : max(1, round(share * length))], axis=1)
    chosen = np.take_along_axis(ids, places, axis=1)
    fate = rng.random(places.shape)
    other = rng.integers(MASK + 1, vocabulary_size, places.shape)
    shown = np.where(fate < 0.8, MASK, np.where(fate < 0.9, other, chosen))
    hidden = ids.copy()
    np.put_along_axis(hidden, places, np.where(chosen > MASK, shown, chosen).astype(ids.dtype), axis=1)
    return hidden, places


def train(kind, data, folder=SHIPPED, *, steps=None, go_on=False, batch=32, save_every=500, report=print):
    """Pre-train a model and save it with its card.

    Parameters
    ----------
    kind : {"masked", "next"}
    data : {"imdb", "grammar"}
    folder : Path
    steps : int, optional
        As for the shipped files by default.
    go_on : bool
        Whether to begin with the weights that are in the folder; the learning rate rises and falls once more.
    batch : int
        Windows of `LENGTH` tokens at a step.
    save_every : int
        Steps after which what there is is saved.
    report : callable
        Gets a line of text now and then.

    Returns
    -------
    accuracy : float
        Share of the hidden or next tokens of test reviews that the model names.
    """
    import keras
    import tensorflow as tf

    path = Path(folder) / weights_path(kind, data).name
    steps = steps or STEPS[data][kind]
    texts, _, texts_test, _ = review_texts()
    tokenizer = train_tokenizer(count(texts))
    size = tokenizer.get_piece_size()
    rng = np.random.default_rng(SEED)
    stream = token_stream([texts[i] for i in rng.permutation(len(texts))], tokenizer)
    test = windows(texts_test[:1_500], tokenizer, LENGTH)[:1_500]
    report(f"{len(stream):,} tokens, {size:,} pieces")

    keras.utils.set_random_seed(SEED)
    model = build(kind, size)
    # The output starts from how often each token occurs; the rest is left to learn.
    frequent = np.log(np.bincount(stream, minlength=size) + 1.0)
    model.get_layer("logits").set_weights([frequent - frequent.max()])
    before = {"steps": 0, "seconds": 0.0, "recipe": "", "curve": []}
    # "next" gained nothing from vectors.
    from_vectors = kind == "masked"
    begun = time.process_time()
    if go_on:
        load_weights(model, path)
        before |= read_card(path)
        before["recipe"] += " && "
        rng = np.random.default_rng(SEED + before["steps"])
    elif from_vectors:
        # Attention has something to look at from the first step: after 1,000 steps of "masked" the loss on
        # test reviews was 5.1 with these vectors, and 6.1 without.
        width = model.get_layer("tokens").get_weights()[0].shape[1]
        vectors = word_vectors(stream, size, width, np.random.default_rng(SEED), VECTOR_EPOCHS)
        model.get_layer("tokens").set_weights([0.1 * vectors / np.sqrt(np.mean(vectors**2))])
    recipe = before["recipe"] + command(kind, data) + f" --steps {steps} --go-on" * go_on
    read, tokens, bias = hidden_states(model), model.get_layer("tokens"), model.get_layer("logits")
    peak = PEAK * (0.75 if from_vectors else 1)
    rate = one_cycle(peak, steps, rise=0.1, first=0.05, last=0.05)
    optimizer = keras.optimizers.Adam(rate, clipnorm=1.0)
    optimizer.build(model.trainable_variables)

    def losses_and_hits(ids, places, targets):
        h = tf.gather(read(ids, training=True), places, batch_dims=1)  # (n, k, width)
        logits = bias(tokens(h, reverse=True))  # (n, k, size)
        hits = tf.equal(tf.argmax(logits, -1, output_type=tf.int32), targets)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits), hits

    def loss_of(ids, places, targets):
        is_word = tf.cast(targets != PADDING, tf.float32)
        return tf.reduce_sum(losses_and_hits(ids, places, targets)[0] * is_word) / tf.reduce_sum(is_word)

    @tf.function(jit_compile=True, autograph=False)
    def step(ids, places, targets):
        with tf.GradientTape() as tape:
            loss = loss_of(ids, places, targets)
        variables = model.trainable_variables
        gradients = tape.gradient(loss, [variable.value for variable in variables])
        optimizer.apply([tf.convert_to_tensor(gradient) for gradient in gradients], variables)
        return loss

    measure = tf.function(losses_and_hits, jit_compile=True, autograph=False)

    def question(ids, rng, cut=False):
        if kind == "masked":
            hidden, places = mask_words(ids, rng, size)
            if cut:
                # Half of the rows end early: the model shall know short sentences, too.
                ends = np.where(rng.random(len(ids)) < 0.5, LENGTH, rng.integers(6, LENGTH, len(ids)))
                is_beyond = np.arange(LENGTH) >= ends[:, None]
                ids, hidden = np.where(is_beyond, PADDING, ids), np.where(is_beyond, PADDING, hidden)
            return hidden, places.astype(np.int32), np.take_along_axis(ids, places, axis=1)
        keys = rng.random((len(ids), ids.shape[1] - 1))
        places = np.argsort(keys, axis=1)[:, :LEARNED_PLACES].astype(np.int32)
        return ids, places, np.take_along_axis(ids, places + 1, axis=1)

    def examine():
        chance = np.random.default_rng(SEED)
        found = [
            measure(*question(test[i : i + batch], chance)) for i in range(0, len(test) - batch + 1, batch)
        ]
        loss, hits = (np.mean([part.numpy() for part in parts]) for parts in zip(*found, strict=True))
        return float(loss), float(hits)

    losses, order = [], iter(())
    for number in range(1, steps + 1):
        chosen = [next(order, None) for _ in range(batch)]
        if chosen[-1] is None:
            # A new round through the text, cut at other places.
            shift = rng.integers(LENGTH)
            whole = stream[shift : shift + (len(stream) - shift) // LENGTH * LENGTH].reshape(-1, LENGTH)
            order = iter(rng.permutation(len(whole)))
            chosen = [next(order) for _ in range(batch)]
        losses.append(float(step(*question(whole[chosen], rng, cut=True))))
        seconds = time.process_time() - begun
        if number % 100 == 0:
            report(
                f"step {number:,} of {steps:,}: loss {np.mean(losses[-100:]):.3f}, {seconds:.0f} CPU seconds"
            )
        if number % save_every == 0 or number == steps:
            loss, accuracy = examine()
            report(f"test reviews: loss {loss:.3f}, accuracy {accuracy:.1%}")
            save_model(
                model,
                path,
                data=described(data, len(texts)),
                accuracy=accuracy,
                seconds=before["seconds"] + seconds,
                recipe=recipe,
                task=f"{KINDS[kind]}; accuracy and perplexity on {len(test):,} windows of test reviews",
                perplexity=round(float(np.exp(loss)), 2),
                steps=before["steps"] + number,
                tokens_read=(before["steps"] + number) * batch * LENGTH,
                curve=before["curve"] + curve(losses, before["steps"]),
                pieces="".join(piece_hashes(tokenizer)),
            )
    return accuracy


def main(arguments=None):
    """Train and save; print what came out."""
    parser = argparse.ArgumentParser(prog="python -m data.make.language_models", description=main.__doc__)
    parser.add_argument("kind", nargs="?", choices=KINDS, help="both by default")
    parser.add_argument("data", nargs="?", choices=DATA, help="both by default")
    parser.add_argument("--to", type=Path, default=SHIPPED, metavar="FOLDER")
    parser.add_argument("--steps", type=int, metavar="N", help="as for the shipped files by default")
    parser.add_argument("--go-on", action="store_true", help="begin with the weights that are there")
    options = parser.parse_args(arguments)
    with quiet_native_log():
        import tensorflow  # noqa: F401
    for data in [options.data] if options.data else DATA:
        for kind in [options.kind] if options.kind else KINDS:
            with embedded_only(data == "grammar"):
                datasets.imdb_word_index()
                if data == "imdb" and datasets.source_of("imdb") == "embedded":
                    print("no IMDB here: set COURSE_DATA_DIR, or train only 'grammar'", file=sys.stderr)
                    return 1
                accuracy = train(
                    kind,
                    data,
                    options.to,
                    steps=options.steps,
                    go_on=options.go_on,
                    report=lambda line: print(line, flush=True),
                )
            print(f"{weights_path(kind, data).name}: accuracy {accuracy:.1%}")
    return 0


def command(kind, data):
    return f"python -m data.make.language_models {kind} {data}"


def described(data, n):
    if data == "imdb":
        return f"IMDB, {n:,} training reviews"
    return f"{n:,} reviews written by helpers.synthetic.draw_film_reviews"


def curve(losses, steps_before, points=40):
    """Losses of a training, averaged over stretches that grow with the number of steps.

    Parameters
    ----------
    losses : list of float
        One for each step.
    steps_before : int
        Steps of the weights that the training began with.
    points : int
        At most so many stretches.

    Returns
    -------
    list of [int, float]
        Last step of each stretch and the mean loss over it.
    """
    ends = np.unique(np.geomspace(1, len(losses), points).round().astype(int))
    stretches = zip([0, *ends], ends, strict=False)
    return [[int(steps_before + end), round(float(np.mean(losses[i:end])), 3)] for i, end in stretches]


def count(texts):
    return Counter(word for text in texts for word in text.split())


def word_vectors(stream, size, width, rng, epochs, window=5, batch=1024, negatives=5):
    """Train vectors of the tokens, as in chapter 10: skip-gram with negative sampling; (size, width).

    T. Mikolov et al., "Distributed Representations of Words and Phrases and their Compositionality" (2013).
    The negatives of a batch are shared, 256 of them.
    """
    import keras
    import tensorflow as tf

    frequency = np.bincount(stream, minlength=size) / len(stream)
    keep = np.minimum(1, np.sqrt(1 / size / np.maximum(frequency, 1e-12)))
    noise = frequency**0.75 / np.sum(frequency**0.75)
    offsets = np.array([k for k in range(-window, window + 1) if k])
    vectors = tf.Variable(rng.normal(0, 0.1, (size, width)), dtype="float32")
    others = tf.Variable(tf.zeros((size, width)))
    tables, stack = [vectors, others], 32 * batch
    steps = int(len(stream) * np.sum(frequency * keep)) * epochs // batch
    adam = keras.optimizers.Adam(keras.optimizers.schedules.PolynomialDecay(0.02, steps, 0.0004))
    adam.build(tables)

    @tf.function
    def train(words, around, made_up):
        for i in tf.range(tf.shape(words)[0]):
            with tf.GradientTape() as tape:
                v, u = tf.gather(vectors, words[i]), tf.gather(others, around[i])
                true = tf.reduce_mean(tf.nn.softplus(-tf.einsum("bd,bcd->bc", v, u)))
                scores = tf.matmul(v, tf.gather(others, made_up[i]), transpose_b=True)
                loss = true + negatives * tf.reduce_mean(tf.nn.softplus(scores))
            adam.apply([tf.convert_to_tensor(slope) for slope in tape.gradient(loss, tables)], tables)

    for _ in range(epochs):
        text = stream[rng.random(len(stream)) < keep[stream]]
        places = rng.permutation(np.arange(window, len(text) - window))
        for i in range(0, len(places) - stack + 1, stack):
            at = places[i : i + stack].reshape(32, batch)
            made_up = rng.choice(size, (32, 256), p=noise)
            train(*map(tf.constant, (text[at], text[at[..., None] + offsets], made_up)))
    return vectors.numpy()


@contextmanager
def embedded_only(wanted):
    """Let no other source of reviews be asked while the block runs."""
    if not wanted:
        yield
        return
    with tempfile.TemporaryDirectory() as empty:
        settings = {"COURSE_DATA_DIR": "", "COURSE_OFFLINE": "1", "COURSE_CACHE_DIR": empty}
        before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


if __name__ == "__main__":
    sys.exit(main())
