"""Build the book, and open it.

    python -m course.site.build              build into _build/html and open it in a browser
    python -m course.site.build --no-open    build only
    python -m course.site.build --pyodide FOLDER    exercises on the page take Python from a copy of
                                             this folder, or from a URL; default: its public CDN

A warning is an error: the site is still built, but the exit status is 1. So is a page that would
load anything from another host: the book is read without a network, too.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path

from course.env import ROOT, for_kernels
from course.files import write_whole
from course.site.inpage import BuildError, check_source, install

JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"  # the package has no __main__

FOREIGN = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*?\bsrc\s*=\s*["']?(?:https?:)?//[^"'\s>]+"""
    r"""|<link\b(?=[^>]*\brel\s*=\s*["']?(?:stylesheet|preload|preconnect|icon))[^>]*?"""
    r"""\bhref\s*=\s*["']?(?:https?:)?//[^"'\s>]+""",
    re.IGNORECASE,
)


def source_digest():
    """Digest of all that the chapters' cells run or show but the execution cache cannot see."""
    digest = hashlib.sha256()
    folders = [ROOT / name for name in ("scratch", "course", "assets", "book/quizzes")]
    files = [path for folder in folders for path in folder.rglob("*")]
    files += [ROOT / name for name in ("_config.yml", "_toc.yml", "book/chapters.yml")]
    for path in sorted(files):
        if path.is_file() and not {"__pycache__", "inpage", "vendor"} & set(path.parts):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def forget_stale_outputs(build):
    """Delete the execution cache if the sources of outputs have changed: -> have they?"""
    stamp, digest = build / ".sources", source_digest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return False
    shutil.rmtree(build / ".jupyter_cache", ignore_errors=True)
    write_whole(stamp, digest)
    return True


def foreign_requests(html):
    """``page: tag`` of everything in the site's pages that would be loaded from another host."""
    return [
        f"{page.relative_to(html)}: {tag}"
        for page in sorted(html.rglob("*.html"))
        for tag in FOREIGN.findall(page.read_text(encoding="utf-8"))
    ]


def told_places(html, root=ROOT):
    """The site's pages that name the folder in which they were built."""
    pages = sorted(html.rglob("*.html"))
    named = re.compile(re.escape(str(root)) + r"[/\\]")
    told = [page for page in pages if named.search(page.read_text(encoding="utf-8"))]
    return [page.relative_to(html).as_posix() for page in told]


IMAGE = re.compile(r"<img\b[^>]*>")
ALT = re.compile(r"""\balt=(["'])(.*?)\1""")
FILE_NAME = re.compile(r"^\S+\.(?:png|jpe?g|svg|gif)$|_images/", re.IGNORECASE)


def silent_pictures(html):
    """``page: tag`` of pictures with no words for those who cannot see them, or a file's name."""
    return [
        f"{page.relative_to(html)}: {tag[:120]}"
        for page in sorted(html.rglob("*.html"))
        for tag in IMAGE.findall(page.read_text(encoding="utf-8"))
        if not (alt := ALT.search(tag)) or FILE_NAME.search(alt[2])
    ]


def page_kernels(build):
    """The environment of the kernels that compute the pages: plots are drawn for phones, too."""
    return {**for_kernels(build, extension="course.figures.narrow"), "PYTHONUTF8": "1"}


def build_site(output, kernels, pyodide=None):
    """Build the site under ``output/_build``: -> its exit status, its first page.

    ``kernels`` is the environment that its pages' code runs in.
    """
    build = output / "_build"
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), "-W", "-n", "--keep-going"]
    command += ["--path-output", str(output)]
    if forget_stale_outputs(build):
        command.append("--all")  # pages whose own text is the same must be read again
    status = subprocess.run(command, cwd=ROOT, env=kernels).returncode
    install(build / "html", pyodide)
    if foreign := foreign_requests(build / "html"):
        print("pages would load from other hosts:", *foreign, sep="\n  ")
        status = 1
    if told := told_places(build / "html"):
        print("pages name a folder of this machine:", *told, sep="\n  ")
        status = 1
    if silent := silent_pictures(build / "html"):
        print("pictures are not told in words:", *silent, sep="\n  ")
        status = 1
    return status, build / "html" / "index.html"


def open_page(page):
    """Show ``page`` in a browser; say where it is when there is none."""
    print(f"the book is at {page}")
    headless = sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if not headless:
        webbrowser.open(page.as_uri())


def cannot_write(output, error):
    """The sentence for a folder in which nothing can be built."""
    return (
        f"The book cannot be built in {output} ({error.strerror}): name a folder "
        "that you may write to with --output FOLDER."
    )


def main():
    summary = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m course.site.build", description=summary)
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument("--output", type=Path, default=ROOT, help="folder for _build")
    parser.add_argument("--pyodide", metavar="FOLDER or URL", help="where pages take Python from")
    args = parser.parse_args()
    output = args.output.resolve()
    try:
        kernels = page_kernels(output / "_build")
    except OSError as error:
        sys.exit(cannot_write(output, error))
    try:
        check_source(args.pyodide)
        status, page = build_site(output, kernels, args.pyodide)
    except BuildError as error:
        sys.exit(str(error))
    if page.exists() and not args.no_open:
        open_page(page)
    sys.exit(status)


if __name__ == "__main__":
    main()
