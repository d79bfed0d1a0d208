"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.async_entry import async_entry
from rusta.loop.think.strategies.crate_versions import crate_versions
from rusta.loop.think.strategies.dependency_features import dependency_features
from rusta.loop.think.strategies.generated_code import generated_code
from rusta.loop.think.strategies.handler_order import handler_order
from rusta.loop.think.strategies.missing_dependency import missing_dependency
from rusta.loop.think.strategies.owned_deserialize import owned_deserialize

STRATEGIES: tuple[Strategy, ...] = (
    dependency_features,
    crate_versions,
    missing_dependency,
    generated_code,
    owned_deserialize,
    async_entry,
    handler_order,
)
