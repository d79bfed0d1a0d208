"""The contract of the command line: exit codes, one clear paragraph, a clean stdout, and nothing lost on Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Rusta = Callable[..., "subprocess.CompletedProcess[str]"]
FAKE = ("body=laptop", "mode=chat", "model=fake", "engine=fake")
HEAVY = {"torch", "transformers", "lightning", "peft", "bitsandbytes", "wandb", "xllamacpp", "numpy", "datasets"}

# What is said, what it exits with, and what the paragraph must name: the thing, and the way out.
REFUSED: dict[str, tuple[list[str], int, list[str]]] = {
    "an option that does not exist": (["model=nope"], 2, ["nope", "qwen2_5_coder_0_5b", "strand_14b"]),
    "a misspelt key": (["adapter.rnak=3"], 2, ["rnak", "Did you mean adapter.rank?"]),
    "a misspelt key of no organ": (["aprove=none"], 2, ["'aprove'", "Did you mean approve?"]),
    "a misspelt key that is appended": (["+aprove=none"], 2, ["Nothing reads '+aprove=none'", "Did you mean approve?"]),
    "an appended key that nothing reads": (["+adapter.foo=1"], 2, ["Nothing reads '+adapter.foo=1'", "rank"]),
    "a misspelt phase": (["+phase=personalty"], 2, ["Did you mean personality?"]),
    "a misspelt option": (["engine=lama_cpp"], 2, ["Did you mean llama_cpp?", "transformers"]),
    "a misspelt value": (["output=jsn"], 2, ["Did you mean json?"]),
    "a mode that is not built": (["mode=dream"], 2, ["designed and not built yet"]),
    "a word for a number": (["adapter.rank=abc"], 2, ["adapter.rank", "'abc'", "Integer"]),
    "a number that makes no sense": (["+phase=personality", "adapter.rank=0"], 2, ["adapter.rank=0", "at least 1"]),
    "an output that does not exist": (["output=yaml"], 2, ["yaml", "jsonl"]),
    "an unknown verb": (["sing"], 2, ["'sing'", "chat"]),
    "an unknown phase": (["+phase=toddler"], 2, ["toddler", "personality"]),
    "a phase without its plus": (["phase=mind"], 2, ["+phase=mind"]),
    "no weights while offline": (["mode=chat", "prompt=hi"], 1, ["qwen2.5-coder-0.5b", "rusta fetch body=laptop"]),
    "fetching while offline": (["mode=fetch"], 1, ["network=offline", "rusta fetch body=laptop"]),
    "weights that are not there": (["mode=chat", "prompt=hi", "model.path=no.gguf"], 1, ["there is nothing at", "no.gguf", "GGUF"]),
    "no weights of the body that was asked for": (["mode=chat", "prompt=hi", "body=rtx3090"], 1,
                                                  ["strand-rust-coder-14b", "rusta fetch body=rtx3090"]),
    "another machine": (["mode=chat", "prompt=hi", "engine=endpoint", "engine.url=http://example.org/v1"], 2,
                        ["example.org", "127.0.0.1", "network=online"]),
    "a server that is not there": (["mode=chat", "prompt=hi", "engine=endpoint", "engine.url=http://127.0.0.1:9/v1"], 1,
                                   ["127.0.0.1:9", "engine="]),
    "a prompt longer than the window": ([*FAKE, "engine.context=600", "generation.max_tokens=16", f"prompt={'long ' * 600}"],
                                        1, ["room for 584", "engine.context="]),
    "an empty prompt": ([*FAKE, "prompt="], 2, ["empty", "rusta ask"]),
    "a prompt that is not text": ([*FAKE, "prompt=a\udcff"], 2, ["after 1 characters", "UTF-8"]),
    "no body": (["body=null"], 2, ["body=null", "laptop"]),
    "no mode": (["mode=null"], 2, ["mode=null", "chat"]),
    "a number for an organ": ([*FAKE, "sandbox=5", "prompt=hi"], 2, ["sandbox=5", "landlock"]),
    "no launcher": (["-m", "hydra/launcher=null", "seed=1"], 2, ["hydra/launcher=null"]),
    "a mode without its mind": ([*FAKE, "mode.mind=null", "prompt=hi"], 2, ["mode.mind=null", "mode=chat", "Mind"]),
    "a number for a mind": ([*FAKE, "mode.mind=5", "prompt=hi"], 2, ["mode.mind=5", "Mind"]),
    "an organ that was taken out": ([*FAKE, "~home", "prompt=hi"], 2, ["mode.home=null"]),
    "another program for a mode": ([*FAKE, "mode._target_=os.system", "prompt=hi"], 2, ["os.system", "mode=chat"]),
    "no target for a mode": ([*FAKE, "mode._target_=null", "prompt=hi"], 2, ["mode=chat"]),
    "a key that no mode has": ([*FAKE, "+mode.bogus=1", "prompt=hi"], 2, ["'bogus'", "approve"]),
    "no list where one belongs": (["mode=plan", "+phase=personality", "mode.ranks=5"], 2, ["mode.ranks=5", "list[int]"]),
    "a key that the journals do not have": (["mode=devlog", "+mode.said.bogus=a"], 2, ["bogus", "query"]),
    "an empty script": ([*FAKE, "engine.script=[]", "prompt=hi"], 2, ["engine.script=[]"]),
    "a session that does not exist": ([*FAKE, "prompt=hi", "resume=yesterday"], 1, ["'yesterday'", "resume=last"]),
    "a phase not raised yet": (["+phase=personality", "mode=chat", "prompt=hi"], 1, ["rusta +phase=personality"]),
    "judging nobody": (["mode=eval"], 2, ["+phase=personality mode=eval"]),
    "training without a phase": (["mode=train"], 2, ["+phase=personality"]),
    "missing data": (["+phase=mind"], 1, ["rust_books", "home/data/rust_books", "data=identity"]),
    "a missing parent": (["+phase=ecosystem", "data=identity", "replay=none"], 1,
                         ["follows personality", "rusta +phase=personality", "init_from=PATH"]),
    "a parent that is none": (["+phase=personality", "init_from=no/where"], 1, ["there is nothing at", "no/where", "peft folder"]),
    "a launcher that is not installed": (["-m", "hydra/launcher=nope", "seed=1,2"], 2, ["hydra/launcher/nope", "rusta[launch]"]),
    "a sweep whose first job is refused": (["-m", "+phase=mind", "seed=1,2"], 1, ["rust_books", "data=identity"]),
}  # fmt: skip

# One process that has imported what all of these import forks a child for each: `python -m rusta`, minus the imports.
FORKS = """
import gc, json, os, runpy, sys
import lightning, wandb, rusta.cli.app
gc.freeze()  # or each child would walk, and so copy, all of it
for name, words in json.load(sys.stdin).items():
    folder = os.path.abspath(name.replace(" ", "-"))
    os.mkdir(folder)
    child = os.fork()
    if not child:
        os.chdir(folder)
        os.environ["RUSTA_HOME"] = os.path.join(folder, "home")
        for stream, path, mode in ((0, os.devnull, os.O_RDONLY), (1, "out", 65), (2, "err", 65)):
            os.dup2(os.open(path, mode), stream)
        sys.argv = ["rusta", *words]
        runpy.run_module("rusta", run_name="__main__")
        sys.exit()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    open(os.path.join(folder, "code"), "w").write(str(code))
"""


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for each refusal, with what the process left: code, out, err, and its home."""
    folder = tmp_path_factory.mktemp("refused")
    said = {
        name: words if words == ["sing"] or any(word.startswith("body=") for word in words) else [*words, "body=laptop"]
        for name, (words, _, _) in REFUSED.items()
    }
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKS], cwd=folder, input=json.dumps(said), text=True, check=True,
                   env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}, timeout=600)  # fmt: skip
    return folder


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_one_paragraph_that_names_the_thing_and_the_way_out(name: str, refused: Path) -> None:
    at, (_, code, needles) = refused / name.replace(" ", "-"), REFUSED[name]
    words = (at / "err").read_text()
    assert (int((at / "code").read_text()), (at / "out").read_text()) == (code, ""), words
    assert not [needle for needle in needles if needle not in words], words
    assert "\n\n" not in words.strip()
    assert not [
        noise
        for noise in ("Traceback", "Error executing", "schema_", "wandb:", "FULL_ERROR", "To append")
        if noise in words
    ], words


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_leaves_nothing_in_her_home_or_where_it_was_typed(name: str, refused: Path) -> None:
    at = refused / name.replace(" ", "-")
    assert [path for path in (at / "home").rglob("*") if path.is_file()] == []
    assert {path.name for path in at.iterdir()} <= {"out", "err", "code", "home"}
    assert not (at / "home/runs").exists()


def test_json_is_one_object_and_stdout_holds_nothing_else(rusta: Rusta) -> None:
    answer = rusta(*FAKE[1:], "prompt=What's ${x}?", "output=json")
    assert answer.returncode == 0, answer.stderr
    said = json.loads(answer.stdout)
    assert set(said) >= {"text", "tokens", "first_token_s", "tokens_per_s", "model", "adapter", "session"}
    assert (said["model"], said["tokens"]) == ("fake", len(said["text"].split()))
    assert answer.stderr.startswith("body: ") and answer.stderr.count("\n") == 1


def test_jsonl_streams_pieces_and_ends_with_the_answer(rusta: Rusta, tmp_path: Path) -> None:
    answer = rusta(*FAKE, "prompt=hi", "output=jsonl", stdin="and\nmore\n")
    events = [json.loads(line) for line in answer.stdout.splitlines()]
    assert all(event["type"] and event["at"] for event in events)
    assert {event["type"] for event in events[:-1]} == {"piece"}
    assert events[-1]["type"] == "answer"
    assert "".join(event["text"] for event in events[:-1]) == events[-1]["text"]
    (session,) = (tmp_path / "home" / "sessions").glob("*.jsonl")
    asked, said = (json.loads(line) for line in session.read_text().splitlines())
    assert (asked["text"], said["text"]) == ("hi\n\nand\nmore", events[-1]["text"])
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]  # a conversation leaves no outputs/ where one stands


def test_ctrl_c_keeps_what_was_said_and_the_conversation_goes_on(rusta: Rusta, tmp_path: Path) -> None:
    slow = [*FAKE, "engine.pause=0.2", "engine.script=[one two three four five six seven eight nine ten]"]
    process = subprocess.Popen([sys.executable, "-m", "rusta", *slow, "prompt=count", "output=jsonl"], cwd=tmp_path,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in err and "resume=" in err
    pieces = [first, *(json.loads(line) for line in out.splitlines())]
    assert {piece["type"] for piece in pieces} == {"piece"}

    (session,) = (tmp_path / "home" / "sessions").glob("*.jsonl")
    asked, said = (json.loads(line) for line in session.read_text().splitlines())
    assert (asked["text"], said["finish"]) == ("count", "interrupted")
    assert said["text"] == "".join(piece["text"] for piece in pieces)

    again = json.loads(rusta(*FAKE, "prompt=go on", "resume=last", "output=json").stdout)
    assert again["session"] == session.stem
    assert [json.loads(line)["text"] for line in session.read_text().splitlines()] == [
        "count", said["text"], "go on", again["text"],
    ]  # fmt: skip


# `python -m rusta`, interrupted while it imports what takes longest.
WAITING = """
import os, runpy, signal, sys
class Ctrl_C:
    def find_spec(self, name, path=None, target=None):
        if name == "lightning":
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                raise ImportError("as numpy says it") from None
sys.meta_path.insert(0, Ctrl_C())
runpy.run_module("rusta", run_name="__main__")
"""


def test_ctrl_c_before_anything_was_begun_is_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", WAITING, "body=tiny", "+phase=personality"], cwd=tmp_path,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 130
    assert done.stderr in ("", "Loading torch and Lightning ...\n")


def test_a_reader_who_leaves_ends_it_in_silence(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-m", "rusta", *FAKE, "prompt=hi", "output=jsonl"], cwd=tmp_path,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    with process.stderr:
        assert (process.stderr.read(), process.wait()) == ("", 0)


def test_a_process_of_its_own_answers_as_the_forks_do(rusta: Rusta, refused: Path) -> None:
    answer = rusta("sing")
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", (refused / "an-unknown-verb/err").read_text())


def imported(tmp_path: Path, *commands: list[str]) -> set[str]:
    """The packages that a process holds which ran these commands one after the other."""
    run = (
        "import json, runpy, sys\n"
        f"for words in {list(commands)!r}:\n"
        "    sys.argv = ['rusta', *words]\n"
        "    runpy.run_module('rusta', run_name='__main__')\n"
        "open('modules', 'w').write(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    subprocess.run([sys.executable, "-c", run], cwd=tmp_path, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return set(json.loads((tmp_path / "modules").read_text()))


def test_light_modes_import_nothing_heavy(tmp_path: Path) -> None:
    modules = imported(tmp_path, ["hello"], ["doctor", "output=json"], ["fetch", "model=fake"], [*FAKE, "prompt=hi"])
    assert {"rusta", "hydra"} <= modules
    assert not modules & HEAVY


def test_what_was_composed_before_answers_without_hydra(tmp_path: Path) -> None:
    assert "hydra" in imported(tmp_path, ["hello"])
    assert not imported(tmp_path, ["hello"]) & ({"hydra", "omegaconf", "yaml"} | HEAVY)
