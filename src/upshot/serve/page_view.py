"""Answers and plans as the page shows them: sentences in pieces, turns with what draws on them, words for states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from upshot.answers.answer import Answer, Sentence
from upshot.data.conversation import UNNAMED, Conversation
from upshot.serve.desk import Refused

COLOURS: Final = 6
_TITLES: Final = {
    404: "No such model",
    413: "Too long",
    429: "Busy",
    500: "The model failed",
    503: "Not ready yet",
    504: "It took too long",
}
_TITLES_OF_CODES: Final = {"empty": "Nothing to summarise", "too_long": "Too long", "unreadable": "Not readable"}
_DRAFT: Final = "Please check the form"


@dataclass(frozen=True, slots=True)
class State:
    """Why there is no summary, in words."""

    code: str
    title: str
    message: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One turn. `draws` are the sentences that draw on it, as (column, sentence); `part` begins with it, or 0."""

    number: int
    speaker: str
    colour: int
    words: str
    time: str
    draws: tuple[tuple[int, int], ...] = ()
    covered: bool = True
    part: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """What one arm said: an answer, or the state that stands in its place."""

    arm: str
    answer: Answer | None = None
    state: State | None = None


def state_of(refusal: Refused) -> State:
    """A refusal in words.

    >>> state_of(Refused(429, "full", "16 conversations wait already.", 2)).title
    'Busy'
    """
    title = _TITLES_OF_CODES.get(refusal.code) or _TITLES.get(refusal.status, _DRAFT)
    return State(refusal.code, title, as_sentence(refusal.message), refusal.retry_after)


def pieces(sentence: Sentence) -> tuple[tuple[str, str], ...]:
    """A sentence cut at its marks: text with the kind of mark, empty for none; marks over marks are shortened.

    >>> from upshot.answers.answer import Mark
    >>> pieces(Sentence(text="Ann paid 5.", support=1, turns=(), unsupported=(Mark(start=9, end=10, kind="number"),)))
    (('Ann paid ', ''), ('5', 'number'), ('.', ''))
    """
    found, place = [], 0
    for mark in sorted(sentence.unsupported, key=lambda mark: mark.start):
        start = max(mark.start, place)
        if start < mark.end:
            found += [(sentence.text[place:start], ""), (sentence.text[start : mark.end], mark.kind)]
            place = mark.end
    found.append((sentence.text[place:], ""))
    return tuple((text, kind) for text, kind in found if text)


def as_sentence(words: str) -> str:
    """Words with a capital and a full stop, as a page has them.

    >>> as_sentence("the model is loading")
    'The model is loading.'
    """
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "?", "!", ":")) else ".")


def lines(
    conversation: Conversation, parts: Sequence[Mapping[str, Any]], columns: Sequence[Column]
) -> tuple[Line, ...]:
    """Every turn, with the beginnings of parts and with the sentences of all columns that draw on it."""
    colours = {name: place % COLOURS for place, name in enumerate(dict.fromkeys(t.speaker for t in conversation.turns))}
    begins = {int(part["first"]): number for number, part in enumerate(parts, 1)} if len(parts) > 1 else {}
    answers = [(place, column.answer) for place, column in enumerate(columns) if column.answer]
    draws: dict[int, list[tuple[int, int]]] = {}
    for place, answer in answers:
        for number, sentence in enumerate(answer.sentences):
            for turn in sentence.turns:
                draws.setdefault(turn, []).append((place, number))
    shown = [answer for _, answer in answers if answer.sentences]
    uncovered = set.intersection(*(set(answer.turns_not_covered) for answer in shown)) if shown else set()
    return tuple(
        Line(
            number,
            turn.speaker or UNNAMED,
            colours[turn.speaker],
            " ".join(turn.text.split()),
            clock(turn.start_s),
            draws=tuple(draws.get(number, ())),
            covered=number not in uncovered,
            part=begins.get(number, 0),
        )
        for number, turn in enumerate(conversation.turns)
    )


def clock(seconds: float | None) -> str:
    """A time as people read it, empty for none.

    >>> clock(3725.4), clock(65), clock(None)
    ('1:02:05', '1:05', '')
    """
    if seconds is None:
        return ""
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def fit(plan: Mapping[str, Any]) -> str:
    """Whether the conversation fits the model, in a sentence; empty where it does.

    >>> fit({"prompt_tokens": 900, "limit": 512, "parts": [{"first": 0, "last": 6}, {"first": 7, "last": 9}]})
    'Too long for one pass: it will be summarised in 2 parts, split after turn 7; what tells most is shown.'
    """
    parts = plan["parts"]
    if len(parts) > 1:
        ends = [int(part["last"]) + 1 for part in parts[:-1]]
        where = f"turn {ends[0]}" if len(ends) == 1 else f"turns {', '.join(map(str, ends[:-1]))} and {ends[-1]}"
        seconds = f", about {plan['seconds']:.0f} s" if plan.get("seconds", 0) >= 1 else ""
        how = f"in {len(parts)} parts, split after {where}{seconds}"
        return f"Too long for one pass: it will be summarised {how}; what tells most is shown."
    over, last = plan["prompt_tokens"] - plan["limit"], plan.get("cut_after")
    where = f" what stands after turn {last + 1} is cut," if last is not None else ""
    return f"Too long for this model:{where} {over:,} tokens." if over > 0 else ""


def learned_from(facts: Mapping[str, Any]) -> str:
    """What an arm learned from, where its facts tell it.

    >>> learned_from({"about": {"trained_on": "DialogSum", "words": 19}})
    'DialogSum, summaries of about 19 words'
    """
    about = facts.get("about") or {}
    words = f", summaries of about {about['words']} words" if about.get("words") else ""
    return f"{about['trained_on']}{words}" if about.get("trained_on") else ""


def as_text(answer: Answer) -> str:
    """The summary with its label, as plain text to keep."""
    made = answer.generated_by
    said = [answer.summary or "(kept back)", "", f"{answer.label}, by {made.arm} ({made.tool})."]
    sure = answer.confidence.percentile
    if sure is not None:
        said.append(f"More certain than {sure:.0f} % of validation summaries; not a probability of being right.")
    said += [f"Worth checking: {flag.text}" + (f" ({flag.words})" if flag.words else "") for flag in answer.flags]
    said += [f"Left out: {item.text} (turn {item.turn + 1})" for item in answer.left_out]
    said += map(as_sentence, answer.notes)
    return "\n".join([*said, f"Source: {answer.source.turns} turns, sha256 {answer.source.sha256}", ""])
