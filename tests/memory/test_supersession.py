"""Entries that stand in each other's place do not vanish: while it is undecided, all of them are shown."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.memory.index.index import Index
from rusta.memory.storage.devlogs import DevLogs

Rusta = Callable[..., "subprocess.CompletedProcess[str]"]
Said = dict[str, tuple[str, list[str]]]  # an entry: its own status, and whom it supersedes


def put(root: Path, said: Said) -> None:
    for name, (status, supersedes) in said.items():
        (root / "semantic").mkdir(parents=True, exist_ok=True)
        over = ", ".join(f"semantic/{one}.md" for one in supersedes)
        head = f"date: 2026-03-01\ntype: semantic\ntags: [x]\nconfidence: high\ncontext: {name}\nstatus: {status}\nsupersedes: [{over}]"
        (root / f"semantic/{name}.md").write_text(f"---\n{head}\n---\nThe heron of {name}.\n")


A, S, GONE = "active", "superseded", "archived"


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ({"a": (A, ["b"]), "b": (A, ["a"])}, "ab"),
        ({"a": (S, ["b"]), "b": (S, ["a"])}, "ab"),  # as two machines leave it, each of which superseded the other's
        ({"a": (A, ["b"]), "b": (S, ["a"])}, "a"),  # one of them says itself that it no longer holds
        ({"a": (A, ["c"]), "b": (A, ["a"]), "c": (A, ["b"])}, "abc"),
        ({"a": (A, ["b"]), "b": (A, ["a"]), "c": (A, ["a"])}, "c"),  # an entry outside of it decides for all
        ({"a": (S, ["b"]), "b": (S, ["a"]), "c": (A, ["a"])}, "c"),
        ({"a": (A, ["b"]), "b": (A, ["a"]), "c": (GONE, ["a"])}, "ab"),
        ({"a": (GONE, ["b"]), "b": (A, ["a"])}, "b"),
        ({"a": (A, []), "b": (A, ["a"]), "c": (A, ["b"])}, "c"),
        ({"a": (S, []), "b": (A, [])}, "b"),
        ({"a": (A, ["a"])}, "a"),
    ],
)
def test_a_circle_is_undecided_and_all_of_it_holds(said: Said, holds: str, tmp_path: Path) -> None:
    put(tmp_path, said)
    index = Index(tmp_path, None)
    index.refresh()
    assert "".join(sorted(hit.row.path[9] for hit in index.search("heron"))) == holds
    assert "".join(sorted(text.split()[-1][0] for _, text in index.active())) == holds
    others = set(said) - set(holds)
    assert {hit.row.path[9] for hit in index.search("heron", status="all") if hit.row.status != A} == others


def test_doctor_says_which_entries_stand_in_each_others_place(tmp_path: Path) -> None:
    put(tmp_path, {"a": (A, ["b"]), "b": (S, ["c"]), "c": (A, ["a"]), "d": (A, ["a"]), "e": (A, ["e"])})
    found = [problem for problem in DevLogs(tmp_path).doctor() if "place" in problem.what]
    assert [problem.path for problem in found] == ["semantic/a.md", "semantic/e.md"]
    assert "semantic/b.md, semantic/c.md stand in each other's place" in found[0].what


def test_circles_are_told_apart_and_a_chain_is_none() -> None:
    from rusta.memory.recall.supersession import circles

    assert circles({"a": ["b"], "b": ["a"], "c": ["d"], "d": ["c", "a"], "e": ["a"], "f": []}) == [
        ["a", "b"],
        ["c", "d"],
    ]
    assert circles({str(n): [str(n + 1)] for n in range(2000)}) == []


def test_search_shows_both_and_says_so_at_the_command_line(rusta: Rusta, tmp_path: Path) -> None:
    put(tmp_path / "home/devlogs", {"a": (A, ["b"]), "b": (A, ["a"])})
    found = json.loads(rusta("devlog", "search", "heron", "output=json").stdout)
    assert {one["path"]: one["status"] for one in found["entries"]} == {"semantic/a.md": A, "semantic/b.md": A}
    assert json.loads(rusta("devlog", "show", "semantic/a.md", "output=json").stdout)["status"] == A
    doctor = rusta("devlog", "doctor")
    assert "stand in each other's place" in doctor.stdout and "All is well" not in doctor.stdout
