"""The calendar of the naive model: working days in WIB (policy.md R10, R11).

Working days are Monday to Friday without national holidays and joint leave.  The days off come
from the package `holidays`, not from our own table, so that the two check each other.
"""
import datetime

import holidays

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
WIB_MS = 7 * HOUR_MS
EPOCH = datetime.date(1970, 1, 1)

OFF = holidays.country_holidays("ID", years=range(2019, 2035), categories=("public", "government"))


def wib_day(at_ms):
    return EPOCH + datetime.timedelta(days=(at_ms + WIB_MS) // DAY_MS)


def midnight_ms(day):
    return (day - EPOCH).days * DAY_MS - WIB_MS


def is_working_day(day):
    return day.weekday() < 5 and day not in OFF


def working_day_after(day, count):
    """The count-th working day after `day`; `day` itself isn't counted."""
    while count > 0:
        day += datetime.timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day


def months_later(day, months):
    """The same day of the month, or the month's last one when it has no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for number in range(day.day, 0, -1):
        try:
            return datetime.date(year, month, number)
        except ValueError:
            continue
    raise AssertionError("a month without days")


def due_day(scheduled_at_ms, number):
    """R10, R11: the third working day; later instalments months after it, on a working day."""
    day = months_later(working_day_after(wib_day(scheduled_at_ms), 3), number - 1)
    while not is_working_day(day):
        day += datetime.timedelta(days=1)
    return day


def promised_ms(scheduled_at_ms, number):
    """R11: the end of the fifth working day, two after the due one."""
    return midnight_ms(working_day_after(due_day(scheduled_at_ms, number), 2)) + DAY_MS - 1
