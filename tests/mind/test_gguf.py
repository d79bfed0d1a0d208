"""A GGUF opened up is what the GGUF says, to the last bit; and a conversion leaves all or nothing."""

import shutil
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import gguf
import pytest
import torch
from gguf import GGMLQuantizationType as Kind
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from transformers import AutoTokenizer, PreTrainedTokenizerBase, Qwen2ForCausalLM

from rusta.core.home import NoRoom
from rusta.mind.gguf import NotThisGguf, open_up


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("kind", [Kind.F32, Kind.F16, Kind.BF16, Kind.Q8_0, Kind.Q4_0], ids=lambda kind: kind.name)
def test_what_is_opened_is_the_dequantised_file_rounded_once(small, kind: Kind, tied: bool, tmp_path: Path) -> None:
    source = small.write(tmp_path / "m.gguf", kind, tied)
    model = Qwen2ForCausalLM.from_pretrained(open_up(source, tmp_path / "opened"), dtype=torch.bfloat16)
    assert model.config.tie_word_embeddings is tied
    assert (model.lm_head.weight is model.model.embed_tokens.weight) is tied
    found, of_file = load_file(tmp_path / "opened" / "model.safetensors"), gguf.GGUFReader(source).tensors
    assert len(found) == len(of_file) == len(small.shapes(tied))
    in_memory = dict(model.named_parameters())
    for ours, theirs in zip(found, of_file, strict=True):
        floats = gguf.dequantize(theirs.data, theirs.tensor_type).reshape(small.shapes(tied)[theirs.name])
        assert torch.equal(found[ours], torch.tensor(floats).bfloat16()), theirs.name
        assert torch.equal(in_memory[ours], found[ours]), ours


def test_every_tensor_goes_to_its_own_place(small, tmp_path: Path) -> None:
    # Two tensors of one shape could change places unseen; transformers' own table of names is the reference.
    source = small.write(tmp_path / "m.gguf", Kind.F32, tied=False)
    theirs = Qwen2ForCausalLM.from_pretrained(tmp_path, gguf_file="m.gguf", dtype=torch.bfloat16).state_dict()
    ours = Qwen2ForCausalLM.from_pretrained(open_up(source, tmp_path / "opened"), dtype=torch.bfloat16).state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


@pytest.fixture(scope="module")
def tokenizer(small, tmp_path_factory: pytest.TempPathFactory) -> PreTrainedTokenizerBase:
    folder = tmp_path_factory.mktemp("tokenizer")
    return AutoTokenizer.from_pretrained(open_up(small.write(folder / "m.gguf"), folder / "opened"))


@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
def test_text_comes_back_from_its_tokens(tokenizer: PreTrainedTokenizerBase, text: str) -> None:
    # Qwen2 composes characters first (NFC); a marker written out is that marker's token, and comes back as well.
    assert tokenizer.decode(tokenizer(text).input_ids) == unicodedata.normalize("NFC", text)


def test_merges_and_markers_are_those_of_the_file(small, tokenizer: PreTrainedTokenizerBase) -> None:
    text = "<|im_start|>let mut fn<|im_end|><tool>"
    said = [small.tokens[n] for n in tokenizer(text).input_ids]
    assert said == ["<|im_start|>", "le", "t", "Ġ", "mut", "Ġ", "fn", "<|im_end|>", "<tool>"]
    assert tokenizer.decode(tokenizer(text).input_ids, skip_special_tokens=True) == "let mut fn<tool>"
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")
    asked = tokenizer.apply_chat_template(
        [{"role": "user", "content": "hi"}], tokenize=False, add_generation_prompt=True
    )
    assert asked == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"


def refused(source: Path, folder: Path, kind: type[Exception] = NotThisGguf) -> str:
    """The words of the refusal; and nothing is left where the model would have been."""
    before = sorted(folder.parent.iterdir())
    with pytest.raises(kind) as refusal:
        open_up(source, folder)
    assert sorted(folder.parent.iterdir()) == before
    return str(refusal.value)


@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_refused(whole: bytes, tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    folder = tmp_path_factory.mktemp("cut")
    (folder / "m.gguf").write_bytes(whole[: int(len(whole) * share)])
    assert "rusta fetch" in refused(folder / "m.gguf", folder / "opened")


@pytest.fixture(scope="module")
def whole(small, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return small.write(tmp_path_factory.mktemp("whole") / "m.gguf").read_bytes()


def test_what_is_no_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"PK\x03\x04" * 1000)
    assert "not a whole GGUF" in refused(tmp_path / "m.gguf", tmp_path / "opened")


def test_another_architecture_is_refused_by_name(small, tmp_path: Path) -> None:
    words = refused(small.write(tmp_path / "m.gguf", architecture="llama"), tmp_path / "opened")
    assert "'llama'" in words and "qwen2" in words


def test_a_disk_too_small_is_refused_before_anything_is_written(
    small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = small.write(tmp_path / "m.gguf")
    size = 2 * sum(int(tensor.n_elements) for tensor in gguf.GGUFReader(source).tensors)
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=size - 1))
    assert "RUSTA_HOME" in refused(source, tmp_path / "opened", NoRoom)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=size))
    assert open_up(source, tmp_path / "opened").is_dir()


# The kernel kills a process that writes a file beyond its limit: half of the weights are then on disk.
KILLED = """
import resource, signal, sys
from pathlib import Path
from rusta.mind.gguf import open_up
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
open_up(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_killed_half_way_leaves_nothing_under_the_name_and_the_next_time_goes_well(small, tmp_path: Path) -> None:
    source, folder = small.write(tmp_path / "m.gguf"), tmp_path / "models" / "opened"
    half = sum(int(tensor.n_elements) for tensor in gguf.GGUFReader(source).tensors)
    killed = subprocess.run([sys.executable, "-c", KILLED, source, folder, str(half)])
    assert killed.returncode == -signal.SIGXFSZ
    (left,) = (path for path in folder.parent.iterdir() if path.suffix != ".lock")  # which the next time takes away
    assert (left / "model.safetensors").stat().st_size == half
    assert not folder.exists()
    assert len(load_file(open_up(source, folder) / "model.safetensors")) == len(small.shapes(tied=True))


def test_a_folder_that_is_there_is_not_opened_again(small, tmp_path: Path) -> None:
    source, folder = small.write(tmp_path / "m.gguf"), tmp_path / "opened"
    open_up(source, folder)
    before = (folder / "model.safetensors").stat()
    source.unlink()
    assert open_up(source, folder) == folder
    assert (folder / "model.safetensors").stat() == before
