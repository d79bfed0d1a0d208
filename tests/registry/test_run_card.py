"""The run card says what one needs to repeat a run."""

import subprocess
from importlib.metadata import version
from pathlib import Path

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

import rusta
from rusta.registry import run_card

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc_", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(facts=st.dictionaries(st.text("abcdef", min_size=1), plain, max_size=5))
@example(facts={"a": "\x85"})
@example(facts={"a": "one\u2028two\u2029"})
def test_a_card_comes_back_as_it_was_written(facts: dict, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("run")
    run_card.write(folder, facts)
    assert yaml.safe_load((folder / "run.yaml").read_text(encoding="utf-8")) == facts
    assert [path.name for path in folder.iterdir()] == ["run.yaml"]


@given(one=plain, other=plain)
def test_the_digest_is_of_the_value_and_not_of_the_order_of_its_keys(one: object, other: object) -> None:
    assert run_card.digest({"a": one, "b": other}) == run_card.digest({"b": other, "a": one})
    if run_card.json.dumps(one, sort_keys=True) != run_card.json.dumps(other, sort_keys=True):
        assert run_card.digest(one) != run_card.digest(other)


def test_origins_name_the_versions_that_run_and_the_commit() -> None:
    found = run_card.origins()
    assert found["versions"]["torch"] == version("torch") and found["versions"]["rusta"] == version("rusta")
    root = Path(rusta.__file__).resolve().parent.parent
    if not (root / ".git").exists():
        assert found["commit"] is None and found["changed"] is None
        return
    head = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()
    assert found["commit"] == head and isinstance(found["changed"], bool)
