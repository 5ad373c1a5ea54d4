"""Results as Markdown tables, which are as readable in a terminal."""

from training import NARROWS, TOLERANCE


def table(head, lines):
    cells = [[str(cell) for cell in line] for line in (head, *lines)]
    widths = [max(map(len, column)) for column in zip(*cells)]

    def line(cells):
        # Names from the left, numbers from the right.
        first, *rest = zip(cells, widths)
        aligned = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        return f"| {' | '.join(aligned)} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([line(cells[0]), f"| {' | '.join(rule)} |", *map(line, cells[1:])])


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def megabytes(value):
    return "-" if value is None else f"{value / 1e6:,.0f}"


def trainings(found, clock, gigaflops):
    """Rows a second of each side, and whether they learn alike."""
    ways = found[0].ways
    head = ["rows a second", NARROWS, *(f"torch {way}" for way in ways)]
    head += ["ratio", "won", "loss", "torch loss", "GFLOP/s", "of peak", "MB", "torch MB"]
    lines = []
    for one in found:
        results = one.results
        rounds = len(results.answers[NARROWS])
        best = results.fastest(ways, clock)
        rate = results.median(NARROWS, clock)
        speed = rate * one.operations / 1e9
        lines.append(
            [
                one.workload.name,
                number(rate),
                *(number(results.median(way, clock)) for way in ways),
                f"{results.ratio(NARROWS, ways, clock):.2f}",
                f"{results.won(NARROWS, ways, clock)}/{rounds}",
                f"{one.losses[NARROWS]:.4g}",
                f"{one.losses[best]:.4g}" + ("" if one.agrees() else " DIFFERS"),
                f"{speed:.0f}",
                f"{speed / gigaflops:.0%}",
                megabytes(one.memory[NARROWS]),
                megabytes(one.memory[best]),
            ]
        )
    return table(head, lines) + "\n\n" + words(found)


def words(found):
    """What the table's columns do not say."""
    wrong = [one.workload.name for one in found if not one.agrees()]
    said = f"Losses after as many epochs from the same first weights agree within {TOLERANCE:.0%}"
    said += f", but NOT for {', '.join(wrong)}." if wrong else " on both sides, in every way."
    disturbed = sum(one.results.disturbed for one in found)
    if disturbed:
        turns = sum(len(a) for one in found for a in one.results.answers.values())
        said += f"\nOther programs used the processor during {disturbed} of {turns} turns:"
        said += " measure again when the machine has nothing else to do."
    return said


def encodings(found, clock):
    names = list(next(iter(found.values())).answers)
    head = ["rows at a time", *names, "ratio", "won"]
    lines = []
    for rows, results in found.items():
        rates = [number(results.median(name, clock)) for name in names]
        rounds = len(results.answers[NARROWS])
        ratio = f"{results.ratio(NARROWS, names[1:], clock):.2f}"
        won = f"{results.won(NARROWS, names[1:], clock)}/{rounds}"
        lines.append([f"{rows:,}", *rates, ratio, won])
    return table(head, lines)


def programs(times):
    rest = min(time for name, time in times.items() if name != NARROWS)
    head = ["one row, milliseconds", *times, "ratio"]
    ratio = f"{rest / times[NARROWS]:.1f}"
    return table(head, [["start to end", *map(number, times.values()), ratio]])


def curve(found, clock):
    """Microseconds a row."""
    ways = found[0].ways
    head = ["network", "rows", "weights", f"{NARROWS}, µs a row", "torch, µs a row", "ratio"]
    head += ["MB", "torch MB"]
    lines = []
    for one in found:
        results = one.results
        best = results.fastest(ways, clock)
        times = [1e6 / results.median(name, clock) for name in (NARROWS, best)]
        lines.append(
            [
                one.workload.name,
                f"{one.rows:,}",
                f"{one.weights:,}",
                *(f"{time:.3g}" for time in times),
                f"{results.ratio(NARROWS, ways, clock):.2f}",
                megabytes(one.memory[NARROWS]),
                megabytes(one.memory[best]),
            ]
        )
    return table(head, lines) + "\n\n" + words(found)
