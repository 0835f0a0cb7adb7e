"""The made-up film reviews: readable, balanced, and told apart by their order only."""

import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from helpers.synthetic import reviews as module
from helpers.synthetic.reviews import make_reviews


@pytest.fixture(scope="module")
def made():
    return make_reviews(25_000, np.random.default_rng(1))


def test_reviews_are_plain_words(made):
    reviews, _ = made
    assert all(re.fullmatch(r"[a-z]+( [a-z]+)*", review) for review in reviews)
    lengths = np.array([len(review.split()) for review in reviews])
    assert lengths.min() >= 8 and lengths.max() <= 60
    assert lengths.std() > 8
    vocabulary = Counter(word for review in reviews for word in review.split())
    assert 60 <= len(vocabulary) <= 300
    assert min(vocabulary.values()) > 100  # no word too rare to be learnt


def test_labels_are_balanced_and_shuffled(made):
    _, labels = made
    assert labels.dtype == np.uint8 and labels.shape == (25_000,)
    assert np.bincount(labels).tolist() == [12_500, 12_500]
    assert abs(labels[:5000].mean() - 0.5) < 0.05
    assert np.bincount(make_reviews(7, np.random.default_rng(0))[1]).tolist() == [4, 3]


def test_reviews_differ_from_each_other_and_none_has_both_labels(made):
    different = set(made[0])
    assert len(different) > 0.97 * len(made[0])
    assert len(set(zip(made[0], made[1].tolist(), strict=True))) == len(different)


def test_order_alone_can_decide(monkeypatch):
    # With few words to choose from, the same words come in several orders.
    few = {"adjective": {"praise": ["good"], "blame": ["bad"]}, "thing": ["the plot", "the cast"]}
    for rule, options in few.items():
        monkeypatch.setitem(module._COMPILED, rule, module._compile_rule(options))
    seen = defaultdict(set)
    for review, label in zip(*make_reviews(20_000, np.random.default_rng(2)), strict=True):
        seen[" ".join(sorted(review.split()))].add(int(label))
    both = [words for words, labels in seen.items() if len(labels) == 2]
    assert len(both) > 20


POSITIVE, NEGATIVE = (
    {word for [(_, word)] in module._COMPILED["adjective"][praises]} for praises in (True, False)
)


def _read(clause):
    """Judge a single clause as a reader does, by rules of its own."""
    words = clause.split()
    opinion = next(word for word in reversed(words) if word in POSITIVE | NEGATIVE) in POSITIVE
    flips = re.findall(r"\bnot (?!only)|\bnever\b|anything but|far from|nobody|nothing|wrong", clause)
    return opinion is (len(flips) % 2 == 0)


def _written(rule, praises, n, seed):
    draw = module._uniform_numbers(np.random.default_rng(seed)).__next__
    for _ in range(n):
        words = []
        module._write(rule, praises, draw, words)
        yield " ".join(words)


@pytest.mark.parametrize("praises", [True, False])
def test_clauses_mean_what_they_are_labelled(praises):
    for text in _written("clause", praises, 2000, seed=3):
        assert _read(text) is praises, text


@pytest.mark.parametrize("praises", [True, False])
def test_the_half_that_stands_decides(praises):
    kinds = Counter()
    for text in _written("point", praises, 3000, seed=4):
        protected = text.replace("anything but", "anything_but").replace("but also", "but_also")
        if match := re.search(r" (?:but|and yet) ", protected):
            gives_way, decides = protected[: match.start()], protected[match.end() :]
        elif match := re.search(r" even if ", protected):
            gives_way, decides = protected[match.end() :], protected[: match.start()]
        else:
            continue
        kinds[match[0]] += 1
        assert _read(decides.replace("_", " ")) is praises, text
        assert _read(gives_way.replace("_", " ")) is not praises, text
    assert len(kinds) == 3 and min(kinds.values()) > 100
