"""Pieces of Markdown that what is put into them cannot leave."""

from __future__ import annotations

import re


def code_cell(text: str) -> str:
    """Return a code span whose fence is longer than any run of backticks within; bars would end the cell."""
    fence = "`" * (max([0, *map(len, re.findall("`+", text))]) + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text.replace('|', '&#124;')}{space}{fence}"


def cell(text: str) -> str:
    """Return text that cannot end its cell or become a tag; code spans in it stay."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
