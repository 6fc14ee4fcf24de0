"""Answers that are equal once names, comments and spacing are left out, for the instructor.

Equal answers prove nothing: a short function has few ways to be written, and a class shares a book.
So short answers and the reference's own are left out, and nothing is done to any score.
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
