"""What is known about an arm besides its weights: what it was trained on, and how certain its summaries usually are."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from upshot.answers.confidence import quantiles_of
from upshot.data.turns import has_person_tags
from upshot.errors import DataError
from upshot.records import Prediction, Row, load_lines
from upshot.rundir import RunDir, lines_of, read_json, read_lines

FILE: Final = "about.json"
_LOOKED_AT: Final = 200  # training rows, to see whether they tag their speakers
FEWEST: Final = 20  # validation summaries; fewer place nothing


@dataclass(frozen=True, slots=True)
class About:
    """An arm's past. `words` is the usual length of its training summaries, None where it is not known.

    `tags` says that it, or its base, learned to read #Person1# for a speaker. `quantiles` are percentiles of the mean
    log-probability of summaries, `measured_on` says of which; both are empty where nothing was measured, and `unplaced`
    says why. `as_compared` is false where its run read speakers in another way.
    """

    trained_on: str = "not known"
    words: int | None = None
    tags: bool = False
    quantiles: tuple[float, ...] = ()
    measured_on: str = ""
    as_compared: bool = True
    unplaced: str = ""

    def to_json(self) -> dict[str, Any]:
        """One object of plain values, the content of `about.json`."""
        return asdict(self)


def read_about(folder: Path) -> About:
    """What `about.json` of a folder tells; where there is none, that nothing is known.

    Raises:
        DataError: it is damaged.
    """
    content = read_json(folder / FILE)
    try:
        return About(**{**content, "quantiles": tuple(content.get("quantiles", ()))})
    except TypeError:
        raise DataError(f"{folder / FILE}: not what upshot writes there; write the export anew") from None


def about_arm(run: RunDir, name: str, *, trained: bool, before: About, speakers: str = "keep") -> About:
    """What a run tells about its arm. `before` is what is known of its base: all there is where it was not trained.

    `speakers` is the arm's own setting. An arm reads tags where that or its rows say so, and where its base learned to,
    also on rows with names: the starter gains 6 points of ROUGE-1 by it (`bench/tags.py`). Validation summaries made in
    the other way tell nothing of its certainty then.
    """
    tagged = speakers == "tags" or _tags_speakers(run)
    tags = before.tags or tagged
    logprobs = _logprobs(run, name) if tags == tagged else []
    known = replace(before, tags=tags, as_compared=tags == tagged)
    if len(logprobs) >= FEWEST:
        measured = f"{len(logprobs)} validation summaries of arm '{name}'"
        known = replace(known, quantiles=quantiles_of(logprobs), measured_on=measured, unplaced="")
    elif trained or not known.quantiles:
        why = too_few(name, len(logprobs)) if tags == tagged else otherwise(name)
        known = replace(known, quantiles=(), measured_on="", unplaced=why)
    if not trained:
        return known
    found = read_json(run.root / "data.json")
    train = found.get("splits", {}).get("train", {})
    words = train.get("summary_words", {}).get("p50")
    text = f"{train.get('rows', 0):,} rows of {found.get('source', 'unknown data')}"
    return replace(known, trained_on=text, words=round(words) if words else None)


def too_few(name: str, count: int) -> str:
    """Why the summaries of an arm with so many validation summaries are placed among nothing.

    >>> too_few("full", 6)
    "arm 'full' has 6 validation summaries, and at least 20 are needed"
    """
    noun = "summary" if count == 1 else "summaries"
    return f"arm '{name}' has {count or 'no'} validation {noun}, and at least {FEWEST} are needed"


def otherwise(name: str) -> str:
    """Why validation summaries of an arm that is used in another way place nothing."""
    return f"the validation summaries of arm '{name}' were made from speakers' names, and it reads tags for them"


def _logprobs(run: RunDir, name: str) -> list[float]:
    return [item.logprob for item in read_lines(run.predictions(name, "validation"), Prediction)]


def _tags_speakers(run: RunDir) -> bool:
    path = run.split("train")
    rows = load_lines(islice(lines_of(path), _LOOKED_AT), Row, str(path))
    return bool(rows) and sum(has_person_tags(row.dialogue) for row in rows) * 2 > len(rows)


def dump_about(about: About) -> str:
    """JSON text of `about.json`, a line a key."""
    lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in about.to_json().items())
    return "{\n" + ",\n".join(lines) + "\n}\n"
