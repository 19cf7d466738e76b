"""A stream of items that is written in several calls, one edge after the other, and yet is one run."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from ziggy_sf_write.run.job_book import JobBook
from ziggy_sf_write.run.keep import Names


@dataclass(slots=True, kw_only=True)
class Stream:
    """What the calls of one stream share.

    Attributes:
        book: its Bulk jobs. Whoever sends the stream closes it in the end: then one that was killed takes its jobs up
            as one run.
        expected: how many items are to be expected in all.
        in_doubt: the match keys of which an earlier write may be under way, or may have been saved unseen.
        previewed: in a preview, the match keys of records that would be created.
        names: under which keys what was not written is kept.
    """

    book: JobBook
    expected: int = 0
    in_doubt: set[Hashable] = field(default_factory=set)
    previewed: set[Hashable] = field(default_factory=set)
    names: Names = field(default_factory=Names)
