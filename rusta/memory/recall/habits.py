"""Habits: procedural entries recalled automatically when their trigger (`when`) matches the situation.

`when: E0502`, `when: clippy::redundant_clone`, `when: crate:burn`, `when: item:rand::thread_rng` (the request, the code in
it or a diagnostic names that item of a crate that is in use), `when: src/ffi/**` (a path pattern), or several, separated
by `|` or as a list. No search is involved and wording does not matter: the error code alone is enough.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

CODE = re.compile(r"\bE\d{4}\b")
LINT = re.compile(r"\b(?:clippy|rustdoc)::[a-z_]+")
WARNING = re.compile(r"#\[(?:warn|deny|forbid|allow|expect)\(([a-z_:, ]+)\)\]")
PATH = re.compile(r"[\w.-]++(?:/[\w.-]++)*+")
FILE = re.compile(r"[\w.-]+\.\w+")  # matches the last component of a path
PLAIN_FILE = re.compile(r"(?<![\w-])-*+(\w[\w-]*+\.(?:rs|toml)\b)")


@dataclass(frozen=True)
class HabitSituation:
    """The current situation: the text, and the codes, lints, crates and paths from tools and the workspace.

    `told` is what tools said (rendered diagnostics), `needed` the crates that the workspace depends on.
    """

    text: str = ""
    codes: tuple[str, ...] = ()
    lints: tuple[str, ...] = ()
    crates: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    repo: str = ""  # the workspace, as entries name it
    told: str = ""
    needed: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, crates: Iterable[str] = (), paths: Iterable[str] = ()) -> "HabitSituation":
        """Build a situation, with the codes, lints and paths found in the text (e.g. a pasted diagnostic)."""
        levels = [lint.strip() for group in WARNING.findall(text) for lint in group.split(",")]
        lints = dict.fromkeys([*LINT.findall(text), *levels])
        named = dict.fromkeys([*_paths(text), *paths])
        return cls(text, tuple(dict.fromkeys(CODE.findall(text))), tuple(lints), tuple(crates), tuple(named))


@dataclass(frozen=True)
class When:
    """One pattern of a `when`."""

    pattern: str
    kind: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", kind(self.pattern))

    def fires(self, now: HabitSituation) -> str | None:
        """Return the code, lint, crate, item or path of the situation that the pattern matches, or None."""
        said = self.pattern.removeprefix(f"{self.kind}:").strip()
        if self.kind == "item":
            return said if _names_item(said, now) else None
        among = {"code": now.codes, "lint": now.lints, "crate": now.crates, "path": now.paths}[self.kind]
        return next((one for one in among if MATCHES[self.kind](said, one)), None)


def _paths(text: str) -> Iterator[str]:
    """Find file paths in a text: folders and a name with an extension, or a bare `.rs` or `.toml` file name."""
    for path in PATH.findall(text):
        names = path.split("/")
        while len(names) > 1 and not FILE.match(names[-1]):
            names.pop()
        if len(names) > 1 and (file := FILE.match(names[-1])):
            yield "/".join([*names[:-1], file[0]])
        else:
            yield from PLAIN_FILE.findall(path)


def kind(pattern: str) -> str:
    """Return the kind of a pattern: code, crate, item, path or lint."""
    for said in ("crate", "item", "path", "lint", "code"):
        if pattern.startswith(f"{said}:") and not pattern.startswith(f"{said}::"):
            return said
    if CODE.fullmatch(pattern.upper()):
        return "code"
    return "path" if re.search(r"[/*?]|\.\w+$", pattern) else "lint"


def _lint(said: str, one: str) -> bool:
    """Whether two lint names match: the tool prefix may be missing in `said`; case and `-`/`_` do not matter."""
    said, one = (name.lower().replace("-", "_") for name in (said, one))
    return said == one or ("::" not in said and one.rpartition("::")[2] == said)


def _path(said: str, one: str) -> bool:
    """Match as in .gitignore: without a slash against the file name, with one against the path or its end."""
    one = one.replace("\\", "/").removeprefix("./")
    if "/" not in said:
        return fnmatchcase(one.rpartition("/")[2], said)
    said = said.removeprefix("./").replace("**/", "*").replace("**", "*")
    return fnmatchcase(one, said) or fnmatchcase(one, f"*/{said}")


def _names_item(path: str, now: HabitSituation) -> bool:
    """Whether the text or what tools said names an item, and its crate is in use or named as well."""
    crate, _, rest = path.replace("-", "_").partition("::")
    name = rest.rpartition("::")[2]
    said = f"{now.text}\n{now.told}"
    if not name or not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said):
        return False
    in_use = {one.replace("-", "_") for one in (*now.crates, *now.needed)}
    return crate in in_use or bool(re.search(rf"(?<!\w){re.escape(crate)}(?!\w)", said))


MATCHES = {
    "code": lambda said, one: said.upper() == one.upper(),
    "lint": _lint,
    "crate": lambda said, one: said.lower().replace("-", "_") == one.lower().replace("-", "_"),
    "path": _path,
}
