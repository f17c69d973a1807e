"""Who was active when, and who belongs to which part."""
