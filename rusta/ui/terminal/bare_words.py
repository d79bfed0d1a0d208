"""Commands that are typed without their slash: `help`, `exit`, `undo`, `undo 3`, `undo that, please`.

Only a line that is nothing but such a command is one; a line with any other word is a message to the model.
"""

import re

SAME = {
    **dict.fromkeys(("exit", "quit", "bye", "goodbye", "q", ":q", ":q!", ":wq", "logout", "/exit", "/q"), "/quit"),
    **dict.fromkeys(("help", "?", "/?", "commands"), "/help"),
    **dict.fromkeys(("clear", "cls"), "/clear"),
    **{word: f"/{word}" for word in ("undo", "redo", "diff", "history", "apply", "proposals", "again")},
}
NUMBERED = ("/undo", "/redo", "/diff", "/apply", "/proposals")
PASSED_OVER = {
    "it",
    "that",
    "this",
    "please",
    "the",
    "last",
    "change",
    "changes",
    "edit",
    "edits",
    "step",
    "steps",
    "proposal",
}


def as_slash_command(text: str) -> str:
    """Return the text as a slash command, where it is one without its slash; otherwise unchanged."""
    first, *rest = re.split(r"[ \t,]+", text.casefold().rstrip(".! ")) or [""]
    if first not in SAME:
        return text
    name = SAME[first]
    words = [word for word in rest if word and word not in PASSED_OVER] if name in NUMBERED else rest
    if all(name in NUMBERED and (word.isdecimal() or word == "all") for word in words):
        return " ".join([name, *words])
    return text
