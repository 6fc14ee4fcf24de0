"""The contract between Python and the scripts: what a figure's JSON holds, held from both sides."""

import copy
import json

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from course.env import ROOT
from course.figures.element import assets
from tests.browser import chromium
from tests.test_figures import FIGURES

CONTRACT = yaml.safe_load((ROOT / "course/figures/contract.yml").read_text(encoding="utf-8"))
DEFS = CONTRACT["$defs"]


def misfit(data, schema):
    """Say where ``data`` is not what ``schema`` says; None where it is."""
    error = best_match(Draft202012Validator({**schema, "$defs": DEFS}).iter_errors(data))
    return error and f"{error.json_path}: {error.message}"


def partial(schema):
    """The same, where any field may be missing."""
    return {**schema, "required": []}


def kinds_used():
    return {make().kind for make in FIGURES.values()}


def test_the_contract_is_sound_and_every_kind_has_an_example():
    for schema in (*CONTRACT["kinds"].values(), *DEFS.values()):
        Draft202012Validator.check_schema({**schema, "$defs": DEFS})
        assert set(schema.get("required", [])) <= set(schema.get("properties", []))
    assert kinds_used() == set(CONTRACT["kinds"])


@pytest.mark.parametrize("name", FIGURES)
def test_python_writes_what_the_contract_says(name):
    figure = FIGURES[name]()
    data = json.loads(json.dumps(figure.data))  # as the page gets it
    assert misfit(data, CONTRACT["kinds"][figure.kind]) is None
    if figure.kind == "panels":
        for mode in data["modes"]:
            assert len(mode["texts"]) == len(mode["frames"])
            for k, frame in enumerate(mode["frames"]):
                for kind, fields in zip(data["kinds"], frame, strict=True):
                    schema = DEFS[f"panel_{kind}"]
                    assert misfit(fields, partial(schema) if k else schema) is None


# ---- what the scripts read

SPY = """(() => {
  const read = new Set(), parse = JSON.parse;
  const spy = (value, path) => value === null || typeof value !== "object" ? value :
    new Proxy(value, { get(target, key) {
      if (typeof key === "symbol" || (Array.isArray(target) && !/^\\d+$/.test(key)))
        return Reflect.get(target, key);
      if (key === "toJSON") return undefined;
      const here = path + (Array.isArray(target) ? "/[]" : "/" + key);
      read.add(here);
      return spy(target[key], here);
    } });
  JSON.parse = (text) => {
    const value = parse(text);
    return value && value.caption ? spy(value, "") : value;
  };
  globalThis.fieldsRead = () => [...read];
})()"""

DRIVE = """(figure) => {
  for (const mode of figure.player?.modes.keys() ?? []) {
    for (let step = 0; step < figure.player.modes[mode].steps; step++)
      figure.player.turn({ mode, step });
    const cells = figure.querySelectorAll(".cf-scene:not(.cf-off) .cf-live .cf-cell");
    for (let k = 0; k < cells.length; k += 3) cells[k].click();
  }
  return fieldsRead();
}"""


def fields_of(schema, path=""):
    """The paths of all fields that a schema names, those of array items as ``/[]``."""
    if "$ref" in schema:
        schema = {**DEFS[schema["$ref"].rpartition("/")[2]], **schema}
    for name, field in schema.get("properties", {}).items():
        yield f"{path}/{name}"
        yield from fields_of(field, f"{path}/{name}")
    if "items" in schema:
        yield from fields_of(schema["items"], f"{path}/[]")


def fields_of_kind(kind):
    found = set(fields_of(CONTRACT["kinds"][kind]))
    if kind == "panels":
        for name, panel in DEFS.items():
            if name.startswith("panel_"):
                found |= set(fields_of(panel, "/modes/[]/frames/[]/[]"))
    return found


def objects_only(paths):
    """Paths that end in a name: ``/nodes/[]/[]`` is an element, no field."""
    return {path for path in paths if not path.endswith("[]")}


@pytest.fixture(scope="module")
def read():
    """``kind -> paths`` of all fields that the scripts read, driven through every example."""
    found = {kind: set() for kind in CONTRACT["kinds"]}
    with chromium() as browser:
        for make in FIGURES.values():
            figure, page = make(), browser.new_page()
            page.set_content("<!doctype html><body></body>")
            page.evaluate(SPY)
            page.evaluate("(html) => { document.body.innerHTML = html; }", figure.element())
            for script in assets().split("<script>")[1:]:
                page.add_script_tag(content=script.removesuffix("</script>"))
            found[figure.kind] |= set(page.eval_on_selector("course-figure", DRIVE))
            page.close()
    return found


@pytest.mark.parametrize("kind", CONTRACT["kinds"])
def test_scripts_read_what_the_contract_says_and_all_of_it(read, kind):
    reading = {path for path in objects_only(read[kind]) if not path.startswith("/values/")}
    assert reading == fields_of_kind(kind)


def test_a_field_too_few_or_too_many_is_found():
    figure = FIGURES["fc"]()
    for change in ("less", "more"):
        data = copy.deepcopy(json.loads(json.dumps(figure.data)))
        data.pop("x") if change == "less" else data.update(extra=1)
        assert ("x" if change == "less" else "extra") in misfit(data, CONTRACT["kinds"]["fc"])
