"""A summary's text in the pieces that detectors compare: sentences, stems of its content words, named speakers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

_END: Final = re.compile(r"(?<=[.!?])\s+|\n")
_TITLES: Final = frozenset("capt col dr fr gen hon jr lt mme mr mrs ms mx prof rev sgt sr st".split())  # noqa: SIM905
_TITLE_AT_END: Final = re.compile(rf"\b(?:{'|'.join(sorted(_TITLES))})\.$", re.IGNORECASE)
# These end a sentence as often as not; what follows tells.
_SHORT_AT_END: Final = re.compile(r"\b(?:a\.m|p\.m|e\.g|i\.e|approx|etc|vs|no)\.$", re.IGNORECASE)
_CONTINUES: Final = re.compile(r"[^\W\d_]|\d")

# Scripts without spaces between words: each sign counts as a word.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u9fff"
_WORD: Final = re.compile(rf"#\s?person\s?\d+\s?#|[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_CLITIC: Final = re.compile(r"n't\b|'(?:s|ll|re|ve|d|m|t)\b")
_LONGEST_UNSTEMMED: Final = 3

STOP_WORDS: Final = frozenset(
    """
    a about above after again against ago ah ain all almost also although always am an and another any anybody anyone
    anything anyway are around as at away back be because been before being below between both but by came can cannot
    come could did do does doing done down during each either else enough even ever every everybody everyone everything
    few for from further get gets getting go goes going gone gonna got had has have having he hello her here hers
    herself hey hi him himself his how however i if in instead into is it its itself just kind know last least less let
    like lot lots made make makes making many may maybe me might mine more most much must my myself near neither never
    new next no nobody none nor not nothing now of off oh ok okay on once one ones only onto or other others otherwise
    ought our ours ourselves out over own per perhaps please put quite rather really right s same see seen several
    shall she should since so some somebody someone something sometimes somewhere soon sorry still such sure take takes
    taken taking than thank thanks that the their theirs them themselves then there therefore these they thing things
    this those though through till to together too took toward towards under until unless up upon us very want wanna
    was way we well were what whatever when where whether which while who whoever whole whom whose why will with within
    without won would yeah yes yet you your yours yourself yourselves ca don sha wo
    """.split()  # noqa: SIM905
)
# What summaries call the talking itself: none of it is said in the dialogue, so its absence there is no sign of error.
_TALK: Final = frozenset(
    """
    accept add admit advise agree announce answer apologise apologize ask assure beg call complain conversation confirm
    convince decide decline describe dialogue discuss discussion explain express hesitate hope inform insist intend
    invite learn mention need offer person persuade plan prefer promise propose realise realize recommend refuse remind
    reply report request respond reveal say says said speak spoke suggest suggestion talk tell tells told think thought
    try urge wants warn wish wonder
    """.split()  # noqa: SIM905
)
_IRREGULAR: Final[Mapping[str, str]] = dict(
    pair.split(":")
    for pair in """
    ate:eat eaten:eat became:become began:begin begun:begin bought:buy broke:break broken:break brought:bring
    built:build caught:catch children:child chose:choose chosen:choose drank:drink drove:drive driven:drive fallen:fall
    fed:feed fell:fall felt:feel feet:foot flew:fly flown:fly forgot:forget forgotten:forget fought:fight found:find
    froze:freeze frozen:freeze gave:give given:give grew:grow grown:grow heard:hear held:hold hid:hide hidden:hide
    kept:keep knew:know known:know laid:lay lain:lie led:lead left:leave lent:lend lost:lose meant:mean
    men:man met:meet mice:mouse paid:pay rang:ring rose:rise risen:rise ran:run sang:sing sat:sit sent:send
    slept:sleep sold:sell sought:seek spent:spend stole:steal stolen:steal stood:stand stuck:stick swam:swim swept:sweep
    taught:teach teeth:tooth thrown:throw threw:throw understood:understand woke:wake woken:wake women:woman wore:wear
    worn:wear wrote:write written:write
    """.split()  # noqa: SIM905
)

_TAG: Final = re.compile(r"#Person(\d+)#")
_PARTICLES: Final = frozenset("and at da de der di du la of the van von".split())  # noqa: SIM905
# A role stands in lower case only behind one of these: "the waiter" names the speaker Waiter, "will" not Will.
_BEFORE_ROLE: Final = re.compile(r"\b(?:the|a|an|this|that|his|her|their|its|my|our)\s+$", re.IGNORECASE)


class Mention(NamedTuple):
    """A speaker's name in a text, from `start` up to `end`; `speaker` is empty where several share the name."""

    speaker: str
    start: int
    end: int


def sentences_of(text: str) -> tuple[str, ...]:
    """Sentences as ROUGE-Lsum splits them, with what follows "Dr." or "Mr." kept in its sentence.

    >>> sentences_of("Ann sees Dr. Lee at 9 a.m. on Friday. He is late!")
    ('Ann sees Dr. Lee at 9 a.m. on Friday.', 'He is late!')
    """
    found: list[str] = []
    for piece in filter(None, map(str.strip, _END.split(text))):
        if found and _goes_on(found[-1], piece):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return tuple(found)


def words_of(text: str) -> list[str]:
    """Lower-case words without clitics such as 's and n't; a speaker tag is one word, as is a Chinese sign.

    >>> words_of("#Person1# didn't see Ann's car")
    ['#person1#', 'did', 'see', 'ann', 'car']
    """
    plain = _CLITIC.sub(" ", text.lower().replace("’", "'"))
    return [word.replace(" ", "") for word in _WORD.findall(plain)]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The stem of a lower-case word, irregular verbs by their infinitive.

    >>> stem("gave"), stem("giving")
    ('give', 'give')
    """
    word = _IRREGULAR.get(word, word)
    return str(_stemmer().stem(word)) if len(word) > _LONGEST_UNSTEMMED else word


@lru_cache(maxsize=8192)
def content_stems(text: str) -> tuple[str, ...]:
    """Stems of the content words, each once, in order: no stop words, titles, single letters or words for talking.

    >>> content_stems("Ann says that she bought three bikes.")
    ('ann', 'three', 'bike')
    """
    return tuple(dict.fromkeys(stem(word) for word in words_of(text) if _is_content(word)))


def content_words(text: str) -> tuple[tuple[str, int, int], ...]:
    """Each content word's stem with its first character and the one behind its last, in order; repeated ones too.

    >>> content_words("Ann's bikes")
    (('ann', 0, 3), ('bike', 6, 11))
    """
    plain = "".join(sign if len(sign.lower()) != 1 else sign.lower() for sign in text.replace("’", "'"))
    plain = _CLITIC.sub(lambda clitic: " " * len(clitic.group()), plain)
    words = ((match.group().replace(" ", ""), match.start(), match.end()) for match in _WORD.finditer(plain))
    return tuple((stem(word), start, end) for word, start, end in words if _is_content(word))


def forget() -> None:
    """Let go of the words, texts and names that were read; what they come to does not change."""
    for kept in (stem, content_stems, _is_content, _forms):
        kept.cache_clear()


def mentions_of(text: str, speakers: tuple[str, ...]) -> tuple[Mention, ...]:
    """Where a text names speakers: by tag, whole name, or a part such as the last name, in order.

    >>> [mention.speaker for mention in mentions_of("Halvorsen tells the waiter.", ("Dr. Halvorsen", "Waiter"))]
    ['Dr. Halvorsen', 'Waiter']
    """
    if not speakers:
        return ()
    pattern, owners = _forms(speakers)
    return tuple(_mentions(text, pattern, owners))


def _goes_on(before: str, after: str) -> bool:
    if _TITLE_AT_END.search(before):
        return True
    return bool(_SHORT_AT_END.search(before)) and not after[0].isupper() and bool(_CONTINUES.match(after))


@lru_cache(maxsize=65_536)
def _is_content(word: str) -> bool:
    if word in STOP_WORDS or word in _TITLES or (len(word) == 1 and word.isascii() and not word.isdigit()):
        return False
    return word not in _TALK and stem(word) not in _talk_stems()


@lru_cache(maxsize=1)
def _talk_stems() -> frozenset[str]:
    return frozenset(map(stem, _TALK))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    # Here and not above: nltk takes longer to import than a dialogue takes to examine.
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


def _mentions(text: str, pattern: re.Pattern[str], owners: Mapping[str, str]) -> Iterator[Mention]:
    for match in pattern.finditer(text):
        tag = match.group("number")
        if tag:
            yield Mention(f"#Person{tag}#", match.start(), match.end())
            continue
        written = match.group()
        owner = owners.get(_key(written), "")
        if (
            not written[0].islower()
            or owner[:1].islower()
            or _BEFORE_ROLE.search(text[max(0, match.start() - 8) : match.start()])
        ):
            yield Mention(owner, match.start(), match.end())


@lru_cache(maxsize=4096)
def _forms(speakers: tuple[str, ...]) -> tuple[re.Pattern[str], Mapping[str, str]]:
    owners: dict[str, str] = {}
    numbers = [tag.group(1) for speaker in speakers if (tag := _TAG.fullmatch(speaker))]
    named = [speaker for speaker in speakers if _key(speaker) and not _TAG.fullmatch(speaker)]
    for speaker in named:
        for form in map(_key, _parts(speaker)):
            owners[form] = speaker if owners.get(form, speaker) == speaker else ""
    # A whole name is its speaker's, although it may be a part of another's: Lee and Ann Lee.
    owners.update((_key(speaker), speaker) for speaker in named)
    options = [_bounded(form) for form in sorted(owners, key=lambda form: (-len(form), form))]
    if numbers:
        # Odd spellings too: whom '#Person 1' means is plain, that it is misspelt is another finding.
        options.insert(0, rf"(?:#{{1,2}}\s?)?\bperson\s?(?P<number>{'|'.join(numbers)})(?!\d)(?:\s?#)?")
    else:
        options.append(r"(?!)(?P<number>)")
    return re.compile("|".join(options), re.IGNORECASE), owners


def _parts(speaker: str) -> Iterator[str]:
    parts = [part for part in speaker.split() if _key(part) not in _TITLES and part not in _PARTICLES]
    yield from (part for part in parts if len(part.strip(".")) > 1 or not part.isascii())
    yield " ".join(parts) or speaker


def _key(form: str) -> str:
    return " ".join(form.lower().replace(".", " ").split())


def _bounded(form: str) -> str:
    body = r"\.?\s+".join(map(re.escape, form.split()))
    unspaced = re.search(f"[{_UNSPACED}]", form)
    return body if unspaced else rf"(?<!\w){body}(?!\w)"
