"""The user's function, given as `module:name` or `path/to/file.py:name`, and its parameters."""

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from chatapp.function_host.failures import format_traceback, summarize

EXTRAS = ("model", "options", "conversation_id")
#: The text of an answer that is to be continued; empty for a new one.
PARTIAL = "partial"
MOST_NAMES = 5


class TargetError(Exception):
    """The function cannot be loaded: one line for the user, and the traceback for the log."""

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.traceback = traceback


class Target:
    """The user's function. `load` imports it; then it can be called."""

    def __init__(self, target: str, folder: Path) -> None:
        self._place, _, self._name = target.rpartition(":")
        self._target = target
        self._is_path = self._place.endswith(".py")
        self._folder = folder
        self._path = folder / self._place
        #: The folders of the user's code.
        self._code_folders = tuple({folder, self._path.parent} if self._is_path else {folder})
        self._function: Callable[..., Any] = lambda _messages: None
        self._extras: tuple[str, ...] = ()
        self._takes_partial = self._names_partial = False
        self._modules: list[ModuleType] = []
        self._counted = 0
        #: Files in which an import failed. Python does not keep such modules.
        self._suspects = {self._path if self._is_path else folder / f"{self._place.replace('.', '/')}.py"}

    def load(self) -> None:
        """Import the function. Raises TargetError."""
        sys.path[:0] = [str(home) for home in sorted(self._code_folders, key=lambda home: home != self._folder)]
        try:
            module = self._import_file() if self._is_path else importlib.import_module(self._place)
        except BaseException as error:
            raise TargetError(f"{self._where(error)}{summarize(error)}", format_traceback(error)) from error
        self._function = self._find_function(module)
        self._extras = find_extras(self._function, EXTRAS)
        self._takes_partial = bool(find_extras(self._function, (PARTIAL,)))
        self._names_partial = names_parameter(self._function, PARTIAL)

    @property
    def takes_partial(self) -> bool:
        """Whether the function is told the text that it is to continue."""
        return self._takes_partial

    def call(self, question: dict[str, Any]) -> Any:
        """Call the function with the messages, and with the extras in its signature."""
        extras = {name: question[name] for name in self._extras}
        if self._takes_partial and (self._names_partial or question[PARTIAL]):
            extras[PARTIAL] = question[PARTIAL]
        return self._function(question["messages"], **extras)

    def modules(self) -> list[ModuleType]:
        """Return the user's own modules: those in their folder, without installed packages."""
        if len(sys.modules) != self._counted:
            self._counted = len(sys.modules)
            self._modules = [module for module in list(sys.modules.values()) if self._is_own(_file(module))]
        return self._modules

    def files(self) -> dict[str, tuple[int, int]]:
        """Return the files of the user's code, each with its modification time (ns) and its size."""
        paths = {Path(_file(module)) for module in self.modules()} | self._suspects
        return {str(path): state for path in paths if (state := _state(path))}

    def _import_file(self) -> ModuleType:
        if not self._path.is_file():
            raise TargetError(f"there is no {self._path.name} in {self._path.parent}")
        name = self._path.stem if self._path.stem not in sys.modules else f"function_{self._path.stem}"
        spec = importlib.util.spec_from_file_location(name, self._path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{self._place} cannot be imported")
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def _find_function(self, module: ModuleType) -> Callable[..., Any]:
        found: Any = module
        for part in self._name.split("."):
            try:
                found = getattr(found, part)
            except AttributeError:
                own = [name for name, value in vars(module).items() if _is_offered(name, value, module)]
                others = f"; it has {', '.join(own[:MOST_NAMES])}" if own else ""
                raise TargetError(f"{self._place} has no {self._name}{others}") from None
        if not callable(found):
            raise TargetError(f"{self._target} is a {type(found).__name__}, not a function")
        function: Callable[..., Any] = found
        return function

    def _where(self, error: BaseException) -> str:
        """Return the line of the user's code at which the import failed: `helper.py, line 3: `."""
        if isinstance(error, SyntaxError) and error.filename:
            self._suspects.add(Path(error.filename))
            return f"{self._relative_path(error.filename)}, line {error.lineno}: "
        place = ""
        step = error.__traceback__
        while step is not None:
            file = step.tb_frame.f_code.co_filename
            if self._is_own(file):
                self._suspects.add(Path(file))
                place = f"{self._relative_path(file)}, line {step.tb_lineno}: "
            step = step.tb_next
        return place or f"in {self._folder}: "

    def _relative_path(self, file: str) -> str:
        path = Path(file)
        return str(path.relative_to(self._folder)) if path.is_relative_to(self._folder) else file

    def _is_own(self, file: str) -> bool:
        for home in self._code_folders:
            if file.startswith(f"{home}{os.sep}"):
                parts = Path(file).relative_to(home).parts
                return not any(part.endswith("-packages") or part.startswith(".") for part in parts)
        return False


def find_extras(function: Callable[..., Any], names: Iterable[str]) -> tuple[str, ...]:
    """Return those of the names that a function takes by name, after the messages."""
    parameters = _parameters(function)
    by_name = {one.name for one in parameters[1:] if one.kind in {one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY}}
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters)
    first = parameters[0].name if parameters else ""
    return tuple(name for name in names if name in by_name or (takes_any and name != first))


def names_parameter(function: Callable[..., Any], name: str) -> bool:
    """Tell whether a function's signature has a parameter of this name, after the messages."""
    return any(parameter.name == name for parameter in _parameters(function)[1:])


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _is_offered(name: str, value: Any, module: ModuleType) -> bool:
    return callable(value) and not name.startswith("_") and getattr(value, "__module__", None) == module.__name__


def _file(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    return file if isinstance(file, str) else ""


def _state(path: Path) -> tuple[int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
