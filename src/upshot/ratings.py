"""What people chose in blind pairs: win rates with intervals, sign tests, agreement of raters, side bias, marks."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from statistics import fmean
from typing import Any, Final

from upshot.errors import DataError

MARKS: Final = ("relevance", "coherence", "coverage", "faithfulness")
CHOICES: Final = ("a", "b", "tie", "both bad")
FORMAT: Final = "upshot-ratings"
_BEST_MARK: Final = 5
_Z95: Final = 1.959964


@dataclass(frozen=True, slots=True)
class Rating:
    """One judged pair: arms `a` (left) and `b` (right), the choice (one of `CHOICES`), marks of 1..5 by side.

    `run` is the hash of the texts that the page showed.
    """

    rater: str
    id: str
    a: str
    b: str
    choice: str
    marks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    run: str = ""

    @property
    def arms(self) -> tuple[str, str]:
        """The two arms in alphabetical order, whatever their sides."""
        return (self.a, self.b) if self.a <= self.b else (self.b, self.a)

    @property
    def winner(self) -> str | None:
        """The arm that was preferred, None for a tie or two bad outputs."""
        return {"a": self.a, "b": self.b}.get(self.choice)


def read_ratings(texts: Mapping[str, str]) -> tuple[Rating, ...]:
    """Ratings of several exported files by file name, in order; a rater without a name is named by the file.

    Raises:
        DataError: a file that is no export, ratings of different runs, a rater with two files, or a pair judged twice.
    """
    files = {name: _content(name, text) for name, text in texts.items()}
    runs = {str(content.get("run")) for content in files.values()}
    if len(runs) > 1:
        raise DataError(f"these files rate different outputs (runs {', '.join(sorted(runs))}); give those of one run")
    raters: dict[str, str] = {}
    ratings: list[Rating] = []
    for name, content in files.items():
        rater = str(content.get("rater") or "").strip() or name
        if rater in raters:
            raise DataError(f"{name}: rater '{rater}' already has {raters[rater]}; give one file a rater")
        raters[rater] = name
        run = str(content.get("run") or "")
        found = [_rating(name, number, rater, item) for number, item in enumerate(content["ratings"], 1)]
        _refuse_repeats(name, found)
        ratings += [replace(rating, run=run) for rating in found]
    return tuple(ratings)


def judge(ratings: Sequence[Rating]) -> dict[str, Any]:
    """Everything that `rate import` prints, as JSON: pairs, agreement, side_bias, marks; shares in 0..1."""
    raters = Counter(rating.rater for rating in ratings)
    couples = sorted({rating.arms for rating in ratings})
    sides = {"all raters": ratings} if len(raters) > 1 else {}
    sides |= {rater: [one for one in ratings if one.rater == rater] for rater in raters}
    return {
        "n": len(ratings),
        "raters": dict(raters),
        "pairs": [_pair(couple, [one for one in ratings if one.arms == couple]) for couple in couples],
        "agreement": [_agreement(ratings, one, other) for one, other in combinations(raters, 2)],
        "side_bias": [{"rater": name, **side_bias(own)} for name, own in sides.items()],
        "marks": _marks(ratings),
    }


def win_rate(ratings: Sequence[Rating], arm: str) -> dict[str, Any]:
    """How often `arm` is preferred, a tie or two bad outputs counting half, with a 95 % interval and a sign test.

    The unit is the dialogue: several raters of one pair are averaged first. The interval is Wilson's; ratings between
    0 and 1 vary less than the coin tosses it is made for, so it is at most too wide. `p` is the exact two-sided sign
    test over dialogues that were decided, None where none was.
    """
    values: dict[str, list[float]] = {}
    for rating in ratings:
        values.setdefault(rating.id, []).append(_value(rating, arm))
    means = [fmean(found) for found in values.values()]
    above, below = sum(mean > 0.5 for mean in means), sum(mean < 0.5 for mean in means)
    share = fmean(means)
    return {
        "dialogues": len(means),
        "win_rate": share,
        "ci95": list(wilson(share * len(means), len(means))),
        "p": sign_test(above, below),
    }


def side_bias(ratings: Iterable[Rating]) -> dict[str, Any]:
    """Share of A among the decided ratings with Wilson's 95 % interval; sides are drawn, so it should hold one half."""
    counts = Counter(rating.choice for rating in ratings)
    n = counts["a"] + counts["b"]
    return {"n": n, "share_a": counts["a"] / n if n else None, "ci95": list(wilson(counts["a"], n)) if n else None}


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two raters' answers on the same items; None without items, or where chance alone agrees always.

    Source: J. Cohen, "A coefficient of agreement for nominal scales", 1960.

    >>> kappa([("x", "x"), ("x", "y"), ("y", "y"), ("y", "y")])
    0.5
    """
    if not pairs:
        return None
    mine, theirs = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    observed = sum(one == other for one, other in pairs) / len(pairs)
    expected = sum(mine[answer] * theirs[answer] for answer in mine) / (len(pairs) * len(pairs))
    return None if expected == 1 else (observed - expected) / (1 - expected)


def sign_test(above: int, below: int) -> float | None:
    """Exact two-sided p of so uneven a split under fair coins; None without any toss.

    >>> sign_test(9, 1)
    0.021484375
    """
    n = above + below
    if not n:
        return None
    tail = sum(math.comb(n, count) for count in range(min(above, below) + 1))
    return min(1.0, 2 * tail / (1 << n))


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, for at least one trial.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    share, square = hits / n, _Z95**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = _Z95 * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _pair(couple: tuple[str, str], ratings: Sequence[Rating]) -> dict[str, Any]:
    winners = Counter(rating.winner for rating in ratings)
    choices = Counter(rating.choice for rating in ratings)
    one, other = couple
    return {
        "a": one,
        "b": other,
        "n": len(ratings),
        "wins": winners[one],
        "losses": winners[other],
        "ties": choices["tie"],
        "both_bad": choices["both bad"],
        **win_rate(ratings, one),
    }


def _value(rating: Rating, arm: str) -> float:
    return 0.5 if rating.winner is None else float(rating.winner == arm)


def _agreement(ratings: Iterable[Rating], one: str, other: str) -> dict[str, Any]:
    """Answers are compared as arms, so that raters who saw other sides can agree."""
    answers: dict[str, dict[tuple[str, str, str], str]] = {one: {}, other: {}}
    for rating in ratings:
        if rating.rater in answers:
            answers[rating.rater][(rating.id, *rating.arms)] = _answer(rating)
    shared = [(answers[one][item], answers[other][item]) for item in answers[one] if item in answers[other]]
    same = sum(mine == theirs for mine, theirs in shared)
    share = same / len(shared) if shared else None
    return {"raters": [one, other], "n": len(shared), "agreement": share, "kappa": kappa(shared)}


def _answer(rating: Rating) -> str:
    """The category of an answer: the first arm of the pair, the second, a tie or both bad."""
    return rating.choice if rating.winner is None else str(rating.arms.index(rating.winner))


def _marks(ratings: Iterable[Rating]) -> dict[str, dict[str, dict[str, Any]]]:
    given: dict[str, dict[str, list[int]]] = {}
    for rating in ratings:
        for side, arm in (("a", rating.a), ("b", rating.b)):
            for mark, value in rating.marks.get(side, {}).items():
                given.setdefault(arm, {}).setdefault(mark, []).append(value)
    return {
        arm: {mark: {"mean": fmean(found[mark]), "n": len(found[mark])} for mark in MARKS if mark in found}
        for arm, found in sorted(given.items())
    }


def _content(name: str, text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("ratings"), list):
        raise DataError(f"{name}: no ratings; expected the JSON that a report's 'Export JSON' saves")
    if content.get("version") != 1:
        raise DataError(f"{name}: ratings of version {content.get('version')}, this upshot reads version 1")
    return content


def _rating(file: str, number: int, rater: str, item: Any) -> Rating:
    where = f"{file}: rating {number}"
    if not isinstance(item, dict) or not all(isinstance(item.get(key), str) for key in ("id", "a", "b", "choice")):
        raise DataError(f"{where} needs the texts id, a, b and choice")
    if item["choice"] not in CHOICES:
        raise DataError(f"{where}: choice '{item['choice']}', expected one of {', '.join(CHOICES)}")
    if item["a"] == item["b"]:
        raise DataError(f"{where}: both sides are '{item['a']}'")
    return Rating(rater, item["id"], item["a"], item["b"], item["choice"], _checked_marks(where, item.get("marks", {})))


def _refuse_repeats(file: str, ratings: Iterable[Rating]) -> None:
    """A page keeps one answer a pair; more would count one opinion several times."""
    first: dict[tuple[str, str, str], int] = {}
    for number, rating in enumerate(ratings, 1):
        before = first.setdefault((rating.id, *rating.arms), number)
        if before != number:
            pair = f"'{rating.id}', {' against '.join(rating.arms)}"
            raise DataError(f"{file}: rating {number} judges {pair} again (first: rating {before}); keep one of them")


def _checked_marks(where: str, given: Any) -> dict[str, dict[str, int]]:
    sides = given if isinstance(given, dict) else {"": given}
    for side, marks in sides.items():
        named = isinstance(marks, dict) and side in ("a", "b") and set(marks) <= set(MARKS)
        if not named or not all(type(value) is int and 1 <= value <= _BEST_MARK for value in marks.values()):
            raise DataError(f"{where}: marks are numbers from 1 to {_BEST_MARK} for {', '.join(MARKS)} of a and b")
    return sides
