"""Names of several runs in the curves: shorter in narrow panels, and at the ends of the lines for many runs."""

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from explorer.ui.curves.legend import CurveLegend, LegendEntry, Stroke, brief_run_names


@pytest.mark.parametrize(
    ("names", "brief"),
    [
        (("digits-ae", "digits-vae", "digits-vae10"), ("ae", "vae", "vae10")),
        (("digits-vae", "digits-vae-2"), ("vae", "vae-2")),
        (("mnist only kl", "mnist both"), ("only kl", "both")),
        (("vae", "ae"), ("vae", "ae")),
        (("same", "same"), ("same", "same")),
        (("one",), ("one",)),
        ((), ()),
    ],
)
def test_names_leave_out_what_all_begin_with(names: tuple[str, ...], brief: tuple[str, ...]) -> None:
    assert brief_run_names(names) == brief


def test_four_runs_are_named_where_room_is_short(qtbot: QtBot) -> None:
    legend = CurveLegend()
    qtbot.addWidget(legend)
    legend.apply_theme("#ffffff", "#888888")
    names = ("digits-ae", "digits-vae", "digits-beta-4", "digits-vae10")
    stroke = Stroke(QColor("white").name(), 1.0)
    entries = tuple(
        LegendEntry(name, stroke, brief=brief) for name, brief in zip(names, brief_run_names(names), strict=True)
    )
    legend.set_entries((*entries, LegendEntry("faces: other samples, not drawn", None)))
    legend.resize(1600, 20)
    assert [entry.name for entry in legend.fitting()] == [*names, "faces: other samples, not drawn"]
    legend.resize(22 * legend.fontMetrics().height(), 20)
    assert [entry.name for entry in legend.fitting()] == ["ae", "vae", "beta-4", "vae10"]
    assert legend.toolTip().startswith("digits-ae, digits-vae"), "the tooltip has them whole"
