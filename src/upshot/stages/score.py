"""score: stored predictions against references, without a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from upshot.errors import DataError, ModelError
from upshot.events import Event, Tell
from upshot.lineage import score_inputs
from upshot.metrics.score import score_all
from upshot.records import Dialogue, Prediction, dump_lines
from upshot.rundir import RunDir, read_windows, staged_file, write_json

MOST_EMPTY: Final = 0.05


@dataclass(slots=True)
class Scored:
    """What a stage of scoring came to: dialogues, the sum of their ROUGE-1, and predictions without a text."""

    dialogues: int = 0
    rouge1_sum: float = 0.0
    empty: int = 0

    @property
    def rouge1(self) -> float:
        """Mean ROUGE-1."""
        return self.rouge1_sum / self.dialogues


def score_arm(run: RunDir, name: str, tell: Tell) -> Scored:
    """Score an arm on the test split: `scores.jsonl`, window by window, and what they are made from beside them.

    Raises:
        ModelError: the arm has no predictions yet.
        DataError: predictions and dialogues do not match (D53, D54).
    """
    made = Scored()
    with staged_file(run.arm(name) / "scores.jsonl") as out:
        predicted = read_windows(run.predictions(name, "test"), Prediction)
        for dialogues in read_windows(run.split("test"), Dialogue):
            predictions = next(predicted, [])
            if not made.dialogues and not predictions:
                raise ModelError(f"arm '{name}' has no predictions yet; upshot predict makes them")
            scores = score_all(dialogues, {item.id: item.prediction for item in predictions})
            made.dialogues += len(scores)
            made.rouge1_sum += sum(score.mean["rouge1"] for score in scores)
            made.empty += sum(not item.prediction for item in predictions)
            out.write(dump_lines(scores))
        score_all([], {item.id: item.prediction for item in next(predicted, [])})  # more predictions than dialogues
    if made.empty:
        said = f"{made.empty} of {made.dialogues} predictions of '{name}' are empty and score 0"
        tell(Event("warning", f"warning D55: {said}"))
    write_json(run.arm(name) / "scores.inputs.json", score_inputs(run, name))
    return made


def refuse_empty(scored: Mapping[str, Scored]) -> None:
    """Nothing; called last, so that a report is there to look at.

    Raises:
        DataError: D55, more than 5 % of an arm's predictions are empty.
    """
    for name, made in scored.items():
        if made.empty > MOST_EMPTY * made.dialogues:
            said = f"{made.empty} of {made.dialogues} predictions of '{name}' are empty and score 0"
            raise DataError(said, code="D55")
