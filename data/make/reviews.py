"""Measure how well two models tell praise from blame where order decides: a bag of words and an LSTM.

python -m data.make.reviews    # on one core
"""

import time

import numpy as np

from helpers.session import quiet_native_log
from helpers.synthetic.reviews import LONGEST, make_reviews


def measure(n_train=20_000, n_test=5_000, seed=42):
    """Train a bag of words and an LSTM on made-up reviews and test them on others.

    The bag of words is a logistic regression on the counts of the words, fitted to the end (L-BFGS). The
    LSTM has 32 units on embeddings 32 wide, and sees the training reviews twice (Adam, learning rate 1e-2).

    Parameters
    ----------
    n_train, n_test : int, at least 1
    seed : int

    Returns
    -------
    bag_of_words, lstm : float in [0, 1]
        Accuracies on the test reviews.
    seconds : float
        Processor time of the LSTM's training.
    """
    reviews, labels = make_reviews(n_train + n_test, np.random.default_rng(seed))
    vocabulary = sorted({word for review in reviews for word in review.split()})
    # 0 is left for the padding, which stands in front: the LSTM ends on the last word.
    numbers = {word: number for number, word in enumerate(vocabulary, start=1)}
    padded = np.zeros((len(reviews), LONGEST), np.int32)
    for row, review in zip(padded, reviews, strict=True):
        words = review.split()
        row[-len(words) :] = [numbers[word] for word in words]
    train, test = slice(n_train), slice(n_train, None)
    bag_of_words = _bag_of_words_accuracy(padded, labels, train, test)
    lstm, seconds = _lstm_accuracy(padded, labels, train, test, seed)
    return bag_of_words, lstm, seconds


def _bag_of_words_accuracy(padded, labels, train, test):
    from scipy.optimize import minimize
    from scipy.special import expit

    counts = np.stack([np.bincount(row, minlength=padded.max() + 1) for row in padded]).astype(float)
    counts[:, 0] = 1  # in place of the padding: the bias
    X, t = counts[train], labels[train]

    def error(w):
        f = X @ w
        return np.logaddexp(0, (1 - 2.0 * t) * f).mean(), X.T @ (expit(f) - t) / len(t)

    w = minimize(error, np.zeros(X.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return float(np.mean((counts[test] @ w > 0) == labels[test]))


def _lstm_accuracy(padded, labels, train, test, seed):
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [layers.Embedding(int(padded.max()) + 1, 32), layers.LSTM(32), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy", metrics=["accuracy"])
    begun = time.process_time()
    model.fit(padded[train], labels[train], batch_size=128, epochs=2, verbose=0)
    seconds = time.process_time() - begun
    return model.evaluate(padded[test], labels[test], batch_size=1000, verbose=0)[1], seconds


def main():
    """Print both models' test accuracies."""
    with quiet_native_log():
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        bag_of_words, lstm, seconds = measure()
    print(f"bag of words: test accuracy {bag_of_words:.3f}")
    print(f"LSTM 32: test accuracy {lstm:.3f} after {seconds:.1f} seconds on one core")


if __name__ == "__main__":
    main()
