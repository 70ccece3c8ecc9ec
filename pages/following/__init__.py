"""A talk that is given: which scene everybody looks at, how a tab comes there, and what stands around the page then."""
