"""What this browser tab is looking at, who is asking, and how a page is entered."""
