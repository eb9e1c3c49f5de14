"""``python -m spark_jobs flights 2013-01 2013-12``, or ``spark-submit`` with this file."""

from spark_jobs.command import app

if __name__ == "__main__":
    app()
