"""What a visitor filled in: the conversation with the speakers' names, which arms, and the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qs

from pydantic import ValidationError

from upshot.answers.answer import Options
from upshot.data.conversation import UNNAMED, Conversation, Said
from upshot.data.turns import Turn, turns_of
from upshot.serve.desk import Refused

MOST_CHARACTERS: Final = 50_000
_MOST_FIELDS: Final = 5_000  # two a speaker, and a conversation is no longer than it is
_NUMBERS: Final = {"words": "the number of words", "abstain_below": "the threshold of confidence"}
_TICKS: Final = ("bullets", "mask", "withhold_sensitive")


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
        chosen = (self.arm or default, self.beside)
        return tuple(dict.fromkeys(arm for arm in chosen if arm))

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


def conversation_asked(asked: Asked) -> Conversation:
    """The conversation of a form, speakers under their new names; its turns are those that the page shows.

    Raises:
        Refused: 422 for no words, too many, or a name that would not be read as one.
    """
    if not asked.text.strip():
        raise Refused(422, "empty", "There is nothing to summarise yet. Paste a conversation, or open a file.")
    if len(asked.text) > MOST_CHARACTERS:
        found = f"{len(asked.text):,} characters; the most is {MOST_CHARACTERS:,}"
        raise Refused(422, "too_long", f"This conversation has {found}. Summarise it in pieces.")
    read = _read(asked.text)
    for name in asked.names.values():
        _check_name(name)
    return replace(read, turns=tuple(replace(turn, speaker=_renamed(turn.speaker, asked.names)) for turn in read.turns))


def speakers_of(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Names in the text, in the order in which they first speak, each with the name it goes by."""
    found = dict.fromkeys(turn.speaker or UNNAMED for turn in _read(asked.text).turns)
    return tuple((name, asked.names.get(name) or name) for name in found)


def _read(text: str) -> Conversation:
    return Conversation("page", tuple(Said(turn.speaker, turn.text) for turn in turns_of(text)))


def _renamed(speaker: str, names: Mapping[str, str]) -> str:
    return names.get(speaker or UNNAMED) or speaker


def _check_name(name: str) -> None:
    if name and turns_of(f"{name}: word") != (Turn(name, "word"),):
        message = (
            "A speaker's name is up to four words, without a colon or brackets, each with a capital: Maya, Dr Okafor."
        )
        raise Refused(422, "bad_name", message)
