"""WebVTT and SubRip as turns with times."""

import io

import pytest

from upshot.data.conversation import Said
from upshot.data.said import finished
from upshot.data.subtitles import subtitle_draft
from upshot.errors import DataError

VTT = "WEBVTT\n\n"
CUE = "00:01.000 --> 00:02.000\n"


def read(text: str, form: str = "vtt") -> list[Said]:
    return subtitle_draft(text, form=form, name="x").said


def error(text: str, form: str = "vtt") -> str:
    with pytest.raises(DataError) as caught:
        read(text, form)
    return str(caught.value)


def cue(start: float, words: str) -> str:
    times = [f"00:{int(time) // 60:02d}:{time % 60:06.3f}" for time in (start, start + 1)]
    return f"{times[0]} --> {times[1]}\n{words}\n\n"


def test_voices_are_speakers_also_several_in_one_cue() -> None:
    text = f"{VTT}{CUE}<v Ann Lee>Hi</v> <v.loud Bob>Hello &amp; good\nday, <i>Ann</i> &lt;3\n"
    assert read(text) == [Said("Ann Lee", "Hi", 1.0, 2.0), Said("Bob", "Hello & good day, Ann <3", 1.0, 2.0)]


def test_a_cue_without_a_voice_is_nobodys_where_others_have_one() -> None:
    text = VTT + cue(1, "<v Ann>Hi") + cue(2, "Note: a door") + cue(3, "<v Ann>Yes")
    assert [(turn.speaker, turn.text) for turn in read(text)] == [("Ann", "Hi"), ("", "Note: a door"), ("Ann", "Yes")]


def test_names_inside_cues_are_speakers_and_go_on_in_the_next_cue() -> None:
    text = cue(1, "Ann: Hi") + cue(2, "and welcome") + cue(4, "- Bo: Hello\n- Thanks") + cue(5, ">> CY: -5 degrees")
    expected = [Said("Ann", "Hi and welcome", 1.0, 3.0), Said("Bo", "Hello", 4.0, 5.0), Said("", "Thanks", 4.0, 5.0)]
    assert read(text, "srt") == [*expected, Said("CY", "-5 degrees", 5.0, 6.0)]


def test_a_pause_ends_a_turn() -> None:
    text = VTT + cue(1, "<v Ann>Hi") + cue(12, "<v Ann>there") + cue(23.5, "<v Ann>again")
    assert read(text) == [Said("Ann", "Hi there", 1.0, 13.0), Said("Ann", "again", 23.5, 24.5)]


def test_long_talk_is_several_turns_that_end_with_sentences() -> None:
    sentence = "one two three four five six seven eight nine ten"
    ended = VTT + "".join(cue(second, f"<v Ann>{sentence}.") for second in range(1, 9))
    assert [len(turn.text.split()) for turn in read(ended)] == [30, 30, 20]
    endless = VTT + "".join(cue(second, f"<v Ann>{sentence}") for second in range(1, 9))
    assert [len(turn.text.split()) for turn in read(endless)] == [60, 20]
    assert [turn.start_s for turn in read(endless)] == [1.0, 7.0]


def test_bom_line_ends_numbers_settings_and_missing_blank_lines_do_not_matter() -> None:
    text = "\r\n1\r\n00:00:01,000 --> 00:00:02,000 X1:5\r\n{\\an8}<b>Ann: hi</b>\r\n2\r\n00:00:03.000 --> 0:00:04,5\r\n"
    text += "2026\r\n\r\n3\r\n\r\n"
    text += "00:00:05,000 --> 00:00:06,000\r\nBo: go --> there"
    assert read(text, "srt") == [Said("Ann", "hi 2026", 1.0, 4.5), Said("Bo", "go --> there", 5.0, 6.0)]


def test_notes_styles_and_headers_are_not_said() -> None:
    text = "WEBVTT - call\nKind: captions\n\nNOTE consent: all\nagreed\n\nSTYLE\n::cue {}\n\n"
    text += f"intro\n{CUE}Ann: hi\n\nNOTE bye\n"
    draft = subtitle_draft(text, form="vtt", name="x")
    assert draft.said == [Said("Ann", "hi", 1.0, 2.0)]
    assert (draft.notes, finished(draft, "x").consent) == ([], "all agreed")


def test_a_header_without_a_blank_line_keeps_the_first_cue() -> None:
    assert read(f"WEBVTT\n{CUE}Ann: hi") == [Said("Ann", "hi", 1.0, 2.0)]


def test_text_without_a_time_is_kept_and_noted() -> None:
    draft = subtitle_draft(f"{VTT}{CUE}Ann: hi\n\nand more\n\nBo: yo", form="vtt", name="x")
    assert [(turn.speaker, turn.text) for turn in draft.said] == [("Ann", "hi and more"), ("Bo", "yo")]
    assert draft.notes == ["2 blocks of text without a time, added to the cue before"]
    draft = subtitle_draft(f"made by hand\n\n1\n{CUE}Ann: hi", form="srt", name="x")
    assert draft.notes == ["1 block of text before the first cue, left out"]


def test_rolling_captions_are_said_once() -> None:
    text = VTT + "".join(
        (
            "00:01.000 --> 00:02.000 align:start\n \nhello<00:00:01.500><c> big</c>\n\n",
            "00:02.000 --> 00:02.010\nhello big\n \n\n",
            "00:02.010 --> 00:03.000\nhello big\nworld<00:00:02.500><c> here</c>\n",
        )
    )
    draft = subtitle_draft(text, form="vtt", name="x")
    assert draft.said == [Said("", "hello big world here", 1.0, 3.0)]
    assert draft.notes == ["2 lines of rolling captions left out, which repeat the line before"]
    assert [turn.text for turn in read(cue(1, "Ann: Yes.") + cue(2, "Yes."), "srt")] == ["Yes. Yes."]


def test_an_end_before_its_beginning_is_no_end() -> None:
    assert read(f"{VTT}00:05.000 --> 00:02.000\nAnn: hi") == [Said("Ann", "hi", 5.0, 5.0)]


@pytest.mark.parametrize(
    "times",
    [
        "00:99.000 --> 00:02.000",
        "00:01.000 -> 00:02.000",
        "00:01.000 —> 00:02.000",
        "00:0x.000 --> 00:02.000",
        "00:01.000 --> later",
        "--> 00:02.000",
        "1 --> 2",
    ],
)
def test_times_that_cannot_be_read_are_an_error_with_their_line(times: str) -> None:
    said = "error D61: x line 6: expected times such as 00:00:01.000 --> 00:00:04.000"
    assert error(f"{VTT}{CUE}Ann: secret\n\n{times}\nBo: secret") == said


def test_what_is_no_subtitle_file_is_an_error() -> None:
    assert error("WEBVTTsecret") == "error D61: x line 1: expected WEBVTT, the first line of a .vtt file"
    assert error("") == "error D61: x line 1: expected WEBVTT, the first line of a .vtt file"
    assert error("WEBVTT") == "error D61: x: no cue such as 00:00:01.000 --> 00:00:04.000 in it"
    assert error("Ann: secret", "srt") == "error D61: x: no cue such as 00:00:01.000 --> 00:00:04.000 in it"


def test_webvtt_py_reads_the_same_words_and_times() -> None:
    webvtt = pytest.importorskip("webvtt")
    cues = "".join(f"{number}\n{cue(20.0 * number, f'words <i>of</i> cue {number}')}" for number in range(1, 40))
    for form, text in (("vtt", VTT + cues), ("srt", cues.replace(".000", ",000"))):
        theirs = webvtt.WebVTT.from_buffer(io.StringIO(text), format=form)
        ours = read(text, form)
        assert [turn.text for turn in ours] == [caption.text for caption in theirs]
        assert [turn.start_s for turn in ours] == [caption.start_time.in_milliseconds() / 1000 for caption in theirs]


@pytest.mark.parametrize("odd", ["<v ", "<v.a", "<v .. ", "<b", "-->", "0:", "- ", "&", "{\\", "> "])
def test_no_text_takes_long(odd: str) -> None:
    assert read(f"{VTT}{CUE}Ann: {odd * 30_000}\n")
