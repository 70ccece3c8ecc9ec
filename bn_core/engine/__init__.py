"""Where trainings run: a host process that owns Dask, and worker processes that own TensorFlow.

    worker process   trainer -> training_session -> outbox and shelf -> plugin     (one training at a time)
                     trainer -> answering -> plugin                                (one question at a time, meanwhile)
    host process     cluster -> host -> policy (what to do) and ledger (what to write)
                     moments (what a question needs) -> question_desk

The run store is all that this package shares with the pages: the host takes requests and questions from it and writes
events, weights and answers to it.
"""
