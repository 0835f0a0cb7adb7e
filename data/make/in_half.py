"""Weights as they come back from a file in 16 bits, so that what is measured is what ships."""

import numpy as np


def in_half(*models):
    """Round the weights of models to 16 bits, as `save_model(half=True)` stores them."""
    for model in models:
        model.set_weights([weights.astype(np.float16) for weights in model.get_weights()])
