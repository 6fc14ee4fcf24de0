"""With the keyboard alone, in both themes, on a phone, and for those who hear the page."""

import pytest

PATH = "exercises/07_conv_backward.html"
CODE = "def conv_db(dout):\nreturn dout.sum(axis=(0, 2, 3))"
CONTRAST = """() => {
  const channel = (v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => color.slice(0, 3).map((v) => channel(v / 255))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = rgb(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const seen = document.querySelectorAll(".inpage-paint, .inpage-paint span, .inpage-button, "
    + ".inpage-status, .inpage-note, .inpage-error *, .inpage-keys");
  const shown = [...seen].filter((node) => node.textContent.trim() && node.offsetParent);
  return shown.map((node) => {
    const [a, b] = [light(rgb(getComputedStyle(node).color)), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return [ratio, node.className, node.textContent.slice(0, 20)];
  }).filter(([ratio]) => ratio < 4.5);
}"""
SAME_PLACE = """() => {
  const both = [".inpage-paint", ".inpage-field"].map((name) => document.querySelector(name));
  const names = ["fontFamily", "fontSize", "lineHeight", "paddingLeft", "paddingTop", "tabSize"];
  const style = (node) => names.map((name) => getComputedStyle(node)[name]).join();
  const place = (node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    return [x, y, width, height].map(Math.round).join();
  };
  const [paint, field] = both;
  return style(paint) === style(field) && place(paint) === place(field)
    && field.scrollHeight <= field.clientHeight + 1 && field.scrollWidth <= field.clientWidth + 1;
}"""
UNNAMED = """() => [...document.querySelectorAll(".inpage-button, .inpage-field")]
  .filter((node) => !(node.textContent.trim() || node.ariaLabel)).length"""


def test_by_keyboard_alone_from_the_click_to_a_passed_check(visit):
    page = visit(PATH)
    tab, keys = page.tab, page.tab.keyboard
    tab.get_by_role("button", name="Do it here").focus()
    keys.press("Enter")
    tab.locator(".inpage-field").first.wait_for()
    for _ in range(30):
        keys.press("Tab")
        if "conv_db" in (tab.evaluate("document.activeElement.getAttribute('aria-label')") or ""):
            break
    assert tab.evaluate("document.activeElement.tagName") == "TEXTAREA"
    keys.press("Control+a")
    keys.type("def conv_db(dout):\nreturn dout.sum(axis=(0, 2, 3))")
    indented = page.answer("conv_db").input_value()
    assert indented == "def conv_db(dout):\n    return dout.sum(axis=(0, 2, 3))"
    keys.press("Shift+Enter")
    page.wait(page.box("check(conv_db)").locator(".inpage-button").first)
    told = page.box("check(conv_db)").locator("[role=status].visually-hidden").text_content()
    assert "conv_db: right" in told  # heard, for it is seen above
    keys.press("Escape")
    keys.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Reset"
    keys.press("Tab")
    assert tab.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_keys_of_the_editor(visit):
    page = visit(PATH, python=False).begin()
    field, keys = page.answer("conv_db"), page.tab.keyboard
    typed = []

    def now(*presses):
        for key in presses:
            keys.press(key)
        typed.append(field.input_value())
        return typed[-1]

    field.fill("a = 1\nb = 2")
    assert now("Control+a", "Tab") == "    a = 1\n    b = 2"
    assert now("Shift+Tab") == "a = 1\nb = 2"
    assert now("Control+/") == "# a = 1\n# b = 2"
    assert now("Control+/") == "a = 1\nb = 2"
    assert now("Control+z") == "# a = 1\n# b = 2"
    field.fill("if x:")
    assert now("End", "Enter") == "if x:\n    "
    assert now("Backspace") == "if x:\n"
    assert now("Tab", "r", "Tab") == "if x:\n    r   "
    field.fill("for x in y:\n    return x")
    assert now("Control+End", "Enter") == "for x in y:\n    return x\n"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_in_both_themes_and_on_a_phone(visit, width, dark):
    page = visit(PATH, width=width, dark=dark, python=width > 600).begin()
    page.write("conv_db", f'"""words"""  # {"a comment " * 12}\nx = 1.5 + f("a", None)\ny = x @')
    page.check("conv_db")  # an error, of the code or of loading
    page.answer("conv_dw").focus()
    assert page.tab.evaluate(SAME_PLACE)
    assert page.tab.evaluate(CONTRAST) == []
    assert page.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width < 600:  # else a phone enlarges the page when the field gets the focus
        size = page.answer("conv_db").evaluate(
            "field => parseFloat(getComputedStyle(field).fontSize)"
        )
        assert size >= 16


def test_what_a_screen_reader_is_told(visit):
    page = visit(PATH, python=False).begin()
    field = page.answer("conv_db")
    told = page.tab.locator(f"#{field.get_attribute('aria-describedby')}").text_content()
    assert "Escape, then Tab, leaves" in told
    assert page.tab.locator(".inpage-paint").first.get_attribute("aria-hidden") == "true"
    assert page.tab.evaluate(UNNAMED) == 0
