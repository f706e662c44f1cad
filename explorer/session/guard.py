"""One listener that raises does not stop the others."""

import sys
from collections.abc import Callable
from typing import Any


def guarded(call: Callable[..., Any], *arguments: Any) -> bool:
    """Call a listener or another part of a sequence; return False if it raised.

    The exception goes to `sys.excepthook`, as that of a slot of Qt does: the window logs it and reports it once.
    """
    try:
        call(*arguments)
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return False
    return True
