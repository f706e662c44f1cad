"""The index of a class from its name or its number, as users write it."""

from dataclasses import replace

import pytest
from job_cases import pictures

from explorer.config import ConfigError


def test_a_name_goes_before_a_number() -> None:
    about = replace(pictures().description, class_names=("1", "0", "two"))
    assert [about.class_index(name) for name in ("1", "0", 1, "two", "2", 2)] == [0, 1, 0, 2, 2, 2]
    with pytest.raises(ConfigError, match="made up has the classes 1, 0, two"):
        about.class_index("3")
