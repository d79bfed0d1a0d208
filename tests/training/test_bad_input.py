"""What can go wrong while she learns ends in a paragraph that names it, and costs nothing that was saved."""

import errno
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from rusta.core.errors import ConfigError
from rusta.core.home import Home, NoRoom
from rusta.data.render import IGNORED, Example
from rusta.mind import adapters, weights
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.bodies import Body
from rusta.mind.model import Random
from rusta.mind.packing import pack
from rusta.mind.quantization import NF4, Unquantised
from rusta.registry.lineage import Phase
from rusta.training import tensor_files
from rusta.training.budget import out_of_memory
from rusta.training.callbacks.progress import Progress
from rusta.training.callbacks.samples import Samples
from rusta.training.reading_plan import Reading

SMALL = ["body=tiny", "+phase=personality", "reading.longest=192", "reading.tokens=4500", "~callbacks.samples"]
SMALL += ["callbacks.checkpoints.every=1", "~callbacks.development"]

# `python -m rusta`, killed as by the power switch while the checkpoint of the given step is being written.
KILLED = """
import os, runpy, signal, sys
sync = os.fsync
def fsync(fd):
    if "step-{step:06d}" in os.readlink(f"/proc/self/fd/{{fd}}"):
        os.kill(os.getpid(), signal.SIGKILL)
    sync(fd)
os.fsync = fsync
runpy.run_module("rusta", run_name="__main__")
"""


def rusta(home: Path, *words: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    command = ["-c", code] if code else ["-m", "rusta"]
    environment = {**os.environ, "RUSTA_HOME": str(home)}
    return subprocess.run([sys.executable, *command, *words], cwd=home.parent, env=environment, capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)  # fmt: skip


def paragraph(done: subprocess.CompletedProcess[str], *needles: str) -> None:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr and "Error executing" not in done.stderr, done.stderr
    assert not [needle for needle in needles if needle not in done.stderr], done.stderr


def steps(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "checkpoints").iterdir())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "home"


@pytest.fixture(scope="module")
def killed(home: Path) -> Path:
    """A run that was killed while it saved its fourth step."""
    run = home.parent / "killed"
    done = rusta(home, *SMALL, f"hydra.run.dir={run}", code=KILLED.format(step=4))
    assert done.returncode == -9, done.stderr
    return run


def test_a_kill_while_saving_leaves_the_checkpoints_before_it(killed: Path) -> None:
    *unfinished, before, last = steps(killed)
    assert (before, last) == ("step-000002.ckpt", "step-000003.ckpt")
    assert [tensor_files.readable(killed / "checkpoints" / name) for name in (before, last)] == [None, None]
    assert len(unfinished) == 1 and unfinished[0].startswith(".step-000004.ckpt.")


def test_broken_checkpoints_are_passed_over_with_a_line_and_refused_when_none_is_left(home: Path, killed: Path) -> None:
    newest, before = (killed / "checkpoints" / f"step-00000{n}.ckpt" for n in (3, 2))
    good = before.read_bytes()
    middle = bytearray(newest.read_bytes())
    middle[len(middle) // 2] ^= 1  # a bit that fell over: the file opens, and torch would load it
    newest.write_bytes(middle)
    before.write_bytes(good[:-100])
    words = [*SMALL, f"resume={killed}", f"hydra.run.dir={home.parent / 'unused'}"]
    paragraph(
        rusta(home, *words),
        "step-000003.ckpt is broken",
        "step-000002.ckpt is broken",
        "Begin anew: rusta +phase=personality",
    )

    before.write_bytes(good)
    done = rusta(home, *words)
    assert done.returncode == 0, done.stderr
    assert "step-000003.ckpt is broken" in done.stderr and "from step-000002.ckpt" in done.stderr
    assert all(name.startswith("step-") for name in steps(killed))  # what was half written is gone


def test_a_loss_that_is_no_number_stops_the_run_and_names_the_pages_and_the_batch(home: Path) -> None:
    run = home.parent / "nan"
    done = rusta(home, *SMALL, "optimizer.lr=1e30", f"hydra.run.dir={run}")
    paragraph(done, "in step 2 is", "The loss of batch 2", "optimizer.lr=", "kept the last checkpoint")
    named = done.stderr.split("It read: ")[1].split(". I stopped")[0].split(", ")
    assert len(named) == 2 and all("/" in name for name in named)  # reading.width, as one would look for them
    assert steps(run) == ["step-000001.ckpt"]
    assert tensor_files.readable(run / "checkpoints/step-000001.ckpt") is None


# `python -m rusta`, whose last step is infinitely long.
OVERSHOT = """
import runpy
from rusta.training.optim.schedule import Cosine
Cosine.factor = lambda self, step, steps: float("inf") if step == steps - 1 else 1.0
runpy.run_module("rusta", run_name="__main__")
"""


def test_what_the_last_step_ruined_does_not_take_the_place_of_a_life(tmp_path: Path) -> None:
    home = tmp_path / "home"
    life = home / "life/personality/run.yaml"
    life.parent.mkdir(parents=True, exist_ok=True)
    life.write_text("margin: 0.1\n")
    done = rusta(home, *SMALL, f"hydra.run.dir={tmp_path / 'run'}", code=OVERSHOT)
    paragraph(done, "After the last step", "nan", "optimizer.lr=")
    assert life.read_text() == "margin: 0.1\n" and not (life.parent / "adapter").exists()


def test_a_disk_that_fills_while_saving_costs_nothing_that_was_saved(home: Path) -> None:
    disk = home.parent / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=260m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("mounting a small disk is not permitted here")
    try:
        run, rest = disk / "run", disk / "rest"
        words = [*SMALL, "reading.tokens=40000", f"hydra.run.dir={run}"]
        process = subprocess.Popen([sys.executable, "-m", "rusta", *words], cwd=home.parent, text=True,
                                   env={**os.environ, "RUSTA_HOME": str(home)}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # fmt: skip
        while process.poll() is None and not list(run.glob("checkpoints/step-*")):
            time.sleep(0.02)
        with rest.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while file.write(bytes(size)):
                        pass
                except OSError as error:
                    assert error.errno == errno.ENOSPC
        said = process.communicate()[1]
        paragraph(subprocess.CompletedProcess("rusta", process.returncode, "", said), "disk is full", "resume=last")
        kept = list((run / "checkpoints").iterdir())
        assert kept and all(path.name.startswith("step-") and tensor_files.readable(path) is None for path in kept)
        rest.unlink()
        done = rusta(home, *words[:-1], "reading.tokens=40000", "resume=last", f"hydra.run.dir={disk / 'unused'}")
        assert done.returncode == 0, done.stderr
        assert "I go on with" in done.stderr
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("size", [100, 10_000, 400_000])
def test_a_file_that_does_not_fit_leaves_the_one_before_it(size: int, tmp_path: Path) -> None:
    path = tmp_path / "checkpoints" / "step.ckpt"
    tensor_files.save({"old": 1}, path)
    code = (
        f"import resource, torch; from pathlib import Path; from rusta.training import tensor_files\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        f"try:\n    tensor_files.save({{'new': torch.ones(200_000)}}, Path({str(path)!r}))\n"
        f"except tensor_files.NoRoom as refusal:\n    print(refusal)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "The disk is full: step.ckpt" in done.stdout, done.stderr
    assert torch.load(path) == {"old": 1} and list(path.parent.iterdir()) == [path]


def test_an_adapter_that_does_not_fit_at_the_end_is_told_with_the_way_to_go_on(tmp_path: Path) -> None:
    code = (
        "import resource, torch; from pathlib import Path\n"
        "from safetensors.torch import save_file; from rusta.training import tensor_files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        f"at = Path({str(tmp_path)!r})\n"
        "try:\n    with tensor_files.told('what was learned', at):\n"
        "        save_file({'new': torch.ones(200_000)}, at / 'adapter.safetensors')\n"
        "except tensor_files.NoRoom as refusal:\n    print(refusal)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "what was learned did not fit" in done.stdout and "resume=last" in done.stdout, done.stderr


def test_no_room_is_told_apart_from_other_errors() -> None:
    assert tensor_files.full(OSError(errno.ENOSPC, "No space left on device"))
    assert not tensor_files.full(OSError(errno.EACCES, "Permission denied"))
    assert not tensor_files.full(RuntimeError("shapes do not match"))
    assert issubclass(NoRoom, Exception)


class TestMemory:
    def test_the_allocators_refusal_becomes_the_plans_sentence_and_the_change_that_fits(self) -> None:
        with (
            pytest.raises(
                out_of_memory.Outgrown,
                match=r"13\.8 GB\. Read less at once: reading\.width=2 reading\.accumulate=4\.$",
            ),
            out_of_memory.in_words(Reading(width=4, accumulate=2), lambda: "The plan said 13.8 GB."),
        ):
            torch.empty(1 << 55)  # the true words of the allocator

    def test_pythons_own_too(self) -> None:
        with pytest.raises(out_of_memory.Outgrown, match="none left"), out_of_memory.in_words(Reading()):
            raise MemoryError

    def test_other_errors_stay_what_they_are(self) -> None:
        with pytest.raises(RuntimeError, match="shapes"), out_of_memory.in_words(Reading()):
            raise RuntimeError("shapes do not match")

    @pytest.mark.parametrize(
        ("reading", "said"),
        [
            (Reading(width=4, accumulate=1), "reading.width=2 reading.accumulate=2"),
            (Reading(width=3, accumulate=2), "reading.width=1 reading.accumulate=6"),
            (Reading(width=1, longest=2048), "reading.longest=1024"),
            (Reading(width=1, longest=16), "reading.longest=16"),
        ],
    )
    def test_a_step_reads_the_same_pages_where_it_can(self, reading: Reading, said: str) -> None:
        assert out_of_memory.less(reading) == said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("weights")
    return Random(blocks=3).folder(Home(str(at / "home"), str(at / "run")))


def base(folder: Path) -> Any:
    return weights.wake(folder, Unquantised(), Attention("sdpa"))


@pytest.fixture
def saved(folder: Path, tmp_path: Path) -> Path:
    adapters.save(Adapter(rank=4, last_blocks=2).attach(base(folder), seed=0), tmp_path / "adapter", "these")
    return tmp_path / "adapter"


class TestAnotherAdapter:
    def test_what_fits_is_let_through(self, saved: Path) -> None:
        adapters.check(saved, "these", Adapter(rank=4, last_blocks=2), 3)

    def test_of_another_base(self, saved: Path) -> None:
        with pytest.raises(adapters.WrongBase, match="trained on weights these"):
            adapters.check(saved, "others", Adapter(rank=4, last_blocks=2), 3)

    @pytest.mark.parametrize(
        ("wanted", "said"),
        [
            (Adapter(rank=8, last_blocks=2), "adapter.rank=4"),
            (Adapter(rank=4, last_blocks=1), "adapter.last_blocks=2"),
            (Adapter(rank=4, last_blocks=2, dora=False), "adapter.dora=true"),
            (Adapter(rank=4, last_blocks=2, projections=["q_proj"]), "adapter.projections=[down_proj,gate_proj,"),
        ],
    )
    def test_of_another_shape_is_refused_with_the_words_that_take_it_as_it_is(
        self, wanted: Adapter, said: str, saved: Path
    ) -> None:
        with pytest.raises(adapters.WrongAdapterShape) as refusal:
            adapters.check(saved, "these", wanted, 3)
        assert said in str(refusal.value)

    @pytest.mark.parametrize("way", [NF4(), NF4(double_quant=False)])
    def test_raised_on_the_same_weights_held_in_another_way(self, way: NF4, saved: Path) -> None:
        wanted = Adapter(rank=4, last_blocks=2)
        adapters.check(saved, "these", wanted, 3, Unquantised())
        with pytest.raises(
            adapters.WrongBase, match=r"raised under quantization=none, .*as she was: quantization=none"
        ):
            adapters.check(saved, "these", wanted, 3, way)

    def test_on_blocks_that_are_not_the_last(self, saved: Path) -> None:
        path = saved / "adapter_config.json"
        path.write_text(path.read_text().replace("[\n    1,\n    2\n  ]", "[0, 1]"))
        with pytest.raises(adapters.WrongAdapterShape, match="on blocks 0, 1 of 3, and I train the last ones"):
            adapters.check(saved, "these", Adapter(rank=4, last_blocks=2), 3)

    @pytest.mark.parametrize("kept", [0, 4, 200, -4])
    def test_cut_short(self, kept: int, saved: Path, folder: Path) -> None:
        path = saved / adapters.FILE
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(adapters.BrokenAdapter, match=r"adapter_model\.safetensors cannot be read"):
            adapters.check(saved, "these", Adapter(rank=4, last_blocks=2), 3)
        with pytest.raises(adapters.BrokenAdapter):
            adapters.load(base(folder), saved, "these")

    def test_with_a_part_missing(self, saved: Path, folder: Path) -> None:
        parts = load_file(saved / adapters.FILE)
        name = next(iter(parts))
        save_file({other: value for other, value in parts.items() if other != name}, saved / adapters.FILE)
        with pytest.raises(adapters.BrokenAdapter, match="lacks 1 parts"):
            adapters.load(base(folder), saved, "these")

    @pytest.mark.parametrize("text", ["", "{}", "[]", '{"r": 4'])
    def test_with_a_description_that_is_none(self, text: str, saved: Path) -> None:
        (saved / "adapter_config.json").write_text(text)
        with pytest.raises(adapters.BrokenAdapter, match=r"adapter_config\.json cannot be read"):
            adapters.check(saved, "these", Adapter(rank=4, last_blocks=2), 3)

    def test_saving_over_one_that_cannot_be_finished_keeps_it(self, saved: Path, folder: Path) -> None:
        class Full:
            config = None

            def get_base_model(self) -> "Full":
                return self

            def save_pretrained(self, folder: str) -> None:
                Path(folder, adapters.FILE).write_bytes(b"half")
                raise OSError(errno.ENOSPC, "No space left on device")

        before = (saved / adapters.FILE).read_bytes()
        with pytest.raises(OSError, match="No space left"):
            adapters.save(Full(), saved, "these")  # type: ignore[arg-type]
        assert (saved / adapters.FILE).read_bytes() == before


def test_projections_that_are_none_are_refused_with_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"adapter\.projections=\[\]: at least one .*q_proj"):
        Adapter(projections=[])
    with pytest.raises(ConfigError, match=r"no \['lm_head'\]"):
        Adapter(projections=["lm_head"])


def test_more_blocks_than_there_are_is_said(folder: Path) -> None:
    assert Adapter(last_blocks=16).reach(base(folder)) == "all 3 blocks: there are no 16, as adapter.last_blocks asks"
    assert Adapter(last_blocks=2).reach(base(folder)) == "the last 2 of 3 blocks"
    assert Adapter(last_blocks=16).layers(3) == [0, 1, 2]


def test_a_pack_knows_its_pages_wherever_it_is() -> None:
    page = Example([1, 2], [IGNORED, 2], [True, True], "dialogues/one")
    assert pack([page, Example([3], [3], [True]), page]).to(torch.device("cpu")).names == (
        "dialogues/one",
        "dialogues/one",
    )


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Body("mine", memory_gb=0), "body.memory_gb=0"),
        (lambda: Body("mine", memory_gb=math.nan), "body.memory_gb=nan"),
        (lambda: Body("mine", tokens=-3), "body.tokens=-3"),
        (lambda: Phase("mine", "", "", tokens=0), "phase.tokens=0"),
        (lambda: Phase("mine", "", "", passes=-1), "passes=-1"),
        (lambda: Progress("mine", every=0), "callbacks.progress.every=0"),
        (lambda: Samples(every=0, tokens=80), "callbacks.samples.every=0"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_by_their_names(build: Callable[[], object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build()


def test_a_seed_that_numpy_does_not_take_is_refused(home: Path) -> None:
    done = rusta(home, *SMALL, "seed=-1")
    assert done.returncode == 2 and "seed=-1" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("wrong", ["devices=-1", "precision=foo", "prefix_cache_gb=abc"])
def test_what_lightning_cannot_be_is_refused_in_a_paragraph(wrong: str, home: Path) -> None:
    done = rusta(home, *SMALL, f"trainer.{wrong}")
    assert done.returncode == 2 and f"trainer.{wrong}" in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_folder_whose_card_is_no_runs_is_not_gone_on_with(home: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "run.yaml").write_text("phase: personality\n")
    done = rusta(home, *SMALL, f"resume={tmp_path}")
    paragraph(done, "run.yaml", "lacks", "settings")


def test_a_prefix_cache_that_does_not_fit_is_refused_before_anything_is_woken(home: Path) -> None:
    done = rusta(home, *SMALL, "trainer.prefix_cache=disk", "trainer.prefix_cache_gb=0.001")
    paragraph(done, "tokens takes 2.", "MB, and trainer.prefix_cache_gb=0.001", "trainer.prefix_cache=none")
    assert "parameters learn" not in done.stderr
