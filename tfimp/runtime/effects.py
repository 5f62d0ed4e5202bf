"""Which of TensorFlow's functions do more than compute: those run when they are called.

A draw of a random number, a print, a file: each must happen once, where the program says so, and
never again when a trace is replayed for a gradient. The raw ops say it of themselves; of the
functions above them the names do. What slips through is caught when a plan is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from tfimp.runtime.executor import at_once
from tfimp.runtime.native import draws
from tfimp.runtime.tensorflow_internals import op_definition

_DRAWS: Final = re.compile(
    r"(^|\.)(random|image\.random|nn\.(\w*dropout|nce_loss|sampled_softmax|fractional_\w*pool"
    r"|all_candidate_sampler|\w+_candidate_sampler|\w+_unigram_candidate_sampler))"
    r"|(^|\.)(random_\w+|multinomial|truncated_normal|shuffle|dropout)$"
    r"|(^|\.)image\.(sample_distorted_bounding_box|random_\w+)"
)
_PURE_RANDOM: Final = re.compile(r"random\.(stateless_|experimental\.(stateless|index_shuffle|"
                                 r"create_rng|get_global|set_global))|random_index_shuffle")
_EFFECTS: Final = re.compile(
    r"(^|\.)(print|print_v2|py_func|py_function|numpy_function|eager_py_func|timestamp|Assert"
    r"|assert_\w+|ensure_shape_\w+|group|no_op|check_numerics|enable_\w+|disable_\w+)$"
    r"|(^|\.)(debugging|summary|queue|lookup|io\.(read_file|write_file|matching_files|write_graph)"
    r"|data|saved_model|train|distribute|config|profiler|autodiff|mixed_precision|tpu)(\.|$)"
    r"|(^|\.)(read_file|write_file|matching_files|cond|while_loop|case|switch_case|dynamic_rnn|map_fn|foldl"
    r"|foldr|scan|vectorized_map|RaggedTensor|SparseTensor)$|(^|\.)(ragged|sparse|sets)\."
    r"|(^|\.)(batch_scatter_update|count_up_to|is_variable_initialized|nn\.experimental\.general_dropout"
    r"|scatter_(add|div|max|min|mul|sub|update|nd_add|nd_max|nd_min|nd_sub|nd_update))$"
)


def note_effects(path: str, function: Callable[..., Any]) -> None:
    """Notes what calling `function`, known as `path` in the namespace, does besides computing."""
    if path.startswith("raw_ops."):
        if _is_stateful_op(path.removeprefix("raw_ops.")):
            at_once.add(function)
    elif _DRAWS.search(path) and not _PURE_RANDOM.search(path):
        at_once.add(function)
        draws.add(function)
    elif _EFFECTS.search(path):
        at_once.add(function)


def _is_stateful_op(name: str) -> bool:
    definition = op_definition(name)
    return definition is None or bool(definition.is_stateful)
