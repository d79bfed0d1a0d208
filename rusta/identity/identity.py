"""The system prompt: the Markdown files beside this module, as one system turn."""

from dataclasses import dataclass, field
from pathlib import Path

from rusta.core.errors import ConfigError
from rusta.identity.turns import Role, Turn

PAGES = Path(__file__).resolve().parent

# The system turn for training and measuring on the corpus: the name, and nothing about how to sound.
NAME = Turn(Role.SYSTEM, "You are Rusta, a Rust engineer.")


@dataclass(frozen=True)
class Identity:
    """The pages of the system prompt, in order: names of files beside this module, or paths to other Markdown files."""

    pages: list[str] = field(
        default_factory=lambda: ["voice", "boundaries", "manifesto"]
    )  # pages of the package by name, or files, before every conversation

    def turn(self) -> Turn:
        """Return the system turn. Raises `ConfigError` for a page that does not exist."""
        return Turn(Role.SYSTEM, "\n\n".join(self._read(page) for page in self.pages))

    @staticmethod
    def _read(page: str) -> str:
        own = PAGES / f"{page}.md"
        path = own if own.is_file() else Path(page).expanduser()
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in PAGES.glob("*.md")))
            raise ConfigError(f"identity.pages names {page!r}, which is neither one of mine ({known}) nor a file.")
        return path.read_text(encoding="utf-8").strip()
