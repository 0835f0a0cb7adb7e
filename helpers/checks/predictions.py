"""Questions before a result, answered with a click: `predict`, and `happened` when the result is there."""

import html
import operator

from helpers.checks import learner_file, room
from helpers.checks.messages import filled, say
from helpers.progress import COMMITTED

_questions = {}
_results = {}  # What happened in this session, as text, by the prediction's id.


def predict(id, question, options=None, within=None):
    """Ask what a later cell will find; shown when it ends a cell. Without an answer, everything runs as well.

    Neither two different options nor a distance, or both, is a ValueError.

    Parameters
    ----------
    id, question : str
        Chapter and a letter, "2.c", and what to ask.
    options : sequence of str, optional
        At least two to choose from; without them, the answer is a number.
    within : float, optional
        How far from the truth a number may be; for questions without options.

    Returns
    -------
    Prediction
    """
    different = len(set(options or ())) == len(options or ()) >= 2
    if different == (within is not None):
        raise ValueError(f"prediction {id} needs two different options, or `within` for a number; give one")
    _questions[id] = Prediction(id, question, options, within)
    return _questions[id]


def happened(id, truth, why=""):
    """Say what became of a prediction; nothing if nobody answered.

    A truth that is none of the options is a ValueError.

    Parameters
    ----------
    id : str
        The prediction: "2.c".
    truth : str, int or float
        What was measured: one of the options or its place, counted from 0; or the number.
    why : str
        A sentence that explains it.
    """
    question = _questions.get(id)
    if question is None:
        return
    _results[id] = question.shown(truth)
    answer = question.kept()
    if answer is None:
        return
    right = question.is_right(answer, truth)
    learner_file.mark_predicted(id, answer, right)
    room.report(id)
    if right:
        say('Your prediction was right: "{truth}".', truth=_results[id])
    else:
        say('Your prediction was "{answer}"; the answer is "{truth}".', answer=answer, truth=_results[id])
    if why:
        say(why)
    count, total = score(id.split(".")[0])
    say("Right predictions in this chapter: {count} of {total}", count=count, total=total)


def score(chapter):
    """Return how many of a chapter's predictions were right, and how many have met their result."""
    kept = learner_file.predictions().items()
    rights = [answer["right"] for id, answer in kept if id.split(".")[0] == str(chapter)]
    return rights.count(True), len(rights) - rights.count(None)


class Prediction:
    """A question with buttons, or with a field for a number, its `control`; `note` says what became of it."""

    def __init__(self, id, question, options, within):
        # Here, so that checks alone load no widgets.
        import ipywidgets

        from helpers.widgets.controls import Note, text_field

        self.id, self.question, self.options, self.within = id, question, options, within
        kept = self.kept()
        if options:
            style = {"button_width": "auto"}
            self.control = ipywidgets.ToggleButtons(options=list(options), value=kept, style=style)
        else:
            self.control = text_field("Your number", kept or "", "Write a number, then press Enter.")
        self.note = Note()
        self.control.observe(self._answered, names="value")
        asked = ipywidgets.HTML(f"<b>Your prediction</b> ({html.escape(id)}): {html.escape(question)}")
        self.widget = ipywidgets.VBox([asked, self.control, self.note])

    def kept(self):
        """The last answer; None if there is none, or only one to another version of the question."""
        answer = learner_file.predictions().get(self.id, {}).get("answer")
        return answer if self.can_hold(answer) else None

    def can_hold(self, answer):
        """Whether a text, or None, is one of the options or a number."""
        return answer in self.options if self.options else _number(answer) is not None

    def shown(self, truth):
        """Return the text of a result."""
        if not self.options:
            return f"{truth:,.0f}" if abs(truth) >= 1000 else f"{truth:.3g}"
        if not isinstance(truth, str):
            truth = self.options[operator.index(truth)]
        if truth not in self.options:
            raise ValueError(f"prediction {self.id} has no option {truth!r}; it has {list(self.options)}")
        return truth

    def is_right(self, answer, truth):
        """Whether an answer is the truth, or near enough."""
        if self.options:
            return answer == self.shown(truth)
        return bool(abs(_number(answer) - truth) <= self.within)

    def _answered(self, change):
        answer = change["new"]
        if not self.can_hold(answer):
            self.note.say("Write a number, such as 12 or 0.5." if answer else "")
        elif self.id in _results:
            late = 'The answer is "{truth}". It was already shown, so this is not counted.'
            self.note.say(filled(late, {"truth": _results[self.id]}))
        else:
            learner_file.mark_predicted(self.id, answer)
            room.report(self.id)
            self.note.say(filled("Kept: {answer}. Run on to see.", {"answer": answer}))

    def __repr__(self):
        # Compared strictly between two runs of a notebook: nothing here may vary.
        answers = " | ".join(self.options) if self.options else f"a number, within {self.within:g}"
        return f"Your prediction ({self.id}): {self.question} [{answers}]"

    def _ipython_display_(self):
        from IPython.display import publish_display_data

        from helpers.widgets.explorer import WIDGET_VIEW

        view = {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}
        publish_display_data({"text/plain": repr(self), WIDGET_VIEW: view}, {COMMITTED: ["text/plain"]})


def _number(text):
    from helpers.widgets.controls import read_number  # Here, so that checks alone load no widgets.

    return read_number(text)
