# One image for every service of docker-compose.yml: Airflow, Spark and the dashboard.
ARG BASE_IMAGE=python:3.13-slim-trixie

FROM ${BASE_IMAGE} AS environment
# A mirror of the package index, if one is needed.
ARG PIP_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
COPY requirements-uv.lock /tmp/
RUN python -m venv /tmp/uv && /tmp/uv/bin/pip install --quiet --require-hashes --requirement /tmp/requirements-uv.lock \
 && python -m venv --without-pip /opt/venv
COPY requirements.lock deploy/docker/prune.sh /tmp/
RUN /tmp/uv/bin/uv pip sync --quiet --require-hashes --python /opt/venv/bin/python \
      ${PIP_INDEX_URL:+--default-index "$PIP_INDEX_URL"} /tmp/requirements.lock \
 && sh /tmp/prune.sh /opt/venv
# The project itself is not installed into the environment, so the `ontime` command is a file of its own.
COPY deploy/docker/ontime /opt/venv/bin/
RUN chmod 755 /opt/venv/bin/ontime

FROM ${BASE_IMAGE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends openjdk-21-jre-headless libgomp1 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 50000 --gid 0 --home-dir /home/ontime --create-home --shell /usr/sbin/nologin ontime \
 && install --directory --owner 50000 --group 0 --mode 2770 \
      /data /airflow /airflow/logs /spark \
      /secrets/all /secrets/api /secrets/airflow /secrets/database /secrets/broker
COPY --from=environment /opt/venv /opt/venv
# docker-compose.yml adds deploy/airflow.env.
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/ontime PYTHONUNBUFFERED=1 PYSPARK_PYTHON=/opt/venv/bin/python \
    SPARK_HOME=/opt/spark SPARK_CONF_DIR=/opt/ontime/deploy/docker/spark SPARK_WORKER_DIR=/spark/work SPARK_LOCAL_DIRS=/spark/local \
    AIRFLOW_HOME=/airflow ONTIME_DATA_DIR=/data ONTIME_SECRETS_FOLDER=/secrets/airflow MALLOC_ARENA_MAX=2
RUN ln -s "$(python -c 'import importlib.util as u; print(u.find_spec("pyspark").submodule_search_locations[0])')" /opt/spark
WORKDIR /opt/ontime
COPY . .
RUN python -m compileall -q . && chmod -R a+rX .
USER 50000:0
