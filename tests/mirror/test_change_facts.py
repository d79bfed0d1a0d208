"""What a change says besides its API, on small trees."""

import pytest

from rusta.mirror.change_facts import LARGEST_TEXT_READ, ChangedFiles, ChangeFact, change_facts
from rusta.mirror.changed_files import ChangeCounts
from tests.linear import soon
from tests.mirror.source_trees import TreeInMemory, package, tree

MANIFEST = package("pond", "1.0.0")
LIB = "//! A pond.\n/// Swims.\npub fn swim() {}\n"


def of_kind(facts: list[ChangeFact], kind: str) -> list[ChangeFact]:
    return [one for one in facts if one.kind == kind]


def changed(old: dict[str, str], new: dict[str, str], kind: str) -> list[ChangeFact]:
    base = {"Cargo_toml": MANIFEST, "src__lib_rs": LIB}
    return of_kind(change_facts(tree(**base | old), tree(**base | new)), kind)


LOG = """# Changelog

## [Unreleased]

## [1.0.0] - 2025-01-01
### Added
- The pond ([#1](https://example.org/pull/1))
"""


def test_a_new_section_of_a_changelog_has_its_version_its_line_and_its_pull_requests_as_text() -> None:
    new = LOG.replace(
        "## [1.0.0]",
        "## [1.1.0] - 2025-02-02\n### Added\n- Ducks ([#7])\n- Geese, which [hiss][h]\n\n[#7]: https://x\n\n## [1.0.0]",
        1,
    )
    (one,) = changed({"CHANGELOG_md": LOG}, {"CHANGELOG_md": new}, "changelog")
    assert (one.text, one.version, one.anchor) == ("- Ducks (#7)\n- Geese, which hiss", "1.1.0", "CHANGELOG.md:7")
    assert one.heading == "Changelog > 1.1.0 - 2025-02-02 > Added" and one.package == "pond" and not one.minor


def test_lines_that_are_unreleased_say_so_and_their_release_says_it_once() -> None:
    ducks = LOG.replace("## [Unreleased]\n", "## [Unreleased]\n### Added\n- Ducks\n")
    (one,) = changed({"CHANGELOG_md": LOG}, {"CHANGELOG_md": ducks}, "changelog")
    assert (one.text, one.version) == ("- Ducks", "unreleased")
    released = ducks.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [1.1.0]\n")
    (one,) = changed({"CHANGELOG_md": ducks}, {"CHANGELOG_md": released}, "changelog")
    assert (one.version, one.text) == ("1.1.0", "what was unreleased before stands under this version now")


def test_a_line_that_stands_in_several_versions_is_new_in_the_upper_one() -> None:
    new = LOG.replace(
        "## [1.0.0]", "## [1.1.0]\n### Added\n- The pond ([#1](https://example.org/pull/1))\n\n## [1.0.0]"
    )
    (one,) = changed({"CHANGELOG_md": LOG}, {"CHANGELOG_md": new}, "changelog")
    assert one.version == "1.1.0"


def test_edits_of_history_are_one_minor_fact() -> None:
    (one,) = changed({"CHANGELOG_md": LOG}, {"CHANGELOG_md": LOG + "- Reeds\n- Frogs\n"}, "changelog")
    assert one.minor and one.text == "2 lines about version 1.0.0 and earlier ones were edited"


@pytest.mark.parametrize(
    "text",
    [
        "Version 1.1.0 (2025-02-02)\n==========================\n\n* Ducks\n",
        "1.1.0 - Feb 2, 2025\n-------------------\n* Ducks\n",
        "# 1.1.0 (February 2nd, 2025)\n\n* Ducks\n",
        "1.1.0:\n\n* Ducks\n",
    ],
)
def test_versions_are_recognised_in_headings_of_many_kinds(text: str) -> None:
    (one,) = changed({}, {"CHANGES_md": text}, "changelog")
    assert (one.version, one.text) == ("1.1.0", "* Ducks")


def test_a_new_migration_guide_is_quoted_with_its_title_and_code() -> None:
    text = "---\ntitle: Ducks are birds\npull_requests: [12]\n---\n\nWrite this:\n\n```rust\nbird(duck);\n```\n"
    facts = changed({}, {"release__migration-guides__ducks_md": text}, "migration")
    assert [one.heading for one in facts] == ["Ducks are birds"]
    assert facts[0].text == "Write this:\n```rust\nbird(duck);\n```"


def test_what_a_page_says_anew_is_told_below_its_heading_and_code_with_what_it_was() -> None:
    old = "# Pond\n\n## Use\n\nSwim slowly.\n\n```rust\nlet p = pond();\nswim(p);\n```\n"
    new = old.replace("Swim slowly.", "Swim slowly. It panics in winter.").replace("swim(p)", "swim(&p)")
    facts = change_facts(tree(Cargo_toml=MANIFEST, docs__use_md=old), tree(Cargo_toml=MANIFEST, docs__use_md=new))
    assert [(one.kind, one.text, one.before, one.anchor) for one in facts] == [
        ("example", "swim(&p);", "swim(p);", "docs/use.md:7"),
        ("docs", "Swim slowly. It panics in winter.", "", "docs/use.md:5"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The duck recieves bread.", "The duck receives bread."),
        ("The duck gets\nbread.", "The duck gets bread."),
        ("the duck gets bread", "The duck gets the bread."),
        ('```toml\npond = "1.0.0"\n```', '```toml\npond = "1.1.0"\n```'),
        ("```rust\nfeed(duck,  bread)\n```", "```rust\nfeed(\n    duck, bread,\n)\n```"),
    ],
)
def test_spelling_layout_and_version_numbers_are_minor(old: str, new: str) -> None:
    facts = change_facts(tree(README_md=old), tree(README_md=new))
    assert all(one.minor for one in facts)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("It is safe.", "It is unsafe."),
        ("It is now done.", "It is not done."),
        ("Waits 10 seconds.", "Waits 20 seconds."),
        ("```rust\nfeed(duck)\n```", "```rust\nfeed(&duck)\n```"),
        ("```rust\nlr.into()\n```", "```rust\nlr\n```"),
    ],
)
def test_what_means_something_else_is_not_minor(old: str, new: str) -> None:
    facts = change_facts(tree(README_md=old), tree(README_md=new))
    assert facts and not any(one.minor for one in facts)


def test_docs_of_an_item_are_told_where_its_signature_stayed_and_once_for_items_that_say_the_same() -> None:
    old = "/// Reads.\npub fn one() {}\n/// Reads.\npub fn two() {}\n/// A.\npub fn three() {}\n"
    new = "".join(f"/// Reads.\n///\n/// `{name}` is cancel safe.\npub fn {name}() {{}}\n" for name in ("one", "two"))
    new += "/// B now.\npub fn three(x: u8) {}\n"
    (one,) = changed({"src__lib_rs": old}, {"src__lib_rs": new}, "docs")
    assert (one.item, one.anchor) == ("pond::one", "src/lib.rs:4")
    assert one.text == "`one` is cancel safe. (also of `two`)"


def test_hidden_lines_of_an_example_are_not_told() -> None:
    new = "/// Swims.\n/// ```\n/// # use pond::swim;\n/// swim();\n/// ```\npub fn swim() {}\n"
    (one,) = changed({"src__lib_rs": "/// Swims.\npub fn swim() {}\n"}, {"src__lib_rs": new}, "example")
    assert (one.text, one.item) == ("swim();", "pond::swim")


def test_examples_that_are_new_gone_or_changed_are_told() -> None:
    old = {"examples__a_rs": "fn main() {\n    swim();\n}\n", "examples__b_rs": "fn main() {}\n"}
    new = {
        "examples__a_rs": "fn main() {\n    swim(1);\n}\n",
        "examples__c__main_rs": "//! How to dive.\nfn main() {}\n",
    }
    facts = changed(old, new, "example")
    assert [(one.heading, one.text, one.before.strip(), one.gone) for one in facts] == [
        ("examples/a.rs", "    swim(1);", "swim();", False),
        ("examples/b.rs", "this example is gone", "", True),
        ("examples/c", "a new example, 2 lines: How to dive.", "", False),
    ]


def test_features_are_told_with_what_they_turn_on_and_a_renamed_one_as_such() -> None:
    old = package("pond", "1.0.0", '[features]\ndefault = ["a"]\na = []\nserde1 = ["dep:serde"]\nold = ["a"]\n')
    new = package("pond", "1.0.0", '[features]\ndefault = ["a", "b"]\na = []\nb = ["a"]\nserde = ["dep:serde"]\n')
    facts = of_kind(change_facts(tree(Cargo_toml=old), tree(Cargo_toml=new)), "feature")
    assert [(one.text, one.line, one.gone) for one in facts] == [
        ("the feature `serde1` is called `serde` now", 9, False),
        ("the feature `old` is called `b` now", 8, False),
        ("the feature `default` turns on `b` too", 6, False),
    ] or [one.text for one in facts] == [
        "the feature `old` is called `b` now",
        "the feature `serde1` is called `serde` now",
        "the feature `default` turns on `b` too",
    ]


def test_what_a_package_inherits_is_told_once_at_the_line_of_the_workspace() -> None:
    def state(rust: str, rand: str) -> TreeInMemory:
        shared = f'[workspace]\nmembers = ["c/*"]\n[workspace.package]\nrust-version = "{rust}"\n'
        shared += f'[workspace.dependencies]\nrand = "{rand}"\n'
        own = "rust-version.workspace = true\n[dependencies]\nrand = { workspace = true, optional = true }\n"
        return TreeInMemory(
            {
                "Cargo.toml": shared,
                "c/a/Cargo.toml": package("a", "1.0.0", own),
                "c/b/Cargo.toml": package("b", "1.0.0", own),
            }
        )

    facts = change_facts(state("1.70", "0.8.5"), state("1.85", "0.9"))
    assert [(one.kind, one.text, one.anchor, one.package, one.minor) for one in facts] == [
        ("msrv", "Rust version 1.70 -> 1.85", "Cargo.toml:4", "a, b", False),
        ("dependency", "`rand`: 0.8.5 -> 0.9", "Cargo.toml:6", "a, b", False),
    ]
    assert all(one.minor for one in change_facts(state("1.70", "0.8.5"), state("1.70", "0.8.9")))


def test_dependencies_that_come_go_and_become_optional_are_told_and_those_for_tests_are_not() -> None:
    old = package("pond", "1.0.0", '[dependencies]\na = "1"\nb = "1"\n[dev-dependencies]\nd = "1"\n')
    new = package("pond", "1.0.0", '[dependencies]\nb = { version = "1", optional = true }\nc = "2"\n')
    facts = of_kind(change_facts(tree(Cargo_toml=old), tree(Cargo_toml=new)), "dependency")
    assert [one.text for one in facts] == [
        "it depends on `c` 2 now",
        "it depends on `a` 1 no longer",
        "`b`: optional now",
    ]


def test_a_package_that_is_never_published_has_no_facts_of_its_manifest_or_items() -> None:
    old = {"Cargo_toml": package("pond", "1.0.0", "publish = false\n"), "src__lib_rs": "/// A.\npub fn a() {}"}
    new = {"Cargo_toml": package("pond", "2.0.0", "publish = false\n"), "src__lib_rs": "/// Another.\npub fn a() {}"}
    assert change_facts(tree(**old), tree(**new)) == []


def test_a_file_that_only_moved_is_no_change_and_one_that_moved_and_changed_is_compared_with_what_it_was() -> None:
    page = "# Pond\n\nSwim.\n"
    assert change_facts(tree(docs__a_md=page), tree(docs__deep__a_md=page)) == []
    (one,) = change_facts(tree(docs__a_md=page), tree(docs__deep__a_md=page + "\nDive.\n"))
    assert (one.text, one.path) == ("Dive.", "docs/deep/a.md")


def counts(old: str, new: str) -> ChangeCounts:
    base = {"Cargo_toml": MANIFEST}
    return ChangedFiles(tree(**base, src__lib_rs=old), tree(**base, src__lib_rs=new)).counts


def test_lines_that_moved_comments_and_tests_are_no_changed_lines_of_core() -> None:
    first = "pub fn a() {\n    one();\n}\n"
    second = "pub fn b() {\n    two();\n}\n"
    assert counts(first + second, second + "// said\n" + first).core_lines == 0
    assert counts(first, first + "#[cfg(test)]\nmod tests {\n    fn t() { one(); }\n}\n").core_lines == 0
    assert counts(first, first.replace("one", "two")).core_lines == 1
    slip = counts("// recieved\n" + first, "// received\n" + first)
    assert (slip.core_lines, slip.comment_slips, slip.comments) == (0, 1, 0)


def test_facts_are_a_twentieth_of_what_changed_and_the_rest_is_counted() -> None:
    def page(n: int, word: str) -> str:
        return "".join(f"# Part {m}\n\nThe {word} of page {n} is {m}.\n\n{'x' * 600}{word}\n\n" for m in range(20))

    old, new = (TreeInMemory({f"docs/p{n}.md": page(n, word) for n in range(60)}) for word in ("duck", "goose"))
    changed = ChangedFiles(old, new)
    facts = change_facts(old, new, changed=changed)
    assert 0.5 < 20 * sum(len(one.shown) for one in facts) / changed.counts.characters < 1.1
    assert len({one.path for one in facts}) > 50
    assert facts[-1].text.startswith("and ") and facts[-1].text.endswith(" more that are not told here")


def test_what_is_said_of_an_item_that_is_used_is_told_before_the_rest() -> None:
    def lib(word: str) -> str:
        return "".join(f"/// {word} {n}. {'Long words. ' * 40}\npub fn item{n}() {{}}\n" for n in range(200))

    old, new = ({"Cargo_toml": MANIFEST, "src__lib_rs": lib(word)} for word in ("Duck", "Goose"))
    used = change_facts(
        tree(**old), tree(**new), used=lambda path: ["src/main.rs:1"] if path == "pond::item199" else []
    )
    assert "pond::item199" in {one.item for one in used} and len(used) < 100
    assert "pond::item199" not in {one.item for one in change_facts(tree(**old), tree(**new))}


def test_a_changelog_of_twenty_megabytes_is_said_to_be_too_long() -> None:
    old, new = "- a\n", "- b\n" * 5_000_000
    assert len(new) > LARGEST_TEXT_READ
    with soon():
        (one,) = change_facts(tree(CHANGELOG_md=old), tree(CHANGELOG_md=new))
    assert one.kind == "changelog" and one.text.startswith("it changed, and is longer than 2 MB")


@pytest.mark.parametrize(
    "text",
    ["# " + " " * 200_000 + "x", "[" * 300_000, "[a](" * 100_000, "`" * 300_000, "- a\n" * 100_000, "<!--" * 100_000, "1.1.1 " * 50_000,
     "|\n" * 100_000, "a\n=\n" * 100_000, "#" * 300_000, "![[" * 100_000, "*" * 300_000],
)  # fmt: skip
def test_a_text_without_sense_is_read_in_linear_time(text: str) -> None:
    with soon():
        change_facts(tree(CHANGELOG_md="", docs__a_md="a"), tree(CHANGELOG_md=text, docs__a_md=text))


def test_two_long_texts_that_have_nothing_in_common_are_compared_in_linear_time() -> None:
    old, new = ("".join(f"- {word} {n}\n" for n in range(60_000)) for word in ("duck", "goose"))
    with soon():
        change_facts(tree(CHANGELOG_md=old, docs__a_md=old), tree(CHANGELOG_md=new, docs__a_md=new))


def test_control_characters_do_not_get_into_facts() -> None:
    facts = change_facts(tree(README_md="a"), tree(README_md="# \x1b[31mRed\n\nA \x1b]0;title\x07 thing\u202e.\n"))
    assert facts and not any(c in one.shown for one in facts for c in "\x1b\x07\u202e")


def test_manifests_that_are_no_toml_and_files_that_are_no_text_have_no_facts() -> None:
    odd = {"Cargo.toml": "[package\nname = ", "a/Cargo.toml": "\0\0", "README.md": "a\0b", "src/lib.rs": "fn ("}
    assert change_facts(TreeInMemory({}), TreeInMemory(odd)) == [
        ChangeFact(
            "docs", "it changed, and is longer than 2 MB or cannot be read, so I did not read it", "README.md", 1
        )
    ]


def test_badges_and_html_are_no_news() -> None:
    badges = "# Pond\n\n[![Crate](https://b/1.svg)](https://c)\n![CI](https://d)\n\n<div align='center'>\n  <a href='x'>y</a>\n</div>\n"
    assert change_facts(tree(README_md="# Pond\n"), tree(README_md=badges)) == []


def test_an_example_whose_fence_depends_on_a_feature_is_one() -> None:
    fence = '#![cfg_attr(feature = "std", doc = "```")]\n#![cfg_attr(not(feature = "std"), doc = "```ignore")]\n'
    old = f"//! A pond.\n//!\n{fence}//! swim();\n//! ```\n//!\n//! More.\n"
    (one,) = changed({"src__lib_rs": old}, {"src__lib_rs": old.replace("swim", "dive")}, "example")
    assert (one.before, one.text) == ("swim();", "dive();")


def test_packages_that_are_released_together_and_imports_in_another_order_are_minor() -> None:
    old, new = (
        package("pond", "1.0.0", f'[dependencies]\npond-impl = "={version}"\n') for version in ("1.0.69", "2.0.1")
    )
    assert all(one.minor for one in change_facts(tree(Cargo_toml=old), tree(Cargo_toml=new)))
    was, now = (f"```rust\nuse pond::{{{names}}};\n```\n" for names in ("swim, Duck", "Duck, swim"))
    assert all(one.minor for one in change_facts(tree(README_md=was), tree(README_md=now)))
