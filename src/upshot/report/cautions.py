"""What a reader must know before any difference is claimed: few dialogues, rows as unit, p values at their floor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from upshot.comparison import unit_of
from upshot.report.sentence import Sentence

LEVEL: Final = 0.05
ENOUGH: Final = 20  # dialogues from which on a 95 % interval holds the truth in more than 91 of 100 test sets


def cautions(comparison: Mapping[str, Any]) -> Iterator[Sentence]:
    """Warnings that hold for a comparison as a whole."""
    yield from _few(comparison)
    yield from _narrow(comparison)
    yield from _rows(comparison)
    yield from _wordless(comparison)
    yield from p_floor(comparison)


def p_floor(comparison: Mapping[str, Any]) -> Iterator[Sentence]:
    """Why no p can fall under 5 % once it is corrected, and what to do; nothing where it can.

    The sign-flip test never answers less than 1 / (resamples + 1), nor less than 2 of its 2 ** n patterns of signs over
    n clusters, and Holm's correction multiplies the smallest p by the number of tests.
    """
    tests = len(comparison.get("pairs") or ())
    draws, clusters = comparison.get("resamples"), comparison.get("n_clusters")
    if not tests:
        return
    if draws and tests / (draws + 1) >= LEVEL:
        asked = round(tests / LEVEL)
        cure = f"Raise the resamples (compare.resamples, or --resamples) to at least {asked:,}, or compare fewer arms."
        yield _no_finding(f"with {draws:,} resamples", 1 / (draws + 1), tests, cure)
    elif clusters and tests * _smallest(clusters) >= LEVEL:
        needed = next(n for n in range(clusters, 100) if tests * _smallest(n) < LEVEL)
        cure = f"Test on at least {needed} dialogues, or compare fewer arms."
        yield _no_finding(f"with the signs of so few dialogues ({clusters})", _smallest(clusters), tests, cure)


def count_of(comparison: Mapping[str, Any]) -> str:
    """How much was compared, in words and with copies counted once: '500 dialogues', '10 different dialogues'."""
    total = comparison["n_dialogues"]
    n = comparison.get("n_clusters", total)
    return f"{n:,} {'different ' if n < total else ''}{unit_of(n, comparison.get('unit', 'dialogues'))}"


def _few(comparison: Mapping[str, Any]) -> Iterator[Sentence]:
    if comparison.get("small"):
        total = comparison["n_dialogues"]
        copies = f" ({total:,} with their copies)" if comparison.get("n_clusters", total) < total else ""
        loud = f"Only {count_of(comparison)}{copies}."
        yield Sentence("warning", "", loud, " Read the intervals, not the means.")


def _narrow(comparison: Mapping[str, Any]) -> Iterator[Sentence]:
    """What tests/laws/test_coverage_of_intervals.py measures on simulated test sets."""
    if 1 < comparison.get("n_clusters", comparison["n_dialogues"]) < ENOUGH:
        said = " of 100 of them about 90 hold the truth with 10 dialogues and about 80 with 5, not 95 (simulated)."
        yield Sentence("warning", "", "The intervals are too narrow:", said)


def _rows(comparison: Mapping[str, Any]) -> Iterator[Sentence]:
    if str(comparison.get("unit", "")).startswith("rows"):
        why = "copies of a dialogue count as independent, so intervals are too narrow where there are copies."
        yield Sentence("warning", "", "Rows are the unit:", f" {why}")


def _wordless(comparison: Mapping[str, Any]) -> Iterator[Sentence]:
    found = comparison.get("references_without_words") or {"n": 0}
    if found["n"]:
        said = (
            f" it sees nothing in {found['n']:,} of {found['of']:,} references. Compare by chrF, which counts letters."
        )
        yield Sentence("warning", "", "ROUGE counts only a-z and 0-9:", said)


def _smallest(clusters: int) -> float:
    return min(1.0, 2.0 ** (1 - clusters))


def _no_finding(why: str, p: float, tests: int, cure: str) -> Sentence:
    corrected = f"p cannot fall under {p:.2g}, nor under {min(1.0, tests * p):.2g} after correcting for {tests} tests"
    return Sentence("warning", "", "No difference can be a firm finding here:", f" {why}, {corrected}. {cure}")
