"""Entry point of a function's process. Its provider runs `python -P -u __main__.py TARGET FOLDER CONTROL PARENT …`."""

import sys
from pathlib import Path


def main() -> None:
    root = str(Path(__file__).resolve().parents[2])
    sys.path.insert(0, root)
    from chatapp.function_host.host_process import HostArguments, HostProcess

    sys.path.remove(root)
    # A module of the user may be called chatapp. The modules imported here work without their names.
    for name in [name for name in sys.modules if name.partition(".")[0] == "chatapp"]:
        del sys.modules[name]
    target, folder, control, parent, watched = sys.argv[1:]
    sys.argv = [target]
    HostProcess(HostArguments(target, Path(folder), int(control), int(parent), watched == "watched")).run()


# Not when multiprocessing imports this file again to start a process of the user.
if __name__ == "__main__":
    main()
