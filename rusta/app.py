"""Compose her, build the mode she is asked for, and let it run. The only module that sees a config object."""

import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rusta import composed
from rusta.cli import CONF, hang_up, leave
from rusta.errors import ConfigError
from rusta.field_types import fits, is_part, may_be_null
from rusta.field_types import said as said_kind
from rusta.home import resolved, standard
from rusta.schema import register
from rusta.usage import explain
from rusta.verbs import escaped, parted

register()
OmegaConf.register_new_resolver("mul", lambda a, b: float(a) * float(b), replace=True)
OmegaConf.register_new_resolver("home", lambda: str(standard()), replace=True)
OmegaConf.register_new_resolver("not", lambda value: not value, replace=True)
OmegaConf.register_new_resolver("organs", lambda: _organs(), replace=True)
# For what a person says: Hydra resolves what it instantiates twice, and would expand a "${" in it the second time.
OmegaConf.register_new_resolver("literal", escaped, replace=True)
OmegaConf.register_new_resolver("said", lambda node: dict(node.items()), replace=True)  # a dict is resolved once


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(cfg: DictConfig) -> float | None:
    """Build the mode and run it. What it refuses leaves as an exit code: Hydra would add words of its own."""
    try:
        return _live(cfg)
    except BrokenPipeError:
        hang_up()
    except Exception as error:
        known = explain(error)
        if known is None:
            raise
        leave(*known)


def _live(cfg: DictConfig) -> float | None:
    with _leaving_at_once():
        must_be_mode(cfg.mode)
        # The sandbox hides her home, and what is started from here has the same one: also with home.root=PATH.
        os.environ["RUSTA_HOME"] = str(resolved(cfg.home.root if cfg.home else None))
        mode = hydra.utils.instantiate(cfg.mode)
    if HydraConfig.get().runtime.choices["mode"] in composed.LIGHT:
        words, said = parted(sys.argv[1:])
        composed.remember(words, CONF, OmegaConf.to_container(cfg.mode, resolve=True, enum_to_str=True), said)
    if hasattr(mode, "settings"):
        mode.settings = _settings(cfg)
        if HydraConfig.get().mode is RunMode.MULTIRUN:
            mode.sweep = str(Path(HydraConfig.get().sweep.dir).resolve())
    return mode.run()


def must_be_mode(said: DictConfig) -> None:
    """Refuse what no mode can be built of: another target, a part that is null, a list for a number. Raises `ConfigError`."""
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
            raise ConfigError(f"mode.{key}={now} is not what mode={known[target]} takes there: {said_kind(kind)}.")


def _target(path: Path) -> str:
    """What the option of a mode builds."""
    found = re.search(r"^  _target_: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


@contextmanager
def _leaving_at_once() -> Iterator[None]:
    """Within, nothing has begun and Ctrl-C ends the process: seconds of imports make other errors of it, or abort."""
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _organs() -> str:
    """Every group with its options, for the help: Hydra's own list would show the schemas as well."""
    groups = sorted(folder for folder in CONF.iterdir() if folder.is_dir() and folder.name not in ("hydra", "local"))
    added = ("phase", "sweep", "launch")
    return "\n".join(
        f"  {('+' if group.name in added else '') + group.name:<14}{', '.join(sorted(p.stem for p in group.glob('*.yaml')))}"
        for group in groups
    )


def _settings(cfg: DictConfig) -> dict[str, Any]:
    """What was composed, as plain data; an interpolation that cannot be resolved in this mode stays as it is written."""
    whole = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in ("mode", "home", "output", "prompt")])
    found = OmegaConf.to_container(whole)
    assert isinstance(found, dict)
    for key, part in whole.items_ex(resolve=False):
        try:
            found[key] = OmegaConf.to_container(part, resolve=True) if OmegaConf.is_config(part) else whole[key]
        except OmegaConfBaseException:
            continue
    return {str(key): value for key, value in found.items()}
