from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from explorer.ui.state.tasks import Messages


def test_a_copied_command_is_confirmed_and_nothing_is_said_to_be_copied_without_one(qtbot: QtBot):
    messages, seen = Messages(), []
    messages.remarked.connect(seen.append)
    messages.copy_command("latent-explorer info my-run")
    messages.copy_command("")
    assert QGuiApplication.clipboard().text() == "latent-explorer info my-run"
    assert seen == ["The command is copied", "There is no command to copy: nothing is shown yet"]
