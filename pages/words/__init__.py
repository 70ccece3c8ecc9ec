"""The words of the pages: prose from its data files, terms, computed captions, numbers."""
