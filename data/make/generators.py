"""Train the networks of chapter 17, which make digits and garments, and the judge of what they make.

python -m data.make.generators             # all that ships, 20 minutes of one core; needs both real sets
python -m data.make.generators diffusion   # a part: judges, diffusion, or curves (models at equal seconds)
"""

import json
import sys
import time

import numpy as np

from data.make.in_half import in_half, save_in_half
from data.make.one_cycle import one_cycle
from helpers import datasets
from helpers.datasets.embedded import embedded_data
from helpers.models import load_weights, shipped
from helpers.session import ROOT, quiet_native_log

CURVES = ROOT / "data" / "curves" / "generators.json"
MADE = 2_000  # Images of a model that are judged.
SEEDS = 1, 2, 3
MARKS = 10, 20, 40  # CPU seconds of training at which models are compared.
SHIPPED_GAN = 60  # Seconds of those that ship.
NO_LABEL = 10  # What the denoiser is told instead of a label.


# ---------------------------------------------------------------- networks


def make_judge():
    """Build the judge: ten probabilities; the 64 numbers before them are its layer "features"."""
    import keras
    from keras import layers

    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(16, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(32, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Conv2D(64, 3, padding="same", activation="relu"), layers.MaxPooling2D(),
        layers.Flatten(), layers.Dropout(0.3),
        layers.Dense(64, activation="relu", name="features"),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def make_flat_encoder(numbers=2, widths=(100, 64)):
    """Build a dense encoder: image to mean and log variance of each number of its code."""
    import keras
    from keras import layers

    image = keras.Input((28, 28, 1))
    h = layers.Flatten()(image)
    for width in widths:
        h = layers.Dense(width, activation="relu")(h)
    return keras.Model(image, [layers.Dense(numbers)(h), layers.Dense(numbers)(h)])


def make_flat_decoder(numbers=2, widths=(64, 100)):
    """Build a dense decoder: code to image."""
    import keras
    from keras import layers

    code = h = keras.Input((numbers,))
    for width in widths:
        h = layers.Dense(width, activation="relu")(h)
    h = layers.Dense(784, activation="sigmoid")(h)
    return keras.Model(code, layers.Reshape((28, 28, 1))(h))


def make_encoder(numbers=16):
    """Build a convolutional encoder: image to mean and log variance of each number of its code."""
    import keras
    from keras import layers

    h = image = keras.Input((28, 28, 1))
    for filters in (16, 32, 32):  # 14, 7, 4 pixels each way
        h = layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(h)
    h = layers.Flatten()(h)
    return keras.Model(image, [layers.Dense(numbers)(h), layers.Dense(numbers)(h)])


def make_decoder(numbers=16, labelled=False):
    """Build a convolutional decoder: code, with a label if it is `labelled`, to image."""
    import keras
    from keras import layers

    h = code = keras.Input((numbers,))
    label = keras.Input((), dtype="int32")
    if labelled:
        h = layers.Concatenate()([code, layers.Embedding(10, 10)(label)])
    h = layers.Dense(7 * 7 * 32, activation="relu")(h)
    h = layers.Reshape((7, 7, 32))(h)
    h = layers.Conv2DTranspose(32, 3, strides=2, padding="same", activation="relu")(h)
    h = layers.Conv2DTranspose(16, 3, strides=2, padding="same", activation="relu")(h)
    image = layers.Conv2D(1, 3, padding="same", activation="sigmoid")(h)
    return keras.Model([code, label] if labelled else code, image)


def make_generator(numbers=32, labelled=True):
    """Build the generator of a GAN: noise, with a label if it is `labelled`, to image."""
    import keras
    from keras import layers

    h = noise = keras.Input((numbers,))
    label = keras.Input((), dtype="int32")
    if labelled:
        h = layers.Concatenate()([noise, layers.Embedding(10, 10)(label)])
    h = layers.Dense(7 * 7 * 24, use_bias=False)(h)
    h = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h))
    h = layers.Reshape((7, 7, 24))(h)
    h = layers.Conv2DTranspose(32, 4, strides=2, padding="same", use_bias=False)(h)
    h = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(h))
    image = layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="sigmoid")(h)
    return keras.Model([noise, label] if labelled else noise, image)


def make_critic(labelled=True):
    """Build the critic of a GAN: image, with a label if it is `labelled`, to a score, high for real.

    Notes
    -----
    The projection of the label: T. Miyato, M. Koyama, "cGANs with Projection Discriminator", ICLR (2018).
    """
    import keras
    from keras import layers

    h = image = keras.Input((28, 28, 1))
    label = keras.Input((), dtype="int32")
    for filters in (32, 64):
        h = layers.Conv2D(filters, 4, strides=2, padding="same")(h)
        h = layers.Dropout(0.2)(layers.LeakyReLU(0.2)(h))
    features = layers.Flatten()(h)
    score = layers.Dense(1)(features)
    if labelled:
        wanted = layers.Embedding(10, 7 * 7 * 64)(label)
        score = layers.Add()([score, layers.Dot(axes=1)([features, wanted])])
    return keras.Model([image, label] if labelled else image, score)


def make_denoiser(numbers=16, width=112, blocks=2):
    """Build the denoiser: noisy code, time (0 clean, 1 noise) and label (10: none) to v."""
    import keras
    from keras import layers

    code, time_, label = keras.Input((numbers,)), keras.Input((1,)), keras.Input((), dtype="int32")
    told = layers.Concatenate()([layers.Dense(32, activation="silu")(time_), layers.Embedding(11, 32)(label)])
    told = layers.Dense(width)(told)
    h = layers.Dense(width)(code)
    for _ in range(blocks):
        z = layers.Dense(width, activation="silu")(layers.LayerNormalization()(layers.Add()([h, told])))
        h = layers.Add()([h, layers.Dense(width)(z)])
    v = layers.Dense(numbers)(layers.LayerNormalization()(layers.Add()([h, told])))
    return keras.Model([code, time_, label], v)


# ---------------------------------------------------------------- training


def run(step, arrays, seconds, batch=128, seed=0):
    """Call `step` on random batches for some CPU seconds."""
    import tensorflow as tf

    rng, begun = np.random.default_rng(seed), time.process_time()
    while time.process_time() - begun < seconds:
        chosen = rng.integers(len(arrays[0]), size=batch)
        step(*[tf.constant(array[chosen]) for array in arrays])


def vae_step(encoder, decoder, kl_weight, rate=2e-3, labelled=False):
    """Make a training step of a variational autoencoder."""
    import keras
    import tensorflow as tf

    variables = encoder.trainable_variables + decoder.trainable_variables
    optimizer = keras.optimizers.Adam(rate)

    @tf.function
    def step(images, labels):
        with tf.GradientTape() as tape:
            mean, log_variance = encoder(images)
            code = mean + tf.exp(log_variance / 2) * tf.random.normal(tf.shape(mean))
            made = decoder([code, labels] if labelled else code)
            error = 784 * tf.reduce_mean(keras.losses.binary_crossentropy(images, made))
            kl = tf.reduce_sum(mean**2 + tf.exp(log_variance) - log_variance - 1, axis=1) / 2
            loss = error + kl_weight * tf.reduce_mean(kl)
        optimizer.apply(tape.gradient(loss, variables), variables)

    return step


def gan_step(generator, critic, rate=1e-3, labelled=True, real=0.9):
    """Make a training step of a GAN: the critic's, then the generator's."""
    import keras
    import tensorflow as tf

    critic_optimizer = keras.optimizers.Adam(rate, beta_1=0.5)
    generator_optimizer = keras.optimizers.Adam(rate, beta_1=0.5)
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def with_label(inputs, labels):
        return [inputs, labels] if labelled else inputs

    @tf.function
    def step(images, labels):
        noise = tf.random.normal((len(images), generator.inputs[0].shape[1]))
        with tf.GradientTape() as tape:
            made = generator(with_label(noise, labels), training=True)
            true_score = critic(with_label(images, labels), training=True)
            made_score = critic(with_label(made, labels), training=True)
            loss = entropy(real * tf.ones_like(true_score), true_score)
            loss += entropy(tf.zeros_like(made_score), made_score)
        gradients = tape.gradient(loss, critic.trainable_variables)
        critic_optimizer.apply(gradients, critic.trainable_variables)
        with tf.GradientTape() as tape:
            made = generator(with_label(noise, labels), training=True)
            made_score = critic(with_label(made, labels), training=True)
            loss = entropy(tf.ones_like(made_score), made_score)
        gradients = tape.gradient(loss, generator.trainable_variables)
        generator_optimizer.apply(gradients, generator.trainable_variables)

    return step


def diffusion_step(denoiser, average, rate=2e-3, keep=0.999, dropped=0.15):
    """Make a training step of the denoiser; `average` follows its weights slowly.

    Notes
    -----
    v: T. Salimans, J. Ho, "Progressive Distillation for Fast Sampling of Diffusion Models", ICLR (2022).
    Labels left out: J. Ho, T. Salimans, "Classifier-Free Diffusion Guidance" (2022).
    """
    import keras
    import tensorflow as tf

    optimizer = keras.optimizers.Adam(rate)
    count = tf.Variable(0.0)

    @tf.function
    def step(mean, log_variance, labels):
        code = mean + tf.exp(log_variance / 2) * tf.random.normal(tf.shape(mean))
        time_ = tf.random.uniform((len(mean), 1))
        clean, noisy = tf.cos(time_ * np.pi / 2), tf.sin(time_ * np.pi / 2)
        noise = tf.random.normal(tf.shape(mean))
        labels = tf.where(tf.random.uniform(tf.shape(labels)) < dropped, NO_LABEL, labels)
        with tf.GradientTape() as tape:
            v = denoiser([clean * code + noisy * noise, time_, labels])
            loss = tf.reduce_mean((v - (clean * noise - noisy * code)) ** 2)
        variables = denoiser.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        count.assign_add(1.0)
        slow = tf.minimum(keep, count / (count + 10))  # Soon forgets how it began.
        for old, new in zip(average.trainable_variables, variables, strict=True):
            old.assign(slow * old + (1 - slow) * new)

    return step


# ---------------------------------------------------------------- sampling


def denoise(denoiser, labels, guidance=1.0, steps=25, seed=0, numbers=16):
    """Let codes come out of noise, with DDIM's steps.

    Returns
    -------
    codes : ndarray of shape (steps + 1, n, numbers)
        From noise to clean.

    Notes
    -----
    J. Song, C. Meng, S. Ermon, "Denoising Diffusion Implicit Models", ICLR (2021).
    """
    import tensorflow as tf

    labels = np.asarray(labels, np.int32)
    code = np.random.default_rng(seed).normal(size=(len(labels), numbers)).astype(np.float32)
    no_label, stages = np.full_like(labels, NO_LABEL), [code]
    call = tf.function(denoiser, reduce_retracing=True)
    times = np.linspace(1, 0, steps + 1, dtype=np.float32)
    for now, after in zip(times[:-1], times[1:], strict=True):
        column = np.full((len(labels), 1), now, np.float32)
        v = call([code, column, labels]).numpy()
        if guidance != 1:
            without = call([code, column, no_label]).numpy()
            v = without + np.float32(guidance) * (v - without)
        angle, next_angle = now * np.pi / 2, after * np.pi / 2
        clean = np.cos(angle) * code - np.sin(angle) * v
        noise = np.sin(angle) * code + np.cos(angle) * v
        code = (np.cos(next_angle) * clean + np.sin(next_angle) * noise).astype(np.float32)
        stages.append(code)
    return np.array(stages)


# ---------------------------------------------------------------- judging


def frechet(a, b):
    """Fréchet distance of two sets of features, taken as normal distributions (Heusel et al., 2017)."""
    difference = a.mean(axis=0) - b.mean(axis=0)
    first, second = np.cov(a.T), np.cov(b.T)
    # The trace of the root of first @ second, by the eigenvalues of a symmetric matrix.
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    eigenvalues = np.linalg.eigvalsh(root @ second @ root)
    return float(
        difference @ difference
        + np.trace(first)
        + np.trace(second)
        - 2 * np.sqrt(np.maximum(eigenvalues, 0)).sum()
    )


def coverage(real, made, nearest=5):
    """Share of real ones with a made one no farther than their fifth real neighbour (Naeem et al., 2020)."""
    radius = np.sort(_distances(real, real), axis=1)[:, nearest]  # 0 is the distance to itself.
    return float((_distances(real, made).min(axis=1) <= radius).mean())


def _distances(a, b):
    return np.sqrt(np.maximum((a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T, 0))


class Judge:
    """A trained judge, and what it sees in real images; their variance is the Fréchet distance's unit."""

    def __init__(self, network, real):
        import keras

        self._both = keras.Model(network.inputs, [network.get_layer("features").output, *network.outputs])
        self._scale = 1.0
        features, _ = self._look(real)
        self._scale = np.sqrt(features.var(axis=0).sum())
        self._real = features / self._scale

    def _look(self, images):
        features, probabilities = self._both.predict(images, batch_size=500, verbose=0)
        return features.astype(np.float64) / self._scale, probabilities

    def measure(self, images, labels=None):
        """Share of which it is sure, with the right label, Fréchet distance, coverage, rarest class."""
        features, probabilities = self._look(images)
        answers = probabilities.argmax(axis=1)
        figures = {
            "sure": (probabilities.max(axis=1) >= 0.9).mean(),
            "coverage": coverage(self._real[:MADE], features),
            "rarest class": np.bincount(answers, minlength=10).min() / len(images),
            "Frechet distance": frechet(self._real, features),
        }
        if labels is not None:
            figures["right label"] = (answers == labels).mean()
        return {name: round(float(figure), 4) for name, figure in figures.items()}


# ---------------------------------------------------------------- what ships


def load(name):
    """Load images as float32 (n, 28, 28, 1) in [0, 1] and labels as int32: training, test, drawn test.

    Returns
    -------
    tuple of three pairs, and the drawn training pair
    """
    loader = datasets.load_mnist if name == "mnist" else datasets.load_fashion_mnist
    drawn = embedded_data(name)
    pairs = [*loader(), (drawn["x_test"], drawn["y_test"]), (drawn["x_train"], drawn["y_train"])]
    return [((x[..., None] / np.float32(255)), y.astype(np.int32)) for x, y in pairs]


def train_judge(name, epochs=3):
    """Train a judge on real and drawn images, and save it."""
    import keras

    train, test, drawn_test, drawn = load(name)
    keras.utils.set_random_seed(42)
    judge, begun = make_judge(), time.process_time()
    x, y = np.concatenate([train[0], drawn[0]]), np.concatenate([train[1], drawn[1]])
    rate = one_cycle(4e-3, epochs * -(-len(x) // 128))
    judge.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    judge.fit(x, y, batch_size=128, epochs=epochs, verbose=0)
    seconds = time.process_time() - begun
    in_half(judge)
    kind = KINDS[name]
    accuracy = {
        f"real {kind}": judge.evaluate(*test, batch_size=500, verbose=0)[1],
        f"drawn {kind}": judge.evaluate(*drawn_test, batch_size=500, verbose=0)[1],
    }
    save_in_half(judge, shipped(f"judge_{kind}"), accuracy=accuracy, seconds=seconds,
                 data=f"{TITLES[name]}'s 60,000 training images and 60,000 {kind} drawn by the course",
                 recipe="python -m data.make.generators judges")  # fmt: skip
    print(kind, accuracy, round(seconds), flush=True)


TITLES = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
KINDS = {"mnist": "digits", "fashion_mnist": "garments"}


def judged_by(name):
    """Load what there is to learn from, and the judge of it.

    Returns
    -------
    judge : Judge
    images, labels : ndarray
        For training.
    ends : dict of str to dict
        What the judge says of real images, and of noise.
    """
    (images, labels), (real, wanted), *_ = load(name)
    network = make_judge()
    load_weights(network, shipped(f"judge_{KINDS[name]}"))
    judge = Judge(network, images[:10_000])
    noise = np.random.default_rng(0).random((MADE, 28, 28, 1), np.float32)
    ends = {"real": judge.measure(real[::5], wanted[::5]), "noise": judge.measure(noise)}
    return judge, images, labels, ends


def keep(model, name, made, judged, seconds, recipe):
    """Save a model with what the judge says of what it makes."""
    judged = {"what it makes": made} | judged
    shares = {key: share for key, share in made.items() if key != "Frechet distance"}
    kind = "garments" if name.endswith("garments") else "digits"
    title = TITLES["fashion_mnist" if kind == "garments" else "mnist"]
    command = f"python -m data.make.generators {recipe}"
    save_in_half(model, shipped(name), accuracy=shares, seconds=seconds, judged=judged,
                 data=f"{title}'s 60,000 training images", recipe=command)  # fmt: skip
    print(name, made, round(seconds), flush=True)


def train_diffusion(images, labels, vae_seconds, seconds, batch=128):
    """Train autoencoder, in batches of so many, then denoiser; return encoder, decoder, denoiser."""
    encoder, decoder = make_encoder(), make_decoder()
    run(vae_step(encoder, decoder, 0.2), [images, labels], seconds=vae_seconds, batch=batch)
    begun = time.process_time()
    codes = encoder.predict(images, batch_size=500, verbose=0)
    denoiser, average = make_denoiser(), make_denoiser()
    average.set_weights(denoiser.get_weights())
    left = seconds - (time.process_time() - begun)
    run(diffusion_step(denoiser, average), [*codes, labels], seconds=left, batch=256)
    return encoder, decoder, average


def judge_again(judge, name, encoder, decoder):
    """Judge real test images that went through their codes."""
    test, wanted = load(name)[1]
    codes, _ = encoder.predict(test[::5], batch_size=500, verbose=0)  # The first half is cleaner.
    return judge.measure(decoder.predict(codes, verbose=0), wanted[::5])


def measure_diffusion(judge, name, encoder, decoder, denoiser):
    """Judge what latent diffusion makes: with more and less guidance, in fewer and more steps."""
    judged = {"reconstructions": judge_again(judge, name, encoder, decoder)}
    asked = np.arange(MADE, dtype=np.int32) % 10
    for guidance in (0, 1, 2, 3, 4):
        made = decoder.predict(denoise(denoiser, asked, guidance)[-1], verbose=0)
        judged[f"guidance {guidance}"] = judge.measure(made, asked if guidance else None)
    for steps in (5, 10, 50):
        made = decoder.predict(denoise(denoiser, asked, 2, steps)[-1], verbose=0)
        judged[f"guidance 2, {steps} steps"] = judge.measure(made, asked)
    return judged


def train_and_keep_diffusion(name, vae_seconds=90, seconds=60):
    """Train and save latent diffusion of digits or garments."""
    import keras

    keras.utils.set_random_seed(42)
    judge, images, labels, judged = judged_by(name)
    networks = train_diffusion(images, labels, vae_seconds, seconds)
    in_half(*networks)
    judged |= measure_diffusion(judge, name, *networks)
    parts = ("encoder", vae_seconds), ("decoder", vae_seconds), ("denoiser", seconds)
    for (part, taken), network in zip(parts, networks, strict=True):
        if (part, name) != ("encoder", "fashion_mnist"):  # Nothing that ships needs it.
            keep(network, f"code_{part}_{KINDS[name]}", judged["guidance 2"], judged, taken, "diffusion")
    for what, figures in judged.items():
        print("   ", what, figures, flush=True)


def train_gans(judge, images, labels, judged, labelled):
    """Train three GANs by other seeds; return what is judged at the marks. The first with labels ships.

    Small batches: in the same seconds they make four times as many steps as 128 images at a time, and at 40
    seconds twice as many digits are read as asked for.
    """
    import keras

    curves, ends = [], {}
    asked = np.arange(MADE, dtype=np.int32) % 10
    noise = np.random.default_rng(0).normal(size=(MADE, 32)).astype(np.float32)
    for seed in SEEDS:
        keras.utils.set_random_seed(seed)
        generator, critic = make_generator(labelled=labelled), make_critic(labelled)
        step, curve = gan_step(generator, critic, labelled=labelled), []
        for last, mark in zip((0, *MARKS), (*MARKS, SHIPPED_GAN), strict=True):
            if mark == SHIPPED_GAN and (not labelled or seed != SEEDS[0]):
                continue
            run(step, [images, labels], seconds=mark - last, batch=32, seed=100 * seed + mark)
            if mark == SHIPPED_GAN:
                in_half(generator)
            made = generator.predict([noise, asked] if labelled else noise, batch_size=500, verbose=0)
            curve.append(judge.measure(made, asked if labelled else None))
        print("    GAN, labelled" if labelled else "    GAN", "seed", seed, curve, flush=True)
        ends[f"seed {seed}, {MARKS[-1]} seconds"] = curve[len(MARKS) - 1]
        if labelled and seed == SEEDS[0]:
            first, figures = generator, curve.pop()
        if labelled:
            keep(first, "gan_labelled", figures, ends | judged, SHIPPED_GAN, "curves")
        curves.append(curve)
    return curves


def train_vae(judge, images, labels, kind):
    """Train one of three autoencoders; return what is judged at the marks."""
    import keras

    keras.utils.set_random_seed(1)
    labelled, flat = kind == "conditional VAE", kind == "VAE, 2 numbers"
    encoder, decoder = (
        (make_flat_encoder(), make_flat_decoder())
        if flat
        else (make_encoder(), make_decoder(labelled=labelled))
    )
    step = vae_step(encoder, decoder, 1.0, labelled=labelled)
    asked, curve = np.arange(MADE, dtype=np.int32) % 10, []
    codes = np.random.default_rng(0).normal(size=(MADE, encoder.output_shape[0][1])).astype(np.float32)
    for last, mark in zip((0, *MARKS), MARKS, strict=False):
        # Where a step is long, many short ones are better.
        run(step, [images, labels], seconds=mark - last, batch=128 if flat else 32, seed=mark)
        made = decoder.predict([codes, asked] if labelled else codes, batch_size=500, verbose=0)
        curve.append(judge.measure(made, asked if labelled else None))
    print("   ", kind, curve[-1], flush=True)
    return curve


def train_curves():
    """Train all models for the same seconds, and keep what the judge says; save a GAN."""
    import keras

    judge, images, labels, judged = judged_by("mnist")
    asked, curves = np.arange(MADE, dtype=np.int32) % 10, {}

    curves["VAE, 2 numbers"] = train_vae(judge, images, labels, "VAE, 2 numbers")
    for kind, labelled in (("conditional GAN", True), ("GAN", False)):
        seeds = train_gans(judge, images, labels, judged, labelled)
        curves |= {f"{kind}, seed {seed}": curve for seed, curve in zip(SEEDS, seeds, strict=True)}
    for mark in MARKS:
        keras.utils.set_random_seed(1)
        _, decoder, denoiser = train_diffusion(images, labels, mark / 2, mark / 2, batch=32)
        for guidance in (1, 2):
            made = decoder.predict(denoise(denoiser, asked, guidance)[-1], verbose=0)
            curve = curves.setdefault(f"latent diffusion, guidance {guidance}", [])
            curve.append(judge.measure(made, asked))
        print("    latent diffusion", mark, curve[-1], flush=True)
    for kind in ("conditional VAE", "VAE, 16 numbers"):
        curves[kind] = train_vae(judge, images, labels, kind)
    content = {"seconds": MARKS, **judged, "models": curves}
    CURVES.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main(*what):
    """Train what is asked for: judges, diffusion, curves; all without a word."""
    with quiet_native_log():
        import keras  # noqa: F401
    jobs = {
        "judges": lambda: [train_judge(name) for name in TITLES],
        "diffusion": lambda: [train_and_keep_diffusion(name) for name in TITLES],
        "curves": train_curves,
    }
    for job in what or jobs:
        if job not in jobs:
            sys.exit(f"there is no {job!r} to train; expected {', '.join(jobs)}")
        jobs[job]()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
