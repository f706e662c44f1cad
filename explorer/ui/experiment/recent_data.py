"""Recently used files and folders with their options, stored from one start to the next."""

import json

from pydantic import ValidationError

from explorer.config import DataConfig, RunConfig, config_to_json
from explorer.ui.widgets.settings import settings

MOST = 6
_KEY = "data/recent"


def recent_data() -> tuple[DataConfig, ...]:
    """Return recently used data, the newest first; unreadable entries are left out."""
    try:
        entries = json.loads(str(settings().value(_KEY, "[]")))
    # The settings file can be edited by hand.
    except ValueError:
        return ()
    found = []
    for entry in entries if isinstance(entries, list) else ():
        try:
            found.append(DataConfig(**entry))
        # An entry of another version of the program.
        except (ValidationError, TypeError):  # of another version of the program
            continue
    return tuple(found[:MOST])


def remember_data(config: DataConfig) -> None:
    """Put data at the beginning of the list; each source is listed once."""
    others = [other for other in recent_data() if other.source != config.source]
    entries = [config_to_json(RunConfig(data=each))["data"] for each in (config, *others)][:MOST]
    settings().setValue(_KEY, json.dumps(entries))
