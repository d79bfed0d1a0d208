"""llama.cpp is never handed a prompt cache but with the bytes that it wrote: with others it aborts the process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mind.conftest import SmallGguf

# In a process of its own, since it is processes that die of it: one answer with a new engine after each damage.
ASKED = """
import json, os, sys
from pathlib import Path
from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.mind.engines.llama_cpp import LlamaCpp
from rusta.mind.mind import Generation
from rusta.mind.model import Gguf

home, file = Home(sys.argv[1], sys.argv[1]), sys.argv[2]
model = Gguf("small", "", "", "", 0, "", path=file)
turns = [Turn(Role.SYSTEM, "fn main() " * 9), Turn(Role.PERSON, "mut s")]

def say():
    mind = LlamaCpp(model, home, context=256, threads=1)
    mind.wake()
    return "".join(piece.text for piece in mind.stream(turns, Generation(max_tokens=6, temperature=0.0)))

said, told = [say()], []
for harm in sys.argv[3:]:
    (kept,) = (home.models / "prompt-cache").glob("*.identity.kv")
    whole = kept.read_bytes()
    if harm == "empty":
        kept.write_bytes(b"")
    elif harm == "cut":
        kept.write_bytes(whole[: len(whole) // 2])
    elif harm == "random":
        kept.write_bytes(os.urandom(len(whole)))
    elif harm == "one bit":
        kept.write_bytes(whole[:16] + bytes([whole[16] ^ 64]) + whole[17:])
    else:
        kept.unlink()
        os.mkdir(kept) if harm == "folder" else os.mkfifo(kept)
    sys.stderr.flush()
    print(harm, file=sys.stderr, flush=True)
    said.append(say())
    (kept,) = (home.models / "prompt-cache").glob("*.identity.kv")
    told.append(kept.is_file() and kept.stat().st_size == len(whole))
print(json.dumps([said, told]))
"""
HARMS = ["empty", "cut", "random", "one bit", "folder", "pipe"]


def test_a_damaged_prompt_cache_costs_reading_anew_and_never_the_process(small: "SmallGguf", tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    file = small.write(tmp_path / "small.gguf")
    done = subprocess.run([sys.executable, "-c", ASKED, str(tmp_path / "home"), str(file), *HARMS],
                          capture_output=True, text=True, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]
    said, whole = json.loads(done.stdout.splitlines()[-1])
    assert said == said[:1] * (len(HARMS) + 1) and all(whole)
    lines = [line for line in done.stderr.splitlines() if "is damaged" in line]
    assert len(lines) == len(HARMS) and all("identity.kv" in line for line in lines), done.stderr
