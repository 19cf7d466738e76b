"""A stream of items that is written in several calls, one edge after the other, and yet is one run."""

from dataclasses import dataclass

from ziggy_sf_write.run.job_book import JobBook


@dataclass(slots=True, kw_only=True)
class Stream:
    """What the calls of one stream share: the book of its Bulk jobs, and how many items are to be expected in all.

    Whoever sends the stream closes the book in the end: then one that was killed takes its jobs up as one run.
    """

    book: JobBook
    expected: int = 0
