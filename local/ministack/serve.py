"""Runs MiniStack for one parent process, and ends with it.

usage: serve.py STATE_DIRECTORY   with its standard input connected to the parent, in a process group of its own
"""

import asyncio
import os
import subprocess
import sys
import threading


def end_with_parent(state_directory):
    """Ends this process and the Lambdas it started as soon as the parent is gone, however the parent went."""
    # a pipe tells what no signal does: the operating system closes it even for a parent that was killed outright
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # from outside of the group: what still runs would write while its directory is removed
    subprocess.Popen(
        ['sh', '-c', 'kill -KILL "-$0"; exec rm -rf "$1"', str(os.getpgrp()), state_directory],
        start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )


def listen_only_on(host):
    """Has every server of this process listen on one address.

    MiniStack's MQTT broker listens on all of them whatever BIND_HOST says, and takes clients without a certificate.
    """
    create_server = asyncio.BaseEventLoop.create_server

    def create_server_there(loop, protocol_factory, requested_host=None, *arguments, **options):
        requested_host = options.pop('host', requested_host)
        return create_server(
            loop, protocol_factory, host if requested_host == '0.0.0.0' else requested_host, *arguments, **options,
        )

    asyncio.BaseEventLoop.create_server = create_server_there


def main(state_directory):
    threading.Thread(target=end_with_parent, args=(state_directory,), daemon=True).start()
    listen_only_on(os.environ['BIND_HOST'])

    from ministack import app
    import credentials_provider
    import kms_conditions
    import resource_types
    resource_types.register()
    kms_conditions.register()
    credentials_provider.start(os.environ['BIND_HOST'], int(os.environ['CREDENTIALS_PORT']))
    # it would take port 443 of the machine as well, wherever it is allowed to
    app._port_is_bindable = lambda host, port: False
    sys.argv[1:] = []
    app.main()


if __name__ == '__main__':
    main(*sys.argv[1:])
