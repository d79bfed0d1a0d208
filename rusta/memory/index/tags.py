"""Suggest tags for an entry: error codes, lints, crates and items of the situation, then tags already in use.

Deterministic: the same situation suggests the same tags in the same order, most specific first.
"""

import re
from collections.abc import Iterable, Mapping

MOST = 8
"""Maximum number of tags: with more, they no longer distinguish entries."""

CODE = re.compile(r"\bE0[0-9]{3}\b")
LINT = re.compile(r"\bclippy::([a-z][a-z_]+)")
USED = re.compile(r"\buse\s+([a-z][a-z0-9_]*)::")
ITEM = re.compile(r"`(?:[a-z_0-9]+::)*([A-Z][A-Za-z0-9]+)(?:::([a-z_0-9]+))?(?:\(\))?`")
NOT_CRATES = {"crate", "self", "super", "std", "core", "alloc"}

# Subject tag of error codes, where the code's explanation names it (`rustc --explain`).
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "borrow-checker": ("E0499", "E0502", "E0503", "E0505", "E0506", "E0507", "E0594", "E0596", "E0713", "E0716"),
    "ownership": ("E0381", "E0382"),
    "lifetimes": ("E0106", "E0195", "E0226", "E0261", "E0262", "E0310", "E0373", "E0495", "E0515", "E0597", "E0621", "E0700"),
    "trait-bounds": ("E0276", "E0277", "E0282", "E0283", "E0599"),
    "traits": ("E0046", "E0053", "E0117", "E0119", "E0186", "E0200", "E0207", "E0210", "E0407"),
    "dyn": ("E0038", "E0224", "E0225"),
    "patterns": ("E0004", "E0005", "E0023", "E0026", "E0027"),
    "types": ("E0061", "E0107", "E0308", "E0369", "E0605", "E0606"),
    "name-resolution": ("E0405", "E0412", "E0423", "E0425", "E0432", "E0433"),
    "unsafe": ("E0133",),
    "visibility": ("E0451", "E0603", "E0616", "E0624"),
    "async": ("E0728", "E0752"),
}  # fmt: skip
OF_CODE = {code: subject for subject, codes in SUBJECTS.items() for code in codes}
SPOKEN: Mapping[str, re.Pattern[str]] = {
    "lifetimes": re.compile(r"\blifetimes?\b|<'[a-z_]+>|&'[a-z_]+\b", re.IGNORECASE),
    "borrow-checker": re.compile(r"\bborrow check(?:er)?\b|\bcannot borrow\b", re.IGNORECASE),
    "async": re.compile(r"\.await\b|\basync fn\b"),
    "unsafe": re.compile(r"\bunsafe\s*(?:\{|fn|impl)|\bmiri\b"),
    "macros": re.compile(r"\bmacro_rules!|\bproc[-_ ]macro"),
    "ffi": re.compile(r"\bextern \"C\"|\bbindgen\b|#\[repr\(C\)\]"),
    "performance": re.compile(r"\bbenchmark|\bcriterion\b|\b\d+(?:\.\d+)? ?(?:ns|µs|us)\b", re.IGNORECASE),
    "semver": re.compile(r"\bsemver\b|\bbreaking change\b", re.IGNORECASE),
}


def suggested(
    text: str,
    *,
    codes: Iterable[str] = (),
    lints: Iterable[str] = (),
    crates: Iterable[str] = (),
    items: Iterable[str] = (),
    known: Iterable[str] = (),
    most: int = MOST,
) -> tuple[str, ...]:
    """Return tags for an entry with this text, written in a situation with these codes, lints, crates and items.

    `crates` are those of the workspace: one is suggested if the text names it. `known` are tags in use, the most used
    first: one is suggested if the text contains its words. At most `most` are returned.
    """
    found = [*codes, *CODE.findall(text)]
    found += [lint.removeprefix("clippy::") for lint in lints] + LINT.findall(text)
    found += [crate for crate in crates if contains_name(text, crate)]
    found += [crate for crate in USED.findall(text) if crate not in NOT_CRATES]
    found += [OF_CODE[code] for code in list(found) if code in OF_CODE]
    found += [subject for subject, spoken in SPOKEN.items() if spoken.search(text)]
    found += [tag for tag in known if contains_name(text, tag)]
    found += [item.rpartition("::")[2] for item in items]
    found += [method or _kebab(kind) for kind, method in ITEM.findall(text)]
    return tuple({tag.replace("_", "-").lower(): tag for tag in reversed(found)}[key] for key in _ordered(found))[:most]


def _ordered(found: list[str]) -> list[str]:
    return list(dict.fromkeys(tag.replace("_", "-").lower() for tag in found if tag.strip()))


def contains_name(text: str, word: str) -> bool:
    """Whether the text contains the name, its parts joined by `-`, `_` or a space."""
    parts = [re.escape(part) for part in re.split(r"[-_ ]", word) if part]
    return bool(parts) and re.search(rf"(?<![\w-]){'[-_ ]'.join(parts)}(?![\w-])", text, re.IGNORECASE) is not None


def _kebab(kind: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind).lower()
