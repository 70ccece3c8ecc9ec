"""The page that runs are taken away as: one file that shows its charts without the app and without a network."""
