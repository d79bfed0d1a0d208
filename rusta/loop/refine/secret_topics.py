"""Leave out of a sentence whatever may be a secret that was not recognised as one.

`memory.forgetting.secret_masking` masks the secrets that it recognises. A sentence with such a secret, about a password, or
with a word as people choose them for one may hold more of it in ordinary text ("nine four one six", "with a three at the
end"). Of such a sentence only clauses are kept that name no such topic, hold no such word, and stand by themselves.

Not covered: a secret of ordinary words in a message that says nothing of what it is for.
"""

import re

from rusta.memory.forgetting.secret_masking import MASK

DIGIT = r"(?:\d|zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
THE = "(?:the|my|our|his|her|their|your|a)"
TOPICS = (
    # passwords, and the same in other languages
    r"pass(?:w\w{0,8}|\s?phrases?|codes?|keys?)|pass(?= (?:is|was|for)\b|:| ?=)|pas{1,2}w(?:or)?ds?|requirepass|pwd?|password[ea]",
    r"(?:and|my|the|ssh|user \w{1,32},?|with) pass|user [\w.@-]{2,40},? pass",
    r"passwort\w*|kennwort|passord\w*|lösenord\w*|adgangskode\w*|wachtwoord\w*|mot de passe|contraseña|clave|senha",
    r"palavra-passe|hasło|heslo|salasana|jelszó|parola?|şifre|пароль",
    # PINs and codes
    rf"(?:{THE}|whose|is|'s|sim|voicemail|pager|card|bank|hsm|devkit|with) pins?\b(?! (?:it|the|to|down|our|all)\b)",
    rf"pins?(?=(?: code| number)?(?:'s)?\W+{DIGIT}\b)|pin (?:code|number)s?|code pin|pin(?= (?:is|was|for)\b)",
    r"codes?(?= [\w-]*\d)|codes? (?:for|to|of) (?:the|my|our|his|her)|puk|otp|totp|2fa|mfa|sms|cv[cv]2?|steam guard",
    r"(?:key|door|gate|access|entry|alarm|safe|unlock|backup|recovery|security|login|vault|keypad|garage|card|invite|pairing"
    r"|verification) ?codes?",
    # phrases and words
    r"mnemonic|sesame|(?:seed|recovery|secret|backup) (?:phrase|words?)|wallet seed|(?:the|my|our|a) phrase",
    r"(?:test|wallet|my|the|our) (?:\w+ )?words(?= (?:are|is|in)\b|:)|(?:is|are|just|its|it's) (?:just )?the (?:string|word|phrase)s?",
    r"(?:signed|encrypted|hashed|salted|seeded|locked|authenticated) with (?:the|a|my|our) (?:string|word|phrase)",
    # keys and tokens
    r"(?:unseal|master|wi-?fi|recovery|backup|licen[cs]e|private|shared|access|decrypt\w*|encrypt\w*|api|repo|host|unlock|disk|luks"
    r"|gpg|pgp|ssh|signing|deploy|session|product|cd|invite|hmac|stripe|sentry) keys?(?:'s)?",
    r"(?:api|access|auth|bearer|deploy|session|refresh|bot|github|gitlab|registry|crates\.io|publish|upload|signing|staging|prod"
    r"|test|temp|ci) tokens?|pat\b(?=\W)",
    r"token(?:'s)?(?= ?(?:=|:|->|is|was|reads)(?! a\b| an\b| type))",
    r"token(?= for (?:the|our|my) (?:\w+ )?(?:server|box|registry|account|staging|ci|bench))",
    r"(?:aes|rsa|ed25519|hmac) keys?|key(?= ?=| is\b)|key ?:|psk|dsn|salt|serial|keystore",
    r"webhook|hooks?(?=\W+is http|\.\w+\.)|secret (?:is|for|was|=)",
    # what opens
    rf"(?:door|gate|lab|safe|box|vault|locker)(?:'s| is| opens| code)(?=\W+(?:with |at )?{DIGIT}\b)",
    r"(?:safe|box|vault|locker|door|gate|disk|phone|laptop|computer|machine|build box)s?\b[\w ',-]{0,40}?"
    r" (?:opens?|unlocks?) (?:with|at|on|to)",
    r"unlocks? (?:of|is|for|with|the)|(?:unlock|safe|combo)(?= ?[:=])|(?:opens?|unlocks?|unlocked|decrypts?|encrypted) (?:it |them )?with",
    r"link with|locked (?:it|the|that|them)?[\w ]{0,30} with|alarm|(?:un)?locker|punch(?:ed)? in|keypad|combination|combo|type (?:it )?in",
    # accounts
    r"creds?|credentials?|logins?|(?:login|user|log in) ?:|(?:with|as|smtp|vpn) user|break-?glass|sudo|rdp",
    r"log(?:s|ged|ging)?[ -]in(?: (?:to|with|as|there|here|is|was|still|for)\b(?! (?:an?|their|the)\b)|[:,;.]|\Z)",
    r"(?:use|used|using|need|needed|works?) (?:it )?(?:to|for) (?:log|sign)(?:ging|ning)? ?(?:in|on)",
    r"ssh(?: in| into| as| to|\b[^.;]{0,20}[:/])|root(?= (?:on|of|at|pw|is)\b| ?[/:])|admin(?= ?[:/])",
    r"[\w.-]{2,30} (?:admin|user|login)[:/]|basic auth|auth is|master is|wi-?fi(?= (?:is|pass\w*|key|code|pw|here|at)\b|:| ?=|'s)",
    r"security question|answer to (?:the|my|our)|card for|card is",
)
TOPIC = re.compile(
    rf"\b(?:{'|'.join(TOPICS)})(?!\w)|\b\w*_(?:PASS|PWD|SECRET|TOKEN|KEY|URL)\b|\b[\w-]+-(?:key|token|secret): "
    r"|\((?:admin|root|user\w*) ?[:/,] ?|\b\w{1,20}://[^\s/@]*@",
    re.IGNORECASE,
)
# How passwords and tokens are handled, which is no secret: "passwords are hashed with argon2id", "we rotate every token".
POLICY = re.compile(
    r"\b(?:(?:passwords|passphrases|secrets|tokens|credentials|keys)(?: (?:in|of|for|from|on)(?: [\w-]+){1,4}?)?"
    r" (?:are|get|gets|go|last|live|lives|come|must|should|have|never|always|stay|belong|expire|rotate|borrow|own|hash)"
    r"|(?:password|token|secret|key|credential|login|passphrase)s? (?:hash\w*|table|column|field|bucket|refresh|stream|tree|reset"
    r"|polic\w+|rotation|manager|length|hasher|parser|handling|service|form|page|flow|queue)"
    r"|(?:rotate|store|hash|keep|log|commit|put|print|reset|encrypt|zero\w*|allow|check|validate)s? (?:\w+ ){0,3}"
    r"(?:passwords?|tokens?|secrets?|keys?|credentials?))\b",
    re.IGNORECASE,
)
# Something is said to be something, other than what passwords in general are.
TOLD_VALUE = re.compile(
    r"(?:\b(?:is|are|was|=|->|:)|'s)\s+(?!(?:argon|bcrypt|scrypt|pbkdf|sha|hash|stor|kept|in|never|not|read|only|requir|on|at|by"
    r"|from|sent|the|a|an|part|salted|encrypted|short|long|issued|signed|rotated|valid|checked|zero\w*|masked|mandatory|optional"
    r"|passed|handled|derived|typed|opaque|thrown|drop|replac|remov|mov|migrat|out)\w*)",
    re.IGNORECASE,
)
PARTS = re.compile(
    r"([,;:.–—]\s+|\s-+\s|\s\(|\)|\s(?:and|but|so|because|since|though|with|where|which|using|via|also|btw|oh)\s)"
)
# Letters and figures one by one, and how people say the rest of a password.
SPELLED = re.compile(
    rf"\b\w(?:[ -]\w){{3,}}\b|\b\d+(?:[ -]\d+)+\b|\b(?:{DIGIT}\b[ ,-]*){{3,}}|\bcapital [a-z]\b|\ball (?:lower ?case|caps)\b"
    r"|\b(?:one|two|three|four|five|\d) words?\b|\bno spaces\b|\bbackwards\b(?![ -]compat)|\bat the end\b|\bhash key\b|\bthen hash\b",
    re.IGNORECASE,
)
NUMBERED = """
    x86 amd arm aarch risc-v riscv mips powerpc ppc sparc s390 wasm win esp stm nrf rp sam atmega attiny avr cortex
    thumb msp pic imx lpc rtl mcp bme ina sha shake md blake argon scrypt bcrypt pbkdf ed curve aes chacha rsa ecdsa
    secp utf iso base crc http https ipv log mp rfc pep int uint float bf fp python cpython node java jdk openjdk cpp
    gtk qt sqlite postgres postgresql pg mysql mariadb redis ubuntu debian fedora rhel centos macos windows ios
    android rust rustc usb pcie ddr lpddr gen zen ryzen epyc xeon core rtx gtx rx gpu cpu rev step phase day week year
    tier level oauth web sse avx neon simd issue pr gh rule room bench us eu ap ca sa lt ntfs ext zfs fat exfat ieee
    can rs i2 spi lora sub wpa
"""
"""What names of formats, processors and programs begin with before their number."""
# Words with digits that nobody chose: such names, numbers with a unit, part numbers, files.
TECHNICAL = re.compile(
    rf"v?\d[\d.,:x×/_-]*\+?[a-z%µ²³/]{{0,6}}(?:-\w+)*|[a-z]{{1,5}}\d{{1,2}}[a-z]{{0,2}}|(?-i:[a-z]{{6,12}}\d)|[a-z]-?\d{{1,4}}"
    rf"|(?:{'|'.join(NUMBERED.split())}|i\d86|arm\w|cortex-?\w|iso\w{{0,3}})[-_ ]?\d[\d.]*[a-z+]{{0,6}}(?:[-_][\w.]+)*"
    r"|\w{1,6}[-_]v?\d{1,4}(?:[-_.]\w+)*|\d+-\w+|stm32\w{0,6}|(?:\w+-){2,3}(?:gnu|musl|msvc|g?n?u?eabi\w*|elf|wasi\w*|darwin|unknown)\w*|thumbv\d\w*|(?-i:[A-Z]{2,5}\d{1,5}[A-Z]?\d{0,4})|[a-z]{2}-[a-z]+-\d"
    r"|k8s|1password|i18n|l10n|a11y|p2p|e2e|b2b|\w+\.(?:rs|toml|md|json|yml|yaml|lock)",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\s,;]+")
RUST_CODE = re.compile(r"::|[<>\[\]{}()/\\|=]|^[&*'#.-]|!$|^`|^@|\+$")
MARKED = re.compile(r"\w[!#$%^&*@?~+]\w|\d[!#$%^*@]|[a-z][A-Z][a-z].*\d|\w[_.-]\d\w*[!*#]?$")
# Beginnings of clauses that have their meaning from the one before.
LEANS = re.compile(
    r"(?:it|its|it's|that|that's|thats|this|these|those|they|they're|he|she|which|whose|then|with|capital|literally|exactly"
    r"|in case|if)\b",
    re.IGNORECASE,
)
POINTS_BACK = re.compile(
    r"(?:(?:yes|no|really|and)[ ,]+)*(?:that's|thats|that is|it's (?:the|my|our|his|her|a)|which is|is|were|being|as)\b",
    re.IGNORECASE,
)
APPOSITION = re.compile(
    r"(?:the|my|our|his|her|their|your|an?|its)\b(?!.*\b(?:is|are|was|were|has|have|had|set|goes|got|gets?|being|been|wants?"
    r"|needs?|takes?|unlocks?|opens?|asks?|runs?|comes?|\w+ed)\b)(?!.*'s)",
    re.IGNORECASE,
)
# Beginnings of clauses that stand by themselves.
BEGINS = re.compile(
    r"(?:i|i'm|im|i've|ive|we|we're|we've|my|our|us|the|a|an|no|never|always|every|all|only|nobody|everyone|everything|there"
    r"|there's|theres|\w+s)\b"
)
JOINS = re.compile(
    r"^(?:(?:and|but|so|also|oh|fyi|btw|yeah|unrelated|by the way|anyway|because|since|bc"
    r"|(?:please|pls|plz)? ?(?:know|note)(?: that)?)\b[, ]*)+",
    re.IGNORECASE,
)
FEWEST_WORDS = 3


def names_secret(sentence: str) -> bool:
    """Whether a sentence is about a password or the like, beyond how those are handled in general."""
    return bool(TOPIC.search(sentence)) and not _is_policy(sentence)


def _is_policy(text: str) -> bool:
    """Whether a text says how passwords and the like are handled, and no value of one."""
    return bool(POLICY.search(text)) and not TOLD_VALUE.search(text) and all_plain(text)


def is_wary(text: str) -> bool:
    """Whether a message has a secret that was masked, a topic of secrets, or a word as people choose them for one."""
    return MASK[:-1] in text or names_secret(text) or not all_plain(text)


def clean_clauses(sentence: str) -> str:
    """Return what stands by itself in a sentence beside a secret, "" where nothing does."""
    pieces = PARTS.split(sentence)
    topics = [told.span() for told in TOPIC.finditer(sentence)] if names_secret(sentence) else []
    runs: list[str] = [""]  # of clauses that follow one another
    begin, after_topic = 0, False
    for at in range(0, len(pieces), 2):
        end = begin + len(pieces[at])
        about = any(first < end and last > begin for first, last in topics) and not _is_policy(pieces[at])
        begin = end + (len(pieces[at + 1]) if at + 1 < len(pieces) else 0)
        clause = JOINS.sub("", pieces[at].strip())
        joint = pieces[at - 1] if at else ""
        if about or MASK[:-1] in clause or not all_plain(clause):
            if not after_topic and _said_of_before(clause, joint.strip()):
                runs.clear()
            runs.append("")
            after_topic = True
        elif after_topic and _leans_on_topic(clause, joint.strip(), clause != pieces[at].strip()):
            continue
        elif clause:
            runs[-1] += f"{joint if runs[-1] else ''}{pieces[at].strip() if runs[-1] else clause}"
            after_topic = False
    return " ".join(run for run in runs if len(run.split()) >= FEWEST_WORDS)


def _said_of_before(clause: str, joint: str) -> bool:
    """Whether a clause about a secret says what the clause before it is: "b-r-a-m, the password for the account"."""
    apposition = APPOSITION.match(clause) and MASK[:-1] not in clause and joint in (",", ":", "-", "–", "—", "(")
    return bool(POINTS_BACK.match(clause) or apposition)


def _leans_on_topic(clause: str, joint: str, joined: bool) -> bool:
    """Whether a clause after one about a secret may be part of it."""
    if joint == ":" or LEANS.match(clause) or len(clause.split()) < FEWEST_WORDS:
        return True
    apart = (joined or joint in ("and", "but", ";", ".")) and len(clause.split()) > FEWEST_WORDS
    return not apart and not BEGINS.match(clause)


def leans(sentence: str) -> bool:
    """Whether a sentence has its meaning from another one."""
    return bool(LEANS.match(sentence.strip()))


def all_plain(text: str) -> bool:
    """Whether no word looks as if it were chosen as a password, and nothing is spelled letter by letter."""
    return not SPELLED.search(text) and not any(_odd(word) for word in WORD.findall(text))


def _odd(word: str) -> bool:
    bare = word.strip(".:?!()\"'`“”*")
    if not bare or RUST_CODE.search(word.strip(".:?!,\"'")):
        return False
    if MARKED.search(word.rstrip(".:?,)")) and not TECHNICAL.fullmatch(bare):
        return True
    mixed = any(c.isdigit() for c in bare) and any(c.isalpha() for c in bare)
    return mixed and len(bare) >= (5 if bare.isupper() else 6) and not TECHNICAL.fullmatch(bare)
