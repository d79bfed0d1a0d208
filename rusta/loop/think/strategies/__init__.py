"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.async_entry import async_entry
from rusta.loop.think.strategies.attribute_macros import like_the_trait
from rusta.loop.think.strategies.bound_temporaries import bound_temporaries
from rusta.loop.think.strategies.bounds import missing_bounds
from rusta.loop.think.strategies.broken_lock import broken_lock
from rusta.loop.think.strategies.captures import captures
from rusta.loop.think.strategies.closure_kind import closure_kinds
from rusta.loop.think.strategies.collected import fitting_items
from rusta.loop.think.strategies.collected_first import collected_first
from rusta.loop.think.strategies.copied_before import copied_before
from rusta.loop.think.strategies.crate_versions import crate_versions
from rusta.loop.think.strategies.dependency_features import dependency_features
from rusta.loop.think.strategies.derives import missing_derives
from rusta.loop.think.strategies.distinct_arms import distinct_arms
from rusta.loop.think.strategies.dyn_compatible import dyn_compatible
from rusta.loop.think.strategies.edition import editions
from rusta.loop.think.strategies.error_conversion import conversions
from rusta.loop.think.strategies.feature_gate import feature_gates
from rusta.loop.think.strategies.found_or_made import found_or_made
from rusta.loop.think.strategies.generated_code import generated_code
from rusta.loop.think.strategies.guard_await import guard_await
from rusta.loop.think.strategies.handler_order import handler_order
from rusta.loop.think.strategies.library_path import library_paths
from rusta.loop.think.strategies.lifetime_of_its_own import lifetime_of_its_own
from rusta.loop.think.strategies.lifetime_on_self import lifetime_on_self
from rusta.loop.think.strategies.manifest_names import manifest_names
from rusta.loop.think.strategies.map_keys import map_keys
from rusta.loop.think.strategies.misplaced_file import misplaced_files
from rusta.loop.think.strategies.missing_dependency import missing_dependency
from rusta.loop.think.strategies.missing_fields import missing_fields
from rusta.loop.think.strategies.moved_item import moved_items
from rusta.loop.think.strategies.mutable_walk import mutable_walk
from rusta.loop.think.strategies.new_words import new_words
from rusta.loop.think.strategies.number_borders import number_borders
from rusta.loop.think.strategies.owned_captures import owned_captures
from rusta.loop.think.strategies.owned_deserialize import owned_deserialize
from rusta.loop.think.strategies.owned_results import owned_results
from rusta.loop.think.strategies.owned_stores import owned_stores
from rusta.loop.think.strategies.parallel_closures import parallel_closures
from rusta.loop.think.strategies.question_option import asked_elsewhere
from rusta.loop.think.strategies.scoped_threads import scoped_threads
from rusta.loop.think.strategies.shared_receiver import shared_receiver
from rusta.loop.think.strategies.shared_state import shared_state
from rusta.loop.think.strategies.signed_steps import signed_steps
from rusta.loop.think.strategies.split_loans import split_loans
from rusta.loop.think.strategies.taken_for_a_while import taken_for_a_while
from rusta.loop.think.strategies.trait_signatures import as_the_trait_says
from rusta.loop.think.strategies.undeclared_file import undeclared_files
from rusta.loop.think.strategies.untold_type import asked_for
from rusta.loop.think.strategies.visibility import made_visible
from rusta.loop.think.strategies.workspace_inheritance import workspace_inheritance
from rusta.loop.think.strategies.workspace_members import workspace_members

STRATEGIES: tuple[Strategy, ...] = (
    undeclared_files,
    lifetime_on_self,
    found_or_made,
    collected_first,
    copied_before,
    like_the_trait,
    conversions,
    asked_elsewhere,
    fitting_items,
    asked_for,
    dyn_compatible,
    shared_state,
    library_paths,
    misplaced_files,
    moved_items,
    editions,
    workspace_members,
    workspace_inheritance,
    feature_gates,
    owned_captures,
    scoped_threads,
    bound_temporaries,
    owned_results,
    split_loans,
    taken_for_a_while,
    missing_bounds,
    missing_derives,
    signed_steps,
    number_borders,
    parallel_closures,
    guard_await,
    captures,
    dependency_features,
    crate_versions,
    missing_dependency,
    generated_code,
    manifest_names,
    broken_lock,
    owned_stores,
    lifetime_of_its_own,
    made_visible,
    mutable_walk,
    closure_kinds,
    as_the_trait_says,
    missing_fields,
    new_words,
    owned_deserialize,
    async_entry,
    handler_order,
    distinct_arms,
    shared_receiver,
    map_keys,
)
