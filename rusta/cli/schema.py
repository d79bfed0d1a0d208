"""The typed schema of the configuration, derived from the components' dataclasses, the one source of each default.

`python -m rusta.cli.schema` writes `settings.json`, the list of every setting, for completion and "did you mean".
"""

import json
from collections.abc import Iterator
from copy import copy
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, make_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import yaml
from hydra.core.config_store import ConfigStore

from rusta.cli.vocabulary import CONF, INNER, SETTINGS
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.core.output import Output
from rusta.data.mix import Mix, Replay
from rusta.evaluation.trust.figures import Trust
from rusta.identity.identity import Identity
from rusta.loop.gates.permissions import Approve
from rusta.loop.narration import Narration
from rusta.loop.read.library_answers import Answers
from rusta.memory.recall.ephemeral import Ephemeral
from rusta.memory.recall.recall import Memory
from rusta.mind.adapters import Adapter
from rusta.mind.attention import Attention
from rusta.mind.bodies import Body
from rusta.mind.compute import Compute
from rusta.mind.engines.endpoint import Endpoint
from rusta.mind.engines.fake import Fake
from rusta.mind.engines.llama_cpp import LlamaCpp
from rusta.mind.engines.transformers import Transformers
from rusta.mind.export import kinds
from rusta.mind.mind import Generation
from rusta.mind.model import Folder, Gguf, Nobody, Random
from rusta.mind.quantization import NF4, Unquantised
from rusta.mirror.upstream import Upstream
from rusta.modes.library import LibraryQuery
from rusta.modes.mirror import MirrorQuery
from rusta.modes.sessions import SessionQuery
from rusta.modes.upgrade import UpgradeQuery
from rusta.registry.lineage import Phase
from rusta.tools.sandbox import Confinement
from rusta.tools.toolchain import NoToolchain, Toolchain
from rusta.training.optim.schedule import Constant, Cosine
from rusta.training.reading_plan import Reading
from rusta.ui.journal.arguments import JournalArguments

PLAIN = (int, float, str, bool, NoneType)

# Config group -> the dataclasses that its options build. An option's YAML starts with `schema_<class>`.
COMPONENTS: dict[str, tuple[type, ...]] = {
    "adapter": (Adapter,),
    "attention": (Attention,),
    "body": (),
    "compute": (Compute,),
    "data": (Mix,),
    "engine": (Transformers, LlamaCpp, Endpoint, Fake),
    "export": (kinds.Nf4, kinds.GgufForm, kinds.Bf16, kinds.Lora, kinds.MergedNf4),
    "generation": (Generation,),
    "home": (Home,),
    "identity": (Identity,),
    "memory": (Memory, Ephemeral),
    "mirror": (Upstream,),
    "model": (Gguf, Folder, Random, Nobody),
    "network": (Network,),
    "quantization": (NF4, Unquantised),
    "reading": (Reading,),
    "replay": (Replay,),
    "sandbox": (Confinement,),
    "scheduler": (Cosine, Constant),
    "toolchain": (Toolchain, NoToolchain),
    "trust": (Trust,),
}

# Groups whose options target Lightning's and torch's classes: their signatures are the schema.
UNTYPED = ("optimizer", "trainer", "callbacks", "logger")


@dataclass
class Root:
    """The settings that belong to no config group."""

    seed: int = 0
    prompt: str | None = None
    output: Output = Output.text
    resume: str | None = None
    init_from: str | None = None
    workspace: str | None = None
    approve: Approve | None = None
    narration: Narration = Narration.normal
    answers: Answers = Answers.grounded
    phase: Any = None
    mode: Any = field(default_factory=dict)
    devlog: JournalArguments = field(default_factory=JournalArguments)
    sessions: SessionQuery = field(default_factory=SessionQuery)
    library: LibraryQuery = field(default_factory=LibraryQuery)
    mirrors: MirrorQuery = field(default_factory=MirrorQuery)
    upgrade: UpgradeQuery = field(default_factory=UpgradeQuery)


def shape(cls: type) -> type:
    """Return a component's structured config: its typed fields, and its `_target_`."""
    target = ("_target_", str, field(default=f"{cls.__module__}.{cls.__qualname__}"))
    own = [(f.name, _type(f.type), _default(f)) for f in fields(cls) if f.init]
    return make_dataclass(cls.__name__, [target, *own], kw_only=True)


def register() -> None:
    """Register every schema in Hydra's ConfigStore. Idempotent."""
    store = ConfigStore.instance()
    organs = [(group, Any, field(default=None)) for group in (*COMPONENTS, *UNTYPED)]
    store.store(name="schema", node=make_dataclass("Rusta", organs, bases=(Root,), kw_only=True))
    for group, classes in COMPONENTS.items():
        for cls in classes:
            store.store(group=group, name=f"schema_{cls.__name__.lower()}", node=shape(cls))
    # Options of these two groups are global packages that set other groups, too; their own part still has a schema.
    store.store(group="phase", name="schema_phase", package="phase", node=shape(Phase))
    store.store(group="body", name="schema_body", package="body", node=shape(Body))


def _type(annotation: Any) -> Any:
    """Return the annotation if OmegaConf can enforce it, and Any for a component built from a config of its own."""
    if annotation in PLAIN or (isinstance(annotation, type) and issubclass(annotation, Enum)):
        return annotation
    if get_origin(annotation) in (list, dict) and all(argument in PLAIN for argument in get_args(annotation)):
        return annotation
    if isinstance(annotation, UnionType) and all(argument in PLAIN for argument in get_args(annotation)):
        return annotation
    return Any


def _default(of: Any) -> Any:
    if of.default is MISSING and of.default_factory is MISSING:
        return field()
    if is_dataclass(of.default_factory):  # a component with a config group of its own
        return field(default=None)
    return copy(of)


def collect_settings() -> dict[str, list[str]]:
    """Return every setting by dotted key, with its allowed values, if restricted.

    A key that ends in a dot stands for any key below it.
    """
    typed = {group: classes for group, classes in COMPONENTS.items() if classes and group not in INNER} | {
        "phase": (Phase,),
        "body": (Body,),
    }
    found = {
        f.name: _values(f.type)
        for f in fields(Root)
        if f.name not in ("phase", "mode", "devlog", "sessions", "library", "mirrors", "upgrade")
    }
    for group, classes in typed.items():
        for own in (own for cls in classes for own in fields(cls) if own.init):
            found[f"{group}.{own.name}{'' if _is_one(own.type) else '.'}"] = _values(own.type)
    for group in (*UNTYPED, "mode"):
        for path in sorted((CONF / group).glob("*.yaml")):
            said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            found |= {key: [] for key in _leaves(group, said.get("mode", {}) if group == "mode" else said)}
    found |= {f"{group}.": [] for group in UNTYPED} | {"hydra.": []}
    return {key: found[key] for key in sorted(found)}


def _leaves(at: str, node: Any) -> Iterator[str]:
    """Yield the dotted keys set in a file, without its wiring: `_target_` and such, and a mode's interpolations."""
    if isinstance(node, dict):
        for key, value in node.items():
            if str(key)[0] != "_" and key not in ("defaults", "hydra"):
                yield from _leaves(f"{at}.{key}", value)
    elif at.count(".") and not (at.startswith("mode.") and str(node).startswith("${")):
        yield at


def _is_one(annotation: Any) -> bool:
    """Return whether the annotation is a plain value or an enum, possibly optional, with nothing nested in it."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return all(kind in PLAIN or (isinstance(kind, type) and issubclass(kind, Enum)) for kind in kinds)


def _values(annotation: Any) -> list[str]:
    """Return the values that a setting is restricted to, as they are typed; empty where it is not restricted."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    if bool in kinds and str not in kinds:
        return ["true", "false"]
    return [one.value for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum) for one in kind]


if __name__ == "__main__":
    SETTINGS.write_text(json.dumps(collect_settings(), indent=0) + "\n", encoding="utf-8")
