"""A person's own options of mirrors: `conf/mirror/NAME.yaml` in the home, with the keys of `Upstream`.

One of a name that is offered anyway changes the keys it gives. Read here and not by Hydra: which options there are is not known
when the mode is composed. Not covered: interpolations, and other options under `defaults`.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from rusta.core.errors import ConfigError
from rusta.core.field_types import fits, format_annotation
from rusta.core.regular_file import read_file
from rusta.mirror.upstream import NAME, STD, Upstream

LARGEST_OPTION = 1 << 16  # bytes
MOST_OPTIONS = 200
HYDRAS = ("defaults", "_target_", "_convert_")  # keys that the project's own files have beside those of `Upstream`


def own_upstreams(folder: Path, offered: Mapping[str, Upstream]) -> dict[str, Upstream]:
    """Return the offered mirrors with a person's own. Raises `ConfigError`, which names the file and the key."""
    found = dict(offered)
    for file in sorted(folder.glob("*.yaml"))[:MOST_OPTIONS]:
        if not NAME.fullmatch(file.stem) or file.stem == STD:
            raise ConfigError(
                f"{file}: {file.stem} is no name for a mirror: small letters, digits, - and _, and not std."
            )
        found[file.stem] = _option(file, found.get(file.stem))
    return found


def _option(file: Path, base: Upstream | None) -> Upstream:
    said, kinds = _read(file), {of.name: of.type for of in fields(Upstream)}
    for key, value in said.items():
        if key not in kinds:
            raise ConfigError(f"{file}: there is no key {key}. There are: {', '.join(kinds)}.")
        if not fits(value, kinds[key]):
            raise ConfigError(f"{file}: {key}={value} is not what stands there: {format_annotation(kinds[key])}.")
    if base is None and "address" not in said:
        raise ConfigError(f"{file} has no address. It is https://HOST/PATH, or a folder: address: /PATH")
    if str(said.get("address", "")).startswith("~"):
        said["address"] = str(Path(said["address"]).expanduser())
    for one, other in (("branch", "release"), ("release", "branch")):
        if said.get(one) is not None:
            said.setdefault(other, None)  # it follows one of the two
    try:
        return replace(base, **said) if base else Upstream(**said)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from None


def _read(file: Path) -> dict[str, Any]:
    import yaml

    try:
        said = yaml.safe_load(read_file(file, LARGEST_OPTION).decode())
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise ConfigError(f"{file} cannot be read: {' '.join(str(error).split())}. Mend it, or delete it.") from None
    if not isinstance(said, dict):
        raise ConfigError(f"{file} holds no keys. It reads like: address: https://HOST/PATH")
    return {str(key): value for key, value in said.items() if key not in HYDRAS}
