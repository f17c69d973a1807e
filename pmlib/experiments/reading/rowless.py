"""What stands in the place of rows of units where an experiment comes as aggregates."""

from typing import NoReturn

from pmlib.core import TooFewError
from pmlib.engine import Cells, Engine
from pmlib.sources.aggregates import Aggregates


class Rowless(Engine):
    """Stands in the place of units that nobody has: whatever is asked of them says so."""

    def __init__(self, aggregates: Aggregates) -> None:
        super().__init__(aggregates.engine.connection, aggregates.engine.path, aggregates.engine.kept)
        self.source = aggregates.origin.name

    def refuse(self) -> NoReturn:
        """Say that there are no rows, and what to do."""
        raise TooFewError(
            f"{self.source} holds aggregates and no rows of units, which this question needs. Load the table of units "
            "with load_units, or ask for the split, the lift, the guardrails, the impact or the verdict."
        )

    def query(self, text: str, **values: object) -> Cells:
        """Refuse."""
        self.refuse()

    def query_arrays(self, text: str, **values: object) -> NoReturn:
        """Refuse."""
        self.refuse()

    def arrow(self, text: str) -> NoReturn:
        """Refuse."""
        self.refuse()

    def run(self, text: str, **values: object) -> None:
        """Refuse."""
        self.refuse()

    def viewed(self, table: str, view: object) -> Engine:
        """Refuse."""
        self.refuse()

    def keeping(self, table: str, text: str, **values: object) -> Engine:
        """Refuse."""
        self.refuse()
