"""Guards that live over an `.await`, mended by the whole search."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.threads.guard_await import guard_await
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

LONG = pytest.mark.long


@pytest.mark.parametrize("name", ["drops", *(pytest.param(one, marks=LONG) for one in ("relay", "rooms", "quotes"))])
def test_a_guard_ends_before_the_await(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / f"guard_await/{name}.rs").read_text())
    assert done.why == "done"
    assert "`.await`" in reasons(done)


def test_a_lock_is_taken_once_in_a_statement(tmp_path: Path) -> None:
    source = (
        (CRATES / "guard_await/relay.rs")
        .read_text()
        .replace("open.sent.push(message);", "open.sent.insert(open.sent.len(), message);")
    )
    for one in offered(tmp_path, guard_await, source):
        text = (one.changes["src/lib.rs"] or b"").decode()
        assert not [line for line in text.splitlines() if line.count("inbox.lock().unwrap()") > 1]


def test_a_guard_that_is_only_there_is_not_ended(tmp_path: Path) -> None:
    source = """
        use std::sync::Mutex;
        async fn wait() {}
        async fn alone(one: &Mutex<u8>) { let _one = one.lock().unwrap(); wait().await; }
        fn sent<F: Future + Send>(_: F) {}
        pub fn go(one: &Mutex<u8>) { sent(alone(one)) }
    """
    assert offered(tmp_path, guard_await, source, "2024") == []
