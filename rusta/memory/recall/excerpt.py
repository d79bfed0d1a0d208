"""Format an entry for the prompt: the excerpt relevant to the query, and the age in words."""

import re


def excerpt(body: str, asked: list[str], longest: int) -> str:
    """Return at most `longest` characters: a short entry whole, else around the paragraph with most query words."""
    body = body.strip()
    if len(body) <= longest:
        return body
    pieces = re.split(r"\n\s*\n", body)
    stems = [word[: max(4, len(word) - 3)] for word in asked]
    best = max(range(len(pieces)), key=lambda n: (sum(stem in pieces[n].lower() for stem in stems), -n))
    first = last = best
    while True:  # extend in both directions while it fits
        size = len("\n\n".join(pieces[first : last + 1]))
        if last + 1 < len(pieces) and size + len(pieces[last + 1]) + 2 <= longest - 4:
            last += 1
        elif first > 0 and size + len(pieces[first - 1]) + 2 <= longest - 4:
            first -= 1
        else:
            break
    text = "\n\n".join(pieces[first : last + 1])
    cut = text if len(text) <= longest - 4 else text[: longest - 4].rsplit(" ", 1)[0]
    return f"{'… ' if first else ''}{cut}{' …' if last + 1 < len(pieces) or cut != text else ''}"[:longest]


def age_in_words(days: float) -> str:
    """Format an age in days as text, e.g. `3 weeks old`."""
    for size, name in ((365.0, "year"), (30.0, "month"), (7.0, "week"), (1.0, "day")):
        if days >= size:
            n = int(days / size)
            return f"{n} {name}{'s' if n > 1 else ''} old"
    return "from today"
