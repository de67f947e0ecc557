"""Names of a summary that the dialogue does not support, fuzzy to inflections, nicknames, demonyms and acronyms."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Final

from upshot.analysis.finding import Finding
from upshot.analysis.sentences import STOP_WORDS, sentences_of, stem
from upshot.analysis.support import support_of
from upshot.data.conversations import BUILTIN
from upshot.text import SPEAKER_TAG

# Forms of one name between bars. Forms that begin alike (Sam, Samantha) need no entry; the second table is of places
# whose adjective or other name begins otherwise.
_NICKNAMES: Final = """
    abigail abby gail | albert bert al | alexander alexandra alex sandy sasha lex xander | alice ali |
    andrew andy drew | anthony tony | antoinette toni | barbara babs barb | beatrice bea trixie | bernard bernie |
    catherine katherine kathryn kate katie cathy kathy kitty kat cat | charles charlie chuck |
    christine christina christopher chris tina kit | cynthia cindy | deborah debbie deb | dorothy dot dolly dottie |
    edward eddie ed ted teddy ned | edith edie | eleanor ellie nell nora |
    elizabeth liz lizzie eliza beth betty betsy bess libby lisa | emily em emma emmy | eugene gene |
    evelyn evie eve | frances francis frank fran frankie francesca | frederick fred freddie |
    gerald gerard gerry jerry | gregory greg | harold harry hal | helen helena nell lena | henry harry hank hal |
    isabel isabella bella izzy | jacob jake | jacqueline jackie | james jim jimmy jamie | jennifer jenny jen |
    jeremy jerry | jessica jess jessie | john jack johnny jonathan jon | joseph joe joey jo | joshua josh |
    judith judy | katarina kasia | lawrence laurence larry laurie | leonard leo len lenny | lucille lucy |
    madeleine maddie | margaret maggie meg peggy greta daisy marge margie | martha marty | mary molly polly |
    matthew matt matty | megan meg | michael mike mick mickey | mohammed muhammad mohamed mo | nancy nan |
    nathaniel nathan nate | nicholas nicolas nick nico nicky | oliver ollie | olivia liv livvy | pamela pam |
    patricia pat patty trish | patrick pat paddy | peter pete | philip phil pip | rebecca becky becca |
    richard rick dick rich ricky | robert bob rob bobby robbie bert | ronald ron ronnie | rosemary rose rosie |
    samuel samantha sam sammy | sarah sara sally sadie | sebastian seb bastian | stephanie steph |
    stephen steven steve | susan sue susie suzanne | teresa theresa tess terry | terence terry |
    theodore theo ted teddy | thomas tom tommy | timothy tim | veronica ronnie | victoria vicky tori |
    vincent vince vinny | virginia ginny | walter walt wally | william will bill billy willie liam |
    zachary zach zack
"""
_PLACES: Final = """
    america american states us usa | britain british uk england english | china chinese mandarin |
    denmark danish dane danes | finland finnish finn finns | france french frenchman | germany german deutsch |
    greece greek | holland netherlands dutch | ireland irish | norway norwegian | peru peruvian |
    poland polish pole poles | scotland scottish scot scots | spain spanish spaniard | sweden swedish swede |
    switzerland swiss | turkey turkish turk | wales welsh | york ny nyc | angeles la
"""
# Weekdays and months, each with what stands for it in a dialogue.
_CALENDAR: Final = """
    monday mon | tuesday tue tues | wednesday wed weds | thursday thu thur thurs | friday fri | saturday sat weekend |
    sunday sun weekend | january jan | february feb | march mar | april apr | may | june jun | july jul | august aug |
    september sep sept | october oct | november nov | december dec
"""
_TITLES: Final = frozenset(
    """
    agent aunt captain chef coach dad daddy doctor dr grandfather grandma grandmother grandpa jr madam madame miss mom
    mommy mr mrs ms mum mummy mx nurse officer prof professor saint sir sr st uncle
    """.split()  # noqa: SIM905 - a list in quotes would fill the page
)
# Never said as such in a dialogue, and right all the same.
_KNOWN: Final = frozenset(
    """
    ai atm cd cv dj dna dvd faq gps hr id it ok pc pdf pin sms tv usb vip vpn wifi
    """.split()  # noqa: SIM905 - a list in quotes would fill the page
)
# What is left of a place and of its people, language or adjective behind their common beginning.
_ENDING: Final = re.compile(r"(?:i?an|ean|ish|ese|ic|er|y|ia|land|s|e|a|o)?s?")
_LIKE_A_WORD: Final = re.compile(
    r".{3,}(?:ing|ed|ly|ness|tion|sion|ment|less|ful|ous|ity|ive|ies|able|ible|ance|ence|ship)"
)
# Names that end as words do.
_LIKE_NO_WORD: Final = frozenset(
    """
    alfred beverly clement constance emily florence kimberly manfred mohamed mohammed muhammed sterling terrence wilfred
    winifred
    """.split()  # noqa: SIM905 - a list in quotes would fill the page
)
_ROLE: Final = re.compile(r".{2,}(?:er|or|ist|ant|man|woman|ess)")
_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’.&][^\W\d_]+)*")
_POSSESSIVE: Final = re.compile(r"['’]s?$")
_NAME_FOLLOWS: Final = re.compile(r" [A-Z][a-z]")
_NOW: Final = r" (?:is|was|has|does|(?!\w*ss\b|its?\b|his\b|this\b|as\b|us\b)[a-z]+s)\b"
# What may stand behind the name that begins a sentence, and seldom behind another word there.
_ABOUT_ONE_NOW: Final = re.compile(rf"{_NOW}|,? and [A-Z#]|, (?:an?|the|who|whose) ")
_ABOUT_ONE: Final = re.compile(
    rf"{_NOW}|,? and (?:[A-Z#]|his |her )|, | (?:still|both|first|never|also|then|had|will|would|can|could|may|might"
    r"|must|should|did|[a-z]+ed|ask|told|gave|said|got|went|thought|wrote|made|took|came|left|bought|found|lost)\b"
)
_START: Final = re.compile(
    r"(?:^|(?<!\b[Mm]r)(?<!\b[DdMmJjSs][rst])(?<!\b[Mm]rs)[.!?:…]['\"’”)]?\s+|\n)[\s'\"‘“(\[–—-]*$"
)
_SHORTEST: Final = 3
_LOOK_BACK: Final = 48
_UNDECOMPOSED: Final = str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True, slots=True)
class _Known:
    """What a dialogue supports: folded words in any case, their stems, those that may be names, and initials."""

    words: frozenset[str]
    stems: frozenset[str]
    names: frozenset[str]
    initials: str


def unsupported_names(text: str, summary: str) -> tuple[Finding, ...]:
    """Capitalised names of the summary that the dialogue does not hold in any form, neighbours together, in order.

    Weekdays and months are names that their abbreviations support. Titles, speaker tags and common words that begin a
    sentence are none.
    """
    known = _known(text)
    return tuple(
        Finding("unsupported-name", "extrinsic", place, name, support_of(text, summary)[place].turns)
        for place, sentence in enumerate(sentences_of(summary))
        for name in (sentence[start:end] for start, end in _unsupported(known, sentence))
    )


def unsupported_name_spans(text: str, sentence: str) -> tuple[tuple[int, int], ...]:
    """First character and the one behind the last of each name of a sentence that the dialogue does not support."""
    return tuple(_unsupported(_known(text), sentence))


def holds_name(text: str, word: str) -> bool:
    """Whether the dialogue holds a capitalised word in some form: inflected, short, misspelt, as a people's place."""
    return _is_supported(_known(text), word)


def _unsupported(known: _Known, sentence: str) -> Iterator[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for match in _names(sentence):
        if _is_supported(known, match.group()) or _is_common(known, sentence, match):
            continue
        if spans and sentence[spans[-1][1] : match.start()] == " ":
            spans[-1] = (spans[-1][0], match.end())
        else:
            spans.append(match.span())
    for start, end in spans:
        name = _POSSESSIVE.sub("", sentence[start:end])
        if not (" " in name and "".join(word[0] for word in name.lower().split()) in known.names):
            yield start, start + len(name)


def _names(sentence: str) -> Iterator[re.Match[str]]:
    plain = SPEAKER_TAG.sub(lambda tag: " " * len(tag.group()), sentence)
    return (match for match in _WORD.finditer(plain) if match.group()[0].isupper())


def _is_supported(known: _Known, word: str) -> bool:
    whole = _folded(_POSSESSIVE.sub("", word))
    parts = re.split(r"[-'.&]", whole)
    if word.isupper() and len(whole) > 1 and re.search(rf"(?<!\w){re.escape(whole)}", known.initials):
        return True
    return _holds(known, whole) or all(_holds(known, part) for part in parts)


def _holds(known: _Known, word: str) -> bool:
    singular = word.removesuffix("s")
    if len(word) < 2 or word in _TITLES or word in _KNOWN or word in STOP_WORDS:
        return True
    if known.words & {word, singular, f"{word}s"}:
        return True
    if singular in _forms(_CALENDAR):
        return any(known.words & same for same in _forms(_CALENDAR)[singular])
    same_names = (*_forms(_NICKNAMES).get(word, ()), *_forms(_PLACES).get(word, ()))
    if stem(word) in known.stems or any(same & known.names for same in same_names):
        return True
    return any(_are_alike(word, name) for name in known.names)


def _are_alike(word: str, name: str) -> bool:
    """Whether one is the other's beginning (Sam, Samantha), they end as a place and its people, or are misspelt."""
    from rapidfuzz.distance import OSA

    short, long = sorted((word, name), key=len)
    if len(short) >= _SHORTEST and long.startswith(short):
        return True
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, name, strict=False)))
    if shared > _SHORTEST and _ENDING.fullmatch(word, shared) and _ENDING.fullmatch(name, shared):
        return True
    return len(short) >= 5 and OSA.distance(word, name) <= (2 if len(short) >= 8 else 1)


def _is_common(known: _Known, sentence: str, match: re.Match[str]) -> bool:
    """Whether a capital tells nothing: the word begins a sentence or a heading and is one that anybody writes small."""
    word = _folded(_POSSESSIVE.sub("", match.group()))
    if word in common_words() or stem(word) in _common_stems():
        return True
    if not _begins(sentence, match.start()):
        return False
    if _LIKE_A_WORD.fullmatch(word) and word not in _LIKE_NO_WORD:
        return True
    if any(len(said) > _SHORTEST and word.startswith(said) for said in known.words - known.names):
        return True
    if _NAME_FOLLOWS.match(sentence, match.end()):
        return bool(_ROLE.fullmatch(word))
    behind = _ABOUT_ONE_NOW if word.endswith("s") else _ABOUT_ONE
    return not (behind.match(sentence, match.end()) or match.group().endswith(("'s", "’s")))


def _begins(text: str, start: int) -> bool:
    """Whether a sentence or a line begins there; a short look back, so that a long text takes time in proportion."""
    return bool(_START.search(text, max(0, start - _LOOK_BACK), start))


@lru_cache(maxsize=64)
def _known(text: str) -> _Known:
    plain = SPEAKER_TAG.sub(lambda tag: " " * len(tag.group()), text)
    found = [(_folded(match.group()), match) for match in _WORD.finditer(plain)]
    found += [(part, match) for word, match in found for part in re.split(r"[-'.&]", word) if part and part != word]
    words = frozenset(_POSSESSIVE.sub("", word) for word, _ in found)
    named = {
        _POSSESSIVE.sub("", word)
        for word, match in found
        if word not in common_words() or (match.group()[0].isupper() and not _begins(plain, match.start()))
    }
    capitals = "".join(match.group()[0] if match.group()[0].isupper() else " " for _, match in found)
    return _Known(words, frozenset(map(stem, words)), frozenset(named), capitals.lower())


def forget() -> None:
    """Let go of the dialogues that were read; what they come to does not change."""
    _known.cache_clear()


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Lower-case words that the built-in training conversations and their summaries write small, and stop words."""
    found = set(STOP_WORDS)
    for line in BUILTIN.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if item["split"] == "train":
            texts = (item["dialogue"], *item["summaries"])
            found |= {_folded(word) for text in texts for word in _WORD.findall(text) if word[0].islower()}
    return frozenset(found)


@lru_cache(maxsize=1)
def _common_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in common_words() if len(word) > _SHORTEST)


@lru_cache(maxsize=3)
def _forms(table: str) -> dict[str, list[frozenset[str]]]:
    """Each word of a table with the groups that it is in."""
    groups: dict[str, list[frozenset[str]]] = {}
    for line in table.split("|"):
        for word in line.split():
            groups.setdefault(word, []).append(frozenset(line.split()))
    return groups


def _folded(word: str) -> str:
    """Lower case without accents, the straight apostrophe for the curly one."""
    letters = unicodedata.normalize("NFKD", word.lower().replace("’", "'").translate(_UNDECOMPOSED))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
