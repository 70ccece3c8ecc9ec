"""The program of a configuration: complete, at either level, and it runs as it is.

Its text is `program.py.jinja`, filled in. Neither making a program nor importing this package needs TensorFlow.
"""

from bn_core.source_code.listing import Listing, Mark, command_line, default_for, program
from bn_core.source_code.notebook import notebook

__all__ = ["Listing", "Mark", "command_line", "default_for", "notebook", "program"]
