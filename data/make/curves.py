"""Train networks of chapters 11 and 19 for longer, or more often, than a chapter can; keep what came of it.

python -m data.make.curves 11    # data/curves/chapter_11.json again, about 15 minutes of two cores
python -m data.make.curves 19    # data/curves/chapter_19.json again, about 20 minutes

The networks are the chapters' own: their cells are run, all but those that train.
"""

import contextlib
import json
import sys
import time

from helpers.session import ROOT, begin

CURVES = ROOT / "data" / "curves"
EPOCHS = {
    ("sentences", "no attention"): (5, 10, 20, 40),
    ("sentences", "attention"): (2, 5, 10),
    ("dates", "no attention"): (3, 12, 25),
    ("dates", "attention"): (3, 12),
}
SECONDS, SEEDS = (7, 14, 28, 56, 112), range(1, 7)
"""CPU seconds after which chapter 19's learners are examined, and their seeds."""


def chapter(name, end):
    """Run what a chapter defines before the cell that contains `end`.

    Returns
    -------
    names : dict of str to object
        The chapter's data, networks and functions by their names.
    """
    import jupytext

    names = {}
    for cell in jupytext.read(ROOT / "notebooks" / "source" / f"{name}.py").cells:
        if end in cell.source:
            break
        if cell.cell_type == "code" and not cell.metadata.get("tags") and "track(" not in cell.source:
            # A cell that looks at what was not trained here fails; what it defines before that is kept.
            with contextlib.suppress(Exception):
                exec(cell.source, names)
    return names


def right_after(names, task, kind, epochs):
    """Train a fresh network.

    Returns
    -------
    shares : list of float
        What is right to the last token: of all unseen sentences, then of each band of lengths; or of dates.
    """
    attention = names["DotAttention"]() if kind == "attention" else None
    if task == "dates":
        parts = names["date_network"](attention)
        names["train_dates"](parts, epochs)
        return [float(names["dates_right"](parts))]
    parts = (
        names["make_encoder"](len(names["english_words"])),
        names["make_decoder"](len(names["japanese_words"]), attention),
    )
    arrays = [names[name] for name in ("source", "given", "target")]
    names["train_network"](names["join"](*parts), arrays, epochs, label=f"{kind}, {epochs} epochs")
    total, by_length = names["match_by_length"](names["greedy"](*parts, names["source_new"])[0])
    return [float(total), *map(float, by_length)]


def trainings_11():
    """Shares by task, kind and number of epochs."""
    names, curves = chapter("11_seq2seq_attention", "make_dialogues("), {}
    for (task, kind), numbers in EPOCHS.items():
        for epochs in numbers:
            shares = [round(share, 3) for share in right_after(names, task, kind, epochs)]
            print(task, kind, epochs, shares, flush=True)
            curves.setdefault(task, {}).setdefault(kind, {})[epochs] = shares
    return curves


def examined(names, seed, with_records):
    """Train a learner of Connect Four.

    Returns
    -------
    mistakes, held : list of float
        After each of `SECONDS`: mistakes a game against random moves, and the share of games with the perfect
        player that were not lost.
    """
    learner, _ = names["train_four"](seed, with_records, SECONDS[0])
    spent, exams = SECONDS[0], []
    for seconds in SECONDS:
        while spent < seconds:
            begun = time.process_time()
            learner.turn()
            spent += time.process_time() - begun
        exams.append([round(float(marks.mean()), 3) for marks in names["exam"](learner.evaluate)])
    return [list(column) for column in zip(*exams, strict=True)]


def trainings_19():
    """Mistakes and games held, a row for each seed, by what the learner began with."""
    names, curves = chapter("19_alphago", "wilson(held.mean()"), {"seconds": list(SECONDS)}
    for name, with_records in {"records, then self-play": True, "rules alone": False}.items():
        rows = []
        for seed in SEEDS:
            rows.append(examined(names, seed, with_records))
            print(name, seed, rows[-1], flush=True)
        curves[name] = dict(zip(("mistakes", "held"), zip(*rows, strict=True), strict=True))
    return curves


def main(number):
    """Train all of a chapter, "11" or "19", and write what came of it."""
    begin(seed=42)
    curves = {"11": trainings_11, "19": trainings_19}[number]()
    path = CURVES / f"chapter_{number}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
