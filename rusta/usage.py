"""What was wrong with a command line, in one paragraph, with what might have been meant."""

import difflib
import re

from hydra.errors import HydraException, InstantiationException
from omegaconf import DictConfig
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from rusta import os_errors
from rusta.errors import RustaError

NOISE = ("object_type=", "full_key:", "reference_type=", "Config search path:", "provider=")


def explain(error: BaseException) -> tuple[str, int] | None:
    """The paragraph and the exit code for a refusal, ours, the system's or Hydra's; None for anything else."""
    if isinstance(error, RustaError):
        return str(error), error.exit_code
    if (refused := os_errors.paragraph(error)) is not None:
        return refused, 1
    if refusal := _refusal(error) if isinstance(error, OmegaConfBaseException) else None:  # of one of our resolvers
        return str(refusal), refusal.exit_code
    if isinstance(error, InstantiationException):
        refusal = _refusal(error)
        if refusal is None and (refused := os_errors.paragraph(error, wrapped=True)) is not None:
            return refused, 1
        return (str(refusal), refusal.exit_code) if refusal else None
    if isinstance(error, ValueError) and "Unable to configure handler" in str(error):  # the run's log cannot be opened
        return (refused, 1) if (refused := os_errors.paragraph(error, wrapped=True)) else None
    if isinstance(error, RuntimeError) and 'detect "srun"' in str(error):  # submitit has no class for it
        return "+launch=slurm needs a machine of the cluster, and there is no srun here. On this one: +launch=joblib", 1
    if isinstance(error, (HydraException, OmegaConfBaseException)):
        return _words(error), 2
    return None


def _refusal(error: BaseException | None) -> RustaError | None:
    """The refusal of ours that was wrapped, however deep."""
    while error is not None and not isinstance(error, RustaError):
        error = error.__cause__ or error.__context__
    return error


def _words(error: BaseException) -> str:
    inner = error.__cause__ or error
    lines = [line.strip() for line in [*str(error).splitlines(), *str(inner).splitlines()[:1]]]
    lines = [line for line in dict.fromkeys(lines) if line and not line.startswith(NOISE)]
    lines = [re.sub(r"\bschema_\w+\s*", "", line) for line in lines]  # shapes, not options
    key, parent = getattr(inner, "key", None), getattr(inner, "parent_node", None)
    if isinstance(inner, (ConfigKeyError, ConfigAttributeError)) and isinstance(parent, DictConfig):
        known = [str(name) for name in parent if not str(name).startswith("_")]
        close = difflib.get_close_matches(str(key), known, 1)
        lines.append(f"{f'Did you mean {close[0]}? ' if close else ''}There are: {', '.join(known)}.")
    if "hydra/launcher" in str(error):
        lines.append("The launchers are an extra: pip install 'rusta[launch]'")
    return f"{' '.join(lines)} (rusta --help shows what can be said)"
