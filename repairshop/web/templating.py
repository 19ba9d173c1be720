"""Templates compiled once per language, with the words already in them.

Looking each word up was a large part of a page's cost (docs/decisions/0007). So each language has an
environment of its own, in which _("To diagnose") is the constant "Por diagnosticar" and
_("Due %(day)s", day=...) three pieces joined. What is no constant at compile time is looked up as before.
"""

import re
from collections.abc import Callable, MutableMapping
from typing import Any

from babel.support import Translations
from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

_VALUE = re.compile(r"%\((\w+)\)[sd]")
_SPOKEN_BY = frozenset({"_", "gettext"})


class QuickContext(Context):
    """Calls a macro without asking first whether it wants a context; half of all calls are macros."""

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if type(called) is not Macro:
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(self.eval_ctx, *args, **kwargs)


def quick_escape(value: Any) -> str:
    """escape() without a new copy of what is markup already, as every macro's result is."""
    return value if type(value) is Markup else escape(value)


class QuickTemplate(Template):
    """Escapes quickly, and imports without comparing globals: no template here is given any of its own."""

    @classmethod
    def _from_namespace(cls, environment: Any, namespace: Any, globals: Any) -> "QuickTemplate":
        if "escape" in namespace:
            namespace["escape"] = quick_escape
        return super()._from_namespace(environment, namespace, globals)  # type: ignore[return-value]

    def _get_default_module(self, ctx: Context | None = None) -> Any:  # noqa: ARG002 - Jinja's signature
        return super()._get_default_module()


class SpokenEnvironment(Environment):
    """Hands every template out in the language of the moment."""

    context_class = QuickContext
    template_class = QuickTemplate
    language = ""  # of an environment that speaks one; a bytecode cache has to keep them apart by it
    catalogue: Callable[[str], str] | None = None

    def speak(self, *, language: Callable[[], str], directory: str) -> None:
        """Say where the language of the moment is asked for; without it templates speak at run time."""
        self._language, self._directory = language, directory
        self._spoken: dict[str, SpokenEnvironment] = {}

    def _in(self, language: str) -> "SpokenEnvironment":
        if language not in self._spoken:
            spoken = self.overlay()
            spoken.language = language
            spoken.catalogue = Translations.load(self._directory, [language]).gettext
            self._spoken[language] = spoken
        return self._spoken[language]

    # Jinja has no public place for either step; tests/web/test_templating.py would notice a change.
    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:
        if self.catalogue is None and "_spoken" in vars(self):
            return self._in(self._language())._load_template(name, globals)
        return super()._load_template(name, globals)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.catalogue is not None:
            escapes = self.autoescape(name) if callable(self.autoescape) else self.autoescape
            _Words(self.catalogue, escapes=escapes).visit(tree)
        return tree


class _Words(NodeTransformer):
    """Puts the words of one language in the place of the calls that would look them up."""

    def __init__(self, catalogue: Callable[[str], str], *, escapes: bool) -> None:
        self._catalogue = catalogue
        self._literal: Callable[[str], str] = Markup if escapes else str

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 - the visitor's own name
        """Pieces that are written at once need no joining."""
        children: list[nodes.Expr] = []
        for child in node.nodes:
            children += self._pieces(child) or [self.visit(child)]
        node.nodes = children
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the visitor's own name
        pieces = self._pieces(node)
        if pieces is None:
            return self.generic_visit(node)
        return pieces[0] if len(pieces) == 1 else nodes.Concat(pieces, lineno=node.lineno)

    def _pieces(self, node: nodes.Node) -> list[nodes.Expr] | None:
        """The words and values that the call says in this language; None of what stays a call."""
        text = _constant_text(node)
        if text is None or not isinstance(node, nodes.Call):
            return None
        pieces = _VALUE.split(self._catalogue(text))
        values = {pair.key: pair.value for pair in node.kwargs}
        names = pieces[1::2]
        # A value said twice would be worked out twice; one that is not given must stay an error.
        if len(names) != len(set(names)) or not set(names) <= set(values):
            return None
        return [
            self.visit(values[piece])
            if index % 2
            else nodes.Const(self._literal(piece.replace("%%", "%")), lineno=node.lineno)
            for index, piece in enumerate(pieces)
        ]


def _constant_text(node: nodes.Node) -> str | None:
    """What is said, if the call says a constant and hands over nothing but named values."""
    if (
        not isinstance(node, nodes.Call)
        or not isinstance(node.node, nodes.Name)
        or node.node.name not in _SPOKEN_BY
    ):
        return None
    if len(node.args) != 1 or node.dyn_args is not None or node.dyn_kwargs is not None:
        return None
    text = node.args[0].value if isinstance(node.args[0], nodes.Const) else None
    return text if isinstance(text, str) else None
