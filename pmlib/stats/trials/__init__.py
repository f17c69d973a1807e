"""What experiments need of statistics: arms against control, at one look or many, in all units or in some."""
