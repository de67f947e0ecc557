"""Personal values as people write them, by code that shares nothing with the detector: lists, check digits, forms."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

GIVEN: Final = """
    Aaliyah Bartholomew Chiara Dmitri Eleni Fionnuala Gustavo Hiroko Ibrahim Jolanta Kwame Leilani Matteo Nkechi
    Oisín Pradeep Quentin Renée Søren Tamar Ulrike Valentina Wiremu Ximena Yevgenia Zbigniew Anneliese Björn
    Cosima Dafydd
""".split()  # noqa: SIM905
FAMILY: Final = """
    Abernathy Brzezinski Castellanos D'Amico Eriksson Fitzgerald Goldblum Hernández Ishikawa Jankowski Kowalczyk
    Lindqvist MacAllister Nakagawa Oyelaran Papadopoulos Quispe Rosenthal Szczepański Thorvaldsen Uchida
    Vandenberg Whitehouse Yamaguchi Zamora-Ruiz
""".split()  # noqa: SIM905


def email(rng: random.Random) -> str:
    """An address as people have them: dots, digits, tags, capitals, letters beyond a-z."""
    one, two = rng.choice(GIVEN), rng.choice(FAMILY).split("-")[0]
    local = rng.choice(("{0}.{1}", "{0}_{1}", "{0}{1}", "{2}{1}", "{0}.{1}+news", "{0}-{1}", "{0}")).format(
        one, two, one[0]
    )
    local += rng.choice(("", "", str(rng.randint(1, 99))))
    host = rng.choice(
        ("mailbox.example", "post.example.org", "my-firm.co.uk", "uni.edu", "web.de", "corp.io", "bücher.example")
    )
    return rng.choice((str.lower, str))(f"{local}@{host}")


def url(rng: random.Random) -> str:
    """A link with a path or a parameter, or a bare host."""
    word = rng.choice(FAMILY).lower().split("'")[-1].encode("ascii", "ignore").decode()
    forms = ("https://{0}.example/p/{1}", "http://www.{0}.example/?id={1}", "www.{0}.org", "{0}.com/in/{1}", "{0}.net")
    return rng.choice(forms).format(word, rng.randint(10, 99999))


def ip(rng: random.Random) -> str:
    """Version 4 mostly, version 6 in long and short form."""
    four = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    groups = [f"{rng.randint(4096, 65535):x}" for _ in range(8)]
    return rng.choice((four, four, ":".join(groups), f"{groups[0]}::{groups[1]}", f"fe80::{':'.join(groups[:4])}"))


def iban(rng: random.Random) -> str:
    """Right check digits, with and without spaces."""
    country, pattern = rng.choice(
        (
            ("DE", "9" * 18),
            ("GB", "AAAA" + "9" * 14),
            ("FR", "9" * 23),
            ("NL", "AAAA" + "9" * 10),
            ("ES", "9" * 20),
            ("NO", "9" * 11),
        )
    )
    body = "".join(rng.choice("0123456789" if sign == "9" else "ABCDEFGHJKLMNPRSTUVW") for sign in pattern)
    number = 0
    for sign in f"{body}{country}00":
        value = ord(sign) - 55 if sign.isalpha() else ord(sign) - 48
        number = (number * (100 if value > 9 else 10) + value) % 97
    plain = f"{country}{98 - number:02d}{body}"
    return rng.choice((plain, " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))))


def card(rng: random.Random) -> str:
    """15 or 16 digits that end in the right check digit."""
    start, length, groups = rng.choice(
        (("4", 16, (4, 4, 4, 4)), ("52", 16, (4, 4, 4, 4)), ("37", 15, (4, 6, 5)), ("6011", 16, (4, 4, 4, 4)))
    )
    body = start + "".join(str(rng.randint(0, 9)) for _ in range(length - len(start) - 1))
    weights = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(body))]
    check = -sum(w // 10 + w % 10 for w in weights) % 10
    return _grouped(f"{body}{check}", groups, rng.choice(("", " ", "-")))


def ssn(rng: random.Random) -> str:
    """Nine digits as the United States write them."""
    return f"{rng.randint(1, 665):03d}-{rng.randint(1, 99):02d}-{rng.randint(1, 9999):04d}"


def number(rng: random.Random) -> str:
    """A telephone number in one of many forms, or a customer, case or passport number of seven digits and more."""
    forms = (
        "+1 (###) ###-####",
        "(###) ###-####",
        "###-###-####",
        "###.###.####",
        "### ### ####",
        "+44 20 #### ####",
        "+49 (0)30 ######",
        "0##/#######",
        "###-####",
        "##########",
        "+91-#####-#####",
        "00 33 # ## ## ## ##",
        "# # # # # # #",
        "###–###–####",
        "########",
        "##-#######",
        "####.####.####",
        "###_####_###",
        "1-800-###-####",
        "#######",
        "#### ####",
    )
    return "".join(str(rng.randint(0, 9)) if sign == "#" else sign for sign in rng.choice(forms))


def _grouped(digits: str, groups: tuple[int, ...], between: str) -> str:
    pieces, at = [], 0
    for group in groups:
        pieces.append(digits[at : at + group])
        at += group
    return between.join(pieces)


VALUES: Final[dict[str, Callable[[random.Random], str]]] = {
    "email": email,
    "url": url,
    "ip": ip,
    "iban": iban,
    "card": card,
    "ssn": ssn,
    "number": number,
}
