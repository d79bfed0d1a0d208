"""The keys of every option, written into its file as comments: `conf/` is read as the manual.

`python -m rusta.cli.manual` writes them. Names, defaults and words are those of the dataclass or the signature that the option is
built from (the comment behind a field or a parameter), values are what the option itself sets. A test holds the files
against this, and refuses a value in a file that only repeats the default.
"""

import ast
import inspect
import io
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from rusta.cli.schema import COMPONENTS, UNTYPED
from rusta.cli.vocabulary import CONF
from rusta.mind.bodies import Body
from rusta.registry.lineage import Phase

TITLE = "# Every key, with its value here (generated: python -m rusta.cli.manual):"
BLOCK = re.compile(rf"\n*^{re.escape(TITLE)}\n(?:#.*\n?)*", re.MULTILINE)
OF_GLOBAL = {"phase": Phase, "body": Body}  # options in the global package, whose own part is a key of theirs
Maker = Callable[..., Any]  # a dataclass, or another class whose signature says its keys


@dataclass(frozen=True)
class Part:
    """What an option builds, or one of the things it builds: `prefix` is where its keys stand, `set` what the file says."""

    prefix: str
    made: Maker
    set: dict[str, Any]


@dataclass(frozen=True)
class OptionKey:
    """One setting of an option."""

    name: str
    value: str  # as YAML
    says: str
    repeated: bool  # the file sets it to what is the default anyway


def built_parts(path: Path) -> list[Part]:
    """What an option's file builds. Nothing for options of other projects' classes, and for modes."""
    group, said = path.parent.name, _set(path)
    if group in OF_GLOBAL:
        return [Part(f"{group}.", OF_GLOBAL[group], said)]
    if group in COMPONENTS:
        by_name = {f"schema_{cls.__name__.lower()}": cls for cls in COMPONENTS[group]}
        prefix = f"mode.mirrors.{path.stem}." if group == "mirror" else f"{group}."  # all mirrors are parts of one mode
        return [Part(prefix, next(by_name[base] for base in _bases(path)), said)]
    if group not in UNTYPED:
        return []
    nested = [(f"{group}.", said), *((f"{group}.{key}.", one) for key, one in said.items() if isinstance(one, dict))]
    return [Part(prefix, _named(one["_target_"]), one) for prefix, one in nested if _ours(one)]


def _ours(said: dict[str, Any]) -> bool:
    return str(said.get("_target_", "")).startswith("rusta.")


def _named(target: str) -> Maker:
    module, _, name = target.rpartition(".")
    return getattr(import_module(module), name)  # type: ignore[no-any-return]


def _bases(path: Path) -> Iterator[str]:
    """The schema names that an option begins with, those of an option it is based on last."""
    for base in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("defaults", []):
        if isinstance(base, str) and base.startswith("schema_"):
            yield base
        elif isinstance(base, str) and base != "_self_":
            yield from _bases(path.with_name(f"{base}.yaml"))


def _set(path: Path) -> dict[str, Any]:
    """What an option's file sets, on top of the option it is based on."""
    said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    below: dict[str, Any] = {}
    for base in said.get("defaults", []):
        if isinstance(base, str) and base != "_self_" and not base.startswith("schema_"):
            below |= _set(path.with_name(f"{base}.yaml"))
    own = said.get(path.parent.name, {}) if path.parent.name in OF_GLOBAL else said
    return below | {key: value for key, value in own.items() if key != "defaults"}


def keys(part: Part) -> list[OptionKey]:
    """The keys of one part. What is wired to another organ (`${...}`) is none of its settings."""
    told, found = field_comments(part.made), []
    for name, default in _defaults(part.made).items():
        value = part.set.get(name, default)
        if value is not MISSING and not str(value).startswith("${"):
            repeated = name in part.set and _spelled(part.set[name]) == _spelled(default)
            found.append(OptionKey(name, _spelled(value), told.get(name, ""), repeated))
    return found


def _defaults(made: Maker) -> dict[str, Any]:
    """Each key with its default, `MISSING` where it has none."""
    if is_dataclass(made):
        made_anew = {of.name: of.default_factory() for of in fields(made) if of.default_factory is not MISSING}
        return {of.name: made_anew.get(of.name, of.default) for of in fields(made) if of.init}
    taken = inspect.signature(made).parameters.values()
    own = [one for one in taken if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
    return {one.name: MISSING if one.default is one.empty else one.default for one in own}


def field_comments(made: Maker) -> dict[str, str]:
    """The words on each field or parameter: the comment behind it in the source, of a base class's where it has none."""
    found: dict[str, str] = {}
    for each in reversed(inspect.getmro(made)):  # type: ignore[arg-type]
        if each.__module__.startswith("rusta."):
            source = textwrap.dedent(inspect.getsource(each))
            comments = {
                token.start[0]: token.string.lstrip("# ")
                for token in tokenize.generate_tokens(io.StringIO(source).readline)
                if token.type == tokenize.COMMENT and token.string != "# fmt: skip"
            }
            for name, lines in _places(ast.parse(source).body[0]):
                found[name] = next((comments[n] for n in lines if n in comments), found.get(name, ""))
    return found


def _places(tree: ast.stmt) -> Iterator[tuple[str, range]]:
    """Fields of a class and parameters of its `__init__`, with the lines that each stands on."""
    assert isinstance(tree, ast.ClassDef)
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, range(node.lineno, (node.end_lineno or node.lineno) + 1)
        elif isinstance(node, ast.FunctionDef) and node.name == "__init__":
            for one in (*node.args.args, *node.args.kwonlyargs):
                yield one.arg, range(one.lineno, (one.end_lineno or one.lineno) + 1)


def _spelled(value: Any) -> str:
    """As one would write it on a line of YAML; a long list by its length."""
    value = value.value if isinstance(value, Enum) else value
    if value is MISSING:
        return ""
    if isinstance(value, str):
        return value or '""'
    if isinstance(value, list | tuple | dict):
        plain = list(value) if isinstance(value, tuple) else value
        text = yaml.safe_dump(plain, default_flow_style=True, width=1000).strip()
        return text if len(text) <= 60 else f"{len(value)} entries"
    return yaml.safe_dump(value).strip().removesuffix("\n...").strip()


def keys_comment(path: Path) -> str:
    """The comment that lists an option's keys; nothing for one that has none."""
    rows = [(f"{part.prefix}{key.name}", key.value, key.says) for part in built_parts(path) for key in keys(part)]
    if not rows:
        return ""
    wide = max(len(name) for name, _, _ in rows)
    values = max((len(value) for _, value, _ in rows if len(value) <= 24), default=0)
    return (
        "\n".join([TITLE, *(f"#   {name:<{wide}}  {value:<{values}}  {said}".rstrip() for name, value, said in rows)])
        + "\n"
    )


def with_keys_comment(path: Path) -> str:
    """The file's text with the block as it should be, at its end."""
    text = BLOCK.sub("\n", path.read_text(encoding="utf-8")).rstrip() + "\n"
    told = keys_comment(path)
    return f"{text}\n{told}" if told else text


def main() -> None:
    """Write every file that is not as it should be."""
    for path in sorted(CONF.glob("*/*.yaml")):
        if (text := with_keys_comment(path)) != path.read_text(encoding="utf-8"):
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
