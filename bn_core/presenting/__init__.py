"""Giving a talk to a class: the presenter's key, who may try it, and what is done with a talk that is given."""
