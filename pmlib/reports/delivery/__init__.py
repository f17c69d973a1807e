"""How a run reaches people: mail, webhooks, schedules."""
