"""What grading again has changed: whose points, where, and why."""

from course.grade.gradebook import number, table

COLUMNS = ("learner", "item", "before", "after", "why")


def changes(before, after):
    """A row for each learner whose points changed, and one for each item. Learners that are new
    or gone are told too."""
    old = {result["learner"]: result for result in before}
    rows = []
    for result in after:
        known = old.pop(result["learner"], None)
        if known is not None:
            rows += of_learner(known, result)
    rows += [
        (name, "", points(result), "", "not handed in any more") for name, result in old.items()
    ]
    return rows


def of_learner(before, after):
    if points(before) == points(after) and before["status"] == after["status"]:
        return
    name = after["learner"]
    yield name, "", points(before), points(after), why(before, after)
    old = {item["id"]: item["got"] for item in before["items"]}
    for item in after["items"]:
        if item["id"] not in old:
            yield name, item["id"], "", number(item["got"]), "a new item"
        elif old.pop(item["id"]) != item["got"]:
            was = next(i["got"] for i in before["items"] if i["id"] == item["id"])
            yield name, item["id"], number(was), number(item["got"]), item["message"]
    for gone, got in old.items():
        yield name, gone, number(got), "", "no item any more"


def points(result):
    return number(result["score"])


def why(before, after):
    if before["status"] != after["status"]:
        return f"{before['status']}, now {after['status']}"
    if before.get("sha256") != after.get("sha256"):
        return "another notebook was handed in"
    if before.get("digest") != after.get("digest"):
        return "the assignment was changed"
    return "the same notebook and assignment: look at it by hand"


def text_of(rows):
    return table([COLUMNS, *rows])
