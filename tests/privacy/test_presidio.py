"""Presidio beside the rules, where it is installed; and what is said where it is not."""

import importlib.util
import socket
import time
from itertools import pairwise

import pytest

from upshot.data.conversation import Conversation, Said
from upshot.errors import UsageError
from upshot.privacy.mask import ALL_KINDS, mask
from upshot.privacy.presidio import KIND_OF, MOST_CHARACTERS, pieces, presidio_detector

INSTALLED = importlib.util.find_spec("presidio_analyzer") is not None
needs_presidio = pytest.mark.skipif(not INSTALLED, reason="presidio-analyzer is not installed")
BITCOIN = "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"


@pytest.mark.skipif(INSTALLED, reason="presidio-analyzer is installed")
def test_without_presidio_the_error_says_what_to_install():
    with pytest.raises(UsageError, match=r"upshot\[pii\]"):
        presidio_detector()


def test_every_kind_is_one_that_masking_knows():
    assert set(KIND_OF.values()) | {"other"} <= set(ALL_KINDS)


@pytest.mark.parametrize("length", [0, 1, 100, 4_999, 5_000, 5_001, 9_900, 9_901, 23_456])
def test_pieces_are_short_and_cover_the_text(length):
    text = "".join(chr(97 + place % 26) for place in range(length))
    found = list(pieces(text))
    assert all(len(piece) <= MOST_CHARACTERS and text[start : start + len(piece)] == piece for start, piece in found)
    assert max(start + len(piece) for start, piece in found) == length
    assert all(two <= one + len(piece) for (one, piece), (two, _) in pairwise(found))


@needs_presidio
def test_presidio_finds_what_no_rule_finds_without_a_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    conversation = Conversation("c", (Said("Ann", f"Pay to {BITCOIN}, or write to ann@shop.example."),))
    masked, key = mask(conversation, also=presidio_detector())
    assert masked.turns[0].text == "Pay to [OTHER-1], or write to [EMAIL-1]."
    assert key.restore(masked.turns[0].text) == conversation.turns[0].text


@needs_presidio
def test_a_value_at_the_cut_of_two_pieces_is_found():
    text = f"{'a ' * 2_490}{BITCOIN} {'b ' * 100}"
    spans = presidio_detector()(text)
    assert {text[span.start : span.end] for span in spans} == {BITCOIN}


@needs_presidio
@pytest.mark.parametrize("family", ["a.a.a.@", "1.", "DE89 ", "http://"])
def test_hostile_text_ends(family):
    detect = presidio_detector()
    began = time.process_time()
    detect((family * 20_000)[:20_000])
    assert time.process_time() - began < 60
