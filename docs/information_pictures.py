"""Draws the Information window for docs/information.md: `python docs/information_pictures.py`."""

from drawn_window import application, fresh_home, opened_window, save, wait, wait_for_runs
from PySide6.QtWidgets import QApplication

from explorer.ui.information.information_window import InformationWindow

SIZE = (1440, 900)


def main() -> None:
    """Draw the pages Bars and Gaussian, once in each theme."""
    with fresh_home():
        app = application()
        for theme in ("dark", "light"):
            _draw(app, theme, "ratings", f"information-bars-{theme}")
            _draw(app, theme, "prior", f"information-gaussian-{theme}")


def _draw(app: QApplication, theme: str, preset: str, name: str) -> None:
    with opened_window(app, theme, SIZE) as window:
        wait_for_runs(window, 2)
        window.dialogs.show_example(preset)
        dialog = window.dialogs.information
        assert isinstance(dialog, InformationWindow)
        dialog.resize(1000, 700)
        if preset == "ratings":
            dialog.bars.draw.click()
        else:
            wait(lambda: dialog.gaussian is not None and dialog.gaussian.example.found is not None)
        dialog.setFocus()
        save(dialog, name)


if __name__ == "__main__":
    main()
