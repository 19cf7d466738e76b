"""Is this block ready to run? The red dot on the node, before anyone presses Run."""

import threading

from ziggy_sf_write.block.config import config_problems, parse_config
from ziggy_sf_write.block.conflicts import configuration_conflicts, property_conflicts
from ziggy_sf_write.contract import Config, HostContext, HostError, Problem, Severity
from ziggy_sf_write.errors import AccessError
from ziggy_sf_write.salesforce.client import OrgClient
from ziggy_sf_write.salesforce.failures import CallFailed
from ziggy_sf_write.salesforce.metadata import describe_object
from ziggy_sf_write.salesforce.org import ORGS, require_salesforce
from ziggy_sf_write.salesforce.retry import Bounds

# It is asked while a person types: whoever does not answer soon is left for the run to try.
_CHECK_BOUNDS = Bounds(call_timeout_s=5, max_tries=1, max_retry_time_s=5)


def check_block(config: Config, context: HostContext) -> list[Problem]:
    """Every problem of the settings; where they are complete, also what the org says of object, key and properties.

    An org that cannot be asked is a warning: the run may find it again.
    """
    problems = config_problems(config)
    chosen = config.get("connection")
    names = context.connection_names("salesforce")
    if chosen and chosen not in names:
        known = f"Known are {', '.join(names)}." if names else "There is none yet: add one under Connections."
        problems.append(Problem(path="/connection", message=f"There is no Salesforce connection `{chosen}`. {known}"))
    return problems or _ask_org(config, context)


def _ask_org(config: Config, context: HostContext) -> list[Problem]:
    parsed = parse_config(config)
    try:
        org = ORGS.org(require_salesforce(context.connection(parsed.connection)))
        client = OrgClient(org, bounds=_CHECK_BOUNDS, cancelled=threading.Event())
        describe = describe_object(client, parsed.object)
    except AccessError as err:
        return [Problem(path="/object", message=str(err))]
    except (HostError, CallFailed) as err:
        message = f"The object could not be checked: {err}"
        return [Problem(path="/connection", message=message, severity=Severity.WARNING)]
    return [*configuration_conflicts(describe, parsed), *property_conflicts(describe, parsed)]
