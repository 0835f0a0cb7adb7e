"""Train the small models that read reviews word by word, for chapter 09's widgets.

python -m data.make.reviewers            # both again, about a minute of one core; needs IMDB
python -m data.make.reviewers grammar    # one of them
"""

import argparse
import sys
import time

import numpy as np

from data.make.one_cycle import one_cycle
from helpers import datasets
from helpers.models import save_model
from helpers.reviewer_models import (
    INDEX_FROM,
    NAMES,
    NUM_WORDS,
    PADDING,
    UNKNOWN,
    WIDTHS,
    available,
    build,
    grammar_vocabulary,
    hashed_vocabulary,
    weights_path,
)
from helpers.session import quiet_native_log
from helpers.synthetic.reviews import LONGEST, make_reviews


def train(data, seed=42, epochs=3):
    """Train the readers and save them.

    Parameters
    ----------
    data : {"imdb", "grammar"}
    seed, epochs : int

    Returns
    -------
    accuracies : dict of str to float
        Of the test reviews, by the names of `NAMES`.
    """
    import keras

    (x_train, y_train), (x_test, y_test), source = imdb_rows() if data == "imdb" else grammar_rows()
    keras.utils.set_random_seed(seed)
    model = build(data)
    batch, begun = 256, time.process_time()
    rate = one_cycle(5e-3 if data == "imdb" else 1e-2, epochs * -(-len(x_train) // batch))
    model.compile(keras.optimizers.Adam(rate, clipnorm=1.0), loss=dict.fromkeys(NAMES, "binary_crossentropy"))
    model.fit(x_train, dict.fromkeys(NAMES, y_train), batch_size=batch, epochs=epochs, verbose=0)
    seconds = time.process_time() - begun
    answers = model.predict(x_test, batch_size=1000, verbose=0)
    accuracies = {name: float(np.mean((answers[name][:, 0] > 0.5) == y_test)) for name in NAMES}
    save_model(
        model,
        weights_path(data),
        data=source,
        accuracy=accuracies,
        seconds=seconds,
        recipe="python -m data.make.reviewers",
    )
    return accuracies


def main(arguments=None):
    """Train and save; print what came out."""
    parser = argparse.ArgumentParser(prog="python -m data.make.reviewers", description=main.__doc__)
    parser.add_argument("data", nargs="*", metavar="DATA", help=f"{' or '.join(WIDTHS)}; both by default")
    options = parser.parse_args(arguments)
    for data in options.data:
        if data not in WIDTHS:
            parser.error(f"no readers are trained on {data!r}; expected {' or '.join(WIDTHS)}")

    with quiet_native_log():
        import tensorflow  # noqa: F401
    if "imdb" in (options.data or WIDTHS) and "imdb" not in available()[0]:
        print("the readers of IMDB need IMDB: set COURSE_DATA_DIR, or train only 'grammar'", file=sys.stderr)
        return 1
    for data in options.data or WIDTHS:
        found = ", ".join(f"{NAMES[name]} {value:.1%}" for name, value in train(data).items())
        print(f"{weights_path(data).name}: {found}")
    return 0


def imdb_rows(length=80):
    """Rows of IMDB's reviews: of each training review its end and a shorter end, of test reviews the end."""
    data = datasets.load_imdb()
    word_index = datasets.imdb_word_index()
    vocabulary = hashed_vocabulary(word_index)
    row_of = np.full(NUM_WORDS, UNKNOWN)
    for word, row in vocabulary.rows.items():
        row_of[word_index[word] + INDEX_FROM] = row
    (x_train, y_train), (x_test, y_test) = (
        ([row_of[review[1:]] for review in reviews], labels) for reviews, labels in data
    )
    pieces = []
    for review, size in zip(x_train, np.random.default_rng(0).integers(10, 40, len(x_train)), strict=True):
        pieces.append(review[-size:])
    x = padded([*x_train, *pieces], length)
    return (x, np.tile(y_train, 2)), (padded(x_test, length), y_test), "IMDB, 25,000 training reviews"


def grammar_rows(n_train=25_000, n_test=5_000):
    reviews, labels = make_reviews(n_train + n_test, np.random.default_rng(9))
    vocabulary = grammar_vocabulary()
    x = padded([vocabulary.encode(review.split())[0] for review in reviews], LONGEST)
    train, test = slice(n_train), slice(n_train, None)
    source = f"{n_train:,} reviews written by helpers.synthetic.make_reviews"
    return (x[train], labels[train]), (x[test], labels[test]), source


def padded(reviews, length):
    x = np.full((len(reviews), length), PADDING, np.int32)
    for row, review in zip(x, reviews, strict=True):
        row[length - len(review[-length:]) :] = review[-length:]
    return x


if __name__ == "__main__":
    sys.exit(main())
