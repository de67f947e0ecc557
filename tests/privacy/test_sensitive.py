"""What a summary tells, and what only sounds like it; figures are printed by bench/privacy.py."""

import time

import pytest

from upshot.privacy.sensitive import SENSITIVE_KINDS, sensitive_kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Her diabetes is worse, says the nurse.", ("health",)),
        ("He broke his left arm.", ("health",)),
        ("The doctor treats a wound.", ("health",)),
        ("Her mortgage is overdue.", ("money",)),
        ("He asks the bank about a loan.", ("money",)),
        ("She owes Tom 300 dollars.", ("money",)),
        ("They pray at the mosque.", ("identity",)),
        ("Her husband is Turkish.", ("identity",)),
        ("He joined the union.", ("identity",)),
        ("The Muslim patient cannot pay for insulin from her salary.", ("health", "money", "identity")),
        ("First line.\nIt’s his Pension.", ("money",)),
    ],
)
def test_what_a_summary_tells_is_named_in_a_fixed_order(text, kinds):
    assert sensitive_kinds(text) == kinds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "They are patient with the delay.",
        "They sit on the bank of the river.",
        "She is a doctor of philosophy.",
        "He explains the operation of the machine.",
        "The tickets cost 20 dollars.",
        "They eat Turkish bread.",
        "They will have a vote on the colour of the wall.",
        "#Person1# meets #Person2# at nine.",
    ],
)
def test_what_only_sounds_sensitive_is_not(text):
    assert sensitive_kinds(text) == ()


def test_words_in_company_count_within_one_sentence_only():
    assert sensitive_kinds("The doctor treats a wound.") == ("health",)
    assert sensitive_kinds("The doctor is late. The bandage is white.") == ()


def test_there_are_three_kinds():
    assert SENSITIVE_KINDS == ("health", "money", "identity")


@pytest.mark.parametrize("family", ["his ", "lost a ", "a", "member of the ", "his a", "take ", "is a ", "1,000"])
def test_fifty_thousand_hostile_signs_are_screened_soon(family):
    began = time.process_time()
    sensitive_kinds((family * 50_000)[:50_000])
    assert time.process_time() - began < 10  # what it takes is printed by bench/privacy.py
