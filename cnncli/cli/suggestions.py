"""A group of commands that knows which one was meant."""

import click


class SuggestingGroup(click.Group):
    """Tells whoever mistypes a command the one that is most like it, as click does for options."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises UsageError for a command that there is not."""
        name = args[0]
        if not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            from cnncli.text import closest

            if meant := closest(name, self.list_commands(ctx)):
                ctx.fail(f"No such command {name!r}. Did you mean {meant!r}?")
        return super().resolve_command(ctx, args)
