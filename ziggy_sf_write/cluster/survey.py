"""The look at the org before the first row: what a configuration cannot do is said before anything is shuffled."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.cluster.context import ClusterContext
from ziggy_sf_write.cluster.descriptions import Descriptions
from ziggy_sf_write.cluster.file_store import FileStore
from ziggy_sf_write.cluster.folder import RunFolder
from ziggy_sf_write.cluster.source import ConnectionSource
from ziggy_sf_write.errors import AccessError, UnreachableError
from ziggy_sf_write.run.job_book import JobBook
from ziggy_sf_write.run.refusals import fatal_refusal
from ziggy_sf_write.run.session import Session
from ziggy_sf_write.run.setup import set_up
from ziggy_sf_write.run.stream import Stream
from ziggy_sf_write.salesforce.failures import AnswerLost, NotSent, Refused
from ziggy_sf_write.salesforce.limits import ApiUsage
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the org has told: its descriptions, and what is left of the day's calls."""

    descriptions: Descriptions
    usage: ApiUsage | None
    calls: dict[str, int]


def survey(config: WriteConfig, source: ConnectionSource, folder: RunFolder, names: Iterable[str]) -> Survey:
    """Logs in and reads what the workers will need to know.

    Args:
        config: the block's configuration.
        source: gives the connection.
        folder: of the run.
        names: the keys of the rows, as far as they are known.

    Raises:
        WriteBlockError: object, match key or a setting do not go together, or the org does not let this connection in.
    """
    connection = require_salesforce(source.connection(config.connection))
    org = ORGS.org(connection)
    context = ClusterContext(
        given=connection,
        store=FileStore(folder.jobs),
        execution_id="survey",
        block_id="survey",
        cancelled=threading.Event(),
        on_progress=lambda _progress: None,
    )
    book = JobBook(context.store, flow=context.flow_name, block=context.block_id)
    session = Session(config, context, org=org, size=0, stream=Stream(book=book))
    try:
        set_up(session, [dict.fromkeys(names)])
    except (NotSent, AnswerLost) as err:
        raise UnreachableError(f"Salesforce cannot be reached: {err}. Run it again later.") from err
    except Refused as err:
        refused = AccessError(f"Salesforce refused to describe `{config.object}`: {err}")
        raise fatal_refusal(err, config.object) or refused from err
    return Survey(
        descriptions=Descriptions.of(org.catalog, config.object), usage=org.usage, calls=session.client.count.by_kind()
    )
