"""One sentence in three parts."""

from upshot.report.sentence import Sentence


def test_the_whole_sentence_is_its_parts_in_order():
    assert Sentence("finding", "full beats lora by ", "1.0 [0.5, 1.5]", " points.").text == (
        "full beats lora by 1.0 [0.5, 1.5] points."
    )
