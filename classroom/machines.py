"""A table of the class's machines, to which each adds a row of what the doctor finds: `make doctor`.

    make doctor ARGS="--name Ana --to FILE"

Without `--to` the row is printed, so that it can be sent to the instructor.
"""

import argparse
import csv
import sys
import time
from pathlib import Path

from helpers.doctor import print_findings

COLUMNS = ["when", "name", "state", "Python", "cores", "memory", "disk", "to mend", "remarks"]


def row_of(found, name=""):
    """One machine as a row with `COLUMNS`, without paths, host or user names.

    Parameters
    ----------
    found : list of helpers.doctor.Finding
        The last two columns name what is red and what is amber.
    name : str
        Of the learner, or of the machine.

    Returns
    -------
    list of str
    """
    texts = {one.name: one.text.split(",")[0].rstrip(".") for one in found}
    red, amber = ("; ".join(one.name for one in found if one.status == status) for status in ("red", "amber"))
    kept = "'" * name.startswith(("=", "+", "-", "@")) + name  # A spreadsheet would compute it.
    about = [texts.get(column, "") for column in COLUMNS[3:7]]
    return [time.strftime("%Y-%m-%d %H:%M"), kept, "not ready" if red else "ready", *about, red, amber]


def append(row, path):
    """Add a row to a table that others may be adding to, with its heading when it is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([row] if file.tell() else [COLUMNS, row])


def main(arguments=None):
    """Print the findings as they come, and the row, which `--to` adds to a table; 1 if any is red, else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m classroom.machines", description="Is this machine ready?"
    )
    parser.add_argument("--name", default="", help="of the learner or the machine, for the row")
    parser.add_argument(
        "--to", type=Path, metavar="FILE", help="a table to which the row is added: class.csv"
    )
    options = parser.parse_args(arguments)
    found = print_findings()
    row = row_of(found, options.name)
    print("For your instructor, who may ask for this line:")
    csv.writer(sys.stdout, lineterminator="\n").writerow(row)
    if options.to:
        try:
            append(row, options.to.expanduser())
        except OSError as problem:
            parser.error(f"{options.to} cannot be written ({problem.strerror}): name another file with --to.")
        print(f"Added to {options.to}.")
    return int(any(one.status == "red" for one in found))


if __name__ == "__main__":
    sys.exit(main())
