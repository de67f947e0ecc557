"""Dialogues with personal values planted where the construction knows them, and clean ones with harmless numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from measure.personal import FAMILY, GIVEN, VALUES

from upshot.data.conversation import Conversation, Said

ROLES: Final = ("Agent", "Receptionist", "Caller", "Clerk")
DOMAINS: Final = ("support", "clinic", "bank", "travel", "work", "home")


class Planted(NamedTuple):
    """A value in the text of a turn; `kind` is what it is, not what a detector calls it."""

    kind: str
    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Case:
    """A dialogue and what is planted in it."""

    conversation: Conversation
    values: tuple[Planted, ...]


FRAMES: Final = {
    "email": (
        "You can write to {}.",
        "My address is {}, all in one word.",
        "Is it still {}?",
        "Send it to {} and I will sign it",
        "({}) is what I used then.",
    ),
    "url": ("I found it on {}.", "The page is {}, I think.", "Have a look at {} tonight!"),
    "ip": ("The log shows {}.", "My router says {} and then nothing.", "Block {}, please."),
    "iban": (
        "Please transfer it to {}.",
        "My account is {}, at the savings bank.",
        "It starts like this: {} and belongs to me.",
    ),
    "card": ("The card is {}.", "I paid with {}, last week.", "Charge {} and nothing else"),
    "ssn": ("My social is {}.", "It says {} on the form.", "Is {} right?"),
    "number": (
        "Call me on {}.",
        "The number is {}, after six.",
        "My customer number: {}",
        "It is {} or so they told me.",
        "Ring {} and ask for the night desk.",
    ),
}
FILLERS: Final = {
    "support": (
        "The kettle stopped working on the second day.",
        "Did you try another socket?",
        "A refund takes about a week.",
        "Then we send you a new lid.",
    ),
    "clinic": (
        "The cough is better in the mornings.",
        "Take one after breakfast and one at night.",
        "Come back if it does not get better.",
        "Is the rash gone?",
    ),
    "bank": (
        "The transfer has not arrived yet.",
        "I can see it in the system now.",
        "It usually takes two days.",
        "Do you want a new card?",
    ),
    "travel": (
        "Is there a room with a view of the lake?",
        "Breakfast is from seven to ten.",
        "The ferry was full of bicycles.",
        "We would like to stay one more night.",
    ),
    "work": (
        "The report is nearly done.",
        "Let us move the review to Thursday.",
        "Who takes the notes today?",
        "The tests are green again.",
    ),
    "home": (
        "Did you feed the cat?",
        "I forgot the milk, sorry.",
        "Let us eat at eight.",
        "The neighbours are painting their fence.",
    ),
}
INTRODUCTIONS: Final = (
    "Hello, my name is {}.",
    "Good morning, this is {}.",
    "Hi, I'm {} speaking, how can I help?",
    "{} here, I call about the letter.",
    "Please call me {}.",
    "Hi there, this is {} from upstairs.",
    "My name's {} and I have a question.",
    "You can call me {}, everybody does.",
)
MENTIONS: Final = (
    "Thank you, {}.",
    "{}, are you still there?",
    "That is {}'s, I believe.",
    "I told {} so yesterday",
    "ok {} see you",
    "Well... {}!",
)
OTHERS: Final = ("My sister {} will pick it up.", "I spoke to {} last week.", "{} told me to ask you.")


def dialogues(count: int, *, seed: int) -> Iterator[Case]:
    """Dialogues with values, speakers that introduce themselves and mention each other, and somebody elsewhere."""
    for at in range(count):
        yield _Writer(random.Random(f"{seed}-{at}"), DOMAINS[at % len(DOMAINS)], at).case()


class _Writer:
    def __init__(self, rng: random.Random, domain: str, at: int) -> None:
        self.rng, self.domain, self.at = rng, domain, at
        given, family = rng.sample(GIVEN, 4), rng.sample(FAMILY, 4)
        self.people = list(zip(given, family, strict=True))
        self.turns: list[Said] = []
        self.values: list[Planted] = []

    def case(self) -> Case:
        rng = self.rng
        one, two = (self._label(person) for person in self.people[:2])
        role = rng.choice(ROLES) if self.at % 2 == 0 else ""
        labels = [one, role or two]
        newcomer = " ".join(self.people[2]) if rng.random() < 0.5 else self.people[2][0]
        newcomer = newcomer if role else two.removesuffix(" (sales)")
        lines = [("introduction", rng.choice(INTRODUCTIONS), newcomer, 1)]
        lines += [("speaker", rng.choice(MENTIONS), self._written(self.people[0], one), 1) for _ in range(2)]
        lines += [] if role else [("speaker", rng.choice(MENTIONS), self._written(self.people[1], two), 0)]
        for kind in rng.sample(list(VALUES), 4):
            lines.append((kind, rng.choice(FRAMES[kind]), VALUES[kind](rng), rng.randint(0, 1)))
        lines.append(("other", rng.choice(OTHERS), self.people[3][0], 0))
        lines += [("", line, "", rng.randint(0, 1)) for line in rng.sample(FILLERS[self.domain], 3)]
        tail = lines[1:]
        rng.shuffle(tail)
        self._say(labels[0], "", "Hello?", "")
        for kind, frame, value, who in (lines[0], *tail):
            self._say(labels[who], kind, frame, value)
        return Case(Conversation(f"{self.domain}-{self.at}", tuple(self.turns)), tuple(self.values))

    def _label(self, person: tuple[str, str]) -> str:
        form = self.rng.choice(("{0}", "{0} {1}", "{0} {1}", "Dr. {1}", "{0} {1} (sales)"))
        return form.format(*person)

    def _written(self, person: tuple[str, str], label: str) -> str:
        given, family = person
        forms = [label.removesuffix(" (sales)")]
        forms += [given, given.lower()] if given in label else []
        forms += [f"Mr. {family}", family] if family in label else []
        return self.rng.choice(forms)

    def _say(self, speaker: str, kind: str, frame: str, value: str) -> None:
        start = frame.find("{}")
        if kind:
            self.values.append(Planted(kind, len(self.turns), start, start + len(value)))
        self.turns.append(Said(speaker, frame.replace("{}", value)))


DIGIT_WORDS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spoken(count: int, *, seed: int) -> Iterator[tuple[str, Conversation, str]]:
    """What nobody promises to find: numbers and addresses in words, and numbers that two turns share."""
    rng = random.Random(f"spoken-{seed}")
    for _ in range(count):
        digits = "".join(str(rng.randint(0, 9)) for _ in range(10))
        words = " ".join(DIGIT_WORDS[int(digit)] for digit in digits)
        yield "number in words", _talk(f"It is {words}."), words
        name = rng.choice(GIVEN).lower()
        yield "e-mail in words", _talk(f"Write to {name} at mailbox dot com."), f"{name} at mailbox"
        yield (
            "number over two turns",
            _talk(f"It is {digits[:3]} {digits[3:6]}", "Yes?", f"and then {digits[6:]}."),
            digits[6:],
        )


def _talk(*texts: str) -> Conversation:
    return Conversation("spoken", tuple(Said("Caller", text) for text in texts))


CLEAN: Final = (
    "That is {price} dollars, or {price} with the bag.",
    "We meet on {month} {day} at {hour}:{minute}.",
    "Room {room} is on floor {floor}.",
    "Order {order} is ready.",
    "It costs ${price}.50.",
    "The train at {hour}.{minute} goes from platform {floor}.",
    "In {year} we had {room} guests.",
    "Take bus {floor} to stop {room}.",
    "There are {floor} left of {room}.",
    "It was {floor} degrees on the {day}th.",
    "He ran {room} metres in {floor}.{minute} seconds.",
    "It opens at {hour} a.m. and closes at {floor} p.m.",
    "About {floor},{minute}0 people came in {year}.",
    "Chapter {floor}, page {room}, line {day}.",
    "Gate B{floor}, seat {day}A, boarding at {hour}:{minute}.",
    "It is {day}/{floor} today.",
    "It is due on {day}/{hour}/{year}.",
    "That was from {year} to {year}.",
    "They sold it for $1,{room},{room}.",
    "The season {year}-{year} was long.",
    "The screen has {room}x{room} dots.",
    "This is Line {floor} to the harbour.",
    "I'm Canadian, and you?",
    "Version {floor}.{day} came out in {month} {year}.",
    "Call me back later, will you?",
    "This is not the right key.",
    "I am here with the others.",
    "My name is not on the list.",
    "Right here, on the left.",
)


def clean(count: int, *, seed: int) -> Iterator[Conversation]:
    """Conversations with prices, dates, times, rooms and orders of up to six digits; only labels are personal."""
    for at in range(count):
        rng = random.Random(f"clean-{seed}-{at}")
        lines = [*rng.sample(CLEAN, 6), *rng.sample(FILLERS[DOMAINS[at % len(DOMAINS)]], 4)]
        rng.shuffle(lines)
        labels = rng.sample(GIVEN, 2)
        turns = (Said(labels[place % 2], _filled(line, rng)) for place, line in enumerate(lines))
        yield Conversation(f"clean-{at}", tuple(turns))


def _filled(line: str, rng: random.Random) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: _harmless(match.group(1), rng), line)


def _harmless(slot: str, rng: random.Random) -> str:
    ranges = {
        "price": (5, 999),
        "day": (1, 28),
        "hour": (1, 12),
        "room": (100, 999),
        "floor": (1, 40),
        "order": (1000, 99999),
        "year": (1950, 2026),
    }
    if slot == "month":
        return rng.choice(("January", "March", "May", "August", "October"))
    if slot == "minute":
        return f"{rng.randint(0, 59):02d}"
    return str(rng.randint(*ranges[slot]))
