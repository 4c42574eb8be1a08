"""Every reason code that the source can give, with its category and who can act.

A reason is made by calling a *maker*: `Reason` itself, or whatever else takes a `code` and a
`cause`, such as a row of a provider's table. A maker must be called with a code that can be
read where the call stands, so that none is missed; one that passes its own code on is read
where it is called.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.errors import Refusal
from schemas.errors import ErrorCategory, Solver

SOURCES: Final = ("consumers", "gateway", "producers", "providers", "schemas")

_REASON: Final = "schemas/errors.py"
_ASKED: Final = frozenset({"code", "cause"})  # what makes a callable a maker

Function = ast.FunctionDef | ast.AsyncFunctionDef


class HiddenCode(Refusal):
    """A reason is made with a code that can't be read from the source."""


@dataclass(frozen=True, slots=True)
class Made:
    """A place of the source that makes a reason.

    Attributes:
        file: Its path from the repository's root.
    """

    code: str
    category: ErrorCategory
    solver: Solver
    file: str


@dataclass(frozen=True, slots=True)
class _Maker:
    """Something that takes a code and a cause, with its parameters and their defaults."""

    parameters: Sequence[str]
    defaults: Mapping[str, ast.expr]
    body: Sequence[ast.stmt]

    def bound(self, call: ast.Call) -> dict[str, ast.expr]:
        """Give each parameter's value in a call, or its default."""
        named = {one.arg: one.value for one in call.keywords if one.arg}
        return {**self.defaults, **dict(zip(self.parameters, call.args, strict=False)), **named}


@dataclass(frozen=True, slots=True)
class _Module:
    """One file: its tree, its own makers, and its constants that are texts."""

    file: str
    tree: ast.Module
    makers: dict[str, _Maker]
    texts: dict[str, str]


def find_codes(root: Path) -> Iterator[Made]:
    """Find every place of the repository at ``root`` that makes a reason.

    Raises:
        HiddenCode: one of them does not say its code.
    """
    modules = {module.file: module for module in (_read(root, path) for path in _files(root))}
    for module in modules.values():
        yield from _made_in(module, module.makers | dict(_imported(module, modules)))


def _files(root: Path) -> Iterator[Path]:
    for folder in SOURCES:
        yield from sorted((root / folder).rglob("*.py"))


def _read(root: Path, path: Path) -> _Module:
    file = path.relative_to(root).as_posix()
    tree = ast.parse(path.read_text("utf-8"), file)
    return _Module(file, tree, dict(_makers(tree)), dict(_texts(tree)))


def _imported(module: _Module, modules: Mapping[str, _Module]) -> Iterator[tuple[str, _Maker]]:
    """Give the makers of other modules by their names here; `Reason`, however it is reached."""
    yield "Reason", modules[_REASON].makers["Reason"]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            source = modules.get(f"{node.module.replace('.', '/')}.py")
            makers = source.makers if source else {}
            for one in node.names:
                if one.name in makers:
                    yield one.asname or one.name, makers[one.name]


def _makers(tree: ast.Module) -> Iterator[tuple[str, _Maker]]:
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                maker = _function(node)
            case ast.ClassDef():
                maker = _class(node)
            case _:
                continue
        if set(maker.parameters) >= _ASKED:
            yield node.name, maker


def _function(node: Function) -> _Maker:
    positional = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
    last = positional[len(positional) - len(node.args.defaults) :]
    defaults = dict(zip(last, node.args.defaults, strict=True))
    for one, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if default is not None:
            defaults[one.arg] = default
    named = [one.arg for one in node.args.kwonlyargs]
    return _Maker([*positional, *named], defaults, node.body)


def _class(node: ast.ClassDef) -> _Maker:
    fields = {
        one.target.id: one.value
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    return _Maker(list(fields), {name: v for name, v in fields.items() if v is not None}, ())


def _texts(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text))):
                yield name, text
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text


def _made_in(module: _Module, makers: Mapping[str, _Maker]) -> Iterator[Made]:
    for call in _calls(module.tree.body):
        name = _name_of(call.func)
        if name == "replace" and any(one.arg == "code" for one in call.keywords):
            raise _hidden(module, call)
        if maker := makers.get(name):
            said = maker.bound(call)
            code = _code(module, call, said.get("code"))
            if code is not None:
                category = _member("category", said, maker, makers)
                solver = _member("solver", said, maker, makers)
                if not (category and solver):
                    raise _hidden(module, call)
                yield Made(code, ErrorCategory[category], Solver[solver], module.file)


def _hidden(module: _Module, call: ast.Call) -> HiddenCode:
    return HiddenCode(
        f"{module.file}:{call.lineno}: write code, category and solver of a reason where it is "
        "made, so that they can be told"
    )


def _name_of(called: ast.expr) -> str:
    match called:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _code(module: _Module, call: ast.Call, said: ast.expr | None) -> str | None:
    """Read the code of a call; ``None`` where it is passed on from a maker or a reason."""
    match said:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name in module.texts:
            return module.texts[name]
        case ast.Attribute(attr="code"):
            return None
        case ast.Name(id="code") if _in_a_maker(module, call):
            return None
    raise _hidden(module, call)


def _in_a_maker(module: _Module, call: ast.Call) -> bool:
    return any(call in _calls(maker.body) for maker in module.makers.values())


def _calls(body: Sequence[ast.stmt]) -> Iterator[ast.Call]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                yield node


def _member(
    asked: str, said: Mapping[str, ast.expr], maker: _Maker, makers: Mapping[str, _Maker]
) -> str:
    """Name the member that a call gives for ``asked``, or that its maker gives on; or none."""
    match said.get(asked):
        case ast.Attribute(value=ast.Name(id="ErrorCategory" | "Solver"), attr=member):
            return member
    for call in _calls(maker.body):
        if inner := makers.get(_name_of(call.func)):
            return _member(asked, inner.bound(call), inner, makers)
    return ""
