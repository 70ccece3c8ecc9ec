"""Before a room of people: what is done by keys, and where they lead."""
