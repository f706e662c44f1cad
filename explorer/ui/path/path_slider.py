"""The slider of a path."""

from explorer.ui.widgets.jump_slider import JumpSlider

STEPS = 1000


class PathSlider(JumpSlider):
    """t from 0 to 1 in thousandths."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 10)

    @property
    def t(self) -> float:
        """The place on the path, 0 to 1."""
        return self.value() / STEPS
