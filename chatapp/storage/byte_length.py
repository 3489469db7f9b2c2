"""The size of a text in the database, in bytes."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class byte_length(GenericFunction[int]):  # noqa: N801 (an SQL function)
    """Return the bytes of a text in UTF-8: `octet_length`, which SQLite has from version 3.43 on only."""

    type = Integer()
    name = "octet_length"
    inherit_cache = True


@compiles(byte_length, "sqlite")
def _compile_for_sqlite(element: byte_length, compiler: Any, **options: Any) -> str:
    return f"length(CAST({compiler.process(element.clauses, **options)} AS BLOB))"
