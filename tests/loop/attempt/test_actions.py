"""What she says becomes what she does: in the taught form without loss, in every other form that this family of models uses."""

import json
import time
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rusta.loop.attempt.actions import (
    CALLS,
    Action,
    CargoCall,
    Explain,
    Malformed,
    Navigate,
    ReadCall,
    Recall,
    ReplaceItem,
    Search,
    SearchReplace,
    Trouble,
    WholeFile,
    format_description,
    normalized_path,
    parse,
    render_reply,
    repair,
)
from rusta.loop.attempt.actions.calls import EXAMPLES, example

segment = st.from_regex(r"[A-Za-z_][A-Za-z0-9_. -]{0,10}[a-z]", fullmatch=True).filter(
    lambda part: "  " not in part and part != ".."
)
path = st.builds(lambda folders, name: "/".join([*folders, f"{name}.rs"]), st.lists(segment, max_size=3), segment)
word = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), min_size=1, max_size=40).filter(str.strip)
TRICKY = [
    "fn f() {",
    "}",
    "```",
    "````",
    "    ```rust",
    "=======",
    "<<<<<<< SEARCH",
    ">>>>>>> REPLACE",
    "<tools>",
    "</tools>",
    "",
]
TRICKY += ["FILE a.rs", '{"name": "read"}']
code = st.lists(
    st.one_of(
        st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=30),
        st.sampled_from(TRICKY),
    ),
    max_size=8,
).map(lambda rows: "".join(f"{row}\n" for row in rows))  # fmt: skip
item = st.sampled_from(
    ["take", "Pool::take", "impl Display for Pool<T>", "<Pool as fmt::Display>::fmt", "impl X for *const T", "m!"]
)
calls = st.one_of(
    st.builds(ReadCall, path, item=st.sampled_from(["", "Pool::take"]), first=st.integers(0, 99), last=st.integers(0, 99)),
    st.builds(Search, word, st.one_of(st.just(""), path)),
    st.builds(
        CargoCall,
        st.sampled_from(["check", "clippy", "test", "run", "miri", "fmt"]),
        st.one_of(st.just(""), word),
        st.lists(word, max_size=3).map(tuple),
    ),
    st.builds(Explain, word),
    st.builds(Navigate, st.sampled_from(["definition", "hover"]), path, st.integers(0, 99), word),
    st.builds(Recall, word),
)  # fmt: skip
edits = st.one_of(
    st.builds(WholeFile, path, code),
    st.builds(ReplaceItem, item, code.filter(str.strip), st.just("")),
    st.builds(ReplaceItem, item, code.filter(str.strip), path, st.integers(0, 999)),
    st.builds(SearchReplace, path, code, code),
)


@settings(max_examples=80)
@given(st.one_of(calls, edits), st.sampled_from(["", "I read it first.", "Two lines.\n\nAnd `code` in them."]))
def test_an_action_is_read_as_it_was_rendered(action: Action, said: str) -> None:
    try:
        text = render_reply(said, [action])
    except Malformed:
        assert any("<<<<<" in text or "=====" in text for text in vars(action).values() if isinstance(text, str)), (
            "only code full of marks cannot be written"
        )
        return
    reply = parse(text)
    assert reply.actions == (action,)
    assert reply.problems == ()
    assert reply.narration == said
    assert reply.before(reply.actions[0]) == said


@given(
    st.lists(
        st.one_of(calls, edits).filter(lambda action: not isinstance(action, SearchReplace) or bool(action.path)),
        max_size=4,
    )
)
def test_several_actions_of_one_answer_keep_their_order(actions: list[Action]) -> None:
    try:
        text = render_reply("First this.", actions)
    except Malformed:
        return
    assert parse(text).actions == tuple(actions)


CALL = '{"name": "read", "arguments": {"path": "src/lib.rs"}}'


@pytest.mark.parametrize(
    "text",
    [
        f"<tools>\n{CALL}\n</tools>",
        f"<tools>{CALL}</tools>",
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"<tool_call>\n{CALL}\n</tools>",
        f"<tools>\n{CALL}\n",
        f"Let me look.\n```json\n{CALL}\n```",
        f"```\n{CALL}\n```",
        f"```tool_call\n{CALL}\n```",
        f"```xml\n<tools>\n{CALL}\n</tools>\n```",
        f"<tools>\n```json\n{CALL}\n```\n</tools>",
        CALL,
        f"I look.\n{CALL}\nThen I say more.",
        f"[{CALL}]",
        "{'name': 'read', 'arguments': {'path': 'src/lib.rs',},}",
        "{name: 'read', arguments: {path: 'src/lib.rs'}}",
        '{"name": "read", "parameters": {"path": "src/lib.rs"}}',
        '{"function": "read", "arguments": {"path": "src/lib.rs"}}',
        '{"function": {"name": "read", "arguments": "{\\"path\\": \\"src/lib.rs\\"}"}, "type": "function"}',
        '{"name": "read", "arguments": "{\\"path\\": \\"src/lib.rs\\"}"}',
        '{"name": "read", "arguments": "src/lib.rs"}',
        '{"name": "read_file", "arguments": {"file_path": "./src/lib.rs"}}',
        '{"tool": "cat", "input": {"filename": "src\\\\lib.rs"}}',
        '{"name": "read", "path": "src/lib.rs"}',
        '<tools>{"read": {"path": "src/lib.rs"}}</tools>',
        '{\n  "name": "read",\n  "arguments": {\n    "path": "src/lib.rs" // the library\n  }\n}',
        f"1. See\n   ```json\n   {CALL}\n   ```",
        f"```json\r\n{CALL}\r\n```\r\n",
    ],
)
def test_a_call_is_read_in_every_form_the_family_gives_it(text: str) -> None:
    reply = parse(text)
    assert reply.actions == (ReadCall("src/lib.rs"),), reply
    assert not reply.problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "cargo_check", "arguments": {}}', CargoCall("check")),
        ('{"name": "cargo check"}', CargoCall("check")),
        ('{"name": "cargo", "arguments": {"command": "cargo test --lib pool"}}', CargoCall("test", filter="pool")),
        ('{"name": "cargo", "arguments": "test"}', CargoCall("test")),
        ('{"name": "cargo", "arguments": {"what": "run", "args": ["--fast", "3"]}}', CargoCall("run", args=("--fast", "3"))),
        ('{"name": "grep", "arguments": {"pattern": "fn take", "path": null}}', Search("fn take")),
        ('{"name": "read", "arguments": {"path": "a.rs", "lines": "3-9"}}', ReadCall("a.rs", first=3, last=9)),
        ('{"name": "read", "arguments": {"path": "a.rs", "start_line": "3", "end_line": 9.0}}', ReadCall("a.rs", first=3, last=9)),
        ('{"name": "explain", "arguments": {"error_code": "E0382"}}', Explain("E0382")),
        ('{"name": "hover", "arguments": {"file": "a.rs", "line": 3, "symbol": "x"}}', Navigate("hover", "a.rs", 3, "x")),
        ('{"name": "recall", "arguments": {"query": "it\\u0027s \\"moved\\""}}', Recall("it's \"moved\"")),
        ("{'name': 'search', 'arguments': {'text': 'it's here'}}", Search("it's here")),
        ('{"name": "search", "arguments": {"text": "say "hi" now"}}', Search('say "hi" now')),
    ],
)  # fmt: skip
def test_other_words_for_the_same_call_are_understood(text: str, expected: Action) -> None:
    assert parse(text).actions == (expected,)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('<tools>{"name": "reed", "arguments": {}}</tools>', "Did you mean read? There are: read, search"),
        ('<tools>{"name": "dance", "arguments": {}}</tools>', "There are: read, search"),
        ('<tools>{"name": "write_file", "arguments": {"path": "a.rs", "content": "x"}}</tools>', "REPLACE ITEM"),
        ('<tools>{"name": "read", "arguments": {}}</tools>', "read needs path"),
        ('<tools>{"name": "read", "arguments": {"where": "a.rs"}}</tools>', "does not know 'where'"),
        ('<tools>{"name": "cargo", "arguments": {"what": "publish"}}</tools>', "There are: check, clippy"),
        ('<tools>{"name": "read", "arguments": {"path": "a.rs", "first": "top"}}</tools>', "line number"),
        ('<tools>{"name": "read", "arguments": [1, 2]}</tools>', "path is a text"),
        ('<tools>{"path": "a.rs"}</tools>', "a name and arguments"),
        ("<tools>read src/lib.rs</tools>", "no call between"),
        ("<tools>{read src/lib.rs}</tools>", "no JSON"),
        ('<tools>{"name": "read", "arguments": {"path": "../secret"}}</tools>', "leads out"),
        ('<tools>{"name": "read", "arguments": {"path": "/etc/passwd"}}</tools>', "absolute"),
        ("FILE ../x.rs\n```rust\nfn a() {}\n```", "leads out"),
        ("FILE .git/hooks/pre-commit\n```\nx\n```", ".git"),
        ("EDIT a.rs\n```rust\nfn a() {}\n```", "without marks"),
        ("EDIT a.rs\n```rust\n<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n```", "do not pair"),
        ("REPLACE ITEM a::b in a.rs\n", "No code follows"),
        ("Here:\n```diff\n--- a/x.rs\n+++ b/x.rs\n@@ -1 +1 @@\n-a\n+b\n```", "diffs"),
        ("REPLACE ITEM x in a.rs\n```rust\n\x00\n```", "U+0000"),
    ],
)
def test_what_cannot_be_done_is_answered_with_what_can(text: str, says: str) -> None:
    reply = parse(text)
    assert reply.actions == ()
    assert says in repair(reply)


@pytest.mark.parametrize(
    "text",
    [
        '<tools>{"name": "read", "arguments": {"path": "src/li',
        '<tools>\n{"name": "read", "arguments": {"path": "src/lib.rs"',
        '```json\n{"name": "read", "arguments": {"path": "src/li',
        '{"name": "read", "arguments": {"path": "src/li',
        '<tools>{"name": "cargo", "arguments": {"what": "test"}',
        "FILE src/lib.rs\n```rust\nfn a() {}\n",
        "REPLACE ITEM a in src/lib.rs\n```rust\nfn a() {",
        "EDIT a.rs\n```rust\n<<<<<<< SEARCH\nx\n=======\ny\n",
    ],
)
def test_what_was_cut_is_told_and_never_completed(text: str) -> None:
    for cut in (True, False):
        reply = parse(f"I begin.\n{text}", cut)
        assert reply.actions == ()
        assert [problem.trouble for problem in reply.problems] == [Trouble.CUT]


@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("around", ["<tools>\n{}\n</tools>", "<tool_call>{}</tool_call>", "```json\n{}\n```"])
def test_a_brace_too_few_in_what_she_closed_herself_is_a_slip(around: str, lost: int) -> None:
    call = '{"name": "read", "arguments": {"path": "src/lib.rs"}}'[:-lost]
    assert parse(around.format(call)).actions == (ReadCall("src/lib.rs"),)
    assert not parse(around.format(call), cut=True).actions
    half = '{"name": "read", "arguments": {"path": "src/li'
    assert not parse(around.format(half)).actions


def test_a_whole_call_in_an_open_tag_counts_unless_the_limit_cut_it() -> None:
    assert parse(f"<tools>{CALL}").actions
    assert not parse(f"<tools>{CALL}", cut=True).actions


@pytest.mark.parametrize(
    "text",
    [
        'The crate is `{"name": "serde", "version": "1"}` in the lock file.',
        '```json\n{"name": "serde", "version": "1"}\n```',
        '{"name": "serde", "version": "1"}',
        "I put calls between `<tools>` and `</tools>`.",
        "For example:\n```rust\nfn main() {}\n```\nDoes that match the picture in your head?",
        "```rust\nlet s = \"<tools>{}</tools>\";\n```",
        "```text\nerror[E0382]\n```",
        "I would edit `src/lib.rs` next.",
        "EDIT is a word, FILE is another.",
        "Heading\n=======\nText",
        "",
    ],
)  # fmt: skip
def test_talk_stays_talk(text: str) -> None:
    reply = parse(text)
    assert reply.actions == () and reply.problems == ()
    assert reply.narration == text


@pytest.mark.parametrize(
    "head",
    ["FILE src/a.rs", "**FILE src/a.rs**", "### FILE `src/a.rs`", "FILE: src/a.rs", "FILE src/a.rs:"],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_a_file_is_named_above_its_code(head: str, gap: str) -> None:
    assert parse(f"I write it.\n\n{head}{gap}```rust\nfn a() {{}}\n```").actions == (
        WholeFile("src/a.rs", "fn a() {}\n"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "src/a.rs\n```rust\nfn a() {}\n```",
        "**`src/a.rs`**:\n```rust\nfn a() {}\n```",
        "Filename: src/a.rs\n```rust\nfn a() {}\n```",
        "```rust src/a.rs\nfn a() {}\n```",
        "```rust:src/a.rs\nfn a() {}\n```",
        '```rust title="src/a.rs"\nfn a() {}\n```',
        "```rust\n// src/a.rs\nfn a() {}\n```",
    ],
)
def test_a_path_that_only_stands_near_code_is_not_sure(text: str) -> None:
    assert parse(text).actions == (WholeFile("src/a.rs", "fn a() {}\n", sure=False),)


@pytest.mark.parametrize(
    "head",
    [
        "REPLACE ITEM Pool::take in src/a.rs",
        "**REPLACE ITEM** `Pool::take` in `src/a.rs`:",
        "### REPLACE ITEM Pool::take (src/a.rs)",
        "REPLACE ITEM: Pool::take in file src/a.rs",
        "REPLACE FN Pool::take of src/a.rs",
        "Replace item Pool::take in src/a.rs",
    ],
)
def test_an_item_is_named_above_its_code(head: str) -> None:
    assert parse(f"{head}\n```rust\nfn take() {{}}\n```").actions == (
        ReplaceItem("Pool::take", "fn take() {}\n", "src/a.rs"),
    )


def test_an_item_may_hold_the_signs_that_stand_before_a_path() -> None:
    head = "REPLACE ITEM impl Index<(usize, usize)> for Matrix<T> in src/lib.rs"
    (action,) = parse(f"{head}\n```rust\nimpl X {{}}\n```").actions
    assert isinstance(action, ReplaceItem)
    assert (action.item, action.path) == ("impl Index<(usize, usize)> for Matrix<T>", "src/lib.rs")


BLOCK = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE"


@pytest.mark.parametrize(
    "text",
    [
        f"EDIT a.rs\n```rust\n{BLOCK}\n```",
        f"EDIT a.rs\n{BLOCK}",
        f"a.rs\n```\n{BLOCK}\n```",
        f"```rust a.rs\n{BLOCK}\n```",
        f"```rust\na.rs\n{BLOCK}\n```",
        "EDIT a.rs\n<<<<< SEARCH\na\n=====\nb\n>>>>> REPLACE",
        "EDIT a.rs\n<<<<<<<<< SEARCH\na\n=======\nb\n>>>>>>>> REPLACE",
        "<<<<<<< SEARCH a.rs\na\n=======\nb\n>>>>>>> REPLACE",
        "EDIT a.rs\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>>",
        f"EDIT a.rs\r\n```rust\r\n{BLOCK}\r\n```".replace("\n", "\r\n").replace("\r\r", "\r"),
    ],
)
def test_a_block_is_read_with_tolerant_marks(text: str) -> None:
    assert parse(text).actions == (SearchReplace("a.rs", "a\n", "b\n"),)


def test_blocks_without_a_header_go_on_in_the_file_before() -> None:
    reply = parse(f"EDIT a.rs\n```rust\n{BLOCK}\n\n{BLOCK.replace('a', 'c', 1)}\n```\nAnd then:\n```rust\n{BLOCK}\n```")
    assert [action.path for action in reply.actions if isinstance(action, SearchReplace)] == ["a.rs"] * 3
    assert reply.narration == "And then:"


@pytest.mark.parametrize(
    "spelled",
    [
        "..", "../x", "a/../../x", "/etc/passwd", "~/x", "C:\\x", "C:x", "\\\\server\\x", "", ".", "./", "a\x00b", "a\nb",
        "a\x1bb", ".git/config",
        ".GIT/config", "sub/.git/hooks/x", ".git.", ".git /x", "git~1/x", "．git/x", ".g\u200bit/x", "a\u202eb", "\ud800",
        "x" * 401, "a/" + "y" * 300,
        "-rf", "a//b/../../..", "..\\x", "file:///etc/passwd", "a?b", "a  b",
    ],
)  # fmt: skip
def test_no_spelling_of_a_path_leads_out_or_into_git(spelled: str) -> None:
    with pytest.raises(Malformed):
        normalized_path(spelled)
    for kind in (WholeFile, ReplaceItem, SearchReplace):
        with pytest.raises(Malformed):
            kind(
                **{field.name: "x" for field in fields(kind) if field.name not in ("path", "sure", "line")}
                | {"path": spelled or ".."}
            )


def test_the_manual_teaches_forms_that_are_read() -> None:
    reply = parse(format_description())
    assert reply.problems == ()
    assert [type(action) for action in reply.actions] == [ReadCall, ReplaceItem, SearchReplace, WholeFile]
    assert all(f"- {name}: " in format_description() for name in CALLS)
    assert "- recall: " not in format_description(["read", "cargo"])
    assert len(format_description()) < 3000, "it stands in every prompt"


@pytest.mark.parametrize("name", list(CALLS))
def test_the_example_of_a_call_is_that_call(name: str) -> None:
    assert parse(example(CALLS[name])).actions == (CALLS[name](**EXAMPLES[name]),)
    assert json.loads(example(CALLS[name]))["name"] == name


@pytest.mark.parametrize(
    "piece",
    [
        "<tools>", "</tools>", "<tools>{", '{"name": "', '{"name": {"name": ', "[" * 50, '{"a":' * 20, "```json\n", "```\n",
        "```rust\n", "````\n", "~~~\n", "<<<<<<< SEARCH\n",
        "=======\n", ">>>>>>> REPLACE\n", "<<<<<<< SEARCH\n=====\n>>>>> REPLACE\n", "FILE a.rs\n", "FILE a.rs\n```\n",
        "REPLACE ITEM `", "REPLACE ITEM a in ", " in ", "(", "`",
        "src/a.rs\n", "\\", '"', "' ", "{'a': '", "> ", ">```\n", " " * 50, "\r", "\n", "*", "#",
        '{"name": "read", "arguments": "', "// a/b.rs\n", "```json\n{\"name\":\n",
        '{"name": "x", "v": 1}\n', "```json\n{\"name\": \"x\"}\n```\n",
    ],
)  # fmt: skip
def test_a_piece_said_forever_is_read_in_time(piece: str) -> None:
    """Linear time: sixty thousand letters of nothing but one piece. A square of that would be minutes."""
    text = (piece * 60_000)[:60_000]
    began = time.process_time()
    parse(text)
    parse("x " + text, cut=True)
    assert time.process_time() - began < 4  # tenths of a second on a machine of one's own
