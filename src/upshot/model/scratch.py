"""A T5 v1.1-style model made from nothing, and the tokenizer that fits its training texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

import torch
from tokenizers import Tokenizer as Backend
from tokenizers import models, pre_tokenizers, trainers
from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

from upshot.model.tokens import Tokenizer
from upshot.recipe import ScratchSettings

SENTINELS: Final = 20
TAGS: Final = tuple(f"{space}#Person{number}#" for number in range(1, 8) for space in ("▁", ""))
ALPHABET: Final = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?'\"()/-%$€£&#@+*=_"
    "àáâäãåæçèéêëìíîïñòóôöõøœùúûüýÿßÀÁÂÄÅÇÈÉÊËÍÎÑÓÔÖØÚÜÝčšžłńęąśżćřěůőűışğćđ’‘“”–—…°"
)


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """A T5 tokenizer whose Unigram pieces are learned from `texts`; speaker tags such as #Person1# are whole pieces.

    `vocab_size` is rounded up to a multiple of 64 (fast matrix products) and includes 20 sentinels.
    """
    size = -(-vocab_size // 64) * 64
    room = size - SENTINELS - len(TAGS) - 3
    scores = _learned_scores(texts, room)
    letters = {letter: scores.get(letter, min(scores.values()) - 1) for letter in ALPHABET}
    words = sorted((item for item in scores.items() if item[0] not in letters), key=lambda item: (-item[1], item[0]))
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *letters.items(), *words[: room - len(letters)]]
    pieces += [(tag, 0.0) for tag in TAGS]  # log-probability 0: always preferred to any split of the tag
    pieces += [(f"<unused_{index}>", -100.0) for index in range(size - SENTINELS - len(pieces))]
    pieces += [(f"<extra_id_{index}>", 0.0) for index in reversed(range(SENTINELS))]
    return T5Tokenizer(vocab=pieces, extra_ids=SENTINELS, model_max_length=512)


def _learned_scores(texts: Iterable[str], count: int) -> dict[str, float]:
    """Log-probabilities of about `count` Unigram pieces: word parts, single digits, single signs.

    'Smith.' or '1998' as one piece could not be copied by a model that has not seen it, so words are learned alone;
    digits and signs get a score that keeps each of them whole, alone or at the start of a word.
    """
    backend = Backend(models.Unigram())
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    trainer = trainers.UnigramTrainer(
        vocab_size=count,
        special_tokens=["<unk>"],
        unk_token="<unk>",  # noqa: S106 - no password
        initial_alphabet=[letter for letter in ALPHABET if letter.isalpha()],
        max_piece_length=16,
        show_progress=False,
    )
    words = (re.sub(r"[^\w\s']|\d|_|(?<!\w)'|'(?!\w)", " ", re.sub(r"#Person\d+#", " ", text)) for text in texts)
    backend.train_from_iterator(words, trainer)
    scores = {piece: score for piece, score in json.loads(backend.to_str())["model"]["vocab"] if piece != "<unk>"}
    signs = [letter for letter in ALPHABET if not letter.isalpha()]
    # One-letter words are pruned in favour of a bare space and a letter: two tokens where one will do.
    fixed = {"'s": -4.0, "▁a": -4.0, "▁I": -4.0, "▁": -9.0}
    return scores | dict.fromkeys(signs, -4.0) | {f"▁{sign}": -5.0 for sign in signs} | fixed


def sentinel_ids(tokenizer: Tokenizer) -> list[int]:
    """Ids of <extra_id_0>, <extra_id_1>, ... as far as the tokenizer has them; empty for models without."""
    ids = [tokenizer.convert_tokens_to_ids(f"<extra_id_{index}>") for index in range(100)]
    return [token for token in ids if token is not None and token != tokenizer.unk_token_id]


def new_t5(settings: ScratchSettings, vocab_size: int, seed: int) -> Any:
    """A T5 v1.1-style model with random weights, gated GELU, and a head tied to the embeddings."""
    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=vocab_size,
        d_model=settings.d_model,
        d_kv=settings.d_kv,
        d_ff=settings.d_ff,
        num_layers=settings.num_layers,
        num_decoder_layers=settings.num_decoder_layers,
        num_heads=settings.num_heads,
        feed_forward_proj="gated-gelu",
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    return T5ForConditionalGeneration(config)
