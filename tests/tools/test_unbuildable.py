"""Targets that need another toolchain are told once, and a healthy crate stays healthy beside them: real cargo."""

from pathlib import Path

from rusta.tools.cargo import Cargo
from rusta.tools.sandbox import choose
from rusta.tools.unbuildable import aside_sentence

MANIFEST = '[package]\nname = "pool"\nversion = "0.1.0"\nedition = "2021"\n'
BENCH = "#![feature(test)]\nextern crate test;\n\n#[bench]\nfn takes(b: &mut test::Bencher) {\n    b.iter(|| pool::take(2));\n}\n"


def crate(folder: Path, body: str) -> Cargo:
    for path, text in {"Cargo.toml": MANIFEST, "src/lib.rs": body, "benches/speed.rs": BENCH}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Cargo(folder, choose("auto"), folder.parent / "target")


def test_a_benchmark_that_needs_nightly_is_set_aside_and_the_crate_is_clean(tmp_path: Path) -> None:
    report = crate(tmp_path / "pool", "pub fn take(n: u32) -> u32 {\n    n + 1\n}\n").check(all_targets=True)
    assert report.ok and not report.errors
    assert aside_sentence(report.aside).startswith("bench `speed` needs a nightly compiler")


def test_the_tests_run_beside_one_that_needs_nightly(tmp_path: Path) -> None:
    cargo = crate(tmp_path / "pool", "pub fn take(n: u32) -> u32 {\n    n + 1\n}\n")
    (tmp_path / "pool/tests").mkdir()
    (tmp_path / "pool/tests/never.rs").write_text("#![feature(never_type)]\n")
    (tmp_path / "pool/tests/takes.rs").write_text("#[test]\nfn takes() {\n    assert_eq!(pool::take(2), 3);\n}\n")
    report = cargo.test(docs=False)
    assert report.ok and [test.name for test in report.tests] == ["takes"]
    assert aside_sentence(report.aside).startswith("test `never` needs a nightly compiler")


def test_an_error_of_the_library_is_still_one(tmp_path: Path) -> None:
    report = crate(tmp_path / "pool", "pub fn take(n: u32) -> u32 {\n    n + true\n}\n").check(all_targets=True)
    assert not report.ok and [one.code for one in report.errors] == ["E0277"]


def test_a_library_that_needs_nightly_does_not_compile_here(tmp_path: Path) -> None:
    report = crate(tmp_path / "pool", "#![feature(never_type)]\npub fn take(n: u32) -> u32 {\n    n\n}\n").check(True)
    assert not report.ok and "E0554" in [one.code for one in report.errors]
