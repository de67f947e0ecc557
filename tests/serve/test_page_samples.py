"""Every sample is a conversation as the page reads one."""

import pytest

from upshot.data.turns import turns_of
from upshot.serve.page_samples import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_every_line_of_a_sample_is_a_turn_of_a_named_speaker(name):
    text = SAMPLES[name].text
    turns = turns_of(text)
    assert len(turns) == len(text.splitlines()) >= 10
    assert 2 <= len({turn.speaker for turn in turns}) <= 3
    assert "" not in {turn.speaker for turn in turns}


def test_samples_are_short_and_have_titles_of_their_own():
    assert len(SAMPLES) == 3
    assert len({sample.title for sample in SAMPLES.values()}) == 3
    assert all(len(sample.text.split()) < 220 for sample in SAMPLES.values())
