"""How often each method is wrong, measured where the truth is known: ``python -m benchmarks.calibration``.

``shapes`` makes units, ``methods`` and ``rivals`` judge arms drawn from them, ``cells`` says what must hold where and
why elsewhere not, ``measuring`` counts, ``looking`` does the same for tests that are looked at day by day, ``gates``
holds the counts against the bands, ``page`` writes it down.
"""
