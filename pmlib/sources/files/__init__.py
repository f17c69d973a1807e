"""Files of any encoding and form become text, rows of cells, or relations of the engine."""
