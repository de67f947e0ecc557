"""A desk with prepared answers for the tests of the page, and a real server in a thread in front of it."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI

from upshot.answers.answer import (
    Answer,
    Confidence,
    Flag,
    GeneratedBy,
    LeftOut,
    Mark,
    Options,
    Part,
    Privacy,
    Sentence,
    Source,
    Word,
)
from upshot.data.conversation import Conversation
from upshot.serve.desk import Refused
from upshot.serve.page import add_page

LIMIT = 512
MOST = 50_000


class PreparedDesk:
    """Answers at once with prepared values. `refusals` are used up first; `wait_s` is how long an answer takes.

    `told` is what is heard before it, each followed by as long a wait.
    """

    def __init__(self, *, arms: tuple[str, ...] = ("full", "base"), wait_s: float = 0.0) -> None:
        self.names = arms
        self.wait_s = wait_s
        self.refusals: list[Refused] = []
        self.plan_refusals: list[Refused] = []
        self.changes: dict[str, Any] = {}
        self.asked: list[tuple[Conversation, Options, str]] = []
        self.cancelled = 0
        self.told: list[dict[str, Any]] = []

    @property
    def arms(self) -> Mapping[str, dict[str, Any]]:
        """Facts of every arm."""
        return {name: {} for name in self.names}

    async def summarize(
        self, conversation: Conversation, options: Options, arm: str, *, hear: Callable[[Mapping[str, Any]], None]
    ) -> Answer:
        """The prepared answer about this conversation."""
        check(conversation)
        self.asked.append((conversation, options, arm))
        if self.refusals:
            raise self.refusals.pop(0)
        try:
            for said in self.told:
                hear(said)
                await asyncio.sleep(self.wait_s)
            await asyncio.sleep(self.wait_s)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        made = answer(conversation, arm or self.names[0], parts_of(conversation))
        return (detailed(made) if options.details else made).model_copy(update=self.changes)

    async def plan(self, conversation: Conversation, options: Options, arm: str) -> dict[str, Any]:
        """Six tokens a turn's word; parts where that is more than the limit."""
        check(conversation)
        if self.plan_refusals:
            raise self.plan_refusals.pop(0)
        parts = [{"first": part.first, "last": part.last, "tokens": part.tokens} for part in parts_of(conversation)]
        return {"prompt_tokens": tokens(conversation), "limit": LIMIT, "parts": parts}


def check(conversation: Conversation) -> None:
    """Nothing, or the refusal of what is too long."""
    size = len(conversation.text)
    if size > MOST:
        raise Refused(422, "too_long", f"the conversation has {size:,} characters; at most {MOST:,} are taken")


def tokens(conversation: Conversation) -> int:
    """A token and a half a word."""
    return len(conversation.text.split()) * 3 // 2


def parts_of(conversation: Conversation) -> tuple[Part, ...]:
    """Halves of what does not fit."""
    half = len(conversation.turns) // 2
    if tokens(conversation) <= LIMIT or half == 0:
        return ()
    ends = ((0, half - 1), (half, len(conversation.turns) - 1))
    return tuple(Part(first=a, last=b, tokens=300, summary="They talk.") for a, b in ends)


def answer(conversation: Conversation, arm: str, parts: tuple[Part, ...] = ()) -> Answer:
    """Two sentences: the first turn's words with a name nobody said, and the last turn's."""
    turns, last = conversation.turns, len(conversation.turns) - 1
    if turns[0].speaker == "Dr Okafor" and arm != "base":
        sentences = clinic_sentences()
    else:
        first = f"Rosa says: {turns[0].text}"
        sentences = (
            Sentence(text=first, support=0.8, turns=(0,), unsupported=(Mark(start=0, end=4, kind="name"),)),
            Sentence(text=f"At the end, {turns[last].speaker} agrees.", support=0.5, turns=(last, 0), unsupported=()),
        )
    drawn = {turn for sentence in sentences for turn in sentence.turns}
    return Answer(
        id=conversation.name,
        summary=" ".join(sentence.text for sentence in sentences),
        sentences=sentences,
        confidence=Confidence(logprob=-0.41, percentile=57.0, band="medium", agreement=None),
        flags=(
            Flag(
                kind="unsupported-number",
                tier="review",
                text="A number that the conversation does not hold",
                sentence=0,
                words="two weeks",
                turns=(8,) if last >= 8 else (),
            ),
        ),
        left_out=(LeftOut(kind="number", text="138 over 85", turn=7),) if last >= 7 else (),
        turns_not_covered=tuple(number for number in range(len(turns)) if number not in drawn),
        source=Source(
            sha256=conversation.source_sha256,
            turns=len(turns),
            speakers=tuple(dict.fromkeys(turn.speaker for turn in turns)),
            prompt_tokens=tokens(conversation),
            truncated=False,
            parts=parts,
            consent="",
        ),
        privacy=Privacy(masked={}, sensitive=(), withheld=False),
        abstained=False,
        notes=(),
        generated_by=GeneratedBy(
            tool="upshot 0.1.0",
            arm=arm,
            weights_sha256="3f2a91c07be4" * 5 + "3f2a",
            prompt="Summarize the following conversation.\n{dialogue}\nSummary:",
            decoding={"beams": 4, "max_new_tokens": 96},
            engine="CTranslate2 4.8.5, int8",
        ),
        milliseconds=83.4,
    )


def detailed(made: Answer) -> Answer:
    """The answer with words of four kinds of certainty, and with another last word."""
    logprobs = (-0.1, -1.4, -1.8, -2.6, -0.4, -3.9, -0.2)
    words = [
        (number, match.span())
        for number, sentence in enumerate(made.sentences)
        for match in re.finditer(r"\w+(?:'\w+)?", sentence.text)
    ]
    certainty = tuple(
        Word(sentence=number, start=start, end=end, logprob=logprobs[place * 5 % len(logprobs)])
        for place, (number, (start, end)) in enumerate(words)
    )
    nearly = re.sub(r"\w+\W*$", "nothing else.", made.summary)
    return made.model_copy(update={"certainty": certainty, "alternative": nearly})


def clinic_sentences() -> tuple[Sentence, ...]:
    """What a good arm makes of the clinic visit, with one number that nobody said."""
    first = "Mrs Lind's ankles swell in the evening, so Dr Okafor lowers amlodipine from 10 mg to 5 mg."
    second = "She was dizzy once when standing up quickly."
    third = "She will write down her blood pressure twice a day and come back in two weeks for a blood test."
    return (
        Sentence(text=first, support=0.86, turns=(1, 2, 4), unsupported=(mark(first, "lowers", "word"),)),
        Sentence(text=second, support=0.93, turns=(5,), unsupported=()),
        Sentence(text=third, support=0.71, turns=(8,), unsupported=(mark(third, "two weeks", "number"),)),
    )


def mark(sentence: str, words: str, kind: Literal["word", "name", "number"]) -> Mark:
    """A mark at the first place of these words."""
    start = sentence.index(words)
    return Mark(start=start, end=start + len(words), kind=kind)


def app_of(desk: PreparedDesk) -> FastAPI:
    """An app with the page and nothing else."""
    app = FastAPI()
    add_page(app, desk)
    return app


@contextmanager
def served(desk: PreparedDesk) -> Iterator[str]:
    """The address of a running server; it ends with the block."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()  # so that who comes before the server waits for it
    config = uvicorn.Config(app_of(desk), http="h11", ws="none", log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
        assert not thread.is_alive()
