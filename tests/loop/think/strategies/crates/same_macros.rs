//! Attribute macros that rewrite signatures, as `async_trait` does: a parameter more, a type for another, a lifetime.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

#[proc_macro_attribute]
pub fn logged(_: TokenStream, item: TokenStream) -> TokenStream {
    rewritten(item, &|args| args.into_iter().chain(", _level: u8".parse::<TokenStream>().unwrap()).collect(), "")
}

#[proc_macro_attribute]
pub fn scoped(_: TokenStream, item: TokenStream) -> TokenStream {
    rewritten(item, &|args| args, "<'scope: 'scope>")
}

#[proc_macro_attribute]
pub fn wide(_: TokenStream, item: TokenStream) -> TokenStream {
    fn widened(stream: TokenStream) -> TokenStream {
        let wider = |tree| match tree {
            TokenTree::Ident(name) if name.to_string() == "u8" => TokenTree::Ident(Ident::new("u64", Span::call_site())),
            TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), widened(group.stream()))),
            other => other,
        };
        stream.into_iter().map(wider).collect()
    }
    widened(item)
}

fn rewritten(item: TokenStream, args: &dyn Fn(TokenStream) -> TokenStream, generics: &str) -> TokenStream {
    let mut said: Vec<TokenTree> = Vec::new();
    for tree in item {
        let after_fn = said.len() > 1 && said[said.len() - 2].to_string() == "fn";
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis && after_fn => {
                said.extend(generics.parse::<TokenStream>().unwrap());
                said.push(TokenTree::Group(Group::new(Delimiter::Parenthesis, args(group.stream()))));
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                said.push(TokenTree::Group(Group::new(Delimiter::Brace, rewritten(group.stream(), args, generics))));
            }
            other => said.push(other),
        }
    }
    said.into_iter().collect()
}
