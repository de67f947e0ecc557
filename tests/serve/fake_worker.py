"""A worker whose models are fakes: run as `python fake_worker.py NAME=MS...`; words of a conversation steer it.

MS is the time of a batch in milliseconds, or 'cold:MS' that of the warm-up; 'after:FILE' answers while there is a
file and waits while there is none; 'absent' cannot be opened, and 'once:FILE' opens once and never again.
"""

import math
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from upshot.answers.answer import Answer, Confidence, GeneratedBy, Options, Privacy, Sentence, Source
from upshot.data.conversation import Conversation
from upshot.errors import ModelError, UsageError
from upshot.events import Event, Stop, Tell
from upshot.serve.worker import Arm, work


@dataclass(frozen=True)
class Facts:
    engine: str = "fake"
    max_source_tokens: int = 512


@dataclass(frozen=True)
class Plan:
    tokens: int
    parts: tuple[tuple[int, int], ...]
    cut_after: int | None
    passes: int
    seconds: float


class Fake:
    """An arm that waits and then repeats the first words of the last turn."""

    def __init__(self, place: str) -> None:
        self.awaited = Path(place.removeprefix("after:")) if place.startswith("after:") else None
        self.seconds = 0.0 if self.awaited else float(place.removeprefix("cold:")) / 1000
        self.cold = place.startswith("cold:")  # the time is that of the warm-up alone

    @property
    def facts(self) -> Facts:
        return Facts()

    def plan(self, conversation: Conversation, options: Options) -> Plan:
        last = len(conversation.turns) - 1
        tokens = len(conversation.text) // 4
        parts = ((0, last),) if tokens <= 512 else ((0, last // 2), (last // 2 + 1, last))
        return Plan(tokens, parts, None, len(parts), 0.1)

    def summarize(
        self, conversations: Sequence[Conversation], options: Options, *, tell: Tell, stop: Stop
    ) -> list[Answer]:
        while self.awaited and not self.awaited.exists() and stop() is None:
            time.sleep(0.01)
        text = "\n".join(conversation.text for conversation in conversations)
        misbehave(text, stop)
        if "please take long" in text:
            until = time.monotonic() + 20
            while time.monotonic() < until and stop() is None:
                time.sleep(0.01)
        elif self.cold == (conversations[0].name == "warm-up"):
            time.sleep(self.seconds)
        tell(Event("part", facts={"done": 1, "total": 1, "secret": text}))
        if options.words == 499:
            raise UsageError("this arm was not trained for words")
        return [answer_to(conversation) for conversation in conversations]


def misbehave(text: str, stop: Stop) -> None:
    """Fail as the conversation asks."""
    if "please raise" in text:
        print(text, file=sys.stderr)
        print(text)
        raise RuntimeError(text)
    if "please die" in text:
        os._exit(7)
    if "please hang" in text:
        time.sleep(60)


def answer_to(conversation: Conversation) -> Answer:
    """A whole answer with little in it."""
    last = conversation.turns[-1].text
    text = "" if "please be empty" in last else " ".join(last.split()[:8])
    return Answer(
        id=conversation.name,
        summary=text,
        sentences=(Sentence(text=text, support=1.0, turns=(len(conversation.turns) - 1,), unsupported=()),),
        confidence=Confidence(
            logprob=math.nan if "please be nan" in last else -0.5, percentile=None, band=None, agreement=None
        ),
        flags=(),
        left_out=(),
        turns_not_covered=(),
        source=Source(
            sha256=conversation.source_sha256,
            turns=len(conversation.turns),
            speakers=tuple(dict.fromkeys(turn.speaker for turn in conversation.turns if turn.speaker)),
            prompt_tokens=len(conversation.text) // 4,
            truncated=len(conversation.text) > 2048,
            parts=(),
            consent=conversation.consent,
        ),
        privacy=Privacy(masked={}, sensitive=(), withheld=False),
        abstained=False,
        notes=(),
        generated_by=GeneratedBy(
            tool="upshot test", arm="fake", weights_sha256="0" * 64, prompt="plain", decoding={}, engine="fake"
        ),
        milliseconds=1.0,
    )


def open_fake(place: str) -> Arm:
    """A fake, or what opening one can fail with."""
    if place == "absent":
        raise ModelError("absent: no such folder")
    if place.startswith("once:"):  # opens once, then never again
        marker = Path(place.removeprefix("once:"))
        if marker.exists():
            os._exit(9)
        marker.touch()
        return Fake("1")
    return Fake(place)


if __name__ == "__main__":
    work(open_fake, dict(item.split("=", 1) for item in sys.argv[1:]))
