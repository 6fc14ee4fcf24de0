"""Cells of chapters that a reader can try: each runs as it stands, and follows what is changed."""

import pytest

from course.site.inpage import chapters

# chapter -> for each of its cells to try: what a reader changes, into what, and what is then shown
CHANGES = {
    "activations": [("-1.5", "1.5", "h = relu(z)\n4")],
    "conv_backward": [("[2, 3]]", "[2, 70]]", "70")],
    "conv_forward": [("stride=2", "stride=1", "16 / 16")],
    "first_network": [
        ("1.0, 3.0", "2.0, 3.0", "0.4"),
        ("steps=1000", "steps=10", "68% right"),
    ],
    "fully_connected": [("[2, 0]", "[2, 50]", "50")],
    "graph_chain_rule": [('{"x": 3}', '{"x": 5}', "q = m + x\n30")],
    "max_pool": [("[3, 4]", "[3, 40]", "40")],
    "optimizers": [("turn=45", "turn=0", "RMSProp 3.4e−8")],
    "rnn_time": [("[0, -1]]", "[0, -1], [5, 0]]", "t = 4")],
    "softmax": [("(5, 10)", "(5, 20)", "2.9957")],
    "words": [('"a left-hand ring"', '"No square"', "['no', 'square']")],
}
FIGURE = "course-figure"


@pytest.mark.parametrize("name", chapters())
def test_a_cell_to_try_runs_as_it_stands_and_follows_a_change(visit, name):
    page = visit(f"book/{name}.html")
    cells = page.tab.locator("div.tag_try").all()
    assert len(cells) == len(CHANGES[name])
    before = [content(cell.locator(".cell_output").first) for cell in cells]
    page.tab.get_by_role("button", name="Try it").first.click()
    for cell, (old, new, expected), given in zip(cells, CHANGES[name], before):
        field, output = cell.locator(".inpage-field"), cell.locator(".inpage-output")
        page.press(cell)
        assert content(output) == given  # what Python computes on the page is what the book shows
        seen, code = shown(output), field.input_value()
        assert code.count(old) == 1
        field.fill(code.replace(old, new))
        page.press(cell)
        assert content(output) != given
        assert expected in shown(output) and expected not in seen, shown(output)
        cell.get_by_role("button", name="Reset").click()
        assert field.input_value() == code
        assert cell.locator(".cell_output:visible").count() == 1


def content(output):
    """All numbers of a figure, or what was printed."""
    figure = output.locator(FIGURE)
    return figure.get_attribute("data") if figure.count() else output.inner_text().strip()


def shown(output):
    """What a reader sees of it: of a figure the last step of each of its tabs."""
    figure = output.locator(FIGURE)
    if not figure.count():
        return output.inner_text()
    figure.locator(".cf-body").wait_for()
    found = []
    for tab in [*figure.locator(".cf-tabs button").all()] or [None]:
        if tab is not None:
            tab.click()
        figure.locator(".cf-stage").press("End")
        found.append(figure.inner_text())
    return "\n".join(found)
