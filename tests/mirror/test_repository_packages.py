"""The packages of a repository."""

import pytest

from rusta.mirror.file_kinds import CountedFolders, FileKind, file_kind
from rusta.mirror.path_patterns import path_matches
from rusta.mirror.repository_packages import MOST_PACKAGES, packages, repository_packages
from tests.linear import soon
from tests.mirror.source_trees import TreeInMemory, package


def repository(workspace: str, *folders: str, **more: str) -> TreeInMemory:
    files = {f"{one}/Cargo.toml": package(one.rpartition("/")[2]) for one in folders}
    return TreeInMemory({"Cargo.toml": workspace, **files, **more})


def test_packages_that_hold_no_core_or_are_ignored_do_not_count() -> None:
    files = repository(
        '[workspace]\nmembers = ["crates/*"]\n', "crates/ecs", "crates/ecs/macros", "crates/render", "crates/gen"
    )
    folders = set(packages(files).values()) | {"crates/ecs/macros"}
    paths = [f"{one}/src/lib.rs" for one in folders]
    assert CountedFolders().counting(folders, paths) == folders
    assert CountedFolders(ignored=("crates/gen/**",)).counting(folders, paths) == folders - {"crates/gen"}
    assert CountedFolders(core=("crates/ecs/**/*.rs",)).counting(folders, paths) == {"crates/ecs", "crates/ecs/macros"}
    assert CountedFolders(core=("crates/ecs/src/**",)).counting(folders, paths) == {"crates/ecs"}
    assert CountedFolders(core=("src/**",)).counting({"", "a"}, ["src/lib.rs", "a/src/lib.rs"]) == {""}


def test_members_are_found_by_path_and_by_pattern_and_what_is_excluded_is_none() -> None:
    files = repository(
        '[workspace]\nmembers = ["a", "crates/*"]\nexclude = ["crates/out"]\n',
        "a",
        "b",
        "crates/c",
        "crates/out",
        "crates/d/deep",
    )
    assert packages(files) == {"a": "a", "c": "crates/c"}


def test_the_root_package_and_path_dependencies_are_members() -> None:
    root = package("root", "1.0.0", '[workspace]\n[dependencies]\na = { path = "a" }\n')
    files = repository(root, "a", "b", "away")
    chained = TreeInMemory(
        {**files.files, "a/Cargo.toml": package("a", "1.0.0", '[dependencies]\nb = { path = "../b" }\n')}
    )
    assert packages(chained) == {"root": "", "a": "a", "b": "b"}


def test_without_a_workspace_every_package_of_the_code_counts() -> None:
    files = TreeInMemory(
        {"core/Cargo.toml": package("core"), "tests/t/Cargo.toml": package("t"), "examples/e/Cargo.toml": package("e")}
    )
    assert packages(files) == {"core": "core"}


def test_what_is_never_published_is_marked_also_where_the_workspace_says_so() -> None:
    workspace = '[workspace]\nmembers = ["a", "b"]\n[workspace.package]\npublish = false\n'
    files = repository(workspace, "a", "b")
    files = TreeInMemory({**files.files, "b/Cargo.toml": package("b", "1.0.0", "publish.workspace = true\n")})
    assert {one.name: one.published for one in repository_packages(files)} == {"a": True, "b": False}


def test_a_pattern_that_matches_everything_ends_at_a_limit() -> None:
    files = repository('[workspace]\nmembers = ["**", "**/**", "*/**/*"]\n', *(f"d{n % 70}/e{n}" for n in range(1_500)))
    with soon():
        assert len(packages(files)) == MOST_PACKAGES


def test_many_patterns_of_many_stars_take_no_time() -> None:
    patterns = ", ".join(f'"{"*a" * 200}{n}/{"**/" * 60}x"' for n in range(80))
    files = repository(
        f"[workspace]\nmembers = [{patterns}]\n", *("/".join(["aaaaaaaaaa"] * 30) + f"/{n}" for n in range(100))
    )
    with soon():
        assert packages(files) == {}


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[workspace",
        "workspace = 1",
        "[workspace]\nmembers = 3",
        '[workspace]\nmembers = [1, "../x", "/etc", "a\\u0000b"]',
    ],
)
def test_a_manifest_that_makes_no_sense_has_no_members(manifest: str) -> None:
    assert packages(repository(manifest, "tests/a")) == {}


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [("a/*", "a/b", True), ("a/*", "a/b/c", False), ("**", "a/b/c", True), ("a/**/c", "a/c", True), ("a/**/c", "a/x/y/c", True),
     ("a?[bc]", "axb", True), ("../a", "a", False), ("/a", "a", False), ("", "", False), ("./a", "a", True)],
)  # fmt: skip
def test_patterns_match_as_in_cargo(pattern: str, path: str, matches: bool) -> None:
    assert path_matches(pattern, path) is matches


@pytest.mark.parametrize(
    ("path", "kind"),
    [("tokio/src/lib.rs", FileKind.CODE), ("tokio/tests/a.rs", FileKind.TEST), (".github/workflows/ci.yml", FileKind.CI),
     ("Cargo.lock", FileKind.BUILD), ("tokio/CHANGELOG.md", FileKind.CHANGELOG), ("RELEASES.md", FileKind.CHANGELOG),
     ("_release-content/migration-guides/a.md", FileKind.MIGRATION), ("docs/a.md", FileKind.DOCS), ("README.md", FileKind.DOCS),
     ("examples/a.rs", FileKind.EXAMPLE), ("CONTRIBUTING.md", FileKind.OTHER), ("burn-book/src/a.md", FileKind.DOCS),
     ("benches/a.rs", FileKind.BENCH), ("a/Cargo.toml", FileKind.MANIFEST), ("docs/contributing/a.md", FileKind.OTHER)],
)  # fmt: skip
def test_a_path_says_what_a_file_is_for(path: str, kind: FileKind) -> None:
    assert file_kind(path) is kind


def test_an_owners_patterns_come_first() -> None:
    counted = CountedFolders(core=("core/**",), docs=("notes/*",), ignored=("gen/**",))
    assert file_kind("notes/a.txt", counted) is FileKind.DOCS
    assert counted.is_core("core/x.rs", ()) and not counted.is_core("other/src/x.rs", ("other",))
    assert counted.ignores("gen/a/b.rs")
