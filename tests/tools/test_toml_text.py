"""Manifests as text: edits keep what a person wrote around them."""

import time
import tomllib

import pytest

from rusta.tools.statements import Rewrite
from rusta.tools.toml_text import TomlText

TEXT = b"""\
# top
[package]
name = "x" # hi
edition.workspace = true

[workspace]
members = [
  "a", # one
  "b" # two
]
exclude = ["c"]

[dependencies]
serde = { version = "1", features = [] }
log = '0.4'

[[bin]]
name = "q"
[[bin]]
name = "r"
"""


def edited(edits: list[Rewrite]) -> str:
    new = TomlText(TEXT).rewritten(edits).decode()
    tomllib.loads(new)
    return new


def test_keys_are_found_where_they_stand() -> None:
    text = TomlText(TEXT)
    assert text.string("bin", "1", "name") == "r" and text.string("dependencies", "log") == "0.4"
    assert text.under("dependencies") == ["serde", "log"] and text.under("bin") == ["0", "1"]
    start, end = text.place("package", "edition") or (0, 0)
    assert text.source[start:end] == b"edition.workspace = true"


def test_edits_keep_layout_and_comments() -> None:
    text = TomlText(TEXT)
    assert '  "b", # two\n  "c",\n]' in edited(text.appended(("workspace", "members"), '"c"'))
    assert 'exclude = ["c", "d"]' in edited(text.appended(("workspace", "exclude"), '"d"'))
    assert 'features = ["std"] }' in edited(text.appended(("dependencies", "serde", "features"), '"std"'))
    assert "log = { version = '0.4', optional = true }" in edited(text.put(("dependencies", "log"), "optional", "true"))
    assert '"x" # hi\nversion = "1"\n' in edited(text.put(("package",), "version", '"1"', "name"))
    assert '[dependencies]\nant = "1"\nserde' in edited(text.put(("dependencies",), "ant", '"1"', "["))
    assert 'name = "r"\npath = "p"\n' in edited(text.put(("bin", "1"), "path", '"p"'))
    assert "\n[features]\nfast = []\n" in edited(text.put(("features",), "fast", "[]"))
    assert "[build-dependencies]\nserde" in edited(text.renamed(("dependencies",), "build-dependencies"))
    assert text.put(("package", "edition"), "x", "1") == []  # a header would define it again


@pytest.mark.parametrize(
    "text", [b"a." * 10**5, b"[" * 10**5, b"a={b=" * 10**4, b"[a]\n" * 10**4, b"\xff\x00", b"a=[\n"]
)
def test_what_is_hardly_toml_is_read_in_time(text: bytes) -> None:
    began = time.monotonic()
    TomlText(text).place("a")
    assert time.monotonic() - began < 30
