"""What a person sees on the command line of a mind's false and true sentences: `rusta ask "..." model=fake`, whole."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pytest

from rusta.core.home import Home
from rusta.library.compiler_pages import CompilerPages
from rusta.library.index import Library
from rusta.loop.read.library_answers import OWN_WORDS
from rusta.tools.toolchain import Installed
from tests.library.documentation_on_disk import installed

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "library" / "sentences_by_a_reader.jsonl").read_text().splitlines()
]
CODE = re.compile(r"\bE\d{4}\b")
FRONT = '<html><head><meta data-rustdoc-version="1.95.0 (59807616e 2026-04-14)"></head></html>'
# A mind that was never measured has a share of 0, so this is at its threshold. Journals by words: a second less for each.
TRUSTS = {"below the threshold": [], "at the threshold": ["trust.words=0"]}
WORDS = ["ask", "?", "body=laptop", "model=fake", "engine=fake", "memory.vectors=none"]

# `python -m rusta ask`, composed once; for each question and what the mind says to it a child of its own goes on from there.
EACH = """
import json, os, runpy, sys
from rusta.cli import app
given = json.load(sys.stdin)
live, folder = app._live, os.getcwd()
def each(cfg):
    for n, (question, says) in enumerate(given):
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            for stream, name in ((1, "out"), (2, "err")):
                os.dup2(os.open(os.path.join(folder, f"{n}.{name}"), os.O_WRONLY | os.O_CREAT), stream)
            cfg.prompt, cfg.engine.script = question, [says]
            live(cfg)
            sys.stdout.flush()
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            sys.exit(f"{question}: " + open(os.path.join(folder, f"{n}.err")).read())
app._live = each
runpy.run_module("rusta", run_name="__main__")
"""


def shown(folder: Path, home: Home, rows: list[dict], *trust: str) -> list[str]:
    """What is printed for each row's question, asked of a mind that says the row's sentence."""
    folder.mkdir(parents=True)
    said = json.dumps([(row["question"], row["sentence"]) for row in rows])
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", EACH, *WORDS, *trust], cwd=folder, input=said, text=True,
                          capture_output=True, env={**os.environ, "RUSTA_HOME": home.root})  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(folder / f"{n}.out").read_text() for n in range(len(rows))]


@dataclass(frozen=True)
class Counted:
    """Rows by number whose sentence was shown as a fact, or marked as looked up by nobody; and what else was shown."""

    facts: set[int]
    marked: set[int]
    differing: list[str]  # what stands below the quotes and is not the sentence, as a whole


def counted(below: list[str], at: list[str], rows: list[dict]) -> Counted:
    """Compare what was shown with what is shown where the mind is not asked."""
    facts, marked, differing = set[int](), set[int](), list[str]()
    for n, (quotes, out) in enumerate(zip(below, at, strict=True)):
        own = "\n".join(line for line in out.splitlines() if not line.startswith(">"))
        if plain(rows[n]["sentence"]) in plain(own):
            (marked if OWN_WORDS in own else facts).add(n)
        elif out.strip() != quotes.strip():
            differing.append(out)
    return Counted(facts, marked, differing)


def plain(text: str) -> str:
    """Its words."""
    return " ".join(re.findall(r"\w+", text.lower()))


def false(numbers: set[int], rows: list[dict]) -> list[str]:
    """The false sentences among these."""
    return [rows[n]["sentence"] for n in sorted(numbers) if not rows[n]["true"]]


def page(row: dict) -> tuple[str, str]:
    """A page of the error code that the row's question names, which says the row's quotes."""
    code = CODE.findall(row["question"])[0].upper()
    said = "".join(f"<p>{escape(one)}</p>" for one in row["quotes"])
    anchor = f'<h1 id="error-code-{code.lower()}"><a>Error code {code}</a></h1>'
    return f"error_codes/{code}.html", f"<html><body><main>{anchor}{said}</main></body></html>"


@pytest.fixture
def sample(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """The sentences on three error codes, with a toolchain whose documentation has a page for each that says the quotes."""
    coded = [row for row in ROWS if CODE.search(row["question"]) and all(one.endswith(".") for one in row["quotes"])]
    rows = coded[:12]
    root = tmp_path / "toolchain"
    Library.build(
        home, installed(root, {"std/index.html": FRONT, **dict(map(page, rows))}), lambda done, of: None
    ).close()
    (root / "bin").mkdir()
    (root / "bin" / "cargo").write_text("#!/bin/sh\n")
    (root / "bin" / "cargo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{root / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return rows


def test_of_what_a_mind_says_beside_the_quotes_no_false_sentence_is_shown_as_a_fact(
    sample: list[dict], tmp_path: Path, home: Home
) -> None:
    below, at = (shown(tmp_path / name, home, sample, *trust) for name, trust in TRUSTS.items())
    for row, out in zip(sample, below, strict=True):
        assert sum(f"> {quote}" in out for quote in row["quotes"]) == len(row["quotes"]), out
    silent, speaking = counted(below, below, sample), counted(below, at, sample)
    assert not silent.facts and not silent.marked  # below the threshold it is not even asked
    assert not false(speaking.facts, sample) and not speaking.marked and not speaking.differing
    assert len(speaking.facts) >= 1  # a true one passes, so it was asked


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("rustc"), reason="no toolchain")
def test_the_same_of_all_two_hundred_beside_the_pages_of_the_toolchain(tmp_path: Path, home: Home) -> None:
    documentation = CompilerPages(Installed(tmp_path), None).documentation
    if documentation is None:
        pytest.skip("no documentation of Rust is installed")
    Library.build(home, documentation, lambda done, of: None).close()
    below, at = (shown(tmp_path / name, home, ROWS, *trust) for name, trust in TRUSTS.items())
    silent, speaking = counted(below, below, ROWS), counted(below, at, ROWS)
    print(f"{len(speaking.facts)} true ones shown, {len(silent.marked | speaking.marked)} marked", speaking.differing)
    assert not false(silent.facts | speaking.facts, ROWS)
