"""`architecture:` and `blocks:` as JSON Schema, in the form of a list and in that of a pattern."""

from dataclasses import dataclass
from itertools import combinations

from cnncli.bounds import MAX_LAYERS, MAX_PARAMETERS, MAX_SOURCES
from cnncli.config.network.blocks import FROM
from cnncli.config.network.written import BESIDE
from cnncli.layers.constraints import Json
from cnncli.layers.forms import NULL, either

from .layer_schema import WITH_NAMES, WITHOUT_NAMES, Names, by_name, offered
from .spellings import LAYER_NAME, WORD, any_layer, pattern

_EXAMPLE = "layers are joined by - or ->, like INPUT -> [CONV3-64 -> RELU]*2 -> POOL -> FC"
_CONDITION = r"^(?![\s\S]*[^=!<>]=(?!=))(?![\s\S]*!(?!=))[^\x22#$&':;?@\[-\^`{|}~]+$"
"""What an expression is not made of, and that = is written twice."""

_MEANINGS = {
    "name": "the layer's name; default: its kind and its number, conv1",
    "from": "what it reads instead of the layer above: a name, -1, -2, ..., or a list of them for "
    "ADD, MUL and CONCAT",
    "if": "the condition under which it is there, like S > 1",
    "repeat": "how often, one after another",
    "layers": "a group, which repeat and if are for",
}
"""Of keys beside a layer."""


@dataclass(frozen=True)
class Layers:
    """Lists and patterns of layers of one sort: which names values and layers may have."""

    suffix: str
    names: Names
    words: str
    """What stands for a layer in a pattern, as a regular expression."""
    has_blocks: bool = False
    """Whether there are blocks, which are called anyhow."""

    @property
    def sequence(self) -> Json:
        """A list or a pattern."""
        return {"$ref": f"#/$defs/layers{self.suffix}"}

    def definitions(self) -> dict[str, Json]:
        """Of lists and patterns, and of what is in a list."""
        several = {
            "pattern": pattern(self.words, self.names is WITH_NAMES),
            "patternErrorMessage": _EXAMPLE,
            "minItems": 1,
            "items": {"$ref": f"#/$defs/item{self.suffix}"},
        }
        inside = {"$ref": f"#/$defs/several{self.suffix}"}
        item = {"type": ["object", "string", "array"], **inside, **self._mapping()}
        return {
            f"several{self.suffix}": several,
            f"layers{self.suffix}": {"type": ["string", "array"], **inside},
            f"item{self.suffix}": item,
        }

    def _mapping(self) -> Json:
        """One layer with what may stand beside it, or a group."""
        usual, others = by_name(self.names.layer)
        own = self._beside() | usual
        if self.has_blocks:
            others |= {f"^(?!(?:{'|'.join(own)})$){WORD}$": {}}
        beside = [*BESIDE, "repeat"]
        group = ["layers", "repeat", "if"]
        counts = [
            {"required": [*some], "maxProperties": 1 + n}
            for n in range(len(beside) + 1)
            for some in combinations(beside, n)
        ]
        return {
            "properties": own,
            "patternProperties": others,
            "additionalProperties": False,
            "if": {"required": ["layers"]},
            "then": {"propertyNames": {"enum": group}},
            "else": {"not": {"propertyNames": {"enum": beside}}, "anyOf": counts},
        }

    def _beside(self) -> dict[str, Json]:
        """What may be written for each key beside a layer, and its meaning."""
        source = either({"type": "string"}, {"type": "integer", "maximum": -1})
        several = {"type": "array", "items": source, "minItems": 1, "maxItems": MAX_SOURCES}
        times = {"type": "integer", "minimum": 0, "maximum": MAX_LAYERS}
        digits = {"type": "string", "pattern": "^[0-9]{1,20}$"}
        written: dict[str, Json] = {
            "name": {"type": "string", "pattern": LAYER_NAME},
            "from": either(source, several),
            "if": {"type": ["boolean", "string"], "pattern": _CONDITION},
            "repeat": either(times, digits, self.names.formula),
            "layers": self.sequence,
        }
        return {key: {"description": said} | written[key] for key, said in _MEANINGS.items()}


PLAIN = Layers("", WITHOUT_NAMES, any_layer())
WITH_VARIABLES = Layers("_named", WITH_NAMES, any_layer())
WITH_BLOCKS = Layers("_blocks", WITH_NAMES, WORD, has_blocks=True)


def sequence_definitions() -> dict[str, Json]:
    """Lists and patterns of each sort."""
    found: dict[str, Json] = {"block": _block(), "item_offered": _offered_item()}
    for layers in (PLAIN, WITH_VARIABLES, WITH_BLOCKS):
        found |= layers.definitions()
    return found


def blocks_section() -> Json:
    """The section `blocks:`, whose blocks are not called as layers are."""
    path: Json = {"type": "string", "minLength": 1}
    paths = either(path, {"type": "array", "items": path, "minItems": 1})
    return {
        "type": ["object", "null"],
        "properties": {
            FROM: {"description": "files with more blocks, in the folder of this one or below"}
            | paths
        },
        "propertyNames": {"pattern": f"^(?!(?:{any_layer()})$){WORD}$"},
        "additionalProperties": {"$ref": "#/$defs/block"},
    }


def _block() -> Json:
    """Its layers are read where it is used alone; whether they are right is not said here."""
    name: Json = {"type": "string", "pattern": f"^{WORD}$"}
    defaults = {"type": "object", "propertyNames": name, "maxProperties": MAX_PARAMETERS}
    required = {"type": "array", "items": name, "maxItems": MAX_PARAMETERS}
    parameters = {
        "description": "names with defaults, like {K: 64, S: 1}; one without must be given"
    } | either(defaults, required, NULL)
    layers = {"minLength": 1, "minItems": 1, "items": {"$ref": "#/$defs/item_offered"}}
    return {
        "type": ["object", "string", "array"],
        **layers,
        "properties": {
            "parameters": parameters,
            "layers": {"type": ["string", "array"], **layers},
        },
        "required": ["layers"],
        "additionalProperties": False,
    }


def _offered_item() -> Json:
    """What is offered in a list of layers; anything else may stand there."""
    item = {"$ref": "#/$defs/item_offered"}
    beside: dict[str, Json] = {key: {"description": said} for key, said in _MEANINGS.items()}
    beside["layers"]["items"] = item
    return {"items": item, "properties": beside | by_name(offered)[0]}
