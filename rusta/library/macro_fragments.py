"""Where a piece of a macro call ends that a rule asks for: an expression, a pattern, an item and the other kinds of fragments.

Sources: The Rust Reference, "Macros By Example" (which kinds there are, what may follow them), "Expressions", "Items". Not
covered: attributes inside of expressions.
"""

from rusta.library.macro_tokens import CLOSERS, PieceMark
from rusta.library.macro_types import LIFETIME, LIKE, LITERAL, RESERVED, TypeReader, is_name

DEEPEST_EXPRESSION = 40  # conditions inside of conditions

EXPRESSION_WORDS = frozenset((
    "async", "break", "const", "continue", "false", "for", "if", "loop", "match", "move", "return", "static", "true",
    "try", "unsafe", "while", "yield",
))  # fmt: skip
BINARY = frozenset((
    "+", "-", "*", "/", "%", "^", "&", "|", "&&", "||", "<<", "=", "==", "!=", "<", "<=", ">=", "+=", "-=", "*=",
    "/=", "%=", "^=", "&=", "|=", "<<=",
))  # fmt: skip
ITEM_ENDS = frozenset(("use", "static", "type", "const"))  # items that end at a semicolon
ITEM_BODIES = frozenset(("struct", "enum", "union", "trait", "impl", "fn", "mod"))
STOPS = frozenset((";", "{", "<", "<<", ">", ">=", *CLOSERS))  # tokens that count on the way to an item's body
BEFORE_ITEM = frozenset(("unsafe", "async", "default", "safe", "auto", "const", "extern"))
KINDS = frozenset((*LIKE, "ident", "lifetime", "tt", "pat_param", "expr_2021"))
WHOLE = frozenset(
    ("tt", "literal", "vis", "block", "meta")
)  # that are not longer than a captured piece they begin with
TRANSPARENT = frozenset(("ident", "lifetime", "tt"))  # captured without marks: later macros see what is in them


class FragmentReader(TypeReader):
    """Finds the ends of fragments of every kind."""

    def begins(self, kind: str, at: int) -> bool:
        """Return whether a token can be the first of a fragment of this kind."""
        text = self._text(at)
        if at >= len(self.texts) or text in CLOSERS:
            return False
        if isinstance(text, PieceMark):
            return text.opens and (kind == "tt" or kind == "vis" or text.piece in LIKE.get(kind, ()))
        match kind:
            case "ident":
                return is_name(text) and text != "_"
            case "lifetime":
                return LIFETIME.fullmatch(text) is not None
            case "literal":
                return text in ("-", "true", "false") or LITERAL.match(text) is not None
            case "vis":
                return text == "," or is_name(text) or self._begins_type(text)
            case "block":
                return text == "{"
            case "path" | "meta":
                return text in ("::", "<", "<<") or is_name(text)
            case "ty":
                return self._begins_type(text)
            case "expr":
                return self._begins_expression(text)
            case "pat" | "pat_param":
                return text not in (",", ";", "=>", "=", "{")
        return True

    def end(self, kind: str, at: int) -> int:
        """Return the number of the first token behind the fragment that begins at a token; -1 where there is none of the kind."""
        text = self._text(at)
        if isinstance(text, PieceMark) and text.opens and kind in WHOLE:
            return self.partner[at] + 1
        match kind:
            case "ident" | "lifetime" | "tt":
                return self.tree(at)
            case "literal":
                return at + 1 + (text == "-") if self.begins("literal", at + (text == "-")) else -1
            case "vis":
                return self._visibility(at)
            case "block":
                return self._group(at, "{")
            case "path":
                return self._path(at)
            case "ty":
                return self._type(at)
            case "expr":
                return self._expression(at)
            case "pat" | "pat_param":
                return self._pattern(at, kind == "pat")
            case "meta":
                return self._meta(at)
            case "item":
                return self._item(at)
            case "stmt":
                if text == "let":
                    return self._until(at, (";",))
                found = self._item(at)
                return found if found > 0 else self._expression(at)
        return -1

    def _begins_expression(self, text: str) -> bool:
        return (
            text in ("(", "[", "{", "!", "-", "*", "|", "||", "&", "&&", "..", "...", "..=", "<", "<<", "::", "#")
            or text in EXPRESSION_WORDS
            or LITERAL.match(text) is not None or LIFETIME.fullmatch(text) is not None
            or (is_name(text) and text not in RESERVED and text != "_")
        )  # fmt: skip

    def _visibility(self, at: int) -> int:
        if self._text(at) == "crate" and self._text(at + 1) != "::":
            return at + 1
        if self._text(at) != "pub":
            return at
        inside = self._text(at + 2)
        if self._text(at + 1) == "(" and (
            inside == "in" or (inside in ("crate", "self", "super") and self._text(at + 3) == ")")
        ):
            return self.partner[at + 1] + 1
        return at + 1

    def _pattern(self, at: int, choices: bool) -> int:
        return self._until(at, ("=>", ",", "=", "if", "in", ";") if choices else ("=>", ",", "=", "if", "in", ";", "|"))

    def _meta(self, at: int) -> int:
        """Behind the content of an attribute."""
        if self._text(at) == "unsafe" and self._text(at + 1) == "(":
            return self.partner[at + 1] + 1
        at = self._path(at, typed=False)
        if at < 0 or self._text(at) not in ("=", "(", "[", "{"):
            return at
        return self._expression(at + 1) if self._text(at) == "=" else self.partner[at] + 1

    def _item(self, at: int) -> int:
        """Behind an item with its attributes."""
        while self._text(at) == "#" and self._text(at + 1) == "[":
            at = self.partner[at + 1] + 1
        text = self._text(at)
        if isinstance(text, PieceMark) and text.piece == "item":
            return self.partner[at] + 1
        at = self.end("vis", at)
        while (text := self._text(at)) in BEFORE_ITEM:
            after = self._text(at + 1)
            if text == "const" and after not in ("fn", "unsafe", "extern", "async"):
                break
            if text == "extern":
                at += LITERAL.match(after) is not None
                after = self._text(at + 1)
                if after == "{":
                    return self.partner[at + 1] + 1
                if after == "crate":
                    return self._semicolon(at)
            if not is_name(after):
                break
            at += 1
        if text in ITEM_ENDS:
            return self._semicolon(at)
        if text in ITEM_BODIES and (text != "union" or is_name(self._text(at + 1))):
            return self._body(at)
        at = self._path(at, typed=False) if text != "macro" else at + 1
        if at > 0 and (self._text(at) == "!" or text == "macro"):
            at += 1
            at += is_name(self._text(at))
            found = self._text(at)
            if text == "macro" and found == "(":
                at = self.partner[at] + 1
                found = self._text(at)
            if found in ("(", "[", "{"):
                at = self.partner[at] + 1
                return at if found == "{" else self._semicolon(at)
        return -1

    def _semicolon(self, at: int) -> int:
        found = self._until(at, (";",)) if self._text(at) != ";" else at
        return found + 1 if found >= 0 and self._text(found) == ";" else -1

    def _body(self, at: int) -> int:
        """Behind the body of an item, or its semicolon."""
        depth, texts, partner = 0, self.texts, self.partner
        while at < len(texts):
            text = texts[at]
            if text in STOPS:
                if text in CLOSERS:
                    return -1
                if text == ";" or (text == "{" and depth <= 0):
                    return self.tree(at)
                depth += 1 if text == "<" else 2 if text == "<<" else -1 if text in (">", ">=") else 0
            elif isinstance(text, PieceMark) and text.piece == "block":
                return partner[at] + 1
            other = partner[at]
            at = other + 1 if other > at else at + 1
        return -1

    def _expression(self, at: int, braces: bool = True, deep: int = 0) -> int:
        """Behind an expression. Without `braces`, as in a condition, a brace behind a path is not of it."""
        if deep > DEEPEST_EXPRESSION:
            return -1
        while at >= 0:
            begin = at
            text = self._text(at)
            after = self._text(at + 1)
            if isinstance(text, PieceMark):
                if not text.opens or text.piece not in (*LIKE["expr"], "ty"):
                    return -1
                at = self.partner[at] + 1
                if text.piece in LIKE["ty"] and self._text(at) == "::":
                    at = self._path(begin, typed=False)
            elif text in ("-", "!", "*", "&", "&&", "move", "static") or (
                text == "async" and after in ("move", "|", "||")
            ):
                at += 1
                if text in ("&", "&&"):
                    raw = self._text(at) == "raw" and self._text(at + 1) in ("const", "mut")
                    at += 2 if raw else self._text(at) == "mut"
                continue
            elif text in ("..", "..="):
                at += 1
                if not self.begins("expr", at) or (not braces and self._text(at) == "{"):
                    return at
                continue
            elif text in ("return", "break", "yield", "continue"):
                at += 1
                at += LIFETIME.fullmatch(self._text(at)) is not None
                if text != "continue" and self.begins("expr", at) and (braces or self._text(at) != "{"):
                    continue
            elif text == "|":
                at += 1
                while at < len(self.texts) and self.texts[at] != "|" and self.texts[at] not in CLOSERS:
                    at = self.tree(at)
                if self._text(at) != "|":
                    return -1
                at = self._result(at + 1)
                continue
            elif text == "||":
                at = self._result(at + 1)
                continue
            elif text == "let":
                at = self._until(at, ("=",))
                at += at > 0
                continue
            elif text in ("if", "while", "match", "for"):
                at = self._block_expression(at, deep)
            elif text in ("loop", "unsafe", "const", "async", "try") and after == "{":
                at = self.partner[at + 1] + 1
            elif LIFETIME.fullmatch(text) and after == ":":
                at += 2
                continue
            elif text in ("(", "[", "{"):
                at = self.partner[at] + 1
            elif text in ("true", "false") or LITERAL.match(text):
                at += 1
            else:
                at = self._path(at, typed=False)
            if at < 0:
                return -1
            plain = is_name(text) or text in ("::", "<", "<<") or isinstance(text, PieceMark)
            if plain and self._text(at) == "!" and self._text(at + 1) in ("(", "[", "{"):
                at = self.partner[at + 1] + 1
            elif plain and braces and text not in RESERVED and self._text(at) == "{":
                at = self.partner[at] + 1
            at, more = self._behind_operand(at, braces)
            if not more:
                return at
        return -1

    def _behind_operand(self, at: int, braces: bool) -> tuple[int, bool]:
        """Behind calls, indices, fields and casts, and the operator that follows; whether another operand does."""
        while at >= 0:
            text = self._text(at)
            if text == "?":
                at += 1
            elif text == ".":
                at += 2
                if self._text(at) == "::" and self._text(at + 1) in ("<", "<<"):
                    at = self._generics(at + 1)
            elif text in ("(", "["):
                at = self.partner[at] + 1
            elif text == "as":
                at = self._type(at + 1, sums=False)
            elif text in ("..", "..="):
                more = self.begins("expr", at + 1) and (braces or self._text(at + 1) != "{")
                return at + 1, more
            elif text == ">":
                at += 1 + (self._text(at + 1) in (">", ">="))  # a shift is two tokens here
                return at, True
            else:
                return (at + 1, True) if text in BINARY else (at, False)
        return -1, False

    def _result(self, at: int) -> int:
        """Behind the result type of a closure, where it has one."""
        return self._type(at + 1) if self._text(at) == "->" else at

    def _block_expression(self, at: int, deep: int) -> int:
        """Behind a condition or loop with its blocks."""
        while True:
            word = self._text(at)
            if word == "for":
                at = self._until(at + 1, ("in",))
                if self._text(at) != "in":
                    return -1
            at = self._expression(at + 1, False, deep + 1)
            at = self._group(at, "{") if at > 0 else -1
            if at < 0 or word != "if" or self._text(at) != "else":
                return at
            if self._text(at + 1) != "if":
                return self._group(at + 1, "{")
            at += 1
