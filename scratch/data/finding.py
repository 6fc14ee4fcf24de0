"""Find the files of a data set wherever they lie below a folder, in archives too.

People's copies differ: an archive unpacked once, twice or not at all, a folder around each file, a
name with "(1)", a .gz that the browser has unpacked already. What can be meant in one way only is
read. Whatever is missing, damaged or there twice gets one sentence that names the file.
"""

import os
import re
from collections import Counter
from pathlib import Path

from scratch.data.archives import Entry, members

GO_ON = "Meanwhile `load_scenes()` and `load_scene_captions()` need no files."
DEPTH = 4  # folders below the one that was given
MOST_FOLDERS = 2000
ARCHIVE = re.compile(r"\.(?:zip|tar|tgz|tar\.\w+)$")
UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".opdownload", ".tmp")


class Files:
    """All files below ``root``, a folder or an archive, by name; a name may be there repeatedly.

    ``what`` and ``offer`` name the data set and its files in messages. Every .zip is looked into,
    and archives whose names match ``archives``, in other archives too. Folders and files whose
    names match ``others`` belong to another data set. Both are patterns for lower-case names.
    """

    def __init__(self, root, what, *, offer, archives, others="(?!)"):
        self.root, self.what, self.offer = Path(root).expanduser(), what, offer
        self.archives, self.others = re.compile(archives), re.compile(others)
        if not self.root.exists():
            raise FileNotFoundError(f"There is no {root}: expected a folder with {offer}. {GO_ON}")
        if self.root.is_file() and not ARCHIVE.search(usual_name(str(self.root))):
            self.root = self.root.parent  # one of the files was named
        self.plain, self.packed, self.troubles = {}, None, []
        for entry in self.below_root():
            self.plain.setdefault(usual_name(entry.place), []).append(entry)

    def prefer_plain(self, *names):
        """Where one of these lies outside of archives, archives do not count."""
        if any(usual_name(name) in self.plain for name in names):
            self.packed = {}

    def find(self, *names):
        """The files called so: those that lie least deep, and plain ones before packed ones."""
        found = [entry for name in names for entry in self.plain.get(usual_name(name), ())]
        if not found:
            packed = self.look_into_archives()
            found = [entry for name in names for entry in packed.get(usual_name(name), ())]
        least = min((entry.depth for entry in found), default=0)
        return [entry for entry in found if entry.depth == least]

    def read(self, *names, parse):
        """``parse(content, place)`` of the one file called so.

        A damaged copy does not count beside a whole one. Copies that differ raise.
        """
        results, errors = {}, []
        for entry in self.find(*names) or self.lacks(*names):
            try:
                content = entry.read()
                results.setdefault(content, (parse(content, entry.place), entry.place))
            except ValueError as error:
                errors.append(error)
        if len(results) > 1:
            places = " and ".join(place for _, place in results.values())
            raise ValueError(
                f"{names[0]} is there twice, and the two differ: {places}. Remove one, or pass "
                f"the folder of {self.what} as root."
            )
        if not results:
            raise errors[0]
        return next(iter(results.values()))[0]

    def lacks(self, *names):
        """Raise what there is to say when no file is called so."""
        if self.troubles:
            raise self.troubles[0]
        there = rarest_first({Path(e.place).name for some in self.plain.values() for e in some})
        for name in there:
            if name.endswith(UNFINISHED) and name.startswith(names):
                raise FileNotFoundError(
                    f"{self.root} has {name}, an unfinished download of {names[0]}: let it finish, "
                    f"or download it again. {GO_ON}"
                )
        listing = ", ".join(there[:8]) + (", ..." if len(there) > 8 else "") or "nothing"
        raise FileNotFoundError(
            f"{self.root} lacks {names[0]} of {self.what}: expected {self.offer}, found {listing}. "
            f"{GO_ON}"
        )

    def below_root(self):
        """An ``Entry`` for each file on disk."""
        if self.root.is_file():
            yield Entry(str(self.root), 0, self.root.read_bytes, self.root)
        for count, (folder, inner, names) in enumerate(os.walk(self.root, followlinks=True)):
            if count == MOST_FOLDERS:
                raise ValueError(
                    f"{self.root} has more than {count} folders: pass the one of {self.what}."
                )
            depth = len(Path(folder).relative_to(self.root).parts)
            inner[:] = sorted(filter(self.is_ours, inner)) if depth < DEPTH else []
            for path in (Path(folder, name) for name in sorted(filter(self.is_ours, names))):
                yield Entry(str(path), depth, path.read_bytes, path)

    def is_ours(self, name):
        """Neither a leftover of a system (``._train-images``) nor of another data set."""
        return not (name.startswith((".", "__MACOSX")) or self.others.search(name.casefold()))

    def look_into_archives(self):
        """The files in the archives by name; what cannot be opened is noted in ``troubles``."""
        if self.packed is None:
            self.packed = {}
            todo = [entry for several in self.plain.values() for entry in several]
            for archive in filter(self.is_archive, todo):
                try:
                    inside = list(members(archive))
                except ValueError as error:
                    self.troubles.append(error)
                    continue
                for entry in inside:
                    if all(map(self.is_ours, entry.place.removeprefix(archive.place).split("/"))):
                        self.packed.setdefault(usual_name(entry.place), []).append(entry)
                        todo.append(entry)
        return self.packed

    def is_archive(self, entry):
        """Whether to look into this file."""
        name = usual_name(entry.place)
        return bool(self.archives.search(name)) or (bool(entry.path) and name.endswith(".zip"))


def rarest_first(names):
    """File names, those with a rare ending first: one text says more than thousand pictures."""
    counts = Counter(Path(name).suffix for name in names)
    return sorted(names, key=lambda name: (counts[Path(name).suffix], name))


def usual_name(place):
    """``A/Train-Images (1).gz`` -> ``train-images.gz``: the name before it was saved again."""
    name = re.split(r"[\\/]", place)[-1].casefold()
    name = re.sub(r"(?:(?: -)? copy(?: \d+)?)?(?: ?\(\d+\))?(?=(?:\.[a-z0-9]+)*$)", "", name)
    return re.sub(r"(\.[a-z]+)\1$", r"\1", name)  # .txt.txt
