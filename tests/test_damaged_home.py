"""Every file below her home that can be made again may be damaged in five ways: what uses it answers, says so, and makes it anew.

`ROWS` names all of them, each with its ordinary use. What ordinary use leaves and no row names is a person's, and listed.
The prompt cache of llama.cpp, which needs a process to itself, is in `mind/test_prompt_cache.py`; pages of the prefix cache
are in `training/test_prefix.py`; exports in `mind/export/test_served.py`.
"""

import gc
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from rusta.cli import config_cache
from rusta.cli.main import CONF
from rusta.cli.verbs import parted, translate
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output
from rusta.evaluation import sealed
from rusta.evaluation.sealed import Nats, Pair
from rusta.library.documentation import Documentation
from rusta.loop.attempt.scratch_copy import Scratch
from rusta.memory.index.vectors import MiniLM, Vectors, VectorStore
from rusta.memory.recall.recall import Memory
from rusta.memory.storage.uses import UseCounts
from rusta.mind import compute, compute_rates
from rusta.mind.compute_rates import Probe, Rates
from rusta.mind.model import Gguf, Random, sha256
from rusta.mind.sources import fetch
from rusta.mirror.kept_apis import KeptApis
from rusta.mirror.mirrors import Mirrors
from rusta.mirror.read_apis import keep_release
from rusta.mirror.std_mirror import StdMirror
from rusta.mirror.upstream import Upstream
from rusta.modes.devlog import DevLog
from rusta.registry import lineage
from rusta.training.budget import duration
from rusta.ui.terminal.keyboard import Keyboard
from tests.mirror.toolchains import InstalledPages, toolchain
from tests.mirror.upstreams import upstream

HARMS = ["empty", "cut", "random", "folder", "pipe"]
SAYS_NOTHING = [  # what an older or shorter file cannot be told from, and what is put right without a word
    ("uses.jsonl", "empty"), ("index.sqlite", "empty"), ("vectors.sqlite", "empty"), ("mirrors/.rusta/apis.sqlite", "empty"),
    ("life/.under-way/*", "cut"),
    ("sessions/.typed", "empty"), ("sessions/.typed", "cut"), ("sessions/.typed", "random"), ("scratch/*", "*"),
]  # fmt: skip


def harmed(file: Path, harm: str) -> None:
    whole = file.read_bytes()
    if harm in ("folder", "pipe"):
        file.unlink()
        {"folder": os.mkdir, "pipe": os.mkfifo}[harm](file)
    else:
        file.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "random": os.urandom(len(whole))}[harm])


# The ordinary use of each: it makes the file where there is none, and returns an answer that no damage may change.


def search(home: Home) -> list[str]:
    told = parted(translate(["devlog", "search", "reading", "writing"]))[1]
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        DevLog(Memory(home, Vectors.none), Output.json, told).run()
        return [row["path"] for row in json.loads(sys.stdout.getvalue())["entries"]]
    finally:
        sys.stdout = out


def use(home: Home) -> bool:
    uses = UseCounts(home.index.with_name("uses.jsonl"))
    before = uses.of("semantic/a.md").times
    uses.used("semantic/a.md", True)
    return UseCounts(uses.file).of("semantic/a.md").times == before + 1


class Ears(MiniLM):
    """Every text in one direction."""

    def embed(self, texts: Any) -> Any:
        import numpy as np

        return np.tile(np.float32([0.6, 0.8]), (len(texts), 1))


def vectors(home: Home) -> list[list[float]]:
    store = VectorStore(home.index.with_name("vectors.sqlite"), Ears())
    return store.of(["a boat", "a fern"])[1].round(2).tolist()


def compose(home: Home) -> str:
    words = ["mode=hello", "body=laptop"]
    made = {
        "_target_": "rusta.modes.hello.Hello", "_convert_": "all", "output": "json",
        "model": {"_target_": "rusta.mind.model.Nobody", "name": "somebody", "context": 7, "lr_scale": 1.0},
        "home": {"_target_": "rusta.core.home.Home", "root": "/here", "run": "/there"},
        "body": {"_target_": "rusta.mind.bodies.Body", "name": "laptop", "tokens": None},
    }  # fmt: skip
    if config_cache.recall(words, CONF) is None:
        config_cache.remember(words, CONF, made)
    return repr(config_cache.recall(words, CONF))


def probe(home: Home) -> str:
    here = Probe(
        compute_rates.processor_description(), compute_rates.torch_version(), 1, Rates(6, 7, 8), Rates(1, 1, 1), 10.0
    )
    if compute.stored_probe(home, 1) is None:
        compute.store_probe(home, here)
    (one,) = compute.all_kept(home)
    return one.fast


def runs(home: Home) -> float:
    if duration.correction(home, {"model": "m"})[1] == 0:
        duration.learn(home, {"model": "m"}, 100.0, 120.0)
    return duration.correction(home, {"model": "m"})[0]


def scores(home: Home) -> list[Pair]:
    return sealed.remembered(home.models / "sealed", "key", lambda: [Pair("one", Nats(1.0, 2.0), Nats(3.0, 4.0))])


def random_weights(home: Home) -> dict[str, str]:
    return {
        path.name: sha256(path) for path in sorted(Random(blocks=1, hidden=16, intermediate=16).folder(home).iterdir())
    }


def owned(home: Home) -> str:
    (Path(home.root) / "mine.gguf").write_bytes(b"GGUF")
    os.utime(Path(home.root) / "mine.gguf", (1, 1))
    return Gguf("mine", "", "", "", 0, "", path=str(Path(home.root) / "mine.gguf")).fingerprint(home)


def fetched(home: Home) -> str:
    import hashlib

    model = Gguf("m", "who/m", "main", "m.gguf", 4, hashlib.sha256(b"GGUF").hexdigest())
    if not (home.models / "m/m.gguf").exists():
        (home.models / "m").mkdir(parents=True)
        (home.models / "m/m.gguf").write_bytes(b"GGUF")
    fetch(model, home, Network(online=False))
    return str(model.gguf(home))


def under_way(home: Home) -> str:
    run = Path(home.root).parent / "run"
    (run / "checkpoints").mkdir(parents=True, exist_ok=True)
    try:
        lineage.under_way(home, "personality", "last")
    except lineage.NotRaised:
        lineage.begun(home, "personality", run)
    return str(lineage.under_way(home, "personality", "last"))


def copy(home: Home) -> bytes | None:
    crate = Path(home.root).parent / "crate"
    crate.mkdir(exist_ok=True)
    (crate / "Cargo.toml").write_text("[package]\n")
    scratch = Scratch(crate, Path(home.root))
    scratch.sync()
    return scratch.read("Cargo.toml")


def mirrored(home: Home) -> tuple[str, bool]:
    root = Path(home.root).parent / "up"
    if not root.exists():
        upstream(root, 1)
    mirrors = Mirrors(home, {"up": Upstream(str(root))}, Network(online=False))
    return mirrors.update("up").newest, mirrors.records.note("up").size > 0


def std_kept(home: Home) -> list[str]:
    def told(done: int, of: int) -> None:
        """Nothing is shown."""

    root = Path(home.root).parent / "toolchain"
    std = StdMirror(home, InstalledPages(Documentation.of(root / "bin") if root.exists() else toolchain(root)))
    if not std.is_here:
        std.add(None, told)
    return std.changes(std.update(told).newest, lambda path: (), told).substance.said.split()


def apis(home: Home) -> list[str]:
    root = Path(home.root).parent / "kiln"
    (root / "src").mkdir(parents=True, exist_ok=True)
    (root / "Cargo.toml").write_text('[package]\nname = "kiln"\nversion = "1.0.0"\n')
    (root / "src" / "lib.rs").write_text("pub fn heat(n: u32) {}\n")
    with KeptApis(home) as kept:
        keep_release(kept, "kiln", "1.0.0", root)
        return [one.path for state in kept.states("kiln") for one in kept.named(state.api, "heat")]


def typed(home: Home) -> bool:
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import DummyInput
    from prompt_toolkit.output import DummyOutput

    with create_app_session(input=DummyInput(), output=DummyOutput()):
        history = Keyboard(home.sessions / ".typed", {}).session.history
        history.store_string("hello")
        return "hello" in list(history.load_history_strings())


@dataclass(frozen=True)
class Row:
    """A kind of file: where it lies below the home (or the cache), and what uses it."""

    where: str
    use: Callable[[Home], Any]


ROWS = [
    Row("index.sqlite", search),
    Row("uses.jsonl", use),
    Row("vectors.sqlite", vectors),
    Row("machine/compute-*.json", probe),
    Row("machine/runs.json", runs),
    Row("models/sealed/*.json", scores),
    Row("models/tiny-*/config.json", random_weights),
    Row("models/tiny-*/model.safetensors", random_weights),
    Row("models/tiny-*/tokenizer.json", random_weights),
    Row("models/.tiny-*.made", random_weights),
    Row("models/owned/*.sha256", owned),
    Row("models/m/*.verified.json", fetched),
    Row("life/.under-way/*", under_way),
    Row("scratch/*/tree/*/Cargo.toml", copy),
    Row("mirrors/.rusta/*.note.json", mirrored),
    Row("mirrors/.rusta/std/*.items", std_kept),
    Row("mirrors/.rusta/apis.sqlite", apis),
    Row("sessions/.typed", typed),
    Row("../cache/rusta/composed/*.json", compose),
]
# What a person or she wrote, which nothing can make again, and what git and cargo keep for themselves.
PERSONS = [
    "devlogs/*",
    "sessions/*.jsonl",
    "undo/*",
    "permissions.json",
    "drafts/*",
    "scratch/*/target/*",
    "scratch/*/tree/*",
]


@pytest.fixture
def journals(home: Home) -> Home:
    page = home.devlogs / "semantic/a.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\ndate: 2026-03-01\n---\n\n# Borrow rules\n\nE0502 is about reading while writing.\n")
    return home


def found(home: Home, where: str) -> Path:
    root = Path(home.root)
    paths = (root.parent if where.startswith("..") else root).rglob("*")
    wanted = where.removeprefix("../")
    (file,) = (path for path in paths if fnmatch(str(path.relative_to(root.parent if ".." in where else root)), wanted))
    return file


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.where)
def test_what_can_be_made_again_is_made_again_and_said_in_one_line(
    row: Row, harm: str, journals: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = row.use(journals)
    assert answer
    file = found(journals, row.where)
    entries = {path: path.read_bytes() for path in journals.devlogs.rglob("*.md")}
    gc.collect()  # what has the index open still reads it from its log
    capfd.readouterr()
    harmed(file, harm)
    assert row.use(journals) == answer
    said = [line for line in capfd.readouterr().err.splitlines() if "damaged" in line]
    quiet = any(fnmatch(row.where, where) and fnmatch(harm, how) for where, how in SAYS_NOTHING)
    assert len(said) <= 1 if quiet else len(said) == 1, said
    assert all(file.name in line or file.parent.name in line for line in said)
    assert row.use(journals) == answer
    assert file.is_file() and "damaged" not in capfd.readouterr().err  # it was made anew, and is believed
    assert {path: path.read_bytes() for path in journals.devlogs.rglob("*.md")} == entries


SEARCH = ["devlog", "search", "reading", "writing", "output=json"]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home after an entry, a question in a crate, for which she recalls it, and a search, each a process of its own."""
    place = tmp_path_factory.mktemp("lived")
    (place / "crate/src").mkdir(parents=True)
    (place / "crate/Cargo.toml").write_text('[package]\nname = "c"\nversion = "0.1.0"\nedition = "2021"\n')
    (place / "crate/src/lib.rs").write_text("pub fn one() -> i32 { 1 }\n")
    for words in (
        ["devlog", "write", "semantic", "Borrow rules", "text=E0502 is about reading while writing."],
        ["ask", "Why E0502?", "model=fake", "engine=fake", "workspace=crate"],
        SEARCH,
    ):
        done = rusta(place, *words)
        assert done.returncode == 0, done.stderr
    yield place


def rusta(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    world = {"RUSTA_HOME": str(place / "home"), "XDG_CACHE_HOME": str(place / "cache")}
    return subprocess.run([sys.executable, "-m", "rusta", *words], cwd=place, env={**os.environ, **world},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)  # fmt: skip


def test_all_that_ordinary_use_leaves_has_a_row_or_is_a_persons(lived: Path) -> None:
    known = [*(row.where for row in ROWS), *PERSONS]
    files = [path for path in (lived / "home").rglob("*") if not path.is_dir()]
    unknown = [str(path) for path in files if not any(fnmatch(str(path.relative_to(lived / "home")), k) for k in known)]
    assert len(files) > 4 and not unknown
    assert {path.parent.name for path in (lived / "cache").rglob("*.json")} <= {"composed"}


@pytest.mark.parametrize("harm", HARMS)
def test_a_command_goes_on_with_all_of_them_damaged_at_once(harm: str, lived: Path, tmp_path: Path) -> None:
    place = Path(shutil.copytree(lived, tmp_path / "place"))
    wheres = {row.where for row in ROWS}
    files = [path for path in (place / "home").rglob("*") if path.is_file()]
    derived = [path for path in files if any(fnmatch(str(path.relative_to(place / "home")), k) for k in wheres)]
    kept = {path: path.read_bytes() for path in files if path not in derived and ".git/" not in str(path)}
    for file in (*derived, *(place / "cache").rglob("*.json")):
        harmed(file, harm)
    done = rusta(place, *SEARCH)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert [row["title"] for row in json.loads(done.stdout)["entries"]] == ["Borrow rules"]
    assert harm == "empty" or f"{place / 'home/index.sqlite'} is damaged" in done.stderr, done.stderr
    assert {path: path.read_bytes() for path in kept} == kept
