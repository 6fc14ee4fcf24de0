"""A figure with controls, where a kernel is running; the same figure, still, where none is."""

import html
from dataclasses import replace

from course.figures.element import assets, in_live_notebook

NOTE = "Run this cell in JupyterLab, and you get controls for {} here."


def live(make, **settings):
    """Show ``make(**values)``, a figure, and make it anew whenever a control changes.

    Each setting is ``(low, high)`` or ``(low, high, start)`` in integers, which becomes a slider,
    or a dict of named values, which becomes a menu; without ``start`` the first value starts. On a
    page with no kernel behind it the figure of these values is shown, and its caption says where
    the controls are: controls that do nothing would mislead.
    """
    if not in_live_notebook():
        figure = make(**{name: first(choices) for name, choices in settings.items()})
        note = NOTE.format(" and ".join(name.replace("_", " ") for name in settings))
        return replace(figure, data={**figure.data, "caption": note})
    return with_controls(make, settings)


def first(choices):
    """The value that a setting starts with."""
    if isinstance(choices, dict):
        return next(iter(choices.values()))
    return choices[2] if len(choices) == 3 else choices[0]


def chosen(choices, value):
    """What a control stands for: the value itself, or what a menu calls by that name."""
    return choices[value] if isinstance(choices, dict) else value


def with_controls(make, settings):
    """The widgets: controls in a row, and the figure below them."""
    import ipywidgets as widgets
    from IPython.display import HTML, display

    def control(name, choices):
        label = name.replace("_", " ")
        if isinstance(choices, dict):
            return widgets.Dropdown(options=list(choices), description=label)
        low, high = choices[:2]
        return widgets.IntSlider(first(choices), low, high, description=label)

    controls = {name: control(name, choices) for name, choices in settings.items()}
    stage = widgets.HTML(layout=widgets.Layout(width="100%", margin="0"))

    def recompute(_=None):
        values = {name: chosen(settings[name], widget.value) for name, widget in controls.items()}
        stage.value = shown(make, values)

    for widget in controls.values():
        widget.observe(recompute, "value")
    recompute()
    display(HTML(assets()))
    row = widgets.HBox(list(controls.values()), layout=widgets.Layout(flex_flow="row wrap"))
    return widgets.VBox([row, stage])


def shown(make, values):
    """The figure for these values, or why there is none, such as a window that does not fit."""
    try:
        return make(**values).element("live")
    except ValueError as error:
        return f"<p>{html.escape(str(error))}</p>"
