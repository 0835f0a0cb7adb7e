"""Train the recognizer that ships with the course, or measure it.

python -m helpers.handwriting train      15 minutes on two cores, needs the real MNIST
python -m helpers.handwriting measure    prints what its card says
"""

import argparse
import json
import os
from pathlib import Path

from helpers.handwriting.recognizer import WEIGHTS
from helpers.session import quiet_native_log


def main(arguments=None):
    """Train or measure the recognizer of `data/weights`."""
    parser = argparse.ArgumentParser(prog="python -m helpers.handwriting", description=main.__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    train = what.add_parser("train", help="train it anew, and save the weights with their card")
    train.add_argument("--to", type=Path, default=WEIGHTS, help="file, ends in .weights.h5 (the shipped one)")
    what.add_parser("measure", help="accuracies, refusals, calibration and speed of the shipped weights")
    options = parser.parse_args(arguments)

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    with quiet_native_log():
        import tensorflow  # noqa: F401
    from helpers.handwriting import training

    if options.what == "train":
        training.train(options.to)
        print(f"Saved {options.to} and its card.")
    else:
        from helpers.handwriting.recognizer import load_recognizer

        seconds = training.first_prediction_seconds()
        print(json.dumps(training.measure(load_recognizer()), indent=1))
        print(f"loading and first prediction: {seconds:.1f} s")


if __name__ == "__main__":
    main()
