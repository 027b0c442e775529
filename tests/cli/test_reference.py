"""weir reference: the page in docs/ is what the program prints, and tells of all that the API lists."""
import re

from support.programs import SOURCE, run


def test_the_page_in_docs_is_what_the_program_prints():
    """When this fails: build/weir reference > docs/reference.md"""
    assert (SOURCE / "docs" / "reference.md").read_text(encoding="utf-8") == run("reference").stdout


def test_tables_have_as_many_cells_in_each_row_as_in_their_head():
    width = None
    for number, line in enumerate(run("reference").stdout.splitlines(), 1):
        if not line.startswith("|"):
            width = None
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        width = width or cells
        assert cells == width, f"line {number}: {line}"
