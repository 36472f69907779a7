"""Which metric names exist, from the sources that write them; which an expression asks for."""
import re

KEYWORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool", "inf", "nan"}


def sources(root):
    return "".join(path.read_text() for path in sorted((root / "daemon/metrics").glob("*.cpp")))


def fleet_only(root):
    """Names of series per host that /metrics has and /probe has not."""
    return set(re.findall(r'\{"(\w+)", Type::\w+, Door::FleetOnly', sources(root)))


def known_names(root, later):
    """All names, those of histograms with their parts; `later` lists the ones that a later release will measure."""
    text = sources(root)
    names = set(re.findall(r'\{"(\w+)", Type::', text)) | set(re.findall(r'"((?:rdp|rdpwatch|process)_\w+)"', text))
    if len(names) < 30 or not fleet_only(root):
        raise SystemExit("tests/rules: the catalogue in daemon/metrics cannot be read any more")
    names |= {line.split("#")[0].strip() for line in later.read_text().splitlines()} - {""}
    return names | {f"{name}_{part}" for name in names if name.endswith("_seconds") for part in ("bucket", "sum", "count")}


def names_in(expression):
    """The metric names of a PromQL expression, by taking away all else."""
    text = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)
    text = re.sub(r"#.*", "", text)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", text)
    text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    text = re.sub(r"\boffset\s+\w+", " ", text)
    words = re.findall(r"(?<![\w:.])([a-zA-Z_:][\w:]*)(?!\s*\(|[\w:])", text)
    return {word for word in words if word not in KEYWORDS}
