"""The same dialogue under other names: speakers renamed from a set of names, or the first two labels exchanged.

Everything is a map from word to word, so that a label, its mentions and their possessives change alike, in the
dialogue and in its references, and a summary can be read back under the old names.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from upshot.analysis.sentences import STOP_WORDS
from upshot.data.turns import speakers_of
from upshot.records import Dialogue

# Eight given names, then six surnames. The same place of every set has the same usual gender (she, he, she, ...), so
# that between two sets the origin of a name changes and little else. One word of a-z each: ROUGE splits at the rest.
NAME_SETS: Final[Mapping[str, str]] = {
    "english": "Emily Jack Charlotte Harry Megan Oliver Lucy Graham | Ashworth Bennett Clarke Hadley Whitmore Turner",
    "arabic": "Layla Karim Yasmin Tariq Salma Hamza Rania Bilal | Haddad Mansour Khalil Nasser Qasim Darwish",
    "chinese": "Meiling Jianyu Xiaoli Haoran Yuting Zhiwei Lihua Guowei | Zhang Huang Zhao Zheng Jiang Deng",
    "indian": "Priya Arjun Kavita Rahul Deepa Vikram Sunita Ravi | Sharma Gupta Chopra Reddy Banerjee Pillai",
    "nigerian": "Chioma Emeka Ngozi Chidi Adaeze Tunde Folake Obinna | Okafor Adeyemi Nwosu Balogun Danjuma Eze",
    "spanish": "Lucia Javier Carmen Diego Pilar Alvaro Marisol Pablo | Herrera Navarro Castillo Romero Molina Vargas",
}
_TAG: Final = re.compile(r"#Person(\d+)#")
_ANY_TAG: Final = re.compile(r"#\s*Person\s*(\d+)\s*#", re.IGNORECASE)
_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f'’.\- ]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_SHORTEST_NICKNAME: Final = 3
# Words of a label that say what somebody is, not who: they stay.
_ROLES: Final = frozenset(
    """
    accountant adviser advisor agent ambassador assistant attendant aunt baker banker barber barista bartender big
    bishop boss boy broker brother builder caller capt captain carpenter cashier chair chairman chairperson
    chairwoman chef chief cleaner clerk client coach col colleague colonel concierge conductor control cook
    counsellor cousin customer dad daughter dean dentist desk detective director doctor dr driver editor electrician
    engineer farmer father father-in-law fr friend gardener gate gen general girl grandad grandfather grandma
    grandmother grandpa granny guard guest guide host hostess husband imam inspector instructor interviewee
    interviewer journalist jr judge king lady landlady landlord lawyer lecturer librarian lieutenant little lord lt
    madam madame maestro major mama man manager mate mayor mechanic member minister miss mother mr mrs ms mum mx nan
    nana neighbour nephew niece nurse officer old operator owner papa parent passenger pastor patient pharmacist
    physiotherapist pilot plumber police policeman porter president priest prince princess principal prof professor
    queen rabbi receptionist registrar reporter representative rev roofer salesman salesperson saleswoman secretary
    seller senator sensei sergeant sgt shopkeeper signor signora sir sister son speaker sr st staff steward
    stewardess student supervisor teacher technician teller tenant therapist tourist trainer tutor uncle user usher
    vet visitor waiter waitress warden wife woman worker young
    """.split()  # noqa: SIM905 - 190 words in quotes would fill three pages
)


@dataclass(frozen=True, slots=True)
class Renamed:
    """A dialogue with its references under other names; `words` maps old words or tags to new ones."""

    dialogue: Dialogue
    words: Mapping[str, str]

    def back(self, summary: str) -> str:
        """A summary of the renamed dialogue under the old names."""
        return rename(summary, {new: old for old, new in reversed(list(self.words.items()))})


def renamed(dialogue: Dialogue, name_set: str, *, seed: int) -> Renamed | None:
    """The dialogue with its speakers' names out of a set, none of them in the dialogue or its references before.

    Titles and roles stay ("Dr. Halvorsen" becomes "Dr. Okafor"). Which place of the set a speaker gets depends on seed
    and dialogue alone, not on the set. None where there are fewer than two speakers, one of them has no name of its own
    that could be exchanged ("Waiter"), a name is also an ordinary word of the text, or the set has too few free names.
    """
    speakers = speakers_of(dialogue.text)
    if len(speakers) < 2:
        return None
    free = _free_names(name_set, _words_of(dialogue), random.Random(f"rename-{seed}-{dialogue.id}"))
    words: dict[str, str] = {}
    for speaker in speakers:
        parts = _own_parts(speaker)
        if not parts or any(_ambiguous(part, dialogue) for part in parts):
            return None
        for place, part in enumerate(parts):
            pool = free[1] if place or _is_titled(speaker) else free[0]
            if part not in words and not pool:
                return None
            words[part] = words.get(part) or pool.pop(0)
    return _renamed(dialogue, words)


def reordered(dialogue: Dialogue) -> Renamed | None:
    """The dialogue with the labels of its first two speakers exchanged throughout: who speaks first has another name.

    None where there are fewer than two speakers, or the two labels are not of one kind (tag and name, a title or role
    beside one of them, one and two words), since "Dr. Lee" in the patient's place would not be the same dialogue.
    """
    first, second, *_ = (*speakers_of(dialogue.text), "", "")
    mine, theirs = _own_parts(first), _own_parts(second)
    if not mine or len(mine) != len(theirs) or set(mine) & set(theirs):
        return None
    if " ".join(mine) != first or " ".join(theirs) != second or bool(_TAG.match(first)) != bool(_TAG.match(second)):
        return None
    if any(_ambiguous(part, dialogue) for part in (*mine, *theirs)):
        return None
    pairs = tuple(zip(mine, theirs, strict=True))
    return _renamed(dialogue, dict([*pairs, *((b, a) for a, b in pairs)]))


def rename(text: str, words: Mapping[str, str]) -> str:
    """The text with every whole word or tag of the map replaced, in its case, the possessive with it.

    >>> rename("Lars' coat is at ANNA's, says #Person1#.", {"Lars": "Amara", "Anna": "Kemi", "#Person1#": "Bo"})
    "Amara's coat is at KEMI's, says Bo."
    """
    forms = {form: _in_case_of(form, new) for old, new in words.items() for form in _cases(old)}
    if not forms:
        return text
    options = "|".join(_bounded(form) for form in sorted(forms, key=len, reverse=True))
    text = _ANY_TAG.sub(lambda tag: f"#Person{tag[1]}#", text)
    # The apostrophe of "Lars' coat" belongs to the name, a word follows it; that of a quotation has one before it.
    pattern = re.compile(rf"(?<!['’‘])({options})(?:(?<=[sS])(['’])(?=\s+\w))|({options})")
    return pattern.sub(lambda found: _with_possessive(forms, found), text)


def _renamed(dialogue: Dialogue, words: Mapping[str, str]) -> Renamed:
    texts = (dialogue.text, *dialogue.references)
    whole = {**words, **_nicknames(words, texts)}
    references = tuple(rename(reference, whole) for reference in dialogue.references)
    return Renamed(replace(dialogue, text=rename(dialogue.text, whole), references=references), whole)


def _free_names(name_set: str, used: Collection[str], draw: random.Random) -> tuple[list[str], list[str]]:
    """Given names and surnames of a set in drawn order, without those that the dialogue already has."""
    given, family = (part.split() for part in NAME_SETS[name_set].split("|"))
    drawn = [draw.sample(names, len(names)) for names in (given, family)]
    first, last = ([name for name in names if name.lower() not in used] for names in drawn)
    return first, last


def _own_parts(speaker: str) -> tuple[str, ...]:
    """The words of a label that are its speaker's own name; none where it is a role, or no Latin name."""
    if _TAG.fullmatch(speaker):
        return (speaker,)
    if not _LATIN.fullmatch(speaker):
        return ()
    parts = speaker.split()
    return tuple(part for part in parts if _is_name(part) and (len(parts) == 1 or part[0].isupper()))


def _is_name(word: str) -> bool:
    plain = word.strip(".").lower()
    return len(plain) > 1 and plain not in _ROLES and plain not in STOP_WORDS


def _is_titled(speaker: str) -> bool:
    """Whether a title stands before the name: what follows is then a surname, as in "Mrs. Tanaka"."""
    return not _is_name(speaker.split(maxsplit=1)[0])


def _ambiguous(part: str, dialogue: Dialogue) -> bool:
    """Whether a name also stands in the text as an ordinary word, as "mark" beside Mark."""
    lower = part.lower()
    return lower != part and any(lower in _WORD.findall(text) for text in (dialogue.text, *dialogue.references))


def _nicknames(words: Mapping[str, str], texts: Sequence[str]) -> dict[str, str]:
    """Shorter forms in the texts that begin a speaker's name, such as Bert for Berthold, with the same new name."""
    spoken = {word for text in texts for word in _WORD.findall(text)}
    return {
        word: new
        for old, new in words.items()
        for word in sorted(spoken)
        if _SHORTEST_NICKNAME <= len(word) < len(old) and word[0].isupper() and old.startswith(word)
        if word not in words and word.lower() not in spoken and word.lower() not in STOP_WORDS
    }


def _words_of(dialogue: Dialogue) -> set[str]:
    return {word.lower() for text in (dialogue.text, *dialogue.references) for word in _WORD.findall(text)}


def _cases(word: str) -> Iterable[str]:
    """The spellings of a name that are the same name. A lower-case one only where the label itself is written so."""
    if _TAG.fullmatch(word):
        return (word,)
    return dict.fromkeys((word, word[0].upper() + word[1:], *([word.upper()] if len(word) > 2 else [])))


def _in_case_of(form: str, new: str) -> str:
    if _TAG.fullmatch(form) or _TAG.fullmatch(new):
        return new
    if form.isupper() and len(form) > 2:
        return new.upper()
    return new.lower() if form.islower() else new


def _bounded(form: str) -> str:
    return re.escape(form) if _TAG.fullmatch(form) else rf"(?<![\w-]){re.escape(form)}(?!\w|-\w)"


def _with_possessive(forms: Mapping[str, str], found: re.Match[str]) -> str:
    new = forms[found[1] or found[3]]
    if not found[2]:
        return new
    return f"{new}{found[2]}" if new[-1] in "sS" else f"{new}{found[2]}s"
