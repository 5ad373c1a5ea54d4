"""Workers that take turns."""

import statistics

import quiet

# Turns in which other programs disturbed are made again, so often.
AGAIN = 3


class Results:
    """What each worker did in each counted round."""

    def __init__(self, names):
        self.answers = {name: [] for name in names}
        self.disturbed = 0

    def rates(self, name, clock="seconds"):
        return [answer["rows"] / answer[clock] for answer in self.answers[name]]

    def median(self, name, clock="seconds"):
        return statistics.median(self.rates(name, clock))

    def fastest(self, names, clock="seconds"):
        return max(names, key=lambda name: self.median(name, clock))

    def ratio(self, name, others, clock="seconds"):
        """How many times as fast as the best of the others."""
        return self.median(name, clock) / max(self.median(other, clock) for other in others)

    def won(self, name, others, clock="seconds"):
        """Rounds in which it was faster than every other."""
        rounds = zip(*(self.rates(each, clock) for each in (name, *others)))
        return sum(mine > max(theirs) for mine, *theirs in rounds)


def take_turns(workers, command, rounds, patience):
    """Every worker answers `command` once a round, one after the other; the
    first round is for warming up and not counted."""
    results = Results(worker.name for worker in workers)
    for number in range(rounds):
        for worker in workers:
            answer, others = turn(worker, command, patience, AGAIN if number else 0)
            if number:
                results.answers[worker.name].append(answer)
                results.disturbed += others > quiet.MUCH
    return results


def turn(worker, command, patience, again):
    """One turn, made again while others disturb it; the quietest counts."""
    best = None
    for _ in range(1 + again):
        if again:
            quiet.wait(patience)
        watch = quiet.Watch(worker.process.pid)
        answer = worker.ask(command)
        others = watch.others()
        if best is None or others < best[1]:
            best = answer, others
        if others <= quiet.MUCH:
            break
    return best
