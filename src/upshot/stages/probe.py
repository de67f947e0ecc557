"""probe: what the model itself tells about an arm: which summary it finds likelier, and what other names change.

The only stage after predict that needs the model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any, Final

from upshot import stats
from upshot.analysis.corruptions import CORRUPTIONS
from upshot.analysis.fairness import Case, fairness_cells, set_pairs
from upshot.analysis.renaming import NAME_SETS, Renamed, renamed, reordered
from upshot.comparison import Draws
from upshot.errors import DataError
from upshot.events import Event, Stop, Tell
from upshot.model.subject import Question, Subject, ask, subject_of
from upshot.recipe import Arm, Recipe
from upshot.recipe_file import expand_arms
from upshot.records import Dialogue, Prediction
from upshot.rundir import RunDir, read_json, read_lines, write_json
from upshot.text import clusters_of

Pair = tuple[str, Question, Question]  # dialogue id, the reference, its corrupted copy

DIALOGUES: Final = 100


def probe_run(
    run: RunDir, recipe: Recipe, arms: Mapping[str, Arm], *, tell: Tell, stop: Stop, dialogues: int = DIALOGUES
) -> dict[str, Any]:
    """The content of `probe.json`, written after every arm; arms that were probed before and not now keep theirs.

    `dialogues` test dialogues with a reference are drawn with the recipe's seed, the same for every arm. Raises:
        ModelError: an arm has not predicted yet, or was changed since.
        DataError: no test dialogue has a reference.
        StoppedError: a signal asked for the end; what was asked is kept.
    """
    chosen = chosen_dialogues(run, recipe.seed, dialogues)
    content = _earlier(run, recipe, len(chosen))
    for name, arm in arms.items():
        subject = subject_of(run, recipe, name, arm)
        heard = _naming(name, tell)
        content["likelihood"][name] = _likelihood(subject, chosen, tell=heard, stop=stop)
        content["fairness"][name] = _fairness(subject, chosen, tell=heard, stop=stop)
        write_json(run.root / "probe.json", content)
    return content


def chosen_dialogues(run: RunDir, seed: int, count: int) -> list[Dialogue]:
    """Up to `count` test dialogues with a reference, drawn with the seed, in file order."""
    usable = [item for item in read_lines(run.split("test"), Dialogue) if item.references]
    if not usable:
        raise DataError("no test dialogue has a reference summary, which the probe needs", code="D35")
    drawn = random.Random(f"probe-{seed}").sample(range(len(usable)), min(count, len(usable)))
    return [usable[index] for index in sorted(drawn)]


def _earlier(run: RunDir, recipe: Recipe, count: int) -> dict[str, Any]:
    """What an earlier probe found for arms that the recipe still has. Each cell says its own n."""
    before, known = read_json(run.root / "probe.json"), expand_arms(recipe)
    parts = {
        part: {name: found for name, found in before.get(part, {}).items() if name in known}
        for part in ("likelihood", "fairness")
    }
    return {"dialogues": count, **parts}


def _naming(name: str, tell: Tell) -> Tell:
    """A listener that hears the arm's name before the first thing that is told of it."""
    before = [Event("arm", name)]

    def heard(event: Event) -> None:
        while before:
            tell(before.pop())
        tell(event)

    return heard


def _likelihood(subject: Subject, dialogues: Sequence[Dialogue], *, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Of every corruption, how often the reference is the likelier one: per dialogue the mean over its references."""
    seed, clusters = subject.recipe.seed, clusters_of(dialogues)
    pairs = {kind: _pairs(subject, dialogues, kind) for kind in CORRUPTIONS}
    asked = [question for of_kind in pairs.values() for _, *both in of_kind for question in both]
    rated = ask(subject, asked, "likelihood", tell=tell, stop=stop)
    draws = Draws(subject.recipe.compare.resamples, seed)
    return {kind: accuracy(of_kind, rated, clusters, draws=draws) for kind, of_kind in pairs.items()}


def _pairs(subject: Subject, dialogues: Sequence[Dialogue], kind: str) -> list[Pair]:
    """Every reference that offers a place for the corruption, with its corrupted copy."""
    found = []
    for item in dialogues:
        for number, reference in enumerate(item.references):
            draw = random.Random(f"probe-{subject.recipe.seed}-{kind}-{item.id}-{number}")
            wrong = CORRUPTIONS[kind](item.text, reference, draw)
            if wrong is not None and wrong != reference:
                found.append((item.id, subject.question(item, reference), subject.question(item, wrong)))
    return found


def accuracy(
    pairs: Sequence[Pair], rated: Mapping[str, float], clusters: Mapping[str, str], *, draws: Draws
) -> dict[str, Any]:
    """Share of dialogues whose reference is likelier than its corrupted copy, with interval; chance is 0.5.

    `n` counts dialogues, `pairs` references. A tie counts half. Without a pair: n and pairs are 0, and nothing else.
    """
    by_dialogue: dict[str, list[float]] = {}
    for name, right, wrong in pairs:
        better = rated[right.key] - rated[wrong.key]
        by_dialogue.setdefault(name, []).append(0.5 if better == 0 else float(better > 0))
    if not by_dialogue:
        return {"n": 0, "pairs": 0}
    values = [fmean(of_references) for of_references in by_dialogue.values()]
    groups = [clusters[name] for name in by_dialogue]
    ci95 = stats.bootstrap_interval(values, groups, resamples=draws.resamples, seed=draws.seed)
    return {"accuracy": fmean(values), "ci95": stats.ends_of(ci95), "n": len(values), "pairs": len(pairs)}


def _fairness(subject: Subject, dialogues: Sequence[Dialogue], *, tell: Tell, stop: Stop) -> dict[str, Any]:
    """What renaming (each set of names) and exchanging the first two labels change."""
    seed, clusters = subject.recipe.seed, clusters_of(dialogues)
    draws = Draws(subject.recipe.compare.resamples, seed)
    stored = read_lines(subject.run.predictions(subject.name, "test"), Prediction)
    before = {item.id: item.prediction for item in stored}

    def cases(part: str, change: Callable[[Dialogue], Renamed | None]) -> list[Case]:
        other = [(item, found) for item in dialogues if (found := change(item)) is not None]
        questions = [subject.question(found.dialogue) for _, found in other]
        made = ask(subject, questions, part, tell=tell, stop=stop)
        return [
            Case(item, found, before[item.id], made[question.key])
            for (item, found), question in zip(other, questions, strict=True)
        ]

    by_set = {name: cases(f"names: {name}", _renaming(name, seed)) for name in NAME_SETS}
    swapped = fairness_cells(cases("order of speakers", reordered), clusters, draws)
    left_out = {"dialogues": len(dialogues)}
    sets = {name: fairness_cells(of_set, clusters, draws) | left_out for name, of_set in by_set.items()}
    return {
        "rename": {"sets": sets, "pairs": set_pairs(by_set, clusters, draws)},
        "reorder": swapped | left_out,
    }


def _renaming(name_set: str, seed: int) -> Callable[[Dialogue], Renamed | None]:
    return lambda dialogue: renamed(dialogue, name_set, seed=seed)
