#!/usr/bin/env python3
"""Compare our calendar, day by day, with the PyPI package `holidays` (country ID).

    pip install 'holidays>=0.106'
    calendar_vs_holidays.py <path of test_calendar>

The package keeps the same decrees independently of us. Compared for every day of 2020-2027:
  - its kind: a public holiday is our `holiday`, a government one our `joint-leave`, any other day
    `weekend` or `working`;
  - what its name is about (Idul Fitri, Natal, ...), so that no name stands on a wrong day;
and for a schedule on every one of these days, instalments 1 to 4:
  - due and promised date, counted here a second time with Python's own calendar (policy.md R10,
    R11), and whether the promise is provisional.

Exit 0: equal. 1: differences, each named. 2: wrong use. 77: the package is missing or too old.
"""

import calendar
import datetime
import subprocess
import sys

FIRST_YEAR, LAST_YEAR = 2020, 2027
LAST_DECREED_YEAR = 2027
PACKAGE_NEEDED = (0, 106)

# Where the package is wrong against the decree: date -> (kind, name, reason). None is known.
EXCEPTIONS = {}

# One of these says what a holiday is about, in our names and in the package's.
SUBJECTS = (
    "Masehi", "Imlek", "Isra Mikraj", "Nyepi", "Wafat", "Kebangkitan", "Kenaikan", "Buruh",
    "Waisak", "Idul Fitri", "Idul Adha", "Pancasila", "Kemerdekaan", "Islam", "Maulid", "Natal",
    "Pemilihan Umum", "Pemilihan Kepala Daerah",
)

DAY = datetime.timedelta(days=1)


def every_day():
    day = datetime.date(FIRST_YEAR, 1, 1)
    while day.year <= LAST_YEAR:
        yield day
        day += DAY


def load_package():
    """Two tables, date -> name: public holidays, joint leave."""
    try:
        import holidays
    except ImportError:
        print("the package `holidays` is not installed: nothing compared")
        sys.exit(77)
    version = tuple(int(part) for part in holidays.__version__.split(".")[:2])
    if version < PACKAGE_NEEDED:
        print(f"the package `holidays` is {holidays.__version__}, too old: nothing compared")
        sys.exit(77)
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    public, leave = (
        dict(holidays.country_holidays("ID", years=years, language="id", categories=(category,)))
        for category in (holidays.PUBLIC, holidays.GOVERNMENT)
    )
    for day, (kind, name, reason) in EXCEPTIONS.items():
        print(f"exception {day}, {kind} '{name}': {reason}")
        public.pop(day, None)
        leave.pop(day, None)
        if kind in ("holiday", "joint-leave"):
            (public if kind == "holiday" else leave)[day] = name
    return public, leave


def run(program, option):
    text = subprocess.run([program, option], check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in text.splitlines()]


def kind_of(day, public, leave):
    if day in public:
        return "holiday"
    if day in leave:
        return "joint-leave"
    return "weekend" if day.weekday() >= 5 else "working"


def subjects_of(name):
    return [subject for subject in SUBJECTS if subject in name]


def compare_days(lines, public, leave):
    ours = {datetime.date.fromisoformat(date): (kind, name) for date, kind, name in lines}
    differences = []
    if len(lines) != len(ours) or sorted(ours) != list(every_day()):
        differences.append("our table does not list each day of its years once")
    for day in every_day():
        kind, name = ours.get(day, ("nothing", ""))
        wanted_kind = kind_of(day, public, leave)
        wanted_name = public.get(day) or leave.get(day) or ""
        wanted = (wanted_kind, subjects_of(wanted_name))
        if wanted_name and not wanted[1]:
            differences.append(f"{day}: no subject is known for the package's '{wanted_name}'")
        if (kind, subjects_of(name)) != wanted:
            differences.append(
                f"{day}: ours {kind} '{name}', the package's {wanted_kind} '{wanted_name}'"
            )
    return differences


def next_working(day, off):
    while day.weekday() >= 5 or day in off:
        day += DAY
    return day


def add_working(day, count, off):
    for _ in range(count):
        day = next_working(day + DAY, off)
    return day


def add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def promise(day, number, off):
    due = next_working(add_months(add_working(day, 3, off), number - 1), off)
    promised = add_working(due, 2, off)
    firm = (day + DAY).year >= FIRST_YEAR and promised.year <= LAST_DECREED_YEAR
    return due, promised, "firm" if firm else "provisional"


def compare_promises(lines, off):
    ours = {
        (datetime.date.fromisoformat(day), int(number)): tuple(rest) for day, number, *rest in lines
    }
    differences = []
    for day in every_day():
        for number in range(1, 5):
            wanted = tuple(str(part) for part in promise(day, number, off))
            if ours.get((day, number)) != wanted:
                differences.append(
                    f"schedule {day}, instalment {number}: ours {ours.get((day, number))},"
                    f" counted here {wanted}"
                )
    return differences


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    public, leave = load_package()
    differences = compare_days(run(sys.argv[1], "--print"), public, leave)
    off = set(public) | set(leave)
    differences += compare_promises(run(sys.argv[1], "--print-promises"), off)
    for line in differences:
        print(line)
    if not differences:
        print(
            f"equal: {sum(1 for _ in every_day())} days, {len(public)} holidays,"
            f" {len(leave)} days of joint leave, {4 * sum(1 for _ in every_day())} promises"
        )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
