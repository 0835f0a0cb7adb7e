"""Chapter 17's shipped networks: they are those of the program, and do what their cards say.

The cards' figures are measured on the real sets; here digits drawn by the course stand in for them.
"""

import ast
import contextlib
import json

import numpy as np
import pytest
from exercise_twins import code_of, twin_of
from scipy.linalg import sqrtm

from data.make import generators as make
from data.make.generators import CURVES, MARKS, SEEDS, Judge, coverage, denoise, frechet
from helpers.datasets.embedded import embedded_data
from helpers.models import card_path, load_weights, read_card, shipped

pytestmark = pytest.mark.chapter(17)

NETWORKS = {
    "judge_digits": make.make_judge,
    "judge_garments": make.make_judge,
    "gan_labelled": make.make_generator,
    "code_encoder_digits": make.make_encoder,
    "code_decoder_digits": make.make_decoder,
    "code_denoiser_digits": make.make_denoiser,
    "code_decoder_garments": make.make_decoder,
    "code_denoiser_garments": make.make_denoiser,
}
ASKED = np.arange(500, dtype=np.int32) % 10


@pytest.fixture(scope="module")
def networks():
    """All shipped networks by name."""
    built = {name: build() for name, build in NETWORKS.items()}
    for name, network in built.items():
        load_weights(network, shipped(name), shipped=True)
    return built


def drawn(name, count=1_000):
    """Images that the course draws, and their labels."""
    arrays = embedded_data(name)
    return arrays["x_test"][:count, ..., None] / np.float32(255), arrays["y_test"][:count]


@pytest.fixture(scope="module")
def judges(networks):
    """Judges that know the course's drawn images only."""
    return {
        kind: Judge(networks[f"judge_{kind}"], drawn(name)[0])
        for name, kind in (("mnist", "digits"), ("fashion_mnist", "garments"))
    }


def judged(name):
    return read_card(shipped(name), shipped=True, judged=dict)["judged"]


def close_to_card(figures, name, what, within=0.05):
    """Compare the shares that do not depend on the real images beside."""
    for share in ("sure", "right label"):
        if share in figures:
            assert figures[share] == pytest.approx(judged(name)[what][share], abs=within), share


# What ships


def test_all_weights_together_take_a_megabyte_and_a_half():
    sizes = [path.stat().st_size for name in NETWORKS for path in (shipped(name), card_path(shipped(name)))]
    assert sum(sizes) <= 1_500_000


@pytest.mark.parametrize(
    ("name", "kind", "least"), [("mnist", "digits", 0.98), ("fashion_mnist", "garments", 0.87)]
)
def test_the_judges_read_what_is_drawn(networks, name, kind, least):
    images, labels = drawn(name)
    answers = networks[f"judge_{kind}"].predict(images, batch_size=500, verbose=0).argmax(axis=1)
    assert (answers == labels).mean() > least
    card = read_card(shipped(f"judge_{kind}"), shipped=True)
    assert card["accuracy"]["real digits" if kind == "digits" else "real garments"] > (least + 0.012)
    assert card["parameters"] <= 63_000
    assert networks[f"judge_{kind}"].get_layer("features").output.shape == (None, 64)


@pytest.mark.parametrize("kind", ["digits", "garments"])
def test_latent_diffusion_makes_what_its_card_says(networks, judges, kind):
    decoder, denoiser = (networks[f"code_{part}_{kind}"] for part in ("decoder", "denoiser"))
    found = {}
    for guidance in (1, 2, 4):
        codes = denoise(denoiser, ASKED, guidance, seed=3)
        assert codes.shape == (26, 500, 16)
        found[guidance] = judges[kind].measure(decoder.predict(codes[-1], verbose=0), ASKED)
        close_to_card(found[guidance], f"code_denoiser_{kind}", f"guidance {guidance}")
    assert found[2]["right label"] >= (0.99 if kind == "digits" else 0.85)
    assert found[1]["sure"] < found[2]["sure"]


def test_the_generator_makes_what_its_card_says(networks, judges):
    noise = np.random.default_rng(3).normal(size=(500, 32)).astype(np.float32)
    made = networks["gan_labelled"].predict([noise, ASKED], verbose=0)
    assert made.shape == (500, 28, 28, 1) and made.min() >= 0 and made.max() <= 1
    figures = judges["digits"].measure(made, ASKED)
    close_to_card(figures, "gan_labelled", "what it makes")
    assert figures["rarest class"] > 0.02


def test_codes_of_digits_become_these_digits_again(networks, judges):
    images, labels = drawn("mnist")
    codes, _ = networks["code_encoder_digits"].predict(images, batch_size=500, verbose=0)
    again = networks["code_decoder_digits"].predict(codes, batch_size=500, verbose=0)
    assert ((again - images) ** 2).mean() < 0.025
    assert judges["digits"].measure(again, labels)["right label"] > 0.85


def test_cards_say_what_guidance_costs():
    figures = judged("code_denoiser_digits")
    assert figures["guidance 2"]["right label"] >= 0.99
    # Made digits are as near to the real ones as real ones that went through the code: but cover less.
    assert figures["guidance 2"]["Frechet distance"] < 1.1 * figures["reconstructions"]["Frechet distance"]
    assert figures["guidance 2"]["coverage"] < figures["reconstructions"]["coverage"]
    assert figures["guidance 2"]["sure"] > figures["real"]["sure"]
    assert figures["guidance 4"]["coverage"] < figures["guidance 1"]["coverage"] - 0.05
    assert figures["real"]["coverage"] > 0.85 and figures["noise"]["coverage"] < 0.05
    assert judged("code_denoiser_garments")["guidance 2"]["right label"] > 0.85


def test_the_curves_hold_all_models_at_the_same_seconds():
    stored = json.loads(CURVES.read_text(encoding="utf-8"))
    assert tuple(stored["seconds"]) == MARKS
    models = stored["models"]
    assert {f"{kind}, seed {seed}" for kind in ("GAN", "conditional GAN") for seed in SEEDS} < models.keys()
    for name, curve in models.items():
        assert len(curve) == len(MARKS), name
        for figures in (*curve, stored["real"], stored["noise"]):
            assert all(0 <= value <= 1 for key, value in figures.items() if key != "Frechet distance")
    assert models["latent diffusion, guidance 2"][-1]["right label"] > 0.98


def test_the_race_is_as_the_chapter_tells_it():
    """The sentences below the figure: who is last after 10 seconds, and who leads from 20 seconds on."""
    models, runs = json.loads(CURVES.read_text(encoding="utf-8"))["models"], {}
    for name, curve in models.items():
        figures = [(row["Frechet distance"], row["coverage"]) for row in curve]
        runs.setdefault(name.split(", seed")[0], []).append(figures)
    # (seconds, distance and coverage) of each, of GANs the mean of their seeds
    means = {name: np.mean(curves, axis=0) for name, curves in runs.items()}
    assert {name: len(curves) for name, curves in runs.items() if len(curves) > 1} == {
        "conditional GAN": len(SEEDS),
        "GAN": len(SEEDS),
    }
    two_stages = {"latent diffusion, guidance 1", "latent diffusion, guidance 2"}
    early = sorted(means, key=lambda name: means[name][0, 0])
    assert two_stages <= set(early[-3:])
    for mark in (1, 2):
        by_distance = sorted(means, key=lambda name: means[name][mark, 0])
        by_coverage = sorted(means, key=lambda name: -means[name][mark, 1])
        for order in (by_distance, by_coverage):
            assert order[0] == "latent diffusion, guidance 2"
            assert next(name for name in order if name not in two_stages) == "conditional GAN"
    falling = means["conditional GAN"][:, 0]
    assert falling[2] < 0.7 * falling[1] < falling[0]
    for kind in ("GAN", "conditional GAN"):
        assert all(models[f"{kind}, seed {seed}"][-1]["rarest class"] > 0.01 for seed in SEEDS)


# The notebook's


@pytest.fixture(scope="module")
def chapter():
    """The functions of the notebook by name: networks and measures, without what is trained."""
    import keras
    from keras import layers

    names = {"np": np, "keras": keras, "layers": layers}
    functions = [
        part
        for cell in code_of(twin_of(17), "")
        for part in (ast.parse(cell).body if "def " in cell else ())
        if isinstance(part, ast.FunctionDef) and not part.decorator_list
    ]
    for part in functions:
        # Defaults may be what is trained there.
        with contextlib.suppress(NameError):
            exec(compile(ast.Module([part], []), "twin", "exec"), names)
    return names


@pytest.mark.parametrize(
    ("build", "name"),
    [
        ("make_judge", "judge_digits"),
        ("make_generator", "gan_labelled"),
        ("make_encoder", "code_encoder_digits"),
        ("make_decoder", "code_decoder_digits"),
        ("make_denoiser", "code_denoiser_garments"),
    ],
)
def test_the_notebooks_networks_are_those_that_ship(chapter, networks, build, name):
    network = chapter[build]()
    load_weights(network, shipped(name), shipped=True)
    rng = np.random.default_rng(5)
    given = [
        rng.integers(0, 10, 4).astype(np.int32)
        if tensor.dtype == "int32"
        else rng.random((4, *tensor.shape[1:])).astype(np.float32)
        for tensor in network.inputs
    ]
    given = given if len(given) > 1 else given[0]
    theirs, ours = (np.asarray(each(given)) for each in (network, networks[name]))
    np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_the_notebooks_measures_are_the_programs(chapter):
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(300, 8)), rng.normal(0.3, 1.2, (300, 8))
    assert chapter["frechet"](a, b) == pytest.approx(frechet(a, b), rel=1e-6)
    assert chapter["coverage"](a, b) == coverage(a, b)


# The measures and the steps


def test_the_distance_is_that_of_the_formula():
    rng = np.random.default_rng(17)
    a, b = rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6)), rng.normal(1, 2, (300, 6))
    first, second = np.cov(a.T), np.cov(b.T)
    away = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    wanted = away + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet(a, b) == pytest.approx(wanted, rel=1e-6)
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)


def test_coverage_counts_real_ones_with_a_made_one_near():
    real = np.random.default_rng(17).normal(size=(200, 3))
    real[:100] += 50
    assert coverage(real, real) == 1
    assert coverage(real, real[:100]) == 0.5
    assert coverage(real, real[:1]) < 0.2


def test_a_perfect_denoiser_is_followed_to_the_code(monkeypatch):
    tf = pytest.importorskip("tensorflow")
    target = tf.constant(np.random.default_rng(1).normal(size=(11, 16)), tf.float32)

    def perfect(inputs):
        code, time_, label = inputs
        clean, noisy = tf.cos(time_ * np.pi / 2), tf.sin(time_ * np.pi / 2)
        wanted = tf.gather(target, label)
        noise = (code - clean * wanted) / noisy
        return clean * noise - noisy * wanted

    labels = np.array([3, 7, 0])
    for steps in (1, 5, 25):
        codes = denoise(perfect, labels, steps=steps, seed=2)
        assert codes.shape == (steps + 1, 3, 16)
        np.testing.assert_allclose(codes[-1], target.numpy()[labels], atol=1e-4)
    # Half as if it had no label: between the code wanted and that of "no label".
    half = denoise(perfect, labels, guidance=0.5, steps=1, seed=2)[-1]
    np.testing.assert_allclose(half, (target.numpy()[labels] + target.numpy()[10]) / 2, atol=1e-4)
    assert (
        denoise(perfect, labels, steps=5, seed=2)[0] == denoise(perfect, labels, steps=9, seed=2)[0]
    ).all()


def test_what_is_unknown_is_not_trained():
    with pytest.raises(SystemExit, match="there is no 'cats' to train; expected judges, diffusion, curves"):
        make.main("cats")
