"""Layers by kind as JSON Schema: their hyperparameters, and the section `defaults:`."""

from collections.abc import Callable
from dataclasses import dataclass

from cnncli.config.expression.symbols import FUNCTIONS, WORDS
from cnncli.config.expression.syntax import AXES, SWITCHES
from cnncli.config.network.names import positional_key, usual_names
from cnncli.layers import families
from cnncli.layers.base import Layer
from cnncli.layers.constraints import Json
from cnncli.layers.forms import NULL, any_case, either
from cnncli.schema.describe import summary_text
from cnncli.schema.json_schema import properties

from .spellings import spelled

_NO_TUPLE = r"^(?!\([\s\d(),]*$)"
"""Numbers in brackets are no expression, as they mean something in other programs."""


def _arithmetic() -> str:
    """An expression of numbers and sizes of the input, as a regular expression.

    It has a sign or an operator, and does not end with one.
    """
    size = rf"{any_case('input')}\s*\.\s*[{''.join(AXES)}]"
    words = "|".join((*FUNCTIONS, *WORDS, *map(any_case, SWITCHES)))
    is_one = rf"(?=[\s\S]*(?:[-+*/%<>=!(]|{any_case('input')}|\b(?:{'|'.join(WORDS)})\b))"
    ends = r"(?![\s\S]*[-+*/%<>=!(,]\s*$)"
    return rf"{_NO_TUPLE}{is_one}{ends}(?:[\s\d.+*/%<>=!(),-]|[eE]|{size}|{words})+$"


@dataclass(frozen=True)
class Names:
    """Whether names of variables and parameters may stand for values: what a formula then is."""

    suffix: str
    """Of the definitions of layers whose values are such."""
    formula: Json

    def layer(self, name: str) -> Json:
        """What stands behind the name of a layer in a list."""
        return {"$ref": f"#/$defs/{name}{self.suffix}"}

    def defaults(self, name: str) -> Json:
        """What stands behind it in `defaults:`."""
        return {"$ref": f"#/$defs/{name}_defaults{self.suffix}"}


WITHOUT_NAMES = Names("", {"$ref": "#/$defs/arithmetic"})
WITH_NAMES = Names("_named", {"$ref": "#/$defs/formula"})


def layer_definitions() -> dict[str, Json]:
    """Every kind of layer and its defaults, and the formulas that may stand in them.

    Each without names of variables, with these, and as it is offered where nothing is refused.
    """
    found: dict[str, Json] = {
        "arithmetic": {"type": "string", "pattern": _arithmetic()},
        "formula": {"type": "string", "pattern": _NO_TUPLE},
    }
    for name in usual_names():
        family = families()[name]
        for names in (WITHOUT_NAMES, WITH_NAMES):
            found[f"{name}{names.suffix}"] = _layer(family, names)
            found[f"{name}_defaults{names.suffix}"] = _defaults(family, names)
        found[f"{name}_offered"] = _offered(family)
    return found


def offered(name: str) -> Json:
    """What is offered behind the name of a layer; anything else may stand there."""
    return {"$ref": f"#/$defs/{name}_offered"}


def by_name(layer: Callable[[str], Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """A key for each layer, as it is mostly written; and patterns for its other spellings.

    layer: gives what stands behind the usual name of one.
    """
    usual = {name.lower(): layer(name) for name in usual_names()}
    others = {
        f"^(?!{name.lower()}$)(?:{spelled(families()[name])})$": layer(name)
        for name in usual_names()
    }
    return usual, others


def defaults_section(names: Names) -> Json:
    """The section `defaults:`."""
    usual, others = by_name(names.defaults)
    return {
        "type": ["object", "null"],
        "properties": usual,
        "patternProperties": others,
        "additionalProperties": False,
    }


def _layer(family: type[Layer], names: Names) -> Json:
    name = family.spelling.name
    own = properties(family, _or_formula)
    if names is WITH_NAMES:
        plain = _inside(WITHOUT_NAMES.layer(name))
        for key, value in own.items():
            about = {said: value[said] for said in ("description", "default") if said in value}
            own[key] = about | either({"$ref": f"{plain}/{key}"}, names.formula)
    return _values(family, own, names.layer(name))


def _defaults(family: type[Layer], names: Names) -> Json:
    """Each value is for all layers of the kind, or a list is dealt out to them."""
    layer = _inside(names.layer(family.spelling.name))
    own = {}
    for key in properties(family):
        value = {"$ref": f"{layer}/{key}"}
        own[key] = either(value, {"type": "array", "items": value})
    return _values(family, own, names.defaults(family.spelling.name))


def _offered(family: type[Layer]) -> Json:
    inside = _inside(WITH_NAMES.layer(family.spelling.name))
    own = {key: {"anyOf": [{}, {"$ref": f"{inside}/{key}"}]} for key in properties(family)}
    return {"description": summary_text(family), "properties": own}


def _values(family: type[Layer], own: dict[str, Json], here: Json) -> Json:
    """Hyperparameters by their keys, the value of the usual one, or nothing."""
    inside = _inside(here)
    mapping = {
        "type": "object",
        "properties": own,
        "patternProperties": {
            _other_spellings(family, key): {"$ref": f"{inside}/{key}"} for key in own
        },
        "additionalProperties": False,
    }
    key = positional_key(family)
    positional = [{"$ref": f"{inside}/{key}"}] if key else []
    return {"description": summary_text(family), "anyOf": [mapping, *positional, NULL]}


def _inside(here: Json) -> str:
    """Where the keys of a definition stand."""
    return f"{here['$ref']}/anyOf/0/properties"


def _other_spellings(family: type[Layer], key: str) -> str:
    """A regular expression of all that means the key, but the key itself."""
    synonyms = [other for other, meant in family.spelling.synonyms.items() if meant == key]
    return f"^(?!{key}$)(?:{'|'.join(map(any_case, (key, *synonyms)))})$"


def _or_formula(schema: Json) -> Json:
    """A value, or an expression without names; inside the value, one with any."""
    members = schema["anyOf"] if list(schema) == ["anyOf"] else [schema]
    return either(*map(_with_formulas, members), WITHOUT_NAMES.formula)


def _with_formulas(schema: Json) -> Json:
    found, formula = dict(schema), WITH_NAMES.formula
    if "properties" in schema:
        inner = schema["properties"].items()
        found["properties"] = {key: either(value, formula) for key, value in inner}
    if "items" in schema:
        found["items"] = either(schema["items"], formula)
    return found
