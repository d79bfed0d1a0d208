"""What a question is about, told from its words: Rust, the person's own code, or neither."""

import re

from rusta.core.markdown_fences import FENCED

# Patterns of words that a question about Rust or its tools has.
RUST_WORDS = r"""
    rust rustc rustup rustdoc rustfmt cargo clippy crates? traits? lifetimes? borrow(?:s|ed|ing|er)? borrow-?check\w* ownership
    closures? macros? macro_rules structs? enums? impl generics? const statics? mutex threads? async await iterators? slices?
    vec vecs vectors? strings? mut mutable dyn unsafe match patterns? modules? mod visibility pub panics? unwrap option result
    references? pointers? integers? floats? overflow arrays? tuples? discriminants? variants? fields? drop drops dropped shadow\w*
    move moved copy clone deref box rc arc refcell send sync sized fn unions? editions? attributes? derives? orphan coheren\w+
    turbofish inference compil\w+ stable nightly loops? labels? operators? expressions? statements? blocks? shebang abi ffi extern
    no_std alloc\w* heap stack memory undefined ub features? dependenc\w+ workspaces? tests? doctests? docs? comments? literals?
    casts? coerc\w+ types? functions? methods? variables? let self where loop return break continue chars? characters? bool str
    [iu](?:8|16|32|64|128|size) f32 f64 hashmaps?
"""
RUST = re.compile(rf"\b(?:{'|'.join(RUST_WORDS.split())}|\w+\.rs)\b", re.IGNORECASE)
NAMES = re.compile(r"`[^`\n]+`|\w::\w|\bE\d{4}\b|\b\w+\.rs\b")
HERE = re.compile(
    r"\b(?:this|these|my|our|the) (?:\w+ )?(?:crate|code|project|workspace|repo\w*|function|method|file|module|tests?)\b"
    r"|\b(?:this|my|our|the) (?:errors?|build|program|binary)\b"
    r"|\bsrc/|\w+\.rs\b|\bhere\b|\bit (?:compile|build|fail|pass|work)|\bwe\b",
    re.IGNORECASE,
)
HER = re.compile(
    r"(?<!can )(?<!do )(?<!could )(?<!would )(?<!if )(?<!when )\b(?:you|your|yourself|rusta)\b", re.IGNORECASE
)


def about_rust(question: str) -> bool:
    """Whether a question has a word of Rust or of its tools, and is not about the one who is asked."""
    return bool(RUST.search(FENCED.sub(" ", question))) and not about_her(question)


def about_her(question: str) -> bool:
    """Whether a question is about the one who is asked."""
    return bool(HER.search(FENCED.sub(" ", question)))


def names_code(said: str) -> bool:
    """Whether a text names something of a program: in backticks, by a path, by an error code."""
    return bool(NAMES.search(said))


def about_here(question: str) -> bool:
    """Whether a question is about the person's own code, which no documentation knows."""
    return bool(HERE.search(FENCED.sub(" ", question)))
