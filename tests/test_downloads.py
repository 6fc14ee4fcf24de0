"""Downloads, from a server on this machine that does what servers do wrong."""

import gzip
import hashlib
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from data_copies import write_mnist

from scratch.data import addresses, load_mnist
from scratch.data import download as downloads
from scratch.data.download import data_folder, download

pytest.importorskip("pooch")
ROOT = Path(__file__).resolve().parents[1]
CONTENT = np.random.default_rng(0).bytes(300_000)
KNOWN = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
NOBODY = "http://127.0.0.1:9/"  # a port at which nothing listens


class Handler(BaseHTTPRequestHandler):
    """Answers by the path; notes each request in ``server.asked``."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        kind = self.path.split("/")[1]
        getattr(self, f"answer_{kind}", self.answer_missing)()

    def send(self, content, status=200, length=None, stop=None, **headers):
        """Send ``content``; close the connection after ``stop`` of its bytes."""
        self.send_response(status)
        self.send_header("Content-Length", len(content) if length is None else length)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content[:stop])
        self.close_connection = stop is not None

    def asked_from(self):
        return int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))

    def answer_good(self):
        self.send(CONTENT)

    def answer_missing(self):
        self.send(b"no such file", 404)

    def answer_busy(self):
        """An error of the server's, the first two times."""
        self.send(CONTENT) if len(self.server.asked) > 2 else self.send(b"busy", 503)

    def answer_wrong(self):
        self.send(CONTENT[:-1] + b"!")

    def answer_short(self):
        """Fewer bytes than the whole file, and it says so itself."""
        self.send(CONTENT[:1000])

    def answer_page(self):
        """What the log-in page of a network answers whatever was asked."""
        self.send(b"\n<!DOCTYPE html><html>log in</html>", Content_Type="text/html")

    def answer_packed(self):
        """Says that it packed the file for the way: it means the file itself."""
        self.send(CONTENT, Content_Encoding="gzip")

    def answer_resumes(self):
        """Breaks off after 100,000 bytes, each time; goes on from where one asks."""
        start = self.asked_from()
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        status, headers = (206, {"Content_Range": span}) if start else (200, {})
        self.send(CONTENT[start:], status, stop=100_000, **headers)

    def answer_restarts(self):
        """Breaks off the first time, and always sends all."""
        self.send(CONTENT, stop=100_000 if len(self.server.asked) == 1 else None)

    def answer_breaks(self):
        """Breaks off at the same place each time, and always sends all."""
        self.send(CONTENT, stop=100_000)

    def answer_slow(self):
        """Drop by drop, each within the time that is waited."""
        self.send_response(200)
        self.send_header("Content-Length", len(CONTENT))
        self.end_headers()
        for i in range(0, len(CONTENT), 60_000):
            self.wfile.write(CONTENT[i : i + 60_000])
            self.wfile.flush()
            time.sleep(0.1)

    def answer_silent(self):
        """Some bytes, then nothing more for longer than is waited."""
        self.send(CONTENT, stop=100_000)
        self.close_connection = False
        self.server.quiet.wait(5)
        self.close_connection = True

    def answer_moved(self):
        self.send(b"", 302, Location="/again/x.bin")

    def answer_again(self):
        self.send(b"", 301, Location="/good/x.bin")

    def answer_circle(self):
        self.send(b"", 302, Location=self.path)

    def answer_mnist(self):
        path = self.server.mirror / Path(self.path).name
        self.send(path.read_bytes()) if path.exists() else self.answer_missing()


class Proxy(Handler):
    """A proxy is asked for whole addresses; this one answers all of them itself."""

    def do_GET(self):
        self.server.asked.append((self.path, None))
        self.send(CONTENT)


def serve(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.asked, server.quiet, server.daemon_threads = [], threading.Event(), True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    server.handle_error = lambda *args: None  # a client that went away
    server.url = f"http://127.0.0.1:{server.server_address[1]}/"
    return server


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(downloads, "PAUSE", 0)
    server = serve(Handler)
    yield server
    server.quiet.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def get(server, tmp_path):
    """A function: kinds of answer, tried in turn -> the path of the file."""
    folder = tmp_path / "cache"

    def fetch(*kinds):
        return download("x.bin", [f"{server.url}{kind}/x.bin" for kind in kinds], KNOWN, folder)

    yield fetch
    left = [path for path in folder.glob("*") if path.name != "x.bin"]
    assert left == [], "something half-written was left behind"
    if (folder / "x.bin").exists():
        assert (folder / "x.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "kind, requests",
    [("good", 1), ("moved", 3), ("packed", 1), ("busy", 3), ("resumes", 3), ("restarts", 2)],
)
def test_what_arrives_is_the_file(get, server, kind, requests):
    assert get(kind).read_bytes() == CONTENT
    assert len(server.asked) == requests


def test_a_broken_download_goes_on_where_it_broke(get, server):
    get("resumes")
    assert [since for _, since in server.asked] == [None, "bytes=100000-", "bytes=200000-"]


def test_a_slow_download_goes_on(get):
    assert get("slow").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "kind, said",
    [
        ("missing", "status 404"),
        ("wrong", "another hash"),
        ("short", "another hash"),
        ("page", "a web page; does the network ask you to log in"),
        ("breaks", "broke off after 100000 of 300000 bytes"),
        ("circle", "redirects in a circle"),
    ],
)
def test_what_is_not_the_file_is_refused_in_a_sentence_and_the_next_address_tried(get, kind, said):
    with pytest.raises(ConnectionError) as error:
        get(kind)
    message = str(error.value)
    assert said in message and f"/{kind}/x.bin" in message and "\n" not in message
    assert "x.bin could not be fetched" in message and "load_scenes" in message
    assert get(kind, "good").read_bytes() == CONTENT


def test_silence_is_not_waited_for_forever(get, server, monkeypatch):
    monkeypatch.setattr(downloads, "READ", 1)
    with pytest.raises(ConnectionError, match="(silent|no answer) for 1 s"):
        get("silent")
    assert downloads.TRIES <= len(server.asked) <= 1 + downloads.TRIES


def test_no_network(tmp_path):
    start = time.perf_counter()
    with pytest.raises(ConnectionError, match="no connection") as error:
        download("x.bin", [f"{NOBODY}x.bin", "http://no.invalid/x.bin"], KNOWN, tmp_path)
    assert str(tmp_path) in str(error.value) and "\n" not in str(error.value)
    assert time.perf_counter() - start < 20  # seconds: it is not tried again and again


def test_a_whole_file_in_the_cache_needs_no_network(tmp_path):
    (tmp_path / "x.bin").write_bytes(CONTENT)
    assert download("x.bin", [f"{NOBODY}x.bin"], KNOWN, tmp_path).read_bytes() == CONTENT


def test_a_damaged_file_in_the_cache_is_fetched_again_and_kept_until_then(get, server, tmp_path):
    (tmp_path / "cache").mkdir()
    path = tmp_path / "cache" / "x.bin"
    path.write_bytes(CONTENT[:100])
    with pytest.raises(ConnectionError):
        get("wrong")
    assert path.read_bytes() == CONTENT[:100]
    assert get("good") == path


def test_a_killed_download_leaves_nothing_that_stays(server, tmp_path):
    """The process is killed in the middle: no file of that name; the rest goes later."""
    code = f"""
import sys
from scratch.data.download import download
print("go", flush=True)
download("x.bin", [{server.url + "silent/x.bin"!r}], {KNOWN!r}, {str(tmp_path)!r})
"""
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    child.stdout.readline()
    for _ in range(1000):
        if any(path.stat().st_size for path in tmp_path.iterdir()):
            break
        server.quiet.wait(0.02)
    child.kill()
    child.wait()
    child.stdout.close()
    assert not (tmp_path / "x.bin").exists()
    (leftover,) = tmp_path.iterdir()
    download("x.bin", [f"{server.url}good/x.bin"], KNOWN, tmp_path)
    assert leftover.exists()  # it may belong to a process that still runs
    old = time.time() - 2 * downloads.LEFTOVER
    os.utime(leftover, (old, old))
    download("x.bin", [f"{server.url}good/x.bin"], KNOWN, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["x.bin"]


def test_a_folder_in_which_nothing_can_be_kept(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="cannot be kept in .*SCRATCH_DATA") as error:
        download("x.bin", [f"{server.url}good/x.bin"], KNOWN, tmp_path / "file")
    assert "\n" not in str(error.value)


def test_a_full_disk(get, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(downloads, "write_body", full)
        with pytest.raises(OSError, match="No space left on device.: make room"):
            get("good")


def test_a_proxy_is_asked(tmp_path, monkeypatch, server):
    proxy = serve(Proxy)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    address = "http://data.invalid/x.bin"
    assert download("x.bin", [address], KNOWN, tmp_path).read_bytes() == CONTENT
    assert proxy.asked == [(address, None)]
    download("x.bin", [f"{server.url}good/x.bin"], KNOWN, tmp_path / "direct")
    assert len(proxy.asked) == 1  # no_proxy is respected
    proxy.shutdown()
    proxy.server_close()


def test_a_proxy_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", NOBODY)
    with pytest.raises(ConnectionError, match="the proxy refuses"):
        download("x.bin", ["http://data.invalid/x.bin"], KNOWN, tmp_path)


def test_the_bar_counts_bytes(get, capsys):
    pytest.importorskip("tqdm")
    get("resumes")
    shown = capsys.readouterr().err
    assert "x.bin" in shown and "100%" in shown and "300k/300k" in shown


def test_without_tqdm(get, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert get("good").read_bytes() == CONTENT


def test_without_pooch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(FileNotFoundError, match="pip install pooch"):
        download("x.bin", [f"{NOBODY}x.bin"], KNOWN, tmp_path)
    (tmp_path / "x.bin").write_bytes(CONTENT)
    assert download("x.bin", [f"{NOBODY}x.bin"], KNOWN, tmp_path) == tmp_path / "x.bin"


class TestDataSets:
    @pytest.fixture
    def mirror(self, server, tmp_path, monkeypatch):
        """A mirror with a small MNIST, known by its hashes; every other address is dead."""
        server.mirror = tmp_path / "mirror"
        server.mirror.mkdir()
        files = {
            path.name: "md5:" + hashlib.md5(path.read_bytes()).hexdigest()
            for path in write_mnist(server.mirror).iterdir()
        }
        origin = addresses.Origin((f"{NOBODY}x/",), files)
        monkeypatch.setitem(addresses.ORIGINS, "mnist", origin)
        monkeypatch.setenv("SCRATCH_DATA", str(tmp_path / "cache"))
        monkeypatch.setenv("SCRATCH_MIRROR", server.url)
        return server

    def test_a_mirror_is_asked_first_and_once(self, mirror, tmp_path, monkeypatch):
        data = load_mnist(num_val=2)
        again = load_mnist(num_val=2)
        np.testing.assert_array_equal(data["X_train"], again["X_train"])
        assert sorted(path for path, _ in mirror.asked) == sorted(
            f"/mnist/{path.name}" for path in mirror.mirror.iterdir()
        )
        monkeypatch.delenv("SCRATCH_MIRROR")
        assert load_mnist(num_val=2)["y_test"].tolist() == [0, 1, 2, 3, 4]

    def test_a_mirror_without_the_file(self, mirror):
        for path in mirror.mirror.glob("t10k*"):
            path.unlink()
        with pytest.raises(ConnectionError) as error:
            load_mnist()
        assert "status 404" in str(error.value) and NOBODY in str(error.value)

    def test_a_mirror_of_other_files(self, mirror):
        for path in mirror.mirror.glob("t10k-labels*"):
            path.write_bytes(gzip.compress(b"not them"))
        with pytest.raises(ConnectionError, match="another hash"):
            load_mnist()

    def test_without_network_one_sentence_says_what_to_do(self, mirror, tmp_path, monkeypatch):
        monkeypatch.delenv("SCRATCH_MIRROR")
        with pytest.raises(ConnectionError) as error:
            load_mnist()
        parts = ("ubyte.gz", NOBODY, "no connection", str(tmp_path / "cache"), "load_scenes")
        assert all(part in str(error.value) for part in parts)
        assert "\n" not in str(error.value)

    def test_every_set_has_addresses_and_hashes(self):
        for origin in addresses.ORIGINS.values():
            assert all(base.startswith("http") and base.endswith("/") for base in origin.bases)
            for known in origin.files.values():
                kind, digits = known.split(":")
                assert len(digits) == {"md5": 32, "sha256": 64}[kind] and int(digits, 16)

    def test_the_folder_can_be_moved(self, monkeypatch):
        monkeypatch.setenv("SCRATCH_DATA", "/somewhere/else")
        assert str(data_folder()) in ("/somewhere/else", "\\somewhere\\else")
        monkeypatch.setenv("SCRATCH_DATA", "~/else")
        assert data_folder() == Path.home() / "else"
        monkeypatch.delenv("SCRATCH_DATA")
        assert data_folder().name == "cnns-rnns-from-scratch"
