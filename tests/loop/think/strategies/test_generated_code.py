"""Faults that show where a macro is used and lie in the member that defines it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rusta.library.cached_crates import cached_versions
from rusta.loop.think.situation import Situation
from rusta.loop.think.strategies.dependencies.generated_code import generated_code
from rusta.tools.diagnostics import parse
from tests.loop.think.strategies.crates_offline import Files, manifest, repaired

TOP = '[workspace]\nmembers = ["facade", "made", "user"]\nresolver = "2"\n'
MADE = manifest("made", more='[lib]\nproc-macro = true\n[dependencies]\nproc-macro2 = "1"\nquote = "1"\nsyn = "2"')


def workspace(made: str, facade: Files, user: str) -> Files:
    """A facade that hands on a derive macro of `made`, and a member that uses it."""
    return {
        "Cargo.toml": TOP,
        "made/Cargo.toml": MADE,
        "made/src/lib.rs": f"use proc_macro::TokenStream;\nuse quote::quote;\nuse syn::{{parse_macro_input, DeriveInput}};\n\n{made}",
        "facade/Cargo.toml": manifest("facade", more='[dependencies]\nmade = { path = "../made" }'),
        **{f"facade/src/{name}": text for name, text in facade.items()},
        "user/Cargo.toml": manifest("user", more='[dependencies]\nfacade = { path = "../facade" }'),
        "user/src/lib.rs": user,
    }


CLAUSE = workspace(
    """\
#[proc_macro_derive(Weigh)]
pub fn weigh(tokens: TokenStream) -> TokenStream {
    let parsed = parse_macro_input!(tokens as DeriveInput);
    let ident = &parsed.ident;
    // the clause is the type's own
    let (imp, ty, _clause) = parsed.generics.split_for_impl();
    quote! {
        impl #imp ::facade::Weigh for #ident #ty
        {
            fn weigh(&self) -> usize { ::core::mem::size_of::<Self>() }
        }
    }
    .into()
}
""",
    {"lib.rs": "pub use made::Weigh;\npub trait Weigh { fn weigh(&self) -> usize; }\n"},
    """\
use facade::Weigh;
pub trait Cargo {}
impl Cargo for u32 {}
#[derive(Weigh)]
pub struct Crate<C> where C: Cargo { pub inside: [C; 2] }
impl<C: Cargo> Crate<C> { pub fn new(a: C, b: C) -> Self { Crate { inside: [a, b] } } }
#[test] fn t() { assert_eq!(Crate::new(1u32, 2).weigh(), 8); }
""",
)
HIDDEN = workspace(
    """\
#[proc_macro_derive(Named)]
pub fn named(tokens: TokenStream) -> TokenStream {
    let input = parse_macro_input!(tokens as DeriveInput);
    let name = &input.ident;
    let text = name.to_string();
    let body = vec![quote! { facade::inner::shorten(#text) }];
    quote! { impl facade::Named for #name { fn name(&self) -> String { #(#body)* } } }.into()
}
""",
    {
        "lib.rs": "//! Names.\nmod inner;\npub use made::Named;\npub trait Named { fn name(&self) -> String; }\n",
        "inner.rs": "pub fn shorten(text: &str) -> String { text.chars().take(3).collect() }\n",
    },
    'use facade::Named;\n#[derive(Named)]\npub struct Harbour;\n#[test] fn t() { assert_eq!(Harbour.name(), "Har"); }\n',
)
BARE = workspace(
    """\
fn body(input: &DeriveInput) -> proc_macro2::TokenStream {
    let name = &input.ident;
    quote! {
        impl Counted for #name {
            fn counts() -> crate::Table { HashMap::new() }
        }
    }
}
#[proc_macro_derive(Counted)]
pub fn counted(tokens: TokenStream) -> TokenStream {
    let input = parse_macro_input!(tokens as DeriveInput);
    body(&input).into()
}
""",
    {
        "lib.rs": """\
pub use made::Counted;
pub type Table = std::collections::HashMap<String, u32>;
pub trait Counted { fn counts() -> Table; }
"""
    },
    """\
pub mod fleet {
    #[derive(facade::Counted)]
    pub struct Ship;
}
#[test] fn t() { assert!(<fleet::Ship as facade::Counted>::counts().is_empty()); }
""",
)
GENERICS = workspace(
    """\
#[proc_macro_derive(Area)]
pub fn area(tokens: TokenStream) -> TokenStream {
    let input = parse_macro_input!(tokens as DeriveInput);
    let name = &input.ident;
    let expanded = quote! {
        impl ::facade::Area for #name {
            fn area(&self) -> u32 { self.width * self.height }
        }
    };
    expanded.into()
}
""",
    {"lib.rs": "pub use made::Area;\npub trait Area { fn area(&self) -> u32; }\n"},
    """\
use facade::Area;
#[derive(Area)]
pub struct Field<'a, T> { pub width: u32, pub height: u32, pub crop: &'a T }
#[test] fn t() { assert_eq!(Field { width: 2, height: 3, crop: &"rye" }.area(), 6); }
""",
)
BOUND = workspace(
    """\
#[proc_macro_derive(Sum)]
pub fn sum(tokens: TokenStream) -> TokenStream {
    let input = parse_macro_input!(tokens as DeriveInput);
    let name = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        impl #impl_generics facade::Sum for #name #ty_generics #where_clause {
            fn sum(&self) -> u64 { facade::Sum::sum(&self.0) + facade::Sum::sum(&self.1) }
        }
    }
    .into()
}
""",
    {"lib.rs": "pub use made::Sum;\npub trait Sum { fn sum(&self) -> u64; }\nimpl Sum for u64 { fn sum(&self) -> u64 { *self } }\n"},
    """\
use facade::Sum;
#[derive(Sum)]
pub struct Pair<A, B>(pub A, pub B);
#[test] fn t() { assert_eq!(Pair(1u64, Pair(2u64, 3u64)).sum(), 6); }
""",
)  # fmt: skip
RULES: Files = {
    "Cargo.toml": '[workspace]\nmembers = ["facade", "user"]\nresolver = "2"\n',
    "facade/Cargo.toml": manifest("facade"),
    "facade/src/lib.rs": """\
/// The larger of two, and a note of it.
#[macro_export]
macro_rules! larger {
    ($a:expr, $b:expr) => {{
        let (a, b) = ($a, $b);
        crate::noted(if a > b { a } else { b })
    }};
}
pub fn noted(n: i32) -> i32 { n }
""",
    "user/Cargo.toml": manifest("user", more='[dependencies]\nfacade = { path = "../facade" }'),
    "user/src/lib.rs": "pub fn top(n: i32) -> i32 { facade::larger!(n, 3) }\n#[test] fn t() { assert_eq!((top(1), top(5)), (3, 5)); }\n",
}
CASES: dict[str, tuple[Files, str]] = {
    "clause": (CLAUSE, "gets the `where` clause of its type"),
    "hidden": (HIDDEN, "`facade::inner::shorten` becomes `facade::shorten`, which is handed on for it"),
    "bare": (BARE, "becomes `::std::collections::HashMap"),
    "generics": (GENERICS, "gets the generics of its type"),
    "bound": (BOUND, "is bounded by `Sum`"),
    "rules": (RULES, "`crate::noted` becomes `$crate::noted`"),
}


@pytest.mark.parametrize(
    "name", ["rules", *(pytest.param(one, marks=pytest.mark.long) for one in CASES if one != "rules")]
)
def test_the_macro_is_mended_and_not_its_uses(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if name != "rules" and not cached_versions("syn"):
        pytest.skip("cargo has no syn on this machine")
    files, why = CASES[name]
    done = repaired(tmp_path, files, target=tmp_path_factory.getbasetemp() / "target-of-macros")
    assert done.why == "done"
    assert why in "; ".join(link.hypothesis.reason for link in done.chain)
    assert not any(path.startswith("user") for path in done.chain[-1].state)


def heard(files: Files, code: str, message: str, at: str, children: Sequence[dict[str, object]] = ()) -> Situation:
    """An error at a derive of the macro in `made`, as cargo reports it."""
    text = files["user/src/lib.rs"]
    start = text.index(at)
    span = {
        "file_name": "user/src/lib.rs", "byte_start": start, "byte_end": start + len(at), "line_start": 1, "column_start": 1,
        "line_end": 1, "column_end": 2, "is_primary": True, "label": None, "text": [], "expansion": None,
    }  # fmt: skip
    site = {**span, "file_name": "made/src/lib.rs"}
    span["expansion"] = {"span": dict(span), "macro_decl_name": "#[derive(X)]", "def_site_span": site}
    said = {
        "level": "error",
        "code": {"code": code},
        "message": message,
        "spans": [span],
        "children": list(children),
        "rendered": "",
    }
    line = {
        "reason": "compiler-message",
        "package_id": "path+file:///w/user#0.1.0",
        "manifest_path": "/w/user/Cargo.toml",
        "message": said,
    }
    errors = parse(json.dumps(line).encode(), Path("/w")).diagnostics
    return Situation(errors, lambda path: files[path].encode() if path in files else None, tuple(files), Path("/w"))


def test_a_clause_is_quoted_where_the_names_are_split() -> None:
    situation = heard(CLAUSE, "E0277", "the trait bound `C: Cargo` is not satisfied", "Weigh)]")
    made = next(iter(generated_code(situation))).changes["made/src/lib.rs"] or b""
    assert b"let (imp, ty, where_clause) = parsed.generics" in made
    assert b"impl #imp ::facade::Weigh for #ident #ty #where_clause\n        {" in made


def test_a_private_module_is_gone_around() -> None:
    note = {
        "level": "note", "message": "the module `inner` is defined here", "children": [], "rendered": None,
        "spans": [{
            "file_name": "facade/src/lib.rs", "byte_start": 11, "byte_end": 21, "line_start": 2, "column_start": 1, "line_end": 2,
            "column_end": 11, "is_primary": True, "label": None, "text": [], "expansion": None,
        }],
    }  # fmt: skip
    changes = next(iter(generated_code(heard(HIDDEN, "E0603", "module `inner` is private", "Named)]", [note])))).changes
    assert b"quote! { facade::shorten(#text) }" in (changes["made/src/lib.rs"] or b"")
    assert b"mod inner;\n#[doc(hidden)]\npub use inner::shorten;\n" in (changes["facade/src/lib.rs"] or b"")


def test_a_macro_of_another_workspace_is_nobody_s_to_mend() -> None:
    files = {path: text for path, text in CLAUSE.items() if not path.startswith("made")}
    situation = heard(files, "E0277", "the trait bound `C: Cargo` is not satisfied", "Weigh)]")
    assert list(generated_code(situation)) == []
