"""What a tokenizer makes of a data set: texts that are cut, and signs that are lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from upshot.data.measures import Tokenize, TokenTable
from upshot.data.notices import Notice, counted, shown
from upshot.errors import DataError
from upshot.records import Row

_MOST_UNKNOWN: Final = 0.5
_MOST_SIGNS: Final = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What the model takes: tokens of a dialogue and of a summary, its unknown token, and its name in messages."""

    source_tokens: int = 512
    target_tokens: int = 128
    unknown_id: int | None = None
    model: str = "T5"


def long_dialogues(file: str, rows: Sequence[Row], tokens: TokenTable, limits: Limits) -> Iterator[Notice]:
    """D46, where dialogues of a file are longer than the model reads."""
    lengths = [tokens.lengths[text] for text in dict.fromkeys(row.dialogue for row in rows)]
    over = sum(length > limits.source_tokens for length in lengths)
    if over:
        share = f"{over:,} of {counted(len(lengths), 'dialogue')} ({100 * over / len(lengths):.1f} %)"
        said = f"{_exceed(over)} {limits.source_tokens:,} tokens and {_are(over)} cut; longest {max(lengths):,}"
        yield Notice("warning", "D46", f"{file}: {share} {said}")


def long_summaries(file: str, rows: Sequence[Row], tokens: TokenTable, limits: Limits) -> Iterator[Notice]:
    """D47, where summaries of a file are longer than a label may be."""
    lengths = [tokens.lengths[row.summary] for row in rows if row.summary]
    over = sum(length > limits.target_tokens for length in lengths)
    if over:
        share = f"{over:,} of {counted(len(lengths), 'summary', 'summaries')}"
        said = f"{_exceed(over)} {limits.target_tokens:,} tokens and {_are(over)} cut"
        yield Notice("warning", "D47", f"{file}: {share} {said}")


def check_known(file: str, rows: Sequence[Row], tokens: TokenTable) -> None:
    """Nothing.

    Raises:
        DataError: D49, most tokens of a file are unknown.
    """
    texts = [text for row in rows for text in (row.dialogue, row.summary) if text]
    share = sum(map(tokens.unknown.__getitem__, texts)) / max(1, sum(map(tokens.lengths.__getitem__, texts)))
    if share > _MOST_UNKNOWN:
        raise DataError(f"{file}: {100 * share:.0f} % of the tokens are unknown to this tokenizer", code="D49")


def unknown_signs(rows: Sequence[Row], tokens: TokenTable, tokenize: Tokenize, limits: Limits) -> Iterator[Notice]:
    """D49, the signs that the tokenizer does not know, most frequent first."""
    texts = [
        f"{row.dialogue} {row.summary or ''}"
        for row in rows
        if tokens.unknown[row.dialogue] or tokens.unknown.get(row.summary or "", 0)
    ]
    if not texts:
        return
    signs = sorted({sign for text in texts for sign in text if not sign.isspace()})
    unknown = [sign for sign, ids in zip(signs, tokenize(signs), strict=True) if limits.unknown_id in ids]
    unknown.sort(key=lambda sign: -sum(sign in text for text in texts))
    listed = " ".join(f"'{shown(sign)}'" for sign in unknown[:_MOST_SIGNS]) or "some words"
    more = f" and {len(unknown) - _MOST_SIGNS} more" if len(unknown) > _MOST_SIGNS else ""
    verb = "is" if len(unknown) == 1 else "are"
    said = f"{listed}{more} {verb} unknown to {limits.model} (in {counted(len(texts), 'row')})"
    yield Notice("warning", "D49", said)


def _exceed(number: int) -> str:
    return "exceeds" if number == 1 else "exceed"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
