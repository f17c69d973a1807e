"""Chart shapes as plotly JSON: plain dictionaries, so that no plotting library is imported."""
