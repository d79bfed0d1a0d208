"""llama.cpp over a small GGUF: the same mind as in transformers, with its prompt kept, and nobody else listening."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from gguf import GGMLQuantizationType as Kind

from rusta.home import Home
from rusta.identity.turns import Role, Turn
from rusta.mind import weights
from rusta.mind.attention import Attention
from rusta.mind.engines.llama_cpp import KEPT, LlamaCpp, LlamaRefused
from rusta.mind.mind import Constraint, Generation, Piece
from rusta.mind.model import Gguf
from rusta.mind.quantization import Unquantised

TURNS = [Turn(Role.SYSTEM, "You are Rusta."), Turn(Role.PERSON, "let mut fn?")]
GREEDY = Generation(max_tokens=30, temperature=0.0, repetition_penalty=1.0)


@pytest.fixture(scope="module")
def source(small, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # bf16 in the file, so that what transformers opens up is the same to the last bit.
    return small.write(tmp_path_factory.mktemp("gguf") / "m.gguf", Kind.BF16, tied=False)


@pytest.fixture
def made(source: Path, home: Home) -> Callable[[], LlamaCpp]:
    def make() -> LlamaCpp:
        mind = LlamaCpp(Gguf("m", "who/m", "main", "m.gguf", 1, "0" * 64, path=str(source)), home, context=512)
        mind.wake()
        return mind

    return make


def whole(mind: LlamaCpp, turns: list[Turn] = TURNS, constraint: Constraint | None = None) -> tuple[str, Piece]:
    *said, last = mind.stream(turns, GREEDY, constraint)
    assert all(piece.finish is None for piece in said) and last.finish and not last.text
    return "".join(piece.text for piece in said), last


def test_both_engines_are_the_same_mind(made: Callable[[], LlamaCpp], home: Home) -> None:
    mind = made()
    folder = mind.model.folder(home)
    tokenizer = weights.tokenizer(folder)
    ids = tokenizer.apply_chat_template(
        [turn.as_message() for turn in TURNS], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    assert mind.count(TURNS) == ids["input_ids"].shape[1]
    model = weights.wake(folder, Unquantised(), Attention("eager")).float()
    tokens = model.generate(**ids, max_new_tokens=GREEDY.max_tokens, do_sample=False, use_cache=True)
    expected = tokenizer.decode(tokens[0, ids["input_ids"].shape[1] :], skip_special_tokens=True)
    said, last = whole(mind)
    # Random weights say bytes that are no UTF-8, and each engine has its own way to write those.
    assert said.replace("�", "") == expected.replace("�", "") and len(said.replace("�", "")) > 5
    assert last.tokens == tokens.shape[1] - ids["input_ids"].shape[1]
    assert last.first_token_s > 0 and last.tokens_per_s > 0
    assert torch.isfinite(model(**ids).logits).all()


def test_a_form_that_is_asked_for_is_kept(made: Callable[[], LlamaCpp]) -> None:
    mind = made()
    assert whole(mind, constraint=Constraint(grammar='root ::= "yes" | "no"'))[0] in ("yes", "no")
    schema = {"type": "object", "properties": {"kept": {"type": "boolean"}}, "required": ["kept"]}
    said, _ = whole(mind, constraint=Constraint(json_schema={**schema, "additionalProperties": False}))
    assert isinstance(json.loads(said)["kept"], bool)


def test_what_she_read_of_herself_is_kept_on_disk_and_changes_no_answer(
    made: Callable[[], LlamaCpp], home: Home
) -> None:
    first, _ = whole(made())
    (kept,) = (home.models / "prompt-cache").iterdir()
    assert kept.name.endswith(KEPT) and kept.stat().st_size > 0
    written = kept.stat()
    assert whole(made())[0] == first
    assert kept.stat() == written  # restored, not written anew
    kept.write_bytes(b"of another llama.cpp")
    assert whole(made())[0] == first
    other = [Turn(Role.SYSTEM, "You are somebody else."), TURNS[1]]
    mind = made()
    assert whole(mind, other)[0] != first and whole(mind)[0] == first
    (only,) = (home.models / "prompt-cache").iterdir()
    assert only == kept


def test_leaving_the_answer_stops_the_engine_and_it_answers_again(made: Callable[[], LlamaCpp]) -> None:
    mind = made()
    expected, _ = whole(mind)
    before = threading.active_count()
    pieces = mind.stream(TURNS, Generation(max_tokens=400, temperature=0.0, repetition_penalty=1.0))
    next(pieces)
    pieces.close()
    assert threading.active_count() == before
    assert whole(mind)[0] == expected


def test_no_proxy_hears_what_she_counts(made: Callable[[], LlamaCpp], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody is there: what is sent to it fails
    mind = made()
    assert mind.count(TURNS) > 0
    assert whole(mind)[0]


def test_a_prompt_longer_than_the_window_is_refused_in_words(made: Callable[[], LlamaCpp]) -> None:
    with pytest.raises(LlamaRefused, match="context"):
        whole(made(), [TURNS[0], Turn(Role.PERSON, "x" * 600)])


def test_a_damaged_file_is_refused_with_the_command_that_mends_it(source: Path, home: Home, tmp_path: Path) -> None:
    (tmp_path / "cut.gguf").write_bytes(source.read_bytes()[:-5000])
    cut = Gguf("m", "who/m", "main", "m.gguf", 1, "0" * 64, path=str(tmp_path / "cut.gguf"))
    with pytest.raises(LlamaRefused, match="rusta mode=fetch network=online"):
        LlamaCpp(cut, home, context=512).wake()


def test_an_adapter_is_refused_with_the_engine_that_carries_it(made: Callable[[], LlamaCpp], tmp_path: Path) -> None:
    with pytest.raises(LlamaRefused, match="engine=transformers"):
        made().wake(tmp_path)
