"""Where trainings run: a host process that owns Dask, and worker processes that own TensorFlow.

    worker process   trainer -> training_session -> feed -> worker -> worker_process     (one training at a time)
                     trainer -> answering -> worker -> worker_process    (one question at a time, meanwhile)
    Dask worker      relay (in the host's own process, or on a cluster that exists)
    host process     worker_link -> cluster -> coordinator -> recorder -> write_queue
                     dispatcher and examiners (who does what), question_lookup -> question_queue

The run store is all that this package shares with the pages: the host takes requests and questions from it and writes
events, weights and answers to it.
"""
