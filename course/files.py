"""Files that are written whole or not at all, and YAML where there may be no reader of it."""

import json
import os
from pathlib import Path
from typing import Any
from uuid import uuid4


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Put text (UTF-8, lines ending in ``\\n``) or bytes at ``path``; folders are made as needed.

    It is written to a file beside ``path`` and renamed: a crash on the way, or another process that
    writes the same, leaves a whole file, the old one or a new one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{uuid4().hex}.part")
    try:
        with open(beside, "xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def read_yaml(path: Path) -> Any:
    """What a YAML file holds.

    In a browser PyYAML is not installed: beside the file lies the same as JSON, which
    ``course.site.wheel`` has put there.
    """
    try:
        import yaml
    except ImportError:
        return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return yaml.safe_load(path.read_text(encoding="utf-8"))
