"""score: stored predictions against references, without a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from upshot.errors import DataError, ModelError
from upshot.events import Event, Tell
from upshot.lineage import score_inputs
from upshot.metrics.score import score_all
from upshot.records import Dialogue, Prediction, Score, dump_lines
from upshot.rundir import RunDir, read_lines, write_json, write_text

MOST_EMPTY: Final = 0.05


def score_arm(run: RunDir, name: str, tell: Tell) -> list[Score]:
    """Scores of an arm on the test split, written to `scores.jsonl`, and what they are made from beside them.

    Raises:
        ModelError: the arm has no predictions yet.
        DataError: predictions and dialogues do not match (D53, D54).
    """
    dialogues = read_lines(run.split("test"), Dialogue)
    predictions = read_lines(run.predictions(name, "test"), Prediction)
    if not predictions:
        raise ModelError(f"arm '{name}' has no predictions yet; upshot predict makes them")
    empty = sum(not item.prediction for item in predictions)
    if empty:
        said = f"{empty} of {len(predictions)} predictions of '{name}' are empty and score 0"
        tell(Event("warning", f"warning D55: {said}"))
    scores = score_all(dialogues, {item.id: item.prediction for item in predictions})
    write_text(run.arm(name) / "scores.jsonl", dump_lines(scores))
    write_json(run.arm(name) / "scores.inputs.json", score_inputs(run, name))
    return scores


def refuse_empty(run: RunDir, names: Iterable[str]) -> None:
    """Nothing; called last, so that a report is there to look at.

    Raises:
        DataError: D55, more than 5 % of an arm's predictions are empty.
    """
    for name in names:
        predictions = read_lines(run.predictions(name, "test"), Prediction)
        empty = sum(not item.prediction for item in predictions)
        if empty > MOST_EMPTY * len(predictions):
            raise DataError(f"{empty} of {len(predictions)} predictions of '{name}' are empty and score 0", code="D55")
