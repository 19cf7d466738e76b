"""`ziggy-sf-write sandbox`: the sandbox org's own commands."""

from ziggy_sf_write.sandbox.cli import sandbox

__all__ = ["sandbox"]
