"""Opens a Data Store by its URL: the scheme says which database it is."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ziggy_studio.errors import UsageProblem
from ziggy_studio.store import postgresql, sqlite
from ziggy_studio.store.sql import SqlStore

_DATABASES = {"sqlite": sqlite.DATABASE, "postgresql": postgresql.DATABASE, "postgres": postgresql.DATABASE}


def parse_store_url(url: str) -> URL:
    """A Data Store's URL from a text. Raises `UsageProblem` where it cannot be read."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as err:
        raise UsageProblem("The Data Store's URL cannot be read. Write postgresql://USER@HOST/DATABASE.") from err


def open_store(url: str | URL) -> SqlStore:
    """The Data Store at `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`; tables are made if need be.

    Raises:
        UsageProblem: the URL names no store that there is.
        HostError: the database cannot be used.
    """
    parsed = parse_store_url(url) if isinstance(url, str) else url
    database = _DATABASES.get(parsed.get_backend_name())
    if database is None:
        known = "sqlite:///PATH or postgresql://USER@HOST/DATABASE"
        raise UsageProblem(f"A Data Store at {parsed.get_backend_name()}:// is not supported. Use {known}.")
    return SqlStore(database, parsed)
