"""Make `classroom/notes/NN.md`, the notes for who teaches, from the twins' cells tagged `teacher`.

Such a cell stands right after the title (for the chapter) or right after a section's heading (for that
section). Each of its lines begins with a field's name, or goes on with the field before.
"""

import re
from typing import NamedTuple

CHAPTER_FIELDS = ("aim", "before", "machine", "opening", "recap")
SECTION_FIELDS = ("minutes", "exercises", "stall", "ask", "answer", "skip")
OPTIONAL = {"exercises"}
NUMBERS = {"opening", "recap", "minutes", "exercises"}


class NotesError(ValueError):
    """A teacher's cell is not as it should be; the message says which and what to do."""


class Section(NamedTuple):
    """A section of a chapter, and what its teacher's cell says."""

    heading: str
    minutes: int
    exercises: int
    stall: str
    ask: str
    answer: str
    skip: str


class Notes(NamedTuple):
    """What the teacher's cells of a chapter say; `opening` and `recap` are minutes."""

    aim: str
    before: str
    machine: str
    opening: int
    recap: int
    sections: list[Section]

    @property
    def minutes(self):
        """The minutes of everything."""
        return (
            self.opening
            + sum(section.minutes for section in self.sections)
            + self.recap
        )


def read_fields(text, names, where):
    """Return the fields of a teacher's cell, as a dict of str, or int for minutes.

    Raises
    ------
    NotesError
        If a field is missing, unknown, empty or said twice, or a number is none.
    """
    fields, current = {}, None
    for line in text.splitlines():
        found = re.match(r"([a-z]+): *(.*)", line)
        if found and found[1] in names:
            current = found[1]
            if current in fields:
                raise NotesError(f"{where}: {current!r} stands twice; join the two")
            fields[current] = found[2]
        elif current is None:
            raise NotesError(
                f"{where}: {line!r} belongs to no field; expected {', '.join(names)}"
            )
        else:
            fields[current] += " " + line.strip()
    fields = {name: value.strip() for name, value in fields.items()}
    for name in names:
        if not fields.get(name) and name not in OPTIONAL:
            raise NotesError(f"{where}: the field {name!r} is missing; write it")
        if name in NUMBERS:
            value = fields.setdefault(name, "0")
            if not value.isdigit():
                raise NotesError(
                    f"{where}: {name!r} is {value!r}, expected whole minutes"
                )
            fields[name] = int(value)
    return fields


def read_notes(cells, chapter):
    """Return the Notes of a chapter, or None if no cell of its twin is a teacher's.

    Parameters
    ----------
    cells : list of nbformat.NotebookNode
        The twin's cells, teacher's cells among them.
    chapter : build.Chapter

    Raises
    ------
    NotesError
        If they aren't complete, or their minutes aren't the chapter's.
    """
    head, sections, heading, written = None, {}, None, False
    for cell in cells:
        text = cell.source if cell.cell_type == "markdown" else ""
        if "teacher" in cell.metadata.get("tags", []):
            written = True
            where = f"chapter {chapter.number:02}, teacher's cell of {heading or 'the title'}"
            if heading is None and head is None:
                head = read_fields(text, CHAPTER_FIELDS, where)
            elif heading is not None and sections.get(heading) is None:
                sections[heading] = read_fields(text, SECTION_FIELDS, where)
            else:
                raise NotesError(f"{where}: there are two; join them")
        elif found := re.search(rf"^## ({chapter.number}\.\d+ .+)$", text, re.M):
            heading = found[1]
            sections[heading] = None
    if not written:
        return None
    missing = [heading for heading, fields in sections.items() if fields is None]
    if missing or head is None:
        raise NotesError(
            f"chapter {chapter.number:02}: no teacher's cell after {', '.join(missing) or 'the title'}"
        )
    notes = Notes(**head, sections=[Section(h, **f) for h, f in sections.items()])
    if notes.minutes != chapter.minutes:
        raise NotesError(
            f"chapter {chapter.number:02}: the teacher's minutes sum to {notes.minutes}, and "
            f"chapters.toml says {chapter.minutes}; change some"
        )
    return notes


def page(notes, chapter):
    """Return the notes of a chapter as a page of Markdown."""
    lines = [
        f"<!-- Made by `make notebooks` from the cells tagged `teacher` in notebooks/source/{chapter.twin.name}:"
        " change them there. -->",
        f"# {chapter.number:02} {chapter.title}: for who teaches",
        f"[The notebook](../../notebooks/{chapter.twin.stem}.ipynb), {chapter.minutes} minutes."
        " [Paths through the course](../two_days.md).",
        "",
        f"**Aim.** {notes.aim}",
        "",
        f"**Before.** {notes.before}",
        "",
        f"**If the machine fails.** {notes.machine}",
        "",
        "| part | minutes | of these exercises |",
        "|---|---:|---:|",
        f"| Opening and setup | {notes.opening} | |",
        *(
            f"| {s.heading} | {s.minutes} | {s.exercises or ''} |"
            for s in notes.sections
        ),
        f"| Recap | {notes.recap} | |",
        f"| **In all** | **{notes.minutes}** | **{sum(s.exercises for s in notes.sections)}** |",
    ]
    for section in notes.sections:
        lines += [
            "",
            f"## {section.heading} ({section.minutes} minutes)",
            f"- **Where they stall.** {section.stall}",
            f"- **Ask the room.** {section.ask} *{section.answer}*",
            f"- **May be skipped.** {section.skip}",
        ]
    return "\n".join(lines) + "\n"
