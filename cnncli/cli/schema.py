"""`cnn schema`: what configurations may hold, for editors."""

import click

from cnncli.config.file_schema.configuration_schema import configuration_schema
from cnncli.files import write_whole
from cnncli.text import json_text

from .echo import echo, say
from .options import Output, output_option


@click.command("schema")
@output_option("--out", help="Write it to this file, not to standard output.")
def schema(out: Output | None) -> None:
    """Print the JSON Schema of configurations, for editors.

    By it they complete, explain and check what is typed. A configuration that `cnn init` writes
    names the schema that has come with cnn.

    \b
    cnn schema
    cnn schema --out cnn.schema.json
    """
    text = json_text(configuration_schema(), indent=0)
    if out:
        write_whole(out.path, f"{text}\n".encode(), replace=out.replace, notify=say)
    else:
        echo(text)
