"""Wherever her home is said to be, and whatever folder one stands in: a paragraph, never a traceback, and nothing lost."""

import errno
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rusta.core.home import NoHome, resolved
from rusta.core.output import visible

Rusta = Callable[..., "subprocess.CompletedProcess[str]"]
FAKE = ("body=tiny", "model=fake", "engine=fake")


def refused(done: "subprocess.CompletedProcess[str]", *needles: str, code: int = 1) -> None:
    """One paragraph on stderr that names these things, and nothing on stdout."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert "Traceback" not in done.stderr and "\n\n" not in done.stderr.strip(), done.stderr
    assert not [needle for needle in needles if needle not in done.stderr], done.stderr


def odd(kind: str, at: Path) -> Path:
    """A path where no home can be."""
    (at / "file").write_text("mine")
    match kind:
        case "a file":
            return at / "file"
        case "below a file":
            return at / "file/home"
        case "a pipe":
            os.mkfifo(at / "pipe")
            return at / "pipe"
        case "a device":
            return Path("/dev/null")
        case "a link to nowhere" | "below a link to nowhere":
            (at / "link").symlink_to(at / "nowhere")
            return at / "link" / ("home" if kind.startswith("below") else "")
        case "a link to itself":
            (at / "link").symlink_to("link")
            return at / "link"
        case "too long":
            return at / ("a" * 300)
    return at / os.fsdecode(b"caf\xe9")


ODD = ["a file", "below a file", "a pipe", "a device", "a link to nowhere", "below a link to nowhere", "a link to itself",
       "too long", "not text"]  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_where_no_home_can_be_it_is_refused_by_its_name(kind: str, tmp_path: Path) -> None:
    with pytest.raises(NoHome, match="RUSTA_HOME=/PATH"):
        resolved(str(odd(kind, tmp_path)))
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["there", "not/there/yet", "new\nline", "café", "link"])
def test_any_other_folder_may_be_one_whether_it_is_there_or_not(name: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    assert resolved(str(tmp_path / name)) == tmp_path / name


def test_an_answer_that_could_not_be_kept_is_refused_before_she_thinks(rusta: Rusta, tmp_path: Path) -> None:
    refused(rusta("ask", "hi", *FAKE, RUSTA_HOME="/dev/null"), "/dev/null is not a folder", "RUSTA_HOME=/PATH")
    # Nothing can be made in /proc, whoever asks.
    refused(rusta("ask", "hi", *FAKE, RUSTA_HOME="/proc/self/home"), "/proc/self/home/sessions", "RUSTA_HOME=PATH")


def test_a_text_that_cannot_be_written_down_is_kept_elsewhere(rusta: Rusta, tmp_path: Path) -> None:
    done = rusta("devlog", "write", "episodic", "Title", "text=so many words", RUSTA_HOME="/proc/self/home",
                 TMPDIR=str(tmp_path))  # fmt: skip
    refused(done, "Your text is kept in")
    (kept,) = tmp_path.glob("devlog-*.md")
    assert kept.read_text() == "so many words"


def test_in_a_folder_that_was_removed_she_says_to_go_elsewhere(tmp_path: Path) -> None:
    gone = "import os, runpy, sys\nos.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
    for words in (["ask", "hi", *FAKE], ["devlog", "list"]):
        code = f"{gone}sys.argv = {['rusta', *words]!r}\nrunpy.run_module('rusta', run_name='__main__')"
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)  # fmt: skip
        refused(done, "is gone", "cd ~")


def test_a_folder_that_takes_no_reading_is_named(tmp_path: Path) -> None:
    """Where root itself may read anything, it gives that up."""
    (tmp_path / "closed").mkdir()
    code = (
        "import ctypes, os, sys\n"
        "[ctypes.CDLL(None).prctl(24, n, 0, 0, 0) for n in (1, 2)]  # PR_CAPBSET_DROP: CAP_DAC_OVERRIDE, _READ_SEARCH\n"
        "os.chdir('closed'); os.chmod('.', 0)\n"
        f"os.execv(sys.executable, [sys.executable, '-m', 'rusta', 'ask', 'hi', *{FAKE!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)  # fmt: skip
    (tmp_path / "closed").chmod(0o755)
    refused(done, "permission denied")


@pytest.mark.parametrize(
    ("error", "needles"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/a/b"), ["The disk is full (/a/b)", "Make room"]),
        (RuntimeError("cannot write: No space left on device"), ["The disk is full", "Make room"]),
        (OSError(errno.EFBIG, "File too large", "/a/b"), ["/a/b", "ulimit -f"]),
        (
            PermissionError(errno.EACCES, "Permission denied", b"/a/b"),
            ["/a/b", "permission denied", "Let me", "RUSTA_HOME"],
        ),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "/a/b"), ["/a/b", "is a directory"]),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/a", None, "/b"), ["/b", "no such file"]),
        (OSError(errno.EIO, "Input/output error", 3), ["input/output error"]),
    ],
)
def test_what_the_system_refuses_is_a_paragraph(error: BaseException, needles: list[str]) -> None:
    from rusta.core.os_errors import paragraph

    said = paragraph(error)
    assert said is not None and not [needle for needle in needles if needle not in said], said


def test_other_errors_fly_unless_one_of_the_system_is_looked_for_among_their_causes() -> None:
    from rusta.core.os_errors import paragraph

    cause = ValueError("Unable to configure handler 'file'")
    cause.__cause__ = PermissionError(errno.EACCES, "Permission denied", "/a/rusta.log")
    assert paragraph(cause) is None and paragraph(KeyError("a")) is None and paragraph(OSError("no number")) is None
    assert "/a/rusta.log" in str(paragraph(cause, wrapped=True))


def test_a_file_that_may_not_grow_ends_in_a_paragraph_and_keeps_what_was_said(rusta: Rusta, tmp_path: Path) -> None:
    assert rusta("ask", "hi", *FAKE).returncode == 0
    (kept,) = (tmp_path / "home/sessions").glob("*.jsonl")
    before = kept.read_bytes()
    done = subprocess.run([sys.executable, "-m", "rusta", "ask", "hi " * 500, "resume=last", *FAKE], cwd=tmp_path, text=True,
                          capture_output=True, stdin=subprocess.DEVNULL,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100,) * 2))  # fmt: skip
    refused(done, str(kept), "File too large")
    assert kept.read_bytes() == before


def test_bytes_that_are_no_text_are_shown_and_are_valid_json() -> None:
    assert visible("caf\udce9") == "caf\ufffd"
    code = "from rusta.core.output import as_json; as_json({'path': 'caf\\udce9'})"
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
                          capture_output=True)  # fmt: skip
    assert json.loads(done.stdout.decode()) == {"path": "caf\udce9"}, done.stderr
