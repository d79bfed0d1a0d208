"""Tab completes verbs, phases, organs, options and settings, in a real bash, and leaves alone what it cannot complete."""

import os
import pty
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
        f"model={name}" for name in ("fake", "qwen2_5_coder_0_5b", "strand_14b", "tiny")
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


class Bash:
    """A real bash in a terminal of its own, that tells what its line is."""

    def __init__(self, folder: Path) -> None:
        self.line = folder / "line"
        bin_ = folder / "bin"
        bin_.mkdir()
        (bin_ / "rusta").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rusta "$@"\n')
        (bin_ / "rusta").chmod(0o755)
        rc = folder / "rc"
        rc.write_text(
            f'export PATH="{bin_}:$PATH"\neval "$(rusta completion bash)"\nbind "set bell-style none"\n'
            f'bind -x \'"\\C-t": printf "%s|" "$READLINE_LINE" > {self.line}\'\necho ready > {self.line}\n'
        )
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.chdir(folder)
            os.environ["TERM"] = "dumb"
            os.execvp("bash", ["bash", "--rcfile", str(rc), "-i"])
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
        raise AssertionError("bash said nothing for a minute")

    def tab(self, typed: str) -> str:
        """The line after Tab."""
        self.line.unlink()
        os.write(self.terminal, typed.encode() + b"\t\x14\x15")
        return self.until("|")


@pytest.fixture(scope="module")
def bash(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bash]:
    if not shutil.which("bash"):
        pytest.skip("no bash")
    folder = tmp_path_factory.mktemp("bash")
    (folder / "weights.gguf").touch()
    (folder / "a folder").mkdir()
    shell = Bash(folder)
    yield shell
    os.close(shell.terminal)  # the terminal hangs up, and the shell with it
    os.waitpid(shell.pid, 0)
    assert not (folder / "broken").exists()


@pytest.mark.parametrize("typed", TYPED)
def test_tab_completes_the_line_or_leaves_it(typed: str, bash: Bash) -> None:
    assert bash.tab(typed) == TYPED[typed]
