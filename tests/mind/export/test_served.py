"""A phase under llama.cpp: exported once, found again, made anew when anything changed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gguf import GGMLQuantizationType as Kind

from rusta.core.home import Home
from rusta.mind.adapters import WrongBase
from rusta.mind.export import served as module
from rusta.mind.export.served import served
from rusta.mind.quantization import NF4, Unquantised


@pytest.fixture
def phase(raised: Callable[..., Path], as_gguf: Callable[..., Any], tmp_path: Path, at: Home) -> tuple[Any, Home, Path]:
    """A model, a home of its own with the weights of all, and a finished phase's adapter in it."""
    model = as_gguf(Kind.Q8_0)
    home = Home(str(tmp_path / "home"), str(tmp_path / "run"))
    raised_at = raised(Unquantised(), model=model)
    Path(home.root).mkdir()
    home.models.symlink_to(at.models)
    return model, home, Path(shutil.copytree(raised_at, home.life / "personality" / "adapter"))


def test_it_is_exported_once_and_told_in_a_line(phase: tuple[Any, Home, Path], capsys: pytest.CaptureFixture) -> None:
    model, home, adapter = phase
    gguf, lora, digest = served(model, home, adapter)
    assert gguf == home.exports / "personality/gguf/model.gguf" and gguf.is_file() and lora.is_file()
    assert capsys.readouterr().err.count("\n") == 1
    before = gguf.stat()
    assert served(model, home, adapter) == (gguf, lora, digest)
    assert gguf.stat() == before and capsys.readouterr().err == ""


@pytest.mark.parametrize("part", ["model.gguf", "lora.gguf"])
@pytest.mark.parametrize("how", ["cut", "gone", "touched"])
def test_a_damaged_export_is_made_anew(phase: tuple[Any, Home, Path], part: str, how: str) -> None:
    model, home, adapter = phase
    gguf, _, _ = served(model, home, adapter)
    path = gguf.with_name(part)
    whole = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:-1] if how == "cut" else whole[:-1] + b"x")
    served(model, home, adapter)
    assert path.read_bytes() == whole


def test_another_adapter_another_export(phase: tuple[Any, Home, Path], raised: Callable[..., Path]) -> None:
    model, home, adapter = phase
    gguf, lora, digest = served(model, home, adapter)
    before = gguf.read_bytes(), lora.read_bytes()
    shutil.rmtree(adapter)
    shutil.copytree(raised(NF4(), model=model), adapter)
    gguf, lora, another = served(model, home, adapter)
    assert another != digest
    assert gguf.read_bytes() != before[0] and lora.read_bytes() != before[1]


def test_a_card_that_is_none_counts_as_no_export(phase: tuple[Any, Home, Path]) -> None:
    model, home, adapter = phase
    gguf, _, _ = served(model, home, adapter)
    card = gguf.with_name("export.yaml")
    for text in ("", "[]", "form: gguf", "\x00"):
        card.write_text(text)
        served(model, home, adapter)
        assert "files" in card.read_text()


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo], ids=["folder", "pipe"])
@pytest.mark.parametrize("name", ["export.yaml", "model.gguf"])
def test_what_is_no_file_in_an_export_has_it_made_anew(name: str, make: Any, phase: tuple[Any, Home, Path]) -> None:
    model, home, adapter = phase
    gguf, _, _ = served(model, home, adapter)
    gguf.with_name(name).unlink()
    make(gguf.with_name(name))
    served(model, home, adapter)
    assert gguf.with_name(name).is_file()


def test_an_adapter_of_another_base_is_refused(phase: tuple[Any, Home, Path], as_gguf: Callable[..., Any]) -> None:
    _, home, adapter = phase
    with pytest.raises(WrongBase):
        served(as_gguf(Kind.F16), home, adapter)


def test_nothing_heavy_is_needed_to_find_it(phase: tuple[Any, Home, Path]) -> None:
    import subprocess
    import sys

    model, home, adapter = phase
    served(model, home, adapter)
    words = (
        "import sys\nfrom pathlib import Path\nfrom rusta.core.home import Home\nfrom rusta.mind.model import Gguf\n"
        f"from {module.__name__} import served\n"
        f"served({model!r}, Home({home.root!r}, ''), Path({str(adapter)!r}))\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'torch', 'numpy', 'gguf', 'peft'}))"
    )
    found = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True)
    assert found.stdout.strip() == "[]", found.stderr
