"""The command line's commands, imported when one is asked for."""

from collections.abc import Mapping
from importlib import import_module

from click import Command, Context
from flask.cli import AppGroup


class Commands(AppGroup):
    """Commands by name; each stands at a place, "module:name"."""

    def __init__(self, places: Mapping[str, str]) -> None:
        super().__init__()
        self._places = places

    def list_commands(self, ctx: Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._places})

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        place = self._places.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, Command)  # noqa: S101 - a mistake in the wiring
        return command
