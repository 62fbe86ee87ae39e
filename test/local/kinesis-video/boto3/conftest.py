"""Starts Kinesis Video Streams in its own process, with a boto3 client for it."""

import itertools
import pathlib

import pytest

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope='session')
def service(start_service):
    return start_service('kinesisvideo', HERE / 'service.ts')


@pytest.fixture(scope='session')
def video(service):
    return service.client()


_numbers = itertools.count()


@pytest.fixture
def stream_name():
    """Returns a name that no other test uses."""
    return f'stream-{next(_numbers)}'


@pytest.fixture
def stream(video, stream_name):
    """Creates an active stream with a device, a media type, a day of retention and a tag."""
    video.create_stream(
        StreamName=stream_name, DeviceName='camera', MediaType='video/h264', DataRetentionInHours=24, Tags={'a': '1'},
    )
    return stream_name
