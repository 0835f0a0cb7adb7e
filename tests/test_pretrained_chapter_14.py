"""ImageNet weights: prepared, kept or served by a server of our own, and one sentence where that fails."""

import functools
import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from helpers import pretrained, safe_files
from helpers.pretrained import NAMES, WEIGHTS, load_imagenet


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A folder with both files as Keras' server has them; the weights are random."""
    folder = tmp_path_factory.mktemp("published")
    network = keras.applications.MobileNetV2(weights=None)
    scores = network.layers[-1]
    scores.set_weights([np.random.default_rng(0).normal(size=w.shape) for w in scores.get_weights()])
    with h5py.File(folder / WEIGHTS, "w") as file:
        save_weights_to_hdf5_group(file, network)
    index = {str(k): [f"n{k:08}", f"kind_{k}"] for k in range(1000)}
    (folder / NAMES).write_text(json.dumps(index))
    return folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("COURSE_DATA_DIR", raising=False)
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    return tmp_path / "cache"


@pytest.fixture
def server(published, monkeypatch):
    serve = functools.partial(Quiet, directory=published)
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{running.server_port}/"
        monkeypatch.setattr(pretrained, "ADDRESSES", dict.fromkeys((WEIGHTS, NAMES), address))
        digest = safe_files.digest(published / NAMES)
        monkeypatch.setattr(pretrained, "CHECKSUMS", {WEIGHTS: None, NAMES: f"sha256:{digest}"})
        yield running
        running.shutdown()


def outputs_of_file(published):
    """Probabilities for a white image, with the weights read from the file without our code."""
    network = keras.applications.MobileNetV2(weights=None)
    network.load_weights(published / WEIGHTS)
    return network(np.ones((1, 224, 224, 3), "float32"))


def test_served_weights_are_loaded_and_kept(cache, server, published):
    found = load_imagenet()
    assert found.note == "ImageNet weights: MobileNetV2, downloaded."
    assert found.names[:2] == ["kind 0", "kind 1"] and len(found.names) == 1000
    scores = found.network(np.full((1, 224, 224, 3), 255, "float32"))
    np.testing.assert_allclose(keras.ops.softmax(scores), outputs_of_file(published), atol=1e-6)
    server.shutdown()
    assert load_imagenet().note == "ImageNet weights: MobileNetV2, from the course's cache."
    assert (cache / WEIGHTS).read_bytes() == (published / WEIGHTS).read_bytes()


def test_prepared_folder_is_used_without_network(cache, published, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_DATA_DIR", str(published))
    found = load_imagenet()
    assert found.network.count_params() == 3_538_984 and "COURSE_DATA_DIR" in found.note
    assert not cache.exists()


def test_offline_it_says_so(cache, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert load_imagenet() == (None, [], "ImageNet weights: none, COURSE_OFFLINE=1 forbids the download.")


def test_no_server_ends_in_one_sentence(cache, monkeypatch):
    monkeypatch.setattr(pretrained, "ADDRESSES", dict.fromkeys((WEIGHTS, NAMES), "http://127.0.0.1:9/"))
    found = load_imagenet()
    assert found.network is None and "could not be reached" in found.note


@pytest.mark.parametrize("file", [WEIGHTS, NAMES])
def test_damaged_file_is_named(cache, published, file):
    cache.mkdir()
    for name in (WEIGHTS, NAMES):
        content = (published / name).read_bytes()
        (cache / name).write_bytes(content[: len(content) // 2] if name == file else content)
    found = load_imagenet()
    assert found.network is None and found.names == []
    assert f"{file} is damaged" in found.note and "\n" not in found.note


def test_what_a_captive_portal_sends_is_not_kept(cache, server, monkeypatch, tmp_path):
    portal = tmp_path / "portal"
    portal.mkdir()
    (portal / WEIGHTS).write_text("<html>log in first</html>")
    monkeypatch.setattr(server, "RequestHandlerClass", functools.partial(Quiet, directory=portal))
    cache.mkdir()
    (cache / NAMES).write_text("{}")
    assert f"what arrived as {WEIGHTS} is no such file" in load_imagenet().note
    assert not (cache / WEIGHTS).exists()
