"""The lists of terms: every one can be read as a pattern and matches words alone."""

import re

from upshot.privacy import sensitive_terms as terms
from upshot.privacy.sensitive import sensitive_kinds


def test_every_term_is_well_formed_and_stands_once():
    lists = {name: value.split() for name, value in vars(terms).items() if name.isupper()}
    assert len(lists) == 11
    for listed in lists.values():
        assert len(listed) == len(set(listed)) > 3
        assert all(re.compile(term) for term in listed)


def test_terms_that_tell_alone_are_in_no_list_of_those_in_company():
    for alone, in_company in (
        (terms.HEALTH, terms.HEALTH_IN_COMPANY),
        (terms.MONEY, terms.MONEY_IN_COMPANY),
        (terms.IDENTITY, terms.IDENTITY_IN_COMPANY),
    ):
        assert not set(alone.split()) & set(in_company.split())


def test_plain_terms_tell_by_themselves():
    for listed, kind in ((terms.HEALTH, "health"), (terms.MONEY, "money"), (terms.IDENTITY, "identity")):
        plain = [term for term in listed.split() if term.isalpha()]
        assert len(plain) > 5
        assert all(kind in sensitive_kinds(f"It is about {term}.") for term in plain)
