"""The notebook's error categories: equal to its rules at every bound, to a second derivation, and to its own code."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_data import shared
from upshot.analysis.notebook_heuristics import CATEGORIES, heuristics

# Few words, so that random texts meet; two whose lower case is longer or shorter than they are, odd spaces, signs.
WORDS = st.sampled_from(
    ["talk", "Tokyo", "tokyo", "Tokyo.", "ferry", "FERRY", "İİİİ", "STRAẞE", "a", "at", "#Person1#"]
)
SPACES = st.sampled_from([" ", "  ", "\n", "\t", "\u00a0"])
TEXTS = st.one_of(
    st.lists(st.tuples(WORDS, SPACES), max_size=24).map(lambda found: "".join(a + b for a, b in found)), st.text()
)


def derived(reference: str, prediction: str) -> set[str]:
    """The rules once more, in whole numbers: long words counted one by one, shares compared crosswise."""
    mine, theirs = prediction.split(), reference.split()
    kept = [word.lower() for word in mine if len(word) >= 5]
    wanted: list[str] = []
    for word in theirs:
        if len(word) >= 5 and word.lower() not in wanted:
            wanted.append(word.lower())
    missing = sum(1 for word in wanted if word not in kept)
    found = set()
    if len(mine) <= 4 or len(mine) - 2 * len(theirs) >= 1:
        found.add("length_issues")
    if 2 * len(mine) - 3 * len(theirs) >= 1:
        found.add("hallucination")
    if 10 * missing > 4 * len(wanted):
        found.add("missing_key_info")
    if 10 * missing > 7 * len(wanted):
        found.add("focus_problems")
    return found


def notebook() -> Callable[[str, str], list[str]]:
    """The notebook's own function, read from its text."""
    text = shared("origins/3-notebook-prompting-to-ethics.md").read_text(encoding="utf-8")
    body = text[text.index("def categorize_errors(") :]
    end = "    return errors\n"
    room: dict[str, Any] = {}
    exec(body[: body.index(end) + len(end)], room)
    made: Callable[[str, str], list[str]] = room["categorize_errors"]
    return made


def words(count: int, word: str = "at") -> str:
    """A text of so many words."""
    return " ".join([word] * count)


@settings(deadline=None)  # a busy machine is no failure
@given(TEXTS, TEXTS)
def test_any_two_texts_get_what_a_second_derivation_gives(reference: str, prediction: str) -> None:
    found = heuristics(reference, prediction)
    assert set(found) == derived(reference, prediction)
    assert len(set(found)) == len(found)


def test_any_two_texts_get_what_the_notebooks_own_code_gives() -> None:
    theirs = notebook()

    @settings(deadline=None)
    @given(TEXTS, TEXTS)
    def same(reference: str, prediction: str) -> None:
        assert list(heuristics(reference, prediction)) == theirs(reference, prediction)

    same()


@pytest.mark.parametrize(
    ("wanted", "given_words", "found"),
    [
        (4, 5, ()),
        (4, 4, ("length_issues",)),
        (4, 6, ()),  # exactly 1.5 times
        (4, 7, ("hallucination",)),
        (4, 8, ("hallucination",)),  # exactly twice
        (4, 9, ("length_issues", "hallucination")),
        (0, 0, ("length_issues",)),
        (0, 1, ("length_issues", "hallucination")),
        (1, 2, ("length_issues", "hallucination")),  # too short and too long at once
    ],
)
def test_lengths_are_judged_strictly_beyond_the_bound(wanted: int, given_words: int, found: tuple[str, ...]) -> None:
    assert heuristics(words(wanted), words(given_words)) == found


@pytest.mark.parametrize(
    ("kept", "of", "found"),
    [
        (3, 5, ()),  # exactly 0.4 are missing
        (5, 10, ("missing_key_info",)),
        (3, 10, ("missing_key_info",)),  # exactly 0.7
        (2, 10, ("missing_key_info", "focus_problems")),
        (0, 0, ()),
    ],
)
def test_missing_words_are_judged_strictly_beyond_the_bound(kept: int, of: int, found: tuple[str, ...]) -> None:
    long_words = [f"word{letter}" for letter in "abcdefghij"[:of]]
    reference = " ".join([*long_words, words(10)])
    assert heuristics(reference, " ".join([*long_words[:kept], words(10)])) == found


def test_a_word_of_four_letters_is_not_missed_and_one_of_five_is() -> None:
    assert heuristics("Anna owes Benn rent now", "Once more they just left") == ()
    assert heuristics("Annas owes Benn rent now", "Once more they just left") == ("missing_key_info", "focus_problems")


def test_the_table_has_the_six_categories_of_the_notebook_and_says_which_two_its_code_never_gives() -> None:
    text = shared("origins/3-notebook-prompting-to-ethics.md").read_text(encoding="utf-8")
    table = text[text.index("error_categories = {") :]
    room: dict[str, Any] = {}
    exec(table[: table.index("}") + 1], room)
    assert {name: found.title for name, found in CATEGORIES.items()} == room["error_categories"]
    assert list(CATEGORIES) == list(room["error_categories"])
    body = text[text.index("def categorize_errors(") : text.index("    return errors\n")]
    assert {name for name, found in CATEGORIES.items() if not found.possible} == {
        name for name in CATEGORIES if f"'{name}'" not in body
    }
    assert sum(not found.possible for found in CATEGORIES.values()) == 2
