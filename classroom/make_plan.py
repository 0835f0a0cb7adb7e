"""Make `two_days.md` from `paths.toml`: `make plan`. Times are made from the chapters' minutes."""

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "notebooks" / "source"))

import build  # noqa: E402 - found by the line above.

LONGEST = 120  # Minutes that anybody listens without a pause.
MADE = "<!-- Made by `make plan` from classroom/paths.toml: change it there. -->"


class PlanError(ValueError):
    """paths.toml asks for what there isn't, or for more than fits; the message says what to change."""


def minutes_of(clock):
    """ "09:30" -> 570."""
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


def clock(minutes):
    """570 -> "09:30"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def taught(block, chapters):
    """Minutes of a chapter's block, and what is left out of it, in words.

    Parameters
    ----------
    block : dict
        A block of paths.toml with the key `chapter`.
    chapters : dict of int to (build.Chapter, teacher_notes.Notes)

    Raises
    ------
    PlanError
        If there is no such chapter or section.
    """
    number, skip = block["chapter"], block.get("skip", [])
    if unknown := set(block) - {"chapter", "skip", "exercises"}:
        raise PlanError(f"a block of chapter {number} says {unknown}; expected chapter, skip, exercises")
    if number not in chapters:
        raise PlanError(f"there is no chapter {number} with notes; there are {sorted(chapters)}")
    chapter, notes = chapters[number]
    headings = [section.heading for section in notes.sections]
    for heading in skip:
        if heading not in headings:
            raise PlanError(f"chapter {number} has no section {heading!r}; it has {', '.join(headings)}")
    left = [section for section in notes.sections if section.heading not in skip]
    minutes = notes.opening + notes.recap + sum(section.minutes for section in left)
    out = list(skip)
    if not block.get("exercises", True):
        minutes -= sum(section.exercises for section in left)
        out.append("exercises, which are for home")
    return -(-minutes // 5) * 5, "; ".join(out)  # Timetables count in fives.


def day_table(day, chapters):
    """The rows of a day's timetable and the minutes taught; PlanError if it runs over its end."""
    now, rows, total, since_pause = minutes_of(day["begin"]), [], 0, 0
    for block in day["blocks"]:
        out = ""
        if "chapter" in block:
            minutes, out = taught(block, chapters)
            chapter = chapters[block["chapter"]][0]
            what = f"{chapter.link('../notebooks/')} ([notes](notes/{chapter.number:02}.md))"
        else:
            (kind,) = set(block) - {"minutes"}
            minutes, what = block["minutes"], f"*{block[kind]}*" if kind == "pause" else block[kind]
        since_pause = 0 if "pause" in block else since_pause + minutes
        if since_pause > LONGEST:
            raise PlanError(
                f"{day['name']}: {since_pause} minutes without a pause at {what}; put one before it"
            )
        total += 0 if "pause" in block else minutes
        rows.append(f"| {clock(now)} – {clock(now + minutes)} | {what} | {minutes} | {out} |")
        now += minutes
    if now > minutes_of(day["end"]):
        over = now - minutes_of(day["end"])
        raise PlanError(
            f"{day['name']}: it runs {over} minutes over its end, {day['end']}; leave something out"
        )
    return rows, total


def page(plan, chapters):
    """Return two_days.md; PlanError if a path isn't possible."""
    all_minutes = sum(chapter.minutes for chapter, _ in chapters.values())
    lines = [MADE, plan["head"].replace("{hours}", f"{all_minutes / 60:.0f}")]
    for path in plan["path"]:
        tables, totals = zip(*(day_table(day, chapters) for day in path["day"]), strict=True)
        low, high = path["hours"]
        if not 60 * low <= sum(totals) <= 60 * high:
            raise PlanError(f"{path['name']}: {sum(totals)} minutes, expected {low} to {high} hours")
        hours, rest = divmod(sum(totals), 60)
        lines += [
            f"## {path['name']}",
            path["about"].strip(),
            "",
            f"In all {hours} h {rest:02} min without pauses.",
        ]
        for day, rows, total in zip(path["day"], tables, totals, strict=True):
            lines += [
                "",
                f"### {day['name']}: {day['begin']} to {day['end']}, {total} minutes without pauses",
            ]
            lines += ["| time | what | minutes | left out |", "|---|---|---:|---|", *rows]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def chapters_with_notes():
    """All chapters that have notes for who teaches: number -> (Chapter, Notes)."""
    pairs = [(chapter, build.read_notes(chapter)) for chapter in build.read_chapters()]
    return {chapter.number: (chapter, notes) for chapter, notes in pairs if notes}


def read_plan():
    """Return what paths.toml says."""
    return tomllib.loads((HERE / "paths.toml").read_text(encoding="utf-8"))


def main():
    """Write two_days.md; return 0 when it fits."""
    try:
        build.write(HERE / "two_days.md", page(read_plan(), chapters_with_notes()))
    except PlanError as problem:
        print(f"classroom/paths.toml: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
