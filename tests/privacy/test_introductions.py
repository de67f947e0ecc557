"""Self-introductions: the forms that count, and sentences that only look like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.privacy.introductions import introductions


def names(text: str) -> list[str]:
    """Names found in a text."""
    return [text[span.start : span.end] for span in introductions(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hello, my name is Ann Lee and I call about a bill.", "Ann Lee"),
        ("My name's José.", "José"),
        ("my name is sara and i have a question", "sara"),
        ("Good morning, this is Dr. van der Berg from the clinic.", "Dr. van der Berg"),
        ("This is Siobhán O'Neill-Smith's office", "Siobhán O'Neill-Smith"),
        ("I'm Omar speaking.", "Omar"),
        ("I’m Omar, your nurse today.", "Omar"),
        ("I am Jean-Luc from accounting.", "Jean-Luc"),
        ("Tom Wilson here, about the roof.", "Tom Wilson"),
        ("Hi. Priya here from sales.", "Priya"),
        ("Reception, Maria speaking. How can I help?", "Maria"),
        ("Please call me Bo.", "Bo"),
        ("It's Ann again.", "Ann"),
        ("You're speaking with Ewa.", "Ewa"),
        ("我 say: my name is 李雷.", "李雷"),
        ("My name is J. R. Hartley.", "J. R. Hartley"),
        ("My name is Per Franzén.", "Per Franzén"),
        ("This is Dott. Bianca Milanesi.", "Dott. Bianca Milanesi"),
        ("this is maria calling about the flat", "maria"),
        (f"My name is {'A' + 'n' * 120}.", "A" + "n" * 120),
    ],
)
def test_an_introduction_gives_its_name(text, name):
    assert names(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "This is not what I ordered.",
        "This is Monday's menu.",
        "My name is on the list.",
        "my name is not important",
        "Call me back tomorrow.",
        "Call me at five.",
        "I'm German.",
        "I'm sorry. I'm Sorry!",
        "Come here. Right here. Sign here, please.",
        "It's Great Western's train.",
        "It's raining here.",
        "Smoking here is not allowed.",
        "Generally speaking, it is late.",
        "",
    ],
)
def test_a_sentence_without_an_introduction_gives_none(text):
    assert names(text) == []


@given(st.text(st.sampled_from("my name is This call me A b.,!' here\n"), max_size=80))
def test_names_lie_within_the_text_in_order(text):
    spans = introductions(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert [span.start for span in spans] == sorted({span.start for span in spans})
