"""Whatever the grammar can say is narration and one action that parses: shown by saying thousands of things it can say."""

import random
import re
from functools import cache

import pytest

from rusta.core.errors import ConfigError
from rusta.loop.attempt.actions import (
    CALLS,
    Malformed,
    ReplaceItem,
    SearchReplace,
    WholeFile,
    grammar,
    items_alone,
    parse,
    prose,
)
from rusta.loop.attempt.actions.grammar import BLOCK, EDITS, ITEM, WHOLE
from rusta.mind.mind import Constraint

TOKEN = re.compile(
    r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<set>\[(?:[^\]\\]|\\.)*\])|(?P<name>[a-z-]+)|(?P<sign>[|()])|(?P<times>[?]|\{\d+,\d+\}))'
)
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|.)")


def unescaped(text: str) -> str:
    return ESCAPE.sub(
        lambda found: (
            chr(int(found[1][1:], 16)) if found[1][0] == "x" else {"n": "\n", "t": "\t"}.get(found[1], found[1])
        ),
        text,
    )


class Sayer:
    """Says what a GBNF grammar allows, at random; bare letters are preferred that could break the format."""

    def __init__(self, gbnf: str, seed: int) -> None:
        self.rules = dict(line.split(" ::= ", 1) for line in gbnf.strip().split("\n"))
        self.random = random.Random(seed)

    def say(self, rule: str = "root") -> str:
        tokens = list(TOKEN.finditer(self.rules[rule]))
        said, at = self._either(tokens, 0)
        assert at == len(tokens), rule
        return said

    def _either(self, tokens: list["re.Match[str]"], at: int) -> tuple[str, int]:
        # Every branch is walked to know where it ends, and one is said.
        branches, start = [], at
        while True:
            end = self._end(tokens, start)
            branches.append((start, end))
            if end < len(tokens) and tokens[end]["sign"] == "|":
                start = end + 1
                continue
            break
        first, last = self.random.choice(branches)
        return self._sequence(tokens, first, last), branches[-1][1]

    @staticmethod
    def _end(tokens: list["re.Match[str]"], at: int) -> int:
        deep = 0
        while at < len(tokens):
            sign = tokens[at]["sign"]
            if not deep and sign in ("|", ")"):
                break
            deep += (sign == "(") - (sign == ")")
            at += 1
        return at

    def _sequence(self, tokens: list["re.Match[str]"], at: int, last: int) -> str:
        said = []
        while at < last:
            token, begin = tokens[at], at
            if token["sign"] == "(":
                deep, end = 1, at + 1
                while deep:
                    deep += (tokens[end]["sign"] == "(") - (tokens[end]["sign"] == ")")
                    end += 1
                at = end
            else:
                at += 1
            low, high = 1, 1
            if at < last and (times := tokens[at]["times"]):
                low, high = (0, 1) if times == "?" else map(int, times.strip("{}").split(","))
                at += 1
            for _ in range(self.random.randint(low, min(high, low + 12))):
                said.append(self._one(tokens, token, begin))
        return "".join(said)

    def _one(self, tokens: list["re.Match[str]"], token: "re.Match[str]", begin: int) -> str:
        if token["sign"] == "(":
            return self._either(tokens, begin + 1)[0]
        if token["text"]:
            return unescaped(token["text"][1:-1])
        if token["set"]:
            return self.random.choice(letters(token["set"]))
        return self.say(token["name"])


@cache
def letters(group: str) -> str:
    body = group[1:-1]
    negative = body.startswith("^")
    parts = re.findall(r"(\\x[0-9a-f]{2}|\\.|.)(?:-(\\x[0-9a-f]{2}|\\.|[^]]))?", body.removeprefix("^"), re.DOTALL)
    inside = set()
    for first, last in parts:
        low = ord(unescaped(first))
        inside |= {chr(n) for n in range(low, ord(unescaped(last)) + 1)} if last else {chr(low)}
    if not negative:
        return "".join(sorted(inside))
    common = "aZ0 `<>{}[]()/\\\"'*#=~|:;.,_-!&\t\n\x00\x1b\x7f\x85é中\u2028"
    return "".join(sorted(set(common) - inside))


FILES = ["src/pool.rs", "Cargo.toml"]
PLACES = [("Pool::take", "src/pool.rs"), ("impl Display for Pool<T>", "src/pool.rs")]


@pytest.mark.parametrize("name", [*CALLS, *EDITS])
@pytest.mark.parametrize("known", [True, False], ids=["known files", "any file"])
def test_whatever_it_says_is_one_action(name: str, known: bool) -> None:
    gbnf = grammar([name], PLACES if known else (), FILES if known else (), lines=6).grammar
    assert gbnf
    for seed in range(150):
        text = Sayer(gbnf, seed).say()
        reply = parse(text)
        assert len(reply.actions) == 1 and not reply.problems, (text, reply)
        assert reply.narration, text
        action = reply.actions[0]
        kinds = {WHOLE: WholeFile, ITEM: ReplaceItem, BLOCK: SearchReplace}
        assert type(action) is (kinds.get(name) or CALLS[name])
        if known and name in EDITS:
            assert vars(action)["path"] in FILES
            assert text.endswith("```")


def test_all_actions_together_compose() -> None:
    gbnf = grammar(items=PLACES, files=FILES).grammar
    assert gbnf
    said = {type(parse(Sayer(gbnf, seed).say()).actions[0]).__name__ for seed in range(300)}
    assert len(said) == 9


def test_prose_is_so_many_sentences_and_neither_code_nor_an_action() -> None:
    gbnf = prose(4).grammar
    assert gbnf
    for seed in range(300):
        said = Sayer(gbnf, seed).say()
        reply = parse(said)
        assert not reply.actions and not reply.problems and "\n" not in said and said.count("`") % 2 == 0, said
        assert len(re.split(r"(?<=[.?!]) ", re.sub("`[^`]+`", "`", said))) <= 4 and said[-1] in ".?!"


def test_items_alone_are_one_closed_block_with_its_opening() -> None:
    opening = "impl<T> Ring<T> {\n    pub fn last(&self) -> Option<&T> {\n"
    gbnf = items_alone(9, opening).grammar
    assert gbnf
    for seed in range(100):
        said = Sayer(gbnf, seed).say()
        assert said.startswith(f"```rust\n{opening}") and said.endswith("```") and len(said.split("\n")) <= 12
    assert (
        Sayer(items_alone(9).grammar or "", 1)
        .say()
        .startswith(("```rust\nimpl", "```rust\npub ", "```rust\nfn ", "```rust\nuse ", "```rust\n#["))
    )


@pytest.mark.parametrize("made", [grammar(), prose(2), items_alone(2)], ids=["actions", "prose", "items"])
def test_every_rule_that_is_used_is_there(made: Constraint) -> None:
    gbnf = made.grammar
    assert gbnf
    rules = dict(line.split(" ::= ", 1) for line in gbnf.strip().split("\n"))
    bare = re.compile(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]')
    used = {name for rule in rules.values() for name in re.findall(r"[a-z][a-z-]*", bare.sub("", rule))}
    assert used <= rules.keys()


def test_an_action_or_a_path_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match="There is no action dance"):
        grammar(["dance"])
    with pytest.raises(ConfigError):
        grammar([])
    with pytest.raises(Malformed):
        grammar(files=["../x"])
