"""Labs: small tasks on the project's own data, and the program that grades their answers.

A lab is a folder with six parts: ``lab.toml`` (title, phase, skill, hints), ``task.md``, ``starter/`` (what `ontime
labs start` copies into `answers/`), ``check.py`` (tests), ``solution/``, and ``wrong/`` (plausible wrong answers, each
with the check that must fail). Adding a folder adds a lab.
"""
