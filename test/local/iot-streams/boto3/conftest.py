"""The streams service in a process of its own, with a client of boto3 for it."""

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
