"""The chain of DAGs, driven from outside over the REST API of any Airflow: the embedded one or the compose stack's."""
