"""Every engine streams the text that it would have given whole, counts its tokens, and stops when it is left."""

import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.mind import adapters, weights
from rusta.mind.adapters import Adapter, WrongBase
from rusta.mind.attention import Attention
from rusta.mind.engines.fake import Fake
from rusta.mind.engines.transformers import CannotConstrain, Transformers
from rusta.mind.mind import Constraint, Generation, Piece
from rusta.mind.model import Random
from rusta.mind.quantization import NF4, Unquantised

TURNS = [Turn(Role.SYSTEM, "You are Rusta."), Turn(Role.PERSON, "Why does E0382 exist?")]
GREEDY = Generation(max_tokens=40, temperature=0.0, repetition_penalty=1.0)
WILD = Generation(max_tokens=40, temperature=1.0, top_p=1.0, repetition_penalty=1.0)


def engine(home: Home, quantization: NF4 | Unquantised) -> Transformers:
    made = Transformers(Random(), quantization, Attention("sdpa"), home)
    made.wake()
    return made


@pytest.fixture(scope="module")
def awake(tmp_path_factory: pytest.TempPathFactory) -> Transformers:
    at = tmp_path_factory.mktemp("awake")
    return engine(Home(str(at / "home"), str(at / "run")), Unquantised())


def whole(pieces: Iterable[Piece]) -> tuple[str, Piece]:
    """All that was said, and the last piece, which is the only one with a finish."""
    *said, last = pieces
    assert all(piece.finish is None and piece.text for piece in said)
    assert last.text == "" and last.finish
    assert [piece.tokens for piece in said] == sorted(piece.tokens for piece in said)
    return "".join(piece.text for piece in said), last


def direct(awake: Transformers, generation: Generation) -> torch.Tensor:
    """The same answer by `generate`, without threads and streamers: the tokens that were made."""
    folder = awake.model.folder(awake.home)
    tokenizer = weights.tokenizer(folder)
    model = weights.wake(folder, awake.quantization, awake.attention)
    ids = tokenizer.apply_chat_template(
        [turn.as_message() for turn in TURNS], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    made = model.generate(**ids, max_new_tokens=generation.max_tokens, do_sample=False, use_cache=True)
    return made[0, ids["input_ids"].shape[1] :]


def test_what_is_streamed_is_what_generate_gives(awake: Transformers) -> None:
    text, last = whole(awake.stream(TURNS, GREEDY))
    made = direct(awake, GREEDY)
    assert text == weights.tokenizer(awake.model.folder(awake.home)).decode(made, skip_special_tokens=True)
    assert last.tokens == len(made)
    assert last.finish == ("length" if len(made) == GREEDY.max_tokens else "stop")


def test_prompts_are_counted_as_they_are_read(awake: Transformers) -> None:
    # Byte-level vocabulary: a token a byte, and one for each ChatML marker.
    body = "".join(f"{turn.role.value}\n{turn.text}\n" for turn in TURNS) + "assistant\n"
    assert awake.count(TURNS) == len(body.encode()) + 2 * len(TURNS) + 1


def test_the_seed_repeats_a_sampled_answer_and_leaves_the_worlds_dice_alone(awake: Transformers) -> None:
    before = torch.random.get_rng_state()
    answers = [whole(awake.stream(TURNS, Generation(**{**vars(WILD), "seed": seed})))[0] for seed in (3, 3, 4)]
    assert answers[0] == answers[1] != answers[2]
    assert torch.equal(torch.random.get_rng_state(), before)


def test_timings_are_positive_and_within_the_time_that_passed(awake: Transformers) -> None:
    from time import perf_counter

    began = perf_counter()
    _, last = whole(awake.stream(TURNS, GREEDY))
    assert 0 < last.first_token_s < perf_counter() - began
    assert last.tokens_per_s > 0
    assert last.first_token_s + (last.tokens - 1) / last.tokens_per_s < perf_counter() - began


def test_leaving_the_answer_stops_the_engine_and_it_answers_again(awake: Transformers) -> None:
    expected, _ = whole(awake.stream(TURNS, GREEDY))
    # Text is streamed up to the last space, and random weights seldom say one: take a seed with which they do.
    seeds = (Generation(**{**vars(WILD), "seed": seed}) for seed in range(1000))
    talkative = next(generation for generation in seeds if len(list(awake.stream(TURNS, generation))) > 2)
    before = threading.active_count()
    endless = awake.stream(TURNS, Generation(**{**vars(talkative), "max_tokens": 10**9}))
    assert next(endless).text
    assert threading.active_count() == before + 1
    endless.close()
    assert threading.active_count() == before
    assert whole(awake.stream(TURNS, GREEDY))[0] == expected


def test_what_fails_in_the_engine_is_raised_to_who_asked(awake: Transformers) -> None:
    with pytest.raises(ValueError, match="penalty"):
        list(awake.stream(TURNS, Generation(max_tokens=4, repetition_penalty=-1.0)))


def test_a_constraint_that_would_not_be_kept_is_refused(awake: Transformers) -> None:
    with pytest.raises(CannotConstrain, match="engine=llama_cpp"):
        next(awake.stream(TURNS, GREEDY, Constraint(grammar='root ::= "yes"')))


@pytest.mark.parametrize("quantization", [NF4(), Unquantised()], ids=["nf4", "bf16"])
def test_an_adapter_is_live_and_one_of_another_base_is_refused(
    quantization: NF4 | Unquantised, home: Home, tmp_path: Path
) -> None:
    base = engine(home, quantization)
    model = Adapter(rank=4, last_blocks=4).attach(
        weights.wake(base.model.folder(home), quantization, base.attention), 0
    )
    for name, p in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(p, generator=torch.Generator().manual_seed(0))
    adapters.save(model, tmp_path / "adapter", base.model.fingerprint(home))
    adapted = Transformers(base.model, quantization, base.attention, home)
    adapted.wake(tmp_path / "adapter")
    assert whole(adapted.stream(TURNS, GREEDY))[0] != whole(base.stream(TURNS, GREEDY))[0]
    with pytest.raises(WrongBase):
        Transformers(Random(seed=1), quantization, base.attention, home).wake(tmp_path / "adapter")


@given(script=st.lists(st.text("ab \n", min_size=1), min_size=1), most=st.integers(1, 20), times=st.integers(1, 5))
def test_the_fake_says_its_script_over_and_over_a_word_a_token(script: list[str], most: int, times: int) -> None:
    fake = Fake(script)
    fake.wake()
    for n in range(times):
        *said, last = fake.stream(TURNS, Generation(max_tokens=most))
        words = script[n % len(script)].split(" ")[:most]
        assert "".join(piece.text for piece in said) == " ".join(words)
        assert last.tokens == len(words) and last.finish == "stop" and last.tokens_per_s > 0


def test_the_fake_counts_words() -> None:
    assert Fake().count(TURNS) == sum(len(turn.text.split()) for turn in TURNS)
