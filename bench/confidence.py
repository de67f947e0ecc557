"""Does the starter's confidence tell anything? Risk-coverage curves on DialogSum's test split.

What `upshot summarize` answers with the starter. Confidence is the mean log-probability of a summary's tokens;
percentiles are among the summaries of the validation split. Without DialogSum the built-in conversations are taken.
Takes three minutes.

python bench/confidence.py [--quick]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from measure.machine import print_machine
from measure.material import shared_data

from upshot.analysis.selective import risk_coverage, thresholds
from upshot.answers.answer import Answer
from upshot.comparison import Draws
from upshot.data.sources import load_splits
from upshot.metrics.score import score_all
from upshot.recipe import DataSettings
from upshot.records import Dialogue
from upshot.summarizer import open_summarizer
from upshot.text import clusters_of

DRAWS = Draws(resamples=10_000, seed=13)
RISKS = {"rouge1": "100 - ROUGE-1", "flagged": "% flagged"}


def main() -> None:
    """Print areas, curves and thresholds as Markdown, and the ratio of the area by confidence to that by chance."""
    quick = "--quick" in sys.argv
    print_machine("ctranslate2", "tokenizers")
    splits, source = data_splits()
    test, validation = (splits[name][: 12 if quick else None] for name in ("test", "validation"))
    print(f"{len(test)} dialogues of {source}, the starter; percentiles among {len(validation)} validation summaries")
    answers, among = answers_of(test), answers_of(validation)
    confidence = [answer.confidence.logprob for answer in answers]
    values = measured(test, answers)
    clusters = list(clusters_of(test).values())
    risks = {"rouge1": [1 - value for value in values["rouge1"]], "flagged": values["flagged"]}
    found = risk_coverage(confidence, risks, clusters, DRAWS)
    if isinstance(found, str):
        raise SystemExit(found)
    print_curves(found)
    left = thresholds(confidence, [answer.confidence.logprob for answer in among], values, clusters, DRAWS)
    print_thresholds(left)
    area, chance = (found["risks"]["rouge1"][key] for key in ("area", "random"))
    print(f"ratio {area['mean'] / chance:.3f} (area under the risk-coverage curve by confidence / of a random order)")


def data_splits() -> tuple[dict[str, Sequence[Dialogue]], str]:
    """Test and validation split of DialogSum, or the built-in ones; and which of the two."""
    path = shared_data("dialogsum/test.csv")
    splits = load_splits(DataSettings.model_validate({"source": str(path.parent) if path else "builtin"}), 13).splits
    return {"test": splits.test, "validation": splits.validation}, "DialogSum's test split" if path else "upshot's own"


def answers_of(dialogues: Sequence[Dialogue]) -> list[Answer]:
    """What `upshot summarize` answers with the starter, in the order of the dialogues."""
    with open_summarizer() as summarizer:
        return summarizer.summarize([item.text for item in dialogues])


def measured(dialogues: Sequence[Dialogue], answers: Sequence[Answer]) -> dict[str, list[float]]:
    """ROUGE-1 and whether anything is flagged, in the order of the dialogues."""
    named = zip(dialogues, answers, strict=True)
    scores = score_all(dialogues, {item.id: answer.summary for item, answer in named})
    return {
        "rouge1": [score.mean["rouge1"] for score in scores],
        "flagged": [float(bool(answer.flags)) for answer in answers],
    }


def print_curves(found: Mapping[str, Any]) -> None:
    """Areas and curves."""
    print("\n| risk | by confidence | random order | oracle | gain |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for key, title in RISKS.items():
        risk = found["risks"][key]
        ends = f"{100 * risk['random']:.1f} | {100 * risk['oracle']:.1f}"
        print(f"| {title} | {cell(risk['area'])} | {ends} | {cell(risk['gain'])} |")
    print("\n| risk of the most confident | " + " | ".join(f"{100 * share:.0f} %" for share in found["shares"]) + " |")
    print("| --- |" + " ---: |" * len(found["shares"]))
    for key, title in RISKS.items():
        points = " | ".join(f"{100 * point['mean']:.1f}" for point in found["risks"][key]["curve"])
        print(f"| {title} | {points} |")


def print_thresholds(left: Sequence[Mapping[str, Any]]) -> None:
    """What each threshold leaves."""
    print("\n| held back under | kept | ROUGE-1 kept | held back | % flagged kept | held back |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for entry in left:
        cells = " | ".join(
            cell(entry["values"][key][side]) for key in ("rouge1", "flagged") for side in ("kept", "held_back")
        )
        print(f"| percentile {entry['percentile']} | {entry['kept']} of {entry['n']} | {cells} |")
    print()


def cell(found: Mapping[str, Any] | None) -> str:
    """A mean x 100 with its interval."""
    if found is None:
        return "–"
    ends = f" [{100 * found['ci95'][0]:.1f}, {100 * found['ci95'][1]:.1f}]" if found["ci95"] else ""
    return f"{100 * found['mean']:.1f}{ends}"


if __name__ == "__main__":
    main()
