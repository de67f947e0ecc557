"""Scorers by name and place."""

import doctest
import re
from pathlib import Path
from typing import Final

import pytest

import tiny_bert
from upshot.errors import UsageError
from upshot.scorers import SCORERS, Leave, open_scorer

PAGE: Final = Path(__file__).parent.parent / "docs" / "scorers.md"


def test_every_name_opens_its_scorer() -> None:
    places = {
        "bertscore": str(tiny_bert.encoder()),
        "checker": str(tiny_bert.classifier()),
        "checker-mean": str(tiny_bert.classifier()),
        "judge": "http://127.0.0.1:1/v1",
    }
    assert places.keys() == SCORERS.keys()
    for name, place in places.items():
        assert open_scorer(f"{name}={place}", Leave(judge_model="m")).name == name


@pytest.mark.parametrize("spec", ["bertscore", "bertscore=", "rouge=/tmp", "=/tmp", ""])
def test_an_unknown_name_or_no_place_says_what_there_is(spec: str) -> None:
    with pytest.raises(
        UsageError, match="expected one of bertscore=PLACE, checker=PLACE, checker-mean=PLACE, judge=PLACE"
    ):
        open_scorer(spec)


@pytest.mark.parametrize("name", ["bertscore", "checker", "checker-mean"])
def test_nothing_is_fetched_without_leave(name: str) -> None:
    with pytest.raises(UsageError, match="--allow-download"):
        open_scorer(f"{name}=some/model")


def test_no_conversation_is_sent_without_leave() -> None:
    with pytest.raises(UsageError, match="--allow-remote"):
        open_scorer("judge=https://example.com/v1", Leave(judge_model="m"))


def test_the_example_of_the_page_runs_and_shows_what_it_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    plain = re.sub(r"^```.*$", "", text, flags=re.MULTILINE)
    examples = doctest.DocTestParser().get_doctest(plain, {}, PAGE.name, str(PAGE), lineno=0)
    assert len(examples.examples) > 5
    runner = doctest.DocTestRunner()
    said: list[str] = []
    runner.run(examples, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_the_page_has_a_row_for_every_scorer() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rows == list(SCORERS)
