"""What a visitor filled in: the conversation with the speakers' names, which arms, and the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qs

from pydantic import ValidationError

from upshot.answers.answer import Options
from upshot.data.conversation import UNNAMED, Conversation
from upshot.data.transcripts import conversation_of
from upshot.data.turns import Turn, turns_of
from upshot.errors import DataError
from upshot.serve.desk import Refused

_MOST_FIELDS: Final = 5_000  # two a speaker, and a conversation is no longer than it is
_NUMBERS: Final = {"words": "the number of words", "abstain_below": "the threshold of confidence"}
_TICKS: Final = ("bullets", "mask", "withhold_sensitive")
_A_NAME: Final = "up to four words, without a colon or brackets, each with a capital"


@dataclass(frozen=True, slots=True)
class Asked:
    """A form as it came. `names` are new names of speakers by those in the text; `beside` is a second arm, or empty."""

    text: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    arm: str = ""
    beside: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)

    def arms(self, default: str) -> tuple[str, ...]:
        """The arms that are asked, each once."""
        first = self.arm or default
        return (first, self.beside) if self.beside not in ("", first) else (first,)

    def options(self) -> Options:
        """The options that were chosen.

        Raises:
            Refused: 422 with the setting and its bounds.
        """
        given: dict[str, Any] = {name: self.settings[name] for name in _NUMBERS if self.settings.get(name)}
        given |= {name: True for name in _TICKS if name in self.settings}
        try:
            return Options.model_validate(given)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
            what = _NUMBERS.get(str(problem["loc"][0]), str(problem["loc"][0]))
            raise Refused(422, "bad_option", f"Please check {what}: {problem['msg']}.") from None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation with its speakers: each name in the text, in order, with the name it goes by."""

    conversation: Conversation
    speakers: tuple[tuple[str, str], ...]


def read_form(body: bytes) -> Asked:
    """The fields of a form as browsers post it; what it does not hold is empty.

    >>> read_form(b"text=Ann%3A+Hi&was=Ann&name=Anna").names
    {'Ann': 'Anna'}

    Raises:
        Refused: 422 for more fields than the page has.
    """
    try:
        fields = parse_qs(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Refused(422, "bad_form", "This form holds more fields than the page has. Please reload it.") from None
    last = {name: values[-1] for name, values in fields.items()}
    names = dict(zip(fields.get("was", ()), (name.strip() for name in fields.get("name", ())), strict=False))
    settings = {name: last[name].strip() for name in (*_NUMBERS, *_TICKS) if last.get(name, "").strip()}
    return Asked(
        last.get("text", "").replace("\r\n", "\n"), names, last.get("arm", ""), last.get("beside", ""), settings
    )


def talk_of(asked: Asked) -> Talk:
    """The conversation of a form, in any form that is read; its turns are those that the page shows.

    Raises:
        Refused: 422 for no words, no conversation, or a name that would not be read as one.
    """
    if not asked.text.strip():
        raise Refused(422, "empty", "There is nothing to summarise yet. Paste a conversation, or open a file.")
    for name in asked.names.values():
        _check_name(name)
    try:
        read = conversation_of(asked.text, name="conversation")
    except DataError as error:
        raise Refused(422, "unreadable", error.message) from None
    found = dict.fromkeys(turn.speaker or UNNAMED for turn in read.turns)
    turns = tuple(
        replace(turn, speaker=asked.names.get(turn.speaker or UNNAMED) or turn.speaker) for turn in read.turns
    )
    return Talk(replace(read, turns=turns), tuple((name, asked.names.get(name) or name) for name in found))


def _check_name(name: str) -> None:
    if name and turns_of(f"{name}: word") != (Turn(name, "word"),):
        raise Refused(422, "bad_name", f"A speaker's name is {_A_NAME}: Maya, Dr Okafor.")
