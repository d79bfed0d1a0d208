"""What the shape of the code is measured by: names, circles of imports, and places that reach a terminal. Reads, never imports."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

Graph = dict[str, set[str]]


def modules(root: Path, package: str) -> dict[str, Path]:
    """The modules of a package by their dotted names; a package's `__init__` has the package's own."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


def duplicate_names(known: Mapping[str, Path]) -> dict[str, list[str]]:
    """Public classes and type aliases that two or more modules define, with those modules."""
    defined = defaultdict[str, list[str]](list)
    for module, path in known.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if name := _defined(node):
                defined[name].append(module)
    return {name: where for name, where in sorted(defined.items()) if len(where) > 1}


def _defined(node: ast.stmt) -> str:
    """The public class or alias of a type that a statement defines. An alias is spelled as a type is: `Ask = Callable[...]`."""
    match node:
        case ast.ClassDef(name=name):
            found = name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            found = name if re.match(r"[A-Z][a-z]", name) else ""
        case _:
            found = ""
    return "" if found.startswith("_") else found


def shared_functions(known: Mapping[str, Path]) -> dict[str, list[str]]:
    """Public functions at the top of two or more modules, with those modules."""
    defined = defaultdict[str, list[str]](list)
    for module, path in known.items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                defined[node.name].append(module)
    return {name: where for name, where in sorted(defined.items()) if len(set(where)) > 1}


def imports(known: Mapping[str, Path]) -> Graph:
    """Which module imports which, within functions and under `TYPE_CHECKING` as well."""
    graph: Graph = {}
    for module, path in known.items():
        graph[module] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                graph[module] |= {alias.name for alias in node.names if alias.name in known}
            elif isinstance(node, ast.ImportFrom) and node.module:
                named = {f"{node.module}.{alias.name}" for alias in node.names}
                graph[module] |= {one for one in named if one in known} or ({node.module} & known.keys())
        graph[module].discard(module)
    return graph


def rooms(graph: Graph) -> Graph:
    """The same between top-level rooms: the package's second name."""
    found = defaultdict[str, set[str]](set)
    for module, others in graph.items():
        found[_room(module)] |= {_room(other) for other in others}
    return {room: others - {room} for room, others in found.items()}


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def circles(graph: Graph) -> list[list[str]]:
    """Sets of nodes each of which leads to every other (Tarjan), those of one node left out."""
    index, low, stack, found = dict[str, int](), dict[str, int](), list[str](), list[list[str]]()

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in graph:
        if node not in index:
            visit(node)
    return found


STREAMS = {"stdout", "stderr", "stdin", "__stdout__", "__stderr__", "__stdin__"}
CALLED = {"print", "input", "Console", "console", "getpass"}
TERMINALS = (
    "prompt_toolkit", "textual", "termios", "tty", "pty", "curses", "readline",
    "rich.console", "rich.progress", "rich.live", "rich.prompt",
)  # fmt: skip


def reaches_a_terminal(known: Mapping[str, Path], allowed: Iterable[str]) -> list[str]:
    """`path:line: what` of each place that prints, uses a standard stream, holds a console or a bar, or reads keys.

    `allowed` are the modules and packages that may. A console that is only named in an annotation holds nothing.
    """
    doors = tuple(allowed)
    found = []
    for module, path in known.items():
        if module.startswith(doors):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = _only_named(tree)
        for node in ast.walk(tree):
            if what := "" if id(node) in named else _reaches(node):
                found.append(f"{path}:{getattr(node, 'lineno', 0)}: {what}")
    return found


def _only_named(tree: ast.AST) -> set[int]:
    """Nodes under `if TYPE_CHECKING:`."""
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }


def _reaches(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in CALLED:
            return f"{name}()"
        case ast.Call(func=ast.Attribute(attr=name)) if name in CALLED - {"print", "input"}:
            return f"{name}()"
        case ast.Attribute(value=ast.Name(id="sys"), attr=name) if name in STREAMS:
            return f"sys.{name}"
        case ast.Import(names=names) if any(_terminal(alias.name) for alias in names):
            return "import of a terminal library"
        case ast.ImportFrom(module=str(module)) if _terminal(module):
            return f"import of {module}"
        case _:
            return ""


def _terminal(module: str) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in TERMINALS)
