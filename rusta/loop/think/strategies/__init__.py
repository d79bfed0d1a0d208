"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.attribute_macros import like_the_trait
from rusta.loop.think.strategies.bounds import missing_bounds
from rusta.loop.think.strategies.closure_kind import closure_kinds
from rusta.loop.think.strategies.collected import fitting_items
from rusta.loop.think.strategies.derives import missing_derives
from rusta.loop.think.strategies.error_conversion import conversions
from rusta.loop.think.strategies.map_keys import map_keys
from rusta.loop.think.strategies.missing_fields import missing_fields
from rusta.loop.think.strategies.mutable_walk import mutable_walk
from rusta.loop.think.strategies.number_borders import number_borders
from rusta.loop.think.strategies.parallel_closures import parallel_closures
from rusta.loop.think.strategies.question_option import asked_elsewhere
from rusta.loop.think.strategies.signed_steps import signed_steps
from rusta.loop.think.strategies.trait_signatures import as_the_trait_says
from rusta.loop.think.strategies.untold_type import asked_for
from rusta.loop.think.strategies.visibility import made_visible

STRATEGIES: tuple[Strategy, ...] = (
    like_the_trait,
    conversions,
    asked_elsewhere,
    fitting_items,
    asked_for,
    missing_bounds,
    missing_derives,
    signed_steps,
    number_borders,
    parallel_closures,
    made_visible,
    mutable_walk,
    closure_kinds,
    as_the_trait_says,
    missing_fields,
    map_keys,
)
