"""Build the book, and open it.

    python -m course.build                 build into _build/html and open it in a browser
    python -m course.build --no-open       build only
    python -m course.build --offline       let pages load nothing from other hosts (needs npm)

A warning is an error: the site is still built, but the exit status is 1.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import webbrowser
from pathlib import Path

import yaml

from course.env import BUILD, ROOT, quiet_kernels

VENDOR = ROOT / "assets" / "vendor"

JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"  # the package has no __main__

# npm package -> patterns of the files that pages load from it
PACKAGES = {
    "mathjax@3": (
        "es5/tex-mml-chtml.js",
        "es5/output/chtml/fonts/woff-v2/*",
        "es5/input/tex/extensions/*",
    ),
    "requirejs@2": ("require.js",),
    "@jupyter-widgets/html-manager@1": ("dist/embed-amd.js", "dist/*.woff2", "*.woff2"),
}

OFFLINE_CONFIG = {
    "mathjax_path": "vendor/mathjax/es5/tex-mml-chtml.js",
    "nb_ipywidgets_js": {
        "vendor/requirejs/require.js": {},
        "vendor/@jupyter-widgets/html-manager/dist/embed-amd.js": {},
    },
}
OFFLINE_SCRIPT = ["js/offline.js", {"priority": 100}]

FOREIGN = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*?\bsrc\s*=\s*["']?(?:https?:)?//[^"'\s>]+"""
    r"""|<link\b(?=[^>]*\brel\s*=\s*["']?(?:stylesheet|preload|preconnect|icon))[^>]*?"""
    r"""\bhref\s*=\s*["']?(?:https?:)?//[^"'\s>]+""",
    re.IGNORECASE,
)


def source_digest():
    """Digest of all that the chapters' cells run or show but the execution cache cannot see."""
    digest = hashlib.sha256()
    for folder in ("scratch", "course", "assets"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and VENDOR not in path.parents and "__pycache__" not in path.parts:
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def forget_stale_outputs(build):
    """Delete the execution cache if the sources of outputs have changed: -> have they?"""
    stamp, digest = build / ".sources", source_digest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return False
    shutil.rmtree(build / ".jupyter_cache", ignore_errors=True)
    build.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest, encoding="utf-8")
    return True


def fetch_vendor():
    """Bring the JavaScript that pages would load from other hosts into ``assets/vendor`` by npm."""
    npm = shutil.which("npm")
    if npm is None and not VENDOR.exists():
        sys.exit("an offline site needs npm, once, to bring MathJax and the widget scripts along")
    for package, patterns in PACKAGES.items():
        target = VENDOR / package[: package.rindex("@")]
        if target.exists():
            continue
        downloads = BUILD / "npm"
        shutil.rmtree(downloads, ignore_errors=True)
        downloads.mkdir(parents=True)
        print(f"fetching {package}")
        subprocess.run([npm, "pack", "--silent", package], cwd=downloads, check=True)
        (archive,) = downloads.glob("*.tgz")
        unpack(archive, patterns, target)


def unpack(archive, patterns, target):
    """Copy the members of an npm ``archive`` that match one of ``patterns`` under ``target``."""
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            path = Path(*Path(member.name).parts[1:])  # without the leading "package/"
            if member.isfile() and any(path.match(p) for p in patterns) and ".." not in path.parts:
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                (target / path).write_bytes(tar.extractfile(member).read())


def offline_config(build):
    """A copy of ``_config.yml`` whose pages load nothing from another host."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    sphinx = config["sphinx"]["config"]
    sphinx.update(OFFLINE_CONFIG)
    sphinx["html_js_files"] = [OFFLINE_SCRIPT, *sphinx.get("html_js_files", [])]
    path = build / "_config.offline.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def foreign_requests(html):
    """``page: tag`` of everything in the site's pages that would be loaded from another host."""
    return [
        f"{page.relative_to(html)}: {tag}"
        for page in sorted(html.rglob("*.html"))
        for tag in FOREIGN.findall(page.read_text(encoding="utf-8"))
    ]


def build_site(output, *, offline):
    """Build the site under ``output/_build``; return its exit status and its first page."""
    build = output / "_build"
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), "-W", "-n", "--keep-going"]
    command += ["--path-output", str(output)]
    if forget_stale_outputs(build):
        command.append("--all")  # pages whose own text is the same must be read again
    if offline:
        fetch_vendor()
        command += ["--config", str(offline_config(build))]
    status = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONUTF8": "1"}).returncode
    if offline and (foreign := foreign_requests(build / "html")):
        print("the offline site would ask other hosts:", *foreign, sep="\n  ")
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


def main():
    summary = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m course.build", description=summary)
    parser.add_argument("--offline", action="store_true", help="load nothing from another host")
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument("--output", type=Path, default=ROOT, help="folder for _build")
    args = parser.parse_args()
    quiet_kernels()
    status, page = build_site(args.output.resolve(), offline=args.offline)
    if page.exists() and not args.no_open:
        open_page(page)
    sys.exit(status)


if __name__ == "__main__":
    main()
