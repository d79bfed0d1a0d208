"""What a phase reads is named, weighed, complete, and never a sealed page."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.data import corpus
from rusta.data.documents import read_folder
from rusta.data.mix import CORPUS, MissingData, Mix, Replay, check, weighted
from rusta.data.pages import BrokenPage, PageKind

NOTHING = Replay("none")


def put(home: Home, name: str, text: str) -> Path:
    path = home.data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_mix_gives_each_page_its_sources_weight_always_in_the_same_order(home: Home) -> None:
    put(home, "books/b.md", "b")
    put(home, "books/a/z.rs", "fn z() {}")
    sources = {"books": 0.5, "corpus_boundaries": 2.0}
    read = weighted(sources, home)
    assert [page.path.name for page, weight in read if weight == 0.5] == ["z.rs", "b.md"]
    assert [page for page, weight in read if weight == 2.0] == list(corpus.pages(PageKind.BOUNDARY))
    assert weighted(sources, home) == read


def test_her_own_writing_can_be_read_and_the_sealed_pages_never(home: Home) -> None:
    read = {page.path for page, _ in weighted(dict.fromkeys(CORPUS, 1.0), home)}
    assert read == {page.path for kind in PageKind if kind is not PageKind.SEALED for page in corpus.pages(kind)}
    for wrong in (
        lambda: Mix("x", "identity", {"corpus_sealed": 1.0}),
        lambda: Replay("x", 0.1, {"corpus_sealed": 1.0}),
    ):
        with pytest.raises(ConfigError, match="corpus_sealed, which may not be read"):
            wrong()


def test_every_missing_source_is_named_with_the_folder_that_would_fill_it(home: Home) -> None:
    put(home, "books/page.md", "text")
    put(home, "empty/page.md", "  \n")
    mix = Mix("m", "foundation", {"books": 1.0, "empty": 1.0, "corpus_dialogues": 1.0})
    with pytest.raises(MissingData) as refusal:
        check(mix, Replay("r", 0.1, {"older": 1.0, "empty": 1.0}), home)
    lines = str(refusal.value).split("\n")
    assert [line.split()[0] for line in lines if "put it in" in line] == ["empty", "older"]
    assert f"put it in {home.data / 'older'}" in str(refusal.value)


def test_a_mix_that_is_all_here_passes(home: Home) -> None:
    put(home, "books/page.md", "text")
    check(Mix("m", "foundation", {"books": 1.0}), NOTHING, home)
    check(Mix("m", "identity", dict.fromkeys(CORPUS, 1.0)), Replay("golden", 0.1, {"corpus_devlogs": 1.0}), home)


@pytest.mark.parametrize(
    ("ratio", "sources", "what"),
    [(1.0, {"a": 1.0}, "ratio=1.0"), (-0.1, {"a": 1.0}, "ratio=-0.1"), (0.1, {}, "nothing to replay"), (0.1, {"a": 0}, "weight 0")],
)  # fmt: skip
def test_a_replay_that_makes_no_sense_is_refused(ratio: float, sources: dict[str, float], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        Replay("r", ratio, sources)


TEXT = st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip)


@given(rows=st.lists(st.tuples(TEXT, st.integers())), ascii=st.booleans())
def test_lines_of_jsonl_are_pages_in_their_order(
    rows: list[tuple[str, int]], ascii: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("source")
    lines = [json.dumps({"text": text, "n": n}, ensure_ascii=ascii) for text, n in rows]
    (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert [(page.hers, page.meta) for page in read_folder(folder)] == [(text, {"n": n}) for text, n in rows]


def test_a_document_is_one_text_that_all_carries_loss(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("## person\nnot a turn here")
    (tmp_path / "b.py").write_text("not read")
    (page,) = read_folder(tmp_path)
    assert [turn.text for turn in page.turns] == [page.hers] == ["## person\nnot a turn here"]
    assert read_folder(tmp_path / "nowhere") == []


@pytest.mark.parametrize("broken", ["{", '{"txt": "a"}', '{"text": 3}', '{"text": null}', "[]", '"text"', "3"])
def test_a_broken_line_is_refused_with_file_and_line(broken: str, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(f'{{"text": "fine"}}\n\n{broken}\n')
    with pytest.raises(BrokenPage, match=r"rows\.jsonl:3: not a JSON object"):
        read_folder(tmp_path)
