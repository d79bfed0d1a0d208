"""Where a path or a type ends among tokens, and what the kinds of tokens are.

What is accepted is wider than the grammar: only the extent counts, and a crate that is read compiles. Sources: The Rust Reference,
"Paths", "Type expressions", "Keywords".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rusta.library.macro_tokens import CLOSERS, PieceMark

DEEPEST_TYPE = 40  # results inside of results: Fn() -> Fn()

NAME = re.compile(r"(?:r#)?[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*")
LITERAL = re.compile(r"[0-9]|[bc]?r?#*\"|b?'.*'$", re.DOTALL)
LIFETIME = re.compile(r"'(?:r#)?[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*")
PATH_WORDS = frozenset(("self", "super", "crate", "Self"))
RESERVED = frozenset((
    "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "false", "fn", "for", "if",
    "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static", "struct", "trait",
    "true", "type", "unsafe", "use", "where", "while", "abstract", "become", "box", "do", "final", "macro",
    "override", "priv", "typeof", "unsized", "virtual", "yield", "try",
))  # fmt: skip
TYPE_WORDS = frozenset(("_", "for", "impl", "fn", "unsafe", "extern", "dyn"))
LIKE = {  # which captured pieces can be captured again
    "expr": ("expr", "literal", "path", "block", "stmt"), "ty": ("ty", "path"), "path": ("path", "ty"),
    "pat": ("pat", "literal", "path", "expr"),
    "stmt": ("stmt", "expr", "item", "vis", "literal", "path"), "block": ("block",), "item": ("item", "vis"), "vis": ("vis",),
    "meta": ("meta", "path"),
    "literal": ("literal", "expr"),
}  # fmt: skip


def is_name(text: str) -> bool:
    """Return whether a token is an identifier or a keyword."""
    return NAME.fullmatch(text) is not None


@dataclass(frozen=True)
class TypeReader:
    """Finds the ends of paths and types in the tokens of a call. `partner` is what `partners` says of them."""

    texts: Sequence[str]
    partner: Sequence[int]

    def tree(self, at: int) -> int:
        """Return the number of the first token behind a token or group."""
        return max(at, self.partner[at]) + 1 if at < len(self.texts) else -1

    def _text(self, at: int) -> str:
        return self.texts[at] if at < len(self.texts) else ""

    def _group(self, at: int, bracket: str) -> int:
        text = self._text(at)
        captured = bracket == "{" and isinstance(text, PieceMark) and text.opens and text.piece == "block"
        return self.partner[at] + 1 if text == bracket or captured else -1

    def _until(self, at: int, stops: tuple[str, ...]) -> int:
        """The first of some tokens outside of groups and generics; the end of the group without one, -1 where that is at once."""
        begin, count = at, len(self.texts)
        while at < count and (text := self.texts[at]) not in CLOSERS and text not in stops:
            if isinstance(text, PieceMark) and not text.opens:
                break
            if text == "::" and self._text(at + 1) in ("<", "<<"):
                at = self._generics(at + 1)
                if at < 0:
                    return -1
            else:
                at = self.tree(at)
        return at if at > begin else -1

    def _begins_type(self, text: str) -> bool:
        return (
            text in ("(", "[", "!", "*", "&", "&&", "?", "<", "<<", "::") or text in TYPE_WORDS or text in PATH_WORDS
            or LIFETIME.fullmatch(text) is not None or (is_name(text) and text not in RESERVED)
        )  # fmt: skip

    def _generics(self, at: int) -> int:
        """Behind what stands between `<` and its `>`."""
        depth, texts, partner = 0, self.texts, self.partner
        while at < len(texts):
            text = texts[at]
            if text in CLOSERS or text == ";":
                return -1
            depth += 1 if text == "<" else 2 if text == "<<" else -1 if text in (">", ">=") else 0
            other = partner[at]
            at = other + 1 if other > at else at + 1
            if depth <= 0:
                return at
        return -1

    def _path(self, at: int, typed: bool = True, deep: int = 0) -> int:
        """Behind a path; `typed` for one of a type, whose generics need no colons and which may be `Fn(A) -> B`."""
        text = self._text(at)
        if isinstance(text, PieceMark):
            if not text.opens or text.piece not in LIKE["ty"]:
                return -1
            at = self.partner[at] + 1
            if self._text(at) != "::":
                return at
            at += 1
        elif text in ("<", "<<"):
            at = self._generics(at)
            if at < 0 or self._text(at) != "::":
                return -1
            at += 1
        elif text == "::":
            at += 1
        while True:
            text = self._text(at)
            if not is_name(text) or (text in RESERVED and text not in PATH_WORDS):
                return -1
            at += 1
            if self._text(at) == "::" and self._text(at + 1) in ("<", "<<"):
                at = self._generics(at + 1)
            elif typed and self._text(at) in ("<", "<<"):
                at = self._generics(at)
            elif typed and self._text(at) == "(":
                at = self.partner[at] + 1
                return self._type(at + 1, deep=deep + 1) if self._text(at) == "->" else at
            if at < 0 or self._text(at) != "::" or not is_name(self._text(at + 1)):
                return at
            at += 1

    def _type(self, at: int, sums: bool = True, deep: int = 0) -> int:
        """Behind a type; with `sums` also behind the bounds that a plus adds."""
        if deep > DEEPEST_TYPE:
            return -1
        while True:
            text = self._text(at)
            if text in ("&", "&&"):
                at += 1
                at += LIFETIME.fullmatch(self._text(at)) is not None
                at += self._text(at) == "mut"
            elif text == "*" and self._text(at + 1) in ("const", "mut"):
                at += 2
            elif text == "for" and self._text(at + 1) == "<":
                at = self._generics(at + 1)
            elif text in ("unsafe", "extern", "fn"):
                at += text == "unsafe"
                if self._text(at) == "extern":
                    at += 1 + (LITERAL.match(self._text(at + 1)) is not None)
                at = self._group(at + 1, "(") if self._text(at) == "fn" else -1
                if at < 0 or self._text(at) != "->":
                    return at
                at += 1
            else:
                break
            if at < 0:
                return -1
        if text in ("(", "["):
            at = self.partner[at] + 1
        elif text in ("!", "_"):
            return at + 1
        elif text in ("impl", "dyn") and self._text(at + 1) != "::":
            return self._bounds(at + 1, deep)
        elif (
            isinstance(text, PieceMark)
            and text.opens
            and text.piece == "ty"
            and self._text(self.partner[at] + 1) != "::"
        ):
            at = self.partner[at] + 1
        else:
            at = self._path(at, deep=deep)
            if at > 0 and self._text(at) == "!" and self._text(at + 1) in ("(", "[", "{"):
                at = self.partner[at + 1] + 1
        return self._bounds(at + 1, deep) if sums and at > 0 and self._text(at) == "+" else at

    def _bounds(self, at: int, deep: int) -> int:
        """Behind bounds that are joined by pluses."""
        while True:
            text = self._text(at)
            if text in ("?", "~"):
                at += 1 + (text == "~")
                text = self._text(at)
            if text == "for" and self._text(at + 1) == "<":
                at = self._generics(at + 1)
            if at < 0:
                return -1
            text = self._text(at)
            if LIFETIME.fullmatch(text):
                at += 1
            elif text == "(":
                at = self.partner[at] + 1
            elif text == "use" and self._text(at + 1) == "<":
                at = self._generics(at + 1)
            else:
                at = self._path(at, deep=deep)
            if at < 0 or self._text(at) != "+":
                return at
            at += 1
