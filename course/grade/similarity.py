"""Answers that are equal once names, comments and spacing are left out, for the instructor.

Equal answers prove nothing: a short function has few ways to be written, and a class shares a book.
So short answers and the reference's own are left out of the list, and nothing is done to any score.
"""

SMALLEST = 60  # nodes of the syntax tree; ``relu`` in one line has about 20


def equal_answers(results, reference):
    """``[(answer id, [learners])]`` for each answer that several learners share."""
    groups = {}
    for result in results:
        for answer, form in result.get("answers", {}).items():
            if form and form["size"] >= SMALLEST and form["digest"] != reference.get(answer):
                groups.setdefault((answer, form["digest"]), []).append(result["learner"])
    shared = [(answer, learners) for (answer, _), learners in groups.items() if len(learners) > 1]
    return sorted(shared, key=lambda entry: (len(entry[1]), entry))


def answer_groups(results, reference):
    """``[(answer id, groups)]``: learners with the same diagnosis, and in it with the same code.

    The diagnosis is the points of the items that an answer is about, the mistakes that were named,
    and what the answer ended in.
    """
    by_answer = {}
    for result in results:
        for name, answer in (result.get("answers") or {}).items():
            if answer and answer.get("text"):
                key = diagnosis(name, answer, result)
                forms = by_answer.setdefault(name, {}).setdefault(key, {})
                forms.setdefault(answer["digest"], (answer, []))[1].append(result["learner"])
    return [
        (name, sorted((group(key, forms, reference.get(name)) for key, forms in found.items()),
                      key=lambda entry: -entry["learners"]))
        for name, found in by_answer.items()
    ]  # fmt: skip


def diagnosis(name, answer, result):
    """(points, possible points, mistakes, messages) of one learner's answer."""
    items = [item for item in result["items"] if item["answers"] and item["answers"][0] == name]
    mistakes = sorted({m["title"] for item in items for m in item["mistakes"]})
    errors = [answer["error"]] if answer.get("error") else []
    messages = errors or sorted({i["message"] for i in items if i["message"] and not mistakes})
    got = round(sum(item["got"] for item in items), 4)
    return got, sum(item["possible"] for item in items), tuple(mistakes), tuple(messages)


def group(key, forms, reference):
    got, possible, mistakes, messages = key
    ordered = sorted(forms.items(), key=lambda entry: -len(entry[1][1]))
    return {
        "got": got,
        "possible": possible,
        "mistakes": mistakes,
        "messages": messages,
        "learners": sum(len(who) for _, who in forms.values()),
        "forms": [
            {"answer": answer, "who": who, "is_reference": digest == reference}
            for digest, (answer, who) in ordered
        ],
    }
