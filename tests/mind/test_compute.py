"""The type that matrices are multiplied in: decided by measured rates, kept for the processor they were measured on."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rusta.core.errors import ConfigError
from rusta.core.home import Home
from rusta.mind import compute, compute_probe, compute_rates
from rusta.mind.compute import Compute
from rusta.mind.compute_rates import Probe, Rates

ZEN3 = {"float32": Rates(67, 80, 71), "bfloat16": Rates(9.6, 0.8, 8.8)}  # one thread, GFLOP/s
AMX = {"float32": Rates(80, 75, 70), "bfloat16": Rates(900, 800, 600)}


def probe(rates: dict[str, Rates], threads: int = 1) -> Probe:
    return Probe(compute_rates.processor_description(), compute_rates.torch_version(), threads, **rates, copy=10.0)


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> None:
    """A measurement would be an error."""
    monkeypatch.setattr(compute_probe, "measure_rates", lambda *_: pytest.fail("it measured"))


def test_the_faster_type_is_chosen_and_its_reason_said(home: Home, never: None) -> None:
    for rates, fast in ((ZEN3, "float32"), (AMX, "bfloat16")):
        compute.store_probe(home, probe(rates))
        choice = Compute(threads=1).choose(home, gpu=False)
        assert choice.dtype == fast and choice.threads == 1
        assert str(rates["bfloat16"]) in str(choice) and "the faster here" in str(choice)


def test_one_slow_layout_is_enough_to_lose_and_a_tie_goes_to_the_smaller_type() -> None:
    even = Rates(100, 100, 100)
    assert probe({"float32": even, "bfloat16": Rates(200, 2, 200)}).fast == "float32"
    assert probe({"float32": even, "bfloat16": even}).fast == "bfloat16"


def test_a_slow_type_that_is_insisted_on_is_taken_with_what_it_costs(home: Home, never: None) -> None:
    compute.store_probe(home, probe(ZEN3))
    choice = Compute("bfloat16", threads=1).choose(home, gpu=False)
    assert choice.dtype == "bfloat16"
    assert "47 times as slow here as float32" in str(choice)
    even = Rates(100, 100, 100)
    compute.store_probe(home, probe({"float32": even, "bfloat16": Rates(99, 99, 99)}))
    assert "times as slow" not in str(Compute("bfloat16", threads=1).choose(home, gpu=False))


def test_a_gpu_computes_in_bfloat16_unasked_and_in_float32_if_asked(home: Home, never: None) -> None:
    assert Compute().choose(home, gpu=True).dtype == "bfloat16"
    assert Compute("float32").choose(home, gpu=True).dtype == "float32"


def test_what_nothing_was_measured_for_is_float32_where_nothing_may_be_measured(home: Home, never: None) -> None:
    choice = Compute().choose(home, gpu=False, measure=False)
    assert choice.dtype == "float32" and choice.probe is None and "nothing was measured" in str(choice)
    assert Compute("float32").choose(home, gpu=False).probe is None  # fast everywhere: no reason to measure


def test_several_processes_share_the_cores(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    assert compute.torch_threads() == 6
    assert Compute("float32").choose(home, gpu=False, processes=4).threads == 1
    assert Compute("float32").choose(home, gpu=False, processes=2).threads == 3


def test_a_real_probe_is_kept_and_not_measured_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_num_threads()
    first = replace(compute.probed(home, 1), others=0.0)
    compute.store_probe(home, first)
    assert torch.get_num_threads() == before
    monkeypatch.setattr(compute_probe, "measure_rates", lambda *_: pytest.fail("it measured"))
    assert compute.probed(home, 1) == first
    assert list(compute.all_kept(home)) == [first]
    assert compute.stored_probe(home, 2) is None  # other threads, other rates


def test_the_best_round_counts_so_that_what_else_runs_slows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, took = [0.0], iter([0.5, 0.1, 0.5, 0.5, 0.1, 0.5])

    def seconds(work: Callable[[], object]) -> float:
        clock[0] += (passed := next(took))
        return passed

    monkeypatch.setattr(compute_probe, "_seconds", seconds)
    monkeypatch.setattr(compute_probe.time, "perf_counter", lambda: clock[0])
    work = (lambda: torch.zeros(1), 10**9)
    found = compute_probe._best({(torch.float32, 0): work, (torch.float32, 1): work}, 2.0)
    assert list(found.values()) == pytest.approx([1 / 0.1, 1 / 0.1])


def test_what_was_measured_beside_other_work_is_measured_again_and_the_best_of_all_counts(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_load = replace(probe({"float32": Rates(40, 70, 2), "bfloat16": Rates(36, 34, 31)}), others=1.2)
    again = replace(probe({"float32": Rates(200, 60, 220), "bfloat16": Rates(120, 120, 10)}), others=0.9)
    quiet = probe({"float32": Rates(210, 250, 240), "bfloat16": Rates(125, 126, 131)})
    measured = iter([under_load, again, quiet])
    monkeypatch.setattr(compute_probe, "measure_rates", lambda *_: next(measured))
    assert compute.probed(home, 1).fast == "bfloat16"
    second = compute.probed(home, 1)
    assert second.float32 == Rates(200, 70, 220) and second.others == 0.9
    third = compute.probed(home, 1)
    assert third.fast == "float32" and third.quiet
    assert compute.probed(home, 1) == third  # and not measured a fourth time


def test_a_machine_without_torch_or_with_one_that_cannot_compute_is_told_and_not_died_of(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (ImportError("no torch"), RuntimeError("Found no NVIDIA driver\nmore"), AssertionError()):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(compute_probe, "measure_rates", fail)
        with pytest.raises(compute_rates.CannotProbe):
            compute.probed(home, 0, "a card")
        choice = Compute(threads=1).choose(home, gpu=False)
        assert choice.dtype == "float32" and ("torch" in choice.why)


def test_another_processor_in_the_same_home_is_measured_for_itself(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    compute.store_probe(home, probe(AMX))
    monkeypatch.setattr(compute, "processor_description", lambda: "another one")
    assert compute.stored_probe(home, 1) is None and not list(compute.all_kept(home))
    compute.store_probe(home, replace(probe(ZEN3), processor="another one"))
    assert Compute(threads=1).choose(home, gpu=False).dtype == "float32"
    monkeypatch.undo()
    assert Compute(threads=1).choose(home, gpu=False).dtype == "bfloat16"


@pytest.mark.parametrize("limit", compute_rates.LIMITS)
def test_what_the_environment_withholds_makes_it_another_processor(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in compute_rates.LIMITS:
        monkeypatch.delenv(other, raising=False)
    compute_rates.processor_description.cache_clear()
    before = compute_rates.processor_description()
    monkeypatch.setenv(limit, "AVX2")
    compute_rates.processor_description.cache_clear()
    assert compute_rates.processor_description() == f"{before} {limit}=AVX2"
    monkeypatch.undo()
    compute_rates.processor_description.cache_clear()


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"null", b"[1]", b'{"float32": {}}', b"\xff\xfe", "zero", "negative", "text", "other threads"],
    ids=str,
)
def test_a_damaged_probe_is_none(home: Home, damage: bytes | str) -> None:
    compute.store_probe(home, probe(AMX))
    (path,) = Path(home.root, "machine").glob("compute-*.json")
    if isinstance(damage, bytes):
        path.write_bytes(damage)
    else:
        said = json.loads(path.read_text())
        said |= {"zero": {"copy": 0}, "negative": {"bfloat16": dict.fromkeys(said["bfloat16"], -1)},
                 "text": {"copy": "fast"}, "other threads": {"threads": 8}}[damage]  # fmt: skip
        path.write_text(json.dumps(said))
    assert compute.stored_probe(home, 1) is None


def test_a_home_that_cannot_be_written_to_costs_time_and_nothing_else(tmp_path: Path) -> None:
    home = Home("/proc", str(tmp_path))
    compute.store_probe(home, probe(AMX))
    assert not Path("/proc/machine").exists()


@pytest.mark.parametrize(
    "wrong", [{"dtype": "float16"}, {"weights": "half"}, {"threads": -1}, {"threads": 10**6}], ids=str
)
def test_words_that_are_none_are_refused_with_those_there_are(wrong: dict) -> None:
    (name, value) = next(iter(wrong.items()))
    with pytest.raises(ConfigError, match=f"compute.{name}={value}"):
        Compute(**wrong)
