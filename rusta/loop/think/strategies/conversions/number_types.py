"""Rust's number types: which conversion keeps every value, and how one is written.

Source: the Reference, "Numeric types"; std, the implementations of `From` between numbers.
"""

INTEGERS = ("u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize")
FLOATS = ("f32", "f64")
NUMBERS = {*INTEGERS, *FLOATS}
SIMPLE = {*NUMBERS, "bool", "char"}  # copied for nothing
BITS = {"usize": 64, "isize": 64}
MANTISSA = {"f32": 24, "f64": 53}
CUT = "a value that does not fit is cut without a word"


def lossless(of: str, to: str) -> bool:
    """Return whether std has `From<of>` for `to`, which keeps every value on every machine."""
    if of == to or of not in SIMPLE or to not in NUMBERS | {"char"}:
        return of == to
    if of == "bool":
        return to in NUMBERS
    if of == "char" or to == "char":
        return (of, to) in (("u8", "char"), ("char", "u32"), ("char", "u64"), ("char", "u128"))
    if to in FLOATS:
        return of == "f32" or (of in INTEGERS and not of.endswith("size") and _bits(of) < MANTISSA[to])
    if of in FLOATS or of.endswith("size"):
        return False
    if to.endswith("size"):
        return of in ("u8", "u16") if to == "usize" else of in ("u8", "i8", "i16")
    signs = of.startswith("i"), to.startswith("i")
    return _bits(of) < _bits(to) and signs in ((False, False), (False, True), (True, True))


def cast(expression: str, of: str, to: str, simple: bool = False) -> str:
    """Return an expression converted, by `From` where that keeps every value, else by `as`.

    `simple`: the expression is one operand, so that `as` needs no parentheses around it.
    """
    if lossless(of, to):
        return f"{to}::from({expression})"
    if of == "char" and to not in ("u32", "u8"):
        return f"{expression if simple else f'({expression})'} as u32 as {to}"
    return f"{expression} as {to}" if simple else f"({expression}) as {to}"


def cost_of(of: str, to: str) -> str:
    """Return what a conversion gives up, "" for nothing."""
    if lossless(of, to):
        return ""
    if to in FLOATS:
        return "a number too large for its digits is rounded"
    if of in FLOATS:
        return "what comes after the point is cut off"
    if (to == "usize" and of in ("u32", "char")) or (to == "isize" and of in ("u16", "i32")):
        return "on a machine of 16 bits it would be cut"
    fits = of.endswith("size") and _bits(to) >= 64 and (of[0] == to[0] or to == "i128")
    return "" if fits else CUT


def _bits(kind: str) -> int:
    return BITS.get(kind) or int(kind[1:])
