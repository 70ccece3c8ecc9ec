"""What is going on with a run and with the engine, in words. Pure functions."""

from __future__ import annotations

from bn_core.runs.records import NOBODY, EngineStatus, RunRecord
from pages.parts.view import View
from pages.words.captions import variant

APP = "Batch Norm Lab"


def said(view: View) -> str:
    """What is going on, in a few words."""
    run = view.run
    if run is None:
        return engine_words(view.engine)
    match run.status:
        case "queued":
            return _queued(view)
        case "compiling":
            seconds = view.seconds_compiling or 0.0
            return f"Compiling the network, {seconds:.0f} s"
        case "running":
            return "Scoring" if run.step >= run.config.batches else "Training"
        case "paused":
            return "Paused"
        case "finished":
            return "Finished"
        case "failed":
            return "Failed"
        case "stopped":
            return "Stopped"
        case _:
            return "Interrupted"


def figures(view: View) -> str:
    """Batches done, pace and time left, as far as they are known."""
    run, progress = view.run, view.progress
    if run is None or progress is None:
        return ""
    words = [f"{run.step:,} of {run.config.batches:,} batches"]
    if run.owner == NOBODY:
        # Its pace is that of another machine, which did other things besides.
        return words[0]
    if not run.active and run.milliseconds:
        words.append(duration(run.milliseconds / 1000))
    if progress.batches_per_second is not None and run.step:
        words.append(f"{progress.batches_per_second:.0f} batches/s")
    if progress.seconds_left is not None and run.status == "running" and run.step < run.config.batches:
        words.append(f"{duration(progress.seconds_left)} left")
    return " · ".join(words)


def title(view: View) -> str:
    """The browser tab's title: it tells progress, and how a run ended."""
    run = view.run
    if run is None:
        return f"Train · {APP}"
    name = variant(run.config)
    match run.status:
        case "finished" if run.test_accuracy is not None:
            return f"✓ {100 * run.test_accuracy:.1f} % · {name}"
        case "running" | "compiling":
            return f"{100 * run.step // run.config.batches} % · {name}"
        case "queued":
            return f"Waiting · {name}"
        case status:
            return f"{status.capitalize()} · {name}"


def engine_words(engine: EngineStatus) -> str:
    """What the engine can do for a newcomer, in a few words."""
    match engine.state:
        case "ready":
            return "Ready to train"
        case "unavailable":
            return "Training is not available"
        case _:
            return "Getting ready to train. You can press Train already."


def whose(view: View, label: str) -> str:
    """Who has an active run in hand, where that is somebody else; an empty text for one's own."""
    if view.run is None or view.mine or not view.run.active:
        return ""
    return f"You follow “{label}”, started in another browser: only there it can be paused or stopped."


def label(run: RunRecord) -> str:
    """What a run is called: its own name, or else its network."""
    return run.name or variant(run.config)


def duration(seconds: float) -> str:
    """A duration in words: `8 s`, `3 min`, `1 h 5 min`."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def ago(seconds: float) -> str:
    """How long ago, in words."""
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min ago"
    if seconds < 86400:
        return f"{seconds / 3600:.0f} h ago"
    days = round(seconds / 86400)
    return "yesterday" if days == 1 else f"{days} days ago"


def _queued(view: View) -> str:
    if view.engine.state != "ready":
        return "Waiting for the engine to be ready"
    place = view.place
    if place is None:
        return "Starting"
    where = "Next in the queue" if place.position == 1 else f"Number {place.position} in the queue"
    if place.minutes is None:
        return where
    if place.minutes < 1:
        return f"{where}, less than a minute"
    return f"{where}, about {place.minutes:.0f} min"
