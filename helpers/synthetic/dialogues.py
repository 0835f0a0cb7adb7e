"""Short dialogues made up by a grammar in which the last question alone does not tell the answer.

Somebody says where they are going; a remark about something else follows; at the end stands a question
such as "what should i take ?". The right answer depends on the place. Asked for that, the generator also
writes each answer in several ways, and puts the same dull one in place of some of them: I. V. Serban et al.,
*A Hierarchical Latent Variable Encoder-Decoder Model for Generating Dialogues* (AAAI 2017) is about both.
"""

from typing import NamedTuple

from helpers.synthetic.labels import balanced_labels

TURNS = 3
"""Utterances of a dialogue before the answer."""

DULL = ("i", "do", "not", "know", ".")
"""The answer that is never wrong and never helps."""

PLACES = {
    "the sea": {"take": "a towel", "how": "by train", "see": "the ships", "eat": "fish"},
    "the mountains": {"take": "warm clothes", "how": "by bus", "see": "the snow", "eat": "soup"},
    "the zoo": {"take": "a camera", "how": "by tram", "see": "the monkeys", "eat": "ice cream"},
    "the theatre": {"take": "the tickets", "how": "by taxi", "see": "a play", "eat": "chocolate"},
    "the library": {"take": "my books", "how": "on foot", "see": "old maps", "eat": "nothing"},
    "the island": {"take": "sun cream", "how": "by ship", "see": "the turtles", "eat": "mangos"},
    "the market": {"take": "a big bag", "how": "by bicycle", "see": "the flowers", "eat": "cheese"},
    "the school": {"take": "a pencil", "how": "by car", "see": "the teacher", "eat": "an apple"},
}
"""What goes with each place, by the kind of question."""

QUESTIONS = {
    "take": "what should i take ?",
    "how": "how do i get there ?",
    "see": "what can i see there ?",
    "eat": "what can i eat there ?",
}
"""Last utterances by the kind of question."""

ANSWERS = {
    "take": ["take {} .", "you need {} .", "i would take {} .", "do not forget {} .", "{} , i think ."],
    "how": ["go {} .", "you get there {} .", "i would go {} .", "it is best {} .", "{} , i think ."],
    "see": ["look at {} .", "you can see {} .", "i would look at {} .", "do not miss {} .", "{} , i think ."],
    "eat": ["eat {} .", "you can eat {} .", "i would eat {} .", "they have {} .", "{} , i think ."],
}
"""Ways to say an answer; the first one is used where no variety is asked for."""

_GOING = ["i am going to {} .", "we want to visit {} .", "tomorrow i will be at {} .", "my plan is {} ."]
_REMARKS = [
    "my sister comes too .",
    "the weather is fine .",
    "i got up early .",
    "we have a free day .",
    "that is nice .",
    "good .",
]


class Dialogue(NamedTuple):
    """Three utterances and the answer, as tuples of tokens; the place and kind of question."""

    utterances: tuple
    answer: tuple
    place: str
    question: str


def make_dialogues(n, rng, varied=False, dull=0.0):
    """Write n dialogues.

    Parameters
    ----------
    n : int
        At least 0.
    rng : numpy.random.Generator
    varied : bool
        Whether answers are worded in five ways; otherwise each question has one way.
    dull : float in [0, 1]
        Share of the answers that are `DULL`.

    Returns
    -------
    dialogues : list of n Dialogue
        Each pair of place and question occurs equally often (within one). The place is named in the first
        utterance, the question is the third.

    Raises
    ------
    TypeError
        If n is no integer or rng is no numpy.random.Generator.
    ValueError
        If n is negative or `dull` is no share.
    """
    if not 0 <= dull <= 1:
        raise ValueError(f"make_dialogues: dull is {dull}, expected a share from 0 to 1.")
    places, kinds = list(PLACES), list(QUESTIONS)
    labels = balanced_labels(n, len(places) * len(kinds), rng, "make_dialogues")
    return [
        _dialogue(places[label // len(kinds)], kinds[label % len(kinds)], rng, varied, dull)
        for label in labels.astype(int)
    ]


def _dialogue(place, kind, rng, varied, dull):
    turns = [_pick(_GOING, rng).format(place), _pick(_REMARKS, rng), QUESTIONS[kind]]
    answers = right_answers(place, kind)
    answer = answers[int(rng.integers(len(answers)))] if varied else answers[0]
    answer = DULL if rng.random() < dull else answer
    return Dialogue(tuple(tuple(turn.split()) for turn in turns), answer, place, kind)


def _pick(items, rng):
    return items[int(rng.integers(len(items)))]


def right_answers(place, question):
    """List every wording of the right answer, as tuples of tokens.

    Parameters
    ----------
    place : str
        A key of `PLACES`.
    question : str
        A key of `QUESTIONS`.

    Returns
    -------
    answers : list of tuple of str
        Without the dull one.
    """
    return [tuple(wording.format(PLACES[place][question]).split()) for wording in ANSWERS[question]]
