"""An answer put together: the summary as it was asked for, its evidence, its confidence, and what is kept back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from upshot.answers.about import About
from upshot.answers.answer import Answer, GeneratedBy, Options, Part, Privacy, Source
from upshot.answers.certainty import NOTHING, Detail, certainty_of, other_than
from upshot.answers.confidence import confidence_of, why_unplaced
from upshot.answers.evidence import evidence_of
from upshot.answers.flags import flags_of
from upshot.answers.left_out import left_out, uncovered
from upshot.answers.reading import Reading
from upshot.answers.style import as_list, fitted, length_note
from upshot.data.conversation import Conversation
from upshot.privacy.sensitive import sensitive_kinds
from upshot.records import Prediction


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote for one conversation.

    `prompt_tokens` are those of all prompts that were made of the conversation itself, `notes` say what was cut or
    split, `agreement` is that of samples and `detail` what the engine told beside the text, if they were asked for.
    """

    prediction: Prediction
    prompt_tokens: int
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    agreement: float | None = None
    milliseconds: float = 0.0
    detail: Detail = NOTHING


def account_of(
    original: Conversation, reading: Reading, written: Written, *, options: Options, about: About, by: GeneratedBy
) -> Answer:
    """The answer about a conversation; its evidence is that of the turns that people are shown, in their numbers."""
    began, text = time.perf_counter(), reading.shown.text
    summary, dropped = fitted(reading.restored(written.prediction.prediction), options.words)
    confidence = confidence_of(
        written.prediction.logprob,
        about.quantiles,
        measured_on=about.measured_on,
        unplaced=about.unplaced,
        agreement=written.agreement,
    )
    sensitive = sensitive_kinds(summary)
    withheld = options.withhold_sensitive and bool(sensitive)
    abstained = confidence.percentile is not None and confidence.percentile < options.abstain_below
    kept = "" if withheld or abstained else summary
    sentences = evidence_of(text, kept) if kept else ()
    notes = [*original.notes, *reading.notes, *written.notes, *_length_notes(written, options, about, dropped)]
    if options.abstain_below and confidence.percentile is None:
        notes.append(f"no threshold was applied: {why_unplaced(confidence)}")
    if abstained:
        notes.append(f"kept back: less certain than the threshold, {options.abstain_below:g} % of validation summaries")
    if withheld:
        notes.append(f"kept back: the summary tells of {', '.join(sensitive)}")
    parts, hidden = _parts(reading, written, options, kept=bool(kept))
    if hidden:
        notes.append(f"kept back: {hidden} of {len(parts)} summaries of parts, which tell of health, money or identity")
    alternative, why = _alternative(reading, written, options, summary) if kept else (None, ())
    notes += why
    return Answer(
        id=original.name,
        summary=as_list(kept) if options.bullets else kept,
        sentences=sentences,
        confidence=confidence,
        flags=flags_of(text, kept, hit_cap=written.prediction.hit_cap and not dropped) if kept else (),
        left_out=left_out(text, kept) if kept else (),
        turns_not_covered=uncovered(text, sentences) if kept else (),
        source=_source(original, reading, written, parts),
        privacy=Privacy(masked=dict(reading.masked), sensitive=sensitive, withheld=withheld),
        abstained=abstained,
        notes=tuple(notes),
        generated_by=by,
        milliseconds=round(written.milliseconds + 1000 * (time.perf_counter() - began), 1),
        certainty=certainty_of(written.detail.words, reading.restored, [sentence.text for sentence in sentences]),
        alternative=alternative,
    )


def _source(original: Conversation, reading: Reading, written: Written, parts: tuple[Part, ...]) -> Source:
    """Facts of the conversation; its speakers as people are shown them, so that a mask holds here too."""
    speakers = dict.fromkeys(turn.speaker for turn in reading.shown.turns if turn.speaker)
    return Source(
        sha256=original.source_sha256,
        turns=len(original.turns),
        speakers=tuple(speakers),
        prompt_tokens=written.prompt_tokens,
        truncated=written.prediction.truncated,
        parts=parts,
        consent=original.consent,
    )


def _alternative(
    reading: Reading, written: Written, options: Options, summary: str
) -> tuple[str | None, tuple[str, ...]]:
    """What the model nearly wrote, as people read it, and the note where that is kept back by itself."""
    others = [fitted(reading.restored(text), options.words)[0] for text in written.detail.others]
    said = other_than(summary, others)
    if said is not None and options.withhold_sensitive and (kinds := sensitive_kinds(said)):
        return None, (f"kept back: what the model nearly wrote, which tells of {', '.join(kinds)}",)
    return (as_list(said) if said and options.bullets else said), ()


def _parts(reading: Reading, written: Written, options: Options, *, kept: bool) -> tuple[tuple[Part, ...], int]:
    """Parts as people read them, empty where the summary is kept back, and how many are kept back by themselves."""
    said = [reading.restored(part.summary) if kept else "" for part in written.parts]
    hidden = {number for number, text in enumerate(said) if options.withhold_sensitive and sensitive_kinds(text)}
    parts = [
        part.model_copy(update={"summary": "" if number in hidden else said[number]})
        for number, part in enumerate(written.parts)
    ]
    return tuple(parts), len(hidden)


def _length_notes(written: Written, options: Options, about: About, dropped: int) -> Sequence[str]:
    """What to say of a length that was asked for; parts are summarised as the arm learned to, and then chosen."""
    if options.words is None:
        return ()
    chosen = f"about {options.words} words asked for: as many summaries of parts were chosen as they hold, at least one"
    said = [chosen if written.parts else length_note(options.words, about.words)]
    if dropped:
        said.append(f"left out of the summary for its length: its last {dropped} sentence{'s' * (dropped > 1)}")
    return said
