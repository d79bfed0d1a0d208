"""Models that are asked questions by a benchmark, and their answers, which are kept so that a run goes on where it was."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.truth.questions import Question, Verdict
from rusta.core.home import Home


class KeptAnswers:
    """Answers of models that were measured before, in a file of JSON lines."""

    def __init__(self, file: Path, fresh: bool) -> None:
        self.file = file
        if fresh:
            file.unlink(missing_ok=True)
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        self.known = {row["key"]: row["answer"] for row in map(json.loads, lines)}

    def verdict(self, question: Question, way: str, said: Callable[[str], str]) -> Verdict:
        """Grade the answer that is kept, or a new one."""
        key = hashlib.sha256(f"{way}\n{question.question}".encode()).hexdigest()
        if key not in self.known:
            self.known[key] = said(question.question)
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as out:
                out.write(f"{json.dumps({'key': key, 'way': way, 'id': question.id, 'answer': self.known[key]})}\n")
        return question.grade(self.known[key])


@cache
def awake(home: Home, name: str) -> Any:
    """A model under llama.cpp, and her identity."""
    from hydra import compose, initialize_config_dir
    from hydra.utils import instantiate

    from rusta.cli import app  # noqa: F401  registers the schemas
    from rusta.cli.main import CONF
    from rusta.core.network import Network
    from rusta.mind.engines.llama_cpp import LlamaCpp

    Network(False).settle()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", ["body=laptop", f"model={name}"])
    mind = LlamaCpp(instantiate(config.model, _convert_="all"), home)
    mind.wake()
    return mind, instantiate(config.identity, _convert_="all").turn()
