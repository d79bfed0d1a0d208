"""Bounds that borrow where they must own, handlers whose parameters stand in the wrong order, and `async` entry points."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.dependencies.handler_order import handler_order
from rusta.loop.think.strategies.dependencies.owned_deserialize import owned_deserialize
from tests.loop.think.strategies import crates_offline
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired


@pytest.mark.parametrize(
    "name", ["rows", *(pytest.param(one, marks=pytest.mark.long) for one in ("settings", "inbox"))]
)
def test_what_is_read_from_data_of_its_own_is_owned(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / "owned_deserialize" / f"{name}.rs").read_text())
    assert done.why == "done"
    assert "becomes `DeserializeOwned`" in reasons(done)
    assert b"'b" not in (done.chain[-1].state["src/lib.rs"] or b"")


def test_a_bound_that_may_borrow_is_kept(tmp_path: Path) -> None:
    source = "trait Deserialize<'a> {}\nfn first<'a, T: Deserialize<'a>>(of: &'a str) -> T { of }\n"
    assert offered(tmp_path, owned_deserialize, source) == []


@pytest.mark.parametrize(
    "name", ["orders", *(pytest.param(one, marks=pytest.mark.long) for one in ("uploads", "readings"))]
)
def test_what_consumes_a_request_comes_last(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / "handler_order" / f"{name}.rs").read_text())
    assert done.why == "done"
    assert "comes last, because it consumes the request" in reasons(done)


def test_a_handler_with_nothing_out_of_order_is_let_be(tmp_path: Path) -> None:
    source = (
        "trait Handler<T> {}\nfn post<T>(_: impl Handler<T>) {}\n"
        "fn make(_: u8, _: String) {}\nfn main() { post::<u8>(make) }\n"
    )
    assert offered(tmp_path, handler_order, source) == []


MACROS = """\
use proc_macro::TokenStream;
fn plain(item: TokenStream) -> String {
    let text = item.to_string().replacen("async fn", "fn", 1);
    text.replacen("{", "{ tokio::block_on(async {", 1) + " ) }"
}
#[proc_macro_attribute]
pub fn main(_: TokenStream, item: TokenStream) -> TokenStream { plain(item).parse().unwrap() }
#[proc_macro_attribute]
pub fn test(_: TokenStream, item: TokenStream) -> TokenStream { format!("#[test] {}", plain(item)).parse().unwrap() }
"""
TOKIO = {
    "tokio-1.3.0": {
        "Cargo.toml": crates_offline.manifest(
            "tokio", "1.3.0",
            '[features]\nrt = []\nrt-multi-thread = ["rt"]\nmacros = ["dep:tokio-macros"]\n'
            '[dependencies]\ntokio-macros = { version = "2", optional = true }',
        ),
        "src/lib.rs": """\
#[cfg(all(feature = "macros", feature = "rt"))]
pub use tokio_macros::{main, test};
#[cfg(feature = "rt")]
pub fn block_on<T>(of: impl std::future::Future<Output = T>) -> T {
    let mut of = std::pin::pin!(of);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = of.as_mut().poll(&mut context) { return value; }
    }
}
""",
    },
    "tokio-macros-2.0.0": {
        "Cargo.toml": crates_offline.manifest("tokio-macros", "2.0.0", "[lib]\nproc-macro = true"), "src/lib.rs": MACROS,
    },
}  # fmt: skip
ENTRIES = {
    "main": ('tokio = "1"', "async fn work() -> u32 { 3 }\n\n/// Starts.\nasync fn main() { println!(\"{}\", work().await); }\n"),
    "tests": (
        'tokio = { version = "1", features = ["rt", "macros"] }',
        "async fn work() -> u32 { 3 }\n#[test]\n// two of them\nasync fn one() { assert_eq!(work().await, 3); }\n"
        "#[test]\nasync fn two() { work().await; }\nfn main() { let _ = work(); }\n",
    ),
    "both": (
        "[dependencies.tokio]\nversion = \"1\"\nfeatures = [\n    \"rt\", # runs\n]",
        "async fn main() {}\nmod inner {\n    #[test]\n    async fn it() { super::deep().await; }\n}\nasync fn deep() {}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ["both", *(pytest.param(one, marks=pytest.mark.long) for one in ("main", "tests"))])
def test_async_main_and_tests_run_on_the_runtime(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crates_offline.registry(tmp_path / "cargo", TOKIO, monkeypatch)
    row, source = ENTRIES[name]
    table = row if row.startswith("[") else f"[dependencies]\n{row}"
    done = crates_offline.repaired(
        tmp_path, {"Cargo.toml": crates_offline.manifest("mine", more=table), "src/main.rs": source}
    )
    assert done.why == "done"
    assert (
        "run on tokio, by its attribute" in reasons(done)
        or "runs on tokio" in reasons(done)
        or "run on tokio" in reasons(done)
    )
    assert ("Cargo.toml" in done.chain[-1].state) == (name != "tests")
