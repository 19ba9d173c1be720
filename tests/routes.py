"""Compiled addresses, kept for all apps of a test process: compiling them is most of what an app costs."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_Builder = Callable[..., tuple[str, str]]


def remember() -> None:
    """Let rules of equal addresses share what puts an address together; it asks its rule for all else."""
    compile_builder: Callable[[Rule, bool], _Builder] = Rule._compile_builder
    compiled: dict[Any, _Builder] = {}

    def remembered(rule: Rule, append_unknown: bool = True) -> _Builder:
        if rule.defaults:  # their values are compiled in
            return compile_builder(rule, append_unknown)
        key = rule.rule, append_unknown, tuple(rule._trace)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign]
