"""How far the turns of a dialogue support each sentence of a summary, by shared content words that few turns hold."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from upshot.analysis.finding import Finding
from upshot.analysis.sentences import content_stems, mentions_of, sentences_of
from upshot.data.turns import Turn, speakers_of, turns_of

WINDOW: Final = 3
# 2 % of the sentences of the built-in training references lie under it, and nine in ten of another dialogue.
LOW_SUPPORT: Final = 0.25
# Two stems of which neither is a form of the other are one word where they share so many letters and that much.
_SHARED_LETTERS: Final = 5
_SHARED_PART: Final = 0.6
# Sums of the same weights in another order differ in their last digit.
_EQUAL: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Support:
    """How well a sentence of a summary is supported, 0..1, and the numbers of the turns that do it, best first."""

    sentence: str
    score: float
    turns: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A dialogue prepared for comparison with many summaries.

    `places` gives the numbers of the turns that hold a term: a stem, or a speaker, whom his own turns hold too.
    `alike` gives the stems of the dialogue by their first letters.
    """

    turns: tuple[Turn, ...]
    speakers: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]
    alike: Mapping[str, tuple[str, ...]]


# The arms of one dialogue are examined one after another, and each detector asks again.
@lru_cache(maxsize=1024)
def support_of(text: str, summary: str) -> tuple[Support, ...]:
    """The support of each sentence of a summary: the share of its terms' weight in the best window of three turns.

    A term weighs log(1 + turns / turns that hold it), one that no turn holds as much as one of a single turn. A
    sentence without content words scores 1 and names no turns.
    """
    source = source_of(text)
    return tuple(_support(source, sentence) for sentence in sentences_of(summary))


def low_support(text: str, summary: str) -> tuple[Finding, ...]:
    """A finding for each sentence whose support is under `LOW_SUPPORT`, with the turns that support it best."""
    return tuple(
        Finding("low-support", sentence=number, text=support.sentence, turns=support.turns, strength=1 - support.score)
        for number, support in enumerate(support_of(text, summary))
        if support.score < LOW_SUPPORT and source_of(text).turns
    )


def drawn_from(text: str, summary: str) -> tuple[float, ...]:
    """What each turn gives to the summary: the weight of the terms that it supports, one number a turn.

    A term comes from the turns of its sentence's best window, where these lack it from all turns that hold it, in
    equal shares.
    """
    source = source_of(text)
    given = [0.0] * len(source.turns)
    for support in support_of(text, summary):
        window = set(support.turns)
        for term in terms_of(source, support.sentence):
            places = places_of(source, term)
            nearest = [place for place in places if place in window] or places
            for place in nearest:
                given[place] += weight_of(source, len(places)) / len(nearest)
    return tuple(given)


@lru_cache(maxsize=2048)
def source_of(text: str) -> Source:
    """A dialogue prepared for comparison; the same value for the same text."""
    turns, speakers = turns_of(text), speakers_of(text)
    places: dict[str, set[int]] = defaultdict(set)
    for number, turn in enumerate(turns):
        for term in (*_terms(turn.text, speakers), turn.speaker):
            places[term].add(number)
    places.pop("", None)
    alike: dict[str, list[str]] = defaultdict(list)
    for term in places:
        if len(term) >= _SHARED_LETTERS and term not in speakers:
            alike[term[:_SHARED_LETTERS]].append(term)
    return Source(
        turns,
        speakers,
        {term: tuple(sorted(found)) for term, found in places.items()},
        {start: tuple(stems) for start, stems in alike.items()},
    )


def forget() -> None:
    """Let go of the dialogues and summaries that were read; what they come to does not change."""
    support_of.cache_clear()
    source_of.cache_clear()


def terms_of(source: Source, sentence: str) -> tuple[str, ...]:
    """What a sentence is compared by: the speakers that it names, and the stems of its other content words."""
    return _terms(sentence, source.speakers)


def places_of(source: Source, term: str) -> tuple[int, ...]:
    """Numbers of the turns that hold a term or another form of it, in order."""
    exact = source.places.get(term)
    if exact is not None or len(term) < _SHARED_LETTERS:
        return exact or ()
    forms = [form for form in source.alike.get(term[:_SHARED_LETTERS], ()) if _are_alike(term, form)]
    return tuple(sorted({place for form in forms for place in source.places[form]}))


def weight_of(source: Source, holders: int) -> float:
    """The weight of a term that so many turns hold."""
    return math.log1p(len(source.turns) / max(1, holders))


def best_window(weights: Sequence[float], places: Sequence[Sequence[int]]) -> tuple[float, tuple[int, ...]]:
    """The most weight that up to `WINDOW` turns in a row hold together, and those of them that hold any, best first.

    `weights` are those of the terms, `places` the turns that hold each. Of equal windows the shortest, then the first.
    """
    held: dict[int, set[int]] = defaultdict(set)
    for term, turns in enumerate(places):
        for turn in turns:
            held[turn].add(term)
    most, best = 0.0, list[int]()
    for start in sorted(held):
        for width in range(1, WINDOW + 1):
            window = [turn for turn in range(start, start + width) if turn in held]
            gain = sum(weights[term] for term in set[int]().union(*(held[turn] for turn in window)))
            if gain > most + _EQUAL or (gain > most - _EQUAL and len(window) < len(best)):
                most, best = gain, window
    alone = {turn: sum(weights[term] for term in held[turn]) for turn in best}
    return most, tuple(sorted(best, key=lambda turn: -alone[turn]))


def _support(source: Source, sentence: str) -> Support:
    places = [places_of(source, term) for term in terms_of(source, sentence)]
    if not places:
        return Support(sentence, 1.0, ())
    weights = [weight_of(source, len(turns)) for turns in places]
    most, turns = best_window(weights, places)
    total = sum(weights)
    return Support(sentence, most / total if total else 0.0, turns)


def _terms(text: str, speakers: tuple[str, ...]) -> tuple[str, ...]:
    mentions = mentions_of(text, speakers)
    named = [mention.speaker for mention in mentions if mention.speaker]
    rest = text
    for mention in reversed(mentions):
        rest = f"{rest[: mention.start]} {rest[mention.end :]}"
    return tuple(dict.fromkeys((*named, *content_stems(rest))))


def _are_alike(term: str, form: str) -> bool:
    least = max(_SHARED_LETTERS, math.ceil(_SHARED_PART * max(len(term), len(form))))
    return term[:least] == form[:least]
