"""Prompt templates: one object serves training and prediction, and is saved with the weights."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from upshot.errors import UsageError
from upshot.recipe import PromptSettings
from upshot.wording import wording

SLOT: Final = "{dialogue}"

# Every wording of the origin documents, each with and without the closing "Summary:".
TEMPLATES: Final = {
    "raw": "{dialogue}",
    "raw-summary": "{dialogue}\n\nSummary:",
    "conversation": "Summarize the following conversation.\n\n{dialogue}",
    "conversation-summary": "Summarize the following conversation.\n\n{dialogue}\n\nSummary:",
    "this-conversation": "Summarize this conversation:\n\n{dialogue}",
    "this-conversation-summary": "Summarize this conversation:\n\n{dialogue}\n\nSummary:",
    "dialogue": "Summarize the following dialogue:\n\n{dialogue}",
    "dialogue-summary": "Summarize the following dialogue:\n\n{dialogue}\n\nSummary:",
}


@dataclass(frozen=True, slots=True)
class Prompted:
    """A prompt in three parts: only the middle one, the dialogue, may be cut to fit."""

    id: str
    before: str
    dialogue: str
    after: str

    @property
    def text(self) -> str:
        """The whole prompt."""
        return self.before + self.dialogue + self.after


def template_text(name_or_text: str) -> str:
    """The text of a template by name, or the user's own text with one slot.

    >>> template_text("conversation")
    'Summarize the following conversation.\\n\\n{dialogue}'

    Raises:
        UsageError: D57, where the slot is missing or stands more than once.
    """
    text = TEMPLATES.get(name_or_text, name_or_text)
    if SLOT not in text:
        known = ", ".join(TEMPLATES)
        raise UsageError(f"prompt '{name_or_text}' has no {SLOT} (named templates: {known})", code="D57")
    if text.count(SLOT) > 1:
        raise UsageError(f"prompt '{name_or_text}' has {SLOT} {text.count(SLOT)} times, expected once", code="D57")
    return text


def prompt(dialogue_id: str, dialogue: str, settings: PromptSettings, *, before: str = "") -> Prompted:
    """The prompt of one dialogue in the arm's wording, its turns joined by the separator. Braces in it stay literal.

    `before` is the text of solved examples, if any.

    >>> settings = PromptSettings(template="raw-summary", turn_separator=" / ")
    >>> prompt("d1", "Ann: {hi}\\nBen: bye", settings).text
    'Ann: {hi} / Ben: bye\\n\\nSummary:'
    """
    opening, after = template_text(settings.template).split(SLOT)
    read = wording(dialogue, settings).dialogue
    return Prompted(dialogue_id, before + opening, join_turns(read, settings.turn_separator), after)


def join_turns(dialogue: str, separator: str) -> str:
    """The dialogue with its line ends replaced, blank lines left out."""
    return separator.join(line for line in dialogue.splitlines() if line.strip())


def dump_prompt(settings: PromptSettings) -> str:
    """JSON text of the prompt that an arm was trained with, for `prompt.json` beside its weights."""
    return json.dumps({**settings.model_dump(), "template_text": template_text(settings.template)}, indent=2) + "\n"


def load_prompt(text: str) -> PromptSettings:
    """Prompt settings from `prompt.json`; the stored text wins over a template's name, whose wording may change."""
    content = json.loads(text)
    stored = content.pop("template_text")
    if TEMPLATES.get(content["template"]) != stored:
        content["template"] = stored
    return PromptSettings.model_validate(content)
