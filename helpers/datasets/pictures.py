"""Reading pictures of chapters 14 to 16: CIFAR-10, hands, nuclei, blood cells, and one's own photographs."""

import io
import tarfile
from itertools import pairwise
from pathlib import Path

import numpy as np

from helpers.datasets.embedded import cached, divided
from helpers.datasets.files import check_labels, naming
from helpers.datasets.sources import FILE_TO_PREPARE, DatasetError
from helpers.progress import track
from helpers.safe_arrays import ArrayFileError, NpzReader
from helpers.safe_files import digest

TAR = "cifar-10-binary.tar.gz"
MOST_PICTURES = 5_000  # Of the sets that are small; CIFAR-10 has 60,000.
MOST_PICTURE_BYTES = 64 * 2**20
MOST_PIXELS = 40_000_000
_BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch")
_RECORDS, _RECORD = 10_000, 1 + 3 * 32 * 32  # Label, then all reds, greens and blues.
_MOST_STREAM = 2**16
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")


def load_pictures_from(folder, name):
    """Read and check a set of pictures from a folder that has it, or raise DatasetError.

    Arrays by the keys that data/README.md gives; of CIFAR-10 x_train, y_train, x_test and y_test.
    """
    path = folder / FILE_TO_PREPARE[name]
    if name != "cifar10":
        with naming(path), NpzReader(path) as npz:
            return _READERS[name](npz)
    read = _read_streams
    if not path.exists():
        path, read = folder / TAR, _read_batches
    with naming(path):
        # Named after the content, as the reviews are: what takes seconds to decode is decoded once.
        return cached(f"cifar10-{digest(path)[:16]}.npz", lambda: _parted(*read(path)))


def _read_batches(path):
    """Read the official archive: images uint8 (60000, 32, 32, 3) and labels (60000,), the test part last."""
    found, size = {}, _RECORDS * _RECORD
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                batch = Path(member.name).name.removesuffix(".bin")
                if batch not in _BATCHES or not member.isfile():
                    continue
                if member.size != size:
                    raise ArrayFileError(f"{batch}.bin has {member.size:,} bytes, expected {size:,}")
                found[batch] = np.frombuffer(archive.extractfile(member).read(), np.uint8)
    except tarfile.TarError:
        raise ArrayFileError("is cut short, or is not a tar archive at all") from None
    if missing := [batch for batch in _BATCHES if batch not in found]:
        raise ArrayFileError(f"has no {missing[0]}.bin; expected CIFAR-10's binary version")
    records = np.concatenate([found[batch] for batch in _BATCHES]).reshape(-1, _RECORD)
    return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0]


def _read_streams(path):
    """Read and decode CIFAR-10 kept as JPEG streams; as `_read_batches`."""
    with NpzReader(path) as npz:
        labels = npz.array("label", (None,), np.uint8)
        ends = npz.array("offset", (len(labels) + 1,), np.integer).astype(np.int64)
        sizes = np.diff(ends)
        if ends[0] != 0 or sizes.min(initial=1) < 1 or sizes.max(initial=1) > _MOST_STREAM:
            raise ArrayFileError(f"offset does not rise from 0 in steps of 1 to {_MOST_STREAM:,} bytes")
        streams = npz.array("jpeg", (int(ends[-1]),), np.uint8).tobytes()
    images = np.empty((len(labels), 32, 32, 3), np.uint8)
    for i, (start, end) in enumerate(track(pairwise(ends.tolist()), "Decoding", len(labels), "pictures")):
        images[i] = _decoded(streams[start:end], i)
    return images, labels


def _decoded(stream, number):
    from PIL import Image

    try:
        with Image.open(io.BytesIO(stream), formats=["JPEG"]) as picture:
            if picture.size == (32, 32):
                return np.asarray(picture.convert("RGB"))
            problem = f"is {picture.width} x {picture.height} pixels, expected 32 x 32"
    except (OSError, SyntaxError, ValueError):
        problem = "is cut short, or is no JPEG"
    raise ArrayFileError(f"picture {number:,} {problem}")


def _parted(images, labels):
    """Check CIFAR-10 and divide it: the last sixth is the test part."""
    cut = len(labels) - len(labels) // 6
    for part, rows in (("train", slice(None, cut)), ("test", slice(cut, None))):
        _check_images(images[rows], f"the {part} part")
        _check_classes(labels[rows], f"the {part} part")
    return divided(np.ascontiguousarray(images), labels[:, None], cut)


def _check_images(images, name, least=200):
    if (brightest := images.max(initial=0)) < least:
        raise ArrayFileError(f"{name} has values from 0 to {brightest}, expected 0 to 255")


def _check_classes(labels, name):
    check_labels(labels, name, list(range(10)), "0 to 9, each of them")
    shares = np.bincount(labels) / len(labels)
    if shares.min() < 0.05 or shares.max() > 0.2:
        raise ArrayFileError(f"{name} has classes of {shares.min():.0%} to {shares.max():.0%}, expected 10%")


def _read_signs(npz):
    images = _read_images(npz, (32, 32, 3))
    labels = npz.array("y", (len(images),), np.uint8)
    _check_images(images, "x")
    _check_classes(labels, "y")
    return {"x": images, "y": labels}


def _read_nuclei(npz):
    images = _read_images(npz, (128, 128))
    labels = npz.array("labels", images.shape, np.uint8)
    _check_images(images, "x", least=100)
    if labels.max() < 2:
        raise ArrayFileError(
            f"labels has values from 0 to {labels.max()}, expected a number for each nucleus, not a mask"
        )
    if not 0.005 <= (covered := (labels > 0).mean()) <= 0.6:
        raise ArrayFileError(f"labels has {covered:.1%} of its pixels in nuclei, expected 0.5% to 60%")
    if images[labels > 0].mean() <= images[labels == 0].mean():
        raise ArrayFileError("labels does not belong to x: the nuclei are darker than what is around them")
    return {"x": images, "labels": labels}


def _read_blood_cells(npz):
    images = _read_images(npz, (120, 160, 3))
    boxes = npz.array("boxes", (None, 6), np.floating)
    _check_images(images, "x")
    lowest, highest = np.zeros(6), np.array([len(images) - 1, 2, 160, 120, 160, 120])
    if not (np.isfinite(boxes).all() and (boxes >= lowest).all() and (boxes <= highest).all()):
        raise ArrayFileError(
            f"boxes has a row outside of what is possible, expected image 0 to {len(images) - 1}, class 0 to "
            "2, then x0, y0, x1, y1 within 160 x 120 pixels"
        )
    if (boxes[:, :2] != np.rint(boxes[:, :2])).any() or (boxes[:, 4:] < boxes[:, 2:4]).any():
        raise ArrayFileError("boxes has a broken image or class, or an end before its beginning")
    check_labels(boxes[:, 1].astype(int), "boxes", [0, 1, 2], "0 to 2, each of them")
    # Two of BCCD's boxes are empty: clicks that drew nothing.
    return {"x": images, "boxes": boxes[(boxes[:, 4:] - boxes[:, 2:4]).min(axis=1) >= 1]}


def _read_images(npz, shape):
    found, _ = npz.header("x")
    # By their real size 300,000 of these would be more than a computer's memory.
    if found[:1] > (MOST_PICTURES,):
        raise ArrayFileError(f"x has shape {found}, expected at most {MOST_PICTURES:,} pictures; refused")
    images = npz.array("x", (None, *shape), np.uint8)
    if len(images) < 20:
        raise ArrayFileError(f"x has {len(images)} pictures, expected hundreds, and at least 20")
    return images


_READERS = {"signs": _read_signs, "nuclei": _read_nuclei, "blood_cells": _read_blood_cells}


def read_photograph(path):
    """Read one picture file, the right way up: its red, green and blue, uint8 of shape (height, width, 3).

    What was transparent is white. DatasetError says that it is missing, broken, no picture, or too large.
    """
    from PIL import Image, ImageOps

    if not path.is_file():
        what = "is a folder; name the pictures in it" if path.is_dir() else "there is no such file"
        raise DatasetError(f"{path.name}: {what}.")
    if (size := path.stat().st_size) > MOST_PICTURE_BYTES:
        step = f"expected at most {MOST_PICTURE_BYTES >> 20} MB: make it smaller and try again"
        raise DatasetError(f"{path.name}: has {size >> 20} MB, {step}.")
    try:
        with Image.open(path, formats=_FORMATS) as picture:
            if picture.width * picture.height <= MOST_PIXELS:
                return _as_colours(ImageOps.exif_transpose(picture))
    except Image.DecompressionBombError:
        pass  # Pillow's own limit is higher.
    except Exception as error:  # Whatever a decoder says to bytes that are wrong.
        kind = "is empty" if size == 0 else "is broken, or is no picture"
        step = "open it in a program for pictures and save it as one of these"
        raise DatasetError(f"{path.name}: {kind}; expected {', '.join(_FORMATS)}: {step}.") from error
    millions = f"has more than {MOST_PIXELS / 1e6:.0f} million pixels"
    raise DatasetError(f"{path.name}: {millions}: make it smaller and try again.")


def _as_colours(picture):
    from PIL import Image

    if picture.mode.startswith("I;16"):
        # Pillow would cut off all above 255.
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    colours = picture.convert("RGBA")
    paper = Image.new("RGBA", colours.size, "white")
    return np.asarray(Image.alpha_composite(paper, colours).convert("RGB"))
