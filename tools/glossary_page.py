"""Prints the glossary as a page: python tools/glossary_page.py > docs/glossary.md."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from explorer.glossary import glossary_page

if __name__ == "__main__":
    sys.stdout.write(glossary_page())
