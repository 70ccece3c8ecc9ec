"""The app's pages: one thin script each. What they are made of is in `components`."""
