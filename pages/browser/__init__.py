"""The browser's side of the pages: how a component's script and style sheet are loaded, and what they share."""
