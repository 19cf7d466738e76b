"""The ends that a run can come to: what comes in, what is wrong with the org, and what every surface must say."""

import json
from pathlib import Path
from typing import Any

ENDS: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text())
