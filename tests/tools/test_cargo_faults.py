"""Errors that cargo makes before rustc is asked: they are diagnostics with a code and a place, like any other."""

from pathlib import Path

import pytest

from rusta.tools import cargo_faults
from rusta.tools.cargo_faults import Fault, facts, from_stderr, typed
from rusta.tools.dependencies import unfetched
from rusta.tools.diagnostics import BuildTarget, Diagnostic, Level

ROOT = '[workspace]\nmembers = [\n    "press",\n    "gone",\n]\n\n[workspace.package]\nedition = "2020"\n'
PRESS = (
    '[package]\nname = "press"\nversion = "0.1.0"\nrust-version = "1.96"\n\n[[bin]]\nname = "ink"\npath = "src/ink.rs"\n\n'
    '[[bin]]\nname = "ink"\n\n[features]\ndefault = ["fst"]\n\n[dependencies]\n# paper\nlead.workspace = true\n'
    'type = { path = "../type", features = ["serf"] }\n\n[dev-dependencies]\nfont = { package = "zz", path = "../type" }\n'
)
SAID = {
    Fault.workspace_dependency: (
        "error: failed to load manifest for workspace member `AT/press`\nreferenced by workspace at `AT/Cargo.toml`\n\n"
        "Caused by:\n  failed to parse manifest at `AT/press/Cargo.toml`\n\nCaused by:\n  error inheriting `lead` from "
        "workspace root manifest's `workspace.dependencies.lead`\n\nCaused by:\n  `dependency.lead` was not found in "
        "`workspace.dependencies`\n",
        "lead.workspace = true",
    ),
    Fault.member: (
        "error: failed to load manifest for workspace member `AT/gone`\nreferenced by workspace at `AT/Cargo.toml`\n\n"
        "Caused by:\n  failed to read `AT/gone/Cargo.toml`\n\nCaused by:\n  No such file or directory (os error 2)\n",
        '    "gone",',
    ),
    Fault.edition: (
        "error: failed to parse manifest at `AT/Cargo.toml`\n\nCaused by:\n  failed to parse the `edition` key\n\nCaused by:\n"
        "  supported edition values are `2015`, `2018`, `2021`, or `2024`, but `2020` is unknown\n",
        'edition = "2020"',
    ),
    Fault.rust_version: (
        "error: rustc 1.95.0 is not supported by the following package:\n  press@0.1.0 requires rustc 1.96\n",
        'rust-version = "1.96"',
    ),
    Fault.feature_member: (
        "error: failed to parse manifest at `AT/press/Cargo.toml`\n\nCaused by:\n  feature `default` includes `fst` which is "
        "neither a dependency nor another feature\n\n  help: a feature with a similar name exists: `fast`\n",
        'default = ["fst"]',
    ),
    Fault.dependency_feature: (
        "error: failed to select a version for `type`.\n    ... required by package `press v0.1.0 (AT/press)`\nversions that "
        "meet the requirements `*` are: 0.1.0\n\npackage `press` depends on `type` with feature `serf` but `type` does not "
        "have that feature.\n package `type` does have feature `serif`\n\n\nfailed to select a version for `type` which "
        "could resolve this conflict\n",
        'type = { path = "../type", features = ["serf"] }',
    ),
    Fault.dependency_name: (
        "error: no matching package found\nsearched package name: `zz`\nperhaps you meant:      type\nlocation searched: "
        "AT/type\nrequired by package `press v0.1.0 (AT/press)`\n",
        'font = { package = "zz", path = "../type" }',
    ),
    Fault.target_file: (
        "error: can't find bin `ink` at path `AT/press/src/ink.rs`\n --> AT/press/Cargo.toml\nerror: could not compile due to "
        "1 previous target resolution error\n",
        "[[bin]]",
    ),
    Fault.outside_workspace: (
        "error: current package believes it's in a workspace when it's not:\ncurrent:   AT/type/Cargo.toml\nworkspace: "
        "AT/Cargo.toml\n\nthis may be fixable by adding `type` to the `workspace.members` array of the manifest located at: "
        "AT/Cargo.toml\n",
        "members = [",
    ),
    Fault.missing_library: (
        "   Compiling press v0.1.0 (AT/press)\nerror: failed to run custom build command for `press v0.1.0 (AT/press)`\n\n"
        "Caused by:\n  process didn't exit successfully: `b` (exit status: 1)\n  --- stderr\n  The system library `openssl` "
        "required by crate `press` was not found.\n",
        "[package]",
    ),
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace with one member."""
    (tmp_path / "press").mkdir()
    (tmp_path / "Cargo.toml").write_text(ROOT)
    (tmp_path / "press" / "Cargo.toml").write_text(PRESS)
    return tmp_path


@pytest.mark.parametrize("fault", SAID)
def test_each_fault_has_its_code_its_line_and_no_path_of_this_machine(fault: Fault, shop: Path) -> None:
    said, line = SAID[fault]
    (told,) = from_stderr(said.replace("AT", str(shop)), shop, shop, errors=False)
    assert (told.level, told.code) == (Level.error, fault)
    assert told.primary and told.primary.text[0] == line
    assert str(shop) not in told.message and "\n" not in told.message
    names = facts(told)
    assert fault != Fault.workspace_dependency or names["name"] == "lead"
    assert fault != Fault.dependency_name or (names["name"], names["meant"]) == ("zz", "type")


def test_what_rustc_told_is_not_told_again_and_silence_is_an_error(shop: Path) -> None:
    summary = "error: could not compile `press` (lib) due to 1 previous error\n"
    assert from_stderr(summary, shop, shop, errors=True) == []
    (killed,) = from_stderr(summary, shop, shop, errors=False)
    (silent,) = from_stderr("", shop, shop, errors=False)
    assert killed.code == silent.code == Fault.unknown and "no reason" in silent.message
    assert from_stderr("     Running `target/debug/x`\nerror: my own words\n", shop, shop, errors=False) == []
    (long,) = from_stderr("error: " + "x\n" * 10**6, shop, shop, errors=False)
    assert len(long.message) < 1000 and len(long.rendered) < 10_000


def test_a_path_that_a_build_script_prints_is_not_read(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("secret") / "Cargo.toml"
    secret.write_text("word = 1\n")
    (told,) = from_stderr(f"error: failed to parse manifest at `{secret}`\n", shop, shop, errors=False)
    assert told.code == Fault.manifest and told.primary is None


def test_a_failed_link_has_a_code_of_its_own() -> None:
    plain = Diagnostic(Level.error, None, "linking with `cc` failed: exit status: 1", (), (), "", ())
    assert typed(plain).code == Fault.link
    lacks = Diagnostic(Level.error, None, "linker `cc` not found", (), (), "", ())
    assert typed(lacks).code == Fault.missing_program


def test_no_command_is_silent_about_a_manifest_and_targets_have_names(crate, hands) -> None:
    member = '[package]\nname = "press"\nedition = "2021"\n[dependencies]\nlead.workspace = true\n'
    folder = crate("shop", lib="", manifest='[workspace]\nmembers = ["press"]\n', **{"press/Cargo.toml": member})
    cargo = hands(folder)
    for report in (cargo.check(), cargo.clippy(), cargo.test()):
        (error,) = report.errors
        assert (error.code, error.place, report.stopped) == (
            Fault.workspace_dependency, "press/Cargo.toml:5:1", None,
        )  # fmt: skip
        assert error.package == "press" and not report.ok
    wrong = "pub fn f() -> u8 { 'a' }\n"
    two = hands(
        crate("two", lib="", **{"src/main.rs": "fn main() { 1 + }\n", "examples/e.rs": f"{wrong}fn main() {{}}"})
    )
    report = two.check(all_targets=True)
    assert {(one.target, one.code) for one in report.errors} == {
        (BuildTarget("bin", "two"), None), (BuildTarget("example", "e"), "E0308"),
    }  # fmt: skip


def test_what_the_lock_file_cannot_be_written_for_is_a_fault_and_no_refusal(crate, hands) -> None:
    crate("type", lib="", manifest="[features]\nserif = []\n")
    folder = crate("press", lib="", manifest='[dependencies]\ntype = { path = "../type", features = ["serf"] }\n')
    (error,) = hands(folder).check().errors
    assert (error.code, error.place) == (Fault.dependency_feature, "Cargo.toml:6:40")
    assert facts(error) == {"package": "press", "name": "type", "feature": "serf"}


def test_a_package_that_its_workspace_does_not_list_is_refused_only_where_it_is_asked_about(crate, hands) -> None:
    lone = '[package]\nname = "lone"\nedition = "2021"\n'
    folder = crate("root", lib="", manifest="[workspace]\n", **{"lone/Cargo.toml": lone, "lone/src/lib.rs": ""})
    assert hands(folder).check().ok
    report = hands(folder, asked=folder / "lone").check()
    assert [(one.code, one.place) for one in report.errors] == [(Fault.outside_workspace, "Cargo.toml:5:1")]
    assert cargo_faults.facts(report.errors[0]) == {"manifest": "lone/Cargo.toml", "root": "Cargo.toml"}
    (folder / "Cargo.toml").write_text((folder / "Cargo.toml").read_text() + 'members = ["lone"]\n')
    assert hands(folder, asked=folder / "lone").check().ok


def test_versions_that_were_withdrawn_are_told_as_such_and_not_as_missing_here(shop: Path) -> None:
    said = 'error: failed to select a version for the requirement `ink = "^0.3.0"`\n  version 0.3.0 is yanked\n'
    assert 'depends on ink = "^0.3.0", of which every version that fits was withdrawn' in str(
        unfetched(said, shop, False)
    )
    assert "the network is shut" in str(unfetched("error: failed to download `ink v0.3.0`\n", shop, False))
