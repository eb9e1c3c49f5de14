"""What plays incidents: their descriptions, the world that a fault has damaged, the grading, and the incidents' proof.

An incident is a folder ``incidents/<name>``:

``incident.toml``
    The values of :class:`incidents.engine.incident.Incident`.
``ticket.md``
    The symptom, as a colleague writes it. It names neither cause nor guilty file.
``commits/0001-….patch``
    Three to six commits as ``git format-patch`` writes them; ``bad`` in ``incident.toml`` is the number of the bad one.
``world.py`` (optional)
    ``publisher(folder)`` changes the files ``<dataset>/<partition>.csv`` that the publisher has when the incident
    begins. ``after(world)`` changes the state after the faulty chain; it is called for each copy of the world, so it is
    quick. ``close(world)`` ends what ``after`` has started.
``check.py``
    Test functions whose docstring is the line shown, with the fixture ``world``
    (:class:`incidents.engine.world.World`). ``truth(world)`` returns what the diagnosis must say, recomputed from the
    publisher's files: ``{"dataset": "flights", "months": ["2013-03"], "rows_affected": …}``. Fields that
    ``incident.toml`` adds as ``[fields]`` are tested by the incident itself, from ``world.diagnosis``.
``solution/``
    ``repair.patch``, on top of the branch; ``commands.txt``, what the learner runs, one command a line: ``ontime``
    commands without ``ontime``, comments (``#``), and shell commands after ``$``; ``diagnosis.toml``, where ``{3}``
    stands for the third commit. ``incident run`` runs the whole chain.
``wrong/<mistake>/``
    The same. A file that is missing is that of the solution; an empty one means nothing. ``diagnosis.toml`` holds what
    differs from the solution's, and its first line says what convicts: ``# fails test_rows: why``. Instead of
    ``repair.patch``, ``on_top.patch`` is a mistake made after the solution: it is cheap, because the solution's world
    goes on. Its ``commands.txt`` is empty unless the folder has one.

Every incident is also graded by :mod:`incidents.engine.stages`. How the world comes about:

1. ``months`` of ``datasets`` are published by the code before the incident (*healthy*), from the embedded publisher.
2. The commits are applied. The publisher also has ``new_months``, and what ``world.publisher`` has changed.
3. The chain runs for all months with the faulty code, up to the step ``stops_at``; then the commands ``then``.

A world is a folder with the data directory ``data``, the publisher's files ``publisher``, ``healthy.duckdb`` (what was
published before the fault) and ``incident.json``. Worlds contain no absolute paths, so they can be copied.
"""
