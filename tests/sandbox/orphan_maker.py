"""A program that reads a file for ever and is killed by its test: prints the pid of its child first."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from kontorist.sandbox import Pool


def main() -> None:
    pool = Pool(readers="misbehaving_readers")
    pid = pool.call("misbehaving_readers:echo", b"", word="warm").value["pid"]
    with ThreadPoolExecutor(1) as executor:
        executor.submit(pool.call, "misbehaving_readers:spin", b"")
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
