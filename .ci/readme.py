"""Run the README's commands for a machine without `make`, as somebody would who copies them.

    python .ci/readme.py            run them one by one and stop at the first that fails
    python .ci/readme.py --list     only print them, as this system writes them

Continuous integration on Windows runs this, so the README cannot say what does not work.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AFTER = "Without `make`"  # the block of commands that follows these words


def commands(readme, *, windows):
    """The commands of the block, each as a list of words, without comments."""
    block = re.search(rf"{AFTER}.*?```sh\n(.*?)```", readme, re.DOTALL)
    if block is None:
        sys.exit(f"README.md: no block of commands after {AFTER!r}.")
    lines = [shlex.split(line, comments=True) for line in block.group(1).splitlines()]
    return [[word_for(word, windows) for word in line] for line in lines if line]


def word_for(word, windows):
    """A word as the system writes it: on Windows the environment's Python lies elsewhere."""
    return word.replace(".venv/bin/", ".venv\\Scripts\\") if windows else word


def main():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    todo = commands(readme, windows=os.name == "nt")
    for number, command in enumerate(todo, 1):
        print(f"[{number}/{len(todo)}] {' '.join(command)}", flush=True)
        if "--list" in sys.argv:
            continue
        command[0] = sys.executable if command[0] == "python" else command[0]
        if subprocess.run(command, cwd=ROOT).returncode:
            sys.exit(f"README.md: this command failed: {' '.join(command)}")


if __name__ == "__main__":
    main()
