"""The page about one error code, read by itself: it needs no index."""

import re

from rusta.library.documentation import Documentation
from rusta.library.passages import Passage

CODE = re.compile(r"[eE]?(\d{1,4})")


def error_code(documentation: Documentation, said: str) -> Passage | None:
    """The passage about `E0382`, `e382` or `382`; None for what is no error code, or has no page."""
    from rusta.library.html_pages import book_passages, parsed

    found = CODE.fullmatch(said.strip())
    path = documentation.root / "error_codes" / f"E{int(found[1]):04}.html" if found else None
    if path is None or not path.is_file():
        return None
    name = path.relative_to(documentation.root).as_posix()
    tree = parsed(path.read_bytes())
    return (
        next((one for one in book_passages(tree, name, "error_codes") if one.key), None) if tree is not None else None
    )
