"""Colours, and the words that always stand beside them.

The colours are those of Okabe and Ito, which people with any of the usual colour blindnesses tell apart: blue is well, yellow is
doubtful, vermillion is broken, grey is not known. No meaning rests on a colour alone.
"""
WELL, DOUBTFUL, BROKEN, GRAVE, UNKNOWN = "#0072B2", "#E6C229", "#D55E00", "#CC79A7", "#7F7F7F"

PHASES = ["resolve", "connect", "negotiate", "tls", "nla", "auth", "mcs", "license", "session"]
# Lines and bars of phases: far apart in hue and in lightness.
PHASE_COLOURS = dict(zip(PHASES, ["#56B4E9", "#0072B2", "#009E73", "#E69F00", "#CC79A7", "#F0E442", "#D55E00", "#999999", "#882255"]))
# A broken phase: the earlier, the darker.
BROKEN_IN = dict(zip(PHASES, ["#6B1D00", "#8F2F00", "#B84300", "#D55E00", "#F0803C", "#F4A06C", "#F4A06C", "#F4A06C", "#F4A06C"]))
LEVEL_COLOURS = {"debug": UNKNOWN, "info": WELL, "warning": DOUBTFUL, "error": BROKEN, "critical": GRAVE}
STATE_COLOURS = {"ok": WELL, "degraded": DOUBTFUL, "failed": BROKEN, "pending": UNKNOWN, "paused": GRAVE}

# Values of queries.state().
NOT_KNOWN, FAILS, WARNED, CRITICAL, PASSES = 0, 10, 20, 21, 30


def texts(words):
    """Value mappings from {value: (text, colour)}."""
    return [{"type": "value", "options": {str(value): {"text": text, "color": colour, "index": index}
                                          for index, (value, (text, colour)) in enumerate(words.items())}}]


def when_empty(text):
    """Mapping of a missing value."""
    return [{"type": "special", "options": {"match": "null+nan", "result": {"text": text, "color": UNKNOWN, "index": 99}}}]


STATES = texts({NOT_KNOWN: ("not known", UNKNOWN),
                **{number: (f"fails in {phase}", BROKEN_IN[phase]) for number, phase in enumerate(PHASES, 1)},
                FAILS: ("fails", BROKEN),
                WARNED: ("passes, with a warning", DOUBTFUL),
                CRITICAL: ("passes, but critical", GRAVE),
                PASSES: ("passes", WELL)})
LADDER = texts({0: ("not reached", UNKNOWN), 1: ("passed", WELL), 2: ("failed", BROKEN)})
YES_NO = texts({0: ("no", DOUBTFUL), 1: ("yes", WELL)})
WORKS = texts({0: ("no", BROKEN), 1: ("yes", WELL)})
SEVERITIES = texts({"critical": ("critical", GRAVE), "warning": ("warning", DOUBTFUL), "info": ("info", WELL)})


def steps(*rising):
    """Thresholds from a first colour and pairs (value, colour)."""
    return {"mode": "absolute", "steps": [{"color": rising[0], "value": None},
                                          *({"color": colour, "value": value} for value, colour in rising[1:])]}


NONE_IS_WELL = steps(WELL, (1, BROKEN))
NONE_IS_WELL_SOME_DOUBTFUL = steps(WELL, (1, DOUBTFUL))
PLAIN = steps(UNKNOWN)
DAY = 86400
CERTIFICATE_DAYS = steps(BROKEN, (3, DOUBTFUL), (14, WELL))
CLOCK_OFF = steps(WELL, (120, DOUBTFUL), (240, BROKEN))
CLOCK = steps(BROKEN, (-240, DOUBTFUL), (-120, WELL), (120, DOUBTFUL), (240, BROKEN))
AVAILABILITY = steps(BROKEN, (0.99, DOUBTFUL), (0.999, WELL))
