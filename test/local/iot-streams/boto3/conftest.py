"""Starts the streams service in its own process, with a boto3 client for it."""

import itertools
import pathlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope='session')
def service(start_service):
    return start_service('iot', HERE / 'service.ts')


@pytest.fixture(scope='session')
def iot(service):
    return service.client()


_numbers = itertools.count()


@pytest.fixture
def stream_id():
    """Returns an ID that no other test uses."""
    return f'stream-{next(_numbers)}'


@pytest.fixture
def content(service):
    """Returns the parameters of CreateStream without an ID."""
    return {'files': service.there_is['files'], 'roleArn': service.there_is['roleArn']}


@pytest.fixture
def stream(iot, stream_id, content):
    """Creates a stream with a description and a tag."""
    iot.create_stream(streamId=stream_id, description='first', tags=[{'Key': 'a', 'Value': '1'}], **content)
    return stream_id
