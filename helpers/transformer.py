"""Transformers of chapter 12's blocks: encoder, decoder, and both together.

Every block is pre-norm: a layer normalises what it reads and adds what it found to its input (Xiong et al.,
"On Layer Normalization in the Transformer Architecture", 2020). Chapter 13 builds its models from here.
"""

from functools import lru_cache
from types import SimpleNamespace

import numpy as np

PADDING = 0  # Id that stands where a row has no word; nobody attends to it.


def _block(x, heads, feed_forward, name, mask, causal=False, memory=None, memory_mask=None):
    """Add one block to x (n, T, width): self-attention, attention to a memory if there is one, dense layers.

    Places where `mask` (n, T) is False hold no word and are not attended to; in a causal block each place
    sees only itself and what stands before it. The memory (n, S, width), with a mask (n, S) of its own, is
    what a decoder reads: the encoder's output.
    """
    from keras import layers

    width = x.shape[-1]

    def attention(part, h, seen, mask, **settings):
        layer = layers.MultiHeadAttention(heads, width // heads, name=f"{name}_{part}")
        # The mask gets an axis for the places that attend: (n, S) to (n, 1, S).
        return layer(h, seen, attention_mask=mask[:, None, :], **settings)

    h = layers.LayerNormalization(name=f"{name}_norm_1")(x)
    x = x + attention("attention", h, h, mask, use_causal_mask=causal)
    if memory is not None:
        h = layers.LayerNormalization(name=f"{name}_memory_norm")(x)
        x = x + attention("memory_attention", h, memory, memory_mask)
    h = layers.LayerNormalization(name=f"{name}_norm_2")(x)
    h = layers.Dense(feed_forward, activation="gelu", name=f"{name}_dense_1")(h)  # (n, T, feed_forward)
    return x + layers.Dense(width, name=f"{name}_dense_2")(h)  # (n, T, width)


def token_model(vocabulary_size, length, *, causal=False, name=None, **sizes):
    """Build a model that gives, at every place of a row of tokens, one logit per token of the vocabulary.

    Sizes that do not fit are a ValueError.

    Parameters
    ----------
    vocabulary_size, length : int
        `length` is that of the longest row: so many positions, which start as sines and cosines, are learned.
    causal : bool
        False: each place sees the whole row, as in BERT. True: only what stands before it, as in GPT.
    name : str, optional
    **sizes
        Of the blocks: depth=2, width=96, a multiple of heads=4, and feed_forward=384.

    Returns
    -------
    keras.Model
        Ids int32 (n, T), T at most `length`, 0 for padding, to logits float32 (n, T, vocabulary_size). Its
        layers: "tokens", "positions", the blocks' "block_0_norm_1", "_attention", "_norm_2", "_dense_1" and
        "_dense_2", "norm", and "logits", which adds a bias. The matrix of the output is that of "tokens"
        (Press and Wolf, "Using the Output Embedding to Improve Language Models", 2017).
    """
    from keras import Input, Model, ops

    ids = Input((None,), dtype="int32", name="ids")
    mask = ops.not_equal(ids, PADDING)  # (n, T)
    tokens, h = _stack(ids, vocabulary_size, length, causal=causal, mask=mask, **sizes)  # h: (n, T, width)
    logits = _layers().Bias(name="logits")(tokens(h, reverse=True))  # (n, T, vocabulary_size)
    return Model(ids, logits, name=name)


def hidden_states(model):
    """Return the part of a `token_model` before its output layer; the weights are the same ones.

    A model without a layer "norm" is a ValueError.

    Returns
    -------
    keras.Model
        Ids int32 (n, T) to float32 (n, T, width).
    """
    import keras

    names = [layer.name for layer in model.layers]
    if "norm" not in names:
        raise ValueError(
            f"the model has no layer 'norm' (its layers: {', '.join(names[:6])}, ...); expected a token_model"
        )
    return keras.Model(model.inputs[0], model.get_layer("norm").output, name="hidden_states")


def encoder_decoder(source_size, target_size, source_length, target_length, **sizes):
    """Build a model that reads one row of tokens and writes another one.

    Sizes that do not fit are a ValueError.

    Parameters
    ----------
    source_size, target_size, source_length, target_length : int
        Sizes of the two vocabularies, and the longest rows of each.
    **sizes
        Of the blocks on both sides, as for a `token_model`.

    Returns
    -------
    keras.Model
        [source ids (n, T), given ids (n, J)], both int32 with 0 for padding, to logits float32 (n, J,
        target_size): at place j those of the token after the given ones 0 ... j. Layers as in `token_model`,
        with "source_" or "target_" before their names, and "_memory_norm" and "_memory_attention" of the
        blocks that read the source; the last one is "logits".
    """
    from keras import Input, Model, ops

    source = Input((None,), dtype="int32", name="source_ids")
    given = Input((None,), dtype="int32", name="given_ids")
    source_mask, given_mask = ops.not_equal(source, PADDING), ops.not_equal(given, PADDING)
    _, memory = _stack(source, source_size, source_length, "source_", mask=source_mask, **sizes)
    sizes |= {"memory": memory, "memory_mask": source_mask}  # (n, T, width), (n, T)
    tokens, h = _stack(given, target_size, target_length, "target_", causal=True, mask=given_mask, **sizes)
    logits = _layers().Bias(name="logits")(tokens(h, reverse=True))  # (n, J, target_size)
    return Model([source, given], logits)


def _stack(ids, size, length, prefix="", *, width=96, depth=2, heads=4, feed_forward=384, **settings):
    """Put blocks on the tokens' vectors: the layer of these vectors, and what comes out, (n, T, width)."""
    from keras import layers

    sizes = {f"{prefix or 'vocabulary_'}size": size, f"{prefix}length": length, "width": width}
    for name, number in (sizes | {"depth": depth, "heads": heads, "feed_forward": feed_forward}).items():
        if isinstance(number, bool) or not hasattr(number, "__index__") or number < 1:
            raise ValueError(f"{name}={number!r}; expected an integer of at least 1")
    if width % heads:
        raise ValueError(
            f"width={width} cannot be shared among heads={heads}: choose a width that is a multiple of the "
            "heads"
        )
    tokens = _layers().Tokens(size, width, name=f"{prefix}tokens")
    x = _layers().Positions(length, name=f"{prefix}positions")(tokens(ids))  # (n, T, width)
    for i in range(depth):
        x = _block(x, heads, feed_forward, f"{prefix}block_{i}", **settings)
    return tokens, layers.LayerNormalization(name=f"{prefix}norm")(x)


def _waves(shape, dtype=None):
    """Sines and cosines of each position, as in chapter 12: distances are easy to read from them.

    Training starts there: from random positions it takes long to find out which places are neighbours.
    """
    length, width = shape
    pairs = -(-width // 2)
    angles = np.arange(length)[:, None] / 10_000 ** (np.arange(pairs) / pairs)  # (length, pairs)
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, 2 * pairs)
    return (0.07 * waves[:, :width]).astype("float32")  # As large as a token's vector.


@lru_cache
def _layers():
    """Make the three layers that Keras does not have; here, so that importing this file stays instant."""
    import keras
    from keras import layers, ops

    start = keras.initializers.RandomNormal

    @keras.saving.register_keras_serializable("course")
    class Tokens(layers.Layer):
        """A vector for each token; the other way round, a score for each token. Both have one matrix."""

        def __init__(self, size, width, **settings):
            super().__init__(**settings)
            self.size, self.width = size, width
            self.embeddings = self.add_weight((size, width), start(0.05), name="embeddings")

        def call(self, inputs, reverse=False):
            if reverse:
                return ops.matmul(inputs, ops.transpose(self.embeddings))
            return ops.take(self.embeddings, inputs, axis=0)

        def get_config(self):
            return super().get_config() | {"size": self.size, "width": self.width}

    @keras.saving.register_keras_serializable("course")
    class Positions(layers.Layer):
        """Add the vector of its position to every place. It is learned; it starts as sines and cosines."""

        def __init__(self, length, **settings):
            super().__init__(**settings)
            self.length = length

        def build(self, input_shape):
            shape = (self.length, input_shape[-1])
            self.embeddings = self.add_weight(shape, _waves, name="embeddings")

        def call(self, inputs):
            # In a traced function the number of places may be unknown; then the addition below complains.
            places = inputs.shape[1]
            if places is not None and places > self.length:
                raise ValueError(
                    f"the rows have {places} places, this model has {self.length} positions: cut the "
                    f"rows, or build the model with length={places}"
                )
            return inputs + self.embeddings[: ops.shape(inputs)[1]]

        def get_config(self):
            return super().get_config() | {"length": self.length}

    @keras.saving.register_keras_serializable("course")
    class Bias(layers.Layer):
        """Add one number per output."""

        def build(self, input_shape):
            self.bias = self.add_weight((input_shape[-1],), "zeros", name="bias")

        def call(self, inputs):
            return inputs + self.bias

    return SimpleNamespace(Tokens=Tokens, Positions=Positions, Bias=Bias)
