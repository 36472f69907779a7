"""JSON Schemas from the short notation of shapes.yaml: closed objects, so that a misspelt field is found."""
import re
from pathlib import Path

import jsonschema
import yaml

WORDS = {
    "text": {"type": "string", "minLength": 1}, "bool": {"type": "boolean"}, "int": {"type": "integer", "minimum": 0},
    "map": {"type": "object", "additionalProperties": {"type": "string"}},
    "name": {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"},
    "path": {"type": "string", "pattern": "^/"},
    "port": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535}, {"type": "string", "pattern": "^[a-z][-a-z0-9]{0,14}$"}]},
    "quantity": {"type": "string", "pattern": r"^\d+(m|Ki|Mi|Gi)?$"},
    "duration": {"type": "string", "pattern": r"^\d+(ms|s|m|h|d)$"},
    "cidr": {"type": "string", "pattern": r"^[0-9a-f.:]+/\d{1,3}$"},
    "label": {"type": "string", "pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
    "metric": {"type": "string", "pattern": "^[a-zA-Z_:][a-zA-Z0-9_:]*$"},
}


def schema_of(shape, definitions):
    if isinstance(shape, list):
        return {"type": "array", "minItems": 1, "items": schema_of(shape[0], definitions)}
    if isinstance(shape, dict):
        return {"type": "object", "additionalProperties": False, "required": [key[:-1] for key in shape if key.endswith("!")],
                "properties": {key.rstrip("!"): schema_of(inner, definitions) for key, inner in shape.items()}}
    if shape in definitions:
        return schema_of(definitions[shape], definitions)
    if shape in WORDS:
        return WORDS[shape]
    if "|" in shape or re.match("[A-Z]", shape):
        return {"enum": shape.split("|")}
    raise SystemExit(f"tests/deploy/shapes.yaml: what is {shape!r}?")


class Shapes:
    def __init__(self):
        document = yaml.safe_load(Path(__file__).with_name("shapes.yaml").read_text())
        self.schemas = {kind: schema_of({"apiVersion!": "text", "kind!": "text", **shape}, document["definitions"])
                        for kind, shape in document["kinds"].items()}

    def problems(self, manifest):
        """What is wrong with a manifest, each with its place."""
        schema = self.schemas.get(f"{manifest.get('apiVersion')} {manifest.get('kind')}")
        if schema is None:
            return [f"no shape for {manifest.get('apiVersion')} {manifest.get('kind')}"]
        return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(manifest)]
