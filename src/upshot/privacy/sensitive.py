"""Whether a summary tells of somebody's health, money or identity: word lists and simple patterns, no model.

Some words tell by themselves ("diabetes", "salary", "mosque"). Others do so only in company ("patient", "bank",
"union"): two different ones of a kind in one sentence, or one beside an amount of money. What that is worth is
measured by `bench/privacy.py`: it screens, it does not prove.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from typing import Final, NamedTuple

from upshot.analysis.sentences import sentences_of
from upshot.privacy import sensitive_terms as terms

SENSITIVE_KINDS: Final = ("health", "money", "identity")

_AMOUNT: Final = re.compile(
    r"[$€£¥]\s?\d|\b\d[\d.,]{0,20}\s?(?:k|dollars?|euros?|pounds?|bucks|francs?|yen|rupees|USD|EUR|GBP)\b"
    r"|\b\d{1,3}(?:,\d{3}){1,5}\b|\b\d{3,6}\s(?:a|per)\s(?:month|year)\b"
)
_SMALL: Final = str.maketrans(ascii_uppercase, ascii_lowercase)  # unlike lower(), it never changes a length
_SAME_WORD: Final = 5  # words that share so many first letters are one word in several forms


class _Screen(NamedTuple):
    alone: re.Pattern[str]  # in lower case: patterns that ignore case are several times slower
    alone_as_written: re.Pattern[str]
    in_company: re.Pattern[str]
    harmless: re.Pattern[str]


def sensitive_kinds(text: str) -> tuple[str, ...]:
    """What a text tells, in the order of `SENSITIVE_KINDS`; empty where it tells nothing of it.

    Money is somebody's own finances, not a price. Identity is religion, ethnicity and nationality, orientation and
    gender, politics, and union membership.

    >>> sensitive_kinds("Ann has diabetes and cannot pay her mortgage.")
    ('health', 'money')
    >>> sensitive_kinds("They are patient and sit on the bank of the river.")
    ()
    """
    sentences = [" ".join(sentence.replace("’", "'").split()) for sentence in sentences_of(text)]
    return tuple(kind for kind in SENSITIVE_KINDS if any(_tells(sentence, kind) for sentence in sentences))


def _tells(sentence: str, kind: str) -> bool:
    screen = _screens()[kind]
    plain = screen.harmless.sub(lambda match: "~" * len(match.group()), sentence)
    small = plain.translate(_SMALL)
    if screen.alone.search(small) or screen.alone_as_written.search(plain):
        return True
    if kind == "identity" and _peoples().search(plain):
        return True
    company = {match.group().lower()[:_SAME_WORD] for match in screen.in_company.finditer(small)}
    return len(company) > 1 or (kind == "money" and bool(company) and bool(_AMOUNT.search(plain)))


@lru_cache(maxsize=1)
def _screens() -> dict[str, _Screen]:
    return {
        "health": _screen(terms.HEALTH, terms.HEALTH_IN_COMPANY, terms.NOT_HEALTH),
        "money": _screen(terms.MONEY, terms.MONEY_IN_COMPANY, terms.NOT_MONEY),
        "identity": _screen(terms.IDENTITY, terms.IDENTITY_IN_COMPANY, terms.NOT_IDENTITY),
    }


def _screen(alone: str, in_company: str, harmless: str) -> _Screen:
    written = " ".join(term for term in alone.split() if _has_capital(term))
    small = " ".join(term for term in alone.split() if not _has_capital(term))
    ignoring_case = re.compile(_any_of(harmless), re.IGNORECASE)
    return _Screen(
        re.compile(_any_of(small)), re.compile(_any_of(written)), re.compile(_any_of(in_company)), ignoring_case
    )


def _has_capital(term: str) -> bool:
    return re.search("[A-Z]", term) is not None


def _any_of(listed: str) -> str:
    """A pattern of whole words for terms between spaces, one that matches nothing for no term."""
    bodies = (term.replace("_", " ") for term in listed.split())
    options = [f"{body[:-1]}\\w*" if body.endswith("*") else body for body in bodies]
    return rf"(?<!\w)(?=\w)(?:{'|'.join(options) or '(?!)'})(?!\w)"


@lru_cache(maxsize=1)
def _peoples() -> re.Pattern[str]:
    """Somebody who is said to be of a people: "is Turkish", "a Turkish family", never "Turkish carpets"."""
    peoples, plurals = ("|".join(listed.split()) for listed in (terms.PEOPLES, terms.PLURALS))
    is_one = r"(?:is|are|am|was|were|being|he's|she's|they're|I'm|as)\s(?:an?\s|also\s|half\s|originally\s){0,2}"
    ends = r"(?=\s?(?:[.,;:!?)]|$)|\s(?:and|or|but|by|on|so|who|too)\b)"
    person = (
        r"(?:family|m[ae]n|wom[ae]n|immigrants?|parents?|descent|origin|roots|background|heritage|neighbou?rs?|"
        r"couple|minority|community|refugees?|workers?|girl|boy|passport|citizens?)\b"
    )
    return re.compile(
        rf"\b{is_one}(?:{peoples}){ends}|\b(?:{peoples})[\s-]{person}|\b(?:to|against|of|from)\s(?:{plurals})\b"
    )
