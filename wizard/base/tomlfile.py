"""Reads a TOML file into a typed value, and says exactly what is wrong with one that does not fit."""

from __future__ import annotations

import json
import re
import typing
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from wizard.base.errors import InputError
from wizard.base.spelling import did_you_mean

T = TypeVar("T")


def load(path: Path, shape: type[T], *, code: str = "preset") -> T:
    """The file at `path` as a value of `shape`: a msgspec Struct that forbids unknown fields, as those in it do.

    Raises InputError, its code starting with `code`, naming file, line, key, what was
    found and what is allowed, when the file cannot be read, is not TOML, or does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{code}-not-found", path=path) from None
    except OSError as error:
        raise InputError(f"{code}-unreadable", path=path, reason=error.strerror or error) from None
    except UnicodeDecodeError as error:
        raise _no_text(path, error, code) from None
    return parse(text, shape, name=str(path), code=code)


def _no_text(path: Path, error: UnicodeDecodeError, code: str) -> InputError:
    """What to say of a file whose bytes are no text in UTF-8, which TOML is written in."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return InputError(
        f"{code}-unreadable", "bytes", path=path, line=line, byte=f"{error.object[error.start]:#04x}"
    )


def parse(text: str, shape: type[T], *, name: str, code: str = "preset") -> T:
    """`text` as a value of `shape`; `name` stands for the file in messages. Raises InputError as `load`."""
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise InputError(f"{code}-syntax", path=name, reason=error) from None
    except (RecursionError, ValueError) as error:  # brackets or digits beyond what any preset holds
        raise InputError(f"{code}-syntax", "unusable", path=name, reason=error) from None
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        _refuse_unknown_keys(data, shape, (), text, name, code)
        message, _, where = str(error).partition(" - at ")
        keys = tuple(re.findall(r"[^.$`\[\]]+", where))
        raise InputError(
            f"{code}-wrong-value",
            where=place(text, keys, name),
            key=_key(keys),
            reason=message,
            hint=_fix_of_value(data, shape, keys),
        ) from None


def dumps(data: dict[str, Any]) -> str:
    """`data` as TOML text. Keys are plain words; strings may hold anything."""
    import toml

    encoder: toml.TomlEncoder[dict[str, Any]] = toml.TomlEncoder()
    encoder.dump_funcs[str] = quoted
    return toml.dumps(data, encoder=encoder)


def quoted(text: str) -> str:
    """A TOML basic string: its escapes are JSON's. toml's own writer loses backslashes and control characters."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def place(text: str, keys: tuple[str, ...], name: str) -> str:
    """`name:line` of the key that `keys` lead to, or `name` where the line cannot be told."""
    line = find_line(text, keys)
    return f"{name}:{line}" if line else name


def find_line(text: str, keys: tuple[str, ...]) -> int | None:
    """The 1-based line on which the key at the end of `keys` is written, None where it is not found.

    Knows table headers and `key = value`, which is how presets are written.
    """
    if not keys:
        return None
    table: tuple[str, ...] = ()
    header_line: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line)
        if header:
            parts = re.findall(r'"[^"]*"|\'[^\']*\'|[^."\'\s]+', header.group(1))
            table = tuple(part.strip("\"'") for part in parts)
            if table == keys:
                header_line = number
            continue
        entry = re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line)
        if entry:
            full = table + tuple(part.strip("\"'") for part in entry.group(1).split("."))
            if full == keys:
                return number
    return header_line


def _fix_of_value(data: Any, shape: Any, keys: tuple[str, ...]) -> str:
    """The nearest right spelling, where the value is one of a few words; else just the advice to correct it."""
    found = data
    for key in keys:
        shape = typing.get_type_hints(shape).get(key) if isinstance(shape, type) else None
        found = found.get(key) if isinstance(found, dict) else None
    if typing.get_origin(shape) is typing.Literal and isinstance(found, str):
        return did_you_mean(found, [str(word) for word in typing.get_args(shape)])
    return "correct the value"


def _key(keys: tuple[str, ...]) -> str:
    return ".".join(keys) if keys else "the file"


def _refuse_unknown_keys(
    data: dict[str, Any], shape: Any, keys: tuple[str, ...], text: str, name: str, code: str
) -> None:
    """Walk tables and Structs side by side; the first key that no field takes ends it with InputError."""
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    for key, value in data.items():
        here = (*keys, key)
        if key not in fields:
            raise InputError(
                f"{code}-unknown-key",
                "" if keys else "top",
                where=place(text, here, name),
                key=_key(here),
                table=_key(keys),
                hint=did_you_mean(key, fields),
            )
        if isinstance(value, dict):
            _descend(value, fields[key], here, text, name, code)


def _descend(value: dict[str, Any], shape: Any, keys: tuple[str, ...], text: str, name: str, code: str) -> None:
    """Continue into the Struct, or the Structs of a `dict[str, Struct]`, that `shape` names."""
    for candidate in (shape, *typing.get_args(shape)):
        if isinstance(candidate, type) and issubclass(candidate, msgspec.Struct):
            if candidate is shape or typing.get_origin(shape) is not dict:
                _refuse_unknown_keys(value, candidate, keys, text, name, code)
                return
            for key, inner in value.items():
                if isinstance(inner, dict):
                    _refuse_unknown_keys(inner, candidate, (*keys, key), text, name, code)
            return
