"""Starts a service of the local AWS in its own process, with boto3 clients for it."""

import json
import pathlib
import subprocess

import boto3
import pytest
from botocore.config import Config

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


class Service:
    """A process, with the endpoints that its first line names."""

    def __init__(self, name, script):
        self.name = name
        # not npx: the pipes must be the service's own, or it would outlive this process
        command = [str(REPOSITORY / 'node_modules/.bin/tsx'), str(script)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
        self.there_is = json.loads(self.process.stdout.readline())

    def tell(self, do, **details):
        self.process.stdin.write(json.dumps({'do': do, **details}) + '\n')
        self.process.stdin.flush()
        assert json.loads(self.process.stdout.readline()) == {}

    def client(self, **credentials):
        return boto3.client(
            self.name, endpoint_url=self.there_is['url'], region_name='us-east-1',
            config=Config(retries={'total_max_attempts': 1}),
            **(credentials or {'aws_access_key_id': 'test', 'aws_secret_access_key': 'test'}),
        )

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(timeout=30) == 0


@pytest.fixture(scope='session')
def start_service():
    running = []

    def start(name, script):
        running.append(Service(name, script))
        return running[-1]

    yield start
    for service in running:
        service.stop()
