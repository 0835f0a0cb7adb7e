"""What checks say: templates whose values are filled in at the end, so that they can be translated."""


class Message(Exception):  # noqa: N818 (an answer, not an error)
    """A sentence for the learner: a template, "{name} has shape {found}", and what stands in its places."""

    def __init__(self, template="", **values):
        super().__init__(template)
        self.template, self.values = template, values

    def __str__(self):
        return filled(self.template, self.values)


class Wrong(Message):
    """Raised by a check: one sentence that says what is wrong with the answer."""


class NotStarted(Message):
    """Raised when the answer is still the exercise's stub."""


class Unavailable(Message, LookupError):  # noqa: N818
    """Raised when an exercise, or what belongs to it, cannot be found."""


def filled(template, values):
    """Put the values, text as it is, into a template; one without values may hold any brackets."""
    return template.format(**values) if values else template


def say(template, **values):
    """Print one line for the learner."""
    print(filled(template, values))


def kind(thing):
    """What a thing is, with its article: "a list", "an int", "an ndarray"."""
    name = type(thing).__name__
    return ("an " if name[:1].lower() in "aeiou" or name == "ndarray" else "a ") + name
