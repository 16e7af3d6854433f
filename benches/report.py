"""Tables and chart of `make bench`: docs/performance.md, README.md, docs/performance.svg."""
import math
import re
import statistics
from pathlib import Path

ROOT = Path(__file__).parent.parent
README_ROWS = ("warm, https", "warm, http", "cold process, https", "cold process, http",
               "instructions, warm, https", "peak memory, warm, https")
UNITS = {"time": [("µs", 1e3), ("ms", 1e6)], "bytes": [("MB", 1e6)], "count": [("thousand", 1e3), ("million", 1e6)]}


def figure(value, unit):
    if value is None:
        return "–"
    word, size = UNITS[unit][-1] if value >= 1e6 else UNITS[unit][0]
    number = value / size
    return f"{number:.{0 if number >= 100 else 1 if number >= 10 else 2}f} {word}"


def ratio_text(ratios):
    middle = f"**{statistics.median(ratios):.2f}**"
    if len(ratios) < 4:
        return middle
    low, _, high = statistics.quantiles(ratios, n=4)
    return f"{middle} ({low:.2f}–{high:.2f})"


def table(rows):
    names = list(max((medians for _, _, medians, _ in rows), key=len))
    lines = ["| one session | " + " | ".join(names[:2]) + " | ratio | " + " | ".join(names[2:]) + " |",
             "| --- |" + " ---: |" * (len(names) + 1)]
    for what, unit, medians, ratios in rows:
        cells = [figure(medians.get(name), unit) for name in names]
        lines.append("| " + " | ".join([what, *cells[:2], ratio_text(ratios), *cells[2:]]) + " |")
    return "\n".join(line.replace("|  |", "|") for line in lines)


def write(results, versions):
    where = ", ".join(versions)
    sections = "\n\n".join(f"### {name}\n\n{table(rows)}" for name, rows in results)
    print(f"{where}\n\n{sections}")
    put("docs/performance.md", f"{where}.\n\n{sections}")
    name, rows = results[0]
    chosen = [row for row in rows if row[0] in README_ROWS]
    put("README.md", table(sorted(chosen, key=lambda row: README_ROWS.index(row[0]))))
    (ROOT / "docs/performance.svg").write_text(chart(name, rows))


def put(file, text):
    """Between the markers of a document."""
    path = ROOT / file
    marked = re.compile(r"(<!-- make bench -->\n).*?(<!-- /make bench -->)", re.S)
    path.write_text(marked.sub(lambda marks: f"{marks[1]}{text}\n{marks[2]}", path.read_text()))


STYLE = """text { font: 12px sans-serif; fill: #24292f } .head { font-weight: bold } rect { fill: #8c959f } .ours { fill: #1a7f37 }
@media (prefers-color-scheme: dark) { text { fill: #d0d7de } rect { fill: #6e7681 } .ours { fill: #3fb950 } }"""


def chart(server, rows):
    """Times over https as bars; a logarithmic scale, for they are far apart."""
    parts, y = [], 18
    for what in ("warm, https", "cold process, https"):
        medians = next(medians for name, _, medians, _ in rows if name == what)
        shortest = min(medians.values()) / 2
        scale = 330 / math.log(max(medians.values()) / shortest)
        parts.append(f'<text class="head" x="8" y="{y}">A session, {what} ({server})</text>')
        for name, value in medians.items():
            y += 22
            ours = ' class="ours"' if name == "this library" else ""
            width = math.log(value / shortest) * scale
            parts.append(f'<text x="8" y="{y}">{name}</text><rect{ours} x="170" y="{y - 11}" width="{width:.0f}" height="14"/>'
                         f'<text x="{176 + width:.0f}" y="{y}">{figure(value, "time")}</text>')
        y += 32
    parts.append(f'<text x="8" y="{y - 8}">The scale is logarithmic.</text>')
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 {y}" width="600" height="{y}">\n<style>{STYLE}</style>\n{body}\n</svg>\n'
