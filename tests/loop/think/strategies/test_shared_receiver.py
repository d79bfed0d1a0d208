"""One receiver for several threads, mended by the whole search."""

from pathlib import Path

import pytest

from rusta.loop.think.strategies.threads.shared_receiver import shared_receiver
from tests.loop.think.strategies.judged import CRATES, offered, reasons, repaired

LONG = pytest.mark.long


@pytest.mark.parametrize("name", ["pool", *(pytest.param(one, marks=LONG) for one in ("post", "lamps"))])
def test_a_receiver_is_shared_in_a_lock(name: str, tmp_path: Path) -> None:
    done = repaired(tmp_path, (CRATES / f"shared_receiver/{name}.rs").read_text())
    assert done.why == "done"
    assert "the receiver is in a `Mutex`" in reasons(done)


def test_a_receiver_of_one_thread_stays(tmp_path: Path) -> None:
    source = "use std::sync::mpsc::*;\npub fn f(from: Receiver<u8>) -> u16 { from.recv().unwrap() }\n"
    assert offered(tmp_path, shared_receiver, source) == []
