"""Weights in 16 bits: rounded before they are measured, and kept in half the bytes."""

import hashlib
import io
import json

import numpy as np

from helpers.models import card_path, read_card, save_model


def in_half(*models):
    """Round the weights of models to 16 bits, as they come back from a file of `save_in_half`."""
    for model in models:
        model.set_weights([weights.astype(np.float16) for weights in model.get_weights()])


def save_in_half(model, path, **facts):
    """Save weights and their card as `save_model` does, but the numbers in 16 bits. They come back as 32."""
    import h5py

    path = save_model(model, path, **facts)
    content = h5py.File(io.BytesIO(path.read_bytes()), "r")
    with content, h5py.File(path, "w", libver="latest") as halved:  # Its groups are compact.

        def copy(name, item):
            if isinstance(item, h5py.Dataset):
                halved[name] = item[()].astype("float16")
            else:
                halved.require_group(name)
            halved[name].attrs.update(item.attrs)

        halved.attrs.update(content.attrs)
        content.visititems(copy)
    kept = path.read_bytes()
    card = read_card(path) | {"sha256": hashlib.sha256(kept).hexdigest(), "bytes": len(kept)}
    card_path(path).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
