"""mode=hello: a greeting, the main commands, the body, and what is missing. Light: half a second at most."""

from dataclasses import dataclass
from typing import Any

from rusta import __version__
from rusta.core.home import Home
from rusta.core.output import Output, print_plain, tell_facts
from rusta.mind.bodies import Body
from rusta.mind.model import Model, fetch_command

DOORS = (
    ("rusta chat", "talk with me; in a crate, work with me"),
    ('rusta ask "..."', "one answer, for scripts with output=json"),
    ("rusta devlog", "open my journals"),
    ("rusta raise personality", "train my voice on this machine"),
    ("rusta judge personality", "ask whether it is still me"),
    ("rusta doctor", "what works here, and what would add to it"),
    ("rusta --help", "everything else"),
)


@dataclass
class Hello:
    """`rusta` without arguments."""

    model: Model
    home: Home
    body: Body
    output: Output = Output.text

    def run(self) -> None:
        """Print the greeting."""
        facts = self._facts()
        tell_facts(self.output, "hello", facts, lambda: self._greet(facts))

    def _greet(self, facts: dict[str, Any]) -> None:
        print_plain(f"I'm Rusta {__version__}. I think in Rust, I live on your machine, and I say why.\n")
        for door, what in DOORS:
            print_plain(f"  {door:<26}{what}")
        print_plain()
        here = "here" if facts["weights"] else f"not here yet: {fetch_command()}"
        raised = ", ".join(facts["raised"]) or "nothing yet"
        print_plain(
            f"  body {self.body.name} · {self.model.name}, weights {here} · raised: {raised} · home {self.home.root}"
        )

    def _facts(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "body": self.body.name,
            "model": self.model.name,
            "weights": self.model.present(self.home),
            "raised": sorted(card.parent.name for card in self.home.life.glob("*/run.yaml")),
            "home": self.home.root,
            "doors": dict(DOORS),
        }
