"""Train chapter 11's networks for longer than a chapter can; keep what is right after how many epochs.

python -m data.make.curves    # data/curves/chapter_11.json again, about 15 minutes of two cores

The networks are the chapter's own: its cells are run, all but those that train.
"""

import contextlib
import json

from helpers.session import ROOT, begin

TWIN = ROOT / "notebooks" / "source" / "11_seq2seq_attention.py"
CURVES = ROOT / "data" / "curves" / "chapter_11.json"
EPOCHS = {
    ("sentences", "no attention"): (5, 10, 20, 40),
    ("sentences", "attention"): (2, 5, 10),
    ("dates", "no attention"): (3, 12, 25),
    ("dates", "attention"): (3, 12),
}


def chapter():
    """Run what chapter 11 defines up to its dates.

    Returns
    -------
    names : dict of str to object
        The chapter's data, networks and functions by their names.
    """
    import jupytext

    names = {}
    for cell in jupytext.read(TWIN).cells:
        if "make_dialogues(" in cell.source:
            break
        if cell.cell_type == "code" and not cell.metadata.get("tags"):
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


def main():
    """Train all, and write the shares by task, kind and number of epochs."""
    begin(seed=42)
    names, curves = chapter(), {}
    for (task, kind), numbers in EPOCHS.items():
        for epochs in numbers:
            shares = [round(share, 3) for share in right_after(names, task, kind, epochs)]
            print(task, kind, epochs, shares, flush=True)
            curves.setdefault(task, {}).setdefault(kind, {})[epochs] = shares
    CURVES.parent.mkdir(exist_ok=True)
    CURVES.write_text(json.dumps(curves, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
