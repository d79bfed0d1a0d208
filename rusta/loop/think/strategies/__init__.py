"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy


STRATEGIES: tuple[Strategy, ...] = (
)
