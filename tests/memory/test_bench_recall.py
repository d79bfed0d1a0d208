"""scripts/bench_recall.py --data: a set that somebody brings is measured, or refused by the line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "bench_recall.py"


def bench(file: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(SCRIPT), "--json", "--no-vectors", "--data", str(file)]
    return subprocess.run(command, capture_output=True, text=True)


def written(file: Path, *lines: object) -> Path:
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return file


def test_a_set_of_a_few_lines_with_odd_ids_and_no_dates_is_measured(tmp_path: Path) -> None:
    file = written(
        tmp_path / "set.jsonl",
        {"id": 1, "text": "The staging host is called heron."},
        {"id": "../../etc/2", "text": "Gull holds 64 MB.\u2028Then it waits, \ud83d.", "date": "2026-01-31"},
        "",
        {"id": "episodic/2026-01-01_own.md", "text": "---\ndate: 2026-01-01\n---\n\nThe parrot speaks winnow."},
        {"question": "What is the staging host called?", "evidence": [1], "id": "q1"},
        {"question": "How many megabytes does gull hold?", "evidence": ["../../etc/2", "nobody"]},
        {"question": "???", "evidence": []},
    )
    done = bench(file)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["entries"], found["questions"], found["unanswerable"]) == (3, 3, 1)
    assert found["rusta_none_recall_5"] == 0.75  # half of one question's evidence is nobody's
    assert found["rusta_none_abstained"] == 1.0
    assert f"{file}, line 6" in done.stderr and "nobody" in done.stderr
    assert not (tmp_path / "etc").exists()


def test_what_a_set_has_no_question_for_is_null(tmp_path: Path) -> None:
    file = written(tmp_path / "set.jsonl", {"id": 1, "text": "heron"}, {"question": "heron?", "evidence": [1]})
    found = json.loads(bench(file).stdout)
    assert found["rusta_none_abstained"] is None and found["rusta_none_auc"] is None
    assert found["rusta_none_mrr"] == 1.0
    file = written(tmp_path / "set.jsonl", {"id": 1, "text": "heron"}, {"question": "heron?", "evidence": []})
    assert json.loads(bench(file).stdout)["rusta_none_recall_5"] is None


@pytest.mark.parametrize(
    ("line", "needle"),
    [
        ('{"id": 1', "not JSON"),
        ("[1, 2]", "neither an entry nor a question"),
        ({"text": "x"}, "neither an entry nor a question"),
        ({"id": None, "text": "x"}, "neither text nor a number"),
        ({"id": "a"}, '"text" is missing'),
        ({"id": "b", "text": 3}, '"text" is missing'),
        ({"id": "a", "text": "x", "date": "8 May, 2023"}, "'8 May, 2023'"),
        ({"id": "first", "text": "again"}, "that of line 1 already"),
        ({"question": "x?"}, '"evidence"'),
        ({"question": "x?", "evidence": "a"}, '"evidence"'),
        ({"question": "x?", "evidence": [["a"]]}, "neither text nor a number"),
    ],
)
def test_a_line_that_is_none_is_named_with_what_a_line_is(line: object, needle: str, tmp_path: Path) -> None:
    file = written(tmp_path / "set.jsonl", {"id": "first", "text": "x"}, line)
    done = bench(file)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{file}, line 2: " in done.stderr and needle in done.stderr and '{"id", "text", "date"}' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_or_asks_nothing_is_refused(tmp_path: Path) -> None:
    assert "No such file" in bench(tmp_path / "none.jsonl").stderr
    assert "0 questions" in bench(written(tmp_path / "set.jsonl", {"id": 1, "text": "x"})).stderr
