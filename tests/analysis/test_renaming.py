"""Dialogues under other names: consistent, complete, reversible, or refused."""

import json
import re

import pytest

from upshot.analysis.renaming import NAME_SETS, rename, renamed, reordered
from upshot.data.conversations import BUILTIN
from upshot.data.turns import speakers_of
from upshot.records import Dialogue


def talk(text: str, *references: str, name: str = "d1") -> Dialogue:
    return Dialogue(name, text, references, (name,))


def builtin() -> list[Dialogue]:
    items = [json.loads(line) for line in BUILTIN.read_text(encoding="utf-8").splitlines()]
    assert len(items) > 100
    return [talk(item["dialogue"], *item["summaries"], name=item["id"]) for item in items]


CLINIC = talk(
    "Dr. Halvorsen: Sit down, Berthold.\nBerthold: Bert is fine. HALVORSEN's a long name.\nDr. Halvorsen: Right, Bert.",
    "Dr. Halvorsen takes Berthold's pulse.",
)
TAGS = talk(
    "#Person1#: Hi, it's #Person2#'s turn.\n#Person2#: No, yours.", "# person 1# tells #Person2#that it's late."
)


def test_labels_mentions_possessives_capitals_and_short_forms_change_alike_and_titles_stay() -> None:
    found = renamed(CLINIC, "nigerian", seed=3)
    assert found is not None
    family, given = found.words["Halvorsen"], found.words["Berthold"]
    assert found.dialogue.text == (
        f"Dr. {family}: Sit down, {given}.\n{given}: {given} is fine. {family.upper()}'s a long name.\n"
        f"Dr. {family}: Right, {given}."
    )
    assert found.dialogue.references == (f"Dr. {family} takes {given}'s pulse.",)


def test_tags_become_names_also_where_they_are_misspelt_or_run_into_a_word() -> None:
    found = renamed(TAGS, "arabic", seed=1)
    assert found is not None
    first, second = found.words["#Person1#"], found.words["#Person2#"]
    assert found.dialogue.text == f"{first}: Hi, it's {second}'s turn.\n{second}: No, yours."
    assert found.dialogue.references == (f"{first} tells {second}that it's late.",)


def test_every_set_gives_a_speaker_the_same_place_of_its_table() -> None:
    places = set()
    for name, table in NAME_SETS.items():
        given = table.split("|")[0].split()
        found = renamed(TAGS, name, seed=5)
        assert found is not None
        places.add(tuple(given.index(new) for new in found.words.values()))
    assert len(NAME_SETS) >= 4
    assert len(places) == 1


def test_the_tables_hold_words_that_rouge_counts_as_one_each_in_one_set_only() -> None:
    names = [name for table in NAME_SETS.values() for name in table.replace("|", " ").split()]
    assert all(re.fullmatch(r"[A-Z][a-z]+", name) for name in names)
    assert len(names) == len(set(names))
    assert {tuple(len(part.split()) for part in table.split("|")) for table in NAME_SETS.values()} == {(8, 6)}


def test_names_come_from_outside_the_dialogue_and_back_gives_the_references_on_all_builtin_dialogues() -> None:
    done = 0
    for item in builtin():
        found = renamed(item, "nigerian", seed=1)
        if found is None:
            continue
        done += 1
        words = set(re.findall(r"\w+", " ".join((item.text, *item.references)).lower()))
        assert not {new.lower() for new in found.words.values()} & words
        assert len(speakers_of(found.dialogue.text)) == len(speakers_of(item.text)), item.id
        assert tuple(map(found.back, found.dialogue.references)) == item.references, item.id
        assert not set(speakers_of(found.dialogue.text)) & set(speakers_of(item.text)), item.id
    assert done > 0.95 * len(builtin())


@pytest.mark.parametrize(
    "text",
    [
        "Anna: I am alone.",
        "Waiter: Yes?\nAnna: A tea.",
        "Mark: Hello.\nAnna: I will mark the page.",
        "Will: Hello.\nAnna: Bye.",
        "王芳: 你好。\nAnna: Bye.",
    ],
)
def test_what_cannot_be_renamed_cleanly_is_left_out(text: str) -> None:
    assert renamed(talk(text, "They talk."), "english", seed=1) is None


def test_the_same_seed_gives_the_same_names_and_another_one_others() -> None:
    assert renamed(TAGS, "indian", seed=1) == renamed(TAGS, "indian", seed=1)
    assert len({tuple(found.words.values()) for n in range(9) if (found := renamed(TAGS, "indian", seed=n))}) > 1


def test_the_first_two_labels_are_exchanged_throughout() -> None:
    found = reordered(TAGS)
    assert found is not None
    assert found.dialogue.text == "#Person2#: Hi, it's #Person1#'s turn.\n#Person1#: No, yours."
    assert found.dialogue.references == ("#Person2# tells #Person1#that it's late.",)
    named = reordered(talk("Lars: Anna's in.\nAnna: Lars' dog!\nBo: So?", "Anna likes Lars' dog. Bo waits."))
    assert named is not None
    assert named.dialogue.text == "Anna: Lars's in.\nLars: Anna's dog!\nBo: So?"
    assert named.dialogue.references == ("Lars likes Anna's dog. Bo waits.",)
    assert speakers_of(named.dialogue.text)[:2] == ("Anna", "Lars")


def test_exchanging_twice_is_doing_nothing() -> None:
    once = reordered(TAGS)
    assert once is not None
    twice = reordered(once.dialogue)
    assert twice is not None
    assert twice.dialogue.text == TAGS.text


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Lee: Yes?\nAnna: Hi.",
        "#Person1#: Yes?\nAnna: Hi.",
        "Anna: Hello?",
        "Ben Kim: Yes?\nAnna: Hi.",
        "Waiter: A\nCook: B",
    ],
)
def test_labels_of_two_kinds_are_not_exchanged(text: str) -> None:
    assert reordered(talk(text, "They talk.")) is None


def test_a_word_that_only_contains_a_name_stays() -> None:
    words = {"Ann": "Kemi", "Erik": "Bo"}
    assert rename("Annabel, Ann, Karl-Erik and Erik-Jan see Erik; an ann", words) == (
        "Annabel, Kemi, Karl-Erik and Erik-Jan see Bo; an ann"
    )


def test_nothing_to_rename_leaves_the_text() -> None:
    assert rename("Ann is here.", {}) == "Ann is here."
