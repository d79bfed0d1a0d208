"""What is wrong in manifests alone: one cargo, and the strategies that read its errors."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from rusta.loop.attempt.scratch_copy import Scratch
from rusta.loop.think.hypotheses import Hypothesis
from rusta.loop.think.situation import Situation, Strategy
from rusta.loop.think.strategies.manifests.broken_lock import broken_lock
from rusta.loop.think.strategies.manifests.manifest_names import manifest_names
from rusta.loop.think.strategies.manifests.workspace_inheritance import workspace_inheritance
from rusta.loop.think.strategies.manifests.workspace_members import workspace_members
from rusta.tools.cargo import Cargo
from rusta.tools.sandbox.base import Limits
from rusta.tools.sandbox.none import Unconfined


def package(name: str, more: str = "") -> str:
    return f'[package]\nname = "{name}"\nedition = "2021"\n{more}'


def ended(folder: Path, strategy: Strategy, files: Mapping[str, str], asked: str = "") -> tuple[list[Hypothesis], str]:
    """What a strategy offers for cargo's error, and the first error that is left with the first of it ("" for none)."""
    for path, text in files.items():
        (folder / "crate" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "crate" / path).write_text(text)
    scratch = Scratch(folder / "crate", folder / "home")
    scratch.sync()
    below = scratch.root / asked if asked else None
    cargo = Cargo(scratch.root, Unconfined(), folder / "target", Limits(seconds=100), asked=below)
    errors = cargo.check(all_targets=True).errors
    assert errors, "nothing is broken"
    made = list(strategy(Situation(errors, scratch.read, scratch.sources(), scratch.root)))
    if not made:
        return [], errors[0].code or errors[0].message
    scratch.become(made[0].changes)
    left = cargo.check(all_targets=True).errors
    return made, left[0].message if left else ""


ROOT = '[workspace]\nresolver = "2"\n# all of them\nmembers = [\n    "hive", # bees\n]\n'
USES = "pub use hive::wax;\n"
MEMBERS = {
    "not listed": (
        {"Cargo.toml": ROOT, "hive/Cargo.toml": package("hive"), "hive/src/lib.rs": "pub fn wax() {}\n",
         "tools/comb/Cargo.toml": package("comb", '[dependencies]\nhive = { path = "../../hive" }\n'),
         "tools/comb/src/lib.rs": USES},
        "tools/comb", '    "hive", # bees\n    "tools/comb",\n]',
    ),
    "listed where it was": (
        {"Cargo.toml": ROOT, "crates/hive/Cargo.toml": package("hive"), "crates/hive/src/lib.rs": ""},
        "", '    "crates/hive", # bees\n',
    ),
    "moved": (
        {"Cargo.toml": package("comb", '[dependencies]\n# wax\nhive = { path = "hive", features = [] }\n[workspace]\n'),
         "src/lib.rs": USES, "parts/hive/Cargo.toml": package("hive"), "parts/hive/src/lib.rs": "pub fn wax() {}\n"},
        "", 'hive = { path = "parts/hive", features = [] }',
    ),
    "of another name": (
        {"Cargo.toml": package("comb", '[dependencies]\nhive = { path = "hive" }\n[workspace]\n'), "src/lib.rs": USES,
         "hive/Cargo.toml": package("bee-hive"), "hive/src/lib.rs": "pub fn wax() {}\n"},
        "", 'hive = { path = "hive", package = "bee-hive" }',
    ),
    "two roots": (
        {"Cargo.toml": '[workspace]\nmembers = ["hive"]\n', "hive/Cargo.toml": package("hive", "\n[workspace]\n\n# wax\n[dependencies]\n"),
         "hive/src/lib.rs": ""},
        "", 'edition = "2021"\n\n\n# wax\n[dependencies]\n',
    ),
    "of another version": (
        {"Cargo.toml": package("comb", '[dependencies]\nhive = { path = "hive", version = "2" }\n[workspace]\n'),
         "src/lib.rs": USES, "hive/Cargo.toml": package("hive", 'version = "1.3.0"\n'),
         "hive/src/lib.rs": "pub fn wax() {}\n"},
        "", 'version = "1.3.0" }',
    ),
}  # fmt: skip
SHARED = '[workspace]\nmembers = ["*"]\nexclude = ["target"]\n\n[workspace.package]\nversion = "0.3.0"\n'
INHERITED = {
    "a package of the workspace": (
        {"Cargo.toml": f"{SHARED}\n[workspace.dependencies]\nzinc = \"1\"\n", "bell/Cargo.toml": package("bell"),
         "bell/src/lib.rs": "pub fn ring() {}\n",
         "tower/Cargo.toml": package("tower", "[dependencies]\nbell.workspace = true\n"),
         "tower/src/lib.rs": "pub use bell::ring;\n"},
        '[workspace.dependencies]\nbell = { path = "bell" }\n',
    ),
    "called otherwise there": (
        {"Cargo.toml": f'{SHARED}\n[workspace.dependencies]\nbig_bell = {{ path = "bell", package = "bell" }}\n',
         "bell/Cargo.toml": package("bell"), "bell/src/lib.rs": "pub fn ring() {}\n",
         "tower/Cargo.toml": package("tower", "[dependencies]\nbig-bell = { workspace = true } # loud\n"),
         "tower/src/lib.rs": "pub use big_bell::ring;\n"},
        "[dependencies]\nbig_bell = { workspace = true } # loud\n",
    ),
    "keys of the package": (
        {"Cargo.toml": SHARED, "bell/Cargo.toml": '[package]\nname = "bell"\nversion.workspace = true\nedition = "2024"\n',
         "bell/src/lib.rs": "", "tower/Cargo.toml": '[package]\nname = "tower"\nedition.workspace = true\n[lints]\nworkspace = true\n',
         "tower/src/lib.rs": ""},
        'version = "0.3.0"\nedition = "2024"\n\n[workspace.lints]\nrust = {}\n',
    ),
}  # fmt: skip
NAMES = {
    "a feature of the package": (
        {"Cargo.toml": package("comb", '[features]\ndefault = ["fst"] # quick\nfast = []\n'), "src/lib.rs": ""},
        'default = ["fast"] # quick',
    ),
    "a feature of a dependency": (
        {"Cargo.toml": package("comb", '[dependencies]\nhive = { path = "hive", features = ["colr"] }\n[workspace]\n'),
         "src/lib.rs": "", "hive/Cargo.toml": package("hive", "[features]\ncolour = []\n"), "hive/src/lib.rs": ""},
        'features = ["colour"] }',
    ),
    "a file": (
        {"Cargo.toml": package("comb", '[[bin]]\nname = "wax"\npath = "src/wax.rs"\n'), "src/lib.rs": "",
         "src/tools/wax.rs": "fn main() {}\n"},
        'name = "wax"\npath = "src/tools/wax.rs"\n',
    ),
    "a package without a target": (
        {"Cargo.toml": package("comb", "# none\n"), "main.rs": "mod wax;\nfn main() {}\n", "wax.rs": ""},
        '# none\n\n[[bin]]\nname = "comb"\npath = "main.rs"\n',
    ),
    "a lock": (
        {"Cargo.toml": package("comb"), "src/lib.rs": "", "Cargo.lock": "<<<<<<< HEAD\nversion = 4\n"},
        'name = "comb"\n',
    ),
    "a key": (
        {"Cargo.toml": package("comb", '[dependancies] # wax\nhive = { path = "hive" }\n[workspace]\n'), "src/lib.rs": USES,
         "hive/Cargo.toml": package("hive"), "hive/src/lib.rs": "pub fn wax() {}\n"},
        "[dependencies] # wax\n",
    ),
}  # fmt: skip
ALL = [
    *((workspace_members, *case) for case in MEMBERS.values()),
    *((workspace_inheritance, files, "", row) for files, row in INHERITED.values()),
    *((broken_lock if "Cargo.lock" in files else manifest_names, files, "", row) for files, row in NAMES.values()),
]
SOON = {0, 6, 10}  # one of each strategy; the others take their turn with `-m long`


@pytest.mark.parametrize(
    ("strategy", "files", "asked", "row"),
    [pytest.param(*case, marks=[] if n in SOON else [pytest.mark.long]) for n, case in enumerate(ALL)],
    ids=[*MEMBERS, *INHERITED, *NAMES],
)
def test_the_manifest_is_mended_where_it_is_wrong_and_nowhere_else(
    strategy: Strategy, files: dict[str, str], asked: str, row: str, tmp_path: Path
) -> None:
    made, left = ended(tmp_path, strategy, files, asked)
    assert left == ""
    (new,) = made[0].changes.values()
    assert row in (new or b"").decode()
    before, after = files[next(iter(made[0].changes))], (new or b"").decode()
    if strategy is not broken_lock:
        assert [line.partition("#")[2] for line in before.split("\n") if "#" in line] == [
            line.partition("#")[2] for line in after.split("\n") if "#" in line
        ]


def test_a_manifest_that_lacks_what_is_nowhere_is_left_alone(tmp_path: Path) -> None:
    files = {"Cargo.toml": package("comb", '[dependencies]\nhive = { path = "hive" }\n'), "src/lib.rs": ""}
    for strategy in (workspace_members, workspace_inheritance, manifest_names):
        made, left = ended(tmp_path / strategy.__name__, strategy, files)
        assert made == [] and left == "cargo::missing-dependency-path"
