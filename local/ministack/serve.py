"""Runs MiniStack for one parent process and ends when the parent ends.

usage: serve.py STATE_DIRECTORY   with its standard input connected to the parent, in a process group of its own
"""

import asyncio
import os
import subprocess
import sys
import threading


def end_with_parent(state_directory):
    """End this process and its Lambda functions as soon as the parent has ended for any reason."""
    # the operating system closes the pipe even if the parent is killed, which sends no signal
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # removed by a process outside of the group, because running functions could still write into the directory
    subprocess.Popen(
        ['sh', '-c', 'kill -KILL "-$0"; exec rm -rf "$1"', str(os.getpgrp()), state_directory],
        start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )


def listen_only_on(host):
    """Make every server of this process listen on one address.

    MiniStack's MQTT broker ignores BIND_HOST, listens on all addresses, and accepts clients without a certificate.
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
    # MiniStack would also listen on port 443 if it is allowed to
    app._port_is_bindable = lambda host, port: False
    sys.argv[1:] = []
    app.main()


if __name__ == '__main__':
    main(*sys.argv[1:])
