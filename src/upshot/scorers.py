"""Learned metrics by name and place, as `upshot score --with NAME=PLACE` opens them; never by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from upshot.errors import UsageError
from upshot.metrics.judge import Endpoint, judge
from upshot.metrics.learned import Scorer


@dataclass(frozen=True, slots=True)
class Leave:
    """What a scorer may do (fetch from the hub, send conversations off this machine) and how a judge is asked."""

    allow_download: bool = False
    allow_remote: bool = False
    judge_model: str = ""
    judge_key: str = ""
    repeats: int = 3


def open_scorer(spec: str, leave: Leave | None = None) -> Scorer:
    """The scorer of a NAME=PLACE, such as bertscore=/models/roberta-large or judge=http://127.0.0.1:8080/v1.

    Raises:
        UsageError: an unknown name, no place, or something that `leave` does not give leave for.
        ModelError: the model cannot be loaded.
    """
    name, _, place = spec.partition("=")
    if name not in SCORERS or not place:
        known = ", ".join(f"{key}=PLACE" for key in SCORERS)
        raise UsageError(f"--with {spec}: no such scorer; expected one of {known}")
    return SCORERS[name](place, leave or Leave())


def _bertscore(place: str, leave: Leave) -> Scorer:
    from upshot.model.encoders import bertscore, encoder_folder

    return bertscore(encoder_folder(place, allow_download=leave.allow_download))


def _checker(place: str, leave: Leave) -> Scorer:
    from upshot.model.encoders import checker, encoder_folder

    return checker(encoder_folder(place, allow_download=leave.allow_download))


def _checker_mean(place: str, leave: Leave) -> Scorer:
    from upshot.model.encoders import checker, encoder_folder

    return checker(encoder_folder(place, allow_download=leave.allow_download), pool="mean")


def _judge(place: str, leave: Leave) -> Scorer:
    endpoint = Endpoint(place, leave.judge_model, leave.judge_key)
    return judge(endpoint, repeats=leave.repeats, allow_remote=leave.allow_remote)


SCORERS: Final[Mapping[str, Callable[[str, Leave], Scorer]]] = {
    "bertscore": _bertscore,
    "checker": _checker,
    "checker-mean": _checker_mean,
    "judge": _judge,
}
