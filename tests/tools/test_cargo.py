"""Cargo through the hands: what it judges, and what a person hears when it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rusta.core.errors import ConfigError, RustaError
from rusta.tools.cargo import Cargo
from rusta.tools.dependencies import Unfetched, Unlocked
from rusta.tools.manifest import NotACrate, crate_folder, edition_of, own_harness, path_dependencies, root_of
from rusta.tools.present import present
from rusta.tools.sandbox import Limits, NoSandbox, Stopped, choose
from rusta.tools.toolchain import NoCargo

HELLO = """
use std::io::Read;
fn main() {
    let mut s = String::new();
    std::io::stdin().read_to_string(&mut s).unwrap();
    eprintln!("to stderr");
    println!("{{not json}} {:?} {s}", std::env::args().skip(1).collect::<Vec<_>>());
}
"""


@pytest.mark.parametrize("which", ["bubblewrap", "landlock", "none"])
def test_every_sandbox_lets_a_crate_be_judged(which: str, crate, tmp_path: Path) -> None:
    try:
        sandbox = choose(which)
    except NoSandbox as refusal:
        pytest.skip(str(refusal))
    folder = crate(
        lib="#[test]\nfn t() { assert!(std::fs::write(\"mine\", \"\").is_err() || std::env::var(\"FREE\").is_ok()); }\n",
        **{"build.rs": "fn main() { println!(\"cargo::rustc-cfg=built\"); println!(\"cargo::rustc-check-cfg=cfg(built)\"); }\n",
           "src/main.rs": HELLO},
    )  # fmt: skip
    cargo = Cargo(folder, sandbox, tmp_path / "target", Limits(seconds=100))
    assert cargo.check().ok and cargo.clippy().ok
    ran = cargo.run(["--", "a b", "c"], stdin=b"typed")
    assert ran.ok and ran.output == '{not json} ["--", "a b", "c"] typed\nto stderr'
    tests = cargo.test()
    assert [test.name for test in tests.tests] == ["t"]
    assert tests.ok is (which != "none") and (folder / "mine").exists() is (which == "none")
    assert cargo.explain("E0382").code == "E0382"
    assert sorted(path.name for path in folder.iterdir() if path.name != "mine") == [
        "Cargo.lock",
        "Cargo.toml",
        "build.rs",
        "src",
    ]


def test_the_persons_own_target_is_neither_touched_nor_waited_for(crate, hands) -> None:
    folder = crate(lib="pub fn f() {}\n")
    (folder / "target").mkdir()
    (folder / "target" / "mark").touch()
    assert hands(folder).check().ok
    assert [path.name for path in (folder / "target").iterdir()] == ["mark"]


def test_members_beside_a_package_are_judged_with_it(crate, hands) -> None:
    inner = {
        "inner/Cargo.toml": '[package]\nname = "inner"\nversion = "0.1.0"\nedition = "2021"\n',
        "inner/src/lib.rs": "pub fn b() -> u32 { true }\n",
    }
    folder = crate("outer", lib="pub fn a() {}\n", manifest='[workspace]\nmembers = ["inner"]\n', **inner)
    (error,) = hands(folder).check(all_targets=True).errors
    assert error.primary.path == "inner/src/lib.rs"
    (folder / "inner/src/lib.rs").write_text("#[test]\nfn is() {}\n")
    assert [test.name for test in hands(folder).test().tests] == ["is"]


def test_clippy_says_more_than_check(crate, hands) -> None:
    cargo = hands(crate(lib="pub fn f(v: &Vec<u8>) -> bool { return v.len() == 0; }\n"))
    assert not cargo.check().diagnostics
    assert {one.code for one in cargo.clippy().diagnostics} == {
        "clippy::needless_return",
        "clippy::ptr_arg",
        "clippy::len_zero",
    }


def test_a_crate_is_described_by_its_packages_and_targets(crate, hands) -> None:
    folder = crate(
        lib="pub fn f() {}\n",
        manifest="[features]\nfast = []\n",
        **{"src/bin/tool.rs": "fn main() {}\n", "tests/it.rs": ""},
    )
    (package,) = hands(folder).metadata()
    assert (package.name, package.edition, package.folder, package.features) == ("small", "2021", folder, ("fast",))
    assert {(target.name, target.kind) for target in package.targets} == {
        ("small", "lib"),
        ("tool", "bin"),
        ("it", "test"),
    }


def test_a_manifest_that_she_broke_is_in_the_report_and_not_an_exception(crate, hands) -> None:
    folder = crate(lib="pub fn f() {}\n", manifest="[dependencies\n")
    report = hands(folder).check()
    assert not report.ok and "Cargo.toml" in present(report)
    with pytest.raises(ConfigError, match="cannot read"):
        hands(folder).metadata()


def test_a_source_that_is_not_utf8_is_the_compilers_complaint_and_rustfmts(crate, hands) -> None:
    folder = crate(lib=b"// caf\xe9\npub fn f() {}\n")
    report = hands(folder).check()
    assert not report.ok and "UTF-8" in present(report)
    assert "line 1 is not UTF-8 (byte 0xe9)" in hands(folder).fmt(["src/lib.rs"]).refused["src/lib.rs"]


def test_without_end_is_cut_off_and_said(crate, hands) -> None:
    shout = 'fn main() { loop { println!("{}", "x".repeat(1000)); } }\n'
    cargo = hands(crate(lib="", **{"src/main.rs": shout}), limits=Limits(seconds=60, output_mb=4))
    report = cargo.run()
    assert (report.ok, report.stopped) == (False, Stopped.output)
    text = present(report)
    assert "because it printed without end" in text and len(text) < 10_000


def test_megabytes_of_diagnostics_become_a_page(crate, hands) -> None:
    cargo = hands(crate(lib="".join(f"pub fn f{n}() -> u8 {{ let s: String = {n}; s }}\n" for n in range(1500))))
    text = present(cargo.check())
    assert "3000 errors" in text and "E0308 x2996" in text and len(text) < 4000


def test_the_disk_a_home_and_an_empty_folder_are_no_crates(
    tmp_path: Path, hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "people" / "me"))
    (tmp_path / "people" / "me" / "code").mkdir(parents=True)
    for folder in (Path("/"), Path.home(), tmp_path / "people", tmp_path):
        with pytest.raises(NotACrate, match=r"holds more than a crate.*workspace=PATH"):
            hands(folder).check()
    with pytest.raises(NotACrate, match="is not there"):
        hands(tmp_path / "gone").check()
    with pytest.raises(NotACrate, match=r"no Cargo\.toml.*cargo init"):
        hands(tmp_path / "people" / "me" / "code").check()


def test_a_folder_beside_a_crate_is_told_where_the_crate_is(crate) -> None:
    folder = crate("outer/inner")
    with pytest.raises(NotACrate, match=f"workspace={folder}"):
        crate_folder(folder.parent)
    with pytest.raises(NotACrate, match=f"workspace={folder}"):
        crate_folder(folder / "src")


def test_a_dependency_that_was_never_fetched_is_named_with_the_command_that_brings_it(crate, hands) -> None:
    registry = crate("r", lib="", manifest='[dependencies]\nno-such-crate-here = "1"\n')
    with pytest.raises(Unfetched, match=r"depends on no-such-crate-here.*cargo fetch --manifest-path .*/r/Cargo\.toml"):
        hands(registry).check()
    git = crate("g", lib="", manifest='[dependencies]\nelsewhere = { git = "https://example.invalid/x/y" }\n')
    for do in (hands(git).check, hands(git).clippy, hands(git).test):
        with pytest.raises(Unfetched, match=r"depends on elsewhere.*network is shut.*network=online"):
            do()


def test_of_a_copy_everything_is_said_as_of_the_folder_that_a_person_knows(crate, hands, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    with pytest.raises(Unfetched) as refused:
        hands(crate("copy", lib="", manifest='[dependencies]\nnot-here = "1"\n'), copy_of=theirs).check()
    assert f"--manifest-path {theirs}/Cargo.toml" in str(refused.value) and "/copy" not in str(refused.value)
    broken = hands(crate("other-copy", lib="", manifest="[nonsense\n"), copy_of=theirs).check()
    assert not broken.ok and "other-copy" not in broken.output


def test_a_dependency_that_can_be_fetched_is_once_the_network_is_open(
    crate, hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A git repository on this disk is as far from cargo's cache as one on another machine.
    away = crate("away", lib="pub fn far() -> u8 { 7 }\n")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", str(away)]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    rustup = os.environ.get("RUSTUP_HOME") or str(Path.home() / ".rustup")
    monkeypatch.setenv("RUSTUP_HOME", rustup)
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo-home"))
    folder = crate("near", lib="pub use away::far;\n", manifest=f'[dependencies]\naway = {{ git = "file://{away}" }}\n')
    with pytest.raises(Unfetched, match="away"):
        hands(folder).check()
    assert hands(folder, online=True).check().ok
    assert hands(folder).check().ok  # from here on it is on this machine


def test_a_lock_file_that_no_longer_fits_is_brought_up_to_date_outside(crate, hands) -> None:
    crate("beside", lib="")
    folder = crate("near", lib="")
    cargo = hands(folder)
    assert cargo.check().ok
    (folder / "Cargo.toml").write_text(
        (folder / "Cargo.toml").read_text() + '[dependencies]\nbeside = { path = "../beside" }\n'
    )
    assert cargo.check().ok and "beside" in (folder / "Cargo.lock").read_text()


def test_settling_the_lock_file_runs_nothing_that_the_workspace_names(crate, hands, tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f'#!/bin/sh\necho ran >> {tmp_path / "witness"}\nexec "$@"\n')
    wrapper.chmod(0o755)
    folder = crate(lib="", **{".cargo/config.toml": f'[build]\nrustc-wrapper = "{wrapper}"\n'})
    from rusta.tools.dependencies import fetch

    fetch(folder, online=False)
    assert (folder / "Cargo.lock").exists() and not (tmp_path / "witness").exists()
    assert hands(folder).check().ok and (tmp_path / "witness").exists()  # which is what sandboxes are for


def test_a_tree_that_cannot_be_written_needs_no_writing_once_it_has_a_lock_file(crate, tmp_path: Path) -> None:
    folder = crate(lib="pub fn f() {}\n")
    frozen = tmp_path / "frozen"
    frozen.mkdir()
    script = (
        "import sys; from pathlib import Path; from rusta.tools.cargo import Cargo\n"
        "from rusta.tools.sandbox.none import Unconfined\n"
        "print(Cargo(Path(sys.argv[1]), Unconfined(), Path(sys.argv[2])).check().ok)\n"
    )
    mount = f"mount --bind {folder} {frozen} && mount -o remount,bind,ro {frozen} && "
    inside = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.run([*inside, f"{mount} true"], capture_output=True).returncode:
        pytest.skip("no read-only mount can be made here")

    def run() -> "subprocess.CompletedProcess[str]":
        words = f'{mount} exec {sys.executable} -c "$0" {frozen} {tmp_path / "target"}'
        return subprocess.run([*inside, words, script], capture_output=True, text=True)

    refused = run()
    assert "Unlocked" in refused.stderr and "Read-only" in refused.stderr and "Cargo.lock" in refused.stderr
    subprocess.run(["cargo", "generate-lockfile", "--offline"], cwd=folder, check=True, capture_output=True)
    assert run().stdout.strip() == "True"


def test_a_build_has_as_many_jobs_as_its_memory_bears(crate, hands, monkeypatch: pytest.MonkeyPatch) -> None:
    tells = 'fn main() { println!("cargo::rustc-env=JOBS={}", std::env::var("NUM_JOBS").unwrap()); }'
    shows = {"build.rs": tells, "src/main.rs": 'fn main() { println!("{} jobs", env!("JOBS")); }'}
    cargo = hands(crate(**shows), limits=Limits(seconds=100, memory_mb=1500))
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    assert cargo.run().output == "1 jobs"
    monkeypatch.setenv("CARGO_BUILD_JOBS", "2")
    (cargo.workspace / "build.rs").write_text(tells + "\n")
    assert cargo.run().output == "2 jobs"


def test_without_a_toolchain_there_is_a_sentence(crate, hands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = crate(lib="")
    asked = hands(folder)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(NoCargo, match=r"There is no cargo on this machine.*https://rustup\.rs"):
        asked.check()


def test_a_toolchain_that_is_not_here_is_named_and_not_fetched(crate, hands) -> None:
    if not shutil.which("rustup"):
        pytest.skip("there is no rustup here")
    folder = crate(lib="", **{"rust-toolchain.toml": '[toolchain]\nchannel = "1.2.0"\n'})
    with pytest.raises(NoCargo, match=r"1\.2\.0.*rustup show"):
        hands(folder).check()


def test_all_refusals_are_ones_a_person_can_read() -> None:
    assert all(issubclass(kind, RustaError) for kind in (NotACrate, NoCargo, Unfetched, Unlocked))


def test_editions_are_cargos_own(crate) -> None:
    root = crate(
        "root", lib="", manifest='[workspace]\nmembers = ["in"]\n[workspace.package]\nedition = "2018"\n',
        **{"in/Cargo.toml": '[package]\nname = "in"\nversion = "0.1.0"\nedition.workspace = true\n', "in/src/lib.rs": "",
           "in/old/Cargo.toml": '[package]\nname = "old"\nversion = "0.1.0"\n'},
    )  # fmt: skip
    assert [edition_of(root / at) for at in ("src/lib.rs", "in/src/lib.rs", "in/old/lib.rs")] == [
        "2021",
        "2018",
        "2015",
    ]
    assert edition_of(Path("/nowhere/x.rs")) == "2024"
    assert root_of(root / "in") == root and not own_harness(root)


def test_what_lies_beside_a_workspace_is_found_through_those_beside_it(crate) -> None:
    far = crate("far", lib="")
    near = crate("near", lib="", manifest='[target."cfg(unix)".dev-dependencies]\nfar = { path = "../far" }\n')
    root = crate(
        "root", lib="", manifest='[dependencies]\nnear = { path = "../near" }\nnothing = { path = "../nothing" }\n'
    )
    assert set(path_dependencies(root)) == {near, far}
