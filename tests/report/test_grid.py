"""Tables as values."""

from upshot.report.grid import Cell, Column, Table


def test_neighbouring_columns_of_one_group_share_a_heading():
    columns = (Column("a", group="x"), Column("b", group="x"), Column("c"), Column("d", group="x"))
    assert Table("t", columns, ()).groups == (("x", 2), ("", 1), ("x", 1))


def test_a_table_without_groups_has_no_row_of_groups():
    assert Table("t", (Column("a"), Column("b")), ()).groups == ()


def test_a_cell_in_one_line_holds_its_interval():
    assert str(Cell("4.1", "[3.0, 5.2]")) == "4.1 [3.0, 5.2]"


def test_a_cell_that_links_to_dialogues_names_them_where_there_are_no_links():
    assert str(Cell("", links=("talk_1", "talk_2"))) == "talk_1, talk_2"
