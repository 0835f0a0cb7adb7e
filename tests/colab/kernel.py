"""Start a kernel as Colab does: with `google.colab` loaded before the notebook's first cell."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # This folder isn't on a learner's path; what stands in for Colab's package is.
    sys.path[0] = str(Path(__file__).resolve().parent / "stand_in")
    import google.colab  # noqa: F401
    from ipykernel import kernelapp

    # The notebook's own folder, as in every kernel.
    sys.path.insert(0, "")
    kernelapp.launch_new_instance()
