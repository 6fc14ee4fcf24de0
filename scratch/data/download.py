"""Fetch the files of the real data sets, once, into one folder.

Two environment variables: SCRATCH_DATA moves the folder, SCRATCH_MIRROR names an address to ask
first, which has ``mnist/train-images-idx3-ubyte.gz`` and so on, laid out like the folder.
"""

import os
import time
from contextlib import nullcontext
from pathlib import Path

from scratch.data.addresses import ORIGINS
from scratch.data.archives import WEB_PAGE
from scratch.data.finding import GO_ON

TRIES = 3  # in a row that bring nothing new
CONNECT, READ = 10, 30  # seconds of silence after which a try is given up
PAUSE = 0.2  # seconds before the next try
CHUNK = 1 << 13  # bytes; what had come of a chunk is lost when the connection breaks
LEFTOVER = 24 * 3600  # seconds after which a temporary file has surely no owner any more


def data_folder():
    """Where downloads are kept: the environment variable SCRATCH_DATA, or a folder in ~/.cache."""
    chosen = os.environ.get("SCRATCH_DATA")
    default = Path.home() / ".cache" / "cnns-rnns-from-scratch"
    return Path(chosen).expanduser() if chosen else default


def folder_of(dataset):
    """The folder with all files of a data set, downloaded unless they are there."""
    folder, origin = data_folder() / dataset, ORIGINS[dataset]
    mirror = os.environ.get("SCRATCH_MIRROR")
    bases = [f"{mirror.rstrip('/')}/{dataset}/"] if mirror else []
    for name, known_hash in origin.files.items():
        download(name, [base + name for base in (*bases, *origin.bases)], known_hash, folder)
    return folder


def download(name, urls, known_hash, folder):
    """Fetch ``name`` into ``folder`` from the first of ``urls`` that has it, unless it is there.

    It appears there whole and with the right hash, or not at all.
    """
    hint = f"put {name} into {folder} (or point root at a folder that has it). {GO_ON}"
    try:
        import pooch
        import requests
    except ImportError:
        return kept(Path(folder) / name, f"download {urls[0]} and {hint}")
    remove_leftovers(folder)
    reasons = []
    for url in urls:
        try:
            return Path(pooch.retrieve(url, known_hash, name, folder, downloader=fetch))
        except (requests.RequestException, ValueError) as error:  # try the next address
            reasons.append(f"{url} ({reason_of(error)})")
        except OSError as error:
            raise OSError(
                f"{name} cannot be kept in {folder} ({error.strerror or error}): make room there, "
                "or name another folder in the environment variable SCRATCH_DATA."
            ) from None
    raise ConnectionError(
        f"{name} could not be fetched; tried {'; '.join(reasons)}. To go on, {hint}"
    )


def kept(path, advice):
    """The file at ``path``, where there is no pooch to fetch it."""
    if path.exists():
        return path
    raise FileNotFoundError(
        f"{path.name} is not here and pooch, which would fetch it, is not installed: "
        f"`pip install pooch`, or {advice}"
    )


def remove_leftovers(folder):
    """Delete what a process that was killed while it downloaded has left in ``folder``."""
    for path in Path(folder).glob("tmp????????"):
        if path.is_file() and time.time() - path.stat().st_mtime > LEFTOVER:
            path.unlink(missing_ok=True)


def fetch(url, path, _=None):
    """Write what stands at ``url`` to ``path``; go on where a broken connection left off.

    ``TRIES`` tries in a row that bring nothing new end it.
    """
    path, most, tries = Path(path), 0, 0
    while True:
        try:
            fetch_rest(url, path)
            break
        except Interrupted:
            came = path.stat().st_size
            tries = 0 if came > most else tries + 1
            most = max(came, most)
            if tries == TRIES:
                raise
            time.sleep(PAUSE * (1 + tries))
    with path.open("rb") as file:
        if WEB_PAGE.match(file.read(200)):
            raise ValueError("it answers with a web page; does the network ask you to log in?")


class Interrupted(ValueError):
    """The connection ended before the file did."""


def fetch_rest(url, path):
    """Ask ``url`` for what ``path`` lacks yet, and write it there."""
    import requests

    done = path.stat().st_size if path.exists() else 0
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={done}-"} if done else {})}
    try:
        answer = requests.get(url, headers=headers, stream=True, timeout=(CONNECT, READ))
    except requests.ReadTimeout:
        raise Interrupted(f"no answer for {READ} s") from None
    except requests.ConnectionError as error:
        if done:
            raise Interrupted(reason_of(error)) from None
        raise
    with answer:
        if answer.status_code >= 500:
            raise Interrupted(f"status {answer.status_code}")
        answer.raise_for_status()
        done = done if answer.status_code == 206 else 0  # 0: it sends all of it again
        with path.open("r+b" if done else "wb") as file:
            file.seek(done)
            write_body(answer, file, done, url.split("/")[-1])


def write_body(answer, file, done, name):
    """Write the bytes that come, with a progress bar; raise if they end too early."""
    import urllib3

    length = answer.headers.get("Content-Length")
    total = done + int(length) if length else None
    try:
        with progress_bar(name, done, total) as bar:
            for chunk in answer.raw.stream(CHUNK, decode_content=False):
                file.write(chunk)
                bar.update(len(chunk))
    except urllib3.exceptions.ReadTimeoutError:
        raise Interrupted(f"silent for {READ} s after {file.tell()} bytes") from None
    except urllib3.exceptions.HTTPError:
        raise Interrupted(f"broke off after {file.tell()} of {total or '?'} bytes") from None
    if total and file.tell() < total:
        raise Interrupted(f"broke off after {file.tell()} of {total} bytes")


class NoBar:
    """Stands in for the progress bar where tqdm is not installed."""

    def update(self, count):
        """Nothing to show."""


def progress_bar(name, done, total):
    """A progress bar of bytes."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return nullcontext(NoBar())
    return tqdm(desc=name, initial=done, total=total, unit="B", unit_scale=True)


def reason_of(error):
    """Why an address gave nothing, in a few words."""
    import requests

    if "does not match the known hash" in str(error):
        return "what came has another hash: it was changed there, or damaged on the way"
    if isinstance(error, requests.HTTPError):
        return f"status {error.response.status_code}"
    for kind, words in {
        requests.exceptions.ProxyError: "the proxy refuses",
        requests.exceptions.SSLError: "its certificate is not trusted",
        requests.Timeout: f"no answer for {CONNECT} s",
        requests.TooManyRedirects: "it redirects in a circle",
        requests.ConnectionError: "no connection",
    }.items():
        if isinstance(error, kind):
            return words
    return str(error).splitlines()[0][:160]
