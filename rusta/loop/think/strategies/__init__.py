"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.captures import captures
from rusta.loop.think.strategies.distinct_arms import distinct_arms
from rusta.loop.think.strategies.dyn_compatible import dyn_compatible
from rusta.loop.think.strategies.guard_await import guard_await
from rusta.loop.think.strategies.new_words import new_words
from rusta.loop.think.strategies.shared_receiver import shared_receiver
from rusta.loop.think.strategies.shared_state import shared_state

STRATEGIES: tuple[Strategy, ...] = (
    dyn_compatible,
    shared_state,
    guard_await,
    captures,
    new_words,
    distinct_arms,
    shared_receiver,
)
