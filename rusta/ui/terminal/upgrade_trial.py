"""Shows an upgrade while it is tried: what is supposed and judged on stderr, what was said on stdout, JSON Lines where asked for."""

from collections.abc import Generator, Iterator

from rusta.core.output import Output, console, event, print_plain
from rusta.loop.attempt.upgrade_session import Upgraded
from rusta.loop.events import Event, Said
from rusta.loop.narration import Narration
from rusta.ui.terminal.narrator import Narrator
from rusta.ui.terminal.progress_line import ProgressLine


def upgrade_shown(
    events: Generator[Event, None, Upgraded], output: Output, narration: Narration, waiting: ProgressLine
) -> tuple[Upgraded, str]:
    """Run an upgrade to its end; return what came of it, and what was said."""
    narrator, told, ended = Narrator(console(stderr=True), narration), list[str](), list[Upgraded]()

    def heard() -> Iterator[Event]:
        ended.append((yield from events))

    for one in waiting.between(heard()):
        if isinstance(one, Said):
            told.append(one.text)
            if output is Output.text:
                print_plain(one.text)
        elif output is Output.jsonl:
            line = one.as_line()
            event(line.pop("type"), **line)
        else:
            narrator.show(one)
    return ended[0], "\n".join(told)
