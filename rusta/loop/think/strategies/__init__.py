"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.bound_temporaries import bound_temporaries
from rusta.loop.think.strategies.collected_first import collected_first
from rusta.loop.think.strategies.copied_before import copied_before
from rusta.loop.think.strategies.found_or_made import found_or_made
from rusta.loop.think.strategies.lifetime_of_its_own import lifetime_of_its_own
from rusta.loop.think.strategies.lifetime_on_self import lifetime_on_self
from rusta.loop.think.strategies.owned_captures import owned_captures
from rusta.loop.think.strategies.owned_results import owned_results
from rusta.loop.think.strategies.owned_stores import owned_stores
from rusta.loop.think.strategies.scoped_threads import scoped_threads
from rusta.loop.think.strategies.split_loans import split_loans
from rusta.loop.think.strategies.taken_for_a_while import taken_for_a_while

STRATEGIES: tuple[Strategy, ...] = (
    lifetime_on_self,
    found_or_made,
    collected_first,
    copied_before,
    owned_captures,
    scoped_threads,
    bound_temporaries,
    owned_results,
    split_loans,
    taken_for_a_while,
    owned_stores,
    lifetime_of_its_own,
)  # fmt: skip
