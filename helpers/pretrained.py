"""MobileNetV2 with the weights that ImageNet's photographs gave it: prepared, kept, or downloaded."""

import json
from collections import namedtuple

from helpers.datasets import sources

WEIGHTS = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"
NAMES = "imagenet_class_index.json"
# Where Keras itself fetches the two files from, and its checksums: it publishes none of the weights.
ADDRESSES = {
    WEIGHTS: "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/",
    NAMES: "https://storage.googleapis.com/download.tensorflow.org/data/",
}
CHECKSUMS = {WEIGHTS: None, NAMES: "md5:c2c37ea517e94d9795004a39431a14cb"}
_BYTES = {WEIGHTS: (10 * 2**20, 20 * 2**20), NAMES: (10_000, 100_000)}
Pretrained = namedtuple("Pretrained", "network names note")


def load_imagenet():
    """Load MobileNetV2 and its classes' names from `COURSE_DATA_DIR`, the cache, or Keras' server.

    A COURSE_DATA_DIR that names no folder is a DatasetError.

    Returns
    -------
    network : keras.Model or None
        Images float32 (n, 224, 224, 3) from 0 to 255 to scores before softmax, (n, 1000). None where the
        files cannot be had or are damaged.
    names : list of str
        Its 1,000 classes; empty without a network.
    note : str
        Where the weights came from, or why there are none: one sentence.

    Notes
    -----
    14.5 MB. M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR, 2018).
    """
    from helpers.download import DownloadError

    try:
        (index, _), (weights, where) = map(_find, (NAMES, WEIGHTS))
    except DownloadError as error:
        return Pretrained(None, [], f"ImageNet weights: none, {error}.")
    from keras import Input, Model, applications, layers

    file = NAMES
    try:
        index = json.loads(index.read_text(encoding="utf-8"))
        names = [str(index[str(k)][1]).replace("_", " ") for k in range(1000)]
        file = WEIGHTS
        images = Input((224, 224, 3))
        scaled = layers.Rescaling(1 / 127.5, offset=-1)(images)
        whole = applications.MobileNetV2(weights=None, input_tensor=scaled, classifier_activation=None)
        network = Model(images, whole.output)  # Else it would want its one input in a list.
        network.load_weights(weights)
    except Exception as error:  # h5py and Keras say many things to a damaged file
        reason = f"{file} is damaged or another file ({type(error).__name__}); delete it, and get it anew."
        return Pretrained(None, [], f"ImageNet weights: none, {reason}")
    return Pretrained(network, names, f"ImageNet weights: MobileNetV2, {where}.")


def _find(file):
    """Path of one of the two files and where it was, downloaded if need be; DownloadError says why not."""
    from helpers.download import DownloadError, download

    folder, cache = sources.data_folder(), sources.cache_folder()
    for place, where in ((folder, "from COURSE_DATA_DIR"), (cache, "from the course's cache")):
        if place and (place / file).exists():
            return place / file, where
    if sources.is_offline():
        raise DownloadError("COURSE_OFFLINE=1 forbids the download")
    if not (cache := sources.writable_cache()):
        raise DownloadError("no folder can be written to keep them in")

    def is_good(path):
        low, high = _BYTES[file]
        return low <= path.stat().st_size <= high

    path = cache / file
    download(ADDRESSES[file] + file, path, is_good, CHECKSUMS[file])
    if not is_good(path):
        path.unlink()
        raise DownloadError(f"what arrived as {file} is no such file")
    return path, "downloaded"
