"""Short dialogues made up by a grammar in which the last question alone does not tell the answer.

Somebody says where they are going; a remark about something else follows; at the end stands a question
such as "what should i take ?". The right answer depends on the place. Asked for that, the generator also
writes each answer in several ways, and puts the same dull one in place of some of them: I. V. Serban et al.,
*A Hierarchical Latent Variable Encoder-Decoder Model for Generating Dialogues* (AAAI 2017) is about both.
"""

from typing import NamedTuple

from helpers.synthetic.labels import balanced_labels
from helpers.tables import read_table

_WORDS = read_table("words/dialogues.toml")

DULL = tuple(_WORDS["dull"].split())
"""The answer that is never wrong and never helps."""

PLACES, QUESTIONS = _WORDS["places"], _WORDS["questions"]
"""What goes with each place, by the kind of question; and the last utterances by the kind of question."""


class Dialogue(NamedTuple):
    """Three utterances and the answer, as tuples of tokens; the place and kind of question."""

    utterances: tuple
    answer: tuple
    place: str
    question: str


def make_dialogues(n, rng, varied=False, dull=0.0):
    """Write n dialogues, in which each pair of place and question occurs equally often (within one).

    The place is named in the first utterance, the question is the third.

    TypeError or ValueError if n, rng or the share is something else.

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator
    varied : bool
        Whether answers are worded in five ways; otherwise each question has one way.
    dull : float in [0, 1]
        Share of the answers that are `DULL`.

    Returns
    -------
    list of n Dialogue
    """
    if not 0 <= dull <= 1:
        raise ValueError(f"make_dialogues: dull is {dull}, expected a share from 0 to 1.")
    places, kinds = list(PLACES), list(QUESTIONS)
    labels = balanced_labels(n, len(places) * len(kinds), rng, "make_dialogues")
    dialogues = []
    for label in labels:
        place, kind = places[label // len(kinds)], kinds[label % len(kinds)]
        going, remark = (words[rng.integers(len(words))] for words in (_WORDS["going"], _WORDS["remarks"]))
        utterances = tuple(tuple(text.split()) for text in (going.format(place), remark, QUESTIONS[kind]))
        answers = right_answers(place, kind)
        answer = answers[rng.integers(len(answers)) if varied else 0]
        dialogues.append(Dialogue(utterances, DULL if rng.random() < dull else answer, place, kind))
    return dialogues


def right_answers(place, question):
    """List every wording of the right answer to a question (a key of `QUESTIONS`) at a key of `PLACES`.

    Each is a tuple of str; the dull answer is not among them.
    """
    return [tuple(wording.format(PLACES[place][question]).split()) for wording in _WORDS["answers"][question]]
