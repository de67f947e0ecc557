"""Conversations through an opened arm: whole, cut, in parts; each told as what it was."""

from dataclasses import replace

import pytest

import used_arms
from upshot.answers.account import Written
from upshot.answers.answer import Options
from upshot.answers.certainty import NOTHING, spans_of
from upshot.answers.reading import Reading, as_conversation, reading_of
from upshot.errors import StoppedError
from upshot.events import Event, Stop, never, silent
from upshot.model.found import find
from upshot.model.opened import open_found
from upshot.model.writing import Writer


@pytest.fixture(scope="module")
def writer() -> Writer:
    found = find(str(used_arms.exported()))
    return Writer(open_found(found), found.prompt, found.generation)


def read(text: str) -> Reading:
    return reading_of(as_conversation(text, "c"), tags=False, masked=False)


def write(writer: Writer, *texts: str, stop: Stop = never, **options: object) -> list[Written]:
    asked = Options.model_validate(options)
    return writer.write([read(text) for text in texts], asked, tell=silent, stop=stop)


def test_short_ones_are_written_together_and_a_long_one_in_parts(writer: Writer) -> None:
    short, long, other = write(writer, used_arms.TALK, used_arms.LONG_TALK, "Cleo: Hi.")
    assert short.parts == other.parts == ()
    assert short.prompt_tokens == short.prediction.prompt_tokens == writer.count([used_arms.TALK])[0]
    assert len(long.parts) > 3
    assert [part.first for part in long.parts] == [0, *(part.last + 1 for part in long.parts[:-1])]
    assert long.parts[-1].last == 23
    assert all(part.tokens <= writer.room for part in long.parts)
    assert long.prompt_tokens == sum(part.tokens for part in long.parts)
    assert not long.prediction.truncated
    assert f"{len(long.parts)} parts were summarised; the summary is put together from" in long.notes[0]
    assert all(item.milliseconds > 0 for item in (short, long, other))
    assert write(writer, used_arms.TALK)[0].prediction.prediction == short.prediction.prediction


def test_cutting_tells_how_many_turns_were_read(writer: Writer) -> None:
    (made,) = write(writer, used_arms.LONG_TALK, long="cut")
    assert made.prediction.truncated
    assert made.parts == ()
    assert made.prompt_tokens <= writer.room
    assert made.notes[0].startswith("the model read ")
    assert " of 24 turns whole; the rest did not fit 40 tokens and was cut" in made.notes[0]


def test_a_turn_that_is_too_long_for_a_part_is_told(writer: Writer) -> None:
    (made,) = write(writer, "Ben: Hi.\nAnn: " + "We talk about many things today. " * 12)
    assert "too long for one part, so read in pieces: turn 2" in made.notes[1]
    assert {part.first for part in made.parts} <= {0, 1}


def test_the_summary_of_a_long_one_is_those_of_parts_in_order_and_words_say_how_many(writer: Writer) -> None:
    usual, shorter = (write(writer, used_arms.LONG_TALK, **asked)[0] for asked in ({}, {"words": 4}))
    assert shorter.parts == usual.parts
    for made in (usual, shorter):
        rest = made.prediction.prediction
        for summary in (part.summary.strip() for part in made.parts):
            if rest.startswith(summary):
                rest = rest.removeprefix(summary).lstrip(". ")
        assert rest == ""
    assert 1 <= shorter.prediction.tokens < usual.prediction.tokens
    assert usual.prediction.logprob < 0


def test_samples_agree_more_or_less(writer: Writer) -> None:
    for text in (used_arms.TALK, used_arms.LONG_TALK):
        for samples in (1, 3):
            (made,) = write(writer, text, samples=samples)
            assert made.agreement is not None
            assert 0 <= made.agreement <= 1
            assert write(writer, text, samples=samples)[0].agreement == made.agreement
    assert write(writer, used_arms.TALK)[0].agreement is None


def test_details_are_told_only_where_they_are_asked_for_and_change_nothing_else(writer: Writer) -> None:
    plain = write(writer, used_arms.TALK, used_arms.LONG_TALK)
    short, long = write(writer, used_arms.TALK, used_arms.LONG_TALK, details=True)
    assert [item.detail for item in plain] == [NOTHING, NOTHING]
    for ours, theirs in zip((short, long), plain, strict=True):
        assert ours.prediction.prediction == theirs.prediction.prediction
        assert (ours.parts, ours.notes) == (theirs.parts, theirs.notes)
    assert [word for word, _ in short.detail.words] == [text_of(short, span) for span in spans_of(prediction(short))]
    assert len(short.detail.others) == writer.generation.beams - 1
    assert long.detail.others == ()


def test_the_words_of_parts_are_those_of_the_chosen_ones_in_order(writer: Writer) -> None:
    (made,) = write(writer, used_arms.LONG_TALK, details=True, words=4)
    told = [word for word, _ in made.detail.words]
    assert told == [text_of(made, span) for span in spans_of(prediction(made))]
    assert 0 < len(told) < sum(len(spans_of(part.summary)) for part in made.parts)


def prediction(made: Written) -> str:
    return made.prediction.prediction


def text_of(made: Written, span: tuple[int, int]) -> str:
    return prediction(made)[span[0] : span[1]]


def test_the_pace_is_guessed_and_then_measured(writer: Writer) -> None:
    fresh = Writer(writer.opened, writer.prompt, writer.generation)
    assert fresh.seconds(1) == round(writer.opened.parameters * 1e-8, 3)
    write(fresh, used_arms.TALK)
    assert fresh.pace.passes == 1
    assert fresh.seconds(2) == pytest.approx(2 * fresh.pace.seconds, abs=0.01)


def test_a_long_one_tells_how_far_it_is_and_stops_where_asked(writer: Writer) -> None:
    heard: list[Event] = []
    writer.write([read(used_arms.LONG_TALK)], Options(), tell=heard.append, stop=never)
    assert {event.kind for event in heard} == {"condensed"}
    assert [event.facts["done"] for event in heard] == [0, 4, 8, *(event.facts["done"] for event in heard[3:])]
    with pytest.raises(StoppedError):
        write(writer, used_arms.LONG_TALK, stop=lambda: 2)


def test_parts_of_a_turn_each_still_end(writer: Writer) -> None:
    narrow = replace(writer, prompt=writer.prompt.model_copy(update={"max_source_tokens": 12}))
    (made,) = write(narrow, used_arms.LONG_TALK)
    assert len(made.parts) >= 24
    assert narrow.pace is writer.pace


def test_what_a_model_cannot_read_is_told(writer: Writer) -> None:
    foreign, plain = write(writer, "Ann: 我们明天三点见面 好吗\nBen: 好的", used_arms.TALK)
    assert foreign.notes[-1].startswith("100% of what is said is in letters or pictures that this model does not know")
    assert plain.notes == ()
