"""Rules of what held in upgrades: a file a person can read, kept whole, tried first."""

from pathlib import Path

import pytest

from rusta.upgrade.rules import ProvedReplacement, UnreadableRules, UpgradeRules

COLD = ProvedReplacement("kiln::Kiln::cold", "kiln::Kiln::unlit", "", 'the changelog says: "cold" -> `unlit`\nand more')
GLAZE = ProvedReplacement("kiln::glaze", "kiln::glazes::Coat::coat", "kiln::glazes::CLEAR", "its guide")


def test_what_held_is_read_back_and_counts_the_workspaces_that_proved_it(tmp_path: Path) -> None:
    rules = UpgradeRules(tmp_path / "upgrades")
    rules.keep("kiln", "1.2.0", "2.0.0", [COLD, GLAZE], "shed")
    rules.keep("kiln", "1.9.9", "2.1.0", [GLAZE], "barn")
    cold, glaze = rules.of("kiln")
    assert (cold.item, cold.became, cold.why, cold.proved) == (COLD.item, COLD.became, COLD.why, ("shed",))
    assert glaze.value == GLAZE.value and glaze.proved == ("shed", "barn")
    assert [one.item for one in rules.proved("kiln", "1.0.0", "2.9.0")] == [GLAZE.item, COLD.item]
    assert rules.proved("kiln", "1.0.0", "3.0.0") == [] and rules.crates() == ["kiln"]
    assert rules.exported("kiln").startswith("# What held in upgrades of kiln")


def test_a_damaged_file_is_said_and_left_alone(tmp_path: Path) -> None:
    rules = UpgradeRules(tmp_path)
    file = tmp_path / "kiln.toml"
    for damaged in ("[[rule]", '[[rule]]\nold = "1"\n', "rule = 3\n", "\xff"):
        file.write_text(damaged, encoding="latin-1")
        with pytest.raises(UnreadableRules, match=r"Mend it or delete it"):
            rules.of("kiln")
        with pytest.raises(UnreadableRules):
            rules.keep("kiln", "1.0.0", "2.0.0", [COLD], "shed")
        assert file.read_text(encoding="latin-1") == damaged


def test_a_crate_without_rules_is_told_which_have_some(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRules, match=r"no rules of kiln.*none"):
        UpgradeRules(tmp_path).exported("kiln")
