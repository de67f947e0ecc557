"""Conversations through an opened arm: whole where they fit its prompt, else in parts or with their end cut."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from upshot.answers.account import Written
from upshot.answers.answer import Options, Part
from upshot.answers.certainty import NOTHING, Detail
from upshot.answers.confidence import agreement_of
from upshot.answers.long import notes_on_parts, put_together, refuse_to_go_on, summaries_of
from upshot.answers.parts import Stretch, last_whole_turn, lines_of, split
from upshot.answers.reading import Reading
from upshot.answers.style import decoding_for
from upshot.events import Stop, Tell
from upshot.model.opened import Opened
from upshot.model.tokens import encode_prompts, token_counter, unknown_share
from upshot.prompts import prompt
from upshot.recipe import GenerationSettings, PromptSettings
from upshot.records import Encoded, Prediction

MUCH_UNKNOWN: Final = 0.1  # of a text's letters; an emoji now and then is no reason to warn
SECONDS_A_PARAMETER: Final = 1e-8  # a summary on one core, roughly; what was measured here takes its place


@dataclass(slots=True)
class Pace:
    """Seconds that the summaries of a model took so far, and how many they were."""

    seconds: float = 0.0
    passes: int = 0


@dataclass(frozen=True, slots=True)
class Writer:
    """An opened arm with its prompt and its decoding."""

    opened: Opened
    prompt: PromptSettings
    generation: GenerationSettings
    pace: Pace = field(default_factory=Pace, repr=False)

    @property
    def room(self) -> int:
        """Most tokens of a prompt."""
        return self.prompt.max_source_tokens

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of the prompt of each text."""
        return token_counter(self.opened.tokenizer)([prompt("", text, self.prompt).text for text in texts])

    def stretches(self, text: str) -> tuple[Stretch, ...]:
        """The parts that a conversation's text is read in; one where it fits."""
        return split(lines_of(text), self.count, self.room)

    def seconds(self, passes: int) -> float:
        """About how long so many summaries take."""
        guess = self.opened.parameters * SECONDS_A_PARAMETER
        return round(passes * (self.pace.seconds / self.pace.passes if self.pace.passes else guess), 3)

    def write(self, readings: Sequence[Reading], options: Options, *, tell: Tell, stop: Stop) -> list[Written]:
        """What the model writes for each conversation, in their order; those that fit are generated together.

        Raises:
            DataError: a text with half a surrogate pair, or a prompt that is too long without any conversation.
            StoppedError: a stop was asked for in the middle of a long one.
        """
        encoded = self._encoded([reading.seen.text for reading in readings])
        at_once = [item for item in encoded if not item.truncated or options.long == "cut"]
        began = time.perf_counter()
        made = {item.id: (item, told) for item, told in self._generated(at_once, options.words, options.details)}
        share = 1000 * (time.perf_counter() - began) / max(1, len(at_once))
        found = []
        for reading, item in zip(readings, encoded, strict=True):
            began = time.perf_counter()
            if item.id in made:
                best, detail = made[item.id]
                written, taken = self._whole(reading, best), share
                agreement = self._agreement(item, best, options.samples, options.words)
                written = replace(written, agreement=agreement, detail=detail)
            else:
                written, taken = self._in_parts(reading, options, tell=tell, stop=stop), 0.0
            notes = (*written.notes, *self._notes_on_unknown(reading))
            taken += 1000 * (time.perf_counter() - began)
            found.append(replace(written, notes=notes, milliseconds=taken))
        return found

    def _notes_on_unknown(self, reading: Reading) -> tuple[str, ...]:
        """That the model cannot read much of what is said: its confidence does not show it, nor does any flag."""
        share = unknown_share(" ".join(turn.text for turn in reading.seen.turns), self.opened.tokenizer)
        said = f"{share:.0%} of what is said is in letters or pictures that this model does not know"
        return (f"{said}: rely neither on the summary nor on its confidence",) if share >= MUCH_UNKNOWN else ()

    def _whole(self, reading: Reading, made: Prediction) -> Written:
        if not made.truncated:
            return Written(made, made.prompt_tokens)
        lines = lines_of(reading.seen.text)
        last = last_whole_turn(lines, self.count, self.room) + 1
        note = f"the model read {last} of {len(lines)} turns whole; the rest did not fit {self.room} tokens and was cut"
        return Written(made, made.prompt_tokens, notes=(note,))

    def _in_parts(self, reading: Reading, options: Options, *, tell: Tell, stop: Stop) -> Written:
        stretches = self.stretches(reading.seen.text)
        details: list[Detail] = []

        def say(texts: Sequence[str]) -> list[Prediction]:
            found = self._generated(self._encoded(texts), None, options.details)
            details.extend(detail for _, detail in found)
            return [item for item, _ in found]

        made = summaries_of(stretches, say, tell=tell, stop=stop, at_once=self.opened.at_once)
        shown = [replace(item, prediction=reading.restored(item.prediction)) for item in made]
        digest = put_together(shown, options.words)  # of the words that people read
        parts = tuple(
            Part(first=stretch.turns[0], last=stretch.turns[1], tokens=stretch.tokens, summary=item.prediction)
            for stretch, item in zip(stretches, made, strict=True)
        )
        chosen = [(stretches[number].text, made[number]) for number in digest.chosen]
        words = (word for number in digest.chosen for word in details[number].words)
        return Written(
            digest.whole,
            sum(part.tokens for part in parts),
            parts,
            notes_on_parts(stretches, made, digest.chosen, self.room),
            self._agreement_in_parts(chosen, options, stop=stop),
            detail=Detail(tuple(words)),
        )

    def _agreement_in_parts(
        self, chosen: Sequence[tuple[str, Prediction]], options: Options, *, stop: Stop
    ) -> float | None:
        """The mean of the chosen parts' agreements, each by the tokens of its summary."""
        found = []
        for text, made in chosen if options.samples else ():
            refuse_to_go_on(stop)
            agreement = self._agreement(self._encoded([text])[0], made, options.samples, None)
            found.append((made.tokens, agreement or 0.0))
        tokens = sum(tokens for tokens, _ in found)
        return round(sum(tokens * agreement for tokens, agreement in found) / tokens, 4) if tokens else None

    def _agreement(self, item: Encoded, made: Prediction, samples: int, words: int | None) -> float | None:
        """How far sampled summaries agree; a single one is compared with the summary itself."""
        if not samples:
            return None
        settings, _ = decoding_for(words, self.generation)
        drawn = self.opened.sample(item, settings, samples)
        return agreement_of(drawn if samples > 1 else [*drawn, made.prediction])

    def _encoded(self, texts: Sequence[str]) -> list[Encoded]:
        prompts = [prompt(str(number), text, self.prompt) for number, text in enumerate(texts)]
        return encode_prompts(prompts, self.opened.tokenizer, max_source_tokens=self.room)

    def _generated(self, items: Sequence[Encoded], words: int | None, details: bool) -> list[tuple[Prediction, Detail]]:
        if not items:
            return []
        settings, shortest = decoding_for(words, self.generation)
        began = time.perf_counter()
        if details:
            made = self.opened.detailed(items, settings, shortest)
        else:
            made = [(item, NOTHING) for item in self.opened.generate(items, settings, shortest)]
        self.pace.seconds += time.perf_counter() - began
        self.pace.passes += len(items)
        return made
