"""Whether digits carry the check digits of a payment card or of an IBAN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Signs of an IBAN by country (ISO 13616), country code and check digits included.
IBAN_LENGTHS: Final[Mapping[str, int]] = {
    country: int(length)
    for length, countries in (
        line.split(":")
        for line in """
        15:NO
        16:BE
        18:DK FI FO GL NL SD
        19:MK SI
        20:AT BA EE KZ LT LU XK
        21:CH CR HR LI LV
        22:BG BH DE GB GE IE ME RS VA
        23:AE GI IL IQ TL
        24:AD CZ ES MD PK RO SA SE SK TN VG
        25:LY PT ST
        26:IS TR
        27:BI DJ FR GR IT MC MR SM
        28:AL AZ BY CY DO GT HU LB PL SV
        29:BR EG PS QA UA
        30:JO KW MU
        31:MT SC
        32:LC
        33:RU
        """.split("\n")  # noqa: SIM905
        if line.strip()
    )
    for country in countries.split()
}
_CARD_DIGITS: Final = range(12, 20)
_FIRST_OF_A_CARD: Final = "23456"


def is_card(digits: str) -> bool:
    """Whether 12 to 19 digits begin and end like those of a payment card (Luhn).

    >>> is_card("4111111111111111"), is_card("4111111111111112")
    (True, False)
    """
    if len(digits) not in _CARD_DIGITS or digits[0] not in _FIRST_OF_A_CARD:
        return False
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(d - 9 if d > 9 else d for d in doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def iban_length(country: str) -> int | None:
    """How many signs an IBAN of a country has; None where the country has none.

    >>> iban_length("de"), iban_length("US")
    (22, None)
    """
    return IBAN_LENGTHS.get(country.upper())


def is_iban(signs: str) -> bool:
    """Whether letters and digits without spaces are an IBAN: the length of its country, and 1 modulo 97.

    >>> is_iban("DE89370400440532013000"), is_iban("DE88370400440532013000")
    (True, False)
    """
    if not signs.isascii() or not signs.isalnum() or len(signs) != iban_length(signs[:2]):
        return False
    turned = signs[4:] + signs[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
