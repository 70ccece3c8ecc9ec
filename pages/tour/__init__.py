"""An optional tour: ten stops that drive the pages."""
