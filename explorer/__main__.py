"""The program: ``latent-explorer``, or ``python -m explorer``."""

import sys


def main() -> None:
    """Run the program; Ctrl-C prints no traceback, even while it starts."""
    try:
        from explorer.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("latent-explorer: interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
