"""JupyterLab's view of the files: those of the course can be opened and run, but not changed."""

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError

from course.lab.plain_markdown import plain_markdown
from course.notebooks.projects import is_project

PROTECTED = ("assets", "book", "course", "scratch", "solutions", "tests")


def belongs_to_the_course(path):
    """Is the file at ``path`` (from the root of the clone, with ``/``) one that git tracks?

    What begins with ``my_`` is a learner's own, and so is a notebook in ``exercises/`` that is no
    numbered exercise and no project: ``Untitled.ipynb``, say.
    """
    folder, _, name = path.strip("/").rpartition("/")
    if any(part.startswith("my_") for part in path.strip("/").split("/")):
        return False
    if folder == "exercises":
        return name[:1].isdigit() or is_project(name)
    return folder.split("/")[0] in PROTECTED


class CourseContentsManager(AsyncLargeFileManager):
    """Files of the course are read-only; JupyterLab says so and saves nothing over them."""

    async def get(self, path, *args, **kwargs):
        model = await super().get(path, *args, **kwargs)
        if model["type"] != "directory" and belongs_to_the_course(path):
            model["writable"] = False
            if is_chapter(path) and isinstance(model.get("content"), str):
                model["content"] = plain_markdown(model["content"])
        return model

    async def save(self, model, path=""):
        refuse(path)
        return await super().save(model, path)

    async def rename_file(self, old_path, new_path):
        refuse(old_path)
        refuse(new_path)
        return await super().rename_file(old_path, new_path)

    async def delete_file(self, path):
        refuse(path)
        return await super().delete_file(path)


def is_chapter(path):
    """Is this a page of the book? JupyterLab cannot read all of what such a page is written in."""
    folder, _, name = path.strip("/").rpartition("/")
    return folder == "book" and name.endswith(".md")


def refuse(path):
    """Raise what JupyterLab shows to a learner who wants to change a file of the course."""
    if belongs_to_the_course(path):
        raise HTTPError(
            403,
            reason=f"{path} belongs to the course and stays as it is, so that you can take in new "
            "versions. Work in the copy whose name begins with my_, or save under such a name.",
        )
