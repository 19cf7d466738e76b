"""How long calls take: a time for each call, a time for each record, and jitter; slept outside of any lock."""

import random
from dataclasses import dataclass

_NAMES = ("per_call", "per_record", "jitter", "bulk_per_record", "before")


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """A profile; times in seconds, jitter as a share of the whole.

    `before` is the share of `per_call` that passes before a call is carried out.
    """

    per_call: float = 0.0
    per_record: float = 0.0
    jitter: float = 0.0
    bulk_per_record: float = 0.0
    before: float = 0.0

    def before_s(self, dice: random.Random) -> float:
        """How long a call waits before it is carried out."""
        return self._spread(self.per_call * self.before, dice)

    def after_s(self, records: int, dice: random.Random) -> float:
        """How long a call with so many records takes from then on."""
        return self._spread(self.per_call * (1 - self.before) + self.per_record * records, dice)

    def chunk_s(self, records: int, dice: random.Random) -> float:
        """How long a Bulk job works on a chunk."""
        return self._spread(self.bulk_per_record * records, dice)

    def _spread(self, seconds: float, dice: random.Random) -> float:
        return max(0.0, seconds * (1 + dice.uniform(-self.jitter, self.jitter)))


# A collections call of 200 records takes about a second in a lightly automated org, a single one 150 ms. A Bulk job
# saves its rows in the same chunks of 200, one transaction each (reference section 7.6), so a row costs the same there;
# what a job gains is that its batches run side by side.
PROFILES = {
    "none": Latency(),
    "fast": Latency(per_call=0.02, per_record=0.0005, jitter=0.2, bulk_per_record=0.0005),
    "typical": Latency(per_call=0.15, per_record=0.004, jitter=0.25, bulk_per_record=0.004),
    "slow": Latency(per_call=0.6, per_record=0.015, jitter=0.5, bulk_per_record=0.015),
}


def parse_latency(text: str) -> Latency:
    """A profile's name, or `per_call=0.1,per_record=0.002,jitter=0.2`."""
    if text in PROFILES:
        return PROFILES[text]
    try:
        parts = dict(each.split("=") for each in text.split(","))
        return Latency(**{name: float(value) for name, value in parts.items()})
    except (TypeError, ValueError) as err:
        known = ", ".join(PROFILES)
        raise ValueError(
            f"latency {text!r}: expected one of {known}, or NAME=SECONDS pairs of {', '.join(_NAMES)}"
        ) from err
