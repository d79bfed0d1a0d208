"""The list of every setting is that of the dataclasses, and a misspelt key is taken for the nearest."""

import json

import pytest

from rusta.cli.schema import collect_settings
from rusta.cli.vocabulary import SETTINGS, is_read, meant_key


def test_the_list_of_settings_is_that_of_the_dataclasses() -> None:
    assert json.loads(SETTINGS.read_text()) == collect_settings(), "python -m rusta.cli.schema writes it anew"


@pytest.mark.parametrize(
    ("key", "near"),
    [
        ("aprove", "approve?"),
        ("adapter.rnak", "adapter.rank?"),
        ("rank", "adapter.rank?"),
        ("engin", "engine?"),
        ("temprature", "generation.temperature?"),
    ],
)
def test_a_misspelt_key_is_taken_for_the_nearest(key: str, near: str) -> None:
    assert meant_key(key) == f"Did you mean {near} "


@pytest.mark.parametrize(
    "key", ["seed", "adapter.rank", "adapter", "data.sources.mine", "optimizer.momentum", "callbacks.mine._target_"]
)
def test_what_is_a_setting_or_open_to_more_is_read(key: str) -> None:
    assert is_read(key)


@pytest.mark.parametrize("key", ["aprove", "adapter.rnak", "adapter.rank.foo", "mode.foo", "phase.foo"])
def test_what_is_neither_is_not(key: str) -> None:
    assert not is_read(key)
