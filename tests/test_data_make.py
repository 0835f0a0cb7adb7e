"""data/make: the programs that made the weights and the drawings."""

import gzip
import json
import re
import subprocess
import sys

import numpy as np
import pytest

from data.make import backbone, curves, detection, digits, samples, segmentation, super_resolution
from data.make.one_cycle import one_cycle
from data.make.people import FILE, bent_images, load_people
from data.make.recognizer import HANDS, measure_people
from data.make.redrawn import redrawn_images, thinned
from helpers.datasets import load_cifar10, load_photographs, source_of
from helpers.models import load_weights, read_card, shipped
from helpers.session import ROOT
from helpers.synthetic import make_digits
from helpers.synthetic.blood_cells import make_blood_cells
from helpers.synthetic.nuclei import make_nuclei
from helpers.synthetic.scenes import make_scenes


@pytest.mark.parametrize(("rise", "first", "last"), [(0.25, 0.1, 0.01), (0.1, 0.05, 0.05)])
def test_it_rises_to_its_peak_and_falls(rise, first, last):
    rate = one_cycle(0.02, 1000, rise, first, last)
    assert float(rate(0)) == pytest.approx(0.02 * first)
    assert float(rate(1000 * rise)) == pytest.approx(0.02)
    assert float(rate(500 * rise)) == pytest.approx(0.02 * (1 + first) / 2)
    assert float(rate(1000)) == pytest.approx(0.02 * last, rel=1e-4)


def test_redrawing_keeps_the_shape():
    images, _ = make_digits(50, np.random.default_rng(1))
    again = redrawn_images(images, np.random.default_rng(0), 0)
    same = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(images, again, strict=True)]
    assert np.mean(same) > 0.7
    bent = redrawn_images(images, np.random.default_rng(0))
    assert bent.dtype == np.uint8 and bent.shape == images.shape
    assert (bent.max(axis=(1, 2)) > 50).all() and 0.04 < bent.mean() / 255 < 0.4
    assert not redrawn_images(np.zeros((2, 28, 28), np.uint8), np.random.default_rng(0)).any()


def test_thinned_strokes_are_lines_in_one_piece():
    bar = np.zeros((1, 20, 20), bool)
    bar[0, 3:17, 6:13] = True
    line = thinned(bar)[0]
    assert 5 <= line.sum() <= 20
    assert (line & ~bar[0]).sum() == 0
    rows = np.flatnonzero(line.any(axis=1))
    assert np.diff(rows).max(initial=1) == 1


def test_curves_hold_every_training_that_their_program_makes():
    stored = json.loads((curves.CURVES / "chapter_11.json").read_text(encoding="utf-8"))
    for (task, kind), epochs in curves.EPOCHS.items():
        assert list(stored[task][kind]) == [str(number) for number in epochs]
        for shares in stored[task][kind].values():
            assert len(shares) == (5 if task == "sentences" else 1) and 0 <= min(shares) <= max(shares) <= 1
    stored = json.loads((curves.CURVES / "chapter_19.json").read_text(encoding="utf-8"))
    assert stored.pop("seconds") == list(curves.SECONDS)
    for marks in stored.values():
        assert {np.shape(rows) for rows in marks.values()} == {(len(curves.SEEDS), len(curves.SECONDS))}


def test_the_typed_digits_are_none_of_the_skeletons():
    content = json.loads(HANDS.read_text(encoding="utf-8"))
    assert len(content["digits"]) >= 60
    assert len({entry["writer"] for entry in content["digits"]}) >= 3
    assert content["made"]
    for entry in content["digits"]:
        points = np.concatenate([np.array(stroke) for stroke in entry["strokes"]])
        assert points.min() >= 0
        assert points.max() <= content["canvas"] + 20, entry["writer"]


def test_training_needs_the_real_mnist():
    code = "from data.make.recognizer import train; train('never.weights.h5')"
    offline = {"COURSE_OFFLINE": "1", "COURSE_DATA_DIR": ""}
    probe = "import helpers.datasets as d; d.load_mnist = print; d.source_of = lambda name: 'embedded'; "
    command = [sys.executable, "-c", probe + code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=offline)
    assert done.returncode == 1
    assert "needs the real MNIST" in done.stderr and "Traceback" not in done.stderr


def test_training_needs_what_people_wrote(tmp_path, monkeypatch):
    for folder, said in ((None, "COURSE_DATA_DIR is not set"), (tmp_path, f"names {tmp_path}")):
        monkeypatch.setenv("COURSE_DATA_DIR", str(folder or ""))
        with pytest.raises(SystemExit, match=said) as stopped:
            load_people()
        assert "pen_strokes.json.gz" in str(stopped.value) and "\n" not in str(stopped.value)


def test_what_people_wrote_is_read_and_bent(tmp_path, monkeypatch):
    entries = [{"label": 7, "writer": 3, "strokes": [[[0, 0], [60, 0], [20, 100]], [[10, 50], [50, 50]]]}]
    (tmp_path / FILE).write_bytes(gzip.compress(json.dumps(entries).encode()))
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    strokes, labels, writers = load_people()
    assert (labels.tolist(), writers.tolist(), [len(s) for s in strokes[0]]) == ([7], [3], [3, 2])
    images = bent_images(strokes * 3, np.random.default_rng(0))
    assert images.shape == (3, 28, 28) and images.dtype == np.uint8 and images.max() == 255
    assert (images[0] != images[1]).any() and 5 < images.mean() < 60


def test_people_are_counted_writer_by_writer(monkeypatch):
    p = np.eye(10, dtype=np.float32)[[7, 1, 7]]
    monkeypatch.setattr("data.make.recognizer.outputs", lambda images, model: (p, np.array([0, 0, 0.9])))
    strokes = [[np.array([[0.0, 0], [50, 0], [20, 90]])]] * 4
    found = measure_people(None, strokes, np.full(4, 7), np.array([2, 2, 6, 0]))
    assert found["by writer"] == {
        "2": {"digits": 2, "correct": 0.5, "refused": 0.0, "sure and wrong": 0.5},
        "6": {"digits": 1, "correct": 1.0, "refused": 1.0, "sure and wrong": 0.0},
    }
    assert found["digits"] == 3 and found["refused"] == 0.3333


def test_picture_is_small(tmp_path):
    from PIL import Image

    path = tmp_path / "digits.png"
    digits.main(["--picture", str(path)])
    with Image.open(path) as picture:
        assert picture.size == (20 * 28, 10 * 28)
        assert picture.mode == "P"
    assert path.stat().st_size < 100_000


def test_words_alone_do_not_tell_but_an_lstm_can():
    command = [sys.executable, "-m", "data.make.reviews"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    bag, lstm, seconds = (float(number) for number in re.findall(r"\b\d+\.\d+\b", ran.stdout))
    assert 0.5 < bag < 0.75
    assert lstm > 0.97
    assert seconds > 0


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("reviews", r"(praise:|blame: ) [a-z ]+"),
        ("grammar", r"(praise:|blame: ) [a-z ]+"),
        ("pairs", r"\[(polite|plain)\] .*|     .*[\u3040-\u30ff].*"),
        ("dates", r"\S.* \d{4}-\d\d-\d\d"),
        ("dialogues", r".* [.?]|"),
    ],
)
def test_samples_are_shown(capsys, what, line):
    samples.main([what, "--n", "6"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == {"pairs": 12, "dialogues": 30}.get(what, 6)
    assert all(re.fullmatch(line, shown) for shown in lines), lines
    if what == "reviews":
        assert sorted(shown.split(":")[0] for shown in lines) == ["blame"] * 3 + ["praise"] * 3


def test_the_backbone_is_small_and_fits_its_weights():
    pytest.importorskip("keras")
    model = backbone.build_backbone()
    load_weights(model, shipped("backbone"), shipped=True)
    card = read_card(shipped("backbone"), shipped=True, licence=str)
    assert shipped("backbone").stat().st_size <= 300_000
    assert card["parameters"] == model.count_params() <= 145_000 and card["accuracy"] >= 0.77
    assert card["recipe"] == "python -m data.make.backbone" and "CIFAR-10" in card["data"]
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("float32")
    scores = np.asarray(model(images, training=False))
    assert scores.shape == (2, 10) and np.isfinite(scores).all()
    assert model.get_layer("features").output.shape == (None, 160)


def test_the_backbone_reads_what_its_card_says():
    pytest.importorskip("keras")
    _, (x, y) = load_cifar10()
    if source_of("cifar10") == "embedded":
        pytest.skip("CIFAR-10 is not at hand")
    model = backbone.build_backbone()
    load_weights(model, shipped("backbone"), shipped=True)
    scores = model.predict(x[:2_000].astype("float32"), batch_size=500, verbose=0)
    accuracy = read_card(shipped("backbone"), shipped=True)["accuracy"]
    assert np.mean(scores.argmax(axis=1) == y[:2_000, 0]) == pytest.approx(accuracy, abs=0.03)


def test_drawn_objects_train_no_backbone(monkeypatch):
    pictures = np.zeros((20, 32, 32, 3), np.uint8), np.zeros((20, 1), np.uint8)
    monkeypatch.setattr(backbone.datasets, "load_cifar10", lambda: (pictures, pictures))
    monkeypatch.setattr(backbone.datasets, "source_of", lambda name: "embedded")
    monkeypatch.setattr(backbone, "save_in_half", None)
    with pytest.raises(SystemExit, match="needs the real CIFAR-10"):
        backbone.train()


def test_batches_are_moved_pictures_with_their_labels():
    rng = np.random.default_rng(0)
    images = np.zeros((70, 32, 32, 3), np.uint8)
    images[:, 10:20, 4:12] = np.arange(1, 71)[:, None, None, None]  # Left of the middle: one sees a turn.
    batches = iter(backbone.Batches(images, np.arange(70), 32, rng))
    seen, middles = [], []
    for size in (32, 32, 6):
        x, labels = next(batches)
        assert x.shape == (size, 32, 32, 3) and x.dtype == np.float32
        np.testing.assert_array_equal(x.max(axis=(1, 2, 3)), labels + 1)
        seen.extend(labels)
        middles.extend(np.argwhere(image[..., 0]).mean(axis=0) for image in x)
    assert sorted(seen) == list(range(70)), "each once before any comes again"
    down, across = np.array(middles).T
    assert 3 < np.ptp(down) <= 8.5 and abs(down.mean() - 14.5) < 1.5
    assert 20 < (across > 15.5).sum() < 50, "about half are turned around"


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_squares_of_photographs_fit_together(scale):
    rng = np.random.default_rng(0)
    photographs = [rng.random((90, 120), np.float32), rng.random((64, 70), np.float32)]
    small, plain, original = super_resolution.patches(photographs, scale, 10, 12, rng)
    assert small.shape == (12, 10, 10) and plain.shape == original.shape == (12, 10 * scale, 10 * scale)
    for low, smooth, high in zip(small, plain, original, strict=True):
        inner = np.s_[3 * scale : -3 * scale, 3 * scale : -3 * scale]  # Further out, neighbours are missing.
        again = super_resolution.resized(low, *high.shape)
        np.testing.assert_allclose(again[inner], smooth[inner], atol=1e-5)
        assert np.abs(super_resolution.shrunk(high, scale)[1] - low)[3:-3, 3:-3].max() < 1e-5


def test_packed_and_unpacked_are_inverse():
    y = np.random.default_rng(0).random((2, 12, 18), np.float32)
    for scale in (2, 3):
        z = super_resolution.packed(y, scale)
        assert z.shape == (2, 12 // scale, 18 // scale, scale * scale)
        np.testing.assert_array_equal(super_resolution.unpacked(z), y)


@pytest.mark.parametrize("name", ["espcn_x2", "espcn_x3", "srresnet_x4"])
def test_networks_that_enlarge_are_as_good_as_their_cards_say(name):
    pytest.importorskip("skimage")
    build, scale = super_resolution.BUILDERS[name]
    network = build()
    load_weights(network, shipped(name), shipped=True)
    photographs = load_photographs()
    held = [super_resolution.luminance(photographs[kind]) for kind in super_resolution.HELD_OUT]
    found = super_resolution.measured({name: network}, held, scale)
    card = read_card(shipped(name), shipped=True)["psnr_on_photographs_held_out"]
    for kind, (decibels, _) in found.items():
        assert decibels == pytest.approx(card[kind], abs=0.02)


@pytest.fixture(scope="module")
def scenes():
    return make_scenes(*make_digits(300, np.random.default_rng(7)), 60, np.random.default_rng(8))


@pytest.mark.chapter(16)
def test_a_grid_read_as_boxes_gives_those_that_were_written(scenes):
    grids = detection.encode(scenes[1], scenes[0].shape[1:])
    assert grids.shape == (60, 12, 12, 6)
    for grid, boxes in zip(grids, scenes[1], strict=True):
        certain = np.concatenate([grid[..., :5], 20 * np.eye(10)[grid[..., 5].astype(int)]], axis=-1)
        certain[..., 0] = 40 * grid[..., 0] - 20
        places, scores, kinds = detection.detect(certain)
        # Of two middles in one cell the later one is written.
        cells = {tuple(cell): row for row, cell in enumerate((boxes[:, 1:3] + boxes[:, 3:]) // 16)}
        wanted = boxes[sorted(cells.values())]
        found = np.column_stack([kinds, places])
        order = [np.lexsort(rows.round(2).T) for rows in (found, wanted)]
        np.testing.assert_allclose(found[order[0]], wanted[order[1]], atol=1e-3)
        assert (scores > 0.99).all()


@pytest.mark.chapter(16)
def test_mirrored_boxes_stay_around_their_digits(scenes):
    pictures, boxes = scenes[0][..., None], scenes[1]
    before = pictures.copy(), [rows.copy() for rows in boxes]
    mirrored, moved = detection.mirrored(pictures, boxes, np.random.default_rng(0))
    np.testing.assert_array_equal(pictures, before[0])
    kinds = set()
    for i, rows in enumerate(moved):
        np.testing.assert_array_equal(boxes[i], before[1][i])
        ways = [(0, 0), (0, 1), (1, 0), (1, 1)]
        flips = {way: np.flip(pictures[i], [a for a in (0, 1) if way[a]]) for way in ways}
        kinds.add(next(way for way, flipped in flips.items() if np.array_equal(flipped, mirrored[i])))
        for (kind, *box), (old, *place) in zip(rows.astype(int), boxes[i].astype(int), strict=True):
            assert kind == old
            here, there = (
                array[top:bottom, left:right, 0]
                for array, (left, top, right, bottom) in ((mirrored[i], box), (pictures[i], place))
            )
            assert here.shape == there.shape and here.sum(dtype=int) == there.sum(dtype=int)
    assert len(kinds) == 4


@pytest.mark.chapter(16)
def test_touching_squares_are_taken_apart_and_counted():
    labels = np.zeros((1, 20, 30), int)
    labels[0, 2:12, 3:13], labels[0, 2:12, 13:25], labels[0, 15:20, 0:6] = 1, 2, 7
    classes = segmentation.three_classes(labels)[0]
    assert classes.dtype == np.uint8
    assert classes[0, 0] == segmentation.BACKGROUND and classes[5, 7] == segmentation.INSIDE
    assert (classes[2:12, 12:14] == segmentation.BOUNDARY).all()
    assert classes[17, 0] == segmentation.INSIDE, "the picture's edge is no boundary"
    found = segmentation.instances(classes)
    assert segmentation.matches(found, labels[0]) == (3, 3, 3)
    np.testing.assert_array_equal(found > 0, labels[0] > 0)
    assert segmentation.matches((labels[0] > 0).astype(int), labels[0]) == (0, 1, 3)
    assert segmentation.matches(np.zeros_like(found), labels[0]) == (0, 0, 3)


@pytest.mark.chapter(16)
def test_the_shipped_detectors_and_unet_are_those_of_the_programs(scenes):
    model = detection.detector((96, 96, 1), 10)
    load_weights(model, shipped("detector_scenes"), shipped=True)
    outputs = model.predict(scenes[0][..., None], verbose=0)
    found = [detection.detect(output) for output in outputs]
    # Hands that are new to it: it reads those of its own test, on the card, better.
    assert detection.mean_average_precision(found, scenes[1], 10) > 0.7
    card = read_card(shipped("detector_scenes"), shipped=True)
    assert card["seconds"] <= 75 and min(card["accuracy"].values()) >= 0.88
    model = detection.detector((120, 160, 3), 3)
    load_weights(model, shipped("detector_blood"), shipped=True)
    pictures, boxes = make_blood_cells(12, np.random.default_rng(10))
    found = [detection.detect(output) for output in model.predict(pictures, verbose=0)]
    assert detection.mean_average_precision(found, boxes, 3) > 0.8
    model = segmentation.unet()
    assert model.count_params() <= 150_000
    load_weights(model, shipped("unet_nuclei"), shipped=True)
    pictures, labels = make_nuclei(12, np.random.default_rng(9))
    figures = segmentation.figures_of(model, pictures, labels, "drawn")
    assert figures["drawn, overlap"] > 0.85 and figures["drawn, F1"] > 0.75


@pytest.mark.chapter(16)
def test_a_detector_s_name_is_checked(capsys):
    with pytest.raises(SystemExit):
        detection.main(["cats"])
    assert "there is no detector of 'cats'; expected scenes or blood" in capsys.readouterr().err
