"""Leave out of a sentence what talks about a password or a code where no secret was recognised in it.

`memory.forgetting.secret_masking` masks the secrets that it recognises. A sentence about a password in which it found
none may hold one that looks like ordinary text ("nine four one six", "the old one, but with two dots"), so of such a
sentence only clauses are kept that neither name the topic nor hold a word that may be the secret.

Not covered: a secret in a sentence that does not say what it is for.
"""

import re

from rusta.memory.forgetting.secret_masking import MASK

TOPIC = re.compile(
    r"\b(?:pass(?:(?:word|wd|phrase|code|key)s?(?! (?:get|gets|are|go|live|must|should|have)\b))"
    r"|requirepass|pw|pwd|puk|otp|totp|2fa|mfa|mnemonic|passwort"
    r"|(?:my|his|her|our|their|your|the|a|whose|is|'s) pins?(?= (?:is|are|was|for|of|on|to|code|number)\b|[\s,.:]*\Z)"
    r"|pin (?:code|number)s?|codes? (?=[\w-]*\d)|(?:seed|recovery|secret|backup) (?:phrase|words?)"
    r"|(?:key|door|gate|access|entry|alarm|safe|unlock|lock|backup|recovery|security|login|vault|keypad|garage|card|invite"
    r"|pairing) ?codes?"
    r"|(?:unseal|master|wifi|wi-fi|recovery|backup|licen[cs]e|private|api|access) ?keys?"
    r"|(?:api|access|auth|bearer|deploy|session|refresh|bot) token|wi-?fi|log(?:s|ged|ging)? ?in(?: (?:to|with|as|on)\b|s\b)"
    r"|(?:use|used|using|need|needed|works?) (?:it )?(?:to|for) (?:log|sign)(?:ging|ning)? ?(?:in|on)"
    r"|creds?|credentials?|alarm|(?:un)?locker|punch(?:ed)? in|keypad|combination"
    r"|secret (?:is|for|was)|security question|answer to the|(?:opens?|unlocks?|unlocked|decrypts?) (?:it |them )?with|combo|sms"
    r"|(?:and|my|the|user \w{1,32},?) pass|encrypted with|(?:the|my|our|a) phrase|serial|dsn|break-?glass|keystore|root (?:on|of|at)"
    r"|type (?:it )?in|steam guard|(?:repo|host|unlock|disk|luks|gpg|pgp|ssh|signing|deploy|session|product|cd|invite|hmac) key"
    r"|psk|cvc|cvv|card for|unlock for|sudo|basic auth|(?:with|as) user|locked (?:it|the|that|them)?[\w ]{0,30} with|salt|with pass"
    r"|link with"
    r"|key(?= ?=| is)|token(?= (?:is|reads|was))|webhook)\b"
    r"|\b\w*_(?:PASS|PWD|SECRET|TOKEN|KEY)\b|\b[\w-]+-(?:key|token|secret): |\((?:admin|root|user\w*) ?[:/,] ?",
    re.IGNORECASE,
)
# Letters and digits joined by marks that no name, path or type has, and groups of letters and digits.
STRANGE = re.compile(
    r"(?<!\S)(?!https?:|&|\w+[<\[].{0,80}[>\]])(?=[^\s]*[A-Za-z])[\w.-]*\w[!#$%^*<>?~&]+(?=\w)[^\s]{2,}"
    r"|(?<![\w./-])(?![a-z]{2}-[a-z]+-\d\b|\d{4}-\d\d-\d\d|x86_64|aarch64|armv\d)(?=[\w-]*\d)(?=[\w-]*[A-Za-z])"
    r"(?:[A-Za-z0-9]{2,8}-){2,7}[A-Za-z0-9]{2,8}(?![\w./-])"
    r"|://[^\s/@]+@|(?<![\w./-])(?=\w{7,}(?![\w.]))(?:[A-Za-z]{2,}\d[a-z]{3,}|\d[A-Za-z]{5,}\d|[a-z]{6,}_\d\d)(?![\w./:-])"
)
PARTS = re.compile(r"([,;:.–—]\s+|\s\(|\)|\s(?:and|but|so|because|since|though|with|where|which)\s)")
# A word with digits or marks inside, letters one by one, and numbers one by one, in figures or spelled.
ODD = re.compile(
    r"(?<![\w-])(?=[\w?!&+*#@$%^~.-]*[^\W_])(?=\S*[\d?!&+*#@$%^~])[\w?!&+*#@$%^~.-]{5,}(?=[^\s,;.?!)]|[\s,;.?!)]|\Z)"
    r"|\b\w(?:[ -]\w){3,}\b|\b\d+(?:[ -]\d+)+\b"
    r"|\b(?:(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)\b[ ,-]*){3,}",
    re.IGNORECASE,
)
APPOSITION = re.compile(
    r"(?:the|my|our|his|her|their|your|an?|its)\b(?!.*\b(?:is|are|was|has|have|set|goes)\b)", re.IGNORECASE
)
FEWEST_WORDS = 3
VERSION = re.compile(r"(?<![\w-])(?:v?\d+(?:\.\d+)+|\d+[a-zA-Z]{1,3}|port|\d{4,5})(?![\w-])")


def names_secret(sentence: str) -> bool:
    """Whether a sentence is about a password or the like, and none was found in it."""
    return MASK[:-1] not in sentence and bool(TOPIC.search(sentence))


def without_topic(sentence: str, after_one: bool = False) -> str:
    """Return what is left of a sentence about a secret that was not found in it; all of any other, "" where nothing is.

    `after_one`: a sentence before it on the same line was about one.
    """
    if MASK[:-1] in sentence or not (after_one or names_secret(sentence) or STRANGE.search(sentence)):
        return sentence
    pieces = PARTS.split(sentence)
    kept: list[str] = []
    for at in range(0, len(pieces), 2):
        clause = pieces[at]
        if TOPIC.search(clause):
            if APPOSITION.match(clause) and at and not pieces[at - 1].strip().isalpha():
                kept.clear()  # "b-r-a-m, the password for the account": said of what stands before it
        elif all_plain(clause) and len(clause.split()) >= FEWEST_WORDS:
            kept += [pieces[at - 1] if kept else "", clause]
    return "".join(kept).strip()


def all_plain(clause: str) -> bool:
    """Whether no word of a clause looks as if it were chosen as a password."""
    return not (ODD.search(VERSION.sub(" ", clause)) or STRANGE.search(clause))
