"""Train the networks of chapter 15, which enlarge photographs, and measure them.

python -m data.make.super_resolution            # all again, about ten minutes of one core
python -m data.make.super_resolution measure    # Set5, Set14 and BSD100, where the folder has them
"""

import argparse
import io
import sys
import time

import numpy as np

from data.make.backbone import build_backbone
from data.make.in_half import in_half, save_in_half
from data.make.one_cycle import one_cycle
from helpers import datasets
from helpers.models import load_weights, shipped
from helpers.safe_arrays import NpzReader
from helpers.session import quiet_native_log
from helpers.settings import path_setting

HELD_OUT = ("astronaut", "chelsea", "coffee")
"""Photographs on which no network of the chapter is trained."""

_SETS = "sr_set5_set14_bsd100_webp.npz"


def luminance(picture):
    """Brightness of a picture (height, width, 3), uint8, as television counts it: 16/255 to 235/255."""
    return ((16 + picture @ np.array([65.481, 128.553, 24.966]) / 255) / 255).astype(np.float32)


def resized(y, height, width):
    """Resize (height, width) by bicubic interpolation; when it gets smaller, over a wider neighbourhood."""
    from PIL import Image

    return np.asarray(Image.fromarray(y).resize((width, height), Image.Resampling.BICUBIC))


def shrunk(y, scale):
    """Cut to a multiple of the scale; return that, and it `scale` times smaller."""
    height, width = (side // scale * scale for side in y.shape)
    y = y[:height, :width]
    return y, resized(y, height // scale, width // scale)


def unpacked(z):
    """Sub-pixel: (..., h, w, s * s) to (..., h * s, w * s)."""
    *n, h, w, channels = z.shape
    s = round(channels**0.5)
    return np.moveaxis(z.reshape(*n, h, w, s, s), -3, -2).reshape(*n, h * s, w * s)


def packed(y, scale):
    """The way back: (..., h * s, w * s) to (..., h, w, s * s)."""
    *n, height, width = y.shape
    z = np.moveaxis(y.reshape(*n, height // scale, scale, width // scale, scale), -3, -2)
    return z.reshape(*n, height // scale, width // scale, scale * scale)


def espcn(scale):
    """Build ESPCN: luminance (h, w, 1) to what bicubic lacks, `scale` x `scale` numbers a pixel.

    Notes
    -----
    W. Shi et al., "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
    Convolutional Neural Network", CVPR (2016); here on top of the bicubic picture.
    """
    import keras
    from keras import layers

    return keras.Sequential([
        keras.Input((None, None, 1)),
        layers.Conv2D(64, 5, padding="same", activation="relu"),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Conv2D(scale * scale, 3, padding="same", kernel_initializer="zeros"),
    ])  # fmt: skip


def srresnet(scale=4, blocks=4, filters=32):
    """Build a small SRResNet, with input and output as `espcn` has them.

    Notes
    -----
    C. Ledig et al., "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
    CVPR (2017); smaller, without batch normalisation, on top of the bicubic picture.
    """
    import keras
    from keras import layers

    inputs = keras.Input((None, None, 1))
    z = first = layers.Conv2D(filters, 3, padding="same", activation="relu")(inputs)
    for _ in range(blocks):
        inner = layers.Conv2D(filters, 3, padding="same", activation="relu")(z)
        z = layers.Add()([z, layers.Conv2D(filters, 3, padding="same")(inner)])
    z = layers.Add()([first, layers.Conv2D(filters, 3, padding="same")(z)])
    outputs = layers.Conv2D(scale * scale, 3, padding="same", kernel_initializer="zeros")(z)
    return keras.Model(inputs, outputs)


def enlarge(network, small, scale):
    """Bicubic, plus what the network says is missing."""
    plain = resized(small, small.shape[0] * scale, small.shape[1] * scale)
    missing = network(small[None, :, :, None]).numpy()[0]
    return np.clip(plain + unpacked(missing), 0, 1)


def patches(photographs, scale, size, n, rng):
    """Cut squares out of photographs at several sizes, turned and mirrored: small, bicubic and original.

    Returns
    -------
    small : ndarray of shape (n, size, size)
    plain, original : ndarray of shape (n, size * scale, size * scale)
    """
    pairs = []
    for y in photographs:
        for share in (1, 0.75, 0.5):
            original, small = shrunk(resized(y, *(round(side * share) for side in y.shape)), scale)
            if min(small.shape) >= size:
                pairs.append((small, resized(small, *original.shape), original))
    areas = np.array([pair[0].size for pair in pairs], float)
    small, plain, original = [], [], []
    for i in rng.choice(len(pairs), n, p=areas / areas.sum()):
        row, column = (rng.integers(side - size + 1) for side in pairs[i][0].shape)
        turn, flip = rng.integers(4), rng.random() < 0.5
        for array, kept, s in zip(pairs[i], (small, plain, original), (1, scale, scale), strict=True):
            square = array[row * s : (row + size) * s, column * s : (column + size) * s]
            kept.append(np.rot90(square[:, ::-1] if flip else square, turn))
    return np.array(small), np.array(plain), np.array(original)


def train(network, photographs, scale, size, n, epochs, peak, batch=16, seed=42):
    """Fit what bicubic lacks, by its mean absolute error; return CPU seconds."""
    import keras

    keras.utils.set_random_seed(seed)
    small, plain, original = patches(photographs, scale, size, n, np.random.default_rng(seed))
    begun = time.process_time()
    network.compile(keras.optimizers.Adam(one_cycle(peak, epochs * -(-n // batch))), loss="mae")
    network.fit(small[..., None], packed(original - plain, scale), batch, epochs, verbose=0)
    return time.process_time() - begun


def quality(picture, original, border):
    """PSNR and SSIM of luminance, without a border."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    a, b = (np.float64(y)[border:-border, border:-border] for y in (picture, original))
    like = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1}
    return peak_signal_noise_ratio(b, a, data_range=1), structural_similarity(b, a, **like)


def measured(networks, pictures, scale):
    """Mean PSNR and SSIM over pictures (luminance) of bicubic and of each network: {name: (dB, SSIM)}."""
    rows = {"bicubic": []} | {name: [] for name in networks}
    for y in pictures:
        original, small = shrunk(y, scale)
        rows["bicubic"].append(quality(np.clip(resized(small, *original.shape), 0, 1), original, scale))
        for name, network in networks.items():
            rows[name].append(quality(enlarge(network, small, scale), original, scale))
    return {name: tuple(np.mean(values, axis=0)) for name, values in rows.items()}


def seen(blocks=3):
    """Build the first blocks of chapter 14's backbone, with its weights: what pictures are compared by.

    Returns
    -------
    keras.Model
        From luminance (n, h, w, 1) in [0, 1] to (n, h / 4, w / 4, 128); not trained any further.
    """
    import keras
    from keras import layers

    whole = build_backbone((None, None, 3))
    load_weights(whole, shipped("backbone"), shipped=True)
    # One convolution, then two in each block, and a ReLU after every one of them.
    relus = [layer for layer in whole.layers if isinstance(layer, layers.ReLU)]
    inputs = keras.Input((None, None, 1))
    inner = keras.Model(whole.input, relus[2 * blocks].output)
    return keras.Model(inputs, inner(layers.Concatenate()([255 * inputs] * 3)), trainable=False)


def critic():
    """Build the network that tells originals (n, h, w, 1) from enlarged ones: one score each."""
    import keras
    from keras import layers

    inputs = z = keras.Input((None, None, 1))
    for filters in (32, 64, 96):
        z = layers.LeakyReLU(0.2)(layers.Conv2D(filters, 4, strides=2, padding="same")(z))
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(layers.Conv2D(1, 3, padding="same")(z)))


def sharpen(
    network, photographs, steps, seed=42, batch=8, size=24, weights=(0.3, 0.1, 0.02), rate=5e-4, scale=4
):
    """Go on with a network of `srresnet` against a critic, with features compared; return CPU seconds.

    Parameters
    ----------
    network : keras.Model
    photographs : list of ndarray
    steps, seed, batch, size : int
    weights : (float, float, float)
        Of absolute error, of the difference in features, of what the critic says.
    scale : int
    """
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    judge, eye = critic(), seen()
    small, plain, original = patches(photographs, scale, size, batch * 250, np.random.default_rng(seed))
    small, plain, original = (tf.constant(array[..., None]) for array in (small, plain, original))
    optimizers = keras.optimizers.Adam(rate, beta_1=0.5), keras.optimizers.Adam(rate, beta_1=0.5)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits

    @tf.function
    def step(rows):
        low, smooth, real = (tf.gather(array, rows) for array in (small, plain, original))
        with tf.GradientTape() as tape, tf.GradientTape() as other:
            made = smooth + tf.nn.depth_to_space(network(low, training=True), scale)
            told_real, told_made = judge(real, training=True), judge(made, training=True)
            parts = (
                tf.reduce_mean(tf.abs(made - real)),
                tf.reduce_mean(tf.abs(eye(made, training=False) - eye(real, training=False))),
                tf.reduce_mean(entropy(tf.ones_like(told_made), told_made)),
            )
            loss = tf.add_n([weight * part for weight, part in zip(weights, parts, strict=True)])
            judged = tf.reduce_mean(
                entropy(0.9 * tf.ones_like(told_real), told_real)
                + entropy(tf.zeros_like(told_made), told_made)
            )
        for model, result, tape_of, optimizer in (
            (network, loss, tape, optimizers[0]), (judge, judged, other, optimizers[1])
        ):  # fmt: skip
            variables = model.trainable_variables
            optimizer.apply_gradients(zip(tape_of.gradient(result, variables), variables, strict=True))

    rng, begun = np.random.default_rng(seed), time.process_time()
    for _ in range(steps):
        step(tf.constant(rng.choice(len(original), batch, replace=False)))
    return time.process_time() - begun


def benchmark():
    """Luminance of the pictures of Set5, Set14 and BSD100: {name: list}; empty where they are not at hand."""
    from PIL import Image

    folder, sets = path_setting("COURSE_DATA_DIR"), {}
    if folder is None or not (folder / _SETS).exists():
        return sets
    with NpzReader(folder / _SETS) as npz:
        for kind, count in {"set5": 5, "set14": 14, "bsd100": 100}.items():
            for i in range(count):
                key = f"{kind}_{i:03}"
                stream = io.BytesIO(npz.array(key, npz.header(key)[0], np.uint8).tobytes())
                with Image.open(stream, formats=["WEBP"]) as picture:
                    sets.setdefault(kind, []).append(luminance(np.asarray(picture.convert("RGB"))))
    return sets


BUILDERS = {
    "espcn_x2": (lambda: espcn(2), 2),
    "espcn_x3": (lambda: espcn(3), 3),
    "srresnet_x4": (srresnet, 4),
    "srgan_x4": (srresnet, 4),
}


def make():
    """Train and save all networks."""
    photographs = {name: luminance(picture) for name, picture in datasets.load_photographs().items()}
    learned = [y for name, y in photographs.items() if name not in HELD_OUT]
    source = "15 photographs that come with scikit-image (origin and licence of each in skimage.data)"
    for name, (build, scale) in BUILDERS.items():
        network = build()
        if name == "srgan_x4":
            load_weights(network, shipped("srresnet_x4"))
            seconds = sharpen(network, learned, 800)
        else:
            how = (24, 4_000, 6) if scale == 4 else (20, 12_000, 9)
            seconds = train(network, learned, scale, *how, peak=2e-3)
        in_half(network)
        figures = measured({name: network}, [photographs[held] for held in HELD_OUT], scale)
        psnr = {kind: round(float(decibels), 2) for kind, (decibels, _) in figures.items()}
        ssim = {f"{kind}, SSIM on photographs held out": float(value[1]) for kind, value in figures.items()}
        save_in_half(
            network,
            shipped(name),
            data=source,
            accuracy=ssim,
            seconds=seconds,
            recipe="python -m data.make.super_resolution",
            psnr_on_photographs_held_out=psnr,
        )
        print(name, psnr, flush=True)


def measure():
    """Print PSNR and SSIM on the pictures by which networks are compared, as rows of a table."""
    for kind, pictures in benchmark().items():
        for scale in (2, 3, 4):
            networks = {}
            for name, (build, of_scale) in BUILDERS.items():
                if of_scale == scale:
                    networks[name] = build()
                    load_weights(networks[name], shipped(name), shipped=True)
            for name, (psnr, ssim) in measured(networks, pictures, scale).items():
                print(f"| {kind} | {scale} | {name} | {psnr:.2f} | {ssim:.3f} |", flush=True)


def main(arguments=None):
    """Train and save, or measure; print what came out."""
    parser = argparse.ArgumentParser(prog="python -m data.make.super_resolution", description=main.__doc__)
    parser.add_argument("what", nargs="?", choices=["measure"], help="only measure what is there")
    options = parser.parse_args(arguments)
    with quiet_native_log():
        import tensorflow  # noqa: F401
    if not options.what:
        make()
    measure()


if __name__ == "__main__":
    sys.exit(main())
