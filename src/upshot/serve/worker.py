"""The process that holds the models: `python -m upshot.serve.worker NAME=PLACE...`, JSON lines in and out.

It writes `opened` with the facts of its arms, `ready` after a warm-up summary of each, then one record for every job;
it ends when its input ends. Nothing else is ever written, least of all words of a conversation.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Final, Protocol, TextIO

from upshot.answers.answer import Answer, Options
from upshot.data.conversation import Conversation, Said
from upshot.errors import UpshotError, UsageError
from upshot.events import Event, Stop, Tell

WARM_UP: Final = Conversation("warm-up", (Said("Ann", "Are you free on Monday?"), Said("Ben", "Yes, see you at ten.")))
_Cache: Final = type(lru_cache(lambda: None))
_TABLES: Final = 3
_CANCELLED: Final = 15  # what a `Stop` gives: the number of SIGTERM


class Arm(Protocol):
    """What the server needs of a summarizer."""

    @property
    def facts(self) -> Any:
        """What is known about the arm: a dataclass, with `max_source_tokens` among its fields."""

    def plan(self, conversation: Conversation, options: Options) -> Any:
        """What a summary would take: `tokens`, `parts` as first and last turns, `cut_after`, `passes`, `seconds`."""

    def summarize(
        self, conversations: Sequence[Conversation], options: Options, *, tell: Tell, stop: Stop
    ) -> Sequence[Answer]:
        """One answer for each conversation."""


def main() -> None:
    """Hold the arms that the command line names as NAME=PLACE until standard input ends."""
    work(open_arm, dict(item.split("=", 1) for item in sys.argv[1:]))


def open_arm(place: str) -> Arm:
    """The summarizer in a place: a run, an arm's folder, or 'starter'."""
    from upshot.summarizer import open_summarizer

    return open_summarizer(place)


def work(open_arm: Callable[[str], Arm], places: Mapping[str, str]) -> None:
    """Open every arm of `places` (name to place), then answer jobs until standard input ends."""
    out = _own_output()
    with ThreadPoolExecutor(1) as thread:
        opened = thread.submit(lambda: {name: open_arm(place) for name, place in places.items()})
        if error := opened.exception():
            _write(out, {"failed": _told(error), "exit_code": getattr(error, "exit_code", 1)})
            return
        arms = opened.result()
        _write(out, {"opened": {name: asdict(arm.facts) for name, arm in arms.items()}})
        for arm in arms.values():
            warm = thread.submit(arm.summarize, [WARM_UP], Options(), tell=lambda _: None, stop=lambda: None)
            if error := warm.exception():
                _write(out, {"failed": _told(error), "exit_code": 4})
                return
        _write(out, {"ready": True})
        _answer_jobs(thread, arms, out)


def _answer_jobs(thread: ThreadPoolExecutor, arms: Mapping[str, Arm], out: TextIO) -> None:
    cancelled: set[int] = set()
    for line in sys.stdin:
        record = json.loads(line)
        if "cancel" in record:
            cancelled.add(record["cancel"])
        else:
            thread.submit(_answer, arms[record["arm"]], record, cancelled, out)
    os._exit(0)  # whoever asked is gone: nobody waits for what still runs


def _answer(arm: Arm, job: Mapping[str, Any], cancelled: set[int], out: TextIO) -> None:
    """Write what a job comes to. A model's error is a record with the name of its type, never its words."""

    def stop() -> int | None:
        return _CANCELLED if job["id"] in cancelled else None

    def tell(event: Event) -> None:
        _write(out, {"id": job["id"], "progress": {"kind": event.kind, **_numbers(event.facts)}})

    conversations = [conversation_from(item) for item in job["conversations"]]
    options = Options.model_validate(job["options"])
    if job["plan"]:
        made = [_caught(lambda: _plan(arm, conversations[0], options))]
    else:
        made = _summaries(arm, conversations, options, tell, stop)
    cancelled.difference_update([number for number in tuple(cancelled) if number <= job["id"]])  # some come too late
    _write(out, {"id": job["id"], "results": made})
    forget()


def forget() -> None:
    """Nothing; caches of ours that hold words of a conversation are empty again.

    They serve a run, which examines the same dialogues for one arm after another. Those of a few entries hold tables.
    """
    ours = [module for name, module in sys.modules.items() if name.startswith("upshot.")]
    for cache in [item for module in ours for item in vars(module).values() if isinstance(item, _Cache)]:
        if (cache.cache_parameters()["maxsize"] or 0) > _TABLES:
            cache.cache_clear()
    re.purge()  # patterns of speakers' names


def _summaries(
    arm: Arm, conversations: list[Conversation], options: Options, tell: Tell, stop: Stop
) -> list[dict[str, Any]]:
    """A result for each; where a batch fails, each is tried alone, so that only what is at fault fails."""

    def answers(some: list[Conversation]) -> dict[str, Any]:
        found = arm.summarize(some, options, tell=tell, stop=stop)
        return {"answers": [answer.model_dump(mode="json") for answer in found]}

    whole = _caught(lambda: answers(conversations))
    if "error" in whole and len(conversations) > 1 and stop() is None:
        return [made for item in conversations for made in _summaries(arm, [item], options, tell, stop)]
    if "error" in whole:
        return [whole for _ in conversations]
    return [{"value": answer} for answer in whole["value"]["answers"]]


def _caught(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """`{"value": ...}`, or `{"error": TYPE}`; a usage error is about settings, so its words may be told."""
    with _Failure() as failure:
        return {"value": make()}
    error = failure.error
    said = error.message if isinstance(error, UsageError) else ""
    return {"error": type(error).__name__, "message": said}


class _Failure:
    """Keeps what is raised inside it: a model may raise anything, and its worker has to live on."""

    error: BaseException | None = None

    def __enter__(self) -> _Failure:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        self.error = error
        return isinstance(error, Exception)


def conversation_from(record: Mapping[str, Any]) -> Conversation:
    """A conversation from its record: the form in which it travels to the worker."""
    turns = tuple(Said(*turn) for turn in record["turns"])
    return Conversation(record["name"], turns, tuple(record["notes"]), record["consent"])


def record_of(conversation: Conversation) -> dict[str, Any]:
    """The record of a conversation."""
    turns = [[turn.speaker, turn.text, turn.start_s, turn.end_s] for turn in conversation.turns]
    return {
        "name": conversation.name,
        "turns": turns,
        "notes": list(conversation.notes),
        "consent": conversation.consent,
    }


def _plan(arm: Arm, conversation: Conversation, options: Options) -> dict[str, Any]:
    """A plan as clients get it; `parts` are empty where the conversation fits whole."""
    made = arm.plan(conversation, options)
    parts = [{"first": first, "last": last} for first, last in made.parts]
    return {
        "prompt_tokens": made.tokens,
        "limit": arm.facts.max_source_tokens,
        "parts": parts if len(parts) > 1 else [],
        "cut_after": made.cut_after,
        "passes": made.passes,
        "seconds": made.seconds,
    }


def _numbers(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if isinstance(value, int | float)}


def _told(error: BaseException) -> str:
    """Words for an error of opening: no conversation has been seen yet."""
    return str(error.message if isinstance(error, UpshotError) else f"{type(error).__name__}: {error}")


def _own_output() -> TextIO:
    """Standard output for this process's records alone: what a library prints goes where errors go."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _write(out: TextIO, record: Mapping[str, Any]) -> None:
    out.write(json.dumps(record) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
