"""The gate of names: which names a text says, and what is known, unknown or unchecked of each on this machine."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.library.crate_index import CrateIndex
from rusta.library.crate_sources import locked_crates
from rusta.library.documentation import Documentation
from rusta.library.index import Library
from rusta.library.name_gate import NameReport, check_names
from rusta.library.said_names import MOST_NAMES, names_in
from rusta.tools.toolchain import Installed
from tests.library.crates_on_disk import REGISTRY, SOURCE, crate, lock
from tests.linear import soon

PAGES = Path(__file__).parent / "pages"
SAID = {
    "`Vec::<u8>::with_capacity(3)`": ["Vec::with_capacity"],
    "`HashMap<String, Vec<Foo>>::new`": ["HashMap::new", "HashMap", "String", "Vec", "Foo"],
    "`<T as Into<U>>::into` and `<[T]>::iter`": ["Into::into", "Into", "slice::iter"],
    "std::mem::swap and mem::size_of::<T>()": ["std::mem::swap", "mem::size_of"],
    "`use std::collections::{HashMap, hash_map::Entry as E};`":
        ["std::collections::HashMap", "std::collections::hash_map::Entry", "std", "HashMap"],
    "`Vec<T>.retain()` but not `Cargo.toml` or `v.push(1)`": ["Vec::retain", "Vec"],
    "`println!(\"Hello World\")`, not `a != b`; wow!": ["println!"],
    "std::println! or my_macro! here": ["std::println!", "my_macro!"],
    "#[derive(Debug, serde::Serialize)]": ["#[derive]", "Debug", "serde::Serialize"],
    "#![allow(dead_code, clippy::all)] the `must_use` attribute": ["#[allow]", "dead_code", "clippy::all", "#[must_use]"],
    "the `unused_must_use` lint, and `cargo rustc -- -D unused-mut`": ["unused_must_use", "unused_mut"],
    "E0382, not U+E0001": ["E0382"],
    "`cargo +nightly build --release` and `--all-features`": ["cargo build --release", "--all-features"],
    "`git push --force`, `rustc --edition 2021`": ["rustc --edition"],
    "run cargo doc --open": ["cargo doc --open"],
    "`cargo test --lib -- --nocapture`": ["cargo test --lib", "--nocapture"],
    "the [`serde`](https://x.y/a::b) crate, `use rand::Rng;`": ["serde", "rand::Rng", "rand"],
    "Self::new, self::x, crate::y, super::z, T::default, `T`": [],
    "`core::ffi::c_*` and `crate::a::B`": [],
    "```rust\nVec::no\n```\n~~~\nVec::no\n~~~\n": [],
    "```\nVec::never closed `Vec::new`": [],
    "https://doc.rust-lang.org/a::b": [],
}  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_the_names_of_a_text_are_those_that_it_says(text: str) -> None:
    assert {one.shown for one in names_in(text)} == set(SAID[text])


HOSTILE = [
    "`" * 50_000, "`a" * 60_000, "``a`" * 40_000, "a::" * 60_000, "<" * 100_000, "`<" * 50_000, "`" + "A<" * 490 + "`",
    "#[a(" * 40_000, "--a-" * 40_000, "cargo " * 30_000 + "--x", "std::{" * 30_000, "_" * 200_000, "`cargo " * 20_000,
    "lint `" * 30_000, '`"' * 60_000, "```\n" * 40_000, "> " * 90_000, "a_" * 90_000 + "!", "#[allow(x" * 20_000,
    " ".join(f"std::mem::a{n} `B{n}`" for n in range(9_000)), "`x` crate " * 15_000, "![](" * 40_000, "clippy::" * 20_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_the_work_grows_with_the_text_and_the_names_are_bounded(text: str) -> None:
    with soon():
        assert len(names_in(text)) <= MOST_NAMES


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The index of a documentation of five pages."""
    tmp_path = tmp_path_factory.mktemp("small")
    root = tmp_path / "toolchain" / "share" / "doc" / "rust" / "html"
    jar = (PAGES / "struct.Jar.html").read_text(encoding="utf-8")
    pages = {
        "std/index.html": jar.partition("<body>")[0], "std/jar/struct.Jar.html": jar,
        "error_codes/E0382.html": (PAGES / "E0382.html").read_text(encoding="utf-8"),
        "rustc/lints/listing/warn.html": (PAGES / "lints.html").read_text(encoding="utf-8"),
        "cargo/commands/cargo-build.html": "<main><h1 id='o'>Options</h1><dl><dt><code>--release</code></dt></dl></main>",
        "reference/attributes.html": "<main><h2 id='built-in-attributes-index'>I</h2><ul><li><code>inline</code></li></ul></main>",
    }  # fmt: skip
    for name, text in pages.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    with Library.build(Home(str(tmp_path / "home"), ""), Documentation(root), lambda done, of: None) as library:
        yield library


def test_what_the_pages_have_is_known_what_they_must_have_and_lack_is_unknown_and_all_else_is_unchecked(
    small: Library,
) -> None:
    found = check_names(
        "`Jar::put`, `Jar::putt`, `std::jar::Lid`, `Shelf::put`, E0382, E0999, #[inline], #[inline_never], #[tokio::main], "
        "the `unused_must_use` lint, the `unused_must_us` lint, `cargo build --release`, `cargo build --relase`. "
        "`--other`, the `rand` crate",
        small,
    )
    assert found.known == ("Jar::put", "E0382", "#[inline]", "unused_must_use", "cargo build --release")
    assert found.unknown == (
        "Jar::putt", "std::jar::Lid", "E0999", "#[inline_never]", "unused_must_us", "cargo build --relase",
    )  # fmt: skip
    assert found.unchecked == ("Shelf::put", "#[tokio::main]", "--other", "rand")
    assert "Rust 1.90.0 has no `Jar::putt`. Near it: `Jar::put`, `Jar::put_all` (unstable: `jar_all`)." in found.notes
    assert "`cargo build` of Rust 1.90.0 has no `cargo build --relase`. Near it: `--release`." in found.notes


def test_a_known_name_that_is_unstable_or_newer_than_the_crate_is_noted(small: Library) -> None:
    found = check_names("`Jar::put` `Jar::put_all` `Jar`", small, rust_version="1.60")
    assert found.notes == (
        "`Jar::put` is stable since Rust 1.61.0, and this crate supports 1.60.",
        "`Jar::put_all` is unstable: it needs a nightly toolchain and `#![feature(jar_all)]`.",
    )
    assert check_names("`Jar::put` `Jar`", small, rust_version="1.61").notes == ()


SHELF = """pub struct Shelf; impl Shelf { pub fn stack(&self) {} #[deprecated(since = "1.2", note = "use stack")] pub fn pile(&self) {} }
pub struct Jar; impl Jar { pub fn shake(&self) {} }
pub trait Sort { fn by_size(&self); }
impl Sort for Shelf { fn by_size(&self) {} }
#[macro_export] macro_rules! shelf { () => {} }
// a comment about `unheard_of` is no source
pub fn build() {}
"""
MADE = "other::make! { pub fn visible() {} } pub struct Made; impl Made { pub fn used(&self) {} }"


@pytest.fixture
def crates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CrateIndex]:
    cargo = tmp_path / "cargo"
    monkeypatch.setenv("CARGO_HOME", str(cargo))
    crate(cargo / REGISTRY / "shelf-1.0.0", "shelf", src__lib_rs=SHELF)
    crate(cargo / REGISTRY / "made-1.0.0", "made", src__lib_rs=MADE)
    crate(
        cargo / REGISTRY / "helps-1.0.0", "helps", manifest="[lib]\nproc-macro = true\n",
        src__lib_rs="#[proc_macro_derive(Helps, attributes(helped, other))]\npub fn derive(i: TokenStream) -> TokenStream { i }",
    )  # fmt: skip
    root = crate(
        tmp_path / "own", "own", "0.1.0", '[dependencies]\nshelf = "1"\nmade = "1"\nhelps = "1"\n',
        src__lib_rs="struct Private; impl Private { fn quiet(&self) {} }",
    )  # fmt: skip
    lock(root, ("own", "0.1.0", ""), *((name, "1.0.0", SOURCE) for name in ("shelf", "made", "helps")))
    with CrateIndex.open(Home(str(tmp_path / "home"), "")) as index:
        index.refresh(locked_crates(root), lambda done, of: None)
        yield index


KNOWN_OF_CRATES = ["shelf::Shelf::stack", "Shelf::stack", "Shelf", "shelf::shelf!", "Private::quiet", "own::Private", "Jar::shake",
 "Jar::put",                  "#[helped]", "shelf::build", "made::Made::used", "the `shelf` crate"]  # fmt: skip
UNKNOWN_OF_CRATES = ["shelf::Shelf::unheard_of", "Shelf::unheard_of", "shelf::unbuild", "shelf::shelve!", "Jar::putt"]
UNCHECKED_OF_CRATES = ["made::generated", "Made::generated", "rand::random", "Anybody::new", "#[helper]", "the `rand` crate", 
 "Shelf::by_size",                      "Error::unheard_of"]  # fmt: skip


def told(said: str, library: Library, crates: CrateIndex | None = None) -> NameReport:
    return check_names(said if said[0] == "#" or "crate" in said else f"`{said}`", library, crates)


@pytest.mark.parametrize("said", KNOWN_OF_CRATES)
def test_a_name_of_the_workspace_or_of_a_locked_crate_is_known(said: str, small: Library, crates: CrateIndex) -> None:
    report = told(said, small, crates)
    assert report.known and not report.unknown and not report.unchecked


@pytest.mark.parametrize("said", UNKNOWN_OF_CRATES)
def test_what_stands_nowhere_in_a_locked_crate_is_unknown(said: str, small: Library, crates: CrateIndex) -> None:
    assert told(said, small, crates).unknown == (said,)


@pytest.mark.parametrize("said", UNCHECKED_OF_CRATES)
def test_what_may_be_generated_or_anybodys_is_unchecked(said: str, small: Library, crates: CrateIndex) -> None:
    report = told(said, small, crates)
    assert report.unchecked and not report.unknown


def test_a_deprecated_name_of_a_crate_is_noted(small: Library, crates: CrateIndex) -> None:
    assert check_names("`Shelf::pile`", small, crates).notes == (
        "`Shelf::pile` (shelf::Shelf::pile): Deprecated since 1.2: use stack.",
    )


# An invented name and its real twin.
TWINS = """
Vec::take_while_mut | Vec::retain_mut
Vec::push_all | Vec::extend_from_slice
Vec::remove_range | Vec::drain
Vec::sort_desc | Vec::sort_unstable_by
Vec::first_or_default | Vec::first
Option::unwrap_or_panic | Option::unwrap_or_default
Option::if_some | Option::is_some_and
Option::get_or_else | Option::get_or_insert_with
Result::unwrap_or_log | Result::unwrap_or_else
String::reverse | String::truncate
String::to_title_case | String::to_uppercase
String::substring | String::split_off
str::split_at_char | str::split_once
str::is_numeric | str::is_empty
HashMap::get_or_default | HashMap::get_key_value
HashMap::insert_all | HashMap::extend
HashMap::contains_value | HashMap::contains_key
HashSet::add | HashSet::insert
BTreeMap::nearest | BTreeMap::range
VecDeque::push_middle | VecDeque::rotate_left
Iterator::map_ok | Iterator::filter_map
Iterator::distinct | Iterator::rev
Iterator::collect_vec | Iterator::collect
Iterator::sum_by | Iterator::sum
Rc::clone_deep | Rc::make_mut
Arc::into_mut | Arc::get_mut
Box::unbox | Box::into_raw
RefCell::try_get | RefCell::try_borrow_mut
Cell::modify | Cell::replace
Cow::to_borrowed | Cow::into_owned
PathBuf::append | PathBuf::push
i32::is_even | i32::is_positive
u64::checked_sqrt | u64::checked_pow
f64::round_to | f64::round_ties_even
char::is_vowel | char::is_alphanumeric
std::mem::swap_all | std::mem::swap
std::mem::move_out | std::mem::take
std::ptr::is_valid | std::ptr::null_mut
std::fs::read_lines | std::fs::read_to_string
std::fs::delete_file | std::fs::remove_file
std::env::get_var | std::env::var_os
std::thread::spawn_scoped | std::thread::scope
std::sync::SpinLock | std::sync::OnceLock
std::collections::OrderedMap | std::collections::BTreeMap
std::collections::MultiMap | std::collections::BinaryHeap
std::iter::zip_all | std::iter::zip
std::cmp::Ordering::Bigger | std::cmp::Ordering::Greater
std::io::ErrorKind::Missing | std::io::ErrorKind::NotFound
core::cell::LazyLock | core::cell::LazyCell
mem::forget_all | mem::forget
Vec<T>.take_while_mut() | Vec<T>.retain_mut()
std::printn! | std::println!
std::assert_lt! | std::assert_ne!
core::unreached! | core::unreachable!
#[inline_never] | #[inline(never)]
#[must_used] | #[must_use]
#[deprecate] | #[deprecated]
#[non_exhaustive_enum] | #[non_exhaustive]
#[should_panics] | #[should_panic]
the `unused_must_uses` lint | the `unused_must_use` lint
the `dead_codes` lint | the `dead_code` lint
#[allow(unused_variable_names)] | #[allow(unused_variables)]
#![deny(missing_documentation)] | #![deny(missing_docs)]
the compiler's `moved_borrow` lint | the compiler's `unreachable_code` lint
E0999 | E0499
E0004 and E0900 | E0004 and E0502
cargo build --relase | cargo build --release
cargo test --no-capture-all | cargo test --no-fail-fast
cargo run --featuers x | cargo run --features x
cargo check --all-target | cargo check --all-targets
rustc --editions 2021 | rustc --edition 2021
Cargo's `--every-feature` flag | Cargo's `--all-features` flag
"""
TABLE = [tuple(line.split(" | ")) for line in TWINS.strip().splitlines()]
READ = re.compile(
    r"error_codes/E0|cargo/(?:commands/|reference/(?:unstable|lints))|reference/(?:attributes|items/modules)|rustc/(?:lints/|command)|std/(?:"
    r"(?:vec|option|result|string|rc|boxed|cell|path|mem|ptr|fs|env|cmp|task|os/unix/fs|ops|macro|f64|fmt|convert|error|any|io|borrow)/"
    r"|(?:collections|sync|thread)/(?:struct|fn)|iter/(?:fn|trait)|macro\.|index|prelude/|u32/"
    r"|primitive\.(?:i32|u32|u64|f64|char|str|slice|pointer|array)\.|[a-z]+/index)"
)


class _Part(Documentation):
    """The installed documentation without the pages that the table below asks nothing of."""

    def pages(self) -> Iterator[tuple[str, Path]]:
        return (one for one in super().pages() if READ.match(one[1].relative_to(self.root).as_posix()))


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    found = Documentation.of(Installed(Path.cwd()).bin) if shutil.which("rustc") else None
    if found is None:
        pytest.skip("no rust-docs")
    home = Home(str(tmp_path_factory.mktemp("home")), "")
    with Library.build(home, _Part(found.root), lambda done, of: None) as library:
        yield library


def shown(said: str) -> str:
    return said if said[0] == "#" or " lint" in said or "flag" in said else f"`{said}`"


def test_invented_names_are_caught_and_their_real_twins_are_not_flagged(real: Library) -> None:
    assert len(TABLE) >= 60
    missed = [invented for invented, _ in TABLE if not check_names(shown(invented), real).unknown]
    flagged = [twin for _, twin in TABLE if (of := check_names(shown(twin), real)).unknown or not of.known]
    assert (missed, flagged) == ([], [])


KNOWN = ["DoubleEndedIterator::map", "std::error::Error::to_string", "io::Result::map", "Poll::Ready", "ErrorKind::NotFound", "Vec::iter",
         "std::slice::sort", "ptr::offset_from", "Range::start", "File::read_at", "core::fmt::Display", "Some", "Vec<HashMap<u8, String>>",
         "<[T]>::sort", "u32::MAX", "std::f64::consts::PI", "Iterator::Item", "Box<dyn Error>", "cargo b --release"]  # fmt: skip


@pytest.mark.parametrize("said", KNOWN)
def test_a_name_of_std_is_known_through_traits_supertraits_aliases_and_deref(said: str, real: Library) -> None:
    report = check_names(f"`{said}`", real)
    assert report.known and not report.unknown


UNCHECKED = ["std::arch::x86_64::_mm_add_epi8", "Arc<Config>.reload()", "tokio::Mutex::new", "Error::kinds", "cargo nextest run --foo",
             "#[async_trait]", "#[test_log]", "with `rand::thread_rng`, `Mutex::fill`", "`needless_return` lint of clippy",
             "proc_macro::TokenStream", "asm!"]  # fmt: skip


@pytest.mark.parametrize("said", UNCHECKED)
def test_what_no_source_here_must_have_is_unchecked_and_never_unknown(said: str, real: Library) -> None:
    report = check_names(said if "`" in said else f"`{said}`", real)
    assert report.unchecked and not report.unknown


def test_a_deprecated_name_and_one_newer_than_the_edition_are_noted(real: Library) -> None:
    notes = check_names("`std::mem::uninitialized` `TryFrom` `std::prelude::rust_2024`", real, None, "", "2018").notes
    assert notes == (
        "`std::mem::uninitialized`: Deprecated since 1.39.0: use mem::MaybeUninit instead.",
        "`TryFrom` is in the prelude from edition 2021 on: this crate, of 2018, has to import it.",
        "`std::prelude::rust_2024` is the prelude of edition 2024, and this crate is of 2018.",
    )
