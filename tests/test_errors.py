"""One tree of errors, each kind with its exit code."""

import pytest

from upshot import errors
from upshot.errors import DataError, StoppedError, UpshotError, to_install

CODES = {
    "UsageError": 2,
    "DataError": 3,
    "ModelError": 4,
    "ResourceError": 5,
    "BusyError": 6,
    "NumbersError": 7,
    "WorkerError": 8,
}


def test_every_kind_has_the_exit_code_of_the_contract() -> None:
    kinds = {kind.__name__: kind.exit_code for kind in UpshotError.__subclasses__() if kind is not StoppedError}
    assert kinds == CODES
    assert {name for name in vars(errors) if name.endswith("Error")} == {*CODES, "UpshotError", "StoppedError"}


def test_a_line_names_the_case_where_it_has_a_number() -> None:
    assert str(DataError("x.csv: file is empty", code="D04")) == "error D04: x.csv: file is empty"
    assert str(DataError("x.csv: file is empty")) == "error: x.csv: file is empty"


def test_an_extra_can_be_installed_from_an_index_and_from_a_clone() -> None:
    assert to_install("hub") == "pip install 'upshot[hub]', or in a clone of upshot pip install -e '.[hub]'"


@pytest.mark.parametrize(("signal_number", "code"), [(2, 130), (15, 143), (1, 129)])
def test_a_stop_leaves_as_shells_count_signals(signal_number: int, code: int) -> None:
    assert StoppedError("saved", signal_number=signal_number).exit_code == code
