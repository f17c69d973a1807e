"""Twenty-five initiatives a team could take up next."""

import csv
from io import StringIO

import pyarrow as pa

COLUMNS = (
    "id", "title", "goal", "reach_low", "reach_high", "impact_low", "impact_high",
    "confidence", "effort_low", "effort_high", "depends_on", "evidence",
)  # fmt: skip
WHOLE = ("reach_low", "reach_high")
DECIMAL = ("impact_low", "impact_high", "confidence", "effort_low", "effort_high")
ROWS = """\
I01|Split costs by who was there|retention|2500|4500|1|2|0.8|6|12||interviews:costs; survey:2026-11
I02|Settle up across currencies|retention|900|1800|0.5|2|0.5|3|7|I01|interviews:costs
I03|Photo of a receipt becomes a cost|retention|700|2000|0.5|1|0.4|5|12|I01|survey:2026-11
I04|Roll out the new onboarding|activation|3200|3800|1|2|0.95|1|2||experiment:onboarding
I05|Invite from the phone's contacts|activation|1200|2600|0.5|2|0.5|3|6|I04|experiment:onboarding
I06|Join a trip without an account|activation|1500|4000|0.5|3|0.5|6|14||interviews:neutral
I07|Two-way calendar sync|retention|2200|3600|1|2|0.7|8|16||interviews:calendar; launch:Shared calendar
I08|Find a weekend all are free|bookings|1500|3000|1|3|0.5|5|10|I07|interviews:calendar
I09|Calendar file with the right time zone|retention|600|1400|0.25|1|0.8|1|2||survey:2026-11
I10|Day plan offline|retention|1600|3000|1|2|0.7|8|14||interviews:offline; survey:2026-05
I11|Tickets and addresses offline|retention|1200|2400|0.5|2|0.6|3|6|I10|interviews:offline
I12|One digest a day|retention|2600|4200|0.5|1|0.7|2|4||interviews:notifications; survey:2026-11
I13|Mute a trip|retention|900|1800|0.25|1|0.8|1|2||interviews:notifications
I14|Faster map with many pins|retention|1400|2600|0.5|1|0.6|4|10||interviews:slow_map; survey:2026-11
I15|Pay by the trip|revenue|500|1500|1|3|0.4|5|10||interviews:price
I16|One subscription for a group|revenue|400|1200|1|3|0.5|6|12||interviews:price; survey:2026-05
I17|New paywall|revenue|1500|2500|0|0.5|0.9|1|2||experiment:paywall
I18|Student plan|revenue|300|900|0.25|1|0.4|1|3||survey:2026-11
I19|Copy last year's trip|bookings|800|1600|0.5|2|0.6|2|4||interviews:neutral
I20|Packing and shopping lists|retention|1000|2400|0.25|1|0.4|3|6||interviews:neutral
I21|Votes with a deadline|bookings|1200|2400|0.5|1|0.5|2|4||interviews:neutral
I22|Book for all, pay alone|bookings|700|1500|1|3|0.4|10|20|I01|interviews:costs
I23|Partner pages for hostels|bookings|500|2500|0.25|2|0.3|6|14||
I24|Referral reward|activation|800|2200|0.25|1|0.4|2|5|I05|
I25|Dark mode|retention|1500|3000|0|0.25|0.6|2|4||survey:2025-11
"""


def backlog() -> pa.Table:
    """Return ``backlog.csv``: reach in users a quarter, impact on a scale from 0 to 3, effort in person-weeks."""
    columns = zip(*csv.reader(StringIO(ROWS), delimiter="|"), strict=True)
    table = pa.table({name: list(cells) for name, cells in zip(COLUMNS, columns, strict=True)})
    for names, kind in ((WHOLE, pa.int64()), (DECIMAL, pa.float64())):
        for name in names:
            table = table.set_column(COLUMNS.index(name), name, table[name].cast(kind))
    return table
