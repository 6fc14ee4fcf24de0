"""What teaches: weave, checks, figures and grading. It may import `scratch`, never the reverse."""

from course.notebooks.progress import progress

__all__ = ["progress"]
