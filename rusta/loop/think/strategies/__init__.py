"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.broken_lock import broken_lock
from rusta.loop.think.strategies.edition import editions
from rusta.loop.think.strategies.feature_gate import feature_gates
from rusta.loop.think.strategies.library_path import library_paths
from rusta.loop.think.strategies.manifest_names import manifest_names
from rusta.loop.think.strategies.misplaced_file import misplaced_files
from rusta.loop.think.strategies.moved_item import moved_items
from rusta.loop.think.strategies.undeclared_file import undeclared_files
from rusta.loop.think.strategies.workspace_inheritance import workspace_inheritance
from rusta.loop.think.strategies.workspace_members import workspace_members

STRATEGIES: tuple[Strategy, ...] = (
    undeclared_files,
    library_paths,
    misplaced_files,
    moved_items,
    editions,
    workspace_members,
    workspace_inheritance,
    feature_gates,
    manifest_names,
    broken_lock,
)  # fmt: skip
