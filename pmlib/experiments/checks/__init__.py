"""What has to hold before any result is read."""
