"""Token ids: one encoder for training and prediction, which cuts only the dialogue and never the instruction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from upshot.errors import DataError
from upshot.prompts import Prompted
from upshot.records import Encoded

Tokenizer = Any  # transformers' tokenizers share no useful static type

IGNORED: Final = -100  # the label that the loss leaves out


def token_ids(texts: Sequence[str], tokenizer: Tokenizer) -> list[list[int]]:
    """Ids of each text with the model's end token. Special tokens written as text stay text, opened by a space.

    Raises:
        DataError: a text that holds half a surrogate pair.
    """
    if not texts:
        return []
    plain = _without_specials(texts, tokenizer)
    try:
        ids: list[list[int]] = tokenizer(plain, split_special_tokens=True, verbose=False)["input_ids"]
    except TypeError:
        raise DataError("a text holds half a surrogate pair and cannot be encoded", code="D38") from None
    return ids


def _without_specials(texts: Sequence[str], tokenizer: Tokenizer) -> list[str]:
    """Texts in which a special token's name has a space after its first sign.

    `split_special_tokens` alone does not do it: T5's Unigram model knows '</s>' as a piece, and takes it.
    """
    names = [re.escape(name) for name in tokenizer.all_special_tokens]
    if not names:
        return list(texts)
    named = re.compile("|".join(sorted(names, key=len, reverse=True)))
    return [named.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text) for text in texts]


def token_counter(tokenizer: Tokenizer) -> Callable[[Sequence[str]], list[int]]:
    """A function that counts the tokens of texts, the end token included."""
    return lambda texts: [len(ids) for ids in token_ids(texts, tokenizer)]


def unknown_share(text: str, tokenizer: Tokenizer) -> float:
    """The share of a text's characters, 0..1, in words that hold a sign which the tokenizer does not know."""
    words = Counter(text.split())
    unknown = tokenizer.unk_token_id
    if unknown is None or not words:
        return 0.0
    lost = [word for word, ids in zip(words, token_ids(list(words), tokenizer), strict=True) if unknown in ids]
    return sum(len(word) * words[word] for word in lost) / sum(len(word) * times for word, times in words.items())


def encode_prompts(prompts: Sequence[Prompted], tokenizer: Tokenizer, *, max_source_tokens: int) -> list[Encoded]:
    """Prompts as ids, each at most `max_source_tokens` long; what is cut is the end of the dialogue."""
    encoded = []
    for prompt, ids in zip(prompts, token_ids([prompt.text for prompt in prompts], tokenizer), strict=True):
        cut = len(ids) > max_source_tokens
        kept = _cut(prompt, tokenizer, max_source_tokens) if cut else ids
        encoded.append(Encoded(prompt.id, tuple(kept), truncated=cut))
    return encoded


def encode_pairs(
    prompts: Sequence[Prompted], summaries: Sequence[str], tokenizer: Tokenizer, *, limits: tuple[int, int]
) -> list[Encoded]:
    """Training examples: prompts and summaries as ids, within (source, target) limits; both keep their end token."""
    sources = encode_prompts(prompts, tokenizer, max_source_tokens=limits[0])
    targets = token_ids(summaries, tokenizer)
    return [
        Encoded(source.id, source.input_ids, tuple(fit_target(target, limits[1])), source.truncated)
        for source, target in zip(sources, targets, strict=True)
    ]


def fit_target(ids: Sequence[int], max_tokens: int) -> list[int]:
    """Label ids cut to `max_tokens`, the end token kept: a model that never sees the end learns not to stop."""
    return [*ids[: max_tokens - 1], ids[-1]] if len(ids) > max_tokens else list(ids)


def _cut(prompt: Prompted, tokenizer: Tokenizer, max_tokens: int) -> list[int]:
    """Ids of the prompt with as much of the dialogue's beginning as fits.

    Pieces join across the borders of the parts, so the cut is searched in characters and the whole is encoded again.
    """
    low, high = 0, len(prompt.dialogue)
    best = token_ids([prompt.before + prompt.after], tokenizer)[0]
    if len(best) > max_tokens:
        raise DataError(f"the prompt without its dialogue has {len(best)} tokens, over max_source_tokens {max_tokens}")
    while low < high:
        middle = (low + high + 1) // 2
        ids = token_ids([prompt.before + prompt.dialogue[:middle] + prompt.after], tokenizer)[0]
        if len(ids) <= max_tokens:
            low, best = middle, ids
        else:
            high = middle - 1
    return best


def decode(ids: Sequence[Sequence[int]], tokenizer: Tokenizer) -> list[str]:
    """Texts of generated ids without special tokens; ids that are labels of nothing (-100) are read as padding."""
    clean = [[tokenizer.pad_token_id if token == IGNORED else token for token in row] for row in ids]
    return [text.strip() for text in tokenizer.batch_decode(clean, skip_special_tokens=True)]
