"""Print a few of the texts that the course makes up.

python -m data.make.samples reviews    # or grammar, pairs, dates, dialogues
"""

import argparse

import numpy as np

from data.make.translation import make_pairs
from helpers.synthetic.dialogues import make_dialogues
from helpers.synthetic.film_reviews import draw_film_reviews
from helpers.synthetic.reviews import make_reviews
from helpers.synthetic.translation import make_dates


def reviews(n, rng):
    values, offsets, labels, words = draw_film_reviews(n, rng)
    for review, label in zip(np.split(values, offsets[1:-1]), labels, strict=True):
        yield f"{'praise:' if label else 'blame: '} {' '.join(words[i] for i in review)}"


def grammar(n, rng):
    for review, label in zip(*make_reviews(n, rng), strict=True):
        yield f"{'praise:' if label else 'blame: '} {review}"


def pairs(n, rng):
    for pair in make_pairs(n, rng):
        yield f"{' '.join(pair.english)}\n     {' '.join(pair.japanese)}"


def dates(n, rng):
    for text, iso in zip(*make_dates(n, rng), strict=True):
        yield f"{text:24} {iso}"


def dialogues(n, rng):
    for dialogue in make_dialogues(n, rng, varied=True, dull=0.2):
        yield "\n".join(" ".join(turn) for turn in (*dialogue.utterances, dialogue.answer)) + "\n"


def main(arguments=None):
    """Print a few of the texts that the course makes up."""
    makers = {make.__name__: make for make in (reviews, grammar, pairs, dates, dialogues)}
    parser = argparse.ArgumentParser(prog="python -m data.make.samples", description=main.__doc__)
    parser.add_argument("what", choices=makers)
    parser.add_argument("--n", type=int, default=8, help="how many (8)")
    parser.add_argument("--seed", type=int, help="the same seed gives the same texts")
    options = parser.parse_args(arguments)
    print(*makers[options.what](options.n, np.random.default_rng(options.seed)), sep="\n")


if __name__ == "__main__":
    main()
