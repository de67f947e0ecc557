"""Negation and modality that a summary changes."""

from upshot.analysis.polarity import changed_polarity

TEXT = (
    "Ann: The landlord repaired the boiler in the cellar yesterday.\n"
    "Bob: Good. Did he send the invoice for the radiator valves?\n"
    "Ann: He did.\n"
    "Bob: My sister might visit the harbour museum tomorrow."
)


def kinds(summary: str) -> list[str]:
    return [finding.kind for finding in changed_polarity(TEXT, summary)]


def test_a_negation_that_nobody_said_is_found_with_its_turn():
    (finding,) = changed_polarity(TEXT, "The landlord did not repair the boiler in the cellar.")
    assert (finding.kind, finding.turns[0]) == ("changed-negation", 0)


def test_what_was_said_is_no_change():
    assert kinds("The landlord repaired the boiler in the cellar.") == []
    assert kinds("Bob's sister might visit the harbour museum tomorrow.") == []


def test_a_negation_that_was_said_is_no_change():
    text = TEXT.replace("repaired", "never repaired")
    assert changed_polarity(text, "The landlord did not repair the boiler in the cellar.") == ()


def test_might_that_became_will_is_found():
    assert kinds("Bob's sister will visit the harbour museum tomorrow.") == ["changed-modality"]


def test_an_empty_summary_changes_nothing():
    assert changed_polarity(TEXT, "") == ()
