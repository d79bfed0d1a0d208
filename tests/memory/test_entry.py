"""Entries: her own 24 are read whole, a person's are read whatever they left out, and what is odd is said."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

import rusta.corpus
from rusta.memory.entries.entry import BadEntry, Confidence, Journal, Status, parse, parse_leniently, render, slug

CORPUS = Path(rusta.corpus.__path__[0], "devlogs")


def test_every_devlog_of_her_corpus_is_read_without_a_complaint() -> None:
    paths = sorted(CORPUS.rglob("*.md"))
    read = [parse(path.read_bytes(), path.relative_to(CORPUS).as_posix()) for path in paths]
    assert len(read) >= 24
    assert [one.problems for one in read] == [()] * len(read)
    assert all(one.date and one.tags and one.body.strip() and one.journal for one in read)


def test_the_two_examples_of_the_living_design_are_entries() -> None:
    first = parse(
        b"---\ndate: 2025-10-23T14:30:00Z\ntype: episodic\ntags: [burn, debugging, borrow-checker]\nconfidence: high\n"
        b"context: tensor-fusion-optimization\n---\n\nDebugged borrow checker issue in tensor fusion kernel...\n",
        "episodic/2025-10-23_kernel-debug.md",
    )
    assert first.date == datetime(2025, 10, 23, 14, 30, tzinfo=UTC)
    assert (first.title, first.journal, first.confidence) == ("kernel debug", Journal.EPISODIC, Confidence.HIGH)
    second = parse(
        b"---\ndate: 2025-10-23\ntype: semantic\nrepo: burn\ncommit: a3f8d92\ntags: [burn, tensor-ops, api-change]\n---\n\n"
        b"# Burn Update - Tensor Broadcasting\n\nBurn added explicit broadcasting semantics.\n",
        "semantic/burn-autograd.md",
    )
    assert second.title == "Burn Update - Tensor Broadcasting"
    assert second.text("commit") == "a3f8d92"
    assert second.problems == ("`confidence` is missing", "`context` is missing")


def test_values_stay_the_words_that_were_written() -> None:
    entry = parse(b"---\nversion: 1.10\ncommit: 12e4567\ntags: [no, 0x1f, 1_000]\npinned: yes\nimportance: 7\n---\n")
    assert entry.text("version") == "1.10"
    assert entry.text("commit") == "12e4567"
    assert entry.tags == ("no", "0x1f", "1_000")
    assert entry.pinned
    assert entry.importance == 7


def test_tags_written_with_commas_are_tags() -> None:
    assert parse(b"---\ntags: burn, borrow checker\n---\n").tags == ("burn", "borrow checker")


def test_a_file_without_frontmatter_is_an_entry_dated_by_its_name() -> None:
    entry = parse(b"Just a thought.\n", "emotional/2026-03-01_late.md")
    assert entry.body == "Just a thought.\n"
    assert entry.date == datetime(2026, 3, 1, tzinfo=UTC)
    assert entry.status is Status.ACTIVE
    assert entry.problems == ("it has no frontmatter",)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"---\ndate: 2026\n", "line 1: the frontmatter never ends"),
        (b"---\n" + b"a: b\n" * 20_000 + b"---\n", "longer than 65536"),
        (b"---\njust text\n---\n", "is text"),
        (b"---\n- a\n- b\n---\n", "is a list"),
        (b"---\na: [b\n---\n", "is not YAML"),
        (b"---\na: b\n\xff: c\n---\n", "line 3: not UTF-8"),
        (b"---\n? [a, b]\n: c\n---\n", "a key must be a word"),
        (b"---\na: !!python/object/apply:os.system [ls]\n---\n", "asks for an object"),
        (b"---\na: !thing x\n---\n", "asks for an object"),
        (b"---\na: &a [*a]\n---\n", "stands for nothing, or for what it is part of"),
        (b"---\na: b\n... \nc: d\n---\n", "is not YAML"),
        (b"---\na: \x07\n---\n", "is not YAML"),
    ],
)
def test_frontmatter_that_cannot_be_read_is_said_and_the_text_is_kept(raw: bytes, said: str) -> None:
    with pytest.raises(BadEntry, match=r"semantic/x\.md") as refused:
        parse(raw, "semantic/x.md")
    assert said in str(refused.value)
    kept = parse_leniently(raw, "semantic/x.md")
    assert kept.body == raw.decode("utf-8", "replace")
    assert said in kept.problems[0]


def test_a_billion_laughs_are_met_before_they_cost_anything() -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(9)]
    with pytest.raises(BadEntry, match="more than 5000 values"):
        parse("\n".join(["---", *lines, "---", ""]).encode())


@pytest.mark.timeout(20)
def test_sixty_thousand_brackets_do_not_hang_it() -> None:  # libyaml alone takes three minutes
    with pytest.raises(BadEntry, match="lists within lists"):
        parse(b"---\na: " + b"[" * 60_000 + b"\n---\n")


@pytest.mark.timeout(20)
def test_a_body_of_ten_megabytes_is_not_taken_for_yaml() -> None:
    raw = b"---\ndate: 2026-01-01\n---\n" + b"- [[[[{ not: yaml\n" * 600_000
    assert len(parse(raw).body) > 10_000_000


def test_duplicate_keys_are_said_and_the_last_counts() -> None:
    entry = parse(b"---\nconfidence: low\nconfidence: high\n---\n")
    assert entry.confidence is Confidence.HIGH
    assert "`confidence` stands twice; the last one counts" in entry.problems


def test_a_value_that_makes_no_sense_is_said_by_name() -> None:
    entry = parse(
        b"---\ndate: soon\ntype: dreamy\ntags: []\nconfidence: very\ncontext: x\nstatus: gone\nimportance: 11\n---\n",
        "lab/x.md",
    )
    assert [problem.split("`")[1] for problem in entry.problems] == [
        "date: soon", "type: dreamy", "confidence: very", "status: gone", "importance: 11",
    ]  # fmt: skip
    assert "none of episodic, semantic" in " ".join(entry.problems)


def test_what_is_rendered_is_read_back() -> None:
    at = datetime(2026, 11, 22, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    meta = {
        "date": at.isoformat(), "tags": ["a:b", "no", "ü", 'say "hi"', "x\ny"], "confidence": "low",
        "context": "null", "version": "1.10", "when": ["E0502", "clippy::redundant_clone"], "importance": 3,
    }  # fmt: skip
    raw = render(Journal.LAB, "Title: with # signs", "The body.", meta)
    entry = parse(raw, "lab/x.md")
    assert entry.problems == ()
    assert entry.title == "Title: with # signs"
    assert entry.tags == ("a:b", "no", "ü", 'say "hi"', "x\ny")
    assert entry.text("context") == "null"
    assert entry.text("version") == "1.10"
    assert entry.when == ("E0502", "clippy::redundant_clone")
    assert entry.date == at


def test_other_readers_of_yaml_read_what_we_wrote_as_we_do() -> None:
    import yaml

    words = [
        "no",
        "y",
        "1e5",
        "0x10",
        "1.10",
        "~",
        "2026-01-01x",
        "a: b",
        "a #b",
        "-",
        "'",
        "E0502",
        "a::b",
        " x",
        "x ",
        "=",
        "<<",
    ]
    raw = render(Journal.LAB, "t", "b", {"date": "2026-11-22T00:00:00Z", "tags": words, "context": "on"})
    read = yaml.safe_load(raw.decode().split("---")[1])
    assert read["tags"] == words
    assert read["context"] == "on"
    assert read["date"] == datetime(2026, 11, 22, tzinfo=UTC)


def test_a_character_that_no_file_can_hold_is_refused() -> None:
    with pytest.raises(BadEntry, match="no text file can"):
        render(Journal.LAB, "t", "half a pair: \ud800", {"date": "2026-11-22"})
    with pytest.raises(BadEntry, match="no text file can"):
        render(Journal.LAB, "t", "b", {"date": "2026-11-22", "tags": ["\udcff"]})


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Héllo «Wörld»: E0502 & don't!", "héllo-wörld-e0502-dont"),
        ("हिन्दी में", "हिन्दी-में"),
        ("!!!", "untitled"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 300, "a" * 60),
        ("word " * 40, "-".join(["word"] * 12)),
    ],
)
def test_a_title_becomes_a_name_in_any_script(title: str, name: str) -> None:
    assert slug(title) == name
    assert len(slug("长" * 300).encode()) <= 180
