"""Use the starter or a trained arm: conversations in, answers out. Python, the command line and the server share it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from upshot import __version__
from upshot.analysis import examine
from upshot.answers.account import account_of
from upshot.answers.answer import Answer, GeneratedBy, Options
from upshot.answers.arm_facts import Facts, Plan
from upshot.answers.long import likely_chosen
from upshot.answers.parts import last_whole_turn, lines_of
from upshot.answers.reading import Reading, as_conversation, reading_of
from upshot.answers.style import decoding_for
from upshot.data.conversation import Conversation
from upshot.errors import StoppedError, UsageError
from upshot.events import Event, Stop, Tell, never, silent
from upshot.metrics import rouge
from upshot.model.found import about_found, find
from upshot.model.opened import open_found
from upshot.model.starter_export import starter_export
from upshot.model.writing import Writer
from upshot.prompts import template_text

DEFAULT: Final = Options()
MASKED_NAMES: Final = "speakers were to be kept, but a mask replaces them: the mask holds"
READS_TAGS: Final = (
    "it reads #Person1# for names, as its base learned to, and writes the names back; the run compared it on names, so "
    "its figures are of another use (--speakers keep reads names)"
)
AT_ONCE: Final = 16  # conversations that are generated in one call
Given = str | Conversation


def open_summarizer(place: str | Path | None = None, *, threads: int | None = None) -> Summarizer:
    """The starter (None or 'starter'), a run's winner, an arm, a weights folder or an export, ready to summarise.

    An export of exactly the arm's weights is opened with CTranslate2, without torch; otherwise transformers opens it.
    The starter's export lies in the user's cache folder and is made there on first use.

    Raises:
        ModelError: nothing that summarises is there, or it is damaged.
        UsageError: the arm needs training examples before each dialogue.
    """
    found = find("starter" if place is None else str(place))
    if found.name == "starter" and found.export is None:
        export, note = starter_export(found)
        found = replace(found, export=export)
    else:
        note = ""
    opened, about = open_found(found, threads=threads), about_found(found)
    other = "" if about.as_compared else READS_TAGS
    facts = Facts(
        arm=found.name,
        weights_sha256=found.sha256,
        prompt=template_text(found.prompt.template),
        decoding=found.generation.model_dump(mode="json"),
        engine=opened.engine,
        parameters=opened.parameters,
        max_source_tokens=found.prompt.max_source_tokens,
        about=about,
        notes=tuple(filter(None, (found.why, found.passed_over, other, note))),
    )
    # Whole conversations are read with tags or not before they are split, so the prompts of their parts keep the names.
    return Summarizer(facts, Writer(opened, found.prompt.model_copy(update={"speakers": "keep"}), found.generation))


@dataclass(frozen=True, slots=True)
class Summarizer:
    """An opened arm. `facts` tell what it is; it holds its weights in memory until `close`."""

    facts: Facts
    writer: Writer = field(repr=False)

    @property
    def name(self) -> str:
        """The arm's name."""
        return self.facts.arm

    def plan(self, conversation: Given, options: Options = DEFAULT) -> Plan:
        """What a conversation will take, without asking the model: tokens, parts, where its end would be cut, time."""
        given = as_conversation(conversation, "conversation")
        with _forgetting():
            text, room = self._reading(given, options).seen.text, self.facts.max_source_tokens
        stretches = self.writer.stretches(text)
        whole = len(stretches) == 1 or options.long == "cut"
        passes = 1 if whole else len(stretches)
        sampled = likely_chosen(passes, options.words, self.facts.about.words)
        return Plan(
            tokens=self.writer.count([text])[0],
            turns=len(given.turns),
            speakers=tuple(dict.fromkeys(turn.speaker for turn in given.turns if turn.speaker)),
            parts=((0, len(given.turns) - 1),) if whole else tuple(stretch.turns for stretch in stretches),
            cut_after=last_whole_turn(lines_of(text), self.writer.count, room) if len(stretches) > 1 else None,
            passes=passes,
            seconds=self.writer.seconds(passes + options.samples * sampled),
        )

    def summarize(
        self,
        conversations: Given | Sequence[Given],
        options: Options = DEFAULT,
        *,
        tell: Tell = silent,
        stop: Stop = never,
    ) -> list[Answer]:
        """Answers in the order of the conversations, always a list: one conversation gives a list of one.

        A text is one 'Name: words' a line. What does not fit the model is split into parts, or cut where the options
        say so; its answer tells. Texts are named by their position from 1.

        Raises:
            DataError: a conversation without words, or with half a surrogate pair.
            StoppedError: a stop was asked for.
            UsageError: the summarizer is closed.
        """
        if self.writer.opened.closed.is_set():
            raise UsageError(f"the summarizer of '{self.name}' is closed; open it again")
        given = [conversations] if isinstance(conversations, str | Conversation | Path) else conversations
        named = [as_conversation(item, str(number)) for number, item in enumerate(given, start=1)]
        made: list[Answer] = []
        for start in range(0, len(named), AT_ONCE):
            if (signal := stop()) is not None:
                raise StoppedError(f"stopped after {len(made)} of {len(named)} summaries", signal_number=signal)
            with _forgetting():
                made += self._answers(named[start : start + AT_ONCE], options, tell=tell, stop=stop)
            if len(named) > 1:
                tell(Event("summarized", facts={"done": len(made), "total": len(named)}))
        return made

    def close(self) -> None:
        """Let go of the weights; nothing can be summarised afterwards."""
        self.writer.opened.closed.set()
        self.writer.opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answers(
        self, conversations: Sequence[Conversation], options: Options, *, tell: Tell, stop: Stop
    ) -> Iterator[Answer]:
        readings = [self._reading(item, options) for item in conversations]
        written = self.writer.write(readings, options, tell=tell, stop=stop)
        for conversation, reading, text in zip(conversations, readings, written, strict=True):
            by = self._generated_by(None if text.parts else options.words)
            yield account_of(conversation, reading, text, options=options, about=self.facts.about, by=by)

    def _reading(self, conversation: Conversation, options: Options) -> Reading:
        tags = self.facts.tags if options.speakers == "auto" else options.speakers == "tags"
        reading = reading_of(conversation, tags=tags, masked=options.mask)
        kept = options.mask and options.speakers == "keep"
        return replace(reading, notes=(*reading.notes, MASKED_NAMES)) if kept else reading

    def _generated_by(self, words: int | None) -> GeneratedBy:
        """The AI mark, with the decoding that was really used."""
        settings, shortest = decoding_for(words, self.writer.generation)
        least = {"min_new_tokens": shortest} if shortest > 1 else {}
        return GeneratedBy(
            tool=f"upshot {__version__}",
            arm=self.facts.arm,
            weights_sha256=self.facts.weights_sha256,
            prompt=self.facts.prompt,
            decoding={**settings.model_dump(mode="json"), **least},
            engine=self.facts.engine,
        )


@contextmanager
def _forgetting() -> Iterator[None]:
    """Afterwards no cache holds what was read meanwhile: a process that lives for weeks keeps no conversation."""
    try:
        yield
    finally:
        examine.forget()
        rouge.forget()
