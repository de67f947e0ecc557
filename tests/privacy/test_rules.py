"""Values in a text: what is found, what is not, and that no text makes it slow."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upshot.privacy import rules
from upshot.privacy.rules import KINDS, Span, find, merged


def found(text: str) -> list[tuple[str, str]]:
    """Kind and words of what is found."""
    return [(span.kind, text[span.start : span.end]) for span in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Write to ann.lee+work@mail.shop.example, please.", "email", "ann.lee+work@mail.shop.example"),
        ("'o'brien@bücher.example'", "email", "o'brien@bücher.example"),
        ("a@b@c.com", "email", "b@c.com"),
        ("mine is 用户@例子.公司.", "email", "用户@例子.公司"),
        ("It is ann @ shop.example", "email", "ann @ shop.example"),
        ("See https://shop.example/cart?id=1&x=[2]).", "url", "https://shop.example/cart?id=1&x=[2"),
        ("or www.shop.example!", "url", "www.shop.example"),
        ("or my-shop.co.uk.", "url", "my-shop.co.uk"),
        ("or shop.travel/ann?", "url", "shop.travel/ann"),
        ("the host 10.0.0.1 is down", "ip", "10.0.0.1"),
        ("the host 10.0.0.1:8080.", "ip", "10.0.0.1:8080"),
        ("ping 2001:db8::8a2e:370:7334.", "ip", "2001:db8::8a2e:370:7334"),
        ("ping ::1: now", "ip", "::1"),
        ("my IBAN DE89 3704 0044 0532 0130 00 and then", "iban", "DE89 3704 0044 0532 0130 00"),
        ("gb82-west-1234-5698-7654-32", "iban", "gb82-west-1234-5698-7654-32"),
        ("card 4111-1111-1111-1111.", "card", "4111-1111-1111-1111"),
        ("card 4111 1111 1111 1111 12/29", "card", "4111 1111 1111 1111 12/29"),
        ("my social is 123-45-6789.", "ssn", "123-45-6789"),
        ("call +1 (555) 123-4567 now", "number", "+1 (555) 123-4567"),
        ("call (555) 123 – 4567", "number", "(555) 123 – 4567"),
        ("call 5551234", "number", "5551234"),
        ("call 5, 5, 5, 1, 2, 3, 4.", "number", "5, 5, 5, 1, 2, 3, 4"),
        ("call 555\n1234", "number", "555\n1234"),
        ("number ٥٥٥١٢٣٤", "number", "٥٥٥١٢٣٤"),
        ("it is AB1234567X.", "number", "AB1234567X"),
        ("born 170601A7198", "number", "170601A7198"),
        ("(823)420-1098x3263.", "number", "(823)420-1098x3263"),
        ("555 123 4567 ext. 12, please", "number", "555 123 4567 ext. 12"),
        ("born 12/05/1984", "number", "12/05/1984"),
    ],
)
def test_a_value_is_found_whole_with_its_kind(text, kind, value):
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It costs 1,200 dollars, or 12.50 each.",
        "We meet on May 5th at 10:30 in room 204.",
        "He was born in 1985. 2001 was a good year.",
        "In 2019, 200 people came; 123456 at most.",
        "I went home.In the evening I slept.",
        "a@b, @ann, 3 @ 5, x@y.z",
        "It lasts 10:30:45, version 1.2.3, ratio 3:2.",
        "std::vector, a::b, ::",
        "640x480, 12-year-old, B2B and MP3, 24-7",
        "http:// and www. and ://",
        "Dr. Lee, e.g. this, i.e. that.",
    ],
)
def test_what_is_no_value_is_left_alone(text):
    assert found(text) == []


def test_a_wrong_check_digit_is_found_as_a_number_all_the_same():
    assert found("card 4111 1111 1111 1112") == [("number", "4111 1111 1111 1112")]
    assert found("IBAN DE88 3704 0044 0532 0130 00") == [("number", "88 3704 0044 0532 0130 00")]


def test_several_values_come_in_order_and_never_overlap():
    text = "ann@shop.example, http://x.example/5551234567 or 10.0.0.1 and 123-45-6789"
    assert [kind for kind, _ in found(text)] == ["email", "url", "ip", "ssn"]


def test_what_mask_has_written_is_looked_over():
    assert found("[NUMBER-1] 234 567 [EMAIL-12]@x #Person1#") == []


def test_spans_that_overlap_become_one_of_the_longest_ones_kind():
    spans = [Span("ip", 4, 9), Span("number", 0, 6), Span("url", 20, 30)]
    assert merged(spans, KINDS) == (Span("number", 0, 9), Span("url", 20, 30))


signs = st.text(st.sampled_from("a1.@ -:/[]()+,Dé89#w\n"), max_size=60)


@given(st.one_of(st.text(max_size=80), signs))
def test_spans_are_in_order_within_the_text_and_not_empty(text):
    spans = find(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))


@given(st.text(st.sampled_from("0123456789-. ()/"), min_size=7, max_size=40))
def test_every_run_of_seven_digits_is_covered(text):
    spans = find(text)
    for run in re.finditer(r"\d{7,}", text):
        assert any(span.start <= run.start() and run.end() <= span.end for span in spans)


def test_no_pattern_repeats_a_repeat_without_a_bound():
    """A repeat within a repeat is possessive or bounded, or time would grow faster than the text."""
    patterns = [value.pattern for value in vars(rules).values() if isinstance(value, re.Pattern)]
    assert len(patterns) > 8
    nested = re.compile(r"[*+]\)[*+](?!\+)|[*+]\)\{\d+,\}")
    assert not [pattern for pattern in patterns if nested.search(pattern)]


FAMILIES = ["@", "a@", "a.a.a.@", "1", "1 ", "1.", "DE89 ", "://", "a://", "::", "f:", "((((", "[EMAIL-1", "a.", "1, "]


@pytest.mark.parametrize("family", FAMILIES)
def test_fifty_thousand_hostile_signs_end_soon(family):
    text = (family * 50_000)[:50_000]
    began = time.process_time()
    find(text)
    assert time.process_time() - began < 5  # what it takes is printed by bench/privacy.py
