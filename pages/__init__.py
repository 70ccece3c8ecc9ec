"""The app's pages: one thin script each, and the rooms with what they are made of."""
