"""What the bench prints: a row for each goal, with the figures that it comes from."""
import dataclasses


@dataclasses.dataclass
class Figure:
    """A raw figure, and how it was got."""
    what: str
    value: float
    unit: str
    command: str

    def __str__(self):
        return f"{self.what}: {number(self.value)} {self.unit}   [{self.command}]"


@dataclasses.dataclass
class Row:
    goal: str          # P1
    text: str          # what is compared
    measured: float
    unit: str          # x for a ratio
    limit: float
    figures: list
    remark: str = ""

    @property
    def met(self):
        return self.measured <= self.limit

    def __str__(self):
        verdict = "met" if self.met else "MISSED"
        lines = [f"{self.goal:<4} {self.text:<66} {with_unit(self.measured, self.unit):>10}  <= "
                 f"{with_unit(self.limit, self.unit):<9} {verdict}"]
        lines += [f"       {figure}" for figure in self.figures]
        lines += [f"       ({self.remark})"] if self.remark else []
        return "\n".join(lines)

    def markdown(self):
        commands = "; ".join(f"{f.what} {number(f.value)} {f.unit}: `{f.command}`" for f in self.figures)
        verdict = "" if self.met else " **missed**"
        return (f"| {self.goal} | {self.text} | {with_unit(self.limit, self.unit)} | "
                f"{with_unit(self.measured, self.unit)}{verdict} | {commands} | {self.remark} |")


def ratio(goal, text, limit, ours, other, remark=""):
    """A goal about one figure divided by another of the same run."""
    return Row(goal, text, ours.value / other.value, "x", limit, [ours, other], remark)


def plain(goal, text, limit, figure, *others, remark=""):
    """A goal about a figure itself."""
    return Row(goal, text, figure.value, figure.unit, limit, [figure, *others], remark)


def number(value):
    if value == 0 or 1000 <= abs(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def with_unit(value, unit):
    return number(value) + (unit if unit == "x" else f" {unit}")


MARKDOWN_HEAD = """| goal | what | limit | measured | figures and commands | remark |
|---|---|---|---|---|---|"""
