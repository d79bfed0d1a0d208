"""The arguments of a trait where rustc leaves a hole: of `AsRef</* T */>`, those that the workspace writes for it elsewhere.

Those of the same file come first, then the most frequent ones, then what the standard library's conversions are mostly
asked for. Source: rustc --explain E0599, whose help names the trait alone. Not covered: arguments with arguments.
"""

import re
from collections import Counter

from rusta.loop.think.situation import Situation
from rusta.tools.declared import bare

HOLE = re.compile(r"<\s*/\*[^*>]{0,60}\*/\s*>")
USUAL = {
    "AsRef": ("str", "std::path::Path", "[u8]", "std::ffi::OsStr"),
    "AsMut": ("[u8]",),
    "Borrow": ("str", "[u8]"),
    "Into": ("String", "std::path::PathBuf", "u64"),
}
MOST = 4
LONGEST = 1 << 20  # bytes of a file that is looked at


def with_arguments(trait: str, path: str, situation: Situation) -> list[str]:
    """Return a trait as rustc shows it, with arguments in place of its hole; itself where it has none."""
    if not HOLE.search(trait):
        return [trait]
    name = bare(trait.partition("<")[0])
    written = re.compile(rf"\b{re.escape(name)}<([\w:&\[\]' ]{{1,60}})>")
    here, elsewhere = Counter[str](), Counter[str]()
    for file in situation.files:
        if file.endswith(".rs") and name.encode() in (source := situation.read(file) or b"")[:LONGEST]:
            (here if file == path else elsewhere).update(written.findall(source[:LONGEST].decode("utf-8", "replace")))
    found = [said for names in (here, elsewhere) for said, _ in names.most_common(MOST)]
    return [HOLE.sub(f"<{said}>", trait) for said in dict.fromkeys([*found, *USUAL.get(name, ())])][:MOST]
