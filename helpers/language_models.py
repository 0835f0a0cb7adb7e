"""Tokens and pre-trained language models for chapter 13.

Two small Transformers ship with the course, each in two versions: of IMDB's training reviews, and of the
reviews that `helpers.synthetic` makes up, for use where IMDB cannot be had. "masked" fills in masked words,
as BERT; "next" foretells the next token, as GPT. Copies of IMDB differ a little, so a tokenizer trained from
one of them has pieces of its own: the weights' card holds a hash of each piece, and rows are matched by it.

    python -m helpers.language_models train                   # all four: 20 minutes of one core; needs IMDB
    python -m helpers.language_models train masked grammar    # one of them
"""

import argparse
import io
import os
import sys
import tempfile
import time
import zlib
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from helpers.session import ROOT

PADDING, UNKNOWN, START, END, MASK = range(5)
"""Ids that every tokenizer of `train_tokenizer` has: of no word, of unknown signs, and of three marks."""

LENGTH = 128
"""Tokens in a row of the shipped models."""

WEIGHTS = ROOT / "data" / "weights"
KINDS = {"masked": "fills in masked words", "next": "foretells the next token"}
DATA = ("imdb", "grammar")

_VOCABULARY = 4_000
_MASKED_SHARE = 0.15
_LEARNED_PLACES = (
    48  # Of a window's 127 next tokens so many count at a step: the output layer is the dearest.
)
_STEPS = {"imdb": {"masked": 4_000, "next": 3_000}, "grammar": {"masked": 1_500, "next": 400}}
_PEAK = 2e-3  # Learning rate; from word vectors on three quarters of it.
_VECTOR_EPOCHS = 2
_SEED = 13


def train_tokenizer(word_counts, vocabulary_size=_VOCABULARY):
    """Train a tokenizer that cuts words into frequent pieces (byte-pair encoding).

    Parameters
    ----------
    word_counts : mapping of str to int
        How often each word occurs. Words without blanks.
    vocabulary_size : int
        Most pieces it may have, the five special ones included; fewer if the words give no more.

    Returns
    -------
    sentencepiece.SentencePieceProcessor
        Its ids 0 to 4 are `PADDING`, `UNKNOWN`, `START`, `END` and `MASK`; capital letters are read as small
        ones, and "[MASK]" in a text as `MASK`.

    Raises
    ------
    ValueError
        If there are no words, or the vocabulary is too small for their letters.

    Notes
    -----
    R. Sennrich, B. Haddow, A. Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL
    (2016); T. Kudo, J. Richardson, "SentencePiece", EMNLP (2018).
    """
    import sentencepiece

    counts = {word: int(count) for word, count in word_counts.items() if word.split() == [word] and count > 0}
    if not counts:
        raise ValueError(
            f"word_counts has {len(word_counts)} entries and none is a word with a count above 0; "
            "expected a mapping such as collections.Counter(text.split())"
        )
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(f"{word}\t{count}" for word, count in counts.items()),
            input_format="tsv",
            model_writer=model,
            model_type="bpe",
            vocab_size=vocabulary_size,
            hard_vocab_limit=False,
            # A corpus of thousands of words has letters that occur once; they are not worth a piece.
            character_coverage=1.0 if len(counts) < 1000 else 0.9995,
            normalization_rule_name="nmt_nfkc_cf",
            pad_id=PADDING,
            unk_id=UNKNOWN,
            bos_id=START,
            eos_id=END,
            user_defined_symbols=["[MASK]"],
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        letters = len(set().union(*counts))
        raise ValueError(
            f"no tokenizer of vocabulary_size={vocabulary_size} can be made of {len(counts):,} words with "
            f"{letters} different letters: choose a vocabulary_size well above {letters + 5}"
        ) from error
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def review_texts():
    """Load IMDB's reviews as texts, or those written by the course; two lines about them are printed.

    Returns
    -------
    texts_train, y_train, texts_test, y_test : list of str, ndarray of int64, list of str, ndarray of int64
        Words in small letters with a blank between them, no punctuation; labels 1 for praise, 0 for blame.

    Raises
    ------
    helpers.datasets.DatasetError
        As `helpers.datasets.load_imdb`.
    """
    from helpers import datasets

    word_index = datasets.imdb_word_index()
    # No start, nothing added: a number is a word's rank. The largest rank is cut off, as in Keras.
    (x_train, y_train), (x_test, y_test) = datasets.load_imdb(
        num_words=None, start_char=None, oov_char=None, index_from=0
    )
    words = {rank: word for word, rank in word_index.items()}
    texts = [
        [" ".join([words[rank] for rank in review if rank in words]) for review in part]
        for part in (x_train, x_test)
    ]
    return texts[0], y_train, texts[1], y_test


def windows(texts, tokenizer, length=LENGTH):
    """Cut texts into windows full of tokens, for pre-training.

    Parameters
    ----------
    texts : sequence of str
        They follow each other, each with `START` before and `END` behind it.
    tokenizer : sentencepiece.SentencePieceProcessor
    length : int

    Returns
    -------
    ids : ndarray of shape (n, length), int32
        What is left at the end, less than a window, is left out.

    Raises
    ------
    ValueError
        If the texts don't fill one window.
    """
    stream = _stream(texts, tokenizer)
    n = len(stream) // length
    if n == 0:
        raise ValueError(
            f"{len(stream)} tokens of {len(texts)} texts don't fill a window of length={length}: give more "
            "texts, or a smaller length"
        )
    return stream[: n * length].reshape(n, length)


def rows(texts, tokenizer, length=LENGTH):
    """Put each text into a row of its own, for fine-tuning and for questions.

    Parameters
    ----------
    texts : sequence of str
        An empty one gives a row of `START` only.
    tokenizer : sentencepiece.SentencePieceProcessor
    length : int

    Returns
    -------
    ids : ndarray of shape (n, length), int32
        `START`, the text's last `length - 1` tokens (a review ends with its verdict), then `PADDING`.

    Raises
    ------
    ValueError
        If `texts` is a single text.
    """
    if isinstance(texts, str):
        raise ValueError(f"texts={texts[:30]!r} is one text; expected a list of texts: [{texts[:30]!r}]")
    ids = np.full((len(texts), length), PADDING, np.int32)
    ids[:, 0] = START
    for row, tokens in zip(ids, tokenizer.encode(list(texts)), strict=True):
        # With -0: all tokens would be taken.
        tokens = tokens[max(0, len(tokens) - length + 1) :]
        row[1 : 1 + len(tokens)] = tokens
    return ids


def weights_path(kind, data):
    """Return where the weights of a shipped model are.

    Parameters
    ----------
    kind : {"masked", "next"}
    data : {"imdb", "grammar"}
    """
    _one_of("kind", kind, KINDS)
    _one_of("data", data, DATA)
    return WEIGHTS / f"{kind}_{data}.weights.h5"


def load_pretrained(kind, tokenizer, data):
    """Load a shipped model, its rows in the order of a tokenizer.

    Parameters
    ----------
    kind : {"masked", "next"}
        Whether it fills in masked words or foretells the next token.
    tokenizer : sentencepiece.SentencePieceProcessor
        Of `train_tokenizer`, from the words of the reviews named by `data`.
    data : {"imdb", "grammar"}
        "grammar": the reviews made up by the course.

    Returns
    -------
    keras.Model
        A `helpers.transformer.token_model` of `LENGTH` positions for the tokenizer's pieces, not compiled.
        Pieces that the shipped model did not have begin with the mean of all rows.

    Raises
    ------
    ValueError
        If kind or data is something else, or the tokenizer has hardly a piece in common with the shipped one.
    helpers.models.ModelFileError
        If the file is missing or damaged.
    """
    from helpers.models import ModelFileError, load_weights, read_card

    path = weights_path(kind, data)
    if path.exists():
        card = read_card(path, shipped=True, pieces=str)
    else:
        raise ModelFileError(
            f"there is no {path.name} in {path.parent}: get the course's data/weights again, or run "
            f"`{_command(kind, data)}`"
        )
    shipped = _build(kind, len(card["pieces"]) // 8)
    load_weights(shipped, path, shipped=True)

    hashes = [card["pieces"][i : i + 8] for i in range(0, len(card["pieces"]), 8)]
    place = {piece: i for i, piece in enumerate(hashes)}
    partner = np.array([place.get(piece, -1) for piece in _hashes(tokenizer)])
    if np.mean(partner >= 0) < 0.3:
        raise ValueError(
            f"only {np.sum(partner >= 0)} of the tokenizer's {len(partner):,} pieces are among those of "
            f"{path.name}: train it with train_tokenizer on the words of the reviews called {data!r}, or "
            f"choose other data ({' or '.join(map(repr, DATA))})"
        )
    model = _build(kind, len(partner))
    for layer in shipped.layers:
        arrays = layer.get_weights()
        if layer.name in ("tokens", "logits"):
            arrays = [_in_order(array, partner) for array in arrays]
        if arrays:
            model.get_layer(layer.name).set_weights(arrays)
    return model


def mask_words(ids, rng, vocabulary_size, share=_MASKED_SHARE):
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


def train(kind, data, folder=WEIGHTS, *, steps=None, go_on=False, batch=32, save_every=500, report=print):
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

    from helpers.models import load_weights, read_card, save_model
    from helpers.one_cycle import one_cycle
    from helpers.transformer import hidden_states

    path = Path(folder) / weights_path(kind, data).name
    steps = steps or _STEPS[data][kind]
    texts, _, texts_test, _ = review_texts()
    tokenizer = train_tokenizer(_count(texts))
    size = tokenizer.get_piece_size()
    rng = np.random.default_rng(_SEED)
    stream = _stream([texts[i] for i in rng.permutation(len(texts))], tokenizer)
    test = windows(texts_test[:1_500], tokenizer, LENGTH)[:1_500]
    report(f"{len(stream):,} tokens, {size:,} pieces")

    keras.utils.set_random_seed(_SEED)
    model = _build(kind, size)
    # The output starts from how often each token occurs; the rest is left to learn.
    frequent = np.log(np.bincount(stream, minlength=size) + 1.0)
    model.get_layer("logits").set_weights([frequent - frequent.max()])
    before = {"steps": 0, "seconds": 0.0, "recipe": ""}
    # "next" gained nothing from vectors, and the few pieces of the made-up reviews are learned soon without.
    from_vectors = kind == "masked" and data == "imdb"
    begun = time.process_time()
    if go_on:
        load_weights(model, path)
        before = read_card(path)
        before["recipe"] += " && "
        rng = np.random.default_rng(_SEED + before["steps"])
    elif from_vectors:
        # Attention has something to look at from the first step: after 1,000 steps of "masked" the loss on
        # test reviews was 5.1 with these vectors, and 6.1 without.
        width = model.get_layer("tokens").get_weights()[0].shape[1]
        vectors = _word_vectors(stream, size, width, np.random.default_rng(_SEED), _VECTOR_EPOCHS)
        model.get_layer("tokens").set_weights([0.1 * vectors / np.sqrt(np.mean(vectors**2))])
    recipe = before["recipe"] + _command(kind, data) + f" --steps {steps} --go-on" * go_on
    read, tokens, bias = hidden_states(model), model.get_layer("tokens"), model.get_layer("logits")
    peak = _PEAK * (0.75 if from_vectors else 1)
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
        places = np.argsort(keys, axis=1)[:, :_LEARNED_PLACES].astype(np.int32)
        return ids, places, np.take_along_axis(ids, places + 1, axis=1)

    def examine():
        chance = np.random.default_rng(_SEED)
        found = [
            measure(*question(test[i : i + batch], chance)) for i in range(0, len(test) - batch + 1, batch)
        ]
        loss, hits = (np.mean([part.numpy() for part in parts]) for parts in zip(*found, strict=True))
        return float(loss), float(hits)

    recent, order = [], iter(())
    for number in range(1, steps + 1):
        chosen = [next(order, None) for _ in range(batch)]
        if chosen[-1] is None:
            # A new round through the text, cut at other places.
            shift = rng.integers(LENGTH)
            whole = stream[shift : shift + (len(stream) - shift) // LENGTH * LENGTH].reshape(-1, LENGTH)
            order = iter(rng.permutation(len(whole)))
            chosen = [next(order) for _ in range(batch)]
        recent.append(step(*question(whole[chosen], rng, cut=True)))
        seconds = time.process_time() - begun
        if number % 100 == 0:
            report(
                f"step {number:,} of {steps:,}: loss {np.mean(recent[-100:]):.3f}, {seconds:.0f} CPU seconds"
            )
        if number % save_every == 0 or number == steps:
            loss, accuracy = examine()
            report(f"test reviews: loss {loss:.3f}, accuracy {accuracy:.1%}")
            save_model(
                model,
                path,
                data=_described(data, len(texts)),
                accuracy=accuracy,
                seconds=before["seconds"] + seconds,
                recipe=recipe,
                task=f"{KINDS[kind]}; accuracy and perplexity on {len(test):,} windows of test reviews",
                perplexity=round(float(np.exp(loss)), 2),
                steps=before["steps"] + number,
                tokens_read=(before["steps"] + number) * batch * LENGTH,
                pieces="".join(_hashes(tokenizer)),
            )
    return accuracy


def main(arguments=None):
    """Train and save; print what came out."""
    parser = argparse.ArgumentParser(prog="python -m helpers.language_models", description=main.__doc__)
    parser.add_argument("command", choices=["train"])
    parser.add_argument("kind", nargs="?", choices=KINDS, help="both by default")
    parser.add_argument("data", nargs="?", choices=DATA, help="both by default")
    parser.add_argument("--to", type=Path, default=WEIGHTS, metavar="FOLDER")
    parser.add_argument("--steps", type=int, metavar="N", help="as for the shipped files by default")
    parser.add_argument("--go-on", action="store_true", help="begin with the weights that are there")
    options = parser.parse_args(arguments)
    from helpers.session import quiet_native_log

    with quiet_native_log():
        import tensorflow  # noqa: F401
    from helpers import datasets

    for data in [options.data] if options.data else DATA:
        for kind in [options.kind] if options.kind else KINDS:
            with _embedded_only(data == "grammar"):
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


def _build(kind, size):
    from helpers.transformer import token_model

    return token_model(size, LENGTH, causal=kind == "next", name=kind)


def _command(kind, data):
    return f"python -m helpers.language_models train {kind} {data}"


def _described(data, n):
    if data == "imdb":
        return f"IMDB, {n:,} training reviews"
    return f"{n:,} reviews written by helpers.synthetic.make_reviews"


def _count(texts):
    return Counter(word for text in texts for word in text.split())


def _stream(texts, tokenizer):
    if isinstance(texts, str):
        raise ValueError(f"texts={texts[:30]!r} is one text; expected a list of texts: [{texts[:30]!r}]")
    parts = [np.array([START, *tokens, END], np.int32) for tokens in tokenizer.encode(list(texts))]
    return np.concatenate(parts) if parts else np.empty(0, np.int32)


def _hashes(tokenizer):
    """Eight hexadecimal digits for each piece: they tell pieces apart, and no word can be read from them."""
    pieces = (tokenizer.id_to_piece(i) for i in range(tokenizer.get_piece_size()))
    return [f"{zlib.crc32(piece.encode()):08x}" for piece in pieces]


def _word_vectors(stream, size, width, rng, epochs, window=5, batch=1024, negatives=5):
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


def _in_order(array, partner):
    """Take the partners' rows; the mean row where there is no partner, -1."""
    return np.concatenate([array, array.mean(axis=0, keepdims=True)])[partner]


def _one_of(name, value, known):
    if value not in known:
        raise ValueError(f"{name}={value!r}; expected {' or '.join(map(repr, known))}")


@contextmanager
def _embedded_only(wanted):
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
