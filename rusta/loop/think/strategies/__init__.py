"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.conversions.array_items import array_items
from rusta.loop.think.strategies.conversions.blanket_conversions import blanket_conversions
from rusta.loop.think.strategies.conversions.collected import fitting_items
from rusta.loop.think.strategies.conversions.error_conversion import conversions
from rusta.loop.think.strategies.conversions.float_order import float_order
from rusta.loop.think.strategies.conversions.indexed_text import indexed_text
from rusta.loop.think.strategies.conversions.map_keys import map_keys
from rusta.loop.think.strategies.conversions.number_borders import number_borders
from rusta.loop.think.strategies.conversions.other_way import other_way
from rusta.loop.think.strategies.conversions.question_option import asked_elsewhere
from rusta.loop.think.strategies.conversions.raw_pointers import raw_pointers
from rusta.loop.think.strategies.conversions.signed_steps import signed_steps
from rusta.loop.think.strategies.conversions.untold_type import asked_for
from rusta.loop.think.strategies.dependencies.async_entry import async_entry
from rusta.loop.think.strategies.dependencies.crate_versions import crate_versions
from rusta.loop.think.strategies.dependencies.dependency_features import dependency_features
from rusta.loop.think.strategies.dependencies.generated_code import generated_code
from rusta.loop.think.strategies.dependencies.handler_order import handler_order
from rusta.loop.think.strategies.dependencies.missing_dependency import missing_dependency
from rusta.loop.think.strategies.dependencies.owned_deserialize import owned_deserialize
from rusta.loop.think.strategies.loans.borrowck_fixes import from_loans
from rusta.loop.think.strategies.loans.borrowed_or_owned import borrowed_or_owned
from rusta.loop.think.strategies.loans.borrowed_receiver import borrowed_receiver
from rusta.loop.think.strategies.loans.bound_temporaries import bound_temporaries
from rusta.loop.think.strategies.loans.collected_first import collected_first
from rusta.loop.think.strategies.loans.copied_before import copied_before
from rusta.loop.think.strategies.loans.found_or_made import found_or_made
from rusta.loop.think.strategies.loans.lifetime_of_its_own import lifetime_of_its_own
from rusta.loop.think.strategies.loans.lifetime_on_self import lifetime_on_self
from rusta.loop.think.strategies.loans.mutable_walk import mutable_walk
from rusta.loop.think.strategies.loans.owned_captures import owned_captures
from rusta.loop.think.strategies.loans.owned_results import owned_results
from rusta.loop.think.strategies.loans.owned_stores import owned_stores
from rusta.loop.think.strategies.loans.replaced_state import replaced_state
from rusta.loop.think.strategies.loans.scoped_threads import scoped_threads
from rusta.loop.think.strategies.loans.split_loans import split_loans
from rusta.loop.think.strategies.loans.taken_for_a_while import taken_for_a_while
from rusta.loop.think.strategies.loans.unwrapped_walk import unwrapped_walk
from rusta.loop.think.strategies.manifests.broken_lock import broken_lock
from rusta.loop.think.strategies.manifests.manifest_names import manifest_names
from rusta.loop.think.strategies.manifests.workspace_inheritance import workspace_inheritance
from rusta.loop.think.strategies.manifests.workspace_members import workspace_members
from rusta.loop.think.strategies.modules.edition import editions
from rusta.loop.think.strategies.modules.feature_gate import feature_gates
from rusta.loop.think.strategies.modules.library_path import library_paths
from rusta.loop.think.strategies.modules.macro_arguments import macro_arguments
from rusta.loop.think.strategies.modules.macro_scope import macro_scope
from rusta.loop.think.strategies.modules.misplaced_file import misplaced_files
from rusta.loop.think.strategies.modules.misspelled_path import misspelled_path
from rusta.loop.think.strategies.modules.moved_item import moved_items
from rusta.loop.think.strategies.modules.new_words import new_words
from rusta.loop.think.strategies.modules.shadowed_names import shadowed_names
from rusta.loop.think.strategies.modules.undeclared_file import undeclared_files
from rusta.loop.think.strategies.modules.visibility import made_visible
from rusta.loop.think.strategies.signatures.attribute_macros import like_the_trait
from rusta.loop.think.strategies.signatures.bounds import missing_bounds
from rusta.loop.think.strategies.signatures.captures import captures
from rusta.loop.think.strategies.signatures.derives import missing_derives
from rusta.loop.think.strategies.signatures.distinct_arms import distinct_arms
from rusta.loop.think.strategies.signatures.dyn_compatible import dyn_compatible
from rusta.loop.think.strategies.signatures.erased_trait import erased_trait
from rusta.loop.think.strategies.signatures.field_values import field_values
from rusta.loop.think.strategies.signatures.float_derives import float_derives
from rusta.loop.think.strategies.signatures.grown_types import grown_types
from rusta.loop.think.strategies.signatures.inner_functions import inner_functions
from rusta.loop.think.strategies.signatures.kept_closures import kept_closures
from rusta.loop.think.strategies.signatures.last_expression import last_expression
from rusta.loop.think.strategies.signatures.missing_fields import missing_fields
from rusta.loop.think.strategies.signatures.missing_generics import missing_generics
from rusta.loop.think.strategies.signatures.opaque_iterators import opaque_iterators
from rusta.loop.think.strategies.signatures.self_type import self_type
from rusta.loop.think.strategies.signatures.static_result import static_result
from rusta.loop.think.strategies.signatures.told_generics import told_generics
from rusta.loop.think.strategies.signatures.trait_signatures import as_the_trait_says
from rusta.loop.think.strategies.signatures.undeclared_lifetime import undeclared_lifetime
from rusta.loop.think.strategies.signatures.undeclared_parameter import undeclared_parameter
from rusta.loop.think.strategies.threads.cloned_receiver import cloned_receiver
from rusta.loop.think.strategies.threads.closure_kind import closure_kinds
from rusta.loop.think.strategies.threads.guard_await import guard_await
from rusta.loop.think.strategies.threads.parallel_closures import parallel_closures
from rusta.loop.think.strategies.threads.shared_receiver import shared_receiver
from rusta.loop.think.strategies.threads.shared_state import shared_state
from rusta.loop.think.strategies.threads.taken_once import taken_once

STRATEGIES: tuple[Strategy, ...] = (
    from_loans,
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
    field_values,
    new_words,
    owned_deserialize,
    async_entry,
    handler_order,
    distinct_arms,
    shared_receiver,
    map_keys,
    undeclared_lifetime,
    undeclared_parameter,
    static_result,
    missing_generics,
    last_expression,
    borrowed_receiver,
    misspelled_path,
    replaced_state,
    unwrapped_walk,
    shadowed_names,
    macro_scope,
    macro_arguments,
    blanket_conversions,
    inner_functions,
    grown_types,
    float_order,
    float_derives,
    taken_once,
    cloned_receiver,
    opaque_iterators,
    array_items,
    self_type,
    indexed_text,
    borrowed_or_owned,
    kept_closures,
    other_way,
    raw_pointers,
    told_generics,
    erased_trait,
)
