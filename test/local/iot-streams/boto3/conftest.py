"""The streams service in a process of its own, with a client of boto3 for it."""

import itertools
import json
import pathlib
import subprocess

import boto3
import pytest
from botocore.config import Config

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[3]


class Service:
    """The process, and what its first line says there is."""

    def __init__(self):
        # not npx: the pipes must be the service's own, or it would outlive this process
        command = [str(REPOSITORY / 'node_modules/.bin/tsx'), str(HERE / 'service.ts')]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        self.there_is = json.loads(self.process.stdout.readline())

    def tell(self, do, **details):
        self.process.stdin.write(json.dumps({'do': do, **details}) + '\n')
        self.process.stdin.flush()
        assert json.loads(self.process.stdout.readline()) == {}

    def client(self, **credentials):
        return boto3.client(
            'iot', endpoint_url=self.there_is['url'], region_name='us-east-1',
            config=Config(retries={'total_max_attempts': 1}),
            **(credentials or {'aws_access_key_id': 'test', 'aws_secret_access_key': 'test'}),
        )

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=30) == 0


@pytest.fixture(scope='session')
def service():
    running = Service()
    yield running
    running.stop()


@pytest.fixture(scope='session')
def iot(service):
    return service.client()


_numbers = itertools.count()


@pytest.fixture
def stream_id():
    """An id that no other test uses."""
    return f'stream-{next(_numbers)}'


@pytest.fixture
def content(service):
    """What CreateStream needs besides an id."""
    return {'files': service.there_is['files'], 'roleArn': service.there_is['roleArn']}


@pytest.fixture
def stream(iot, stream_id, content):
    """A stream with a description and a tag."""
    iot.create_stream(streamId=stream_id, description='first', tags=[{'Key': 'a', 'Value': '1'}], **content)
    return stream_id
