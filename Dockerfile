# The bot as an image: not root, with its models built in. docs/deploy.md says how it is used.
FROM python:3.12-slim AS build
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN pip install --no-cache-dir "uv>=0.9"
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot bot
COPY retrieval retrieval
# Everything but what tests and the preview need; pyproject.toml pins it by date.
RUN uv sync --no-default-groups --no-editable --no-cache --extra llm-openai-like
COPY deploy/container.toml config.toml
COPY seeds seeds
# Builds the models into the image, so that the first start does not.
RUN .venv/bin/embassy-bot --config config.toml --corpus seeds --data first search "first" && rm -r first

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin bot \
    && mkdir -p /data /articles /app/matplotlib \
    && chown bot /data /app/matplotlib
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH EMBASSY_BOT_CONFIG=/app/config.toml PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/app/matplotlib
VOLUME ["/data"]
USER 10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8090/readyz', timeout=8)"]
ENTRYPOINT ["embassy-bot"]
CMD ["run"]
