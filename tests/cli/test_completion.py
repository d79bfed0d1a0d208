"""Tab completes verbs, phases, organs, options and settings, in a real bash, and leaves alone what it cannot complete."""

import os
import pty
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Rusta = Callable[..., "subprocess.CompletedProcess[str]"]
# What is typed, and what the line is after Tab.
TYPED = {
    "rusta rai": "rusta raise ",
    "rusta raise perso": "rusta raise personality ",
    "rusta judge mi": "rusta judge mind ",
    "rusta chat engine=lla": "rusta chat engine=llama_cpp ",
    "rusta chat approve=ed": "rusta chat approve=edits ",
    "rusta raise mind adapter.ra": "rusta raise mind adapter.rank=",
    "rusta chat worksp": "rusta chat workspace=",
    "rusta chat workspace=a\\ fol": "rusta chat workspace=a\\ fol",
    "rusta chat model.path=wei": "rusta chat model.path=weights.gguf ",
    "rusta chat +ph": "rusta chat +phase=",
    "rusta chat +phase=teach": "rusta chat +phase=teacher ",
    "rusta devlog sea": "rusta devlog search ",
    "rusta help jud": "rusta help judge ",
    'rusta ask "what is eng': 'rusta ask "what is eng',
    "rusta ask it$(touch broken) eng": "rusta ask it$(touch broken) eng",
    "rusta ask E0382 nothi": "rusta ask E0382 nothi",
}


def offered(rusta: Rusta, *words: str) -> list[str]:
    done = rusta("completion", "words", "--", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_is_offered_is_what_exists_and_no_schema(rusta: Rusta) -> None:
    assert {"raise", "judge", "devlog", "help"} <= set(offered(rusta, ""))
    assert offered(rusta, "raise", "")[:3] == ["dream", "ecosystem", "growth"]
    assert offered(rusta, "chat", "model=") == [
        f"model={name}" for name in ("fake", "qwen2_5_coder_0_5b", "qwen2_5_coder_1_5b", "strand_14b", "tiny")
    ]
    assert not [word for word in offered(rusta, "chat", "") if "schema" in word]
    assert offered(rusta, "-m", "adapter.dora=true,") == ["adapter.dora=true,true", "adapter.dora=true,false"]


def test_completing_imports_neither_hydra_nor_what_it_would_configure(rusta: Rusta) -> None:
    done = rusta("completion", "words", "--", "raise", "adapter.", PYTHONPROFILEIMPORTTIME="1")
    assert "adapter.rank=" in done.stdout
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"hydra", "omegaconf", "yaml", "torch", "rich", "rusta.cli.app", "rusta.cli.schema"}


def test_an_unknown_shell_is_refused_with_the_line_for_each(rusta: Rusta) -> None:
    done = rusta("completion", "csh")
    assert done.returncode == 2 and "bash" in done.stderr and "fish | source" in done.stderr


class Shell:
    """A real shell in a terminal of its own, that tells what its line is: its start-up file binds Ctrl-T to that."""

    def __init__(self, folder: Path, rc: str, env: dict[str, str], *words: str) -> None:
        self.line = folder / "line"
        bin_ = folder / "bin"
        bin_.mkdir()
        (bin_ / "rusta").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rusta "$@"\n')
        (bin_ / "rusta").chmod(0o755)
        (folder / ".zshrc").write_text(rc.replace("@LINE@", str(self.line)))
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.chdir(folder)
            os.environ.update({"TERM": "dumb", "ZDOTDIR": str(folder), "PATH": f"{bin_}:{os.environ['PATH']}", **env})
            os.execvp(words[0], words)
        self.until("ready\n")

    def until(self, end: str) -> str:
        """What the shell wrote, once it ends like this. Reading its terminal keeps it from waiting for us."""
        os.set_blocking(self.terminal, False)
        for _ in range(1200):
            try:
                os.read(self.terminal, 65536)
            except BlockingIOError:
                time.sleep(0.05)
            text = self.line.read_text() if self.line.exists() else ""
            if text.endswith(end):
                return text.removesuffix(end)
        raise AssertionError("the shell said nothing for a minute")

    def tab(self, typed: str) -> str:
        """The line after Tab."""
        self.line.unlink()
        os.write(self.terminal, typed.encode() + b"\t\x14\x15")
        return self.until("|")


BASH = """eval "$(rusta completion bash)"
bind "set bell-style none"
bind -x '"\\C-t": printf "%s|" "$READLINE_LINE" > @LINE@'
echo ready > @LINE@
"""
ZSH = """PS1=""; unsetopt beep zle_bracketed_paste 2>/dev/null
autoload -Uz compinit && compinit -u -D
eval "$(rusta completion zsh)"
_tell() { print -rn -- "$BUFFER|" > @LINE@ }
zle -N _tell; bindkey "^T" _tell; bindkey "^U" kill-whole-line
echo ready > @LINE@
"""


@pytest.fixture(scope="module", params=["bash", "zsh"])
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    name: str = request.param
    if not shutil.which(name):
        pytest.skip(f"no {name}")
    folder = tmp_path_factory.mktemp(name)
    (folder / "weights.gguf").touch()
    (folder / "a folder").mkdir()
    words = ("bash", "--rcfile", str(folder / ".zshrc"), "-i") if name == "bash" else ("zsh", "-d", "-i")
    made = Shell(folder, {"bash": BASH, "zsh": ZSH}[name], {}, *words)
    yield made
    os.close(made.terminal)  # the terminal hangs up, and the shell with it
    os.waitpid(made.pid, 0)
    assert not (folder / "broken").exists()


@pytest.mark.parametrize("typed", TYPED)
def test_tab_completes_the_line_or_leaves_it(typed: str, shell: Shell) -> None:
    assert shell.tab(typed) == TYPED[typed]


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("rusta jud", ["judge"]), ("rusta judge per", ["personality"]), ("rusta chat approve=", ["approve=all", "approve=ask"]),
        ("rusta ask 'a", []),
    ],
)  # fmt: skip
def test_fish_offers_the_same(typed: str, offered: list[str], tmp_path: Path) -> None:
    (tmp_path / "rusta").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rusta "$@"\n')
    (tmp_path / "rusta").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    script = f"rusta completion fish | source; complete -C {shlex.quote(typed)}"
    done = subprocess.run(["fish", "--no-config", "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert found[: len(offered)] == offered or set(offered) <= set(found)
    assert not [one for one in found if "schema" in one]
