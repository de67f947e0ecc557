"""Who said what: whether the turns of the speaker to whom a summary gives something hold it, or another's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from upshot.analysis.finding import Finding
from upshot.analysis.sentences import Mention, mentions_of, sentences_of
from upshot.analysis.support import WINDOW, Source, drawn_from, places_of, source_of, terms_of, weight_of

# With both limits, 9 % of the clean references of the built-in training split have a doubtful clause, and 32 % of those
# in which two speakers are swapped.
DOUBTFUL: Final = 0.4
LEAST_FOUND: Final = 3
# What may stand before the subject of a clause.
_OPENS: Final = re.compile(
    r"(?:^|[,;:(–—]|\b(?:after|although|and|as|because|before|but|if|since|so|that|then|though|unless|until|when|where"
    r"|whereas|while|who))\s*$",
    re.IGNORECASE,
)
_JOINS: Final = re.compile(r"\s*(?:,|&|and|or|,\s*and|,\s*or)\s*", re.IGNORECASE)
_OWNS: Final = re.compile(r"['’]s?\b|['’](?=\s)")


@dataclass(frozen=True, slots=True)
class Clause:
    """What a summary says of one speaker: from the subject up to the next; `sentence` counts from 0."""

    speaker: str
    text: str
    sentence: int


@dataclass(frozen=True, slots=True)
class _Holding:
    """How many terms of a clause the dialogue holds, what all weigh, and the share that each speaker's turns hold."""

    found: int
    weight: float
    shares: Mapping[str, float]


def who_said_what(text: str, summary: str) -> tuple[Finding, ...]:
    """A finding for each clause that another speaker's turns hold better, by more than `DOUBTFUL` of its weight.

    Of its content words the dialogue has to hold `LEAST_FOUND`. `turns` are those of the other speaker that hold most,
    best first.
    """
    source = source_of(text)
    findings = []
    for clause in clauses_of(source, summary):
        holding = _holding(source, clause)
        if holding is None or holding.found < LEAST_FOUND:
            continue
        margin, other = _margin(holding, clause.speaker)
        if margin > DOUBTFUL:
            turns = _best_turns(source, clause, other)
            found = Finding("who-said-what", "intrinsic", clause.sentence, clause.text, turns=turns, strength=margin)
            findings.append(found)
    return tuple(findings)


def who_said_what_margin(text: str, summary: str) -> float:
    """How much better other speakers' turns hold what a summary says of each speaker, -1..1: the mean over its clauses.

    A clause counts by the weight of its words. Summaries that make no speaker the subject of a clause give -1.
    """
    source = source_of(text)
    total = weight = 0.0
    for clause in clauses_of(source, summary):
        holding = _holding(source, clause)
        if holding is not None:
            total += _margin(holding, clause.speaker)[0] * holding.weight
            weight += holding.weight
    return total / weight if weight else -1.0


def speaker_shares(text: str, summary: str) -> dict[str, float]:
    """Each speaker's share of a summary: what his turns give to it, of what all speakers' turns give.

    Every speaker of the dialogue in the order of first speaking; the shares sum to 1, or all are 0.
    """
    source = source_of(text)
    given = dict.fromkeys(source.speakers, 0.0)
    for turn, weight in zip(source.turns, drawn_from(text, summary), strict=True):
        if turn.speaker:
            given[turn.speaker] += weight
    total = sum(given.values())
    return {speaker: weight / total if total else 0.0 for speaker, weight in given.items()}


def clauses_of(source: Source, summary: str) -> tuple[Clause, ...]:
    """Clauses of a summary whose subject is one named speaker, in order.

    A subject opens a sentence, or follows a comma or a conjunction; "Ann and Bo", "Ann's car" and "to Ann" are none.
    """
    return tuple(
        Clause(speaker, text, number)
        for number, sentence in enumerate(sentences_of(summary))
        for speaker, text in _clauses(source, sentence)
    )


def _clauses(source: Source, sentence: str) -> Iterator[tuple[str, str]]:
    mentions = mentions_of(sentence, source.speakers)
    subjects = [mention for place, mention in enumerate(mentions) if _is_subject(sentence, mentions, place)]
    # What stands before the first subject belongs to it: "Before she pays, Ann ...".
    starts = [0, *(subject.start for subject in subjects[1:]), len(sentence)]
    for subject, (start, end) in zip(subjects, pairwise(starts), strict=False):
        yield subject.speaker, sentence[start:end].strip()


def _is_subject(sentence: str, mentions: Sequence[Mention], place: int) -> bool:
    mention = mentions[place]
    after = sentence[mention.end :]
    if not mention.speaker or _OWNS.match(after) or not _OPENS.search(sentence[: mention.start]):
        return False
    between = [sentence[one.end : two.start] for one, two in pairwise(mentions[max(0, place - 1) : place + 2])]
    return not any(map(_JOINS.fullmatch, between))


def _holding(source: Source, clause: Clause) -> _Holding | None:
    """None of a clause without content words besides the speakers."""
    terms = [term for term in terms_of(source, clause.text) if term not in source.speakers]
    if not terms:
        return None
    held = dict.fromkeys(source.speakers, 0.0)
    found, total = 0, 0.0
    for term in terms:
        places = places_of(source, term)
        weight = weight_of(source, len(places))
        found, total = found + bool(places), total + weight
        for speaker in {source.turns[place].speaker for place in places} - {""}:
            held[speaker] += weight
    return _Holding(found, total, {speaker: weight / total for speaker, weight in held.items()})


def _margin(holding: _Holding, speaker: str) -> tuple[float, str]:
    """The best share of another speaker less the speaker's own, and that other; no other has 0."""
    others = {name: share for name, share in holding.shares.items() if name != speaker}
    best = max(others, key=lambda name: others[name], default="")
    return others.get(best, 0.0) - holding.shares[speaker], best


def _best_turns(source: Source, clause: Clause, speaker: str) -> tuple[int, ...]:
    held: Counter[int] = Counter()
    for term in terms_of(source, clause.text):
        for place in places_of(source, term):
            if source.turns[place].speaker == speaker and term not in source.speakers:
                held[place] += 1
    return tuple(turn for turn, _ in held.most_common(WINDOW))
