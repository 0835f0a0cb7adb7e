"""Models on disk: what is saved comes back, and what cannot come back says so in one sentence."""

import io
import json
import zipfile
from unittest.mock import Mock

import numpy as np
import pytest

from data.make.in_half import save_in_half
from helpers import models
from helpers.models import ModelFileError, load_model, load_weights, read_card, save_model
from helpers.session import ROOT

FACTS = {"data": "drawn", "accuracy": 0.5, "seconds": 1.25}
IMAGES = np.random.default_rng(0).random((4, 8, 8, 1), dtype=np.float32)


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


def network(keras, units=3, dropout=False):
    layers = [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(2, 3, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Flatten(),
        *([keras.layers.Dropout(0.5)] if dropout else []),
        keras.layers.Dense(units, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def trained(keras):
    model = network(keras, dropout=True)
    model.fit(IMAGES, np.array([0, 1, 2, 0]), verbose=0)
    return model


def output(model):
    return np.asarray(model(IMAGES, training=False))


def test_whole_model_comes_back(trained, tmp_path):
    path = save_model(trained, tmp_path / "new" / "mine.keras", **FACTS)
    assert np.array_equal(output(load_model(path)), output(trained))
    (tmp_path / "any").touch()
    assert path.stat().st_mode == (tmp_path / "any").stat().st_mode, "others cannot read it"
    assert {file.name for file in path.parent.iterdir()} <= {
        "mine.keras",
        "mine.keras.card.json",
        ".mine.keras.lock",
    }


def test_weights_come_back_without_the_optimizer(keras, trained, tmp_path):
    import h5py

    path = save_model(trained, str(tmp_path / "mine.weights.h5"), **FACTS)
    fresh = network(keras, dropout=True)
    load_weights(fresh, path)
    assert np.array_equal(output(fresh), output(trained))
    with h5py.File(path) as file:
        assert not len(file.get("optimizer/vars", []))


def test_weights_in_16_bits_take_half_the_bytes(keras, tmp_path):
    model, other = network(keras, units=5_000), network(keras, units=5_000)
    whole = save_model(model, tmp_path / "whole.weights.h5", **FACTS)
    half = save_in_half(model, tmp_path / "half.weights.h5", **FACTS)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    load_weights(other, half)
    for got, kept in zip(other.get_weights(), model.get_weights(), strict=True):
        assert got.dtype == np.float32
        assert np.array_equal(got, kept.astype(np.float16))


def test_card_says_what_the_model_is(trained, tmp_path):
    facts = FACTS | {"accuracy": {"test": np.float32(0.5)}}
    path = save_model(trained, tmp_path / "mine.keras", recipe="one step", writers=np.arange(2), **facts)
    card = read_card(path)
    assert card["data"] == "drawn" and card["accuracy"] == {"test": 0.5} and card["seconds"] == 1.2
    assert card["recipe"] == "one step" and card["writers"] == [0, 1]
    assert card["parameters"] == trained.count_params() and "Conv2D" in card["layers"]
    assert set(card["versions"]) == {"python", "tensorflow", "keras", "numpy"}
    assert card["bytes"] == path.stat().st_size


@pytest.mark.parametrize("ending", ["keras", "weights.h5"])
@pytest.mark.parametrize("with_card", [True, False])
@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text"])
def test_damaged_file_gives_one_clear_error(keras, trained, tmp_path, ending, with_card, damage):
    path = save_model(trained, tmp_path / f"mine.{ending}", **FACTS)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(255 - byte for byte in content[middle : middle + 400])
    changed = {"cut": content[:middle], "flipped": content, "empty": b"", "text": b"hello"}[damage]
    path.write_bytes(changed)
    if not with_card:
        models.card_path(path).unlink()
        if damage == "flipped" and ending == "weights.h5":
            pytest.skip("numbers that only a checksum can tell from others")
    other = network(keras, dropout=True)
    before = output(other)
    with pytest.raises(ModelFileError, match=rf"^mine\.{ending} .*") as caught:
        load_model(path) if ending == "keras" else load_weights(other, path)
    assert "\n" not in str(caught.value) and "gain" in str(caught.value)
    assert np.array_equal(output(other), before)


@pytest.mark.parametrize("with_card", [True, False])
def test_another_architecture_gives_one_clear_error(keras, trained, tmp_path, with_card):
    path = save_model(trained, tmp_path / "mine.weights.h5", **FACTS)
    if not with_card:
        models.card_path(path).unlink()
    other = network(keras, units=4, dropout=True)
    before = output(other)
    with pytest.raises(ModelFileError, match="another architecture.*Build the model") as caught:
        load_weights(other, path)
    assert "72×4" in str(caught.value) and "\n" not in str(caught.value)
    assert np.array_equal(output(other), before)


def test_missing_or_misnamed_file(trained, tmp_path):
    with pytest.raises(ModelFileError, match=r"there is no mine\.keras in .*train the model"):
        load_model(tmp_path / "mine.keras")
    with pytest.raises(ModelFileError, match="holds weights only"):
        load_model(tmp_path / "mine.weights.h5")
    with pytest.raises(ModelFileError, match="holds a whole model"):
        load_weights(trained, tmp_path / "mine.keras")
    with pytest.raises(ModelFileError, match=r"mine\.pkl: a model's file ends in \.keras"):
        save_model(trained, tmp_path / "mine.pkl", **FACTS)
    assert not list(tmp_path.iterdir())


def test_code_in_a_file_is_not_run(keras, tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    path = tmp_path / "mine.keras"
    model.save(path)
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        load_model(path)


CARDS = [
    b"",
    b"[]",
    b'{"sha256": 3}',
    b"nonsense",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"\xe9",
    b" " * 5 * 2**20,
    {"sha256": None},
    {"weights": [3]},
    {"weights": [["3"]]},
    {"data": 5},
    {"recipe": ["a"]},
    {"layers": [1]},
    {"layers": "Dense"},
    {"accuracy": "high"},
    {"accuracy": float("nan")},
    {"accuracy": {"test": [1]}},
    {"seconds": float("inf")},
    {"parameters": 1.5},
]


@pytest.mark.parametrize("content", CARDS, ids=range(len(CARDS)))
def test_bad_card(keras, trained, tmp_path, content):
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    weights = save_model(trained, tmp_path / "mine.weights.h5", **FACTS)
    for file in (path, weights):
        card = read_card(file)
        garbled = json.dumps(card | content).encode() if isinstance(content, dict) else content
        models.card_path(file).write_bytes(garbled)
    for load in (lambda: load_model(path), lambda: read_card(path), lambda: load_weights(trained, weights)):
        with pytest.raises(
            ModelFileError, match=r"^mine\.(keras|weights\.h5)\.card\.json cannot be read"
        ) as raised:
            load()
        assert "\n" not in str(raised.value) and len(str(raised.value)) < 300


def test_missing_card_and_one_with_a_mark_in_front(trained, tmp_path):
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    models.card_path(path).write_text(models.card_path(path).read_text(), encoding="utf-8-sig")
    load_model(path)
    models.card_path(path).unlink()
    with pytest.raises(ModelFileError, match="has no card"):
        read_card(path)
    load_model(path)


def test_folders_in_the_place_of_files(trained, tmp_path):
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    models.card_path(path).unlink()
    models.card_path(path).mkdir()
    for load in (load_model, read_card):
        with pytest.raises(ModelFileError, match="card.json cannot be read"):
            load(path)
    for name in ("folder.keras", "folder.weights.h5"):
        (tmp_path / name).mkdir()
        with pytest.raises(ModelFileError, match="it is a folder"):
            load_model(tmp_path / name) if name.endswith("keras") else load_weights(trained, tmp_path / name)


def test_a_link_to_a_model_stays_one(trained, tmp_path):
    (tmp_path / "mine.keras").symlink_to(tmp_path / "disk" / "stored")
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    assert path.is_symlink() and (tmp_path / "disk" / "stored").is_file()
    load_model(path)


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(path, parts, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def inflating(how):
    """An HDF5 file of few bytes whose arrays are large."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        if how == "compressed":
            file.create_dataset("layers/dense/vars/0", (2_000, 2_000), compression="gzip")[:] = 0
        elif how == "declared":
            file.create_dataset("layers/dense/vars/0", (10**6, 10**6), "f4", chunks=(1_000, 1_000))
        elif how == "virtual":
            file.create_virtual_dataset("layers/dense/vars/0", h5py.VirtualLayout((10**6, 10**6), "f4"))
        else:
            file.create_dataset("layers/dense/vars/0", (1_000,), "u1", external=[("/etc/hostname", 0, 1_000)])
    return buffer.getvalue()


@pytest.mark.parametrize("ending", ["keras", "weights.h5"])
@pytest.mark.parametrize("how", ["compressed", "declared", "virtual", "external"])
def test_arrays_that_inflate_are_refused(trained, tmp_path, monkeypatch, ending, how):
    path = save_model(trained, tmp_path / f"mine.{ending}", **FACTS)
    models.card_path(path).unlink()
    if ending == "keras":
        zipped(path, parts_of(path) | {"model.weights.h5": inflating(how)})
    else:
        path.write_bytes(inflating(how))
    refuse_to_load(monkeypatch, trained)
    with pytest.raises(ModelFileError, match="larger than it is|in another file"):
        load_model(path) if ending == "keras" else load_weights(trained, path)


@pytest.mark.parametrize("how", ["deflated", "lzma", "lying", "many", "nested", "wide", "wide input"])
def test_an_archive_that_inflates_is_refused(trained, tmp_path, monkeypatch, how):
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    models.card_path(path).unlink()
    parts, large = parts_of(path), bytes(3 * 10**7)
    if how == "deflated":
        zipped(path, parts | {"assets/large": large}, zipfile.ZIP_DEFLATED)
    elif how == "lzma":
        zipped(path, parts | {"model.weights.h5": large}, zipfile.ZIP_LZMA)
    elif how == "many":
        zipped(path, parts | {f"assets/{i:060}": b"" for i in range(12_000)})
    elif how.startswith("wide"):  # only the settings ask for that much
        old, new = {"wide": (b'"units": 3', b'"units": 1000000000'),
                    "wide input": (b"[null, 8, 8, 1]", b"[null, 8, 800000000, 1]")}[how]  # fmt: skip
        assert old in parts["config.json"]
        zipped(path, parts | {"config.json": parts["config.json"].replace(old, new)})
    elif how == "nested":
        zipped(tmp_path / "inner.zip", {"model.weights.h5": large}, zipfile.ZIP_DEFLATED)
        zipped(path, {"inner.keras": (tmp_path / "inner.zip").read_bytes()})
    else:
        zipped(path, parts | {"model.weights.h5": large}, zipfile.ZIP_DEFLATED)
        true = len(large).to_bytes(4, "little")
        path.write_bytes(path.read_bytes().replace(true, (1_000).to_bytes(4, "little")))
    refuse_to_load(monkeypatch, trained)
    with pytest.raises(ModelFileError, match=r"^mine\.keras is not the file that was saved"):
        load_model(path)


def refuse_to_load(monkeypatch, model):
    def never(*args, **options):
        pytest.fail("it was handed to Keras")

    monkeypatch.setattr("keras.saving.load_model", never)
    monkeypatch.setattr(type(model), "load_weights", never)


def test_damaged_shipped_weights_say_how_to_get_them_back(tmp_path, monkeypatch):
    from helpers import language_models, reviewer_models
    from helpers.handwriting import recognizer

    def loads_recognizer(folder):
        monkeypatch.setattr(recognizer, "WEIGHTS", folder / recognizer.WEIGHTS.name)
        recognizer.load_recognizer()

    def loads_reviewers(folder):
        monkeypatch.setattr(models, "SHIPPED", folder)
        reviewer_models._shipped.cache_clear()
        reviewer_models.load_reviewers("grammar")

    def loads_language_model(folder):
        monkeypatch.setattr(models, "SHIPPED", folder)
        language_models.load_pretrained("masked", None, "grammar")

    for name, load in {
        "recognizer": loads_recognizer,
        "reviewers_grammar": loads_reviewers,
        "masked_grammar": loads_language_model,
    }.items():
        shipped = ROOT / "data" / "weights" / f"{name}.weights.h5"
        card = models.card_path(shipped).read_bytes()
        without_pieces = json.dumps(json.loads(card) | {"pieces": 3}).encode()
        for content, its_card in [
            *([(shipped.read_bytes(), without_pieces)] if b"pieces" in card else []),
            (shipped.read_bytes()[:-9], card),
            (b"", card),
            (shipped.read_bytes(), b"{"),
        ]:
            (tmp_path / shipped.name).write_bytes(content)
            models.card_path(tmp_path / shipped.name).write_bytes(its_card)
            with pytest.raises(ModelFileError, match=f"git checkout -- data/weights/{name}") as raised:
                load(tmp_path)
            assert "rain the model again" not in str(raised.value)


@pytest.mark.parametrize("facts", [{"accuracy": 98}, {"accuracy": {"test": np.nan}}, {"seconds": -1}])
def test_nonsense_on_a_card_is_refused(trained, tmp_path, facts):
    with pytest.raises(ValueError, match="expected"):
        save_model(trained, tmp_path / "mine.keras", **FACTS | facts)
    assert not list(tmp_path.iterdir())


def test_failed_save_keeps_the_old_file(trained, tmp_path, monkeypatch):
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    old = path.read_bytes()
    monkeypatch.setattr(models, "digest", Mock(side_effect=OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        save_model(trained, path, **FACTS | {"accuracy": 0.9})
    monkeypatch.undo()
    assert path.read_bytes() == old and read_card(path)["accuracy"] == 0.5
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".unfinished")]


def test_folder_can_be_set(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_MODELS_DIR", str(tmp_path))
    assert models.models_folder() == tmp_path
    monkeypatch.delenv("COURSE_MODELS_DIR")
    assert models.models_folder() == ROOT / "data" / "models"


def test_a_reader_waits_for_the_card_that_comes_late(trained, tmp_path, monkeypatch):
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    card = models.card_path(path).read_text()
    models.card_path(path).write_text(json.dumps(json.loads(card) | {"sha256": "older"}))
    monkeypatch.setattr(models.time, "sleep", lambda _: models.card_path(path).write_text(card))
    load_model(path)
