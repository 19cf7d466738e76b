"""What one run of the block holds on to from its first item to its last."""

from ziggy_sf_write.block.config import Api, WriteConfig
from ziggy_sf_write.contract import ExecutionContext
from ziggy_sf_write.run.brake import Brake
from ziggy_sf_write.run.choose_api import ApiChoice
from ziggy_sf_write.run.ledger import Ledger
from ziggy_sf_write.run.meter import Meter
from ziggy_sf_write.run.stream import Stream
from ziggy_sf_write.run.verdicts import Verdicts
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.org import Org
from ziggy_sf_write.salesforce.retry import Bounds


class Session:
    """One run: its configuration, its host, its stream, its ledger, its way to the org, and its brake."""

    def __init__(self, config: WriteConfig, context: ExecutionContext, *, org: Org, size: int, stream: Stream) -> None:
        advanced = config.advanced
        self.config = config
        self.context = context
        self.stream = stream
        self.ledger = Ledger(size)
        self.verdicts = Verdicts(self.ledger, is_validating=config.is_validating)
        self.choice = ApiChoice(api=Api.AUTO, reason="The run ended before an API was chosen.")
        self.bounds = Bounds(
            call_timeout_s=advanced.call_timeout_s,
            max_tries=advanced.max_tries,
            max_retry_time_s=advanced.max_retry_time_s,
        )
        self.client = OrgClient(org, bounds=self.bounds, cancelled=context.cancelled)
        self.meter = Meter(context, self.ledger)
        self.brake = Brake(
            cancelled=context.cancelled,
            failures=lambda: self.ledger.failures + self.verdicts.held,
            org=org,
            max_failures=advanced.max_failures,
            reserve_percent=advanced.reserve_percent,
        )
