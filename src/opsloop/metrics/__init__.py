"""What the signals add up to: DORA, incidents, SLOs, toil, alerts, capacity.

``relations``, ``episodes``, ``attribution`` and ``saturation`` fold signals into the things they tell of, as Ibis
tables that run alike on DuckDB and Spark; detectors build on them too. The modules named after a family
(``dora``, ``incidents`` ...) aggregate those in the engine and finish the small results in plain Python.
"""
