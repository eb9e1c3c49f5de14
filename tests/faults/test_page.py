"""The generated page of the fault matrix."""

from tests.faults.page import PAGE, faults, page


def test_the_page_shows_the_matrix_as_it_is():
    assert PAGE.read_text() == page(), "Run: python -m tests.faults.page"


def test_no_fault_is_listed_twice():
    names = [str(fault) for rows in faults().values() for fault in rows]
    assert sorted(set(names)) == sorted(names)
