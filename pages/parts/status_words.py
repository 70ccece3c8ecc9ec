"""What is going on with a run and with the engine, in words. Pure functions."""

from __future__ import annotations

from bn_core.runs.records import NOBODY, EngineStatus, QueuePlace, RunRecord
from pages.parts.view import View
from pages.words.captions import variant
from pages.words.prose import prose

TEXT = prose("runs")

TOLD_FROM = 20
"""Batches from which the time left is told: the first ones are slow, and say little of the others."""


def said(view: View) -> str:
    """Return what is going on, in a few words."""
    run = view.run
    if run is None:
        return engine_words(view.engine)
    if run.status == "queued":
        return TEXT("queue.no_engine") if view.engine.state != "ready" else _in_queue(view.place)
    if run.left:
        return TEXT("status.waits" if run.status == "paused" else "status.restarts")
    if run.status == "running" and run.step >= run.config.batches:
        return TEXT("status.scoring")
    if run.owner == NOBODY and run.status == "finished":
        return TEXT("status.recorded")
    return TEXT(f"status.{run.status}", seconds=view.seconds_compiling or 0.0)


def figures(view: View) -> str:
    """Return batches done, pace and time left, as far as they are known."""
    run, progress = view.run, view.progress
    if run is None or progress is None:
        return ""
    words = [TEXT("progress.batches", step=run.step, batches=run.config.batches)]
    if run.owner == NOBODY or run.left:
        # Its pace is that of another machine, which did other things besides; or nothing trains it at present.
        return words[0]
    if not run.active and run.milliseconds:
        words.append(duration(run.milliseconds / 1000))
        if run.step:
            words.append(pace(1000 * run.step / run.milliseconds))
    elif progress.batches_per_second is not None and run.step:
        words.append(pace(progress.batches_per_second))
    under_way = run.status == "running" and TOLD_FROM <= run.step < run.config.batches
    if under_way and progress.seconds_left is not None:
        words.append(TEXT("progress.left", duration=duration(progress.seconds_left)))
    return " · ".join(words)


def title(view: View) -> str:
    """Return the browser tab's title: it tells progress, and how a run ended."""
    run = view.run
    if run is None:
        return TEXT("tab.none")
    key: str = run.status
    if run.left:
        key = "interrupted"
    elif key == "finished" and run.test_accuracy is None:
        key = "unscored"
    accuracy, percent = 100 * (run.test_accuracy or 0.0), 100 * run.step // run.config.batches
    return TEXT(f"tab.{key}", accuracy=accuracy, percent=percent, name=variant(run.config))


def awaited(view: View) -> str:
    """Return what a page without curves yet waits for."""
    run, text = view.run, prose("train")
    if run is None:
        return text("nothing.curves")
    if run.status == "queued":
        return text("awaited.queued", where=said(view))
    return text(f"awaited.{run.status}" if run.status in ("compiling", "running", "paused") else "awaited.ended")


def engine_words(engine: EngineStatus) -> str:
    """Return what the engine can do for a newcomer, in a few words."""
    return TEXT(f"engine.{engine.state}" if engine.state in ("ready", "unavailable") else "engine.starting")


def whose(view: View, label: str) -> str:
    """Return who has an active run in hand, where that is somebody else; an empty text for one's own."""
    if view.run is None or view.mine or not view.run.active:
        return ""
    return TEXT("owner.follow", name=label)


def label(run: RunRecord) -> str:
    """Return what a run is called: its own name, or else its network."""
    return run.name or variant(run.config)


def pace(batches_per_second: float) -> str:
    """Return a pace in words: `23 batches/s`, `2.5 batches/s`, `1 batch in 4 s`."""
    if batches_per_second <= 0.55:
        return TEXT("progress.slow", duration=duration(1 / max(batches_per_second, 1e-9)))
    said = f"{batches_per_second:.0f}" if batches_per_second >= 9.95 else f"{batches_per_second:.1f}"
    return TEXT("progress.pace_one") if said == "1.0" else TEXT("progress.pace", pace=said)


def duration(seconds: float) -> str:
    """Return a duration in words: `8 s`, `3 min`, `1 h 5 min`."""
    if seconds < 90:
        return TEXT("duration.seconds", seconds=max(1, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return TEXT("duration.minutes", minutes=minutes)
    hours, rest = divmod(minutes, 60)
    return TEXT("duration.hours" if rest else "duration.whole_hours", hours=hours, minutes=rest)


def ago(seconds: float) -> str:
    """Return how long ago, in words."""
    if seconds < 60:
        return TEXT("ago.now")
    if (minutes := round(seconds / 60)) < 60:
        return TEXT("ago.minutes", minutes=minutes)
    if (hours := round(seconds / 3600)) < 24:
        return TEXT("ago.hours", hours=hours)
    days = round(seconds / 86400)
    return TEXT("ago.yesterday") if days == 1 else TEXT("ago.days", days=days)


def _in_queue(place: QueuePlace | None) -> str:
    if place is None:
        return TEXT("queue.starting")
    where = TEXT("queue.first") if place.position == 1 else TEXT("queue.place", position=place.position)
    if place.minutes is None:
        return where
    return TEXT("queue.soon" if place.minutes < 1 else "queue.minutes", place=where, minutes=place.minutes)
