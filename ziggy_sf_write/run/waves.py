"""Successive waves: the k-th item of each key goes into the k-th wave, so that no key is twice under way."""

from collections import Counter
from collections.abc import Hashable, Iterable

from ziggy_sf_write.run.plan import Write


def waves(writes: Iterable[Write]) -> list[list[Write]]:
    """Cuts writes into waves that keep the edge's order; writes without a key all go into the first."""
    seen: Counter[Hashable] = Counter()
    cut: list[list[Write]] = []
    for write in writes:
        place = 0
        if write.key is not None:
            place = seen[write.key]
            seen[write.key] += 1
        while len(cut) <= place:
            cut.append([])
        cut[place].append(write)
    return cut
