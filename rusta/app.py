"""Compose her, build the mode she is asked for, and let it run. The only module that sees a config object."""

import difflib
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rusta.errors import RustaError
from rusta.schema import register
from rusta.verbs import translate, with_body

HERE = Path(__file__).resolve().parent
CONF = next(folder for folder in (HERE / "conf", HERE.parent / "conf") if folder.is_dir())  # installed, or a clone

register()
OmegaConf.register_new_resolver("mul", lambda a, b: float(a) * float(b), replace=True)
OmegaConf.register_new_resolver("not", lambda value: not value, replace=True)


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="config")
def main(cfg: DictConfig) -> float | None:
    """Build the mode, hand it what it may remember of its settings, and run it."""
    mode = hydra.utils.instantiate(cfg.mode)
    if hasattr(mode, "settings"):
        mode.settings = _settings(cfg)
        if HydraConfig.get().mode is RunMode.MULTIRUN:
            mode.sweep = str(Path(HydraConfig.get().sweep.dir).resolve())
    return mode.run()


def cli() -> None:
    """The console script. Exit 0 done, 1 refused, 2 bad usage, 130 interrupted; one paragraph on stderr says why."""
    # Hydra would print its own version of our refusals; with this set it lets them through to us.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    # Deprecations between libraries are for our tests to see, where every warning is an error, and not for a person.
    warnings.simplefilter("ignore")
    try:
        words, choice = with_body(translate(sys.argv[1:]))
        if choice and _says_more_than_help(words):
            print(choice, file=sys.stderr)
        sys.argv[1:] = words
        main()
    except RustaError as refusal:
        _leave(str(refusal), refusal.exit_code)
    except InstantiationException as wrapped:
        cause = _cause(wrapped, RustaError)
        if cause is None:
            raise
        _leave(str(cause), cause.exit_code)
    except (HydraException, OmegaConfBaseException) as wrong:
        _leave(_explain(wrong), 2)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:  # whoever read our stdout has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as error:
        if error.errno != 28:  # ENOSPC
            raise
        _leave(f"The disk is full ({error.filename or 'while writing'}). What was whole before is whole still. Make room "
               "and run the same command again.", 1)  # fmt: skip


def _leave(words: str, code: int) -> None:
    print(words, file=sys.stderr)
    raise SystemExit(code)


def _says_more_than_help(words: list[str]) -> bool:
    return not set(words) & {"--help", "-h", "--cfg", "-c", "--info", "-i"}


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


def _cause(error: BaseException, kind: type[RustaError]) -> RustaError | None:
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, kind):
            return at
        at = at.__cause__ or at.__context__
    return None


def _explain(wrong: BaseException) -> str:
    """Hydra's or OmegaConf's words in one paragraph, with what might have been meant."""
    lines = [line.strip() for line in str(wrong).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("object_type=", "full_key:", "reference_type="))]
    inner = wrong.__cause__ or wrong
    key, parent = getattr(inner, "key", None), getattr(inner, "parent_node", None)
    if key is not None and OmegaConf.is_config(parent):
        known = [str(name) for name in parent if not str(name).startswith("_")]
        close = difflib.get_close_matches(str(key), known, 1)
        meant = f"Did you mean {close[0]!r}? " if close else ""
        lines.append(f"{meant}There are: {', '.join(known)}.")
    detail = [str(inner).splitlines()[0]] if inner is not wrong and str(inner).splitlines()[:1] else []
    words = " ".join(dict.fromkeys([*lines, *detail]))
    return f"{words} (rusta --help shows what can be said)"
