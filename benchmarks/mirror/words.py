"""What the stand-in says beside the notes of one release, what the guard keeps of it, and whether its trust lets it speak at all."""

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.mirror.replay import NAME, RELEASES, cycle_at, growing_upstream, released
from rusta.core.errors import RustaError
from rusta.core.home import Home
from rusta.core.network import Network
from rusta.evaluation.trust.figures import Trust, share
from rusta.identity.identity import Identity
from rusta.loop.think.reflection_words import ReflectionWords, library_knows, supported_words
from rusta.mind.mind import Generation

STEP = ("1.48.0", "1.49.0")
MOST_NOTES = 2


def stand_in(home: Home) -> Any:
    """Return the stand-in's engine, or None where its weights are not on this machine."""
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    from rusta.cli import app  # noqa: F401  registers the schemas
    from rusta.cli.main import CONF
    from rusta.mind.engines.llama_cpp import LlamaCpp

    Network(False).settle()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        model = instantiate(compose("config", ["body=laptop"]).model, _convert_="all")
    try:
        model.fingerprint(home)
    except RustaError:
        return None
    return LlamaCpp(model, home)


def words_figures(source: Path, work: Path, home: Home) -> dict[str, object]:
    """Reflect on one release without a mind, then ask the stand-in about each of the first notes."""
    assert set(STEP) <= set(RELEASES)
    mind = stand_in(home)
    if mind is None:
        print("words: left out, the stand-in's weights are not here", file=sys.stderr)
        return {}
    shutil.rmtree(work, ignore_errors=True)
    upstream, own = growing_upstream(source, work / "upstream"), Home(str(work / "home"), str(work / "run"))
    mirrors, cycle = cycle_at(own, upstream)
    for version in STEP:
        released(source, upstream, version)
        mirrors.update(NAME)
    done = cycle.run(NAME)
    mind.wake()
    speaks = ReflectionWords(mind, Identity().turn(), Generation())
    kept, sentences, seconds = 0, 0, list[float]()
    for path in done.notes[:MOST_NOTES]:
        entry, began = cycle.journal.memory.devlogs.read(path), time.perf_counter()
        said = speaks.said(entry.body)
        seconds.append(time.perf_counter() - began)
        held = supported_words(said, entry.body, lambda sentence: library_knows(sentence, home))
        kept, sentences = kept + held.count(". ") + bool(held), sentences + said.count(". ") + bool(said)
        print(f"{path}\n    said: {' '.join(said.split())}\n    kept: {held or 'nothing'}", file=sys.stderr)
    trust = Trust()
    return {
        "words_release": STEP[1], "words_notes": len(done.notes), "words_sentences": sentences, "words_kept_by_the_guard": kept,
        "words_s_a_note": round(sum(seconds) / max(1, len(seconds)), 2), "words_trust": round(share(mind.model, None, home), 2),
        "words_trust_asked": trust.pages, "words_written": len(seconds) if trust.bears_pages(mind.model, None, home) else 0,
        "words_notes_at": str(own.devlogs),
    }  # fmt: skip
