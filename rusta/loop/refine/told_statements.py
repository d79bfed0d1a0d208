"""Extract the sentences worth keeping from what a person typed: statements about them, the project and Rust.

A sentence is left out if it asks for something (a question, a request, a wish), if it is about the moment ("it still
fails"), or if it is code, a command or a program's output. Secrets are masked; a sentence that says nothing but a
secret is left out.

Not covered: languages other than English, and code that reads like a sentence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rusta.loop.refine.secret_topics import all_plain, clean_clauses, is_wary, leans, names_secret
from rusta.memory.forgetting import secret_masking
from rusta.memory.forgetting.secret_masking import MASK

FEWEST_WORDS = 4
"""Fewest words of a sentence. A clause beside a secret needs one less."""
LONGEST = 400
"""Most characters of a sentence. Longer text was pasted."""
LONGEST_MESSAGE = 8_000
"""Characters of a message that are looked at. What is longer was pasted."""
ENDS = re.compile(r"(?<=[.!?])\s+")
FENCED = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
# Program output that a person pasted: rustc, cargo, a panic, a shell.
SHOWN = re.compile(
    r"^[ \t]*(?:error|warning|note|help)(?:\[\w+\])?:|^[ \t]*-->|^[ \t]*+(?:\d++ *+)?\|(?: |$)"
    r"|^[ \t]*= (?:note|help)|^thread '|^[ \t]+at \S+:\d+"
    r"|^\w{3} \d{1,2} \d\d:\d\d:\d\d |^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|panicked at \S+:\d+:\d+"
    r"|(?:^[ \t]+[A-Z][\w ]{0,20}: [^\n]*\n){2}"
    r"|^[$%>] |^[ \t]*(?:Compiling|Checking|Finished|Running|Doc-tests|Blocking|Updating|Download\w+|Fresh|Locking"
    r"|Adding|Installing) |^test .* \.\.\. |^---- .* ----$",
    re.MULTILINE,
)
CODE = re.compile(
    r"^\s*(?:#!?\[|//|/\*|\*/|[{}()\[\]]+[;,]?\s*$)"
    r"|^\s*(?:pub(?:\(\w+\))? )?(?:fn|let|use|impl|struct|enum|trait|mod|const|static|type"
    r"|unsafe(?= fn| impl| trait| extern| ?\{)|async fn|extern|macro_rules!)\b"
    r"[^.?!]*[({;=<]"
    r"|^\s*(?:for|while|if|match|loop|else)\b.*\{\s*|[;{]\s*$|^\s*\[[\w.\"-]+\]\s*$|^\s*[\w.-]+\s*=\s*(?:[\"'\[{]|\d[\w.]*\s*$)"
    r"|^\s*(?:export )?[A-Z][A-Z0-9_]+=\S*+(?:\s+[\w./=-]+){0,3}+\s*$"
    r"|^\s*(?:\$ )?(?:cargo|git|curl|wget|ssh|scp|cd|ls|sudo|docker|rustup|rustc|export|echo|cat|grep|psql|mysql|srun|sbatch)\s+"
    r"(?:-|\w+[-/=.]|https?:|\w+$|\w+\s+(?:-|HEAD|origin))"
    r"|^\s*\w+\s+\.{0,2}/?target/\S+|^\s*[\w./-]+(?=\s)(?:.*?\s--?[a-zA-Z][\w-]*(?=[ =])){2}"
)
MASKED = re.compile(r"\[secret\d{0,4}\]")
DOUBTFUL = re.compile(r"\[secret(\d{1,4})\]")  # the group is the index among the doubtful secrets of a text
NAMED = re.compile(r"(?<=\w )(?:#!?\[[^\]]{1,80}\]|`[^`]{1,80}`)")  # code that a sentence names
SYMBOLS = re.compile(r"[{}();=<>|&*#\\]|::|->|=>|\+=|\.\w+\(")
MOST_SYMBOLS = 0.12
"""Share of `SYMBOLS` per character above which a line is code."""
OPENING = re.compile(
    r"^(?:(?:please|now|then|ok(?:ay)?|so|and|but|also|just|well|hey|hi|hm"
    r"|hang on|hold on|nah|rusta|thanks|thank you|yes|yeah|yep|right|next|first|maybe"
    r"|instead|lol|haha+|nice|cool|great|wow|hmm+|ugh|oh|ah|damn|alright|omg|yay|holy \w+|sorry|actually|honestly|seriously|ffs|no(?=[,:!])"
    r"|fwiw|tbh|til|fun fact|for context|(?:it )?turns out(?: that)?|update|decided|decision|anyway|unrelated"
    r"|for (?:the love of \w+|\w+'?s sake)|by the way|btw)\b[,:!.]*\s*)+",
    re.IGNORECASE,
)
AFTER_TOPIC = re.compile(r"[:;–—]\s+(?=\w)")  # "match guards: do they count", "let p = f(); how do i fix it"
TOLD = re.compile(
    r"^(?:(?:(?:please|pls|plz) )?(?:remember|note|keep in mind|mind"
    r"|know|you should know|fyi|btw|by the way|for the record)\b[,:]?(?: that)?\s+)",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"^(?:why|what|how|when|where|who|which|whose|(?:what|how|where|who|when|why)'?s|can|could"
    r"|would|will|shall|should|do|does|did|is|are|was|were(?! \w+ing\b)|am|has(?! been\b)|have|may|might|any\w*)\b"
    r"(?!\s+(?:\w+s|\w+ed)\b.*\b(?:is|are)\b)",
    re.IGNORECASE,
)
ASKS_FOR = re.compile(
    r"(?:why|what|how|whose)\b|(?:for|in|on|from|with|to|of|at|since) (?:what|which)\b", re.IGNORECASE
)
WANTS = re.compile(
    r"^(?:i|we)(?:'d| would| could)? (?:just |really |also )?(?:want|need|like|wish|love|hope)\b(?! no\b)"
    r"|^(?:let's|let us|let me)\b|^(?:can|could|would) (?:you|we|i)\b|\b(?:can|could|would|will) you\b"
    r"|\b(?:you|we|i) (?:should|could|might|may) (?!not\b)(?!only\b)|^you(?:'re|r)?\b(?! (?:can(?:not|'t)|must)\b)"
    r"|^it would be\b|^(?:i am|i'm|im) (?:asking|looking for|trying to)\b"
    r"|^(?:i|we)(?:'m| am| was| were|'re| are)? (?:just |still |also )?(?:wonder\w*|curious|hoping|thinking (?:of|about))\b"
    r"|^(?:the|my|our|your) [\w -]{0,40}\b(?:is|was|would be) to \w",
    re.IGNORECASE,
)
VERBS = """
    add adjust allow answer apply ask assume avoid benchmark build bump call change check clean clone combine commit
    compare compile convert copy create cut debug delete derive describe diff do document draft drop edit elaborate
    enable ensure expand explain export extract factor figure fill find finish fix follow format generate get give go
    guess handle help hurry imagine implement import improve inline insert inspect install keep leave list log look
    make measure merge mock move open optimise optimize parse paste pick port pretend print profile propose publish
    push put read redo reduce refactor reformat remind remove rename repair repeat rephrase replace reply rerun
    resolve restart return revert review rewrite run save search see send set shorten show simplify skip solve sort
    split start stop suggest summarise summarize suppose switch take tell test think trace translate trim try turn
    undo unwrap update upgrade use verify wait walk wrap write
"""
# A request by its word, unless it says how somebody wants to be treated for good.
PLEASE = re.compile(
    r"(?:please|pls|plz|kindly)\b(?! (?:always|never|call me|don't ever|note|know|remember|keep in mind)\b)"
    r"|(?!.*\b(?:i|i'm|im|i've|my|we|our|no|never|always)\b)"
    r".*\b(?:please|pls|plz)\b",
    re.IGNORECASE,
)
IMPERATIVES = frozenset(VERBS.split())
# A noun that is spelled as an imperative: "drop order is", "save files in the game are".
NOUN = re.compile(
    r"\w+ (?:is|isn't|are|aren't|was|does|doesn't|has|must|gets?|happens|runs)\b(?!.*\?)"
    r"|\w+ (?!the\b|an?\b|my\b|our\b|it\b|this\b|that\b|these\b|all\b|me\b|any\b|every\w*\b|if\b|wh\w+\b|how\b)\w+"
    r"(?: [\w-]+){0,5} (?:is|are|gets?|has|have|must|runs)\b(?!.*\?)"
)
# About the moment: `it`, `this` and `that` only have a meaning next to what was said before.
MOMENT = re.compile(
    r"^(?:trying|testing|running|going|heading|giving|having|hoping|waiting)\b|^it'?s (?:\d|late|only|like)|^\w+ (?:me|us)\b"
    r"|\bin (?:\w+ )?(?:minutes|an hour|a bit|a minute|a sec\w*)\b|\bfingers crossed\b"
    r"|^(?:it|this|that|these|those|here|they|he|she)(?:'s|'re)?\b(?! (?:[\w `,-]{0,60} (?:turned out|was caused|came from)\b"
    r"|(?:is|was) (?:\w+ ){1,4}(?:that|to)\b"
    r"|thing (?:has|must|runs|needs|should)|project|crate|workspace|repo\w*|code\w*|module|service|team|machine"
    r"|library|binary|application|app|program|function|type|api|format|server|company|parser|compiler|board)\b)"
    r"|^(?:i|we) (?:don't |do not |can't |cannot |still |just |only |also )*(?:see|get|got"
    r"|tried(?!.* and (?:went|moved|switched|ended|settled|stayed)\b)|think|guess|suppose|ran|pasted|noticed)\b"
    r"|^(?:i|we)(?:'ve| have) been \w+ing\b.*\b(?:it|this|that)\b|^(?:[\w ]+, )?you(?:'re| are) (?:an?|the|so)\b"
    r"|^the (?:tests?|build|ci|benchmarks?|errors?|\w+ bins) (?:pass(?:es)?|fails?|works?|hangs?|is|are) (?:now|off|green|red|gone)\b"
    r"|^(?:still(?! (?:an?|new|learning|using|on)\b)|again|nope|same|nothing|something)\b"
    r"|\b(?:right now|for now|at the moment|just now|a minute ago|today|tonight|for this run"
    r"|you (?:just )?(?:gave|wrote|said|suggested|showed|made)\b|(?:version|one|code|change) before)\b"
    r"|\b(?:again|waiting|(?:left|target) lol)[.!]*$|\blooks? (?:fine|ok|okay|good|right|correct|wrong) to me\b"
    r"|^(?:i|we) can(?:not|'t| never) (?:tell|see|figure|remember|work)\b"
    r"|^(?:i )?(?:pasted|copied|sent|typed|clicked|hit|meant)\b|\b(?:every|any|each) \w+ (?:i|we) (?:find|read|see|try|found|tried)\b"
    r"|\b(?:is|are|'s|'re|keeps?|was) (?:still |now |all )?(?:failing|broken|stuck(?! (?:on|with|at)\b)|hanging|not working)\b",
    re.IGNORECASE,
)
GOES_ON = re.compile(
    r"^(?:it|they)(?:'s|'re| is| are| was| were| has| have) (?!the\b|still\b|not\b|now\b)", re.IGNORECASE
)
VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|am|isn't|aren't|has|have|had|must|may|can|cannot|can't|will|won't|should|shall|do|does|don't|doesn't"
    r"|did|never|always|prefer|use|run|need|want|target|support|keep|work|write|maintain|live|mean|go|come|hold|build|took|left|wrote|gave|made|went|chose|built|bought|began|became|held|paid|sold|grew|lost|\w{2,}(?:s|ed))\b"
    r"|\b(?:im|ive|youre|theyre)\b|'(?:m|re|ve|s|d)\b",
    re.IGNORECASE,
)
# What people say of themselves for good, beside a request: not what they just did.
HABITUAL = re.compile(
    r"\b(?:i|we)(?:'m|'re| am| are)? (?:\w+ )?(?:always|never|only|prefer|use|run|work|have|need|must|can't|cannot|don'?t"
    r"|target|support|maintain|ship|write|keep|an?|on|still on|new|not|come|live|hate|love|like|learn\w*)\b|\b(?:im|i'm|we're|my|our)\b",
    re.IGNORECASE,
)
OURSELVES = re.compile(r"(?:i'm|im|i am|we're|we are|my|our)\b", re.IGNORECASE)
BAN = re.compile(r"(?:^|[:,] )no [\w-]+ (?:in|on|for|outside|from|before|after|without)\b", re.IGNORECASE)
# A message that begins so is about the moment.
MOOD = re.compile(
    r"(?:no no|ugh+|argh+|hmm+|thx|ty|thanks|thank you|brb|hang on|hold on|wait|nope|omg|lol|haha+|meh|nah|wow|yay)\b"
    r"(?!.*\b(?:always|never|prefer|our|i use|we use)\b)",
    re.IGNORECASE,
)
SUBJECT = re.compile(r"\b(?:I|we)(?: (?:only|always|mostly|usually|all|both|just))? [a-z]{2,}", re.IGNORECASE)
WANTED = re.compile(
    r"[,;]\s+(?:and |so |but |then |please )*(\w+) (?:the|a|an|it|that|this|into|all|me|my|them|every\w*|something)\b"
)
CLAUSES = re.compile(r"[;:(,–—]\s|\s\(|\s(?:and|but|by the way)\s")
SAYING_NOTHING = """
    a an the my our your its is are was be for to of in on at it i we you and or as with from by into this that password
    passwd passphrase pass phrase pin pw pwd token tokens key keys secret secrets api access signing encryption login log
    user username account credential credentials phrase recovery code use
"""
EMPTY = frozenset(SAYING_NOTHING.split())


@dataclass(frozen=True)
class Statement:
    """A sentence that may be kept, with its secrets masked.

    `doubtful` is the same sentence with uncertain secrets left readable; empty where there are none.
    """

    text: str
    doubtful: str = ""


def statements(text: str) -> list[Statement]:
    """Return the statements of a text, in order, without duplicates."""
    prose = FENCED.sub("\n", text[:LONGEST_MESSAGE])
    told = "\n\n".join(part for part in re.split(r"\n\s*\n", prose) if not SHOWN.search(part))
    shown: list[str] = []

    def mask(one: secret_masking.SecretSpan) -> str:
        shown.extend([] if one.sure else [told[one.start : one.end]])
        return MASK if one.sure else f"[secret{len(shown) - 1}]"

    found = []
    replaced = secret_masking.replace_secrets(told, mask)
    if MOOD.match(replaced.strip()):
        return []
    wary = is_wary(DOUBTFUL.sub("", replaced))
    for line in replaced.split("\n"):
        for said in [] if _code(line) else _lasting([one.strip() for one in ENDS.split(line)], wary):
            doubtful = DOUBTFUL.sub(lambda one: shown[int(one[1])] if int(one[1]) < len(shown) else one[0], said)
            found.append(Statement(MASKED.sub(MASK, said), doubtful if DOUBTFUL.search(said) else ""))
    return list(dict.fromkeys(found))


def _lasting(sentences: list[str], wary: bool) -> Iterator[str]:
    """Yield the statements of one line. Beside a request only what is said of the people themselves is one.

    `wary`: there is a secret, or may be one, somewhere in the message.
    """
    requests = any(_request(one) for one in sentences)
    before = ""  # the preceding sentence, if it was a statement
    for at, sentence in enumerate(sentences):
        if len(sentence) > LONGEST:
            before = ""
            continue
        plain = sentence
        if MASK in DOUBTFUL.sub("", sentence) or names_secret(sentence) or not all_plain(sentence):
            plain = clean_clauses(_bare(sentence))
        elif wary and leans(sentence):
            plain = ""
        before = said = _statement(plain, goes_on=bool(before) and at > 0)
        if said and (
            not requests or (len(said.split()) >= FEWEST_WORDS and HABITUAL.search(said) and not SYMBOLS.search(said))
        ):
            yield said


def _bare(sentence: str) -> str:
    """Return a sentence without what opens it: "ok, so", "please remember that"."""
    return TOLD.sub("", OPENING.sub("", sentence.strip(" \t-*•>")))


def _request(sentence: str) -> bool:
    """Whether a sentence asks for something, in the form of a question or an imperative."""
    said = _bare(sentence)
    return (
        said.endswith("?")
        or bool(ASKS.match(said))
        or (re.sub(r"\W.*", "", said.lower()) in IMPERATIVES and not NOUN.match(said))
    )


def holds_question(text: str) -> bool:
    """Whether there is a question in a text, with or without its mark."""
    prose = FENCED.sub("\n", text)
    parts = (part for line in prose.splitlines() for one in ENDS.split(line) for part in AFTER_TOPIC.split(one))
    begins = (OPENING.sub("", part.strip()) for part in parts)
    return "?" in prose or any(ASKS.match(one) or ASKS_FOR.match(one) for one in begins)


def _code(line: str) -> bool:
    bare = NAMED.sub(" ", MASKED.sub("", line))
    return bool(CODE.search(bare)) or len(SYMBOLS.findall(bare)) > MOST_SYMBOLS * max(len(bare.strip()), 1)


def _statement(sentence: str, goes_on: bool = False) -> str:
    """Return the sentence if it states something of lasting validity, else "".

    `goes_on`: the sentence before it was a statement, which tells what `it` refers to.
    """
    said = _bare(sentence)
    words = said.split()
    if len(words) < FEWEST_WORDS - bool(OURSELVES.match(said)) or said.endswith("?") or PLEASE.match(sentence.strip()):
        return ""
    first = re.sub(r"\W+$", "", words[0].lower())
    if (
        (first in IMPERATIVES and not NOUN.match(said))
        or WANTS.search(said)
        or any(ASKS.match(part) for part in AFTER_TOPIC.split(said))
    ):
        return ""
    if MOMENT.search(said) and not (goes_on and GOES_ON.match(said)):
        return ""
    if any(one[1].lower() in IMPERATIVES for one in WANTED.finditer(said)) or not (
        VERB.search(said) or SUBJECT.search(said) or BAN.search(said)
    ):
        return ""
    if MASKED.search(said) and not _says_more(said):
        return ""
    return said


def _says_more(said: str) -> bool:
    """Return whether a sentence that contains a secret also says something else."""
    for clause in CLAUSES.split(said):
        if not MASKED.search(clause) and len(clause.split()) >= FEWEST_WORDS - 1 and VERB.search(clause):
            return True
    left = {word for word in re.findall(r"[a-z]\w+", MASKED.sub(" ", said).lower()) if word not in EMPTY}
    return len(left) >= FEWEST_WORDS
