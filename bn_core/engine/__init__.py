"""Where trainings run: a host process that owns Dask, and worker processes that own TensorFlow.

    worker process   trainer -> training_session -> outbox -> plugin          (one training at a time)
    host process     cluster -> host -> policy (what to do) and ledger (what to write)

The run store is all that this package shares with the pages: the host takes requests from it and writes events to it.
"""
