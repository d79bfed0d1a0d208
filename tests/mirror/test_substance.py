"""Whether a change is worth a reflection, and why."""

from dataclasses import dataclass

from rusta.mirror.change_facts import ChangedFiles, change_facts
from rusta.mirror.commit_facts import commit_facts
from rusta.mirror.substance import Substance, weighed
from tests.mirror.source_trees import package, tree


@dataclass(frozen=True)
class Changed:
    change: str
    path: str


@dataclass(frozen=True)
class Said:
    hash: str
    subject: str
    body: str = ""


def judged(old: dict[str, str], new: dict[str, str], *api: Changed, **used: list[str]) -> Substance:
    base = {"Cargo_toml": package("pond")}
    changed = ChangedFiles(tree(**base | old), tree(**base | new))
    facts = change_facts(changed.old, changed.new, changed=changed)
    return weighed(facts, changed.counts, api, lambda path: used.get(path.replace("::", "_"), ()))


def test_ci_tests_and_slips_are_nothing_substantial_and_it_is_said_what_they_are() -> None:
    old = {f".github__{n}_yml": "a" for n in range(3)} | {
        "src__lib_rs": "// recieves\nfn a() {}",
        "README_md": "It recieves.",
        "tests__a_rs": "a",
    }
    new = {f".github__{n}_yml": "b" for n in range(3)} | {
        "src__lib_rs": "// receives\nfn a() {}",
        "README_md": "It receives.",
        "tests__a_rs": "b",
    }
    found = judged(old, new)
    assert not found.substantial and found.weight == 0
    assert found.said == (
        "nothing substantial: 3 files of CI; 1 file of tests; 1 file with slips in comments; 1 slip in documentation"
    )


def test_no_difference_at_all_is_said() -> None:
    assert judged({}, {}).said == "nothing substantial: no file differs"


def test_fifty_lines_of_core_are_not_enough_and_one_more_is() -> None:
    def code(count: int) -> dict[str, str]:
        return {"src__lib_rs": "".join(f"fn line{n}() {{}}\n" for n in range(count))}

    assert judged(code(0), code(50)).said == "nothing substantial: 50 lines of core, not more than 50"
    assert judged(code(0), code(51)).reasons == ("51 lines changed in core",)


def test_a_new_api_documentation_and_examples_are_substantial_each() -> None:
    assert (
        judged({}, {}, Changed("added", "pond::a"), Changed("added", "pond::b")).said
        == "the public API changed: 2 added"
    )
    assert (
        judged({"README_md": "Hot."}, {"README_md": "Cold."}).said
        == "one place of the documentation says something new"
    )
    assert judged({"examples__a_rs": "a();"}, {"examples__a_rs": "b();"}).said == "one example changed"


def test_a_change_of_what_is_used_counts_whatever_its_size_and_weighs_more() -> None:
    sites = ["src/main.rs:3", "src/main.rs:9", "src/a.rs:1", "src/b.rs:1"]
    used = judged({}, {}, Changed("deprecated", "pond::swim"), pond_swim=sites)
    assert (
        used.reasons[0]
        == "`pond::swim`, which you use at src/main.rs:3, src/main.rs:9, src/a.rs:1 and 1 more places, is deprecated"
    )
    assert used.weight > judged({}, {}, Changed("deprecated", "pond::swim")).weight
    docs = judged(
        {"src__lib_rs": "/// A.\npub fn a() {}"}, {"src__lib_rs": "/// Panics.\npub fn a() {}"}, pond_a=["src/x.rs:1"]
    )
    assert "`pond::a`, which you use at src/x.rs:1, is documented anew" in docs.reasons


def test_versions_alone_are_nothing_substantial() -> None:
    found = judged({}, {"Cargo_toml": package("pond", "1.0.1")})
    assert found.said == "nothing substantial: 1 file of manifest; a new version number" or not found.substantial


def test_commits_of_ci_are_minor_and_what_breaks_is_told() -> None:
    facts = list(commit_facts([
        Said("a" * 40, "ci: newer runner"), Said("b" * 40, "feat(sync)!: rename swim", "More.\n\nBREAKING CHANGE: call dive\ninstead"),
        Said("c" * 40, "chore!: drop \x1b[1mold"), Said("d" * 40, "sync: fix a race"),
    ]))  # fmt: skip
    assert [(one.minor, one.text) for one in facts] == [
        (True, "ci: newer runner"), (False, "feat(sync)!: rename swim BREAKING: call dive instead"),
        (False, "chore!: drop ␛[1mold"), (False, "sync: fix a race"),
    ]  # fmt: skip
    assert facts[0].anchor == "a" * 12
