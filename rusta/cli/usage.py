"""Explain errors in a command line in one paragraph, with what might have been meant."""

import re
from collections.abc import Sequence

from hydra.errors import HydraException, InstantiationException, MissingConfigException
from omegaconf import DictConfig
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from rusta.cli.vocabulary import ADDED, NOT_BUILT, ROOT, meant, meant_key, organs
from rusta.core import os_errors
from rusta.core.errors import RustaError

NOISE = ("object_type=", "full_key:", "reference_type=", "Config search path:", "provider=")


def explain_error(error: BaseException) -> tuple[str, int] | None:
    """Return the paragraph and exit code for an error of Rusta, the system or Hydra; None for anything else."""
    if isinstance(error, RustaError):
        return str(error), error.exit_code
    if (refused := os_errors.paragraph(error)) is not None:
        return refused, 1
    if refusal := _refusal(error) if isinstance(error, OmegaConfBaseException) else None:  # raised by our resolvers
        return str(refusal), refusal.exit_code
    if isinstance(error, InstantiationException):
        refusal = _refusal(error)
        if refusal is None and (refused := os_errors.paragraph(error, wrapped=True)) is not None:
            return refused, 1
        if refusal is None and _argument(str(error)):
            return _words(error), 2
        return (str(refusal), refusal.exit_code) if refusal else None
    if isinstance(error, ValueError) and "Unable to configure handler" in str(error):  # the run's log cannot be opened
        return (refused, 1) if (refused := os_errors.paragraph(error, wrapped=True)) else None
    if isinstance(error, RuntimeError) and 'detect "srun"' in str(error):  # submitit has no class for it
        return "+launch=slurm needs a machine of the cluster, and there is no srun here. On this one: +launch=joblib", 1
    if isinstance(error, (HydraException, OmegaConfBaseException)):
        return _words(error), 2
    return None


def _refusal(error: BaseException | None) -> RustaError | None:
    """Return the `RustaError` among an error's causes, however deep, or None."""
    while error is not None and not isinstance(error, RustaError):
        error = error.__cause__ or error.__context__
    return error


def _words(error: BaseException) -> str:
    inner = error.__cause__ or error
    told = _override(str(error), inner) or _argument(str(error)) or _found(error, inner)
    if "hydra/launcher" in str(error):
        told += " The launchers are an extra: pip install 'rusta[launch]'"
    return f"{told} (rusta --help shows what can be said)"


def _override(words: str, inner: BaseException) -> str | None:
    """Explain an invalid `key=value`, where Hydra would advise to append a misspelt key; None for other errors."""
    refused = re.search(r"Could not override '([^']+)'", words)
    if refused is None:
        exists = re.search(r"An item is already at '\+?([^']+)'", words)
        return f"{exists[1]} exists: say it without the plus." if exists else None
    key, parent = refused[1], getattr(inner, "parent_node", None)
    if key in ADDED and (said := re.search(rf"\+({key}=\S+)", words)):
        return f"There is no {key} by default, so it is said with a plus: +{said[1]}"
    if not isinstance(inner, (ConfigKeyError, ConfigAttributeError)):
        return f"There is no {key!r} to choose an option for. {meant(key, organs())}"
    group = key.rpartition(".")[0]
    inside = [name for name in (parent or ()) if isinstance(name, str) and name[0] != "_"] if group else []
    if inside:
        near = meant(key, [f"{group}.{name}" for name in inside], len(group) + 1)
        return f"There is no setting {key!r}. {near}{group} has: {', '.join(inside)}."
    every = f"There are: {', '.join(ROOT)}, and the organs."
    return f"There is no setting {key!r}. {meant_key(key) or every}".rstrip()


def _argument(words: str) -> str | None:
    """Explain a key that was appended to a component without such a parameter; None for other errors."""
    refused = re.search(r"unexpected keyword argument '(\w+)'.*?full_key: (\S+)", words, re.DOTALL)
    return f"{refused[2]} takes no {refused[1]!r}: leave {refused[2]}.{refused[1]} out." if refused else None


def _found(error: BaseException, inner: BaseException) -> str:
    """Return the messages of Hydra and OmegaConf without internals, with what may have been meant."""
    if isinstance(error, MissingConfigException) and error.options and "/" in (error.missing_cfg_file or ""):
        group, _, option = str(error.missing_cfg_file).rpartition("/")
        return _option(group, option, error.options)
    if misspelt := re.search(r"In '([^']+)': \w+ raised while composing config:\s+Key '([^']+)' not in", str(error)):
        return (
            f"{misspelt[1]}.yaml says {misspelt[2]!r}, and there is no such setting. {meant_key(misspelt[2])}".strip()
        )
    lines = [line.strip() for line in [*str(error).splitlines(), *str(inner).splitlines()[:1]]]
    lines = [line for line in dict.fromkeys(lines) if line and not line.startswith(NOISE)]
    lines = [re.sub(r"\bschema_\w+\s*", "", line) for line in lines]  # schemas are not options
    key, parent = getattr(inner, "key", None), getattr(inner, "parent_node", None)
    if isinstance(inner, (ConfigKeyError, ConfigAttributeError)) and isinstance(parent, DictConfig):
        known = [str(name) for name in parent if not str(name).startswith("_")]
        lines.append(f"{meant(str(key), known)}There are: {', '.join(known)}.")
    if invalid := re.search(r"Invalid value '([^']*)', expected one of \[(.*?)\]", " ".join(lines)):
        lines.append(meant(invalid[1], invalid[2].split(", ")).strip())
    return " ".join(filter(None, lines))


def _option(group: str, option: str, options: Sequence[str]) -> str:
    known = [name for name in options if not name.startswith("schema_")]
    unbuilt = (
        f"It is designed and not built yet: {NOT_BUILT[option]}. " if group == "mode" and option in NOT_BUILT else ""
    )
    return f"There is no {group}/{option}. {unbuilt or meant(option, known)}There are: {', '.join(known)}."
