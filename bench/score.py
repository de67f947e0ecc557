"""upshot's ROUGE against rouge_score 0.1.2 on the same pairs: four metrics, stemmer on, each pair once.

python bench/score.py [--quick]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence

from measure.goals import goal
from measure.machine import print_machine
from measure.material import shared_data

from upshot.metrics.rouge import rouge1, rouge2, rouge_l, rouge_lsum

Pair = tuple[str, str]  # prediction, reference
METRICS = {"rouge1": rouge1, "rouge2": rouge2, "rougeL": rouge_l, "rougeLsum": rouge_lsum}


def main() -> None:
    """Print pairs a second of both, their ratio, and the largest difference of any score."""
    print_machine("rouge-score", "nltk", "rapidfuzz")
    pairs, source = pairs_of(60 if "--quick" in sys.argv else 1500)
    print(f"{len(pairs):,} pairs: {source}")
    theirs, their_scores = timed(rouge_score, pairs)
    ours, our_scores = timed(upshot_scores, pairs)
    print(f"rouge_score: {theirs:.2f} s, {len(pairs) / theirs:,.0f} pairs/s")
    print(f"upshot:      {ours:.2f} s, {len(pairs) / ours:,.0f} pairs/s")
    apart = max(abs(a[key] - b[key]) for a, b in zip(our_scores, their_scores, strict=True) for key in METRICS)
    print(f"largest difference of a score: {apart:.1e}")
    print(f"ratio {theirs / ours:.1f} (rouge_score / upshot, in seconds)")
    if len(pairs) >= 1500:
        goal("scoring 1,500 pairs, four metrics: against rouge_score", theirs / ours, at_least=10)
        goal("scoring: largest difference of a score", apart, at_most=1e-9, unit="")


def pairs_of(count: int) -> tuple[list[Pair], str]:
    """Predictions of BART-large with the three references of each DialogSum test dialogue, or built-in texts."""
    outputs, test = shared_data("outputs/bart-large-quick.txt"), shared_data("dialogsum/test.csv")
    if outputs and test:
        from upshot.data.tables import read_rows

        lines = outputs.read_text(encoding="utf-8").splitlines()
        rows = read_rows(test)[0]
        return [(lines[k // 3], row.summary or "") for k, row in enumerate(rows[:count])], "BART-large on DialogSum"
    return builtin_pairs(count), "turns of the built-in conversations against their summaries"


def builtin_pairs(count: int) -> list[Pair]:
    """Three turns in a row as the prediction, beginning at every turn in order, until there are enough."""
    from upshot.data.sources import load_splits
    from upshot.recipe import DataSettings

    rows = [row for part in load_splits(DataSettings.model_validate({}), seed=13).rows.values() for row in part]
    starts = range(max(row.dialogue.count("\n") for row in rows))
    windows = ((row.dialogue.split("\n")[at : at + 3], row.summary) for at in starts for row in rows)
    return [(" ".join(turns), summary or "") for turns, summary in windows if turns][:count]


def timed(score: Callable[[Sequence[Pair]], list[Mapping[str, float]]], pairs: Sequence[Pair]) -> tuple[float, list]:
    """Seconds and scores; imports and first use of a stemmer are part of neither side."""
    score(pairs[:1])
    began = time.perf_counter()
    found = score(pairs)
    return time.perf_counter() - began, found


def rouge_score(pairs: Sequence[Pair]) -> list[Mapping[str, float]]:
    """F1 by metric from rouge_score; it wants a newline after each sentence for Lsum."""
    import re

    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(list(METRICS), use_stemmer=True)
    lines = [tuple(re.sub(r"(?<=[.!?])\s+", "\n", text) for text in pair) for pair in pairs]
    found = (scorer.score(reference, prediction) for prediction, reference in lines)
    return [{name: value.fmeasure for name, value in scores.items()} for scores in found]


def upshot_scores(pairs: Sequence[Pair]) -> list[Mapping[str, float]]:
    """F1 by metric from upshot."""
    return [{name: metric(mine, theirs) for name, metric in METRICS.items()} for mine, theirs in pairs]


if __name__ == "__main__":
    main()
