"""Writes `bridges/sidecar-client/src/wire.ts`: the protocol's types, made from `schemas/sidecar.schema.json`.

`python scripts/generate_sidecar_types.py` writes the file; a test compares the two, so that it is never older.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generate_wire_types import ROOT, declaration

PAGE = ROOT / "bridges" / "sidecar-client" / "src" / "wire.ts"
HEAD = """\
/** Made from schemas/sidecar.schema.json by scripts/generate_sidecar_types.py: change that, then run it. */

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = Record<string, Json>;
"""


def sidecar_types() -> str:
    """The text of the file."""
    defs = json.loads((ROOT / "schemas" / "sidecar.schema.json").read_text(encoding="utf-8"))["$defs"]
    return "\n".join([HEAD, *(declaration(name, one, {}) for name, one in defs.items())])


if __name__ == "__main__":
    PAGE.write_text(sidecar_types(), encoding="utf-8")
