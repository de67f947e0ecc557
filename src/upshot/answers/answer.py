"""An answer: a summary with its evidence, its confidence, what is doubtful and what is missing. One definition.

Python, the command line and the server give the same object; its JSON schema is `Answer.model_json_schema()`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Tier = Literal["certain", "review", "coverage"]
Band = Literal["low", "medium", "high"]
NOT_A_PROBABILITY = (
    "mean log-probability of a token, placed among summaries of the validation split; not a probability of being right"
)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Mark(_Value):
    """Characters of a sentence that the conversation does not support."""

    start: int = Field(description="First character, from 0, within the sentence.")
    end: int = Field(description="Character behind the last.")
    kind: Literal["word", "name", "number"] = Field(description="What is not supported.")


class Sentence(_Value):
    """A sentence of the summary with the turns that support it."""

    text: str = Field(description="The sentence as the summary has it.")
    support: float = Field(ge=0, le=1, description="Share of its words' weight that its best three turns hold, 0..1.")
    turns: tuple[int, ...] = Field(description="Numbers of the turns that support it, from 0, best first.")
    unsupported: tuple[Mark, ...] = Field(description="Words, names and numbers without support.")


class Word(_Value):
    """How sure the model was of one word of the summary. Never a probability that the word is right."""

    sentence: int = Field(description="Number of its sentence, from 0.")
    start: int = Field(description="First character, from 0, within the sentence.")
    end: int = Field(description="Character behind the last.")
    logprob: float = Field(le=0, description="Natural logarithm of the probability that the model gave to the word.")


class Flag(_Value):
    """A finding of the error analysis. Tiers: `certain` is a fault of form, `review` is for a person to look at."""

    kind: str = Field(description="Key of the kind, such as unsupported-number.")
    tier: Tier = Field(description="How sure this kind of finding is.")
    text: str = Field(description="What it is, for people.")
    sentence: int | None = Field(description="Number of the sentence, from 0; null is the whole summary.")
    words: str = Field(description="Words of the summary that it is about.")
    turns: tuple[int, ...] = Field(description="Turns to read beside it, from 0.")


class LeftOut(_Value):
    """Something of the conversation that the summary does not carry."""

    kind: Literal["number", "dose", "money", "date", "time", "deadline"] = Field(description="What it is.")
    text: str = Field(description="The words as they stand in the turn.")
    turn: int = Field(description="Number of the turn, from 0.")


class Confidence(_Value):
    """How sure the model was of its own words. Never a probability of being right."""

    logprob: float = Field(description="Mean log-probability of the summary's tokens.")
    percentile: float | None = Field(description="Share of validation summaries that were less certain, 0..100.")
    band: Band | None = Field(description="low: under 20, high: from 60; null where there is no validation split.")
    agreement: float | None = Field(description="Mean ROUGE-L F1 among sampled summaries, 0..1; null if not asked.")
    meaning: str = Field(default=NOT_A_PROBABILITY, description="What the figure is.")


class Part(_Value):
    """A run of turns that was summarised by itself, since the whole did not fit."""

    first: int = Field(description="Number of its first turn, from 0.")
    last: int = Field(description="Number of its last turn, from 0.")
    tokens: int = Field(description="Tokens of its prompt.")
    summary: str = Field(description="What it came to.")


class Source(_Value):
    """What was summarised, without its words."""

    sha256: str = Field(description="Hash of the conversation's text, one 'Name: words' a line.")
    turns: int = Field(description="How many turns it has.")
    speakers: tuple[str, ...] = Field(description="Speakers in the order in which they first speak.")
    prompt_tokens: int = Field(description="Tokens of the prompt, of all parts together.")
    truncated: bool = Field(description="Whether words were cut; then `notes` says which.")
    parts: tuple[Part, ...] = Field(description="Where it was split; empty where it fitted whole.")
    consent: str = Field(description="The note of consent that came with it.")


class GeneratedBy(_Value):
    """The AI mark: which model wrote this, and how."""

    ai: Literal[True] = True
    tool: str = Field(description="upshot and its version.")
    arm: str = Field(description="The arm's name.")
    weights_sha256: str = Field(description="Hash of its weights.")
    prompt: str = Field(description="The prompt's template.")
    decoding: dict[str, Any] = Field(description="Settings of generation.")
    engine: str = Field(description="What generated it, with its arithmetic.")


class Privacy(_Value):
    """What was masked, and what the summary may tell."""

    masked: dict[str, int] = Field(description="How many of each kind were replaced before the model read them.")
    sensitive: tuple[str, ...] = Field(description="Kinds of sensitive content found in the summary.")
    withheld: bool = Field(description="Whether the summary is kept back for that reason.")


class Answer(_Value):
    """Everything that is known about one summary."""

    id: str = Field(description="Name of the conversation.")
    summary: str = Field(description="The summary; empty where it is withheld or abstained from.")
    sentences: tuple[Sentence, ...]
    confidence: Confidence
    flags: tuple[Flag, ...]
    left_out: tuple[LeftOut, ...]
    turns_not_covered: tuple[int, ...] = Field(description="Turns that no sentence draws on, from 0.")
    source: Source
    privacy: Privacy
    abstained: bool = Field(description="Whether the summary is kept back because confidence is under the threshold.")
    notes: tuple[str, ...] = Field(description="What a reader must know: cut words, changed names, settings ignored.")
    label: str = Field(default="AI-generated summary", description="What must stand beside the summary.")
    generated_by: GeneratedBy
    milliseconds: float = Field(description="Time it took, waiting in queues left out.")
    certainty: tuple[Word, ...] = Field(
        default=(),
        description="How sure the model was of each word; not a probability of being right. Only with `details`; words "
        "that were masked or changed after the model wrote them are left out.",
    )
    alternative: str | None = Field(
        default=None,
        description="What the model nearly wrote: the best other text of its beam search. Only with `details`; null "
        "without beams, where the conversation was read in parts, and where the summary is kept back.",
    )


class Options(_Value):
    """What may be asked of a summary. The defaults change nothing."""

    words: int | None = Field(default=None, ge=3, le=500, description="Words to aim at.")
    bullets: bool = Field(default=False, description="One sentence a line, as a list.")
    speakers: Literal["auto", "keep", "tags"] = Field(
        default="auto",
        description="tags: the model reads #Person1#, people read names. auto: tags where the arm was trained on tags.",
    )
    mask: bool = Field(default=False, description="Replace e-mail, numbers, names of speakers and the like.")
    samples: int = Field(default=0, ge=0, le=8, description="Sampled summaries to measure agreement; 0 is none.")
    abstain_below: float = Field(default=0.0, ge=0, le=100, description="Keep back under this percentile.")
    withhold_sensitive: bool = Field(default=False, description="Keep back what tells health, money or identity.")
    long: Literal["parts", "cut"] = Field(default="parts", description="What to do where it does not fit.")
    details: bool = Field(default=False, description="Also how sure each word was, and what was nearly written.")
