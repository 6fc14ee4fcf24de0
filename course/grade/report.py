"""Reports as plain HTML files: one for each learner, one overview of the class.

Every text is escaped, and a Content-Security-Policy forbids scripts and anything from elsewhere.
A learner's report holds no traceback and no number of a check.
"""

import statistics
from collections import Counter
from html import escape

from course.grade.gradebook import number
from course.grade.similarity import equal_answers
from course.markup import inline

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
body { color: #222; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ddd }
th, td { vertical-align: top; overflow-wrap: break-word }
th { white-space: nowrap }
.points { white-space: nowrap; text-align: right }
.full { color: #1b6e3c } .some { color: #8a5a00 } .none { color: #a3262a }
.total { font-size: 1.3rem; font-weight: 600 }
.count { display: inline-block; min-width: 2.2em; text-align: right; padding-right: .5em }
.bar { display: inline-block; height: .8em; background: #3f6fb5 }
.small { color: #555; font-size: .9rem }
.scroll { overflow-x: auto }
"""


def page(title, body):
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def rows(head, lines):
    """A table of cells that are escaped already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "\n".join("<tr>" + "".join(f"<td>{c}</td>" for c in line) + "</tr>" for line in lines)
    return f'<div class="scroll"><table>\n<tr>{top}</tr>\n{body}\n</table></div>'


def bullets(texts):
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>" if texts else ""


def shade(got, possible):
    return "full" if got >= possible else "some" if got else "none"


def points(got, possible):
    text = f"{number(got)} of {number(possible)}"
    return f'<span class="points {shade(got, possible)}">{text}</span>'


# ---------------------------------------------------------------- one learner


def learner_report(result, title, sections):
    """What a learner gets. ``sections`` maps a label of the book to (title, address)."""
    body = [f"<p>{escape(result['name'])}</p>", total(result)]
    body.append(bullets(result["notes"]))
    if result["items"]:
        body += ["<h2>Your points</h2>", items_table(result["items"], sections)]
    body.append(footer(result))
    return page(title, "\n".join(body))


def total(result):
    if result["status"] == "grader error":
        text = "GRADER ERROR: something went wrong on our side; your work has not been graded yet."
        return f'<p class="total none">{text}</p>'
    got, possible = result["score"], result["possible"]
    return f'<p class="total">{points(got, possible)} points</p>'


def items_table(items, sections):
    lines = [
        [item_title(item), points(item["got"], item["possible"]), comment(item, sections)]
        for item in items
    ]
    return rows(["check", "points", ""], lines)


def item_title(item):
    kind = "hidden check" if item["hidden"] else "training" if item["training"] else ""
    return escape(item["title"]) + (f'<br><span class="small">{kind}</span>' if kind else "")


def comment(item, sections):
    """Why points are missing, the mistake's name, and where to read."""
    if item["got"] >= item["possible"]:
        return "right"
    parts = [escape(item["message"])]
    if item["got"] > 0:
        good = [name for name, (got, _) in item["points"].items() if got]
        parts.append(f"right: {escape(', '.join(good))}")
    parts += [f"<strong>{inline(mistake['title'])}</strong>" for mistake in item["mistakes"]]
    labels = [mistake["section"] for mistake in item["mistakes"]] or [item["section"]]
    parts += [link(label, sections) for label in dict.fromkeys(labels) if label]
    return "<br>".join(parts)


def link(label, sections):
    title, address = sections.get(label, (label.removeprefix("sec:").replace("-", " "), None))
    if address is None:
        return f"read: {escape(title)}"
    return f'read: <a href="{escape(address, quote=True)}">{escape(title)}</a>'


def footer(result):
    layers = ", ".join(result.get("layers") or []) or "none"
    text = (
        f"Graded in {result.get('seconds', 0)} s with inputs drawn for this session; your code "
        f"ran under: {layers}. Hidden checks try other shapes and extreme numbers; what they "
        "tried is not shown."
    )
    return f'<p class="small">{escape(text)}</p>'


# ---------------------------------------------------------------- the class


def overview(results, title, reference, files):
    """What the instructor gets. ``files`` maps a learner to the name of the learner's report."""
    body = [summary(results), "<h2>Points</h2>", histogram(results)]
    body += ["<h2>Items</h2>", item_statistics(results)]
    body += section("Most common mistakes", common_mistakes(results))
    body += section("Equal answers after renaming", equal_table(results, reference))
    body += section("To look at by hand", troubles(results))
    body += ["<h2>Slowest</h2>", slowest(results), "<h2>Learners</h2>", learners(results, files)]
    return page(f"{title}: overview", "\n".join(body))


def section(title, content):
    return [f"<h2>{title}</h2>", content] if content else []


def graded(results):
    return [result for result in results if result["score"] is not None]


def summary(results):
    counts = Counter(result["status"] for result in results)
    text = f"{len(results)} submissions: " + ", ".join(f"{n} {s}" for s, n in counts.items())
    scores = [result["score"] for result in graded(results)]
    if scores:
        middle, possible = statistics.median(scores), results[0]["possible"]
        text += f". Median {number(middle)} of {number(possible)} points."
    layers = sorted({layer for result in results for layer in result.get("layers") or []})
    text += f" Layers of isolation in force: {', '.join(layers) or 'none'}."
    return f"<p>{escape(text)}</p>"


def histogram(results, bins=10):
    """How many learners got 0-10 %, 10-20 %, ..., and full marks."""
    counts = Counter()
    for result in graded(results):
        share = result["score"] / result["possible"] if result["possible"] else 0
        counts[bins if share >= 1 else int(share * bins)] += 1
    names = [f"{100 * b // bins}–{100 * (b + 1) // bins}\u00a0%" for b in range(bins)]
    names.append("100\u00a0%")
    most = max(counts.values(), default=1)
    return rows(["", ""], [[name, bar(counts[b], most)] for b, name in enumerate(names)])


def bar(count, most, size=18):
    """A count and a bar of at most ``size`` rem, or less on a narrow screen."""
    width = f"calc({count / most:.3f} * min({size}rem, {2 * size}vw))"
    return f'<span class="count">{count}</span><span class="bar" style="width: {width}"></span>'


def item_statistics(results):
    """For each item: how many had all of its points, some, none."""
    by_item = {}
    for result in results:
        for item in result["items"]:
            by_item.setdefault(item["id"], []).append(item)
    lines = []
    for name, items in by_item.items():
        states = Counter(shade(item["got"], item["possible"]) for item in items)
        mean = statistics.fmean(item["got"] for item in items)
        lines.append(
            [escape(name), points(round(mean, 2), items[0]["possible"])]
            + [bar(states[state], len(items), size=6) for state in ("full", "some", "none")]
        )
    return rows(["item", "mean", "all points", "some", "none"], lines)


def common_mistakes(results):
    counts = Counter()
    for result in results:
        found = {m["id"]: m["title"] for item in result["items"] for m in item["mistakes"]}
        counts.update(found.items())
    lines = [[inline(title), f"<code>{escape(id_)}</code>", str(n)]
             for (id_, title), n in counts.most_common(20)]  # fmt: skip
    return rows(["mistake", "", "learners"], lines) if lines else ""


def equal_table(results, reference):
    lines = [
        [escape(answer), escape(", ".join(who))]
        for answer, who in equal_answers(results, reference)
    ]
    return rows(["answer", "learners"], lines) if lines else ""


def troubles(results):
    """Everything but plain grading: unreadable files, faults of the grader, decisions made."""
    lines = [
        [escape(result["learner"]), escape(result["status"]), bullets(result["notes"])]
        for result in results
        if result["status"] != "graded" or result["notes"]
    ]
    return rows(["learner", "status", "notes"], lines) if lines else ""


def slowest(results, how_many=5):
    most = sorted(results, key=lambda result: -result.get("seconds", 0))[:how_many]
    return rows(["learner", "seconds"], [[escape(r["learner"]), r.get("seconds", 0)] for r in most])


def learners(results, files):
    lines = []
    for result in results:
        address = escape(files[result["learner"]], quote=True)
        score = "" if result["score"] is None else points(result["score"], result["possible"])
        name = f'<a href="reports/{address}">{escape(result["name"])}</a>'
        lines.append([name, score, escape(result["status"])])
    return rows(["learner", "points", "status"], lines)
