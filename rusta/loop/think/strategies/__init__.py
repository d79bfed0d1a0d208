"""Known repairs, one a file: each reads what rustc or cargo reports and yields hypotheses that are tried in a copy."""

from rusta.loop.think.situation import Strategy
from rusta.loop.think.strategies.conversions.absent_values import absent_values
from rusta.loop.think.strategies.conversions.array_items import array_items
from rusta.loop.think.strategies.conversions.blanket_conversions import blanket_conversions
from rusta.loop.think.strategies.conversions.called_constructors import called_constructors
from rusta.loop.think.strategies.conversions.collected import fitting_items
from rusta.loop.think.strategies.conversions.error_conversion import conversions
from rusta.loop.think.strategies.conversions.fitting_types import fitting_types
from rusta.loop.think.strategies.conversions.float_order import float_order
from rusta.loop.think.strategies.conversions.generic_numbers import generic_numbers
from rusta.loop.think.strategies.conversions.grown_texts import grown_texts
from rusta.loop.think.strategies.conversions.in_place import in_place
from rusta.loop.think.strategies.conversions.indexed_maps import indexed_maps
from rusta.loop.think.strategies.conversions.indexed_text import indexed_text
from rusta.loop.think.strategies.conversions.listed_first import listed_first
from rusta.loop.think.strategies.conversions.map_keys import map_keys
from rusta.loop.think.strategies.conversions.mapped_items import mapped_items
from rusta.loop.think.strategies.conversions.matched_texts import matched_texts
from rusta.loop.think.strategies.conversions.number_borders import number_borders
from rusta.loop.think.strategies.conversions.other_way import other_way
from rusta.loop.think.strategies.conversions.question_option import asked_elsewhere
from rusta.loop.think.strategies.conversions.raw_pointers import raw_pointers
from rusta.loop.think.strategies.conversions.signed_steps import signed_steps
from rusta.loop.think.strategies.conversions.told_errors import told_errors
from rusta.loop.think.strategies.conversions.untold_type import asked_for
from rusta.loop.think.strategies.conversions.walked_types import walked_types
from rusta.loop.think.strategies.conversions.wider_sums import wider_sums
from rusta.loop.think.strategies.dependencies.async_entry import async_entry
from rusta.loop.think.strategies.dependencies.crate_versions import crate_versions
from rusta.loop.think.strategies.dependencies.dependency_features import dependency_features
from rusta.loop.think.strategies.dependencies.generated_code import generated_code
from rusta.loop.think.strategies.dependencies.handler_order import handler_order
from rusta.loop.think.strategies.dependencies.missing_dependency import missing_dependency
from rusta.loop.think.strategies.dependencies.owned_deserialize import owned_deserialize
from rusta.loop.think.strategies.loans.borrowck_fixes import from_loans
from rusta.loop.think.strategies.loans.borrowed_contents import borrowed_contents
from rusta.loop.think.strategies.loans.borrowed_or_owned import borrowed_or_owned
from rusta.loop.think.strategies.loans.borrowed_parameters import borrowed_parameters
from rusta.loop.think.strategies.loans.borrowed_receiver import borrowed_receiver
from rusta.loop.think.strategies.loans.borrowed_start import borrowed_start
from rusta.loop.think.strategies.loans.borrowing_types import borrowing_types
from rusta.loop.think.strategies.loans.bound_temporaries import bound_temporaries
from rusta.loop.think.strategies.loans.cell_fields import cell_fields
from rusta.loop.think.strategies.loans.collected_first import collected_first
from rusta.loop.think.strategies.loans.copied_before import copied_before
from rusta.loop.think.strategies.loans.found_or_made import found_or_made
from rusta.loop.think.strategies.loans.lent_options import lent_options
from rusta.loop.think.strategies.loans.lifetime_of_its_own import lifetime_of_its_own
from rusta.loop.think.strategies.loans.lifetime_on_self import lifetime_on_self
from rusta.loop.think.strategies.loans.looked_up_anew import looked_up_anew
from rusta.loop.think.strategies.loans.moved_later import moved_later
from rusta.loop.think.strategies.loans.mutable_walk import mutable_walk
from rusta.loop.think.strategies.loans.owned_captures import owned_captures
from rusta.loop.think.strategies.loans.owned_fields import owned_fields
from rusta.loop.think.strategies.loans.owned_items import owned_items
from rusta.loop.think.strategies.loans.owned_results import owned_results
from rusta.loop.think.strategies.loans.owned_stores import owned_stores
from rusta.loop.think.strategies.loans.replaced_state import replaced_state
from rusta.loop.think.strategies.loans.retained import retained
from rusta.loop.think.strategies.loans.scoped_threads import scoped_threads
from rusta.loop.think.strategies.loans.split_loans import split_loans
from rusta.loop.think.strategies.loans.taken_for_a_while import taken_for_a_while
from rusta.loop.think.strategies.loans.unwrapped_walk import unwrapped_walk
from rusta.loop.think.strategies.loans.walked_places import walked_places
from rusta.loop.think.strategies.loans.written_guards import written_guards
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
from rusta.loop.think.strategies.releases.followed_traits import followed_traits
from rusta.loop.think.strategies.releases.function_values import function_values
from rusta.loop.think.strategies.releases.gone_imports import gone_imports
from rusta.loop.think.strategies.releases.macro_derives import macro_derives
from rusta.loop.think.strategies.releases.plain_results import plain_results
from rusta.loop.think.strategies.releases.range_arguments import range_arguments
from rusta.loop.think.strategies.releases.replaced_items import replaced_items
from rusta.loop.think.strategies.signatures.attribute_macros import like_the_trait
from rusta.loop.think.strategies.signatures.bare_traits import bare_traits
from rusta.loop.think.strategies.signatures.bounds import missing_bounds
from rusta.loop.think.strategies.signatures.boxed_recursion import boxed_recursion
from rusta.loop.think.strategies.signatures.captures import captures
from rusta.loop.think.strategies.signatures.constant_values import constant_values
from rusta.loop.think.strategies.signatures.derives import missing_derives
from rusta.loop.think.strategies.signatures.determined_impls import determined_impls
from rusta.loop.think.strategies.signatures.determined_items import determined_items
from rusta.loop.think.strategies.signatures.display_by_label import display_by_label
from rusta.loop.think.strategies.signatures.distinct_arms import distinct_arms
from rusta.loop.think.strategies.signatures.dyn_compatible import dyn_compatible
from rusta.loop.think.strategies.signatures.erased_trait import erased_trait
from rusta.loop.think.strategies.signatures.field_values import field_values
from rusta.loop.think.strategies.signatures.float_derives import float_derives
from rusta.loop.think.strategies.signatures.foreign_impls import foreign_impls
from rusta.loop.think.strategies.signatures.grown_types import grown_types
from rusta.loop.think.strategies.signatures.inner_functions import inner_functions
from rusta.loop.think.strategies.signatures.kept_closures import kept_closures
from rusta.loop.think.strategies.signatures.last_expression import last_expression
from rusta.loop.think.strategies.signatures.missing_fields import missing_fields
from rusta.loop.think.strategies.signatures.missing_generics import missing_generics
from rusta.loop.think.strategies.signatures.opaque_iterators import opaque_iterators
from rusta.loop.think.strategies.signatures.order_by_cmp import order_by_cmp
from rusta.loop.think.strategies.signatures.paired_impls import paired_impls
from rusta.loop.think.strategies.signatures.passed_closures import passed_on
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
    gone_imports,
    followed_traits,
    replaced_items,
    function_values,
    range_arguments,
    plain_results,
    macro_derives,
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
    passed_on,
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
    undeclared_lifetime,
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
    told_generics,
    erased_trait,
    told_errors,
    determined_items,
    walked_types,
    borrowing_types,
    moved_later,
    cell_fields,
    fitting_types,
    boxed_recursion,
    bare_traits,
    order_by_cmp,
    borrowed_contents,
    looked_up_anew,
    owned_items,
    called_constructors,
    display_by_label,
    listed_first,
    mapped_items,
    absent_values,
    in_place,
    retained,
    written_guards,
    wider_sums,
    generic_numbers,
    borrowed_start,
    foreign_impls,
    owned_fields,
    matched_texts,
    grown_texts,
    indexed_maps,
    constant_values,
    lent_options,
    walked_places,
    borrowed_parameters,
    determined_impls,
    field_values,
    undeclared_parameter,
    raw_pointers,
    paired_impls,
)
