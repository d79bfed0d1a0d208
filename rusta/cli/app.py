"""Compose the config, build the requested mode and run it. The only module that handles config objects."""

import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rusta.cli import config_cache
from rusta.cli.leaving import exit_with_message, hang_up, settle_in
from rusta.cli.schema import register
from rusta.cli.usage import explain_error
from rusta.cli.verbs import escaped, parted
from rusta.cli.vocabulary import CONF, folders, is_read, meant_key
from rusta.core.deferred_parts import deferred
from rusta.core.errors import ConfigError
from rusta.core.field_types import fits, format_annotation, is_part, may_be_null
from rusta.core.home import resolved, standard
from rusta.core.output import aside, is_first_process

register()
OmegaConf.register_new_resolver("mul", lambda a, b: float(a) * float(b), replace=True)
OmegaConf.register_new_resolver("home", lambda: str(standard()), replace=True)
OmegaConf.register_new_resolver("own_conf", lambda: [f"file://{folder}" for folder in folders()[1:]], replace=True)
OmegaConf.register_new_resolver("runs", lambda root: str(runs(root)), replace=True)
OmegaConf.register_new_resolver("not", lambda value: not value, replace=True)
# For the user's text: Hydra resolves what it instantiates twice, and would expand a "${" in it the second time.
OmegaConf.register_new_resolver("literal", escaped, replace=True)
OmegaConf.register_new_resolver("said", lambda node: dict(node.items()), replace=True)  # a dict is resolved once
OmegaConf.register_new_resolver("deferred", lambda node: _deferred(node), replace=True)


def _deferred(node: Any) -> Any:
    """Return a part's settings as plain data, which a light mode builds when it needs it."""
    return deferred(OmegaConf.to_container(node, resolve=True, enum_to_str=True)) if OmegaConf.is_config(node) else node


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(cfg: DictConfig) -> float | None:
    """Build the mode and run it. A refusal becomes an exit code here: Hydra would add text of its own."""
    try:
        return _live(cfg)
    except BrokenPipeError:
        hang_up()
    except Exception as error:
        known = explain_error(error)
        if known is None:
            raise
        _leave_no_folder()
        exit_with_message(*known)


def _live(cfg: DictConfig) -> float | None:
    _check_appended()
    with _leaving_at_once():
        must_be_mode(cfg.mode)
        _announce(HydraConfig.get().runtime.choices["mode"])
        # The sandbox hides the home folder, and child processes use the same one, also with home.root=PATH.
        os.environ["RUSTA_HOME"] = str(resolved(cfg.home.root if cfg.home else None))
        settle_in(standard())
        mode = hydra.utils.instantiate(cfg.mode)
    if HydraConfig.get().runtime.choices["mode"] in config_cache.LIGHT:
        words, said = parted(sys.argv[1:])
        config_cache.remember(words, CONF, OmegaConf.to_container(cfg.mode, resolve=True, enum_to_str=True), said)
    if hasattr(mode, "settings"):
        mode.settings = _settings(cfg)
        if HydraConfig.get().mode is RunMode.MULTIRUN:
            mode.sweep = str(Path(HydraConfig.get().sweep.dir).resolve())
    return mode.run()


def _announce(mode: str) -> None:
    """Print a line before seconds of imports, in the modes that need them."""
    if mode in ("train", "eval", "export") and "torch" not in sys.modules and is_first_process():
        aside("Loading torch and Lightning ...")


def must_be_mode(said: DictConfig) -> None:
    """Raise `ConfigError` for a mode that cannot be built: unknown target, null for a component, list for a number."""
    target = said.get("_target_")
    known = {_target(path): path.stem for path in (CONF / "mode").glob("*.yaml")}
    if target not in known:
        raise ConfigError(f"mode._target_={target} is no mode. There are: mode={', '.join(sorted(known.values()))}")
    takes = {of.name: of for of in fields(hydra.utils.get_class(target))}
    wanted = {name for name, of in takes.items() if of.default is MISSING and of.default_factory is MISSING}
    for key in sorted({str(key) for key in said if not str(key).startswith("_")} | wanted):
        if key not in takes:
            raise ConfigError(f"mode={known[target]} takes no {key!r}. It takes: {', '.join(takes)}.")
        value, kind = said.get(key), takes[key].type
        value = OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
        right = isinstance(value, dict) and "_target_" in value if is_part(kind) else fits(value, kind)
        if not (may_be_null(takes[key]) if value is None else right):
            now = "null" if value is None else value
            raise ConfigError(
                f"mode.{key}={now} is not what mode={known[target]} takes there: {format_annotation(kind)}."
            )


def _target(path: Path) -> str:
    """Return the `_target_` (class path) in a mode's YAML file."""
    found = re.search(r"^  _target_: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


@contextmanager
def _leaving_at_once() -> Iterator[None]:
    """Make Ctrl-C end the process at once within the block, where no work has begun yet.

    An interrupt during seconds of imports would surface as other errors, or abort the process.
    """
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def runs(root: str) -> Path:
    """Return where runs put their folders: `outputs/` inside the project's own clone, elsewhere `runs/` in the home."""
    clone = CONF.parent
    if (clone / "pyproject.toml").is_file() and Path.cwd().resolve().is_relative_to(clone):
        return clone / "outputs"
    return resolved(root) / "runs"


def _leave_no_folder() -> None:
    """Remove the folders that Hydra created for a refused run, unless the run itself wrote something there."""
    config = HydraConfig.get()
    if config.output_subdir is None:
        return  # a mode without output: its run folder is the working directory
    made = [(Path(config.runtime.output_dir), {config.output_subdir, "rusta.log"})]
    if config.mode is RunMode.MULTIRUN:
        made.append((Path(config.sweep.dir).absolute(), {"multirun.yaml"}))
    for folder, own in made:
        if not folder.is_dir() or not {path.name for path in folder.iterdir()} <= own:
            return
        shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # a folder that holds other runs is not empty, and stays
        for above in folder.parents:
            if above.name not in ("train", "sweep", "outputs", "runs"):
                return
            above.rmdir()


def _check_appended() -> None:
    """Raise `ConfigError` for a key that was appended with `+` and that nothing reads."""
    said = HydraConfig.get().overrides.task
    for word in said:
        key = word.partition("=")[0]
        if key[:1] != "+" or (key := key.lstrip("+").partition("@")[0]) in HydraConfig.get().runtime.choices:
            continue
        if key.startswith("mode."):  # `must_be_mode` checks these, and lists the mode's settings
            continue
        if not is_read(key) and not any(f"${{{key}" in other for other in said):
            raise ConfigError(f"Nothing reads {word!r}. {meant_key(key)}(rusta --help shows what can be said)")


def _settings(cfg: DictConfig) -> dict[str, Any]:
    """Return the composed config as plain data; an interpolation that this mode cannot resolve is left as written."""
    whole = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in ("mode", "home", "output", "prompt")])
    found = OmegaConf.to_container(whole)
    assert isinstance(found, dict)
    for key, part in whole.items_ex(resolve=False):
        try:
            found[key] = OmegaConf.to_container(part, resolve=True) if OmegaConf.is_config(part) else whole[key]
        except OmegaConfBaseException:
            continue
    return {str(key): value for key, value in found.items()}
