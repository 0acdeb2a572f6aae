"""Did the improvement work? Before/after statistics; nothing here reads a clock or writes a file.

windows      occurrences in a span of time, with what was not observed; clusters
rates        the exact rate ratio, its power, hours saved
durations    Mann-Whitney with the Hodges-Lehmann shift
judgement    windows and planned looks -> Verdict
plan         baseline and look, as an entry's metadata holds them
occurrences  which signals are occurrences of an entry's pattern
coverage     when its source was silent, and what became of its monitor
heard        what was heard when, asked of the signals once for all entries
"""

from opsloop.verify.durations import Shift, duration_shift
from opsloop.verify.judgement import decide, judge, planned_look, returned
from opsloop.verify.rates import RateRatio, days_to_show_halving, power_of_halving, rate_ratio, saved_per_day
from opsloop.verify.windows import DAY, Window, dispersion

__all__ = [
    "DAY",
    "RateRatio",
    "Shift",
    "Window",
    "days_to_show_halving",
    "decide",
    "dispersion",
    "duration_shift",
    "judge",
    "planned_look",
    "power_of_halving",
    "rate_ratio",
    "returned",
    "saved_per_day",
]
