"""Edits of one dependency in the ways that people write it."""

import tomllib

import pytest

from rusta.tools.dependency_entries import (
    compatible_with,
    dependency_entries,
    dependency_value,
    parsed_manifest,
    requirement_like,
    with_dependency,
    with_features,
    with_requirement,
)
from rusta.tools.toml_text import TomlText

WRITTEN = {
    'serde = "1" # data': 'serde = { version = "1", features = ["derive"] } # data',
    'serde = { version = "1" }': 'serde = { version = "1", features = ["derive"] }',
    'serde = { version = "1", features = ["rc"] }': 'serde = { version = "1", features = ["rc", "derive"] }',
    'serde = { version = "1", features = [] }': 'serde = { version = "1", features = ["derive"] }',
    "serde.workspace = true": 'serde.workspace = true\nserde.features = ["derive"]',
    "serde = { workspace = true }": 'serde = { workspace = true, features = ["derive"] }',
}


def edited(row: str) -> str:
    source = f'[dependencies]\n{row}\nlog = "0.4"\n'.encode()
    text, entry = TomlText(source), next(dependency_entries(parsed_manifest(source)))
    return text.rewritten(with_features(text, entry, ["derive"])).decode()


@pytest.mark.parametrize("row", WRITTEN)
def test_a_feature_is_added_in_the_layout_of_the_person(row: str) -> None:
    assert edited(row) == f'[dependencies]\n{WRITTEN[row]}\nlog = "0.4"\n'


def test_a_feature_of_a_table_of_its_own_and_of_a_list_over_lines() -> None:
    source = b'[dependencies.serde]\nversion = "1"\nfeatures = [\n    "rc", # shared\n]\n\n[features]\n'
    text, entry = TomlText(source), next(dependency_entries(parsed_manifest(source)))
    after = text.rewritten(with_features(text, entry, ["derive"]))
    assert (
        after
        == b'[dependencies.serde]\nversion = "1"\nfeatures = [\n    "rc", # shared\n    "derive",\n]\n\n[features]\n'
    )
    assert with_features(text, entry, ["rc"]) == []


def test_a_version_and_a_new_dependency_are_written() -> None:
    source = b'[dependencies]\nhttp = { version = "0.2", default-features = false } # old\n'
    text, entry = TomlText(source), next(dependency_entries(parsed_manifest(source)))
    assert b'http = { version = "1", default-features = false } # old' in text.rewritten(
        with_requirement(text, entry, "1")
    )
    value = dependency_value({"version": "1", "features": ["rt"]})
    added = TomlText(text.rewritten(with_dependency(text, "dev-dependencies", "tokio", value))).source
    assert tomllib.loads(added.decode())["dev-dependencies"] == {"tokio": {"version": "1", "features": ["rt"]}}


@pytest.mark.parametrize(
    ("written", "version", "becomes"),
    [("0.2", "1.5.0", "1"), ("0.2.11", "1.5.0", "1.5.0"), ("1", "2.3.4", "2"), ("1.2", "2.3.4", "2.3"), ("0.8", "0.9.2", "0.9"),
     ("=1.2.3", "1.4.0", "=1.4.0"), ("~1.2", "2.0.1", "~2.0"), (">=1, <2", "2.0.0", "2")],
)  # fmt: skip
def test_a_requirement_is_written_as_the_one_before(written: str, version: str, becomes: str) -> None:
    assert requirement_like(written, version) == becomes


def test_what_is_compatible() -> None:
    assert [compatible_with(one) for one in ("1.2.3", "0.2.9", "0.0.3", "2")] == [(1,), (0, 2), (0, 0, 3), (2,)]
