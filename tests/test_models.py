"""Models on disk: what is saved comes back, and what cannot come back says so in one sentence."""

import json

import numpy as np
import pytest

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


def test_bad_card(trained, tmp_path):
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    for content in ("", "[]", '{"sha256": 3}', "nonsense"):
        models.card_path(path).write_text(content)
        with pytest.raises(ModelFileError, match=r"mine\.keras\.card\.json cannot be read"):
            load_model(path)
    models.card_path(path).unlink()
    with pytest.raises(ModelFileError, match="has no card"):
        read_card(path)
    load_model(path)


@pytest.mark.parametrize("facts", [{"accuracy": 98}, {"accuracy": {"test": np.nan}}, {"seconds": -1}])
def test_nonsense_on_a_card_is_refused(trained, tmp_path, facts):
    with pytest.raises(ValueError, match="expected"):
        save_model(trained, tmp_path / "mine.keras", **FACTS | facts)
    assert not list(tmp_path.iterdir())


def test_failed_save_keeps_the_old_file(trained, tmp_path, monkeypatch):
    path = save_model(trained, tmp_path / "mine.keras", **FACTS)
    old = path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(models, "_sha256", full)
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
