"""Who is told of a run, and when one should have come: news, mail, webhook, slots."""
