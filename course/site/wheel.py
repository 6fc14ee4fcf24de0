"""The wheel that a page loads: ``scratch``, and of ``course`` what checks and figures need.

It has the network that looks at a reader's picture, too.

With them comes the Markdown renderer of the checks' sentences: nothing else has to be installed.

The same files give the same bytes, and other files another name: no browser keeps an old one.
"""

import hashlib
import json
import re
import zipfile
from importlib import import_module
from pathlib import Path

from course.env import ROOT

PROJECT = "cnns_rnns_from_scratch"
PACKED = ("scratch", "course", "assets/js", "assets/css")
FILES = ("book/results/pocket.npz",)  # the network for a reader's picture
CHAPTERS = ("book", "_toc.yml", "_config.yml")  # for chapters as notebooks
LIBRARIES = ("markdown_it", "mdurl")  # pure Python, MIT
LEFT_OUT = ("course/grade/", "assets/js/inpage", "__pycache__")
TAG = "Wheel-Version: 1.0\nGenerator: course.site.wheel\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def version():
    """The project's version, as ``pyproject.toml`` has it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.findall(r'^version = "(.+)"$', text, re.MULTILINE)[0]


def sources(root=ROOT):
    """``name in the wheel -> bytes`` of all that it carries."""
    files = {}
    for part in PACKED:
        for path in sorted((root / part).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and not any(out in name for out in LEFT_OUT):
                files[name] = path.read_bytes()
                if path.suffix in (".yml", ".yaml"):
                    files[name.rpartition(".")[0] + ".json"] = as_json(path)
    files |= {name: (root / name).read_bytes() for name in FILES if (root / name).exists()}
    return files | libraries()


def chapters(root=ROOT):
    """``name -> bytes`` of what a chapter reads as a notebook: titles, quizzes, results."""
    files = {}
    for part in CHAPTERS:
        for path in sorted([root / part, *(root / part).rglob("*")]):
            name = path.relative_to(root).as_posix()
            if path.suffix in (".md", ".yml", ".json") and ".rubric." not in name:
                files[name] = path.read_bytes()
                if path.suffix == ".yml":
                    files[name.removesuffix(".yml") + ".json"] = as_json(path)
    return files


def libraries():
    """The source of the libraries, as they are installed here."""
    files = {}
    for library in LIBRARIES:
        folder = Path(import_module(library).__file__ or "").parent
        for path in sorted(folder.rglob("*.py")):
            files[path.relative_to(folder.parent).as_posix()] = path.read_bytes()
    return files


def as_json(path):
    """A YAML file as JSON, which Python reads with nothing installed."""
    import yaml  # where pages are built it is there, where they are read it is not

    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def digest(files):
    """A few letters that change when a file does."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()[:10]


def write_wheel(folder, files=None):
    """Write the wheel into ``folder``: -> its path. The build tag in its name is the digest."""
    files = sources() if files is None else files
    release = version()
    info = f"{PROJECT}-{release}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {PROJECT.replace('_', '-')}\nVersion: {release}\n"
    build = f"0{digest(files)}"
    packed = {
        **files,
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": f"{TAG}Build: {build}\n".encode(),
    }
    record = f"{info}/RECORD"
    packed[record] = "".join(f"{name},,\n" for name in [*packed, record]).encode()
    path = Path(folder) / f"{PROJECT}-{release}-{build}-py3-none-any.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in packed.items():
            wheel.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return path
