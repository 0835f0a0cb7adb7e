"""helpers.transformer: what each place may see, shapes, shared weights, errors."""

import numpy as np
import pytest

from helpers.transformer import encoder_decoder, hidden_states, token_model

SMALL = {"width": 16, "depth": 2, "heads": 4, "feed_forward": 32}


@pytest.fixture(scope="module")
def reader():
    return _seeded(token_model(30, 12, **SMALL))


@pytest.fixture(scope="module")
def writer():
    return _seeded(token_model(30, 12, causal=True, **SMALL))


@pytest.fixture(scope="module")
def translator():
    return _seeded(encoder_decoder(30, 40, 8, 9, **SMALL))


@pytest.fixture
def ids():
    return np.random.default_rng(0).integers(1, 30, (3, 10)).astype("int32")


def _seeded(model):
    """Give every array values of its own: zeros and ones would hide a bias or a scale that is not used."""
    rng = np.random.default_rng(1)
    model.set_weights([array + rng.normal(scale=0.2, size=array.shape) for array in model.get_weights()])
    return model


def _call(model, *inputs):
    return model(list(inputs) if len(inputs) > 1 else inputs[0]).numpy()


def _changed(before, after):
    """Which places differ, bool (T,)."""
    return np.abs(after - before).max(axis=(0, 2)) > 1e-4


def test_shapes_and_names(reader, ids):
    assert _call(reader, ids).shape == (3, 10, 30)
    assert _call(reader, ids[:, :1]).shape == (3, 1, 30)
    assert _call(reader, np.tile(ids[:, :4], 3)).shape == (3, 12, 30)
    names = {layer.name for layer in reader.layers}
    block = {"attention", "norm_1", "norm_2", "dense_1", "dense_2"}
    assert {"tokens", "positions", "norm", "logits"} <= names
    assert {f"block_{i}_{part}" for i in range(2) for part in block} <= names


def test_only_a_causal_model_does_not_see_what_follows(reader, writer, ids):
    other = ids.copy()
    other[:, 6] = 1 + other[:, 6] % 29
    assert _changed(_call(writer, ids), _call(writer, other)).tolist() == [False] * 6 + [True] * 4
    assert _changed(_call(reader, ids), _call(reader, other)).all()


@pytest.mark.parametrize("kind", ["reader", "writer"])
def test_padding_changes_nothing(kind, ids, request):
    model = request.getfixturevalue(kind)
    padded = np.pad(ids, ((0, 0), (0, 2)))
    np.testing.assert_allclose(_call(model, padded)[:, :10], _call(model, ids), atol=1e-4)
    assert np.isfinite(_call(model, np.zeros((2, 5), "int32"))).all()  # Rows of padding only.


def test_positions_tell_orders_apart(reader, ids):
    swapped = ids.copy()
    swapped[:, [2, 3]] = ids[:, [3, 2]]
    swapped[:, 2] = 1 + swapped[:, 2] % 29 if (swapped == ids).all() else swapped[:, 2]
    assert _changed(_call(reader, ids), _call(reader, swapped))[7]


def test_the_output_shares_the_matrix_of_the_tokens(reader, ids):
    arrays = [array.shape for array in reader.get_weights()]
    assert arrays.count((30, 16)) == 1
    (matrix,), (bias,) = (reader.get_layer(name).get_weights() for name in ("tokens", "logits"))
    h = _call(hidden_states(reader), ids)
    assert h.shape == (3, 10, 16)
    np.testing.assert_allclose(_call(reader, ids), h @ matrix.T + bias, atol=1e-4)


def test_hidden_states_follow_the_model(ids):
    model = token_model(30, 12, **SMALL)
    inner = hidden_states(model)
    before = _call(inner, ids)
    _seeded(model)
    assert np.abs(_call(inner, ids) - before).max() > 0.01


def test_the_block_is_the_one_of_chapter_12(ids):
    """Attention, residual, normalisation and dense layers, written out in NumPy from the model's weights."""
    from scipy.special import erf

    model = _seeded(token_model(30, 12, causal=True, **{**SMALL, "depth": 1}))
    arrays = {layer.name: [w.astype(float) for w in layer.get_weights()] for layer in model.layers}

    def norm(x, name):
        scale, shift = arrays[name]
        centred = x - x.mean(-1, keepdims=True)
        return scale * centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-3) + shift

    x = arrays["tokens"][0][ids] + arrays["positions"][0][:10]
    wq, bq, wk, bk, wv, bv, wo, bo = arrays["block_0_attention"]
    h = norm(x, "block_0_norm_1")
    q, k, v = (np.einsum("ntd,dhs->nhts", h, w) + b[:, None] for w, b in ((wq, bq), (wk, bk), (wv, bv)))
    scores = np.where(np.tri(10, dtype=bool), q @ k.swapaxes(2, 3) / np.sqrt(4), -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    x = x + np.einsum("nhts,hsd->ntd", weights @ v, wo) + bo
    h = norm(x, "block_0_norm_2") @ arrays["block_0_dense_1"][0] + arrays["block_0_dense_1"][1]
    h = h * 0.5 * (1 + erf(h / np.sqrt(2)))
    x = x + h @ arrays["block_0_dense_2"][0] + arrays["block_0_dense_2"][1]
    logits = norm(x, "norm") @ arrays["tokens"][0].T + arrays["logits"][0]
    np.testing.assert_allclose(_call(model, ids), logits, atol=1e-4)


def test_encoder_decoder(translator, ids):
    source, given = ids[:, :6], ids[:, :5]
    before = _call(translator, source, given)
    assert before.shape == (3, 5, 40)
    later = given.copy()
    later[:, 3] += 1
    assert _changed(before, _call(translator, source, later)).tolist() == [False] * 3 + [True] * 2
    other = source.copy()
    other[:, 5] = 1 + other[:, 5] % 29
    assert _changed(before, _call(translator, other, given)).all()
    padded = np.pad(source, ((0, 0), (0, 2))), np.pad(given, ((0, 0), (0, 3)))
    np.testing.assert_allclose(_call(translator, *padded)[:, :5], before, atol=1e-4)
    assert translator.layers[-1].name == "logits"


def test_models_learn_and_are_saved_whole(tmp_path, ids):
    import keras

    model = token_model(30, 12, causal=True, **SMALL)
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    before = model.get_weights()
    model.fit(ids[:, :-1], ids[:, 1:], verbose=0)
    still = [a.shape for a, b in zip(before, model.get_weights(), strict=True) if np.array_equal(a, b)]
    assert still == []
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(_call(again, ids), _call(model, ids), atol=1e-5)


def test_errors_say_what_to_do(reader):
    import keras

    two_layers = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    for message, fault in {
        r"width=10 cannot be shared among heads=4: choose": lambda: token_model(30, 12, width=10),
        r"length=0; expected an integer of at least 1": lambda: token_model(30, 0),
        r"vocabulary_size=True; expected": lambda: token_model(True, 12),
        r"depth=0; expected": lambda: token_model(30, 12, depth=0),
        r"target_size=2.5; expected": lambda: encoder_decoder(30, 2.5, 8, 8),
        r"13 places, this model has 12 positions: cut the rows": lambda: reader(np.ones((1, 13), "int32")),
        r"no layer 'norm'.*expected a token_model": lambda: hidden_states(two_layers),
    }.items():
        with pytest.raises(ValueError, match=message):
            fault()
