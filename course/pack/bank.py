"""The quizzes as a question bank: GIFT for Moodle, a QTI 1.2 package for Canvas.

Formats: Moodle's "GIFT format" page; IMS Question and Test Interoperability 1.2 with IMS Content
Packaging 1.1, in the subset that Canvas imports. Formulas are left in TeX between ``\\(`` and
``\\)``, which both systems typeset.
"""

import re
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from course.notebooks.quiz import in_some_order, marked, names, quiz


@dataclass(frozen=True)
class Choice:
    """One option in HTML, whether it is the right one, and the reply to it."""

    say: str
    right: bool
    why: str


@dataclass(frozen=True)
class Question:
    """A multiple-choice question: ``ask`` in HTML, one right choice."""

    id: str
    ask: str
    choices: tuple[Choice, ...]


def questions():
    """Every question of every quiz, named by quiz and place."""
    return [
        Question(
            f"{name}-{number}",
            marked(question["ask"]),
            tuple(
                Choice(marked(option["say"]), bool(option.get("right")), marked(option["why"]))
                for option in in_some_order(question)
            ),
        )
        for name in names()
        for number, question in enumerate(quiz(name).questions, 1)
    ]


# ---- GIFT


def gift(bank):
    """The bank as GIFT text, a category for each chapter."""
    parts, category = [], None
    for question in bank:
        chapter = question.id.rpartition("-")[0]
        if chapter != category:
            parts.append(f"$CATEGORY: {chapter}\n")
            category = chapter
        parts.append(gift_question(question))
    return "\n".join(parts)


def gift_question(question):
    lines = [f"::{gift_text(question.id)}::[html]{gift_text(question.ask)}{{"]
    for choice in question.choices:
        sign = "=" if choice.right else "~"
        lines.append(f"\t{sign}[html]{gift_text(choice.say)}#[html]{gift_text(choice.why)}")
    return "\n".join([*lines, "}\n"])


def gift_text(text):
    """Text in one line in which the signs that mean something in GIFT are escaped."""
    return re.sub(r"([\\~=#{}:])", r"\\\1", " ".join(text.split()))


# ---- QTI 1.2


def write_qti(bank, path, title):
    """The bank as a zip that Canvas imports as a quiz ("QTI .zip file")."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        write_xml(package, "imsmanifest.xml", manifest())
        write_xml(package, "questions.xml", assessment(bank, title))


def write_xml(package, name, root):
    """Write ``root`` with a fixed date, so that equal banks make equal files."""
    entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
    package.writestr(entry, ET.tostring(root, encoding="utf-8", xml_declaration=True))


def manifest():
    root = ET.Element(
        "manifest",
        identifier="question-bank",
        xmlns="http://www.imsglobal.org/xsd/imscp_v1p1",
    )
    ET.SubElement(root, "organizations")
    resources = ET.SubElement(root, "resources")
    resource = ET.SubElement(
        resources,
        "resource",
        identifier="questions",
        type="imsqti_xmlv1p2",
        href="questions.xml",
    )
    ET.SubElement(resource, "file", href="questions.xml")
    return root


def assessment(bank, title):
    root = ET.Element("questestinterop", xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2")
    section = ET.SubElement(
        ET.SubElement(root, "assessment", ident="question-bank", title=title),
        "section",
        ident="root_section",
    )
    for question in bank:
        section.append(item(question))
    return root


def item(question):
    root = ET.Element("item", ident=question.id, title=question.id)
    kind = ET.SubElement(ET.SubElement(root, "itemmetadata"), "qtimetadata")
    field(kind, "question_type", "multiple_choice_question")
    field(kind, "points_possible", "1")
    presentation = ET.SubElement(root, "presentation")
    material(presentation, question.ask)
    single = ET.SubElement(presentation, "response_lid", ident="answer", rcardinality="Single")
    render = ET.SubElement(single, "render_choice")
    for number, choice in enumerate(question.choices):
        material(ET.SubElement(render, "response_label", ident=str(number)), choice.say)
    root.append(scoring(question))
    for number, choice in enumerate(question.choices):
        reply = ET.SubElement(root, "itemfeedback", ident=f"reply-{number}")
        material(ET.SubElement(reply, "flow_mat"), choice.why)
    return root


def field(parent, label, entry):
    one = ET.SubElement(parent, "qtimetadatafield")
    ET.SubElement(one, "fieldlabel").text = label
    ET.SubElement(one, "fieldentry").text = entry


def material(parent, text):
    ET.SubElement(ET.SubElement(parent, "material"), "mattext", texttype="text/html").text = text


def scoring(question):
    """Each choice shows its reply; the right one sets the score."""
    root = ET.Element("resprocessing")
    outcomes = ET.SubElement(root, "outcomes")
    ET.SubElement(
        outcomes, "decvar", varname="SCORE", vartype="Decimal", minvalue="0", maxvalue="100"
    )
    for number, choice in enumerate(question.choices):
        condition = ET.SubElement(root, "respcondition", {"continue": "Yes"})
        chosen = ET.SubElement(condition, "conditionvar")
        ET.SubElement(chosen, "varequal", respident="answer").text = str(number)
        if choice.right:
            ET.SubElement(condition, "setvar", action="Set", varname="SCORE").text = "100"
        ET.SubElement(
            condition, "displayfeedback", feedbacktype="Response", linkrefid=f"reply-{number}"
        )
    return root
