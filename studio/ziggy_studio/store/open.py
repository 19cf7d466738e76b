"""Opens a Data Store by its URL: the scheme says which database it is."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

import ziggy_studio.store.history  # noqa: F401  its tables are made together with the others
from ziggy_studio.errors import UsageProblem
from ziggy_studio.store import postgresql, sqlite
from ziggy_studio.store.sql import SqlStore

_DATABASES = {"sqlite": sqlite.DATABASE, "postgresql": postgresql.DATABASE, "postgres": postgresql.DATABASE}


def open_store(location: Path | str) -> SqlStore:
    """The Data Store in a file, or at `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`.

    Its tables are made if need be.

    Raises:
        UsageProblem: the URL names no store that there is.
        HostError: the database cannot be used.
    """
    url = _url(location)
    database = _DATABASES.get(url.get_backend_name())
    if database is None:
        known = "sqlite:///PATH or postgresql://USER@HOST/DATABASE"
        raise UsageProblem(f"A Data Store at {url.get_backend_name()}:// is not supported. Use {known}.")
    return SqlStore(database, url)


def _url(location: Path | str) -> URL:
    if isinstance(location, Path):
        # Not put together as a text: a folder may be called `a?b#c%20d`.
        return URL.create("sqlite", database=str(location))
    try:
        return make_url(location)
    except (ArgumentError, ValueError) as err:
        raise UsageProblem("The Data Store's URL cannot be read. Write postgresql://USER@HOST/DATABASE.") from err
