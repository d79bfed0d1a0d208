"""Every option on disk composes, names only things that exist, and gives them only what they take."""

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hydra.utils
import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.object_type import ObjectType
from hydra.errors import ConfigCompositionException, MissingConfigException
from omegaconf import DictConfig, OmegaConf

from rusta.cli.app import must_be_mode  # and with it schemas and resolvers
from rusta.cli.main import CONF

LOCAL = "local"  # conf/local/ is a person's own, and not in the repository
ABSENT = {"phase", "sweep", "launch", "mirror"}  # not in the primary defaults list: said with a plus
Composed = Callable[..., DictConfig]


def options() -> list[tuple[str, str]]:
    """(group, option) as Hydra itself finds them in conf/, which is what `--help` shows."""
    with initialize_config_dir(version_base="1.3", config_dir=str(CONF)):
        sources = GlobalHydra.instance().config_loader().get_sources()
        conf = next(source for source in sources if source.provider == "main")

        def below(group: str) -> Iterator[tuple[str, str]]:
            for name in conf.list(group, ObjectType.CONFIG):
                yield group, name
            for name in conf.list(group, ObjectType.GROUP):
                yield from below(f"{group}/{name}".lstrip("/"))

        return [option for option in below("") if option[0] and not option[0].startswith(LOCAL)]


OPTIONS = options()
GROUPS = {group: [name for of, name in OPTIONS if of == group] for group, _ in OPTIONS}
# Composing takes long, so each row takes one option of every group, and there are as many rows as the largest has.
ROWS = [
    {group: names[n % len(names)] for group, names in GROUPS.items()} for n in range(max(map(len, GROUPS.values())))
]


@pytest.fixture(scope="module")
def composed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Composes as a run would, with what only a run knows (its folder, its choices) filled in."""
    run = tmp_path_factory.mktemp("run")

    @cache
    def once(words: tuple[str, ...]) -> DictConfig:
        return compose("config", [f"home.run={run}", *words], return_hydra_config=True)

    def make(*words: str) -> DictConfig:
        cfg = once(words)
        HydraConfig.instance().set_config(cfg)
        return cfg

    with initialize_config_dir(version_base="1.3", config_dir=str(CONF)):
        yield make
    HydraConfig.instance().cfg = None


def targets(node: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every node with a `_target_`, and where it is."""
    if isinstance(node, dict):
        if "_target_" in node:
            yield at, node
        for key, value in node.items():
            yield from targets(value, f"{at}.{key}")
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from targets(value, f"{at}[{n}]")


def assert_sound(cfg: DictConfig) -> None:
    """Every `_target_` imports and its keys bind; what the mode needs resolves, and nothing in it is missing."""
    mode = OmegaConf.to_container(cfg.mode, resolve=True, throw_on_missing=True)
    whole = OmegaConf.to_container(cfg, resolve=False)
    nodes = [*targets(mode, "mode"), *targets(whole)]
    assert nodes
    for at, node in nodes:
        target = hydra.utils.get_object(node["_target_"])
        said = {key: value for key, value in node.items() if not key.startswith("_")}
        signature = inspect.signature(target)
        try:
            (signature.bind_partial if node.get("_partial_") else signature.bind)(**said)
        except TypeError as error:
            pytest.fail(f"{at}: {node['_target_']} {error}")
    must_be_mode(cfg.mode)  # what is composed is what the mode takes
    missing = OmegaConf.missing_keys(OmegaConf.masked_copy(cfg, [key for key in cfg if key != "hydra"]))
    assert not missing  # a group that is not chosen is null, never half filled


def test_there_is_an_option_for_every_file_on_disk_and_none_besides() -> None:
    files = {path.relative_to(CONF).with_suffix("") for path in CONF.rglob("*.yaml")}
    files = {path for path in files if path.parts[0] != LOCAL} - {Path("config")}
    assert {Path(group, name) for group, name in OPTIONS} == files
    assert len(OPTIONS) == len(files) > 0


def test_every_file_opens_with_what_it_means() -> None:
    dumb = [path for path in CONF.rglob("*.yaml") if LOCAL not in path.parts and not path.read_text().startswith("# ")]
    assert not dumb


@pytest.mark.parametrize("row", ROWS, ids=[f"{n} of {len(ROWS)}" for n in range(1, len(ROWS) + 1)])
def test_every_option_composes_and_is_sound(row: dict[str, str], composed: Composed) -> None:
    cfg = composed(*(f"{'+' if group in ABSENT else ''}{group}={option}" for group, option in row.items()))
    assert {group: cfg.hydra.runtime.choices[group] for group in row} == row
    assert_sound(cfg)


def test_the_rows_hold_every_option() -> None:
    assert {option for row in ROWS for option in row.items()} == set(OPTIONS)


@pytest.mark.parametrize("mode", ["train", "chat", "eval", "export"])
@pytest.mark.parametrize("phase", GROUPS["phase"])
def test_every_phase_can_be_raised_talked_to_and_judged(phase: str, mode: str, composed: Composed) -> None:
    cfg = composed(f"+phase={phase}", f"mode={mode}")
    assert cfg.hydra.runtime.choices.mode == mode
    assert cfg.phase.name == cfg.mode.phase.name == phase
    assert_sound(cfg)


@pytest.mark.parametrize("mode", ["train", "chat", "eval", "export"])
@pytest.mark.parametrize("body", GROUPS["body"])
def test_every_body_can_do_everything(body: str, mode: str, composed: Composed) -> None:
    cfg = composed(f"body={body}", f"mode={mode}")
    assert cfg.body.name == body
    assert_sound(cfg)


def test_every_phase_follows_a_phase_that_exists_and_none_follows_itself(composed: Composed) -> None:
    follows = {name: composed(f"+phase={name}", "mode=train").phase.follows for name in GROUPS["phase"]}
    assert [name for name, before in follows.items() if before is None] == ["mind"]
    for name in follows:
        line = [name]
        while (before := follows[line[-1]]) is not None:
            assert before in follows and before not in line
            line.append(before)


def test_a_phase_trains_unless_the_command_line_says_otherwise(composed: Composed) -> None:
    assert composed("+phase=personality").hydra.runtime.choices.mode == "train"
    for words in (["+phase=personality", "mode=eval"], ["mode=eval", "+phase=personality"]):
        assert composed(*words).mode._target_ == "rusta.modes.eval.Eval"


@pytest.mark.parametrize("words", [["+phase=personality"], ["+phase=personality", "hydra.mode=MULTIRUN"]])
def test_runs_are_kept_in_the_clone_or_in_her_home_and_never_in_a_persons_crate(
    words: list[str], composed: Composed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cfg = composed(*words)
    crate = tmp_path / "crate"
    crate.mkdir()
    for here, there in ((crate, tmp_path / "home/runs"), (CONF.parent, CONF.parent / "outputs")):
        monkeypatch.chdir(here)
        home = OmegaConf.merge(cfg, {"home": {"root": str(tmp_path / "home")}})
        assert Path(home.hydra.run.dir).absolute().parent == there / "train"
        assert Path(home.hydra.sweep.dir).absolute().parent == there / "sweep"


def test_the_command_line_beats_what_a_phase_says(composed: Composed) -> None:
    own = composed("+phase=personality")
    cfg = composed("+phase=personality", "data=foundation", "optimizer.lr=5e-5", "phase.passes=1")
    assert (cfg.data.name, cfg.optimizer.lr, cfg.phase.passes) == ("foundation", 5e-5, 1)
    assert (own.data.name, own.optimizer.lr, own.phase.passes) != ("foundation", 5e-5, 1)


def test_the_phase_names_the_learning_rate_and_the_model_scales_it(composed: Composed) -> None:
    for optimizer in ("muon", "adamw"):
        cfg = composed("+phase=growth", "body=laptop", f"optimizer={optimizer}")
        assert cfg.optimizer.lr == pytest.approx(cfg.phase.lr * cfg.model.lr_scale)


@pytest.mark.parametrize("words", [["body=laptop", "+phase=personality"], ["+phase=personality", "body=laptop"]])
def test_a_raised_phase_talks_on_the_engine_of_its_body(words: list[str], composed: Composed) -> None:
    assert composed("body=laptop", "mode=chat").mode.mind._target_.endswith(".LlamaCpp")
    assert composed(*words, "mode=chat").mode.mind._target_.endswith(".LlamaCpp")
    assert composed(*words, "mode=chat", "engine=transformers").mode.mind._target_.endswith(".Transformers")
    assert composed("+phase=personality", "body=rtx3090", "mode=chat").mode.mind._target_.endswith(".Transformers")


def test_a_body_is_overruled_organ_by_organ(composed: Composed) -> None:
    cfg = composed("body=rtx3090", "model=tiny", "engine=fake", "quantization=none")
    choices = cfg.hydra.runtime.choices
    assert (choices.model, choices.engine, choices.quantization, choices.trainer) == ("tiny", "fake", "none", "gpu")


def test_a_phase_that_does_not_exist_is_refused_with_those_that_do(composed: Composed) -> None:
    with pytest.raises(MissingConfigException) as refusal:
        composed("+phase=toddler")
    assert set(GROUPS["phase"]) <= set(str(refusal.value).split())


@pytest.mark.parametrize("words", [["phase=mind"], ["+phase=mind", "+phase=personality"], ["body=mars"]])
def test_what_cannot_be_said_is_refused(words: list[str], composed: Composed) -> None:
    with pytest.raises((ConfigCompositionException, MissingConfigException)):
        composed(*words)


def test_the_rank_sweep_asks_optuna_and_sweeps_over_what_exists(composed: Composed) -> None:
    cfg = composed("+sweep=rank_lr", "+phase=personality")
    assert cfg.hydra.mode.name == "MULTIRUN"
    assert cfg.hydra.runtime.choices["hydra/sweeper"] == "optuna"
    for key in cfg.hydra.sweeper.params:
        assert OmegaConf.select(cfg, key) is not None
