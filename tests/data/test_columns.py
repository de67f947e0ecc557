"""Which column holds what."""

import pytest

from upshot.data.columns import Found, find_columns
from upshot.data.notices import Remarks
from upshot.errors import DataError
from upshot.recipe import Columns


def _find(*names: str, need_summary: bool = True, **wanted: str) -> tuple[Found, list[str]]:
    remarks = Remarks()
    columns = Columns.model_validate(wanted)
    found = find_columns(names, columns, file="F", need_summary=need_summary, remarks=remarks)
    return found, [str(notice) for notice in remarks.notices]


def test_exact_names_are_taken_silently_and_others_left() -> None:
    found, notices = _find("", "id", "dialogue", "summary", "topic", "Summary")
    assert found == Found("dialogue", ("summary",), "id", "topic")
    assert notices == []


def test_a_synonym_is_taken_where_it_is_the_only_one_and_noted() -> None:
    found, notices = _find("fname", "Conversation", "highlights")
    assert found == Found("Conversation", ("highlights",), "fname")
    assert "note: F: column 'Conversation' read as 'dialogue'" in notices
    assert len(notices) == 3


def test_nothing_is_guessed_between_two() -> None:
    for names in (("transcript", "conversation"), ("Dialogue", "DIALOGUE")):
        with pytest.raises(DataError, match="no column 'dialogue'"):
            _find(*names, "summary")


def test_mapped_columns_win_over_exact_names() -> None:
    found, _ = _find("dialogue", "text", "summary", dialogue="text")
    assert found.dialogue == "text"
    assert _find("dialogue", "summary", dialogue="summary", summary="dialogue")[0] == Found("summary", ("dialogue",))


def test_a_mapped_column_that_is_missing_is_named() -> None:
    with pytest.raises(DataError) as caught:
        _find("id", "body", "summary", dialogue="text")
    assert caught.value.message == "F: no column 'text' (found: id, body, summary); use --column dialogue=body"


def test_the_summary_may_be_missing_where_it_is_not_needed() -> None:
    assert _find("dialogue", need_summary=False)[0].summaries == ()
    with pytest.raises(DataError, match="no column 'summary'"):
        _find("dialogue")


def test_numbered_summaries_are_several_references() -> None:
    found, _ = _find("fname", "dialogue", "summary10", "summary2", "summary1", "topic1")
    assert found.summaries == ("summary1", "summary2", "summary10")
