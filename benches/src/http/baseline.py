"""The service many a team would write first: FastAPI, pydantic and sqlite3, one durable transaction an event.

It keeps what jifen keeps of the same events: the event, the fact, the entry and the totals by day and month of person, window,
department and hall. The handler is a coroutine on the one connection: a pool of threads would only queue for SQLite's one writer.
"""

import os
import sqlite3
from datetime import datetime

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

WINDOWS = 200
DEPARTMENTS = 34

SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = full;
pragma cache_size = -65536;
create table event (id integer primary key, source text not null, external text not null, kind text not null,
    time integer not null, service text not null, window text not null, person text not null, body text not null,
    unique (source, external)) strict;
create index event_service on event (service, kind);
create table window (code text primary key, department text not null, hall text not null) strict;
create table fact (id integer primary key, service text not null unique, start integer not null, day integer not null,
    service_ms integer not null, person text not null, window text not null, department text not null, hall text not null,
    start_event integer not null, end_event integer not null) strict;
create table entry (id integer primary key, fact integer not null unique, rule text not null, band integer not null,
    subject text not null, points integer not null, day integer not null, window text not null, department text not null,
    hall text not null) strict;
create index entry_subject on entry (subject, day);
create table total (grain integer not null, day integer not null, kind integer not null, subject text not null,
    rule text not null, points integer not null, facts integer not null, primary key (grain, day, kind, subject, rule)) strict;
"""

TOTAL = """
insert into total values (?, ?, ?, ?, 'service-time', ?, 1)
on conflict (grain, day, kind, subject, rule) do update set points = points + excluded.points, facts = facts + 1
"""


class Data(BaseModel):
    model_config = ConfigDict(extra="forbid")
    service: str
    window: str
    person: str


class Event(BaseModel):
    model_config = ConfigDict(extra="forbid")
    specversion: str
    source: str
    id: str
    type: str
    time: datetime
    data: Data


database = sqlite3.connect(os.environ["BASELINE_DATABASE"], isolation_level=None, check_same_thread=False)
database.executescript(SCHEMA)
for number in range(WINDOWS):
    database.execute("insert into window values (?, ?, 'h1')", (f"w{number}", f"d{number % DEPARTMENTS}"))
app = FastAPI()


@app.post("/events")
async def take(event: Event):
    database.execute("begin immediate")
    try:
        position = append(event)
        database.execute("commit")
    except BaseException:
        database.execute("rollback")
        raise
    return {"results": [{"id": event.id, "status": "accepted", "position": position}]}


@app.get("/points")
async def points():
    total = database.execute("select sum(points) from total where grain = 1 and kind = 3").fetchone()[0]
    return {"points_milli": total or 0}


def append(event: Event) -> int:
    known = database.execute(
        "select id from event where source = ? and external = ?", (event.source, event.id)
    ).fetchone()
    if known is not None:
        return known[0]
    time = round(event.time.timestamp() * 1000)
    data = event.data
    end_event = database.execute(
        "insert into event (source, external, kind, time, service, window, person, body) values (?, ?, ?, ?, ?, ?, ?, ?)",
        (event.source, event.id, event.type, time, data.service, data.window, data.person, event.model_dump_json()),
    ).lastrowid
    if event.type == "jifen.service.ended":
        score(end_event, time, data)
    return end_event


def score(end_event: int, time: int, data: Data) -> None:
    started = database.execute(
        "select id, time from event where service = ? and kind = 'jifen.service.started'", (data.service,)
    ).fetchone()
    if started is None:
        return
    start_event, start = started
    department, hall = database.execute("select department, hall from window where code = ?", (data.window,)).fetchone()
    service_ms = time - start
    day = (start + 8 * 3_600_000) // 86_400_000
    fact = database.execute(
        "insert into fact (service, start, day, service_ms, person, window, department, hall, start_event, end_event) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (data.service, start, day, service_ms, data.person, data.window, department, hall, start_event, end_event),
    ).lastrowid
    if service_ms <= 1_200_000:
        band, points = 0, 5_000
    elif service_ms <= 1_800_000:
        band, points = 1, 0
    else:
        band, points = 2, -3_000
    if points:
        database.execute(
            "insert into entry (fact, rule, band, subject, points, day, window, department, hall) "
            "values (?, 'service-time', ?, ?, ?, ?, ?, ?, ?)",
            (fact, band, data.person, points, day, data.window, department, hall),
        )
    subjects = (data.person, data.window, department, hall)
    totals = [
        (grain, when, kind, subject, points)
        for grain, when in ((0, day), (1, day // 30))
        for kind, subject in enumerate(subjects)
    ]
    database.executemany(TOTAL, totals)
