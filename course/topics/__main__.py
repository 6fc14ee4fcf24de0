"""Try the known mistakes of a topic while writing them: is each caught, and named?

    python -m course.topics softmax          every mistake of one topic (all topics: no name)
    python -m course.topics --json FOLDER    the same entries as JSON, for where PyYAML is missing

The JSON of a topic is written to ``FOLDER/TOPIC/mistakes.json``; laid beside ``mistakes.yml``, it
is read in its place in a browser.
"""

import argparse
import json
import sys
from pathlib import Path

from course.checks import SPECS
from course.checks.confirm import as_cell
from course.checks.judge import judge
from course.checks.mistakes import BadEntry, of_topic, read
from course.topics import HERE, topics


def outcome(mistake):
    """What becomes of a known mistake: "" when it is caught and named, else what happened."""
    try:
        report = judge(SPECS[mistake.function], as_cell(mistake.source(), mistake.function))
    except (ValueError, SyntaxError) as error:
        return f"cannot be made: {error}"
    if report.passed:
        return "is not caught"
    named = [name for name, _ in report.diagnosis]
    return "" if named == [mistake.id] else f"is called {', '.join(named) or 'nothing'}"


def write_json(folder):
    for topic in topics():
        path = Path(folder, topic, "mistakes.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(read(HERE / topic / "mistakes.yml")), "utf-8")


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m course.topics")
    parser.add_argument("topic", nargs="*", choices=[*topics(), []], help="default: all")
    parser.add_argument("--json", metavar="FOLDER", help="write the entries as JSON")
    args = parser.parse_args(argv)
    if args.json:
        return write_json(args.json)
    failures = 0
    try:
        for topic in args.topic or topics():
            mistakes = of_topic(topic)
            bad = {m.id: why for m in mistakes if (why := outcome(m))}
            failures += len(bad)
            print(f"{topic}: {len(mistakes) - len(bad)} of {len(mistakes)} caught and named")
            for name, why in bad.items():
                print(f"  {name} {why}")
    except BadEntry as error:
        sys.exit(str(error))
    return sys.exit(failures > 0)


if __name__ == "__main__":
    main()
