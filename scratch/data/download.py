"""Fetch the files of the real data sets, once, into one folder."""

import os
from pathlib import Path

from scratch.data.files import GO_ON


def data_folder():
    """Where downloads are kept: the environment variable SCRATCH_DATA, or a folder in ~/.cache."""
    chosen = os.environ.get("SCRATCH_DATA")
    return Path(chosen) if chosen else Path.home() / ".cache" / "cnns-rnns-from-scratch"


def download(name, urls, known_hash, folder):
    """Fetch ``name`` into ``folder`` from the first of ``urls`` that answers; check its hash."""
    path = Path(folder) / name
    hint = f"put {name} into {folder} (or point root at a folder that has it). {GO_ON}"
    try:
        import pooch
    except ImportError:
        if path.exists():
            return path
        raise FileNotFoundError(
            f"{name} is not here and pooch, which would fetch it, is not installed: "
            f"`pip install pooch`, or download {urls[0]} and {hint}"
        ) from None
    reasons = []
    for url in urls:
        try:
            return Path(pooch.retrieve(url, known_hash, name, folder, progressbar=has_tqdm()))
        except Exception as error:  # no network, a dead link, a wrong hash: try the next address
            reasons.append(f"{url} ({type(error).__name__}: {str(error).splitlines()[0][:120]})")
    raise ConnectionError(
        f"{name} could not be fetched; tried {'; '.join(reasons)}. To go on, {hint}"
    )


def has_tqdm():
    """Whether a progress bar can be shown."""
    try:
        import tqdm  # noqa: F401
    except ImportError:
        return False
    return True
