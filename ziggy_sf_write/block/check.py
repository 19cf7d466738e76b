"""Is this block ready to run? The red dot on the node, before anyone presses Run."""

from ziggy_sf_write.block.config import config_problems
from ziggy_sf_write.contract import Config, HostContext, Problem


def check_block(config: Config, context: HostContext) -> list[Problem]:
    """Every problem that can be seen without asking the org: settings, and a connection that is not there."""
    problems = config_problems(config)
    chosen = config.get("connection")
    names = context.connection_names("salesforce")
    if chosen and chosen not in names:
        known = f"Known are {', '.join(names)}." if names else "There is none yet: add one under Connections."
        problems.append(Problem(path="/connection", message=f"There is no Salesforce connection `{chosen}`. {known}"))
    return problems
