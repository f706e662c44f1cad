"""Draws the Information window for docs/information.md: `python docs/information_pictures.py`."""

from drawn_window import application, fresh_home, opened_window, save, wait, wait_for_runs
from PySide6.QtWidgets import QApplication

from explorer.ui.information.information_window import InformationWindow

SIZE = (1440, 900)


def main() -> None:
    """Draw the pages Bars and Gaussian, in the two themes of the pictures that the page shows."""
    with fresh_home():
        app = application()
        _draw(app, "dark", "ratings", "information-bars-dark")
        _draw(app, "light", "prior", "information-gaussian-light")


def _draw(app: QApplication, theme: str, preset: str, name: str) -> None:
    with opened_window(app, theme, SIZE) as window:
        wait_for_runs(window, 2)
        window.show_example(preset)
        dialog = window.information
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
