"""The process of a function, as its provider starts it: `python -P -u __main__.py TARGET FOLDER CONTROL PARENT …`."""

import sys
from pathlib import Path


def main() -> None:
    root = str(Path(__file__).resolve().parents[2])
    sys.path.insert(0, root)
    from chatapp.function_host.host_process import HostArguments, HostProcess

    sys.path.remove(root)
    # A person's own module may be called chatapp. What is imported here works on without its name.
    for name in [name for name in sys.modules if name.partition(".")[0] == "chatapp"]:
        del sys.modules[name]
    target, folder, control, parent, watched = sys.argv[1:]
    sys.argv = [target]
    HostProcess(HostArguments(target, Path(folder), int(control), int(parent), watched == "watched")).run()


# Not where multiprocessing imports this file anew, to start a process of the person's own.
if __name__ == "__main__":
    main()
