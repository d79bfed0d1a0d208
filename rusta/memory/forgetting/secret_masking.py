"""Find passwords, tokens and keys in typed text: by known formats, by announcing words, or by randomness.

A span is sure if its format is known or a word announces it ("the password is ..."); it is doubtful if it only looks
random, or if the announced text consists of ordinary words. Formats: those documented for GitHub's and GitLab's secret
scanning. Randomness: how often letters, capitals and digits alternate, which separates keys from identifiers.

Not covered: an unannounced password of ordinary words, and announcements in languages other than English.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from rusta.memory.index.terms import STOP

MASK = "[secret]"
SHORTEST_RANDOM = 20
"""Minimum length of a string that is tested for randomness without an announcing word."""
SHORTEST_KEY = 8
"""Minimum length of a token or key after an announcing word; shorter ones such as `u128` are ignored."""
ALTERNATING = 0.25
"""Minimum share of adjacent characters of different kinds (lower case, upper case, digit); identifiers have less."""

SHAPES = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)"
    r"|\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sk-|rk_live_|sk_live_|pk_live_|npm_|pypi-|hf_|dop_v1_|shpat_|AGE-SECRET-KEY-)[\w-]{10,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{10,}|\bSG\.[\w-]{10,}\.[\w-]{10,}"
    r"|\b\d{8,10}:[A-Za-z0-9_-]{30,}|\bhvs\.[\w-]{10,}"
    r"|\beyJ[\w-]{5,2000}\.[\w-]{5,4000}(?:\.[\w-]+)?"
)
AFTER = re.compile(
    # A password in a URL or of `curl -u`, or in a header or variable. The secret is the named group.
    r"\b[a-z][a-z0-9+.-]{1,15}://[^\s:/@]{0,64}:(?P<url>[^\s/@]{1,200})@"
    r"|(?<!\S)(?:-u|--user)[ =][^\s:]{1,64}:(?P<user>\S{1,200})"
    # A command-line flag, and a user name with a password.
    r"|(?<!\S)(?:-a|-p|--(?:pass\w*|auth\w*|token|secret))[ =]?(?P<flag>(?=\S*[a-zA-Z])(?=\S*[\d!@#$%^&*])\S{5,200})"
    r"|\b(?:as|with|user|login|account)\s+[\w.@-]{2,32}\s?[/:]\s?(?P<pair>(?=\S*[a-zA-Z])(?=\S*[\d!@#$%^&*])[^\s/]{5,64})(?![\w/]|\.\w)"
    r"|\b(?:Bearer|Basic)\s+(?P<header>[\w.~+/=-]{8,})"
    r"|\b\w{0,40}(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)\w{0,20}\s?=\s?(?P<variable>[\"']?[^\s\"']{1,500}?)(?=[.,;]?(?:[\s\"']|\Z))"
)
CLAUSE = r"(?:[^.;:!?\n,=]|[.](?=\w)){0,80}?"  # between the announcing word and the secret, within a clause
STILL = r"(?: (?:still|now|currently|just|actually|probably))?"
STATES = rf"(?:(?:changed|set|reset|equal) to|is|are|was|be|reads|equals|=>?|->|:){STILL}"
STRONG = re.compile(
    r"\b(?P<noun>(?:pass(?:w\w{0,8}|phrase|code)?|pass phrase|pwd?|pin(?: code)?(?![<\w])|"
    r"(?:recovery|seed|secret) (?:phrase|words?)|mnemonic|secret|combination"
    r"|(?:2fa|otp|backup|door|gate|access|entry|unlock|verification|recovery|alarm|security) code|otp)s?)\b"
    rf"(?P<between>{CLAUSE})(?:\s?(?P<states>{STATES})|['’]s{STILL})\s{{1,3}}"
    r"|\b(?:pass(?:word|wd|phrase)|pwd?|pin)s?\b[ ]?(?P<bare>[ :=])\s{0,2}",
    re.IGNORECASE,
)
# The secret comes before the word: "hunter2 is the admin password", "482 917 is the code".
IS_THE = (
    r" (?:is|was|'s|=|(?:still )?works as|unlocks|opens|decrypts|gets (?:you|us|me) (?:in|into|past))"
    r" (?:still |now )?(?:the|my|our|his|her|their|your|its|an?)\b(?:[^.;:!?\n,]){0,40}?\b"
)
ENDED = r"(?=[.,;:!?)\n]|\s*\Z|\s+(?:for|of|on|in|to|and|at|from|until|since|it|but|now|there|here|behind)\b)"
BEFORE = re.compile(
    r"(?:(?<=[.;:,!?(\n] )|(?<=[(\n])|^)(?:(?:and|so|but|ok|yes|btw)[, ]+)?"
    r"(?:(?P<digits>\d{2,8}(?:[ -]\d{2,8}){0,3})"
    rf"{IS_THE}(?:code|pin|otp)\b"
    r"|(?P<it>[^\s`]{4,64}(?:[ -]\d{2,8})*|[\"'`][^\"'`\n]{4,80}[\"'`])"
    rf"{IS_THE}(?:pass(?:word|wd|phrase|code)|pwd?|otp"
    r"|(?:2fa|backup|door|gate|access|entry|unlock|verification|recovery|alarm|security) code"
    r"|(?:api|access|auth|deploy|session|bearer|refresh|bot|admin) token"
    rf"|(?:api|access|wifi|wi-fi|network|shared|auth|signing|vault|encryption)[ -]key){ENDED})",
    re.IGNORECASE | re.MULTILINE,
)
PRONOUNS = "that this these those here there what which where whose when mine yours everything nothing something"
NO_VALUE = frozenset(PRONOUNS.split(" "))
# A user name followed by a password, in text about logging in.
USER_AND = re.compile(
    r"\b(?:root|admin|administrator|ci|deploy|pi|postgres|guest|ubuntu|jenkins|oracle|user \w{2,32})"
    r"\s?[,/:]\s?(?P<it>[\w!@#$%^&*.-]{3,63}[\w!@#$%^&*])(?=[).,;!?\n]|\s*\Z)",
    re.IGNORECASE,
)
ENTERS = re.compile(
    r"\b(?:ssh|log ?-?in|log(?:s|ged)? in(?:to)?|sign(?:s|ed)? in(?:to)?|creds?|credentials?|get in)\b",
    re.IGNORECASE,
)
# Words beside which a made-up word is a password, wherever in the sentence it stands.
BESIDE = re.compile(
    r"\b(?:pass(?:w\w{0,8}|phrase|code)?|pwd?|ssh|log(?:s|ged)? ?-?in(?:to)?"
    r"|sign(?:s|ed)? in(?:to)?|creds?|credentials?|vault|auth|secret|token|(?:lets?|gets?) (?:you|me|us) in(?:to)?)\b",
    re.IGNORECASE,
)
FEWEST_OF_PHRASE = 10  # words of a recovery phrase
CLAUSE_LENGTH = 400  # characters before a word for a login, in which a password is looked for
SAYING = """
    phrase seed wallet recovery backup words secret mnemonic use uses run runs need needs work works keep keeps build builds test
    tests ship ships make makes
"""
SENTENCE_WORDS = frozenset(SAYING.split())
PHRASE_WORD = re.compile(r"\S+?(?=[\s,.:;!?)]|\Z)")
NUMERONYMS = re.compile(
    r"\b(?:k8s|s3|i18n|l10n|a11y|p2p|e2e|b2b|oauth2|argon2\w{0,2}|ed25519|x25519|sha\d{1,3}|blake\d\w?|pbkdf2)\b",
    re.IGNORECASE,
)
DIGITS = re.compile(r"[\d-]{4,}")
NEXT = re.compile(r",? (?:and )?(?P<it>[^\s,;]{4,64})")  # of a list
PASS = re.compile(r"\b(?:pass|pw)[:=]? (?P<it>[a-zA-Z0-9][^\s(),;]{4,64})")
WEAK = re.compile(
    r"\b(?:(?:api|access|auth|private|secret|signing|encryption|deploy|master|session|ssh|shared)[ -]?key|"
    r"key|token|secret|credential|bearer)s?\b",
    re.IGNORECASE,
)
LOGIN = re.compile(r"\b(?:log ?-?in|sign ?-?in|logs in|credentials?)\b", re.IGNORECASE)
WORD = re.compile(r"[^\s\"'`<>(),;]+")
QUOTED = re.compile(r"[\"'`]([^\"'`\n]{1,200})[\"'`]")
RANDOM = re.compile(rf"[\w+/=-]{{{SHORTEST_RANDOM},}}")
HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+")
# After these words a long hexadecimal number is public, as in git output and lock files.
PUBLIC = re.compile(
    r"\b(?:commit|sha|sha-?\d+|hash|rev|revision|checksum|digest|blake\w*|md5|uuid|tree|blob)s?\b", re.I
)
# Words after "the password is" that are not a password: "is required", "is stored hashed".
NO_PASSWORD = """
    a an the not no never always only in on by at for from with of to too very also still now here there this that it its
    required optional needed wrong right empty missing unknown invalid valid weak strong long short same different public
    secret private safe unsafe read sent kept set known lost gone case-sensitive plain plaintext local per what where how
    mine yours ours theirs part fine good bad old new
"""
STATE_WORDS = frozenset(NO_PASSWORD.split())
PARTICIPLE = re.compile(r"\w{3,}(?:ed|ing|able|ible)\b")


@dataclass(frozen=True)
class SecretSpan:
    """Position of a secret in a text (character offsets), and whether it is certain."""

    start: int
    end: int
    sure: bool


def find_secrets(text: str) -> list[SecretSpan]:
    """Return the secrets in a text, in order, overlapping ones merged."""
    spans = sorted(_all(text), key=lambda one: (one.start, -one.end))
    kept: list[SecretSpan] = []
    for one in spans:
        if kept and one.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = SecretSpan(last.start, max(last.end, one.end), last.sure or one.sure)
        elif one.end > one.start:
            kept.append(one)
    return kept


def masked(text: str) -> str:
    """Return the text with every certain or doubtful secret replaced by `[secret]`."""
    return replace_secrets(text, lambda one: MASK)


def replace_secrets(text: str, by: Callable[[SecretSpan], str]) -> str:
    """Return the text with each secret replaced by the result of `by`."""
    parts, at = [], 0
    for one in find_secrets(text):
        parts += [text[at : one.start], by(one)]
        at = one.end
    return "".join([*parts, text[at:]])


def _all(text: str) -> Iterator[SecretSpan]:
    for known in SHAPES.finditer(text):
        yield SecretSpan(*known.span(), sure=True)
    for beside in AFTER.finditer(text):
        yield SecretSpan(*beside.span(beside.lastgroup or 0), sure=True)
    for announced in STRONG.finditer(text):
        yield from _announced(text, announced)
    for before in BEFORE.finditer(text):
        if (before["digits"] or before["it"]).lower() not in NO_VALUE:
            yield SecretSpan(*before.span("digits" if before["digits"] else "it"), sure=True)
    for enters in ENTERS.finditer(text):
        for pair in USER_AND.finditer(text, enters.start(), _clause_end(text, enters.end())):
            yield SecretSpan(*pair.span("it"), sure=True)
    for passed in PASS.finditer(text):
        if _marked(passed["it"]):
            yield SecretSpan(*passed.span("it"), sure=True)
    for weak in WEAK.finditer(text):
        yield from _keys(text, weak.end(), _clause_end(text, weak.end()))
    yield from (SecretSpan(start, end, sure=True) for start, end in _phrases(text))
    seen = 0  # every word is looked at once, however many words for a login stand around it
    for beside in BESIDE.finditer(text):
        first, end = max(seen, beside.start() - CLAUSE_LENGTH), _clause_end(text, beside.end())
        start = max(first, *(text.rfind(stop, first, beside.start()) + 1 for stop in ("\n", ". ", "? ", "! ")))
        words = _words(text, start, end)
        yield from (SecretSpan(*word, sure=True) for word in words if _made_up(text[slice(*word)]))
        seen = max(seen, end)
    for login in LOGIN.finditer(text):
        end = _clause_end(text, login.end())
        yield from (
            SecretSpan(*word, sure=True) for word in _words(text, login.end(), end) if _chosen(text[slice(*word)])
        )
    for random in RANDOM.finditer(text):
        before = text[max(0, random.start() - 40) : random.start()]
        if _random(random[0]) or (_long_hex(random[0]) and not PUBLIC.search(before)):
            yield SecretSpan(*random.span(), sure=False)


def _announced(text: str, said: re.Match[str]) -> Iterator[SecretSpan]:
    """Yield the secret after "the password is": one word that does not describe a state, or a phrase."""
    start, end = said.end(), _clause_end(text, said.end(), phrase=True)
    if quoted := QUOTED.match(text, start):
        yield SecretSpan(*quoted.span(1), sure=True)
        return
    words = _words(text, start, end)
    if not words:
        return
    first = text[slice(*words[0])]
    if NUMERONYMS.fullmatch(first):
        return
    if _chosen(first):
        yield SecretSpan(*words[0], sure=True)
        if (said["noun"] or "").lower().endswith("s"):  # plural: several secrets, separated by commas
            yield from _listed(text, words[0][1])
        return
    digits = [
        word for n, word in enumerate(words) if not any(c.isalpha() for w in words[: n + 1] for c in text[slice(*w)])
    ]
    if digits:  # numeric secrets: 482915, 31-12-44, 8841 2290
        yield SecretSpan(digits[0][0], digits[-1][1], sure=True)
        if (said["noun"] or "").lower().endswith("s"):
            yield from _listed(text, digits[-1][1])
        return
    if said["bare"] == " ":  # "password hunter2" is handled above; this is "password hashing"
        return
    told = [text[slice(*word)].lower().strip(".!?") for word in words]
    if told[0] in STATE_WORDS or PARTICIPLE.fullmatch(told[0]):
        # "is stored as XXXX": a word further on that looks like a key is still one
        yield from (SecretSpan(*word, sure=True) for word in words if _mixed(text[slice(*word)], SHORTEST_KEY))
        return
    yield SecretSpan(words[0][0], words[-1][1], sure=len(words) == 1 or "phrase" in said[0].lower())


def _listed(text: str, start: int) -> Iterator[SecretSpan]:
    """Yield the password-like words that follow in a comma-separated list."""
    while one := NEXT.match(text, start):
        end = one.start("it") + len(one["it"].rstrip(".:?"))
        word = text[one.start("it") : end]
        if not (_chosen(word) or DIGITS.fullmatch(word)):
            return
        yield SecretSpan(one.start("it"), end, sure=True)
        start = end


def _keys(text: str, start: int, end: int) -> Iterator[SecretSpan]:
    """Yield words that look like a key, in a clause that mentions one. Long hex counts unless marked public."""
    for word in _words(text, start, end):
        one = text[slice(*word)]
        if _mixed(one, SHORTEST_KEY) or _marked(one) or (_long_hex(one) and not PUBLIC.search(text, start, word[0])):
            yield SecretSpan(*word, sure=True)


def _words(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of the words in a range, without final punctuation."""
    found_ = []
    for word in WORD.finditer(text, start, end):
        length = len(word[0].rstrip(".:?")) or len(word[0])
        if word[0][:length].strip("=:->/|&"):
            found_.append((word.start(), word.start() + length))
    return found_


def _clause_end(text: str, start: int, phrase: bool = False) -> int:
    """Return the end of the sentence at `start`, within 400 characters; `phrase` also ends at a comma or semicolon."""
    stop = re.compile(
        r"\n|[;,](?=\s)|[.?](?=\s|\Z)|\s(?=and (?:we|i|i'm|we're|our)\b)" if phrase else r"\n|[.?](?=\s|\Z)"
    ).search(text, start, start + 400)
    return stop.start() if stop else min(len(text), start + 400)


def _chosen(word: str) -> bool:
    """Whether a word looks like a chosen password: five characters or more, letters mixed with digits or marks."""
    return (
        len(NUMERONYMS.sub("", word)) >= 5
        and any(c.isalpha() for c in word)
        and any(not c.isalpha() for c in word[:-1] + word[-1:].strip(".,"))
    )


def _mixed(word: str, shortest: int) -> bool:
    """Whether a word looks like a key: long enough, with letters and digits that alternate."""
    return (
        len(NUMERONYMS.sub("", word)) >= shortest
        and _alternating(word)
        and ("::" not in word)
        and not word.endswith((".rs", ".toml", ".md"))
    )


def _marked(word: str) -> bool:
    """Whether a word has letters and punctuation that occur within no identifier, path or sentence."""
    return len(word) >= SHORTEST_KEY and any(c.isalpha() for c in word) and bool(re.search(r"[!$%^*#@~](?=\w)", word))


def _phrases(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of ten and more short words in lower case with nothing but spaces and commas between, none of a sentence."""
    start, end, count = 0, -1, 0
    for word in PHRASE_WORD.finditer(text):
        belongs = word[0].isascii() and word[0].islower() and 3 <= len(word[0]) <= 8
        belongs = belongs and word[0] not in STOP and word[0] not in SENTENCE_WORDS
        if not belongs or (count and text[end : word.start()].strip(" ,")):
            if count >= FEWEST_OF_PHRASE:
                yield start, end
            count = 0
        if belongs:
            start = word.start() if not count else start
            end, count = word.end(), count + 1
    if count >= FEWEST_OF_PHRASE:
        yield start, end


def _made_up(word: str) -> bool:
    """Whether a word has letters, digits and marks as no name in code has: `Wombat&Lychee6`, `gr0mmit_Cheddar`."""
    if len(word) < SHORTEST_KEY or re.search(r"::|[/.()\[\]=]", word) or not re.search(r"\d", word):
        return False
    bare = NUMERONYMS.sub("", word)
    leet = re.search(r"[A-Za-z]\d{1,3}[A-Za-z]", bare) and re.search(r"[A-Z_-]|\d.*\d", bare)
    tailed = re.search(r"[a-z]", bare) and re.search(r"[A-Z]", bare) and re.search(r"_\d{2,}", bare)
    return bool(re.search(r"[A-Za-z]", bare) and (leet or tailed or re.search(r"[!#$%^&*~@+](?=\w)", bare)))


def _random(word: str) -> bool:
    """Whether a long word is random rather than an identifier, a path or hyphenated words."""
    return _alternating(word) and not HEX.fullmatch(word) and sum(c.isdigit() for c in word) >= 2


def _alternating(word: str) -> bool:
    kinds = ["d" if c.isdigit() else "u" if c.isupper() else "l" for c in word if c.isalnum()]
    if "d" not in kinds or len(set(kinds)) < 2:
        return False
    changes = sum(one != other for one, other in pairwise(kinds))
    return changes / len(kinds) >= ALTERNATING


def _long_hex(word: str) -> bool:
    return len(word) >= SHORTEST_RANDOM + 4 and bool(HEX.fullmatch(word)) and any(c.isdigit() for c in word)
