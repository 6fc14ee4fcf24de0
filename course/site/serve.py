"""Serve the built book on this machine, and on no other.

    python -m course.site.serve            http://127.0.0.1:8000, and the browser opens it
    python -m course.site.serve --no-open --port 8123 FOLDER

A page needs a server only for exercises that are done on it: a browser gives a page that was opened
as a file no thread to run Python in.
"""

import argparse
import functools
import http.server
import sys
import threading
import webbrowser
from pathlib import Path

from course.env import BUILD

TYPES = {  # browsers insist on these; what a system has registered may differ
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".ipynb": "application/json",
    ".whl": "application/zip",
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder. ``shared``: may pages of other addresses read it, too?"""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, **TYPES}
    protocol_version = "HTTP/1.1"

    def __init__(self, *args, shared=False, **kwargs):
        self.shared = shared
        super().__init__(*args, **kwargs)

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")  # ask again, and take what is the same
        if self.shared:
            self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *args):
        """Nothing: a page asks for dozens of files."""


class Server(http.server.ThreadingHTTPServer):
    """A reader who leaves a page while it loads is no error."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def server(folder, port=0, *, shared=False):
    """A server of ``folder`` for this machine; port 0 takes any that is free."""
    handler = functools.partial(Handler, directory=str(folder), shared=shared)
    return Server(("127.0.0.1", port), handler)


def address(serving):
    return f"http://127.0.0.1:{serving.server_port}/"


def in_background(folder, **options):
    """Serve ``folder`` until the process ends or ``.shutdown()``: -> (server, address)."""
    serving = server(folder, **options)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    return serving, address(serving)


def main():
    summary = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m course.site.serve", description=summary)
    parser.add_argument("folder", type=Path, nargs="?", default=BUILD / "html")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    args = parser.parse_args()
    if not (args.folder / "index.html").is_file():
        sys.exit(f"There is no book in {args.folder}: build it with `make book OPEN=0`.")
    try:
        serving = server(args.folder, args.port)
    except OSError as error:
        sys.exit(f"Port {args.port} is not free ({error.strerror}): give another with --port.")
    print(f"the book is at {address(serving)} (Control+C ends this)", flush=True)
    if not args.no_open:
        webbrowser.open(address(serving))
    try:
        serving.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
