from cnncli.report.layout.parts import Paragraph, lay_out, page
from cnncli.report.table import Column, table

TABLE = table([Column("name", least=5), Column("n", numeric=True)], [["a" * 20, 5]])
PAGE = page("a line of prose", page(TABLE, Paragraph("two lines\nof prose")), apart=True)


def test_in_a_pipe_parts_are_as_they_are():
    assert lay_out(PAGE, None) == f"a line of prose\n\n{TABLE}\ntwo lines\nof prose"
    assert lay_out("plain", None) == "plain"


def test_in_a_terminal_each_part_fits():
    assert lay_out(PAGE, 20) == (
        "a line of prose\n\n"
        "name               n\n"
        "-----------------  -\n"
        "aaaaaaa...aaaaaaa  5\n"
        "(cut: name; --wide\n"
        " shows all)\n"
        "two lines of prose"
    )


def test_a_page_stays_one_in_an_error():
    error = str(ValueError(PAGE))
    assert lay_out(error, 20) == lay_out(PAGE, 20)
