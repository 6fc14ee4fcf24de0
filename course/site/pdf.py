"""The whole book as one PDF: ``make pdf``.

    python -m course.site.pdf                  write _build/pdf/book.pdf
    python -m course.site.pdf --output FOLDER  write FOLDER/_build/pdf/book.pdf

Needs XeLaTeX with latexmk, and a browser, which draws the figures (``make browser``). What the
pages' cells have computed for the site is not computed again. The exit status is 1 when a page
cannot be set, when the fonts lack a letter, or when something sticks out into the margin.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from course.env import ROOT
from course.site.browser import NoBrowser, chromium
from course.site.build import JUPYTER_BOOK, forget_stale_outputs, page_kernels

PACKAGES = (
    "latexmk texlive-xetex texlive-latex-extra texlive-fonts-recommended fonts-freefont-otf "
    "fonts-dejavu-core lmodern tex-gyre"
)
TOO_WIDE = 12  # points that a line may stick out before anybody sees it
SET = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-file-line-error", "-silent", "book.tex"]


def write_tex(output):
    """Write ``_build/latex/book.tex`` with its pictures; -> exit status."""
    build = output / "_build"
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), "--builder", "latex"]
    command += ["--keep-going", "--path-output", str(output)]
    if forget_stale_outputs(build):
        command.append("--all")
    return subprocess.run(command, cwd=ROOT, env=page_kernels(build)).returncode


def problems(log):
    """What the log of LaTeX says that a reader would see, as sentences."""
    text = log.replace("\r", "")
    found = [f"error: {line}" for line in re.findall(r"^\S+\.tex:\d+: .*", text, re.M)]
    missing = re.findall(r"Missing character: There is no (\S+)", text)
    found += [f"no font has {letter}" for letter in sorted(set(missing))]
    for points, kind, where in re.findall(
        r"Overfull \\hbox \(([\d.]+)pt too wide\) (in \w+|has occurred)[^\n]*?(\d+--\d+)?\n", text
    ):
        if float(points) > TOO_WIDE:
            found.append(f"{float(points):.0f} points too wide, {kind} {where}".rstrip())
    found += [f"leads nowhere: {label}" for label in re.findall(r"Hyper reference `(.*?)'", text)]
    return found


def loose_citations(tex):
    """What is cited and stands in no list, as sentences."""
    listed = set(re.findall(r"\\bibitem\[[^\]]*\]\{([^}]*)\}", tex))
    cited = set(re.findall(r"\\hyperlink\{cite\.([^}]*)\}", tex))
    return [f"cited, and not listed: {label}" for label in sorted(cited - listed)]


def missing_programs():
    """A sentence that says what to install, or None."""
    if not all(map(shutil.which, ("latexmk", "xelatex"))):
        return f"XeLaTeX is not installed. On Debian and Ubuntu: apt-get install {PACKAGES}"
    try:
        with chromium():
            return None
    except NoBrowser as missing:
        return str(missing)


def make(output):
    """Write the book; -> (exit status, its path)."""
    if write_tex(output):
        return 1, None
    folder = output / "_build" / "latex"
    subprocess.run(SET, cwd=folder, stdout=subprocess.DEVNULL)
    made, log = folder / "book.pdf", folder / "book.log"
    if not made.exists():
        print(f"LaTeX made no book: see {log}")
        return 1, None
    pdf = output / "_build" / "pdf" / "book.pdf"
    pdf.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made, pdf)
    found = problems(log.read_text(encoding="utf-8", errors="replace"))
    found += loose_citations((folder / "book.tex").read_text(encoding="utf-8"))
    print(*found, sep="\n")
    return int(bool(found)), pdf


def main():
    parser = argparse.ArgumentParser(
        prog="python -m course.site.pdf", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--output", type=Path, default=ROOT, help="folder for _build")
    output = parser.parse_args().output.resolve()
    if missing := missing_programs():
        sys.exit(missing)
    status, pdf = make(output)
    print(f"the book is at {pdf}" if pdf else "there is no book")
    sys.exit(status)


if __name__ == "__main__":
    main()
