"""What `upshot.privacy` finds and what it does not: planted values, clean dialogues, summaries, hostile texts.

python bench/privacy.py [--quick]

300 dialogues of 6 domains hold values whose places are known by construction; 200 clean ones and the conversations of
the package show false alarms; 240 summaries written by hand show what the screen is worth. No random seed is left open.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from measure.goals import goal
from measure.machine import print_machine
from measure.planted import Case, Planted, clean, dialogues, spoken
from measure.screened import screened

from upshot.data.conversation import Conversation, Said
from upshot.privacy.mask import Key, mask, mask_text
from upshot.privacy.rules import PLACEHOLDER, find
from upshot.privacy.sensitive import SENSITIVE_KINDS, sensitive_kinds

SEED: Final = 20
# Per cent of planted values that must be masked; None is reported and promised nowhere.
FLOORS: Final[dict[str, float | None]] = {
    "email": 99, "iban": 98, "card": 98, "ssn": 98, "ip": 98, "number": 99, "speaker": 100, "introduction": 90,
    "url": None, "other": None,
}  # fmt: skip
NAMES: Final = ("speaker", "introduction", "other")
MOST_FALSE: Final = 2.0
FAMILIES: Final = (
    "@", "a@", "a.a.a.@", "1 ", "1.1.1.1 ", "DE89 ", "a://", "f:", "+1(", "[IP-1]", "My name is ", "A here. ", "I'm ",
    "lost his ", "member of the ", "#Person1",
)  # fmt: skip


class Row(NamedTuple):
    """A kind with what was planted, what of it was masked whole, and what of the finds was planted."""

    kind: str
    planted: int
    masked: int
    found: int
    right: int


def main() -> None:
    """Print the table of kinds, false alarms, what is promised nowhere, the screen, and times of hostile texts."""
    quick = "--quick" in sys.argv
    print_machine()
    cases = list(dialogues(24 if quick else 300, seed=SEED))
    print_rows(rows_of(cases), len(cases))
    print_false_alarms(10 if quick else 200)
    print_spoken(5 if quick else 100)
    print_summaries(cases)
    print_screen()
    print_times(5_000 if quick else 50_000, goals=not quick)


def rows_of(cases: Sequence[Case]) -> list[Row]:
    """Counts of each kind. A value is masked where the rules cover it whole; a name where none of its words is left."""
    planted: Counter[str] = Counter(value.kind for case in cases for value in case.values)
    hidden, found, right = Counter[str](), Counter[str](), Counter[str]()
    for case in cases:
        masked, key = mask(case.conversation)
        for value in case.values:
            text = case.conversation.turns[value.turn].text
            hidden[value.kind] += is_masked(value.kind, text, (value.start, value.end), masked.turns[value.turn].text)
        for kind, is_right in finds(case, key):
            found[kind] += 1
            right[kind] += is_right
    return [Row(kind, planted[kind], hidden[kind], found[kind], right[kind]) for kind in FLOORS]


def is_masked(kind: str, text: str, place: tuple[int, int], masked: str) -> bool:
    """Whether nothing of a planted value is left in the masked turn."""
    if kind not in NAMES:
        covered = any(span.start <= place[0] and place[1] <= span.end for span in find(text))
        return covered and text[place[0] : place[1]] not in masked
    words = {word for word in words_of(text[place[0] : place[1]]) if len(word) > 2}
    return not words & set(words_of(masked))


def finds(case: Case, key: Key) -> Iterator[tuple[str, bool]]:
    """Kind of everything that was found, and whether it touches something planted."""
    for at, turn in enumerate(case.conversation.turns):
        places = [(value.start, value.end) for value in case.values if value.turn == at and value.kind not in NAMES]
        for span in find(turn.text):
            yield span.kind, any(start < span.end and span.start < end for start, end in places)
    names = {word for value in case.values if value.kind in NAMES for word in words_of(said(case, value))}
    for placeholder, value in key.values.items():
        if placeholder.startswith("[NAME"):
            yield "introduction", bool(set(words_of(value)) & names)


def said(case: Case, value: Planted) -> str:
    """Words of a planted value."""
    return case.conversation.turns[value.turn].text[value.start : value.end]


def words_of(text: str) -> list[str]:
    """Words in lower case."""
    return re.findall(r"[^\W_]+", text.lower())


def print_rows(rows: Iterable[Row], dialogues: int) -> None:
    """The table of kinds, and a goal for each floor."""
    print(f"\n{dialogues} dialogues with planted values\n")
    print("| kind | n | recall | precision | floor | verdict |\n| --- | --- | --- | --- | --- | --- |")
    rows = [row for row in rows if row.planted]
    for row in rows:
        floor, recall = FLOORS[row.kind], 100 * row.masked / row.planted
        precision = f"{100 * row.right / row.found:.1f} %" if row.found else "-"
        verdict = "reported, not promised" if floor is None else "reached" if recall >= floor else "missed"
        shown = "-" if floor is None else f"{floor:g} %"
        print(f"| {row.kind} | {row.planted} | {recall:.1f} % | {precision} | {shown} | {verdict} |")
    print()
    for row in rows:
        if (floor := FLOORS[row.kind]) is not None:
            goal(f"privacy: recall of {row.kind}", 100 * row.masked / row.planted, at_least=floor, unit=" %")


def print_false_alarms(count: int) -> None:
    """Share of words that are masked in conversations without personal values; speakers' names are none of them."""
    for name, conversations in (("clean frames", list(clean(count, seed=SEED))), ("built-in conversations", builtin())):
        words, false, kinds = 0, 0, Counter[str]()
        for conversation in conversations:
            masked, key = mask(conversation)
            words += sum(len(turn.text.split()) for turn in conversation.turns)
            marks = (mark for turn in masked.turns for mark in PLACEHOLDER.findall(turn.text) if mark[0] != "#")
            false += sum(len(key.values[mark].split()) for mark in marks)
            kinds.update({kind: n for kind, n in key.counts.items() if kind != "speaker"})
        found = ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "nothing"
        print(f"\nfalse alarms on {len(conversations)} {name}: {false} of {words:,} words ({found})")
        goal(f"privacy: words masked by mistake, {name}", 100 * false / words, at_most=MOST_FALSE, unit=" %")


def builtin() -> list[Conversation]:
    """The conversations that ship in the package. Self-introductions in them count as false alarms, which is harsh."""
    from upshot.data.sources import load_splits
    from upshot.data.turns import turns_of
    from upshot.recipe import DataSettings

    rows = [row for part in load_splits(DataSettings.model_validate({}), seed=13).rows.values() for row in part]
    texts = dict.fromkeys(row.dialogue for row in rows)
    said = ([Said(turn.speaker, turn.text) for turn in turns_of(text)] for text in texts)
    return [Conversation(str(number), tuple(turns)) for number, turns in enumerate(said)]


def print_spoken(count: int) -> None:
    """What is promised nowhere: values in words, and over two turns."""
    planted, hidden = Counter[str](), Counter[str]()
    for kind, conversation, value in spoken(count, seed=SEED):
        planted[kind] += 1
        hidden[kind] += value not in mask(conversation)[0].text
    print("\nspoken forms, nothing promised:")
    for kind, n in planted.items():
        print(f"- {kind}: {hidden[kind]} of {n} masked")


def print_summaries(cases: Sequence[Case]) -> None:
    """Values that stand in a summary: those that the key knows, and new ones that the dialogue never held."""
    known, new = [0, 0], [0, 0]
    for case, other in zip(cases, [*cases[1:], cases[0]], strict=True):
        _, key = mask(case.conversation)
        for counts, source in ((known, case), (new, other)):
            for value in source.values:
                if value.kind not in NAMES:
                    text = said(source, value)
                    counts[0] += text not in mask_text(f"The caller gives {text} and asks for help.", key)
                    counts[1] += 1
    print(f"\nin a summary: {known[0]} of {known[1]} values of the dialogue masked, {new[0]} of {new[1]} new ones")
    goal("privacy: values masked in a summary", 100 * (known[0] + new[0]) / (known[1] + new[1]), at_least=99, unit=" %")


def print_screen() -> None:
    """Precision and recall of the screen on summaries written by hand."""
    summaries = screened()
    sounding = sum(not summary.kinds for summary in summaries)
    print(f"\nscreen of {len(summaries)} summaries by hand, {sounding} of which only sound sensitive\n")
    print("| kind | n | recall | precision |\n| --- | --- | --- | --- |")
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for summary in summaries:
        found = set(sensitive_kinds(summary.text))
        for kind in SENSITIVE_KINDS:
            right = kind in found and kind in summary.kinds
            for name in (kind, "all"):
                more = (kind in summary.kinds, kind in found, right)
                counts[name] = [before + one for before, one in zip(counts[name], more, strict=True)]
    for kind in (*SENSITIVE_KINDS, "all"):
        told, found_, right_ = counts[kind]
        print(f"| {kind} | {told} | {100 * right_ / told:.1f} % | {100 * right_ / max(1, found_):.1f} % |")


def print_times(length: int, *, goals: bool) -> None:
    """Seconds for hostile texts of a length, and how they grow when it doubles; the worst family of each."""
    print(f"\nhostile texts of {length:,} characters, {len(FAMILIES)} families\n")
    print("| what | slowest | family | twice as long | family |\n| --- | --- | --- | --- | --- |")
    uses: dict[str, Callable[[str], object]] = {
        "find": find,
        "mask": lambda text: mask(Conversation("", (Said("Ann", text),))),
        "restore": Key({"[IP-1]": "10.0.0.1", "#Person1#": "Ann"}).restore,
        "sensitive_kinds": sensitive_kinds,
    }
    worst = 0.0
    for name, use in uses.items():
        pairs = {family: seconds(use, family, length) for family in FAMILIES}
        once = {family: one for family, (one, _) in pairs.items()}
        growth = {family: two / one for family, (one, two) in pairs.items()}
        slow, steep = max(once, key=lambda f: once[f]), max(growth, key=lambda f: growth[f])
        worst = max(worst, growth[steep])
        print(f"| {name} | {once[slow]:.3f} s | {slow!r} | {growth[steep]:.2f}x | {steep!r} |")
        if goals:
            goal(f"privacy: {name} of {length:,} hostile characters", once[slow], at_most=0.2, unit=" s")
            goal(f"privacy: {name}, time of twice as many", growth[steep], at_most=2.6)
    print(f"\nratio {worst:.2f} (time at {2 * length:,} characters / at {length:,}, the steepest family)")


def seconds(use: Callable[[str], object], family: str, length: int) -> tuple[float, float]:
    """Seconds of the processor for a text and for one twice as long: the shortest of seven tries, taken in turns."""
    texts = [(family * (2 * length // len(family) + 1))[: length * times] for times in (1, 2)]
    tries: list[list[float]] = [[], []]
    for _ in range(7):
        for text, times in zip(texts, tries, strict=True):
            began = time.process_time()
            use(text)
            times.append(time.process_time() - began)
    return min(tries[0]), min(tries[1])


if __name__ == "__main__":
    main()
