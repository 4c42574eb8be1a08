"""Logs: JSON lines, or colours on a terminal, from structlog and the standard library alike.

Whoever works for a realm binds ``tenant`` and ``realm`` with structlog's context variables;
every line in that context carries them. No line carries a payload, a customer's figures or a
secret: keys that may hold one are dropped, and what looks like a token is masked, in messages
and tracebacks too.
"""

import asyncio
import logging
import re
import signal
import sys
from collections.abc import Mapping
from typing import Any, Final, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from gateway.config.settings import LogLevel
from gateway.runtime.repeated_lines import RepeatedLines

MASK: Final = "[masked]"

FORBIDDEN: Final = frozenset(
    {
        "access_token",
        "address_hash",
        "api_key",
        "authorization",
        "base",
        "body",
        "browser_hash",
        "client_secret",
        "companies",
        "content",
        "cookie",
        "desired",
        "digest",
        "document",
        "documents",
        "form",
        "id_token",
        "ledger_figures",
        "observed",
        "original_value",
        "password",
        "payload",
        "refresh_token",
        "refusal",
        "remarks",
        "sealed",
        "secret",
        "state_hash",
        "token",
        "value",
        "vault_keys",
    }
)

# What comes before a secret is kept, so that the line still says what it was about.
_SECRETS: Final = re.compile(
    r"""
    (?P<before>
        \b(?:Bearer|Basic)\s+                               # authorization headers
      | ://[^\s:/@]*:(?=[^\s@/]+@)                          # passwords in addresses
      | [?&](?:code|state)=                                 # what a redirect brings back
      | \b(?:token|\w+_token|client_secret|password)["']?\s*[=:]\s*["']?
    )
    [^\s"'&,;}@]+
    | \beyJ[\w-]{8,}(?:\.[\w-]*)+                           # JWT, and Intuit's JWE
    | \bll[kct]_[0-9a-f]{16,}                                # our keys and tokens
    | \bRT1-[\w-]{10,} | \bAB11[\w-]{20,}                   # Intuit's refresh tokens
    """,
    re.VERBOSE | re.IGNORECASE,
)

# They log every request, or every poll, or a token, at a level that we need for ourselves.
_TALKATIVE: Final = (
    "aiokafka",
    "alembic",
    "asyncio",
    "authlib",
    "httpcore",
    "httpx",
    "uvicorn",
)


def mask(said: str) -> str:
    """Replace what looks like a secret."""
    return _SECRETS.sub(lambda found: f"{found['before'] or ''}{MASK}", said)


def without_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drop forbidden keys, at any depth, and mask what looks like a secret."""
    return {key: _cleaned(value) for key, value in event.items() if _allowed(key)}


def _allowed(key: object) -> bool:
    return str(key).lower() not in FORBIDDEN


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: _cleaned(inner) for key, inner in value.items() if _allowed(key)}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return value


def set_up_logging(level: LogLevel, *, stream: TextIO = sys.stderr) -> None:
    """Send every log of this process to ``stream``, from ``level`` upwards."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_secrets,
                _renderer(stream),
            ],
        )
    )
    handler.addFilter(RepeatedLines("aiokafka"))
    logging.getLogger().handlers = [handler]
    set_log_level(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _renderer(stream: TextIO) -> Processor:
    if stream.isatty():
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(default=str)


def set_log_level(level: LogLevel) -> None:
    """Log from this level upwards, from now on."""
    logging.getLogger().setLevel(level.upper())


def switch_level_on_hangup(level: LogLevel) -> None:
    """Switch between ``level`` and debug at each SIGHUP."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _switch, level)


def _switch(level: LogLevel) -> None:
    debugging = logging.getLogger().level == logging.DEBUG
    chosen = level if debugging else LogLevel.DEBUG
    set_log_level(chosen)
    structlog.get_logger("telemetry").warning("log.level_changed", to=chosen.value)
