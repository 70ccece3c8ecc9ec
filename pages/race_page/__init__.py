"""Parts of the home page: the race and its four findings."""
