"""New datasets from ``templates/dataset/``: answers are checked, files rendered by copier, recorded, updated, removed.

``sample.py`` proposes answers from a file of the publisher, ``answers.py`` checks answers, ``columns.py`` and
``description.py`` derive from them what the template needs, and ``project.py`` changes the project.
"""
