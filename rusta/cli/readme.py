"""The README's tables, written from the code: `python -m rusta.cli.readme`. Each stands between `<!-- NAME -->` and `<!-- /NAME -->`."""

import re
from collections.abc import Callable

import yaml

from rusta.cli.verbs import VERBS
from rusta.cli.vocabulary import CONF, ROOT

README = CONF.parent / "README.md"


def verbs() -> str:
    """Every verb and what it does."""
    rows = [
        f"| `rusta {f'{name} {verb.takes}'.replace(' *', ' ...').strip()}` | {verb.does} |"
        for name, verb in VERBS.items()
    ]
    return "\n".join(["| command | what it does |", "|---|---|", *rows])


def root_keys() -> str:
    """The settings that belong to no organ."""
    return "\n".join(["| key | meaning |", "|---|---|", *(f"| `{key}=` | {means} |" for key, means in ROOT.items())])


def phases() -> str:
    """Phases in the order in which one follows the other: what each is for, and what is asked afterwards."""
    found = {}
    for path in (CONF / "phase").glob("*.yaml"):
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        found[path.stem] = said["phase"] | {
            "data": next(one["override /data"] for one in said["defaults"] if "override /data" in one)
        }
    order: list[str] = []
    while len(order) < len(found):
        last = order[-1] if order else None
        order.append(next(name for name, said in found.items() if said.get("follows") == last))
    rows = [
        f"| `{name}` | {found[name].get('follows') or 'the base'}{' (or the base)' * bool(found[name].get('from_base'))} | "
        f"`{found[name]['data']}` | {found[name]['purpose']} | {found[name]['question']} |"
        for name in order
    ]
    return "\n".join(["| phase | follows | data | purpose | asked afterwards |", "|---|---|---|---|---|", *rows])


TABLES: dict[str, Callable[[], str]] = {"verbs": verbs, "keys": root_keys, "phases": phases}


def readme(text: str) -> str:
    """The text with its tables as they should be. Raises `KeyError` for a table that it lacks."""
    for name, table in TABLES.items():
        block = re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->", re.DOTALL)
        if not block.search(text):
            raise KeyError(f"{README.name} has no place for the table {name!r}: <!-- {name} -->")
        told = f"<!-- {name} -->\n{table()}\n<!-- /{name} -->"
        text = block.sub(lambda _, told=told: told, text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")
