"""An answer for people: a few lines of text for a terminal, or a page of Markdown with numbered evidence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from upshot.answers.answer import Answer, Flag, Sentence
from upshot.answers.confidence import why_unplaced
from upshot.data.conversation import UNNAMED, Conversation
from upshot.report.markdown_text import literal

KEPT_BACK: Final = "kept back: "
_LONGEST: Final = 160  # characters of a turn that is quoted


def text_form(answer: Answer) -> str:
    """Summary, label, evidence and what a reader must know, a line each."""
    return "\n".join(
        (
            summary_words(answer),
            f"[{answer.label}; confidence {confidence_words(answer)}]",
            *evidence_lines(answer),
            *warnings_of(answer),
        )
    )


def summary_words(answer: Answer) -> str:
    """The summary, or why there is none."""
    if answer.summary:
        return answer.summary
    why = [note.removeprefix(KEPT_BACK) for note in answer.notes if note.startswith(KEPT_BACK)]
    return f"(no summary; kept back: {'; '.join(why)})" if why else "(no summary: the model wrote nothing)"


def warnings_of(answer: Answer) -> tuple[str, ...]:
    """What to look at, a line each: notes, flags of a kind together, the most certain first, and what is left out."""
    lines = [f"note: {note}" for note in answer.notes if answer.summary or not note.startswith(KEPT_BACK)]
    flags = sorted(answer.flags, key=lambda flag: flag.tier != "certain")
    for text in dict.fromkeys(flag.text for flag in flags):
        where = dict.fromkeys(filter(None, (_where(flag, answer) for flag in flags if flag.text == text)))
        lines.append(f"check: {text}{': ' if where else ''}{', '.join(where)}")
    if answer.left_out:
        lines.append(f"left out: {', '.join(f'{item.text} (turn {item.turn + 1})' for item in answer.left_out)}")
    return tuple(lines)


def evidence_lines(answer: Answer) -> tuple[str, ...]:
    """A line a sentence: its number, how far turns support it, which, and words that none supports."""
    return tuple(
        f"{number}. support {sentence.support:.0%}{_turns(sentence.turns)}{_unsupported(sentence)}"
        for number, sentence in enumerate(answer.sentences, start=1)
    )


def confidence_words(answer: Answer) -> str:
    """The band and the percentile in words.

    An answer without validation summaries behind it has neither: "not known", with the reason.
    """
    found = answer.confidence
    if found.percentile is None or found.band is None:
        return f"not known ({why})" if (why := why_unplaced(found)) else "not known"
    return f"{found.band}: more certain than {found.percentile:.0f} % of validation summaries"


def markdown_form(answer: Answer, conversation: Conversation | None = None) -> str:
    """A page: the summary with numbered evidence, what to check, what is left out, and where it comes from.

    With the conversation the turns of the evidence are quoted; one that was masked is not.
    """
    return "\n".join(_markdown(answer, None if answer.privacy.masked else conversation)) + "\n"


def _markdown(answer: Answer, conversation: Conversation | None) -> Iterator[str]:
    yield f"# {literal(answer.id)}"
    yield ""
    if not answer.sentences:
        yield literal(answer.summary) or f"*{literal(summary_words(answer))}*"
    elif answer.summary.startswith("- "):
        yield from (f"- {_cited(sentence, n)}" for n, sentence in enumerate(answer.sentences, start=1))
    else:
        yield " ".join(_cited(sentence, number) for number, sentence in enumerate(answer.sentences, start=1))
    yield from ("", f"*{answer.label}. Confidence {confidence_words(answer)}; {answer.confidence.meaning}.*")
    if answer.sentences:
        yield from ("", "## Evidence", "")
        for number, sentence in enumerate(answer.sentences, start=1):
            yield f"{number}. support {sentence.support:.0%}{_turns(sentence.turns)}{literal(_unsupported(sentence))}"
            yield from (f"   > {_quoted(conversation, turn)}" for turn in sentence.turns if conversation is not None)
    for title, lines in _sections(answer):
        if lines:
            yield from ("", f"## {title}", "", *(f"- {literal(line)}" for line in lines))
    by = answer.generated_by
    yield from ("", "---", "")
    yield (
        f"{by.tool}, arm {literal(by.arm)}, weights {by.weights_sha256[:12]}, {by.engine}; conversation "
        f"{answer.source.sha256[:12]}, {answer.source.turns} turns, {answer.source.prompt_tokens} tokens; "
        f"{answer.milliseconds:.0f} ms."
    )


def _sections(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    yield "To check", [_said(flag) for flag in answer.flags]
    yield "Left out", [f"{item.kind}: {item.text}, turn {item.turn + 1}" for item in answer.left_out]
    yield "Notes", list(answer.notes)
    yield "Nearly written", [line.removeprefix("- ") for line in (answer.alternative or "").split("\n") if line]
    yield (
        "Parts",
        [f"turns {part.first + 1} to {part.last + 1}: {part.summary}" for part in answer.source.parts if part.summary],
    )


def _where(flag: Flag, answer: Answer) -> str:
    """Words of the summary that a flag is about with the turns to read; a whole sentence by its number."""
    sentence = None if flag.sentence is None else answer.sentences[flag.sentence].text
    words = f"sentence {(flag.sentence or 0) + 1}" if flag.words and flag.words == sentence else flag.words
    turns = _turns(flag.turns).removeprefix(", ")
    return f"{words} ({turns})" if words and turns else words or turns


def _said(flag: Flag) -> str:
    return f"{flag.text}{f': {flag.words}' if flag.words else ''}{_turns(flag.turns)}"


def _cited(sentence: Sentence, number: int) -> str:
    return f"{literal(sentence.text)} [{number}]"


def _quoted(conversation: Conversation, turn: int) -> str:
    said = conversation.turns[turn]
    words = " ".join(said.text.split())
    short = words if len(words) <= _LONGEST else f"{words[:_LONGEST].rsplit(' ', 1)[0]} ..."
    return f"{turn + 1} {literal(said.speaker or UNNAMED)}: {literal(short)}"


def _turns(turns: tuple[int, ...]) -> str:
    if not turns:
        return ""
    return f", turn{'s' * (len(turns) > 1)} {', '.join(str(turn + 1) for turn in turns)}"


def _unsupported(sentence: Sentence) -> str:
    words = [sentence.text[mark.start : mark.end] for mark in sentence.unsupported]
    return f"; not in the conversation: {', '.join(words)}" if words else ""
