"""Show a file to the engine as the relation ``source``, also where it is a workbook."""

import pyarrow as pa

from pmlib.engine import Engine
from pmlib.sources.files.relation import Given, opened
from pmlib.sources.files.tables import WORKBOOKS, table
from pmlib.sources.where import Found


def shown_as_source(engine: Engine, found: Found) -> Given:
    """Make the view ``source`` over files, a workbook's sheet or a frame.

    Returns
    -------
    Given
        The columns of a workbook are all VARCHAR, as those of a CSV file.
    """
    if not any(file.suffix.lower() in WORKBOOKS for file in found.files):
        return opened(engine, found, found.spec.table)
    sheet = table(found)
    columns = {column: pa.array(sheet.column(spot), pa.string()) for spot, column in enumerate(sheet.header)}
    engine.register("given_frame", pa.table(columns))
    engine.run("CREATE VIEW source AS SELECT * FROM given_frame")
    return Given(found.name, "workbook", tuple((column, "VARCHAR") for column in sheet.header))
