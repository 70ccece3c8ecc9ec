# Batch Norm Lab in a container. docs/hosting.md says how it is run; tests/browser/test_container.py tries its commands without one.

FROM python:3.13-slim AS made
COPY . /source
RUN ["python", "-m", "venv", "/opt/lab"]
RUN ["/opt/lab/bin/pip", "install", "--no-cache-dir", "--constraint", "/source/constraints.txt", "/source"]

FROM python:3.13-slim
COPY --from=made /opt/lab /opt/lab
# All that is kept: any user may run the container, and its root may be read-only.
RUN ["mkdir", "--mode=1777", "/data"]
VOLUME /data
WORKDIR /data
ENV PATH=/opt/lab/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/data \
    BN_HOME=/data/lab \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s CMD ["batch-norm-lab", "health"]
CMD ["batch-norm-lab", "app", "--server.address=0.0.0.0", "--server.headless=true", "--server.fileWatcherType=none"]
