"""What held in upgrades, as rules that a person can read: one TOML file a crate, `upgrades/CRATE.toml` in the home folder.

A rule is an item of an old major version, what took its place in a newer one, what says so, and the workspaces in
which check and tests proved it. A rule is tried before other facts of the same item, and judged as they are. A file
that cannot be read is left alone and said.
"""

import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rusta.core.errors import RustaError
from rusta.core.home import write_atomically
from rusta.mirror.registry_index import CRATE_NAME
from rusta.tools.dependency_entries import compatible_with

LARGEST_RULES = 1 << 20  # bytes of a file
MOST_PROVED = 20  # workspaces that a rule names
HEAD = (
    "# What held in upgrades of {crate}: proved by check and tests in the workspaces named. Yours to edit or delete.\n"
)


class UnreadableRules(RustaError):
    """A file of rules is damaged."""


@dataclass(frozen=True)
class ProvedReplacement:
    """What was written for an item in an upgrade that held: paths, and the value whose method it is now ("" for none)."""

    item: str
    became: str
    value: str = ""
    why: str = ""


@dataclass(frozen=True)
class UpgradeRule:
    """One rule. `old` and `new` are major versions as cargo sees them: `0.8`, `1`."""

    old: str
    new: str
    item: str
    became: str
    value: str
    why: str
    proved: tuple[str, ...]


def major(version: str) -> str:
    """Return what versions that cargo takes for compatible have in common, as text."""
    return ".".join(map(str, compatible_with(version)))


@dataclass(frozen=True)
class UpgradeRules:
    """All rules of a home. `folder` is where the files lie."""

    folder: Path

    def crates(self) -> list[str]:
        """Return the names of the crates with rules."""
        return sorted(file.stem for file in self.folder.glob("*.toml") if CRATE_NAME.fullmatch(file.stem))

    def of(self, crate: str) -> list[UpgradeRule]:
        """Return the rules of a crate. Raises `UnreadableRules`."""
        file = self._file(crate)
        if not file.is_file():
            return []
        try:
            if file.stat().st_size > LARGEST_RULES:
                raise ValueError("it is longer than 1 MB")
            said: Any = tomllib.loads(file.read_text(encoding="utf-8")).get("rule", [])
            return [_rule(one) for one in said]
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise UnreadableRules(
                f"{file} holds rules of {crate}, and I cannot read it ({error}). Mend it or delete it; I leave it alone."
            ) from None

    def proved(self, crate: str, old: str, new: str) -> list[UpgradeRule]:
        """Return the rules for a step between two versions, those first that more workspaces proved."""
        fitting = [one for one in self.of(crate) if (one.old, one.new) == (major(old), major(new))]
        return sorted(fitting, key=lambda one: -len(one.proved))

    def keep(
        self, crate: str, old: str, new: str, held: Iterable[ProvedReplacement], workspace: str
    ) -> list[UpgradeRule]:
        """Add what held in a workspace; return the rules that it proved. Raises `UnreadableRules`."""
        known = {(one.old, one.new, one.item, one.became, one.value): one for one in self.of(crate)}
        added = list[UpgradeRule]()
        for one in dict.fromkeys(held):
            key = major(old), major(new), one.item, one.became, one.value
            rule = known.get(key) or UpgradeRule(*key, why=one.why, proved=())
            proved = tuple(dict.fromkeys((*rule.proved, workspace)))[-MOST_PROVED:]
            known[key] = replace(rule, proved=proved)
            added.append(known[key])
        if added:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file(crate), HEAD.format(crate=crate) + "".join(map(_toml, known.values())))
        return added

    def exported(self, crate: str) -> str:
        """Return the file of a crate as it stands. Raises `UnreadableRules` where there is none."""
        self.of(crate)
        file = self._file(crate)
        if not file.is_file():
            known = ", ".join(self.crates()) or "none"
            raise UnreadableRules(
                f"There are no rules of {crate}. There are of: {known}. An upgrade that holds makes them."
            )
        return file.read_text(encoding="utf-8")

    def _file(self, crate: str) -> Path:
        return self.folder / f"{crate}.toml"


def _rule(said: dict[str, Any]) -> UpgradeRule:
    old, new, item, became, value, why = (str(said[key]) for key in ("old", "new", "item", "became", "value", "why"))
    return UpgradeRule(old, new, item, became, value, why, tuple(map(str, said["proved"])))


def _toml(rule: UpgradeRule) -> str:
    lines = [f"{key} = {_value(said)}" for key, said in asdict(rule).items()]
    return "\n[[rule]]\n" + "\n".join(lines) + "\n"


def _value(said: str | Sequence[str]) -> str:
    """A TOML string, or a list of such; JSON's escapes are TOML's."""
    return json.dumps(said if isinstance(said, str) else list(said), ensure_ascii=True)
