"""Tokens and pre-trained language models for chapter 13.

Two small Transformers ship with the course: "masked" fills in masked words, as BERT; "next" foretells the
next token, as GPT. Each comes in two versions: "imdb", of IMDB's training reviews, and "grammar", of the
reviews that `helpers.synthetic` makes up, for use where IMDB cannot be had. Copies of IMDB differ a little,
and so do the pieces of tokenizers: the weights' card holds a hash of each piece, and rows are matched by it.
"""

import io
import re
import string
import zlib

import numpy as np

from helpers.models import load_weights, read_card, shipped
from helpers.transformer import token_model

PADDING, UNKNOWN, START, END, MASK = range(5)
"""Ids that every tokenizer of `train_tokenizer` has: of no word, of unknown signs, and of three marks."""

LENGTH = 128  # Tokens in a row of the shipped models.
KINDS = {"masked": "fills in masked words", "next": "foretells the next token"}
DATA = ("imdb", "grammar")


def train_tokenizer(word_counts, vocabulary_size=4_000):
    """Train a tokenizer that cuts words into frequent pieces (byte-pair encoding).

    Parameters
    ----------
    word_counts : mapping of str to int
        How often each word, without blanks, occurs.
    vocabulary_size : int
        Most pieces, the five special ones included; fewer if the words give no more.

    Returns
    -------
    sentencepiece.SentencePieceProcessor
        Capital letters are read as small ones, and "[MASK]" in a text as `MASK`.

    Notes
    -----
    R. Sennrich, B. Haddow, A. Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL
    (2016); T. Kudo, J. Richardson, "SentencePiece", EMNLP (2018).
    """
    import sentencepiece

    counts = {word: int(count) for word, count in word_counts.items() if word.split() == [word] and count > 0}
    if not counts:
        raise ValueError(
            f"word_counts has {len(word_counts)} entries and none is a word with a count above 0; "
            "expected a mapping such as collections.Counter(text.split())"
        )
    # A corpus of thousands of words has letters that occur once; they are not worth a piece. But all 26 from
    # a to z are: q is as rare, and people type it.
    coverage, required = (1.0, "") if len(counts) < 1000 else (0.9995, string.ascii_lowercase)
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(f"{word}\t{count}" for word, count in counts.items()),
            input_format="tsv",
            model_writer=model,
            model_type="bpe",
            vocab_size=vocabulary_size,
            hard_vocab_limit=False,
            character_coverage=coverage,
            required_chars=required,
            normalization_rule_name="nmt_nfkc_cf",
            pad_id=PADDING,
            unk_id=UNKNOWN,
            bos_id=START,
            eos_id=END,
            user_defined_symbols=["[MASK]"],
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        letters = len(set(required).union(*counts))
        raise ValueError(
            f"no tokenizer of vocabulary_size={vocabulary_size} can be made of {len(counts):,} words with "
            f"{letters} different letters: choose a vocabulary_size well above {letters + 5}"
        ) from error
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def review_texts():
    """Load IMDB's reviews as texts, or those written by the course; two lines about them are printed.

    Returns
    -------
    texts_train, y_train, texts_test, y_test : list of str, ndarray of int64, list of str, ndarray of int64
        Words in small letters with a blank between them, no punctuation; labels 1 for praise, 0 for blame.
    """
    from helpers import datasets

    word_index = datasets.imdb_word_index()
    # No start, nothing added: a number is a word's rank. The largest rank is cut off, as in Keras.
    (x_train, y_train), (x_test, y_test) = datasets.load_imdb(
        num_words=None, start_char=None, oov_char=None, index_from=0
    )
    words = {rank: word for word, rank in word_index.items()}
    texts_train, texts_test = (
        [" ".join([words[rank] for rank in review if rank in words]) for review in part]
        for part in (x_train, x_test)
    )
    return texts_train, y_train, texts_test, y_test


def windows(texts, tokenizer, length=LENGTH):
    """Cut a list of texts into windows full of tokens of a `train_tokenizer`, for pre-training.

    Texts that do not fill one are a ValueError.

    Returns
    -------
    ids : ndarray of shape (n, length), int32
        Pieces of the `token_stream`; what is left at the end, less than a window, is left out.
    """
    stream = token_stream(texts, tokenizer)
    n = len(stream) // length
    if n == 0:
        raise ValueError(
            f"{len(stream)} tokens of {len(texts)} texts don't fill a window of length={length}: give more "
            "texts, or a smaller length"
        )
    return stream[: n * length].reshape(n, length)


def rows(texts, tokenizer, length=LENGTH):
    """Put the tokens of each text of a list into a row of its own, for fine-tuning and for questions.

    One text in place of a list is a ValueError.

    Returns
    -------
    ids : ndarray of shape (n, length), int32
        `START`, the text's last `length - 1` tokens (a review ends with its verdict), then `PADDING`.
    """
    ids = np.full((len(texts), length), PADDING, np.int32)
    for row, tokens in zip(ids, _encoded(texts, tokenizer), strict=True):
        # With -0: all tokens would be taken.
        tokens = [START, *tokens[max(0, len(tokens) - length + 1) :]]
        row[: len(tokens)] = tokens
    return ids


def weights_path(kind, data):
    """Return where the weights of a kind, "masked" or "next", trained on "imdb" or "grammar" are."""
    for name, value, known in (("kind", kind, KINDS), ("data", data, DATA)):
        if value not in known:
            raise ValueError(f"{name}={value!r}; expected {' or '.join(map(repr, known))}")
    return shipped(f"{kind}_{data}")


def load_pretrained(kind, tokenizer, data):
    """Load a shipped model, its rows in the order of a tokenizer.

    A tokenizer of other words is a ValueError, a file that is missing or damaged a ModelFileError.

    Parameters
    ----------
    kind : {"masked", "next"}
    tokenizer : sentencepiece.SentencePieceProcessor
        Of `train_tokenizer`, from the words of the reviews named by `data`.
    data : {"imdb", "grammar"}

    Returns
    -------
    keras.Model
        A `helpers.transformer.token_model` of `LENGTH` positions for the tokenizer's pieces, not compiled.
        Pieces that the shipped model did not have begin with the mean of all rows.
    """
    path = weights_path(kind, data)
    card = read_card(path, shipped=True, pieces=str)
    hashes = re.findall(".{8}", card["pieces"])
    place = {piece: i for i, piece in enumerate(hashes)}
    trained = build(kind, len(hashes))
    load_weights(trained, path, shipped=True)
    partner = np.array([place.get(piece, -1) for piece in piece_hashes(tokenizer)])
    if np.mean(partner >= 0) < 0.3:
        raise ValueError(
            f"only {np.sum(partner >= 0)} of the tokenizer's {len(partner):,} pieces are among those of "
            f"{path.name}: train it with train_tokenizer on the words of the reviews called {data!r}, or "
            f"choose other data ({' or '.join(map(repr, DATA))})"
        )
    model = build(kind, len(partner))
    for layer in trained.layers:
        arrays = layer.get_weights()
        if layer.name in ("tokens", "logits"):
            # The mean row stands behind the others, where -1 finds it.
            arrays = [np.concatenate([array, array.mean(axis=0, keepdims=True)])[partner] for array in arrays]
        if arrays:
            model.get_layer(layer.name).set_weights(arrays)
    return model


def build(kind, size):
    """Build an untrained model of a kind for `size` pieces."""
    return token_model(size, LENGTH, causal=kind == "next", name=kind)


def token_stream(texts, tokenizer):
    """All texts' tokens in a row, int32 (n,), with `START` before and `END` behind each text."""
    parts = [np.array([START, *tokens, END], np.int32) for tokens in _encoded(texts, tokenizer)]
    return np.concatenate(parts) if parts else np.empty(0, np.int32)


def _encoded(texts, tokenizer):
    """Each text's tokens, a list of lists."""
    if isinstance(texts, str):
        raise ValueError(f"texts={texts[:30]!r} is one text; expected a list of texts: [{texts[:30]!r}]")
    return tokenizer.encode(list(texts))


def piece_hashes(tokenizer):
    """Eight hexadecimal digits for each piece: they tell pieces apart, and no word can be read from them."""
    pieces = (tokenizer.id_to_piece(i) for i in range(tokenizer.get_piece_size()))
    return [f"{zlib.crc32(piece.encode()):08x}" for piece in pieces]
