"""Weights in 16 bits: rounded before they are measured, and kept in half the bytes."""

import json

import numpy as np

from helpers.models import card_path, read_card, save_model
from helpers.safe_files import digest, written_whole


def in_half(*models):
    """Round the weights of models to 16 bits, as they come back from a file of `save_in_half`."""
    for model in models:
        model.set_weights([weights.astype(np.float16) for weights in model.get_weights()])


def save_in_half(model, path, **facts):
    """Save weights and their card as `save_model` does, but the numbers in 16 bits. They come back as 32."""
    import h5py

    path = save_model(model, path, **facts)
    with (
        written_whole(path) as temporary,
        h5py.File(path) as content,
        h5py.File(temporary, "w", libver="latest") as halved,  # Its groups are compact.
    ):

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                halved[name] = item[()].astype("float16")
            else:
                halved.require_group(name)
            halved[name].attrs.update(item.attrs)

        halved.attrs.update(content.attrs)
        content.visititems(copy)
    card = read_card(path) | {"sha256": digest(path), "bytes": path.stat().st_size}
    with written_whole(card_path(path)) as temporary:
        temporary.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
