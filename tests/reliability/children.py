"""What the forked processes of a drill do: a worker, a web server, or a task whose answer goes to a file.

A child is the program as script/server starts it, with what the drill asks for laid over it: fault points,
another clock, other time-outs, and now and then a piece of the delivery broken on purpose.
"""

import argparse
import faulthandler
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask

from repairshop import fault_points, wiring
from script import serve
from tests.reliability import sabotage, tasks

DIES_WITH_PARENT = serve._PR_SET_PDEATHSIG


@dataclass(frozen=True, kw_only=True)
class Order:
    """One child, as the drill asks for it."""

    kind: str  # worker, web, or the name of a task
    log: str
    answer: str = ""  # where a task's answer goes
    port: int = 0
    processes: int = 2
    faults: str = ""
    grace_seconds: int = 2
    read_seconds: float = 1.0
    clock_ahead_seconds: float = 0
    texts_per_second: int = 0  # no limit
    whole_worker: bool = False  # every job and not the messages' alone
    one_by_one: bool = False  # no two threads of this worker send at once
    broken: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)


def run(app: Flask, order: Order) -> None:
    """Everything a child does; the caller ends the process."""
    _set_apart(order)
    _lay_over(app, order)
    if order.kind == "worker":
        serve.run_worker(app)
    elif order.kind == "web":
        serve.WEB_PROCESSES = order.processes
        serve.run_web(app, argparse.Namespace(host="127.0.0.1", port=order.port), None)
    else:
        with app.app_context():
            answer = getattr(tasks, order.kind)(**order.arguments)
        beside = Path(order.answer + ".new")
        beside.write_text(json.dumps(answer))
        beside.rename(order.answer)


def _set_apart(order: Order) -> None:
    """A group of its own, its words into its log, and no life after the parent's."""
    os.setpgid(0, 0)
    serve._libc.prctl(DIES_WITH_PARENT, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the orders are the parent's to read
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    faulthandler.register(signal.SIGUSR1, all_threads=True)  # into its log, what each thread is doing


def _lay_over(app: Flask, order: Order) -> None:
    config = app.extensions["repairshop_config"]
    settings: dict[str, Any] = {"notice_grace_seconds": order.grace_seconds}
    if order.texts_per_second and hasattr(config, "texts_per_second"):
        settings["texts_per_second"] = order.texts_per_second
    app.extensions["repairshop_config"] = replace(config, **settings)
    _twilio().READ_SECONDS = order.read_seconds
    if not order.whole_worker:
        wiring.JOBS = [job for job in wiring.JOBS if is_about_messages(job)]
    if order.one_by_one:
        wiring.JOBS = [replace(job, copies=1) for job in wiring.JOBS]
    if order.clock_ahead_seconds:
        ahead = timedelta(seconds=order.clock_ahead_seconds)
        time_machine.travel(datetime.now(UTC) + ahead, tick=True).start()
    if order.broken:
        sabotage.BREAKS[order.broken]()
    fault_points.arm(order.faults)


def _twilio() -> Any:
    from repairshop.notifications.channels.sms import twilio

    return twilio


def read_order(line: Mapping[str, Any]) -> Order:
    return Order(**line)


def is_about_messages(job: wiring.Job) -> bool:
    """Whether the job is one of the notices' own; a job may be a function with its channel filled in."""
    run = getattr(job.run, "func", job.run)
    return ".notifications." in str(getattr(run, "__module__", ""))
