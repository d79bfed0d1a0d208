"""Cargo's own errors as diagnostics: of a manifest, the workspace, the lock file, a build script, or a program it lacks.

Where cargo fails before rustc was asked, there is no JSON: only text on stderr, an "error:" line and its causes. Each
such error becomes a `Diagnostic` with a stable code (`Fault`), one line of text, and the place in the manifest that it
is about. `facts` gives the names in it (a dependency, a feature, a path), so that nobody reads cargo's sentences twice.

Source: cargo 1.95's messages. Not covered: cargo's texts in versions whose wording differs are `cargo::unknown`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from rusta.tools.diagnostics import Child, Diagnostic, Level
from rusta.tools.fault_places import FaultPlaces

LONGEST = 64_000  # characters of stderr that are read, from its start
MESSAGE = 700  # characters of a diagnostic's message
NAMED = 3  # packages in one sentence
SHOWN = 60  # lines of what is shown of one error


class Fault(StrEnum):
    """What cargo complains of. The order matters: the first pattern that occurs decides (`PATTERNS`)."""

    outside_workspace = "cargo::outside-workspace"
    two_roots = "cargo::two-workspace-roots"
    same_name = "cargo::two-packages-of-one-name"
    no_root = "cargo::no-workspace-root"
    workspace_dependency = "cargo::missing-workspace-dependency"
    workspace_key = "cargo::missing-workspace-key"
    edition = "cargo::unknown-edition"
    rust_version = "cargo::rust-version"
    feature_member = "cargo::unknown-feature-member"  # a feature includes what is neither a dependency nor a feature
    dependency_feature = "cargo::unknown-dependency-feature"
    target_file = "cargo::missing-target-file"
    no_targets = "cargo::no-targets"
    duplicate_target = "cargo::duplicate-target"
    dependency_name = "cargo::dependency-name"
    dependency_version = "cargo::dependency-version"
    dependency_path = "cargo::missing-dependency-path"
    dependency_source = "cargo::dependency-without-source"
    cycle = "cargo::cyclic-dependency"
    member = "cargo::missing-member"
    target_name = "cargo::no-such-target"
    lock_file = "cargo::lock-file"
    configuration = "cargo::configuration"
    missing_library = "cargo::missing-system-library"
    missing_program = "cargo::missing-program"
    build_script = "cargo::build-script-failed"
    link = "cargo::link-failed"
    toml = "cargo::invalid-toml"
    manifest = "cargo::invalid-manifest"
    unknown = "cargo::unknown"


PATTERNS: dict[Fault, tuple[str, ...]] = {
    Fault.outside_workspace: (
        r"believes it's in a workspace when it's not:\s+current: +(?P<manifest>\S.*)\s+workspace: +(?P<root>\S.*)",
    ),
    Fault.two_roots: (r"multiple workspace roots found in the same workspace:\s+(?P<folder>\S.*)\s+(?P<root>\S.*)",),
    Fault.same_name: (r"two packages named `(?P<name>[^`]+)` in this workspace:\s+- (?P<other>.+)\s+- (?P<manifest>.+)",),
    Fault.no_root: (r"error inheriting `(?P<key>[^`]+)` from [\s\S]{0,200}failed to find a workspace root",),
    Fault.workspace_dependency: (
        r"error inheriting `(?P<name>[^`]+)` from workspace root manifest's `workspace\.dependencies\.",
        r"`dependency\.(?P<name>[^`]+)` was not found in `workspace\.dependencies`",
    ),
    Fault.workspace_key: (
        r"error inheriting `(?P<key>[^`]+)` from workspace root manifest's `workspace\.(?P<path>[^`]+)`",
    ),
    Fault.edition: (
        r"supported edition values are .{1,80}but `(?P<edition>[^`]*)` is unknown",
        r"older than the `(?P<edition>[^`]*)` edition",
    ),
    Fault.rust_version: (
        r"(?P<name>[\w-]+)@\S+ requires rustc (?P<version>[\w.+-]+)",
        r"package `(?P<name>[\w-]+) v[^`]*` cannot be built because it requires rustc (?P<version>[\w.+-]+)",
    ),
    Fault.feature_member: (
        r"feature `(?P<feature>[^`]+)` includes `(?P<member>[^`]+)`(?: which is neither|, but `(?P<name>[^`]+)` is not)",
    ),
    Fault.dependency_feature: (
        r"package `(?P<package>[^`]+)` depends on `(?P<name>[^`]+)` with feature `(?P<feature>[^`]+)` but",
    ),
    Fault.target_file: (
        r"can't find (?P<kind>\w+)(?: `(?P<name>[^`]+)`)? at path `(?P<path>[^`]+)`",
        r"can't find `(?P<name>[^`]+)` (?P<kind>\w+) at `(?P<path>[^`]+)`",
        r"couldn't read `(?P<path>[^`]+)`",
    ),
    Fault.no_targets: (r"no targets specified in the manifest",),
    Fault.duplicate_target: (r"found duplicate (?P<kind>\w+) name (?P<name>[^\s,]+)",),
    Fault.dependency_name: (
        r"no matching package (?:named `(?P<name>[^`]+)` )?found\s+(?:searched package name: `(?P<name2>[^`]+)`\s+)?"
        r"(?:perhaps you meant:\s+(?P<meant>\S+)\s+)?location searched: (?P<location>(?!crates\.io|Git repository|registry|`)[^\n]*)",
    ),
    Fault.dependency_version: (
        r"failed to select a version for the requirement `(?P<name>[^\s`]+) = \"(?P<wanted>[^\"]*)\"[^`]*`\s+"
        r"candidate versions found which didn't match: (?P<found>[^\s,]+)[^\n]*\s+"
        r"location searched: (?P<location>(?!crates\.io|Git repository|registry|`)[^\n]*)",
    ),
    Fault.dependency_path: (
        r"failed to load manifest for dependency `(?P<name>[^`]+)`\s+Caused by:\s+"
        r"failed to read `(?P<path>[^`]+)`\s+Caused by:\s+No such file",
        r"failed to get `(?P<name>[^`]+)` as a dependency of package [\s\S]{0,2000}"
        r"failed to read `(?P<path>[^`]+)`\s+Caused by:\s+No such file",
    ),
    Fault.dependency_source: (
        r"dependency \((?P<name>[^)]+)\) spec",
        r"failed to parse the version requirement `[^`]*` for dependency `(?P<name>[^`]+)`",
    ),
    Fault.cycle: (r"cyclic package dependency: package `(?P<name>[^\s`]+)",),
    Fault.member: (
        r"failed to load manifest for workspace member `(?P<folder>[^`]+)`\s+referenced by workspace at `(?P<root>[^`]+)`"
        r"\s+Caused by:\s+failed to read `(?P<manifest>[^`]+)`\s+Caused by:\s+No such file",
    ),
    Fault.target_name: (
        r"no (?P<kind>\w+) target named `(?P<name>[^`]+)`",
        r"no (?P<kind>lib|library|bin) targets? found in package `(?P<name>[^`]+)`",
        r"a bin target must be available",
    ),
    Fault.lock_file: (r"failed to parse lock file at: (?P<path>.+)",),
    Fault.configuration: (r"could not load Cargo configuration",),
    Fault.missing_library: (
        r"system library `(?P<name>[^`]+)` required by crate",
        r"(?:Package|package) '?(?P<name>[\w.+-]+)'?,? (?:was )?not found in the pkg-config search path",
        r"[Cc]ould not find (?:directory of )?(?P<name>OpenSSL) installation",
        r"unable to find library -l(?P<name>[\w.+-]+)",
        r"cannot find -l(?P<name>[\w.+-]+)",
        r"library not found for -l(?P<name>[\w.+-]+)",
    ),
    Fault.missing_program: (
        r"linker `(?P<name>[^`]+)` not found",
        r"The (?P<name>pkg-config) command could not be found",
        r"(?P<name>pkg-config) exited with status code 127",
        r"Could not find `(?P<name>protoc)`",
        r"failed to find tool \"?(?P<name>[\w.+-]+)\"?",
        r"is `(?P<name>[\w.+-]+)` not installed\?",
        r"Unable to find (?P<name>libclang)",
    ),
    Fault.build_script: (
        r"failed to run custom build command for `(?P<name>[^\s`]+) ",
        r"invalid output in build script of `(?P<name>[^\s`]+) ",
    ),
    Fault.link: (r"^(?:error: )?linking with `[^`]+` failed",),
    Fault.toml: (r"^ *--> (?P<manifest>[^\n]*Cargo\.toml):(?P<line>\d+):(?P<column>\d+)$",),
    Fault.manifest: (
        r"failed to (?:parse|load|read) (?:the )?manifest", r"\Aerror: [^\n]{0,200}\bmanifest\b", r"was not valid utf-8",
    ),
}  # fmt: skip
_KNOWN = {fault: tuple(re.compile(one, re.M) for one in patterns) for fault, patterns in PATTERNS.items()}
# What this machine lacks: no change of the code mends it.
LACKING = (Fault.rust_version, Fault.missing_library, Fault.missing_program)
# Told by the text of rustc's error or by the script, whatever cargo says around it.
_SCRIPT = (Fault.missing_library, Fault.missing_program)
_GENERIC = re.compile(
    r"\Aerror: (?:failed to (?:parse|load|read) manifest [^\n]*(?:\nreferenced by workspace at [^\n]*)?\s*)\Z"
)
# What cargo says when it is done with the failures that rustc reported.
_SUMMARY = re.compile(
    r"^error: (?:could not compile|build failed|test failed, to rerun|doctest failed, to rerun|\d+ targets? failed:)"
)
_RAN = re.compile(r"^ +(?:Running|Doc-tests) ", re.M)
_HEAD = re.compile(
    r"^(?:(?P<error>error)(?:\[|:)|warning(?:\[|:)| *(?:Checking|Compiling|Finished|Fresh|Dirty|Blocking|Locking|Updating"
    r"|Adding|Downloading|Downloaded|Documenting|Preparing|Building|Scanning) )",
    re.M,
)
_ADVICE = re.compile(r"^(?:this may be fixable by|Alternatively, to|As a reminder, you're) .*$", re.M)


def from_stderr(said: str, folder: Path, root: Path, errors: bool) -> list[Diagnostic]:
    """Return cargo's own errors in its stderr. `errors` says that rustc's were told in JSON.

    Places are relative to `folder`, where cargo ran; `root` is the workspace's. Where rustc reported nothing and cargo's
    errors are unknown, there is one diagnostic with the code `cargo::unknown`. What a program prints that cargo started
    (`cargo run`, a test) is none of cargo's errors.
    """
    if _RAN.search(said):
        return []
    blocks = list(_blocks(said[:LONGEST]))
    own = [block for block in blocks if not _SUMMARY.match(block)]
    if len(own) > 1:  # an error of the syntax, and what failed because of it
        own = [block for n, block in enumerate(own) if not (n and _GENERIC.match(block))]
    if not own and not errors:
        own = blocks[:1] or [said[:LONGEST].strip() or "cargo failed, and gave no reason"]
    places = FaultPlaces(folder, root)
    return list(dict.fromkeys(_diagnostic(block, places) for block in own))


def typed(error: Diagnostic) -> Diagnostic:
    """Return an error of rustc's with a fault's code, if it is about linking: rustc gives it none, and no place."""
    if error.level is not Level.error or error.code or error.spans:
        return error
    told = "\n".join([error.message, *(child.message for child in error.children)])
    fault = next((one for one in (*_SCRIPT, Fault.link) if _found(one, told)), None)
    return replace(error, code=fault.value) if fault and "link" in error.message else error


def of_this_machine(said: str) -> bool:
    """Return whether cargo's stderr is about the manifests here, though it mentions that it may not use the network."""
    faults = {_fault(block) for block in _blocks(said[:LONGEST]) if not _SUMMARY.match(block)}
    return bool(faults) and not faults & {Fault.unknown, Fault.manifest}


def facts(error: Diagnostic) -> dict[str, str]:
    """Return the names in an error of cargo's: `name`, `feature`, `path` and others, as its pattern calls them."""
    fault = next((one for one in Fault if one == error.code), Fault.unknown)
    return _said(_found(fault, error.rendered))


def _said(found: re.Match[str] | None) -> dict[str, str]:
    said = {key: value for key, value in found.groupdict().items() if value} if found else {}
    if "name2" in said:
        said["name"] = said.pop("name2")
    if said.get("kind") == "binary":
        said["kind"] = "bin"
    return said


def _blocks(said: str) -> Iterator[str]:
    """Yield each error with its causes. A block ends at the next error, warning, or line of cargo's progress."""
    heads = list(_HEAD.finditer(said))
    for n, head in enumerate(heads):
        if head["error"]:
            yield said[head.start() : heads[n + 1].start() if n + 1 < len(heads) else None].strip()


def _fault(block: str) -> Fault:
    script = "--- stderr" in block or "--- stdout" in block
    order = [*_SCRIPT, *Fault] if script else [one for one in Fault if one not in _SCRIPT]
    return next((fault for fault in order if _found(fault, block)), Fault.unknown)


def _found(fault: Fault, text: str) -> re.Match[str] | None:
    return next((found for pattern in _KNOWN.get(fault, ()) if (found := pattern.search(text))), None)


def _diagnostic(block: str, places: FaultPlaces) -> Diagnostic:
    fault = _fault(block)
    told = "\n".join(places.short(block).split("\n")[:SHOWN])
    said = _said(_found(fault, block))
    span = places.span(fault.value, said, block)
    built = re.search(r"(?:build command for|build script of) `([\w-]+) v", block)
    package = built[1] if built else said.get("name", "") if fault is Fault.rust_version else places.package(span)
    helps = tuple(Child(Level.help, one, ()) for one in re.findall(r"^ *help: (.+)$", told, re.M))
    spans = (span,) if span else ()
    message = _lacking(fault, block, package, said.get("name", "")) or _message(told)
    return Diagnostic(Level.error, fault.value, message, spans, helps, told, (), package)


def _lacking(fault: Fault, block: str, package: str, name: str) -> str:
    """Return what this machine lacks for a package to be built, in one line; "" for an error of another kind."""
    if fault is Fault.rust_version:
        return _needed_rustc(block)
    kind = {Fault.missing_library: "C library", Fault.missing_program: "program"}.get(fault)
    by = f"`{package}` needs" if package else "this build needs"
    return f"{by} the {kind} `{name}`, which is not installed on this machine" if kind and name else ""


def _needed_rustc(block: str) -> str:
    """Return which packages need which rustc, each once: cargo lists a package again for every target and feature."""
    needs: dict[str, dict[str, None]] = {}
    for found in re.finditer(r"^ *(?P<name>[\w-]+)@\S+ requires rustc (?P<version>[\w.+-]+)", block, re.M):
        needs.setdefault(found["version"], {})[found["name"]] = None
    told = []
    for version, names in needs.items():
        shown = ", ".join(f"`{one}`" for one in list(names)[:NAMED])
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        told.append(f"{shown}{more} need{'s' if len(names) == 1 else ''} rustc {version}")
    here = re.search(r"rustc (?P<version>[\w.+-]+) is not supported", block)
    return f"{', '.join(told)}, and this is rustc {here['version']}"[:MESSAGE] if told and here else ""


def _message(block: str) -> str:
    """Return an error's first line and its causes, in one line."""
    before, *causes = re.split(r"\n\s*Caused by:\n", _ADVICE.sub("", block))
    drawn = re.compile(r"^ *(?:-->|\||\d+ \||=|help:|note:)")
    kept = [
        " ".join(
            line.strip() for line in part.split("\n  --- ")[0].split("\n") if line.strip() and not drawn.match(line)
        )
        for part in (before, *causes)
    ]
    scripts = [_script_said(block)] if "\n  --- stderr\n" in block else []
    return ": ".join(one for one in (*kept, *scripts) if one).removeprefix("error: ")[:MESSAGE]


def _script_said(block: str) -> str:
    """Return the line that says most of what a build script printed: behind its panic, else the last one."""
    lines = [line.strip() for line in block.split("\n  --- stderr\n", 1)[1].split("\n") if line.strip()]
    at = next((n for n, line in enumerate(lines) if re.match(r"thread '.*panicked at ", line)), None)
    if at is not None and at + 1 < len(lines):
        return lines[at + 1]
    return lines[-1] if lines else ""
