"""conf/ is the manual: each option says every key with its value and its meaning, and no default stands in two places."""

from pathlib import Path

import pytest
import yaml

from rusta.cli import manual
from rusta.cli.vocabulary import CONF

OPTIONS = sorted(CONF.glob("*/*.yaml"))
WIRED = ("defaults", "_target_", "_partial_", "_convert_", "_recursive_")


@pytest.mark.parametrize("path", OPTIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_option_says_what_it_is_for_and_each_of_its_keys(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert any(line.startswith("# ") and "@package" not in line for line in text.split("\n"))
    assert manual.with_keys_comment(path) == text, "python -m rusta.cli.manual writes it"
    found = [key for part in manual.built_parts(path) for key in manual.keys(part)]
    assert [key.name for key in found if not key.says] == []
    assert [key.name for key in found if key.repeated and path.parent.name not in manual.UNTYPED] == []


def unexplained(text: str, known: set[str]) -> list[str]:
    """Keys set in a file of YAML, neither wired nor listed, without a comment behind them or above."""
    lines, found = text.split("\n"), []
    for n, line in enumerate(lines):
        key, colon, value = line.strip().partition(":")
        wired = key in WIRED or value.strip().startswith(("${", "'${", "{_target_")) or not value.strip()
        if colon and not line.lstrip().startswith(("#", "-")) and not wired and key not in known:
            above = n and lines[n - 1].lstrip().startswith("#")
            found += [] if "#" in line or above else [key]
    return found


@pytest.mark.parametrize(
    "path", [path for path in OPTIONS if path.parent.name in manual.UNTYPED], ids=lambda path: path.stem
)
def test_options_of_other_classes_explain_each_key_they_set(path: Path) -> None:
    text = manual.BLOCK.sub("\n", path.read_text(encoding="utf-8"))
    assert unexplained(text, {key.name for part in manual.built_parts(path) for key in manual.keys(part)}) == []


def test_a_key_without_words_a_repeated_default_and_a_changed_value_are_found(tmp_path: Path) -> None:
    assert unexplained("a: 1\nb: 2 # so\n# and\nc: 3\n_target_: x\nd: ${e}", set()) == ["a"]
    folder = tmp_path / "adapter"
    folder.mkdir()
    planted = folder / "planted.yaml"
    planted.write_text("# For a test.\ndefaults: [schema_adapter, _self_]\nrank: 128\nlast_blocks: 3\n")
    assert [key.name for part in manual.built_parts(planted) for key in manual.keys(part) if key.repeated] == ["rank"]
    text = manual.with_keys_comment(planted)
    assert "adapter.last_blocks      3" in text and yaml.safe_load(text)["last_blocks"] == 3
    planted.write_text(text.replace("last_blocks: 3", "last_blocks: 4"))
    assert manual.with_keys_comment(planted) != planted.read_text()
