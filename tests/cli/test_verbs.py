"""What people type reaches Hydra as it was meant, and free text arrives as it was written."""

import hydra.utils
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import assume, example, given
from hypothesis import strategies as st
from omegaconf import OmegaConf

import rusta.cli.app  # noqa: F401  resolvers
from rusta.cli.verbs import LITERAL, VERBS, translate, with_body
from rusta.core.errors import ConfigError

# Anything that a command line can carry; weighted towards what two grammars would take for their own.
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.text(st.sampled_from("\\'\"${}=,[]():;~@+-/ \n\tna1.é→")),
    st.lists(st.sampled_from(["\\", "'", '"', "${", "}", "$", "x", "oc.env:HOME", "\n", " ", "null", "[", ","])).map("".join),
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", []),
        ("hello", ["mode=hello"]),
        ("chat", ["mode=chat"]),
        ("chat seed=3 resume=last", ["mode=chat", "seed=3", "resume='last'"]),
        ("ask why does E0382 exist?", ["mode=chat", "prompt='why does E0382 exist?'"]),
        ("ask output=json why?", ["mode=chat", "prompt='why?'", "output=json"]),
        ("raise personality", ["+phase=personality"]),
        ("raise personality adapter.rank=8,16 -m", ["+phase=personality", "adapter.rank=8,16", "-m"]),
        ("judge personality", ["+phase=personality", "mode=eval"]),
        ("raise mind ~callbacks.samples", ["+phase=mind", "~callbacks.samples"]),
        ("export personality", ["+phase=personality", "mode=export"]),
        ("export personality export=bf16", ["+phase=personality", "mode=export", "export=bf16"]),
        ("fetch", ["mode=fetch", "network=online"]),
        ("fetch network=offline", ["mode=fetch", "network=online", "network=offline"]),
        ("doctor output=json", ["mode=doctor", "output=json"]),
        ("doctor --cfg job", ["mode=doctor", "--cfg", "job"]),
        ("ask why? --cfg job -p mode", ["mode=chat", "prompt='why?'", "--cfg", "job", "-p", "mode"]),
        ("mode=chat", ["mode=chat"]),
        ("raise mind home.run=/a=b", ["+phase=mind", "hydra.run.dir='/a=b'", "hydra.sweep.dir='/a=b'"]),
        ("+phase=mind mode=eval", ["+phase=mind", "mode=eval"]),
        ("~callbacks.samples ++seed=1", ["~callbacks.samples", "++seed=1"]),
        ("--help", ["--help"]),
    ],
)
def test_a_verb_is_short_for_overrides_and_settings_stay_in_their_order(said: str, meant: list[str]) -> None:
    assert translate(said.split()) == meant


@pytest.mark.parametrize(
    ("said", "needle"),
    [
        ("sing", ", ".join(VERBS)),
        ("ask", "TEXT is missing"),
        ("raise", "PHASE is missing"),
        ("judge output=json", "PHASE is missing"),
        ("raise mind personality", "one phase"),
        ("doctor please", "'please'"),
        ("chat job --cfg", "'job'"),
    ],
)
def test_a_verb_that_is_unknown_or_incomplete_is_bad_usage(said: str, needle: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        translate(said.split())
    assert needle in str(refusal.value)
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ([], 0),
        (["mode=chat"], 0),
        (["--cfg", "job"], 0),
        (["--info"], 0),
        (["-m", "+phase=mind,personality"], 1),
        (["--cfg", "job", "+phase=mind"], 2),
        (["+phase=mind", "--cfg", "job", "-p", "optimizer"], 0),
        (["--help"], 0),
    ],
)
def test_a_body_is_put_where_hydra_reads_overrides_in_one_run(words: list[str], at: int) -> None:
    with_it, line = with_body(words)
    assert with_it[:at] + with_it[at + 1 :] == words
    assert with_it[at].startswith("body=")
    assert line and with_it[at].removeprefix("body=") in line


@pytest.mark.parametrize("words", [["body=tiny"], ["seed=1", "body=tiny,laptop", "-m"], ["-sc", "install=bash"]])
def test_a_body_that_is_named_or_of_no_use_is_left_alone(words: list[str]) -> None:
    assert with_body(words) == (words, None)


@given(key=st.sampled_from([*LITERAL, "++prompt"]), text=TEXT)
@example("prompt", "")
@example("prompt", "null")
@example("prompt", r"\${x} '\' ${oc.env:HOME}\\")
@example("prompt", "{a: [1, 2]}, choice(x, y)")
@example("prompt", "\\\n")
def test_free_text_arrives_as_it_was_written(key: str, text: str) -> None:
    assume(text != "null" or key == "prompt")  # for the others it means "as if it had not been said"
    assert read(*translate([f"{key}={text}"])) == text


@given(text=TEXT)
@example("null")
@example("a=b")
def test_what_is_asked_by_a_verb_arrives_too(text: str) -> None:
    mode, *words = translate(["ask", "Well:", text])
    assume(len(words) == 1)  # else the text looks like key=value or a flag, and a verb takes it for that
    assert (mode, read(*words)) == ("mode=chat", f"Well: {text}")


@given(text=TEXT)
def test_a_prompt_survives_what_instantiate_does_to_it(text: str) -> None:
    cfg = OmegaConf.create({"prompt": None, "mode": {"_target_": "builtins.dict", "prompt": "${literal:${prompt}}"}})
    cfg.prompt = parsed(*translate([f"prompt={text}"]))
    assert hydra.utils.instantiate(cfg.mode) == {"prompt": text}


def parsed(word: str) -> object:
    """The value of an override as Hydra's own parser reads it."""
    return OverridesParser.create().parse_override(word).value()


def read(word: str) -> object:
    """The value of an override as the program sees it: parsed by Hydra, resolved by OmegaConf."""
    cfg = OmegaConf.create({"key": None})
    OmegaConf.update(cfg, "key", parsed(word))
    return cfg.key
