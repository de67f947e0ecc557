"""Check digits of cards and IBANs."""

import pytest

from upshot.privacy.checksums import IBAN_LENGTHS, iban_length, is_card, is_iban


@pytest.mark.parametrize("digits", ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"])
def test_published_test_cards_are_cards_and_no_card_is_one_with_a_digit_changed(digits):
    assert is_card(digits)
    changed = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert not is_card(changed)


@pytest.mark.parametrize("digits", ["", "0", "00000000000000", "4111", "4" * 25])
def test_what_is_too_short_too_long_or_begins_with_nought_is_no_card(digits):
    assert not is_card(digits)


@pytest.mark.parametrize("iban", ["DE89370400440532013000", "GB82WEST12345698765432", "nl91abna0417164300"])
def test_published_ibans_are_ibans(iban):
    assert is_iban(iban)


@pytest.mark.parametrize("signs", ["", "DE", "DE8937040044053201300", "XX89370400440532013000", "DE89 370400440532013"])
def test_a_wrong_length_an_unknown_country_or_a_space_is_no_iban(signs):
    assert not is_iban(signs)


def test_digits_of_other_scripts_are_refused_without_an_error():
    assert not is_iban("DE89٣٧٠٤00440532013000")


def test_lengths_of_ibans_are_those_that_exist():
    assert len(IBAN_LENGTHS) > 70
    assert set(IBAN_LENGTHS.values()) <= set(range(15, 35))
    assert iban_length("gb") == 22
    assert iban_length("") is None
