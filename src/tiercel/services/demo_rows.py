"""Taxi trips made up on this machine: the same for the same month, in the layout of the real files.

Trips are put together from a table of a few thousand rides (distance, fare, tip …) made once, a
moment of the month and two zones of the city, so that a million rows take a second or two.
"""

from __future__ import annotations

import calendar
import random
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Taxi = Literal["yellow", "green"]

YELLOW_HEADER = (
    "VendorID,tpep_pickup_datetime,tpep_dropoff_datetime,passenger_count,trip_distance,RatecodeID,"
    "store_and_fwd_flag,PULocationID,DOLocationID,payment_type,fare_amount,extra,mta_tax,tip_amount,"
    "tolls_amount,improvement_surcharge,total_amount,congestion_surcharge"
)
GREEN_HEADER = (
    "VendorID,lpep_pickup_datetime,lpep_dropoff_datetime,store_and_fwd_flag,RatecodeID,PULocationID,"
    "DOLocationID,passenger_count,trip_distance,fare_amount,extra,mta_tax,tip_amount,tolls_amount,"
    "ehail_fee,improvement_surcharge,total_amount,payment_type,trip_type,congestion_surcharge"
)

_RIDES = 4096
_CHUNK_ROWS = 5000
_ZONES = 263
_MINUTE = 60
_FAST = 1  # level of compression


@dataclass(frozen=True, slots=True)
class _Ride:
    """What does not depend on when and where: text of columns, and how long it takes."""

    seconds: int
    vendor: str
    before_zones: str
    after_zones: str


def generate_csv(taxi: Taxi, year: int, month: int, rows: int) -> Iterator[bytes]:
    """Yield the CSV file of one month in chunks: a header, then ``rows`` trips by pickup time."""
    chance = random.Random(f"{taxi} {year}-{month}")  # noqa: S311  nothing secret
    make = _yellow_ride if taxi == "yellow" else _green_ride
    rides = [make(chance) for _ in range(_RIDES)]
    yield ((YELLOW_HEADER if taxi == "yellow" else GREEN_HEADER) + "\n").encode()
    clock = _Clock(year, month)
    for start in range(0, rows, _CHUNK_ROWS):
        numbers = range(start, min(start + _CHUNK_ROWS, rows))
        yield _chunk(chance, rides, clock, numbers, rows).encode()


def generate_gzip(taxi: Taxi, year: int, month: int, rows: int) -> Iterator[bytes]:
    """Yield :func:`generate_csv` compressed; the same bytes at every call."""
    gzip = zlib.compressobj(_FAST, wbits=31)
    for chunk in generate_csv(taxi, year, month, rows):
        if packed := gzip.compress(chunk):
            yield packed
    yield gzip.flush()


class _Clock:
    """Turns seconds of a month into text, by tables."""

    def __init__(self, year: int, month: int) -> None:
        self.seconds = calendar.monthrange(year, month)[1] * 24 * 3600
        start = int(datetime(year, month, 1, tzinfo=UTC).timestamp())
        # A day more than the month has: rides end after they begin.
        self._hours = [
            datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:")
            for second in range(start, start + self.seconds + 24 * 3600, 3600)
        ]
        self._rest = [f"{second // 60:02}:{second % 60:02}" for second in range(3600)]

    def text(self, second: int) -> str:
        return self._hours[second // 3600] + self._rest[second % 3600]


def _chunk(
    chance: random.Random, rides: list[_Ride], clock: _Clock, numbers: range, rows: int
) -> str:
    count = len(numbers)
    step = clock.seconds / rows
    zones = range(1, _ZONES + 1)
    text = clock.text
    lines = []
    for number, ride, jitter, pickup_zone, dropoff_zone in zip(
        numbers,
        chance.choices(rides, k=count),
        [chance.random() for _ in numbers],
        chance.choices(zones, k=count),
        chance.choices(zones, k=count),
        strict=True,
    ):
        pickup = int((number + jitter) * step)
        lines.append(
            f"{ride.vendor},{text(pickup)},{text(pickup + ride.seconds)},{ride.before_zones}"
            f"{pickup_zone},{dropoff_zone},{ride.after_zones}\n"
        )
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class _Meter:
    """Money and distance of one ride, in dollars and miles, as the meter shows them."""

    miles: float
    seconds: int
    fare: float
    extra: float
    tip: float
    tolls: float
    surcharge: float
    payment: int

    @property
    def total(self) -> float:
        return self.fare + self.extra + 0.5 + self.tip + self.tolls + 0.3 + self.surcharge


def _meter(chance: random.Random) -> _Meter:
    miles = round(min(chance.lognormvariate(0.7, 0.9), 60), 2)
    minutes = 2 + miles * chance.uniform(2.5, 6)
    # The meter counts half dollars.
    fare = round((2.5 + 2.5 * miles * 0.8 + 0.25 * minutes) * 2) / 2
    payment = chance.choices((1, 2, 3, 4), (70, 28, 1.5, 0.5))[0]
    return _Meter(
        miles=miles,
        seconds=int(minutes * _MINUTE),
        fare=fare,
        extra=chance.choice((0.0, 0.5, 1.0)),
        tip=round(fare * chance.uniform(0.1, 0.3), 2) if payment == 1 else 0.0,
        tolls=6.12 if chance.random() < 0.05 else 0.0,
        surcharge=chance.choice((0.0, 2.5, 2.5)),
        payment=payment,
    )


def _passengers(chance: random.Random) -> int:
    return chance.choices((1, 2, 3, 4, 5, 6), (72, 15, 4, 2, 4, 3))[0]


def _flag(chance: random.Random) -> str:
    return "Y" if chance.random() < 0.01 else "N"


def _yellow_ride(chance: random.Random) -> _Ride:
    meter = _meter(chance)
    return _Ride(
        seconds=meter.seconds,
        vendor=chance.choice("112"),
        before_zones=f"{_passengers(chance)},{meter.miles},1,{_flag(chance)},",
        after_zones=f"{meter.payment},{meter.fare},{meter.extra},0.5,{meter.tip},{meter.tolls},0.3,"
        f"{meter.total:.2f},{meter.surcharge}",
    )


def _green_ride(chance: random.Random) -> _Ride:
    meter = _meter(chance)
    return _Ride(
        seconds=meter.seconds,
        vendor=chance.choice("1222"),
        before_zones=f"{_flag(chance)},1,",
        after_zones=f"{_passengers(chance)},{meter.miles},{meter.fare},{meter.extra},0.5,{meter.tip},"
        f"{meter.tolls},,0.3,{meter.total:.2f},{meter.payment},{chance.choice('1112')},"
        f"{meter.surcharge}",
    )
