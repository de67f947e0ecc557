"""Figures of a split: how many, how long, how often the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from upshot.data.splits import dialogue_key, join_rows
from upshot.data.turns import turns_of
from upshot.records import Row

Tokenize = Callable[[Sequence[str]], list[list[int]]]

_BATCH: Final = 512


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, quantiles (nearest rank) and maximum of lengths."""

    mean: float
    p5: int
    p50: int
    p95: int
    p99: int
    max: int


@dataclass(frozen=True, slots=True)
class Repeats:
    """Dialogues that appear more than once: how many, and how many rows they fill."""

    groups: int
    rows: int


@dataclass(frozen=True, slots=True)
class TokenFigures:
    """Lengths in tokens; `over` is the share longer than the limit, `unknown` the share of unknown tokens."""

    dialogue: Spread | None
    summary: Spread | None
    dialogues_over: float
    summaries_over: float
    unknown: float


@dataclass(frozen=True, slots=True)
class SplitFigures:
    """One split in numbers: `dialogues` counts texts that differ at all, `unique_dialogues` those of other words."""

    file: str
    rows_in_file: int
    rows: int
    dialogues: int
    unique_dialogues: int
    repeats: Repeats
    references_per_dialogue: float
    dialogue_words: Spread | None
    summary_words: Spread | None
    turns: Spread | None
    speakers: Spread | None
    with_line_breaks: int
    tokens: TokenFigures | None


@dataclass(frozen=True, slots=True)
class TokenTable:
    """Number of tokens, and of unknown tokens, by text; each text is tokenized once."""

    lengths: Mapping[str, int]
    unknown: Mapping[str, int]


def measure(
    rows: Sequence[Row], *, file: str, rows_in_file: int, tokens: TokenTable | None, limits: tuple[int, int]
) -> SplitFigures:
    """Figures of the rows of one split; `limits` are tokens of a dialogue and of a summary."""
    texts = list(dict.fromkeys(row.dialogue for row in rows))
    summaries = [row.summary for row in rows if row.summary is not None]
    # Only the counts are kept: the turns of a large file would double its memory.
    turns = [(len(found), len({turn.speaker for turn in found if turn.speaker})) for found in map(turns_of, texts)]
    return SplitFigures(
        file=file,
        rows_in_file=rows_in_file,
        rows=len(rows),
        dialogues=len(texts),
        unique_dialogues=len({dialogue_key(text) for text in texts}),
        repeats=repeats_of(rows),
        references_per_dialogue=len(summaries) / len(texts) if texts else 0.0,
        dialogue_words=spread([len(text.split()) for text in texts]),
        summary_words=spread([len(text.split()) for text in summaries]),
        turns=spread([count for count, _ in turns]),
        speakers=spread([speakers for _, speakers in turns]),
        with_line_breaks=sum("\n" in text for text in texts),
        tokens=_token_figures(texts, summaries, tokens, limits) if tokens else None,
    )


def repeats_of(rows: Sequence[Row]) -> Repeats:
    """Repeated dialogues by their words; rows meant as references of one dialogue (test_12_1, test_12_2) are one."""
    counts: Counter[str] = Counter()
    for dialogue in join_rows(rows):
        counts[dialogue_key(dialogue.text)] += len(dialogue.row_ids) if dialogue.id in dialogue.row_ids else 1
    several = [count for count in counts.values() if count > 1]
    return Repeats(len(several), sum(several))


def spread(values: Sequence[int]) -> Spread | None:
    """Mean and quantiles; None of no values.

    >>> spread([4, 1, 2])
    Spread(mean=2.3333333333333335, p5=1, p50=2, p95=4, p99=4, max=4)
    """
    if not values:
        return None
    ordered = sorted(values)
    ranks = [ordered[max(0, -(-len(ordered) * percent // 100) - 1)] for percent in (5, 50, 95, 99)]
    return Spread(fmean(values), ranks[0], ranks[1], ranks[2], ranks[3], ordered[-1])


def token_table(texts: Iterable[str], tokenize: Tokenize, unknown_id: int | None) -> TokenTable:
    """Token counts of every text that differs."""
    unique = list(dict.fromkeys(texts))
    lengths: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for start in range(0, len(unique), _BATCH):
        batch = unique[start : start + _BATCH]
        for text, ids in zip(batch, tokenize(batch), strict=True):
            lengths[text] = len(ids)
            unknown[text] = sum(1 for token in ids if token == unknown_id)
    return TokenTable(lengths, unknown)


def _token_figures(
    dialogues: Sequence[str], summaries: Sequence[str], tokens: TokenTable, limits: tuple[int, int]
) -> TokenFigures:
    read = [tokens.lengths[text] for text in dialogues]
    written = [tokens.lengths[text] for text in summaries]
    unknown = sum(tokens.unknown[text] for text in (*dialogues, *summaries))
    return TokenFigures(
        dialogue=spread(read),
        summary=spread(written),
        dialogues_over=_share(read, limits[0]),
        summaries_over=_share(written, limits[1]),
        unknown=unknown / max(1, sum(read) + sum(written)),
    )


def _share(lengths: Sequence[int], limit: int) -> float:
    return sum(length > limit for length in lengths) / len(lengths) if lengths else 0.0
