"""Recently used files and folders with their options, stored from one start to the next."""

import json

from pydantic import ValidationError

from explorer.config import DataConfig, RunConfig, config_to_json
from explorer.ui.widgets.settings import settings

MAX_ENTRIES = 6
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
        except (ValidationError, TypeError):
            continue
    return tuple(found[:MAX_ENTRIES])


def remember_data(config: DataConfig) -> None:
    """Put data at the beginning of the list; each source is listed once."""
    others = [other for other in recent_data() if other.source != config.source]
    entries = [config_to_json(RunConfig(data=each))["data"] for each in (config, *others)][:MAX_ENTRIES]
    settings().setValue(_KEY, json.dumps(entries))
