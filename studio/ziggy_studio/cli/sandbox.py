"""`ziggy-sf-write sandbox`: the sandbox org's own commands."""

from salesforce_sandbox.cli import sandbox

__all__ = ["sandbox"]
