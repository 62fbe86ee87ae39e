"""Creates a virtual environment with the packages of the local AWS, if it does not exist.

usage: environment.py DIRECTORY REQUIREMENTS DIGEST   DIGEST names the content of the file REQUIREMENTS
"""

import fcntl
import os
import subprocess
import sys
import venv
from contextlib import contextmanager


@contextmanager
def locked(directory):
    # the operating system releases the lock when this process ends, so there are no stale lock files
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def content(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read()
    except FileNotFoundError:
        return None


def main(directory, requirements, digest):
    marker = os.path.join(directory, 'installed-requirements')
    os.makedirs(directory, exist_ok=True)
    with locked(directory):
        # another process may have installed the packages during the wait for the lock
        if content(marker) == digest:
            return
        venv.EnvBuilder(clear=True, with_pip=True).create(directory)
        subprocess.run(
            [
                os.path.join(directory, 'bin', 'python'), '-m', 'pip', 'install',
                '--quiet', '--disable-pip-version-check', '--requirement', requirements,
            ],
            check=True,
        )
        # written last, because an incomplete installation must not look complete
        with open(marker, 'w', encoding='utf-8') as file:
            file.write(digest)


if __name__ == '__main__':
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        # pip has printed the reason
        sys.exit(error.returncode)
