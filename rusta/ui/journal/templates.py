"""Templates for new entries, one per journal: questions that the author answers and deletes."""

from collections.abc import Mapping
from typing import Any

from rusta.memory.entries import frontmatter
from rusta.memory.entries.entry import Journal

ASKS: dict[str, str] = {
    Journal.EPISODIC: "What happened, in order, with times and the names of files. What is still open.",
    Journal.SEMANTIC: "One fact that you could defend: where it holds (crate@version, commit, item), and what would change your mind.",
    Journal.PROCEDURAL: "When X, I first Y, because Z. One habit. `when:` is what it fires on: E0502, clippy::redundant_clone, crate:burn.",
    Journal.EMOTIONAL: "About something particular. One line is enough.",
    Journal.DIDACTIC: "What was believed, what was true, the picture that turned it, the question that checked it.",
    Journal.LAB: "The prediction, before the result. Then what was measured, and what it means that they agree or do not.",
}

SHAPES: dict[str, str] = {
    Journal.EPISODIC: "",
    Journal.SEMANTIC: "\n\nHolds in: \nWould change my mind: ",
    Journal.PROCEDURAL: "When , I first , because .",
    Journal.EMOTIONAL: "",
    Journal.DIDACTIC: "Believed: \n\nTrue: \n\nThe picture: \n\nThe question: ",
    Journal.LAB: "Prediction: \n\nResult: \n\nWhat it means: ",
}
"""The initial text of an entry in the app. Left unchanged, it counts as empty."""

KEYS: dict[str, tuple[str, ...]] = {
    Journal.SEMANTIC: ("repo", "commit", "version"),
    Journal.PROCEDURAL: ("when",),
}
"""Optional frontmatter keys that the template of a journal includes."""


def template(journal: Journal, title: str, meta: Mapping[str, Any]) -> str:
    """Return the text for an external editor. The question stands in a comment, which is no part of the entry."""
    keys: dict[str, Any] = {"tags": [], "confidence": "medium", "context": ""}
    keys |= {key: [] if key == "when" else "" for key in KEYS.get(journal, ())}
    return f"{frontmatter.render_frontmatter({**keys, **meta})}\n# {title}\n\n<!-- {ASKS[journal]} -->\n\n"


def without_question(body: str, journal: Journal) -> str:
    """Return the text without the template's question, if it is still there."""
    return body.replace(f"<!-- {ASKS[journal]} -->", "", 1).strip()


def filled(body: str, journal: Journal) -> str:
    """Return the text without unfilled lines of the journal's template. What the user typed stays verbatim."""
    labels = {line.strip() for line in SHAPES[journal].splitlines() if line.strip()}
    lines = body.split("\n")
    kept: list[str] = []
    for n, line in enumerate(lines):
        after = next((one.strip() for one in lines[n + 1 :] if one.strip()), "")
        unfilled = line.strip() in labels and (
            not line.strip().endswith(":") or not after or after.startswith(tuple(labels))
        )
        kept += [] if unfilled else [line]
    return body if len(kept) == len(lines) else "\n".join(kept).strip()
