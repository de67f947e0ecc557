"""Negation and modality that a summary changes against the turns that support it best.

Clauses are compared, not sentences: each has its own best-supporting turns, and a negation elsewhere in a long sentence
says nothing about it. A negation that the summary lost is not looked for: people sum up "don't drive on that belt" as
"before driving", and on the built-in training references every rule tried was wrong more often than right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from upshot.analysis.finding import Finding
from upshot.analysis.sentences import content_stems, sentences_of
from upshot.analysis.support import support_of
from upshot.data.turns import Turn, turns_of

_NOT: Final = re.compile(r"\b(?:not|never|cannot|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_SAID_NO: Final = re.compile(
    r"n['’]t\b|\b(?:not?|never|cannot|neither|nor|none|nobody|nothing|without|hardly|nope|nah)\b", re.IGNORECASE
)
# Whatever else a summary may put into a "not".
_IMPLIED_NO: Final = re.compile(
    r"\b(?:nowhere|barely|scarcely|seldom|rarely|unless|instead|rather|except|too|only|yet|until|less|than|cant|dont|wont|"
    r"(?:refus|declin|den[iy]|fail|lack|miss|avoid|stop|cancel|reject|doubt|forg[eo]t|prevent|forb[iaoe]d|ban|mistak|"
    r"wrong|hat|sorry|afraid|quit|skip|lost|lose|stay|empty|late)\w*|(?:un|dis|im|in|ir)\w{4,})\b",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(
    r"[;:,–—]\s+|\s+(?=(?:and|but|because|while|although|though|so|since|as|until|before|after|which|who|when|if)\b)"
)
_FEWEST_STEMS: Final = 2
_SURE: Final = re.compile(r"\b(?:will|definitely|certainly|surely|(?:is|are) going to)\b|['’]ll\b", re.IGNORECASE)
_UNSURE: Final = re.compile(
    r"\b(?:might|may|maybe|perhaps|could|possibly|probably|not sure|i think|i guess|hope|hopefully)\b", re.IGNORECASE
)
_HEDGED: Final = re.compile(
    r"\b(?:if|might|may|maybe|perhaps|could|possibl[ey]|probably|likely|unless|hop\w+|suggest\w*|consider\w*|think\w*|"
    r"plan\w*|would|whether|can|un\w+)\b",
    re.IGNORECASE,
)
_SPOKEN_END: Final = re.compile(r"(?<=[.!?…])\s+|\n")
_AFTERWARDS: Final = 3


def changed_polarity(text: str, summary: str) -> tuple[Finding, ...]:
    """Clauses with a negation that no best-supporting turn or its neighbour has, and clauses surer than what was said.

    Sure means "will" where the one sentence that says it has "might", "may", "could" or "maybe". `strength` is the
    support of the clause: the better it is supported, the more the change says.
    """
    turns = turns_of(text)
    found: list[Finding] = []
    for place, sentence in enumerate(sentences_of(summary)):
        for clause in _clauses(sentence):
            for kind, is_changed in (("changed-negation", _adds_negation), ("changed-modality", _is_surer)):
                support = support_of(text, clause)
                if support and support[0].turns and is_changed(turns, support[0].turns, clause):
                    score = support[0].score
                    found.append(Finding(kind, "intrinsic", place, clause, support[0].turns, score))
    return tuple(found)


def _clauses(sentence: str) -> Iterator[str]:
    """Parts of a sentence that hold a few content words each, in order."""
    start, pieces = 0, []
    for end in [*(match.end() for match in _CLAUSE_END.finditer(sentence)), len(sentence)]:
        if len(content_stems(sentence[start:end])) >= _FEWEST_STEMS:
            pieces.append((start, end))
            start = end
    if not pieces:
        pieces = [(0, len(sentence))]
    first, _ = pieces.pop()
    for begin, end in [*pieces, (first, len(sentence))]:
        yield sentence[begin:end].strip(" ,;:–—")


def _adds_negation(turns: Sequence[Turn], best: Sequence[int], clause: str) -> bool:
    if not _NOT.search(clause):
        return False
    if any(_IMPLIED_NO.search(turns[number].text) for number in best):
        return False
    near = {number + step for number in best for step in (-1, 0, 1)} & set(range(len(turns)))
    return not any(_SAID_NO.search(turns[number].text) for number in near)


def _is_surer(turns: Sequence[Turn], best: Sequence[int], clause: str) -> bool:
    """Whether a clause has "will" for what one unsure sentence says, and no other sentence around it."""
    sure = _SURE.search(clause)
    if not sure or _HEDGED.search(clause):
        return False
    told = set(content_stems(clause[sure.end() :]))
    for number in best:
        said = [part for turn in turns[number : number + _AFTERWARDS] for part in _SPOKEN_END.split(turn.text)]
        same = [part for part in said if told & set(content_stems(part))]
        if len(same) == 1 and _UNSURE.search(same[0]) and not _SURE.search(same[0]) and not same[0].endswith("?"):
            return True
    return False
