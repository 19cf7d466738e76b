"""Files of rows as people have them: one way to read any of them, whatever its format, encoding and delimiter."""

from ziggy_studio.rows.source import ReadOptions, RowSource, clearing_cells, open_rows, read_all, rows_of
from ziggy_studio.rows.windows import WholeWindows

__all__ = ["ReadOptions", "RowSource", "WholeWindows", "clearing_cells", "open_rows", "read_all", "rows_of"]
