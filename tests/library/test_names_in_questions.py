"""Names as people write them: found, found unknown with what is near, or no name at all; and what code states about items."""

import pytest

from rusta.library.answers import LibraryAnswer, answer, attributes
from rusta.library.index import Library
from rusta.library.names import near_names, resolve_name

NAMED = {
    "What does drain on a Vec do?": "std::vec::Vec::drain",
    "what does a vector's drain method do": "std::vec::Vec::drain",
    "What does HashMap's entry return?": "std::collections::HashMap::entry",
    "What does the `retain` method of `Vec` do?": "std::vec::Vec::retain",
    "explain the `windows` method on `Vec<T>` please": "std::vec::Vec::windows",
    "what does `Vec`'s `retain_mut` do": "std::vec::Vec::retain_mut",
    'What does Path::new("/etc").join("x") give?': "std::path::Path::join",
    "What is Some(2).xor(None)?": "std::option::Option::xor",
    "What is `None.xor(Some(2))`?": "std::option::Option::xor",
    "What is `Some(2).xor(..)`?": "std::option::Option::xor",
    "What does Option.xor do?": "std::option::Option::xor",
    "What does slice.windows(4) do on a slice of 3 elements?": "slice::windows",
    "does vec.push() panic?": "std::vec::Vec::push",
    "What does `.strong_count()` on an Rc tell?": "std::rc::Rc::strong_count",
    "what is retain_mut for?": "std::vec::Vec::retain_mut",
    "Vec::windows?": "std::vec::Vec::windows",  # a method of what it derefs to
    "What does std::vec::IntoIter::map do?": "std::iter::Iterator::map",  # given by a trait
    "explain mem::take": "std::mem::take",
    "Does println! panic?": "std::println",
    "What does `vec!` make?": "std::vec",
    "What is a `Vec`?": "std::vec::Vec",
    "What happens if I drop a JoinHandle without calling join?": "std::thread::JoinHandle",
    "what does the move keyword do?": "move",
}


@pytest.mark.parametrize("question", NAMED)
def test_a_name_leads_to_its_page_however_it_is_written(question: str, small: Library) -> None:
    found = answer(small, question)
    assert [one.title.removesuffix(" (keyword)") for one in found.quotes] == [NAMED[question]] and found.said == ()


UNKNOWN = {
    "What does Vec::retian do?": ("Vec::retian", ["Vec::retain"]),
    "What does HashMap::entri do?": ("HashMap::entri", ["HashMap::entry"]),
    "Does Vec::map exist?": ("Vec::map", ["std::vec::Vec"]),  # a vector is no iterator
    "What does the `retian` method of `Vec` do?": ("Vec::retian", ["Vec::retain"]),
    "what does the retian method of Vec do": ("Vec::retian", ["Vec::retain"]),
    "push_frunt on a vector - what does it do?": ("Vec::push_frunt", ["Vec::push"]),
    "Path pop_extension - effect on the path?": ("Path::pop_extension", ["std::path::Path"]),
    "explain HashMap's prepend method": ("HashMap::prepend", ["std::collections::HashMap"]),
    "Does Vec have a frobnicate()?": ("Vec::frobnicate", ["std::vec::Vec"]),
    "what does v.retian(|x| true) do": ("Vec::retian", ["Vec::retain"]),
    "what about Some(1).xorr(None)?": ("Option::xorr", ["Option::xor"]),
    "Is there Option.xorr?": ("Option::xorr", ["Option::xor"]),
    "What does printn! do?": ("printn!", ["println!"]),
    "Is there a `Vecc` in std?": ("Vecc", ["Vec"]),
}


@pytest.mark.parametrize("question", UNKNOWN)
def test_an_unknown_name_is_said_to_be_unknown_with_what_is_near(question: str, small: Library) -> None:
    found, (name, near) = answer(small, question), UNKNOWN[question]
    assert not found.quotes and len(found.said) == 1 and f"has no `{name}`" in found.said[0]
    for one in near:
        assert f"`{one}`" in found.said[0].partition("Near it:")[2], found.said[0]


PLAIN = [
    "I have a Vec called `numbers`, how do I sort it?", "In my Vec `numbers` two values are equal, are both kept?",
    "Does a Vec allocate when it is created with no_std?", "A Vec holds snake_case names, is this good?",
    "What does Vec's allocation strategy look like?", "Can the main function return a Vec?",
    "my function bar() returns a Vec, can it be borrowed?", "foo.bar() gives me a Vec, is it kept?",
    "My HashMap has a key `name`; why is its value moved?", "Can a Vec of strings be dropped while a thread is running?",
    "What is the best method to learn?", "Why can't a Vec hold values of two types?", "How should I name a function?",
    "I read about a Vec in Cargo.toml and README.md, what is it?", "Is a Vec on the heap, e.g. in a Box?",
    "What does my_crate::Thing do?", "What does serde_json::from_str do?", "What does `foo` mean?",
]  # fmt: skip


@pytest.mark.parametrize("question", PLAIN)
def test_plain_words_and_the_person_s_own_names_are_not_called_unknown(question: str, small: Library) -> None:
    assert not any("has no" in one for one in answer(small, question).said)


def test_a_name_is_resolved_through_deref_and_traits_and_not_beyond_them(small: Library) -> None:
    def path(name: str) -> str | None:
        found = resolve_name(small, name)
        return found.path if found else None

    assert path("Vec::sort") == "std::vec::Vec::sort" and path("[T]::sort") is None
    assert path("IntoIter::map") == "std::iter::Iterator::map"
    assert path("Vec::map") is path("Rc::push") is path("HashMap::next") is path("x::Vec::push") is None
    assert path("std::vec::Vec::push") == path("Vec::push") == "std::vec::Vec::push" and path("vec::push") is None
    macro = resolve_name(small, "vec!")
    assert macro and macro.kind == "macro"


def test_near_names_are_of_the_same_type_and_none_where_the_type_is_unknown(small: Library) -> None:
    assert near_names(small, "Vec::drian")[0] == "`Vec::drain`"
    assert "`Iterator::next`" in near_names(small, "IntoIter::nxt")
    assert near_names(small, "Vecc::push") == near_names(small, "push") == near_names(small, "") == []
    assert all("Vec::" in one for one in near_names(small, "Vec::push_back"))


ATTRIBUTES = {
    "What does the `inline` attribute do?": "The `inline` attribute",
    "What does #[inline] do to a function?": "The `inline` attribute",
    "what is the attribute inline for": "The `inline` attribute",
    "What does #[inlin] do?": "has no attribute `#[inlin]`. Near it: `#[inline]`",
    "What does #[frobnicate] do?": "has no attribute `#[frobnicate]`.",
    "what does the must_chek attribute do": "has no attribute `#[must_chek]`",
}


@pytest.mark.parametrize("question", ATTRIBUTES)
def test_an_attribute_leads_to_its_section_or_is_unknown(question: str, small: Library) -> None:
    found = answer(small, question)
    assert ATTRIBUTES[question] in " ".join([*(one.title for one in found.quotes), *found.said])


def test_an_attribute_of_the_index_is_known_though_it_has_no_section(small: Library) -> None:
    assert set(attributes(small)) >= {"inline", "must_use", "track_caller", "cfg"}
    for question in ("What does #[track_caller] do?", "What is `cfg` attribute?"):
        assert not any("has no attribute" in one for one in answer(small, question).said)


TRAITS = {
    "Is Rc Send?": ["`Rc` is not Send:", "impl<T> !Send for Rc<T>"],
    "Can I use an Rc across threads?": ["`Rc` is not Send:", "`Rc` is not Sync:"],
    "Is Rc Clone and Sync?": ["`Rc` implements Clone:", "`Rc` is not Sync:"],
    "Is Option Copy?": ["`Option` implements Copy:", "impl<T: Copy> Copy for Option<T>"],
    "Can a Vec be copied?": ["`Vec` does not implement Copy: its page lists no such implementation."],
    "Does Vec implement Debug?": ["`Vec` implements Debug:"],
    "Can I print a Vec with {:?}?": ["`Vec` implements Debug:"],
    "Is Vec thread-safe?": ["`Vec` implements Send:", "where T: Send", "`Vec` implements Sync:"],
}


@pytest.mark.parametrize("question", TRAITS)
def test_whether_a_type_implements_a_trait_is_stated_with_the_line_that_says_so(question: str, small: Library) -> None:
    (quote,) = answer(small, question).quotes
    for one in TRAITS[question]:
        assert one in quote.said


def test_a_trait_that_nobody_asked_about_and_one_that_std_has_not_are_not_stated(small: Library) -> None:
    assert "implement" not in answer(small, "What is a `Vec`?").quotes[0].said
    assert "Frobnicate" not in " ".join(one.said for one in answer(small, "Does `Vec` implement Frobnicate?").quotes)
    assert (
        "implement" not in answer(small, "What is `Send`, is it a trait?").quotes[0].said
    )  # of a trait nothing is stated


def said(found: LibraryAnswer) -> str:
    return found.quotes[0].said


def test_since_unstable_and_deprecated_are_stated_from_the_page(small: Library) -> None:
    assert "method; stable since 1.61.0." in said(answer(small, "Since when is Vec::retain_mut stable?"))
    assert "stable since 1.37.0" in said(answer(small, "which version has the xor method of Option?"))
    unstable = said(answer(small, "Can I use Vec::push_within_capacity?"))
    assert (
        "unstable: it needs nightly and `#![feature(vec_push_within_capacity)]`" in unstable and "since" not in unstable
    )
    gone = said(answer(small, "Is mem::uninitialized still fine?"))
    assert "Deprecated since 1.39.0: use mem::MaybeUninit instead." in gone
    assert "Deprecated" not in said(answer(small, "Is mem::take deprecated?"))


def test_two_names_in_a_question_are_both_answered_and_a_third_one_is_too_much(small: Library) -> None:
    two = answer(small, "What do Vec::push and Vec::drain do?")
    assert [one.title for one in two.quotes] == ["std::vec::Vec::push", "std::vec::Vec::drain"]
    assert len(answer(small, "Compare Vec::push, Vec::drain and Vec::retain.").quotes) == 2
    half = answer(small, "What do Vec::push and Vec::drian do?")
    assert [one.title for one in half.quotes] == ["std::vec::Vec::push"] and "has no `Vec::drian`" in half.said[0]


IMPLEMENTED = {
    "Can I implement Debug for Vec?": ("Error code E0117", "`Debug` and `Vec` are both of std"),
    "How do I implement Iterator for my struct Counter?": ("std::iter::Iterator", "pub trait Iterator"),
    "Can I implement Clone for an enum of mine?": ("std::clone::Clone", "trait"),
}


@pytest.mark.parametrize("question", IMPLEMENTED)
def test_implementing_a_trait_of_std_leads_to_the_trait_or_to_the_rule_that_forbids_it(
    question: str, small: Library
) -> None:
    (quote,), (title, said) = answer(small, question).quotes, IMPLEMENTED[question]
    assert quote.title == title and said in quote.said
