"""What a run, or a selection of runs, recorded, as files for other programs. None names a path, a user or a host."""
