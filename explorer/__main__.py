"""The program: ``latent-explorer``, or ``python -m explorer``."""

import os
import signal


def main() -> None:
    """Run the program; Ctrl-C prints no traceback, even while it starts."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # No KeyboardInterrupt: pydantic, which builds classes now, would turn it into an error of its own.
        signal.signal(signal.SIGINT, _leave)
    from explorer.cli import main as run

    run()


def _leave(number: int, frame: object) -> None:
    os.write(2, b"latent-explorer: interrupted\n")
    os._exit(128 + number)


if __name__ == "__main__":
    main()
