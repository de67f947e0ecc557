"""score --with: learned metrics on stored predictions; what a scorer said of a summary is never asked again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from upshot.comparison import Draws
from upshot.errors import ModelError, StoppedError
from upshot.events import Event, Stop, Tell
from upshot.metrics.learned import Scorer, learned_comparison, score_items
from upshot.recipe import Recipe
from upshot.records import Dialogue, Prediction, whole_lines
from upshot.rundir import RunDir, append_line, read_json, read_lines, read_text, write_json, write_text
from upshot.text import clusters_of

Values = dict[str, tuple[float, ...]]


def score_learned(
    run: RunDir, recipe: Recipe, scorers: Sequence[Scorer], names: Collection[str], *, tell: Tell, stop: Stop
) -> dict[str, Any]:
    """The content of `learned.json` for the arms of these names: by scorer its arms, pairs and provenance.

    Scorers of an earlier call that are not among these keep what they have there. Raises:
        ModelError: an arm has no predictions yet, or the scorer's model fails.
        StoppedError: a signal asked for the end; what was scored is kept.
    """
    dialogues = read_lines(run.split("test"), Dialogue)
    draws = Draws(recipe.compare.resamples, recipe.seed)
    content = read_json(run.root / "learned.json")
    for scorer in scorers:
        by_arm = {name: _of_arm(run, name, scorer, dialogues, tell=tell, stop=stop) for name in names}
        found = learned_comparison(by_arm, clusters_of(dialogues), draws)
        content[scorer.name] = {**found, "provenance": dict(scorer.provenance), "repeats": scorer.repeats}
        write_json(run.root / "learned.json", content)
    return content


def _of_arm(run: RunDir, name: str, scorer: Scorer, dialogues: Sequence[Dialogue], *, tell: Tell, stop: Stop) -> Values:
    """Answers about an arm's summaries by dialogue id."""
    predictions = read_lines(run.predictions(name, "test"), Prediction)
    if not predictions:
        raise ModelError(f"arm '{name}' has no predictions yet; upshot predict makes them")
    log = run.arm(name) / f"learned-{scorer.name}.jsonl"
    known, found = _earlier(log), Values()
    for answers in score_items(scorer, dialogues, predictions, known):
        if answers.key not in known:
            append_line(log, {"key": answers.key, "id": answers.id, "values": list(answers.values)})
        found[answers.id] = answers.values
        facts = {"arm": name, "split": scorer.name, "done": len(found), "total": len(predictions)}
        tell(Event("predicted", name, facts))
        if (signal := stop()) is not None and len(found) < len(predictions):
            said = f"stopped while scoring '{name}' with {scorer.name}; what was scored is kept"
            raise StoppedError(f"{said}, the same command continues", signal_number=signal)
    if not found:
        needs = " and ".join(sorted(scorer.needs))
        tell(Event("warning", f"warning: {scorer.name} needs {needs}, which no test dialogue has"))
    return found


def _earlier(log: Path) -> Values:
    """Answers in a log by key. A line that a crash cut off is dropped: the next would be glued to it."""
    text = read_text(log)
    if text and not text.endswith("\n"):
        write_text(log, text[: text.rfind("\n") + 1])
    return {line["key"]: tuple(line["values"]) for line in whole_lines(text)}
